/** The commands that read documents and their versions. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { defined } from "../support/members.ts"
import { numberKey } from "../support/order.ts"
import { selectedBy } from "./documentFilters.ts"
import { documentFormat, documentVersion, givenDocument, versionName } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import { valueOf } from "./outline.ts"
import * as Ssm from "./state.ts"

const page = { MaxResults: { min: 1, max: 50 } } as const

export const documentReads: Ssm.SsmHandlers = {
  GetDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Name: givenDocument,
      DocumentVersion: documentVersion,
      VersionName: versionName,
      DocumentFormat: documentFormat
    })
    const document = yield* Documents.find(state, checked.Name, context)
    const version = yield* Documents.versionOf(document, checked)
    const { DocumentFormat = version.format } = checked
    const Content = DocumentFormat === version.format
      ? version.content
      : DocumentFormat === "JSON" && version.format === "YAML"
      ? JSON.stringify(yield* valueOf(version.content, "YAML"), undefined, 2)
      : yield* unsupported(
        `The in-memory SSM doesn't translate documents from ${version.format} to ${DocumentFormat}. Leave DocumentFormat out.`
      )
    const { CreatedDate, DisplayName, DocumentType, DocumentVersion, Name, Requires, VersionName } = Documents.identify(
      { ...document, defaultVersion: version.version },
      context
    )
    return {
      ...defined({ CreatedDate, DisplayName, DocumentType, DocumentVersion, Name, Requires, VersionName }),
      Content,
      DocumentFormat,
      Status: "Active"
    }
  }),

  DescribeDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Name: givenDocument,
      DocumentVersion: documentVersion,
      VersionName: versionName
    })
    const document = yield* Documents.find(state, checked.Name, context)
    return { Document: Documents.describe(document, yield* Documents.versionOf(document, checked), context) }
  }),

  ListDocuments: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      DocumentFilterList: {
        min: 1,
        members: {
          key: { required: true, enum: ["Name", "Owner", "PlatformTypes", "DocumentType"] },
          value: { required: true, min: 1 }
        }
      },
      Filters: { max: 6, members: { Key: { min: 1, max: 128 }, Values: { each: { min: 1, max: 256 } } } },
      ...page
    })
    const { DocumentFilterList: old = [], Filters = [] } = checked
    if (old.length > 0 && Filters.length > 0) {
      return yield* Ssm.validation("You can use either Filters or DocumentFilterList in a single request.")
    }
    const filters = [
      ...Filters.map(({ Key = "", Values = [] }) => ({ key: Key, values: [...Values] })),
      ...old.map(({ key = "", value = "" }) => ({ key, values: [value] }))
    ]
    const found = yield* selectedBy(Documents.all(state), filters, context)
    const [identifiers, token] = yield* Ssm.page(context, found, input, 50, ({ name }) => name)
    return {
      DocumentIdentifiers: identifiers.map((document) => Documents.identify(document, context)),
      NextToken: token
    }
  }),

  ListDocumentVersions: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { Name: givenDocument, ...page })
    const document = yield* Documents.find(state, checked.Name, context)
    const [versions, token] = yield* Ssm.page(
      context,
      document.versions,
      input,
      50,
      ({ version }) => numberKey(1e9 - version)
    )
    return {
      DocumentVersions: versions.map((version): sdk.DocumentVersionInfo =>
        defined({
          Name: document.name,
          DisplayName: version.displayName,
          DocumentVersion: String(version.version),
          VersionName: version.versionName,
          CreatedDate: version.created,
          IsDefaultVersion: version.version === document.defaultVersion,
          DocumentFormat: version.format,
          Status: "Active" as const
        })
      ),
      NextToken: token
    }
  })
}

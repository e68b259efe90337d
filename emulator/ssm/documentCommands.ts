/** The commands of documents, their versions, and the accounts that they are shared with. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { defined } from "../support/members.ts"
import { numberKey } from "../support/order.ts"
import { hashOf } from "./awsDocuments.ts"
import { selectedBy } from "./documentFilters.ts"
import { documentName, documentVersion, givenDocument } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import { outlineOf, valueOf } from "./outline.ts"
import * as Ssm from "./state.ts"

/** How many documents an account may have in a region, and how many versions a document. */
const MOST = 500
const MOST_VERSIONS = 1000
/** How many accounts a document may be shared with. */
const MOST_SHARED = 1000

const types = [
  "Command",
  "Policy",
  "Automation",
  "Session",
  "Package",
  "ApplicationConfiguration",
  "ApplicationConfigurationSchema",
  "DeploymentStrategy",
  "ChangeCalendar",
  "Automation.ChangeTemplate",
  "ProblemAnalysis",
  "ProblemAnalysisTemplate",
  "CloudFormation",
  "ConformancePackTemplate",
  "QuickSetup",
  "ManualApprovalPolicy",
  "AutoApprovalPolicy"
] as const

const contentRules = {
  Content: { required: true, min: 1 },
  DisplayName: { max: 1024, pattern: "^[\\w\\.\\-\\:\\/ ]*$" },
  VersionName: { pattern: "^[a-zA-Z0-9_\\-.]{1,128}$" },
  DocumentFormat: { enum: ["YAML", "JSON", "TEXT"] },
  TargetType: { max: 200, pattern: "^\\/[\\w\\.\\-\\:\\/]*$" }
} as const

const page = { MaxResults: { min: 1, max: 50 } } as const

const checkSize = (content: string) =>
  Buffer.byteLength(content) > 64 * 1024
    ? Effect.fail(new Fault({ code: "MaxDocumentSizeExceeded", message: "The size limit of a document is 64 KB." }))
    : Effect.void

const invalidOperation = (message: string) => new Fault({ code: "InvalidDocumentOperation", message })

const permission = { PermissionType: { required: true, enum: ["Share"] } } as const

export const documentCommands: Ssm.SsmHandlers = {
  CreateDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      ...contentRules,
      Name: documentName,
      DocumentType: { enum: types },
      Requires: { min: 1, members: { Name: { required: true } } },
      Tags: Ssm.tagRules
    })
    const { Content, DocumentFormat = "JSON", DocumentType = "Command", Name } = checked
    if (/^(aws|amazon|amzn)/i.test(Name)) {
      return yield* Ssm.validation(
        `Document name ${Name} is not allowed: names that begin with aws, amazon or amzn are reserved.`
      )
    }
    yield* checkSize(Content)
    const outline = yield* outlineOf(Content, DocumentFormat, DocumentType)
    const tags = yield* Ssm.tags.add([], checked.Tags ?? [])
    if (state.documents.has(Name)) {
      return yield* new Fault({
        code: "DocumentAlreadyExists",
        message: `Document with name ${Name} already exists.`
      })
    }
    if (state.documents.size >= MOST) {
      return yield* new Fault({
        code: "DocumentLimitExceeded",
        message: `You can have at most ${MOST} active Systems Manager documents.`
      })
    }
    const created = new Date(yield* Clock.currentTimeMillis)
    const document: Ssm.Document = {
      name: Name,
      owner: context.account,
      type: DocumentType,
      created,
      requires: checked.Requires?.map((one) => ({ ...one })),
      defaultVersion: 1,
      versions: [defined({
        version: 1,
        content: Content,
        format: DocumentFormat,
        created,
        hash: hashOf(Content),
        outline,
        versionName: checked.VersionName,
        displayName: checked.DisplayName,
        targetType: checked.TargetType
      })],
      nextVersion: 2,
      shared: [],
      tags
    }
    state.documents.set(Name, document)
    return { DocumentDescription: Documents.describe(document, Documents.latest(document), context, "Creating") }
  }),

  UpdateDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { ...contentRules, Name: documentName, DocumentVersion: documentVersion })
    const { Content, DocumentVersion = "$LATEST", Name, VersionName } = checked
    yield* checkSize(Content)
    const document = yield* Documents.findOwn(state, Name)
    const before = Documents.latest(document)
    if ((yield* Documents.versionOf(document, { DocumentVersion })) !== before) {
      return yield* new Fault({
        code: "InvalidDocumentVersion",
        message: "The document version is not valid: only the latest version can be updated."
      })
    }
    const { DisplayName = before.displayName, DocumentFormat = before.format, TargetType = before.targetType } = checked
    const outline = yield* outlineOf(Content, DocumentFormat, document.type)
    const hash = hashOf(Content)
    if (document.versions.some((version) => version.hash === hash)) {
      return yield* new Fault({
        code: "DuplicateDocumentContent",
        message:
          "The content of the association document matches another document. Change the content of the document and try again."
      })
    }
    if (VersionName !== undefined && document.versions.some(({ versionName }) => versionName === VersionName)) {
      return yield* new Fault({
        code: "DuplicateDocumentVersionName",
        message:
          "The version name has already been used in this document. Specify a different version name, and then try again."
      })
    }
    if (document.versions.length >= MOST_VERSIONS) {
      return yield* new Fault({
        code: "DocumentVersionLimitExceeded",
        message: `The document has too many versions. It can have at most ${MOST_VERSIONS}.`
      })
    }
    const version: Ssm.DocumentVersion = defined({
      version: document.nextVersion,
      content: Content,
      format: DocumentFormat,
      created: new Date(yield* Clock.currentTimeMillis),
      hash,
      outline,
      versionName: VersionName,
      displayName: DisplayName,
      targetType: TargetType
    })
    document.nextVersion += 1
    document.versions = [...document.versions, version]
    return { DocumentDescription: Documents.describe(document, version, context, "Updating") }
  }),

  UpdateDocumentDefaultVersion: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      DocumentVersion: { required: true, pattern: "(^[1-9][0-9]*$)" }
    })
    const document = yield* Documents.findOwn(state, checked.Name)
    const { version, versionName } = yield* Documents.versionOf(document, checked)
    document.defaultVersion = version
    return {
      Description: defined({
        Name: document.name,
        DefaultVersion: String(version),
        DefaultVersionName: versionName
      })
    }
  }),

  DeleteDocument: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      DocumentVersion: documentVersion,
      VersionName: contentRules.VersionName
    })
    const { Force: _, ...selector } = checked
    const document = yield* Documents.findOwn(state, checked.Name)
    if (selector.DocumentVersion === undefined && selector.VersionName === undefined) {
      if (document.shared.length > 0) {
        return yield* invalidOperation(
          "Document is shared with other accounts. Stop sharing it before you delete it."
        )
      }
      state.documents.delete(document.name)
      return {}
    }
    const { version } = yield* Documents.versionOf(document, selector)
    if (version === document.defaultVersion) {
      return yield* invalidOperation("Default version of the document can't be deleted.")
    }
    document.versions = document.versions.filter((one) => one.version !== version)
    return {}
  }),

  GetDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Name: givenDocument,
      DocumentVersion: documentVersion,
      VersionName: contentRules.VersionName,
      DocumentFormat: contentRules.DocumentFormat
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
      VersionName: contentRules.VersionName
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
  }),

  DescribeDocumentPermission: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      ...permission,
      MaxResults: { min: 1, max: 200 }
    })
    // The only type of permission, which the rules have checked, is Share.
    const { Name, PermissionType: _ } = checked
    const { shared, sharedVersions = {} } = yield* Documents.findOwn(state, Name)
    const [accounts, token] = yield* Ssm.page(context, shared, input, 200, (account) => account)
    return {
      AccountIds: [...accounts],
      AccountSharingInfoList: accounts.map((AccountId) => ({
        AccountId,
        SharedDocumentVersion: sharedVersions[AccountId] ?? "$DEFAULT"
      })),
      NextToken: token
    }
  }),

  ModifyDocumentPermission: Effect.fnUntraced(function*(input, state) {
    const accounts = { max: 20, each: { pattern: "(?:[aA][lL][lL]|[0-9]{12})" } } as const
    const checked = yield* Ssm.check(input, {
      Name: documentName,
      ...permission,
      AccountIdsToAdd: accounts,
      AccountIdsToRemove: accounts,
      SharedDocumentVersion: { max: 8, pattern: "([$]LATEST|[$]DEFAULT|[$]ALL)" }
    })
    const { Name, PermissionType: _ } = checked
    const document = yield* Documents.findOwn(state, Name)
    const named = (ids: ReadonlyArray<string> = []) => ids.map((id) => /^all$/i.test(id) ? "all" : id)
    const gone = named(checked.AccountIdsToRemove)
    const added = named(checked.AccountIdsToAdd)
    const shared = [...new Set([...document.shared, ...added])].filter((id) => !gone.includes(id))
    if (shared.length > MOST_SHARED) {
      return yield* new Fault({
        code: "DocumentPermissionLimit",
        message: `The document can't be shared with more than ${MOST_SHARED} accounts.`
      })
    }
    const version = checked.SharedDocumentVersion ?? "$DEFAULT"
    const versions = { ...document.sharedVersions, ...Object.fromEntries(added.map((id) => [id, version])) }
    document.sharedVersions = Object.fromEntries(Object.entries(versions).filter(([id]) => shared.includes(id)))
    document.shared = shared
    return {}
  })
}

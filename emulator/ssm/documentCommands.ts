/** The commands that create, change and delete documents and their versions. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { hashOf } from "./awsDocuments.ts"
import { documentFormat, documentName, documentVersion, givenDocument, versionName } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import { outlineOf } from "./outline.ts"
import * as Ssm from "./state.ts"

/** How many documents an account may have in a region, and how many versions a document. */
const MOST = 500
const MOST_VERSIONS = 1000

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
  VersionName: versionName,
  DocumentFormat: documentFormat,
  TargetType: { max: 200, pattern: "^\\/[\\w\\.\\-\\:\\/]*$" },
  Attachments: {
    max: 20,
    members: {
      Key: { enum: ["SourceUrl", "S3FileUrl", "AttachmentReference"] },
      Values: { min: 1, max: 1, each: { min: 1, max: 1_024 } },
      Name: { pattern: "^[a-zA-Z0-9_\\-.]{3,128}$" }
    }
  }
} as const

const checkSize = (content: string) =>
  Buffer.byteLength(content) > 64 * 1024
    ? Effect.fail(new Fault({ code: "MaxDocumentSizeExceeded", message: "The size limit of a document is 64 KB." }))
    : Effect.void

const invalidOperation = (message: string) => new Fault({ code: "InvalidDocumentOperation", message })

export const documentCommands: Ssm.SsmHandlers = {
  CreateDocument: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      ...contentRules,
      Name: documentName,
      DocumentType: { enum: types },
      Requires: {
        min: 1,
        members: {
          Name: givenDocument,
          Version: documentVersion,
          RequireType: { max: 128, ...versionName },
          VersionName: versionName
        }
      },
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
      VersionName: versionName
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
  })
}

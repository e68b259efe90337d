/** Documents: finding them and their versions, and showing them. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { defined } from "../support/members.ts"
import { awsDocument, awsDocumentNames } from "./awsDocuments.ts"
import { everywhere } from "./everywhere.ts"
import { parametersToSdk, platformsOf } from "./outline.ts"
import type { Document, DocumentVersion, State } from "./state.ts"

export const invalidDocument = (name: string) =>
  new Fault({ code: "InvalidDocument", message: `Document with name ${name} does not exist.` })

export const invalidVersion = new Fault({
  code: "InvalidDocumentVersion",
  message: "The document version is not valid or does not exist."
})

const isSharedWith = ({ shared }: Document, account: string): boolean =>
  shared.some((one) => one === "all" || one === account)

/** The document that a request names or gives the ARN of: an own one, one of AWS's, or one that another account shares. */
export const find = Effect.fnUntraced(function*(state: State, given: string, context: HandlerContext) {
  const arn = parseArn(given)
  const name = arn === undefined ? given : arn.resource.replace(/^document\//, "")
  const own = arn === undefined || arn.account === context.account || arn.account === ""
  const found = own
    ? state.documents.get(name) ?? awsDocument(name)
    : context.stateOf(everywhere, { account: arn.account }).documents.get(name)
  if (found === undefined || (!own && !isSharedWith(found, context.account))) return yield* invalidDocument(given)
  return found as Document
})

/** The document that a request may change. Those of AWS can't be changed. */
export const findOwn = (state: State, name: string) => {
  const found = state.documents.get(name)
  return found === undefined ? Effect.fail(invalidDocument(name)) : Effect.succeed(found)
}

export const all = (state: State): ReadonlyArray<Document> => [
  ...state.documents.values(),
  ...awsDocumentNames.map((name) => awsDocument(name) as Document)
]

export const latest = ({ versions }: Document): DocumentVersion => versions.at(-1)!

interface Selector {
  readonly DocumentVersion?: string | undefined
  readonly VersionName?: string | undefined
}

/** The version that a request selects; the default one if it doesn't. */
export const versionOf = Effect.fnUntraced(function*(document: Document, selector: Selector) {
  const { DocumentVersion: wanted = "$DEFAULT", VersionName } = selector
  if (VersionName !== undefined && selector.DocumentVersion === undefined) {
    return document.versions.find(({ versionName }) => versionName === VersionName) ?? (yield* invalidVersion)
  }
  const number = wanted === "$LATEST"
    ? latest(document).version
    : wanted === "$DEFAULT"
    ? document.defaultVersion
    : Number(wanted)
  const found = document.versions.find(({ version }) => version === number)
  return found === undefined || (VersionName !== undefined && found.versionName !== VersionName)
    ? yield* invalidVersion
    : found
})

/** How a document is called: one of another account by its ARN. */
const nameOf = (document: Document, context: HandlerContext): string =>
  document.owner === "Amazon" || document.owner === context.account
    ? document.name
    : context.arn("ssm", `document/${document.name}`, { account: document.owner })

const common = (document: Document, version: DocumentVersion, context: HandlerContext) => ({
  Name: nameOf(document, context),
  DisplayName: version.displayName,
  Owner: document.owner,
  VersionName: version.versionName,
  CreatedDate: version.created,
  PlatformTypes: [...platformsOf(version.outline)],
  DocumentVersion: String(version.version),
  DocumentType: document.type,
  SchemaVersion: version.outline.schemaVersion,
  DocumentFormat: version.format,
  TargetType: version.targetType,
  Tags: [...document.tags],
  Requires: document.requires === undefined ? undefined : [...document.requires]
})

export const describe = (
  document: Document,
  version: DocumentVersion,
  context: HandlerContext,
  Status: sdk.DocumentStatus = "Active"
): sdk.DocumentDescription =>
  defined({
    ...common(document, version, context),
    Hash: version.hash,
    HashType: "Sha256" as const,
    Status,
    Description: version.outline.description,
    Parameters: parametersToSdk(version.outline),
    LatestVersion: String(latest(document).version),
    DefaultVersion: String(document.defaultVersion)
  })

export const identify = (document: Document, context: HandlerContext): sdk.DocumentIdentifier => {
  const version = document.versions.find(({ version }) => version === document.defaultVersion)!
  return defined(common(document, version, context))
}

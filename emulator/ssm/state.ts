/** In-memory Systems Manager: the state, and what its commands share (faults, constraints, tags, pages). */
import type * as sdk from "@aws-sdk/client-ssm"
import { Fault, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import type { Tokens } from "../support/idempotency.ts"
import { pager } from "../support/pages.ts"
import { tagging } from "../support/tags.ts"
import type { Outline, Step } from "./outline.ts"

export type SsmHandlers = Handlers<typeof sdk, State>

export interface Policy {
  readonly type: "Expiration" | "ExpirationNotification" | "NoChangeNotification"
  readonly text: string
  /** When it applies, in milliseconds. */
  readonly due: number
}

export interface Version {
  readonly version: number
  readonly value: string
  readonly type: sdk.ParameterType
  readonly dataType: string
  readonly description: string | undefined
  readonly pattern: string | undefined
  readonly tier: "Standard" | "Advanced"
  readonly keyId: string | undefined
  readonly policies: ReadonlyArray<Policy>
  readonly modified: Date
  readonly by: string
  /** A label belongs to one version of a parameter. */
  readonly labels: ReadonlyArray<string>
}

export interface Parameter {
  readonly name: string
  /** The newest last. A new parameter has none while its image is being checked. */
  versions: ReadonlyArray<Version>
  /** A version whose image is being checked, and when it is there. */
  checked: { readonly version: Version; readonly at: number } | undefined
  tags: ReadonlyArray<sdk.Tag>
}

export interface Setting {
  readonly value: string
  readonly modified: Date
  readonly by: string
}

export interface Window {
  readonly id: string
  readonly settings: Omit<sdk.CreateMaintenanceWindowRequest, "ClientToken" | "Tags">
  readonly enabled: boolean
  readonly created: Date
  readonly modified: Date
  tags: ReadonlyArray<sdk.Tag>
}

export interface DocumentVersion {
  readonly version: number
  readonly content: string
  readonly format: "JSON" | "TEXT" | "YAML"
  readonly created: Date
  /** By SHA-256. */
  readonly hash: string
  readonly outline: Outline
  readonly versionName?: string | undefined
  readonly displayName?: string | undefined
  readonly targetType?: string | undefined
}

export interface Document {
  readonly name: string
  /** An account, or `Amazon`. */
  readonly owner: string
  readonly type: sdk.DocumentType
  readonly created: Date
  readonly requires?: ReadonlyArray<sdk.DocumentRequires> | undefined
  defaultVersion: number
  /** The newest last. */
  versions: ReadonlyArray<DocumentVersion>
  nextVersion: number
  /** The accounts that it is shared with, or `all`. */
  shared: ReadonlyArray<string>
  sharedVersions?: Readonly<Record<string, string>>
  tags: ReadonlyArray<sdk.Tag>
}

/** A command on one instance. All times are in milliseconds. */
export interface Invocation {
  readonly instanceId: string
  /** The instance's tag `Name`. */
  readonly instanceName: string
  startsAt: number
  endsAt: number
  /** Whether the instance was away when the command was sent to it. */
  isDelayed?: boolean
  /** When it times out, because the instance was away for too long, or went away while the command ran. */
  expiresAt?: number
  /** When it was cancelled, and when that is done. */
  cancelled?: { readonly at: number; readonly until: number }
}

export interface Command {
  readonly id: string
  /** What was requested, with AWS's defaults. */
  readonly request: Omit<sdk.Command, "CommandId" | "Status" | "StatusDetails" | "TargetCount">
  readonly steps: ReadonlyArray<Step>
  readonly invocations: ReadonlyArray<Invocation>
}

export interface Session {
  readonly id: string
  readonly target: string
  readonly document: string
  readonly owner: string
  /** `aws:userid` of the owner. */
  readonly ownerId: string
  readonly reason: string | undefined
  readonly started: Date
  /** When it ends by itself, because nobody uses it. */
  readonly until: number
  ended: Date | undefined
}

export interface State {
  readonly parameters: Map<string, Parameter>
  /** The service settings that were changed, by id. */
  readonly settings: Map<string, Setting>
  /** The maintenance windows, by id. */
  readonly windows: Map<string, Window>
  readonly tokens: Tokens<string>
  /** The account's own documents, by name. */
  readonly documents: Map<string, Document>
  /** The commands that were sent, by id. */
  readonly commands: Map<string, Command>
  readonly sessions: Map<string, Session>
}

export const empty = (): State => ({
  parameters: new Map(),
  settings: new Map(),
  windows: new Map(),
  tokens: new Map(),
  documents: new Map(),
  commands: new Map(),
  sessions: new Map()
})

// Faults

export const validation = (message: string) => new Fault({ code: "ValidationException", message })
export const notFound = new Fault({ code: "ParameterNotFound", message: "" })
export const versionNotFound = (name: string, version: number | string) =>
  new Fault({
    code: "ParameterVersionNotFound",
    message: `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`
  })
export const windowNotFound = (id: string) =>
  new Fault({ code: "DoesNotExistException", message: `Maintenance window ${id} does not exist` })
const invalidToken = new Fault({ code: "InvalidNextToken", message: "The specified token isn't valid." })

// Constraints

export const check = checker({ code: "ValidationException" })

export const parameterName = { required: true, min: 1, max: 2048 } as const
export const parameterNames = { required: true, min: 1, max: 10, each: { min: 1, max: 2048 } } as const
export const pageSize = { min: 1, max: 50 } as const

// Tags

const tagText = (max: number) => ({ max, pattern: "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$" }) as const

export const tagKeyRule = { min: 1, ...tagText(128) } as const
export const tagRules = {
  max: 1000,
  members: { Key: { required: true, ...tagKeyRule }, Value: { required: true, ...tagText(256) } }
} as const

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "TooManyTagsError", message: "The parameter has more than 50 tags." }),
  reserved: () => validation("aws: prefixed tag key names are not allowed for external use.")
})

/** A page of a list. */
export const page = pager(invalidToken)

/** In-memory Systems Manager: the state, and what its commands share (faults, constraints, tags, pages). */
import type * as sdk from "@aws-sdk/client-ssm"
import { Fault, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import type { Tokens } from "../support/idempotency.ts"
import { pager } from "../support/pages.ts"
import { tagging } from "../support/tags.ts"

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

export interface State {
  readonly parameters: Map<string, Parameter>
  /** The service settings that were changed, by id. */
  readonly settings: Map<string, Setting>
  /** The maintenance windows, by id. */
  readonly windows: Map<string, Window>
  readonly tokens: Tokens<string>
}

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

/** In-memory Secrets Manager: the state, and what its commands share (faults, constraints, tags, pages). */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import { Fault, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import { pager } from "../support/pages.ts"
import { tagging } from "../support/tags.ts"

export type SecretsHandlers = Handlers<typeof sdk, State>

export interface Version {
  readonly id: string
  readonly text: string | undefined
  readonly bytes: Uint8Array | undefined
  /** The staging labels. Each label belongs to at most one version of a secret. */
  readonly stages: ReadonlyArray<string>
  readonly created: Date
  readonly accessed: Date | undefined
  /** The key that encrypted it; `undefined` for AWS's own key. */
  readonly keyId: string | undefined
}

export interface Secret {
  readonly name: string
  readonly arn: string
  readonly created: Date
  changed: Date
  /** The day of the last read. */
  accessed: Date | undefined
  description: string | undefined
  keyId: string | undefined
  tags: ReadonlyArray<sdk.Tag>
  /** The newest last. */
  versions: ReadonlyArray<Version>
  policy: string | undefined
  /** When it was deleted, and when it can't be restored any longer. */
  deletion: { readonly requested: Date; readonly due: Date } | undefined
}

export interface State {
  readonly secrets: Map<string, Secret>
}

export const CURRENT = "AWSCURRENT"
export const PREVIOUS = "AWSPREVIOUS"

// Faults

const fault = (code: string) => (message: string) => new Fault({ code, message })
export const invalidParameter = fault("InvalidParameterException")
export const invalidRequest = fault("InvalidRequestException")
export const notFound = fault("ResourceNotFoundException")
export const exists = fault("ResourceExistsException")
export const limitExceeded = fault("LimitExceededException")
export const validation = fault("ValidationException")
export const noSecret = notFound("Secrets Manager can't find the specified secret.")
const invalidToken = fault("InvalidNextTokenException")("The pagination token is invalid.")

// Constraints

export const check = checker({ code: "ValidationException" })

export const SecretId = { required: true, min: 1, max: 2048 } as const
export const ClientRequestToken = { min: 32, max: 64 } as const
export const versionId = { min: 32, max: 64 } as const
export const stage = { min: 1, max: 256 } as const
export const Description = { max: 2048 } as const
export const KmsKeyId = { max: 2048 } as const
/** The most bytes of a value. */
export const LARGEST = 65_536
export const valueRules = {
  SecretBinary: { min: 1, max: LARGEST, sensitive: true },
  SecretString: { min: 1, max: LARGEST, sensitive: true }
} as const
export const replicaRules = {
  min: 1,
  members: { Region: { min: 1, max: 128, pattern: "^([a-z]+-)+\\d+$" }, KmsKeyId }
} as const
export const NextToken = { min: 1, max: 4096 } as const
export const MaxResults = { min: 1, max: 100 } as const

// Tags

export const tagRules = { members: { Key: { min: 1, max: 128 }, Value: { max: 256 } } } as const
export const tagKeyRule = { min: 1, max: 128 } as const

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: invalidParameter("A secret can't have more than 50 tags."),
  reserved: (key) => invalidParameter(`The tag key ${key} begins with aws:, which is reserved for AWS.`)
})

/** A page of a list. */
export const page = pager(invalidToken)

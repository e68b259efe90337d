/** The state of the in-memory ACM, its constraints, and how its operations find certificates. */
import type * as sdk from "@aws-sdk/client-acm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import type { Tokens } from "../support/idempotency.ts"
import { tagging } from "../support/tags.ts"
import { type Certificate, currently } from "./certificates.ts"
import { usageBits } from "./contents.ts"
import type { Authority, Issued } from "./issue.ts"

export interface State {
  readonly certificates: Map<string, Certificate>
  /** The ARNs of requested certificates by idempotency token. */
  readonly tokens: Tokens<string>
  /** The tokens of PutAccountConfiguration. */
  readonly configurationTokens: Tokens<undefined>
  /** How many days before a certificate expires ACM sends events about it. */
  daysBeforeExpiry: number
  /** The authority that signs requested certificates. It is made when the first one is read. */
  authority: Authority | undefined
  /** The requested certificates that have been read, by their serial numbers. */
  readonly issued: Map<string, Issued>
}

export type AcmHandlers = Handlers<typeof sdk, State>

const fault = (code: string) => (message: string) => new Fault({ code, message })
export const validation = fault("ValidationException")
export const invalidParameter = fault("InvalidParameterException")
export const invalidState = fault("InvalidStateException")
export const invalidDomainOptions = fault("InvalidDomainValidationOptionsException")

export const check = checker({ code: "ValidationException" })

export const CertificateArn = {
  min: 20,
  max: 2048,
  pattern: "arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"
} as const
export const ofCertificate = { CertificateArn: { required: true, ...CertificateArn } } as const
const tagText = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"
export const tagRules = {
  min: 1,
  max: 50,
  members: {
    Key: { required: true, min: 1, max: 128, pattern: tagText },
    Value: { max: 256, pattern: tagText }
  }
} as const
export const tagKeys = { min: 1, max: 50, each: { min: 1, max: 128, pattern: tagText } } as const
export const domain = {
  min: 1,
  max: 253,
  pattern: "(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
} as const
export const validationMethods = ["EMAIL", "DNS", "HTTP"] as const
export const toggle = { enum: ["ENABLED", "DISABLED"] } as const
export const keyAlgorithms = [
  "RSA_1024",
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "EC_prime256v1",
  "EC_secp384r1",
  "EC_secp521r1"
] as const
export const keyUsages = [...usageBits, "ANY", "CUSTOM"]
export const optionRules = {
  members: {
    CertificateTransparencyLoggingPreference: toggle,
    Export: toggle,
    ValidationMethod: { enum: validationMethods }
  }
} as const

export const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: new Fault({ code: "TooManyTagsException", message: "The request contains too many tags." }),
  reserved: (key) =>
    new Fault({
      code: "InvalidTagException",
      message: `Invalid Tag Key: "${key}". AWS internal tags cannot be changed with this API`
    })
})

export const find = Effect.fnUntraced(function*({ certificates }: State, arn: string) {
  const certificate = certificates.get(arn)
  if (certificate === undefined) {
    return yield* new Fault({ code: "ResourceNotFoundException", message: `Could not find certificate ${arn}.` })
  }
  return currently(certificate, yield* Clock.currentTimeMillis)
})

export const newArn = ({ arn, uuid }: HandlerContext): string => arn("acm", `certificate/${uuid()}`)

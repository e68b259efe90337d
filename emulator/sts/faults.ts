/** The errors of STS, and the constraints that several commands have. */
import { Fault } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"

const fault = (code: string, statusCode: number) => (message: string) => new Fault({ code, message, statusCode })
export const accessDenied = fault("AccessDenied", 403)
export const invalidMessage = fault("InvalidAuthorizationMessageException", 400)
export const invalidValue = fault("InvalidParameterValue", 400)
export const malformedPolicy = fault("MalformedPolicyDocument", 400)
export const packedPolicyTooLarge = fault("PackedPolicyTooLarge", 400)
export const validation = fault("ValidationError", 400)

export const check = checker({ code: "ValidationError" })

const text = "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"
export const arn = { min: 20, max: 2048, pattern: text } as const
const policy = { min: 1, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" } as const
export const tagKey = { min: 1, max: 128, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" } as const

export const tagRules = {
  max: 50,
  members: {
    Key: { required: true, ...tagKey },
    Value: { required: true, max: 256, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" }
  }
} as const

/** The constraints on what limits a session. */
export const policyRules = { PolicyArns: { members: { arn } }, Policy: policy } as const

export const roleRules = {
  RoleArn: { required: true, ...arn },
  RoleSessionName: { required: true, min: 2, max: 64, pattern: "[\\w+=,.@-]*" },
  ...policyRules,
  DurationSeconds: { min: 900, max: 43_200 },
  MinimumSessionTokenSize: { min: 0, max: 4096 }
} as const

export const mfaRules = {
  SerialNumber: { min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
  TokenCode: { min: 6, max: 6, pattern: "[\\d]*" }
} as const

/** A policy that can have 2,048 characters at most. */
export const shortPolicy = { ...policy, max: 2048 } as const

/** The constraints of AWS's model. Unlike other services, Organizations names the kind of a violation, and only the first one. */
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import type { Fault } from "../engine/service.ts"
import { type Checked, matchesPattern, type Rule, type Rules } from "../support/constraints.ts"
import { invalidInput } from "./faults.ts"

const missing = invalidInput("INPUT_REQUIRED", "You must include a value for all required parameters.")
const wrongPattern = invalidInput("INVALID_PATTERN", "You provided a value that does not match the required pattern.")
const wrongValue = invalidInput("INVALID_ENUM", "You specified an invalid value.")

const limits = {
  MIN_LENGTH_EXCEEDED: "You provided a string parameter that is shorter than allowed.",
  MAX_LENGTH_EXCEEDED: "You provided a string parameter that is longer than allowed.",
  MIN_VALUE_EXCEEDED: "You provided a numeric parameter that has a smaller value than allowed.",
  MAX_VALUE_EXCEEDED: "You provided a numeric parameter that has a larger value than allowed."
}

const beyond = (reason: keyof typeof limits): Fault => invalidInput(reason, limits[reason])

const problemOf = (value: unknown, rule: Rule<any>): Fault | undefined => {
  if (value === undefined || value === null) return rule.required === true ? missing : undefined
  const size = typeof value === "number" ? value : (value as { readonly length?: number }).length ?? 0
  const kind = typeof value === "number" ? "VALUE" : "LENGTH"
  if (rule.min !== undefined && size < rule.min) return beyond(`MIN_${kind}_EXCEEDED`)
  if (rule.max !== undefined && size > rule.max) return beyond(`MAX_${kind}_EXCEEDED`)
  if (rule.pattern !== undefined && !matchesPattern(rule.pattern, String(value))) return wrongPattern
  if (rule.enum !== undefined && !rule.enum.includes(String(value))) return wrongValue
  const { each, members } = rule
  for (const one of each !== undefined && Array.isArray(value) ? value : []) {
    const problem = problemOf(one, each as Rule<any>)
    if (problem !== undefined) return problem
  }
  for (const one of members === undefined ? [] : [value].flat() as ReadonlyArray<object>) {
    const problem = firstProblem(one, members as Rules<any>)
    if (problem !== undefined) return problem
  }
  return undefined
}

const firstProblem = (input: object, rules: Rules<any>): Fault | undefined => {
  for (const [name, rule] of Object.entries(rules)) {
    const problem = rule && problemOf((input as Readonly<Record<string, unknown>>)[name], rule)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Checks an input. Doesn't count as reading its members. */
export const check = <I extends object, const R extends Rules<I>>(
  input: I,
  constraints: R
): Effect.Effect<Checked<I, R>, Fault> => {
  const problem = firstProblem(unobserved(input), constraints)
  return problem === undefined ? Effect.succeed(input as Checked<I, R>) : Effect.fail(problem)
}

const parent = "(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})"
const child = "(\\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})"
const policy = "p-[0-9a-zA-Z_]{8,128}"
const tagText = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"

export const policyTypes = [
  "AISERVICES_OPT_OUT_POLICY",
  "BACKUP_POLICY",
  "BEDROCK_POLICY",
  "CHATBOT_POLICY",
  "DECLARATIVE_POLICY_EC2",
  "GUARDDUTY_POLICY",
  "INSPECTOR_POLICY",
  "NETWORK_SECURITY_DIRECTOR_POLICY",
  "RESOURCE_CONTROL_POLICY",
  "S3_POLICY",
  "SECURITYHUB_POLICY",
  "SERVICE_CONTROL_POLICY",
  "TAG_POLICY",
  "UPGRADE_ROLLOUT_POLICY"
] as const

/** The constraints of members that many commands have. */
export const rules = {
  page: { NextToken: { max: 100_000 }, MaxResults: { min: 1, max: 20 } },
  account: { required: true, pattern: "\\d{12}" },
  email: { required: true, min: 6, max: 64, pattern: "[^\\s@]+@[^\\s@]+\\.[^\\s@]+" },
  parent: { required: true, max: 100, pattern: parent },
  child: { required: true, max: 100, pattern: child },
  unit: { required: true, max: 68, pattern: "ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}" },
  root: { required: true, max: 34, pattern: "r-[0-9a-z]{4,32}" },
  target: { required: true, max: 100, pattern: `(r-[0-9a-z]{4,32})|${child}` },
  policy: { required: true, max: 130, pattern: policy },
  policyType: { required: true, enum: policyTypes },
  handshake: { required: true, max: 34, pattern: "h-[0-9a-z]{8,32}" },
  principal: { min: 1, max: 128, pattern: "[\\w+=,.@-]*" },
  servicePrincipal: { required: true, min: 1, max: 128, pattern: "[\\w+=,.@-]*" },
  resource: {
    required: true,
    max: 130,
    pattern: `(r-[0-9a-z]{4,32})|${child}|(${policy})|(rp-[0-9a-zA-Z_]{4,128})|(rt-[0-9a-zA-Z_]{8,32})`
  },
  name: { min: 1, max: 128 },
  tags: {
    members: {
      Key: { required: true, min: 1, max: 128, pattern: tagText },
      Value: { required: true, max: 256, pattern: tagText }
    }
  },
  tagKeys: { required: true, each: { min: 1, max: 128, pattern: tagText } }
} as const

// Options that a caller can't mean, refused before anything is sent.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import * as Refusals from "../refusals.ts"
import type { CustomerKey, PartOptions, Range } from "./options.ts"

export type Problem = Refusals.Problem

/** Fails as a call with this problem would. The reason is `Misconfigured`. */
export const refuse = (operation: string, problem: Problem): Effect.Effect<never, AwsError, AwsClients> =>
  Refusals.refuse({ service: "S3", operation }, problem)

/** Fails with the first problem, if there is one. Nothing has been sent then. */
export const check = (
  operation: string,
  ...problems: ReadonlyArray<Problem | undefined>
): Effect.Effect<void, AwsError, AwsClients> => {
  const problem = problems.find((problem) => problem !== undefined)
  return problem === undefined ? Effect.void : refuse(operation, problem)
}

const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least

export const rangeProblem = (range: Range | undefined): Problem | undefined => {
  if (range === undefined) return undefined
  const isRight = "last" in range
    ? isCount(range.last, 1)
    : isCount(range.start, 0) && (range.end === undefined || isCount(range.end, range.start))
  return isRight ? undefined : {
    code: "InvalidRange",
    description: `no object has the range ${JSON.stringify(range)}`,
    advice: "Pass whole numbers: `start` from 0 on, and `end`, which is included, not before it; or `last` from 1 on."
  }
}

const countProblem = (option: string, value: number | undefined): Problem | undefined =>
  value === undefined || isCount(value, 1) ? undefined : {
    code: `Invalid${option[0]!.toUpperCase()}${option.slice(1)}`,
    description: `\`${option}\` is ${value}`,
    advice: "Pass a whole number from 1 on, or leave it out."
  }

export const concurrencyProblem = (concurrency: number | undefined): Problem | undefined =>
  countProblem("concurrency", concurrency)

export const partsProblem = ({ concurrency, partSize }: PartOptions): Problem | undefined =>
  countProblem("partSize", partSize) ?? concurrencyProblem(concurrency)

export const customerKeyProblem = (key: CustomerKey | undefined): Problem | undefined =>
  key === undefined || Redacted.value(key).byteLength === 32 ? undefined : {
    code: "InvalidCustomerKey",
    description: `the key has ${Redacted.value(key).byteLength} bytes`,
    advice: "S3 encrypts with keys of 32 bytes: pass the key itself, not its text in Base64 or hex."
  }

/** `Date` has a value for what isn't a time, and the SDK makes a header of it. */
export const expiresProblem = (expires: Date | undefined): Problem | undefined =>
  expires === undefined || !Number.isNaN(Number(expires)) ? undefined : {
    code: "InvalidExpires",
    description: "`expires` is an invalid Date",
    advice: "Pass a Date of a time, or leave it out."
  }

export const atMostProblem = (atMost: number): Problem | undefined =>
  atMost >= 0 ? undefined : {
    code: "InvalidAtMost",
    description: `\`atMost\` is ${atMost}`,
    advice: "Pass a number of bytes from 0 on."
  }

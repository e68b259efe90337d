// Options that a caller can't mean, refused before anything is sent.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import type { CustomerKey, PartOptions, Range } from "./options.ts"

/** What is wrong with an option, and what to do. */
export interface Problem {
  readonly code: string
  readonly description: string
  readonly advice: string
}

/** Fails with the first problem that is one. The reason is `Misconfigured`, and nothing has been sent. */
export const refuse = (
  operation: string,
  ...problems: ReadonlyArray<Problem | undefined>
): Effect.Effect<void, AwsError, AwsClients> => {
  const problem = problems.find((problem) => problem !== undefined)
  if (problem === undefined) return Effect.void
  return AwsClients.use(({ config: { region } }) =>
    Effect.fail(
      new AwsError({
        service: "S3",
        operation,
        region,
        reason: new Reason.Misconfigured({ ...problem, isRetryable: false }),
        cause: undefined,
        mayHaveSucceeded: false
      })
    )
  )
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

export const partsProblem = ({ concurrency, partSize }: PartOptions): Problem | undefined => {
  const wrong = [["partSize", partSize] as const, ["concurrency", concurrency] as const].find(([, value]) =>
    value !== undefined && !isCount(value, 1)
  )
  return wrong && {
    code: `Invalid${wrong[0] === "partSize" ? "PartSize" : "Concurrency"}`,
    description: `\`${wrong[0]}\` is ${wrong[1]}`,
    advice: "Pass a whole number from 1 on."
  }
}

export const customerKeyProblem = (key: CustomerKey | undefined): Problem | undefined =>
  key === undefined || Redacted.value(key).byteLength === 32 ? undefined : {
    code: "InvalidCustomerKey",
    description: `the key has ${Redacted.value(key).byteLength} bytes`,
    advice: "S3 encrypts with keys of 32 bytes: pass the key itself, not its text in Base64 or hex."
  }

export const atMostProblem = (atMost: number): Problem | undefined =>
  atMost >= 0 ? undefined : {
    code: "InvalidAtMost",
    description: `\`atMost\` is ${atMost}`,
    advice: "Pass a number of bytes from 0 on."
  }

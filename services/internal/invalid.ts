// Options that a caller can't mean, refused before anything is sent.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AwsError } from "../../errors/internal/awsError.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { AwsClients } from "../../src/AwsClients.ts"

/** What is wrong with an option, and what to do. */
export interface Problem {
  readonly code: string
  readonly description: string
  readonly advice: string
}

/** Fails as a call with this problem would. The reason is `Misconfigured`. */
export const refuse = (
  service: string,
  operation: string,
  problem: Problem
): Effect.Effect<never, AwsError, AwsClients> =>
  AwsClients.use(({ config: { region } }) => {
    const reason = new Reason.Misconfigured({ ...problem, isRetryable: false })
    return Effect.fail(new AwsError({ service, operation, region, reason, mayHaveSucceeded: false }))
  })

/** Fails with the first problem, if there is one. Nothing has been sent then. */
export const check = (
  service: string,
  operation: string,
  ...problems: ReadonlyArray<Problem | undefined>
): Effect.Effect<void, AwsError, AwsClients> => {
  const problem = problems.find((problem) => problem !== undefined)
  return problem === undefined ? Effect.void : refuse(service, operation, problem)
}

export const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least

const codeOf = (option: string) => `Invalid${option[0]!.toUpperCase()}${option.slice(1)}`

export const countProblem = (option: string, value: number | undefined): Problem | undefined =>
  value === undefined || isCount(value, 1) ? undefined : {
    code: codeOf(option),
    description: `\`${option}\` is ${value}`,
    advice: "Pass a whole number from 1 on, or leave it out."
  }

/** Effect takes NaN for a duration of 0. */
const isLength = (value: Duration.Input): boolean =>
  !Number.isNaN(value) &&
  Option.exists(Duration.fromInput(value), (length) => Duration.isFinite(length) && !Duration.isNegative(length))

/** The problem of a time for which something is kept: it's above 0, and may be forever. */
export const ttlProblem = (value: Duration.Input): Problem | undefined =>
  !Number.isNaN(value) && Option.exists(Duration.fromInput(value), Duration.isPositive) ? undefined : {
    code: "InvalidTtl",
    description: `\`ttl\` is ${Duration.isDuration(value) ? Duration.format(value) : String(value)}`,
    advice: "Pass a duration above 0, such as \"5 minutes\"."
  }

export const durationProblem = (option: string, value: Duration.Input | undefined): Problem | undefined =>
  value === undefined || isLength(value) ? undefined : {
    code: codeOf(option),
    description: `\`${option}\` is ${Duration.isDuration(value) ? Duration.format(value) : String(value)}`,
    advice: "Pass a finite duration from 0 on, such as \"5 seconds\", or leave it out."
  }

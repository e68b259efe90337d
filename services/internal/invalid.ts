// Options that a caller can't mean, refused before anything is sent.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../errors/internal/awsError.ts"
import type { AwsClients } from "../../src/AwsClients.ts"
import { millisOf } from "../../src/internal/durations.ts"
import { type Problem, refuse } from "../../src/internal/refuse.ts"

export { type Problem, refuse } from "../../src/internal/refuse.ts"

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

const timeProblem = (option: string, value: Duration.Input, advice: string): Problem => ({
  code: codeOf(option),
  description: `\`${option}\` is ${Duration.isDuration(value) ? Duration.format(value) : String(value)}`,
  advice
})

/** The problem of a time that may be 0, and has to end. */
export const durationProblem = (option: string, value: Duration.Input | undefined): Problem | undefined =>
  value === undefined || (millisOf(value) >= 0 && millisOf(value) < Infinity)
    ? undefined
    : timeProblem(option, value, "Pass a finite duration from 0 on, such as \"5 seconds\", or leave it out.")

/** The problem of a time for which something is kept: it's above 0, and may be forever. */
export const ttlProblem = (value: Duration.Input | undefined): Problem | undefined =>
  value === undefined || millisOf(value) > 0
    ? undefined
    : timeProblem("ttl", value, "Pass a duration above 0, such as \"5 minutes\", or leave it out.")

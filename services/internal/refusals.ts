// Options that a caller can't mean, refused before anything is sent.
import * as Effect from "effect/Effect"
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
  call: { readonly service: string; readonly operation: string },
  problem: Problem
): Effect.Effect<never, AwsError, AwsClients> =>
  AwsClients.use(({ config: { region } }) => {
    const reason = new Reason.Misconfigured({ ...problem, isRetryable: false })
    return Effect.fail(new AwsError({ ...call, region, reason, mayHaveSucceeded: false }))
  })

// Failures of what can't be sent, as the failure of a call.
import * as Effect from "effect/Effect"
import { AwsError } from "../../errors/internal/awsError.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { AwsClients } from "../AwsClients.ts"

/** What the program has to correct, and how. */
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

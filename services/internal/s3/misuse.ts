// Options that no request could be made of: found before anything is sent.
import * as Effect from "effect/Effect"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { AwsClients } from "../../../src/AwsClients.ts"

/** Fails as a call with this option would. `option` names it: `partSize`. */
export const invalidOption = (
  operation: string,
  option: string,
  description: string,
  advice: string
): Effect.Effect<never, AwsError, AwsClients> =>
  AwsClients.use(({ config: { region } }) => {
    const code = `Invalid${option[0]!.toUpperCase()}${option.slice(1)}`
    const reason = new Reason.Misconfigured({ code, description, isRetryable: false, advice })
    return Effect.fail(new AwsError({ service: "S3", operation, region, reason, mayHaveSucceeded: false }))
  })

import * as Schema from "effect/Schema"
import { environments, toText } from "./results.ts"

/**
 * The account, region and identity that a program works with. As a string: `aws://123456789012/us-east-2`.
 *
 * **Example** (Refuse to run in the wrong account)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Sts } from "effect-aws-sdk"
 *
 * const checked = Sts.environment.pipe(
 *   Effect.filterOrFail(({ account }) => account === "123456789012", (environment) => `Not for ${environment}`)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class AwsEnvironment extends Schema.Class<AwsEnvironment>(environments.identifier)({
  /** The ID of the account: 12 digits. */
  account: Schema.String,
  /** The region of the Layer: `us-east-2`. */
  region: Schema.String,
  /** The program's identity: the ARN of a user or of an assumed role's session. */
  arn: Schema.String
}) {
  override toString(): string {
    return toText(this)
  }
}

environments.use(AwsEnvironment)

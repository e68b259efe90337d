import * as Schema from "effect/Schema"
import { environments, toText } from "./results.ts"

/**
 * The account, region and identity that a program works with. As a string: `aws://123456789012/us-east-2`.
 *
 * @category models
 * @since 0.1.0
 */
export class AwsEnvironment extends Schema.Class<AwsEnvironment>(environments.identifier)({
  account: Schema.String,
  region: Schema.String,
  /** The program's identity: the ARN of a user or of an assumed role's session. */
  arn: Schema.String
}) {
  override toString(): string {
    return toText(this)
  }
}

environments.use(AwsEnvironment)

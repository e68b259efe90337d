/**
 * Who the program is to AWS: AWS Security Token Service.
 *
 * @since 0.1.0
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AwsError } from "../errors/AwsError.ts"
import type { StsCodes } from "../errors/codes/Sts.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import { oncePerLayer } from "../src/internal/memo.ts"

const service = AwsService.make<STSClient, StsCodes>(STSClient)

/**
 * Sends any command of STS.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of STS that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of STS that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * The account and region that a program works in. As a string: `aws://123456789012/us-east-2`.
 *
 * @category models
 * @since 0.1.0
 */
export class AwsEnvironment extends Schema.Class<AwsEnvironment>("effect-aws-sdk/Sts/AwsEnvironment")({
  account: Schema.String,
  region: Schema.String,
  /** Who the program is: the ARN of the user or of the assumed role. */
  arn: Schema.String
}) {
  override toString(): string {
    return `aws://${this.account}/${this.region}`
  }
}

const lookup = Effect.fn("Sts.environment")(function*(
  clients: AwsClients["Service"]
): Effect.fn.Return<AwsEnvironment, AwsError> {
  const identity = send(new GetCallerIdentityCommand({}))
  const { Account = "", Arn = "" } = yield* Effect.provideService(identity, AwsClients, clients)
  return new AwsEnvironment({ account: Account, region: clients.config.region, arn: Arn })
})

/**
 * The environment of the Layer's credentials. AWS is asked once a Layer.
 *
 * **Errors**: `AwsError`, with the reason `CredentialsRejected` or `CredentialsUnavailable` where the credentials are no
 * good: a way to check them before a program starts.
 *
 * **Example** (Where am I?)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Profile, Sts } from "effect-aws-sdk"
 *
 * const where = Sts.environment.pipe(
 *   Effect.map(String),
 *   Effect.provide(Profile.layer({ profile: "dev" }))
 * )
 * ```
 *
 * AWS: [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)
 *
 * @category environment
 * @since 0.1.0
 */
export const environment: Effect.Effect<AwsEnvironment, AwsError, AwsClients> = AwsClients.use((clients) =>
  oncePerLayer(clients, "Sts.environment", lookup(clients))
)

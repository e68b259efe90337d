/**
 * The program's own identity: AWS Security Token Service.
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
import { readMembers } from "../src/internal/members.ts"
import { oncePerLayer } from "../src/internal/memo.ts"

const service = AwsService.make<STSClient, StsCodes>(STSClient)

/**
 * Sends any STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any paginated STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements on all pages of any paginated STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * The account, region and identity that a program works with. As a string: `aws://123456789012/us-east-2`.
 *
 * @category models
 * @since 0.1.0
 */
export class AwsEnvironment extends Schema.Class<AwsEnvironment>("effect-aws-sdk/Sts/AwsEnvironment")({
  account: Schema.String,
  region: Schema.String,
  /** The program's identity: the ARN of a user or of an assumed role's session. */
  arn: Schema.String
}) {
  override toString(): string {
    return `aws://${this.account}/${this.region}`
  }
}

const lookup = Effect.fnUntraced(function*(): Effect.fn.Return<AwsEnvironment, AwsError, AwsClients> {
  const { config: { region } } = yield* AwsClients
  const identity = yield* send(new GetCallerIdentityCommand({}))
  return yield* readMembers(
    { service: "STS", operation: "GetCallerIdentity" },
    identity,
    ({ Account, Arn }, need) => new AwsEnvironment({ account: need(Account, "Account"), region, arn: need(Arn, "Arn") })
  )
})

/**
 * The account, region and identity of the Layer's credentials. Sends one call per Layer, and keeps the result.
 *
 * **Errors**: `AwsError`; its reason is `CredentialsRejected` or `CredentialsUnavailable` if the credentials don't work.
 * Run it first to check them before the program does anything else.
 *
 * **Example** (Where am I?)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Default, Sts } from "effect-aws-sdk"
 *
 * const where = Sts.environment.pipe(
 *   Effect.map(String),
 *   Effect.provide(Default.layer())
 * )
 * ```
 *
 * AWS: [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)
 *
 * @category environment
 * @since 0.1.0
 */
export const environment: Effect.Effect<AwsEnvironment, AwsError, AwsClients> = AwsClients.use((clients) =>
  oncePerLayer(clients, "Sts.environment", Effect.provideService(lookup(), AwsClients, clients))
).pipe(Effect.withSpan("Sts.environment"))

/**
 * The program's own identity: AWS Security Token Service.
 *
 * @since 0.1.0
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import * as Effect from "effect/Effect"
import type { AwsError } from "../errors/AwsError.ts"
import type { StsCodes } from "../errors/codes/Sts.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { readMembers } from "../src/internal/members.ts"
import { oncePerLayer } from "../src/internal/memo.ts"
import * as Service from "../src/internal/service.ts"
import type { AwsEnvironment } from "./internal/sts/models.ts"
import { environments } from "./internal/sts/results.ts"

export { AwsEnvironment } from "./internal/sts/models.ts"

const service = Service.ofXml<STSClient, StsCodes>(STSClient)

/**
 * Sends any STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any paginated STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any paginated STS command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = Service.itemsOf(service)

const lookup = Effect.fnUntraced(function*(): Effect.fn.Return<AwsEnvironment, AwsError, AwsClients> {
  const { config: { region } } = yield* AwsClients
  const identity = yield* send(new GetCallerIdentityCommand({}))
  return yield* readMembers(
    { service: "STS", operation: "GetCallerIdentity" },
    identity,
    ({ Account, Arn }, need) => environments.make({ account: need(Account, "Account"), region, arn: need(Arn, "Arn") })
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

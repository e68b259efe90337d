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
 * Sends any command of STS with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-sts`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `sts:DecodeAuthorizationMessage`, for example.
 *
 * **Example** (What AWS says of a denied call, in plain text)
 *
 * ```ts
 * import { DecodeAuthorizationMessageCommand } from "@aws-sdk/client-sts"
 * import { Effect } from "effect"
 * import { Sts } from "effect-aws-sdk"
 *
 * const decode = (EncodedMessage: string) =>
 *   Sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage })).pipe(
 *     Effect.map(({ DecodedMessage }) => DecodedMessage)
 *   )
 * ```
 *
 * AWS: [DecodeAuthorizationMessage](https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any command of STS: the SDK's outputs. STS has no paginated command today, so the Stream has one page.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The one page of a command)
 *
 * ```ts
 * import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
 * import { Stream } from "effect"
 * import { Sts } from "effect-aws-sdk"
 *
 * const identity = Sts.pages(new GetCallerIdentityCommand({})).pipe(Stream.runHead)
 * ```
 *
 * AWS: [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any command of STS. STS has no paginated command today, so they are those of one output.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The ARN of the caller, as a Stream)
 *
 * ```ts
 * import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
 * import { Sts } from "effect-aws-sdk"
 *
 * const arns = Sts.items(new GetCallerIdentityCommand({}), ({ Arn }) => Arn === undefined ? undefined : [Arn])
 * ```
 *
 * AWS: [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)
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
 * **Requires** no permission: every identity may ask for itself.
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

/**
 * A service as Effects and Streams: `send`, `pages`, `items` and `waitUntil` for every command of a client. Use it for any AWS
 * service that has no module in this library.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { AwsError } from "../errors/internal/awsError.ts"
import { AwsClients } from "./AwsClients.ts"
import type { AnyCommand, SdkClient, SdkClientClass } from "./Call.ts"
import * as Calls from "./internal/calls.ts"
import type { CodesOf, InputOf, OutputOf, Same } from "./internal/commandTypes.ts"
import { Defect } from "./internal/defect.ts"
import { refuse } from "./internal/refuse.ts"
import { type Waiter, type Waiters, type WaitUntil, withWaiter } from "./internal/waiterTables.ts"

export type { CodesOf, InputOf, OutputOf } from "./internal/commandTypes.ts"
export { waiter } from "./internal/waiters.ts"
export type {
  Acceptor,
  Waiter,
  Waiters,
  WaitersOf,
  WaiterState,
  WaitOptions,
  WaitUntil
} from "./internal/waiterTables.ts"

/**
 * The commands of one client: a command of another client is a compile error.
 *
 * A command belongs to a client when the two share a middleware stack type. Two versions of a client have different
 * types, so stacks that aren't identical are compared by the names of all members of the service's inputs and outputs.
 * AWS adds to an API and rarely removes from it, so one version's names include the other's. This doesn't hold for two
 * services, except where AWS has one API under two names (CloudWatch Events and EventBridge, DocumentDB and RDS).
 *
 * @category type-level
 * @since 0.1.0
 */
export type BelongsTo<Client extends SdkClient, C> = C extends
  { resolveMiddleware(stack: infer Stack, configuration: any, options: any): any }
  ? Same<Stack, Client["middlewareStack"]> extends true ? unknown
  : SameMembers<MembersOf<Stack>, MembersOf<Client["middlewareStack"]>> extends true ? unknown
  : "This is a command of another service. If it isn't, two very different versions of the client are installed: run npm ls @aws-sdk/client-<service>"
  : never

/**
 * The names of the members of a service's inputs and outputs. The stack is matched by one of its methods, so that a client
 * with another copy of `@smithy/types` matches too.
 */
type MembersOf<Stack> = Stack extends {
  addRelativeTo(
    middleware: (
      next: (args: { input: infer Input; request: any }) => Promise<{ output?: infer Output; response: any }>,
      context: any
    ) => any,
    options: any
  ): void
} ? { readonly input: KeysOf<Input>; readonly output: KeysOf<Output> }
  : never

type KeysOf<Union> = Union extends unknown ? keyof Union : never

/** Whether one API is the other, or an older version of it. */
type SameMembers<A, B> = [A] extends [never] ? false
  : [B] extends [never] ? false
  : [A] extends [B] ? true
  : [B] extends [A] ? true
  : false

/**
 * How to fetch the pages of a command.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageOptions<C extends AnyCommand = AnyCommand> {
  /**
   * Fetches the next page while your program processes the current one. At most one page is fetched ahead. By default
   * `false`: no page is fetched before it is needed.
   */
  readonly readAhead?: boolean | undefined

  /**
   * Builds the next input from a page and the input that requested it, for a command whose tokens aren't known. It
   * returns the members to change; a member that is `undefined` is dropped. The page is the last one if the function
   * returns `undefined`, or only members that are `undefined` or `""`.
   *
   * It is also for lists that don't end with a missing token. `GetLogEvents` of CloudWatch Logs repeats the token of
   * the request at the end: `token: (page, input) => page.nextForwardToken === input.nextToken ? undefined : {
   * nextToken: page.nextForwardToken }`.
   *
   * **Example** (The rule for DynamoDB's `Scan`, written out)
   *
   * ```ts
   * import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb"
   * import { AwsService } from "effect-aws-sdk"
   *
   * const dynamo = AwsService.make(DynamoDBClient)
   *
   * const pages = dynamo.pages(new ScanCommand({ TableName: "table" }), {
   *   token: (page) => ({ ExclusiveStartKey: page.LastEvaluatedKey })
   * })
   * ```
   */
  readonly token?: ((page: OutputOf<C>, input: InputOf<C>) => SomeMembers<InputOf<C>> | undefined) | undefined
}

type SomeMembers<Input> = { readonly [Member in keyof Input]?: Input[Member] | undefined }

/**
 * The calls of one service.
 *
 * @category models
 * @since 0.1.0
 */
export interface AwsService<Client extends SdkClient, Table = never, Known = {}> {
  /**
   * Sends a command with the Layer's client. Interruption aborts the request.
   *
   * **Errors**: `AwsError`, whose `reason` says why. **Requires** `AwsClients`.
   *
   * Each call has a client span (`S3.HeadBucket`), updates the metrics `aws_calls`, `aws_failures`, `aws_retries` and
   * `aws_duration`, and writes one line to the debug log. None of them contains the input or the output.
   */
  readonly send: <C extends AnyCommand>(
    command: C & BelongsTo<Client, C>
  ) => Effect.Effect<OutputOf<C>, AwsError<CodesOf<Table, C>>, AwsClients>

  /**
   * Streams the pages of a paginated command. Each page is fetched when it is needed, or one page ahead. The command isn't
   * changed, so you can run the Stream again.
   *
   * The tokens of most commands are known. If a page has a token that isn't known, the Stream fails with the reason
   * `Misconfigured` and the code `PaginationTokenUnknown`: pass the option `token`. If a page announces more pages but lacks
   * its token, or if the tokens lead back to an earlier page, the Stream fails with the reason `Unreadable` and the code
   * `PaginationTokenMissing` or `PaginationTokenRepeated`. A command that counts its pages (`PageNumber`) has no token: without
   * the option `token`, the Stream has one page.
   */
  readonly pages: <C extends AnyCommand>(
    command: C & BelongsTo<Client, C>,
    options?: PageOptions<C>
  ) => Stream.Stream<OutputOf<C>, AwsError<CodesOf<Table, C>>, AwsClients>

  /**
   * Streams the elements of all pages. `select` picks the elements of a page. The options and the errors are those of `pages`.
   */
  readonly items: <C extends AnyCommand, A>(
    command: C & BelongsTo<Client, C>,
    select: (page: OutputOf<C>) => Iterable<A> | undefined,
    options?: PageOptions<C>
  ) => Stream.Stream<A, AwsError<CodesOf<Table, C>>, AwsClients>

  /**
   * Repeats the command of a waiter until its answer shows the awaited state, and returns the last output. The waiters are
   * those of the option `waiters`: see `AwsService.waiter`.
   *
   * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
   * permanent failure. **Requires** `AwsClients`, and what the schedule requires.
   */
  readonly waitUntil: WaitUntil<Known, Table>
}

/**
 * How long lookups are collected before they are made: the functions whose names begin with `lookup`, such as
 * `Ssm.lookupParameter`, share calls with the lookups that are made meanwhile. Fewer calls are made, and each lookup takes
 * longer.
 *
 * It's zero by default: lookups are collected until no further one arrives in a turn of the event loop, which takes no
 * noticeable time. Any other time passes on Effect's Clock, and a call that is full doesn't wait for its end.
 *
 * **Example** (A server whose requests come a few milliseconds apart)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AwsService, Ssm } from "effect-aws-sdk"
 *
 * const limit = Ssm.lookupParameter("/app/limit").pipe(Effect.provideService(AwsService.LookupWindow, "5 millis"))
 * ```
 *
 * @category lookups
 * @since 0.1.0
 */
export const LookupWindow: Context.Reference<Duration.Input> = /* @__PURE__ */ Context.Reference<Duration.Input>(
  "effect-aws-sdk/AwsService/LookupWindow",
  { defaultValue: () => 0 }
)

/** The waiters, if their commands are those of the client. Nothing is known of a waiter of `any` command. */
type OwnWaiters<Client extends SdkClient, Known> = {
  readonly [Name in keyof Known]: Known[Name] extends Waiter<infer C, any>
    ? Same<C, any> extends true ? unknown : BelongsTo<Client, C>
    : unknown
}

/**
 * The class of clients that are wrapped: by DynamoDB's document client, by X-Ray, or by a function of your own. Pass it to
 * {@link make}, or to `AwsClients.get` for a library that wants the wrapped client.
 *
 * - `wrap` gets a client that nothing else uses, so it may change the client's middleware and configuration, and returns it,
 *   or a client made of it. A call dies if `wrap` returns a client of other origin, such as `new DynamoDBClient()`: that would
 *   not have the Layer's credentials. It runs when the Layer's first call needs the client, and has to have no other effects.
 * - The wrapped client has the Layer's region, credentials, endpoint, connections, retries and aspects, as every client has.
 *   Its quota of retries is its own.
 * - Call it once, at the top of a module: each class that it returns has a client of its own in each Layer.
 *
 * **Example** (DynamoDB's document client, with options for the values)
 *
 * ```ts
 * import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
 * import { DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb"
 * import { AwsClients, AwsService } from "effect-aws-sdk"
 *
 * const DocumentClient = AwsService.wrapClient(DynamoDBClient, (client) =>
 *   DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }))
 * const documents = AwsService.make(DocumentClient)
 *
 * const orders = documents.items(
 *   new QueryCommand({
 *     TableName: "orders",
 *     KeyConditionExpression: "customer = :c",
 *     ExpressionAttributeValues: { ":c": "ada" }
 *   }),
 *   (page) => page.Items
 * )
 *
 * // The Layer's document client itself, for a library that takes one.
 * const client = AwsClients.get(DocumentClient)
 * ```
 *
 * AWS: [The DynamoDB document client](https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-lib-dynamodb/)
 *
 * @category constructors
 * @since 0.1.0
 */
export const wrapClient = <Client extends SdkClient, Wrapped extends SdkClient>(
  Client: SdkClientClass<Client>,
  wrap: (client: Client) => Wrapped
): SdkClientClass<Wrapped> => {
  const Wrapped = function(config: unknown): Wrapped {
    const client = new Client(config)
    const wrapped: Partial<Wrapped> | undefined = wrap(client)
    const refuse = (what: string): never => {
      throw new Defect(`AwsService.wrapClient(${Client.name}, …): the function has to return ${what}.`)
    }
    if (typeof wrapped?.send !== "function" || wrapped.middlewareStack === undefined || wrapped.config === undefined) {
      return refuse("a client of the AWS SDK")
    }
    // With connections of its own, it sends to the AWS and the account that the SDK finds by itself, also under InMemory.
    const handlerOf = (config: unknown) => (config as { readonly requestHandler?: unknown }).requestHandler
    return handlerOf(wrapped.config) === handlerOf(client.config)
      ? wrapped as Wrapped
      : refuse("the client that it is given, or one made of it, which has the Layer's credentials and connections")
  }
  // Calls name their service after the class if the client can't be built.
  Object.defineProperty(Wrapped, "name", { value: Client.name })
  return Wrapped as unknown as SdkClientClass<Wrapped>
}

/**
 * The calls of the service whose client class you pass. It works for every AWS service. The class of an aggregated client
 * (`DynamoDB`, `S3`) will do, too, and so will one that {@link wrapClient} returns.
 *
 * - `waiters`: the states that `waitUntil` can wait for, each made with {@link waiter}. By default there are none.
 *
 * **Example** (A service without a module in this library)
 *
 * ```ts
 * import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
 * import { AwsService } from "effect-aws-sdk"
 *
 * const sts = AwsService.make(STSClient)
 *
 * const session = sts.send(new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/audit", RoleSessionName: "me" }))
 * ```
 *
 * **Example** (DynamoDB with plain values: commands of the document client)
 *
 * ```ts
 * import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
 * import { GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb"
 * import { Effect } from "effect"
 * import { AwsService } from "effect-aws-sdk"
 *
 * const dynamo = AwsService.make(DynamoDBClient)
 *
 * const name = dynamo.send(new GetCommand({ TableName: "users", Key: { id: 1 } })).pipe(
 *   Effect.map(({ Item }) => Item?.["name"])
 * )
 * const users = dynamo.items(new ScanCommand({ TableName: "users" }), (page) => page.Items)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <Client extends SdkClient, Table = never, const Known extends Waiters = {}>(
  Client: SdkClientClass<Client>,
  options?: { readonly waiters?: Known & OwnWaiters<Client, Known> | undefined }
): AwsService<Client, Table, Known> => {
  const waiters: Waiters = options?.waiters ?? {}
  const caller = Calls.callerOfAny(Client)
  const { send } = caller
  const pages = Calls.pagesOf(caller)
  return {
    send,
    pages,
    items: Calls.itemsOf(pages),
    waitUntil: (name: string, input: any, options?: any) =>
      AwsClients.use((clients) => {
        const service = caller.serviceOf(clients)
        return withWaiter(service, waiters, name, (waiter) =>
          typeof waiter?.["~wait"] === "function"
            ? waiter["~wait"]({ span: `${service}.waitUntil`, service, send, name, waiter, input, options })
            : refuse(service, "waitUntil", {
              code: "InvalidWaiter",
              description: `the waiter ${name} can't be used`,
              advice: "Make it with `AwsService.waiter`."
            }))
      })
  }
}

/**
 * A service as Effects and Streams: `send`, `pages` and `items` for every command of a client. The modules of the ten
 * services are built on it. Use it for any other AWS service.
 *
 * @since 0.1.0
 */
import type { CommandIO } from "@smithy/types"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AwsError } from "../errors/internal/awsError.ts"
import * as Reason from "../errors/internal/reasons.ts"
import { AwsClients } from "./AwsClients.ts"
import type { AnyCommand, Call, SdkClient, SdkClientClass } from "./Call.ts"
import { copyCommand, operationOf } from "./internal/sdk/command.ts"
import { commandMembers } from "./internal/sdk/members.ts"
import { type Follow, followKnown, followWith, remember, type Trail } from "./internal/tokens.ts"

/** Whether two types are identical, which is stricter than assignable to each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false

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
 * The output of a command.
 *
 * @category type-level
 * @since 0.1.0
 */
export type OutputOf<C> = C extends CommandIO<any, infer Output> ? Output : never

/**
 * The input of a command.
 *
 * @category type-level
 * @since 0.1.0
 */
export type InputOf<C> = C extends CommandIO<infer Input, any> ? Input : never

/**
 * The codes that AWS documents for a command; `string` where it documents none.
 *
 * `Table` is a union of pairs, a command and its codes, as in `errors/codes/`. Commands whose inputs and outputs are the
 * same share their codes.
 *
 * @category type-level
 * @since 0.1.0
 */
export type CodesOf<Table, C> = [Lookup<Table, C>] extends [never] ? string : Lookup<Table, C>

type Lookup<Table, C> = Table extends readonly [infer Known, infer Code extends string]
  ? Same<Known, C> extends true ? Code : never
  : never

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
export interface AwsService<Client extends SdkClient, Table = never> {
  /**
   * Sends a command with the Layer's client. Interruption aborts the request.
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
   * `PaginationTokenMissing` or `PaginationTokenRepeated`. A
   * command that counts its pages (`PageNumber`) has no token: without the option `token`, the Stream has one page.
   */
  readonly pages: <C extends AnyCommand>(
    command: C & BelongsTo<Client, C>,
    options?: PageOptions<C>
  ) => Stream.Stream<OutputOf<C>, AwsError<CodesOf<Table, C>>, AwsClients>

  /**
   * Streams the elements of all pages. `select` picks the elements of a page. The options are those of `pages`.
   */
  readonly items: <C extends AnyCommand, A>(
    command: C & BelongsTo<Client, C>,
    select: (page: OutputOf<C>) => Iterable<A> | undefined,
    options?: PageOptions<C>
  ) => Stream.Stream<A, AwsError<CodesOf<Table, C>>, AwsClients>
}

/**
 * How long lookups are collected before they are made: the functions whose names begin with `lookup`, such as
 * `Ssm.lookupParameter`, share calls with the lookups that are made meanwhile. Fewer calls are made, and each lookup takes
 * longer.
 *
 * It's zero by default: lookups are collected until no further one arrives in a turn of the event loop, which takes no
 * noticeable time. Any other time passes on Effect's Clock. A call that is full is made at once.
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

/** The position of a Stream of pages: the command that requests the next page, and what is known from earlier pages. */
interface Position {
  readonly command: AnyCommand
  readonly follow?: Follow
  readonly trail?: Trail
}

/**
 * The calls of the service whose client class you pass. It works for every AWS service.
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
 * @category constructors
 * @since 0.1.0
 */
export const make = <Client extends SdkClient, Table = never>(
  Client: SdkClientClass<Client>
): AwsService<Client, Table> => {
  let known: string | undefined
  // Asks the client, because a minifier may have renamed the class. If the client can't be built, the call's own
  // failure says why, and the name of the class has to do.
  const serviceOf = (clients: AwsClients["Service"]): string => {
    try {
      return known ??= clients.get(Client).config.serviceId.replaceAll(" ", "")
    } catch {
      return Client.name.replace(/Client$/, "")
    }
  }
  const callOf = (clients: AwsClients["Service"], command: AnyCommand): Call => ({
    service: serviceOf(clients),
    operation: operationOf(command),
    region: clients.config.region,
    Client,
    command
  })

  // The interface has the precise types. In here, any command will do.
  const send = (command: AnyCommand): Effect.Effect<any, AwsError<any>, AwsClients> =>
    AwsClients.use((clients) => clients.send(callOf(clients, command)))

  const pages = (first: AnyCommand, options?: PageOptions): Stream.Stream<any, AwsError<any>, AwsClients> => {
    const all = Stream.paginate(
      { command: first } as Position,
      Effect.fnUntraced(function*({ command, follow, trail }) {
        const page = yield* send(command)
        const { operation, region, service } = callOf(yield* AwsClients, command)
        const following = follow ??
          (options?.token === undefined
            ? followKnown(service, operation, commandMembers(command))
            : followWith(options.token))
        const next = following(page, command.input)
        if (next._tag === "Last") return [[page], Option.none()] as const
        const remembered = next._tag === "Next" ? remember(trail, next.members, command.input) : undefined
        if (next._tag === "Next" && remembered !== undefined) {
          const position = {
            command: copyCommand(command, { ...command.input, ...next.members }),
            follow: following,
            trail: remembered
          }
          return [[page], Option.some(position)] as const
        }
        const reason = next._tag === "Missing"
          ? new Reason.Unreadable({
            code: "PaginationTokenMissing",
            description: next.why,
            isRetryable: false,
            advice: "Check that the endpoint is AWS's."
          })
          : next._tag === "Unknown"
          ? new Reason.Misconfigured({
            code: "PaginationTokenUnknown",
            description: next.why,
            isRetryable: false,
            advice: "Pass the option `token` to `pages` or `items`: it makes the next input from a page."
          })
          : new Reason.Unreadable({
            code: "PaginationTokenRepeated",
            description: "the pagination token of this page leads back to an earlier page",
            isRetryable: false,
            advice: options?.token === undefined
              ? "If the repeated token means the end of the list, pass the option `token` to `pages` or `items`."
              : "If the repeated token means the end of the list, return nothing from `token`."
          })
        return yield* new AwsError({ service, operation, region, reason, cause: undefined })
      })
    )
    // With a capacity of 0 the fetched page waits in the producer, which can't fetch another one meanwhile.
    return options?.readAhead === true ? Stream.bufferArray(all, { capacity: 0 }) : all
  }

  return {
    send,
    pages,
    items: (command: AnyCommand, select: (page: any) => Iterable<any> | undefined, options?: PageOptions) =>
      pages(command, options).pipe(
        Stream.map((page) => Array.from(select(page) ?? [])),
        Stream.filter(Arr.isArrayNonEmpty),
        Stream.flattenArray
      )
  }
}

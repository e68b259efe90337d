// The tables of waiters: their types, and how a name leads to a waiter. What waits is in `waiters.ts`.
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { AwsError } from "../../errors/internal/awsError.ts"
import type { WaitFailed, WaitTimedOut } from "../../errors/internal/pollingErrors.ts"
import type { AwsClients } from "../AwsClients.ts"
import type { AnyCommand } from "../Call.ts"
import type { CodesOf, InputOf, OutputOf } from "./commandTypes.ts"
import { refuse } from "./refuse.ts"

/**
 * What an answer means for a wait: `success` and `failure` end it, `retry` polls again. An acceptor goes by one of three
 * things:
 *
 * - `output`: whether the output of a call is in the state. `reason` says which state that is, in the words of `WaitFailed`.
 * - `error`: the code of the `AwsError` that the call fails with.
 * - `status`: the HTTP status of the answer. Every output has a status of 200 to 299: 200 stands for all of them. An answer
 *   that isn't AWS's, such as a proxy's page, matches no status.
 *
 * @category waiting
 * @since 0.1.0
 */
export type Acceptor<Output> =
  | {
    readonly state: WaiterState
    readonly output: (output: Output) => boolean
    readonly reason?: string | undefined
    readonly error?: never
    readonly status?: never
  }
  | {
    readonly state: WaiterState
    readonly error: string
    readonly output?: never
    readonly status?: never
    readonly reason?: never
  }
  | {
    readonly state: WaiterState
    readonly status: number
    readonly output?: never
    readonly error?: never
    readonly reason?: never
  }

/**
 * What an answer means for a wait.
 *
 * @category waiting
 * @since 0.1.0
 */
export type WaiterState = "success" | "failure" | "retry"

/**
 * A waiter: the command to repeat, and what its answers mean. Make one with `AwsService.waiter`.
 *
 * - `delay`: the time between two calls.
 * - `attempts`: how many calls to make at most.
 * - `names`: the members of the input that name what is awaited, for the log and the errors. Don't list one that may be secret.
 * - `acceptors`: the first one that an answer matches decides. If none does, an output means `retry`, and so does a transient
 *   `AwsError` (throttled, unreachable, a server fault). Any other `AwsError` is the failure of the wait.
 *
 * @category waiting
 * @since 0.1.0
 */
export interface Waiter<C extends AnyCommand, Output = OutputOf<C> | undefined> extends Definition<C> {
  /** Ties the type to what the wait returns. */
  readonly "~output"?: Output
  /** How to wait. It comes with the waiter, so that programs that don't wait don't bundle it. */
  readonly "~wait": Wait
}

/** What a waiter is made of. */
export interface Definition<C extends AnyCommand> {
  /** The class of the command to repeat. */
  readonly command: new(input: any) => C
  /** The time between two calls. */
  readonly delay: Duration.Input
  /** How many calls to make at most. */
  readonly attempts: number
  /** The members of the input that name what is awaited, for the log and the errors. */
  readonly names?: ReadonlyArray<string> | undefined
  /** What answers mean. The first one that an answer matches decides. */
  readonly acceptors: ReadonlyArray<Acceptor<OutputOf<C>>>
}

/** Waits with a waiter, for one input. */
export type Wait = (wait: {
  /** The name of the span around the wait. */
  readonly span: string
  readonly service: string
  readonly send: (command: any) => Effect.Effect<any, AwsError<any>, AwsClients>
  readonly name: string
  readonly waiter: Definition<any>
  readonly input: any
  readonly options: WaitOptions<any> | undefined
}) => Effect.Effect<any, any, any>

/**
 * The waiters of a service, by name.
 *
 * **Example** (The waiters of your own service)
 *
 * ```ts
 * import { DescribeTableCommand } from "@aws-sdk/client-dynamodb"
 * import { AwsService } from "effect-aws-sdk"
 *
 * const waiters = {
 *   TableArchived: AwsService.waiter({
 *     command: DescribeTableCommand,
 *     delay: "10 seconds",
 *     attempts: 30,
 *     acceptors: [{ state: "success", output: ({ Table }) => Table?.TableStatus === "ARCHIVED" }]
 *   })
 * } satisfies AwsService.Waiters
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export type Waiters = Readonly<Record<string, Waiter<any, any>>>

/**
 * How to wait. Without options, a wait makes as many calls as AWS advises, with AWS's delay in between.
 *
 * @category waiting
 * @since 0.1.0
 */
export interface WaitOptions<R = never> {
  /** When to call again; the wait times out when the schedule is exhausted. It replaces AWS's delay and number of calls. */
  readonly schedule?: Schedule.Schedule<unknown, unknown, never, R> | undefined
  /** The longest time to wait. Without a `schedule`, AWS's delay stays, and the number of calls has no limit. */
  readonly timeout?: Duration.Input | undefined
  /** What the wait is for, in the words of the log and the errors. By default the waiter, and the names in the input. */
  readonly waitingFor?: string | undefined
}

/** The table of a service as it is generated, without the types of its commands. */
export type Tables = Readonly<Record<string, Definition<any>>>

/** The classes of a client by name. The installed client may be older than the table, and lack some. */
export type Commands = Readonly<Record<string, any>>

/**
 * The types of a generated table: of each waiter the name of its command, and what the wait returns. A waiter whose command
 * the installed client doesn't have yet is left out: naming the class itself would be a compile error there.
 *
 * **Example** (The waiters of a client, with what each returns)
 *
 * ```ts
 * import type * as dynamoDb from "@aws-sdk/client-dynamodb"
 * import type { AwsService } from "effect-aws-sdk"
 *
 * type Waiters = AwsService.WaitersOf<typeof dynamoDb, {
 *   readonly TableExists: readonly ["DescribeTableCommand", "output"]
 *   readonly TableNotExists: readonly ["DescribeTableCommand", "nothing"]
 * }>
 * ```
 *
 * @category type-level
 * @since 0.1.0
 */
export type WaitersOf<Sdk, Named extends Readonly<Record<string, readonly [string, "output" | "nothing" | "either"]>>> =
  {
    readonly [Name in keyof Named as Named[Name][0] extends keyof Sdk ? Name : never]: Named[Name][0] extends keyof Sdk
      ? Sdk[Named[Name][0]] extends { readonly prototype: infer C extends AnyCommand }
        ? Waiter<C, Outcome<OutputOf<C>>[Named[Name][1]]>
      : never
      : never
  }

interface Outcome<Output> {
  readonly output: Output
  readonly nothing: undefined
  readonly either: Output | undefined
}

type CommandOf<W> = W extends Waiter<infer C, any> ? C : never

type ResultOf<W> = W extends { readonly "~output"?: infer Output } ? Output : never

/**
 * Waits for one of the states of a service.
 *
 * @category waiting
 * @since 0.1.0
 */
export interface WaitUntil<Known, Table = never> {
  <Name extends keyof Known & string, R = never>(
    name: Name,
    input: InputOf<CommandOf<Known[Name]>>,
    options?: WaitOptions<R>
  ): Effect.Effect<
    ResultOf<Known[Name]>,
    | AwsError<CodesOf<Table, CommandOf<Known[Name]>>>
    | WaitFailed<OutputOf<CommandOf<Known[Name]>>>
    | WaitTimedOut<OutputOf<CommandOf<Known[Name]>>>,
    AwsClients | R
  >
}

/** Uses the waiter with this name. Types rule out that there is none, unless the installed client is older than they are. */
export const withWaiter = <W>(
  service: string,
  waiters: Readonly<Record<string, W>>,
  name: string,
  use: (waiter: W) => Effect.Effect<any, any, any>
): Effect.Effect<any, any, any> =>
  Object.hasOwn(waiters, name) ? use(waiters[name]!) : refuse(service, "waitUntil", {
    code: "WaiterUnknown",
    description: `there is no waiter ${name}`,
    advice: Object.keys(waiters).length === 0
      ? "Pass the option `waiters` to `AwsService.make`."
      : `Use one of these: ${Object.keys(waiters).join(", ")}.`
  })

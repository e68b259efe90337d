// Waiters: what AWS models as a command to repeat, and what its answers mean.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { AwsError } from "../../errors/internal/awsError.ts"
import { WaitFailed, type WaitTimedOut } from "../../errors/internal/pollingErrors.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { AwsClients } from "../AwsClients.ts"
import type { AnyCommand } from "../Call.ts"
import type { CodesOf, InputOf, OutputOf } from "./commandTypes.ts"
import { isTransient, pollUntil, type Progress } from "./polling.ts"
import { operationOf } from "./sdk/command.ts"

/**
 * What an answer means for a wait: `success` and `failure` end it, `retry` polls again. An acceptor goes by one of three
 * things:
 *
 * - `output`: whether the output of a call is in the state. `reason` says which state that is, in the words of `WaitFailed`.
 * - `error`: the code of the `AwsError` that the call fails with.
 * - `status`: the HTTP status of the answer. Every output has a status of 200 to 299: 200 stands for all of them.
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
export interface Waiter<C extends AnyCommand, Output = OutputOf<C> | undefined> {
  readonly command: new(input: any) => C
  readonly delay: Duration.Input
  readonly attempts: number
  readonly names?: ReadonlyArray<string> | undefined
  readonly acceptors: ReadonlyArray<Acceptor<OutputOf<C>>>
  /** Ties the type to what the wait returns. */
  readonly "~output"?: Output
}

/**
 * The waiters of a service, by name.
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
export type Tables = Waiters

/** The classes of a client by name. The installed client may be older than the table, and lack some. */
export type Commands = Readonly<Record<string, any>>

/**
 * The types of a generated table: the name of a command, and what the wait returns. A waiter whose command the installed
 * client doesn't have yet is left out: naming the class itself would be a compile error there.
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

/** What a wait returns that this acceptor ends: the output, or nothing if the last call failed. */
type Returned<A, Output> = A extends { readonly state: "success" } ? A extends { readonly output: unknown } ? Output
  : A extends { readonly status: infer Status extends number }
    ? number extends Status ? Output | undefined : `${Status}` extends `2${string}` ? Output : undefined
  : undefined
  : never

/**
 * A waiter of your own, for the option `waiters` of `AwsService.make`.
 *
 * - `delay`: the time between two calls.
 * - `attempts`: how many calls to make at most.
 * - `names`: the members of the input that name what is awaited, for the log and the errors.
 * - `acceptors`: what answers mean; the first one that an answer matches decides. The wait returns the last output, or
 *   `undefined` if an error is the success.
 *
 * **Example** (DynamoDB's waiters for tables)
 *
 * ```ts
 * import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
 * import { Effect } from "effect"
 * import { AwsService } from "effect-aws-sdk"
 *
 * const dynamo = AwsService.make(DynamoDBClient, {
 *   waiters: {
 *     TableExists: AwsService.waiter({
 *       command: DescribeTableCommand,
 *       delay: "20 seconds",
 *       attempts: 25,
 *       names: ["TableName"],
 *       acceptors: [
 *         { state: "success", output: ({ Table }) => Table?.TableStatus === "ACTIVE" },
 *         { state: "retry", error: "ResourceNotFoundException" }
 *       ]
 *     }),
 *     TableNotExists: AwsService.waiter({
 *       command: DescribeTableCommand,
 *       delay: "20 seconds",
 *       attempts: 25,
 *       names: ["TableName"],
 *       acceptors: [{ state: "success", error: "ResourceNotFoundException" }]
 *     })
 *   }
 * })
 *
 * const arn = dynamo.waitUntil("TableExists", { TableName: "orders" }).pipe(
 *   Effect.map(({ Table }) => Table?.TableArn)
 * )
 * ```
 *
 * @category waiting
 * @since 0.1.0
 */
export const waiter = <C extends AnyCommand, const A extends ReadonlyArray<Acceptor<OutputOf<C>>>>(
  definition: {
    readonly command: new(input: any) => C
    readonly delay: Duration.Input
    readonly attempts: number
    readonly names?: ReadonlyArray<keyof InputOf<C> & string> | undefined
    readonly acceptors: A
  }
): Waiter<C, Returned<A[number], OutputOf<C>>> => definition

/** What a name in the input refers to: one name, or a list of them that may be long. */
const named = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  if (!Array.isArray(value) || value.length === 0) return undefined
  const [some, others] = [value.slice(0, 3).map(String).join(", "), value.length - 3]
  return others > 0 ? `${some} and ${others} more` : some
}

const describe = (name: string, names: ReadonlyArray<string>, input: Readonly<Record<string, unknown>>): string => {
  const parts = names.flatMap((member) => {
    const text = named(input[member])
    return text === undefined ? [] : [`${member}: ${text}`]
  })
  return parts.length === 0 ? name : `${name} (${parts.join(", ")})`
}

const isMatch = (acceptor: Acceptor<any>, seen: Result.Result<any, AwsError>): boolean =>
  Result.isSuccess(seen)
    ? acceptor.output?.(seen.success) ?? acceptor.status === 200
    : acceptor.error === undefined
    ? acceptor.status !== undefined && seen.failure.statusCode === acceptor.status
    : seen.failure.code === acceptor.error

const reasonOf = ({ error, reason, status }: Acceptor<any>, operation: string): string =>
  error !== undefined
    ? `${operation} failed with the code ${error}`
    : status !== undefined
    ? `the HTTP status of ${operation} was ${status}`
    : reason ?? `the output of ${operation} shows a state that ends the wait`

const judge = (acceptors: ReadonlyArray<Acceptor<any>>, waitingFor: string, operation: string) =>
(
  seen: Result.Result<any, AwsError>,
  { last, waited }: Progress<any>
): Effect.Effect<any, AwsError | WaitFailed> | undefined => {
  const matched = acceptors.find((acceptor) => isMatch(acceptor, seen))
  switch (matched?.state) {
    case "success":
      return Effect.succeed(Result.isSuccess(seen) ? seen.success : undefined)
    case "failure": {
      const cause = Result.isFailure(seen) ? seen.failure : undefined
      return Effect.fail(new WaitFailed({ waitingFor, waited, last, reason: reasonOf(matched, operation), cause }))
    }
    case "retry":
      return undefined
    case undefined:
      return Result.isSuccess(seen) || isTransient(seen.failure) ? undefined : Effect.fail(seen.failure)
  }
}

interface Invalid {
  readonly code: string
  readonly description: string
  readonly advice: string
}

/** What keeps a waiter from being used. Types rule it out, unless the installed client is older than the types. */
const problemOf = (waiters: Waiters, name: string): Invalid | undefined => {
  const known: Waiter<any> | undefined = Object.hasOwn(waiters, name) ? waiters[name] : undefined
  if (known === undefined) {
    return {
      code: "WaiterUnknown",
      description: `there is no waiter ${name}`,
      advice: `Use one of these: ${Object.keys(waiters).join(", ")}.`
    }
  }
  const { acceptors, attempts, command, delay } = known
  if (typeof command !== "function") {
    return {
      code: "WaiterUnavailable",
      description: `the installed client doesn't have the command of the waiter ${name}`,
      advice: "Install a newer version of the service's client."
    }
  }
  const millis = Option.map(Duration.fromInput(delay), Duration.toMillis)
  const issue = Option.isNone(millis) || !Number.isFinite(millis.value) || millis.value < 0
    ? "Its delay has to be a finite duration, such as \"5 seconds\"."
    : !(attempts >= 1)
    ? "Its number of attempts has to be at least 1."
    : acceptors.every(({ state }) => state !== "success")
    ? "It needs an acceptor with the state \"success\"."
    : undefined
  return issue === undefined
    ? undefined
    : { code: "WaiterInvalid", description: `the waiter ${name} can't be used`, advice: issue }
}

const defaultSchedule = ({ attempts, delay }: Waiter<any>, timeout: Duration.Input | undefined) =>
  timeout === undefined && Number.isFinite(attempts)
    ? Schedule.upTo(Schedule.spaced(delay), { times: Math.floor(attempts) - 1 })
    : Schedule.spaced(delay)

/** The function `waitUntil` of a service, for a table of waiters. */
export const waitUntilOf = <Known, Table>(
  service: string,
  send: (command: any) => Effect.Effect<any, AwsError<any>, AwsClients>,
  waiters: Known
): WaitUntil<Known, Table> =>
(name: string, input: any, options?: WaitOptions<any>): Effect.Effect<any, any, any> =>
  Effect.suspend(() => {
    const problem = problemOf(waiters as Waiters, name)
    if (problem !== undefined) {
      const reason = new Reason.Misconfigured({ ...problem, isRetryable: false })
      return AwsClients.use(({ config: { region } }) =>
        Effect.fail(new AwsError({ service, operation: "waitUntil", region, reason }))
      )
    }
    const used = (waiters as Waiters)[name]!
    const command = new used.command(input)
    const waitingFor = options?.waitingFor ?? describe(name, used.names ?? [], input ?? {})
    return pollUntil({
      poll: send(command),
      judge: judge(used.acceptors, waitingFor, operationOf(command)),
      waitingFor,
      schedule: options?.schedule ?? defaultSchedule(used, options?.timeout),
      timeout: options?.timeout
    })
  }).pipe(Effect.withSpan(`${service}.waitUntil`, { attributes: { "aws.waiter": name } }))

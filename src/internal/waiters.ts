// Waiters: what AWS models as a command to repeat, and what its answers mean.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { AwsError } from "../../errors/internal/awsError.ts"
import { WaitFailed } from "../../errors/internal/pollingErrors.ts"
import type { AwsClients } from "../AwsClients.ts"
import type { AnyCommand } from "../Call.ts"
import type { InputOf, OutputOf } from "./commandTypes.ts"
import { millisOf } from "./durations.ts"
import { isTransient, pollUntil, type Progress } from "./polling.ts"
import { type Problem, refuse } from "./refuse.ts"
import { operationOf } from "./sdk/command.ts"
import {
  type Acceptor,
  type Definition,
  type Tables,
  type Wait,
  type Waiter,
  type WaiterState,
  type WaitOptions,
  type WaitUntil,
  withWaiter
} from "./waiterTables.ts"

/** What a wait returns that this acceptor ends: the output, or nothing if the last call failed. */
type Returned<A, Output> = A extends { readonly state: "success" } ? A extends { readonly output: unknown } ? Output
  : A extends { readonly status: infer Status extends number }
    ? number extends Status ? Output | undefined : `${Status}` extends `2${string}` ? Output : undefined
  : undefined
  : never

/**
 * A waiter of your own, for the option `waiters` of `AwsService.make`.
 *
 * - `command`: the class of the command to repeat.
 * - `delay`: the time between two calls.
 * - `attempts`: how many calls to make at most.
 * - `names`: the members of the input that name what is awaited, for the log and the errors. By default none.
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
): Waiter<C, Returned<A[number], OutputOf<C>>> => ({ ...definition, "~wait": wait })

/** What a name in the input refers to: one name, or a list of them that may be long. */
const named = (value: unknown): string | undefined => {
  const names = (Array.isArray(value) ? value : [value]).filter((name) => /^(string|number)$/.test(typeof name))
  if (names.length === 0) return undefined
  const [some, others] = [names.slice(0, 3).join(", "), names.length - 3]
  return others > 0 ? `${some} and ${others} more` : some
}

const describe = (name: string, names: ReadonlyArray<string>, input: Readonly<Record<string, unknown>>): string => {
  const parts = names.flatMap((member) => {
    const text = named(input[member])
    return text === undefined ? [] : [`${member}: ${text}`]
  })
  return parts.length === 0 ? name : `${name} (${parts.join(", ")})`
}

/** The HTTP status of AWS's answer. That of a proxy's page says nothing about the resource. */
const statusOf = ({ reason, statusCode }: AwsError): number | undefined =>
  reason._tag === "Unreadable" ? undefined : statusCode

const isMatch = (acceptor: Acceptor<any>, seen: Result.Result<any, AwsError>): boolean =>
  Result.isSuccess(seen)
    ? acceptor.output?.(seen.success) ?? acceptor.status === 200
    : acceptor.error === undefined
    ? acceptor.status !== undefined && statusOf(seen.failure) === acceptor.status
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
): Effect.Effect<any, AwsError | WaitFailed> | "not yet" | undefined => {
  const matched = acceptors.find((acceptor) => isMatch(acceptor, seen))
  switch (matched?.state) {
    case "success":
      return Effect.succeed(Result.isSuccess(seen) ? seen.success : undefined)
    case "failure": {
      const cause = Result.isFailure(seen) ? seen.failure : undefined
      return Effect.fail(new WaitFailed({ waitingFor, waited, last, reason: reasonOf(matched, operation), cause }))
    }
    case "retry":
      return "not yet"
    case undefined:
      return Result.isSuccess(seen) || isTransient(seen.failure) ? undefined : Effect.fail(seen.failure)
  }
}

const states: ReadonlySet<unknown> = new Set<WaiterState>(["success", "failure", "retry"])

const isAcceptor = ({ error, output, state, status }: Readonly<Record<keyof Acceptor<any>, unknown>>): boolean =>
  states.has(state) &&
  [typeof output === "function", typeof error === "string", typeof status === "number"].filter(Boolean).length === 1

/** What is wrong with the acceptors of a waiter, if anything. */
const acceptorProblem = (acceptors: unknown): string | undefined =>
  !Array.isArray(acceptors) || acceptors.every((acceptor) => acceptor?.state !== "success")
    ? "It needs an acceptor with the state \"success\"."
    : acceptors.every((acceptor) => isAcceptor(acceptor ?? {}))
    ? undefined
    : "Each acceptor has to have a `state` (\"success\", \"failure\" or \"retry\") and one of `output` (a function), " +
      "`error` (a code) and `status` (a number)."

/** What keeps a waiter from being used. Types rule it out, unless the installed client is older than they are. */
const problemOf = (
  name: string,
  { acceptors, attempts, command, delay, names = [] }: Definition<any>
): Problem | undefined => {
  if (typeof command !== "function") {
    return {
      code: "WaiterUnavailable",
      description: `the installed client doesn't have the command of the waiter ${name}`,
      advice: "Install a newer version of the service's client."
    }
  }
  const millis = millisOf(delay)
  const issue = !(millis >= 0 && millis < Infinity)
    ? "Its delay has to be a finite duration, such as \"5 seconds\"."
    : !(typeof attempts === "number" && attempts >= 1)
    ? "Its number of attempts has to be at least 1."
    : !Array.isArray(names)
    ? "Its names have to be a list of members of the input."
    : acceptorProblem(acceptors)
  return issue === undefined
    ? undefined
    : { code: "InvalidWaiter", description: `the waiter ${name} can't be used`, advice: issue }
}

const defaultSchedule = ({ attempts, delay }: Definition<any>, timeout: Duration.Input | undefined) =>
  timeout === undefined && Number.isFinite(attempts)
    ? Schedule.upTo(Schedule.spaced(delay), { times: Math.floor(attempts) - 1 })
    : Schedule.spaced(delay)

const wait: Wait = ({ input, name, options, send, service, span, waiter }) =>
  Effect.suspend(() => {
    const problem = problemOf(name, waiter)
    if (problem !== undefined) return refuse(service, "waitUntil", problem)
    const command = new waiter.command(input)
    const waitingFor = options?.waitingFor ?? describe(name, waiter.names ?? [], input ?? {})
    return pollUntil({
      poll: send(command),
      judge: judge(waiter.acceptors, waitingFor, operationOf(command)),
      waitingFor,
      schedule: options?.schedule ?? defaultSchedule(waiter, options?.timeout),
      timeout: options?.timeout
    })
  }).pipe(Effect.withSpan(span, { attributes: { "aws.waiter": name } }))

/** The function `waitUntil` of a service whose waiters are generated. `service` is its name in AWS, as in `AwsError`. */
export const waitUntilOf = <Known, Table>(
  span: string,
  service: string,
  send: (command: any) => Effect.Effect<any, AwsError<any>, AwsClients>,
  waiters: Tables
): WaitUntil<Known, Table> =>
(name: string, input: any, options?: WaitOptions<any>) =>
  withWaiter(service, waiters, name, (waiter) => wait({ span, service, send, name, waiter, input, options }))

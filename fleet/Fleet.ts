/**
 * Many accounts and many regions: clients for each of them, and one effect over all.
 *
 * A fleet has one session for each account, whose role is assumed once for all its regions, and makes the clients of a place, an
 * account and a region, when they are needed. {@link forEach} runs an effect in all places of a list, or a Stream, of targets.
 *
 * **Example** (Who can reach a bucket)
 *
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { Default, Fleet, S3 } from "effect-aws-sdk"
 *
 * const fleet = Fleet.layer({ role: "audit", sessionName: "buckets", regions: ["eu-central-1", "us-east-1"] }).pipe(
 *   Layer.provide(Default.layer())
 * )
 *
 * const program = Fleet.forEach(
 *   [{ account: "111111111111" }, { account: "222222222222", regions: ["eu-west-1"] }],
 *   S3.getBucketStatus("audit-logs")
 * ).pipe(
 *   Stream.runForEach(({ account, region, result }) => Effect.log(account, region, result)),
 *   Effect.provide(fleet)
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { InvalidTarget } from "../errors/internal/fleetErrors.ts"
import type { InvalidSetting } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { type DisplayOptions, makeDisplay } from "./internal/display.ts"
import type { Event, Outcome, Unavailable } from "./internal/events.ts"
import { makePool, type Options } from "./internal/pool.ts"
import { type ForEachOptions, run } from "./internal/run.ts"
import { type Place, resolve, type Resolved, type Target, type Unusable } from "./internal/targets.ts"

export { InvalidTarget, TargetDied } from "../errors/FleetErrors.ts"
export { AssumeRoleFailed } from "../errors/LayerErrors.ts"
export type { DisplayOptions, DisplayOutput } from "./internal/display.ts"
export type { Event, Finished, Outcome, Progress, Started, Unavailable } from "./internal/events.ts"
export type { Options } from "./internal/pool.ts"
export type { ForEachOptions } from "./internal/run.ts"
export type { Place, Resolved, RolePattern, Target, Unusable } from "./internal/targets.ts"

/**
 * The clients of a fleet's accounts and regions. {@link layer} provides it.
 *
 * - `places`: the places of a target, one for each region, or why there are none.
 * - `clients`: the clients of a place, for as long as the scope is open.
 * - `hold`: keeps the session of a place, once somebody has opened it, for as long as the scope is open. So does it keep the answer
 *   that its role can't be assumed.
 * - `open`: how many sessions and places are open now.
 *
 * A test needs no implementation of its own: {@link layer} over `InMemory.layer()` has accounts, regions and roles.
 *
 * **Example** (Check a list of targets before the run)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Fleet } from "effect-aws-sdk"
 *
 * const problems = (targets: ReadonlyArray<Fleet.Target>) =>
 *   Fleet.Fleet.useSync(({ places }) =>
 *     targets
 *       .flatMap((target) => places(target))
 *       .flatMap((place) => Result.isFailure(place) ? [place.failure.error.message] : [])
 *   )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Fleet extends Context.Service<Fleet, {
  /** The places of a target, one for each region, or why there are none. It sends nothing. */
  readonly places: (target: Target) => ReadonlyArray<Result.Result<Resolved, Unusable>>
  /** The clients of a place, for as long as the scope is open. */
  readonly clients: (place: Resolved) => Effect.Effect<AwsClients["Service"], Unavailable, Scope.Scope>
  /** Keeps the session of a place, once somebody has opened it, for as long as the scope is open. */
  readonly hold: (place: Resolved) => Effect.Effect<void, never, Scope.Scope>
  /** How many sessions and places are open now. */
  readonly open: Effect.Effect<{ readonly sessions: number; readonly places: number }>
}>()("effect-aws-sdk/Fleet") {}

/**
 * Provides a fleet, on top of the `AwsClients` whose credentials assume its roles. It sends nothing by itself.
 *
 * - A role is assumed when its account is first needed: once for all regions, however many ask for it at the same time, and
 *   again five minutes before its credentials expire.
 * - All clients share the connections of the `AwsClients` below.
 * - The aspects of the `AwsClients` below, and those of the option `aspects`, are applied once for each account, around the calls of
 *   all its roles to all regions: a rate limit, a circuit breaker or a counter is that of the account.
 * - Clients and sessions that nobody uses are released after `idleTimeToLive` (one minute by default), and all of them with the
 *   Layer.
 *
 * {@link Options} has all options: `role`, `sessionName`, `regions`, `duration` …
 *
 * **Errors**, when the Layer is built: `InvalidSetting` if an option is malformed.
 *
 * **Requires** `AwsClients` that are allowed `sts:AssumeRole` for the roles.
 *
 * **Example** (A role of the same name in each account)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Fleet, Profile } from "effect-aws-sdk"
 *
 * const fleet = Fleet.layer({ role: "team/audit", sessionName: "inventory", duration: "30 minutes" }).pipe(
 *   Layer.provide(Profile.layer({ profile: "central" }))
 * )
 * ```
 *
 * AWS: [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Fleet, InvalidSetting, AwsClients> =>
  Layer.effect(
    Fleet,
    Effect.gen(function*() {
      const { clients, hold, regions, sizes } = yield* makePool(options)
      return Fleet.of({
        places: (target) => resolve(target, { role: options.role, regions }),
        clients,
        hold,
        open: Effect.sync(sizes)
      })
    })
  )

/**
 * Provides the `AwsClients` of one account and region. Without a `region`, it's the first of the fleet's.
 *
 * - `account`: the id of the account, to which the fleet's `role` leads; or `roleArn`: the role to assume.
 * - `region`: by default the first of the fleet's `regions`.
 *
 * **Errors**, when the Layer is built: `AssumeRoleFailed`, whose `cause` says why; `InvalidTarget` if the account, role or region is
 * malformed, they are of different partitions, or the fleet has no role for the account; `AwsError` if the account of the fleet's own
 * credentials can't be found out, or if the fleet has been released.
 *
 * **Requires** `Fleet`, for as long as this Layer is open.
 *
 * **Example** (A copy in another account)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Fleet, Ssm } from "effect-aws-sdk"
 *
 * const copy = Effect.gen(function*() {
 *   const { value } = yield* Ssm.getParameter("/app/motd")
 *   yield* Ssm.putParameter({ name: "/app/motd", value }).pipe(
 *     Effect.provide(Fleet.clients({ account: "222222222222", region: "us-east-1" }))
 *   )
 * }).pipe(Effect.provide(Fleet.clients({ account: "111111111111", region: "eu-central-1" })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const clients = (
  place: { readonly account: string; readonly roleArn?: undefined; readonly region?: string | undefined } | {
    readonly roleArn: string
    readonly account?: undefined
    readonly region?: string | undefined
  }
): Layer.Layer<AwsClients, Unavailable, Fleet> =>
  Layer.effect(
    AwsClients,
    Effect.gen(function*() {
      const fleet = yield* Fleet
      const { region, ...target } = place
      const [first] = fleet.places(region === undefined ? target : { ...target, regions: [region] })
      if (first === undefined) {
        const given = place.roleArn ?? place.account
        return yield* new InvalidTarget({ target: given, description: "The fleet has no places for it." })
      }
      if (Result.isFailure(first)) return yield* first.failure.error
      return yield* fleet.clients(first.success)
    })
  )

const isWork = (value: unknown): boolean => typeof value === "function" || Effect.isEffect(value)

/** The targets come first if an effect, or what makes one, comes second; or if the first can't be one, which the run then says. */
const isDataFirst = (args: IArguments): boolean => isWork(args[1]) || !isWork(args[0])

/**
 * Runs an effect in each place of the targets, and tells how it began and ended there. {@link forEach} has what it has ended with.
 *
 * Each event has the `progress` of the run at the time when it's taken from the Stream. All else is as with {@link forEach}.
 *
 * - `targets`, `effect`, `concurrency`, `perAccount`: as with {@link forEach}.
 *
 * **Errors**, **Requires**: as {@link forEach}.
 *
 * **Example** (A line for each place that has ended)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Ec2, Fleet } from "effect-aws-sdk"
 *
 * const program = (targets: ReadonlyArray<Fleet.Target>) =>
 *   Fleet.events(targets, Ec2.availabilityZones).pipe(
 *     Stream.runForEach((event) =>
 *       event._tag === "Started"
 *         ? Effect.void
 *         : Effect.log(event.account, event.region, `${event.progress.succeeded} of ${event.progress.places}`)
 *     )
 *   )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const events: {
  <A, E, R>(effect: Effect.Effect<A, E, R>, options?: ForEachOptions): <T extends Target, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>
  ) => Stream.Stream<Event<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
  <T extends Target, A, E, R>(
    effect: (place: Place<T>) => Effect.Effect<A, E, R>,
    options?: ForEachOptions
  ): <E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>
  ) => Stream.Stream<Event<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
  <T extends Target, A, E, R, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>,
    effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
    options?: ForEachOptions
  ): Stream.Stream<Event<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
} = dual(
  isDataFirst,
  <T extends Target, A, E, R, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>,
    effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
    options: ForEachOptions = {}
  ): Stream.Stream<Event<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet> =>
    Stream.unwrap(Fleet.useSync((fleet) => run(fleet, targets, effect, options)))
)

/**
 * Runs an effect in each place of the targets, with the `AwsClients` of that place, and returns what became of it: results,
 * failures and defects are values, which never end the others. A function in place of the effect gets the place.
 *
 * - `targets`: a list or a Stream of accounts or roles; see {@link Target}.
 * - `concurrency`: in how many places the effect runs at the same time; 16 by default.
 * - `perAccount`: how many of them may belong to the same account; 4 by default.
 *
 * How it runs:
 *
 * - Results come in the order in which the places end, each with its `target` as it was given, with whatever other members it has.
 * - Targets are read as places can start, so the list may be endless, and a Stream may take its time. At most `concurrency`
 *   places run at once, and `perAccount` of each account. An account at its limit doesn't hold up the others: for it, at most
 *   1,000 places wait, and those of one more target.
 * - If nobody takes the results, nothing new starts: at most `concurrency` results wait.
 * - The session of an account is kept while it has work. A role that can't be assumed is asked for once in that time, unless the
 *   failure is retryable.
 * - A place that is in the list twice is done twice.
 * - An interruption, and also a Stream that takes only the first results, interrupts all that runs and waits for it to end.
 * - A span `Fleet.place` is around each place, and its log lines have `aws.account` and `aws.region`. The metric `aws_fleet_places`
 *   counts the places by `outcome`.
 *
 * **Errors**: those of the targets' Stream, once all targets that it gave before are done. In a `result`: those of the effect,
 * and `AssumeRoleFailed`, `InvalidTarget` and `TargetDied`; `AwsError` if a call that was needed to get there failed. The Stream
 * dies with a `RangeError` if `concurrency` or `perAccount` isn't a whole number from 1, and with what an iterator of targets throws.
 *
 * **Requires** `Fleet`, and what the effect and the targets need.
 *
 * **Example** (Find unused addresses)
 *
 * ```ts
 * import { DescribeAddressesCommand } from "@aws-sdk/client-ec2"
 * import { Effect, Result, Stream } from "effect"
 * import { Ec2, Fleet } from "effect-aws-sdk"
 *
 * const targets = [{ account: "111111111111", team: "capture" }, { account: "222222222222", team: "viewer" }]
 *
 * const program = Fleet.forEach(targets, Ec2.send(new DescribeAddressesCommand({})), { concurrency: 32 }).pipe(
 *   Stream.runForEach(({ account, region, result, target }) =>
 *     Result.isSuccess(result)
 *       ? Effect.log(target.team, account, region, result.success.Addresses?.length)
 *       : Effect.logWarning(account, region, result.failure.message)
 *   )
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const forEach: {
  <A, E, R>(effect: Effect.Effect<A, E, R>, options?: ForEachOptions): <T extends Target, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>
  ) => Stream.Stream<Outcome<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
  <T extends Target, A, E, R>(
    effect: (place: Place<T>) => Effect.Effect<A, E, R>,
    options?: ForEachOptions
  ): <E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>
  ) => Stream.Stream<Outcome<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
  <T extends Target, A, E, R, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>,
    effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
    options?: ForEachOptions
  ): Stream.Stream<Outcome<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet>
} = dual(
  isDataFirst,
  <T extends Target, A, E, R, E2 = never, R2 = never>(
    targets: Iterable<T> | Stream.Stream<T, E2, R2>,
    effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
    options: ForEachOptions = {}
  ): Stream.Stream<Outcome<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet> =>
    events(targets, effect, options).pipe(
      Stream.filter((event) => event._tag === "Finished"),
      Stream.map(({ account, region, result, target }) => ({ account, region, target, result }))
    )
)

/**
 * Keeps one line on stderr up to date while a run goes on, and passes all its events through as they are. The line says how many
 * places are done, of how many, how many failed and how many are running, how fast it goes, how long it takes so far, and how long
 * it will still take. As long as the last target isn't read, the number of all places has a `+`: `12 of 340+`.
 *
 * - In a terminal, the line is written over, at most ten times per second, and fits the width. When the run ends, fails or is
 *   interrupted, it stays as it was last, followed by a line break. What the effects log on the way is written above it.
 * - Into a file or a pipe, as in CI, it writes a line at most every ten seconds, if something has changed, or after a minute
 *   without a change, and one at the end. So it does in a terminal with `TERM=dumb`.
 * - It uses red for the number of failures, unless `NO_COLOR` is set.
 * - If nobody reads stderr any more, the run goes on without a display.
 *
 * Options:
 *
 * - `label`: what the line begins with. By default nothing.
 * - `stream`: where the line goes. By default `process.stderr`.
 * - `env`: the environment in which to look for `NO_COLOR` and `TERM`. By default `process.env`.
 *
 * **Errors**: those of the events.
 *
 * **Requires** what the events require.
 *
 * **Example** (A line that says how far the run is)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Fleet, Ssm } from "effect-aws-sdk"
 *
 * const targets: ReadonlyArray<Fleet.Target> = [{ account: "111122223333" }, { account: "444455556666" }]
 *
 * const run = Fleet.events(targets, Stream.runCount(Ssm.listParameterNamesByPath("/app"))).pipe(
 *   Fleet.display({ label: "parameters" }),
 *   Stream.filter((event) => event._tag === "Finished"),
 *   Stream.runForEach(({ account, region, result }) => Effect.logInfo(account, region, result))
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const display: {
  (
    options?: DisplayOptions
  ): <A, E, T extends Target, E2, R>(
    events: Stream.Stream<Event<A, E, T>, E2, R>
  ) => Stream.Stream<Event<A, E, T>, E2, R>
  <A, E, T extends Target, E2, R>(
    events: Stream.Stream<Event<A, E, T>, E2, R>,
    options?: DisplayOptions
  ): Stream.Stream<Event<A, E, T>, E2, R>
} = dual((args) => Stream.isStream(args[0]), (events, options = {}) => makeDisplay(events, options))

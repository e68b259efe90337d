/**
 * Many accounts and many regions: clients for each of them, and one effect over all.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { InvalidSetting } from "../errors/internal/layerErrors.ts"
import type * as AssumeRole from "../layers/AssumeRole.ts"
import { AwsClients } from "../src/AwsClients.ts"
import type { Outcome, Unavailable } from "./internal/events.ts"
import { makePool } from "./internal/pool.ts"
import { type Place, resolve, type Resolved, type RolePattern, type Target } from "./internal/targets.ts"

export { InvalidTarget, TargetDied } from "../errors/FleetErrors.ts"
export { AssumeRoleFailed } from "../errors/LayerErrors.ts"
export type { Event, Finished, Outcome, Progress, Started, Unavailable } from "./internal/events.ts"
export type { Place, RolePattern, Target } from "./internal/targets.ts"

/**
 * The clients of a fleet's accounts and regions.
 *
 * @category services
 * @since 0.1.0
 */
export class Fleet extends Context.Service<Fleet, {
  /** The places of a target: one for each region, or why it has none. */
  readonly places: (target: Target) => ReturnType<typeof resolve>
  /** The clients of a place, for as long as the scope is open. */
  readonly clients: (place: Resolved) => Effect.Effect<AwsClients["Service"], Unavailable, Scope.Scope>
}>()("effect-aws-sdk/Fleet") {}

/**
 * Options of {@link layer}: those of `AssumeRole`, for the sessions in all accounts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<AssumeRole.Options, "roleArn" | "region" | "serialNumber" | "tokenCode"> {
  /** The role that leads to each account. */
  readonly role: RolePattern
  /** The regions of targets that name none. By default the region of the underlying `AwsClients`. */
  readonly regions?: ReadonlyArray<string> | undefined
  /** How long the clients of a place that nobody uses are kept. By default one minute. */
  readonly idleTimeToLive?: import("effect/Duration").Input | undefined
}

/**
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Fleet, InvalidSetting, AwsClients> =>
  Layer.effect(
    Fleet,
    Effect.gen(function*() {
      const base = yield* AwsClients
      const regions = options.regions ?? [base.config.region]
      const pool = yield* makePool(options)
      return Fleet.of({
        places: (target) => resolve(target, { role: options.role, regions }),
        clients: pool
      })
    })
  )

/**
 * The clients of one account and region.
 *
 * @category layers
 * @since 0.1.0
 */
export const clients = (
  place: { readonly account: string; readonly region?: string | undefined } | {
    readonly roleArn: string
    readonly region?: string | undefined
  }
): Layer.Layer<AwsClients, Unavailable, Fleet> =>
  Layer.effect(
    AwsClients,
    Effect.gen(function*() {
      const fleet = yield* Fleet
      const { region, ...rest } = place
      const [first] = fleet.places({ ...rest, ...(region !== undefined && { regions: [region] }) } as Target)
      if (first === undefined) return yield* Effect.die(new Error("a target has at least one place"))
      if (Result.isFailure(first)) return yield* first.failure.error
      return yield* fleet.clients(first.success)
    })
  )

/**
 * Options of {@link forEach}.
 *
 * @category models
 * @since 0.1.0
 */
export interface ForEachOptions {
  /** How many places the effect runs in at the same time. By default 16. */
  readonly concurrency?: number | undefined
  /** How many of them may belong to the same account. By default 4. */
  readonly perAccount?: number | undefined
}

/**
 * Runs the effect in each account and region of the targets.
 *
 * @category running
 * @since 0.1.0
 */
export const forEach = <T extends Target, A, E, R, E2 = never, R2 = never>(
  targets: Iterable<T> | Stream.Stream<T, E2, R2>,
  effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
  options: ForEachOptions = {}
): Stream.Stream<Outcome<A, E, T>, E2, Exclude<R, AwsClients> | R2 | Fleet> => {
  const all: Stream.Stream<T, E2, R2> = Stream.isStream(targets) ? targets : Stream.fromIterable(targets)
  return Stream.unwrap(Fleet.useSync((fleet) =>
    all.pipe(
      Stream.flatMap((target) => Stream.fromIterable(fleet.places(target).map((place) => ({ target, place })))),
      Stream.mapEffect(({ place, target }) => {
        if (Result.isFailure(place)) {
          const { account, error, region } = place.failure
          return Effect.succeed({ account, region, target, result: Result.fail(error) })
        }
        const { account, region } = place.success
        const at: Place<T> = { account, region, target }
        return Effect.scoped(Effect.flatMap(
          fleet.clients(place.success),
          (clients) => Effect.provideService(typeof effect === "function" ? effect(at) : effect, AwsClients, clients)
        )).pipe(Effect.result, Effect.map((result) => ({ ...at, result })))
      }, { concurrency: options.concurrency ?? 16, unordered: true })
    )
  )) as any
}

// Effect's ConfigProviders from what AWS stores. A source reads all of its values at once, in a sweep.
import * as Cache from "effect/Cache"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import type { AwsError } from "../../errors/internal/awsError.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import { CallPolicy } from "../../src/internal/perCall.ts"
import * as Tree from "./configurationTree.ts"
import { check, ttlProblem } from "./invalid.ts"

/**
 * How long the values of a `ConfigProvider` are used.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshOptions {
  /**
   * How long the values are used before a lookup reads them again. By default they are read once. The first lookup after
   * `ttl` waits for the new values, and so do the lookups that come meanwhile: they share one read. If the read fails, or takes
   * longer than both 10 seconds and twice the time of the last one, these lookups get the last values, the log has a warning,
   * and the next attempt is after 30 seconds, or after `ttl` if that is shorter.
   */
  readonly ttl?: Duration.Input | undefined
}

/**
 * How the `ConfigProvider` of a Layer is combined with the present one, which by default reads the environment.
 *
 * @category models
 * @since 0.1.0
 */
export interface LayerOptions {
  /**
   * Whether the values of AWS take precedence; `false` by default. Then they only fill in the keys that the present
   * `ConfigProvider` lacks, so that an environment variable overrides them.
   */
  readonly asPrimary?: boolean | undefined
}

/** What a provider reads. */
export interface Source<E> {
  readonly service: string
  /** What the log calls the values. */
  readonly what: string
  readonly ttl: Duration.Input | undefined
  /** Reads everything. The tree isn't changed after that. */
  readonly sweep: Effect.Effect<Tree.Tree, E, AwsClients>
  /** Where the value of a key is stored: `the SSM parameter /app/host`. */
  readonly nameOf: (path: ReadonlyArray<string>) => string
}

interface Values {
  readonly tree: Tree.Tree
  /** When they were read, and how long that took. */
  readonly readAt: number
  readonly took: number
}

const PAUSE = Duration.seconds(30)
const PATIENCE = Duration.seconds(10)

/** The names of what is looked up, for `explainConfigErrors`. */
export const LookedUp = Context.Reference<Set<string> | undefined>("effect-aws-sdk/internal/LookedUp", {
  defaultValue: () => undefined
})

const read = <E, R>(sweep: Effect.Effect<Tree.Tree, E, R>): Effect.Effect<Values, E, R> =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const tree = yield* sweep
    const readAt = yield* Clock.currentTimeMillis
    return { tree, readAt, took: readAt - start }
  })

// Only its message: the rest of an error can be large, and a defect's can be anything.
const reasonOf = (cause: Cause.Cause<unknown>, patience: Duration.Duration): string => {
  const error = Cause.squash(cause)
  if (Cause.isTimeoutError(error)) return `AWS didn't answer within ${Duration.format(patience)}`
  return error instanceof Error ? error.message : String(error)
}

/** Reads the values anew. Keeps the last ones if that fails. */
const refresh = Effect.fnUntraced(function*<E>(
  what: string,
  sweep: Effect.Effect<Tree.Tree, E>,
  last: Values,
  pause: Duration.Duration
) {
  const patience = Duration.max(PATIENCE, Duration.millis(2 * last.took))
  return yield* read(sweep).pipe(
    Effect.timeout(patience),
    Effect.map((values) => ({ values, isNew: true })),
    Effect.catchCause(Effect.fnUntraced(function*(cause) {
      const age = Duration.millis((yield* Clock.currentTimeMillis) - last.readAt)
      yield* Effect.logWarning(
        `Couldn't read ${what} anew. The values of ${Duration.format(age)} ago stay in use. A lookup tries again in ${
          Duration.format(pause)
        }: ${reasonOf(cause, patience)}`
      )
      return { values: last, isNew: false }
    }))
  )
})

/** A key's name in what AWS stores, and whether it's there. The root is what the source calls its values. */
const nameOf = <E>(source: Source<E>, tree: Tree.Tree, path: ConfigProvider.Path): string => {
  const name = source.nameOf(path.map(String))
  if (path.length === 0) return name
  const found = Tree.at(tree, path)
  const isThere = found !== undefined && Tree.toNode(found) !== undefined
  return name + (found?.note !== undefined ? `, ${found.note}` : isThere ? "" : ", which does not exist")
}

/**
 * A provider of a source's values. It reads them once when it's built, and fails if that fails.
 *
 * The lookups of all fibers share a refresh: it goes on while one of them waits for it.
 */
export const make = Effect.fnUntraced(function*<E>(
  source: Source<E>
): Effect.fn.Return<ConfigProvider.ConfigProvider, E | AwsError, AwsClients> {
  yield* check(source.service, "configProvider", ttlProblem(source.ttl))
  const ttl = Duration.fromInputUnsafe(source.ttl ?? "Infinity")
  // A sweep is for all lookups, so it has the account and the retry policy of whoever built the provider, wherever the lookup is
  // that begins it. What reads Config during a sweep (an aspect, for example) must not begin another one.
  const sweep = source.sweep.pipe(
    Effect.provideService(CallPolicy, yield* CallPolicy),
    Effect.provideService(AwsClients, yield* AwsClients),
    Effect.provideService(ConfigProvider.ConfigProvider, yield* ConfigProvider.ConfigProvider)
  )
  const first = yield* read(sweep)
  const pause = Duration.min(ttl, PAUSE)
  let last = first
  const cache = yield* Cache.makeWith(
    () =>
      Effect.tap(
        refresh(source.what, sweep, last, pause),
        ({ values }) => Effect.sync(() => last = values)
      ),
    {
      capacity: 1,
      timeToLive: (exit) => Exit.isFailure(exit) ? Duration.zero : exit.value.isNew ? ttl : pause
    }
  )
  yield* Cache.set(cache, "", { values: first, isNew: true })
  return ConfigProvider.make(Effect.fnUntraced(function*(path) {
    const { values: { tree } } = yield* Cache.get(cache, "")
    const found = Tree.at(tree, path)
    const node = found === undefined ? undefined : Tree.toNode(found)
    const lookedUp = yield* LookedUp
    if (lookedUp !== undefined) lookedUp.add(nameOf(source, tree, path))
    else if (node === undefined) yield* Effect.logDebug(`Config asked for ${nameOf(source, tree, path)}`)
    return node
  }))
})

/**
 * The value that a source has as a whole, which has no key: a secret of one value. A provider in front of it, such as the
 * environment's, has keys there and no value.
 */
const whole = (present: ConfigProvider.ConfigProvider, own: ConfigProvider.ConfigProvider) =>
  ConfigProvider.make((path) =>
    path.length > 0
      ? Effect.undefined
      : Effect.zipWith(
        present.load(path),
        own.load(path),
        (first, second) =>
          first?._tag === "Record" && first.value === undefined && second?.value !== undefined
            ? { ...first, value: second.value }
            : undefined
      )
  )

/** A Layer of a provider, in addition to the present one. */
export const layer = <E>(
  provider: Effect.Effect<ConfigProvider.ConfigProvider, E, AwsClients>,
  options: LayerOptions | undefined
): Layer.Layer<never, E, AwsClients> =>
  options?.asPrimary
    ? ConfigProvider.layerAdd(provider, { asPrimary: true })
    : ConfigProvider.layer(Effect.gen(function*() {
      const present = yield* ConfigProvider.ConfigProvider
      const own = yield* provider
      return ConfigProvider.orElse(whole(present, own), ConfigProvider.orElse(present, own))
    }))

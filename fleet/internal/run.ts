// The engine of a fleet: an effect in each place of the targets.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { TargetDied } from "../../errors/internal/fleetErrors.ts"
import { shown } from "../../errors/internal/words.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import type { Event, Outcome, Progress, Unavailable } from "./events.ts"
import type { Pool } from "./pool.ts"
import type { Place, Resolved, Target, Unusable } from "./targets.ts"

/** What the engine needs of a fleet. */
export interface Places extends Pick<Pool, "clients" | "hold"> {
  readonly places: (target: Target) => ReadonlyArray<Result.Result<Resolved, Unusable>>
}

/**
 * Options of {@link forEach} and {@link events}.
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
 * How many places may wait for their account. With fewer of them, the next target is read when no known place can start, so that
 * an account with much work doesn't hold up the others.
 */
const WAITING = 1_000

interface Item<T extends Target> {
  readonly place: Resolved
  readonly target: T
}

/** The work in one account. */
interface Account<T extends Target> {
  running: number
  readonly waiting: Array<Item<T>>
  /** Holds the sessions of its roles until the work is done. */
  readonly scope: Scope.Closeable
  readonly held: Set<string | undefined>
}

const outcomes = (outcome: string) =>
  Metric.counter("aws_fleet_places", {
    description: "Places of a fleet in which the work has ended",
    attributes: { outcome },
    incremental: true
  })
const succeededPlaces = outcomes("succeeded")
const failedPlaces = outcomes("failed")

/** What the types rule out, and a plain JavaScript program may pass. */
const problemWith = (
  targets: unknown,
  effect: unknown,
  { concurrency = 16, perAccount = 4 }: ForEachOptions
): Error | undefined => {
  for (const [name, value] of Object.entries({ concurrency, perAccount })) {
    if (!(Number.isSafeInteger(value) && value >= 1)) {
      return new RangeError(`Fleet: \`${name}\` is ${shown(value)}. Pass a whole number from 1 on, or leave it out.`)
    }
  }
  if (typeof effect !== "function" && !Effect.isEffect(effect)) {
    return new TypeError(`Fleet: the effect is ${shown(effect)}. Pass an Effect, or a function that returns one.`)
  }
  // An Effect has an iterator, too: that of `yield*`.
  if (!Stream.isStream(targets) && (!Predicate.hasProperty(targets, Symbol.iterator) || Effect.isEffect(targets))) {
    return new TypeError(`Fleet: the targets are ${shown(targets)}. Pass an Iterable, such as an array, or a Stream.`)
  }
  return undefined
}

/** Reads one element at a time, and closes the iterator if the reading ends early. */
const pullOf = <T>(iterable: Iterable<T>): Effect.Effect<Pull.Pull<ReadonlyArray<T>>, never, Scope.Scope> => {
  let isDone = false
  return Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => iterable[Symbol.iterator]()),
      (iterator) => Effect.sync(() => isDone || iterator.return?.())
    ),
    (iterator) =>
      Effect.suspend(() => {
        try {
          const next = iterator.next()
          if (next.done !== true) return Effect.succeed([next.value])
          isDone = true
          return Cause.done()
        } catch (defect) {
          isDone = true
          return Effect.die(defect)
        }
      })
  )
}

/** How the work in a place ended. An interruption that comes from outside ends the whole run, so this one was its own. */
const resultOf = <A, E>({ account, region }: Resolved, exit: Exit.Exit<A, E>): Result.Result<A, E | TargetDied> => {
  if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return Result.fail(error.value)
  const cause = Cause.hasInterruptsOnly(exit.cause) ? new Error("it interrupted itself") : Cause.squash(exit.cause)
  return Result.fail(new TargetDied({ account, region, cause }))
}

export const run = <T extends Target, A, E, R, E2, R2>(
  fleet: Places,
  targets: Iterable<T> | Stream.Stream<T, E2, R2>,
  effect: Effect.Effect<A, E, R> | ((place: Place<T>) => Effect.Effect<A, E, R>),
  options: ForEachOptions
): Stream.Stream<Event<A, E, T>, E2, Exclude<R, AwsClients> | R2> => {
  const problem = problemWith(targets, effect, options)
  if (problem !== undefined) return Stream.die(problem)
  const { concurrency = 16, perAccount = 4 } = options
  type Ended = Omit<Outcome<A, E, T>, keyof Place>
  type Happened = Place<T> & ({ readonly _tag: "Started" } | { readonly _tag: "Finished" } & Ended)

  const start = Effect.fnUntraced(function*(scope: Scope.Scope) {
    // Of the program, and not of the Stream: it may have a scope in which the effect acquires something.
    const context = yield* Effect.context<Exclude<R, AwsClients> | R2>()
    const accounts = new Map<string, Account<T>>()
    // Last of all, when nothing runs any more.
    yield* Scope.addFinalizer(
      scope,
      Effect.suspend(() =>
        Effect.forEach(accounts.values(), (account) => Scope.close(account.scope, Exit.void), { discard: true })
      )
    )
    const pulling: Effect.Effect<Pull.Pull<ReadonlyArray<T>, E2>, never, R2 | Scope.Scope> = Stream.isStream(targets)
      ? Stream.toPull(targets)
      : pullOf(targets)
    const pull = yield* Scope.provide(pulling, scope)
    const fibers = yield* Scope.provide(FiberSet.make<unknown, unknown>(), scope)
    const queue = yield* Queue.unbounded<Happened, E2 | Cause.Done>()

    /** Accounts with a place that could start. */
    const ready = new Set<Account<T>>()
    let unread: Iterator<T> | undefined
    /** How the reading of the targets ended. */
    let end: Cause.Cause<E2 | Cause.Done> | undefined
    let isReading = false
    let waiting = 0
    let running = 0
    let places = 0
    let succeeded = 0
    let failed = 0
    /** The results that nobody has taken yet. */
    let undelivered = 0

    const fork = <X>(work: Effect.Effect<X, any, any>, onEnd: (exit: Exit.Exit<X, any>) => void) => {
      const fiber = Effect.runForkWith(context as any)(work)
      FiberSet.addUnsafe(fibers, fiber)
      fiber.addObserver((exit) => {
        // What ends after the run, or with it, has nobody to tell.
        if (scope.state._tag === "Closed") return
        onEnd(exit)
        pump()
      })
    }

    const finish = (at: Place<T>, result: Ended["result"]) => {
      if (Result.isSuccess(result)) {
        succeeded++
        succeededPlaces.updateUnsafe(1, context)
      } else {
        failed++
        failedPlaces.updateUnsafe(1, context)
      }
      undelivered++
      Queue.offerUnsafe(queue, { _tag: "Finished", ...at, result })
    }

    const add = (target: T) => {
      for (const place of fleet.places(target)) {
        places++
        if (Result.isFailure(place)) {
          const { account, error, region } = place.failure
          finish({ account, region, target }, Result.fail(error))
          continue
        }
        const id = place.success.account
        let account = accounts.get(id)
        if (account === undefined) {
          accounts.set(id, account = { running: 0, waiting: [], scope: Scope.makeUnsafe(), held: new Set() })
        }
        account.waiting.push({ place: place.success, target })
        waiting++
        if (account.running < perAccount) ready.add(account)
      }
    }

    const leave = (id: string, account: Account<T>) => {
      account.running--
      running--
      if (account.waiting.length > 0) ready.add(account)
      else if (account.running === 0) {
        accounts.delete(id)
        fork(Effect.uninterruptible(Scope.close(account.scope, Exit.void)), () => {})
      }
    }

    const work = (account: Account<T>, place: Resolved, at: Place<T>) => {
      const inPlace = Effect.scopedWith(Effect.fnUntraced(function*(scope): Effect.fn.Return<A, E | Unavailable, R> {
        if (!account.held.has(place.roleArn)) {
          account.held.add(place.roleArn)
          yield* Scope.provide(fleet.hold(place), account.scope)
        }
        const clients = yield* Scope.provide(fleet.clients(place), scope)
        const own = typeof effect === "function" && !Effect.isEffect(effect) ? effect(at) : effect
        return yield* Effect.provideService(own as Effect.Effect<A, E, R>, AwsClients, clients) as Effect.Effect<
          A,
          E,
          R
        >
      }))
      return inPlace.pipe(
        Effect.annotateLogs({ "aws.account": at.account, "aws.region": at.region }),
        Effect.withSpan(
          "Fleet.place",
          { attributes: { "cloud.account.id": at.account, "cloud.region": at.region } },
          { captureStackTrace: false }
        )
      )
    }

    const startPlace = (account: Account<T>) => {
      const { place, target } = account.waiting.shift()!
      const at = { account: place.account, region: place.region, target }
      waiting--
      running++
      account.running++
      if (account.waiting.length === 0 || account.running >= perAccount) ready.delete(account)
      Queue.offerUnsafe(queue, { _tag: "Started", ...at })
      fork(work(account, place, at), (exit) => {
        finish(at, resultOf(place, exit))
        leave(place.account, account)
      })
    }

    const read = () => {
      const next = unread?.next()
      if (next?.done === false) return add(next.value)
      isReading = true
      fork(pull, (exit) => {
        isReading = false
        if (Exit.isSuccess(exit)) unread = exit.value[Symbol.iterator]()
        else end = exit.cause as Cause.Cause<E2 | Cause.Done>
      })
    }

    /** Does the next thing that can be done, if there is one. */
    const step = (): boolean => {
      if (running < concurrency && undelivered < concurrency) {
        const [account] = ready
        if (account !== undefined) return startPlace(account), true
        if (end === undefined && !isReading && waiting < WAITING) return read(), true
      }
      return false
    }
    let isPumping = false
    function pump(): void {
      // Work that ends at once comes back here while it's being started.
      if (isPumping) return
      isPumping = true
      while (step());
      isPumping = false
      if (end !== undefined && running === 0 && waiting === 0) Queue.failCauseUnsafe(queue, end)
    }

    const progress = (): Progress => ({ places, isComplete: end !== undefined, running, succeeded, failed })
    const take = Effect.map(Queue.take(queue), (happened): readonly [Event<A, E, T>] => {
      if (happened._tag === "Finished") undelivered--
      pump()
      return [{ ...happened, progress: progress() }]
    })
    pump()
    return yield* Effect.succeed(take)
  })
  return Stream.transformPull(Stream.empty, (_, scope) => start(scope))
}

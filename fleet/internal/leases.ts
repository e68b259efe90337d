// Resources by key, each opened once for all that use it at the same time.
//
// It differs from Effect's RcMap in three ways. A failure that is final is kept while somebody holds the key, and any other is
// forgotten at once. A key can be held without being opened. At most a number of them are kept while nobody uses them.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"

export interface Leases<A, E> {
  /** Keeps a resource, once somebody has opened it, for as long as the scope is open. */
  readonly hold: (key: string) => Effect.Effect<void, never, Scope.Scope>
  /** The resource. It stays open at least as long as the scope. */
  readonly get: (key: string) => Effect.Effect<A, E, Scope.Scope>
  /** How many are open, or being opened. */
  readonly size: () => number
}

interface Options<A, E> {
  readonly open: (key: string) => Effect.Effect<A, E, Scope.Scope>
  /** Whether it makes no sense to try again. */
  readonly isFinal: (error: E) => boolean
  /** The failure of those that ask after the end, or wait at that time. */
  readonly released: (key: string) => E
  /** How long a resource that nobody uses is kept. */
  readonly idleTimeToLive: Duration.Duration
  /** How many that nobody uses are kept. */
  readonly maxIdle: number
}

interface Opening<A, E> {
  readonly deferred: Deferred.Deferred<A, E>
  readonly scope: Scope.Closeable
  fiber: Fiber.Fiber<A, E> | undefined
  isOpen: boolean
}

interface Entry<A, E> {
  readonly key: string
  holders: number
  opening: Opening<A, E> | undefined
  /** Closes it when it has been idle for long enough. */
  timer: Fiber.Fiber<void> | undefined
}

export const make = <A, E>(
  { idleTimeToLive, isFinal, maxIdle, open, released }: Options<A, E>
): Effect.Effect<Leases<A, E>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const entries = new Map<string, Entry<A, E>>()
    // The first has been idle for longest.
    const idle = new Set<Entry<A, E>>()
    const closing = new Set<Fiber.Fiber<void>>()
    let isOver = false
    // A resource belongs to all that use it, so it isn't part of the span in which the first of them asked, nor of the Layer's.
    const context = Context.omit(Tracer.ParentSpan, Scope.Scope)(yield* Effect.context<Scope.Scope>())

    const stopTimer = (entry: Entry<A, E>) => {
      entry.timer?.interruptUnsafe()
      entry.timer = undefined
      idle.delete(entry)
    }
    /**
     * Takes it out at once, and returns the effect that closes it. A fiber may pause between any two steps, and by then somebody may
     * have taken what is still there.
     */
    const close = (entry: Entry<A, E>): Effect.Effect<void> => {
      const { opening } = entry
      stopTimer(entry)
      entry.opening = undefined
      if (entries.get(entry.key) === entry) entries.delete(entry.key)
      if (opening === undefined) return Effect.void
      const { fiber, scope } = opening
      return Effect.uninterruptible(Effect.andThen(
        fiber === undefined ? Effect.void : Fiber.interrupt(fiber),
        Scope.close(scope, Exit.void)
      ))
    }
    /** Closes it in the pool's own time, which the end of the pool waits for. */
    const closeLater = (entry: Entry<A, E>) => {
      const fiber = Effect.runForkWith(context)(close(entry))
      closing.add(fiber)
      fiber.addObserver(() => closing.delete(fiber))
    }
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isOver = true
        return Effect.andThen(
          Effect.forEach([...entries.values()], close, { concurrency: "unbounded", discard: true }),
          Effect.suspend(() => Fiber.awaitAll(closing))
        )
      })
    )

    const enter = (key: string): Entry<A, E> => {
      let entry = entries.get(key)
      if (entry === undefined) entries.set(key, entry = { key, holders: 0, opening: undefined, timer: undefined })
      entry.holders++
      stopTimer(entry)
      return entry
    }
    const leave = (entry: Entry<A, E>): Effect.Effect<void> =>
      Effect.suspend(() => {
        entry.holders--
        if (entry.holders > 0) return Effect.void
        const isKept = !isOver && entry.opening?.isOpen === true && !Duration.isZero(idleTimeToLive) && maxIdle > 0
        if (!isKept) return close(entry)
        idle.add(entry)
        if (Duration.isFinite(idleTimeToLive)) {
          entry.timer = Effect.runForkWith(context)(
            Effect.andThen(
              Effect.sleep(idleTimeToLive),
              Effect.sync(() => {
                // Otherwise the timer would end itself.
                entry.timer = undefined
                closeLater(entry)
              })
            )
          )
        }
        const [oldest] = idle
        return idle.size > maxIdle ? close(oldest!) : Effect.void
      })

    const opened = (entry: Entry<A, E>, fiber: Fiber.Fiber<unknown, unknown>): Deferred.Deferred<A, E> => {
      if (entry.opening !== undefined) return entry.opening.deferred
      const opening: Opening<A, E> = {
        deferred: Deferred.makeUnsafe(),
        scope: Scope.makeUnsafe(),
        fiber: undefined,
        isOpen: false
      }
      entry.opening = opening
      // The calls that open it are made for the one who asks first.
      const span = Context.getOption(fiber.context, Tracer.ParentSpan)
      const around = Option.isSome(span) ? Context.add(context, Tracer.ParentSpan, span.value) : context
      const running = Effect.suspend(() => open(entry.key)).pipe(
        Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : Scope.close(opening.scope, exit)),
        Effect.runForkWith(Context.add(around, Scope.Scope, opening.scope))
      )
      opening.fiber = running
      running.addObserver((exit) => {
        opening.fiber = undefined
        opening.isOpen = Exit.isSuccess(exit)
        const error = Exit.findErrorOption(exit)
        const isKept = opening.isOpen || (Option.isSome(error) && isFinal(error.value))
        if (!isKept && entry.opening === opening) entry.opening = undefined
        Deferred.doneUnsafe(opening.deferred, isOver ? Exit.fail(released(entry.key)) : exit)
      })
      return opening.deferred
    }

    const holding = (key: string) => Effect.acquireRelease(Effect.sync(() => enter(key)), leave)
    return {
      hold: (key) => Effect.suspend(() => isOver ? Effect.void : Effect.asVoid(holding(key))),
      get: (key) =>
        Effect.suspend(() =>
          isOver ? Effect.fail(released(key)) : Effect.flatMap(
            holding(key),
            (entry) => Effect.withFiber((fiber) => Deferred.await(opened(entry, fiber)))
          )
        ),
      size: () => [...entries.values()].filter(({ opening }) => opening !== undefined).length
    }
  })

// A clock on which nobody waits: when everything rests, it moves to the end of the next sleep.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import type { TestClock } from "effect/testing/TestClock"
import * as AsyncHooks from "node:async_hooks"

interface Sleeper {
  readonly due: number
  readonly wake: Latch.Latch
}

/** How often the event loop has to turn without a sign of life. */
const quietTurns = 3

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve)
    else setTimeout(resolve, 0)
  })

/** Takes a moment of Node's thread pool. */
const threadPool = (): Promise<unknown> => crypto.subtle.digest("SHA-256", new Uint8Array())

/**
 * What Node's thread pool works on: files, hashes and keys. Node's documentation advises against this API where context is to be tracked;
 * nothing else tells of such work. Elsewhere than on Node, the set stays empty, and time moves on once the event loop is quiet.
 */
const working = new Set<number>()

/**
 * A job of cryptography is added when it starts, unless it has a result by then. `randomUUID` and `scryptSync`, for example, make jobs that do
 * their work at once, of which no hook tells the end. Node has no public way to tell the two apart: if `run` is no longer there, jobs aren't seen.
 */
const onRun = (id: number, job: { run?: unknown }): void => {
  const { run } = job
  if (typeof run !== "function") return
  job.run = (...args: ReadonlyArray<unknown>): unknown => {
    const result: unknown = Reflect.apply(run, job, args)
    if (!Array.isArray(result)) working.add(id)
    return result
  }
}

const hook = AsyncHooks.createHook?.({
  init: (id, type, _, resource) => {
    if (type.startsWith("FSREQ")) working.add(id)
    else if (type.endsWith("REQUEST") && !type.startsWith("HTTP")) onRun(id, resource)
  },
  // No `destroy`: it would make the collection of garbage slow.
  after: (id) => working.delete(id),
  trackPromises: false
})
let watchers = 0
const watching = Effect.acquireRelease(
  Effect.sync(() => {
    if (++watchers === 1) hook?.enable()
  }),
  () =>
    Effect.sync(() => {
      if (--watchers > 0) return
      hook?.disable()
      working.clear()
    })
)

const clocks = new WeakSet<Clock.Clock>()

/** Whether it's a clock of this module. */
export const isVirtual = (clock: Clock.Clock): boolean => clocks.has(clock)

/** A clock that starts at the time of `base`, and a scheduler that shows it whether fibers work. */
const make = (base: Clock.Clock, scheduler: Scheduler.Scheduler) => {
  const start = base.currentTimeMillisUnsafe()
  const startNanos = base.monotonicTimeNanosUnsafe()
  const sleepers = new Set<Sleeper>()
  let now = start
  let isMoving = false
  // Signs of life: sleeps that begin or end, and the tasks of fibers.
  let signs = 0

  const rest = async () => {
    for (let quiet = 0; quiet < quietTurns;) {
      const before = signs
      await turn()
      await threadPool()
      quiet = signs === before && working.size === 0 ? quiet + 1 : 0
    }
  }

  const move = async () => {
    isMoving = true
    while (true) {
      await rest()
      const next = Math.min(...Array.from(sleepers, ({ due }) => due))
      if (!Number.isFinite(next)) break
      now = next
      for (const sleeper of sleepers) {
        if (sleeper.due <= now) sleeper.wake.openUnsafe()
      }
    }
    isMoving = false
  }

  const sleep = (duration: Duration.Duration) => {
    const millis = Duration.toMillis(duration)
    return millis <= 0 ? Effect.yieldNow : Effect.acquireUseRelease(
      Effect.sync(() => {
        const sleeper = { due: now + millis, wake: Latch.makeUnsafe() }
        signs++
        sleepers.add(sleeper)
        if (!isMoving) void move()
        return sleeper
      }),
      ({ wake }) => wake.await,
      (sleeper) =>
        Effect.sync(() => {
          signs++
          sleepers.delete(sleeper)
        })
    )
  }

  const nanosOf = (millis: number) => BigInt(Math.round(millis * 1_000_000))
  const currentTimeMillisUnsafe = () => now
  const currentTimeNanosUnsafe = () => BigInt(Math.floor(now)) * 1_000_000n + nanosOf(now % 1)
  const monotonicTimeNanosUnsafe = () => startNanos + nanosOf(now - start)
  const clock: TestClock = {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe,
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
    sleep,
    // Tests that move a TestClock by hand work as they are: the time that they wait for comes by itself.
    adjust: (duration) => sleep(Duration.fromInputUnsafe(duration)),
    setTime: (millis) => Effect.suspend(() => sleep(Duration.millis(millis - now))),
    withLive: "withLive" in base ? (base as TestClock).withLive : Effect.provideService(Clock.Clock, base)
  }

  clocks.add(clock)

  const watched: Scheduler.Scheduler = {
    executionMode: scheduler.executionMode,
    shouldYield: (fiber) => scheduler.shouldYield(fiber),
    makeDispatcher: () => {
      const dispatcher = scheduler.makeDispatcher()
      return {
        scheduleTask: (task, priority) => {
          signs++
          dispatcher.scheduleTask(task, priority)
        },
        flush: () => dispatcher.flush()
      }
    }
  }
  return Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, watched))
}

export const layer: Layer.Layer<never> = Layer.effectContext(Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const scheduler = yield* Scheduler.Scheduler
  // One within another is the same one: two would move past each other.
  if (isVirtual(clock)) return Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, scheduler))
  yield* watching
  return make(clock, scheduler)
})) as Layer.Layer<never>

// A clock that moves by itself: when everything rests, it moves to the end of the next sleep.
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
  /** Whether it wakes after all others of its time, once everything that they begin rests. */
  readonly isLast: boolean
}

/** How often the event loop has to turn without a sign of life: what goes on in promises can take a turn or two between two signs. */
const quietTurns = 3

/** Signs of life in this process: sleeps that begin or end, and tasks of fibers. On Node, also what anything else does next in the event loop. */
let signs = 0

let isTurning = false
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    isTurning = true
    if (typeof setImmediate === "function") setImmediate(resolve)
    else setTimeout(resolve, 0)
    isTurning = false
  })

/** The longest pause between two steps of fibers that sleep after the Layer is released, in milliseconds. */
const longestPause = 1_000

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Takes a moment of Node's thread pool, in which short jobs of others come to their end. */
const threadPool = (): Promise<unknown> => crypto.subtle.digest("SHA-256", new Uint8Array())

/** Whether Node reads or writes files. No hook tells the end of each such request: one that Node refuses has none. */
const usesFiles = (): boolean => {
  const info = (globalThis as { readonly process?: Partial<NodeJS.Process> }).process?.getActiveResourcesInfo?.()
  return info?.some((type) => /^F(SReq|ileHandleCloseReq)/.test(type)) === true
}

/** The modules that Vitest loads, which takes another process. Its public function for them is in a package that isn't here otherwise. */
const loading = (): Iterable<string> =>
  (globalThis as { readonly __vitest_worker__?: { readonly resolvingModules?: Iterable<string> } })
    .__vitest_worker__?.resolvingModules ?? []

/** Those among them that were there before: the file of the test may be one, and wait for a program itself. */
let loadedBefore: ReadonlySet<string> = new Set()
const loadsModules = (): boolean => Array.from(loading()).some((module) => !loadedBefore.has(module))

/**
 * What else Node's thread pool works on: hashes, keys and compression. Node's documentation advises against this API where context is to be
 * tracked; nothing else tells of such work. On other runtimes, the set stays empty, and time moves on once the event loop is quiet.
 */
const working = new Set<number>()

/**
 * A job of cryptography is added when it starts, unless it has a result by then. `randomUUID` and `scryptSync`, for example, make jobs that do
 * their work at once, of which no hook tells the end. Node has no public way to tell the two apart: if the method is no longer there, jobs aren't
 * seen. The same goes for compression, which makes one job for many parts of its data.
 */
const onStart = (id: number, job: Record<string, unknown>, method: "run" | "write"): void => {
  const start = job[method]
  if (typeof start !== "function") return
  job[method] = (...args: ReadonlyArray<unknown>): unknown => {
    const result: unknown = Reflect.apply(start, job, args)
    // A stream may write after the last Clock has gone. Then no hook tells the end.
    if (watchers > 0 && !Array.isArray(result)) working.add(id)
    return result
  }
}

const hook = AsyncHooks.createHook?.({
  init: (id, type, _, resource) => {
    if (type === "Immediate") signs += isTurning ? 0 : 1
    // The reads of a Blob are in no list.
    else if (type.startsWith("FSREQ")) signs++
    else if (type === "ZLIB") onStart(id, resource as Record<string, unknown>, "write")
    else if (type.endsWith("REQUEST") && !type.startsWith("HTTP")) {
      onStart(id, resource as Record<string, unknown>, "run")
    }
  },
  // No `destroy`: it would make the collection of garbage slow.
  // `before`, and not `after`: what is called may start the next part.
  before: (id) => working.delete(id),
  trackPromises: false
})
let watchers = 0
const watch = (): void => {
  if (++watchers > 1) return
  loadedBefore = new Set(loading())
  hook?.enable()
}
const unwatch = (): void => {
  if (--watchers > 0) return
  hook?.disable()
  working.clear()
}

const untilQuiet = async (): Promise<void> => {
  for (let quiet = 0; quiet < quietTurns;) {
    const before = signs
    await turn()
    await threadPool()
    quiet = signs === before && working.size === 0 && !usesFiles() && !loadsModules() ? quiet + 1 : 0
  }
}
let resting: Promise<void> | undefined
/** Waits until everything rests. All clocks wait together, so that none that keeps moving can hold up the others. */
const rest = (): Promise<void> =>
  resting ??= untilQuiet().finally(() => {
    resting = undefined
  })

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
  let isReleased = false
  let steps = 0

  const move = async () => {
    isMoving = true
    // Fibers may sleep for longer than the Layer lives: the scope of a test, whose finalizers they are, is around it.
    watch()
    while (true) {
      // What is left after the release may wait in steps forever. It goes on, but leaves the processor to others.
      if (isReleased) await pause(Math.min(Math.floor(steps++ / 10), longestPause))
      await rest()
      let next = Infinity
      for (const { due } of sleepers) next = Math.min(next, due)
      const due = Array.from(sleepers).filter((sleeper) => sleeper.due <= next && (next < Infinity || sleeper.isLast))
      if (due.length === 0) break
      if (next < Infinity) now = next
      const first = due.filter(({ isLast }) => !isLast)
      for (const sleeper of first.length > 0 ? first : due) {
        sleepers.delete(sleeper)
        sleeper.wake.openUnsafe()
      }
    }
    isMoving = false
    unwatch()
  }

  const startMoving = () => {
    if (!isMoving) void move()
  }

  const sleepUntil = (due: number, isLast: boolean) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const sleeper = { due, wake: Latch.makeUnsafe(), isLast }
        signs++
        sleepers.add(sleeper)
        startMoving()
        return sleeper
      }),
      ({ wake }) => wake.await,
      (sleeper) =>
        Effect.sync(() => {
          signs++
          sleepers.delete(sleeper)
        })
    )

  const sleep = (duration: Duration.Duration) => {
    const millis = Duration.toMillis(duration)
    return millis <= 0 ? Effect.yieldNow : Effect.suspend(() => sleepUntil(now + millis, false))
  }

  const nanosOf = (millis: number) =>
    BigInt(Math.floor(millis)) * 1_000_000n + BigInt(Math.round(millis % 1 * 1_000_000))
  const currentTimeMillisUnsafe = () => now
  const currentTimeNanosUnsafe = () => nanosOf(now)
  const monotonicTimeNanosUnsafe = () => startNanos + nanosOf(now - start)
  const clock: TestClock = {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe,
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
    sleep,
    // Tests that move a TestClock by hand work as they are: the time that they wait for comes by itself, and what happens at it comes first.
    adjust: (duration) =>
      Effect.suspend(() => sleepUntil(now + Math.max(0, Duration.toMillis(Duration.fromInputUnsafe(duration))), true)),
    setTime: (millis) => Effect.suspend(() => sleepUntil(millis > now ? millis : now, true)),
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
  const release = () => {
    isReleased = true
    startMoving()
  }
  return { context: Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, watched)), release }
}

export const layer: Layer.Layer<never> = Layer.effectContext(Effect.gen(function*() {
  const clock = yield* Clock.Clock
  const scheduler = yield* Scheduler.Scheduler
  // One within another is the same one: two would move past each other.
  if (isVirtual(clock)) return Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, scheduler))
  const made = make(clock, scheduler)
  yield* Effect.acquireRelease(
    Effect.sync(watch),
    () =>
      Effect.sync(() => {
        made.release()
        unwatch()
      })
  )
  return made.context
})) as Layer.Layer<never>

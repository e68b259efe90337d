// What outlives an invocation: the services of the Layer, which the first invocation builds.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { runWithin } from "./bounded.ts"
import { Current, Cutoff } from "./invocation.ts"
import { onShutdown } from "./shutdown.ts"

/** In milliseconds. Lambda gives the process 300 to 500, and the finalizers of the Layer need theirs. */
const SHUTDOWN_GRACE = 150

interface Build<R, E> {
  readonly fiber: Fiber.Fiber<Context.Context<R>, E>
  readonly scope: Scope.Closeable
  waiting: number
}

export interface Running {
  /** Whether it's the first invocation of the environment. */
  readonly isFirst: boolean
  /** Tells the invocation to end. */
  readonly stop: Deferred.Deferred<void>
  readonly ended: Deferred.Deferred<void>
}

export interface Environment<R, E> {
  /** The services. They are built once; after a failure, the next who asks builds them again. */
  readonly services: Effect.Effect<Context.Context<R>, E>
  readonly enter: () => Running
  readonly leave: (running: Running) => void
  /** Ends the invocations that are running, then runs the finalizers of the Layer. */
  readonly close: () => Promise<void>
}

export const make = <R, E>(
  layer: Layer.Layer<R, E>,
  /** Notes that the finalizers failed at the shutdown, where nobody else gets to know it. */
  report: (failure: unknown) => Promise<unknown>
): Environment<R, E> => {
  const running = new Set<Running>()
  let build: Build<R, E> | undefined
  let isFirst = true
  let unregister: (() => void) | undefined
  let closing: Promise<void> | undefined

  /** The Layer belongs to no invocation, although the first one builds it. */
  const start = (caller: Context.Context<never>): Build<R, E> => {
    const context = Context.omit(Tracer.ParentSpan, Scope.Scope, Current, Cutoff)(caller) as Context.Context<never>
    const scope = Scope.makeUnsafe()
    const started: { build?: Build<R, E> } = {}
    // It can't fail before `build` is set.
    const fiber = Effect.runForkWith(context)(
      Effect.onExit(
        Effect.andThen(Effect.yieldNow, Layer.buildWithMemoMap(layer, Layer.makeMemoMapUnsafe(), scope)),
        (exit) => {
          if (Exit.isSuccess(exit)) return Effect.void
          if (build === started.build) build = undefined
          return Scope.close(scope, exit)
        }
      )
    )
    return started.build = { fiber, scope, waiting: 0 }
  }

  const register = () => {
    unregister ??= onShutdown(() => close().catch(report))
  }

  const services = Effect.contextWith((caller: Context.Context<never>) => {
    register()
    const mine = (build ??= start(caller))
    const ended = mine.fiber.pollUnsafe()
    if (ended !== undefined) return ended
    mine.waiting++
    return Effect.ensuring(
      Effect.flatten(Fiber.await(mine.fiber)),
      Effect.sync(() => {
        mine.waiting--
        if (mine.waiting > 0 || mine.fiber.pollUnsafe() !== undefined) return
        // Lambda freezes the process after an invocation. A build that nobody waits for would break in the middle of its calls.
        if (build === mine) build = undefined
        mine.fiber.interruptUnsafe()
      })
    )
  })

  const release = (built: Build<R, E> | undefined) =>
    built === undefined
      ? Effect.void
      // If the build hasn't ended, its interruption closes the scope.
      : built.fiber.pollUnsafe() === undefined
      ? Fiber.interrupt(built.fiber)
      : Scope.close(built.scope, Exit.void)

  const end = Effect.gen(function*() {
    const first = build
    const invocations = [...running]
    for (const { stop } of invocations) Deferred.doneUnsafe(stop, Exit.void)
    const allEnded = Effect.forEach(invocations, ({ ended }) => Deferred.await(ended), { discard: true })
    yield* runWithin(allEnded, { millis: SHUTDOWN_GRACE, grace: 0 })
    // The invocations that waited for a build have given it up, and another may have begun a new one.
    const builds = new Set([first, build])
    build = undefined
    yield* Effect.forEach(builds, release, { concurrency: "unbounded", discard: true })
  })

  const close = (): Promise<void> => {
    closing ??= Effect.runPromise(end).finally(() => {
      closing = undefined
      if (running.size > 0 || build !== undefined) return
      unregister?.()
      unregister = undefined
    })
    return closing
  }

  return {
    services,
    enter: () => {
      register()
      const invocation = { isFirst, stop: Deferred.makeUnsafe<void>(), ended: Deferred.makeUnsafe<void>() }
      isFirst = false
      running.add(invocation)
      return invocation
    },
    leave: (invocation) => {
      running.delete(invocation)
      Deferred.doneUnsafe(invocation.ended, Exit.void)
    },
    close
  }
}

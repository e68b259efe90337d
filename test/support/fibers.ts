import { Effect, Metric } from "effect"

/** How many fibers run that the effect has started, itself not counted. */
export const countingFibers = <A, E, R>(
  use: (live: Effect.Effect<number>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let live = 0
    return use(Effect.sync(() => live)).pipe(
      Effect.provideService(Metric.FiberRuntimeMetrics, {
        recordFiberStart: () => void live++,
        recordFiberEnd: () => void live--
      })
    )
  })

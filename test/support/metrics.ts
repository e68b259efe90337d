// A registry of metrics for one test, and what its fibers log.
import { Effect, Logger, Metric } from "effect"

/** Runs with an empty registry of metrics, so that no other test's metrics are in it. */
export const withOwnMetrics = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

/** Runs with a logger that keeps the lines of level `Warn` and above in `lines`. */
export const keepingWarnings = (lines: Array<string>) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(
    effect,
    Logger.layer([
      Logger.make(({ logLevel, message }) => {
        if (logLevel === "Warn" || logLevel === "Error") lines.push([message].flat().map(String).join(" "))
      })
    ])
  )

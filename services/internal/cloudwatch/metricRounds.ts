// Rounds of putting metrics: at each interval, on demand, and when the Layer closes.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { summarize } from "../../../errors/internal/tagged.ts"
import { type Delta, deltasOf } from "./metricDeltas.ts"
import type { Settings } from "./metricOptions.ts"

/**
 * What puts Effect's metrics. The Layers {@link exporter} and {@link emf} provide it.
 *
 * **Example** (Put what a batch counted as soon as it ends, but wait for no more than a second)
 *
 * ```ts
 * import { Effect, Metric } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const batch = Effect.gen(function*() {
 *   const { flush } = yield* CloudWatch.MetricExporter
 *   yield* Metric.update(Metric.counter("batches"), 1)
 *   yield* Effect.timeoutOption(flush, "1 second") // the round itself goes on
 * })
 * ```
 *
 * @category exporting
 * @since 0.1.0
 */
export class MetricExporter extends Context.Service<MetricExporter, {
  /** Puts what isn't put yet, and waits until that is done. It doesn't fail: the log says what couldn't be put. */
  readonly flush: Effect.Effect<void>
}>()("effect-aws-sdk/CloudWatch/MetricExporter") {}

/** What became of a delta. */
export interface Sent {
  readonly delta: Delta
  /**
   * - `Put`: it's there.
   * - `NotPut`: it certainly isn't there, and may be put again.
   * - `Unknown`: it may be there.
   * - `Refused`: it isn't there, and never will be.
   */
  readonly outcome: "Put" | "NotPut" | "Unknown" | "Refused"
  /** Why, unless it was put. */
  readonly why: string
}

export interface Sink<R> {
  /** How many different values a datum may have. */
  readonly valuesPerDatum: number
  readonly send: (deltas: ReadonlyArray<Delta>) => Effect.Effect<ReadonlyArray<Sent>, never, R>
}

/** Counts what was put, and says in the log what wasn't. What is unknown counts as put, so that nothing counts twice. */
const settle = Effect.fnUntraced(function*(sent: ReadonlyArray<Sent>, isLast: boolean) {
  const failed = { NotPut: [] as Array<Sent>, Unknown: [] as Array<Sent> }
  for (const one of sent) {
    const { delta, outcome, why } = one
    if (outcome === "Put" || outcome === "Unknown") delta.commit()
    if (outcome === "Refused") {
      delta.refuse()
      yield* Effect.logWarning(`The metric ${JSON.stringify(delta.metric)} is left out from now on: ${why}`)
    }
    if (outcome === "NotPut" || outcome === "Unknown") failed[outcome].push(one)
  }
  const { NotPut, Unknown } = failed
  const of = `of ${sent.length} data of metrics`
  if (NotPut.length > 0) {
    const then = isLast ? "and are lost" : "and go into the next interval"
    yield* Effect.logWarning(`${NotPut.length} ${of} were not put, ${then}: ${NotPut[0]!.why}`)
  }
  if (Unknown.length > 0) {
    yield* Effect.logWarning(
      `${Unknown.length} ${of} may or may not have been put, and are not put again: ${Unknown[0]!.why}`
    )
  }
})

/** Puts the metrics of the context in rounds, of which only one runs at a time, for as long as the scope is open. */
export const rounds = Effect.fnUntraced(function*<R>(
  settings: Settings,
  sink: Sink<R>
): Effect.fn.Return<MetricExporter["Service"], never, R | Scope.Scope> {
  const context = yield* Effect.context<R>()
  const metrics = deltasOf(context, settings, sink.valuesPerDatum)
  metrics.skip()
  const oneAtATime = yield* Semaphore.make(1)
  const scope = yield* Scope.make()
  let isClosed = false

  const send = (deltas: ReadonlyArray<Delta>, isLast: boolean) =>
    sink.send(deltas).pipe(
      Effect.catchCause((cause) => {
        const why = summarize(Cause.squash(cause)).message
        return Effect.succeed(deltas.map((delta): Sent => ({ delta, outcome: "Unknown", why })))
      }),
      Effect.flatMap((sent) => settle(sent, isLast))
    )

  const round = (isLast: boolean) =>
    Effect.suspend(() => {
      const { deltas, problems } = metrics.collect()
      const tell = Effect.forEach(problems, (problem) => Effect.logWarning(problem), { discard: true })
      return deltas.length === 0 ? tell : Effect.andThen(tell, send(deltas, isLast))
    }).pipe(oneAtATime.withPermit, Effect.provideContext(context))

  // A fiber of its own, so that whoever asks for the round can't cut it off: what was sent by then would be unknown. Nor does
  // the end of the round, if the Layer closes, interrupt them.
  const run = (isLast: boolean) => Effect.flatMap(Effect.forkIn(round(isLast), scope), Fiber.await)

  const last = Effect.suspend(() => {
    isClosed = true
    return run(true)
  }).pipe(
    Effect.timeoutOption(settings.shutdownTimeout),
    Effect.flatMap((done) =>
      Option.isSome(done)
        ? Effect.void
        : Effect.logWarning("The last metrics were not put within the `shutdownTimeout`: they may be lost")
    )
  )
  yield* Effect.addFinalizer((exit) => Effect.ensuring(last, Scope.close(scope, Exit.asVoid(exit))))
  if (Duration.isFinite(settings.every)) {
    yield* Effect.sleep(settings.every).pipe(
      Effect.andThen(Effect.repeat(run(false), Schedule.fixed(settings.every))),
      Effect.forkIn(scope)
    )
  }
  return MetricExporter.of({ flush: Effect.suspend(() => isClosed ? Effect.void : Effect.asVoid(run(false))) })
})

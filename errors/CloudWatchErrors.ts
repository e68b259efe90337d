/**
 * The errors of metrics.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsError } from "./AwsError.ts"
import * as Internal from "./internal/cloudWatchErrors.ts"
import { type AnyCodec, type Codec, codecWithPayload, Withheld } from "./internal/codec.ts"

export type { MetricFailure } from "./internal/cloudWatchErrors.ts"

const fields = (metric?: AnyCodec) => ({
  put: Schema.Array(metric ?? Withheld),
  failures: Schema.Array(Schema.Struct({
    ...(metric && { metric }),
    outcome: Schema.Literals(["NotPut", "Unknown"]),
    cause: AwsError
  })),
  cause: AwsError
})

/**
 * Some metrics were not put, or may not have been. Every metric that was given is either in `put` or in `failures`, exactly once.
 *
 * - `put`: the metrics that CloudWatch accepted.
 * - `failures`: the others, each with its `outcome` and the `AwsError` of the call that carried it.
 * - `notPut`: of the failures, the metrics that AWS certainly doesn't have. It's safe to put these again.
 * - `unknown`: of the failures, the metrics that AWS may have. Putting these again may count them twice.
 * - `cause`: the first call that failed.
 *
 * As a Schema, it omits the metrics: `put` keeps its length, and `failures` the outcomes and causes. To include the
 * metrics, use the codec `MetricsNotPut.schema(metric)`, where `metric` is their Schema.
 *
 * **Example** (Put again only what certainly isn't there)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const put = (metrics: ReadonlyArray<CloudWatch.OutcomeMetric>) =>
 *   CloudWatch.putMetrics(metrics).pipe(
 *     Effect.catchTag("MetricsNotPut", ({ notPut, unknown }) =>
 *       Effect.logWarning(`${unknown.length} metrics may be missing`).pipe(
 *         Effect.andThen(CloudWatch.putMetrics(notPut))
 *       ))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const MetricsNotPut:
  & typeof Internal.MetricsNotPut
  & Codec<Internal.MetricsNotPut, {
    readonly _tag: "MetricsNotPut"
    readonly message?: string
    readonly put: ReadonlyArray<null>
    readonly failures: ReadonlyArray<{
      readonly outcome: "NotPut" | "Unknown"
      readonly cause: (typeof AwsError)["Encoded"]
    }>
    readonly cause: (typeof AwsError)["Encoded"]
  }>
  & {
    /** A codec that includes the metrics, encoded by their Schema. */
    schema<M, I, RD, RE>(
      metric: Schema.Codec<M, I, RD, RE>
    ): Schema.Codec<Internal.MetricsNotPut<M>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(Internal.MetricsNotPut, fields, 502)
/**
 * The type of {@link MetricsNotPut:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type MetricsNotPut<M = unknown> = Internal.MetricsNotPut<M>

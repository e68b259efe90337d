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
 * Some metrics were not put, or may not have been. Every given metric is either in `put` or in `failures`, exactly once.
 *
 * As a Schema, it omits the metrics: `put` keeps its length, and `failures` the outcomes and causes. To include the
 * metrics, use the codec `MetricsNotPut.schema(metric)`, where `metric` is their Schema.
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

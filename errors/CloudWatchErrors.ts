/**
 * What can go wrong with metrics.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { AwsError } from "./AwsError.ts"

/**
 * A metric that CloudWatch did not take, or may not have taken.
 *
 * @category models
 * @since 0.1.0
 */
export interface MetricFailure<out M = unknown> {
  readonly metric: M
  /** `Unknown` where the call ended without AWS's answer: the metric may have been put. */
  readonly outcome: "NotPut" | "Unknown"
  /** What the call that had the metric in it failed with. */
  readonly cause: AwsError
}

/**
 * Some metrics were not put, or may not have been. Every metric that was to be put is in `put` or in `failures`, and in
 * one of them once.
 *
 * @category errors
 * @since 0.1.0
 */
export class MetricsNotPut<out M = unknown> extends Data.TaggedError("MetricsNotPut")<{
  readonly put: ReadonlyArray<any>
  readonly failures: ReadonlyArray<MetricFailure<any>>
  /** The first of the calls that failed. */
  readonly cause: AwsError
}> {
  declare readonly put: ReadonlyArray<M>
  declare readonly failures: ReadonlyArray<MetricFailure<M>>

  /** The metrics that AWS certainly does not have: these can be put again. */
  get notPut(): ReadonlyArray<M> {
    return this.failures.filter(({ outcome }) => outcome === "NotPut").map(({ metric }) => metric)
  }

  /** The metrics that AWS may have: to put these again may count them twice. */
  get unknown(): ReadonlyArray<M> {
    return this.failures.filter(({ outcome }) => outcome === "Unknown").map(({ metric }) => metric)
  }

  override get message(): string {
    const { length: unknown } = this.unknown
    return `Of ${this.put.length + this.failures.length} metrics, ${this.failures.length - unknown} were not put` +
      `${unknown === 0 ? "" : ` and ${unknown} may or may not have been`}; the first failure: ${this.cause.message}`
  }
}

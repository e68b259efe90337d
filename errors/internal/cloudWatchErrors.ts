import type { AwsError } from "./awsError.ts"
import { TaggedError } from "./tagged.ts"
import { counted, fates, resend } from "./words.ts"

/**
 * A metric that CloudWatch did not accept, or may not have accepted.
 *
 * @category models
 * @since 0.1.0
 */
export interface MetricFailure<out M = unknown> {
  /** The metric, as it was given. */
  readonly metric: M
  /** `Unknown` if AWS's response, or the lack of one, leaves open whether the metric was put. */
  readonly outcome: "NotPut" | "Unknown"
  /** The failure of the call that carried the metric. */
  readonly cause: AwsError
}

export class MetricsNotPut<out M = unknown> extends TaggedError("MetricsNotPut")<{
  /** The metrics that CloudWatch accepted. */
  readonly put: ReadonlyArray<any>
  /** All other metrics, each with the reason. */
  readonly failures: ReadonlyArray<MetricFailure<any>>
  /** The first call that failed. */
  readonly cause: AwsError
}> {
  declare readonly put: ReadonlyArray<M>
  declare readonly failures: ReadonlyArray<MetricFailure<M>>

  /** The metrics that AWS certainly doesn't have: it's safe to put these again. */
  get notPut(): ReadonlyArray<M> {
    return this.failures.filter(({ outcome }) => outcome === "NotPut").map(({ metric }) => metric)
  }

  /** The metrics that AWS may have: putting these again may count them twice. */
  get unknown(): ReadonlyArray<M> {
    return this.failures.filter(({ outcome }) => outcome === "Unknown").map(({ metric }) => metric)
  }

  override get message(): string {
    const [missing, unknown] = [this.notPut.length, this.unknown.length]
    return `Of ${counted(this.put.length + this.failures.length, "metrics")}, ${fates(missing, unknown, "put")}. ` +
      `${resend("metrics", ["notPut", missing], unknown)} The first failure: ${this.cause.message}`
  }

  override toJSON(): unknown {
    return {
      ...super.toJSON() as object,
      put: this.put.map(() => null),
      failures: this.failures.map(({ cause, outcome }) => ({ outcome, cause }))
    }
  }
}

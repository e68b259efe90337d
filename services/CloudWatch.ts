/**
 * Metrics of Amazon CloudWatch.
 *
 * @since 0.1.0
 */
import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Concurrency } from "effect/Types"
import { type MetricFailure, MetricsNotPut } from "../errors/CloudWatchErrors.ts"
import type { CloudWatchCodes } from "../errors/codes/CloudWatch.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import { batches } from "./internal/batches.ts"

export * from "../errors/CloudWatchErrors.ts"

const service = AwsService.make<CloudWatchClient, CloudWatchCodes>(CloudWatchClient)

/**
 * Sends any command of CloudWatch.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of CloudWatch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of CloudWatch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * The contract of outcome metrics: an operation that ended in one of a closed set of outcomes. Each outcome is a metric
 * of its own, with the same dimensions and the unit `None`; the one that came about is 1, the others are 0. So each can be
 * summed, averaged and alarmed on by itself.
 *
 * Whatever has these members can be put; {@link OutcomeMetric} as a function defines a class that has.
 *
 * @category metrics
 * @since 0.1.0
 */
export interface OutcomeMetric<out Outcome extends string = string> {
  readonly namespace: string
  /** The dimensions' values by their names. */
  readonly dimensions: Readonly<Record<string, string>>
  /** All outcomes that there are, each once. */
  readonly outcomes: ReadonlyArray<Outcome>
  /** The one that came about. */
  readonly outcome: Outcome
}

/**
 * The fields of a class that {@link OutcomeMetric} makes.
 *
 * @category metrics
 * @since 0.1.0
 */
export type OutcomeFields<Outcomes extends ReadonlyArray<string>, Dimensions> =
  & { readonly [K in keyof Dimensions]: typeof Schema.String }
  & { readonly outcome: Schema.Literals<Outcomes> }

/**
 * What {@link OutcomeMetric} makes: a `Schema.Class` that knows its namespace and its outcomes.
 *
 * @category metrics
 * @since 0.1.0
 */
export interface OutcomeMetricClass<Self, Outcomes extends ReadonlyArray<string>, Dimensions> extends
  Schema.Class<
    Self,
    Schema.Struct<OutcomeFields<Outcomes, Dimensions>>,
    Omit<OutcomeMetric<Outcomes[number]>, "outcome">
  >
{
  readonly namespace: string
  readonly outcomes: Outcomes
}

/**
 * Defines a metric of outcomes as a `Schema.Class`: instances are validated, compared by `Equal`, and written as JSON.
 *
 * - `outcomes`: the closed set of outcomes, which are the metrics' names.
 * - `dimensions`: the fields of the class that are dimensions, and the dimensions' names.
 * - `constants`: the dimensions that are the same for all instances.
 *
 * **Example** (A backup)
 *
 * ```ts
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * class BackupMetrics extends CloudWatch.OutcomeMetric<BackupMetrics>()({
 *   namespace: "Backups",
 *   outcomes: ["Success", "NothingToDo", "Failure"],
 *   dimensions: { volume: "Volume" },
 *   constants: { Kind: "Nightly" }
 * }) {}
 *
 * const put = CloudWatch.putMetrics([new BackupMetrics({ volume: "data", outcome: "Success" })])
 * ```
 *
 * AWS: [Metrics](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html)
 *
 * @category metrics
 * @since 0.1.0
 */
export const OutcomeMetric = <Self = never>() =>
<
  const Outcomes extends ReadonlyArray<string>,
  const Dimensions extends Readonly<Record<string, string>>
>(definition: {
  readonly namespace: string
  readonly outcomes: Outcomes
  readonly dimensions: Dimensions
  readonly constants?: Readonly<Record<string, string>> | undefined
}): OutcomeMetricClass<Self, Outcomes, Dimensions> => {
  const { constants = {}, dimensions, namespace, outcomes } = definition
  const fields = {
    ...Object.fromEntries(Object.keys(dimensions).map((field) => [field, Schema.String])),
    outcome: Schema.Literals(outcomes)
  }
  const identifier = [namespace, ...Object.values(constants), "OutcomeMetric"].join("/")
  return class extends (Schema.Class<any>(identifier)(fields) as any) {
    static readonly namespace = namespace
    static readonly outcomes = outcomes
    get namespace() {
      return namespace
    }
    get outcomes() {
      return outcomes
    }
    get dimensions() {
      return {
        ...Object.fromEntries(Object.entries(dimensions).map(([field, name]) => [name, (this as any)[field]])),
        ...constants
      }
    }
  } as any
}

/**
 * The data that a metric is put as: one datum an outcome.
 *
 * Throws a `RangeError` where the outcome is not one of the outcomes, which cannot be for a class of
 * {@link OutcomeMetric}.
 *
 * **Example** (One is 1, the others are 0)
 *
 * ```ts
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const data = CloudWatch.metricData({
 *   namespace: "Backups",
 *   dimensions: { Volume: "data" },
 *   outcomes: ["Success", "Failure"],
 *   outcome: "Failure"
 * })
 * ```
 *
 * AWS: [MetricDatum](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html)
 *
 * @category metrics
 * @since 0.1.0
 */
export const metricData = (metric: OutcomeMetric): ReadonlyArray<MetricDatum> => {
  if (metric.outcomes.filter((outcome) => outcome === metric.outcome).length !== 1) {
    throw new RangeError(`The outcome ${metric.outcome} has to be among ${metric.outcomes.join(", ")}, and there once.`)
  }
  const dimensions = Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value }))
  return metric.outcomes.map((outcome) => ({
    MetricName: outcome,
    Dimensions: dimensions,
    Value: outcome === metric.outcome ? 1 : 0,
    Unit: "None"
  }))
}

/**
 * How many data a call may have.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxData = 1_000

/**
 * How many bytes the data of a call may have, before it is compressed: AWS takes requests of 1 MB, of which this leaves
 * some to the rest of the request.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxSize = 1_000_000

/**
 * Puts metrics of any namespaces: at most 1,000 data and 1 MB a call, each call for one namespace. The data of one metric
 * are never parted. CloudWatch gives them the time at which they arrive.
 *
 * - `concurrency`: how many calls are under way at once; 1 by default.
 *
 * All metrics are tried, whatever becomes of the others.
 *
 * **Errors**: `MetricsNotPut`, which says for each metric whether it was put, was not, or may have been, and holds the
 * `AwsError` of each call that failed.
 *
 * **Example** (Metrics that must not stop a program)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * class BackupMetrics extends CloudWatch.OutcomeMetric<BackupMetrics>()({
 *   namespace: "Backups",
 *   outcomes: ["Success", "Failure"],
 *   dimensions: { volume: "Volume" }
 * }) {}
 *
 * const put = CloudWatch.putMetrics([new BackupMetrics({ volume: "data", outcome: "Failure" })]).pipe(
 *   Effect.catchTag("MetricsNotPut", (error) => Effect.logWarning(error.message))
 * )
 * ```
 *
 * AWS: [PutMetricData](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const putMetrics = Effect.fn("CloudWatch.putMetrics")(function*<M extends OutcomeMetric>(
  metrics: Iterable<M>,
  options?: { readonly concurrency?: Concurrency | undefined }
): Effect.fn.Return<void, MetricsNotPut<M>, AwsClients> {
  const calls = Object.entries(Arr.groupBy(metrics, ({ namespace }) => namespace)).flatMap(([namespace, metrics]) => {
    const cut = batches(
      metrics.map((metric) => ({ metric, data: metricData(metric) })),
      [
        { of: ({ data }) => data.length, atMost: maxData },
        { of: ({ data }) => Buffer.byteLength(JSON.stringify(data)), atMost: maxSize }
      ]
    )
    // What is too large by itself is AWS's to refuse: no call could have it.
    return [...cut.batches, ...cut.tooLarge.map((one) => [one])].map((batch) => ({ namespace, batch }))
  })
  yield* Effect.logDebug(`Putting metrics in ${calls.length} calls`)
  const answers = yield* Effect.forEach(calls, ({ batch, namespace }) =>
    Effect.map(
      Effect.result(
        send(new PutMetricDataCommand({ Namespace: namespace, MetricData: batch.flatMap(({ data }) => data) }))
      ),
      (answer) => ({ answer, metrics: batch.map(({ metric }) => metric) })
    ), { concurrency: options?.concurrency ?? 1 })
  const put: Array<M> = []
  const failures: Array<MetricFailure<M>> = []
  for (const { answer, metrics } of answers) {
    if (Result.isSuccess(answer)) put.push(...metrics)
    else {
      const cause = answer.failure
      const outcome = cause.mayHaveSucceeded ? "Unknown" as const : "NotPut" as const
      failures.push(...metrics.map((metric) => ({ metric, outcome, cause })))
    }
  }
  const [first] = failures
  if (first === undefined) return
  const error = new MetricsNotPut<M>({ put, failures, cause: first.cause })
  yield* Effect.logError(error.message)
  return yield* error
})

/**
 * Metrics of Amazon CloudWatch.
 *
 * @since 0.1.0
 */
import type { MetricDatum } from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Concurrency } from "effect/Types"
import type { CloudWatchCodes } from "../errors/codes/CloudWatch.ts"
import type { AwsError } from "../errors/internal/awsError.ts"
import { type MetricFailure, MetricsNotPut } from "../errors/internal/cloudWatchErrors.ts"
import type { InvalidSetting } from "../errors/internal/layerErrors.ts"
import type { PublisherClosed } from "../errors/internal/publisherErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import type { Part, Piece } from "./internal/batches.ts"
import { emfSink, writeToStdout } from "./internal/cloudwatch/emf.ts"
import { exporterSink } from "./internal/cloudwatch/exporter.ts"
import { type MetricOptions, settingsOf } from "./internal/cloudwatch/metricOptions.ts"
import { MetricExporter, rounds } from "./internal/cloudwatch/metricRounds.ts"
import * as put from "./internal/cloudwatch/put.ts"
import * as cloudWatch from "./internal/cloudwatch/service.ts"
import { type CloudWatchWaiters, waiters } from "./internal/cloudwatch/waiters.ts"
import { elementsOf } from "./internal/elements.ts"
import type { MissingSelfGeneric } from "./internal/missingSelf.ts"
import * as Publishing from "./internal/publisher.ts"

export * from "../errors/CloudWatchErrors.ts"
export { InvalidSetting } from "../errors/LayerErrors.ts"
export * from "../errors/PublisherErrors.ts"
export type { MetricOptions } from "./internal/cloudwatch/metricOptions.ts"
export { MetricExporter } from "./internal/cloudwatch/metricRounds.ts"

/**
 * Sends any command of CloudWatch with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-cloudwatch`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `cloudwatch:SetAlarmState`, for example.
 *
 * **Example** (Try out the actions of an alarm)
 *
 * ```ts
 * import { SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const tried = CloudWatch.send(
 *   new SetAlarmStateCommand({ AlarmName: "disk-full", StateValue: "ALARM", StateReason: "A test of the actions" })
 * )
 * ```
 *
 * AWS: [SetAlarmState](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = cloudWatch.send

/**
 * The pages of any paginated command of CloudWatch: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The names of the metrics of a namespace)
 *
 * ```ts
 * import { ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
 * import { Stream } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const names = CloudWatch.pages(new ListMetricsCommand({ Namespace: "Backups" }), { readAhead: true }).pipe(
 *   Stream.map(({ Metrics = [] }) => Metrics.map(({ MetricName }) => MetricName)),
 *   Stream.runCollect
 * )
 * ```
 *
 * AWS: [ListMetrics](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = cloudWatch.pages

/**
 * The elements on all pages of any paginated command of CloudWatch, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The alarms that are in the state ALARM)
 *
 * ```ts
 * import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch"
 * import { Console, Stream } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const shown = CloudWatch.items(new DescribeAlarmsCommand({ StateValue: "ALARM" }), (page) => page.MetricAlarms).pipe(
 *   Stream.runForEach(({ AlarmName, StateReason }) => Console.log(`${AlarmName}: ${StateReason}`))
 * )
 * ```
 *
 * AWS: [DescribeAlarms](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = cloudWatch.items

/**
 * Waits for a state of CloudWatch that AWS models as a waiter, such as `AlarmExists`, and returns the last output.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (An alarm that another program makes)
 *
 * ```ts
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const alarm = CloudWatch.waitUntil("AlarmExists", { AlarmNames: ["disk-full"] }, { timeout: "5 minutes" })
 * ```
 *
 * AWS: [DescribeAlarms](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<CloudWatchWaiters, CloudWatchCodes> = /* @__PURE__ */ waitUntilOf(
  "CloudWatch.waitUntil",
  "CloudWatch",
  send,
  waiters
)

/**
 * The contract of outcome metrics, for operations that end in one of a closed set of outcomes. Each outcome is a metric of
 * its own, with the same dimensions and the unit `None`. The actual outcome has the value 1, and the others have 0, so you
 * can sum, average and set alarms on each of them.
 *
 * Any object with these members can be put. The function {@link OutcomeMetric} defines a class that has them.
 *
 * @category metrics
 * @since 0.1.0
 */
export interface OutcomeMetric<out Outcome extends string = string> {
  /** The CloudWatch namespace: `Backups`. */
  readonly namespace: string
  /** The values of the dimensions, by name. */
  readonly dimensions: Readonly<Record<string, string>>
  /** All possible outcomes, without duplicates. */
  readonly outcomes: ReadonlyArray<Outcome>
  /** The actual outcome. */
  readonly outcome: Outcome
}

/**
 * The fields of a class that {@link OutcomeMetric} defines.
 *
 * @category metrics
 * @since 0.1.0
 */
export type OutcomeFields<Outcomes extends ReadonlyArray<string>, Dimensions> =
  & { readonly [K in keyof Dimensions]: typeof Schema.String }
  & { readonly outcome: Schema.Literals<Outcomes> }

/**
 * A class that {@link OutcomeMetric} defines: a `Schema.Class` with the namespace and the outcomes as static members.
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
  /** The namespace of all instances. */
  readonly namespace: string
  /** All possible outcomes, as they were defined. */
  readonly outcomes: Outcomes
}

/**
 * Defines an outcome metric as a `Schema.Class`: its instances are validated, can be compared with `Equal`, and encode to
 * JSON.
 *
 * - `namespace`: the CloudWatch namespace of the metrics.
 * - `outcomes`: the closed set of outcomes. They are also the names of the metrics.
 * - `dimensions`: the fields of the class that are dimensions, with the names of the dimensions.
 * - `constants`: dimensions that have the same value in all instances; none by default.
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
}): [Self] extends [never] ? MissingSelfGeneric<"CloudWatch.OutcomeMetric">
  : OutcomeMetricClass<Self, Outcomes, Dimensions> =>
{
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
 * The CloudWatch data for a metric: one datum for each outcome.
 *
 * Throws a `RangeError` if `outcomes` doesn't contain the outcome exactly once. This can't happen with a class that
 * {@link OutcomeMetric} defines with distinct outcomes.
 *
 * **Example** (The actual outcome is 1, the others are 0)
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
    throw new RangeError(
      `The outcomes ${metric.outcomes.join(", ")} must contain the outcome ${metric.outcome} exactly once.`
    )
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
 * The maximum number of data in one call: 1,000. A metric with three outcomes has three data.
 *
 * **Example** (How many calls some metrics take at least)
 *
 * ```ts
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const calls = (metrics: ReadonlyArray<CloudWatch.OutcomeMetric>) =>
 *   Math.ceil(metrics.flatMap(CloudWatch.metricData).length / CloudWatch.maxData)
 * ```
 *
 * AWS: [PutMetricData](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxData: number = put.maxData

/**
 * The maximum size of the data in one call: 1,000,000 bytes of JSON, before compression. AWS accepts requests of up to 1 MB, and
 * this limit leaves room for the rest of the request.
 *
 * **Example** (Whether the data of a metric fit into a call)
 *
 * ```ts
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const fits = (metric: CloudWatch.OutcomeMetric) =>
 *   Buffer.byteLength(JSON.stringify(CloudWatch.metricData(metric))) <= CloudWatch.maxSize
 * ```
 *
 * AWS: [PutMetricData](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxSize: number = put.maxSize

/**
 * Puts outcome metrics of one or more namespaces. For a plain number, use Effect's `Metric` with {@link exporter}, or {@link send}
 * a `PutMetricDataCommand`. Each call has the data of one namespace, at most {@link maxData} data and
 * {@link maxSize} bytes. The data of one metric are always in the same call. CloudWatch sets their time when they arrive.
 *
 * - `concurrency`: the maximum number of concurrent calls; 1 by default.
 *
 * A call that fails doesn't stop the others. CloudWatch refuses a whole call if one datum is invalid: then the call is
 * repeated in halves, so that only the invalid metrics fail. If CloudWatch refuses all of 32 parts of a call, it isn't split
 * any further.
 *
 * **Errors**: `MetricsNotPut`, which says for each metric whether it was put, was not put, or may have been put, and
 * contains the `AwsError` of each call that failed.
 *
 * **Requires** the permission `cloudwatch:PutMetricData`.
 *
 * **Example** (Only warn when metrics fail)
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
  const pieces = yield* put.putGroups(
    elementsOf(metrics).map((metric) => ({ metric, namespace: metric.namespace, data: metricData(metric) })),
    options?.concurrency ?? 1
  )
  const done: Array<M> = []
  const failures: Array<MetricFailure<M>> = []
  for (const { elements, result } of pieces) {
    const metrics = elements.map(({ metric }) => metric)
    if (Result.isSuccess(result)) done.push(...metrics)
    else {
      const cause = result.failure
      const outcome = cause.mayHaveSucceeded ? "Unknown" as const : "NotPut" as const
      failures.push(...metrics.map((metric) => ({ metric, outcome, cause })))
    }
  }
  const [first] = failures
  if (first === undefined) return
  const error = new MetricsNotPut<M>({ put: done, failures, cause: first.cause })
  yield* Effect.logError(error.message)
  return yield* error
})

/**
 * Options of {@link publisher}.
 *
 * @category models
 * @since 0.1.0
 */
export interface PublisherOptions<out R = never> extends Publishing.PublishingOptions {
  /**
   * The longest time that a metric waits in the queue for others to be sent with. By default 10 seconds. With 0, it's sent at
   * once.
   */
  readonly maxDelay?: Duration.Input | undefined
  /**
   * Takes care of metrics that could not be put, and of those that may not have been. By default an error in the log says which
   * outcomes they are, how many, and why.
   *
   * The metrics in the error are those of one report. The publisher waits for this Effect, so it must not publish to the same
   * publisher. If it fails or dies, the log says so, and the publisher goes on.
   */
  readonly onFailure?: ((error: MetricsNotPut<OutcomeMetric>) => Effect.Effect<unknown, unknown, R>) | undefined
}

/**
 * A queue of metrics that are sent in batches. It lasts as long as its scope.
 *
 * **Example** (Count, and wait for the important outcome)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const count = (publisher: CloudWatch.Publisher, metric: CloudWatch.OutcomeMetric) =>
 *   metric.outcome === "Failure"
 *     ? publisher.deliver(metric).pipe(
 *       Effect.catchTag("MetricsNotPut", ({ cause }) => Effect.logError(`CloudWatch doesn't know: ${cause.message}`))
 *     )
 *     : publisher.publish(metric)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Publisher {
  /**
   * Puts a metric in the queue. Waits while the queue is full. Dies with a `RangeError` for a metric of which {@link metricData}
   * makes no data.
   *
   * **Errors**: `PublisherClosed` if the scope has ended.
   *
   * @since 0.1.0
   */
  readonly publish: (metric: OutcomeMetric) => Effect.Effect<void, PublisherClosed>
  /**
   * Puts metrics in the queue, in their order. Waits while the queue is full.
   *
   * **Errors**: `PublisherClosed` if the scope has ended, or ends before all of them are in the queue; it says how many are.
   *
   * @since 0.1.0
   */
  readonly publishAll: (metrics: Iterable<OutcomeMetric>) => Effect.Effect<void, PublisherClosed>
  /**
   * Publishes a metric, and waits until CloudWatch has accepted it.
   *
   * **Errors**: `MetricsNotPut` if it could not be put, or may not have been. `onFailure` doesn't get it then, unless the caller was
   * interrupted. `PublisherClosed` if the scope has ended.
   *
   * @since 0.1.0
   */
  readonly deliver: <M extends OutcomeMetric>(metric: M) => Effect.Effect<void, MetricsNotPut<M> | PublisherClosed>
  /**
   * Sends all that is in the queue now, without further delay, and waits until each of these metrics is put or reported.
   *
   * @since 0.1.0
   */
  readonly flush: Effect.Effect<void>
  /**
   * How many metrics the publisher holds: in the queue, in calls, and waiting to be sent again.
   *
   * @since 0.1.0
   */
  readonly pending: Effect.Effect<number>
}

interface Published extends put.Group {
  readonly metric: OutcomeMetric
}

const publishedAt = (Timestamp: Date) => (metric: OutcomeMetric): Published => ({
  metric,
  namespace: metric.namespace,
  data: metricData(metric).map((datum) => ({ ...datum, Timestamp }))
})

const notPut = <M>(failed: ReadonlyArray<readonly [metric: M, failure: Publishing.Failure]>) => {
  const failures = failed.map(([metric, { cause, isUnknown }]): MetricFailure<M> => ({
    metric,
    outcome: isUnknown ? "Unknown" : "NotPut",
    // Metrics fail only by their call.
    cause: cause!
  }))
  return new MetricsNotPut<M>({ put: [], failures, cause: failures[0]!.cause })
}

/** What became of metrics in one attempt. */
const toParts = (
  { elements, result }: Piece<Published, unknown, AwsError>
): ReadonlyArray<Part<Published, Publishing.Fate<void>>> => {
  if (Result.isSuccess(result)) return elements.map((element) => ({ element, result: Result.void }))
  const { failure: cause } = result
  const { code, isRetryable, mayHaveSucceeded, message, reason } = cause
  const failed = Result.fail({ code, message, isUnknown: mayHaveSucceeded, cause })
  return elements.map((element) => ({ element, result: failed, again: isRetryable ? reason : undefined }))
}

/**
 * A publisher of outcome metrics of any namespaces: a queue that is sent when a batch is full or its first metric has waited for
 * `maxDelay`. It is part of a scope. When the scope ends, the publisher takes nothing more, sends all that it holds at once, and
 * waits for it, for `shutdownTimeout` at most.
 *
 * - `maxDelay`: the longest time that a metric waits for a batch to fill up; 10 seconds by default.
 * - `capacity`: how many metrics the publisher holds at most; 1,000 by default. Publishing more than that waits.
 * - `concurrency`: the maximum number of batches that are sent at a time; 1 by default. A batch has a call for each namespace.
 * - `retry`: when to send again what failed for a transient reason; for up to an hour by default.
 * - `shutdownTimeout`: how long the end of the scope waits; 10 seconds by default, and as long again for `onFailure`.
 * - `onFailure`: takes care of what could not be put; by default an error in the log.
 *
 * For a plain number, use Effect's `Metric` with {@link exporter}, or {@link send} a `PutMetricDataCommand`.
 *
 * A metric has the time when it was published, however late it's sent. CloudWatch refuses metrics that are more than two weeks
 * old, or more than two hours ahead of its own time. Every metric that was published is put, or `onFailure` learns why it wasn't.
 * What may have arrived is sent again, so a lost answer can count a metric twice.
 *
 * Build it in a Layer over the one with the `AwsClients`, so that it ends before them.
 *
 * **Errors**: `AwsError`, whose reason is `Misconfigured`, if an option isn't valid.
 *
 * **Requires** the permission `cloudwatch:PutMetricData`, and what `onFailure` requires.
 *
 * **Example** (Count the outcomes of backups)
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
 * const program = Effect.gen(function*() {
 *   const metrics = yield* CloudWatch.publisher({ maxDelay: "30 seconds" })
 *   yield* metrics.publish(new BackupMetrics({ volume: "data", outcome: "Success" }))
 *   yield* metrics.publish(new BackupMetrics({ volume: "logs", outcome: "Failure" }))
 * }).pipe(Effect.scoped) // ends when both are put
 * ```
 *
 * AWS: [PutMetricData](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)
 *
 * @category publishing
 * @since 0.1.0
 */
export const publisher = Effect.fnUntraced(function*<R = never>(
  options: PublisherOptions<R> = {}
): Effect.fn.Return<Publisher, AwsError, AwsClients | R | Scope.Scope> {
  const { maxDelay = "10 seconds", onFailure } = options
  const toError = (lost: ReadonlyArray<Publishing.Lost<Published>>) =>
    notPut(lost.map(({ element: { metric }, failure }) => [metric, failure]))
  const publishing = yield* Publishing.make<Published, void, R>({
    ...options,
    service: "CloudWatch",
    operation: "PutMetricData",
    what: "metrics",
    maxDelay,
    limits: put.limits,
    send: (batch) => Effect.map(put.putGroups(batch, 1), (pieces) => pieces.flatMap(toParts)),
    onFailure: onFailure && ((lost) => onFailure(toError(lost))),
    describe: (lost) => toError(lost).message,
    kindOf: ({ metric: { namespace, outcome } }) => `${outcome} in ${namespace}`
  })

  const prepare = (metrics: Iterable<OutcomeMetric>) =>
    Effect.map(Clock.currentTimeMillis, (now) => elementsOf(metrics).map(publishedAt(new Date(now))))

  return {
    publish: (metric) => Effect.flatMap(prepare([metric]), publishing.publishAll),
    publishAll: (metrics) => Effect.flatMap(prepare(metrics), publishing.publishAll),
    deliver: Effect.fnUntraced(function*<M extends OutcomeMetric>(metric: M) {
      const [published] = yield* prepare([metric])
      const fate = yield* publishing.deliver(published!)
      if (Result.isFailure(fate)) return yield* notPut([[metric, fate.failure]])
    }),
    flush: publishing.flush,
    pending: publishing.pending
  }
})

/**
 * Options of {@link exporter}.
 *
 * @category exporting
 * @since 0.1.0
 */
export interface ExporterOptions extends MetricOptions {}

/**
 * A Layer that puts Effect's metrics to CloudWatch: counters, gauges, frequencies, histograms, timers and summaries. At each
 * interval it puts what has changed since the last time, and when the Layer closes it puts the rest. {@link flush} puts at once.
 *
 * It puts the metrics of the fiber that builds it, and of all fibers with the same `Metric.MetricRegistry`. What they counted
 * before the Layer was built isn't put.
 *
 * - The value of a counter, and of each word of a frequency (in the dimension `key`), is what it grew by; it isn't put if that
 *   is 0. A gauge is put with its present value at every interval, a histogram with its new values; a timer is a histogram in
 *   milliseconds. A summary is put with the count and the sum of its new values, and its present quantiles (in the dimension
 *   `quantile`).
 * - The metrics of this library's own calls (`aws_calls` and others) aren't put, unless `include` says so: each series costs money.
 * - The attributes of a metric become dimensions, except for `unit` and `time_unit`, if CloudWatch has such a unit.
 * - What a call certainly didn't put goes into the next interval. What it may have put isn't put again, so that no value
 *   counts twice. (The AWS SDK itself does repeat a call without an answer: see `retry` of the Layer of the clients.)
 * - CloudWatch refuses a whole call for one bad datum. So what it doesn't accept is made acceptable or left out, and the log
 *   says so once.
 *
 * The calls of the exporter itself have neither spans nor metrics. The guide to metrics, `docs/metrics.md`, has the details.
 *
 * **Errors**: `InvalidSetting` if an option has a value that CloudWatch would refuse. A failed put is a warning in the log.
 *
 * **Requires** the permission `cloudwatch:PutMetricData`.
 *
 * **Example** (Put the program's metrics every minute)
 *
 * ```ts
 * import { Effect, Layer, Metric } from "effect"
 * import { CloudWatch, Compute } from "effect-aws-sdk"
 *
 * const orders = Metric.counter("orders", { incremental: true })
 *
 * const metrics = CloudWatch.exporter({ namespace: "Shop", dimensions: { Service: "checkout" } })
 *
 * const program = Metric.update(orders, 1).pipe(
 *   Effect.provide(metrics.pipe(Layer.provideMerge(Compute.layer())))
 * )
 * ```
 *
 * AWS: [PutMetricData](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)
 *
 * @category exporting
 * @since 0.1.0
 */
export const exporter = (options: ExporterOptions): Layer.Layer<MetricExporter, InvalidSetting, AwsClients> =>
  Layer.effect(MetricExporter, Effect.flatMap(settingsOf(options), (settings) => rounds(settings, exporterSink)))

/**
 * Options of {@link emf}.
 *
 * @category exporting
 * @since 0.1.0
 */
export interface EmfOptions extends MetricOptions {
  /**
   * Writes a line, which has no line break at its end; by default, to standard output. If it fails, the metrics of the line
   * go into the next interval.
   */
  readonly write?: ((line: string) => Effect.Effect<void, unknown>) | undefined
}

/**
 * A Layer that writes Effect's metrics in the embedded metric format: lines of JSON, from which CloudWatch Logs extracts
 * metrics. In a Lambda function, and wherever standard output goes to CloudWatch Logs, this needs no call, no client and no
 * permission.
 *
 * The metrics, the options and the intervals are those of {@link exporter}. A Lambda function stands still between two
 * invocations: pass `every: "Infinity"`, and end each invocation with {@link flush}.
 *
 * A line has at most 100 metrics, all of the same dimensions. A histogram with up to 100 new values is an array of numbers. One
 * with more is an object of values and counts, which the specification of the format doesn't have, but which AWS's
 * distributions of OpenTelemetry write, too.
 *
 * **Errors**: `InvalidSetting` if an option has a value that CloudWatch would refuse.
 *
 * **Requires** no permission and no `AwsClients`.
 *
 * **Example** (A Lambda function)
 *
 * ```ts
 * import { Effect, ManagedRuntime, Metric } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const orders = Metric.counter("orders", { incremental: true })
 *
 * const runtime = ManagedRuntime.make(CloudWatch.emf({ namespace: "Shop", every: "Infinity" }))
 *
 * export const handler = (event: { readonly count: number }) =>
 *   runtime.runPromise(Metric.update(orders, event.count).pipe(Effect.ensuring(CloudWatch.flush)))
 * ```
 *
 * AWS: [Embedded metric format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)
 *
 * @category exporting
 * @since 0.1.0
 */
export const emf = (options: EmfOptions): Layer.Layer<MetricExporter, InvalidSetting> =>
  Layer.effect(
    MetricExporter,
    Effect.flatMap(settingsOf(options), (settings) => rounds(settings, emfSink(options.write ?? writeToStdout)))
  )

/**
 * Puts at once what isn't put yet, and waits until that is done: at the end of an invocation of a Lambda function, or at the
 * end of a program that closes no scope. It never fails: the log says what couldn't be put.
 *
 * **Requires** `MetricExporter`, from {@link exporter} or {@link emf}.
 *
 * **Example** (Flush however the work ends)
 *
 * ```ts
 * import { Effect, Metric } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const work = Metric.update(Metric.counter("jobs"), 1).pipe(Effect.ensuring(CloudWatch.flush))
 * ```
 *
 * AWS: [Custom metrics](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html)
 *
 * @category exporting
 * @since 0.1.0
 */
export const flush: Effect.Effect<void, never, MetricExporter> = MetricExporter.use(({ flush }) => flush)

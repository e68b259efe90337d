import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  DescribeAlarmsForMetricCommand,
  type Dimension,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  ListTagsForResourceCommand,
  type MetricDatum,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type Statistic,
  TagResourceCommand,
  UntagResourceCommand
} from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

class Backup extends CloudWatch.OutcomeMetric<Backup>()({
  namespace: "Contract/Backups",
  outcomes: ["Success", "NothingToDo", "Failure"],
  dimensions: { volume: "Volume" },
  constants: { Kind: "Nightly" }
}) {}

class Restore extends CloudWatch.OutcomeMetric<Restore>()({
  namespace: "Contract/Restores",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

class Many extends CloudWatch.OutcomeMetric<Many>()({
  namespace: "Contract/Many",
  outcomes: ["Success", "NothingToDo", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

// One period that covers both clocks, the test's and the real one.
const entireRange = {
  StartTime: new Date(0),
  EndTime: new Date(Date.now() + 365 * 86_400_000),
  Period: 86_400 * 365 * 100
}

const statisticsOf = (Namespace: string, MetricName: string, options?: {
  readonly dimensions?: ReadonlyArray<Dimension>
  readonly statistics?: ReadonlyArray<Statistic>
}) =>
  CloudWatch.send(
    new GetMetricStatisticsCommand({
      ...entireRange,
      Namespace,
      MetricName,
      Dimensions: [...(options?.dimensions ?? [])],
      Statistics: [...(options?.statistics ?? ["Sum", "SampleCount"] as const)]
    })
  ).pipe(Effect.map(({ Datapoints = [] }) => Datapoints))

const putData = (Namespace: string, ...MetricData: Array<MetricDatum>) =>
  CloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }))

const dimensionsOf = (volume: string) => [{ Name: "Volume", Value: volume }, { Name: "Kind", Value: "Nightly" }]

const alarm = (AlarmName: string, input: Partial<PutMetricAlarmCommandInput> = {}) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "Contract/Alarms",
      MetricName: "errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      ...input
    })
  )

const alarms = (input: DescribeAlarmsCommandInput = {}) =>
  Effect.map(CloudWatch.send(new DescribeAlarmsCommand(input)), ({ MetricAlarms = [] }) => MetricAlarms)

const setState = (AlarmName: string, StateValue: "ALARM" | "INSUFFICIENT_DATA" | "OK") =>
  CloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }))

export const cloudWatch = contract("CloudWatch", {
  "puts 1 for the actual outcome and 0 for the others": documented(
    "API_GetMetricStatistics",
    Effect.gen(function*() {
      yield* CloudWatch.putMetrics([
        new Backup({ volume: "one-hot", outcome: "Success" }),
        new Backup({ volume: "one-hot", outcome: "Failure" }),
        new Backup({ volume: "one-hot", outcome: "Failure" })
      ])
      for (const [outcome, sum] of [["Success", 1], ["NothingToDo", 0], ["Failure", 2]] as const) {
        const [datapoint, ...more] = yield* statisticsOf(Backup.namespace, outcome, {
          dimensions: dimensionsOf("one-hot")
        })
        assert.isEmpty(more)
        assert.deepInclude({ ...datapoint }, { Sum: sum, SampleCount: 3, Unit: "None" })
      }
    })
  ),

  "puts metrics of several namespaces with their dimensions": documented(
    "API_ListMetrics",
    Effect.gen(function*() {
      yield* CloudWatch.putMetrics([
        new Backup({ volume: "several", outcome: "Success" }),
        new Restore({ volume: "several", outcome: "Failure" })
      ])
      const listed = yield* Stream.runCollect(
        CloudWatch.items(
          new ListMetricsCommand({ Dimensions: [{ Name: "Volume", Value: "several" }] }),
          ({ Metrics }) => Metrics
        )
      )
      const expected = [
        ...Backup.outcomes.map((outcome) => `Contract/Backups ${outcome} Kind Volume`),
        ...Restore.outcomes.map((outcome) => `Contract/Restores ${outcome} Volume`)
      ]
      assert.deepEqual(
        listed.map(({ Dimensions = [], MetricName, Namespace }) =>
          [Namespace, MetricName, ...Dimensions.map(({ Name }) => Name).sort()].join(" ")
        ).sort(),
        expected.sort()
      )
    })
  ),

  "puts more data than fits in one call, and lists the metrics in three pages": documented(
    "API_ListMetrics",
    Effect.gen(function*() {
      const metrics = Array.from({ length: 400 }, (_, i) => new Many({ volume: `many-${i}`, outcome: "Success" }))
      yield* CloudWatch.putMetrics(metrics)
      const pages = yield* Stream.runCollect(CloudWatch.pages(new ListMetricsCommand({ Namespace: Many.namespace })))
      assert.deepEqual(pages.map(({ Metrics = [] }) => Metrics.length), [500, 500, 200])
      const found = pages.flatMap(({ Metrics = [] }) =>
        Metrics.map(({ Dimensions = [], MetricName }) =>
          `${MetricName} ${Dimensions.find(({ Name }) => Name === "Volume")?.Value}`
        )
      )
      assert.strictEqual(new Set(found).size, 1_200)
    })
  ),

  "fails with MetricsNotPut for a rejected metric and puts the rest": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      const good = new Backup({ volume: "rest", outcome: "Success" })
      const bad = { namespace: "AWS/Contract", dimensions: {}, outcomes: ["Yes", "No"], outcome: "Yes" }
      const error = yield* Effect.flip(CloudWatch.putMetrics([bad, good]))
      assert.deepEqual(error.put, [good])
      assert.deepEqual(error.notPut, [bad])
      assert.strictEqual(error.cause.code, "InvalidParameterValueException")
      assert.lengthOf(yield* statisticsOf(Backup.namespace, "Success", { dimensions: dimensionsOf("rest") }), 1)
    })
  ),

  "computes all statistics of a metric": documented(
    "API_MetricDatum",
    Effect.gen(function*() {
      yield* putData("Contract/Statistics", { MetricName: "m", Value: 4 }, {
        MetricName: "m",
        Values: [1, 10],
        Counts: [2, 1]
      })
      yield* putData("Contract/Statistics", {
        MetricName: "m",
        StatisticValues: { SampleCount: 4, Sum: 4, Minimum: -1, Maximum: 3 }
      })
      yield* putData("Contract/Statistics", { MetricName: "another", Value: 1_000 })
      const [datapoint] = yield* statisticsOf("Contract/Statistics", "m", {
        statistics: ["Sum", "SampleCount", "Average", "Minimum", "Maximum"]
      })
      assert.deepInclude({ ...datapoint }, { Sum: 20, SampleCount: 8, Average: 2.5, Minimum: -1, Maximum: 10 })
    })
  ),

  "identifies a metric by its dimensions": documented(
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    Effect.gen(function*() {
      const Dimensions = [{ Name: "Host", Value: "a" }]
      yield* putData("Contract/Dimensions", { MetricName: "m", Value: 1 }, { MetricName: "m", Value: 2, Dimensions })
      const sum = (dimensions: ReadonlyArray<Dimension>) =>
        Effect.map(statisticsOf("Contract/Dimensions", "m", { dimensions }), (all) => all.map(({ Sum }) => Sum))
      assert.deepEqual(yield* sum(Dimensions), [2])
      assert.deepEqual(yield* sum([{ Name: "Host", Value: "b" }]), [])
    })
  ),

  "treats a metric without dimensions as a separate metric": documented(
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    Effect.gen(function*() {
      const Dimensions = [{ Name: "Host", Value: "a" }]
      yield* putData("Contract/Bare", { MetricName: "m", Value: 1 }, { MetricName: "m", Value: 2, Dimensions })
      assert.deepEqual((yield* statisticsOf("Contract/Bare", "m")).map(({ Sum }) => Sum), [1])
    })
  ),

  "returns no datapoints for a metric without data": documented(
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    Effect.gen(function*() {
      assert.deepEqual(yield* statisticsOf("Contract/Nothing", "m"), [])
      const { Metrics } = yield* CloudWatch.send(new ListMetricsCommand({ Namespace: "Contract/Nothing" }))
      assert.deepEqual(Metrics ?? [], [])
    })
  ),

  "answers several queries in one GetMetricData call": believed(
    "the words of the labels that AWS generates are from use, not from a page",
    Effect.gen(function*() {
      yield* putData("Contract/Data", { MetricName: "a", Value: 1 }, { MetricName: "a", Value: 3 }, {
        MetricName: "b",
        Value: 5
      })
      const query = (Id: string, MetricName: string, Stat: string, rest?: object) => ({
        Id,
        MetricStat: { Metric: { Namespace: "Contract/Data", MetricName }, Period: entireRange.Period, Stat },
        ...rest
      })
      const { MetricDataResults = [] } = yield* CloudWatch.send(
        new GetMetricDataCommand({
          StartTime: entireRange.StartTime,
          EndTime: entireRange.EndTime,
          MetricDataQueries: [
            query("sum", "a", "Sum"),
            query("average", "a", "Average", { Label: "mean" }),
            query("hidden", "a", "Maximum", { ReturnData: false }),
            query("b", "b", "SampleCount")
          ]
        })
      )
      assert.deepEqual(MetricDataResults.map(({ Id, Label, Values }) => [Id, Label, Values]), [
        ["sum", "a Sum", [4]],
        ["average", "mean", [2]],
        ["b", "b SampleCount", [1]]
      ])
      assert.isTrue(MetricDataResults.every(({ StatusCode }) => StatusCode === "Complete"))
    })
  ),

  "rejects an empty or reversed time range in GetMetricData": documented(
    "API_GetMetricData",
    Effect.gen(function*() {
      const get = (StartTime: Date, EndTime: Date) =>
        CloudWatch.send(
          new GetMetricDataCommand({
            StartTime,
            EndTime,
            MetricDataQueries: [{
              Id: "a",
              MetricStat: { Metric: { Namespace: "Contract/Data", MetricName: "a" }, Period: 60, Stat: "Sum" }
            }]
          })
        )
      assert.strictEqual(yield* codeOf(get(entireRange.StartTime, entireRange.StartTime)), "ValidationException")
      assert.strictEqual(yield* codeOf(get(entireRange.EndTime, entireRange.StartTime)), "ValidationException")
    })
  ),

  "rejects a reversed time range or no statistics in GetMetricStatistics": documented(
    "API_GetMetricStatistics",
    Effect.gen(function*() {
      const input = { ...entireRange, Namespace: "Contract/Statistics", MetricName: "m" }
      const backwards = { StartTime: entireRange.EndTime, EndTime: entireRange.StartTime }
      assert.strictEqual(
        yield* codeOf(
          CloudWatch.send(new GetMetricStatisticsCommand({ ...input, ...backwards, Statistics: ["Sum"] }))
        ),
        "InvalidParameterValueException"
      )
      assert.strictEqual(
        yield* codeOf(CloudWatch.send(new GetMetricStatisticsCommand({ ...input, Statistics: [] }))),
        "InvalidParameterCombinationException"
      )
    })
  ),

  "rejects a request for more than 1,440 datapoints": documented(
    "API_GetMetricStatistics",
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        CloudWatch.send(
          new GetMetricStatisticsCommand({
            Namespace: "Contract/Statistics",
            MetricName: "m",
            StartTime: new Date(0),
            EndTime: new Date(1_441 * 60_000),
            Period: 60,
            Statistics: ["Sum"]
          })
        )
      )
      assert.strictEqual(error.code, "InvalidParameterCombinationException")
      assert.include(error.message, "You have requested up to 1441 datapoints")
    })
  ),

  "rejects a value together with a statistic set": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      const StatisticValues = { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 }
      assert.strictEqual(
        yield* codeOf(putData("Contract/Bad", { MetricName: "m", Value: 1, StatisticValues })),
        "InvalidParameterCombinationException"
      )
    })
  ),

  "rejects values and counts of different lengths": documented(
    "API_MetricDatum",
    Effect.gen(function*() {
      assert.strictEqual(
        yield* codeOf(putData("Contract/Bad", { MetricName: "m", Values: [1, 2], Counts: [1] })),
        "InvalidParameterValueException"
      )
    })
  ),

  "rejects NaN as a value": documented(
    "API_MetricDatum",
    Effect.gen(function*() {
      assert.strictEqual(
        yield* codeOf(putData("Contract/Bad", { MetricName: "m", Value: NaN })),
        "InvalidParameterValueException"
      )
    })
  ),

  "rejects values out of range": documented(
    "API_MetricDatum",
    Effect.gen(function*() {
      for (const Value of [Infinity, -(2 ** 361)]) {
        assert.strictEqual(
          yield* codeOf(putData("Contract/Bad", { MetricName: "m", Value })),
          "InvalidParameterValueException"
        )
      }
    })
  ),

  "rejects a call without data and a datum without a value": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      for (const call of [putData("Contract/Bad"), putData("Contract/Bad", { MetricName: "m" })]) {
        assert.strictEqual(yield* codeOf(call), "MissingRequiredParameterException")
      }
    })
  ),

  "rejects invalid dimensions": documented(
    "API_Dimension",
    Effect.gen(function*() {
      const dimension = (i: number) => ({ Name: `d${i}`, Value: "x" })
      const putOne = (Dimensions: Array<Dimension>) =>
        putData("Contract/Bad", { MetricName: "m", Value: 1, Dimensions })
      for (
        const dimensions of [
          Array.from({ length: 31 }, (_, i) => dimension(i)),
          [dimension(1), dimension(1)],
          [{ Name: "d", Value: "" }],
          [{ Name: "d", Value: "x".repeat(1_025) }]
        ]
      ) {
        assert.strictEqual(yield* codeOf(putOne(dimensions)), "InvalidParameterValueException")
      }
      yield* putOne(Array.from({ length: 30 }, (_, i) => dimension(i)))
    })
  ),

  "rejects more than 1,000 data and a namespace reserved for AWS": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      const data = Array.from({ length: 1_001 }, (_, i) => ({ MetricName: `m${i}`, Value: 1 }))
      assert.strictEqual(yield* codeOf(putData("Contract/Bad", ...data)), "InvalidParameterValueException")
      assert.strictEqual(
        yield* codeOf(putData("AWS/Contract", { MetricName: "m", Value: 1 })),
        "InvalidParameterValueException"
      )
    })
  ),

  "creates an alarm, describes it and deletes it": documented(
    "API_MetricAlarm",
    Effect.gen(function*() {
      const AlarmActions = ["arn:aws:sns:us-east-1:123456789012:topic"]
      const Dimensions = [{ Name: "Host", Value: "a" }]
      yield* alarm("contract-life", {
        AlarmActions,
        AlarmDescription: "errors",
        Dimensions,
        TreatMissingData: "missing"
      })
      const [found, ...more] = yield* alarms({ AlarmNames: ["contract-life", "contract-none"] })
      assert.isEmpty(more)
      assert.match(found?.AlarmArn ?? "", /^arn:aws:cloudwatch:us-east-1:\d{12}:alarm:contract-life$/)
      assert.deepInclude({ ...found }, {
        AlarmName: "contract-life",
        AlarmDescription: "errors",
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions,
        InsufficientDataActions: [],
        Namespace: "Contract/Alarms",
        MetricName: "errors",
        Dimensions,
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "missing"
      })
      yield* CloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ["contract-life"] }))
      assert.isEmpty(yield* alarms({ AlarmNames: ["contract-life"] }))
    })
  ),

  "replaces the settings of an alarm, but not its state": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      yield* alarm("contract-again", { AlarmDescription: "before" })
      yield* setState("contract-again", "OK")
      yield* alarm("contract-again", { Threshold: 5 })
      const [found] = yield* alarms({ AlarmNames: ["contract-again"] })
      assert.deepInclude({ ...found }, { Threshold: 5, StateValue: "OK", StateReason: "by hand" })
      assert.isUndefined(found?.AlarmDescription)
    })
  ),

  "lists alarms by prefix, state and action": documented(
    "API_DescribeAlarms",
    Effect.gen(function*() {
      const action = "arn:aws:sns:us-east-1:123456789012:contract-listed"
      yield* alarm("contract-list-a")
      yield* alarm("contract-list-b", { OKActions: [action] })
      yield* alarm("contract-other")
      yield* setState("contract-list-a", "ALARM")
      const names = (input: DescribeAlarmsCommandInput) =>
        Effect.map(alarms(input), (found) => found.map(({ AlarmName }) => AlarmName))
      const prefix = { AlarmNamePrefix: "contract-list-" }
      assert.deepEqual(yield* names(prefix), ["contract-list-a", "contract-list-b"])
      assert.deepEqual(yield* names({ ...prefix, StateValue: "ALARM" }), ["contract-list-a"])
      assert.deepEqual(yield* names({ ActionPrefix: action }), ["contract-list-b"])
    })
  ),

  "lists alarms in three pages": documented(
    "API_DescribeAlarms",
    Effect.gen(function*() {
      const names = Array.from({ length: 5 }, (_, i) => `contract-page-${i}`)
      yield* Effect.forEach(names, (name) => alarm(name))
      const pages = yield* Stream.runCollect(
        CloudWatch.pages(new DescribeAlarmsCommand({ AlarmNamePrefix: "contract-page-", MaxRecords: 2 }))
      )
      assert.deepEqual(pages.map(({ MetricAlarms = [] }) => MetricAlarms.length), [2, 2, 1])
      assert.deepEqual(pages.flatMap(({ MetricAlarms = [] }) => MetricAlarms.map(({ AlarmName }) => AlarmName)), names)
    })
  ),

  "sets the state of an alarm": documented(
    "API_SetAlarmState",
    Effect.gen(function*() {
      yield* alarm("contract-set")
      yield* setState("contract-set", "ALARM")
      const [found] = yield* alarms({ AlarmNames: ["contract-set"] })
      assert.deepEqual([found?.StateValue, found?.StateReason], ["ALARM", "by hand"])
      const error = yield* Effect.flip(setState("contract-none", "OK"))
      assert.strictEqual(error.code, "ResourceNotFound")
      assert.strictEqual(error.statusCode, 404)
    })
  ),

  "rejects a state that alarms don't have": documented(
    "API_SetAlarmState",
    Effect.gen(function*() {
      yield* alarm("contract-bad-state")
      assert.strictEqual(yield* codeOf(setState("contract-bad-state", "WRONG" as "OK")), "ValidationException")
    })
  ),

  "disables and enables the actions of an alarm": documented(
    "API_DisableAlarmActions",
    Effect.gen(function*() {
      yield* alarm("contract-actions")
      const AlarmNames = ["contract-actions"]
      const enabled = Effect.map(alarms({ AlarmNames }), ([found]) => found?.ActionsEnabled)
      yield* CloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames }))
      assert.isFalse(yield* enabled)
      yield* CloudWatch.send(new EnableAlarmActionsCommand({ AlarmNames }))
      assert.isTrue(yield* enabled)
    })
  ),

  "finds the alarms of a metric": documented(
    "API_DescribeAlarmsForMetric",
    Effect.gen(function*() {
      yield* alarm("contract-metric-a", { MetricName: "one" })
      yield* alarm("contract-metric-b", { MetricName: "two" })
      const { MetricAlarms } = yield* CloudWatch.send(
        new DescribeAlarmsForMetricCommand({ Namespace: "Contract/Alarms", MetricName: "two" })
      )
      assert.deepEqual(MetricAlarms?.map(({ AlarmName }) => AlarmName), ["contract-metric-b"])
    })
  ),

  "tags an alarm": documented(
    "API_TagResource",
    Effect.gen(function*() {
      yield* alarm("contract-tagged", { Tags: [{ Key: "team", Value: "capture" }] })
      const [found] = yield* alarms({ AlarmNames: ["contract-tagged"] })
      const ResourceARN = found?.AlarmArn ?? ""
      yield* CloudWatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "stage", Value: "test" }] }))
      yield* CloudWatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["team"] }))
      const { Tags } = yield* CloudWatch.send(new ListTagsForResourceCommand({ ResourceARN }))
      assert.deepEqual(Tags, [{ Key: "stage", Value: "test" }])
    })
  ),

  "rejects an alarm that needs more datapoints than it evaluates": believed(
    "of the last N datapoints, no more than N can breach",
    Effect.gen(function*() {
      assert.strictEqual(
        yield* codeOf(alarm("contract-bad", { EvaluationPeriods: 1, DatapointsToAlarm: 2 })),
        "ValidationException"
      )
    })
  ),

  "rejects an alarm with a period that isn't a multiple of a minute": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(alarm("contract-bad", { Period: 90 })), "ValidationException")
    })
  ),

  "rejects an alarm that looks at more than a day": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      const error = yield* Effect.flip(alarm("contract-bad", { Period: 60, EvaluationPeriods: 1_441 }))
      assert.strictEqual(error.code, "ValidationException")
      assert.include(error.message, "Metrics cannot be checked across more than a day")
    })
  ),

  "rejects an unknown treatment of missing data": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(alarm("contract-bad", { TreatMissingData: "guess" })), "ValidationException")
    })
  )
})

import {
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand
} from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { CloudWatch, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const start = Date.UTC(2019, 4, 2, 16, 59, 30)

const put = (value: number, time?: number) =>
  CloudWatch.send(
    new PutMetricDataCommand({
      Namespace: "test",
      MetricData: [{ MetricName: "errors", Value: value, ...(time !== undefined && { Timestamp: new Date(time) }) }]
    })
  )

const createAlarm = (input: Partial<PutMetricAlarmCommandInput> = {}) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "alarm",
      Namespace: "test",
      MetricName: "errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      ...input
    })
  )

/** The settings of an alarm on an expression. */
const onMetrics = (Expression: string) => ({
  Namespace: undefined,
  MetricName: undefined,
  Statistic: undefined,
  Period: undefined,
  Metrics: [
    { Id: "e", Expression },
    {
      Id: "errors",
      MetricStat: { Metric: { Namespace: "test", MetricName: "errors" }, Period: 60, Stat: "Sum" },
      ReturnData: false
    }
  ]
})

const describedAs = (name: string) =>
  Effect.map(
    CloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] })),
    ({ MetricAlarms }) => MetricAlarms![0]!
  )

const described = describedAs("alarm")

const setState = (StateValue: "ALARM" | "OK", AlarmName = "alarm") =>
  CloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }))

const stateOf = Effect.map(described, ({ StateReason, StateTransitionedTimestamp, StateValue }) => [
  StateValue,
  StateTransitionedTimestamp?.toISOString(),
  StateReason
])

describe("an alarm in memory", () => {
  it.effect("is evaluated every minute, and gives the reason of each change of state", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm()
      assert.deepEqual(yield* stateOf, [
        "INSUFFICIENT_DATA",
        "2019-05-02T16:59:30.000Z",
        "Unchecked: Initial alarm creation"
      ])
      yield* put(4)
      yield* put(6)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* described).StateValue, "INSUFFICIENT_DATA")
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* stateOf, [
        "ALARM",
        "2019-05-02T17:00:00.000Z",
        "Threshold Crossed: 1 datapoint [10.0 (02/05/19 16:59:00)] was greater than the threshold (1.0)."
      ])
      assert.deepEqual(JSON.parse((yield* described).StateReasonData ?? ""), {
        version: "1.0",
        queryDate: "2019-05-02T17:00:00.000+0000",
        startDate: "2019-05-02T16:59:00.000+0000",
        statistic: "Sum",
        period: 60,
        recentDatapoints: [10],
        threshold: 1,
        evaluatedDatapoints: [{ timestamp: "2019-05-02T16:59:00.000+0000", sampleCount: 2, value: 10 }]
      })
      yield* put(0.5)
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* stateOf, [
        "OK",
        "2019-05-02T17:01:00.000Z",
        "Threshold Crossed: 1 datapoint [0.5 (02/05/19 17:00:00)] was not greater than the threshold (1.0)."
      ])
      yield* TestClock.adjust("1 hour")
      // The evaluation looks two periods further back for data.
      assert.deepEqual(yield* stateOf, [
        "INSUFFICIENT_DATA",
        "2019-05-02T17:04:00.000Z",
        "Insufficient Data: 1 datapoint was unknown."
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("with a short period is evaluated every ten seconds", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ Period: 10 })
      yield* CloudWatch.send(
        new PutMetricDataCommand({
          Namespace: "test",
          MetricData: [{ MetricName: "errors", Value: 2, StorageResolution: 1 }]
        })
      )
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual((yield* stateOf).slice(0, 2), ["ALARM", "2019-05-02T16:59:40.000Z"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps a state that was set by hand until it is evaluated", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm()
      yield* setState("ALARM")
      assert.deepEqual(yield* stateOf, ["ALARM", "2019-05-02T16:59:30.000Z", "by hand"])
      yield* TestClock.adjust("30 seconds")
      assert.deepEqual((yield* stateOf).slice(0, 2), ["INSUFFICIENT_DATA", "2019-05-02T17:00:00.000Z"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("counts data of its unit only", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ Unit: "Seconds" })
      yield* put(5)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* described).StateValue, "INSUFFICIENT_DATA")
    }).pipe(Effect.provide(InMemory.layer())))

  // The tables of AWS's user guide, "Configuring how CloudWatch alarms treat missing data". `X` breaches the threshold, `0` doesn't,
  // `-` is missing; the latest datapoint is the last. "by hand" stands for the state that the alarm had before.
  const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const
  const tables: ReadonlyArray<readonly [data: string, needed: number, expected: ReadonlyArray<string>]> = [
    ["0-X-X", 3, ["OK", "OK", "OK", "OK"]],
    ["----0", 3, ["OK", "OK", "OK", "OK"]],
    ["-----", 3, ["INSUFFICIENT_DATA", "by hand", "ALARM", "OK"]],
    ["0XX-X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["--X--", 3, ["ALARM", "by hand", "ALARM", "OK"]],
    ["0-X-X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["00X0X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0-X--", 2, ["OK", "OK", "ALARM", "OK"]],
    ["----0", 2, ["OK", "OK", "ALARM", "OK"]],
    ["----X", 2, ["ALARM", "by hand", "ALARM", "OK"]]
  ]
  for (const [data, needed, expected] of tables) {
    it.effect(`for which ${needed} of 3 datapoints must breach judges ${data} as AWS documents`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        for (const [i, point] of [...data].entries()) {
          if (point !== "-") yield* put(point === "X" ? 2 : 0, start - (4 - i) * 60_000)
        }
        for (const [i, treatment] of treatments.entries()) {
          yield* createAlarm({
            AlarmName: treatment,
            EvaluationPeriods: 3,
            DatapointsToAlarm: needed,
            TreatMissingData: treatment
          })
          // A state that isn't the expected one, so that it has to change.
          yield* setState(expected[i] === "ALARM" ? "OK" : "ALARM", treatment)
        }
        yield* TestClock.adjust("30 seconds")
        const judged: ReadonlyArray<string | undefined> = yield* Effect.forEach(treatments, (treatment) =>
          Effect.map(
            describedAs(treatment),
            ({ StateReason, StateValue }) => StateReason === "by hand" ? StateReason : StateValue
          ))
        assert.deepEqual([...judged], [...expected])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("says how it treats missing data", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ EvaluationPeriods: 3, TreatMissingData: "notBreaching" })
      yield* TestClock.adjust("1 minute")
      assert.deepEqual((yield* stateOf).slice(2), [
        "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as " +
        "[NonBreaching]."
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  for (
    const [what, settings, expected] of [
      [
        "missing data beside data that decide",
        { TreatMissingData: "breaching" },
        "1 datapoint [3.0 (02/05/19 16:59:00)] was greater than the threshold (1.0) and 2 missing datapoints were " +
        "treated as [Breaching]."
      ],
      [
        "missing data that decide",
        { TreatMissingData: "breaching", DatapointsToAlarm: 2, Threshold: 5 },
        "1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]."
      ],
      [
        "missing data between the threshold and how many datapoints an alarm needs",
        { TreatMissingData: "notBreaching", DatapointsToAlarm: 1 },
        "1 out of the last 3 datapoints [3.0 (02/05/19 16:59:00)] was greater than the threshold (1.0) and 2 missing " +
        "datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)."
      ],
      [
        "how many datapoints it needs to be OK",
        { TreatMissingData: "notBreaching", DatapointsToAlarm: 3, Threshold: 3 },
        "1 out of the last 3 datapoints [3.0 (02/05/19 16:59:00)] was not greater than the threshold (3.0) and 2 " +
        "missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for ALARM -> OK transition)."
      ]
    ] as const
  ) {
    it.effect(`gives as its reason ${what}`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(start)
        yield* createAlarm({ EvaluationPeriods: 3, ...settings })
        yield* put(3)
        yield* TestClock.adjust("30 seconds")
        assert.deepEqual((yield* stateOf).slice(2), [`Threshold Crossed: ${expected}`])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("names the datapoints that decide from the latest to the earliest", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ EvaluationPeriods: 2 })
      yield* put(2)
      yield* TestClock.adjust("1 minute")
      yield* setState("OK")
      yield* put(3)
      yield* TestClock.adjust("1 minute")
      assert.deepEqual((yield* stateOf).slice(2), [
        "Threshold Crossed: 2 datapoints [3.0 (02/05/19 17:00:00), 2.0 (02/05/19 16:59:00)] were greater than the " +
        "threshold (1.0)."
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect.prop(
    "has the same history whether or not someone looks at it",
    {
      // -1 stands for no data.
      values: Schema.Array(Schema.Literals([-1, 0, 1, 2, 3])).check(Schema.isMaxLength(12)),
      periods: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
      treatment: Schema.Literals(treatments)
    },
    ({ periods, treatment, values }) =>
      Effect.gen(function*() {
        const history = (look: boolean) =>
          Effect.gen(function*() {
            yield* TestClock.setTime(start)
            yield* createAlarm({ EvaluationPeriods: periods, TreatMissingData: treatment })
            for (const value of [...values, -1, -1]) {
              if (value >= 0) yield* put(value)
              if (look) yield* described
              yield* TestClock.adjust("1 minute")
            }
            return yield* described
          }).pipe(Effect.provide(InMemory.layer()))
        assert.deepEqual(yield* history(false), yield* history(true))
      }),
    { arbitrary: { runs: 15 } }
  )

  it.effect("watches an expression on metrics", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ ...onMetrics("FILL(errors, 0) / 2"), Threshold: 1 })
      yield* put(4)
      yield* TestClock.adjust("1 minute")
      const alarm = yield* described
      assert.deepEqual([alarm.StateValue, alarm.Metrics?.map(({ Id, ReturnData }) => [Id, ReturnData])], ["ALARM", [
        ["e", true],
        ["errors", false]
      ]])
      assert.isUndefined(alarm.Period)
      assert.isUndefined(alarm.Dimensions)
      assert.include(alarm.StateReason, "1 datapoint [2.0 (02/05/19 16:59:00)] was greater than the threshold (1.0)")
      const { evaluatedDatapoints, period, statistic } = JSON.parse(alarm.StateReasonData!) as Record<string, unknown>
      assert.deepEqual([period, statistic, evaluatedDatapoints], [
        60,
        undefined,
        [{ timestamp: "2019-05-02T16:59:00.000+0000", value: 2 }]
      ])
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* described).StateValue, "OK")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects queries of which not one returns data, and those that can't be computed", () =>
    Effect.gen(function*() {
      const query = onMetrics("errors * 2").Metrics
      for (
        const input of [
          { ...onMetrics("errors * 2"), Metrics: query.map((one) => ({ ...one, ReturnData: true })) },
          { ...onMetrics("errors * 2"), Metrics: query.map((one) => ({ ...one, ReturnData: false })) },
          { ...onMetrics("errors * 2"), Statistic: "Sum" as const },
          onMetrics("AVG(errors)"),
          onMetrics("nothing * 2")
        ]
      ) {
        assert.strictEqual((yield* Effect.flip(createAlarm(input))).code, "ValidationException")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("watches a percentile", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* createAlarm({ Statistic: undefined, ExtendedStatistic: "p90", Threshold: 8 })
      yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (value) => put(value))
      yield* TestClock.adjust("1 minute")
      const { ExtendedStatistic, StateReason, StateValue } = yield* described
      assert.deepEqual([StateValue, ExtendedStatistic], ["ALARM", "p90"])
      assert.include(StateReason, "[9.0 (02/05/19 16:59:00)] was greater than the threshold (8.0)")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies if it needs an expression, enough samples for a percentile, or a band", () =>
    Effect.gen(function*() {
      for (
        const [input, message] of [
          [{ ...onMetrics("SEARCH('{test} errors', 'Sum')"), Dimensions: undefined }, "the function SEARCH"],
          [
            { Statistic: undefined, ExtendedStatistic: "p90", EvaluateLowSampleCountPercentile: "ignore" },
            "the value ignore for EvaluateLowSampleCountPercentile"
          ],
          [{ ComparisonOperator: "GreaterThanUpperThreshold", ThresholdMetricId: "band" }, "anomalies"],
          [{ EvaluationInterval: 60 }, "EvaluationInterval in PutMetricAlarm"]
        ] as const
      ) {
        const exit = yield* Effect.exit(createAlarm(input as Partial<PutMetricAlarmCommandInput>))
        assert.isTrue(Exit.hasDies(exit))
        if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), message)
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

// What alarms do by themselves as time passes: they change their state, tell others, and remember it.
import {
  type AlarmHistoryItem,
  type CompositeAlarm,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type StateValue
} from "@aws-sdk/client-cloudwatch"
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { CloudWatch, EventBridge, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const topic = "arn:aws:sns:us-east-1:123456789012:alerts"
const arnOf = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`

const errors = { Namespace: "shop", MetricName: "errors", Dimensions: [{ Name: "InstanceId", Value: "i-1" }] }

const alarm = (AlarmName: string, members: Partial<PutMetricAlarmCommandInput> = {}) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      ...errors,
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [topic],
      ...members
    })
  )

const composite = (AlarmName: string, AlarmRule: string, members: Partial<PutCompositeAlarmCommandInput> = {}) =>
  CloudWatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, AlarmActions: [topic], ...members }))

const put = (Value: number) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    CloudWatch.send(
      new PutMetricDataCommand({
        Namespace: errors.Namespace,
        MetricData: [{
          MetricName: errors.MetricName,
          Dimensions: errors.Dimensions,
          Value,
          Timestamp: new Date(now)
        }]
      })
    ))

const set = (AlarmName: string, StateValue: StateValue) =>
  CloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" }))

const stateOf = (name: string) =>
  Effect.map(
    CloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] })),
    ({ CompositeAlarms = [], MetricAlarms = [] }) => [...MetricAlarms, ...CompositeAlarms][0]! as CompositeAlarm
  )

const history = (members: object = {}) =>
  Effect.map(
    CloudWatch.send(
      new DescribeAlarmHistoryCommand({
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        ScanBy: "TimestampAscending",
        ...members
      })
    ),
    ({ AlarmHistoryItems = [] }) => AlarmHistoryItems
  )

const dataOf = ({ HistoryData = "" }: AlarmHistoryItem) => JSON.parse(HistoryData)

/** What was delivered, from whom to whom, and when in seconds. */
const delivered = Effect.map(InMemory.delivered, (all) =>
  all.map(({ from, input, target, time }) => ({
    at: time.getTime() / 1_000,
    from: from.split(":").at(-1),
    input: input as Record<string, any>,
    target
  })))

/** Sends the events of CloudWatch on the default bus to a queue. */
const listen = (...detailTypes: ReadonlyArray<string>) =>
  Effect.andThen(
    EventBridge.send(
      new PutRuleCommand({
        Name: "all",
        EventPattern: JSON.stringify({ source: ["aws.cloudwatch"], "detail-type": detailTypes })
      })
    ),
    EventBridge.send(
      new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "q", Arn: "arn:aws:sqs:us-east-1:123456789012:all" }] })
    )
  )

const inMemory = <A, E>(name: string, run: Effect.Effect<A, E, any>) =>
  it.effect(name, () => Effect.provide(run as Effect.Effect<A, E, InMemory>, InMemory.layer()))

describe("an alarm", () => {
  inMemory(
    "changes its state at full minutes without a call, and tells a topic each time",
    Effect.gen(function*() {
      yield* TestClock.setTime(90_000)
      yield* alarm("errors", { OKActions: [topic], InsufficientDataActions: [topic], AlarmDescription: "Too many" })
      yield* put(3)
      yield* TestClock.adjust("1 hour")
      const all = yield* delivered
      assert.deepEqual(
        all.map(({ at, from, input, target }) => [at, from, target, input["OldStateValue"], input["NewStateValue"]]),
        [
          [120, "errors", topic, "INSUFFICIENT_DATA", "ALARM"],
          [300, "errors", topic, "ALARM", "INSUFFICIENT_DATA"]
        ]
      )
      assert.deepEqual(all[0]?.input, {
        AlarmName: "errors",
        AlarmDescription: "Too many",
        AWSAccountId: "123456789012",
        AlarmConfigurationUpdatedTimestamp: "1970-01-01T00:01:30.000+0000",
        NewStateValue: "ALARM",
        NewStateReason:
          "Threshold Crossed: 1 datapoint [3.0 (01/01/70 00:01:00)] was greater than the threshold (2.0).",
        StateChangeTime: "1970-01-01T00:02:00.000+0000",
        Region: "US East (N. Virginia)",
        AlarmArn: arnOf("errors"),
        OldStateValue: "INSUFFICIENT_DATA",
        OKActions: [topic],
        AlarmActions: [topic],
        InsufficientDataActions: [topic],
        Trigger: {
          MetricName: "errors",
          Namespace: "shop",
          StatisticType: "Statistic",
          Statistic: "SUM",
          Unit: null,
          Dimensions: [{ value: "i-1", name: "InstanceId" }],
          Period: 60,
          EvaluationPeriods: 1,
          ComparisonOperator: "GreaterThanThreshold",
          Threshold: 2,
          TreatMissingData: "missing",
          EvaluateLowSampleCountPercentile: ""
        }
      })
    })
  )

  inMemory(
    "is at rest when a jump of years has passed by its data, and wakes up for new data",
    Effect.gen(function*() {
      yield* alarm("errors", { TreatMissingData: "notBreaching", OKActions: [topic] })
      yield* put(3)
      yield* TestClock.adjust("5000 days")
      assert.deepEqual((yield* delivered).map(({ at, input }) => [at, input["NewStateValue"]]), [
        [60, "ALARM"],
        [240, "OK"]
      ])
      yield* put(4)
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(
        (yield* delivered).slice(2).map(({ at, input }) => [at - 5_000 * 86_400, input["NewStateValue"]]),
        [
          [60, "ALARM"],
          [240, "OK"]
        ]
      )
    })
  )

  inMemory(
    "does as SetAlarmState says at once, and is in its own state again at the next minute",
    Effect.gen(function*() {
      yield* alarm("errors")
      yield* set("errors", "ALARM")
      yield* set("errors", "ALARM")
      assert.deepEqual((yield* delivered).map(({ at, input }) => [at, input["NewStateReason"]]), [[0, "by hand"]])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* stateOf("errors")).StateValue, "INSUFFICIENT_DATA")
    })
  )

  inMemory(
    "invokes a function with the event for functions, and names the instance of an action on instances",
    Effect.gen(function*() {
      const lambda = "arn:aws:lambda:us-east-1:123456789012:function:mend"
      const stop = "arn:aws:automate:us-east-1:ec2:stop"
      const seen: Array<any> = []
      yield* InMemory.onDelivery(lambda, (event) => Effect.sync(() => seen.push(event)))
      yield* alarm("errors", { AlarmActions: [lambda, stop], AlarmDescription: "Too many" })
      yield* set("errors", "ALARM")
      yield* InMemory.settled
      const [{ alarmData, ...event }] = seen
      assert.deepEqual(event, {
        source: "aws.cloudwatch",
        alarmArn: arnOf("errors"),
        accountId: "123456789012",
        time: "1970-01-01T00:00:00.000+0000",
        region: "us-east-1"
      })
      const { configuration: { description, metrics: [{ id, ...metric }] }, ...data } = alarmData
      assert.deepEqual(data, {
        alarmName: "errors",
        state: { value: "ALARM", reason: "by hand", timestamp: "1970-01-01T00:00:00.000+0000" },
        previousState: {
          value: "INSUFFICIENT_DATA",
          reason: "Unchecked: Initial alarm creation",
          timestamp: "1970-01-01T00:00:00.000+0000"
        }
      })
      assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.deepEqual([description, metric], ["Too many", {
        metricStat: {
          metric: { namespace: "shop", name: "errors", dimensions: { InstanceId: "i-1" } },
          period: 60,
          stat: "Sum"
        },
        returnData: true
      }])
      assert.deepEqual((yield* InMemory.delivered).map(({ settings, target }) => [target, settings]), [
        [lambda, {}],
        [stop, { InstanceId: "i-1" }]
      ])
    }).pipe(Effect.scoped)
  )

  inMemory(
    "performs no action while its actions are disabled",
    Effect.gen(function*() {
      yield* alarm("errors")
      yield* CloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: ["errors"] }))
      yield* set("errors", "ALARM")
      assert.isEmpty(yield* delivered)
      assert.deepEqual((yield* history()).map(({ HistoryItemType }) => HistoryItemType), [
        "ConfigurationUpdate",
        "ConfigurationUpdate",
        "StateUpdate"
      ])
    })
  )

  inMemory(
    "tells the default bus that its state or its configuration has changed",
    Effect.gen(function*() {
      yield* listen("CloudWatch Alarm State Change", "CloudWatch Alarm Configuration Change")
      yield* alarm("errors", { AlarmActions: [] })
      yield* alarm("errors", { AlarmActions: [], Threshold: 3 })
      yield* put(4)
      yield* TestClock.adjust("1 minute")
      yield* CloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ["errors"] }))
      const events = (yield* delivered).map(({ input }) => input)
      assert.deepEqual(
        events.map(({ detail, resources, time }) => [time, resources, detail.operation ?? detail.state.value]),
        [
          ["1970-01-01T00:00:00Z", [arnOf("errors")], "create"],
          ["1970-01-01T00:00:00Z", [arnOf("errors")], "update"],
          ["1970-01-01T00:01:00Z", [arnOf("errors")], "ALARM"],
          ["1970-01-01T00:01:00Z", [arnOf("errors")], "delete"]
        ]
      )
      const [, { detail: { configuration, previousConfiguration, state } }] = events as any
      assert.deepEqual(state, { value: "INSUFFICIENT_DATA", timestamp: "1970-01-01T00:00:00.000+0000" })
      assert.deepEqual([configuration.threshold, previousConfiguration.threshold], [3, 2])
      assert.deepInclude(configuration, {
        alarmName: "errors",
        evaluationPeriods: 1,
        actionsEnabled: true,
        okActions: []
      })
      assert.deepInclude(events[2]!["detail"].previousState, { value: "INSUFFICIENT_DATA" })
    })
  )

  inMemory(
    "has a history of 30 days, which outlives it",
    Effect.gen(function*() {
      yield* alarm("errors")
      yield* TestClock.adjust("20 days")
      yield* set("errors", "ALARM")
      yield* CloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ["errors"] }))
      yield* TestClock.adjust("20 days")
      const items = yield* history({ AlarmName: "errors" })
      assert.deepEqual(items.map(({ HistorySummary }) => HistorySummary), [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        `Successfully executed action ${topic}`,
        "Alarm \"errors\" deleted"
      ])
      assert.deepInclude(dataOf(items[1]!), { actionState: "Succeeded", notificationResource: topic, error: null })
      assert.strictEqual(JSON.parse(JSON.parse(dataOf(items[1]!).publishedMessage).default).NewStateValue, "ALARM")
      yield* TestClock.adjust("11 days")
      assert.isEmpty(yield* history())
    })
  )
})

describe("a composite alarm", () => {
  inMemory(
    "follows the alarms of its rule at the same moment, and says which one was the cause",
    Effect.gen(function*() {
      yield* alarm("a", { AlarmActions: [] })
      yield* composite("both", "ALARM(a) AND NOT OK(\"a\")")
      yield* composite("top", `ALARM("${arnOf("both")}") OR FALSE`)
      assert.deepInclude({ ...yield* stateOf("top") }, {
        StateValue: "OK",
        StateReason: `${arnOf("top")} was created and its alarm rule evaluates to OK`
      })
      yield* put(3)
      yield* TestClock.adjust("1 minute")
      const all = yield* delivered
      assert.deepEqual(
        all.map(({ at, from, input }) => [at, from, input["NewStateReason"], input["TriggeringChildren"]]),
        [
          [
            60,
            "both",
            `${arnOf("a")} transitioned to ALARM at Thursday 01 January, 1970 00:01:00 UTC`,
            [{ Arn: arnOf("a"), State: { Value: "ALARM", Timestamp: "1970-01-01T00:01:00.000+0000" } }]
          ],
          [
            60,
            "top",
            `${arnOf("both")} transitioned to ALARM at Thursday 01 January, 1970 00:01:00 UTC`,
            [{ Arn: arnOf("both"), State: { Value: "ALARM", Timestamp: "1970-01-01T00:01:00.000+0000" } }]
          ]
        ]
      )
    })
  )

  const suppressed = Effect.gen(function*() {
    yield* alarm("a", { AlarmActions: [] })
    yield* alarm("quiet", { AlarmActions: [], MetricName: "other" })
    yield* composite("c", "ALARM(a)", {
      ActionsSuppressor: "quiet",
      ActionsSuppressorWaitPeriod: 20,
      ActionsSuppressorExtensionPeriod: 30
    })
    yield* stateOf("c")
  })

  inMemory(
    "waits for its suppressor before it performs its actions",
    Effect.gen(function*() {
      yield* suppressed
      yield* TestClock.adjust("1 second")
      yield* set("a", "ALARM")
      assert.strictEqual((yield* stateOf("c")).ActionsSuppressedBy, "WaitPeriod")
      yield* TestClock.adjust("30 seconds")
      assert.deepEqual((yield* delivered).map(({ at, input }) => [at, input["OldStateValue"]]), [[21, "OK"]])
      assert.isUndefined((yield* stateOf("c")).ActionsSuppressedBy)
    })
  )

  inMemory(
    "performs its actions after the extension period of its suppressor",
    Effect.gen(function*() {
      yield* suppressed
      yield* set("quiet", "ALARM")
      yield* set("a", "ALARM")
      assert.strictEqual((yield* stateOf("c")).ActionsSuppressedBy, "Alarm")
      yield* TestClock.adjust("10 seconds")
      yield* set("quiet", "OK")
      assert.strictEqual((yield* stateOf("c")).ActionsSuppressedBy, "ExtensionPeriod")
      yield* TestClock.adjust("45 seconds")
      assert.deepEqual((yield* delivered).map(({ at, input }) => [at, input["NewStateValue"]]), [[40, "ALARM"]])
    })
  )

  inMemory(
    "changes once if it depends on itself in a circle",
    Effect.gen(function*() {
      yield* composite("x", "FALSE")
      yield* composite("y", "NOT ALARM(x)")
      yield* stateOf("y")
      yield* composite("x", "ALARM(y)")
      assert.strictEqual((yield* stateOf("x")).StateValue, "ALARM")
      assert.isAtMost((yield* delivered).length, 3)
    })
  )
})

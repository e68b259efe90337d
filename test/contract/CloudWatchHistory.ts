// The history of alarms, composite alarms and dashboards.
import {
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmHistoryCommand,
  type DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
  TagResourceCommand
} from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const topic = "arn:aws:sns:us-east-1:123456789012:alerts"

const alarm = (AlarmName: string, Threshold = 1) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      AlarmDescription: "Too many",
      Namespace: "history",
      MetricName: AlarmName,
      Dimensions: [{ Name: "shop", Value: "one" }],
      Statistic: "Sum",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [topic]
    })
  )

const composite = (AlarmName: string, AlarmRule: string, members: object = {}) =>
  CloudWatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...members }))

const set = (AlarmName: string, StateValue: StateValue) =>
  CloudWatch.send(
    new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand", StateReasonData: "{\"by\":\"hand\"}" })
  )

const history = (input: DescribeAlarmHistoryCommandInput) =>
  Effect.map(
    CloudWatch.send(new DescribeAlarmHistoryCommand(input)),
    ({ AlarmHistoryItems = [] }) => AlarmHistoryItems
  )

const remove = (...AlarmNames: Array<string>) => CloudWatch.send(new DeleteAlarmsCommand({ AlarmNames }))

const describe = (input: object) =>
  Effect.map(
    CloudWatch.send(new DescribeAlarmsCommand(input)),
    ({ CompositeAlarms = [], MetricAlarms = [] }) => [...MetricAlarms, ...CompositeAlarms].map((one) => one.AlarmName)
  )

export const cloudWatchHistory = contract("CloudWatch", {
  "remembers how an alarm was created, updated and deleted, also once it is gone": documented(
    "API_DescribeAlarmHistory",
    Effect.gen(function*() {
      yield* alarm("kept")
      yield* alarm("kept", 2)
      yield* remove("kept")
      const items = yield* history({ AlarmName: "kept", ScanBy: "TimestampAscending" })
      assert.deepEqual(
        items.map(({ AlarmType, HistoryItemType, HistorySummary }) => [AlarmType, HistoryItemType, HistorySummary]),
        ["created", "updated", "deleted"].map((what) => ["MetricAlarm", "ConfigurationUpdate", `Alarm "kept" ${what}`])
      )
      const [created, updated, deleted] = items.map(({ HistoryData = "" }) => JSON.parse(HistoryData))
      assert.deepInclude(created, { version: "1.0", type: "Create" })
      assert.deepInclude(created.createdAlarm, {
        alarmName: "kept",
        alarmDescription: "Too many",
        namespace: "history",
        metricName: "kept",
        dimensions: [{ value: "one", name: "shop" }],
        statistic: "Sum",
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: "GreaterThanThreshold",
        stateValue: "INSUFFICIENT_DATA",
        actionsEnabled: true,
        alarmActions: [topic],
        insufficientDataActions: [],
        okactions: []
      })
      assert.deepEqual([updated.type, updated.updatedAlarm.threshold], ["Update", 2])
      assert.deepEqual([deleted.type, deleted.deletedAlarm.alarmName], ["Delete", "kept"])
    })
  ),

  "remembers changes of state and the actions because of them, the newest first": documented(
    "API_DescribeAlarmHistory",
    Effect.gen(function*() {
      yield* alarm("states")
      yield* set("states", "ALARM")
      yield* set("states", "OK")
      const items = yield* history({ AlarmName: "states" })
      assert.deepEqual(items.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]), [
        ["StateUpdate", "Alarm updated from ALARM to OK"],
        ["Action", `Successfully executed action ${topic}`],
        ["StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"],
        ["ConfigurationUpdate", "Alarm \"states\" created"]
      ])
      const [, action, state] = items.map(({ HistoryData = "" }) => JSON.parse(HistoryData))
      assert.deepEqual(state, {
        version: "1.0",
        oldState: { stateValue: "INSUFFICIENT_DATA", stateReason: "Unchecked: Initial alarm creation" },
        newState: { stateValue: "ALARM", stateReason: "by hand", stateReasonData: { by: "hand" } }
      })
      assert.deepInclude(action, { actionState: "Succeeded", notificationResource: topic, error: null })
    })
  ),

  "selects the history by alarm, type and time, page by page": documented(
    "API_DescribeAlarmHistory",
    Effect.gen(function*() {
      yield* alarm("one")
      yield* alarm("two")
      yield* set("one", "OK")
      yield* set("two", "OK")
      const of = (input: DescribeAlarmHistoryCommandInput) =>
        Effect.map(history(input), (items) => items.map(({ AlarmName }) => AlarmName))
      assert.deepEqual(yield* of({ HistoryItemType: "StateUpdate", AlarmName: "one" }), ["one"])
      assert.deepEqual(yield* of({ HistoryItemType: "StateUpdate", ScanBy: "TimestampAscending" }), ["one", "two"])
      assert.deepEqual(yield* of({ StartDate: new Date("2100-01-01") }), [])
      assert.deepEqual(yield* of({ EndDate: new Date("1960-01-01") }), [])
      assert.deepEqual(yield* of({ AlarmTypes: ["CompositeAlarm"] }), [])
      const seen: Array<string | undefined> = []
      let NextToken: string | undefined
      do {
        const input = { MaxRecords: 3, NextToken }
        const page = yield* CloudWatch.send(new DescribeAlarmHistoryCommand(input))
        seen.push(...(page.AlarmHistoryItems ?? []).map(({ AlarmName }) => AlarmName))
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      assert.deepEqual(seen, ["two", "one", "two", "one"])
      const error = yield* Effect.flip(history({ NextToken: "other" }))
      assert.strictEqual(error.code, "InvalidNextToken")
    })
  ),

  "remembers that the actions of an alarm were disabled and enabled": believed(
    "both commands change the configuration, as the timestamp of the configuration shows",
    Effect.gen(function*() {
      yield* alarm("switched")
      yield* CloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: ["switched"] }))
      yield* CloudWatch.send(new EnableAlarmActionsCommand({ AlarmNames: ["switched"] }))
      const items = yield* history({ AlarmName: "switched", ScanBy: "TimestampAscending" })
      assert.deepEqual(
        items.slice(1).map(({ HistoryData = "" }) => JSON.parse(HistoryData).updatedAlarm.actionsEnabled),
        [false, true]
      )
    })
  ),

  "has composite alarms, which DescribeAlarms answers only if asked for them": documented(
    "API_PutCompositeAlarm",
    Effect.gen(function*() {
      yield* alarm("part")
      const Tags = [{ Key: "team", Value: "red" }]
      yield* composite("whole", "ALARM(\"part\")", { AlarmActions: [topic], AlarmDescription: "All", Tags })
      assert.deepEqual(yield* describe({}), ["part"])
      const { CompositeAlarms: [found] = [] } = yield* CloudWatch.send(
        new DescribeAlarmsCommand({ AlarmTypes: ["CompositeAlarm"] })
      )
      assert.deepInclude({ ...found }, {
        AlarmName: "whole",
        AlarmRule: "ALARM(\"part\")",
        AlarmDescription: "All",
        ActionsEnabled: true,
        AlarmActions: [topic],
        OKActions: [],
        InsufficientDataActions: []
      })
      const { Tags: tags } = yield* CloudWatch.send(new ListTagsForResourceCommand({ ResourceARN: found?.AlarmArn }))
      assert.deepEqual(tags, Tags)
    })
  ),

  "computes the state of a composite alarm from its rule": documented(
    "API_PutCompositeAlarm",
    Effect.gen(function*() {
      for (const name of ["a", "b", "c"]) yield* alarm(name)
      yield* set("a", "ALARM")
      yield* set("b", "OK")
      const rules = {
        "ALARM(a)": true,
        "ALARM(a) AND ALARM(b)": false,
        "OK(b) AND INSUFFICIENT_DATA(c)": true,
        "ALARM(b) OR ALARM(c) OR TRUE": true,
        "ALARM(a) OR ALARM(b) AND ALARM(c)": true,
        "(ALARM(a) OR ALARM(b)) AND ALARM(c)": false,
        "NOT (ALARM(a) OR FALSE)": false,
        "NOT ALARM(b) AND NOT ALARM(\"c\")": true,
        "AT_LEAST(2, NOT ALARM, (a, b, c))": true,
        "AT_LEAST(50%, ALARM, (a, b, c))": false
      }
      for (const [i, rule] of Object.keys(rules).entries()) yield* composite(`rule-${i}`, rule)
      const { CompositeAlarms = [] } = yield* CloudWatch.send(
        new DescribeAlarmsCommand({ AlarmTypes: ["CompositeAlarm"] })
      )
      assert.deepEqual(
        Object.fromEntries(CompositeAlarms.map(({ AlarmRule, StateValue }) => [AlarmRule, StateValue === "ALARM"])),
        rules
      )
    })
  ),

  "names the children and the parents of an alarm": documented(
    "API_DescribeAlarms",
    Effect.gen(function*() {
      yield* alarm("leaf")
      yield* composite("branch", "ALARM(leaf)")
      yield* composite("tree", "ALARM(branch) AND OK(leaf)")
      assert.deepEqual(yield* describe({ ChildrenOfAlarmName: "tree" }), ["leaf", "branch"])
      assert.deepEqual(yield* describe({ ParentsOfAlarmName: "leaf" }), ["branch", "tree"])
    })
  ),

  "refuses a composite alarm on alarms that don't exist, or with a rule that isn't one": documented(
    "API_PutCompositeAlarm",
    Effect.gen(function*() {
      for (const rule of ["ALARM(absent)", "ALARM(", "ALARM(a) XOR TRUE", "READY(a)"]) {
        const error = yield* Effect.flip(composite("wrong", rule))
        assert.deepEqual([error.code, error.statusCode], ["ValidationException", 400], rule)
      }
    })
  ),

  "refuses to delete an alarm that a composite alarm depends on": documented(
    "API_DeleteAlarms",
    Effect.gen(function*() {
      yield* alarm("needed")
      yield* composite("needing", "ALARM(needed)")
      const error = yield* Effect.flip(remove("needed"))
      assert.strictEqual(error.code, "ValidationException")
      yield* remove("needing", "needed")
      assert.deepEqual(yield* describe({}), [])
    })
  ),

  "keeps dashboards, lists them by prefix, and deletes all that it is told to or none": documented(
    "API_PutDashboard",
    Effect.gen(function*() {
      const DashboardBody = JSON.stringify({ widgets: [{ type: "text", properties: { markdown: "hello" } }] })
      for (const DashboardName of ["shop-a", "shop-b", "other"]) {
        yield* CloudWatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }))
      }
      const found = yield* CloudWatch.send(new GetDashboardCommand({ DashboardName: "shop-a" }))
      assert.deepInclude({ ...found }, { DashboardBody, DashboardName: "shop-a" })
      assert.match(found.DashboardArn ?? "", /^arn:aws:cloudwatch::\d{12}:dashboard\/shop-a$/)
      const list = Effect.map(
        CloudWatch.send(new ListDashboardsCommand({ DashboardNamePrefix: "shop" })),
        ({ DashboardEntries = [] }) => DashboardEntries.map(({ DashboardName, Size }) => [DashboardName, Size])
      )
      const size = Buffer.byteLength(DashboardBody)
      assert.deepEqual(yield* list, [["shop-a", size], ["shop-b", size]])
      const remove = (...DashboardNames: Array<string>) =>
        CloudWatch.send(new DeleteDashboardsCommand({ DashboardNames }))
      assert.strictEqual((yield* Effect.flip(remove("shop-a", "absent"))).statusCode, 404)
      assert.lengthOf(yield* list, 2)
      yield* remove("shop-a", "shop-b")
      assert.deepEqual(yield* list, [])
    })
  ),

  "refuses a dashboard whose name or body has another form, and answers that it doesn't have one": documented(
    "API_PutDashboard",
    Effect.gen(function*() {
      const put = (DashboardName: string, DashboardBody: string) =>
        Effect.flip(CloudWatch.send(new PutDashboardCommand({ DashboardName, DashboardBody })))
      assert.strictEqual((yield* put("a b", "{\"widgets\":[]}")).code, "InvalidParameterValueException")
      assert.strictEqual((yield* put("wrong", "{")).code, "DashboardInvalidInputError")
      const error = yield* Effect.flip(CloudWatch.send(new GetDashboardCommand({ DashboardName: "absent" })))
      assert.strictEqual(error.statusCode, 404)
    })
  ),

  "tags dashboards": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const Tags = [{ Key: "team", Value: "red" }]
      yield* CloudWatch.send(new PutDashboardCommand({ DashboardName: "tagged", DashboardBody: "{\"widgets\":[]}" }))
      const { DashboardArn } = yield* CloudWatch.send(new GetDashboardCommand({ DashboardName: "tagged" }))
      yield* CloudWatch.send(new TagResourceCommand({ ResourceARN: DashboardArn, Tags }))
      const found = yield* CloudWatch.send(new ListTagsForResourceCommand({ ResourceARN: DashboardArn }))
      assert.deepEqual(found.Tags, Tags)
    })
  )
})

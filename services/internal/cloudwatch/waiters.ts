// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-cloudwatch"
import { field, flat, is, length, order } from "../../../src/internal/jmespath.ts"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** `length(MetricAlarms[]) > '0'` */
const lengthMetricAlarms = (o: unknown) => order(length(flat(field(o, "MetricAlarms"), (a) => a)), (l, r) => l > r, 0)

/** `length(CompositeAlarms[]) > '0'` */
const lengthCompositeAlarms = (o: unknown) => order(length(flat(field(o, "CompositeAlarms"), (a) => a)), (l, r) => l > r, 0)

/** `length(LogAlarms[]) > '0'` */
const lengthLogAlarms = (o: unknown) => order(length(flat(field(o, "LogAlarms"), (a) => a)), (l, r) => l > r, 0)

/** What CloudWatch can wait for: the command of each waiter, and what the wait returns. */
export type CloudWatchWaiters = WaitersOf<typeof sdk, {
  AlarmExists: ["DescribeAlarmsCommand", "output"]
  AlarmMuteRuleExists: ["GetAlarmMuteRuleCommand", "output"]
  CompositeAlarmExists: ["DescribeAlarmsCommand", "output"]
  LogAlarmExists: ["DescribeAlarmsCommand", "output"]
}>

export const waiters: Tables = {
  AlarmExists: {
    command: (sdk as Commands).DescribeAlarmsCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["AlarmNames", "ChildrenOfAlarmName", "ParentsOfAlarmName"],
    acceptors: [
      { state: "success", output: (o) => is(lengthMetricAlarms, o, true) }
    ]
  },
  AlarmMuteRuleExists: {
    command: (sdk as Commands).GetAlarmMuteRuleCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["AlarmMuteRuleName"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", status: 404 }
    ]
  },
  CompositeAlarmExists: {
    command: (sdk as Commands).DescribeAlarmsCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["AlarmNames", "ChildrenOfAlarmName", "ParentsOfAlarmName"],
    acceptors: [
      { state: "success", output: (o) => is(lengthCompositeAlarms, o, true) }
    ]
  },
  LogAlarmExists: {
    command: (sdk as Commands).DescribeAlarmsCommand,
    delay: "5 seconds",
    attempts: 40,
    names: ["AlarmNames", "ChildrenOfAlarmName", "ParentsOfAlarmName"],
    acceptors: [
      { state: "success", output: (o) => is(lengthLogAlarms, o, true) }
    ]
  }
}

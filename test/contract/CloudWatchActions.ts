// What the actions of alarms may be.
import { DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const members = ["AlarmActions", "OKActions", "InsufficientDataActions"] as const

const create = (actions: Partial<Record<(typeof members)[number], Array<string>>>) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "with-actions",
      Namespace: "test",
      MetricName: "errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      ...actions
    })
  )

export const cloudWatchActions = contract("CloudWatch", {
  "keeps the actions of an alarm for each state": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      const actions = {
        AlarmActions: ["arn:aws:automate:us-east-1:ec2:stop"],
        OKActions: ["arn:aws:sns:us-east-1:123456789012:topic"],
        InsufficientDataActions: ["arn:aws:sns:us-east-1:123456789012:other"]
      }
      yield* create(actions)
      const { MetricAlarms } = yield* CloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ["with-actions"] }))
      assert.deepInclude({ ...MetricAlarms?.[0] }, actions)
    })
  ),

  "refuses an action of an alarm that isn't an ARN, for whichever state": believed(
    "API_PutMetricAlarm lists ARNs only; reports of users have the message",
    Effect.gen(function*() {
      for (const member of members) {
        for (const action of ["topic", "arn:topic"]) {
          const error = yield* Effect.flip(create({ [member]: ["arn:aws:sns:us-east-1:123456789012:topic", action] }))
          assert.deepEqual([error.code, error.statusCode], ["ValidationException", 400])
          assert.include(error.message, `Invalid arn syntax: ${action}`)
        }
      }
    })
  )
})

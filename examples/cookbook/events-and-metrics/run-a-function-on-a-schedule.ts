import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { Data, Effect } from "effect"
import { EventBridge } from "effect-aws-sdk"

class TargetRefused extends Data.TaggedError("TargetRefused")<{ readonly message: string }> {}

export const schedule = Effect.fn("schedule")(function*(Name: string, ScheduleExpression: string, Arn: string) {
  yield* EventBridge.send(new PutRuleCommand({ Name, ScheduleExpression }))
  const { FailedEntries: [refused] = [] } = yield* EventBridge.send(
    new PutTargetsCommand({
      Rule: Name,
      Targets: [{ Id: "function", Arn, Input: JSON.stringify({ reason: "daily" }) }]
    })
  )
  // PutTargets succeeds although EventBridge refuses a target.
  if (refused !== undefined) {
    return yield* new TargetRefused({ message: `EventBridge refuses ${Arn}: ${refused.ErrorMessage}` })
  }
})

export const daily = schedule(
  "report",
  "cron(0 6 * * ? *)", // at 6 o'clock UTC
  "arn:aws:lambda:us-east-1:123456789012:function:report"
)

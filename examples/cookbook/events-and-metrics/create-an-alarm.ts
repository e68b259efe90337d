import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch"
import { CloudWatch } from "effect-aws-sdk"

/** Tells the topic if more than five orders fail within five minutes, and when it's over. */
export const alarm = (topic: string) =>
  CloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "orders-fail",
      Namespace: "Shop",
      MetricName: "failures",
      Dimensions: [{ Name: "Service", Value: "checkout" }],
      Statistic: "Sum",
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: "GreaterThanThreshold",
      // A counter that didn't change has no data.
      TreatMissingData: "notBreaching",
      AlarmActions: [topic],
      OKActions: [topic]
    })
  )

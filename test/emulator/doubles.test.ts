import { DescribeAlarmsCommand, GetMetricDataCommand, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import { withFractions } from "../../emulator/wire/doubles.ts"
import { operationParts, type OperationSchema, write } from "../../emulator/wire/sdk.ts"

const json = (command: object, output: Record<string, unknown>) => {
  const { schema } = command as { readonly schema: OperationSchema }
  return String(withFractions("CloudWatch", write("json", operationParts(schema).output, output)))
}

describe("a double in JSON", () => {
  it("has a fraction, as in AWS's answers", () => {
    assert.strictEqual(
      json(
        new GetMetricStatisticsCommand({
          Namespace: "",
          MetricName: "",
          StartTime: undefined,
          EndTime: undefined,
          Period: 60
        }),
        {
          Label: "m",
          Datapoints: [{ Timestamp: new Date(60_000), Sum: 10, Average: 2.5 }]
        }
      ),
      `{"Label":"m","Datapoints":[{"Timestamp":60,"Average":2.5,"Sum":10.0}]}`
    )
  })

  it("has a fraction in a list, and whole numbers have none", () => {
    assert.strictEqual(
      json(new GetMetricDataCommand({ MetricDataQueries: [], StartTime: undefined, EndTime: undefined }), {
        MetricDataResults: [{ Id: "q", Values: [1, 0.5, -0, 1e21] }]
      }),
      `{"MetricDataResults":[{"Id":"q","Values":[1.0,0.5,0.0,1e+21]}]}`
    )
    assert.strictEqual(
      json(new DescribeAlarmsCommand({}), { MetricAlarms: [{ Period: 60, Threshold: 1 }] }),
      `{"MetricAlarms":[{"Period":60,"Threshold":1.0}]}`
    )
  })
})

// What a delivery says of its target besides the ARN.
import type * as sdk from "@aws-sdk/client-eventbridge"
import { defined } from "../support/members.ts"
import type { Event } from "./event.ts"
import { valueAt } from "./inputs.ts"

/** Replaces each text that is a path by the value of the event, as "dynamic path parameters" do. */
const resolved = (value: unknown, event: Event): unknown => {
  if (typeof value === "string") {
    if (!value.startsWith("$.")) return value
    const found = valueAt(event, value)
    return typeof found === "string" ? found : JSON.stringify(found) ?? ""
  }
  if (Array.isArray(value)) return value.map((one: unknown) => resolved(one, event))
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one, event)]))
    : value
}

/** The members of the target that the service behind it gets to see, or that decide about the delivery. */
export const settingsOf = (target: sdk.Target, event: Event): object => {
  const { Arn: _, Input: _1, InputPath: _2, InputTransformer: _3, KinesisParameters, ...rest } = target
  const settings = resolved(rest, event) as object
  return defined({
    ...settings,
    // Without a path, the id of the event is the partition key.
    ...(KinesisParameters !== undefined || target.Arn?.includes(":kinesis:") === true
      ? { PartitionKey: String(valueAt(event, KinesisParameters?.PartitionKeyPath ?? "$.id") ?? event.id) }
      : {})
  })
}

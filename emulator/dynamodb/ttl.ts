/** The commands for the time at which items expire. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import * as Dynamo from "./state.ts"
import { validation } from "./values.ts"

/** AWS takes up to an hour to make the change everywhere. */
const TAKES = 3_600_000

const TimeToLiveSpecification = {
  required: true,
  members: { Enabled: { required: true }, AttributeName: { required: true, min: 1, max: 255 } }
} as const

export const ttl: Dynamo.DynamoHandlers = {
  UpdateTimeToLive: Dynamo.handler(
    { TableName: Dynamo.TableName, TimeToLiveSpecification },
    (input: sdk.UpdateTimeToLiveCommandInput, request) => {
      const { context, now } = request
      const { AttributeName, Enabled } = input.TimeToLiveSpecification!
      const [attribute, isEnabled] = [AttributeName!, Enabled!]
      const table = Dynamo.describedTable(input.TableName!, request)
      if (Dynamo.statusOf(table, now) === "CREATING") throw Dynamo.inUse(`Table is being created: ${table.name}`)
      const before = table.ttl
      if (before !== undefined && now < before.doneAt) {
        throw validation("Time to live has been modified multiple times within a fixed interval")
      }
      const wasEnabled = before?.isEnabled ?? false
      if (isEnabled === wasEnabled) {
        throw validation(`TimeToLive is already ${isEnabled ? "enabled" : "disabled"}`)
      }
      if (!isEnabled && before!.attribute !== attribute) {
        throw validation(
          `TimeToLive is active on a different AttributeName: current AttributeName is ${before!.attribute}`
        )
      }
      table.ttl = { attribute, isEnabled, doneAt: now + context.takes(TAKES) }
      table.nextExpiry = isEnabled ? now : Infinity
      table.sweptAt = now
      return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: isEnabled } }
    }
  ),

  DescribeTimeToLive: Dynamo.handler(
    { TableName: Dynamo.TableName },
    (input: sdk.DescribeTimeToLiveCommandInput, request) => {
      const { ttl } = Dynamo.describedTable(input.TableName!, request)
      const isDone = ttl === undefined || ttl.doneAt <= request.now
      if (ttl === undefined || (isDone && !ttl.isEnabled)) {
        return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" as const } }
      }
      const TimeToLiveStatus = isDone ? "ENABLED" as const : ttl.isEnabled ? "ENABLING" as const : "DISABLING" as const
      return { TimeToLiveDescription: { TimeToLiveStatus, AttributeName: ttl.attribute } }
    }
  )
}

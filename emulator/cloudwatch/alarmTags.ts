/** In-memory CloudWatch: the tags of alarms and dashboards. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { tagging } from "../support/tags.ts"
import { invalid } from "./state.ts"

export const alarmTags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: invalid("A resource has at most 50 tags.")
})

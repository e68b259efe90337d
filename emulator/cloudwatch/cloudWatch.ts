/** In-memory CloudWatch: metrics, their statistics, and alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { service } from "../engine/service.ts"
import * as AlarmReads from "./alarmReads.ts"
import * as Alarms from "./alarms.ts"
import { authorization } from "./authorization.ts"
import * as CompositeAlarms from "./compositeAlarms.ts"
import * as Dashboards from "./dashboards.ts"
import * as Data from "./data.ts"
import { everywhere } from "./everywhere.ts"
import * as History from "./history.ts"
import * as Metrics from "./metrics.ts"
import * as Queries from "./queries.ts"
import { wake } from "./wake.ts"

export const cloudWatch = service<typeof sdk>()({
  ...everywhere,
  authorization,
  handlers: {
    ...AlarmReads.handlers,
    ...Alarms.handlers,
    ...CompositeAlarms.handlers,
    ...Dashboards.handlers,
    ...Data.handlers,
    ...History.handlers,
    ...Metrics.handlers,
    ...Queries.handlers
  },
  wake,
  withoutEffect: {
    // A time zone is for the times in dynamic labels, which aren't supported.
    GetMetricData: ["LabelOptions"]
  }
})

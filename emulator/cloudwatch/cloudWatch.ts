/** In-memory CloudWatch: metrics, their statistics, and alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { service } from "../engine/service.ts"
import * as Alarms from "./alarms.ts"
import * as CompositeAlarms from "./compositeAlarms.ts"
import * as Data from "./data.ts"
import * as History from "./history.ts"
import * as Metrics from "./metrics.ts"
import * as Queries from "./queries.ts"
import { empty } from "./state.ts"
import { wake } from "./wake.ts"

export const cloudWatch = service<typeof sdk>()({
  serviceId: "CloudWatch",
  namespace: "com.amazonaws.cloudwatch",
  scope: "region",
  state: empty,
  handlers: {
    ...Alarms.handlers,
    ...CompositeAlarms.handlers,
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

/** In-memory CloudWatch: metrics, their statistics, and alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { service } from "../engine/service.ts"
import * as Alarms from "./alarms.ts"
import { authorization } from "./authorization.ts"
import * as Data from "./data.ts"
import * as Metrics from "./metrics.ts"
import * as Queries from "./queries.ts"
import type { State } from "./state.ts"

export const cloudWatch = service<typeof sdk>()({
  serviceId: "CloudWatch",
  namespace: "com.amazonaws.cloudwatch",
  scope: "region",
  state: (): State => ({ metrics: new Map(), alarms: new Map() }),
  authorization,
  handlers: { ...Metrics.handlers, ...Queries.handlers, ...Data.handlers, ...Alarms.handlers },
  withoutEffect: {
    // A time zone is for the times in dynamic labels, which aren't supported.
    GetMetricData: ["LabelOptions"]
  }
})

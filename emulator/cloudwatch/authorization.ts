/** In-memory CloudWatch: the permissions that calls need. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import type { Authorization } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { needs, type Part } from "../support/needs.ts"
import { tagRecord, tagValues, values } from "../support/needsOfState.ts"
import type { State } from "./state.ts"

type NewAlarm = Pick<
  sdk.PutCompositeAlarmInput & sdk.PutMetricAlarmInput,
  "AlarmActions" | "InsufficientDataActions" | "OKActions" | "Tags"
>

/** What it takes to put an alarm of either kind. */
const newAlarm: ReadonlyArray<Part<NewAlarm>> = [
  {
    on: "alarm:{AlarmName}",
    keys: ({ AlarmActions = [], InsufficientDataActions = [], OKActions = [], Tags }) => ({
      ...values({ "cloudwatch:alarmactions": [...OKActions, ...AlarmActions, ...InsufficientDataActions] }),
      ...tagValues(Tags)
    })
  },
  {
    action: "TagResource",
    on: "alarm:{AlarmName}",
    keys: ({ Tags }) => tagValues(Tags),
    when: ({ Tags = [] }) => Tags.length > 0
  }
]

/** Dashboards are of no region. */
const dashboard = "arn:{partition}:cloudwatch::{account}:dashboard/"

const table = needs<typeof sdk>()("cloudwatch", {
  DeleteAlarms: "alarm:{AlarmNames}",
  DescribeAlarmHistory: "alarm:{AlarmName=*}",
  // Without names, a policy has to allow all alarms.
  DescribeAlarms: "alarm:{AlarmNames=*}",
  DescribeAlarmsForMetric: "*",
  DisableAlarmActions: "alarm:{AlarmNames}",
  EnableAlarmActions: "alarm:{AlarmNames}",
  PutCompositeAlarm: newAlarm,
  PutMetricAlarm: newAlarm,
  SetAlarmState: "alarm:{AlarmName}",

  DeleteDashboards: `${dashboard}{DashboardNames}`,
  GetDashboard: `${dashboard}{DashboardName}`,
  ListDashboards: "*",
  PutDashboard: { on: `${dashboard}{DashboardName}`, keys: ({ Tags }) => tagValues(Tags) },

  GetMetricData: "*",
  GetMetricStatistics: "*",
  ListMetrics: "*",
  PutMetricData: { keys: ({ Namespace }) => values({ "cloudwatch:namespace": Namespace }) },

  ListTagsForResource: "{ResourceARN}",
  TagResource: { on: "{ResourceARN}", keys: ({ Tags }) => tagValues(Tags) },
  UntagResource: { on: "{ResourceARN}", keys: ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }) }
})

export const authorization: Authorization<State> = {
  ...table,
  tagsOf: (arn, { alarms }) => {
    const [type, ...name] = (parseArn(arn)?.resource ?? "").split(":")
    return type === "alarm" ? tagRecord(alarms.get(name.join(":"))?.tags) : undefined
  }
}

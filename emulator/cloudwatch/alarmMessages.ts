/** In-memory CloudWatch: how alarms are written for those who are told of them: topics, functions, EventBridge and the history. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import { unobserved } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { uuidOf } from "../support/ids.ts"
import { parseJson } from "../support/json.ts"
import { defined } from "../support/members.ts"
import { longDate } from "./evaluation.ts"
import { regionName } from "./regionNames.ts"
import type { Alarm, MetricAlarm } from "./state.ts"

export const arnOf = (alarm: string, context: HandlerContext) => context.arn("cloudwatch", `alarm:${alarm}`)

/** What answers say of any alarm, besides its settings. */
export const shownOf = (alarm: Alarm, context: HandlerContext) => ({
  AlarmName: alarm.name,
  AlarmArn: arnOf(alarm.name, context),
  AlarmConfigurationUpdatedTimestamp: alarm.configured,
  StateValue: alarm.state,
  StateReason: alarm.reason,
  ...defined({ StateReasonData: alarm.reasonData }),
  StateUpdatedTimestamp: alarm.updated,
  StateTransitionedTimestamp: alarm.transitioned
})

/** `2022-03-03T17:06:22.289+0000` */
const dateOf = (date: Date) => longDate(date.getTime())

/** How notifications name statistics. */
const notified: Readonly<Record<string, string>> = {
  SampleCount: "SAMPLE_COUNT",
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM"
}

const dimensionsOf = (dimensions: ReadonlyArray<sdk.Dimension> = []) =>
  dimensions.map(({ Name, Value }) => ({ value: Value, name: Name }))

/** What an alarm watches, as notifications say it. */
const triggerOf = ({ settings }: MetricAlarm) => {
  const { ExtendedStatistic, Metrics, Statistic } = settings
  const rule = {
    Period: settings.Period,
    EvaluationPeriods: settings.EvaluationPeriods,
    DatapointsToAlarm: settings.DatapointsToAlarm,
    ComparisonOperator: settings.ComparisonOperator,
    Threshold: settings.Threshold,
    TreatMissingData: settings.TreatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? ""
  }
  if (Metrics !== undefined) {
    return defined({
      ...rule,
      Metrics: Metrics.map(({ MetricStat, ...query }) =>
        defined({
          ...query,
          MetricStat: MetricStat && defined({
            ...MetricStat,
            Metric: defined({ ...MetricStat.Metric, Dimensions: dimensionsOf(MetricStat.Metric?.Dimensions) })
          })
        })
      )
    })
  }
  return defined({
    MetricName: settings.MetricName,
    Namespace: settings.Namespace,
    ...(Statistic === undefined
      ? { StatisticType: "ExtendedStatistic", ExtendedStatistic }
      : { StatisticType: "Statistic", Statistic: notified[Statistic] }),
    Unit: settings.Unit ?? null,
    Dimensions: dimensionsOf(settings.Dimensions),
    ...rule
  })
}

interface Child {
  readonly arn: string
  readonly state: { readonly value: string; readonly timestamp: string }
}

/** The alarms that made a composite alarm change its state. */
const childrenOf = ({ reasonData = "{}" }: Alarm): ReadonlyArray<Child> =>
  (parseJson(reasonData) as { readonly triggeringAlarms?: ReadonlyArray<Child> } | undefined)?.triggeringAlarms ?? []

export const subjectOf = (alarm: Alarm, context: HandlerContext): string =>
  `${alarm.state}: "${alarm.name}" in ${regionName(context.region)}`

/** What a topic gets. */
export const notificationOf = (alarm: Alarm, before: Alarm, context: HandlerContext): object => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.settings.AlarmDescription ?? null,
  AWSAccountId: context.account,
  // Notifications of composite alarms don't have it.
  ...(alarm.kind === "MetricAlarm" && { AlarmConfigurationUpdatedTimestamp: dateOf(alarm.configured) }),
  NewStateValue: alarm.state,
  NewStateReason: alarm.reason,
  StateChangeTime: dateOf(alarm.updated),
  Region: regionName(context.region),
  AlarmArn: arnOf(alarm.name, context),
  OldStateValue: before.state,
  OKActions: alarm.settings.OKActions,
  AlarmActions: alarm.settings.AlarmActions,
  InsufficientDataActions: alarm.settings.InsufficientDataActions,
  ...(alarm.kind === "MetricAlarm" ? { Trigger: triggerOf(alarm) } : {
    AlarmRule: alarm.settings.AlarmRule,
    TriggeringChildren: childrenOf(alarm).map(({ arn, state }) => ({
      Arn: arn,
      State: { Value: state.value, Timestamp: state.timestamp }
    }))
  })
})

/** What an alarm watches, as events say it. */
const metricsOf = ({ configured, name, settings }: MetricAlarm) =>
  (settings.Metrics ?? [{
    // No random id: those of tests must not shift because of what nobody reads.
    Id: uuidOf(`${name}/${configured.getTime()}`),
    MetricStat: {
      Metric: settings,
      Period: settings.Period,
      Stat: settings.Statistic ?? settings.ExtendedStatistic,
      Unit: settings.Unit
    }
  }]).map(({ Expression, Id, Label, MetricStat, Period, ReturnData = true }) =>
    defined({
      id: Id,
      expression: Expression,
      label: Label,
      metricStat: MetricStat && defined({
        metric: {
          namespace: MetricStat.Metric?.Namespace,
          name: MetricStat.Metric?.MetricName,
          dimensions: Object.fromEntries((MetricStat.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]))
        },
        period: MetricStat.Period,
        stat: MetricStat.Stat,
        unit: MetricStat.Unit
      }),
      period: Period,
      returnData: ReturnData
    })
  )

const conditionOf = (alarm: Alarm) =>
  alarm.kind === "MetricAlarm" ? { metrics: metricsOf(alarm) } : {
    alarmRule: alarm.settings.AlarmRule,
    actionsSuppressor: alarm.settings.ActionsSuppressor,
    actionsSuppressorWaitPeriod: alarm.settings.ActionsSuppressorWaitPeriod,
    actionsSuppressorExtensionPeriod: alarm.settings.ActionsSuppressorExtensionPeriod
  }

/** Why a composite alarm doesn't perform its actions. */
const suppressionOf = (alarm: Alarm) =>
  alarm.kind === "MetricAlarm" || alarm.suppressedBy === undefined ? {} : {
    actionsSuppressedBy: alarm.suppressedBy,
    actionsSuppressedReason: `Actions suppressed by ${alarm.suppressedBy}`
  }

const stateOf = (alarm: Alarm) =>
  defined({
    ...suppressionOf(alarm),
    value: alarm.state,
    reason: alarm.reason,
    reasonData: alarm.reasonData,
    timestamp: dateOf(alarm.updated)
  })

/** The detail of the event for a change of state. */
export const stateChangeOf = (alarm: Alarm, before: Alarm): object => ({
  alarmName: alarm.name,
  state: stateOf(alarm),
  previousState: stateOf(before),
  configuration: defined({ description: alarm.settings.AlarmDescription, ...conditionOf(alarm) })
})

/** What a function gets. */
export const invocationOf = (alarm: Alarm, before: Alarm, context: HandlerContext): object => ({
  source: "aws.cloudwatch",
  alarmArn: arnOf(alarm.name, context),
  accountId: context.account,
  time: dateOf(alarm.updated),
  region: context.region,
  alarmData: stateChangeOf(alarm, before)
})

const configurationOf = (alarm: Alarm) =>
  defined({
    ...(alarm.kind === "MetricAlarm" && {
      evaluationPeriods: alarm.settings.EvaluationPeriods,
      datapointsToAlarm: alarm.settings.DatapointsToAlarm,
      threshold: alarm.settings.Threshold,
      comparisonOperator: alarm.settings.ComparisonOperator,
      treatMissingData: alarm.settings.TreatMissingData,
      evaluateLowSampleCountPercentile: alarm.settings.EvaluateLowSampleCountPercentile
    }),
    ...conditionOf(alarm),
    alarmName: alarm.name,
    description: alarm.settings.AlarmDescription,
    actionsEnabled: alarm.settings.ActionsEnabled,
    timestamp: dateOf(alarm.configured),
    okActions: alarm.settings.OKActions,
    alarmActions: alarm.settings.AlarmActions,
    insufficientDataActions: alarm.settings.InsufficientDataActions
  })

export type Change = "Create" | "Update" | "Delete"

/** The detail of the event for a change of the configuration. */
export const configurationChangeOf = (change: Change, alarm: Alarm, before: Alarm | undefined): object =>
  defined({
    alarmName: alarm.name,
    operation: change.toLowerCase(),
    state: { ...suppressionOf(alarm), value: alarm.state, timestamp: dateOf(alarm.updated) },
    configuration: configurationOf(alarm),
    previousConfiguration: change === "Update" && before !== undefined ? configurationOf(before) : undefined
  })

const lowerFirst = (name: string) => name.slice(0, 1).toLowerCase() + name.slice(1)

/** A structure with names as in the history: they begin with a small letter. */
const lowered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(lowered)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [lowerFirst(name), lowered(member)]))
    : value

const changed: Readonly<Record<Change, string>> = { Create: "created", Update: "updated", Delete: "deleted" }

/** What the history says of a change of the configuration. */
export const configurationHistory = (change: Change, alarm: Alarm, context: HandlerContext) => {
  const { AlarmDescription, Dimensions, OKActions, ...settings } = unobserved(alarm.settings) as MetricAlarm["settings"]
  const written = defined({
    alarmName: alarm.name,
    alarmDescription: AlarmDescription,
    alarmArn: arnOf(alarm.name, context),
    alarmConfigurationUpdatedTimestamp: dateOf(alarm.configured),
    ...lowered(settings) as object,
    dimensions: Dimensions && dimensionsOf(Dimensions),
    okactions: OKActions,
    stateValue: alarm.state,
    stateUpdatedTimestamp: dateOf(alarm.updated)
  })
  return {
    summary: `Alarm "${alarm.name}" ${changed[change]}`,
    data: JSON.stringify({ version: "1.0", type: change, [`${changed[change]}Alarm`]: written })
  }
}

const stateHistoryOf = (alarm: Alarm) =>
  defined({
    stateValue: alarm.state,
    stateReason: alarm.reason,
    stateReasonData: alarm.reasonData === undefined ? undefined : parseJson(alarm.reasonData)
  })

/** What the history says of a change of state. */
export const stateHistory = (alarm: Alarm, before: Alarm) => ({
  summary: `Alarm updated from ${before.state} to ${alarm.state}`,
  data: JSON.stringify({ version: "1.0", oldState: stateHistoryOf(before), newState: stateHistoryOf(alarm) })
})

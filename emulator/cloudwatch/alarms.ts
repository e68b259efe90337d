/** In-memory CloudWatch: alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { parseJson } from "../support/json.ts"
import { pick } from "../support/members.ts"
import { checkAlarm, name, tagRules } from "./alarmChecks.ts"
import { alarmTags } from "./alarmTags.ts"
import { parentsOf } from "./compositeAlarms.ts"
import { evaluationAfter, watchedBy } from "./evaluation.ts"
import { dashboardsOf } from "./everywhere.ts"
import { setDue } from "./schedule.ts"
import {
  type Alarm,
  check,
  type CloudWatchHandlers,
  limits,
  type MetricAlarm,
  type State,
  states,
  validation
} from "./state.ts"
import { configured, enter, reconfigured } from "./transitions.ts"

const settingNames = [
  "AlarmDescription",
  "MetricName",
  "Namespace",
  "Statistic",
  "ExtendedStatistic",
  "Period",
  "Unit",
  "EvaluationPeriods",
  "DatapointsToAlarm",
  "Threshold",
  "ComparisonOperator",
  "TreatMissingData",
  "EvaluateLowSampleCountPercentile"
] as ReadonlyArray<keyof sdk.PutMetricAlarmInput & keyof sdk.MetricAlarm>

const withActions = (ActionsEnabled: boolean) =>
  Effect.fnUntraced(function*(input: sdk.EnableAlarmActionsInput, state: State, context: HandlerContext) {
    const { AlarmNames } = yield* check(input, { AlarmNames: { required: true, max: 100 } })
    const at = yield* Clock.currentTimeMillis
    for (const name of AlarmNames) {
      const before = state.alarms.get(name)
      if (before === undefined || before.settings.ActionsEnabled === ActionsEnabled) continue
      const alarm = { ...before, settings: { ...before.settings, ActionsEnabled }, configured: new Date(at) } as Alarm
      state.alarms.set(name, alarm)
      configured(state, context, "Update", alarm, { at, before })
    }
    return {}
  })

/** Forgets what an alarm watches. */
const unwatch = ({ watchers }: State, alarm: Alarm | undefined): void => {
  if (alarm?.kind !== "MetricAlarm") return
  for (const key of watchedBy(alarm)) {
    const names = watchers.get(key)
    names?.delete(alarm.name)
    if (names?.size === 0) watchers.delete(key)
  }
}

const watch = (state: State, alarm: MetricAlarm): void => {
  for (const key of watchedBy(alarm)) {
    const names = state.watchers.get(key)
    if (names === undefined) state.watchers.set(key, new Set([alarm.name]))
    else names.add(alarm.name)
  }
}

/** What has this ARN, an alarm or a dashboard: its tags, and how to replace them. */
const taggable = (state: State, arn: string, context: HandlerContext) => {
  const resource = parseArn(arn)?.resource ?? ""
  const alarm = state.alarms.get(/^alarm:(.*)$/.exec(resource)?.[1] ?? "")
  const dashboards = dashboardsOf(context)
  const dashboard = dashboards.get(/^dashboard\/(.*)$/.exec(resource)?.[1] ?? "")
  return alarm !== undefined
    ? Effect.succeed({
      tags: alarm.tags,
      replace: (tags: Alarm["tags"]) => void state.alarms.set(alarm.name, { ...alarm, tags })
    })
    : dashboard !== undefined
    ? Effect.succeed({
      tags: dashboard.tags,
      replace: (tags: Alarm["tags"]) => void dashboards.set(dashboard.name, { ...dashboard, tags })
    })
    : Effect.fail(
      new Fault({ code: "ResourceNotFoundException", statusCode: 404, message: `The resource ${arn} does not exist.` })
    )
}

export const handlers: CloudWatchHandlers = {
  PutMetricAlarm: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const Metrics = yield* checkAlarm(state, input, now)
    const alarmName = input.AlarmName!
    const found = state.alarms.get(alarmName)
    if (found?.kind === "CompositeAlarm") {
      return yield* validation(`Could not save the metric alarm: ${alarmName} is the name of a composite alarm.`)
    }
    const before = found
    const added = yield* alarmTags.add([], input.Tags ?? [])
    const at = new Date(now)
    const alarm: MetricAlarm = {
      kind: "MetricAlarm",
      name: alarmName,
      ...reconfigured(before, at, added),
      settings: {
        ...pick(input, settingNames),
        ...(Metrics === undefined
          ? { Dimensions: (input.Dimensions ?? []).map((dimension) => ({ ...dimension })) }
          : { Metrics }),
        ActionsEnabled: input.ActionsEnabled ?? true,
        OKActions: [...input.OKActions ?? []],
        AlarmActions: [...input.AlarmActions ?? []],
        InsufficientDataActions: [...input.InsufficientDataActions ?? []]
      }
    }
    unwatch(state, before)
    state.alarms.set(alarmName, alarm)
    watch(state, alarm)
    configured(state, context, before === undefined ? "Create" : "Update", alarm, { at: now, before })
    setDue(state, context, alarmName, evaluationAfter(alarm, now))
    return {}
  }),

  SetAlarmState: Effect.fnUntraced(function*(input, state, context) {
    const { AlarmName, StateReason, StateReasonData, StateValue } = yield* check(input, {
      AlarmName: name,
      StateValue: { required: true, enum: states },
      StateReason: { required: true, max: 1_023 },
      StateReasonData: { max: 4_000 }
    })
    const now = yield* Clock.currentTimeMillis
    const alarm = state.alarms.get(AlarmName)
    if (alarm === undefined) {
      return yield* new Fault({
        code: "ResourceNotFound",
        message: `Alarm ${AlarmName} does not exist.`,
        statusCode: 404
      })
    }
    if (StateReasonData !== undefined && parseJson(StateReasonData) === undefined) {
      return yield* new Fault({ code: "InvalidFormat", message: "StateReasonData must be valid JSON." })
    }
    const outcome = { state: StateValue, reason: StateReason, reasonData: StateReasonData }
    yield* enter(state, context, alarm, outcome, now)
    if (alarm.kind === "MetricAlarm") setDue(state, context, AlarmName, evaluationAfter(alarm, now))
    return {}
  }),

  EnableAlarmActions: withActions(true),

  DisableAlarmActions: withActions(false),

  DeleteAlarms: Effect.fnUntraced(function*(input, state, context) {
    const { AlarmNames } = yield* check(input, { AlarmNames: { required: true, max: limits.alarmsPage } })
    const names = [...new Set(AlarmNames)]
    if (names.filter((name) => state.composites.has(name)).length > 1) {
      return yield* validation("You can delete at most one composite alarm in one operation.")
    }
    for (const name of names) {
      if (parentsOf(state, name).some((parent) => !names.includes(parent))) {
        return yield* validation(`Cannot delete ${name} as there are composite alarm(s) depending on it.`)
      }
    }
    const at = yield* Clock.currentTimeMillis
    for (const name of names) {
      const alarm = state.alarms.get(name)
      if (alarm === undefined) continue
      unwatch(state, alarm)
      setDue(state, context, name, undefined)
      state.alarms.delete(name)
      state.composites.delete(name)
      configured(state, context, "Delete", alarm, { at })
    }
    return {}
  }),

  TagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN, Tags } = yield* check(input, { ResourceARN: name, Tags: { ...tagRules, required: true } })
    const { replace, tags } = yield* taggable(state, ResourceARN, context)
    replace(yield* alarmTags.add(tags, Tags))
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN, TagKeys } = yield* check(input, { ResourceARN: name, TagKeys: { required: true } })
    const { replace, tags } = yield* taggable(state, ResourceARN, context)
    replace(alarmTags.remove(tags, TagKeys))
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state, context) {
    const { ResourceARN } = yield* check(input, { ResourceARN: name })
    return { Tags: [...(yield* taggable(state, ResourceARN, context)).tags] }
  })
}

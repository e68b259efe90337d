/** In-memory CloudWatch: alarms. Their actions are stored, but not performed. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { parseJson } from "../support/json.ts"
import { defined, pick } from "../support/members.ts"
import { tagging } from "../support/tags.ts"
import { checkAlarm, name, tagRules } from "./alarmChecks.ts"
import { enter, settle } from "./evaluation.ts"
import { type Alarm, check, type CloudWatchHandlers, combination, invalid, keyOf, limits, type State } from "./state.ts"
import { statistics } from "./statistics.ts"

const tags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: invalid("An alarm has at most 50 tags.")
})

const states = ["INSUFFICIENT_DATA", "ALARM", "OK"]
const arnOf = (alarm: string, context: HandlerContext) => context.arn("cloudwatch", `alarm:${alarm}`)

const toSdkAlarm = (alarm: Alarm, context: HandlerContext): sdk.MetricAlarm => ({
  AlarmName: alarm.name,
  AlarmArn: arnOf(alarm.name, context),
  ...alarm.settings,
  AlarmConfigurationUpdatedTimestamp: alarm.configured,
  StateValue: alarm.state,
  StateReason: alarm.reason,
  ...defined({ StateReasonData: alarm.reasonData }),
  StateUpdatedTimestamp: alarm.updated,
  StateTransitionedTimestamp: alarm.transitioned
})

/** The alarms after all evaluations that are due, in the order of their names. */
const settled = Effect.fnUntraced(function*(state: State) {
  yield* settle(state, yield* Clock.currentTimeMillis)
  return [...state.alarms.values()].sort((a, b) => a.name < b.name ? -1 : 1)
})

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

const withAlarms = (change: (alarm: Alarm) => Alarm) =>
  Effect.fnUntraced(function*(input: sdk.EnableAlarmActionsInput, { alarms }: State) {
    const { AlarmNames } = yield* check(input, { AlarmNames: { required: true, max: 100 } })
    for (const name of AlarmNames) {
      const alarm = alarms.get(name)
      if (alarm !== undefined) alarms.set(name, change(alarm))
    }
    return {}
  })

const withActions = (ActionsEnabled: boolean) =>
  withAlarms((alarm) => ({ ...alarm, settings: { ...alarm.settings, ActionsEnabled } }))

const taggable = ({ alarms }: State, arn: string) => {
  const alarm = alarms.get(/^alarm:(.*)$/.exec(parseArn(arn)?.resource ?? "")?.[1] ?? "")
  return alarm === undefined
    ? Effect.fail(
      new Fault({ code: "ResourceNotFoundException", statusCode: 404, message: `The resource ${arn} does not exist.` })
    )
    : Effect.succeed(alarm)
}

export const handlers: CloudWatchHandlers = {
  PutMetricAlarm: Effect.fnUntraced(function*(input, state) {
    const now = yield* Clock.currentTimeMillis
    const Metrics = yield* checkAlarm(state, input, now)
    yield* settle(state, now)
    const alarmName = input.AlarmName!
    const before = state.alarms.get(alarmName)
    const added = yield* tags.add([], input.Tags ?? [])
    const at = new Date(now)
    state.alarms.set(alarmName, {
      // A new configuration doesn't change the state. Tags apply only to a new alarm.
      state: before?.state ?? "INSUFFICIENT_DATA",
      reason: before?.reason ?? "Unchecked: Initial alarm creation",
      reasonData: before?.reasonData,
      updated: before?.updated ?? at,
      transitioned: before?.transitioned ?? at,
      tags: before?.tags ?? added,
      name: alarmName,
      configured: at,
      evaluated: now,
      settings: {
        ...pick(input, settingNames),
        ...(Metrics === undefined
          ? { Dimensions: (input.Dimensions ?? []).map((dimension) => ({ ...dimension })) }
          : { Metrics }),
        ActionsEnabled: input.ActionsEnabled ?? true,
        OKActions: input.OKActions ?? [],
        AlarmActions: input.AlarmActions ?? [],
        InsufficientDataActions: input.InsufficientDataActions ?? []
      }
    })
    return {}
  }),

  DescribeAlarms: Effect.fnUntraced(function*(input, state, context) {
    const { ActionPrefix, AlarmNamePrefix, AlarmNames, AlarmTypes, MaxRecords = 50, NextToken, StateValue } =
      yield* check(
        input,
        {
          AlarmNames: { max: limits.alarmsPage },
          AlarmNamePrefix: { min: 1, max: 255 },
          StateValue: { enum: states },
          ActionPrefix: { min: 1, max: 1_024 },
          MaxRecords: { min: 1, max: limits.alarmsPage }
        }
      )
    if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
      return yield* combination(
        "The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both."
      )
    }
    const found = (yield* settled(state)).filter(({ name, settings, state }) =>
      (AlarmTypes?.includes("MetricAlarm") ?? true) &&
      (AlarmNames?.includes(name) ?? true) &&
      name.startsWith(AlarmNamePrefix ?? "") &&
      (StateValue ?? state) === state &&
      (ActionPrefix === undefined ||
        [settings.OKActions, settings.AlarmActions, settings.InsufficientDataActions].flat().some((action) =>
          action?.startsWith(ActionPrefix)
        ))
    )
    const [page, token] = yield* context.page(found, {
      token: NextToken,
      size: MaxRecords,
      key: ({ name }) => name,
      query: input,
      invalid: new Fault({ code: "InvalidNextToken", message: "The next token specified is invalid." })
    })
    return { CompositeAlarms: [], MetricAlarms: page.map((alarm) => toSdkAlarm(alarm, context)), NextToken: token }
  }),

  DescribeAlarmsForMetric: Effect.fnUntraced(function*(input, state, context) {
    const { Dimensions, ExtendedStatistic, MetricName, Namespace, Period, Statistic, Unit } = yield* check(input, {
      MetricName: name,
      Namespace: { ...name, pattern: "[^:].*" },
      Statistic: { enum: statistics },
      Period: { min: 1 }
    })
    const metric = keyOf(Namespace, MetricName, Dimensions)
    const found = (yield* settled(state)).filter(({ settings }) =>
      settings.Metrics === undefined &&
      keyOf(settings.Namespace, settings.MetricName, settings.Dimensions) === metric &&
      (ExtendedStatistic ?? settings.ExtendedStatistic) === settings.ExtendedStatistic &&
      (Statistic ?? settings.Statistic) === settings.Statistic &&
      (Period ?? settings.Period) === settings.Period &&
      (Unit ?? settings.Unit) === settings.Unit
    )
    return { MetricAlarms: found.map((alarm) => toSdkAlarm(alarm, context)) }
  }),

  SetAlarmState: Effect.fnUntraced(function*(input, state) {
    const { AlarmName, StateReason, StateReasonData, StateValue } = yield* check(input, {
      AlarmName: name,
      StateValue: { required: true, enum: states },
      StateReason: { required: true, max: 1_023 },
      StateReasonData: { max: 4_000 }
    })
    const now = yield* Clock.currentTimeMillis
    yield* settle(state, now)
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
    state.alarms.set(AlarmName, enter(alarm, outcome, new Date(now)))
    return {}
  }),

  EnableAlarmActions: withActions(true),

  DisableAlarmActions: withActions(false),

  DeleteAlarms: Effect.fnUntraced(function*(input, { alarms }) {
    const { AlarmNames } = yield* check(input, { AlarmNames: { required: true, max: limits.alarmsPage } })
    for (const name of AlarmNames) alarms.delete(name)
    return {}
  }),

  TagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, Tags } = yield* check(input, { ResourceARN: name, Tags: { ...tagRules, required: true } })
    const alarm = yield* taggable(state, ResourceARN)
    state.alarms.set(alarm.name, { ...alarm, tags: yield* tags.add(alarm.tags, Tags) })
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, TagKeys } = yield* check(input, { ResourceARN: name, TagKeys: { required: true } })
    const alarm = yield* taggable(state, ResourceARN)
    state.alarms.set(alarm.name, { ...alarm, tags: tags.remove(alarm.tags, TagKeys) })
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN } = yield* check(input, { ResourceARN: name })
    return { Tags: [...(yield* taggable(state, ResourceARN)).tags] }
  })
}

/** In-memory CloudWatch: alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { parseJson } from "../support/json.ts"
import { defined, pick } from "../support/members.ts"
import { checkAlarm, name, tagRules } from "./alarmChecks.ts"
import { arnOf } from "./alarmMessages.ts"
import { childrenOf, ruleOf } from "./alarmRules.ts"
import { alarmTags } from "./alarmTags.ts"
import { parentsOf, toSdkComposite } from "./compositeAlarms.ts"
import { evaluationAfter, watchedBy } from "./evaluation.ts"
import { setDue } from "./schedule.ts"
import {
  type Alarm,
  check,
  type CloudWatchHandlers,
  combination,
  keyOf,
  limits,
  type MetricAlarm,
  type State,
  validation
} from "./state.ts"
import { statistics } from "./statistics.ts"
import { configured, enter } from "./transitions.ts"

const states = ["INSUFFICIENT_DATA", "ALARM", "OK"]

const toSdkAlarm = (alarm: MetricAlarm, context: HandlerContext): sdk.MetricAlarm => ({
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

/** The alarms in the order of their names. */
const sorted = (state: State): ReadonlyArray<Alarm> =>
  [...state.alarms.values()].sort((a, b) => a.name < b.name ? -1 : 1)

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

/** The relatives of an alarm: those that a composite alarm depends on, or that depend on it. */
const relativesOf = Effect.fnUntraced(function*(
  state: State,
  { ChildrenOfAlarmName, ParentsOfAlarmName, ...others }: {
    readonly [K in keyof sdk.DescribeAlarmsInput]: sdk.DescribeAlarmsInput[K]
  }
) {
  const of = ChildrenOfAlarmName ?? ParentsOfAlarmName
  if (of === undefined) return undefined
  const other = Object.entries(others).find(([, value]) => value !== undefined)?.[0] ??
    (ChildrenOfAlarmName === undefined || ParentsOfAlarmName === undefined ? undefined : "ParentsOfAlarmName")
  if (other !== undefined) {
    return yield* validation(
      `${
        ChildrenOfAlarmName === undefined ? "ParentsOfAlarmName" : "ChildrenOfAlarmName"
      } cannot be used together with ${other}.`
    )
  }
  const alarm = state.alarms.get(of)
  if (ParentsOfAlarmName !== undefined) return parentsOf(state, of)
  return alarm?.kind === "CompositeAlarm" ? childrenOf(ruleOf(alarm)) : []
})

const taggable = ({ alarms }: State, arn: string) => {
  const alarm = alarms.get(/^alarm:(.*)$/.exec(parseArn(arn)?.resource ?? "")?.[1] ?? "")
  return alarm === undefined
    ? Effect.fail(
      new Fault({ code: "ResourceNotFoundException", statusCode: 404, message: `The resource ${arn} does not exist.` })
    )
    : Effect.succeed(alarm)
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
      // A new configuration doesn't change the state. Tags apply only to a new alarm.
      state: before?.state ?? "INSUFFICIENT_DATA",
      reason: before?.reason ?? "Unchecked: Initial alarm creation",
      reasonData: before?.reasonData,
      updated: before?.updated ?? at,
      transitioned: before?.transitioned ?? at,
      tags: before?.tags ?? added,
      name: alarmName,
      configured: at,
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

  DescribeAlarms: Effect.fnUntraced(function*(input, state, context) {
    const {
      ActionPrefix,
      AlarmNamePrefix,
      AlarmNames,
      AlarmTypes,
      ChildrenOfAlarmName,
      MaxRecords = 50,
      NextToken,
      ParentsOfAlarmName,
      StateValue
    } = yield* check(
      input,
      {
        AlarmNames: { max: limits.alarmsPage },
        AlarmNamePrefix: { min: 1, max: 255 },
        ChildrenOfAlarmName: { min: 1, max: 255 },
        ParentsOfAlarmName: { min: 1, max: 255 },
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
    const relatives = yield* relativesOf(state, {
      ChildrenOfAlarmName,
      ParentsOfAlarmName,
      ActionPrefix,
      AlarmNamePrefix,
      AlarmNames,
      AlarmTypes,
      StateValue
    })
    const types = AlarmTypes ?? (relatives === undefined ? ["MetricAlarm"] : ["MetricAlarm", "CompositeAlarm"])
    const found = sorted(state).filter(({ kind, name, settings, state }) =>
      types.includes(kind) &&
      (relatives?.includes(name) ?? true) &&
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
    // Of relatives, AWS answers no more than which they are.
    const shown = <A extends sdk.CompositeAlarm & sdk.MetricAlarm>(alarm: A, of: ReadonlyArray<keyof A>) =>
      relatives === undefined ? alarm : pick(alarm, of)
    return {
      CompositeAlarms: page.flatMap((alarm) =>
        alarm.kind === "CompositeAlarm"
          ? [shown(toSdkComposite(alarm, context), [
            "AlarmName",
            "AlarmArn",
            "StateValue",
            "StateUpdatedTimestamp"
          ])]
          : []
      ),
      MetricAlarms: page.flatMap((alarm) =>
        alarm.kind === "MetricAlarm"
          ? [shown(toSdkAlarm(alarm, context), ["AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"])]
          : []
      ),
      NextToken: token
    }
  }),

  DescribeAlarmsForMetric: Effect.fnUntraced(function*(input, state, context) {
    const { Dimensions, ExtendedStatistic, MetricName, Namespace, Period, Statistic, Unit } = yield* check(input, {
      MetricName: name,
      Namespace: { ...name, pattern: "[^:].*" },
      Statistic: { enum: statistics },
      Period: { min: 1 }
    })
    const metric = keyOf(Namespace, MetricName, Dimensions)
    const found = sorted(state).filter((alarm): alarm is MetricAlarm => alarm.kind === "MetricAlarm").filter((
      { settings }
    ) =>
      settings.Metrics === undefined &&
      keyOf(settings.Namespace, settings.MetricName, settings.Dimensions) === metric &&
      (ExtendedStatistic ?? settings.ExtendedStatistic) === settings.ExtendedStatistic &&
      (Statistic ?? settings.Statistic) === settings.Statistic &&
      (Period ?? settings.Period) === settings.Period &&
      (Unit ?? settings.Unit) === settings.Unit
    )
    return { MetricAlarms: found.map((alarm) => toSdkAlarm(alarm, context)) }
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

  TagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, Tags } = yield* check(input, { ResourceARN: name, Tags: { ...tagRules, required: true } })
    const alarm = yield* taggable(state, ResourceARN)
    state.alarms.set(alarm.name, { ...alarm, tags: yield* alarmTags.add(alarm.tags, Tags) })
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN, TagKeys } = yield* check(input, { ResourceARN: name, TagKeys: { required: true } })
    const alarm = yield* taggable(state, ResourceARN)
    state.alarms.set(alarm.name, { ...alarm, tags: alarmTags.remove(alarm.tags, TagKeys) })
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceARN } = yield* check(input, { ResourceARN: name })
    return { Tags: [...(yield* taggable(state, ResourceARN)).tags] }
  })
}

/** In-memory CloudWatch: what calls read of alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { pick } from "../support/members.ts"
import { name } from "./alarmChecks.ts"
import { shownOf } from "./alarmMessages.ts"
import { childrenOf, ruleOf } from "./alarmRules.ts"
import { parentsOf, toSdkComposite } from "./compositeAlarms.ts"
import {
  type Alarm,
  check,
  type CloudWatchHandlers,
  combination,
  keyOf,
  limits,
  type MetricAlarm,
  type State,
  states,
  validation
} from "./state.ts"
import { statistics } from "./statistics.ts"

const toSdkAlarm = (alarm: MetricAlarm, context: HandlerContext): sdk.MetricAlarm => ({
  ...shownOf(alarm, context),
  ...alarm.settings
})

/** The alarms in the order of their names. */
const sorted = (state: State): ReadonlyArray<Alarm> =>
  [...state.alarms.values()].sort((a, b) => a.name < b.name ? -1 : 1)

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

export const handlers: CloudWatchHandlers = {
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
  })
}

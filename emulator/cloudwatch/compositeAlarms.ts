/** In-memory CloudWatch: composite alarms, whose state follows from those of other alarms. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import { name, tagRules } from "./alarmChecks.ts"
import { shownOf } from "./alarmMessages.ts"
import { childrenOf, elementsOf, readRule, refersTo, ruleOf } from "./alarmRules.ts"
import { alarmTags } from "./alarmTags.ts"
import { setDue } from "./schedule.ts"
import { check, type CloudWatchHandlers, type CompositeAlarm, type State, validation } from "./state.ts"
import { configured, reconfigured } from "./transitions.ts"

export const toSdkComposite = (alarm: CompositeAlarm, context: HandlerContext): sdk.CompositeAlarm => {
  const { suppressedBy } = alarm
  return {
    ...shownOf(alarm, context),
    ...alarm.settings,
    ...(suppressedBy !== undefined && {
      ActionsSuppressedBy: suppressedBy,
      ActionsSuppressedReason: `Actions suppressed by ${suppressedBy}`
    })
  }
}

/** The names of the composite alarms whose rule or suppressor is this alarm. */
export const parentsOf = ({ alarms, composites }: State, child: string): ReadonlyArray<string> =>
  [...composites].filter((parent) => {
    const alarm = alarms.get(parent)
    return alarm?.kind === "CompositeAlarm" &&
      (childrenOf(ruleOf(alarm)).includes(child) || refersTo(alarm.settings.ActionsSuppressor ?? "") === child)
  })

const most = { children: 100, elements: 500, parents: 150 }

const checkRule = Effect.fnUntraced(function*(state: State, own: string, text: string) {
  if (text.trim() !== text) {
    return yield* validation("AlarmRule must not contain leading or trailing whitespace or be null")
  }
  const rule = readRule(text)
  if (rule.is === "malformed") {
    return yield* validation(`Error in AlarmRule expression: ${JSON.stringify(rule.part)} is unexpected.`)
  }
  const children = childrenOf(rule)
  if (children.length > most.children) {
    return yield* validation(`An alarm rule can have at most ${most.children} underlying alarms.`)
  }
  if (elementsOf(rule) > most.elements) {
    return yield* validation(`An alarm rule can have at most ${most.elements} elements.`)
  }
  const absent = children.filter((child) => child !== own && !state.alarms.has(child))
  if (absent.length > 0) {
    return yield* validation(
      `Could not save the composite alarm as alarms [${absent.join(", ")}] in the alarm rule do not exist`
    )
  }
  const used = children.find((child) => parentsOf(state, child).filter((one) => one !== own).length >= most.parents)
  if (used !== undefined) {
    return yield* validation(
      `The alarm ${used} is in the rules of ${most.parents} composite alarms, which is the most.`
    )
  }
})

const checkComposite = Effect.fnUntraced(function*(state: State, input: sdk.PutCompositeAlarmInput) {
  const checked = yield* check(input, {
    AlarmName: name,
    AlarmRule: { required: true, min: 1, max: 10_240 },
    AlarmDescription: { max: 1_024 },
    OKActions: { max: 5 },
    AlarmActions: { max: 5 },
    InsufficientDataActions: { max: 5 },
    ActionsSuppressor: { min: 1, max: 1_600 },
    Tags: tagRules
  })
  const { ActionsSuppressor, AlarmActions = [], AlarmName, InsufficientDataActions = [], OKActions = [] } = checked
  if (state.alarms.get(AlarmName)?.kind === "MetricAlarm") {
    return yield* validation(`Could not save the composite alarm: ${AlarmName} is the name of a metric alarm.`)
  }
  const action = [...OKActions, ...AlarmActions, ...InsufficientDataActions].find((arn) => parseArn(arn) === undefined)
  if (action !== undefined) return yield* validation(`Invalid arn syntax: ${action}`)
  yield* checkRule(state, AlarmName, checked.AlarmRule)
  const periods = [input.ActionsSuppressorWaitPeriod, input.ActionsSuppressorExtensionPeriod]
  if (ActionsSuppressor === undefined) {
    return periods.some((period) => period !== undefined)
      ? yield* validation(
        "ActionsSuppressor is required with ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod."
      )
      : checked
  }
  if (periods.some((period) => period === undefined)) {
    return yield* validation(
      "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor."
    )
  }
  if (periods.some((period) => period! < 0)) {
    return yield* validation("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must not be negative.")
  }
  if (!state.alarms.has(refersTo(ActionsSuppressor))) {
    return yield* validation(
      `Could not save the composite alarm as the suppressor alarm [${ActionsSuppressor}] does not exist`
    )
  }
  return checked
})

const settingNames = [
  "AlarmDescription",
  "ActionsSuppressor",
  "ActionsSuppressorWaitPeriod",
  "ActionsSuppressorExtensionPeriod"
] as const

export const handlers: CloudWatchHandlers = {
  PutCompositeAlarm: Effect.fnUntraced(function*(input, state, context) {
    const { AlarmName, AlarmRule } = yield* checkComposite(state, input)
    const now = yield* Clock.currentTimeMillis
    const at = new Date(now)
    const found = state.alarms.get(AlarmName)
    const before = found?.kind === "CompositeAlarm" ? found : undefined
    const added = yield* alarmTags.add([], input.Tags ?? [])
    const alarm: CompositeAlarm = {
      kind: "CompositeAlarm",
      name: AlarmName,
      ...reconfigured(before, at, added),
      pendingFrom: before?.pendingFrom,
      suppressedBy: before?.suppressedBy,
      suppressedUntil: before?.suppressedUntil,
      settings: {
        ...pick(input, settingNames),
        AlarmRule,
        ActionsEnabled: input.ActionsEnabled ?? true,
        OKActions: [...input.OKActions ?? []],
        AlarmActions: [...input.AlarmActions ?? []],
        InsufficientDataActions: [...input.InsufficientDataActions ?? []]
      }
    }
    state.alarms.set(AlarmName, alarm)
    state.composites.add(AlarmName)
    configured(state, context, before === undefined ? "Create" : "Update", alarm, { at: now, before })
    // Its rule is looked at once the call is answered.
    setDue(state, context, AlarmName, now)
    return {}
  })
}

/** In-memory CloudWatch: what happens when alarms change: their history, their events, and their actions. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import {
  arnOf,
  type Change,
  configurationChangeOf,
  configurationHistory,
  invocationOf,
  notificationOf,
  stateChangeOf,
  stateHistory,
  subjectOf
} from "./alarmMessages.ts"
import { refersTo, ruleOutcome } from "./alarmRules.ts"
import type { Outcome } from "./evaluation.ts"
import { record } from "./history.ts"
import { setDue } from "./schedule.ts"
import type { Alarm, CompositeAlarm, State } from "./state.ts"

const emit = (detailType: string, alarm: Alarm, detail: object, context: HandlerContext) =>
  context.emit({ source: "aws.cloudwatch", detailType, resources: [arnOf(alarm.name, context)], detail })

/** Notes that the configuration of an alarm has changed. */
export const configured = (
  state: State,
  context: HandlerContext,
  change: Change,
  alarm: Alarm,
  options: { readonly at: number; readonly before?: Alarm | undefined }
): void => {
  const item = configurationHistory(change, alarm, context)
  record(state, alarm, { ...item, at: options.at, type: "ConfigurationUpdate" })
  const detail = configurationChangeOf(change, alarm, options.before)
  emit("CloudWatch Alarm Configuration Change", alarm, detail, context)
}

const actionsOf = ({ settings, state }: Alarm): ReadonlyArray<string> =>
  (state === "OK"
    ? settings.OKActions
    : state === "ALARM"
    ? settings.AlarmActions
    : settings.InsufficientDataActions) ?? []

/**
 * What an action does to the instance of the alarm, if it is one on instances: `arn:aws:automate:us-east-1:ec2:stop`, or
 * `arn:aws:swf:us-east-1:123456789012:action/actions/AWS_EC2.InstanceId.Stop/1.0`.
 */
const onInstanceOf = (target: string, { settings }: Alarm) => {
  const [, action] =
    /^arn:[^:]*:(?:automate:[^:]*:ec2:|swf:.*:action\/actions\/AWS_EC2\.InstanceId\.)(\w+)/.exec(target) ?? []
  const InstanceId = "Dimensions" in settings
    ? settings.Dimensions?.find(({ Name }) => Name === "InstanceId")?.Value
    : undefined
  return action === undefined || InstanceId === undefined ? undefined : { action: action.toLowerCase(), InstanceId }
}

const instanceOperations: Readonly<Record<string, string | undefined>> = {
  reboot: "RebootInstances",
  stop: "StopInstances",
  terminate: "TerminateInstances"
}

/** Performs the actions of the state that an alarm is in. `before` is the alarm in its state before. */
const act = (state: State, context: HandlerContext, alarm: Alarm, options: {
  readonly at: number
  readonly before: Alarm
}): void => {
  for (const target of actionsOf(alarm)) {
    const isFunction = parseArn(target)?.service === "lambda"
    const onInstance = onInstanceOf(target, alarm)
    const input = isFunction
      ? invocationOf(alarm, options.before, context)
      : notificationOf(alarm, options.before, context)
    const Subject = subjectOf(alarm, context)
    context.deliver({
      from: arnOf(alarm.name, context),
      target,
      input,
      settings: {
        ...(parseArn(target)?.service === "sns" && { Subject }),
        ...(onInstance !== undefined && { InstanceId: onInstance.InstanceId })
      }
    })
    const text = JSON.stringify(input)
    const done = (fault: Fault | undefined) =>
      record(state, alarm, {
        at: options.at,
        type: "Action",
        summary: `${fault === undefined ? "Successfully executed" : "Failed to execute"} action ${target}`,
        data: JSON.stringify({
          actionState: fault === undefined ? "Succeeded" : "Failed",
          stateUpdateTimestamp: alarm.updated.getTime(),
          notificationResource: target,
          publishedMessage: isFunction ? text : JSON.stringify({ default: text, sms: Subject }),
          error: fault?.message ?? null
        })
      })
    const operation = onInstance && instanceOperations[onInstance.action]
    if (operation === undefined) done(undefined)
    else context.act({ serviceId: "EC2", operation, input: { InstanceIds: [onInstance!.InstanceId] }, done })
  }
}

/** The suppression of the actions of a composite alarm that has just changed its state. */
const suppressionOf = ({ alarms }: State, alarm: CompositeAlarm, before: Alarm, at: number) => {
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod = 0 } = alarm.settings
  if (ActionsSuppressor === undefined) return undefined
  if (alarms.get(refersTo(ActionsSuppressor))?.state === "ALARM") {
    return { suppressedBy: "Alarm", suppressedUntil: undefined } as const
  }
  const { suppressedBy, suppressedUntil } = alarm
  if (suppressedUntil !== undefined && suppressedUntil > at) return { suppressedBy, suppressedUntil } as const
  // The first state of a new alarm is no news that a suppressor could be late for.
  return ActionsSuppressorWaitPeriod === 0 || before.state === "INSUFFICIENT_DATA"
    ? undefined
    : { suppressedBy: "WaitPeriod", suppressedUntil: at + ActionsSuppressorWaitPeriod * 1_000 } as const
}

/** An alarm that gets this state at this time. */
const entered = (alarm: Alarm, outcome: Outcome, at: number): Alarm => ({
  ...alarm,
  ...outcome,
  updated: new Date(at),
  transitioned: outcome.state === alarm.state ? alarm.transitioned : new Date(at)
})

const enterOne = (state: State, context: HandlerContext, before: Alarm, outcome: Outcome, at: number): void => {
  let alarm = entered(before, outcome, at)
  const isChanged = alarm.state !== before.state
  const isEnabled = alarm.settings.ActionsEnabled !== false
  if (isChanged && alarm.kind === "CompositeAlarm" && isEnabled) {
    const suppression = suppressionOf(state, alarm, before, at)
    const from = alarm.pendingFrom ?? before.state
    alarm = {
      ...alarm,
      suppressedBy: undefined,
      suppressedUntil: undefined,
      ...suppression,
      // Back in the state whose actions were the last to be performed, it has nothing to do.
      pendingFrom: suppression === undefined || from === alarm.state ? undefined : from
    }
    setDue(state, context, alarm.name, alarm.suppressedUntil)
  }
  state.alarms.set(alarm.name, alarm)
  if (!isChanged) return
  record(state, alarm, { ...stateHistory(alarm, before), at, type: "StateUpdate" })
  emit("CloudWatch Alarm State Change", alarm, stateChangeOf(alarm, before), context)
  const isSuppressed = alarm.kind === "CompositeAlarm" && alarm.suppressedBy !== undefined
  if (isEnabled && !isSuppressed) act(state, context, alarm, { at, before })
}

/** A suppressor has gone into the state ALARM, or has left it. */
const suppress = (state: State, context: HandlerContext, alarm: CompositeAlarm, suppressor: Alarm, at: number) => {
  const extension = (alarm.settings.ActionsSuppressorExtensionPeriod ?? 0) * 1_000
  const suppression = suppressor.state === "ALARM"
    ? { suppressedBy: "Alarm", suppressedUntil: undefined } as const
    : alarm.suppressedBy === "Alarm"
    ? { suppressedBy: "ExtensionPeriod", suppressedUntil: at + extension } as const
    : undefined
  if (suppression === undefined) return
  const changed = { ...alarm, ...suppression }
  state.alarms.set(alarm.name, changed)
  setDue(state, context, alarm.name, changed.suppressedUntil)
}

/** A period in which the actions of an alarm were suppressed has ended. It performs those of its state. */
export const release = (state: State, context: HandlerContext, alarm: CompositeAlarm, at: number): void => {
  const { pendingFrom } = alarm
  const released = { ...alarm, suppressedBy: undefined, suppressedUntil: undefined, pendingFrom: undefined }
  state.alarms.set(alarm.name, released)
  if (pendingFrom !== undefined && alarm.settings.ActionsEnabled !== false) {
    act(state, context, released, { at, before: { ...alarm, state: pendingFrom } })
  }
}

/**
 * Gives an alarm a state. If it is another one, its actions are performed, and the composite alarms that depend on it change with
 * it: each once, also if they depend on one another in a circle.
 */
export const enter = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  alarm: Alarm,
  outcome: Outcome,
  at: number
) {
  enterOne(state, context, alarm, outcome, at)
  if (alarm.state === outcome.state) return
  const seen = new Set([alarm.name])
  const changed = [alarm.name]
  for (let name = changed.shift(); name !== undefined; name = changed.shift()) {
    const child = state.alarms.get(name)!
    for (const parent of state.composites) {
      const composite = state.alarms.get(parent)
      if (composite?.kind !== "CompositeAlarm") continue
      if (refersTo(composite.settings.ActionsSuppressor ?? "") === name) suppress(state, context, composite, child, at)
      // A new alarm comes into its first state by itself.
      if (seen.has(parent) || composite.state === "INSUFFICIENT_DATA") continue
      const next = ruleOutcome(state, context, state.alarms.get(parent) as CompositeAlarm, { cause: child, at })
      if (next === undefined) continue
      seen.add(parent)
      changed.push(parent)
      enterOne(state, context, state.alarms.get(parent)!, next, at)
    }
  }
})

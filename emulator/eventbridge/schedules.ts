/** In-memory EventBridge: rules with a schedule. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nextRun, parseSchedule, type Schedule } from "../support/schedules.ts"
import { send, type StateOf } from "./delivering.ts"
import { eventOf } from "./event.ts"
import * as EventBridge from "./state.ts"

/** How many runs of a schedule are made up for: the latest ones, if the clock has jumped over more. */
const most = 1_000

/** No schedule runs more often. */
const shortest = 60_000

const timerOf = (name: string) => `rule/${name}`

export const ruleOfTimer = (key: string): string | undefined =>
  key.startsWith("rule/") ? key.slice("rule/".length) : undefined

const scheduleOf = ({ settings: { ScheduleExpression } }: EventBridge.Rule): Schedule | undefined =>
  ScheduleExpression === undefined ? undefined : parseSchedule(ScheduleExpression, "EventBridge")

/** Sets or cancels the timer of a rule that was changed. A rate counts from now, unless the rule ran at it before. */
export const schedule = (
  rule: EventBridge.Rule,
  before: EventBridge.Rule | undefined,
  now: number,
  context: HandlerContext
): void => {
  const expressionOf = (one: EventBridge.Rule | undefined) =>
    one === undefined || one.state === "DISABLED" ? undefined : one.settings.ScheduleExpression
  if (expressionOf(rule) === expressionOf(before)) return
  const next = rule.state === "DISABLED" ? undefined : scheduleOf(rule)
  context.wakeAt(timerOf(rule.name), next && nextRun(next, now, { since: now }))
}

export const unschedule = ({ name, settings }: EventBridge.Rule, context: HandlerContext): void => {
  if (settings.ScheduleExpression !== undefined) context.wakeAt(timerOf(name), undefined)
}

/** Counts the runs after a time, up to another one, as far as `most`. */
const countRuns = (schedule: Schedule, after: number, until: number, since: number): number => {
  let count = 0
  for (
    let at = nextRun(schedule, after, { since });
    at !== undefined && at <= until && count <= most;
    at = nextRun(schedule, at, { since })
  ) count++
  return count
}

/** A time after which there are no more runs than are made up for. */
const startOf = (schedule: Schedule, at: number, now: number): number => {
  let start = now - most * shortest
  for (let length = 2 * most * shortest; start > at; length *= 2) {
    const earlier = Math.max(at, now - length)
    if (countRuns(schedule, earlier, now, at) > most) break
    start = earlier
  }
  return Math.max(start, at)
}

// Up to when it's known that a rule has no more runs than are made up for.
const counted = new WeakMap<EventBridge.Rule, number>()

/** Runs a rule whose time has come, and sets its timer for the next run. */
export const run = Effect.fnUntraced(function*(
  name: string,
  state: EventBridge.State,
  now: number,
  stateOf: StateOf,
  context: HandlerContext
) {
  const bus = state.buses.get("default")
  const rule = bus?.rules.get(name)
  const own = rule && scheduleOf(rule)
  if (bus === undefined || rule === undefined || own === undefined || rule.state === "DISABLED") return
  const at = yield* Clock.currentTimeMillis
  if (now - at > most * shortest && counted.get(rule) !== now) {
    counted.set(rule, now)
    const start = startOf(own, at, now)
    if (start > at) return context.wakeAt(timerOf(name), nextRun(own, start, { since: at }))
  }
  context.wakeAt(timerOf(name), nextRun(own, at, { since: at }))
  if (rule.targets.size === 0) return
  const ruleArn = EventBridge.ruleArn(bus, name, context)
  const content = {
    id: context.uuid(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    resources: [ruleArn],
    detail: {}
  }
  const { account, region } = context
  const arrival = { event: eventOf(content, at, context), at, place: { account, region }, bus }
  yield* Effect.forEach(
    rule.targets.values(),
    (target) => send({ rule, ruleArn, target }, arrival, stateOf, context),
    { discard: true }
  )
})

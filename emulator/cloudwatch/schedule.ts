/**
 * In-memory CloudWatch: when alarms have to be looked at. There is one timer for all of them, because many are due at the same full
 * minute.
 */
import type { HandlerContext } from "../engine/service.ts"
import type { State } from "./state.ts"

const key = "alarms"

/** Sets the timer for the first of the alarms. */
const ring = (state: State, context: HandlerContext): void => {
  let first = Infinity
  for (const at of state.due.values()) first = Math.min(first, at)
  state.rings = first === Infinity ? undefined : first
  context.wakeAt(key, state.rings)
}

/** Has an alarm looked at at this time, in milliseconds; never, without one. */
export const setDue = (state: State, context: HandlerContext, alarm: string, at: number | undefined): void => {
  if (at === undefined) {
    state.due.delete(alarm)
    return
  }
  state.due.set(alarm, at)
  if (state.rings !== undefined && state.rings <= at) return
  state.rings = at
  context.wakeAt(key, at)
}

/** Takes the alarms that are due at this time. Sets the timer for the others. */
export const takeDue = (state: State, context: HandlerContext, now: number): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (const [name, at] of state.due) {
    if (at <= now) names.push(name)
  }
  for (const name of names) state.due.delete(name)
  ring(state, context)
  return names
}

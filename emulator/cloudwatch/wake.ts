/** In-memory CloudWatch: looks at the alarms that are due. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { ruleOutcome } from "./alarmRules.ts"
import { evaluate, nextEvaluation } from "./evaluation.ts"
import { setDue, takeDue } from "./schedule.ts"
import type { CompositeAlarm, State } from "./state.ts"
import { enter, release } from "./transitions.ts"

const wakeComposite = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  alarm: CompositeAlarm,
  at: number
) {
  if (alarm.suppressedUntil !== undefined && alarm.suppressedUntil <= at) return release(state, context, alarm, at)
  setDue(state, context, alarm.name, alarm.suppressedUntil)
  const cause = alarm.state === "INSUFFICIENT_DATA" ? "created" : "updated"
  const outcome = ruleOutcome(state, context, alarm, { cause, at })
  if (outcome !== undefined) yield* enter(state, context, alarm, outcome, at)
})

export const wake = Effect.fnUntraced(function*(_key: string, state: State, context: HandlerContext) {
  const at = yield* Clock.currentTimeMillis
  for (const name of takeDue(state, context, at)) {
    const alarm = state.alarms.get(name)
    if (alarm === undefined) continue
    if (alarm.kind === "CompositeAlarm") {
      yield* wakeComposite(state, context, alarm, at)
      continue
    }
    const outcome = yield* evaluate(state, alarm, at)
    setDue(state, context, name, nextEvaluation(state, alarm, at))
    if (outcome !== undefined) yield* enter(state, context, alarm, outcome, at)
  }
})

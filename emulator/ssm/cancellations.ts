/** Run Command: CancelCommand. What has ended stays as it is. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { commandId, findCommand, instanceIdRule } from "./commandReads.ts"
import { CANCELLING, emitChanges, follow, isEnded, isWaiting, statusOf } from "./commandStates.ts"
import * as Ssm from "./state.ts"

export const cancellations: Ssm.SsmHandlers = {
  CancelCommand: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      CommandId: { required: true, ...commandId },
      InstanceIds: { max: 50, each: instanceIdRule }
    })
    const command = yield* findCommand(state, checked.CommandId)
    const ids = [...checked.InstanceIds ?? []]
    const twice = ids.find((id, i) => ids.indexOf(id) !== i)
    if (twice !== undefined) {
      return yield* new Fault({ code: "DuplicateInstanceId", message: `Instance ID ${twice} is given more than once.` })
    }
    const unknown = ids.find((id) => !command.invocations.some(({ instanceId }) => instanceId === id))
    if (unknown !== undefined) {
      return yield* new Fault({
        code: "InvalidInstanceId",
        message: `Instance ${unknown} isn't one of the command ${command.id}.`
      })
    }
    const now = yield* Clock.currentTimeMillis
    for (const one of command.invocations) {
      const status = statusOf(one, now)
      if ((ids.length > 0 && !ids.includes(one.instanceId)) || isEnded(status) || status === "Cancelling") continue
      one.cancelled = { at: now, until: isWaiting(status) ? now : now + context.takes(CANCELLING) }
    }
    emitChanges(command, now, context)
    follow(command, now, context)
    return {}
  })
}

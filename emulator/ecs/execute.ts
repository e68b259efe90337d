/** In-memory ECS: ExecuteCommand. It starts a session to which nothing can connect, and runs nothing. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { base62, textOf } from "../support/ids.ts"
import * as Ecs from "./state.ts"
import { toSdkTask } from "./taskForm.ts"
import { knownTask, stateOf } from "./taskStates.ts"

const notEnabled = Ecs.invalid(
  "The execute command failed because execute command was not enabled when the task was run or the execute command " +
    "agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."
)

export const execute: Ecs.EcsHandlers = {
  ExecuteCommand: Effect.fnUntraced(function*(input, state, context) {
    const { cluster: where, command = "", container: wanted, interactive = false, task: reference = "" } = input
    const cluster = yield* Ecs.findCluster(state, where)
    if (command === "") return yield* Ecs.invalid("Command cannot be empty.")
    if (!interactive) return yield* Ecs.invalid("Interactive is the only mode supported currently.")
    const now = yield* Clock.currentTimeMillis
    const task = knownTask(cluster, reference, now)
    if (task === undefined) return yield* Ecs.invalid("The referenced task was not found.")
    const { isRunning, stop } = stateOf(task, now)
    if (!isRunning || stop !== undefined || !task.enableExecuteCommand) return yield* notEnabled
    const { containers = [] } = toSdkTask(cluster, task, now, [])
    if (wanted === undefined && containers.length > 1) {
      return yield* Ecs.invalid("Container name must be specified for a task with more than one container.")
    }
    const container = wanted === undefined ? containers[0] : containers.find(({ name }) => name === wanted)
    if (container === undefined) {
      return yield* new Fault({
        code: "InvalidParameterException",
        message: `The container ${wanted} isn't one of the task.`
      })
    }
    const sessionId = `ecs-execute-command-${context.id("", 17)}`
    return {
      clusterArn: cluster.arn,
      containerArn: container.containerArn,
      containerName: container.name,
      interactive,
      session: {
        sessionId,
        streamUrl:
          `wss://ssmmessages.${context.region}.amazonaws.com/v1/data-channel/${sessionId}?role=publish_subscribe`,
        tokenValue: textOf(context, base62, 200)
      },
      taskArn: task.arn
    }
  })
}

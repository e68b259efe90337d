/** In-memory ECS: what it does at a time, because somebody may want to know of it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { find, retry } from "./deployments.ts"
import { awaitTask, tellInstance, tellTask } from "./events.ts"
import type { Cluster, State, Task } from "./state.ts"
import { versionOf } from "./taskForm.ts"
import { stateOf } from "./taskStates.ts"

const lookAt = (cluster: Cluster, task: Task, time: number, now: number, context: HandlerContext): void => {
  // The state that begins now differs from that of a moment ago.
  if (versionOf(task, time) === versionOf(task, time - 1)) return awaitTask(task, time, context)
  tellTask(cluster, task, time, context)
  const { isStopped, stop } = stateOf(task, time)
  if (!isStopped) return
  if (task.instance !== undefined && cluster.instances.has(task.instance.id)) {
    tellInstance(cluster, task.instance, time, context)
  }
  const service = task.group.startsWith("service:")
    ? cluster.services.get(task.group.slice("service:".length))
    : undefined
  if (service !== undefined && stop?.code === "TaskFailedToStart") retry(service, task, time, now, context)
}

export const wake = Effect.fnUntraced(
  function*(timer: string, { clusters }: State, context: HandlerContext, now: number) {
    const [kind, name] = timer.split(" ") as [string, string]
    const [clusterName = "", id = ""] = name.split("/")
    const time = yield* Clock.currentTimeMillis
    const cluster = clusters.get(clusterName)
    if (cluster === undefined) return
    const task = kind === "task" ? cluster.tasks.get(id) : undefined
    if (task !== undefined) lookAt(cluster, task, time, now, context)
    else if (kind === "service" && context.isHeard()) yield* find(cluster, id, time, context)
  }
)

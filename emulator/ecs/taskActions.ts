/** In-memory ECS: starting and stopping tasks. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { tellInstance, tellTask } from "./events.ts"
import { attachInterface, detachInterface } from "./network.ts"
import type { Cluster, Instance, Task } from "./state.ts"
import { canStart, RETRY, START, STOP } from "./taskStates.ts"

/** What a task is made of. */
export interface TaskRequest
  extends Pick<Task, "definition" | "group" | "isFargate" | "launch" | "startedBy" | "tags">
{
  readonly instance?: Instance | undefined
  readonly overrides?: sdk.TaskOverride | undefined
  readonly enableExecuteCommand?: boolean | undefined
  readonly network?: sdk.AwsVpcConfiguration | undefined
}

export const startTask = Effect.fnUntraced(function*(
  cluster: Cluster,
  request: TaskRequest,
  now: number,
  context: HandlerContext
): Effect.fn.Return<Task> {
  const { definition, enableExecuteCommand = false, instance, network, overrides = {}, ...rest } = request
  const id = context.id("", 32)
  const arn = context.arn("ecs", `task/${cluster.name}/${id}`)
  const task: Task = {
    ...rest,
    definition,
    id,
    arn,
    instance,
    overrides,
    enableExecuteCommand,
    canStart: canStart(definition),
    containerIds: definition.containerDefinitions!.map(() => context.uuid()),
    eni: definition.networkMode === "awsvpc" && network !== undefined
      ? yield* attachInterface(network, cluster.tasks.size, arn, context)
      : undefined,
    createdAt: now,
    takes: {
      start: context.takes(START),
      stop: context.takes(STOP),
      retry: context.takes(RETRY),
      checks: definition.containerDefinitions!.map(({ healthCheck }) =>
        healthCheck === undefined ? undefined : context.takes((healthCheck.interval ?? 30) * 1000)
      )
    },
    stop: undefined
  }
  cluster.tasks.set(id, task)
  tellTask(cluster, task, now, context)
  if (instance !== undefined) tellInstance(cluster, instance, now, context)
  return task
})

export const stopTask = (
  cluster: Cluster,
  task: Task,
  stop: { readonly code: sdk.TaskStopCode; readonly reason: string },
  now: number,
  context: HandlerContext
): void => {
  if (task.stop !== undefined) return
  task.stop = { ...stop, at: now }
  tellTask(cluster, task, now, context)
  detachInterface(task.eni, context)
}

/** In-memory ECS: how tasks are, by the clock. */
import type * as sdk from "@aws-sdk/client-ecs"
import { nameIn } from "../support/arn.ts"
import { memoryOf } from "./containers.ts"
import type { Cluster, Instance, Task } from "./state.ts"

const minute = 60_000

/** How long a task takes to start. */
export const START = minute
/** How long ECS tries to pull an image that can't be pulled. */
export const RETRY = 2 * minute
/** How long a task takes to stop. */
export const STOP = minute / 2
/** How long a stopped task is shown. */
const KEPT = 60 * minute

/** No host has a name that ends in `.invalid`. */
const unpullable = ({ containerDefinitions = [] }: sdk.TaskDefinition): string | undefined =>
  containerDefinitions.map(({ image = "" }) => image).find((image) => /\.invalid(:\d+)?$/.test(image.split("/")[0]!))

export const canStart = (definition: sdk.TaskDefinition): boolean => unpullable(definition) === undefined

export const started = (task: Task): sdk.Task["lastStatus"] =>
  task.isFargate || task.eni !== undefined ? "PROVISIONING" : "PENDING"

/** How a task is at this time. */
export const stateOf = (task: Task, now: number) => {
  const { canStart, createdAt, takes } = task
  const failedAt = createdAt + takes.retry
  const stop = task.stop ?? (canStart || now < failedAt ? undefined : {
    at: failedAt,
    code: "TaskFailedToStart" as const,
    reason: `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${
      unpullable(task.definition)
    }: no such host`
  })
  const before = Math.min(now, stop?.at ?? now) - createdAt
  const isRunning = canStart && before >= takes.start
  const last = before < takes.start / 5 ? started(task) : isRunning ? "RUNNING" : "PENDING"
  if (stop === undefined) return { lastStatus: last, isRunning, isStopped: false, stop }
  const part = (now - stop.at) / takes.stop
  const isStopped = part >= 1 || stop.code === "TaskFailedToStart"
  const lastStatus = isStopped
    ? "STOPPED"
    : part <= 0
    ? last
    : ["DEACTIVATING", "STOPPING", "DEPROVISIONING"][Math.floor(part * 3)]
  return { lastStatus, isRunning, isStopped, stop, stoppedAt: isStopped ? stop.at + takes.stop : undefined }
}

/** When a task changes, in whole milliseconds. It stops after these in which it didn't run any more. */
export const momentsOf = ({ canStart, createdAt, stop, takes }: Task): ReadonlyArray<number> => {
  const start = createdAt + takes.start
  const checks = takes.checks.flatMap((check) => check === undefined ? [] : [start + check])
  const starting = [createdAt + takes.start / 5, ...(canStart ? [start, ...checks] : [createdAt + takes.retry])]
  // Right after the call that stops it, a task begins to do so.
  const stopping = stop === undefined
    ? []
    : [stop.at + 1, ...[1, 2, 3].map((third) => stop.at + third * takes.stop / 3)]
  return [...starting, ...stopping].map(Math.ceil)
}

/** The tasks of a cluster. Removes those that stopped more than an hour ago. */
export const tasksOf = (cluster: Cluster, now: number): ReadonlyArray<Task> => {
  for (const task of cluster.tasks.values()) {
    const { stoppedAt } = stateOf(task, now)
    if (stoppedAt !== undefined && now - stoppedAt >= KEPT) cluster.tasks.delete(task.id)
  }
  return [...cluster.tasks.values()]
}

export const knownTask = (cluster: Cluster, reference: string, now: number): Task | undefined => {
  const task = tasksOf(cluster, now).find(({ id }) => id === nameIn(reference))
  return reference.startsWith("arn:") && reference !== task?.arn ? undefined : task
}

/** How many tasks of a cluster run and are pending. */
export const countsOf = (tasks: ReadonlyArray<Task>, now: number) => {
  const states = tasks.map((task) => stateOf(task, now)).filter(({ isStopped }) => !isStopped)
  const runningTasksCount = states.filter(({ isRunning }) => isRunning).length
  return { runningTasksCount, pendingTasksCount: states.length - runningTasksCount }
}

/** What tasks of a definition take of a container instance. */
export const needsOf = ({ containerDefinitions = [], cpu, memory }: sdk.TaskDefinition) => ({
  CPU: Number(cpu ?? containerDefinitions.reduce((sum, container) => sum + (container.cpu ?? 0), 0)),
  MEMORY: memoryOf(memory ?? "") ??
    containerDefinitions.reduce(
      (sum, { memory: hard, memoryReservation }) => sum + (memoryReservation ?? hard ?? 0),
      0
    ),
  PORTS: containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.filter(({ protocol = "tcp" }) => protocol === "tcp").flatMap(({ hostPort }) => hostPort || [])
  ).map(String),
  PORTS_UDP: containerDefinitions.flatMap(({ portMappings = [] }) =>
    portMappings.filter(({ protocol }) => protocol === "udp").flatMap(({ hostPort }) => hostPort || [])
  ).map(String)
})

/** What is left of a container instance. */
export const remainingOf = (cluster: Cluster, instance: Instance, now: number): Array<sdk.Resource> => {
  const taken = tasksOf(cluster, now).filter((task) => task.instance === instance && !stateOf(task, now).isStopped)
    .map(({ definition }) => needsOf(definition))
  return instance.resources.map((resource) => {
    const name = resource.name as keyof ReturnType<typeof needsOf>
    if (name === "PORTS" || name === "PORTS_UDP") {
      return {
        ...resource,
        stringSetValue: [...resource.stringSetValue ?? [], ...taken.flatMap((needs) => needs[name])]
      }
    }
    if (name !== "CPU" && name !== "MEMORY") return resource
    return { ...resource, integerValue: taken.reduce((left, needs) => left - needs[name], resource.integerValue ?? 0) }
  })
}

/** Why tasks can't run on a container instance: `RESOURCE:MEMORY`. */
export const obstacleTo = (
  cluster: Cluster,
  instance: Instance,
  definition: sdk.TaskDefinition,
  now: number
): string | undefined => {
  const needs = needsOf(definition)
  const remaining = remainingOf(cluster, instance, now)
  const of = (name: string) => remaining.find((resource) => resource.name === name)
  const isTaken = (name: "PORTS" | "PORTS_UDP") =>
    needs[name].some((port) => of(name)?.stringSetValue?.includes(port) === true)
  if ((of("CPU")?.integerValue ?? 0) < needs.CPU) return "RESOURCE:CPU"
  if ((of("MEMORY")?.integerValue ?? 0) < needs.MEMORY) return "RESOURCE:MEMORY"
  return isTaken("PORTS") || isTaken("PORTS_UDP") ? "RESOURCE:PORTS" : undefined
}

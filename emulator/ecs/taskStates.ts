/** In-memory ECS: tasks, by the clock. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { defined } from "../support/members.ts"
import { memoryOf } from "./containers.ts"
import { attachInterface, detachInterface } from "./network.ts"
import type { Cluster, Instance, Task } from "./state.ts"

const minute = 60_000

/** How long a task takes to start. */
export const START = minute
/** How long ECS tries to pull an image that can't be pulled. */
export const RETRY = 2 * minute
const STOP = minute / 2
/** How long a stopped task is shown. */
const KEPT = 60 * minute

/** No host has a name that ends in `.invalid`. */
const unpullable = ({ containerDefinitions = [] }: sdk.TaskDefinition): string | undefined =>
  containerDefinitions.map(({ image = "" }) => image).find((image) => /\.invalid(:\d+)?$/.test(image.split("/")[0]!))

export const canStart = (definition: sdk.TaskDefinition): boolean => unpullable(definition) === undefined

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
  return task
})

export const stopTask = (
  task: Task,
  stop: { readonly code: sdk.TaskStopCode; readonly reason: string },
  now: number,
  context: HandlerContext
): void => {
  if (task.stop !== undefined) return
  task.stop = { ...stop, at: now }
  detachInterface(task.eni, context)
}

/** The platform of a task on Fargate. */
export const platformOf = (
  { runtimePlatform }: sdk.TaskDefinition,
  version: string | undefined
): Pick<sdk.Task, "platformFamily" | "platformVersion"> => {
  // `WINDOWS_SERVER_2022_CORE` is the family `Windows_Server_2022_Core`.
  const platformFamily = (runtimePlatform?.operatingSystemFamily ?? "LINUX").split("_").map((word) =>
    word[0] + word.slice(1).toLowerCase()
  ).join("_")
  const newest = platformFamily === "Linux" ? "1.4.0" : "1.0.0"
  return { platformFamily, platformVersion: version === undefined || version === "LATEST" ? newest : version }
}

const started = (task: Task): sdk.Task["lastStatus"] =>
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

const attachmentOf = ({ eni }: Task, isStopped: boolean): ReadonlyArray<sdk.Attachment> =>
  eni === undefined ? [] : [{
    id: eni.attachmentId,
    type: "ElasticNetworkInterface",
    status: isStopped ? "DELETED" : "ATTACHED",
    details: [
      { name: "subnetId", value: eni.subnet },
      { name: "networkInterfaceId", value: eni.id },
      { name: "macAddress", value: eni.mac },
      ...(eni.dnsName === undefined ? [] : [{ name: "privateDnsName", value: eni.dnsName }]),
      { name: "privateIPv4Address", value: eni.address }
    ]
  }]

/** The health of a container. Its first check, which passes, comes an interval after its start. */
const healthOf = ({ createdAt, stop, takes }: Task, index: number, now: number): sdk.HealthStatus =>
  Math.min(now, stop?.at ?? now) >= createdAt + takes.start + (takes.checks[index] ?? Infinity) ? "HEALTHY" : "UNKNOWN"

/** A task is healthy if all its essential containers are. */
const taskHealthOf = (task: Task, now: number): sdk.HealthStatus =>
  task.definition.containerDefinitions!.every(({ essential }, index) =>
      essential === false || healthOf(task, index, now) === "HEALTHY"
    ) ?
    "HEALTHY" :
    "UNKNOWN"

const containersOf = (
  task: Task,
  { isRunning, isStopped, lastStatus, stop }: ReturnType<typeof stateOf>,
  now: number
) =>
  task.definition.containerDefinitions!.map((container, index): sdk.Container => ({
    containerArn: task.arn.replace(":task/", ":container/") + `/${task.containerIds[index]}`,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    ...(isRunning && { runtimeId: `${task.id}-${String(index).padStart(10, "0")}` }),
    lastStatus: isStopped ? "STOPPED" : isRunning && lastStatus !== "STOPPED" ? "RUNNING" : "PENDING",
    ...(isStopped && isRunning && { exitCode: 0 }),
    ...(stop?.code === "TaskFailedToStart" && { reason: stop.reason }),
    networkBindings: [],
    networkInterfaces: task.eni === undefined
      ? []
      : [{ attachmentId: task.eni.attachmentId, privateIpv4Address: task.eni.address }],
    ...(task.enableExecuteCommand && {
      managedAgents: [{
        name: "ExecuteCommandAgent" as const,
        lastStatus: isStopped ? "STOPPED" : isRunning ? "RUNNING" : "PENDING",
        ...(isRunning && { lastStartedAt: new Date(task.createdAt + task.takes.start) })
      }]
    }),
    healthStatus: isRunning ? healthOf(task, index, now) : "UNKNOWN",
    cpu: String(container.cpu ?? 0),
    ...defined({
      memory: container.memory === undefined ? undefined : String(container.memory),
      memoryReservation: container.memoryReservation === undefined ? undefined : String(container.memoryReservation)
    })
  }))

export const toSdkTask = (cluster: Cluster, task: Task, now: number, include: ReadonlyArray<string> = []): sdk.Task => {
  const { createdAt, definition, eni, takes } = task
  const state = stateOf(task, now)
  const { isRunning, isStopped, lastStatus, stop, stoppedAt } = state
  const { cpu = definition.cpu, memory = definition.memory } = task.overrides
  const storage = task.overrides.ephemeralStorage ?? definition.ephemeralStorage ?? { sizeInGiB: 20 }
  const date = (millis: number) => new Date(millis)
  return defined<sdk.Task>({
    ...task.launch,
    attachments: [...attachmentOf(task, isStopped)],
    attributes: task.isFargate
      ? [{
        name: "ecs.cpu-architecture",
        value: definition.runtimePlatform?.cpuArchitecture === "ARM64" ? "arm64" : "x86_64"
      }]
      : [],
    availabilityZone: eni?.zone,
    clusterArn: cluster.arn,
    ...(isRunning && { connectivity: "CONNECTED", connectivityAt: date(createdAt + takes.start / 5) }),
    containerInstanceArn: task.instance?.arn,
    containers: containersOf(task, state, now),
    cpu: cpu ?? String(definition.containerDefinitions!.reduce((sum, container) => sum + (container.cpu ?? 0), 0)),
    createdAt: date(createdAt),
    desiredStatus: stop === undefined ? "RUNNING" : "STOPPED",
    enableExecuteCommand: task.enableExecuteCommand,
    ...(isStopped && isRunning && { executionStoppedAt: date(stop!.at + takes.stop / 2) }),
    group: task.group,
    healthStatus: isRunning ? taskHealthOf(task, now) : "UNKNOWN",
    lastStatus,
    memory: memory ?? String(
      definition.containerDefinitions!.reduce(
        (sum, { memory, memoryReservation }) => sum + (memory ?? memoryReservation ?? 0),
        0
      )
    ),
    overrides: {
      inferenceAcceleratorOverrides: [],
      ...task.overrides,
      containerOverrides: definition.containerDefinitions!.map(({ name }) => ({
        name,
        ...task.overrides.containerOverrides?.find((override) => override.name === name)
      }))
    },
    ...(isRunning && {
      pullStartedAt: date(createdAt + takes.start / 2),
      pullStoppedAt: date(createdAt + takes.start * 3 / 4),
      startedAt: date(createdAt + takes.start)
    }),
    startedBy: task.startedBy,
    ...(stop !== undefined && {
      stopCode: stop.code,
      stoppedReason: stop.reason,
      stoppingAt: date(stop.at),
      stoppedAt: stoppedAt === undefined ? undefined : date(stoppedAt)
    }),
    ...(task.isFargate && { ephemeralStorage: storage, fargateEphemeralStorage: storage }),
    tags: include.includes("TAGS") ? [...task.tags] : [],
    taskArn: task.arn,
    taskDefinitionArn: definition.taskDefinitionArn,
    // AWS counts the changes of a task that its agent reports.
    version: 1 + Number(lastStatus !== started(task)) + Number(isRunning) + Number(stop !== undefined) +
      Number(isStopped)
  })
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

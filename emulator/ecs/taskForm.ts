/** In-memory ECS: tasks, as answers and events show them. */
import type * as sdk from "@aws-sdk/client-ecs"
import { defined } from "../support/members.ts"
import type { Cluster, Task } from "./state.ts"
import { started, stateOf } from "./taskStates.ts"

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

const stopping = ["DEACTIVATING", "STOPPING", "DEPROVISIONING"]

/** How often a task has changed. AWS counts the changes that its agent reports. */
export const versionOf = (task: Task, now: number): number => {
  const { isRunning, isStopped, lastStatus, stop } = stateOf(task, now)
  const isHealthy = isRunning && taskHealthOf(task, now) === "HEALTHY"
  const parts = stop?.code === "TaskFailedToStart" ? 0 : isStopped ? stopping.length : stopping.indexOf(lastStatus!) + 1
  return 1 + Number(lastStatus !== started(task)) + Number(isRunning) + Number(isHealthy) + Number(stop !== undefined) +
    parts + Number(isStopped)
}

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
    version: versionOf(task, now)
  })
}

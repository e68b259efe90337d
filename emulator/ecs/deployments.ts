/** In-memory ECS: rolling deployments, by the clock. */
import type * as sdk from "@aws-sdk/client-ecs"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import type { Cluster, Deployment, Service } from "./state.ts"

const minutes = (count: number) => count * 60_000

/** How long a task takes to start, and to stop. */
const START = minutes(1)
/** How long a deployment takes to complete. */
const ROLLOUT = minutes(3)
/** How long after a failed start ECS tries again. */
const RETRY = minutes(2)

const canStart = ({ containerDefinitions = [] }: sdk.TaskDefinition) =>
  containerDefinitions.every(({ image = "" }) => !/\.invalid(:\d+)?$/.test(image.split("/")[0]!))

const running = ({ before, canStart, desired, endedAt = Infinity, takes }: Deployment, now: number) =>
  Math.min(now, endedAt) - before.at < takes.start ? before.running : canStart ? desired : 0

const failed = ({ canStart, createdAt, desired, endedAt, takes }: Deployment, now: number) =>
  canStart ? 0 : desired * Math.floor(((endedAt ?? now) - createdAt) / takes.retry)

const sum = (service: Service, count: (deployment: Deployment) => number) =>
  service.deployments.reduce((total, deployment) => total + count(deployment), 0)

export const scale = (deployment: Deployment, desired: number, now: number) => {
  if (desired === deployment.desired) return
  deployment.before = { running: running(deployment, now), at: now }
  deployment.desired = desired
}

const addEvent = (service: Service, message: string, at: number, context: HandlerContext) => {
  const event = { id: context.uuid(), createdAt: new Date(at), message: `(service ${service.name}) ${message}` }
  service.events = [event, ...service.events].slice(0, 100)
}

/** How many failed tasks trip the circuit breaker. */
const threshold = (breaker: sdk.DeploymentCircuitBreaker, desired: number): number => {
  const { type = "BOUNDED_PERCENT", value = 50 } = breaker.thresholdConfiguration ?? {}
  if (type === "COUNT") return value
  const share = Math.ceil(desired * value / 100)
  return type === "BOUNDED_PERCENT" ? Math.min(Math.max(share, 3), 200) : Math.max(share, 1)
}

/** Brings a service's deployments up to date with the clock. */
const settle = (service: Service, now: number, context: HandlerContext): void => {
  const [primary, ...replaced] = service.deployments
  if (primary?.state !== "IN_PROGRESS") return
  if (primary.canStart || primary.desired === 0) {
    const at = Math.max(primary.createdAt + primary.takes.rollout, primary.before.at + primary.takes.start)
    if (at > now) return
    primary.state = "COMPLETED"
    primary.reason = `ECS deployment ${primary.id} completed.`
    primary.updatedAt = at
    service.deployments = [primary]
    addEvent(service, `(deployment ${primary.id}) deployment completed.`, at, context)
    addEvent(service, "has reached a steady state.", at, context)
    return
  }
  const breaker = service.settings.deploymentConfiguration?.deploymentCircuitBreaker
  if (breaker?.enable !== true) return
  const at = primary.createdAt + primary.takes.retry * Math.ceil(threshold(breaker, primary.desired) / primary.desired)
  if (at > now) return
  primary.state = "FAILED"
  primary.reason = "ECS deployment circuit breaker: tasks failed to start."
  primary.updatedAt = primary.endedAt = at
  addEvent(service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`, at, context)
  const good = replaced.find(({ state }) => state === "COMPLETED")
  if (breaker.rollback !== true || good === undefined || primary.isRollback) return
  Object.assign(good, {
    state: "IN_PROGRESS",
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${good.id}.`,
    isRollback: true,
    createdAt: at,
    updatedAt: at,
    endedAt: undefined
  })
  service.deployments = [good, ...service.deployments.filter((deployment) => deployment !== good)]
  addEvent(service, `rolling back to deployment ${good.id}.`, at, context)
  settle(service, now, context)
}

export const statusOf = (service: Service, now: number) =>
  !service.isDeleted
    ? "ACTIVE"
    : sum(service, (deployment) => running(deployment, now)) > 0
    ? "DRAINING"
    : "INACTIVE"

/** Finds a service, and brings it up to date. */
export const find = (
  cluster: Cluster,
  reference: string,
  now: number,
  context: HandlerContext
): Service | undefined => {
  const found = cluster.services.get(nameIn(reference))
  if (found !== undefined && !found.isDeleted) settle(found, now, context)
  return reference.includes("/") && reference !== found?.arn ? undefined : found
}

export const deploy = (
  service: Service,
  definition: sdk.TaskDefinition,
  desired: number,
  now: number,
  context: HandlerContext
): void => {
  const { launchType, platformVersion } = service.settings
  // A number of 19 decimal digits.
  const id = `ecs-svc/${String(10n ** 18n + BigInt(context.id("0x", 15)) % (9n * 10n ** 18n))}`
  for (const deployment of service.deployments) deployment.endedAt ??= now
  service.deployments = [{
    id,
    taskDefinition: definition.taskDefinitionArn!,
    canStart: canStart(definition),
    settings: {
      ...pick(service.settings, ["capacityProviderStrategy", "launchType", "networkConfiguration"]),
      ...(launchType === "FARGATE" && {
        platformVersion: platformVersion === "LATEST" ? "1.4.0" : platformVersion,
        platformFamily: "Linux"
      }),
      ...service.volumes
    },
    takes: { start: context.takes(START), rollout: context.takes(ROLLOUT), retry: context.takes(RETRY) },
    createdAt: now,
    updatedAt: now,
    endedAt: undefined,
    isRollback: false,
    state: "IN_PROGRESS",
    reason: `ECS deployment ${id} in progress.`,
    desired,
    before: { running: 0, at: now }
  }, ...service.deployments]
  service.settings = { ...service.settings, taskDefinition: definition.taskDefinitionArn }
}

export const toSdkService = (service: Service, now: number, include: ReadonlyArray<string> = []): sdk.Service => {
  const status = statusOf(service, now)
  const deployments = status === "INACTIVE" ? [] : service.deployments.map((deployment, index): sdk.Deployment => {
    const tasks = running(deployment, now)
    return {
      ...deployment.settings,
      id: deployment.id,
      status: index === 0 ? "PRIMARY" : "ACTIVE",
      taskDefinition: deployment.taskDefinition,
      desiredCount: deployment.desired,
      pendingCount: deployment.canStart ? Math.max(deployment.desired - tasks, 0) : 0,
      runningCount: tasks,
      failedTasks: failed(deployment, now),
      createdAt: new Date(deployment.createdAt),
      updatedAt: new Date(deployment.updatedAt),
      rolloutState: deployment.state,
      rolloutStateReason: deployment.reason
    }
  })
  const total = (count: "pendingCount" | "runningCount") => deployments.reduce((n, d) => n + (d[count] ?? 0), 0)
  return {
    ...service.settings,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status,
    resourceManagementType: "CUSTOMER",
    desiredCount: deployments[0]?.desiredCount ?? 0,
    runningCount: total("runningCount"),
    pendingCount: total("pendingCount"),
    deployments,
    events: [...service.events],
    createdAt: service.createdAt,
    createdBy: service.createdBy,
    ...(include.includes("TAGS") && { tags: [...service.tags] })
  }
}

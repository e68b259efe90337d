/** In-memory ECS: rolling deployments, by the clock. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import type { Cluster, Deployment, Service, Task } from "./state.ts"
import { isFargate, nextProvider } from "./strategies.ts"
import { canStart, obstacleTo, platformOf, RETRY, START, startTask, stateOf, stopTask } from "./taskStates.ts"

/** How long a deployment takes to complete. */
const ROLLOUT = 180_000

const running = ({ before, canStart, desired, endedAt = Infinity, takes, tasks }: Deployment, now: number) =>
  Math.min(now, endedAt) - before.at < takes.start ? before.running : canStart ? Math.min(desired, tasks.length) : 0

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
    if (primary.tasks.length < primary.desired) return
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

const activeInstances = ({ instances }: Cluster) => [...instances.values()].filter(({ status }) => status === "ACTIVE")

const list = (tasks: ReadonlyArray<Task>) => tasks.map(({ id }) => `(task ${id})`).join(" ")

const stopAll = (
  service: Service,
  tasks: ReadonlyArray<Task>,
  deployment: string,
  now: number,
  context: HandlerContext
): void => {
  if (tasks.length === 0) return
  const reason = `Scaling activity initiated by (deployment ${deployment})`
  for (const task of tasks) stopTask(task, { code: "ServiceSchedulerInitiated", reason }, now, context)
  addEvent(service, `has stopped ${tasks.length} running tasks: ${list(tasks)}.`, now, context)
}

const noPlace = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

/** Starts the tasks that a deployment lacks, as far as there is a place for them. */
const startTasks = Effect.fnUntraced(function*(
  service: Service,
  deployment: Deployment,
  now: number,
  context: HandlerContext
) {
  const { cluster, settings } = service
  const onFargate = isFargate(deployment.settings)
  const instances = activeInstances(cluster)
  const isDaemon = settings.schedulingStrategy === "DAEMON"
  const started: Array<Task> = []
  while (deployment.tasks.length + started.length < deployment.desired) {
    const used = [...deployment.tasks, ...started].map(({ instance }) => instance)
    const instance = onFargate
      ? undefined
      : instances.find((one) =>
        !(isDaemon && used.includes(one)) && obstacleTo(cluster, one, deployment.definition, now) === undefined
      )
    if (!onFargate && instance === undefined) break
    const capacityProviderName = nextProvider(
      deployment.settings.capacityProviderStrategy,
      [...deployment.tasks, ...started].map(({ launch }) => launch.capacityProviderName)
    )
    started.push(
      yield* startTask(
        cluster,
        {
          definition: deployment.definition,
          isFargate: onFargate,
          instance,
          group: `service:${service.name}`,
          startedBy: deployment.id,
          launch: {
            launchType: onFargate ? "FARGATE" : "EC2",
            ...pick(deployment.settings, ["platformFamily", "platformVersion"]),
            ...(capacityProviderName !== undefined && { capacityProviderName })
          },
          enableExecuteCommand: settings.enableExecuteCommand,
          network: settings.networkConfiguration?.awsvpcConfiguration,
          tags: [
            ...(settings.propagateTags === "SERVICE" ? service.tags : []),
            ...(settings.propagateTags === "TASK_DEFINITION" ? deployment.definitionTags : []),
            ...(settings.enableECSManagedTags === true
              ? [
                { key: "aws:ecs:clusterName", value: cluster.name },
                { key: "aws:ecs:serviceName", value: service.name }
              ]
              : [])
          ]
        },
        now,
        context
      )
    )
  }
  if (started.length > 0) {
    deployment.before = { running: running(deployment, now), at: now }
    deployment.tasks = [...deployment.tasks, ...started]
    addEvent(service, `has started ${started.length} tasks: ${list(started)}.`, now, context)
  }
  if (deployment.tasks.length < deployment.desired && !deployment.isStuck) {
    const reason = instances.length === 0 ? " Reason: No Container Instances were found in your cluster." : ""
    addEvent(
      service,
      `was unable to place a task because no container instance met all of its requirements.${reason} ${noPlace}`,
      now,
      context
    )
  }
  deployment.isStuck = deployment.tasks.length < deployment.desired
})

/** Starts and stops tasks until a service has those that its deployments want. */
export const reconcile = Effect.fnUntraced(function*(service: Service, now: number, context: HandlerContext) {
  const { cluster, deployments } = service
  const [primary] = deployments
  if (primary === undefined) return
  if (service.settings.schedulingStrategy === "DAEMON" && !service.isDeleted) {
    scale(primary, activeInstances(cluster).length, now)
  }
  for (const deployment of deployments) {
    const live = deployment.tasks.filter((task) => stateOf(task, now).stop === undefined)
    deployment.tasks = live.slice(0, deployment.desired)
    stopAll(service, live.slice(deployment.desired), deployment.id, now, context)
  }
  const wanted = new Set(deployments.flatMap(({ tasks }) => tasks))
  const old = [...cluster.tasks.values()].filter((task) =>
    task.group === `service:${service.name}` && task.stop === undefined && !wanted.has(task) &&
    stateOf(task, now).stop === undefined
  )
  stopAll(service, old, primary.id, now, context)
  if (primary.endedAt === undefined) yield* startTasks(service, primary, now, context)
})

/** Finds a service, and brings it up to date. */
export const find = Effect.fnUntraced(function*(
  cluster: Cluster,
  reference: string,
  now: number,
  context: HandlerContext
): Effect.fn.Return<Service | undefined> {
  const found = cluster.services.get(nameIn(reference))
  if (found !== undefined && !found.isDeleted) {
    yield* reconcile(found, now, context)
    settle(found, now, context)
    yield* reconcile(found, now, context)
  }
  return reference.includes("/") && reference !== found?.arn ? undefined : found
})

export const deploy = Effect.fnUntraced(function*(
  service: Service,
  definition: sdk.TaskDefinition,
  definitionTags: ReadonlyArray<sdk.Tag>,
  desired: number,
  now: number,
  context: HandlerContext
) {
  // A number of 19 decimal digits.
  const id = `ecs-svc/${String(10n ** 18n + BigInt(context.id("0x", 15)) % (9n * 10n ** 18n))}`
  for (const deployment of service.deployments) deployment.endedAt ??= now
  service.deployments = [{
    id,
    taskDefinition: definition.taskDefinitionArn!,
    definition,
    definitionTags,
    canStart: canStart(definition),
    tasks: [],
    isStuck: false,
    settings: {
      ...pick(service.settings, ["capacityProviderStrategy", "launchType", "networkConfiguration"]),
      ...(isFargate(service.settings) && platformOf(definition, service.settings.platformVersion)),
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
  yield* reconcile(service, now, context)
})

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
      pendingCount: deployment.canStart
        ? Math.max(Math.min(deployment.desired, deployment.tasks.length) - tasks, 0)
        : 0,
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

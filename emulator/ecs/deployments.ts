/** In-memory ECS: rolling deployments, by the clock. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import { serviceTimer, tellDeployment, tellService } from "./events.ts"
import { platformOf } from "./fargate.ts"
import { running } from "./serviceForm.ts"
import type { Cluster, Deployment, Service, Task } from "./state.ts"
import { isFargate, nextProvider } from "./strategies.ts"
import { startTask, stopTask } from "./taskActions.ts"
import { canStart, obstacleTo, RETRY, START, stateOf } from "./taskStates.ts"

/** How long a deployment takes to complete. */
const ROLLOUT = 180_000

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

const breakerOf = ({ settings }: Service) => settings.deploymentConfiguration?.deploymentCircuitBreaker

/** When the primary deployment of a service completes or fails; `undefined` if it has, or if nothing makes it. */
const endOf = (service: Service): number | undefined => {
  const [primary] = service.deployments
  if (primary?.state !== "IN_PROGRESS") return undefined
  if (primary.canStart || primary.desired === 0) {
    return primary.tasks.length < primary.desired
      ? undefined
      : Math.max(primary.createdAt + primary.takes.rollout, primary.before.at + primary.takes.start)
  }
  const breaker = breakerOf(service)
  return breaker?.enable === true
    ? primary.createdAt + primary.takes.retry * Math.ceil(threshold(breaker, primary.desired) / primary.desired)
    : undefined
}

/** How many times a service may try again in vain while nobody asks. */
const ATTEMPTS = 50

/**
 * Has ECS start another task of a service in place of one that failed at this time. If nothing ends the attempts, a clock that jumps far
 * skips most of them.
 */
export const retry = (service: Service, task: Task, at: number, now: number, context: HandlerContext): void =>
  context.wakeAt(
    serviceTimer(service),
    endOf(service) === undefined ? Math.max(at, now - ATTEMPTS * task.takes.retry) : at
  )

/** Has ECS look at a service when its deployment ends. */
const awaitService = (service: Service, context: HandlerContext): void =>
  context.wakeAt(serviceTimer(service), service.isDeleted ? undefined : endOf(service))

/** Brings a service's deployments up to date with the clock. */
const settle = (service: Service, now: number, context: HandlerContext): void => {
  const [primary, ...replaced] = service.deployments
  const at = endOf(service)
  if (primary === undefined || at === undefined || at > now) return
  // What happened earlier was told then, or nobody wanted to know.
  const isTold = now - at < 1
  if (primary.canStart || primary.desired === 0) {
    primary.state = "COMPLETED"
    primary.reason = `ECS deployment ${primary.id} completed.`
    primary.updatedAt = at
    service.deployments = [primary]
    addEvent(service, `(deployment ${primary.id}) deployment completed.`, at, context)
    addEvent(service, "has reached a steady state.", at, context)
    if (isTold) {
      tellDeployment(service, primary, now, context)
      tellService(service, { eventType: "INFO", eventName: "SERVICE_STEADY_STATE" }, now, context)
    }
    return
  }
  const breaker = breakerOf(service)
  primary.state = "FAILED"
  primary.reason = "ECS deployment circuit breaker: tasks failed to start."
  primary.updatedAt = primary.endedAt = at
  addEvent(service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`, at, context)
  if (isTold) tellDeployment(service, primary, now, context)
  const good = replaced.find(({ state }) => state === "COMPLETED")
  if (breaker?.rollback !== true || good === undefined || primary.isRollback) return
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
  if (isTold) tellDeployment(service, good, now, context)
  settle(service, now, context)
}

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
  for (const task of tasks) stopTask(service.cluster, task, { code: "ServiceSchedulerInitiated", reason }, now, context)
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
    if (context.isHeard()) {
      const cause = instances[0] === undefined
        ? undefined
        : obstacleTo(cluster, instances[0], deployment.definition, now)
      tellService(
        service,
        {
          eventType: "ERROR",
          eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
          reason: cause ?? "No Container Instances were found in your cluster."
        },
        now,
        context
      )
    }
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
    awaitService(found, context)
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
  tellDeployment(service, service.deployments[0]!, now, context)
  yield* reconcile(service, now, context)
  awaitService(service, context)
})

/** In-memory ECS: what it tells EventBridge of tasks, container instances, services and deployments. */
import type * as sdk from "@aws-sdk/client-ecs"
import type { HandlerContext } from "../engine/service.ts"
import { toSdkInstance } from "./instanceForm.ts"
import type { Cluster, Deployment, Instance, Service, State, Task } from "./state.ts"
import { toSdkTask } from "./taskForm.ts"
import { momentsOf } from "./taskStates.ts"

/** Events have times as texts, and leave out what has no value. */
const asJson = (value: object): object => JSON.parse(JSON.stringify(value))

export const taskTimer = ({ arn }: Task): string => `task ${arn.slice(arn.indexOf("/") + 1)}`

/** Has ECS look at a task when it changes next, if somebody may hear of it: there are many tasks, and each changes several times. */
export const awaitTask = (task: Task, now: number, context: HandlerContext): void => {
  if (!context.isHeard()) return
  let next = Infinity
  for (const moment of momentsOf(task)) if (moment > now && moment < next) next = moment
  context.wakeAt(taskTimer(task), next === Infinity ? undefined : next)
}

/** Has ECS look at the tasks that were started before anybody could hear of them. */
export const heard = ({ clusters }: State, context: HandlerContext, now: number): void => {
  for (const { tasks } of clusters.values()) for (const task of tasks.values()) awaitTask(task, now, context)
}

/** Tells how a task is now, and looks at it again when it changes. */
export const tellTask = (cluster: Cluster, task: Task, now: number, context: HandlerContext): void => {
  awaitTask(task, now, context)
  if (!context.isHeard()) return
  const { attachments = [], overrides: { containerOverrides = [] } = {}, tags: _, ...shown } = toSdkTask(
    cluster,
    task,
    now
  )
  context.emit({
    source: "aws.ecs",
    detailType: "ECS Task State Change",
    resources: [task.arn],
    detail: asJson({
      ...shown,
      // Events name the kind of an attachment in another way than answers do.
      attachments: attachments.map((attachment) => ({ ...attachment, type: "eni" })),
      overrides: { ...task.overrides, containerOverrides },
      updatedAt: new Date(now)
    })
  })
}

export const tellInstance = (
  cluster: Cluster,
  instance: Instance,
  now: number,
  context: HandlerContext,
  after: Partial<sdk.ContainerInstance> = {}
): void => {
  if (!context.isHeard()) return
  const { tags: _, ...shown } = toSdkInstance(cluster, instance, now)
  context.emit({
    source: "aws.ecs",
    detailType: "ECS Container Instance State Change",
    resources: [instance.arn],
    detail: asJson({ ...shown, clusterArn: cluster.arn, updatedAt: new Date(now), ...after })
  })
}

/** Something that the scheduler did to a service. */
export interface Action {
  readonly eventType: "INFO" | "WARN" | "ERROR"
  readonly eventName: string
  readonly reason?: string | undefined
}

export const tellService = (service: Service, action: Action, now: number, context: HandlerContext): void => {
  if (!context.isHeard()) return
  const providers = (service.settings.capacityProviderStrategy ?? []).map(({ capacityProvider }) =>
    context.arn("ecs", `capacity-provider/${capacityProvider}`)
  )
  context.emit({
    source: "aws.ecs",
    detailType: "ECS Service Action",
    resources: [service.arn],
    detail: asJson({
      ...action,
      clusterArn: service.cluster.arn,
      ...(action.reason !== undefined && providers.length > 0 && { capacityProviderArns: providers }),
      createdAt: new Date(now)
    })
  })
}

/** Tells that a deployment has begun, is complete or has failed. */
export const tellDeployment = (
  service: Service,
  deployment: Deployment,
  now: number,
  context: HandlerContext
): void => {
  if (!context.isHeard()) return
  const { id: deploymentId, reason, state } = deployment
  context.emit({
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [service.arn],
    detail: asJson({
      eventType: state === "FAILED" ? "ERROR" : "INFO",
      eventName: `SERVICE_DEPLOYMENT_${state}`,
      deploymentId,
      updatedAt: new Date(now),
      // Answers word it in another way than events do.
      reason: state === "FAILED" ? "ECS deployment circuit breaker: task failed to start." : reason
    })
  })
}

export const serviceTimer = ({ cluster, name }: Service): string => `service ${cluster.name}/${name}`

/** In-memory ECS: services and their deployments, as answers show them. */
import type * as sdk from "@aws-sdk/client-ecs"
import type { Deployment, Service } from "./state.ts"

/** How many tasks of a deployment run. */
export const running = ({ before, canStart, desired, endedAt = Infinity, takes, tasks }: Deployment, now: number) =>
  Math.min(now, endedAt) - before.at < takes.start ? before.running : canStart ? Math.min(desired, tasks.length) : 0

const failed = ({ canStart, createdAt, desired, endedAt, takes }: Deployment, now: number) =>
  canStart ? 0 : desired * Math.floor(((endedAt ?? now) - createdAt) / takes.retry)

const sum = (service: Service, count: (deployment: Deployment) => number) =>
  service.deployments.reduce((total, deployment) => total + count(deployment), 0)

export const statusOf = (service: Service, now: number) =>
  !service.isDeleted
    ? "ACTIVE"
    : sum(service, (deployment) => running(deployment, now)) > 0
    ? "DRAINING"
    : "INACTIVE"

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

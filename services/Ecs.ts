/**
 * Amazon ECS deployments.
 *
 * @since 0.1.0
 */
import {
  type Deployment as SdkDeployment,
  DescribeServicesCommand,
  ECSClient,
  type Service as SdkService,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { EcsCodes } from "../errors/codes/Ecs.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import { ClusterDoesNotExist, DeploymentFailed, ServiceDoesNotExist } from "../errors/internal/ecsErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { type Need, readMembers } from "../src/internal/members.ts"
import * as Service from "../src/internal/service.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import * as Polling from "../src/Polling.ts"
import type { Deployment } from "./internal/ecs/models.ts"
import { deployments, isRolloutState } from "./internal/ecs/results.ts"
import { type EcsWaiters, waiters } from "./internal/ecs/waiters.ts"

export * from "../errors/EcsErrors.ts"
export { Deployment, RolloutState } from "./internal/ecs/models.ts"

const service = Service.of<ECSClient, EcsCodes>(ECSClient)

/**
 * Sends any command of ECS with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-ecs`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `ecs:RunTask`, for example.
 *
 * **Example** (Run a task once)
 *
 * ```ts
 * import { RunTaskCommand } from "@aws-sdk/client-ecs"
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const task = Ecs.send(new RunTaskCommand({ cluster: "capture", taskDefinition: "reindex" })).pipe(
 *   Effect.map(({ tasks }) => tasks?.[0]?.taskArn)
 * )
 * ```
 *
 * AWS: [RunTask](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any paginated command of ECS: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (Describe the tasks of a service, a page in a call)
 *
 * ```ts
 * import { DescribeTasksCommand, ListTasksCommand } from "@aws-sdk/client-ecs"
 * import { Stream } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const tasks = Ecs.pages(new ListTasksCommand({ cluster: "capture", serviceName: "nodes" })).pipe(
 *   Stream.map(({ taskArns = [] }) => taskArns),
 *   Stream.filter((arns) => arns.length > 0),
 *   Stream.mapEffect((tasks) => Ecs.send(new DescribeTasksCommand({ cluster: "capture", tasks }))),
 *   Stream.flatMap(({ tasks = [] }) => Stream.fromIterable(tasks))
 * )
 * ```
 *
 * AWS: [ListTasks](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any paginated command of ECS, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The services of a cluster)
 *
 * ```ts
 * import { ListServicesCommand } from "@aws-sdk/client-ecs"
 * import { Stream } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const services = Ecs.items(new ListServicesCommand({ cluster: "capture" }), (page) => page.serviceArns).pipe(
 *   Stream.runCollect
 * )
 * ```
 *
 * AWS: [ListServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = Service.itemsOf(service)

/**
 * Waits for a state of ECS that AWS models as a waiter, such as `ServicesStable`, and returns the last output. A stable
 * service doesn't mean that the expected deployment succeeded: for that, use {@link waitForDeployment}.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (Services whose tasks all run)
 *
 * ```ts
 * import { Ecs } from "effect-aws-sdk"
 *
 * const stable = Ecs.waitUntil("ServicesStable", { cluster: "capture", services: ["nodes", "viewer"] })
 * ```
 *
 * AWS: [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<EcsWaiters, EcsCodes> = /* @__PURE__ */ waitUntilOf(
  "Ecs.waitUntil",
  "ECS",
  send,
  waiters
)

/**
 * Identifies a service.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceReference {
  /** The cluster's name or ARN. */
  readonly cluster: string
  /** The service's name or ARN. */
  readonly service: string
}

const fromSdk = (
  deployment: SdkDeployment,
  need: Need,
  rolloutState: unknown = deployment.rolloutState
): Deployment =>
  deployments.make({
    id: need(deployment.id, "id"),
    status: need(deployment.status, "status"),
    taskDefinition: need(deployment.taskDefinition, "taskDefinition"),
    desiredCount: need(deployment.desiredCount, "desiredCount"),
    pendingCount: need(deployment.pendingCount, "pendingCount"),
    runningCount: need(deployment.runningCount, "runningCount"),
    failedTasks: need(deployment.failedTasks, "failedTasks"),
    ...(isRolloutState(rolloutState) && { rolloutState }),
    ...(deployment.rolloutStateReason !== undefined && { rolloutStateReason: deployment.rolloutStateReason }),
    ...(deployment.createdAt !== undefined && { createdAt: deployment.createdAt }),
    ...(deployment.updatedAt !== undefined && { updatedAt: deployment.updatedAt })
  })

const clusterDoesNotExist = (cluster: string) => () => Effect.fail(new ClusterDoesNotExist({ cluster }))

const describeServices = { service: "ECS", operation: "DescribeServices" }

const describe = Effect.fnUntraced(function*(
  { cluster, service }: ServiceReference
): Effect.fn.Return<SdkService, ClusterDoesNotExist | ServiceDoesNotExist | AwsError, AwsClients> {
  const output = yield* send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
    AwsError.catchCode("ClusterNotFoundException", clusterDoesNotExist(cluster))
  )
  const [found] = yield* readMembers(describeServices, output, ({ services }, need) => need(services, "services"))
  if (found === undefined || found.status === "INACTIVE") return yield* new ServiceDoesNotExist({ cluster, service })
  return found
})

const primaryOf = (deployments: ReadonlyArray<SdkDeployment> | undefined): SdkDeployment | undefined =>
  deployments?.find(({ status }) => status === "PRIMARY")

/** The rollout state. If ECS returns none, the rollout is complete when no other deployment is left and all tasks run. */
const rolloutOf = (deployment: SdkDeployment, { deployments = [] }: SdkService): unknown =>
  deployment.rolloutState ??
    (deployments.length === 1 && deployment.runningCount === deployment.desiredCount ? "COMPLETED" : "IN_PROGRESS")

/**
 * Starts a new deployment of a service with its current task definition. This replaces the service's tasks, and the new
 * tasks pick up whatever has changed outside the task definition, such as an image tag or a parameter. Returns the new
 * deployment, which {@link waitForDeployment} can wait for.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for a deleted service; `AwsError` for anything else: for a
 * service that CodeDeploy deploys, the reason is `Rejected`.
 *
 * **Requires** the permission `ecs:UpdateService` on the service.
 *
 * **Example** (Apply a new configuration)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const service = { cluster: "capture", service: "nodes" }
 *
 * const deploy = Ecs.forceDeployment(service).pipe(
 *   Effect.flatMap((deployment) => Ecs.waitForDeployment({ ...service, deployment }))
 * )
 * ```
 *
 * AWS: [UpdateService](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html)
 *
 * @category deployments
 * @since 0.1.0
 */
export const forceDeployment = Effect.fn("Ecs.forceDeployment")(function*(
  { cluster, service }: ServiceReference
): Effect.fn.Return<Deployment, ClusterDoesNotExist | ServiceDoesNotExist | AwsError, AwsClients> {
  yield* Effect.logDebug(`Forcing a new deployment of ECS service ${service} in cluster ${cluster}`)
  const updated = yield* send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true })).pipe(
    AwsError.catchCode("ClusterNotFoundException", clusterDoesNotExist(cluster)),
    AwsError.catchCode(
      ["ServiceNotFoundException", "ServiceNotActiveException"],
      () => Effect.fail(new ServiceDoesNotExist({ cluster, service }))
    )
  )
  const deployment = yield* readMembers(
    { service: "ECS", operation: "UpdateService" },
    updated,
    (_, need) => fromSdk(need(primaryOf(updated.service?.deployments), "deployments"), need)
  )
  yield* Effect.logDebug(`Started deployment ${deployment.id} of ECS service ${service} in cluster ${cluster}`)
  return deployment
})

/**
 * Whether a deployment of the service is in progress: either the newest one, or an older one that never completed and is
 * being replaced.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for an `INACTIVE` service; `AwsError` for anything else.
 *
 * **Requires** the permission `ecs:DescribeServices` on the service.
 *
 * **Example** (Deploy only if no deployment is in progress)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const service = { cluster: "capture", service: "nodes" }
 *
 * const deploy = Ecs.isDeploymentInProgress(service).pipe(
 *   Effect.flatMap((busy) => busy ? Effect.logInfo("A deployment is in progress") : Ecs.forceDeployment(service))
 * )
 * ```
 *
 * AWS: [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html)
 *
 * @category deployments
 * @since 0.1.0
 */
export const isDeploymentInProgress = Effect.fn("Ecs.isDeploymentInProgress")(function*(
  reference: ServiceReference
): Effect.fn.Return<boolean, ClusterDoesNotExist | ServiceDoesNotExist | AwsError, AwsClients> {
  const service = yield* describe(reference)
  return (service.deployments ?? []).some((deployment) => rolloutOf(deployment, service) === "IN_PROGRESS")
})

/**
 * The number of failed tasks in all current deployments of the service. ECS counts consecutive failures: when a task of a
 * deployment reaches `RUNNING`, that deployment's count goes back to zero.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for an `INACTIVE` service; `AwsError` for anything else.
 *
 * **Requires** the permission `ecs:DescribeServices` on the service.
 *
 * **Example** (Detect a failing service)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const isFailing = Ecs.getFailedTaskCount({ cluster: "capture", service: "nodes" }).pipe(
 *   Effect.map((failed) => failed >= 3)
 * )
 * ```
 *
 * AWS: [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html)
 *
 * @category deployments
 * @since 0.1.0
 */
export const getFailedTaskCount = Effect.fn("Ecs.getFailedTaskCount")(function*(
  reference: ServiceReference
): Effect.fn.Return<number, ClusterDoesNotExist | ServiceDoesNotExist | AwsError, AwsClients> {
  const service = yield* describe(reference)
  return yield* readMembers(
    describeServices,
    service,
    ({ deployments = [] }, need) =>
      deployments.reduce((sum, { failedTasks }) => sum + need(failedTasks, "failedTasks"), 0)
  )
})

/** The service event about the end of a deployment. ECS keeps it even when it no longer lists the deployment. */
const endEventOf = ({ events = [] }: SdkService, deployment: string): string | undefined =>
  events.find(({ message }) => message?.includes(`(deployment ${deployment}) deployment `))?.message

/**
 * Waits until a deployment of a service completes, and returns it in its final state.
 *
 * - `deployment`: the deployment to wait for, as returned by {@link forceDeployment}; by default, the service's primary
 *   deployment when the wait starts. If another deployment replaces it before it completes, the wait fails at once. The
 *   replacement can be a newer deployment, or the one that a circuit breaker rolls back to: a stable service doesn't mean
 *   that the expected deployment succeeded.
 * - `schedule`: when to poll; every 15 seconds by default.
 * - `timeout`: how long to wait at most; one hour by default. Without a circuit breaker, ECS never stops trying to start
 *   tasks that can't start.
 *
 * Use it for services with rolling updates, which ECS itself deploys. A service that CodeDeploy or an external controller
 * deploys has no such deployments, so waiting for it times out.
 *
 * **Errors**: `DeploymentFailed` with the reason and the number of failed tasks; `WaitTimedOut` with the last known state
 * of the deployment; `ClusterDoesNotExist`; `ServiceDoesNotExist`, also if the service is deleted during the wait;
 * `AwsError` for a permanent failure.
 *
 * **Requires** the permission `ecs:DescribeServices` on the service.
 *
 * **Example** (Deploy, and report the result)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const deployed = Ecs.waitForDeployment({
 *   cluster: "capture",
 *   service: "nodes",
 *   schedule: Schedule.spaced("30 seconds"),
 *   timeout: "20 minutes"
 * }).pipe(
 *   Effect.map((deployment) => `${deployment.runningCount} tasks run`),
 *   Effect.catchTag("DeploymentFailed", (failed) => Effect.succeed(`${failed.failedTasks} tasks failed: ${failed.reason}`))
 * )
 * ```
 *
 * AWS: [DescribeServices](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html),
 * [deployment circuit breaker](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html)
 *
 * @category deployments
 * @since 0.1.0
 */
export const waitForDeployment = Effect.fn("Ecs.waitForDeployment")(function*(
  options: ServiceReference & {
    readonly deployment?: Deployment | undefined
    readonly schedule?: Schedule.Schedule<unknown> | undefined
    readonly timeout?: Duration.Input | undefined
  }
): Effect.fn.Return<
  Deployment,
  ClusterDoesNotExist | ServiceDoesNotExist | DeploymentFailed | Polling.WaitTimedOut<Deployment> | AwsError,
  AwsClients
> {
  const { cluster, schedule = Schedule.spaced("15 seconds"), service, timeout = "1 hour" } = options
  let awaited = options.deployment
  let wasListed = false

  const poll = Effect.gen(function*() {
    const found = yield* describe({ cluster, service })
    const primary = primaryOf(found.deployments)
    const id = awaited?.id ?? primary?.id
    const current = found.deployments?.find((deployment) => deployment.id === id)
    if (current !== undefined) {
      wasListed = true
      const deployment = awaited = yield* readMembers(
        describeServices,
        current,
        (current, need) => fromSdk(current, need, rolloutOf(current, found))
      )
      if (deployment.rolloutState !== "FAILED" && (deployment.status === "PRIMARY" || isCompleted(deployment))) {
        return deployment
      }
    }
    if (awaited === undefined) return undefined
    const endEvent = current === undefined ? endEventOf(found, awaited.id) : undefined
    if (endEvent?.includes("deployment completed")) return deployments.make({ ...awaited, rolloutState: "COMPLETED" })
    // Right after a deployment starts, ECS may not list it yet.
    if (endEvent === undefined && !wasListed && isOlder(primary, awaited)) return awaited

    const replacedBy = primary?.id === awaited.id ? undefined : primary?.id
    const rollback = primary?.rolloutStateReason?.includes("rolling back") ? primary.rolloutStateReason : undefined
    const error = new DeploymentFailed({
      cluster,
      service,
      deployment: awaited.id,
      failedTasks: awaited.failedTasks,
      replacedBy,
      reason: (awaited.rolloutState === "FAILED" ? awaited.rolloutStateReason : undefined) ?? endEvent ?? rollback ??
        `deployment ${replacedBy} replaced it before it completed`
    })
    yield* Effect.logError(error.message)
    return yield* error
  })

  return yield* Polling.waitUntil(poll, {
    until: isCompleted,
    waitingFor: `the deployment of ECS service ${service} in cluster ${cluster} to complete`,
    schedule,
    timeout
  })
})

const isCompleted = (deployment: Deployment | undefined): deployment is Deployment =>
  deployment?.rolloutState === "COMPLETED"

const isOlder = ({ createdAt }: SdkDeployment = {}, than: Deployment): boolean =>
  createdAt !== undefined && than.createdAt !== undefined && createdAt < than.createdAt

/**
 * Deployments of Amazon ECS.
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
import * as Schema from "effect/Schema"
import type { EcsCodes } from "../errors/codes/Ecs.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import { ClusterDoesNotExist, DeploymentFailed, ServiceDoesNotExist } from "../errors/internal/ecsErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import * as Polling from "../src/Polling.ts"

export * from "../errors/EcsErrors.ts"

const aws = AwsService.make<ECSClient, EcsCodes>(ECSClient)

/**
 * Sends any command of ECS.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = aws.send

/**
 * The pages of any command of ECS that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = aws.pages

/**
 * The elements of all pages of any command of ECS that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = aws.items

/**
 * Which service.
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

/**
 * How far a deployment has come.
 *
 * @category models
 * @since 0.1.0
 */
export const RolloutState = Schema.Literals(["IN_PROGRESS", "COMPLETED", "FAILED"])

/**
 * How far a deployment has come.
 *
 * @category models
 * @since 0.1.0
 */
export type RolloutState = typeof RolloutState.Type

/**
 * One deployment of a service: a task definition, and how many of its tasks are to run, and do.
 *
 * @category models
 * @since 0.1.0
 */
export class Deployment extends Schema.Class<Deployment>("effect-aws-sdk/Ecs/Deployment")({
  /** `ecs-svc/1234567890123456789`. */
  id: Schema.String,
  /** `PRIMARY` for the one that the service is on; another word (`ACTIVE`, `DRAINING`) for one that it replaces. */
  status: Schema.String,
  /** The ARN of the task definition. */
  taskDefinition: Schema.String,
  desiredCount: Schema.Int,
  pendingCount: Schema.Int,
  runningCount: Schema.Int,
  /** Tasks that failed to start or to become healthy, one after the other. */
  failedTasks: Schema.Int,
  /** ECS gives none for a service behind a Classic Load Balancer. */
  rolloutState: Schema.optionalKey(RolloutState),
  rolloutStateReason: Schema.optionalKey(Schema.String),
  createdAt: Schema.optionalKey(Schema.Date),
  updatedAt: Schema.optionalKey(Schema.Date)
}) {}

const isRolloutState = Schema.is(RolloutState)

const fromSdk = (deployment: SdkDeployment, rolloutState: unknown = deployment.rolloutState): Deployment =>
  new Deployment({
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    taskDefinition: deployment.taskDefinition ?? "",
    desiredCount: deployment.desiredCount ?? 0,
    pendingCount: deployment.pendingCount ?? 0,
    runningCount: deployment.runningCount ?? 0,
    failedTasks: deployment.failedTasks ?? 0,
    ...(isRolloutState(rolloutState) && { rolloutState }),
    ...(deployment.rolloutStateReason !== undefined && { rolloutStateReason: deployment.rolloutStateReason }),
    ...(deployment.createdAt !== undefined && { createdAt: deployment.createdAt }),
    ...(deployment.updatedAt !== undefined && { updatedAt: deployment.updatedAt })
  })

const clusterDoesNotExist = (cluster: string) => () => Effect.fail(new ClusterDoesNotExist({ cluster }))

const describe = Effect.fnUntraced(function*(
  { cluster, service }: ServiceReference
): Effect.fn.Return<SdkService, ClusterDoesNotExist | ServiceDoesNotExist | AwsError, AwsClients> {
  const { services: [found] = [] } = yield* send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
    AwsError.catchCode("ClusterNotFoundException", clusterDoesNotExist(cluster))
  )
  if (found === undefined || found.status === "INACTIVE") return yield* new ServiceDoesNotExist({ cluster, service })
  return found
})

const primaryOf = (deployments: ReadonlyArray<SdkDeployment> | undefined): SdkDeployment | undefined =>
  deployments?.find(({ status }) => status === "PRIMARY")

/** How a deployment is where ECS does not say so: it is over when it is the only one left and all of its tasks run. */
const rolloutOf = (deployment: SdkDeployment, { deployments = [] }: SdkService): unknown =>
  deployment.rolloutState ??
    (deployments.length === 1 && deployment.runningCount === deployment.desiredCount ? "COMPLETED" : "IN_PROGRESS")

/**
 * Starts a new deployment of a service, of the task definition that it has: its tasks are replaced, and take up what
 * has changed outside of it (an image tag, a parameter). Gives the deployment that was started, which
 * {@link waitForDeployment} can wait for.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for a service that has been deleted; `AwsError` for the
 * rest: a service that CodeDeploy deploys is `Rejected`.
 *
 * **Example** (Take up a new configuration)
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
  const deployment = fromSdk(primaryOf(updated.service?.deployments) ?? {})
  yield* Effect.logInfo(`Deployment ${deployment.id} of ECS service ${service} in cluster ${cluster} has started`)
  return deployment
})

/**
 * Whether a deployment of the service is in progress: the newest one, or an older one that it replaces and that never
 * completed.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for a service that is `INACTIVE`; `AwsError` for the
 * rest.
 *
 * **Example** (Deploy only when nothing is under way)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const service = { cluster: "capture", service: "nodes" }
 *
 * const deploy = Ecs.isDeploymentInProgress(service).pipe(
 *   Effect.flatMap((busy) => busy ? Effect.logInfo("Later") : Ecs.forceDeployment(service))
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
 * How many tasks have failed in the deployments that the service has now, all together. ECS counts a deployment's
 * failures until one of its tasks runs, which sets the count back to zero.
 *
 * **Errors**: `ClusterDoesNotExist`; `ServiceDoesNotExist`, also for a service that is `INACTIVE`; `AwsError` for the
 * rest.
 *
 * **Example** (Too many failures)
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
  const { deployments = [] } = yield* describe(reference)
  return deployments.reduce((sum, { failedTasks = 0 }) => sum + failedTasks, 0)
})

/** What the service's events say of how a deployment ended, once it is no longer listed. */
const told = ({ events = [] }: SdkService, deployment: string): string | undefined =>
  events.find(({ message }) => message?.includes(`(deployment ${deployment}) deployment `))?.message

/**
 * Waits until one deployment of a service has completed, and gives it as it was then.
 *
 * - `deployment`: the one to wait for, as {@link forceDeployment} gave it; without it, the one that is the service's
 *   primary at the first look. It is that deployment that is waited for, to its end. Where another one takes its place
 *   first (a newer one, or the one that a circuit breaker rolls the service back to), the wait fails at once: that the
 *   service is stable again says nothing about the deployment that was asked for.
 * - `schedule`: when to look again; each 15 seconds by default.
 * - `timeout`: how long to wait in all; one hour by default. Without a circuit breaker ECS tries for ever to start tasks
 *   that cannot start.
 *
 * It is for services that ECS itself deploys (rolling updates). One that CodeDeploy or a controller of your own deploys
 * has no such deployments, and is waited for until the timeout.
 *
 * **Errors**: `DeploymentFailed` with the reason and the number of failed tasks; `WaitTimedOut` with the deployment as
 * last seen; `ClusterDoesNotExist`; `ServiceDoesNotExist`, also where the service is deleted meanwhile; `AwsError` for
 * what no waiting mends.
 *
 * **Example** (Deploy, and say how it went)
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
  let waited = options.deployment
  let isListed = false

  const look = Effect.gen(function*() {
    const found = yield* describe({ cluster, service })
    const primary = primaryOf(found.deployments)
    const id = waited?.id ?? primary?.id
    const current = found.deployments?.find((deployment) => deployment.id === id)
    if (current !== undefined) {
      isListed = true
      const deployment = waited = fromSdk(current, rolloutOf(current, found))
      if (deployment.rolloutState !== "FAILED" && (deployment.status === "PRIMARY" || isCompleted(deployment))) {
        return deployment
      }
    }
    if (waited === undefined) return undefined
    const end = current === undefined ? told(found, waited.id) : undefined
    if (end?.includes("deployment completed")) return new Deployment({ ...waited, rolloutState: "COMPLETED" })
    // Right after it was started, ECS may still answer without it.
    if (end === undefined && !isListed && isOlder(primary, waited)) return waited

    const replacedBy = primary?.id === waited.id ? undefined : primary?.id
    const rollback = primary?.rolloutStateReason?.includes("rolling back") ? primary.rolloutStateReason : undefined
    const error = new DeploymentFailed({
      cluster,
      service,
      deployment: waited.id,
      failedTasks: waited.failedTasks,
      replacedBy,
      reason: (waited.rolloutState === "FAILED" ? waited.rolloutStateReason : undefined) ?? end ?? rollback ??
        `it was replaced by deployment ${replacedBy} before it had completed`
    })
    yield* Effect.logError(error.message)
    return yield* error
  })

  return yield* Polling.waitUntil(look, {
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

/**
 * What can go wrong with ECS services and their deployments.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * There is no active cluster of this name or ARN in this account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClusterDoesNotExist extends Data.TaggedError("ClusterDoesNotExist")<{ readonly cluster: string }> {
  override get message(): string {
    return `The ECS cluster ${this.cluster} does not exist in this account and region, or is inactive.`
  }
}

/**
 * There is no service of this name or ARN in the cluster, or it has been deleted (ECS lists it as `INACTIVE`, or as
 * `DRAINING` while its tasks stop).
 *
 * @category errors
 * @since 0.1.0
 */
export class ServiceDoesNotExist extends Data.TaggedError("ServiceDoesNotExist")<{
  readonly cluster: string
  readonly service: string
}> {
  override get message(): string {
    return `The ECS service ${this.service} does not exist in cluster ${this.cluster}, or has been deleted.`
  }
}

/**
 * The deployment will not complete: its tasks did not start, or another deployment took its place first.
 *
 * @category errors
 * @since 0.1.0
 */
export class DeploymentFailed extends Data.TaggedError("DeploymentFailed")<{
  readonly cluster: string
  readonly service: string
  /** The id of the deployment: `ecs-svc/1234567890123456789`. */
  readonly deployment: string
  /** Why, in the words of ECS where it gives any. */
  readonly reason: string
  /** How many of its tasks had failed when it was last seen. */
  readonly failedTasks: number
  /** The id of the deployment that the service is on instead: a newer one, or the one that it is rolled back to. */
  readonly replacedBy: string | undefined
}> {
  override get message(): string {
    const { cluster, deployment, failedTasks, reason, replacedBy, service } = this
    return `The deployment ${deployment} of the ECS service ${service} in cluster ${cluster} failed` +
      `${failedTasks > 0 ? ` (${failedTasks} failed tasks)` : ""}: ${reason.replace(/[.\s]+$/, "")}. ` +
      (replacedBy === undefined ? "" : `The service is on deployment ${replacedBy} now. `) +
      "The service's events, and the `stoppedReason` of its stopped tasks, tell more."
  }
}

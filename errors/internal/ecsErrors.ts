import { TaggedError } from "./tagged.ts"

export class ClusterDoesNotExist extends TaggedError("ClusterDoesNotExist")<{ readonly cluster: string }> {
  override get message(): string {
    return `The ECS cluster ${this.cluster} does not exist in this account and region, or is inactive. ` +
      "Check its name, and the Layer's account and region."
  }
}

export class ServiceDoesNotExist extends TaggedError("ServiceDoesNotExist")<{
  readonly cluster: string
  readonly service: string
}> {
  override get message(): string {
    return `The ECS service ${this.service} does not exist in cluster ${this.cluster}, or was deleted. ` +
      "Check the names of both."
  }
}

export class DeploymentFailed extends TaggedError("DeploymentFailed")<{
  readonly cluster: string
  readonly service: string
  /** The id of the deployment: `ecs-svc/1234567890123456789`. */
  readonly deployment: string
  /** Why it failed, in ECS's words if ECS gave a reason. */
  readonly reason: string
  /** How many of its tasks had failed by the last check. */
  readonly failedTasks: number
  /** The id of the deployment that replaced it: a newer one, or the one that ECS rolled back to. */
  readonly replacedBy: string | undefined
}> {
  override get message(): string {
    const { cluster, deployment, failedTasks, reason, replacedBy, service } = this
    return `The deployment ${deployment} of the ECS service ${service} in cluster ${cluster} failed` +
      `${failedTasks > 0 ? ` (${failedTasks} failed tasks)` : ""}: ${reason.replace(/[.\s]+$/, "")}. ` +
      (replacedBy === undefined ? "" : `The service now runs deployment ${replacedBy}. `) +
      "For details, see the service's events and the `stoppedReason` of its stopped tasks."
  }
}

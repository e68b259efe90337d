/**
 * The errors of ECS services and their deployments.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/ecsErrors.ts"

/**
 * No active cluster has this name or ARN in the Layer's account and region. A cluster that was deleted is inactive.
 *
 * - `cluster`: the name or ARN that was given.
 *
 * **Example** (Deploy only where the cluster is)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const deployed = Ecs.forceDeployment({ cluster: "capture", service: "nodes" }).pipe(
 *   Effect.asSome,
 *   Effect.catchTag("ClusterDoesNotExist", ({ cluster }) =>
 *     Effect.andThen(Effect.logInfo(`There is no cluster ${cluster} here`), Effect.succeedNone))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ClusterDoesNotExist = /* @__PURE__ */ codec(
  Internal.ClusterDoesNotExist,
  () => ({ cluster: Schema.String }),
  404
)
/**
 * The type of {@link ClusterDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ClusterDoesNotExist = Internal.ClusterDoesNotExist

/**
 * The cluster has no service of this name or ARN, or the service was deleted: ECS lists it as `INACTIVE`. A new deployment also fails
 * for a service that is `DRAINING`: it was deleted, and its tasks are stopping.
 *
 * - `cluster`, `service`: the names or ARNs that were given.
 *
 * **Example** (A service that is gone has no failed tasks)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const failed = Ecs.getFailedTaskCount({ cluster: "capture", service: "nodes" }).pipe(
 *   Effect.catchTag("ServiceDoesNotExist", ({ cluster, service }) =>
 *     Effect.as(Effect.logInfo(`${service} is gone from ${cluster}`), 0))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ServiceDoesNotExist = /* @__PURE__ */ codec(
  Internal.ServiceDoesNotExist,
  () => ({ cluster: Schema.String, service: Schema.String }),
  404
)
/**
 * The type of {@link ServiceDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ServiceDoesNotExist = Internal.ServiceDoesNotExist

/**
 * The deployment that `waitForDeployment` waited for won't complete: its tasks failed to start, or another deployment replaced it
 * first.
 *
 * - `cluster`, `service`: the names or ARNs that were given.
 * - `deployment`: the id of the deployment, such as `ecs-svc/1234567890123456789`.
 * - `reason`: why it failed, in ECS's words if ECS gave a reason.
 * - `failedTasks`: how many of its tasks had failed by the last check.
 * - `replacedBy`: the id of the deployment that replaced it: a newer one, or the one that ECS rolled back to. `undefined` if none did.
 *
 * **Example** (Tell a failure from a newer deployment)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const deployed = Ecs.waitForDeployment({ cluster: "capture", service: "nodes" }).pipe(
 *   Effect.asVoid,
 *   Effect.catchTag("DeploymentFailed", (error) =>
 *     error.failedTasks === 0 && error.replacedBy !== undefined
 *       ? Effect.logInfo(`${error.replacedBy} was started meanwhile`)
 *       : Effect.fail(error))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const DeploymentFailed = /* @__PURE__ */ codec(
  Internal.DeploymentFailed,
  () => ({
    cluster: Schema.String,
    service: Schema.String,
    deployment: Schema.String,
    reason: Schema.String,
    failedTasks: Schema.Finite,
    replacedBy: orUndefined(Schema.String)
  }),
  502
)
/**
 * The type of {@link DeploymentFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeploymentFailed = Internal.DeploymentFailed

/**
 * The errors of ECS services and their deployments.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/ecsErrors.ts"

/**
 * No active cluster has this name or ARN in the Layer's account and region.
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
 * The cluster has no service of this name or ARN, or the service was deleted: ECS lists it as `INACTIVE`, or as `DRAINING`
 * while its tasks stop.
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
 * The deployment won't complete: its tasks failed to start, or another deployment replaced it first.
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

/**
 * The errors of networks and of traffic mirroring.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/ec2Errors.ts"

/**
 * No VPC has this id in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const VpcDoesNotExist = /* @__PURE__ */ codec(Internal.VpcDoesNotExist, () => ({ vpcId: Schema.String }), 404)
/**
 * The type of {@link VpcDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type VpcDoesNotExist = Internal.VpcDoesNotExist

/**
 * No EC2 instance has this id in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const InstanceDoesNotExist = /* @__PURE__ */ codec(
  Internal.InstanceDoesNotExist,
  () => ({ instanceId: Schema.String }),
  404
)
/**
 * The type of {@link InstanceDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type InstanceDoesNotExist = Internal.InstanceDoesNotExist

/**
 * No EC2 resource of this kind has this id in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const ResourceDoesNotExist = /* @__PURE__ */ codec(
  Internal.ResourceDoesNotExist,
  () => ({ kind: Schema.String, id: Schema.String }),
  404
)
/**
 * The type of {@link ResourceDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResourceDoesNotExist = Internal.ResourceDoesNotExist

/**
 * The network interface has a type whose traffic can't be mirrored.
 *
 * @category errors
 * @since 0.1.0
 */
export const NonMirrorableEniType = /* @__PURE__ */ codec(
  Internal.NonMirrorableEniType,
  () => ({ eniId: Schema.String, eniType: Schema.String }),
  422
)
/**
 * The type of {@link NonMirrorableEniType:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type NonMirrorableEniType = Internal.NonMirrorableEniType

/**
 * No traffic mirror session has this id in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const MirrorDoesNotExist = /* @__PURE__ */ codec(
  Internal.MirrorDoesNotExist,
  () => ({ sessionId: Schema.String }),
  404
)
/**
 * The type of {@link MirrorDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type MirrorDoesNotExist = Internal.MirrorDoesNotExist

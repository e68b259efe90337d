/**
 * The errors of networks and of traffic mirroring.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/ec2Errors.ts"

/**
 * No VPC has this id in the Layer's account and region. A VPC is in one region: check the Layer's.
 *
 * - `vpcId`: the id that was asked for.
 *
 * **Example** (No subnets in a VPC that is gone)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const subnets = (vpcId: string) =>
 *   Ec2.listSubnetsOfVpc(vpcId).pipe(
 *     Stream.runCollect,
 *     Effect.catchTag("VpcDoesNotExist", ({ vpcId }) => Effect.as(Effect.logInfo(`${vpcId} is gone`), []))
 *   )
 * ```
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
 * No EC2 instance has this id in the Layer's account and region, or EC2 no longer lists it: a terminated instance usually
 * disappears within an hour.
 *
 * - `instanceId`: the id that was asked for.
 *
 * **Example** (The network interfaces of the instances that are left)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const enis = (instances: ReadonlyArray<string>) =>
 *   Effect.forEach(instances, (id) =>
 *     Ec2.getEnisOfInstance(id).pipe(Effect.catchTag("InstanceDoesNotExist", () => Effect.succeed([])))).pipe(
 *       Effect.map((lists) => lists.flat())
 *     )
 * ```
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
 * `lookup` found no EC2 resource of this kind with this id in the Layer's account and region. It's also the error for a text that can't
 * be an id, for which no call is made.
 *
 * - `kind`: what was looked up, such as `Volume`.
 * - `id`: the id that was looked up.
 *
 * **Example** (Which of some volumes are gone)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const gone = (ids: ReadonlyArray<string>) =>
 *   Effect.forEach(ids, (id) =>
 *     Ec2.lookup("Volume", id).pipe(
 *       Effect.as([]),
 *       Effect.catchTag("ResourceDoesNotExist", ({ id }) => Effect.succeed([id]))
 *     ), { concurrency: "unbounded" }).pipe(Effect.map((lists) => lists.flat()))
 * ```
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
 * The network interface that `mirrorEni` was given has a type whose traffic can't be mirrored: it's that of a NAT gateway or of a
 * Gateway Load Balancer endpoint. No call was made. Skip it.
 *
 * - `eniId`: the id of the network interface.
 * - `eniType`: AWS's name for its type, `nat_gateway` or `gateway_load_balancer_endpoint`.
 *
 * **Example** (Mirror all others of a subnet)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const mirrored = (subnet: string, trafficTarget: string, trafficFilter: string) =>
 *   Ec2.listEnisOfSubnet(subnet).pipe(
 *     Stream.runForEach((eni) =>
 *       Ec2.mirrorEni({ eni, vpcId: eni.vpcId, trafficTarget, trafficFilter }).pipe(
 *         Effect.catchTag("NonMirrorableEniType", ({ eniId, eniType }) => Effect.logInfo(`Skipped ${eniId}, a ${eniType}`))
 *       )
 *     )
 *   )
 * ```
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
 * No traffic mirror session has this id in the Layer's account and region, so `deleteEniMirroring` deleted nothing. If you wanted to
 * delete it, there is nothing left to do.
 *
 * - `sessionId`: the id that was given.
 *
 * **Example** (Deleting it twice is no failure)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const ended = (sessionId: string) =>
 *   Ec2.deleteEniMirroring(sessionId).pipe(
 *     Effect.catchTag("MirrorDoesNotExist", ({ sessionId }) => Effect.logDebug(`${sessionId} was deleted before`))
 *   )
 * ```
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

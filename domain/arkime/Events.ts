/**
 * The events of Arkime's AWS tooling, with the same names and the same fields on the wire.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as EventBridge from "../../services/EventBridge.ts"

/**
 * The `source` of every Arkime event.
 *
 * **Example** (A rule for all Arkime events)
 *
 * ```ts
 * import { PutRuleCommand } from "@aws-sdk/client-eventbridge"
 * import { arkime, EventBridge } from "effect-aws-sdk"
 *
 * const rule = EventBridge.send(
 *   new PutRuleCommand({ Name: "arkime", EventPattern: JSON.stringify({ source: [arkime.source] }) })
 * )
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export const source = "arkime"

/**
 * Asks to configure a cluster's index state management: how long OpenSearch keeps the users' history and the sessions, and
 * with how many replicas.
 *
 * **Example** (Keep a year of history)
 *
 * ```ts
 * import { arkime, EventBridge } from "effect-aws-sdk"
 *
 * const event = new arkime.ConfigureIsmEvent({ historyDays: 365, spiDays: 30, replicas: 1 })
 * const put = EventBridge.putEvents([event], { eventBus: "arkime" })
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export class ConfigureIsmEvent extends EventBridge.Event<ConfigureIsmEvent>()({
  source,
  detailType: "ConfigureIsm",
  fields: {
    /** How long to keep the users' history, in days. */
    historyDays: Schema.Int,
    /** How long to keep the sessions (session profile information), in days. */
    spiDays: Schema.Int,
    /** The number of replicas of the session indices. */
    replicas: Schema.Int
  },
  keys: { historyDays: "history_days", spiDays: "spi_days" }
}) {}

/**
 * Asks to mirror a network interface's traffic to a cluster.
 *
 * **Example** (Mirror all interfaces of a subnet)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { arkime, Ec2, EventBridge } from "effect-aws-sdk"
 *
 * const mirrorSubnet = (clusterName: string, vni: number, trafficFilterId: string, subnetId: string) =>
 *   Effect.gen(function*() {
 *     const enis = yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId))
 *     const events = enis.map(({ eniId, eniType, vpcId }) =>
 *       new arkime.CreateEniMirrorEvent({ clusterName, vpcId, subnetId, eniId, eniType, trafficFilterId, vni })
 *     )
 *     return yield* EventBridge.putEvents(events, { eventBus: "arkime" })
 *   })
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export class CreateEniMirrorEvent extends EventBridge.Event<CreateEniMirrorEvent>()({
  source,
  detailType: "CreateEniMirror",
  fields: {
    /** The name of the cluster. */
    clusterName: Schema.String,
    /** The VPC of the interface. */
    vpcId: Schema.String,
    /** The subnet of the interface. */
    subnetId: Schema.String,
    /** The id of the interface. */
    eniId: Schema.String,
    /** The type of the interface, as EC2 names it: `interface`, `nat_gateway`. */
    eniType: Schema.String,
    /** The id of the mirror filter. */
    trafficFilterId: Schema.String,
    /** The virtual network identifier: the VXLAN ID of the mirrored packets. */
    vni: Schema.Int
  },
  keys: {
    clusterName: "cluster_name",
    vpcId: "vpc_id",
    subnetId: "subnet_id",
    eniId: "eni_id",
    eniType: "eni_type",
    trafficFilterId: "traffic_filter_id"
  }
}) {}

/**
 * Asks to stop mirroring a network interface's traffic.
 *
 * **Example** (A handler of this event only)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { arkime, Ec2, EventBridge } from "effect-aws-sdk"
 *
 * const handler = (delivered: unknown, trafficSessionId: string) =>
 *   Effect.gen(function*() {
 *     const { eniId } = yield* EventBridge.decode(arkime.DestroyEniMirrorEvent, delivered)
 *     yield* Ec2.deleteEniMirroring(trafficSessionId)
 *     yield* Effect.logInfo(`${eniId} isn't mirrored any more`)
 *   })
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export class DestroyEniMirrorEvent extends EventBridge.Event<DestroyEniMirrorEvent>()({
  source,
  detailType: "DestroyEniMirror",
  fields: {
    /** The name of the cluster. */
    clusterName: Schema.String,
    /** The VPC of the interface. */
    vpcId: Schema.String,
    /** The subnet of the interface. */
    subnetId: Schema.String,
    /** The id of the interface. */
    eniId: Schema.String
  },
  keys: { clusterName: "cluster_name", vpcId: "vpc_id", subnetId: "subnet_id", eniId: "eni_id" }
}) {}

/**
 * Any Arkime event.
 *
 * **Example** (The events of a cluster)
 *
 * ```ts
 * import { arkime } from "effect-aws-sdk"
 *
 * const isAbout = (event: arkime.Event, clusterName: string): boolean =>
 *   "clusterName" in event && event.clusterName === clusterName
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export type Event = ConfigureIsmEvent | CreateEniMirrorEvent | DestroyEniMirrorEvent

/**
 * Decodes an Arkime event that EventBridge delivered, into the class of its `detail-type`.
 *
 * **Errors**: `EventNotDecodable` if it isn't an Arkime event, or its detail doesn't match.
 *
 * **Example** (A handler)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { arkime } from "effect-aws-sdk"
 *
 * const whatToDo = (event: arkime.Event): string =>
 *   event instanceof arkime.ConfigureIsmEvent
 *     ? `keep for ${event.historyDays} days`
 *     : event instanceof arkime.CreateEniMirrorEvent
 *     ? `mirror ${event.eniId} to ${event.clusterName}`
 *     : `stop mirroring ${event.eniId}`
 *
 * const handler = (delivered: unknown) => arkime.decodeEvent(delivered).pipe(Effect.map(whatToDo))
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export const decodeEvent = EventBridge.decodeOneOf([ConfigureIsmEvent, CreateEniMirrorEvent, DestroyEniMirrorEvent])

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
 * @category events
 * @since 0.1.0
 */
export const source = "arkime"

/**
 * Asks to configure a cluster's index state management: how long OpenSearch keeps the users' history and the sessions, and
 * with how many replicas.
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
 * @category events
 * @since 0.1.0
 */
export class CreateEniMirrorEvent extends EventBridge.Event<CreateEniMirrorEvent>()({
  source,
  detailType: "CreateEniMirror",
  fields: {
    clusterName: Schema.String,
    vpcId: Schema.String,
    subnetId: Schema.String,
    eniId: Schema.String,
    eniType: Schema.String,
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
 * @category events
 * @since 0.1.0
 */
export class DestroyEniMirrorEvent extends EventBridge.Event<DestroyEniMirrorEvent>()({
  source,
  detailType: "DestroyEniMirror",
  fields: {
    clusterName: Schema.String,
    vpcId: Schema.String,
    subnetId: Schema.String,
    eniId: Schema.String
  },
  keys: { clusterName: "cluster_name", vpcId: "vpc_id", subnetId: "subnet_id", eniId: "eni_id" }
}) {}

/**
 * Any Arkime event.
 *
 * @category events
 * @since 0.1.0
 */
export type Event = ConfigureIsmEvent | CreateEniMirrorEvent | DestroyEniMirrorEvent

/**
 * Decodes an Arkime event that EventBridge delivered, into the class of its `detail-type`.
 *
 * **Errors**: `EventNotDecodable`.
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

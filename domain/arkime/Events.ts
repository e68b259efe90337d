/**
 * The events of Arkime's AWS tooling, under the same names and with the same fields on the wire.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as EventBridge from "../../services/EventBridge.ts"

/**
 * The source of all of Arkime's events.
 *
 * @category events
 * @since 0.1.0
 */
export const source = "arkime"

/**
 * A cluster's index state management is to be set: how long sessions and captured packets are kept, and how many copies
 * of the indices there are.
 *
 * @category events
 * @since 0.1.0
 */
export class ConfigureIsmEvent extends EventBridge.Event<ConfigureIsmEvent>()({
  source,
  detailType: "ConfigureIsm",
  fields: {
    /** Days. */
    historyDays: Schema.Int,
    /** Days. */
    spiDays: Schema.Int,
    replicas: Schema.Int
  },
  keys: { historyDays: "history_days", spiDays: "spi_days" }
}) {}

/**
 * A network interface's traffic is to be mirrored to a cluster.
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
    /** The virtual network, that is, the VXLAN id of the mirrored packets. */
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
 * A network interface's traffic is to be mirrored no more.
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
 * Any event of Arkime's.
 *
 * @category events
 * @since 0.1.0
 */
export type Event = ConfigureIsmEvent | CreateEniMirrorEvent | DestroyEniMirrorEvent

/**
 * Decodes a delivered event of Arkime's.
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

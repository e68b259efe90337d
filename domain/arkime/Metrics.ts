/**
 * The metrics of Arkime's AWS tooling: the outcome of each of its events.
 *
 * @since 0.1.0
 */
import * as CloudWatch from "../../services/CloudWatch.ts"
import { ConfigureIsmEvent, CreateEniMirrorEvent, DestroyEniMirrorEvent } from "./Events.ts"

/**
 * The namespace of every Arkime metric.
 *
 * @category metrics
 * @since 0.1.0
 */
export const namespace = "Arkime/Events"

/**
 * Records the outcome of a {@link ConfigureIsmEvent}.
 *
 * @category metrics
 * @since 0.1.0
 */
export class ConfigureIsmEventMetrics extends CloudWatch.OutcomeMetric<ConfigureIsmEventMetrics>()({
  namespace,
  outcomes: ["Success", "Failure"],
  dimensions: { clusterName: "ClusterName" },
  constants: { EventType: ConfigureIsmEvent.detailType }
}) {}

/**
 * Records the outcome of a {@link CreateEniMirrorEvent}: `AbortedExists` if the interface was already mirrored,
 * `AbortedEniType` if its type can't be mirrored.
 *
 * @category metrics
 * @since 0.1.0
 */
export class CreateEniMirrorEventMetrics extends CloudWatch.OutcomeMetric<CreateEniMirrorEventMetrics>()({
  namespace,
  outcomes: ["Success", "AbortedExists", "AbortedEniType", "Failure"],
  dimensions: { clusterName: "ClusterName", vpcId: "VpcId" },
  constants: { EventType: CreateEniMirrorEvent.detailType }
}) {}

/**
 * Records the outcome of a {@link DestroyEniMirrorEvent}.
 *
 * @category metrics
 * @since 0.1.0
 */
export class DestroyEniMirrorEventMetrics extends CloudWatch.OutcomeMetric<DestroyEniMirrorEventMetrics>()({
  namespace,
  outcomes: ["Success", "Failure"],
  dimensions: { clusterName: "ClusterName", vpcId: "VpcId" },
  constants: { EventType: DestroyEniMirrorEvent.detailType }
}) {}

/**
 * The outcomes of a {@link ConfigureIsmEvent}.
 *
 * @category metrics
 * @since 0.1.0
 */
export type ConfigureIsmOutcome = ConfigureIsmEventMetrics["outcome"]

/**
 * The outcomes of a {@link CreateEniMirrorEvent}.
 *
 * @category metrics
 * @since 0.1.0
 */
export type CreateEniMirrorOutcome = CreateEniMirrorEventMetrics["outcome"]

/**
 * The outcomes of a {@link DestroyEniMirrorEvent}.
 *
 * @category metrics
 * @since 0.1.0
 */
export type DestroyEniMirrorOutcome = DestroyEniMirrorEventMetrics["outcome"]

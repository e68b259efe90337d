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
 * **Example** (Which of them there are)
 *
 * ```ts
 * import { ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
 * import { arkime, CloudWatch } from "effect-aws-sdk"
 *
 * const metrics = CloudWatch.items(new ListMetricsCommand({ Namespace: arkime.namespace }), (page) => page.Metrics)
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const namespace = "Arkime/Events"

/**
 * Records the outcome of a {@link ConfigureIsmEvent}.
 *
 * **Example** (Put the outcome of a handler)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { arkime, CloudWatch } from "effect-aws-sdk"
 *
 * const recorded = <A, E, R>(clusterName: string, configure: Effect.Effect<A, E, R>) => {
 *   const put = (outcome: arkime.ConfigureIsmOutcome) =>
 *     CloudWatch.putMetrics([new arkime.ConfigureIsmEventMetrics({ clusterName, outcome })])
 *   return configure.pipe(
 *     Effect.tap(() => put("Success")),
 *     Effect.tapError(() => Effect.ignore(put("Failure")))
 *   )
 * }
 * ```
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
 * **Example** (An interface that is mirrored already)
 *
 * ```ts
 * import { arkime, CloudWatch } from "effect-aws-sdk"
 *
 * const metric = new arkime.CreateEniMirrorEventMetrics({
 *   clusterName: "capture-1",
 *   vpcId: "vpc-0a1b",
 *   outcome: "AbortedExists"
 * })
 * const put = CloudWatch.putMetrics([metric])
 * ```
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
 * **Example** (The outcomes of several events in one call)
 *
 * ```ts
 * import { Exit } from "effect"
 * import { arkime, CloudWatch } from "effect-aws-sdk"
 *
 * const put = (clusterName: string, vpcId: string, exits: ReadonlyArray<Exit.Exit<void, unknown>>) =>
 *   CloudWatch.putMetrics(exits.map((exit) =>
 *     new arkime.DestroyEniMirrorEventMetrics({
 *       clusterName,
 *       vpcId,
 *       outcome: Exit.isSuccess(exit) ? "Success" : "Failure"
 *     })
 *   ))
 * ```
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
 * **Example** (The outcome of a handler)
 *
 * ```ts
 * import { arkime } from "effect-aws-sdk"
 *
 * const outcomeOf = (isConfigured: boolean): arkime.ConfigureIsmOutcome => isConfigured ? "Success" : "Failure"
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export type ConfigureIsmOutcome = ConfigureIsmEventMetrics["outcome"]

/**
 * The outcomes of a {@link CreateEniMirrorEvent}.
 *
 * **Example** (The outcomes that need attention)
 *
 * ```ts
 * import { arkime } from "effect-aws-sdk"
 *
 * const needsAttention = (outcome: arkime.CreateEniMirrorOutcome): boolean => outcome === "Failure"
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export type CreateEniMirrorOutcome = CreateEniMirrorEventMetrics["outcome"]

/**
 * The outcomes of a {@link DestroyEniMirrorEvent}.
 *
 * **Example** (The exit code of a script)
 *
 * ```ts
 * import { arkime } from "effect-aws-sdk"
 *
 * const exitCode = (outcome: arkime.DestroyEniMirrorOutcome): number => outcome === "Success" ? 0 : 1
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export type DestroyEniMirrorOutcome = DestroyEniMirrorEventMetrics["outcome"]

import * as Schema from "effect/Schema"
import { deployments, rolloutStates } from "./results.ts"

/**
 * The state of a deployment's rollout, as a Schema: `COMPLETED`, `FAILED` or `IN_PROGRESS`.
 *
 * **Example** (A message for each state)
 *
 * ```ts
 * import { Match } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const text = Match.type<Ecs.RolloutState>().pipe(
 *   Match.when("COMPLETED", () => "All tasks run"),
 *   Match.when("IN_PROGRESS", () => "Tasks are being replaced"),
 *   Match.when("FAILED", () => "Tasks don't start"),
 *   Match.exhaustive
 * )
 *
 * const states = Ecs.RolloutState.literals // for a filter in a form
 * ```
 *
 * AWS: [Deployment](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html)
 *
 * @category models
 * @since 0.1.0
 */
export const RolloutState = Schema.Literals(rolloutStates)

/**
 * The state of a deployment's rollout.
 *
 * @category models
 * @since 0.1.0
 */
export type RolloutState = typeof RolloutState.Type

/**
 * One deployment of a service: a task definition, and how many of its tasks should run and do run.
 *
 * **Example** (How far a new deployment is)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ecs } from "effect-aws-sdk"
 *
 * const started = Ecs.forceDeployment({ cluster: "capture", service: "nodes" }).pipe(
 *   Effect.map(({ desiredCount, id, runningCount }) => `${id}: ${runningCount} of ${desiredCount} tasks run`)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Deployment extends Schema.Class<Deployment>(deployments.identifier)({
  /** `ecs-svc/1234567890123456789`. */
  id: Schema.String,
  /** `PRIMARY` for the service's current deployment; `ACTIVE` or `DRAINING` for one that it replaces. */
  status: Schema.String,
  /** The ARN of the task definition. */
  taskDefinition: Schema.String,
  /** How many tasks should run. */
  desiredCount: Schema.Int,
  /** How many tasks are about to start. */
  pendingCount: Schema.Int,
  /** How many tasks run. */
  runningCount: Schema.Int,
  /** The number of consecutive tasks that failed to start or to become healthy. */
  failedTasks: Schema.Int,
  /** ECS returns none for a service behind a Classic Load Balancer. */
  rolloutState: Schema.optionalKey(RolloutState),
  /** Why the rollout is in its state, in ECS's words. */
  rolloutStateReason: Schema.optionalKey(Schema.String),
  /** When the deployment was created. */
  createdAt: Schema.optionalKey(Schema.Date),
  /** When it last changed. */
  updatedAt: Schema.optionalKey(Schema.Date)
}) {}

deployments.use(Deployment)

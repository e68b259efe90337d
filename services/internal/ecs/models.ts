import * as Schema from "effect/Schema"
import { deployments, rolloutStates } from "./results.ts"

/**
 * The state of a deployment's rollout.
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
  desiredCount: Schema.Int,
  pendingCount: Schema.Int,
  runningCount: Schema.Int,
  /** The number of consecutive tasks that failed to start or to become healthy. */
  failedTasks: Schema.Int,
  /** ECS returns none for a service behind a Classic Load Balancer. */
  rolloutState: Schema.optionalKey(RolloutState),
  rolloutStateReason: Schema.optionalKey(Schema.String),
  createdAt: Schema.optionalKey(Schema.Date),
  updatedAt: Schema.optionalKey(Schema.Date)
}) {}

deployments.use(Deployment)

/**
 * The errors of a target of a fleet.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./internal/cause.ts"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/fleetErrors.ts"

/**
 * A target can't be used: its account id, role or region is malformed, it has no region, no role leads to its account, or the role
 * and the region are of different partitions. Nothing was sent for it. Correct the target, or the fleet's `role`.
 *
 * - `target`: the target as it was given: an account id, or the ARN of a role.
 * - `description`: what is wrong with it, and what it has to be.
 *
 * `Fleet.forEach` has it in a `result`, and goes on with the other targets. `Fleet.clients` fails with it.
 *
 * **Example** (An account id that somebody has typed)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2, Fleet } from "effect-aws-sdk"
 *
 * const zonesOf = (account: string) =>
 *   Ec2.availabilityZones.pipe(
 *     Effect.provide(Fleet.clients({ account })),
 *     Effect.catchTag("InvalidTarget", ({ description, target }) =>
 *       Effect.as(Effect.logWarning(`${target} is left out. ${description}`), []))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const InvalidTarget = /* @__PURE__ */ codec(
  Internal.InvalidTarget,
  () => ({ target: Schema.String, description: Schema.String }),
  400
)
/**
 * The type of {@link InvalidTarget:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type InvalidTarget = Internal.InvalidTarget

/**
 * The effect died in a place of a target: it threw, ended with a defect, or interrupted itself. That is a fault of the program. The
 * other places go on.
 *
 * - `account`, `region`: the place.
 * - `cause`: what the effect threw, or died with.
 *
 * **Example** (Tell faults of the program from failures)
 *
 * ```ts
 * import { Effect, Result, Stream } from "effect"
 * import { Ec2, Fleet } from "effect-aws-sdk"
 *
 * const program = (targets: ReadonlyArray<Fleet.Target>) =>
 *   Fleet.forEach(targets, Ec2.availabilityZones).pipe(
 *     Stream.filter(({ result }) => Result.isFailure(result) && result.failure._tag === "TargetDied"),
 *     Stream.runForEach(({ account, region, result }) => Effect.logError(account, region, result))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const TargetDied = /* @__PURE__ */ codec(
  Internal.TargetDied,
  () => ({ account: Schema.String, region: Schema.String, cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link TargetDied:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type TargetDied = Internal.TargetDied

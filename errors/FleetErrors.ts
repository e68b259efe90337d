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
 * A target can't be used: its account id, role or region is malformed, it has no region, or no role leads to its account.
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
 * The effect died in a target: it threw, or ended with a defect. The other targets go on.
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

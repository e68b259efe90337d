/**
 * What became of a fleet: per account and region what was found, done and refused, as a table, as JSON, and as a page.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * One thing that was found in an account and region, and what became of it.
 *
 * - `Done`: the program did what it is for.
 * - `Unchanged`: there was nothing to do.
 * - `Refused`: AWS, or the program, refused it. `why` says why.
 *
 * @category models
 * @since 0.1.0
 */
export const Item = Schema.Struct({
  what: Schema.String,
  outcome: Schema.Literals(["Done", "Unchanged", "Refused"]),
  why: Schema.optionalKey(Schema.String)
})
/**
 * The type of {@link Item:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type Item = typeof Item.Type

/**
 * One account and region. `failure` says why the work there ended early, or didn't begin.
 *
 * @category models
 * @since 0.1.0
 */
export const Entry = Schema.Struct({
  account: Schema.String,
  /** The name of the account, if it's known. */
  name: Schema.optionalKey(Schema.String),
  region: Schema.String,
  items: Schema.Array(Item),
  failure: Schema.optionalKey(Schema.String)
})
/**
 * The type of {@link Entry:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = typeof Entry.Type

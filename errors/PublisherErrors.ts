/**
 * The errors of publishers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/publisherErrors.ts"

/**
 * The publisher's scope has ended, so it takes nothing more. Of what was given, it took the first `accepted`: these are
 * delivered or reported.
 *
 * @category errors
 * @since 0.1.0
 */
export const PublisherClosed = /* @__PURE__ */ codec(
  Internal.PublisherClosed,
  () => ({ what: Schema.String, accepted: Schema.Finite, given: Schema.Finite }),
  503
)
/**
 * The type of {@link PublisherClosed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type PublisherClosed = Internal.PublisherClosed

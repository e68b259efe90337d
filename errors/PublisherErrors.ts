/**
 * The errors of publishers.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/publisherErrors.ts"

/**
 * The publisher's scope has ended, or ended while the publisher's queue was full, so that it takes nothing more. Of what was given, it
 * took the first `accepted`: these are delivered or reported. Publish the others elsewhere, or give the publisher a longer scope.
 *
 * - `what`: what the publisher publishes, such as `events for the event bus orders`.
 * - `accepted`: how many the publisher took of those that were given, from the first on.
 * - `given`: how many were given.
 *
 * **Example** (Log what was too late)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const publish = (publisher: CloudWatch.Publisher, metrics: ReadonlyArray<CloudWatch.OutcomeMetric>) =>
 *   publisher.publishAll(metrics).pipe(
 *     Effect.catchTag("PublisherClosed", ({ accepted }) =>
 *       Effect.logWarning("Too late for these metrics", metrics.slice(accepted)))
 *   )
 * ```
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

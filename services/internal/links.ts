// The links of a span that serves several others.
import type * as Tracer from "effect/Tracer"

/** OpenTelemetry keeps so many links of a span. */
const MAX_LINKS = 128

/** Links to the spans, each once. */
export const linksTo = (spans: ReadonlyArray<Tracer.AnySpan | undefined>): Array<Tracer.SpanLink> =>
  [...new Set(spans)].flatMap((span) => span === undefined ? [] : [{ span, attributes: {} }]).slice(0, MAX_LINKS)

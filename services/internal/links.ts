// Links from the span of a call to the spans of those whom it serves.
import type * as Tracer from "effect/Tracer"

/** OpenTelemetry keeps so many links of a span. */
const MOST_LINKS = 128

/** A link to each of these spans, once. */
export const linksTo = (spans: Iterable<Tracer.AnySpan | undefined>): Array<Tracer.SpanLink> => {
  const different = new Set(spans)
  different.delete(undefined)
  return Array.from(different as Set<Tracer.AnySpan>, (span) => ({ span, attributes: {} })).slice(0, MOST_LINKS)
}

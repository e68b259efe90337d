/** In-memory EventBridge: the event patterns of requests, rules and archives. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Fault } from "../engine/service.ts"
import type { Pattern } from "./matching.ts"
import { readPattern } from "./pattern.ts"

/** Reads an event pattern. */
export const checkPattern = (source: string) =>
  Effect.mapError(
    Effect.fromResult(readPattern(source)),
    (reason) =>
      new Fault({ code: "InvalidEventPatternException", message: `Event pattern is not valid. Reason: ${reason}` })
  )

interface Settings {
  readonly EventPattern?: string | undefined
}

// Patterns are read once: a rule or an archive that changes gets new settings.
const patterns = new WeakMap<Settings, Pattern | undefined>()

/** The pattern of a rule or an archive, if it has one. */
export const patternOf = (settings: Settings): Pattern | undefined => {
  if (!patterns.has(settings)) {
    const { EventPattern } = settings
    patterns.set(settings, EventPattern && Result.getOrUndefined(readPattern(EventPattern)) || undefined)
  }
  return patterns.get(settings)
}

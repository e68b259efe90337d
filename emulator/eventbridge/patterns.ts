/** In-memory EventBridge: the event patterns of requests. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { readPattern } from "./pattern.ts"

/** Reads an event pattern. */
export const checkPattern = (source: string) =>
  Effect.mapError(
    Effect.fromResult(readPattern(source)),
    (reason) =>
      new Fault({ code: "InvalidEventPatternException", message: `Event pattern is not valid. Reason: ${reason}` })
  )

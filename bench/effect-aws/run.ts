import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"

/** Runs programs by one Layer, that is one client. */
export const runner = (layer) => {
  const runtime = ManagedRuntime.make(layer)
  return (program) => runtime.runPromise(program)
}

/** `count` times, `atOnce` of them under way. */
export const repeat = (count, concurrency, call) =>
  Effect.as(Effect.forEach(Array.from({ length: count }), call, { concurrency, discard: true }), count)

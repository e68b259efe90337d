import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"

/** Runs programs on one Layer, and so on one client. */
export const runner = (layer) => {
  const runtime = ManagedRuntime.make(layer)
  return (program) => runtime.runPromise(program)
}

/** Makes `count` calls, `concurrency` of them at a time. */
export const repeat = (count, concurrency, call) =>
  Effect.as(Effect.forEach(Array.from({ length: count }), call, { concurrency, discard: true }), count)

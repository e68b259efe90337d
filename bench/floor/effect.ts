// The least that a program with Effect has.
import * as Effect from "effect/Effect"

await Effect.runPromise(Effect.void)

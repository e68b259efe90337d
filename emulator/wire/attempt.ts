import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type Fault, isFault } from "./fault.ts"
import { malformedUri } from "./faults.ts"
import { MalformedUri } from "./http.ts"
import type { Protocol } from "./protocol.ts"

/** A thrown value that isn't an error of AWS: a bug of the emulator, or a body that broke off. */
class Unexpected extends Data.TaggedError("Unexpected")<{ readonly cause: unknown }> {}

/** Runs a function that throws faults. Anything else it throws is a defect. */
export const attempt = <A>(protocol: Protocol, run: () => Promise<A>): Effect.Effect<A, Fault> =>
  Effect.tryPromise({
    try: run,
    catch: (error) =>
      isFault(error)
        ? error
        : error instanceof MalformedUri
        ? malformedUri(protocol)
        : new Unexpected({ cause: error })
  }).pipe(Effect.catchTag("Unexpected", ({ cause }) => Effect.die(cause)))

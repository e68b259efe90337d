// Gaps of the emulator. A test that relies on one must not pass in silence.
import * as Effect from "effect/Effect"

/**
 * A gap of the emulator, not an error of AWS: a command without a handler, an input member that no code looked at, a feature
 * that isn't there. In process, the call dies with its message and the remedy; over HTTP, the answer is 501 with the message and
 * what a caller in another program can do.
 */
export class Unsupported extends Error {
  override readonly name = "Unsupported"
  readonly gap: string

  constructor(gap: string, remedy?: string) {
    super(remedy === undefined ? gap : `${gap} ${remedy}`)
    this.gap = gap
  }
}

export const unsupported = (gap: string, remedy?: string): Effect.Effect<never> =>
  Effect.die(new Unsupported(gap, remedy))

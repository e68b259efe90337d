// Mistakes that TypeScript finds, in programs without it.
import * as Effect from "effect/Effect"
import { described } from "./failures.ts"

/** Throws unless a function was passed, which returns an Effect. */
export const assertFunction = (where: string, value: unknown): void => {
  if (typeof value === "function") return
  throw new TypeError(
    `${where} is ${
      Effect.isEffect(value) ? "an Effect" : described(value)
    }. Pass a function that takes the event and returns an Effect.`
  )
}

/** What a function of the program returned, if it's an Effect. Dies otherwise. */
export const returned = <A, E, R>(where: string, value: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  if (Effect.isEffect(value)) return value
  const other: unknown = value
  // Nobody waits for it. If it's rejected, Node.js would end the process.
  if (other instanceof Promise) other.catch(() => {})
  const what = other instanceof Promise ? "a Promise" : described(other)
  return Effect.die(
    new TypeError(
      `${where} returned ${what} in place of an Effect. Use \`Effect.fn\` or \`Effect.gen\` in place of \`async\`, ` +
        "`Effect.tryPromise` for a Promise, and `Effect.succeed` for a value that is there."
    )
  )
}

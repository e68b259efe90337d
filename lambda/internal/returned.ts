// Mistakes that TypeScript finds, in programs without it.
import * as Effect from "effect/Effect"

const kindOf = (value: unknown): string =>
  value instanceof Promise
    ? "a Promise"
    : value === null || value === undefined
    ? String(value)
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`

/** Throws unless a function was passed, which returns an Effect. */
export const assertFunction = (where: string, value: unknown): void => {
  if (typeof value === "function") return
  throw new TypeError(
    `${where} is ${
      Effect.isEffect(value) ? "an Effect" : kindOf(value)
    }. Pass a function that takes the event and returns an Effect.`
  )
}

/** What a function of the program returned, if it's an Effect. Dies otherwise. */
export const returned = <A, E, R>(where: string, value: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.isEffect(value) ? value : Effect.die(
    new TypeError(
      `${where} returned ${
        kindOf(value)
      }. Return an Effect: use \`Effect.fn\` or \`Effect.gen\` in place of \`async\`, ` +
        "`Effect.tryPromise` for a Promise, and `Effect.succeed` for a value that is there."
    )
  )

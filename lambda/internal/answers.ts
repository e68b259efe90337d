// What Lambda's runtime can send as a function's answer.
import * as Effect from "effect/Effect"
import { AnswerNotSerializable, AnswerTooLarge } from "../../errors/internal/lambdaErrors.ts"

/** In bytes. AWS documents "6 MB"; Lambda's own error names this number. */
export const LIMIT = 6_291_556

const keyOf = (key: string): string => /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

/** What JSON writes as `{}` or as an object's inside, so that the caller gets an answer without it. */
const lossOf = (value: object): string | undefined => {
  // An error may be an Effect, too, and has JSON of its own.
  if (Effect.isEffect(value) && !(value instanceof Error)) {
    return "is an Effect that did not run: `yield*` it first"
  }
  if ("toJSON" in value) return undefined
  if (value instanceof Promise) return "is a Promise: wait for it with `Effect.promise`"
  if (value instanceof Map) return "is a Map: make an object of it, as `Object.fromEntries` does"
  if (value instanceof Set) return "is a Set: make an array of it"
  return undefined
}

/** The first value that JSON can't have, or of those that it writes, the first that it loses. */
const problemIn = (
  value: unknown,
  isWritten: boolean,
  path: string,
  above: ReadonlyArray<object>
): AnswerNotSerializable | undefined => {
  const problem = (why: string) => isWritten ? undefined : new AnswerNotSerializable({ path, why })
  if (typeof value === "bigint") return problem("is a BigInt")
  if (typeof value !== "object" || value === null) return undefined
  if (above.includes(value)) return problem("is an object that contains itself")
  if (above.length > 1000) return problem("is nested too deeply")
  const within = [...above, value]
  try {
    const loss = lossOf(value)
    if (loss !== undefined) return new AnswerNotSerializable({ path, why: loss })
    if ("toJSON" in value && typeof value.toJSON === "function") {
      return problemIn(value.toJSON(), isWritten, path, within)
    }
    if (Array.isArray(value)) {
      for (const [i, element] of value.entries()) {
        const problem = problemIn(element, isWritten, `${path}[${i}]`, within)
        if (problem !== undefined) return problem
      }
      return undefined
    }
    for (const key of Object.keys(value)) {
      const member = (value as Record<string, unknown>)[key]
      const problem = problemIn(member, isWritten, `${path}${keyOf(key)}`, within)
      if (problem !== undefined) return problem
    }
    return undefined
  } catch {
    return problem("throws when it's read")
  }
}

/** What a program forgot to run. Whoever gets a Promise would wait for it, also after the deadline. */
const unfinished = (answer: unknown): string | undefined => {
  if (typeof answer !== "object" || answer === null) return undefined
  try {
    return lossOf(answer) ??
      (typeof (answer as { readonly then?: unknown }).then === "function"
        ? "is a Promise: wait for it with `Effect.promise`"
        : undefined)
  } catch {
    return "throws when it's read"
  }
}

/** The same answer, or why Lambda wouldn't take it. The runtime's own error says nothing of the value. */
export const sendable = <A>(answer: A): Effect.Effect<A, AnswerNotSerializable | AnswerTooLarge> =>
  Effect.suspend((): Effect.Effect<A, AnswerNotSerializable | AnswerTooLarge> => {
    const why = unfinished(answer)
    if (why !== undefined) {
      // Nobody waits for it. If it's rejected, Node.js would end the process.
      if (answer instanceof Promise) answer.catch(() => {})
      return Effect.fail(new AnswerNotSerializable({ path: "answer", why }))
    }
    let text: string | undefined
    try {
      // The runtime sends `null` for `undefined`.
      text = JSON.stringify(answer === undefined ? null : answer)
    } catch {
      return Effect.fail(
        problemIn(answer, false, "answer", []) ??
          new AnswerNotSerializable({ path: "answer", why: "can't be written as JSON" })
      )
    }
    if (text === undefined) {
      return Effect.fail(
        new AnswerNotSerializable({
          path: "answer",
          why: typeof answer === "object" ? "has a toJSON that returns nothing" : `is a ${typeof answer}`
        })
      )
    }
    const bytes = Buffer.byteLength(text)
    if (bytes > LIMIT) return Effect.fail(new AnswerTooLarge({ bytes, limitBytes: LIMIT }))
    const lost = problemIn(answer, true, "answer", [])
    return lost === undefined ? Effect.succeed(answer) : Effect.fail(lost)
  })

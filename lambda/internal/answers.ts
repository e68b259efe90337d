// What Lambda's runtime can send as a function's answer.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { AnswerNotSerializable, AnswerTooLarge } from "../../errors/internal/lambdaErrors.ts"

/** In bytes. AWS documents "6 MB"; Lambda's own error names this number. */
export const LIMIT = 6_291_556

const keyOf = (key: string): string => /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

/** The first value that JSON can't have. */
const problemIn = (value: unknown, path: string, above: ReadonlyArray<object>): AnswerNotSerializable | undefined => {
  if (typeof value === "bigint") return new AnswerNotSerializable({ path, why: "is a BigInt" })
  if (typeof value !== "object" || value === null) return undefined
  if (above.includes(value)) return new AnswerNotSerializable({ path, why: "is an object that contains itself" })
  if (above.length > 1000) return new AnswerNotSerializable({ path, why: "is nested too deeply" })
  const within = [...above, value]
  try {
    if ("toJSON" in value && typeof value.toJSON === "function") return problemIn(value.toJSON(), path, within)
    if (Array.isArray(value)) {
      for (const [i, element] of value.entries()) {
        const problem = problemIn(element, `${path}[${i}]`, within)
        if (problem !== undefined) return problem
      }
      return undefined
    }
    for (const key of Object.keys(value)) {
      const problem = problemIn((value as Record<string, unknown>)[key], `${path}${keyOf(key)}`, within)
      if (problem !== undefined) return problem
    }
    return undefined
  } catch {
    return new AnswerNotSerializable({ path, why: "throws when it's read" })
  }
}

/** What a program forgot to run. JSON has something of it, and a Promise would go on after the deadline. */
const unfinished = (answer: unknown): string | undefined => {
  try {
    // Errors that Effect can yield, and exits, are values all the same.
    if (Effect.isEffect(answer) && !(answer instanceof Error) && !Exit.isExit(answer)) {
      return "is an Effect that didn't run: use Effect.flatMap in place of Effect.map"
    }
    return typeof (answer as { readonly then?: unknown } | null | undefined)?.then === "function"
      ? "is a Promise: use Effect.tryPromise"
      : undefined
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
        problemIn(answer, "answer", []) ??
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
    return bytes > LIMIT ? Effect.fail(new AnswerTooLarge({ bytes, limitBytes: LIMIT })) : Effect.succeed(answer)
  })

// What Lambda's runtime sends for a failure. Of an Error that a handler throws, it sends the name, the message and the stack to
// the caller, and logs all enumerable properties, too.
import * as Cause from "effect/Cause"
import { InvocationInterrupted } from "../../errors/internal/lambdaErrors.ts"
import { shorten } from "../../errors/internal/shorten.ts"
import { hasTypeId } from "../../errors/internal/tagged.ts"
import { counted } from "../../errors/internal/words.ts"

/** Of a stack. More than that is of no use to the caller of a function. */
const FRAMES = 50

const textOf = (value: unknown, member: string): string | undefined => {
  try {
    const text = (value as Record<string, unknown>)[member]
    return typeof text === "string" && text !== "" ? text : undefined
  } catch {
    return undefined
  }
}

/**
 * The `errorType`. Of an `AwsError` it's AWS's code, which is also the name of the SDK's exception: what a handler that throws
 * that exception answers, and what the retriers of a state machine look for.
 */
export const typeOf = (failure: unknown): string => {
  if (typeof failure !== "object" || failure === null) return failure === null ? "object" : typeof failure
  const ofAws = hasTypeId(failure, "AwsError") ? textOf(failure, "code") : undefined
  return ofAws ?? textOf(failure, "_tag") ?? textOf(failure, "name") ?? (failure instanceof Error ? "Error" : "object")
}

export const messageOf = (failure: unknown, type: string): string => {
  // Objects may hold secrets, so of those, only the message goes out.
  if (typeof failure === "object" && failure !== null) {
    return textOf(failure, "message") ??
      `The handler failed with ${/^[AEIOU]/i.test(type) ? "an" : "a"} ${type}, which has no message.`
  }
  return String(failure)
}

const isFrame = (line: string): boolean => /^\s+at\s/.test(line)

/** The stacks of a cause, line by line. Effect's own are better than an Error's: they have the names of spans. */
export const stackOf = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  try {
    return Cause.pretty(cause).split("\n")
  } catch {
    // A failure may be any object, also one that throws when it's read.
    return []
  }
}

/** A name that a header can have: AWS's runtime sends the name in one, too. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200)

/** An Error that has nothing but a name, a message and a stack. */
const plainError = (name: string, message: string, frames: ReadonlyArray<string>): Error => {
  // In JSON logs, the runtime calls an error by the name of its class.
  const Class = { [name]: class extends Error {} }[name]!
  const error = new Class(message)
  const hidden = { enumerable: false, configurable: true, writable: true }
  Object.defineProperties(error, {
    name: { ...hidden, value: name },
    stack: { ...hidden, value: [`${name}: ${message}`, ...frames].join("\n") }
  })
  return error
}

/** The reason that stands for a cause: a typed failure if there is one, or else a defect. */
export const mainOf = (cause: Cause.Cause<unknown>) =>
  cause.reasons.find(Cause.isFailReason) ?? cause.reasons.find(Cause.isDieReason)

export const valueOf = (reason: Cause.Fail<unknown> | Cause.Die): unknown =>
  reason._tag === "Fail" ? reason.error : reason.defect

/** What the handler throws for a cause. */
export const errorOf = (cause: Cause.Cause<unknown>, functionName: string): Error => {
  const main = mainOf(cause)
  const reason = main ?? Cause.makeFailReason(new InvocationInterrupted({ functionName, by: "Effect" }))
  const failure = valueOf(reason)
  const type = headerText(typeOf(failure))
  const others = cause.reasons.filter((other) => other !== main && other._tag !== "Interrupt").length
  const more = others === 0 ? "" : ` (The log has ${counted(others, "failures")} more.)`
  const message = shorten(messageOf(failure, type))
  // Lines of the message may look like frames: Effect's Schema says `at ["id"]`.
  const own = new Set(messageOf(failure, type).split("\n"))
  const frames = stackOf(Cause.fromReasons([reason])).filter((line) => isFrame(line) && !own.has(line)).slice(0, FRAMES)
  return plainError(type, `${message}${more}`, frames)
}

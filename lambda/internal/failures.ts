// What Lambda's runtime sends for a failure. Of an Error that a handler throws, it sends the name, the message and the stack to
// the caller, and logs all enumerable properties, too.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import { InvocationInterrupted } from "../../errors/internal/lambdaErrors.ts"
import { shorten } from "../../errors/internal/shorten.ts"
import { hasTypeId } from "../../errors/internal/tagged.ts"
import { counted } from "../../errors/internal/words.ts"

/** Of a stack. More than that is of no use to the caller of a function. */
const FRAMES = 50

/** Of a failure. Deeper than that, nobody reads a log. */
const CAUSES = 20

/** Failures may be any values, also those that throw when they're read, as proxies and getters do. */
const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const memberOf = (value: unknown, member: string): unknown => attempt(() => (value as Record<string, unknown>)[member])

const textOf = (value: unknown, member: string): string | undefined => {
  const text = memberOf(value, member)
  return typeof text === "string" && text !== "" ? text : undefined
}

export const isError = (value: unknown): value is Error => attempt(() => value instanceof Error) ?? false

/**
 * The `errorType`. Of an `AwsError` it's AWS's code, which is also the name of the SDK's exception: what a handler that throws
 * that exception answers, and what the retriers of a state machine look for.
 */
export const typeOf = (failure: unknown): string => {
  if (typeof failure !== "object" || failure === null) return failure === null ? "object" : typeof failure
  const ofAws = hasTypeId(failure, "AwsError") ? textOf(failure, "code") : undefined
  return ofAws ?? textOf(failure, "_tag") ?? textOf(failure, "name") ?? (isError(failure) ? "Error" : "object")
}

export const messageOf = (failure: unknown, type: string): string => {
  // Objects may hold secrets, so of those, only the message goes out. The text of a function is its source.
  if ((typeof failure === "object" && failure !== null) || typeof failure === "function") {
    return textOf(failure, "message") ??
      `The handler failed with ${/^[AEIOU]/i.test(type) ? "an" : "a"} ${type}, which has no message.`
  }
  return String(failure)
}

/** What a value is, without what is in it, if that may be secret or long. */
export const described = (value: unknown): string => {
  switch (typeof value) {
    case "object":
      return value === null ? "null" : attempt(() => `an object of the class ${value.constructor.name}`) ?? "an object"
    case "function":
      return "a function"
    default:
      return shorten(String(value))
  }
}

const isFrame = (line: string): boolean => /^\s+at\s/.test(line)

/**
 * What Effect prints of a failure: the name, the message and the stack, and those of its causes. Without this it would print the
 * fields of what isn't an Error, too.
 */
const printable = (value: unknown, above: ReadonlyArray<unknown>): unknown => {
  if (typeof value === "string" || value === undefined || value === null) return value
  const type = typeOf(value)
  if (typeof value !== "object") return messageOf(value, type)
  const isAn = isError(value)
  const message = memberOf(value, "message")
  const cause = memberOf(value, "cause")
  return {
    name: isAn ? textOf(value, "name") ?? type : type,
    message: isAn && typeof message === "string" ? message : messageOf(value, type),
    stack: textOf(value, "stack"),
    cause: above.includes(cause) || above.length > CAUSES ? undefined : printable(cause, [...above, cause])
  }
}

/** The stacks of a cause, line by line. Effect's own are better than an Error's: they have the names of spans. */
export const stackOf = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  const reasons = cause.reasons.map((reason) => {
    if (reason._tag === "Interrupt") return reason
    const value = valueOf(reason)
    const shown = printable(value, [value])
    const one = reason._tag === "Fail" ? Cause.makeFailReason(shown) : Cause.makeDieReason(shown)
    return one.annotate(Context.makeUnsafe(reason.annotations as Map<string, never>))
  })
  return attempt(() => Cause.pretty(Cause.fromReasons(reasons)).split("\n")) ?? []
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

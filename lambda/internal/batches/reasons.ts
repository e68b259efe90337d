// Why a record failed, in words that never hold its content.
import * as Cause from "effect/Cause"
import { shorten } from "../../../errors/internal/shorten.ts"
import { summarize } from "../../../errors/internal/tagged.ts"

/** A record whose content doesn't match its schema. */
export class Undecodable extends Error {
  override readonly name = "Undecodable"
}

/** What a value of the program says, which may throw as well. */
const guarded = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const OTHER = "a value that is not an Error"

const named = (failure: unknown): string => {
  if (failure instanceof Undecodable) return failure.message
  if (failure instanceof Error) {
    const { message, name } = summarize(failure)
    return message === "" ? name : `${name}: ${message}`
  }
  // What else a program fails with may be the record itself.
  const tag = typeof failure === "object" && failure !== null && "_tag" in failure ? failure._tag : undefined
  return typeof tag === "string" ? tag : OTHER
}

/** Why an effect failed, in one line. */
export const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const [first] = cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  if (first === undefined) return "it was interrupted"
  return shorten(
    Cause.isFailReason(first)
      ? guarded(() => named(first.error), OTHER)
      : `it died with ${guarded(() => named(Cause.isDieReason(first) ? first.defect : undefined), OTHER)}`
  )
}

/** The cause for the log, where its stack helps, it's only made of Errors, and a logger can write them. */
export const traceOf = (cause: Cause.Cause<unknown>): ReadonlyArray<Cause.Cause<unknown>> =>
  guarded(
      () =>
        cause.reasons.every((reason) =>
          Cause.isFailReason(reason)
            ? reason.error instanceof Error && !(reason.error instanceof Undecodable)
            : Cause.isDieReason(reason) && reason.defect instanceof Error
        ) && Cause.pretty(cause) !== "",
      false
    )
    ? [cause]
    : []

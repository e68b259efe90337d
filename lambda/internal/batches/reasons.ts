// Why a record failed, in words that never hold its content.
import * as Cause from "effect/Cause"
import { shorten } from "../../../errors/internal/shorten.ts"
import { summarize } from "../../../errors/internal/tagged.ts"

/** A record whose content doesn't match its schema. */
export class Undecodable extends Error {
  override readonly name = "Undecodable"
}

const named = (failure: unknown): string => {
  if (failure instanceof Undecodable) return failure.message
  if (failure instanceof Error) {
    const { message, name } = summarize(failure)
    return message === "" ? name : `${name}: ${message}`
  }
  // What else a program fails with may be the record itself.
  const tag = typeof failure === "object" && failure !== null && "_tag" in failure ? failure._tag : undefined
  return typeof tag === "string" ? tag : "a value that is not an Error"
}

/** Why an effect failed, in one line. */
export const reasonOf = (cause: Cause.Cause<unknown>): string => {
  const [first] = cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  if (first === undefined) return "it was interrupted"
  return shorten(
    Cause.isFailReason(first)
      ? named(first.error)
      : `it died with ${named(Cause.isDieReason(first) ? first.defect : undefined)}`
  )
}

/** The cause for the log, where its stack helps and it's only made of Errors. */
export const traceOf = (cause: Cause.Cause<unknown>): ReadonlyArray<Cause.Cause<unknown>> =>
  cause.reasons.every((reason) =>
      Cause.isFailReason(reason)
        ? reason.error instanceof Error && !(reason.error instanceof Undecodable)
        : Cause.isDieReason(reason) && reason.defect instanceof Error
    )
    ? [cause]
    : []

/** In-memory EC2: the errors that several commands have. */
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { Fault } from "../wire/fault.ts"

export const fault = (code: string, message: string) => new Fault({ code, message })

export const missing = (parameter: string) =>
  fault("MissingParameter", `The request must contain the parameter ${parameter}`)

export const invalidValue = (value: unknown, parameter: string, why = "") =>
  fault("InvalidParameterValue", `Value (${value}) for parameter ${parameter} is invalid. ${why}`.trim())

export const dependency = (what: string, id: string) =>
  fault("DependencyViolation", `The ${what} '${id}' has dependencies and cannot be deleted.`)

export const combination = (message: string) => fault("InvalidParameterCombination", message)

export const required = Effect.fnUntraced(function*<A>(value: A | undefined, parameter: string) {
  return value === undefined || value === "" ? yield* missing(parameter) : value
})

/** Fails if the value isn't one of those that AWS knows, and dies if it is one that the emulator can't do. */
export const oneOf = Effect.fnUntraced(function*<A extends string>(
  value: string,
  parameter: string,
  known: { readonly here: ReadonlyArray<A>; readonly onAws?: ReadonlyArray<string> }
) {
  const found = known.here.find((one) => one === value)
  if (found !== undefined) return found
  return known.onAws?.includes(value) === true
    ? yield* unsupported(
      `The in-memory EC2 doesn't support the value ${value} for ${parameter}. Use ${known.here.join(" or ")}.`
    )
    : yield* invalidValue(value, parameter, `Valid values: ${known.here.join(", ")}.`)
})

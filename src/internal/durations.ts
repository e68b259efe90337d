// The durations that callers pass.
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** A duration in milliseconds. `NaN` if it is none: Effect takes a number that is none for zero. */
export const millisOf = (input: Duration.Input): number => {
  const numbers: ReadonlyArray<unknown> = Duration.isDuration(input) ? [] : [input, ...Object.values(Object(input))]
  return numbers.some(Number.isNaN)
    ? NaN
    : Option.match(Duration.fromInput(input), { onNone: () => NaN, onSome: Duration.toMillis })
}

// Reads the bodies of requests to the control API, and explains those that aren't valid.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Injection } from "../engine/injections.ts"
import { type Names, problemWith } from "../engine/names.ts"
import { Fault } from "../wire/fault.ts"
import { clockExample, injectExample, Refused } from "./refused.ts"

const NotNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThan(0))
const When = Schema.Literals(["before", "after"])

const Delay = Schema.Struct({ delay: Schema.Union([Schema.String, NotNegative]), when: Schema.optionalKey(When) })
const Cut = Schema.Struct({ cut: When })
const Answered = Schema.Struct({
  code: Schema.NonEmptyString,
  message: Schema.String,
  statusCode: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 })))
})

const Injected = Schema.Struct({
  service: Schema.optionalKey(Schema.String),
  operation: Schema.optionalKey(Schema.String),
  account: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
  nth: Schema.optionalKey(Count),
  times: Schema.optionalKey(Count),
  share: Schema.optionalKey(Schema.Finite),
  fault: Schema.Unknown
})

const Moved = Schema.Struct({
  set: Schema.optionalKey(Schema.String),
  advance: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite]))
})

const fieldsOf = (schema: Schema.Top): string =>
  "fields" in schema ? Object.keys(schema.fields as object).join(", ") : ""

const asRule = (message: string): string =>
  message.replace(/^Expected object/, "has to be an object").replace(/^Expected (string|number)/, "has to be a $1")
    .replace(/^Expected/, "has to be")

/** Decodes an input, or fails with a message about each wrong field. */
const decode = <S extends Schema.Codec<any, any>>(
  schema: S,
  input: unknown,
  example: object,
  at: string = ""
): Effect.Effect<S["Type"], Refused> => {
  const format = SchemaIssue.makeFormatterStandardSchemaV1({
    leafHook: (issue) =>
      issue._tag === "MissingKey"
        ? "is missing"
        : issue._tag === "UnexpectedKey"
        ? `isn't known; the fields are ${fieldsOf(schema)}`
        : SchemaIssue.defaultLeafHook(issue)
  })
  return Schema.decodeUnknownEffect(schema)(input, { onExcessProperty: "error", errors: "all" }).pipe(
    Effect.mapError(({ issue }) => {
      const issues = format(issue).issues.map(({ message, path = [] }) => {
        const name = [...at === "" ? [] : [at], ...path.map(String)].join(".")
        return `${name === "" ? "The body" : name} ${asRule(message)}.`
      })
      return new Refused({ status: 400, message: issues.join(" "), example })
    })
  )
}

const faultOf = Effect.fnUntraced(function*(fault: unknown): Effect.fn.Return<Injection["fault"], Refused> {
  if (fault === "throttled") return { _tag: "Throttled" }
  if (fault === "serverFault") return { _tag: "ServerFault" }
  if (typeof fault === "object" && fault !== null) {
    if ("delay" in fault) {
      const { delay, when = "after" } = yield* decode(Delay, fault, injectExample, "fault")
      const millis = Option.map(Duration.fromInput(delay as Duration.Input), Duration.toMillis)
      if (Option.isSome(millis) && Number.isFinite(millis.value) && millis.value >= 0) {
        return { _tag: "Delay", duration: millis.value, when }
      }
      const message = `delay has to be a duration such as "5 seconds", or milliseconds, and ${
        JSON.stringify(delay)
      } isn't.`
      return yield* new Refused({ status: 400, message, example: injectExample })
    }
    if ("cut" in fault) {
      const { cut } = yield* decode(Cut, fault, injectExample, "fault")
      return { _tag: "Cut", when: cut }
    }
    if ("code" in fault) return new Fault(yield* decode(Answered, fault, injectExample, "fault"))
  }
  return yield* new Refused({
    status: 400,
    message: `fault has to be "throttled", "serverFault", {"delay": "5 seconds", "when": "before" or "after"}, ` +
      `{"cut": "before" or "after"}, or {"code", "message", "statusCode"}.`,
    example: injectExample
  })
})

export const readInjection = Effect.fnUntraced(function*(
  names: Names,
  input: unknown
): Effect.fn.Return<Injection, Refused> {
  const { fault, ...only } = yield* decode(Injected, input, injectExample)
  const injection = { ...only, fault: yield* faultOf(fault) }
  const problem = problemWith(names, injection)
  return problem === undefined
    ? injection
    : yield* new Refused({ status: 400, message: problem, example: injectExample })
})

const writeFault = (fault: Injection["fault"]): unknown => {
  switch (fault._tag) {
    case "Throttled":
      return "throttled"
    case "ServerFault":
      return "serverFault"
    case "Delay":
      return {
        delay: Option.getOrUndefined(Option.map(Duration.fromInput(fault.duration), Duration.toMillis)),
        when: fault.when
      }
    case "Cut":
      return { cut: fault.when }
    case "Fault":
      return { code: fault.code, message: fault.message, statusCode: fault.statusCode }
  }
}

/** An injection as it is sent. */
export const writeInjection = ({ fault, ...only }: Injection): object => ({ ...only, fault: writeFault(fault) })

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?$/

/** The time in milliseconds, by UTC where the text names no zone. JavaScript would take a day that a month doesn't have for a later one. */
const timeOf = (text: string): number | undefined => {
  const [, year, month, day] = iso.exec(text)?.map(Number) ?? []
  if (year === undefined || month! < 1 || day! < 1 || day! > new Date(Date.UTC(year, month!, 0)).getUTCDate()) {
    return undefined
  }
  return Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.toEpochMillis))
}

/** What to do with the clock: a time in milliseconds to set it to, or milliseconds to advance it by. */
export const readMove = Effect.fnUntraced(function*(
  input: unknown
): Effect.fn.Return<{ readonly set: number } | { readonly advance: number }, Refused> {
  const { advance, set } = yield* decode(Moved, input, clockExample)
  const refuse = (message: string) => new Refused({ status: 400, message, example: clockExample })
  if ((advance === undefined) === (set === undefined)) {
    return yield* refuse("Send either set or advance.")
  }
  if (set !== undefined) {
    const time = timeOf(set)
    return time !== undefined
      ? { set: time }
      : yield* refuse(`set has to be a time such as "2030-01-31T12:00:00Z", and ${JSON.stringify(set)} isn't.`)
  }
  const millis = Option.map(Duration.fromInput(advance as Duration.Input), Duration.toMillis)
  return Option.isSome(millis) && Number.isFinite(millis.value) && millis.value >= 0
    ? { advance: millis.value }
    : yield* refuse(
      `advance has to be a duration such as "20 minutes", or milliseconds, and ${JSON.stringify(advance)} isn't. ` +
        "To move the clock back, set it."
    )
})

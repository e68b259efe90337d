/** In-memory CloudWatch: the rules of composite alarms: `ALARM(a) AND NOT OK("b")`. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { arnOf } from "./alarmMessages.ts"
import { longDate, type Outcome } from "./evaluation.ts"
import type { Alarm, CompositeAlarm, State } from "./state.ts"

type Condition = { readonly state: sdk.StateValue; readonly isNot: boolean }

export type Rule =
  | { readonly is: "constant"; readonly value: boolean }
  | { readonly is: "alarm"; readonly state: sdk.StateValue; readonly name: string }
  | { readonly is: "not"; readonly of: Rule }
  | { readonly is: "and" | "or"; readonly of: ReadonlyArray<Rule> }
  | {
    readonly is: "atLeast"
    readonly count: number
    readonly isShare: boolean
    readonly condition: Condition
    readonly names: ReadonlyArray<string>
  }

/** The name of the alarm that a name or an ARN refers to. */
export const refersTo = (nameOrArn: string): string =>
  /^alarm:(.*)$/.exec(parseArn(nameOrArn)?.resource ?? "")?.[1] ?? nameOrArn

class Malformed extends Error {}

const states = ["ALARM", "OK", "INSUFFICIENT_DATA"]

/** Reads a rule from its text. */
class Reader {
  readonly text: string
  #at = 0

  constructor(text: string) {
    this.text = text
  }

  #take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(`\\s*(?:${pattern.source})`, "y")
    sticky.lastIndex = this.#at
    const [whole, group] = sticky.exec(this.text) ?? []
    if (whole === undefined) return undefined
    this.#at += whole.length
    return group ?? whole.trim()
  }

  #need(pattern: RegExp): string {
    const found = this.#take(pattern)
    if (found === undefined) throw new Malformed(this.text.slice(this.#at).trim() || "end of the rule")
    return found
  }

  /** The reference to an alarm: a name or an ARN, in quotes or not. */
  #name(): string {
    return refersTo(this.#take(/"([^"]*)"/) ?? this.#need(/([^\s"(),][^"(),]*?)(?=\s*[,)])/))
  }

  #atLeast(): Rule {
    this.#need(/\(/)
    const least = this.#need(/(\d+%?)/)
    this.#need(/,/)
    const isNot = this.#take(/NOT\b/) !== undefined
    const state = this.#need(/(ALARM|OK|INSUFFICIENT_DATA)\b/) as sdk.StateValue
    this.#need(/,/)
    this.#need(/\(/)
    const names = [this.#name()]
    while (this.#take(/,/) !== undefined) names.push(this.#name())
    this.#need(/\)/)
    this.#need(/\)/)
    const count = Number.parseInt(least)
    return { is: "atLeast", count, isShare: least.endsWith("%"), condition: { state, isNot }, names }
  }

  #one(): Rule {
    if (this.#take(/\(/) !== undefined) {
      const inner = this.#any()
      this.#need(/\)/)
      return inner
    }
    const word = this.#need(/([A-Z_]+)\b/)
    if (word === "NOT") return { is: "not", of: this.#one() }
    if (word === "TRUE" || word === "FALSE") return { is: "constant", value: word === "TRUE" }
    if (word === "AT_LEAST") return this.#atLeast()
    if (!states.includes(word)) throw new Malformed(word)
    this.#need(/\(/)
    const name = this.#name()
    this.#need(/\)/)
    return { is: "alarm", state: word as sdk.StateValue, name }
  }

  #all(): Rule {
    const of = [this.#one()]
    while (this.#take(/AND\b/) !== undefined) of.push(this.#one())
    return of.length === 1 ? of[0]! : { is: "and", of }
  }

  #any(): Rule {
    const of = [this.#all()]
    while (this.#take(/OR\b/) !== undefined) of.push(this.#all())
    return of.length === 1 ? of[0]! : { is: "or", of }
  }

  read(): Rule {
    const rule = this.#any()
    if (this.text.slice(this.#at).trim() !== "") throw new Malformed(this.text.slice(this.#at).trim())
    return rule
  }
}

/** Reads a rule. If it isn't one, returns the part that doesn't fit. */
export const readRule = (text: string): Rule | { readonly is: "malformed"; readonly part: string } => {
  try {
    return new Reader(text).read()
  } catch (error) {
    if (error instanceof Malformed) return { is: "malformed", part: error.message }
    throw error
  }
}

/** The names of the alarms that a rule is about, each once. */
export const childrenOf = (rule: Rule): ReadonlyArray<string> => {
  switch (rule.is) {
    case "constant":
      return []
    case "alarm":
      return [rule.name]
    case "not":
      return childrenOf(rule.of)
    case "atLeast":
      return [...new Set(rule.names)]
    default:
      return [...new Set(rule.of.flatMap(childrenOf))]
  }
}

/** How many parts a rule has. */
export const elementsOf = (rule: Rule): number => {
  switch (rule.is) {
    case "not":
      return 1 + elementsOf(rule.of)
    case "and":
    case "or":
      return rule.of.reduce((sum, part) => sum + elementsOf(part), rule.of.length - 1)
    case "atLeast":
      return 1 + rule.names.length
    default:
      return 1
  }
}

const holds = (rule: Rule, alarms: ReadonlyMap<string, Alarm>): boolean => {
  switch (rule.is) {
    case "constant":
      return rule.value
    case "alarm":
      return alarms.get(rule.name)?.state === rule.state
    case "not":
      return !holds(rule.of, alarms)
    case "and":
      return rule.of.every((part) => holds(part, alarms))
    case "or":
      return rule.of.some((part) => holds(part, alarms))
    case "atLeast": {
      const { condition, count, isShare, names } = rule
      const met = names.filter((name) => (alarms.get(name)?.state === condition.state) !== condition.isNot).length
      return isShare ? met * 100 >= count * names.length : met >= count
    }
  }
}

/** The rule of a composite alarm, which was checked when it was configured. */
export const ruleOf = ({ settings }: CompositeAlarm): Rule => readRule(settings.AlarmRule) as Rule

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const months = "January February March April May June July August September October November December".split(" ")

/** `Friday 22 July, 2022 15:57:45 UTC` */
const spokenDate = (millis: number) => {
  const date = new Date(millis)
  const day = String(date.getUTCDate()).padStart(2, "0")
  return `${weekdays[date.getUTCDay()]} ${day} ${months[date.getUTCMonth()]}, ${date.getUTCFullYear()} ${
    date.toISOString().slice(11, 19)
  } UTC`
}

/** The state that the rule of a composite alarm asks for, and why. `undefined` if it has that state. */
export const ruleOutcome = (state: State, context: HandlerContext, alarm: CompositeAlarm, options: {
  /** The alarm whose change of state is the cause, or what has happened to the composite alarm itself. */
  readonly cause: Alarm | "created" | "updated"
  readonly at: number
}): Outcome | undefined => {
  const { cause } = options
  const rule = ruleOf(alarm)
  const names = childrenOf(rule)
  if (typeof cause === "object" && !names.includes(cause.name)) return undefined
  const next = holds(rule, state.alarms) ? "ALARM" : "OK"
  if (next === alarm.state) return undefined
  const triggering = typeof cause === "object" ? [cause] : names.flatMap((name) => state.alarms.get(name) ?? [])
  return {
    state: next,
    reason: typeof cause === "object"
      ? `${arnOf(cause.name, context)} transitioned to ${cause.state} at ${spokenDate(options.at)}`
      : `${arnOf(alarm.name, context)} was ${cause} and its alarm rule evaluates to ${next}`,
    reasonData: JSON.stringify({
      triggeringAlarms: triggering.map(({ name, state, updated }) => ({
        arn: arnOf(name, context),
        state: { value: state, timestamp: longDate(updated.getTime()) }
      }))
    })
  }
}

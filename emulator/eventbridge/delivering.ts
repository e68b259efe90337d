/** In-memory EventBridge: an event comes to a bus, and the rules of the bus send it to their targets. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { isJsonObject } from "../support/json.ts"
import { add } from "./archives.ts"
import { deadLetter } from "./deadLetters.ts"
import { type Event, type Place, timeOf } from "./event.ts"
import { inputOf } from "./inputs.ts"
import { matches } from "./matching.ts"
import { patternOf } from "./patterns.ts"
import { allowsEvents } from "./permissions.ts"
import { settingsOf } from "./settings.ts"
import * as EventBridge from "./state.ts"

/** An event on its way to a bus. */
export interface Arrival {
  readonly event: Event
  /** When EventBridge received it. */
  readonly at: number
  readonly place: Place
  readonly bus: EventBridge.Bus
  /** The rules that may send it: those that a replay names. */
  readonly only?: ReadonlyArray<string> | undefined
  /** Whether it comes from another bus. It isn't passed on once more. */
  readonly isPassedOn?: boolean | undefined
}

/** The state of EventBridge elsewhere. */
export type StateOf = (place: Place) => EventBridge.State

/** CloudTrail's events about calls that only read. Rules get them if their state says so. */
const isReadOnlyCall = ({ detail, "detail-type": type }: Event): boolean =>
  type.endsWith(" via CloudTrail") && isJsonObject(detail) && detail["readOnly"] === true

const isWanted = (rule: EventBridge.Rule, { event }: Arrival): boolean => {
  if (rule.state === "DISABLED" || rule.targets.size === 0) return false
  // The rule of an archive stands for what `add` does.
  if (rule.managedBy !== undefined) return false
  if (rule.state === "ENABLED" && isReadOnlyCall(event)) return false
  const pattern = patternOf(rule.settings)
  return pattern !== undefined && matches(pattern, event)
}

/** The role's session that puts the event on another bus; without a role, the account. */
const senderOf = ({ RoleArn }: sdk.Target, { account }: Place, { partition }: HandlerContext) => ({
  account,
  arn: RoleArn === undefined
    ? `arn:${partition}:iam::${account}:root`
    : `arn:${partition}:sts::${account}:assumed-role/${nameIn(RoleArn)}/events`
})

/** What a rule sends. */
export interface Sending {
  readonly rule: EventBridge.Rule
  readonly ruleArn: string
  readonly target: sdk.Target
}

const passOn = Effect.fnUntraced(function*(
  there: Place,
  { ruleArn, target }: Sending,
  { at, event, isPassedOn = false, place }: Arrival,
  stateOf: StateOf,
  context: HandlerContext
) {
  const { Arn = "" } = target
  const reject = (code: string, message: string) =>
    deadLetter({ code, message, event, place, ruleArn, target }, context)
  const isOtherAccount = there.account !== place.account
  const isOtherRegion = there.region !== place.region
  if (isPassedOn) {
    if (isOtherAccount) reject("THIRD_ACCOUNT_HOP_DETECTED", "The event comes from another event bus.")
    else if (isOtherRegion) reject("THIRD_REGION_HOP_DETECTED", "The event comes from another event bus.")
    return
  }
  const bus = stateOf(there).buses.get(EventBridge.busName(Arn))
  if (bus === undefined) return reject("NO_RESOURCE", `Event bus ${EventBridge.busName(Arn)} does not exist.`)
  const { "detail-type": detailType, source } = event
  const sender = { principal: senderOf(target, place, context), ruleArn, source, detailType }
  if (isOtherAccount && !(yield* allowsEvents(bus, Arn, sender))) {
    return reject("NO_PERMISSIONS", `The policy of ${Arn} doesn't allow account ${place.account} to put events.`)
  }
  yield* arrive(
    // As recorded: another account gets the event with its id, another region with a new one.
    { event: isOtherRegion ? { ...event, id: context.uuid() } : event, at, place: there, bus, isPassedOn: true },
    stateOf,
    context
  )
})

/** Sends an event to a target of a rule. */
export const send = Effect.fnUntraced(function*(
  sending: Sending,
  arrival: Arrival,
  stateOf: StateOf,
  context: HandlerContext
) {
  const { rule, ruleArn, target } = sending
  const { at, event, place } = arrival
  const { Arn = "" } = target
  const parsed = parseArn(Arn)
  if (parsed?.service === "events" && parsed.resource.startsWith("event-bus/")) {
    return yield* passOn(parsed, sending, arrival, stateOf, context)
  }
  const input = inputOf(target, event, { ruleArn, ruleName: rule.name, ingested: timeOf(at) })
  if (input === undefined) {
    const message = "The result of the input template isn't JSON."
    return deadLetter({ code: "INVALID_JSON", message, event, place, ruleArn, target }, context)
  }
  context.deliver({ from: ruleArn, target: Arn, input, settings: settingsOf(target, event) }, place)
})

/** Keeps an event in the archives of the bus, and sends it to the targets of the rules that it matches. */
export const arrive = (arrival: Arrival, stateOf: StateOf, context: HandlerContext): Effect.Effect<void> => {
  const { at, bus, event, only, place } = arrival
  add(stateOf(place), bus.name, event, at)
  const sendings: Array<Sending> = []
  for (const rule of bus.rules.values()) {
    if (!isWanted(rule, arrival)) continue
    const ruleArn = EventBridge.ruleArn(bus, rule.name, context, place)
    if (only !== undefined && !only.includes(ruleArn)) continue
    for (const target of rule.targets.values()) sendings.push({ rule, ruleArn, target })
  }
  return Effect.forEach(sendings, (sending) => send(sending, arrival, stateOf, context), { discard: true })
}

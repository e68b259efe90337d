/** In-memory EventBridge: events, of programs and of services of AWS. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Emitted } from "../engine/events.ts"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { arrive, type StateOf } from "./delivering.ts"
import { eventOf, timeOf } from "./event.ts"
import { matches } from "./matching.ts"
import { checkPattern } from "./patterns.ts"
import { allowsEvents } from "./permissions.ts"
import * as EventBridge from "./state.ts"

const sizeOf = ({ Detail = "", DetailType = "", Resources = [], Source = "", Time }: sdk.PutEventsRequestEntry) =>
  (Time === undefined ? 0 : 14) +
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0)

/** The error for an entry that EventBridge rejects; `undefined` if it accepts the entry. */
const entryProblem = (entry: sdk.PutEventsRequestEntry): sdk.PutEventsResultEntry | undefined => {
  const missing = (["Source", "DetailType", "Detail"] as const).find((member) => !entry[member])
  if (missing !== undefined) {
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`
    }
  }
  if (entry.Source!.startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." }
  }
  return isJsonObject(parseJson(entry.Detail!))
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
}

/** The members that every event has. */
const required = ["id", "account", "source", "time", "region", "detail-type"]

/** The state that holds the bus of an entry. That of another account must let the caller put events. */
const stateFor = Effect.fnUntraced(function*(
  { DetailType: detailType = "", EventBusName: given, Source: source = "" }: sdk.PutEventsRequestEntry,
  own: EventBridge.State,
  stateOf: StateOf,
  context: HandlerContext
) {
  const { account, region } = parseArn(given ?? "") ?? context
  if (region !== context.region) {
    return yield* unsupported(
      `The in-memory EventBridge doesn't put events on a bus of another region, as in ${given}.`
    )
  }
  if (account === context.account) return own
  const state = stateOf({ account, region })
  const bus = state.buses.get(EventBridge.busName(given))
  const sender = { principal: context.principal, ruleArn: undefined, source, detailType }
  const isAllowed = bus !== undefined && (yield* allowsEvents(bus, given!, sender))
  return isAllowed ? state : yield* EventBridge.denied(given!, context)
})

const contentOf = (
  { Detail = "", DetailType = "", Resources, Source = "", Time }: sdk.PutEventsRequestEntry,
  id: string
) => ({
  id,
  "detail-type": DetailType,
  source: Source,
  time: Time && timeOf(Time.getTime()),
  resources: Resources && [...Resources],
  detail: parseJson(Detail)
})

const entryRules = {
  EventBusName: {
    min: 1,
    max: 1_600,
    pattern: "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[\\.\\-_A-Za-z0-9]+"
  },
  Resources: { each: { max: 2_048 } },
  TraceHeader: { min: 1, max: 500 }
} as const

/** Whether anything would come of an event. */
const hasListeners = ({ rules }: EventBridge.Bus, { archives }: EventBridge.State): boolean =>
  rules.size > 0 || archives.size > 0

/** Takes an event of a service of AWS. They go to the default bus. */
export const accept = (
  { detail, detailType, resources, source }: Emitted,
  state: EventBridge.State,
  now: number,
  stateOf: StateOf,
  context: HandlerContext
): Effect.Effect<void> => {
  const bus = state.buses.get("default")
  if (bus === undefined || !hasListeners(bus, state)) return Effect.void
  // An event is JSON, and shares nothing with the state of the service.
  const json: unknown = JSON.parse(JSON.stringify(detail))
  const content = { id: context.uuid(), "detail-type": detailType, source, resources, detail: json }
  return arrive({ event: eventOf(content, now, context), at: now, place: context, bus }, stateOf, context)
}

/** The commands, given the state of EventBridge in other places. */
export const handlers = (
  stateOf: (context: Pick<HandlerContext, "stateOf">) => StateOf
): EventBridge.EventBridgeHandlers => ({
  PutEvents: Effect.fnUntraced(function*(input, own, context) {
    const { Entries: entries } = yield* EventBridge.check(input, {
      Entries: { required: true, min: 1, max: 10, members: entryRules }
    })
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= EventBridge.limits.bytes) {
      return yield* EventBridge.validation("Total size of the entries in the request is over the limit.")
    }
    const states = yield* Effect.forEach(
      entries,
      (entry) => stateFor(entry, own, stateOf(context), context)
    )
    const now = yield* Clock.currentTimeMillis
    const results: Array<sdk.PutEventsResultEntry> = []
    for (const [i, entry] of entries.entries()) {
      const problem = entryProblem(entry)
      if (problem !== undefined) {
        results.push(problem)
        continue
      }
      const EventId = context.uuid()
      results.push({ EventId })
      const state = states[i]!
      const bus = state.buses.get(EventBridge.busName(entry.EventBusName))
      // An event for a bus that doesn't exist is dropped, but the answer has an id for it like for any other.
      if (bus === undefined || !hasListeners(bus, state)) continue
      const { account, region } = parseArn(entry.EventBusName ?? "") ?? context
      const event = eventOf(contentOf(entry, EventId), now, context)
      yield* arrive({ event, at: now, place: { account, region }, bus }, stateOf(context), context)
    }
    return {
      FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
      Entries: results
    }
  }),

  TestEventPattern: Effect.fnUntraced(function*(input) {
    const { Event, EventPattern } = yield* EventBridge.check(input, {
      EventPattern: { required: true, max: 4_096 },
      Event: { required: true }
    })
    const event = parseJson(Event)
    if (!isJsonObject(event) || required.some((member) => !Object.hasOwn(event, member))) {
      return yield* EventBridge.validation("Parameter Event is not valid.")
    }
    return { Result: matches(yield* checkPattern(EventPattern), event) }
  })
})

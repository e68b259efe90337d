/** In-memory EventBridge: events. EventBridge accepts them; no target receives them. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Fault } from "../engine/service.ts"
import { matches } from "./matching.ts"
import { readPattern } from "./pattern.ts"
import * as EventBridge from "./state.ts"

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (json: string): unknown => Result.getOrUndefined(Result.try((): unknown => JSON.parse(json)))

/** Reads an event pattern. */
export const checkPattern = (source: string) =>
  Effect.mapError(
    Effect.fromResult(readPattern(source)),
    (reason) =>
      new Fault({ code: "InvalidEventPatternException", message: `Event pattern is not valid. Reason: ${reason}` })
  )

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
  return isObject(parse(entry.Detail!))
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
}

/** The members that every event has. */
const required = ["id", "account", "source", "time", "region", "detail-type"]

export const handlers: EventBridge.EventBridgeHandlers = {
  PutEvents: Effect.fnUntraced(function*(input, _, context) {
    const { Entries: entries } = yield* EventBridge.check(input, { Entries: { required: true, min: 1, max: 10 } })
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= EventBridge.limits.bytes) {
      return yield* EventBridge.validation("Total size of the entries in the request is over the limit.")
    }
    // An event for a bus of this account that doesn't exist is dropped, but the answer has an id for it like for any other.
    const foreign = entries.find(({ EventBusName = "" }) =>
      EventBusName.startsWith("arn:") && EventBusName.split(":")[4] !== context.account
    )
    if (foreign !== undefined) {
      return yield* new Fault({
        code: "AccessDeniedException",
        message: `User: ${context.principal.arn} is not authorized to perform: events:PutEvents on resource: ` +
          `${foreign.EventBusName} because no resource-based policy allows the events:PutEvents action`
      })
    }
    const results = entries.map((entry) => entryProblem(entry) ?? { EventId: context.uuid() })
    return {
      FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
      Entries: results
    }
  }),

  TestEventPattern: Effect.fnUntraced(function*(input) {
    const { Event, EventPattern } = yield* EventBridge.check(input, {
      EventPattern: { required: true, max: 4_096 },
      Event: { required: true }
    })
    const event = parse(Event)
    if (!isObject(event) || required.some((member) => !Object.hasOwn(event, member))) {
      return yield* EventBridge.validation("Parameter Event is not valid.")
    }
    return { Result: matches(yield* checkPattern(EventPattern), event) }
  })
}

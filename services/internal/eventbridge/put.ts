import {
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
  type PutEventsResultEntry
} from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { EventDelivery, EventFailure } from "../../../errors/internal/eventBridgeErrors.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { shorten } from "../../../errors/internal/shorten.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { isContentRefused, type Limit, type Part, sendInPieces } from "../batches.ts"
import * as eventBridge from "./service.ts"

const bytes = (text: string | undefined): number => text === undefined ? 0 : Buffer.byteLength(text)

/** The size of an entry in bytes, as EventBridge counts it. */
export const entrySize = (entry: PutEventsRequestEntry): number =>
  (entry.Time === undefined ? 0 : 14) + bytes(entry.Source) + bytes(entry.DetailType) + bytes(entry.Detail) +
  (entry.Resources ?? []).reduce((sum, resource) => sum + bytes(resource), 0)

/** The maximum number of entries in one call. */
export const maxEntries = 10

/** The maximum total size of the entries in one call, in bytes. */
export const maxSize = 1_048_575

/** The maximum length of a detail type, in characters. */
export const maxDetailTypeLength = 128

/** An event, and what is sent of it. */
export interface Pending<E> {
  readonly event: E
  /** The position of the event among those given. */
  readonly index: number
  readonly entry: PutEventsRequestEntry
  /** Whether an attempt may have delivered it. No later refusal makes it certain that none did. */
  mayHaveArrived?: boolean
}

/** The limits of a call. */
export const limits: ReadonlyArray<Limit<Pending<unknown>>> = [
  { of: () => 1, atMost: maxEntries },
  { of: ({ entry }) => entrySize(entry), atMost: maxSize }
]

export interface Delivered<E> extends EventDelivery<E> {
  readonly index: number
}

/** What became of an event. */
export type Settled<E> = Delivered<E> | EventFailure<E>

export const isDelivered = <E>(settled: Settled<E>): settled is Delivered<E> => "id" in settled

/** The reason to send an entry again; `undefined` if AWS's result for it isn't retryable. */
const retryReason = ({ ErrorCode: code = "", ErrorMessage: description = "" }: PutEventsResultEntry) => {
  const fields = { code, description, isRetryable: true }
  return code === "ThrottlingException"
    ? new Reason.Throttled(fields)
    : code === "InternalFailure" || code === "InternalException"
    ? new Reason.ServerFault(fields)
    : undefined
}

const toFailure = <E>(
  { event, index, mayHaveArrived }: Pending<E>,
  result: PutEventsResultEntry | undefined
): EventFailure<E> => ({
  event,
  index,
  delivery: result?.ErrorCode === undefined || mayHaveArrived ? "Unknown" : "NotDelivered",
  code: result?.ErrorCode ?? "NoAnswer",
  message: shorten(result?.ErrorMessage ?? ""),
  cause: undefined
})

/** The failure of an event that is not sent. */
export const unsent = <E>(event: E, index: number, code: string, message: string): EventFailure<E> => ({
  event,
  index,
  delivery: "NotDelivered",
  code,
  message,
  cause: undefined
})

/** The failure of an event that its schema doesn't encode. */
export const notEncodable = <E>(event: E, index: number, message: string): EventFailure<E> =>
  unsent(event, index, "EventNotEncodable", message)

/** Why no call can carry the event; `undefined` if one can. */
export const refusalOf = <E>({ entry, event, index }: Pending<E>): EventFailure<E> | undefined => {
  const { DetailType: { length = 0 } = "" } = entry
  if (length > maxDetailTypeLength) {
    const message =
      `The detail type has ${length} characters; EventBridge accepts at most ${maxDetailTypeLength}. Shorten it.`
    return unsent(event, index, "DetailTypeTooLong", message)
  }
  const size = entrySize(entry)
  return size > maxSize
    ? unsent(
      event,
      index,
      "EntryTooLarge",
      `The entry has ${size} bytes; EventBridge accepts at most ${maxSize} in one call.`
    )
    : undefined
}

/**
 * What became of the entries of a call that AWS answered. If the SDK has sent the call more than once, an earlier attempt may have
 * delivered an entry that this answer refuses: the answer to that attempt got lost.
 */
const partsOf = <E>(
  pending: ReadonlyArray<Pending<E>>,
  { $metadata: { attempts = 1 }, Entries }: PutEventsCommandOutput
) =>
  pending.map((element, i): Part<Pending<E>, Settled<E>> => {
    const answer = Entries?.[i]
    if (answer?.EventId !== undefined) {
      return { element, result: { event: element.event, index: element.index, id: answer.EventId } }
    }
    if (attempts > 1) element.mayHaveArrived = true
    return { element, result: toFailure(element, answer), again: answer && retryReason(answer) }
  })

/** What became of the entries of a call that failed. */
const failedParts = <E>(pending: ReadonlyArray<Pending<E>>, cause: AwsError) =>
  pending.map((element): Part<Pending<E>, Settled<E>> => {
    const { code, mayHaveSucceeded, message } = cause
    if (mayHaveSucceeded) element.mayHaveArrived = true
    const delivery = element.mayHaveArrived ? "Unknown" : "NotDelivered"
    return { element, result: { event: element.event, index: element.index, delivery, code, message, cause } }
  })

/**
 * Sends a batch once. If AWS refuses it as a whole, it's sent again in parts. If the call fails as a whole for another reason,
 * none of its entries is to be sent again.
 */
export const putOnce = <E>(
  pending: ReadonlyArray<Pending<E>>
): Effect.Effect<ReadonlyArray<Part<Pending<E>, Settled<E>>>, never, AwsClients> =>
  sendInPieces(
    pending,
    (pending) => eventBridge.send(new PutEventsCommand({ Entries: pending.map(({ entry }) => entry) })),
    isContentRefused
  ).pipe(
    Effect.map((pieces) =>
      pieces.flatMap(({ elements, result }) =>
        Result.isSuccess(result) ? partsOf(elements, result.success) : failedParts(elements, result.failure)
      )
    )
  )

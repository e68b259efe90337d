// Runs the records of a batch, in lanes, until the time is up.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { FailedRecord } from "../../../errors/internal/lambdaErrors.ts"
import { shorten } from "../../../errors/internal/shorten.ts"
import { runWithin } from "../bounded.ts"
import { type Context, timeLeft } from "../invocation.ts"
import { reasonOf, traceOf } from "./reasons.ts"

/** A record to run. */
export interface Item<out R> {
  /** Its message id or sequence number. */
  readonly id: string
  /** What is in order with others of the same lane: one runs after the other, and none after a failure. */
  readonly lane: string
  readonly run: Effect.Effect<unknown, unknown, R>
}

export interface RunOptions {
  /** The name of an item's span. */
  readonly span: string
  /** What an item's id is, for the log of what runs. */
  readonly id: "messageId" | "sequenceNumber"
  readonly concurrency: number | "unbounded"
  /** The name of an item, for the log. */
  readonly what: string
  /** Why the rest of a lane isn't run, for the log. */
  readonly after: string
  /** Whether the failure of an item makes it useless to begin any item behind it in the batch. */
  readonly stopsBatch: boolean
}

/** How long before the handler's own cutoff a batch stops, so that its answer is in time. In milliseconds. */
const RESERVE = 250

const LATE = "it was not done when the time of the invocation was almost up"

const lanesOf = <R>(items: ReadonlyArray<Item<R>>): ReadonlyArray<ReadonlyArray<readonly [index: number, Item<R>]>> => {
  const lanes = new Map<string, Array<readonly [number, Item<R>]>>()
  items.forEach((item, index) => {
    const lane = lanes.get(item.lane)
    if (lane === undefined) lanes.set(item.lane, [[index, item]])
    else lane.push([index, item])
  })
  return [...lanes.values()]
}

/**
 * Runs each item to its end, or not at all, or interrupts it when the time is up. Returns those that aren't done, in the
 * order of the batch, and logs why. An interruption from outside interrupts all, and has no result.
 */
export const runItems = Effect.fnUntraced(function*<R>(
  items: ReadonlyArray<Item<R>>,
  context: Context,
  options: RunOptions
): Effect.fn.Return<ReadonlyArray<FailedRecord>, never, R> {
  const { after, concurrency, stopsBatch, what } = options
  if (concurrency !== "unbounded" && !(Number.isInteger(concurrency) && concurrency > 0)) {
    // Nothing has run then, and nothing is lost.
    return yield* Effect.die(
      new RangeError(
        `\`concurrency\` is ${concurrency}. Pass a whole number from 1 on or "unbounded", or leave it out.`
      )
    )
  }
  const isDone = items.map(() => false)
  const reasons: Array<string | undefined> = items.map(() => undefined)
  let isOver = false
  let firstFailure = Infinity

  const observed = (run: Item<R>["run"], id: string) =>
    run.pipe(
      Effect.annotateLogs(options.id, id),
      Effect.withSpan(options.span, { kind: "consumer", attributes: { "messaging.message.id": id } })
    )

  const runLane = Effect.fnUntraced(function*(lane: ReadonlyArray<readonly [number, Item<R>]>) {
    let hasFailed = false
    for (const [index, { id, run }] of lane) {
      if (isOver) return
      if (hasFailed || (stopsBatch && index > firstFailure)) {
        reasons[index] = after
        continue
      }
      const exit = yield* Effect.exit(Effect.onExit(observed(run, id), (exit) =>
        Effect.sync(() => {
          // Noted where no interruption can come between.
          isDone[index] = Exit.isSuccess(exit)
        })))
      if (Exit.isSuccess(exit)) continue
      hasFailed = true
      firstFailure = Math.min(firstFailure, index)
      const reason = reasonOf(exit.cause)
      reasons[index] = reason
      yield* Effect.logError(`The ${what} ${id} failed: ${reason}`, ...traceOf(exit.cause)).pipe(
        Effect.annotateLogs(options.id, id)
      )
    }
  })

  const all = Effect.forEach(lanesOf(items), runLane, { concurrency, discard: true })
  const left = yield* timeLeft(context)
  const reserve = Math.max(0, Math.min(RESERVE, left / 10))
  // An item that doesn't stop is left behind: an answer that comes too late would be lost, with all that is done.
  const { by, exit } = yield* runWithin(all, { millis: left - reserve, grace: reserve / 2 })
  isOver = true
  const otherwise = by === "Itself" && exit !== undefined && Exit.isFailure(exit) ? reasonOf(exit.cause) : LATE

  // What is left behind changes nothing from here on.
  const failed = items.flatMap(({ id }, index): ReadonlyArray<FailedRecord> =>
    isDone[index] ? [] : [{ id, reason: reasons[index] ?? otherwise }]
  )
  for (const why of [after, otherwise]) {
    const ids = failed.flatMap(({ id, reason }) => reason === why ? [id] : [])
    if (ids.length > 0) {
      yield* Effect.logWarning(shorten(`Left for the next delivery: the ${what} ${ids.join(", ")}: ${why}`))
    }
  }
  return failed
})

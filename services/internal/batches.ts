// Batches within the limits of a call, and what to send again of them.
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { AwsError } from "../../errors/internal/awsError.ts"
import { counted } from "../../errors/internal/words.ts"
import { CallPolicy } from "../../src/internal/perCall.ts"
import * as Retry from "../../src/Retry.ts"

/** One limit of a batch: a number of elements, or of bytes. */
export interface Limit<in A> {
  /** How much of the limit an element uses up. */
  readonly of: (element: A) => number
  /** The most that a batch may hold. */
  readonly atMost: number
}

/** A batch that is being filled. */
export interface Filling {
  /** Whether the batch took an element that uses up this much of each limit. */
  readonly take: (sizes: ReadonlyArray<number>) => boolean
  /** Whether nothing more fits in. */
  readonly isFull: () => boolean
}

/** How much of each limit an element uses up. */
export const sizesOf = <A>(limits: ReadonlyArray<Limit<A>>, element: A): ReadonlyArray<number> =>
  limits.map((limit) => limit.of(element))

/** Starts a batch within the limits. */
export const filling = (limits: ReadonlyArray<Limit<never>>): Filling => {
  let remaining = limits.map(({ atMost }) => atMost)
  return {
    take: (sizes) => {
      const fits = sizes.every((size, i) => size <= remaining[i]!)
      if (fits) remaining = remaining.map((left, i) => left - sizes[i]!)
      return fits
    },
    isFull: () => remaining.some((left) => left <= 0)
  }
}

/**
 * Splits a list into batches that respect all limits. Keeps the order, and fills each batch before it starts the next.
 * An element that exceeds a limit on its own is in no batch, but in `tooLarge`.
 */
export const batches = <A>(
  elements: Iterable<A>,
  limits: ReadonlyArray<Limit<A>>
): { readonly batches: ReadonlyArray<ReadonlyArray<A>>; readonly tooLarge: ReadonlyArray<A> } => {
  const all: Array<Array<A>> = []
  const tooLarge: Array<A> = []
  let last: Filling | undefined
  for (const element of elements) {
    const sizes = sizesOf(limits, element)
    if (last?.take(sizes)) {
      all.at(-1)!.push(element)
      continue
    }
    const next = filling(limits)
    if (next.take(sizes)) {
      all.push([element])
      last = next
    } else tooLarge.push(element)
  }
  return { batches: all, tooLarge }
}

/** The outcome of a batch, or of a piece of it. */
export interface Piece<A, B, E> {
  readonly elements: ReadonlyArray<A>
  readonly result: Result.Result<B, E>
}

/** When this many pieces have been tried and AWS has refused all of them, the cause is hardly one of the elements. */
const HOPELESS = 32

const halvesOf = <A>(elements: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const middle = Math.ceil(elements.length / 2)
  return [elements.slice(0, middle), elements.slice(middle)]
}

/**
 * Sends a batch that AWS refuses as a whole if it refuses one of its elements. A refused batch is sent again in halves, and
 * so are refused halves, so that only the elements that AWS refuses fail: one of n costs about 2 × log2(n) calls.
 */
export const sendInPieces = Effect.fnUntraced(function*<A, B, E, R>(
  batch: ReadonlyArray<A>,
  send: (elements: ReadonlyArray<A>) => Effect.Effect<B, E, R>,
  isRefused: (error: E) => boolean
): Effect.fn.Return<ReadonlyArray<Piece<A, B, E>>, never, R> {
  const done: Array<Piece<A, B, E>> = []
  let pieces = [batch]
  while (pieces.length > 0) {
    const sent = yield* Effect.forEach(
      pieces,
      (elements) => Effect.map(Effect.result(send(elements)), (result): Piece<A, B, E> => ({ elements, result }))
    )
    const isHopeless = sent.length >= HOPELESS && sent.every(({ result }) => Result.isFailure(result))
    pieces = []
    for (const piece of sent) {
      const { elements, result } = piece
      if (!isHopeless && elements.length > 1 && Result.isFailure(result) && isRefused(result.failure)) {
        pieces.push(...halvesOf(elements))
      } else done.push(piece)
    }
  }
  return done
})

/** Whether AWS refused the content of a call, so that a part of it may be accepted. */
export const isContentRefused = ({ isRetryable, mayHaveSucceeded, reason, statusCode }: AwsError): boolean =>
  reason._tag === "Rejected" && !isRetryable && !mayHaveSucceeded && (statusCode === 400 || statusCode === 413)

/** The outcome of one element of a batch. */
export interface Part<A, B> {
  readonly element: A
  readonly result: B
  /** Why it can be sent again; `undefined` if its result is final. */
  readonly again?: Retry.Input | undefined
}

/**
 * Sends a batch that AWS may accept in part. Resends the elements that failed for a transient reason, and only these, as
 * the schedule says: by default the policy of the call site, or AWS's standard mode. `what` names the elements in the log.
 */
export const sendParts = Effect.fnUntraced(function*<A, B, E, R>(
  batch: ReadonlyArray<A>,
  options: { readonly what: string; readonly retry?: Retry.Policy | undefined },
  send: (elements: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Part<A, B>>, E, R>
): Effect.fn.Return<ReadonlyArray<B>, E, R> {
  const next = yield* Schedule.toStepWithSleep(options.retry ?? (yield* CallPolicy) ?? Retry.standard())
  const results: Array<B> = []
  let pending = batch
  while (true) {
    const again: Array<Part<A, B>> = []
    for (const part of yield* send(pending)) {
      if (part.again === undefined) results.push(part.result)
      else again.push(part)
    }
    const reason = (again.find((part) => part.again?._tag === "Throttled") ?? again[0])?.again
    if (reason === undefined) return results
    const mayResend = yield* next(reason).pipe(Effect.as(true), Pull.catchDone(() => Effect.succeed(false)))
    if (!mayResend) return [...results, ...again.map(({ result }) => result)]
    yield* Effect.logDebug(`Resending ${again.length} of ${counted(pending.length, options.what)}`)
    pending = again.map(({ element }) => element)
  }
})

import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type * as Retry from "../Retry.ts"

/** What a batch has a limit of: how many elements, how many bytes. */
export interface Limit<in A> {
  readonly of: (element: A) => number
  /** The most that a batch may have. */
  readonly atMost: number
}

/**
 * Cuts a list into batches within all limits, in its order, each as large as it can be. What is over a limit by itself
 * is in none of them.
 */
export const batches = <A>(
  elements: Iterable<A>,
  limits: ReadonlyArray<Limit<A>>
): { readonly batches: ReadonlyArray<ReadonlyArray<A>>; readonly tooLarge: ReadonlyArray<A> } => {
  const all: Array<Array<A>> = []
  const tooLarge: Array<A> = []
  let left: ReadonlyArray<number> = []
  for (const element of elements) {
    const sizes = limits.map((limit) => limit.of(element))
    if (sizes.some((size, i) => size > limits[i]!.atMost)) {
      tooLarge.push(element)
      continue
    }
    const last = all.at(-1)
    const fits = last !== undefined && sizes.every((size, i) => size <= left[i]!)
    if (fits) last.push(element)
    else all.push([element])
    left = sizes.map((size, i) => (fits ? left[i]! : limits[i]!.atMost) - size)
  }
  return { batches: all, tooLarge }
}

/** What became of a part of a batch. */
export interface Part<A, B> {
  readonly element: A
  readonly result: B
  /** Why it may be sent again; `undefined` where its result is the last word. */
  readonly again?: Retry.Input | undefined
}

/**
 * Sends a batch of which AWS may take a part, and again what it does not take for the moment, as the schedule says. `what`
 * is what the elements are, for the log.
 */
export const sendParts = Effect.fnUntraced(function*<A, B, E, R>(
  batch: ReadonlyArray<A>,
  options: { readonly what: string; readonly retry: Retry.Policy },
  send: (elements: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Part<A, B>>, E, R>
): Effect.fn.Return<ReadonlyArray<B>, E, R> {
  const next = yield* Schedule.toStepWithSleep(options.retry)
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
    const goesOn = yield* next(reason).pipe(Effect.as(true), Pull.catchDone(() => Effect.succeed(false)))
    if (!goesOn) return [...results, ...again.map(({ result }) => result)]
    yield* Effect.logInfo(`AWS did not take ${again.length} of ${pending.length} ${options.what}; sending these again`)
    pending = again.map(({ element }) => element)
  }
})

// Telling the caller how far a transfer is, without slowing it down.
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { Progress, ProgressOptions } from "./options.ts"

/** What a transfer calls as it goes. */
export interface Report {
  /** Counts bytes that have been transferred. */
  readonly add: (bytes: number) => void
  /** Says how many bytes there are, once that is known. */
  readonly setTotal: (total: number) => void
}

const silent: Report = { add: () => {}, setTotal: () => {} }

/** A report, what runs `onProgress` with it beside the transfer, and what runs it when the transfer has succeeded. */
const makeReport = Effect.fnUntraced(function*(onProgress: (progress: Progress) => Effect.Effect<void>) {
  const changed = yield* Queue.sliding<void>(1)
  let progress: Progress = { transferred: 0, total: undefined }
  const change = (next: Progress) => {
    progress = next
    Queue.offerUnsafe(changed, undefined)
  }
  const report: Report = {
    add: (bytes) => change({ ...progress, transferred: progress.transferred + bytes }),
    setTotal: (total) => change({ ...progress, total })
  }
  return {
    report,
    beside: Effect.forever(Effect.andThen(Queue.take(changed), Effect.suspend(() => onProgress(progress)))),
    last: Effect.suspend(() => onProgress({ transferred: progress.transferred, total: progress.transferred }))
  }
})

/**
 * Runs a transfer, and `onProgress` beside it: one run at a time, with what is known by then. When the transfer succeeds,
 * `onProgress` runs once more.
 */
export const reporting = <A, E, R>(
  { onProgress }: ProgressOptions,
  transfer: (report: Report) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  if (onProgress === undefined) return transfer(silent)
  return Effect.gen(function*() {
    const { beside, last, report } = yield* makeReport(onProgress)
    const result = yield* Effect.raceFirst(transfer(report), beside)
    yield* last
    return result
  })
}

/** What {@link reporting} does, for a transfer that is a Stream. */
export const reportingStream = <A, E, R>(
  { onProgress }: ProgressOptions,
  transfer: (report: Report) => Stream.Stream<A, E, R>
): Stream.Stream<A, E, R> => {
  if (onProgress === undefined) return transfer(silent)
  return Stream.unwrap(Effect.gen(function*() {
    const { beside, last, report } = yield* makeReport(onProgress)
    yield* Effect.forkScoped(beside)
    return Stream.concat(transfer(report), Stream.fromEffectDrain(last))
  }))
}

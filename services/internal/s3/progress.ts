// Telling the caller how far a transfer is, without slowing it down.
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Progress, ProgressOptions } from "./options.ts"

/** What a transfer calls as it goes. */
export interface Report {
  /** Counts bytes that have been transferred. */
  readonly add: (bytes: number) => void
  /** Says how many bytes there are, once that is known. */
  readonly setTotal: (total: number) => void
}

const silent: Report = { add: () => {}, setTotal: () => {} }

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
    const reports = Effect.forever(Effect.andThen(Queue.take(changed), Effect.suspend(() => onProgress(progress))))
    const result = yield* Effect.raceFirst(transfer(report), reports)
    yield* onProgress({ transferred: progress.transferred, total: progress.transferred })
    return result
  })
}

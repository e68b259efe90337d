import { Effect, Schedule, Stream } from "effect"
import { Polling, S3 } from "effect-aws-sdk"

/** Waits until all parts of an export have arrived, which is a state that AWS doesn't know. */
export const arrived = (bucket: string, prefix: string, parts: number) =>
  Polling.waitUntil(Stream.runCount(S3.listObjects(bucket, { prefix })), {
    until: (count) => count >= parts,
    waitingFor: `${parts} parts below ${prefix}`,
    schedule: Schedule.spaced("1 minute"),
    timeout: "1 hour"
  }).pipe(
    Effect.tapErrorTag("WaitTimedOut", ({ last }) => Effect.logError(`Only ${last} of ${parts} parts are there`))
  )

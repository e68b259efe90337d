import { Clock, Duration, Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"

export const deleteOlderThan = (bucket: string, age: Duration.Duration) =>
  Effect.gen(function*() {
    const limit = (yield* Clock.currentTimeMillis) - Duration.toMillis(age)
    const old = S3.listObjects(bucket, { prefix: "tmp/" }).pipe(
      Stream.filter(({ lastModified }) => lastModified.getTime() < limit)
    )
    yield* S3.deleteObjects(bucket, old)
  }).pipe(
    Effect.tapErrorTag("ObjectsNotDeleted", ({ message, refused }) =>
      Effect.logError(message, refused.map(({ key }) => key)))
  )

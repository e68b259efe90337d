import { Console, Effect, Ref, Stream } from "effect"
import { S3 } from "effect-aws-sdk"

export const program = Effect.fn("download")(function*(directory: string) {
  const arrived = yield* Ref.make(0)
  const { downloaded } = yield* S3.downloadDirectory({ bucket: "videos-0a1b", prefix: "2026/", directory }).pipe(
    Stream.tap((event) => {
      if (event._tag === "Failed") return Console.error(`${event.item.path}: ${event.error.message}`)
      if (event._tag !== "Done") return Effect.void
      return Ref.updateAndGet(arrived, (bytes) => bytes + (event.item.size ?? 0)).pipe(
        Effect.flatMap((bytes) => Console.log(`${event.item.path} is here, ${bytes} bytes so far`))
      )
    }),
    S3.transferAll
  )
  return downloaded
})

// The content of the AWS that `--demo` runs on.
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { Effect, Layer } from "effect"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"

const bucket = "demo"

const text = "day,visits\n2026-11-24,1204\n2026-11-25,1377\n"

const objects: ReadonlyArray<readonly [key: string, body: string | Uint8Array]> = [
  ["README.txt", "This bucket is in the memory of the program, and gone when it ends.\n"],
  ["reports/2026/11-24.csv", text],
  ["reports/2026/11-25.csv", text.repeat(1000)],
  ["reports/summary.json", JSON.stringify({ visits: 2581, days: 2 })],
  ["videos/launch.mp4", new Uint8Array(40 * 1024 * 1024)]
]

/** Fills the AWS, and then slows it down, so that there is something to see of a transfer. */
const content = Effect.gen(function*() {
  yield* S3.createBucket(bucket)
  yield* Effect.forEach(objects, ([Key, Body]) => S3.send(new PutObjectCommand({ Bucket: bucket, Key, Body })), {
    discard: true
  })
  yield* Effect.forEach(
    ["GetObject", "PutObject", "UploadPart"],
    (operation) => InMemory.inject({ operation, fault: InMemory.delay("300 millis") }),
    { discard: true }
  )
}).pipe(Effect.orDie)

export const layer = (region: string | undefined) =>
  Layer.effectDiscard(content).pipe(Layer.provideMerge(InMemory.layer({ region })))

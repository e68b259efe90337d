// A process that downloads an object, for tests that kill it: `downloading.ts URL PATH PARTSIZE`.
import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"
import { bucket, key } from "./s3.ts"
import { clientsOf } from "./Server.ts"

const [url = "", path = "", partSize] = process.argv.slice(2)

await Effect.runPromise(
  S3.downloadFile({ bucket, key, path, partSize: Number(partSize), concurrency: 1, resume: true }).pipe(
    Effect.provide(clientsOf(url))
  )
)

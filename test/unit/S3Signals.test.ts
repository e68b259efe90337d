// A process that uploads a file ends when it is told to, even if S3 doesn't answer.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import { large } from "../support/s3.ts"
import { serve } from "../support/Server.ts"

/** Uploads a file in a process of its own, and sends it signals when a request of this kind gets no answer. */
const killedDuring = Effect.fnUntraced(function*(silent: string, signals: ReadonlyArray<NodeJS.Signals>) {
  const file = yield* large
  let reach = () => {}
  const reached = new Promise<void>((resolve) => reach = resolve)
  const { url } = yield* serve((request, response) => {
    const { searchParams } = new URL(request.url!, "http://server")
    const kind = searchParams.has("uploads")
      ? "create"
      : searchParams.has("partNumber")
      ? "part"
      : request.method === "DELETE"
      ? "abort"
      : "complete"
    request.resume().on("end", () => {
      // An upload that is interrupted while a part hangs is aborted then.
      if (kind === silent || (silent === "abort" && kind === "part")) return kind === "abort" ? undefined : reach()
      response.setHeader("etag", "1").end(
        kind === "create"
          ? "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
          : kind === "complete"
          ? "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"
          : ""
      )
    })
  })
  const program = path.resolve(import.meta.dirname, "../support/uploading.ts")
  const child = spawn(process.execPath, ["--conditions=@effect-aws-sdk/source", program, url, file], {
    stdio: "ignore"
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
  const ended = once(child, "exit")
  yield* Effect.promise(() => Promise.race([reached, ended]))
  const start = performance.now()
  for (const signal of signals) child.kill(signal)
  const [code] = yield* Effect.promise(() => ended)
  return { code, took: performance.now() - start }
})

it.live(
  "a process that uploads ends on SIGINT twice and on SIGTERM, whichever request gets no answer",
  () =>
    Effect.forEach(
      ["create", "part", "complete", "abort"].flatMap((silent) =>
        ([["SIGINT", "SIGINT"], ["SIGTERM"]] as const).map((signals) => ({ silent, signals }))
      ),
      ({ signals, silent }) =>
        Effect.map(Effect.scoped(killedDuring(silent, signals)), ({ code, took }) => {
          assert.strictEqual(code, 130, `${silent}, ${signals}`)
          // At most five seconds for the answer and five for the abort; the rest is for a busy machine.
          assert.isBelow(took, 30_000, `${silent}, ${signals}`)
        }),
      { concurrency: "unbounded", discard: true }
    ),
  120_000
)

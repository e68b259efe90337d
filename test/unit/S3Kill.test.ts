// A process that is killed while it uploads a file leaves what the next one goes on with.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as path from "node:path"
import { directory, entries, variedFile } from "../support/s3.ts"
import { serve } from "../support/Server.ts"

it.live(
  "uploadFile with resume goes on after kill -9, and sends only the parts that S3 doesn't have",
  () =>
    Effect.gen(function*() {
      const { content, name } = yield* variedFile(20)
      const stateDirectory = path.join(yield* directory, "state")
      const parts = new Map<number, Buffer>()
      const sent: Array<number> = []
      let completed = ""
      let isSilent = true
      let reach = () => {}
      const reached = new Promise<void>((resolve) => reach = resolve)
      const etagOf = (part: Buffer) => `"${createHash("md5").update(part).digest("hex")}"`
      const { url } = yield* serve(async (request, response) => {
        const { searchParams } = new URL(request.url!, "http://server")
        const body = Buffer.concat(await request.toArray())
        const number = Number(searchParams.get("partNumber"))
        if (number > 0) {
          sent.push(number)
          if (isSilent && number === 2) {
            // The other parts are here before the process is killed.
            const wait = () => parts.size === 2 ? reach() : setImmediate(wait)
            return wait()
          }
          parts.set(number, body)
          return response.setHeader("etag", etagOf(body)).end()
        }
        if (request.method === "GET") {
          const listed = [...parts].map(([number, part]) =>
            `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(part)}</ETag><Size>${part.length}</Size></Part>`
          )
          return response.end(`<ListPartsResult><IsTruncated>false</IsTruncated>${listed.join("")}</ListPartsResult>`)
        }
        if (searchParams.has("uploads")) {
          return response.end(
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
          )
        }
        completed = body.toString()
        response.end("<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>")
      })
      const program = path.resolve(import.meta.dirname, "../support/uploading.ts")
      const start = Effect.acquireRelease(
        Effect.sync(() =>
          spawn(
            process.execPath,
            ["--conditions=@effect-aws-sdk/source", program, url, name, stateDirectory],
            { stdio: "ignore" }
          )
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )

      const first = yield* start
      const killed = once(first, "exit")
      yield* Effect.promise(() => Promise.race([reached, killed]))
      first.kill("SIGKILL")
      yield* Effect.promise(() => killed)
      assert.lengthOf(yield* entries(stateDirectory), 1)
      isSilent = false
      sent.length = 0

      const second = yield* start
      const [code] = yield* Effect.promise(() => once(second, "exit"))
      assert.strictEqual(code, 0)
      assert.deepEqual(sent, [2])
      assert.deepEqual([...completed.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number), ["1", "2", "3"])
      assert.isTrue(Buffer.concat([1, 2, 3].map((number) => parts.get(number)!)).equals(content))
      assert.isEmpty(yield* entries(stateDirectory))
    }),
  60_000
)

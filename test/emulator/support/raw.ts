// Requests as raw HTTP carries them, which no SDK would send.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as http from "node:http"
import { text } from "node:stream/consumers"

export const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`

export const send = (url: string, method: string, path: string, headers: Record<string, string> = {}, body = "") =>
  Effect.promise(() =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const length = method === "GET" ? {} : { "content-length": Buffer.byteLength(body) }
      const options = { method, headers: { authorization: scope("s3"), ...headers, ...length } }
      const sent = http.request(`${url}${path}`, options, resolve).on("error", reject)
      // Before bytes, Node sends them as Latin-1. With a text or an end, it would encode some of them once more.
      if (body !== "") sent.write(Buffer.from(body))
      sent.end()
    })
  ).pipe(
    Effect.flatMap((response) =>
      Effect.map(Effect.promise(() => text(response)), (body) => ({
        status: response.statusCode,
        reason: response.statusMessage,
        headers: response.headers,
        body,
        code: /<Code>(.*)<\/Code>|"__type":"(\w*)"/.exec(body)?.slice(1).find((code) => code !== undefined)
      }))
    )
  )

/** An AWS in memory with a bucket. */
export const world = Effect.gen(function*() {
  const { port, url } = yield* InMemory.serve()
  assert.strictEqual((yield* send(url, "PUT", "/bucket-1")).status, 200)
  return { port, url }
}).pipe(Effect.provide(InMemory.layer()))

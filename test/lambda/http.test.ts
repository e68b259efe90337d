// HTTP under AWS's own runtime client: what Lambda gets of a buffered answer, and of one that is streamed.
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { bundled } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"
import * as Events from "../support/lambda/httpEvents.ts"

class Bundle extends Context.Service<Bundle, string>()("test/Bundle") {
  static readonly layer = Layer.effect(Bundle, bundled("test/support/lambda/web.ts"))
}

const make = (name: "buffered" | "streamed", timeout = 20_000) =>
  Effect.flatMap(Bundle, (folder) => Functions.make({ folder, handler: `index.${name}`, timeout }))

const get = (path: string) => Events.functionUrl({ method: "GET", path })

/** A streamed answer begins with the status and the headers as JSON, then eight NUL bytes, then the body. */
const streamedOf = ({ chunks, contentType }: Functions.Answer) => {
  assert.strictEqual(contentType, "application/vnd.awslambda.http-integration-response")
  const bytes = Buffer.concat(chunks ?? [])
  const at = bytes.indexOf(Buffer.alloc(8))
  return { prelude: JSON.parse(bytes.subarray(0, at).toString()), body: bytes.subarray(at + 8).toString() }
}

layer(Bundle.layer, { timeout: 60_000, excludeTestServices: true })("HTTP under AWS's runtime client", (it) => {
  it.effect("answers a function URL with the response of an HttpApi, and with the status of its error", () =>
    Effect.gen(function*() {
      const subject = yield* make("buffered")
      const found = yield* subject.invoke(get("/orders/o-1"))
      assert.isUndefined(found.functionError, JSON.stringify(found.payload))
      const { body, ...response } = found.payload as { readonly body: string }
      assert.deepInclude(response, { statusCode: 200, isBase64Encoded: false })
      assert.deepEqual(JSON.parse(body), { id: "o-1", text: "ä €" })
      assert.deepInclude((yield* subject.invoke(get("/orders/missing"))).payload, { statusCode: 404 })
      assert.deepInclude((yield* subject.invoke(get("/nowhere"))).payload, { statusCode: 404 })
      const broken = yield* subject.invoke(get("/orders/broken"))
      assert.deepInclude(broken.payload, { statusCode: 500 })
      assert.notInclude(JSON.stringify(broken), "planted-secret")
      assert.strictEqual(yield* subject.environments, 1)
    }))

  it.effect("fails for an event that isn't an HTTP request", () =>
    Effect.gen(function*() {
      const subject = yield* make("buffered")
      const answer = yield* subject.invoke({ orderId: "o-1" })
      assert.deepInclude(answer.payload, { errorType: "EventNotHttp" })
    }))

  it.effect("streams the status, the headers and the pieces of the body as they come", () =>
    Effect.gen(function*() {
      const subject = yield* make("streamed")
      for (const _ of [1, 2]) {
        const answer = yield* subject.invoke(get("/"))
        assert.isUndefined(answer.functionError, JSON.stringify(answer.payload))
        const { body, prelude } = streamedOf(answer)
        assert.strictEqual(body, "one\ntwo\nthree\n")
        assert.strictEqual(prelude.statusCode, 201)
        assert.strictEqual(prelude.headers["content-type"], "text/plain")
        assert.strictEqual(prelude.headers["x-shop"], "socks")
        assert.isAtLeast(answer.chunks!.length, 3)
      }
      assert.strictEqual(yield* subject.environments, 1)
    }))

  it.effect("tells Lambda that a body broke or came too late, so that nobody takes a part for the whole", () =>
    Effect.gen(function*() {
      const subject = yield* make("streamed", 4000)
      yield* subject.invoke(get("/"))
      for (const path of ["/breaks", "/hangs"]) {
        const answer = yield* subject.invoke(get(path))
        assert.strictEqual(answer.functionError, "Unhandled", path)
        assert.deepInclude(answer.payload, { errorType: "ResponseIncomplete" })
        assert.isBelow(answer.took, 4000)
        assert.strictEqual(streamedOf(answer).body, "one\ntwo\nthree\n")
      }
      assert.isUndefined((yield* subject.invoke(get("/"))).functionError)
      assert.strictEqual(yield* subject.environments, 1)
    }))
})

// LambdaHttp under AWS's own runtime client: what Lambda gets for the events of API Gateway and function URLs.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import { bundled } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"
import * as Events from "../support/lambda/httpEvents.ts"

const functionOf = (handler: "index.handler" | "index.streaming", options: Partial<Functions.Options> = {}) =>
  Effect.flatMap(
    bundled("test/support/lambda/http.ts"),
    (folder) => Functions.make({ folder, handler, timeout: 20_000, ...options })
  )

const get = (path: string): Events.Sent => ({ method: "GET", path })

const post: Events.Sent = {
  method: "POST",
  path: "/echo/a%20b",
  query: "a=1",
  headers: [["content-type", "application/octet-stream"]],
  body: Uint8Array.from({ length: 256 }, (_, i) => i)
}

const errorOf = ({ functionError, payload }: Functions.Answer) => {
  assert.strictEqual(functionError, "Unhandled")
  return payload as { readonly errorType: string; readonly errorMessage: string }
}

/** What a function streamed: its status, headers and cookies, and the bytes of the body. */
const streamed = ({ chunks }: Functions.Answer) => {
  const bytes = Buffer.concat(chunks!)
  const end = bytes.indexOf(Buffer.alloc(8))
  return { head: JSON.parse(bytes.subarray(0, end).toString()) as unknown, body: bytes.subarray(end + 8) }
}

describe("an app with LambdaHttp.toEventHandler, under AWS's runtime client", () => {
  it.live("answers requests, failures and what isn't a request", () =>
    Effect.gen(function*() {
      const { environments, invoke, log } = yield* functionOf("index.handler")
      const echoed = yield* invoke(Events.restApi(post))
      const answer = echoed.payload as LambdaHttp.Answer
      assert.deepInclude(answer.headers, { "x-method": "POST", "x-url": "/echo/a%20b?a=1" })
      assert.deepEqual(Buffer.from(answer.body, "base64"), Buffer.from(post.body!))
      assert.deepEqual((yield* invoke(Events.httpApi(get("/broken")))).payload, {
        statusCode: 500,
        headers: {},
        body: "",
        isBase64Encoded: false
      })
      const large = (yield* invoke(Events.httpApi(get("/large")))).payload as LambdaHttp.Answer
      assert.deepEqual([large.statusCode, large.body], [500, ""])
      const lines = (yield* log).join("\n")
      assert.match(lines, /The app failed, so the answer is a 500.*planted-secret/)
      assert.match(lines, /ResponseTooLarge/)
      assert.strictEqual(errorOf(yield* invoke({ Records: [] })).errorType, "EventNotHttp")
      assert.strictEqual(yield* environments, 1)
    }))

  it.live("answers with a 504 before Lambda ends the function", () =>
    Effect.gen(function*() {
      const { environments, invoke } = yield* functionOf("index.handler", { timeout: 2000 })
      // The first invocation loads the bundle.
      yield* invoke(Events.httpApi(get("/empty")))
      const late = yield* invoke(Events.httpApi(get("/late")))
      assert.strictEqual((late.payload as LambdaHttp.Answer).statusCode, 504)
      assert.isBelow(late.took, 2000)
      assert.strictEqual(yield* environments, 1)
    }))
})

describe("an app with LambdaHttp.streamHandler, under AWS's runtime client", () => {
  it.live("streams responses to function URLs and REST APIs", () =>
    Effect.gen(function*() {
      const { environments, invoke } = yield* functionOf("index.streaming")
      for (const eventOf of [Events.functionUrl, Events.restApi]) {
        const parts = yield* invoke(eventOf(get("/stream/ends")))
        assert.isUndefined(parts.functionError)
        assert.strictEqual(parts.contentType, "application/vnd.awslambda.http-integration-response")
        assert.deepEqual(streamed(parts).head, { statusCode: 200, headers: { "content-type": "text/plain" } })
        assert.strictEqual(streamed(parts).body.toString(), "part part ")
        const echoed = streamed(yield* invoke(eventOf(post)))
        assert.deepEqual(echoed.body, Buffer.from(post.body!))
        const empty = streamed(yield* invoke(eventOf(get("/empty"))))
        assert.deepEqual(empty.head, { statusCode: 204, headers: { "x-a": "b" } })
        assert.deepEqual(streamed(yield* invoke(eventOf(get("/broken")))).head, { statusCode: 500, headers: {} })
      }
      const large = yield* invoke(Events.functionUrl(get("/large")))
      assert.isUndefined(large.functionError)
      assert.deepEqual(streamed(large).body, Buffer.alloc(20 * 1024 ** 2, "a"))
      assert.strictEqual(yield* environments, 1)
    }))

  it.live("tells Lambda that a response isn't whole, and serves the next one", () =>
    Effect.gen(function*() {
      const { environments, invoke, log } = yield* functionOf("index.streaming", { timeout: 2000 })
      yield* invoke(Events.functionUrl(get("/empty")))
      const ends = [["fails", "the stream of its body failed"], ["hangs", "the time of the invocation ended"]] as const
      for (const [end, issue] of ends) {
        const broken = yield* invoke(Events.functionUrl(get(`/stream/${end}`)))
        const { errorMessage, errorType } = errorOf(broken)
        assert.strictEqual(errorType, "ResponseIncomplete")
        assert.include(errorMessage, issue)
        assert.notInclude(JSON.stringify(broken.payload), "planted-secret")
        assert.strictEqual(streamed(broken).body.toString(), "part part ")
      }
      assert.include((yield* log).join("\n"), "planted-secret")
      const late = yield* invoke(Events.functionUrl(get("/late")))
      assert.isUndefined(late.functionError)
      assert.deepEqual(streamed(late).head, { statusCode: 504, headers: {} })
      assert.strictEqual(errorOf(yield* invoke({ Records: [] })).errorType, "EventNotHttp")
      assert.strictEqual(streamed(yield* invoke(Events.functionUrl(get("/stream/ends")))).body.toString(), "part part ")
      assert.strictEqual(yield* environments, 1)
    }))

  it.live("gives HTTP APIs and load balancers the answer whole", () =>
    Effect.gen(function*() {
      const { invoke } = yield* functionOf("index.streaming")
      for (const event of [Events.httpApi(get("/stream/ends")), Events.loadBalancer(get("/stream/ends"))]) {
        const { contentType, payload } = yield* invoke(event)
        assert.strictEqual(contentType, "application/json")
        assert.deepInclude(JSON.parse(payload as string), { statusCode: 200, body: "part part " })
      }
    }))
})

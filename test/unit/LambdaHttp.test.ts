// LambdaHttp: an app behind API Gateway, a function URL or a load balancer. LambdaHttpStreaming.test.ts has the streams.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Logger, Option, Ref, Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import {
  Cookies,
  HttpIncomingMessage,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { TestClock } from "effect/testing"
import { Readable } from "node:stream"
import { bundle } from "../support/bundling.ts"
import * as Events from "../support/lambda/httpEvents.ts"

const { Event } = LambdaHttp

type Sources = Readonly<Record<string, (sent: Events.Sent, at?: Events.At) => unknown>>

const sources: Sources = {
  "an HTTP API": Events.httpApi,
  "an HTTP API with payload format 1.0": Events.httpApi1,
  "a REST API": Events.restApi,
  "a function URL": Events.functionUrl,
  "a load balancer": Events.loadBalancer,
  "a load balancer with multi-value headers": Events.multiValueLoadBalancer
}

const get: Events.Sent = { method: "GET", path: "/" }

/** The answer of an app to an event. */
const answerTo = <E, R>(event: unknown, app: LambdaHttp.App<E, R>, options?: LambdaHttp.Options) =>
  Effect.flatMap(Lambda.testContext(), (context) => LambdaHttp.toEventHandler(app, options)(event, context))

/** What an app sees of the request of an event. */
const seenBy = <A, E, R>(event: unknown, see: Effect.Effect<A, E, R>, options?: LambdaHttp.Options) =>
  Effect.gen(function*() {
    const seen = yield* Ref.make<A | undefined>(undefined)
    const app = see.pipe(
      Effect.flatMap((value) => Ref.set(seen, value)),
      Effect.as(HttpServerResponse.empty()),
      Effect.orDie
    )
    yield* answerTo(event, app, options)
    return (yield* Ref.get(seen)) as A
  })

const request = HttpServerRequest.HttpServerRequest

/** The lines that an effect logs, with its causes. */
const logOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const lines: Array<{ level: string; text: string; cause: string }> = []
    const logger = Logger.make(({ cause, logLevel, message }) => {
      lines.push({ level: logLevel, text: [message].flat().join(" "), cause: Cause.pretty(cause) })
    })
    const answer = yield* Effect.provide(effect, Logger.layer([logger]))
    return { answer, lines }
  })

describe("the request of an event", () => {
  for (const [source, eventOf] of Object.entries(sources)) {
    it.effect(`of ${source} has the method, the path, the query, the headers and the address that the client sent`, () =>
      Effect.gen(function*() {
        const event = eventOf({
          method: "POST",
          path: "/orders/a%20b",
          query: "one=1&two=a%26b%2B&empty=",
          headers: [["Content-Type", "text/plain"], ["X-Order", "äö".normalize()], ["Cookie", "a=1; b=2"]],
          body: Buffer.from("body ✓")
        })
        const seen = yield* seenBy(
          event,
          Effect.flatMap(request, (request) =>
            Effect.map(request.text, (text) => {
              const url = Option.getOrThrow(HttpServerRequest.toURL(request))
              return {
                text,
                method: request.method,
                path: url.pathname,
                protocol: url.protocol,
                host: url.host === request.headers["host"],
                query: [...url.searchParams],
                cookies: request.cookies,
                type: request.headers["content-type"],
                order: request.headers["x-order"],
                address: request.remoteAddress
              }
            }))
        )
        assert.deepEqual(seen, {
          text: "body ✓",
          method: "POST",
          path: "/orders/a%20b",
          protocol: "https:",
          host: true,
          query: [["one", "1"], ["two", "a&b+"], ["empty", ""]],
          cookies: { a: "1", b: "2" },
          type: "text/plain",
          order: "äö",
          address: Option.some("203.0.113.7")
        })
      }))

    it.effect(`of ${source} has the bytes of the body, and a body in any method`, () =>
      Effect.gen(function*() {
        const body = Uint8Array.from({ length: 256 }, (_, i) => i)
        for (const method of ["PUT", "GET", "DELETE", "TRACE"]) {
          const event = eventOf({ method, path: "/", headers: [["content-type", "image/png"]], body })
          const whole = yield* seenBy(event, Effect.flatMap(request, (request) => request.arrayBuffer))
          assert.deepEqual(new Uint8Array(whole), body)
          const streamed = yield* seenBy(
            event,
            Effect.flatMap(request, (request) => Stream.mkUint8Array(request.stream))
          )
          assert.deepEqual(streamed, body)
        }
        const none = yield* seenBy(
          eventOf({ method: "POST", path: "/" }),
          Effect.flatMap(request, (request) => Effect.zip(request.text, Stream.runCollect(request.stream)))
        )
        assert.deepEqual(none, ["", []])
      }))
  }

  it.effect("has all values of a header and of a query parameter", () =>
    Effect.gen(function*() {
      const sent = {
        ...get,
        query: "a=1&b=2&a=3",
        headers: [["Accept", "text/html"], ["Accept", "text/plain"], ["Cookie", "a=1"], ["Cookie", "b=2"]] as const
      }
      const { "a load balancer": _, ...others } = sources
      for (const [source, eventOf] of Object.entries(others)) {
        const seen = yield* seenBy(
          eventOf(sent),
          Effect.map(request, (request) => ({
            accept: request.headers["accept"]?.split(/, */),
            cookies: request.cookies,
            a: Option.getOrThrow(HttpServerRequest.toURL(request)).searchParams.getAll("a")
          }))
        )
        assert.deepEqual(
          seen,
          { accept: ["text/html", "text/plain"], cookies: { a: "1", b: "2" }, a: ["1", "3"] },
          source
        )
      }
    }))

  // Recorded by github.com/hotsock/voker: what REST APIs, function URLs and load balancers pass on, and what HTTP APIs do.
  const paths = [
    ["/capture/plain", "/capture/plain"],
    ["/capture/space%20value", "/capture/space value"],
    ["/capture/hash%23value", "/capture/hash#value"],
    ["/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", "/capture/unicode-λ-世界"],
    ["/capture/literal%253Fvalue", "/capture/literal?value"],
    ["/capture/literal%2525value", "/capture/literal%value"]
  ] as const
  it.effect("has a path that decodes to what AWS has of it", () =>
    Effect.gen(function*() {
      const path = Effect.map(request, ({ url }) => decodeURIComponent(new URL(url, "http://localhost").pathname))
      for (const [sent, decoded] of paths) {
        const event = { ...Events.httpApi(get), rawPath: decoded }
        assert.strictEqual(yield* seenBy(event, path), decoded)
        const { "a function URL": url, "a load balancer": elb, "a REST API": rest } = sources
        for (const eventOf of [url!, elb!, rest!]) {
          assert.strictEqual(yield* seenBy(eventOf({ ...get, path: sent }), path), decodeURIComponent(sent))
        }
      }
    }))

  it.effect("has a path without the stage of an HTTP API, and with a base path unless it's an option", () =>
    Effect.gen(function*() {
      const url = Effect.map(request, ({ url }) => url)
      const dev = { stage: "dev" }
      const own = { stage: "dev", domainName: "api.example.com" }
      const orders = { ...get, path: "/dev/orders" }
      const rows: ReadonlyArray<readonly [unknown, string | undefined, string]> = [
        [Events.httpApi({ ...get, path: "/orders" }, dev), undefined, "/orders"],
        [Events.httpApi(get, dev), undefined, "/"],
        [Events.httpApi({ ...get, path: "/orders" }, own), undefined, "/orders"],
        [Events.httpApi(orders, dev), undefined, "/dev/orders"],
        [Events.httpApi({ ...get, path: "/development" }), undefined, "/development"],
        [Events.httpApi1({ ...get, path: "/orders" }, dev), undefined, "/orders"],
        [{ ...Events.httpApi1(get, own), path: "/dev/orders" }, undefined, "/dev/orders"],
        [Events.restApi(orders, dev), undefined, "/dev/orders"],
        [Events.functionUrl(orders, dev), undefined, "/dev/orders"],
        [Events.restApi({ ...get, path: "/v1/orders", query: "a=b" }, own), "/v1", "/orders?a=b"],
        [Events.restApi({ ...get, path: "/v1" }, own), "v1/", "/"],
        [Events.restApi({ ...get, path: "/v10" }, own), "/v1", "/v10"],
        [Events.restApi({ ...get, path: "/v1/orders" }, own), "/", "/v1/orders"],
        [Events.restApi({ ...get, path: "/a/../b//c" }, own), undefined, "/a/../b//c"]
      ]
      for (const [event, basePath, expected] of rows) {
        assert.strictEqual(yield* seenBy(event, url, { basePath }), expected)
      }
    }))

  it.effect("has the address that the load balancer added, and not one that the client made up", () =>
    Effect.gen(function*() {
      const address = Effect.map(request, ({ remoteAddress }) => Option.getOrUndefined(remoteAddress))
      const rows = [
        ["198.51.100.1, 203.0.113.7", "203.0.113.7"],
        ["203.0.113.7:4711", "203.0.113.7"],
        ["[2001:db8::1]:4711", "2001:db8::1"],
        ["2001:db8::1", "2001:db8::1"],
        ["", undefined]
      ] as const
      for (const [header, expected] of rows) {
        const event = {
          ...Events.loadBalancer(get),
          headers: { "x-forwarded-for": header, "x-forwarded-proto": "http" }
        }
        assert.strictEqual(yield* seenBy(event, address), expected)
        const url = yield* seenBy(event, Effect.map(request, HttpServerRequest.toURL))
        assert.strictEqual(Option.getOrThrow(url).href, "http://localhost/")
      }
    }))

  it.effect("comes with the event, Lambda's context and the authorizer's claims", () =>
    Effect.gen(function*() {
      const jwt = { jwt: { claims: { sub: "user" }, scopes: null } }
      const rows = [
        ["HttpApi", Events.httpApi(get, { authorizer: jwt }), jwt],
        ["RestApi", Events.restApi(get, { authorizer: { claims: { sub: "user" } } }), { claims: { sub: "user" } }],
        ["RestApi", Events.restApi(get), undefined],
        ["FunctionUrl", Events.functionUrl(get, { authorizer: { iam: { userId: "u" } } }), { iam: { userId: "u" } }],
        ["LoadBalancer", Events.loadBalancer(get), undefined],
        ["LoadBalancer", Events.multiValueLoadBalancer(get), undefined]
      ] as const
      for (const [source, event, authorizer] of rows) {
        const { context, ...seen } = yield* seenBy(event, Event)
        assert.deepEqual(seen, { source, event, authorizer })
        assert.strictEqual(context.functionName, "test-function")
      }
    }))

  it.effect("is answered with a 413 if its body is larger than the program takes", () =>
    Effect.gen(function*() {
      const event = Events.functionUrl({ ...get, method: "POST", body: Buffer.alloc(11) })
      const limited = (max: bigint) =>
        answerTo(event, Effect.succeed(HttpServerResponse.empty())).pipe(
          Effect.provideService(HttpIncomingMessage.MaxBodySize, max as any)
        )
      assert.deepEqual((yield* limited(10n)).statusCode, 413)
      assert.deepEqual((yield* limited(11n)).statusCode, 204)
    }))
})

describe("an event that isn't an HTTP request", () => {
  const authorizer = { ...Events.restApi(get), type: "REQUEST", methodArn: "arn" }
  const lattice = { version: "2.0", path: "/", method: "GET", headers: {}, requestContext: { region: "us-east-1" } }
  const socket = { requestContext: { connectionId: "c", eventType: "MESSAGE" }, body: "secret", isBase64Encoded: false }
  const rows: ReadonlyArray<readonly [string, unknown, RegExp]> = [
    ["of SQS", { Records: [{ body: "secret" }] }, /it has no requestContext.*The event has the keys: Records\. /],
    ["of an authorizer", authorizer, /it asks an authorizer/],
    ["of VPC Lattice", lattice, /no http\.method/],
    ["of a WebSocket API", socket, /it has no httpMethod/],
    ["without a path", { httpMethod: "GET", requestContext: {} }, /it has no path/],
    ["that is no object", null, /it is not an object.*The event has no keys/],
    ["that is a list", ["secret"], /it is not an object/]
  ]
  for (const [what, event, message] of rows) {
    it.effect(`fails the invocation: one ${what}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(answerTo(event, Effect.die("is not called")))
        assert.strictEqual(error._tag, "EventNotHttp")
        assert.match(error.message, message)
        assert.include(error.message, "function URLs")
        assert.notInclude(JSON.stringify(error), "secret")
      }))
  }

  it("fails as an Error with that name from Lambda.handler", async () => {
    const handler = Lambda.handler({
      logger: false,
      handler: LambdaHttp.toEventHandler(Effect.succeed(HttpServerResponse.empty()))
    })
    const error = await handler({}, Effect.runSync(Lambda.testContext())).catch((error: unknown) => error)
    assert.instanceOf(error, Error)
    assert.strictEqual((error as Error).name, "EventNotHttp")
  })
})

const cookies = HttpServerResponse.text("hello", {
  headers: { "x-one": "1" },
  cookies: Cookies.fromIterable([
    Cookies.makeCookieUnsafe("a", "1", { path: "/", httpOnly: true }),
    Cookies.makeCookieUnsafe("b", "2 3")
  ])
})

describe("the answer", () => {
  it.effect("has the form of what sent the event", () =>
    Effect.gen(function*() {
      const app = Effect.succeed(cookies)
      const set = ["a=1; Path=/; HttpOnly", "b=2%203"]
      const body = { body: "hello", isBase64Encoded: false }
      const headers = { "x-one": "1", "content-type": "text/plain", "content-length": "5" }
      const lists = { "x-one": ["1"], "content-type": ["text/plain"], "content-length": ["5"], "set-cookie": set }
      for (const event of [Events.httpApi(get), Events.functionUrl(get)]) {
        assert.deepEqual(yield* answerTo(event, app), { statusCode: 200, headers, cookies: set, ...body })
      }
      for (const event of [Events.restApi(get), Events.httpApi1(get)]) {
        const answer = yield* answerTo(event, app)
        assert.deepEqual(answer, { statusCode: 200, headers, multiValueHeaders: { "set-cookie": set }, ...body })
      }
      const balanced = yield* answerTo(Events.multiValueLoadBalancer(get), app)
      assert.deepEqual(balanced, { statusCode: 200, multiValueHeaders: lists, ...body })
    }))

  it.effect("to a load balancer that takes one cookie has it, and is a 500 rather than lose one", () =>
    Effect.gen(function*() {
      const one = HttpServerResponse.empty({ cookies: Cookies.fromIterable([Cookies.makeCookieUnsafe("a", "1")]) })
      const answer = yield* answerTo(Events.loadBalancer(get), Effect.succeed(one))
      assert.deepEqual(answer, { statusCode: 204, headers: { "set-cookie": "a=1" }, body: "", isBase64Encoded: false })
      const { answer: lost, lines } = yield* logOf(answerTo(Events.loadBalancer(get), Effect.succeed(cookies)))
      assert.deepEqual(lost, { statusCode: 500, headers: {}, body: "", isBase64Encoded: false })
      assert.match(lines[0]!.cause, /ResponseNotSendable.*several cookies.*lambda\.multi_value_headers\.enabled/)
    }))

  const text = (type: string | undefined, body: string | Uint8Array, encoding?: string) =>
    HttpServerResponse.uint8Array(typeof body === "string" ? Buffer.from(body) : body, {
      ...(type !== undefined && { contentType: type }),
      ...(encoding !== undefined && { headers: { "content-encoding": encoding } })
    })
  it.effect("has text as text, and everything else as base64", () =>
    Effect.gen(function*() {
      const rows: ReadonlyArray<readonly [HttpServerResponse.HttpServerResponse, isText: boolean]> = [
        [text("text/html; charset=utf-8", "ä"), true],
        [text("application/json", "{}"), true],
        [text("application/problem+json; charset=utf-8", "{}"), true],
        [text("image/svg+xml", "<svg/>"), true],
        [text("application/x-ndjson", "{}\n"), true],
        [text("text/event-stream", "data: 1\n\n"), true],
        [text("TEXT/PLAIN", "\uFEFFmark"), true],
        [text("text/plain", "a", "identity"), true],
        [text("text/plain", "a", "gzip"), false],
        [text("text/plain; charset=iso-8859-1", Buffer.from([0xe4])), false],
        [text("image/png", "a"), false],
        [text("application/jsonish", "a"), false],
        [text(undefined, "a"), false],
        [HttpServerResponse.text("lone \uD800"), true],
        [HttpServerResponse.raw("raw"), true],
        [HttpServerResponse.raw(Readable.from([Buffer.from("no"), Buffer.from("de")])), false],
        [HttpServerResponse.raw(new Response("web", { headers: { "content-type": "text/plain" } })), true],
        [HttpServerResponse.stream(Stream.make(Buffer.from([1]), Buffer.from([2]))), false],
        [
          HttpServerResponse.stream(Stream.make(Buffer.from([0xc3]), Buffer.from([0xa4])), {
            contentType: "text/plain"
          }),
          true
        ]
      ]
      for (const [response, isText] of rows) {
        const answer = yield* answerTo(Events.functionUrl(get), Effect.succeed(response))
        assert.strictEqual(answer.isBase64Encoded, !isText, JSON.stringify(answer))
        assert.isAbove(answer.body.length, 0)
      }
    }))

  it.effect("has the form data and the boundary of a form", () =>
    Effect.gen(function*() {
      const form = new FormData()
      form.append("field", "value")
      const answer = yield* answerTo(Events.httpApi(get), Effect.succeed(HttpServerResponse.formData(form)))
      const type = answer.headers!["content-type"]!
      const body = Buffer.from(answer.body, answer.isBase64Encoded ? "base64" : "utf8")
      const parsed = yield* Effect.promise(() => new Response(body, { headers: { "content-type": type } }).formData())
      assert.strictEqual(parsed.get("field"), "value")
    }))

  it.effect("has no body for HEAD, 204, 205 and 304, and ends the body that isn't sent", () =>
    Effect.gen(function*() {
      const head = yield* answerTo(
        Events.httpApi({ ...get, method: "HEAD" }),
        Effect.succeed(HttpServerResponse.text("hello"))
      )
      assert.deepEqual(head, {
        statusCode: 200,
        headers: { "content-type": "text/plain", "content-length": "5" },
        body: "",
        isBase64Encoded: false
      })
      for (const [status, length] of [[204, undefined], [205, undefined], [304, "5"]] as const) {
        const answer = yield* answerTo(
          Events.httpApi(get),
          Effect.succeed(HttpServerResponse.text("hello", { status }))
        )
        assert.deepEqual([answer.statusCode, answer.body, answer.headers!["content-length"]], [status, "", length])
      }
      const readable = Readable.from(["a"])
      yield* answerTo(Events.httpApi({ ...get, method: "HEAD" }), Effect.succeed(HttpServerResponse.raw(readable)))
      assert.isTrue(readable.destroyed)
    }))

  it.effect("is a 500 if the response can't be sent", () =>
    Effect.gen(function*() {
      const rows: ReadonlyArray<readonly [HttpServerResponse.HttpServerResponse, RegExp]> = [
        [HttpServerResponse.empty({ status: 101 }), /its status is 101/],
        [HttpServerResponse.empty({ status: 600 }), /its status is 600/],
        [HttpServerResponse.empty({ headers: { "x-a": "b\r\nset-cookie: c" } }), /its header "x-a"/],
        [HttpServerResponse.empty({ headers: { "x a": "b" } }), /its header "x a"/]
      ]
      for (const [response, message] of rows) {
        const { answer, lines } = yield* logOf(answerTo(Events.httpApi(get), Effect.succeed(response)))
        assert.deepEqual(answer, { statusCode: 500, headers: {}, body: "", isBase64Encoded: false })
        assert.strictEqual(lines[0]?.level, "Error")
        assert.match(lines[0]!.cause, message)
      }
    }))

  const most = 6 * 1024 ** 2
  it.effect("is a 500 if it's larger than Lambda sends, and its body is ended", () =>
    Effect.gen(function*() {
      const chunk = Buffer.alloc(1024 ** 2, "a")
      let isEnded = false
      const chunks = (count: number, type: string) =>
        HttpServerResponse.stream(
          Stream.range(1, count).pipe(
            Stream.map(() => chunk),
            Stream.onExit(() => Effect.sync(() => isEnded = true))
          ),
          { contentType: type }
        )
      const rows: ReadonlyArray<
        readonly [number, (sent: Events.Sent) => unknown, HttpServerResponse.HttpServerResponse]
      > = [
        [200, Events.httpApi, chunks(5, "text/plain")],
        [500, Events.httpApi, chunks(1000, "text/plain")],
        [500, Events.httpApi, chunks(5, "image/png")],
        [500, Events.loadBalancer, chunks(1, "text/plain")],
        [200, Events.functionUrl, HttpServerResponse.text("a".repeat(most - 200))],
        [500, Events.functionUrl, HttpServerResponse.text("a".repeat(most))],
        [500, Events.functionUrl, HttpServerResponse.text("\n".repeat(most / 2))]
      ]
      for (const [status, eventOf, response] of rows) {
        isEnded = response.body._tag !== "Stream"
        const { answer, lines } = yield* logOf(answerTo(eventOf(get), Effect.succeed(response)))
        assert.strictEqual(answer.statusCode, status)
        assert.isAtMost(Buffer.byteLength(JSON.stringify(answer)), most + 100)
        assert.isTrue(isEnded)
        if (status === 200) assert.deepEqual(lines, [])
        else assert.match(lines[0]!.cause, /ResponseTooLarge.*stream the response with LambdaHttp\.streamHandler/)
      }
    }))

  it.effect("is a 500 if its body fails, dies or isn't as long as it says", () =>
    Effect.gen(function*() {
      const part = Stream.succeed(Buffer.from("part"))
      const rows = [
        [HttpServerResponse.stream(Stream.concat(part, Stream.fail(new Error("lost")))), /ResponseIncomplete.*failed/],
        [HttpServerResponse.stream(Stream.concat(part, Stream.die(new Error("lost")))), /ResponseIncomplete.*failed/],
        [HttpServerResponse.stream(Stream.make("text" as any)), /ResponseIncomplete.*failed/],
        [HttpServerResponse.stream(Stream.make(null as any)), /ResponseIncomplete.*failed/],
        [HttpServerResponse.stream(part, { contentLength: 5 }), /ended after 4 bytes.*its content-length is 5/]
      ] as const
      for (const [response, message] of rows) {
        const { answer, lines } = yield* logOf(answerTo(Events.httpApi(get), Effect.succeed(response)))
        assert.deepEqual([answer.statusCode, answer.body], [500, ""])
        assert.match(lines[0]!.cause, message)
      }
    }))
})

describe("an app that fails", () => {
  it.effect("is a 500 without details, and its failure is logged", () =>
    Effect.gen(function*() {
      const failures: ReadonlyArray<Effect.Effect<never, unknown>> = [
        Effect.fail("secret"),
        Effect.die(new Error("secret")),
        Effect.fail({ why: "secret" })
      ]
      for (const app of failures) {
        const { answer, lines } = yield* logOf(answerTo(Events.httpApi(get), app))
        assert.deepEqual(answer, { statusCode: 500, headers: {}, body: "", isBase64Encoded: false })
        assert.deepEqual(lines.map(({ level, text }) => [level, text]), [[
          "Error",
          "The app failed, so the answer is a 500."
        ]])
        assert.include(lines[0]!.cause, "secret")
      }
    }))

  it.effect("is a 500 if it succeeds with something other than a response", () =>
    Effect.gen(function*() {
      for (const value of [undefined, null, "text", { statusCode: 200 }, new Response()]) {
        const { answer, lines } = yield* logOf(answerTo(Events.httpApi(get), Effect.succeed(value as any)))
        assert.strictEqual(answer.statusCode, 500)
        assert.include(lines[0]!.cause, "something other than an HttpServerResponse")
      }
    }))

  it.effect("is a 503 if it interrupts itself, and the log says so", () =>
    Effect.gen(function*() {
      const { answer, lines } = yield* logOf(answerTo(Events.httpApi(get), Effect.interrupt))
      assert.strictEqual(answer.statusCode, 503)
      assert.deepEqual(lines.map(({ level, text }) => [level, text]), [[
        "Error",
        "The app failed, so the answer is a 503."
      ]])
    }))

  it("is refused where the handler is made if it isn't an Effect, and so is a base path that isn't a text", () => {
    for (const app of [undefined, Promise.resolve(), () => Effect.succeed(HttpServerResponse.empty())] as Array<any>) {
      assert.throws(() => LambdaHttp.toEventHandler(app), "The `app` option is")
      assert.throws(() => LambdaHttp.streamHandler({ app }), "The `app` option is")
    }
    const app = Effect.succeed(HttpServerResponse.empty())
    assert.throws(() => LambdaHttp.toEventHandler(app, { basePath: 5 as any }), "The `basePath` option is \"5\"")
  })

  it.effect("with a response of its own isn't logged", () =>
    Effect.gen(function*() {
      const { answer, lines } = yield* logOf(
        answerTo(Events.httpApi(get), Effect.die(HttpServerResponse.text("gone", { status: 410 })))
      )
      assert.deepEqual([answer.statusCode, answer.body, lines], [410, "gone", []])
    }))

  it.effect("closes its scope after the body, whatever happens", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const body = Stream.fromEffect(Effect.sync(() => {
        log.push("body")
        return Buffer.from("a")
      }))
      const acquire = Effect.acquireRelease(Effect.void, () => Effect.sync(() => log.push("released")))
      yield* answerTo(Events.httpApi(get), Effect.as(acquire, HttpServerResponse.stream(body)))
      assert.deepEqual(log, ["body", "released"])
      yield* answerTo(Events.httpApi(get), Effect.andThen(acquire, Effect.die("no")))
      assert.deepEqual(log, ["body", "released", "released"])
    }))
})

describe("an app that is late", () => {
  it.effect("is interrupted, and answered with a 504 before Lambda.handler would interrupt it", () =>
    Effect.gen(function*() {
      let isReleased = false
      const never = Effect.ensuring(Effect.never, Effect.sync(() => isReleased = true))
      const lines: Array<string> = []
      const handler = Lambda.handler({
        logger: Logger.make(({ message }) => void lines.push([message].flat().join(" "))),
        handler: LambdaHttp.toEventHandler(never)
      })
      const fiber = yield* Effect.forkChild(handler.invoke(Events.httpApi(get)))
      yield* TestClock.adjust("2399 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).statusCode, 504)
      assert.isTrue(isReleased)
      assert.lengthOf(lines.filter((line) => line.includes("504")), 1)
    }))

  it.effect("with its body is answered with a 500", () =>
    Effect.gen(function*() {
      const body = Stream.concat(Stream.succeed(Buffer.from("a")), Stream.never)
      const handler = Lambda.handler({
        logger: false,
        handler: LambdaHttp.toEventHandler(Effect.succeed(HttpServerResponse.stream(body)))
      })
      const fiber = yield* Effect.forkChild(handler.invoke(Events.httpApi(get)))
      yield* TestClock.adjust("2400 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).statusCode, 500)
    }))

  it.effect("that doesn't stop fails the invocation in time", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({
        logger: false,
        handler: LambdaHttp.toEventHandler(Effect.uninterruptible(Effect.never))
      })
      const fiber = yield* Effect.forkChild(handler.invoke(Events.httpApi(get)))
      yield* TestClock.adjust("3 seconds")
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit))
    }))

  it.effect("is no reason to wait when it isn't", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({
        logger: false,
        handler: LambdaHttp.toEventHandler(Effect.succeed(HttpServerResponse.empty()))
      })
      // The TestClock stands still, so it would wait for ever.
      assert.strictEqual((yield* handler.invoke(Events.httpApi(get))).statusCode, 204)
    }))
})

class Numbers extends Context.Service<Numbers, { readonly next: Effect.Effect<number> }>()("test/Numbers") {}

const Api = HttpApi.make("api").add(
  HttpApiGroup.make("orders").add(
    HttpApiEndpoint.get("order", "/orders/:id", {
      params: { id: Schema.String },
      query: { limit: Schema.optionalKey(Schema.Literals(["1", "2"])) },
      success: Schema.Struct({ id: Schema.String, number: Schema.Int, user: Schema.String }),
      error: [S3.BucketDoesNotExist]
    }),
    HttpApiEndpoint.post("add", "/orders", { payload: Schema.Struct({ amount: Schema.Int }), success: Schema.Int }),
    HttpApiEndpoint.get("slow", "/slow", { success: Schema.String }),
    HttpApiEndpoint.get("broken", "/broken", { success: Schema.String })
  )
)

const Orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
  handlers
    .handle("order", ({ params }) =>
      params.id === "none"
        ? Effect.fail(new S3.BucketDoesNotExist({ bucket: "orders" }))
        : Effect.gen(function*() {
          const { authorizer } = yield* Event
          const number = yield* Numbers.use(({ next }) => next)
          return { id: params.id, number, user: String(authorizer?.["user"]) }
        }))
    .handle("add", ({ payload }) => Effect.succeed(payload.amount))
    .handle("slow", () => Effect.never)
    .handle("broken", () => Effect.die(new Error("secret"))))

const AppLive = HttpApiBuilder.layer(Api).pipe(Layer.provide([Orders, HttpServer.layerServices]))

describe("an HttpApi", () => {
  const live = () => {
    let builds = 0
    const NumbersLive = Layer.effect(
      Numbers,
      Effect.sync(() => {
        builds++
        let last = 0
        return { next: Effect.sync(() => ++last) }
      })
    )
    const handler = Lambda.handler({
      logger: false,
      layer: LambdaHttp.layer(AppLive).pipe(Layer.provide(NumbersLive)),
      handler: LambdaHttp.toEventHandler(LambdaHttp.app)
    })
    return { handler, builds: () => builds }
  }

  const call = (sent: Events.Sent, at?: Events.At) => {
    const { handler } = live()
    return handler.invoke(Events.httpApi(sent, at))
  }

  it.effect("is built once, and answers with the claims of the caller", () =>
    Effect.gen(function*() {
      const { builds, handler } = live()
      for (const number of [1, 2]) {
        const event = Events.restApi({ ...get, path: "/orders/a%20b" }, { authorizer: { user: "me" } })
        const answer = yield* handler.invoke(event)
        assert.strictEqual(answer.statusCode, 200)
        assert.deepEqual(JSON.parse(answer.body), { id: "a b", number, user: "me" })
      }
      assert.strictEqual(builds(), 1)
    }))

  it.effect("answers an error with its status, and what isn't right with 400 and 404", () =>
    Effect.gen(function*() {
      const none = yield* call({ ...get, path: "/orders/none" })
      assert.strictEqual(none.statusCode, 404)
      assert.deepInclude(JSON.parse(none.body), { _tag: "BucketDoesNotExist", bucket: "orders" })
      assert.strictEqual((yield* call({ ...get, path: "/orders/1", query: "limit=many" })).statusCode, 400)
      assert.strictEqual((yield* call({ ...get, path: "/nowhere" })).statusCode, 404)
      const add = (body: string) =>
        call({
          method: "POST",
          path: "/orders",
          headers: [["content-type", "application/json"]],
          body: Buffer.from(body)
        })
      assert.deepInclude(yield* add(`{"amount":3}`), { statusCode: 200, body: "3" })
      assert.strictEqual((yield* add(`{"amount":"3"}`)).statusCode, 400)
      assert.strictEqual((yield* add("{")).statusCode, 400)
    }))

  it.effect("answers a defect with a 500 without details", () =>
    Effect.gen(function*() {
      const answer = yield* call({ ...get, path: "/broken" })
      assert.strictEqual(answer.statusCode, 500)
      assert.notInclude(JSON.stringify(answer), "secret")
    }))

  it.effect("that is late is a 504", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(call({ ...get, path: "/slow" }))
      yield* TestClock.adjust("2400 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).statusCode, 504)
    }))
})

describe("the routes of an HttpRouter", () => {
  it.effect("get what they require from the Layer, and each app has a router of its own", () =>
    Effect.gen(function*() {
      const routes = (text: string) =>
        HttpRouter.add(
          "GET",
          "/",
          Effect.map(Numbers.use(({ next }) => next), (number) => HttpServerResponse.text(`${text} ${number}`))
        )
      const NumbersLive = Layer.succeed(Numbers, { next: Effect.succeed(7) })
      const layerOf = (text: string) => LambdaHttp.layer(routes(text)).pipe(Layer.provide(NumbersLive))
      for (const text of ["one", "two"]) {
        const handler = Lambda.handler({
          logger: false,
          layer: layerOf(text),
          handler: LambdaHttp.toEventHandler(LambdaHttp.app)
        })
        assert.strictEqual((yield* handler.invoke(Events.functionUrl(get))).body, `${text} 7`)
      }
    }))
})

describe("a bundle", { timeout: 60_000 }, () => {
  const ofHttp = [/effect\/(dist|src)\/http\//, /lambda\/internal\/http\//]

  it("with Lambda.handler has nothing of effect/http, and one with LambdaHttp has no router and no Schema if its app has none", async () => {
    const without = await bundle(`
      import * as Lambda from "effect-aws-sdk/Lambda"
      import * as Effect from "effect/Effect"
      export const handler = Lambda.handler({ handler: () => Effect.succeed("done") })
    `)
    assert.strictEqual(without(...ofHttp), 0)
    const bytesOf = await bundle(`
      import * as Lambda from "effect-aws-sdk/Lambda"
      import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
      import * as HttpServerResponse from "effect/http/HttpServerResponse"
      import * as Effect from "effect/Effect"
      const app = Effect.succeed(HttpServerResponse.text("done"))
      export const handler = Lambda.handler({ handler: LambdaHttp.toEventHandler(app) })
    `)
    assert.isAbove(bytesOf(...ofHttp), 0)
    assert.strictEqual(bytesOf(/HttpRouter/, /SchemaAST/), 0)
  })
})

// `LambdaHttp.streamHandler`, with a stand-in for what Lambda's runtime defines. test/lambda/httpResponses.test.ts runs it under AWS's
// runtime client.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Logger, Schema, Stream } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import { Cookies, HttpServer, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { TestClock } from "effect/testing"
import { Writable } from "node:stream"
import * as Events from "../support/lambda/httpEvents.ts"

const get: Events.Sent = { method: "GET", path: "/" }

/** The stream of an invocation: what Lambda gets, and how fast it takes it. */
class Taken extends Writable {
  readonly chunks: Array<Buffer> = []
  contentType: string | undefined
  onBeforeFirstWrite: ((write: (chunk: Uint8Array | string) => void) => void) | undefined
  isSlow = false
  private taken: (() => void) | undefined

  constructor() {
    super({ highWaterMark: 4 })
  }
  setContentType(contentType: string): void {
    this.contentType = contentType
  }
  override write(chunk: any, ...rest: Array<any>): boolean {
    const first = this.onBeforeFirstWrite
    this.onBeforeFirstWrite = undefined
    first?.((chunk) => void super.write(chunk))
    return super.write(chunk, ...rest as [])
  }
  override _write(chunk: Buffer, _: string, callback: () => void): void {
    this.chunks.push(chunk)
    if (this.isSlow) this.taken = callback
    else callback()
  }
  /** Takes one chunk of a slow stream. */
  take(): void {
    const { taken } = this
    this.taken = undefined
    taken?.()
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }
  /** The status, the headers and the cookies, and the body. */
  get response(): readonly [head: unknown, body: string] {
    const [head, body] = this.text.split("\0".repeat(8))
    return [JSON.parse(head!), body!]
  }
}

/** What the tests need of Lambda's runtime: as aws-lambda-ric does it. */
const awslambda = {
  streamifyResponse: <H>(handler: H) => Object.assign(handler as object, { isStreaming: true }) as H,
  HttpResponseStream: {
    from: (stream: Taken, metadata: unknown) => {
      stream.setContentType("application/vnd.awslambda.http-integration-response")
      stream.onBeforeFirstWrite = (write) => {
        write(JSON.stringify(metadata))
        write(new Uint8Array(8))
      }
      return stream
    }
  }
}

beforeAll(() => {
  Object.assign(globalThis, { awslambda })
})

afterAll(() => {
  delete (globalThis as { awslambda?: unknown }).awslambda
})

const streaming = <E, R>(app: LambdaHttp.App<E, R>) =>
  LambdaHttp.streamHandler({ logger: false, app: app as LambdaHttp.App<E, never> })

const stream = (body: Stream.Stream<Uint8Array, unknown>, options?: HttpServerResponse.Options) =>
  Effect.succeed(HttpServerResponse.stream(body, options))

const bytes = (...texts: ReadonlyArray<string>) => Stream.fromIterable(texts.map((text) => Buffer.from(text)))

const errorOf = (exit: Exit.Exit<unknown, Error>): Error => {
  assert.isTrue(Exit.isFailure(exit))
  return Cause.squash((exit as Exit.Failure<unknown, Error>).cause) as Error
}

/** Lets fibers and streams go on. */
const settled = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Waits until a handler writes its body, or waits for it. */
const begun = (taken: Taken) =>
  Effect.andThen(Effect.repeat(settled, { until: () => taken.chunks.length > 0 }), settled)

describe("a handler that streams", () => {
  it("is what awslambda.streamifyResponse makes, and resolves to nothing", async () => {
    const handler = streaming(stream(bytes("one ", "two")))
    assert.isTrue((handler as unknown as { isStreaming: boolean }).isStreaming)
    const taken = new Taken()
    assert.isUndefined(await handler(Events.functionUrl(get), taken, Effect.runSync(Lambda.testContext())))
    assert.isTrue(taken.writableFinished)
    assert.strictEqual(taken.contentType, "application/vnd.awslambda.http-integration-response")
    assert.deepEqual(taken.response, [
      { statusCode: 200, headers: { "content-type": "application/octet-stream" } },
      "one two"
    ])
  })

  it.effect("sends the status and the headers before the body, also if there is no body", () =>
    Effect.gen(function*() {
      const cookie = Cookies.fromIterable([Cookies.makeCookieUnsafe("a", "1"), Cookies.makeCookieUnsafe("b", "2")])
      const rows = [
        [() => HttpServerResponse.empty({ headers: { "x-a": "b" } }), { statusCode: 204, headers: { "x-a": "b" } }, ""],
        [
          () => HttpServerResponse.text("hi", { status: 201, cookies: cookie }),
          {
            statusCode: 201,
            headers: { "content-type": "text/plain", "content-length": "2" },
            cookies: ["a=1", "b=2"]
          },
          "hi"
        ],
        [() => HttpServerResponse.raw(new Response("web", { status: 202 })), {
          statusCode: 202,
          headers: { "content-type": "text/plain;charset=UTF-8" }
        }, "web"],
        [() => HttpServerResponse.stream(bytes("never"), { status: 304 }), {
          statusCode: 304,
          headers: { "content-type": "application/octet-stream" }
        }, ""]
      ] as const
      for (const [response, head, body] of rows) {
        for (const event of [Events.functionUrl(get), Events.restApi(get)]) {
          const taken = new Taken()
          yield* streaming(Effect.sync(response)).invoke(event, taken)
          assert.deepEqual(taken.response, [head, body])
          assert.isTrue(taken.writableFinished)
        }
      }
      const waits = new Taken()
      const fiber = yield* Effect.forkChild(streaming(stream(Stream.never)).invoke(Events.functionUrl(get), waits))
      yield* begun(waits)
      assert.deepInclude(waits.response[0], { statusCode: 200 })
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("makes the body no faster than Lambda takes it", () =>
    Effect.gen(function*() {
      let made = 0
      const body = Stream.range(1, 50).pipe(
        Stream.rechunk(1),
        Stream.map((n) => {
          made++
          return Buffer.from(`chunk ${n};`)
        })
      )
      const taken = new Taken()
      taken.isSlow = true
      const fiber = yield* Effect.forkChild(streaming(stream(body)).invoke(Events.functionUrl(get), taken))
      for (let i = 0; i < 20; i++) {
        yield* settled
        taken.take()
        assert.isAtMost(made, taken.chunks.length + 2)
      }
      assert.isAbove(made, 5)
      assert.isBelow(made, 50)
      taken.isSlow = false
      taken.take()
      yield* Fiber.join(fiber)
      assert.strictEqual(made, 50)
      assert.match(taken.response[1], /^chunk 1;.*chunk 50;$/)
    }))

  it.effect("answers what the app does wrong before the body with a status", () =>
    Effect.gen(function*() {
      const statusOf = (app: LambdaHttp.App<unknown, never>, sent = get) =>
        Effect.gen(function*() {
          const taken = new Taken()
          yield* streaming(app).invoke(Events.functionUrl(sent), taken)
          return taken.response[0]
        })
      const broken = { statusCode: 500, headers: {} }
      assert.deepEqual(yield* statusOf(Effect.die(new Error("secret"))), broken)
      assert.deepEqual(yield* statusOf(Effect.succeed(HttpServerResponse.empty({ status: 101 }))), broken)
      const late = yield* Effect.forkChild(statusOf(Effect.never))
      yield* TestClock.adjust("2400 millis")
      assert.deepEqual(yield* Fiber.join(late), { statusCode: 504, headers: {} })
    }))

  it.effect("fails, and leaves the stream open for the runtime's error, if the body fails after its beginning", () =>
    Effect.gen(function*() {
      const rows = [
        [
          stream(Stream.concat(bytes("part"), Stream.fail(new Error("lost")))),
          /after 4 bytes of its body: the stream of its body failed/
        ],
        [stream(Stream.concat(bytes("part"), Stream.die(new Error("lost")))), /the stream of its body failed/],
        [stream(bytes("part"), { contentLength: 5 }), /its content-length is 5/]
      ] as const
      for (const [app, message] of rows) {
        const taken = new Taken()
        const error = errorOf(yield* Effect.exit(streaming(app).invoke(Events.functionUrl(get), taken)))
        assert.strictEqual(error.name, "ResponseIncomplete")
        assert.match(error.message, message)
        assert.notInclude(error.message, "lost")
        assert.strictEqual(taken.response[1], "part")
        assert.isFalse(taken.writableEnded || taken.destroyed)
      }
    }))

  it.effect("ends the body at the deadline, and fails", () =>
    Effect.gen(function*() {
      let isEnded = false
      const body = Stream.concat(bytes("part"), Stream.never).pipe(
        Stream.onExit(() => Effect.sync(() => isEnded = true))
      )
      const taken = new Taken()
      const fiber = yield* Effect.forkChild(streaming(stream(body)).invoke(Events.functionUrl(get), taken))
      yield* begun(taken)
      yield* TestClock.adjust("2400 millis")
      const error = errorOf(yield* Fiber.await(fiber))
      assert.match(error.message, /ended after 4 bytes of its body: the time of the invocation ended/)
      assert.isTrue(isEnded)
      assert.isFalse(taken.writableEnded)
    }))

  it.effect("ends the body when Lambda closes the stream, before or while it's written", () =>
    Effect.gen(function*() {
      for (const isSlow of [true, false]) {
        let isEnded = false
        const body = Stream.concat(bytes("part"), Stream.never).pipe(
          Stream.onExit(() => Effect.sync(() => isEnded = true))
        )
        const taken = new Taken()
        taken.isSlow = isSlow
        const fiber = yield* Effect.forkChild(streaming(stream(body)).invoke(Events.functionUrl(get), taken))
        yield* begun(taken)
        taken.destroy(new Error("gone"))
        const error = errorOf(yield* Fiber.await(fiber))
        assert.match(error.message, /the stream to Lambda closed/)
        assert.isTrue(isEnded)
        assert.deepEqual(["error", "close", "drain"].map((name) => taken.listenerCount(name)), [0, 0, 0])
      }
      const taken = new Taken()
      taken.destroy()
      const error = errorOf(yield* Effect.exit(streaming(stream(Stream.never)).invoke(Events.functionUrl(get), taken)))
      assert.match(error.message, /after 0 bytes.*the stream to Lambda closed/)
    }))

  it.effect("gives an HTTP API and a load balancer, which don't stream, the answer whole", () =>
    Effect.gen(function*() {
      for (const event of [Events.httpApi(get), Events.httpApi1(get), Events.loadBalancer(get)]) {
        const taken = new Taken()
        const app = stream(bytes("one ", "two"), { contentType: "text/plain" })
        yield* streaming(app).invoke(event, taken)
        assert.strictEqual(taken.contentType, "application/json")
        assert.isTrue(taken.writableFinished)
        const whole = yield* Effect.flatMap(
          Lambda.testContext(),
          (context) => LambdaHttp.toEventHandler(app)(event, context)
        )
        assert.deepEqual(JSON.parse(taken.text), JSON.parse(JSON.stringify(whole)))
        assert.strictEqual(whole.body, "one two")
      }
    }))

  it.effect("fails if Lambda closes the stream before or while an answer is written whole", () =>
    Effect.gen(function*() {
      const app = stream(bytes("one"))
      const taken = new Taken()
      taken.isSlow = true
      const fiber = yield* Effect.forkChild(streaming(app).invoke(Events.httpApi(get), taken))
      yield* begun(taken)
      taken.destroy(new Error("gone"))
      assert.strictEqual(errorOf(yield* Fiber.await(fiber)).name, "ResponseIncomplete")
      const closed = new Taken()
      closed.destroy()
      const error = errorOf(yield* Effect.exit(streaming(app).invoke(Events.httpApi(get), closed)))
      assert.strictEqual(error.name, "ResponseIncomplete")
      assert.deepEqual(["error", "close", "drain"].map((name) => taken.listenerCount(name)), [0, 0, 0])
    }))

  it.effect("fails for an event that isn't an HTTP request, and writes nothing", () =>
    Effect.gen(function*() {
      const taken = new Taken()
      const error = errorOf(yield* Effect.exit(streaming(Effect.die("is not called")).invoke({ Records: [] }, taken)))
      assert.strictEqual(error.name, "EventNotHttp")
      assert.deepEqual([taken.chunks, taken.writableEnded], [[], false])
    }))

  it.effect("loads where there is no runtime, and says what is missing when it's called", () =>
    Effect.gen(function*() {
      const { awslambda } = globalThis as { awslambda?: unknown }
      delete (globalThis as { awslambda?: unknown }).awslambda
      yield* Effect.gen(function*() {
        const handler = streaming(stream(bytes("a")))
        const context = yield* Lambda.testContext()
        const error: Error = yield* Effect.promise(() =>
          handler(Events.functionUrl(get), new Taken(), context).then(() => assert.fail(), (error: Error) => error)
        )
        assert.strictEqual(error.name, "StreamingUnavailable")
        assert.match(error.message, /the global `awslambda` is missing.*AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA/)
      }).pipe(Effect.ensuring(Effect.sync(() => Object.assign(globalThis, { awslambda }))))
    }))
})

describe("a test's stream", () => {
  const app = Effect.succeed(HttpServerResponse.setCookieUnsafe(
    HttpServerResponse.stream(bytes("one ", "\u20ac"), { status: 201, contentType: "text/plain" }),
    "a",
    "1"
  ))

  for (
    const [source, make] of Object.entries({ "function URL": Events.functionUrl, "load balancer": Events.loadBalancer })
  ) {
    it.effect(`has the status, the headers, the cookies and the body for a ${source}`, () =>
      Effect.gen(function*() {
        const taken = LambdaHttp.testStream()
        assert.isUndefined(taken.response)
        yield* streaming(app).invoke(make(get), taken)
        const { body, bytes, cookies, headers, status } = taken.response!
        assert.deepEqual({ status, cookies, body, type: headers["content-type"] }, {
          status: 201,
          cookies: ["a=1"],
          body: "one \u20ac",
          type: "text/plain"
        })
        assert.strictEqual(bytes.length, 7)
      }))
  }

  it.effect("has what was written of a body that fails", () =>
    Effect.gen(function*() {
      const taken = LambdaHttp.testStream()
      const body = Stream.concat(bytes("one"), Stream.fail("no more"))
      const error = errorOf(yield* Effect.exit(streaming(stream(body)).invoke(Events.functionUrl(get), taken)))
      assert.strictEqual(error.name, "ResponseIncomplete")
      assert.strictEqual(taken.response?.body, "one")
    }))

  it.effect("is what a handler asks for that is called without a stream, as a handler that doesn't stream", () =>
    Effect.gen(function*() {
      const handler: any = streaming(app)
      const context = yield* Lambda.testContext()
      const calls = [
        Effect.promise(() =>
          handler(Events.functionUrl(get), context).then(() => assert.fail(), (error: Error) => error)
        ),
        Effect.flip(handler.invoke(Events.functionUrl(get)) as Effect.Effect<void, Error>),
        Effect.flip(handler.invoke(Events.functionUrl(get), context) as Effect.Effect<void, Error>)
      ]
      for (const error of yield* Effect.all(calls)) {
        assert.instanceOf(error, TypeError)
        assert.match(
          error.message,
          /without a stream\. In a test, call `handler\.invoke\(event, LambdaHttp\.testStream\(\)\)`/
        )
      }
    }))
})

class Greeting extends Context.Service<Greeting, string>()("test/Greeting") {}

describe("a handler that streams an HttpApi", () => {
  it.effect("builds its Layer once and releases it, with the options of Lambda.handler", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const lines: Array<string> = []
      const api = HttpApi.make("api").add(
        HttpApiGroup.make("all").add(HttpApiEndpoint.get("greet", "/greet/:name", {
          params: { name: Schema.String },
          success: Schema.String
        }))
      )
      const group = HttpApiBuilder.group(api, "all", (handlers) =>
        handlers.handle("greet", ({ params }) =>
          Effect.gen(function*() {
            yield* Effect.log(`greets ${params.name}`)
            const { source } = yield* LambdaHttp.Event
            return `${yield* Greeting} ${params.name} from ${source}`
          })))
      const AppLive = HttpApiBuilder.layer(api).pipe(Layer.provide([group, HttpServer.layerServices]))
      const GreetingLive = Layer.effect(
        Greeting,
        Effect.acquireRelease(
          Effect.sync(() => {
            log.push("built")
            return "Hello"
          }),
          () =>
            Effect.sync(() =>
              log.push("released")
            )
        )
      )
      const handler = LambdaHttp.streamHandler({
        logger: Logger.make(({ message }) => void lines.push([message].flat().join(" "))),
        layer: LambdaHttp.layer(AppLive).pipe(Layer.provide(GreetingLive)),
        app: LambdaHttp.app,
        basePath: "/v1"
      })
      yield* Effect.promise(() => handler.init())
      for (const name of ["one", "two"]) {
        const taken = new Taken()
        yield* handler.invoke(Events.restApi({ ...get, path: `/v1/greet/${name}` }), taken)
        assert.strictEqual(taken.response[1], `"Hello ${name} from RestApi"`)
      }
      assert.deepEqual(log, ["built"])
      assert.deepEqual(lines, ["greets one", "greets two"])
      yield* Effect.promise(() => handler.close())
      assert.deepEqual(log, ["built", "released"])
    }))
})

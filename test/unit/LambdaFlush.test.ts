// Telemetry that leaves before the answer of an invocation does.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Layer, Logger, Metric, Schema } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as CloudWatch from "effect-aws-sdk/CloudWatch"
import * as EventBridge from "effect-aws-sdk/EventBridge"
import * as Lambda from "effect-aws-sdk/Lambda"
import { HttpClient, HttpClientResponse } from "effect/http"
import { Otlp, OtlpExporter } from "effect/observability"
import { TestClock } from "effect/testing"

const quiet = { logger: Logger.make(() => {}) }

describe("the flush of a handler", () => {
  it.effect("runs before the answer, after the invocation has ended, whether it has succeeded or not", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const note = (text: string) => Effect.sync(() => log.push(text))
      const handler = Lambda.handler({
        ...quiet,
        handler: (event) =>
          Effect.ensuring(
            event === "fail" ? Effect.fail("it failed") : Effect.succeed(event),
            note("ended")
          ),
        flush: Effect.andThen(Effect.sleep("1 second"), note("flushed"))
      })
      for (const event of ["succeed", "fail"]) {
        log.length = 0
        const fiber = yield* Effect.forkChild(Effect.exit(handler.invoke(event)))
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(log, ["ended"])
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(log, ["ended", "flushed"])
        assert.strictEqual((yield* Fiber.join(fiber))._tag, event === "fail" ? "Failure" : "Success")
      }
    }))

  for (
    const [what, flush] of [
      ["fails", Effect.fail("no network")],
      ["dies", Effect.die(new Error("no network"))]
    ] as const
  ) {
    it.effect(`that ${what} is logged, and leaves the answer as it is`, () =>
      Effect.gen(function*() {
        const entries: Array<unknown> = []
        const handler = Lambda.handler({
          logger: Logger.make(({ logLevel, message }) => entries.push([logLevel, String(message)])),
          handler: (event) => event === "fail" ? Effect.fail("it failed") : Effect.succeed(event),
          flush
        })
        const expected = ["Warn", "The flush failed: telemetry may be lost. The answer isn't affected."]
        assert.strictEqual(yield* handler.invoke("answer"), "answer")
        assert.deepStrictEqual(entries, [expected])
        const error = yield* Effect.flip(handler.invoke("fail"))
        assert.strictEqual(error.message, "it failed")
        assert.deepStrictEqual(entries.at(-1), expected)
      }))
  }

  for (
    const [what, flush] of [
      ["hangs", Effect.never],
      ["hangs and can't be interrupted", Effect.uninterruptible(Effect.never)]
    ] as const
  ) {
    it.effect(`that ${what} ends after flushTimeout, is logged, and leaves the answer as it is`, () =>
      Effect.gen(function*() {
        const messages: Array<string> = []
        const handler = Lambda.handler({
          logger: Logger.make(({ message }) => messages.push(String(message))),
          handler: () => Effect.succeed("answer"),
          flush,
          flushTimeout: "700 millis"
        })
        const fiber = yield* Effect.forkChild(handler.invoke({}))
        yield* TestClock.adjust("699 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* Fiber.join(fiber), "answer")
        assert.lengthOf(messages, 1)
        assert.include(messages[0], "The flush did not end within 700 ms")
      }))
  }

  it.effect("ends 100 ms before Lambda's deadline, after an effect that took all of its time", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({
        ...quiet,
        handler: () => Effect.uninterruptible(Effect.never),
        flush: Effect.never
      })
      const fiber = yield* Effect.forkChild(Effect.flip(handler.invoke({})))
      yield* TestClock.adjust("2899 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).name, "DeadlineExceeded")
    }))

  it.effect("doesn't run if the Layer could not be built", () =>
    Effect.gen(function*() {
      let flushes = 0
      const handler = Lambda.handler({
        ...quiet,
        layer: Layer.effectDiscard(Effect.fail("no")),
        handler: () => Effect.void,
        flush: Effect.sync(() => flushes++)
      })
      yield* Effect.flip(handler.invoke({}))
      assert.strictEqual(flushes, 0)
    }))

  it.effect("puts Effect's metrics with CloudWatch.flush", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const orders = Metric.counter("orders", { incremental: true })
      const handler = Lambda.handler({
        ...quiet,
        layer: CloudWatch.emf({
          namespace: "Shop",
          every: "Infinity",
          write: (line) => Effect.sync(() => lines.push(line))
        }),
        handler: (event) => Metric.update(orders, Number(event)),
        flush: CloudWatch.flush
      })
      yield* handler.invoke(3)
      yield* handler.invoke(4)
      assert.deepStrictEqual(lines.map((line) => JSON.parse(line).orders), [3, 4])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect("sends what a publisher holds with the publisher's flush", () =>
    Effect.gen(function*() {
      class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
        source: "shop",
        detailType: "OrderPlaced",
        fields: { order: Schema.Finite }
      }) {}
      class Orders extends Context.Service<Orders, EventBridge.Publisher>()("test/Orders") {}
      const handler = Lambda.handler({
        ...quiet,
        layer: Layer.effect(Orders, EventBridge.publisher({ eventBus: "default" })).pipe(
          Layer.provideMerge(InMemory.layer())
        ),
        handler: Effect.fnUntraced(function*(event) {
          yield* Orders.use(({ publish }) => publish(new OrderPlaced({ order: Number(event) })))
          return yield* Orders.use(({ pending }) => pending)
        }),
        flush: Effect.andThen(
          Orders.use(({ flush }) => flush),
          Effect.flatMap(InMemory, ({ calls }) => Effect.map(calls, (all) => sent.push(all.length)))
        )
      })
      const sent: Array<number> = []
      assert.strictEqual(yield* handler.invoke(1), 1)
      assert.strictEqual(yield* handler.invoke(2), 1)
      assert.deepStrictEqual(sent, [1, 2])
    }))

  it.effect("sends the spans and logs of the invocation with the Flusher of Effect's OTLP exporter", () =>
    Effect.gen(function*() {
      const bodies: Array<string> = []
      const http = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.sync(() => {
            if (request.body._tag === "Uint8Array") bodies.push(new TextDecoder().decode(request.body.body))
            return HttpClientResponse.fromWeb(request, new Response("{}"))
          })
        )
      )
      const clock = yield* Clock.clockWith(Effect.succeed)
      const handler = Lambda.handler({
        logger: false,
        layer: Otlp.layerJson({ baseUrl: "http://collector", resource: { serviceName: "orders" } }).pipe(
          Layer.provide(http),
          Layer.provideMerge(Layer.succeed(Clock.Clock, clock))
        ),
        handler: () => Effect.logInfo("order placed").pipe(Effect.withSpan("placing")),
        flush: OtlpExporter.Flusher.use(({ flush }) => flush)
      })
      yield* handler.invoke({})
      const sent = bodies.join("\n")
      for (const expected of [`"test-function"`, `"placing"`, "order placed"]) assert.include(sent, expected)
    }))
})

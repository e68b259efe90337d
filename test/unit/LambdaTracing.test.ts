// The trace of an invocation.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Option, Tracer } from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"
import { environment } from "../support/Environment.ts"

const quiet = { logger: Logger.make(() => {}) }

const capturing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const exit = yield* Effect.exit(Effect.withTracer(effect, tracer))
    return { spans, exit }
  })

/** Invokes a handler with this X-Ray header in the context, and returns the span of the invocation. */
const spanFor = (header: string | undefined, options: { readonly event?: unknown; readonly xray?: boolean } = {}) =>
  Effect.gen(function*() {
    const { event = {}, ...rest } = options
    const handler = Lambda.handler({ ...quiet, ...rest, handler: () => Effect.void })
    const context = { ...yield* Lambda.testContext(), xRayTraceId: header }
    const { spans } = yield* capturing(handler.invoke(event, context))
    assert.lengthOf(spans, 1)
    return spans[0]!
  })

const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

describe("the span of an invocation", () => {
  it.effect("has OpenTelemetry's attributes of functions, and is the parent of the calls to AWS", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({ ...quiet, layer: InMemory.layer(), handler: () => Ssm.getParameter("/none") })
      const context = yield* Lambda.testContext({ awsRequestId: "request-1", functionVersion: "7" })
      const { spans } = yield* capturing(
        Effect.andThen(Effect.exit(handler.invoke({}, context)), handler.invoke({}, context))
      )
      const [first, ...others] = spans
      assert.strictEqual(first!.name, "test-function")
      assert.strictEqual(first!.kind, "server")
      assert.deepStrictEqual(Object.fromEntries(first!.attributes), {
        "faas.name": "test-function",
        "faas.version": "7",
        "faas.invocation_id": "request-1",
        "faas.coldstart": true,
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.resource_id": "arn:aws:lambda:us-east-1:123456789012:function:test-function",
        "cloud.region": "us-east-1",
        "cloud.account.id": "123456789012"
      })
      const call = others.find(({ name }) => name.startsWith("SSM"))!
      assert.strictEqual(call.traceId, first!.traceId)
      const second = others.find(({ name }) => name === "test-function")!
      assert.isFalse(second.attributes.get("faas.coldstart"))
      assert.notStrictEqual(second.traceId, first!.traceId)
      assert.strictEqual(first!.status._tag, "Ended")
    }))

  it.effect("isn't the parent of what the Layer does, which outlives the invocation", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({
        ...quiet,
        layer: Layer.effectDiscard(Effect.withSpan(Effect.void, "build")),
        handler: () => Effect.void
      })
      const { spans } = yield* capturing(handler.invoke({}).pipe(Effect.withSpan("test")))
      assert.deepStrictEqual(
        spans.map(({ name, parent }) => [name, parent._tag]),
        [["test", "None"], ["build", "None"], ["test-function", "Some"]]
      )
    }))

  it.effect("has the span in X-Ray's header as its parent", () =>
    Effect.gen(function*() {
      const span = yield* spanFor(`${header};Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2`)
      const parent = Option.getOrThrow(span.parent)
      assert.strictEqual(parent._tag, "ExternalSpan")
      assert.strictEqual(parent.traceId, "5759e988bd862e3fe1be46a994272793")
      assert.strictEqual(parent.spanId, "53995c3f42cd8ad8")
      assert.isTrue(parent.sampled)
      assert.strictEqual(span.traceId, "5759e988bd862e3fe1be46a994272793")
    }))

  for (const sampled of ["Sampled=0", "Sampled=?", ""]) {
    it.effect(`isn't sampled if the header has ${JSON.stringify(sampled)}, unless the handler ignores X-Ray`, () =>
      Effect.gen(function*() {
        const text = header.replace("Sampled=1", sampled)
        assert.isFalse((yield* spanFor(text)).sampled)
        const own = yield* spanFor(text, { xray: false })
        assert.isTrue(own.sampled)
        assert.isTrue(Option.isNone(own.parent))
      }))
  }

  for (
    const text of [
      undefined,
      "",
      "garbage",
      ";;;===",
      "Root=;Parent=;Sampled=",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
      "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
      "Root=1-5759e988-bd862e3fe1be46a99427279g;Parent=53995c3f42cd8ad8;Sampled=1",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f;Sampled=1",
      "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000;Sampled=1",
      "x".repeat(100_000)
    ]
  ) {
    it.effect(`has no parent if the header is ${JSON.stringify(text?.slice(0, 80))}`, () =>
      Effect.gen(function*() {
        assert.isTrue(Option.isNone((yield* spanFor(text)).parent))
      }))
  }

  for (
    const [trigger, event] of [
      ["http", { version: "2.0", requestContext: { http: { method: "GET" } } }],
      ["http", { httpMethod: "GET", requestContext: {} }],
      ["pubsub", { Records: [{ eventSource: "aws:sqs" }] }],
      ["pubsub", { Records: [{ EventSource: "aws:sns" }] }],
      ["pubsub", { Records: [{ eventSource: "aws:kinesis" }] }],
      ["datasource", { Records: [{ eventSource: "aws:s3" }] }],
      ["datasource", { Records: [{ eventSource: "aws:dynamodb" }] }],
      ["timer", { source: "aws.events", "detail-type": "Scheduled Event" }],
      ["pubsub", { source: "shop", "detail-type": "OrderPlaced" }],
      [undefined, { order: 7 }],
      [undefined, null],
      [undefined, "text"],
      [undefined, { Records: 7 }]
    ] as const
  ) {
    it.effect(`has the trigger ${trigger} for ${JSON.stringify(event)}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* spanFor(undefined, { event })).attributes.get("faas.trigger"), trigger)
      }))
  }

  for (const type of ["provisioned-concurrency", "lambda-managed-instances"]) {
    it.effect(`isn't a cold start in an environment of the type ${type}`, () =>
      Effect.gen(function*() {
        yield* environment({ AWS_LAMBDA_INITIALIZATION_TYPE: type })
        assert.isFalse((yield* spanFor(undefined)).attributes.get("faas.coldstart"))
      }))
  }

  it.effect("has failed if the invocation has", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({ ...quiet, handler: () => Effect.succeed(1n) })
      const { spans } = yield* capturing(handler.invoke({}))
      const { status } = spans[0]!
      assert.strictEqual(status._tag === "Ended" ? status.exit._tag : status._tag, "Failure")
    }))
})

/** What the runtime keeps for the invocation of a call, as @aws/lambda-invoke-store does. */
const invokeStore = (get: () => string | undefined) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const holder = globalThis as { awslambda?: unknown }
      const before = holder.awslambda
      holder.awslambda = { InvokeStore: { getXRayTraceId: get } }
      return before
    }),
    (before) =>
      Effect.sync(() => {
        ;(globalThis as { awslambda?: unknown }).awslambda = before
      })
  )

/** Calls a handler as the runtime does, and returns the id of the trace. */
const traceIdOf = (context: Lambda.Context, handler: Lambda.Handler<string>) =>
  Effect.promise(() => handler({}, context))

describe("X-Ray's header", () => {
  const traced = () =>
    Lambda.handler({ ...quiet, handler: () => Effect.map(Effect.currentSpan, ({ traceId }) => traceId) })
  const headerOf = (digit: number) => `Root=1-5759e988-${String(digit).repeat(24)};Parent=53995c3f42cd8ad8;Sampled=1`
  const traceIdFor = (digit: number) => `5759e988${String(digit).repeat(24)}`

  it.effect("comes from the environment, which AWS's runtime sets for each invocation", () =>
    Effect.gen(function*() {
      const handler = traced()
      for (const digit of [1, 2]) {
        yield* environment({ _X_AMZN_TRACE_ID: headerOf(digit) })
        process.env["_X_AMZN_TRACE_ID"] = headerOf(digit)
        assert.strictEqual(yield* traceIdOf(yield* Lambda.testContext(), handler), traceIdFor(digit))
      }
      delete process.env["_X_AMZN_TRACE_ID"]
    }))

  it.effect("comes from the context of the invocation before the runtime's store, and from that before the environment", () =>
    Effect.gen(function*() {
      process.env["_X_AMZN_TRACE_ID"] = headerOf(3)
      yield* Effect.addFinalizer(() => Effect.sync(() => delete process.env["_X_AMZN_TRACE_ID"]))
      yield* invokeStore(() => headerOf(2))
      const context = yield* Lambda.testContext()
      assert.strictEqual(yield* traceIdOf(context, traced()), traceIdFor(2))
      const withHeader = { ...context, xRayTraceId: headerOf(1) }
      assert.strictEqual(yield* traceIdOf(withHeader, traced()), traceIdFor(1))
    }))

  it.effect("is never taken from the environment where invocations run at the same time", () =>
    Effect.gen(function*() {
      yield* environment({ AWS_LAMBDA_MAX_CONCURRENCY: "10" })
      process.env["_X_AMZN_TRACE_ID"] = headerOf(3)
      yield* Effect.addFinalizer(() => Effect.sync(() => delete process.env["_X_AMZN_TRACE_ID"]))
      assert.notStrictEqual(yield* traceIdOf(yield* Lambda.testContext(), traced()), traceIdFor(3))
    }))

  it.effect("of each of many invocations at the same time stays with its own", () =>
    Effect.gen(function*() {
      let current = 0
      yield* invokeStore(() => headerOf(current))
      const handler = Lambda.handler({
        ...quiet,
        handler: () => Effect.map(Effect.delay(Effect.currentSpan, "1 second"), ({ traceId }) => traceId)
      })
      const context = yield* Lambda.testContext()
      const fibers = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8, 9], (digit) =>
        Effect.suspend(() => {
          current = digit
          return Effect.forkChild(handler.invoke({}, context), { startImmediately: true })
        }))
      current = 0
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber)),
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map(traceIdFor)
      )
    }))
})

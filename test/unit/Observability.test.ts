import { GetParameterCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Metric, Option, Redacted, References, Schedule, Stream, Tracer } from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const secret = "hunter2-planted"

/** Runs the effect, and gives the spans that it left. */
const traced = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    yield* Effect.withTracer(Effect.exit(effect), tracer)
    return spans
  })

const lines = Effect.gen(function*() {
  const written: Array<string> = []
  const layer = Logger.layer([
    Logger.map(Logger.formatStructured, (entry) => {
      written.push(JSON.stringify(entry))
    })
  ])
  return { written, layer }
})

const putSecret = Ssm.putParameter({ name: "/app/password", value: Redacted.make(secret) })
const get = Ssm.send(new GetParameterCommand({ Name: "/app/none" }))

describe("a call", () => {
  it.effect("is a client span by the conventions of OpenTelemetry", () =>
    Effect.gen(function*() {
      const spans = yield* traced(putSecret)
      const span = spans.find(({ name }) => name === "SSM.PutParameter")
      assert.isDefined(span)
      assert.strictEqual(span!.kind, "client")
      const { "aws.request_id": requestId, ...attributes } = Object.fromEntries(span!.attributes)
      assert.isString(requestId)
      assert.deepEqual(attributes, {
        "rpc.system": "aws-api",
        "rpc.service": "SSM",
        "rpc.method": "PutParameter",
        "cloud.region": "us-east-1",
        "http.response.status_code": 200,
        "http.request.resend_count": 0
      })
      const parent = Option.getOrUndefined(span!.parent)
      assert.strictEqual(parent?._tag === "Span" ? parent.name : undefined, "Ssm.putParameter")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that failed tells the error and the attempts", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(traced(get))
      yield* TestClock.adjust("1 minute")
      const [span] = yield* Fiber.join(fiber)
      assert.strictEqual(span?.attributes.get("error.type"), "ThrottlingException")
      assert.strictEqual(span?.attributes.get("http.request.resend_count"), 2)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))

  it.effect("is a span under that of the Stream it is a page of", () =>
    Effect.gen(function*() {
      yield* Effect.forEach([1, 2, 3], (i) => Ssm.putParameter({ name: `/a/${i}`, value: "v" }))
      const spans = yield* traced(
        Effect.withSpan(Stream.runDrain(Ssm.pages(new GetParametersByPathCommand({ Path: "/a" }))), "report")
      )
      const pages = spans.filter(({ name }) => name === "SSM.GetParametersByPath")
      assert.lengthOf(pages, 3)
      for (const { parent } of pages) {
        assert.strictEqual(Option.isSome(parent) && parent.value._tag === "Span" && parent.value.name, "report")
      }
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 1 }))))

  it.effect("counts in the metrics, by service and operation, failures by reason", () =>
    Effect.gen(function*() {
      yield* Effect.ignore(get)
      yield* Effect.ignore(get)
      const snapshot = yield* Metric.snapshot
      const labels = { service: "SSM", operation: "GetParameter" }
      assert.deepEqual(
        snapshot.map(({ attributes, id, state }) => [id, attributes, (state as { readonly count: unknown }).count]),
        [
          ["aws_duration", { ...labels, time_unit: "milliseconds" }, 2],
          ["aws_calls", labels, 2],
          ["aws_failures", { ...labels, reason: "Rejected" }, 2]
        ]
      )
    }).pipe(
      Effect.provide(InMemory.layer()),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

  it.effect("leaves a line in the debug log", () =>
    Effect.gen(function*() {
      const { layer, written } = yield* lines
      yield* Effect.ignore(get).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "Debug"))
      assert.lengthOf(written, 1)
      for (const part of ["SSM.GetParameter failed with ParameterNotFound", "DEBUG", "aws.request_id"]) {
        assert.include(written[0], part)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("puts no input and no output into spans and logs", () =>
    Effect.gen(function*() {
      const { layer, written } = yield* lines
      const work = Effect.andThen(putSecret, Ssm.getParameter("/app/password"))
      const spans = yield* traced(work).pipe(
        Effect.provide(layer),
        Effect.provideService(References.MinimumLogLevel, "All")
      )
      assert.isNotEmpty(written)
      assert.isNotEmpty(spans)
      assert.notInclude(written.join(), secret)
      for (const span of spans) assert.notInclude(JSON.stringify([...span.attributes, span.events]), secret)
    }).pipe(Effect.provide(InMemory.layer())))
})

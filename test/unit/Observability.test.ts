import { HeadBucketCommand } from "@aws-sdk/client-s3"
import { DescribePatchBaselinesCommand, GetParameterCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Metric, Option, Redacted, References, Schedule, Stream, Tracer } from "effect"
import { InMemory, Polling, S3, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as path from "node:path"
import { folder } from "../support/Environment.ts"
import { clientsOf, serve } from "../support/Server.ts"

const secret = "hunter2-planted"

/** Runs the effect and returns its spans. */
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

const capturedLog = Effect.gen(function*() {
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
const retryTwice = Schedule.upTo(Schedule.spaced("3 seconds"), { times: 2 })

describe("a call", () => {
  it.effect("creates a client span by OpenTelemetry's conventions", () =>
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
        "http.response.status_code": 200
      })
      const parent = Option.getOrUndefined(span!.parent)
      assert.strictEqual(parent?._tag === "Span" ? parent.name : undefined, "Ssm.putParameter")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("records the error, the retries and the retry delay of a failed call", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(traced(get))
      yield* TestClock.adjust("1 minute")
      const [span] = yield* Fiber.join(fiber)
      assert.strictEqual(span?.attributes.get("error.type"), "ThrottlingException")
      assert.strictEqual(span?.attributes.get("http.request.resend_count"), 2)
      assert.strictEqual(span?.attributes.get("aws.retry_delay_ms"), 6000)
    }).pipe(Effect.provide(InMemory.layer({ retry: retryTwice }))))

  it.effect("records the retries and the retry delay of a call that succeeds in the end", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(traced(putSecret))
      yield* TestClock.adjust("1 minute")
      const span = (yield* Fiber.join(fiber)).find(({ name }) => name === "SSM.PutParameter")
      assert.isFalse(span?.attributes.has("error.type"))
      assert.strictEqual(span?.attributes.get("http.request.resend_count"), 1)
      assert.strictEqual(span?.attributes.get("aws.retry_delay_ms"), 3000)
    }).pipe(Effect.provide(InMemory.layer({ retry: retryTwice }))))

  it.live("records S3's extended request id", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) =>
        response.writeHead(200, { "x-amz-request-id": "REQUEST", "x-amz-id-2": "EXTENDED=" }).end()
      )
      const [span] = yield* traced(S3.send(new HeadBucketCommand({ Bucket: "bucket" }))).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(span?.attributes.get("aws.request_id"), "REQUEST")
      assert.strictEqual(span?.attributes.get("aws.extended_request_id"), "EXTENDED=")
    }))

  it.live("nests the spans of calls under the function's span, also in a multipart upload", () =>
    Effect.gen(function*() {
      const files = yield* folder({ small: "1", large: "1".repeat(17 * 1024 * 1024) })
      yield* S3.createBucket("bucket")
      const put = (key: string) => S3.uploadFile({ bucket: "bucket", key, path: path.join(files, key) })
      const spans = yield* traced(Effect.andThen(put("small"), put("large")))
      const [small, , large] = spans
      assert.deepEqual(
        spans.map(({ name, parent }) => [name, Option.getOrUndefined(parent)]),
        [
          ["S3.uploadFile", undefined],
          ["S3.PutObject", small],
          ["S3.uploadFile", undefined],
          ["S3.CreateMultipartUpload", large],
          ["S3.UploadPart", large],
          ["S3.UploadPart", large],
          ["S3.UploadPart", large],
          ["S3.CompleteMultipartUpload", large]
        ]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("nests the spans of pages under the span that runs the Stream", () =>
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

  it.effect("nests the spans of a poll's calls under the wait's span", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/app/state", value: "busy" })
      const poll = Polling.waitUntil(Ssm.getParameter("/app/state"), {
        until: ({ value }) => value === "ready",
        waitingFor: "/app/state to be ready",
        schedule: Schedule.spaced("10 seconds"),
        timeout: "15 seconds"
      })
      const fiber = yield* Effect.forkChild(traced(Effect.withSpan(poll, "wait")))
      yield* TestClock.adjust("1 minute")
      const spans = yield* Fiber.join(fiber)
      const [wait] = spans
      assert.deepEqual(
        spans.map(({ name }) => name),
        ["wait", "Ssm.getParameter", "SSM.GetParameter", "Ssm.getParameter", "SSM.GetParameter"]
      )
      const parents = spans.map(({ parent }) => Option.getOrUndefined(parent))
      assert.deepEqual(parents, [undefined, wait, spans[1], wait, spans[3]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("counts calls by service and operation, and failures by reason", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(Effect.ignore(get))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      yield* Effect.ignore(get)
      const snapshot = yield* Metric.snapshot
      const labels = { service: "SSM", operation: "GetParameter" }
      assert.deepEqual(
        snapshot.map(({ attributes, id, state }) => [id, attributes, (state as { readonly count: unknown }).count]),
        [
          ["aws_duration", { ...labels, time_unit: "milliseconds" }, 2],
          ["aws_calls", labels, 2],
          ["aws_retries", labels, 1],
          ["aws_failures", { ...labels, reason: "Rejected" }, 2]
        ]
      )
      assert.deepInclude(snapshot[0]?.state, { sum: 3000 })
    }).pipe(
      Effect.provide(InMemory.layer({ retry: retryTwice })),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

  it.effect("logs a failed call at debug level", () =>
    Effect.gen(function*() {
      const { layer, written } = yield* capturedLog
      yield* Effect.ignore(get).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "Debug"))
      assert.lengthOf(written, 1)
      for (const part of ["SSM.GetParameter failed with ParameterNotFound", "DEBUG", "aws.request_id"]) {
        assert.include(written[0], part)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("logs a call that is interrupted and a call that dies", () =>
    Effect.gen(function*() {
      const { layer, written } = yield* capturedLog
      yield* Effect.gen(function*() {
        yield* InMemory.inject({ operation: "GetParameter", fault: InMemory.delay("1 hour") })
        const fiber = yield* Effect.forkChild(get)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.interrupt(fiber)
        yield* Effect.exit(Ssm.send(new DescribePatchBaselinesCommand({})))
      }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "Debug"))
      assert.lengthOf(written, 2)
      assert.include(written[0], "SSM.GetParameter was interrupted")
      assert.include(written[1], "SSM.DescribePatchBaselines died")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps inputs and outputs out of spans and logs", () =>
    Effect.gen(function*() {
      const { layer, written } = yield* capturedLog
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

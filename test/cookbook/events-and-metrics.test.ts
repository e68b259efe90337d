import { GetMetricStatisticsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Layer, Metric } from "effect"
import { type AwsClients, CloudWatch, EventBridge, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { text } from "node:stream/consumers"
import { backUpAll } from "../../examples/cookbook/events-and-metrics/count-successes-and-failures-in-cloudwatch.ts"
import { alarm } from "../../examples/cookbook/events-and-metrics/create-an-alarm.ts"
import { makeHandler } from "../../examples/cookbook/events-and-metrics/handle-typed-events.ts"
import { measured, metrics } from "../../examples/cookbook/events-and-metrics/measure-with-effects-metrics.ts"
import { view, Views } from "../../examples/cookbook/events-and-metrics/publish-events-in-batches.ts"
import { OrderPlaced, publish } from "../../examples/cookbook/events-and-metrics/publish-typed-events.ts"
import { daily, schedule } from "../../examples/cookbook/events-and-metrics/run-a-function-on-a-schedule.ts"
import { program as traced, telemetry } from "../../examples/cookbook/events-and-metrics/send-traces-to-a-collector.ts"
import { recipe } from "../support/cookbook.ts"
import { serve } from "../support/Server.ts"

const queue = "arn:aws:sqs:us-east-1:123456789012:events"
const fn = "arn:aws:lambda:us-east-1:123456789012:function:orders"

/** A rule that gives all events of the program to the target. */
const rule = (source: string, Arn: string) =>
  Effect.gen(function*() {
    yield* EventBridge.send(new PutRuleCommand({ Name: "all", EventPattern: JSON.stringify({ source: [source] }) }))
    yield* EventBridge.send(new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "target", Arn }] }))
  })

const putEvents = Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === "PutEvents"))

it.effect("Publish typed events: delivers all, also if AWS fails for a while", () =>
  Effect.gen(function*() {
    yield* rule("shop", queue)
    const orders = Array.from({ length: 12 }, (_, n) => new OrderPlaced({ orderId: String(n), cents: n }))
    yield* recipe("Publish typed events", publish(orders))
    assert.lengthOf(yield* InMemory.delivered, 12)
    yield* InMemory.inject({ operation: "PutEvents", times: 3, fault: InMemory.serverFault })
    yield* publish(orders.slice(0, 2))
    const [last] = (yield* InMemory.delivered).slice(-1)
    assert.deepInclude(last?.input, {
      source: "shop",
      "detail-type": "OrderPlaced",
      detail: { orderId: "1", cents: 1 }
    })
    assert.lengthOf(yield* InMemory.delivered, 14)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Publish events in batches: makes one call for ten events, and sends the rest at the end", () =>
  Effect.gen(function*() {
    yield* rule("site", queue)
    yield* Effect.gen(function*() {
      const views = Effect.forEach(Array.from({ length: 10 }), (_, n) => view(`/${n}`))
      yield* recipe("Publish events in batches", Effect.andThen(views, TestClock.adjust("5 seconds")))
      assert.lengthOf(yield* putEvents, 1)
      yield* view("/last")
    }).pipe(Effect.provide(Views.layer))
    assert.lengthOf(yield* putEvents, 2)
    const delivered = yield* InMemory.delivered
    assert.lengthOf(delivered, 11)
    assert.deepInclude(delivered.at(-1)?.input, { detail: { path: "/last" } })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Handle typed events: the function behind a rule stores an order", () =>
  Effect.gen(function*() {
    const clients = yield* Effect.context<AwsClients>()
    yield* rule("shop", fn)
    yield* InMemory.onDelivery(fn, makeHandler(Layer.succeedContext(clients)))
    yield* publish([new OrderPlaced({ orderId: "7", cents: 250 })])
    yield* recipe("Handle typed events", InMemory.settled)
    const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name: "/orders/7" }))
    assert.strictEqual(Parameter?.Value, "250")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Run a function on a schedule: each day at six, and never with an expression that can't be read", () =>
  Effect.gen(function*() {
    yield* recipe("Run a function on a schedule", daily)
    yield* TestClock.adjust("2 days")
    assert.deepEqual(
      (yield* InMemory.delivered).map(({ input, target, time }) => [target.split(":").at(-1), input, new Date(time)]),
      [
        ["report", { reason: "daily" }, new Date("1970-01-01T06:00:00Z")],
        ["report", { reason: "daily" }, new Date("1970-01-02T06:00:00Z")]
      ]
    )
    const failure = yield* Effect.flip(schedule("wrong", "daily", fn))
    assert.strictEqual(failure._tag === "AwsError" ? failure.code : failure._tag, "ValidationException")
    yield* InMemory.handle(
      PutTargetsCommand,
      () =>
        Effect.succeed({
          FailedEntryCount: 1,
          FailedEntries: [{ TargetId: "function", ErrorMessage: "no such target" }]
        })
    )
    assert.strictEqual((yield* Effect.flip(daily))._tag, "TargetRefused")
  }).pipe(Effect.provide(InMemory.layer())))

const sum = (Namespace: string, MetricName: string, Dimensions: ReadonlyArray<readonly [string, string]>) =>
  CloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Dimensions.map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(0),
      EndTime: new Date(3_600_000),
      Period: 3600,
      Statistics: ["Sum"]
    })
  ).pipe(Effect.map(({ Datapoints = [] }) => Datapoints.map(({ Sum }) => Sum)))

it.effect("Count successes and failures in CloudWatch: in one call, and one failure stops nothing", () =>
  Effect.gen(function*() {
    const backUp = (volume: string) => volume === "b" ? Effect.fail("disk full") : Effect.void
    yield* recipe("Count successes and failures in CloudWatch", backUpAll(["a", "b", "c"], backUp))
    assert.deepEqual((yield* InMemory.calls).map(({ operation }) => operation), ["PutMetricData"])
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* sum("Backups", "Success", [["Volume", "a"]]), [1])
    assert.deepEqual(yield* sum("Backups", "Failure", [["Volume", "b"]]), [1])
    assert.deepEqual(yield* sum("Backups", "Success", [["Volume", "b"]]), [0])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Measure with Effect's metrics: counts what succeeds, and puts it each minute", () =>
  Effect.gen(function*() {
    const measuring = Effect.gen(function*() {
      yield* measured(Effect.void)
      yield* measured(Effect.void)
      yield* Effect.ignore(measured(Effect.fail("no")))
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* InMemory.calls, 1)
    })
    yield* recipe("Measure with Effect's metrics", measuring.pipe(Effect.provide(metrics)))
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* sum("Shop", "orders", [["Service", "checkout"]]), [2])
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()), Effect.provide(InMemory.layer())))

it.effect("Create an alarm: goes off after the sixth failure, and tells when it's over", () =>
  Effect.gen(function*() {
    const topic = "arn:aws:sns:us-east-1:123456789012:on-call"
    yield* recipe("Create an alarm", alarm(topic))
    const put = (Value: number) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        CloudWatch.send(
          new PutMetricDataCommand({
            Namespace: "Shop",
            MetricData: [{
              MetricName: "failures",
              Dimensions: [{ Name: "Service", Value: "checkout" }],
              Timestamp: new Date(now),
              Value
            }]
          })
        ))
    const states = Effect.map(InMemory.delivered, (all) =>
      all.flatMap(({ input, target }) =>
        target === topic && typeof input === "object" && input !== null && "NewStateValue" in input
          ? [input.NewStateValue]
          : []
      ))
    yield* put(5)
    yield* TestClock.adjust("10 minutes")
    assert.notInclude(yield* states, "ALARM")
    yield* put(6)
    yield* TestClock.adjust("10 minutes")
    assert.include(yield* states, "ALARM")
    yield* TestClock.adjust("1 hour")
    assert.strictEqual((yield* states).at(-1), "OK")
  }).pipe(Effect.provide(InMemory.layer())))

it.live("Send traces to a collector: the span of the call is inside that of the program", () =>
  Effect.gen(function*() {
    const bodies: Array<string> = []
    const { url } = yield* serve((request, response) => {
      void text(request).then((body) => {
        bodies.push(body)
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    yield* Ssm.send(new PutParameterCommand({ Name: "/shop/currency", Value: "EUR", Type: "String" }))
    assert.strictEqual(yield* recipe("Send traces to a collector", traced.pipe(Effect.provide(telemetry(url)))), "EUR")
    const spans = bodies.map((body) => JSON.parse(body)).flatMap(({ resourceSpans = [] }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)
    const parents = new Map(spans.map(({ name, spanId }) => [spanId, name]))
    assert.sameDeepMembers(spans.map(({ name, parentSpanId }) => [name, parents.get(parentSpanId)]), [
      ["currency", undefined],
      ["Ssm.getParameter", "currency"],
      ["SSM.GetParameter", "Ssm.getParameter"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

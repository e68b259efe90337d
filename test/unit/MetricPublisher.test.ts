import { GetMetricStatisticsCommand, type MetricDatum } from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Schedule, Scope } from "effect"
import { CloudWatch, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

class Backup extends CloudWatch.OutcomeMetric<Backup>()({
  namespace: "Backups",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

class Restore extends CloudWatch.OutcomeMetric<Restore>()({
  namespace: "Restores",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

/** CloudWatch refuses the namespace. */
const reserved = { namespace: "AWS/Backups", dimensions: {}, outcomes: ["Yes"], outcome: "Yes" }

const backup = (volume: string | number) => new Backup({ volume: String(volume), outcome: "Success" })
const many = (count: number) => Array.from({ length: count }, (_, i) => backup(i))

/** The input of each PutMetricData call, in order. */
const inputs = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.filter(({ operation }) => operation === "PutMetricData").map(({ input }) =>
      input as { readonly Namespace: string; readonly MetricData: ReadonlyArray<MetricDatum> }
    )
)

const open = Effect.fnUntraced(function*(options: Omit<CloudWatch.PublisherOptions, "onFailure"> = {}) {
  const scope = yield* Scope.make()
  const failures: Array<CloudWatch.MetricFailure<CloudWatch.OutcomeMetric>> = []
  const publisher = yield* CloudWatch.publisher({
    ...options,
    onFailure: (error) => Effect.sync(() => failures.push(...error.failures))
  }).pipe(Scope.provide(scope))
  return { publisher, close: Scope.close(scope, Exit.void), failures }
})

/** Lets all fibers go on until they wait for time. */
const settle = Effect.repeat(TestClock.adjust(0), { times: 20 })

describe("a publisher of metrics", () => {
  it.effect("puts metrics of several namespaces after ten seconds, at the time when they were published", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const { publisher } = yield* open()
      yield* publisher.publish(backup("a"))
      yield* TestClock.adjust("6 seconds")
      yield* publisher.publishAll([new Restore({ volume: "a", outcome: "Failure" }), backup("b")])
      yield* TestClock.adjust("3999 millis")
      assert.isEmpty(yield* inputs)
      yield* TestClock.adjust("1 millis")
      assert.deepEqual(
        (yield* inputs).map(({ MetricData, Namespace }) => [
          Namespace,
          MetricData.map(({ MetricName, Timestamp, Value }) => [MetricName, Value, Timestamp?.toISOString()])
        ]),
        [
          ["Backups", [
            ["Success", 1, "2026-01-01T00:00:00.000Z"],
            ["Failure", 0, "2026-01-01T00:00:00.000Z"],
            ["Success", 1, "2026-01-01T00:00:06.000Z"],
            ["Failure", 0, "2026-01-01T00:00:06.000Z"]
          ]],
          ["Restores", [
            ["Success", 0, "2026-01-01T00:00:06.000Z"],
            ["Failure", 1, "2026-01-01T00:00:06.000Z"]
          ]]
        ]
      )
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("counts a metric in the minute in which it was published, however late it's put", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      yield* InMemory.inject({ operation: "PutMetricData", times: 30, fault: InMemory.throttled })
      const { publisher } = yield* open({ retry: Schedule.spaced("1 minute") })
      yield* publisher.publish(backup("a"))
      for (let i = 0; i < 35; i++) yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* publisher.pending, 0)
      const { Datapoints = [] } = yield* CloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "Backups",
          MetricName: "Success",
          Dimensions: [{ Name: "Volume", Value: "a" }],
          StartTime: new Date(Date.UTC(2026, 0, 1)),
          EndTime: new Date(Date.UTC(2026, 0, 2)),
          Period: 60,
          Statistics: ["Sum"]
        })
      )
      assert.deepEqual(Datapoints.map(({ Sum, Timestamp }) => [Sum, Timestamp?.toISOString()]), [
        [1, "2026-01-01T00:00:00.000Z"]
      ])
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("puts a batch as soon as there are 1,000 data, without splitting a metric", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour", capacity: 2_000 })
      yield* publisher.publishAll(many(499))
      yield* settle
      assert.isEmpty(yield* inputs)
      yield* publisher.publishAll(many(502))
      yield* settle
      assert.deepEqual((yield* inputs).map(({ MetricData }) => MetricData.length), [1_000, 1_000])
      assert.strictEqual(yield* publisher.pending, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("puts a batch before it's too large for a call", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour" })
      const large = (i: number): CloudWatch.OutcomeMetric => ({
        namespace: "Large",
        dimensions: Object.fromEntries(Array.from({ length: 20 }, (_, d) => [`d${d}`, "x".repeat(1_000)])),
        outcomes: Array.from({ length: 20 }, (_, o) => `m${i}-${o}`),
        outcome: `m${i}-0`
      })
      yield* publisher.publishAll([large(1), large(2)])
      yield* settle
      assert.isEmpty(yield* inputs)
      yield* publisher.publish(large(3))
      yield* settle
      const [call] = yield* inputs
      assert.lengthOf(call!.MetricData, 40)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports a metric that CloudWatch refuses, and puts the rest", () =>
    Effect.gen(function*() {
      const { failures, publisher } = yield* open()
      yield* publisher.publishAll([backup("a"), reserved, backup("b")])
      yield* publisher.flush
      assert.deepEqual(failures.map(({ cause, metric, outcome }) => [metric, outcome, cause.code]), [
        [reserved, "NotPut", "InvalidParameterValueException"]
      ])
      assert.deepEqual((yield* inputs).map(({ Namespace }) => Namespace), ["Backups", "AWS/Backups"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports a metric as unknown if an answer got lost, and no later attempt succeeded", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.cut("after") })
      for (const nth of [2, 3]) yield* InMemory.inject({ nth, fault: InMemory.throttled })
      const { failures, publisher } = yield* open({
        maxDelay: 0,
        retry: Schedule.upTo(Schedule.spaced("1 second"), { times: 2 })
      })
      yield* publisher.publish(backup("a"))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("1 second")
      assert.deepEqual(failures.map(({ cause, outcome }) => [outcome, cause.reason._tag]), [["Unknown", "Throttled"]])
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("delivers one metric, or fails with MetricsNotPut for it", () =>
    Effect.gen(function*() {
      const { failures, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.deliver(backup("a"))
      const error = yield* Effect.flip(publisher.deliver(reserved))
      assert.strictEqual(error._tag, "MetricsNotPut")
      if (error._tag === "MetricsNotPut") assert.deepEqual(error.notPut, [reserved])
      assert.isEmpty(failures)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies for a metric with an outcome that it doesn't declare, and goes on", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: 0 })
      const odd = { namespace: "n", dimensions: {}, outcomes: ["Success"], outcome: "Odd" }
      const exit = yield* Effect.exit(publisher.publish(odd))
      assert.isTrue(Exit.hasDies(exit))
      yield* publisher.deliver(backup("a"))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("puts all that it holds when its scope ends, and refuses what comes later", () =>
    Effect.gen(function*() {
      const { close, failures, publisher } = yield* open({ maxDelay: "1 hour" })
      yield* publisher.publishAll(many(600))
      yield* close
      assert.deepEqual((yield* inputs).map(({ MetricData }) => MetricData.length), [1_000, 200])
      const error = yield* Effect.flip(publisher.publishAll(many(2)))
      assert.instanceOf(error, CloudWatch.PublisherClosed)
      assert.deepInclude({ ...error }, { what: "metrics", accepted: 0, given: 2 })
      assert.isEmpty(failures)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports what it couldn't put within shutdownTimeout", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 hour") })
      const { close, failures, publisher } = yield* open({ maxDelay: 0, shutdownTimeout: "5 seconds" })
      yield* publisher.publish(backup("a"))
      yield* settle
      yield* publisher.publish(backup("b"))
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.deepEqual(failures.map(({ cause, metric, outcome }) => [(metric as Backup).volume, outcome, cause.code]), [
        ["a", "Unknown", "ShutdownTimedOut"],
        ["b", "NotPut", "ShutdownTimedOut"]
      ])
      assert.include(failures[1]?.cause.message, "CloudWatch.PutMetricData in us-east-1: ShutdownTimedOut")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("logs by default which outcomes are lost", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") lines.push(String(Array.isArray(message) ? message[0] : message))
      })
      yield* Effect.gen(function*() {
        const publisher = yield* CloudWatch.publisher({ maxDelay: 0 })
        yield* publisher.publish(reserved)
        yield* publisher.flush
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([logger])))
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "Of 1 metric, 1 was not put. Put the metrics in `notPut` again.")
      assert.include(lines[0], " It was: 1 Yes in AWS/Backups.")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("says in the log what may have arrived, in sentences", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      yield* InMemory.inject({ operation: "PutMetricData", fault: InMemory.cut("after") })
      yield* Effect.gen(function*() {
        const publisher = yield* CloudWatch.publisher({ maxDelay: 0, retry: Schedule.recurs(1) })
        yield* publisher.publish(new Backup({ volume: "a", outcome: "Success" }))
        yield* publisher.flush
      }).pipe(
        Effect.scoped,
        Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]))
      )
      assert.match(
        lines.at(-2)!,
        /^AWS may not have accepted 1 metric\. The publisher sends it again\. The first failure: /
      )
      assert.match(lines.at(-1)!, /^Of 1 metric, 1 may or may not have been put\. Put the metrics in `unknown` again /)
      assert.match(lines.at(-1)!, /[.!?] It was: 1 Success in Backups\.$/)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("refuses an option that isn't valid", () =>
    Effect.gen(function*() {
      for (
        const options of [{ maxDelay: -1 }, { capacity: 0 }, { concurrency: Number.NaN }, { shutdownTimeout: Infinity }]
      ) {
        const error = yield* Effect.flip(open(options))
        assert.deepEqual([error.service, error.reason._tag], ["CloudWatch", "Misconfigured"])
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

// Effect's metrics as lines of the embedded metric format.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, ManagedRuntime, Metric, Schema } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { readEmf } from "../support/emf.ts"
import { keepingWarnings, withOwnMetrics } from "../support/metrics.ts"

const root = path.resolve(import.meta.dirname, "../..")

const writing =
  (lines: Array<string>, options: Partial<CloudWatch.EmfOptions> = {}) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    withOwnMetrics(Effect.provide(
      effect,
      CloudWatch.emf({
        namespace: "Test",
        write: (line) => Effect.sync(() => void lines.push(line)),
        ...options
      })
    ))

const counter = Metric.counter("orders", { incremental: true })
const timer = Metric.timer("latency")

/** What all lines say. */
const readAll = (lines: ReadonlyArray<string>) => lines.flatMap(readEmf)

describe("CloudWatch.emf", () => {
  it.effect("writes a line with all metrics of the same dimensions, at each interval and at the end", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* Metric.update(counter, 3)
        yield* Metric.update(Metric.gauge("queue"), 5)
        yield* Metric.update(Metric.withAttributes(counter, { shop: "7" }), 4)
        yield* TestClock.adjust("1 minute")
        yield* Metric.update(counter, 1)
      }).pipe(writing(lines, { dimensions: { Service: "checkout" } }))
      assert.deepEqual(lines.map((line) => JSON.parse(line)), [
        {
          _aws: {
            Timestamp: 60_000,
            CloudWatchMetrics: [{
              Namespace: "Test",
              Dimensions: [["Service"]],
              Metrics: [{ Name: "orders", Unit: "None" }, { Name: "queue", Unit: "None" }]
            }]
          },
          Service: "checkout",
          orders: 3,
          queue: 5
        },
        {
          _aws: {
            Timestamp: 60_000,
            CloudWatchMetrics: [{
              Namespace: "Test",
              Dimensions: [["Service", "shop"]],
              Metrics: [{ Name: "orders", Unit: "None" }]
            }]
          },
          Service: "checkout",
          shop: "7",
          orders: 4
        },
        {
          _aws: {
            Timestamp: 60_000,
            CloudWatchMetrics: [{
              Namespace: "Test",
              Dimensions: [["Service"]],
              Metrics: [{ Name: "orders", Unit: "None" }, { Name: "queue", Unit: "None" }]
            }]
          },
          Service: "checkout",
          orders: 1,
          queue: 5
        }
      ])
    })
  })

  it.effect("writes a histogram as an array, or with its counts if that would be too long", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      for (let i = 1; i <= 4; i++) yield* Metric.update(timer, Duration.millis(25 * i))
      yield* CloudWatch.flush
      for (let i = 1; i <= 1_000; i++) yield* Metric.update(timer, Duration.millis(i))
      yield* CloudWatch.flush
      const [few, many, ...more] = readAll(lines)
      assert.isEmpty(more)
      assert.deepInclude({ ...few }, { count: 4, isObject: false, unit: "Milliseconds", dimensions: {} })
      assert.closeTo(few?.sum ?? 0, 250, 1e-9)
      assert.deepInclude({ ...many }, { count: 1_000, isObject: true })
      assert.closeTo(many?.sum ?? 0, 500_500, 1e-6)
      assert.closeTo(many?.pairs.reduce((all, [value, count]) => all + value * count, 0) ?? 0, 500_500, 1e-6)
    }).pipe(writing(lines))
  })

  it.effect("writes statistics as an object, and summaries, too", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      const summary = Metric.summary("wait", { maxAge: "1 hour", maxSize: 100, quantiles: [0.5] })
      for (const value of [10, 30]) {
        yield* Metric.update(timer, Duration.millis(value))
        yield* Metric.update(summary, value)
      }
      yield* CloudWatch.flush
      const found = readAll(lines).map(({ count, dimensions, max, min, name, sum }) => ({
        name,
        dimensions,
        count,
        sum,
        min,
        max
      }))
      assert.sameDeepMembers(found, [
        { name: "latency", dimensions: {}, count: 2, sum: 40, min: 10, max: 30 },
        { name: "wait", dimensions: {}, count: 2, sum: 40, min: 10, max: 30 },
        { name: "wait", dimensions: { quantile: "0.5" }, count: 1, sum: 10, min: 10, max: 10 }
      ])
    }).pipe(writing(lines, { histograms: "statistics" }))
  })

  it.effect("splits what a line can't hold: metrics, values of a histogram, bytes, and a name that occurs twice", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      const long = "n".repeat(245)
      for (let i = 0; i < 250; i++) yield* Metric.update(Metric.gauge(`g${i}`), i)
      const boundaries = Metric.linearBoundaries({ start: 1, width: 1, count: 300 })
      for (let h = 0; h < 100; h++) {
        const histogram = Metric.histogram(`${long}-${h}`, { boundaries })
        for (let i = 1; i <= 250; i++) yield* Metric.update(histogram, i + 1 / 3)
      }
      yield* Metric.update(Metric.counter("both"), 1)
      yield* Metric.update(Metric.gauge("both"), 2)
      yield* CloudWatch.flush
      const all = readAll(lines)
      const gauges = all.filter(({ name }) => name.startsWith("g"))
      assert.strictEqual(gauges.reduce((sum, gauge) => sum + gauge.sum, 0), 249 * 250 / 2)
      const histograms = all.filter(({ name }) => name.startsWith("n"))
      assert.strictEqual(histograms.reduce((sum, { count }) => sum + count, 0), 100 * 250)
      assert.closeTo(histograms.reduce((sum, one) => sum + one.sum, 0), 100 * (250 * 251 / 2 + 250 / 3), 1e-3)
      assert.sameMembers(all.filter(({ name }) => name === "both").map(({ sum }) => sum), [1, 2])
    }).pipe(writing(lines, {
      every: "Infinity",
      dimensions: Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [`d${i}`.padEnd(255, "d"), "v".repeat(1_024)])
      )
    }))
  })

  it.effect("leaves out a metric that has the name of one of its dimensions, and says so once", () => {
    const lines: Array<string> = []
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* Metric.update(Metric.gauge("shop", { attributes: { shop: "7" } }), 1)
      yield* Metric.update(Metric.gauge("_aws"), 1)
      yield* Metric.update(Metric.gauge("inside", { attributes: { _aws: "x" } }), 1)
      yield* Metric.update(Metric.gauge("__proto__", { attributes: { constructor: "c", toString: "t" } }), 1)
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      const found = readAll(lines).map(({ dimensions, name }) => [name, Object.entries(dimensions)])
      const proto = ["__proto__", [["constructor", "c"], ["toString", "t"]]]
      assert.sameDeepMembers(found, [proto, ["orders", []], proto])
      assert.deepEqual(warnings.map((line) => line.slice(0, 45)), [
        "The metric \"shop\" is left out from now on: in",
        "The metric \"_aws\" is left out from now on: in",
        "The metric \"inside\" is left out from now on: "
      ])
    }).pipe(writing(lines), keepingWarnings(warnings))
  })

  it.effect("keeps the values of a line that can't be written, and says so", () => {
    const lines: Array<string> = []
    const warnings: Array<string> = []
    let isBroken = true
    const write = (line: string) => isBroken ? Effect.fail("EPIPE") : Effect.sync(() => void lines.push(line))
    return Effect.gen(function*() {
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      isBroken = false
      yield* Metric.update(counter, 2)
      yield* CloudWatch.flush
      assert.deepEqual(readAll(lines).map(({ sum }) => sum), [3])
      assert.deepEqual(warnings, ["1 of 1 data of metrics were not put, and go into the next interval: EPIPE"])
    }).pipe(writing(lines, { write }), keepingWarnings(warnings))
  })

  it.effect("writes no value twice if only some lines of a histogram could be written", () => {
    const lines: Array<string> = []
    const warnings: Array<string> = []
    let attempts = 0
    const write = (line: string) => ++attempts === 2 ? Effect.fail("full") : Effect.sync(() => void lines.push(line))
    return Effect.gen(function*() {
      const histogram = Metric.histogram("h", {
        boundaries: Metric.linearBoundaries({ start: 1, width: 1, count: 300 })
      })
      for (let i = 1; i <= 250; i++) yield* Metric.update(histogram, i)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      assert.strictEqual(readAll(lines).reduce((sum, { count }) => sum + count, 0), 150)
      assert.deepEqual(warnings, [
        "1 of 1 data of metrics may or may not have been put, and are not put again: full"
      ])
    }).pipe(writing(lines, { write }), keepingWarnings(warnings))
  })

  it.effect("writes no line twice if `write` dies for another", () => {
    const lines: Array<string> = []
    const warnings: Array<string> = []
    const shops = Metric.withAttributes(counter, { shop: "7" })
    let isBroken = true
    const write = (line: string) =>
      Effect.sync(() => {
        if (isBroken && line.includes("shop")) throw new Error("a bug")
        lines.push(line)
      })
    return Effect.gen(function*() {
      yield* Metric.update(counter, 1)
      yield* Metric.update(shops, 2)
      yield* CloudWatch.flush
      isBroken = false
      yield* CloudWatch.flush
      assert.deepEqual(readAll(lines).map(({ sum }) => sum), [1, 2])
      assert.deepEqual(warnings, ["1 of 2 data of metrics were not put, and go into the next interval: a bug"])
    }).pipe(writing(lines, { write }), keepingWarnings(warnings))
  })

  it.effect("refuses the options that `exporter` refuses", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.void.pipe(writing([], { namespace: "AWS/Mine" })))
      assert.strictEqual(error._tag, "InvalidSetting")
    }))

  it.effect.prop(
    "writes lines that keep to the format, and whose values add up to what the metrics counted",
    {
      steps: Schema.Array(Schema.Struct({
        name: Schema.String,
        attributes: Schema.Record(Schema.String, Schema.String),
        values: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))),
        type: Schema.Literals(["Counter", "Histogram", "Frequency"]),
        isFlushed: Schema.Boolean,
        isBroken: Schema.Boolean
      })).check(Schema.isMaxLength(30))
    },
    ({ steps }) => {
      const lines: Array<string> = []
      let isBroken = false
      const write = (line: string) => isBroken ? Effect.fail("full") : Effect.sync(() => void lines.push(line))
      return Effect.gen(function*() {
        const expected = { sum: 0, count: 0, words: 0 }
        yield* Effect.gen(function*() {
          for (const { attributes, isFlushed, name, type, values, ...step } of steps) {
            isBroken = step.isBroken
            // Names that no attribute has: such a metric is left out.
            const options = { attributes }
            for (const value of values) {
              if (type === "Counter") {
                yield* Metric.update(Metric.counter(`counter ${name}`.slice(0, 30), options), value)
                expected.sum += value
              } else if (type === "Histogram") {
                yield* Metric.update(
                  Metric.histogram(`histogram ${name}`.slice(0, 30), { ...options, boundaries: [10, 1_000] }),
                  value
                )
                expected.sum += value
                expected.count++
              } else {
                yield* Metric.update(Metric.frequency(`frequency ${name}`.slice(0, 30), options), String(value))
                expected.words++
              }
            }
            if (isFlushed) yield* CloudWatch.flush
          }
          isBroken = false
        }).pipe(writing(lines, { write }), keepingWarnings([]))
        const all = readAll(lines)
        const sum = (kind: string, of: "count" | "sum") =>
          all.filter(({ name }) => name.startsWith(kind)).reduce((total, one) => total + one[of], 0)
        const total = sum("counter", "sum") + sum("histogram", "sum")
        assert.closeTo(total, expected.sum, 1e-6 * (1 + expected.sum))
        assert.strictEqual(sum("histogram", "count"), expected.count)
        assert.strictEqual(sum("frequency", "sum"), expected.words)
      })
    },
    { arbitrary: { runs: 60 }, timeout: 60_000 }
  )
})

describe("the reader of these tests", () => {
  it("reads what AWS's own library writes (aws-embedded-metrics 4.2.1)", () => {
    const [latency, fine, orders] = readEmf(
      `{"Service":"checkout","_aws":{"Timestamp":1795744866362,"CloudWatchMetrics":[{"Dimensions":[["Service"]],"Metrics":[{"Name":"latency","Unit":"Milliseconds"},{"Name":"fine","Unit":"None","StorageResolution":1},{"Name":"orders","Unit":"Count"}],"Namespace":"Shop"}]},"latency":[12.5,40],"fine":1,"orders":3}`
    )
    const shop = { namespace: "Shop", dimensions: { Service: "checkout" }, time: 1795744866362, isObject: false }
    assert.deepInclude({ ...latency }, { ...shop, name: "latency", unit: "Milliseconds", count: 2, sum: 52.5 })
    assert.deepInclude({ ...fine }, { ...shop, name: "fine", resolution: 1, sum: 1 })
    assert.deepInclude({ ...orders }, { ...shop, name: "orders", unit: "Count", resolution: 60, count: 1, sum: 3 })
  })

  it("refuses what the specification rules out", () => {
    const line = (change: (root: any) => void) => {
      const root = {
        _aws: {
          Timestamp: 1,
          CloudWatchMetrics: [{ Namespace: "n", Dimensions: [["d"]], Metrics: [{ Name: "m", Unit: "Count" }] }]
        },
        d: "v",
        m: 1 as unknown
      }
      change(root)
      return JSON.stringify(root)
    }
    assert.lengthOf(readEmf(line(() => {})), 1)
    for (
      const change of [
        (root: any) => delete root._aws.Timestamp,
        (root: any) => delete root.d,
        (root: any) => delete root.m,
        (root: any) => root.d = 1,
        (root: any) => root.m = "1",
        (root: any) => root.m = Array.from({ length: 101 }, () => 1),
        (root: any) => root.m = null,
        (root: any) => root._aws.CloudWatchMetrics[0].Namespace = "",
        (root: any) => root._aws.CloudWatchMetrics[0].Dimensions = [],
        (root: any) => root._aws.CloudWatchMetrics[0].Metrics[0].Unit = "Apples",
        (root: any) => root._aws.CloudWatchMetrics[0].Metrics[0].Name = "d",
        (root: any) => root._aws.CloudWatchMetrics[0].Metrics = Array.from({ length: 101 }, () => ({ Name: "m" }))
      ]
    ) assert.throws(() => readEmf(line(change)), undefined, undefined, change.toString())
  })
})

describe("CloudWatch.flush", () => {
  it.live("writes a round for each invocation of a function, through one runtime", () =>
    Effect.promise(async () => {
      const lines: Array<string> = []
      const runtime = ManagedRuntime.make(
        CloudWatch.emf({
          namespace: "Test",
          every: "Infinity",
          write: (line) => Effect.sync(() => void lines.push(line))
        }).pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))
      )
      const handler = (count: number) =>
        runtime.runPromise(
          Metric.update(counter, count).pipe(
            Effect.andThen(count === 2 ? Effect.fail("no") : Effect.void),
            Effect.ensuring(CloudWatch.flush)
          )
        )
      await handler(1)
      assert.lengthOf(lines, 1)
      await handler(2).catch(() => {})
      await handler(3)
      assert.deepEqual(readAll(lines).map(({ sum }) => sum), [1, 2, 3])
      await runtime.dispose()
      assert.lengthOf(lines, 3)
    }))
})

/** Starts a program in a process of its own, which ends with the scope. */
const start = Effect.fnUntraced(function*(program: string) {
  const folder = fs.mkdtempSync(path.join(root, ".snippets-emf-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true })))
  const file = path.join(folder, "main.ts")
  fs.writeFileSync(file, program)
  const child = spawn(process.execPath, ["--conditions=@effect-aws-sdk/source", file], { cwd: root })
  yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
  return child
})

describe("standard output with CloudWatch.emf", () => {
  it.live("that nobody reads any more fails a put, but doesn't end the process", () =>
    Effect.gen(function*() {
      const child = yield* start(
        `import { Effect, Logger, Metric } from "effect"
        import { CloudWatch } from "effect-aws-sdk"
        const put = Effect.andThen(Metric.update(Metric.counter("jobs"), 1), CloudWatch.flush)
        const logger = Logger.make(({ message }) => console.error(String(message)))
        process.stdin.once("data", () =>
          Effect.runPromise(put.pipe(
            Effect.provide(CloudWatch.emf({ namespace: "Test" })),
            Effect.andThen(Effect.sleep(100)),
            Effect.provide(Logger.layer([logger]))
          )).then(() => process.exit(7))
        )
        console.error("ready")`
      )
      const written: Array<string> = []
      const code = yield* Effect.callback<number | null>((resume) => {
        child.once("exit", (code) => resume(Effect.succeed(code)))
        child.stdout.once("close", () => child.stdin.write("go"))
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          if (written.push(text) === 1) child.stdout.destroy()
        })
      })
      assert.strictEqual(code, 7, written.join(""))
      assert.match(written.join(""), /1 of 1 data of metrics were not put, and go into the next interval: .*EPIPE/)
    }))

  it.live("gets one line per set of dimensions, and nothing else, when a program ends", () =>
    Effect.gen(function*() {
      const child = yield* start(
        `import { Effect, Metric } from "effect"
        import { CloudWatch } from "effect-aws-sdk"
        // As a Lambda function's runtime does.
        console.log = (...text) => process.stdout.write("INFO " + text.join(" ") + "\\n")
        const work = Metric.update(Metric.counter("jobs", { attributes: { kind: "x" } }), 2)
        await Effect.runPromise(work.pipe(Effect.provide(CloudWatch.emf({ namespace: "Test" }))))`
      )
      const lines: Array<string> = []
      const code = yield* Effect.callback<number | null>((resume) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(text))
        child.once("close", (code) => resume(Effect.succeed(code)))
      })
      assert.strictEqual(code, 0)
      const output = lines.join("")
      assert.isTrue(output.endsWith("\n"))
      const found = output.trimEnd().split("\n").flatMap(readEmf)
      assert.deepEqual(found.map(({ dimensions, name, sum }) => ({ dimensions, name, sum })), [
        { dimensions: { kind: "x" }, name: "jobs", sum: 2 }
      ])
      assert.isAtMost(Math.abs(found[0]!.time - Date.now()), 60_000)
    }))
})

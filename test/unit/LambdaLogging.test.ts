// The log lines of a Lambda function.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Layer, Logger, Redacted, References, type Tracer } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"
import { text } from "node:stream/consumers"
import { environment } from "../support/Environment.ts"

type Line = Readonly<Record<string, any>>

/** Runs an effect as an invocation, and returns its log lines. */
const linesOf = (effect: Effect.Effect<unknown, unknown>, context: Lambda.TestContextOptions = {}) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const handler = Lambda.handler({ handler: () => effect, logger: Lambda.jsonLogger((line) => lines.push(line)) })
    yield* Effect.exit(handler.invoke({}, yield* Lambda.testContext(context)))
    return lines
  })

const entriesOf = (effect: Effect.Effect<unknown, unknown>, context: Lambda.TestContextOptions = {}) =>
  Effect.map(linesOf(effect, context), (lines) => lines.map((line): Line => JSON.parse(line)))

const entryOf = (effect: Effect.Effect<unknown, unknown>, context: Lambda.TestContextOptions = {}) =>
  Effect.map(entriesOf(effect, context), (entries) => {
    assert.lengthOf(entries, 1)
    return entries[0]!
  })

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly product: string; readonly cause?: unknown }> {
  override get message() {
    return `${this.product} is out of stock`
  }
}

describe("a log line", () => {
  it.effect("has the members of Lambda's JSON logs, the request id, and the ids of the span", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_767_225_600_123)
      let span: Tracer.AnySpan | undefined
      const program = Effect.gen(function*() {
        span = yield* Effect.currentSpan
        yield* Effect.logInfo("Order placed").pipe(
          Effect.annotateLogs({ order: 7, customer: { name: "Ann" } }),
          Effect.withLogSpan("placing")
        )
      })
      const entry = yield* entryOf(program, { awsRequestId: "request-1", tenantId: "tenant-1" })
      assert.deepStrictEqual(entry, {
        timestamp: "2026-01-01T00:00:00.123Z",
        level: "INFO",
        requestId: "request-1",
        tenantId: "tenant-1",
        traceId: span!.traceId,
        spanId: span!.spanId,
        message: "Order placed",
        annotations: { order: 7, customer: { name: "Ann" } },
        spans: { placing: 0 }
      })
    }))

  it.effect("has the id of the X-Ray trace", () =>
    Effect.gen(function*() {
      const xRayTraceId = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
      const entry = yield* entryOf(Effect.logInfo("hello"), { xRayTraceId } as Lambda.TestContextOptions)
      assert.strictEqual(entry["xrayTraceId"], "1-5759e988-bd862e3fe1be46a994272793")
      assert.strictEqual(entry["traceId"], "5759e988bd862e3fe1be46a994272793")
    }))

  it.effect("is one line, whatever the message is", () =>
    Effect.gen(function*() {
      const lines = yield* linesOf(Effect.logInfo("two\nlines\u2028and \u0000 \ud800", { text: "a\nb" }))
      assert.lengthOf(lines, 1)
      assert.notInclude(lines[0], "\n")
      assert.deepStrictEqual(JSON.parse(lines[0]!).message, ["two\nlines\u2028and \u0000 \ud800", { text: "a\nb" }])
    }))

  for (
    const [what, message, expected] of [
      ["a text", ["one"], "one"],
      ["several texts", ["one", "two"], "one two"],
      ["an object", [{ a: 1 }], { a: 1 }],
      ["a text and an object", ["one", { a: 1 }], ["one", { a: 1 }]],
      ["undefined", [undefined], "undefined"],
      ["null", [null], null]
    ] as const
  ) {
    it.effect(`has ${what} as it is`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual((yield* entryOf(Effect.logInfo(...message)))["message"], expected)
      }))
  }

  it.effect("has what JSON can't have as text", () =>
    Effect.gen(function*() {
      const circular: Record<string, unknown> = { a: 1 }
      circular["self"] = circular
      circular["list"] = [circular]
      let deep: unknown = "bottom"
      for (let i = 0; i < 100; i++) deep = [deep]
      const annotations = {
        big: 2n ** 64n,
        nan: NaN,
        symbol: Symbol("s"),
        function: function named() {},
        date: new Date(0),
        invalid: new Date(NaN),
        map: new Map([["k", new Set([1])]]),
        bytes: new Uint8Array(2048),
        circular,
        throwing: {
          get member() {
            throw new Error("no")
          }
        },
        toJSON: {
          toJSON: () => {
            throw new Error("no")
          }
        },
        missing: undefined,
        error: new OutOfStock({ product: "tea" }),
        ["__proto__"]: 1
      }
      const entry = yield* entryOf(Effect.logInfo("hello").pipe(Effect.annotateLogs({ ...annotations, deep })))
      const { error, deep: nested, ...rest } = entry["annotations"]
      assert.deepStrictEqual(rest, {
        big: "18446744073709551616",
        nan: "NaN",
        symbol: "Symbol(s)",
        function: "[Function named]",
        date: "1970-01-01T00:00:00.000Z",
        invalid: "Invalid Date",
        map: [["k", [1]]],
        bytes: "[Uint8Array of 2,048 bytes]",
        circular: { a: 1, self: "[Circular]", list: ["[Circular]"] },
        throwing: { member: "[a value that can't be read]" },
        toJSON: "[a value that can't be read]",
        ["__proto__"]: 1
      })
      assert.include(JSON.stringify(nested), "[…]")
      assert.strictEqual(error.errorType, "OutOfStock")
      assert.strictEqual(error.errorMessage, "tea is out of stock")
      assert.include(error.stackTrace[1], "LambdaLogging.test.ts")
    }))

  it.effect("keeps redacted values redacted", () =>
    Effect.gen(function*() {
      const secret = Redacted.make("hunter2")
      const program = Effect.logInfo("hello", secret, { secret }, new Map([[secret, secret]])).pipe(
        Effect.annotateLogs({ secret, nested: { list: [secret] } })
      )
      const [line] = yield* linesOf(program)
      assert.notInclude(line, "hunter2")
      assert.strictEqual(JSON.parse(line!).annotations.secret, "<redacted>")
    }))

  it.effect("has the error of its cause, with the causes of that", () =>
    Effect.gen(function*() {
      const error = new OutOfStock({ product: "tea", cause: new Error("the shelf is empty") })
      const entry = yield* entryOf(Effect.logError("Could not place the order", Cause.fail(error)))
      assert.strictEqual(entry["level"], "ERROR")
      assert.strictEqual(entry["message"], "Could not place the order")
      assert.strictEqual(entry["errorType"], "OutOfStock")
      assert.strictEqual(entry["errorMessage"], "tea is out of stock")
      assert.strictEqual(entry["stackTrace"][0], "OutOfStock: tea is out of stock")
      assert.include(entry["stackTrace"].join("\n"), "[cause]: Error: the shelf is empty")
    }))

  it.effect("of a failed invocation has all of its failures", () =>
    Effect.gen(function*() {
      const cause = Cause.fromReasons<unknown>([
        Cause.makeDieReason(new RangeError("a defect")),
        Cause.makeFailReason(new OutOfStock({ product: "tea" }))
      ])
      const entry = yield* entryOf(Effect.failCause(cause))
      assert.strictEqual(entry["message"], "The invocation failed")
      assert.strictEqual(entry["errorType"], "OutOfStock")
      assert.include(entry["stackTrace"].join("\n"), "RangeError: a defect")
      assert.isString(entry["traceId"])
    }))

  it.effect("of a failed invocation has no fields of its error, which may be secret", () =>
    Effect.gen(function*() {
      class Refused extends Data.TaggedError("Refused")<{ readonly token: string; readonly cause: unknown }> {}
      const cause = Object.assign(new Error("the cause"), { input: "secret-input" })
      const lines = yield* linesOf(Effect.fail(new Refused({ token: "secret-token", cause })))
      assert.include(lines[0], "[cause]: Error: the cause")
      assert.notInclude(lines[0], "secret")
    }))

  it.effect("has no fields of what failed and isn't an Error, also as the cause of an Error, and no source of a function", () =>
    Effect.gen(function*() {
      const fields = { _tag: "Refused", password: "secret", list: ["secret"] }
      const failures = [fields, new Error("why", { cause: fields }), () => "secret", Object.assign(() => 1, fields)]
      const nested = new Error("outer", { cause: new Error("inner", { cause: fields }) })
      for (const failure of [...failures, nested]) {
        const lines = yield* linesOf(Effect.andThen(Effect.logInfo("it failed", failure), Effect.fail(failure)))
        assert.lengthOf(lines, 2)
        const ofCause = typeof failure === "object" && failure !== fields ? lines : lines.slice(1)
        for (const line of ofCause) assert.notInclude(line, "secret")
      }
    }))

  it.effect("is written of failures that throw when they're read, and the invocation fails with an Error of its own", () =>
    Effect.gen(function*() {
      const thrower = () => {
        throw new Error("don't touch")
      }
      const traps = { get: thrower, has: thrower, getPrototypeOf: thrower, ownKeys: thrower }
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const failures = [
        new Proxy({}, traps),
        new Proxy(new Error(), traps),
        new Proxy(() => {}, traps),
        proxy,
        Object.assign(() => {}, { toString: thrower }),
        Object.assign(new Error("outer"), { cause: new Proxy({}, traps) })
      ]
      for (const failure of failures) {
        for (const effect of [Effect.fail(failure), Effect.die(failure)]) {
          const lines: Array<string> = []
          const logger = Lambda.jsonLogger((line) => lines.push(line))
          const error = yield* Effect.flip(Lambda.handler({ handler: () => effect, logger }).invoke({}))
          assert.lengthOf(lines, 1)
          assert.notInclude(error.message, "don't touch")
          assert.strictEqual(JSON.parse(lines[0]!).errorType, error.name)
        }
      }
    }))

  it.effect("has at most 125,000 values of an object, however many it stands for", () =>
    Effect.gen(function*() {
      let shared: unknown = "leaf"
      for (let i = 0; i < 19; i++) shared = { a: shared, b: [shared] }
      const sparse: Array<unknown> = []
      sparse.length = 2 ** 32 - 1
      // In annotations, which Effect's own loggers don't read.
      for (const value of [shared, sparse, new Set(Array.from({ length: 200_000 }, (_, i) => i))]) {
        const lines = yield* linesOf(Effect.logInfo("hello").pipe(Effect.annotateLogs({ value })))
        assert.lengthOf(lines, 1)
        assert.isAtMost(Buffer.byteLength(lines[0]!), 250_000)
        assert.strictEqual(JSON.parse(lines[0]!).message, "hello")
      }
      const small = yield* entryOf(
        Effect.logInfo("hello").pipe(Effect.annotateLogs({ value: Array.from({ length: 100_000 }, () => 1) }))
      )
      assert.lengthOf(small["annotations"].value, 100_000)
    }))

  it.effect("of more than 250,000 bytes is shortened, and says so", () =>
    Effect.gen(function*() {
      const long = "ä".repeat(1_000_000)
      const lines = yield* linesOf(Effect.gen(function*() {
        yield* Effect.logInfo(long)
        yield* Effect.logInfo("short").pipe(Effect.annotateLogs({ long }))
        yield* Effect.logError({ long }, Cause.die(new Error(long)))
        yield* Effect.logInfo("x".repeat(249_000))
        // Each character has six bytes as JSON.
        yield* Effect.logError("stack", Cause.die(new Error(`${"\u0001".repeat(4_000)}\n`.repeat(40))))
      }))
      assert.lengthOf(lines, 5)
      for (const line of lines) assert.isAtMost(Buffer.byteLength(line), 250_000)
      const entries = lines.map((line): Line => JSON.parse(line))
      assert.include(entries[0]!["message"], "(1,000,000 characters)")
      assert.include(entries[0]!["shortened"], "The entry had 2,000,")
      assert.strictEqual(entries[1]!["message"], "short")
      assert.notProperty(entries[1]!, "annotations")
      assert.strictEqual(entries[2]!["errorType"], "Error")
      assert.include(entries[2]!["errorMessage"], "(1,000,000 characters)")
      assert.strictEqual(entries[3]!["message"].length, 249_000)
      for (const { requestId } of entries as ReadonlyArray<any>) assert.isString(requestId)
    }))

  it.effect("of one invocation has its own request id, while others run", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const handler = Lambda.handler({
        handler: (event) => Effect.andThen(Effect.sleep(Number(event)), Effect.logInfo(event)),
        logger: Lambda.jsonLogger((line) => lines.push(line))
      })
      const invocations = Effect.forEach([2, 1, 3], (event) =>
        Effect.flatMap(Lambda.testContext({ awsRequestId: `request-${event}` }), (context) =>
          handler.invoke(event, context)), { concurrency: "unbounded" })
      const fiber = yield* Effect.forkChild(invocations)
      yield* TestClock.adjust(3)
      yield* Effect.yieldNow
      assert.isDefined(fiber.pollUnsafe())
      assert.deepStrictEqual(
        lines.map((line) =>
          JSON.parse(line)
        ).map(({ message, requestId }) => [message, requestId]),
        [[1, "request-1"], [2, "request-2"], [3, "request-3"]]
      )
    }))
})

describe("the log level of a handler", () => {
  const all = Effect.gen(function*() {
    yield* Effect.logTrace("t")
    yield* Effect.logDebug("d")
    yield* Effect.logInfo("i")
    yield* Effect.logWarning("w")
    yield* Effect.logError("e")
    yield* Effect.logFatal("f")
  })

  for (
    const [level, expected] of [
      [undefined, ["INFO", "WARN", "ERROR", "FATAL"]],
      ["TRACE", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]],
      ["debug", ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"]],
      ["INFO", ["INFO", "WARN", "ERROR", "FATAL"]],
      ["WARN", ["WARN", "ERROR", "FATAL"]],
      ["ERROR", ["ERROR", "FATAL"]],
      ["FATAL", ["FATAL"]],
      ["LOUD", ["INFO", "WARN", "ERROR", "FATAL"]]
    ] as const
  ) {
    it.effect(`is Effect's, and with AWS_LAMBDA_LOG_LEVEL=${level} lets ${expected.length} of 6 levels through`, () =>
      Effect.gen(function*() {
        yield* environment(level === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: level })
        assert.deepStrictEqual((yield* entriesOf(all)).map(({ level }) => level), [...expected])
      }))
  }

  it.effect("is that of the Layer, if the Layer sets one", () =>
    Effect.gen(function*() {
      yield* environment({ AWS_LAMBDA_LOG_LEVEL: "TRACE" })
      const levels: Array<string> = []
      const handler = Lambda.handler({
        layer: Layer.succeed(References.MinimumLogLevel, "Fatal"),
        handler: () => all,
        logger: Logger.make(({ logLevel }) => levels.push(logLevel))
      })
      yield* handler.invoke({})
      assert.deepStrictEqual(levels, ["Fatal"])
    }))
})

describe("the loggers of a handler", () => {
  const collector = (lines: Array<string>) => Logger.make(({ message }) => lines.push(String(message)))

  it.effect("are those of the Layer, if it has any", () =>
    Effect.gen(function*() {
      const [own, others]: [Array<string>, Array<string>] = [[], []]
      const handler = Lambda.handler({
        layer: Logger.layer([collector(own)]),
        handler: () => Effect.logInfo("hello"),
        logger: collector(others)
      })
      yield* handler.invoke({})
      assert.deepStrictEqual(own, ["hello"])
      assert.deepStrictEqual(others, [])
    }))

  it.effect("are the handler's beside those of a Layer that merges its own", () =>
    Effect.gen(function*() {
      const [own, others]: [Array<string>, Array<string>] = [[], []]
      const handler = Lambda.handler({
        layer: Logger.layer([collector(own)], { mergeWithExisting: true }),
        handler: () => Effect.logInfo("hello"),
        logger: collector(others)
      })
      yield* handler.invoke({})
      assert.deepStrictEqual(own, ["hello"])
      assert.deepStrictEqual(others, ["hello"])
    }))

  it.effect("are the caller's with `logger: false`, and none where the caller has taken off the default one", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const handler = Lambda.handler({ handler: () => Effect.logInfo("hello"), logger: false })
      yield* handler.invoke({}).pipe(Effect.provide(Logger.layer([collector(lines)])))
      assert.deepStrictEqual(lines, ["hello"])
      const withDefault = Lambda.handler({ handler: () => Effect.logInfo("hello"), logger: collector(lines) })
      yield* withDefault.invoke({}).pipe(Effect.provide(Logger.layer([])))
      assert.deepStrictEqual(lines, ["hello"])
    }))
})

describe("standard output", () => {
  const program = path.resolve(import.meta.dirname, "../support/logging.ts")
  const start = () => spawn(process.execPath, ["--conditions=@effect-aws-sdk/source", program])

  it("gets the lines of the default logger as they are, although the runtime has replaced the console", async () => {
    const child = start()
    const exit = once(child, "exit")
    child.stdin.end()
    const output = await text(child.stdout)
    assert.deepStrictEqual(await exit, [3, null])
    const lines = output.trimEnd().split("\n").map((line): Line => JSON.parse(line))
    assert.deepStrictEqual(lines.map(({ message, requestId }) => [message, requestId]), [
      ["runtime", undefined],
      ...Array.from({ length: 100 }, (_, i) => [`line ${i}`, "request-1"])
    ])
  })

  it("may be closed without an end to the process", async () => {
    const child = start()
    const exit = once(child, "exit")
    // The process has started.
    await once(child.stdout, "data")
    child.stdout.destroy()
    child.stdin.end()
    assert.deepStrictEqual(await exit, [3, null])
  })
})

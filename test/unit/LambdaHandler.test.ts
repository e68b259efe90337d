// `Lambda.handler`: the Layer, the deadline, failures and answers.
import { DeleteParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Context,
  Data,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Redacted,
  Schema
} from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { bundle } from "../support/bundling.ts"

const quiet = { logger: Logger.make(() => {}) }

/** The Error with which an invocation fails. */
const failureOf = <A>(invocation: Effect.Effect<A, Error>): Effect.Effect<Error> =>
  Effect.map(Effect.exit(invocation), (exit) => {
    assert.isTrue(Exit.isFailure(exit))
    return Cause.squash((exit as Exit.Failure<A, Error>).cause) as Error
  })

const failing = (effect: Effect.Effect<unknown, unknown>) =>
  failureOf(Lambda.handler({ ...quiet, handler: () => effect }).invoke({}))

/** What AWS's runtime client sends for an Error that a handler throws: `formatError` in aws-lambda-ric. */
const sentFor = (error: Error) => ({
  errorType: error.name,
  errorMessage: error.message,
  trace: error.stack?.split("\n") ?? []
})

/** What AWS's runtime client logs for it, in the text format: `toFormatted` in aws-lambda-ric. */
const loggedFor = (error: Error) =>
  JSON.stringify(
    error,
    (_key, value: unknown) =>
      value instanceof Error
        ? Object.assign({ errorType: value.name, errorMessage: value.message }, value, { stack: value.stack })
        : value
  )

class Numbers extends Context.Service<Numbers, { readonly next: Effect.Effect<number> }>()("test/Numbers") {}

/** Numbers, and what became of them. */
const numbers = () => {
  const log: Array<string> = []
  const layer = Layer.effect(
    Numbers,
    Effect.acquireRelease(
      Effect.sync(() => {
        log.push("built")
        let last = 0
        return { next: Effect.sync(() => ++last) }
      }),
      () => Effect.sync(() => log.push("released"))
    )
  )
  return { layer, log }
}

class NotReady extends Data.TaggedError("NotReady")<{ readonly attempt: number }> {
  override get message() {
    return `attempt ${this.attempt} came too early`
  }
}

describe("the Layer of a handler", () => {
  it("is built at the first invocation, serves the later ones, and is released when the handler closes", async () => {
    const { layer, log } = numbers()
    const handler = Lambda.handler({ ...quiet, layer, handler: () => Numbers.use(({ next }) => next) })
    const context = Effect.runSync(Lambda.testContext())
    assert.deepStrictEqual(log, [])
    assert.strictEqual(await handler({}, context), 1)
    assert.strictEqual(await handler({}, context), 2)
    assert.deepStrictEqual(log, ["built"])
    await handler.close()
    assert.deepStrictEqual(log, ["built", "released"])
  })

  it("is built by init, once, and is released at the end of `await using`", async () => {
    const { layer, log } = numbers()
    {
      await using handler = Lambda.handler({ ...quiet, layer, handler: () => Numbers.use(({ next }) => next) })
      await Promise.all([handler.init(), handler.init()])
      assert.deepStrictEqual(log, ["built"])
      assert.strictEqual(await handler({}, Effect.runSync(Lambda.testContext())), 1)
      assert.deepStrictEqual(log, ["built"])
    }
    assert.deepStrictEqual(log, ["built", "released"])
  })

  it("is released once, however often the handler is closed, and is built again by a later invocation", async () => {
    const { layer, log } = numbers()
    const handler = Lambda.handler({ ...quiet, layer, handler: () => Numbers.use(({ next }) => next) })
    const context = Effect.runSync(Lambda.testContext())
    await handler.close()
    await handler({}, context)
    await Promise.all([handler.close(), handler.close()])
    await handler.close()
    assert.strictEqual(await handler({}, context), 1)
    await handler.close()
    assert.deepStrictEqual(log, ["built", "released", "built", "released"])
  })

  it("is interrupted if the handler closes while it's built, and what it acquired is released before the close ends", async () => {
    const log: Array<string> = []
    const acquired = Promise.withResolvers<void>()
    const turns = Effect.repeat(Effect.promise(() => new Promise(setImmediate)), { times: 20 })
    const layer = Layer.effectDiscard(Effect.andThen(
      Effect.acquireRelease(
        Effect.sync(() => acquired.resolve()),
        () => Effect.andThen(turns, Effect.sync(() => log.push("released")))
      ),
      Effect.never
    ))
    const handler = Lambda.handler({ ...quiet, layer, handler: () => Effect.void })
    const invocation = handler({}, Effect.runSync(Lambda.testContext())).then(
      () => assert.fail("it was built"),
      (error: Error) => error
    )
    await acquired.promise
    await handler.close()
    assert.deepStrictEqual(log, ["released"])
    assert.strictEqual((await invocation).name, "InvocationInterrupted")
  })

  it("isn't needed by a handler that requires nothing", async () => {
    const handler = Lambda.handler({ ...quiet, handler: (event) => Effect.succeed({ event }) })
    assert.deepStrictEqual(await handler({ a: 1 }, Effect.runSync(Lambda.testContext())), { event: { a: 1 } })
    await handler.close()
  })

  it.effect("is built again after its build has failed, and what a failed build acquired is released", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      let attempt = 0
      const layer = Layer.effect(
        Numbers,
        Effect.gen(function*() {
          yield* Effect.acquireRelease(
            Effect.sync(() => log.push("acquired")),
            () => Effect.sync(() => log.push("released"))
          )
          attempt++
          if (attempt < 3) return yield* new NotReady({ attempt })
          return { next: Effect.succeed(attempt) }
        })
      )
      const handler = Lambda.handler({ ...quiet, layer, handler: () => Numbers.use(({ next }) => next) })
      for (const attempt of [1, 2]) {
        const error = yield* failureOf(handler.invoke({}))
        assert.strictEqual(error.name, "NotReady")
        assert.strictEqual(error.message, `attempt ${attempt} came too early`)
      }
      assert.deepStrictEqual(log, ["acquired", "released", "acquired", "released"])
      assert.strictEqual(yield* handler.invoke({}), 3)
      assert.strictEqual(yield* handler.invoke({}), 3)
      yield* Effect.promise(handler.close)
      assert.deepStrictEqual(log.length, 6)
    }))

  it("fails init with the error of its build, as Lambda's runtime takes it", async () => {
    const handler = Lambda.handler({
      ...quiet,
      layer: Layer.effectDiscard(new NotReady({ attempt: 1 })),
      handler: () => Effect.void
    })
    const error: Error = await handler.init().then(() => assert.fail("it was built"), (error: Error) => error)
    assert.strictEqual(error.name, "NotReady")
    assert.strictEqual(error.message, "attempt 1 came too early")
    assert.deepStrictEqual(Object.keys(error), [])
  })

  it.effect("serves invocations that run at the same time with one build", () =>
    Effect.gen(function*() {
      const { layer, log } = numbers()
      const slow = Layer.effectDiscard(Effect.sleep("1 second")).pipe(Layer.provideMerge(layer))
      const handler = Lambda.handler({ ...quiet, layer: slow, handler: () => Numbers.use(({ next }) => next) })
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(handler.invoke({})))
      yield* TestClock.adjust("1 second")
      const answers = yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.sameMembers(answers, [1, 2, 3])
      assert.deepStrictEqual(log, ["built"])
    }))

  it.effect("whose build hangs fails the invocation in time, is interrupted, and is built again by the next one", () =>
    Effect.gen(function*() {
      let attempts = 0
      let interruptions = 0
      const layer = Layer.effectDiscard(Effect.suspend(() =>
        ++attempts === 1
          ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => interruptions++))
          : Effect.void
      ))
      const handler = Lambda.handler({ ...quiet, layer, handler: () => Effect.succeed("served") })
      const fiber = yield* Effect.forkChild(failureOf(handler.invoke({})))
      yield* TestClock.adjust("2500 millis")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.name, "DeadlineExceeded")
      assert.include(error.message, "The build of the handler's Layer of test-function was interrupted after 2.5 s")
      assert.strictEqual(interruptions, 1)
      assert.strictEqual(yield* handler.invoke({}), "served")
    }))

  it.effect("goes on building for an invocation that has more time than another", () =>
    Effect.gen(function*() {
      const { layer, log } = numbers()
      const slow = Layer.effectDiscard(Effect.sleep("4 seconds")).pipe(Layer.provideMerge(layer))
      const handler = Lambda.handler({ ...quiet, layer: slow, handler: () => Numbers.use(({ next }) => next) })
      const short = yield* Effect.forkChild(failureOf(handler.invoke({})))
      const long = yield* Effect.forkChild(handler.invoke({}, yield* Lambda.testContext({ timeout: "10 seconds" })))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual((yield* Fiber.join(short)).name, "DeadlineExceeded")
      assert.strictEqual(yield* Fiber.join(long), 1)
      assert.deepStrictEqual(log, ["built"])
    }))
})

describe("the deadline of an invocation", () => {
  it.effect("interrupts the effect 500 ms before Lambda would end it, and says so", () =>
    Effect.gen(function*() {
      let isReleased = false
      const handler = Lambda.handler({
        ...quiet,
        handler: () => Effect.ensuring(Effect.never, Effect.sync(() => isReleased = true))
      })
      const fiber = yield* Effect.forkChild(failureOf(handler.invoke({})))
      yield* TestClock.adjust("2499 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert.isTrue(isReleased)
      assert.strictEqual(error.name, "DeadlineExceeded")
      assert.strictEqual(
        error.message,
        "The invocation of test-function was interrupted after 2.5 s, 0.5 s before Lambda would have ended it. Give the " +
          "function a longer timeout or more memory, or an invocation less to do."
      )
    }))

  for (
    const [timeout, deadlineMargin, expected] of [
      ["60 seconds", "5 seconds", 55_000],
      ["60 seconds", 0, 60_000],
      ["1 second", undefined, 500],
      // The margin is at most half of the time.
      ["600 millis", undefined, 300],
      ["3 seconds", "1 minute", 1500]
    ] as const
  ) {
    it.effect(`comes after ${expected} ms, with a timeout of ${timeout} and a margin of ${deadlineMargin ?? "the default"}`, () =>
      Effect.gen(function*() {
        const handler = Lambda.handler({ ...quiet, handler: () => Effect.never, deadlineMargin })
        const fiber = yield* Effect.forkChild(failureOf(handler.invoke({}, yield* Lambda.testContext({ timeout }))))
        yield* TestClock.adjust(expected - 1)
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* Fiber.join(fiber)).name, "DeadlineExceeded")
      }))
  }

  it.effect("leaves the finalizers of the effect 400 ms, and answers even if the effect doesn't stop", () =>
    Effect.gen(function*() {
      const messages: Array<string> = []
      const handler = Lambda.handler({
        logger: Logger.make(({ message }) => messages.push(String(message))),
        handler: () => Effect.uninterruptible(Effect.never)
      })
      const fiber = yield* Effect.forkChild(failureOf(handler.invoke({})))
      yield* TestClock.adjust("2899 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).name, "DeadlineExceeded")
      assert.lengthOf(messages, 2)
      assert.include(messages[0], "did not stop when it was interrupted")
      assert.strictEqual(messages[1], "The invocation failed")
    }))

  it.effect("is answered as soon as the effect has stopped", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({ ...quiet, handler: () => Effect.uninterruptible(Effect.sleep("2700 millis")) })
      const fiber = yield* Effect.forkChild(failureOf(handler.invoke({})))
      yield* TestClock.adjust("2699 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).name, "DeadlineExceeded")
    }))

  it.effect("is what Lambda.timeLeft counts down to, on the Clock of the Layer", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.clockWith(Effect.succeed)
      assert.deepStrictEqual(yield* Lambda.timeLeft, Duration.infinity)
      const handler = Lambda.handler({
        ...quiet,
        layer: Layer.succeed(Clock.Clock, clock),
        handler: () =>
          Effect.gen(function*() {
            const before = Duration.toMillis(yield* Lambda.timeLeft)
            yield* Effect.sleep("1 second")
            return [before, Duration.toMillis(yield* Lambda.timeLeft)]
          })
      })
      const answer = handler({}, yield* Lambda.testContext())
      // The promise starts the effect in a fiber of its own.
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.promise(() => answer), [2500, 1500])
    }))

  it.effect("stops the effect if the caller of invoke is interrupted", () =>
    Effect.gen(function*() {
      const isStopped = yield* Deferred.make<void>()
      const handler = Lambda.handler({
        ...quiet,
        handler: () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(isStopped, undefined))
      })
      const fiber = yield* Effect.forkChild(handler.invoke({}))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(isStopped)
    }))

  for (const value of ["-1 second", "Infinity", "soon", NaN] as const) {
    it(`can't be made of ${value}`, () => {
      for (const setting of ["deadlineMargin", "flushTimeout"] as const) {
        assert.throws(
          () => Lambda.handler({ handler: () => Effect.void, [setting]: value }),
          `The \`${setting}\` option is "${value}". It has to be a duration that isn't negative and has an end`
        )
      }
    })
  }

  for (
    const [option, value, shown] of [
      ["deadlineMargin", [1n], "an object of the class Array"],
      ["flush", () => Effect.void, "a function"],
      ["flush", Promise.resolve(), "an object of the class Promise"],
      ["handler", undefined, "undefined"],
      ["handler", Effect.void, "an object"],
      ["layer", { build: 1 }, "an object of the class Object"],
      ["logger", null, "null"],
      ["logger", console, "an object"]
    ] as const
  ) {
    it(`can't be made with ${shown} as its ${option}`, () => {
      assert.throws(
        () => Lambda.handler({ handler: () => Effect.void, [option]: value } as any),
        `The \`${option}\` option is "${shown}`
      )
    })
  }
})

describe("an invocation", () => {
  for (
    const [what, returned] of [
      ["a value", () => 5],
      ["nothing", () => undefined],
      ["a Promise", () => Promise.resolve(1)],
      // Without a listener, its rejection would end the process, and fail this test.
      ["a Promise that is rejected", () => Promise.reject(new Error("rejected"))]
    ] as const
  ) {
    it.effect(`whose handler returns ${what} in place of an Effect fails, says so in the log, and flushes`, () =>
      Effect.gen(function*() {
        const messages: Array<unknown> = []
        let isFlushed = false
        const handler = Lambda.handler({
          logger: Logger.make(({ message }) => messages.push(message)),
          handler: (): Effect.Effect<void> => returned() as any,
          flush: Effect.sync(() => {
            isFlushed = true
          })
        })
        const error = yield* failureOf(handler.invoke({}))
        assert.strictEqual(error.name, "TypeError")
        assert.include(error.message, "in place of an Effect. Use `Effect.fn`")
        assert.deepStrictEqual(messages, [["The invocation failed"]])
        assert.isTrue(isFlushed)
      }))
  }

  it.effect("whose effect runs into what is no Effect fails, and says so in the log", () =>
    Effect.gen(function*() {
      const messages: Array<unknown> = []
      const handler = Lambda.handler({
        logger: Logger.make(({ message }) => messages.push(message)),
        handler: () => Effect.suspend((): Effect.Effect<void> => 5 as any)
      })
      assert.include((yield* failureOf(handler.invoke({}))).message, "Not a valid effect")
      assert.deepStrictEqual(messages, [["The invocation failed"]])
    }))

  it.effect("is known to code that is far from the handler, and only there", () =>
    Effect.gen(function*() {
      const far = Effect.map(Lambda.invocation, (context) => context?.awsRequestId)
      const handler = Lambda.handler({ ...quiet, handler: () => far })
      assert.strictEqual(
        yield* handler.invoke({}, yield* Lambda.testContext({ awsRequestId: "request-1" })),
        "request-1"
      )
      assert.isUndefined(yield* far)
    }))

  it.effect("doesn't mix with others that run at the same time", () =>
    Effect.gen(function*() {
      const handler = Lambda.handler({
        ...quiet,
        handler: (event) =>
          Effect.gen(function*() {
            yield* Effect.sleep(Number(event))
            return [event, (yield* Lambda.invocation)?.awsRequestId, Duration.toMillis(yield* Lambda.timeLeft)]
          })
      })
      const invoke = (event: number) =>
        Effect.flatMap(
          Lambda.testContext({ awsRequestId: `request-${event}`, timeout: 10_000 * event }),
          (context) => Effect.forkChild(handler.invoke(event, context))
        )
      const fibers = yield* Effect.forEach([3, 1, 2], invoke)
      yield* TestClock.adjust(3)
      assert.deepStrictEqual(yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber)), [
        [3, "request-3", 29_497],
        [1, "request-1", 9_499],
        [2, "request-2", 19_498]
      ])
    }))

  it.effect("is the Scope of what the handler acquires", () =>
    Effect.gen(function*() {
      const log: Array<string> = []
      const acquire = Effect.acquireRelease(
        Effect.sync(() => log.push("acquired")),
        () => Effect.sync(() => log.push("released"))
      )
      const handler = Lambda.handler({ ...quiet, handler: () => acquire })
      yield* handler.invoke({})
      assert.deepStrictEqual(log, ["acquired", "released"])
    }))

  it("without a context is a rejection, and leaves nothing that a close would wait for", async () => {
    const handler = Lambda.handler({ ...quiet, handler: () => Effect.void })
    for (const context of [undefined, {}]) {
      const error: Error = await handler({}, context as any).then(() => assert.fail(), (error: Error) => error)
      assert.strictEqual(error.name, "TypeError")
      assert.include(error.message, "testContext")
    }
    const listeners = process.listenerCount("SIGTERM")
    await handler.close()
    assert.strictEqual(process.listenerCount("SIGTERM"), listeners)
  })

  it("is interrupted when the handler closes, before the Layer is released", async () => {
    const { layer, log } = numbers()
    const handler = Lambda.handler({
      ...quiet,
      layer,
      handler: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.push("interrupted")))
    })
    const answer = handler({}, Effect.runSync(Lambda.testContext())).then(() => assert.fail(), (error: Error) => error)
    await new Promise((resolve) => setImmediate(resolve))
    await handler.close()
    assert.deepStrictEqual(log, ["built", "interrupted", "released"])
    assert.deepStrictEqual((await answer).name, "InvocationInterrupted")
    assert.include((await answer).message, "because its execution environment is shutting down")
  })
})

class NoSuchOrder extends Schema.TaggedError<NoSuchOrder>()("NoSuchOrder", { order: Schema.String }) {
  override get message() {
    return `There is no order ${this.order}.`
  }
}

class Refused extends Data.TaggedError("Refused")<{ readonly token: Redacted.Redacted; readonly cause: unknown }> {}

describe("a failure of the effect", () => {
  it.effect("that is a tagged error has its tag as errorType and its message as errorMessage", () =>
    Effect.gen(function*() {
      const error = yield* failing(new NoSuchOrder({ order: "7" }))
      const { errorMessage, errorType, trace } = sentFor(error)
      assert.strictEqual(errorType, "NoSuchOrder")
      assert.strictEqual(errorMessage, "There is no order 7.")
      assert.strictEqual(trace[0], "NoSuchOrder: There is no order 7.")
      assert.include(trace[1], "LambdaHandler.test.ts")
      // The runtime's JSON logs take the name from the class.
      assert.strictEqual(error.constructor.name, "NoSuchOrder")
    }))

  it.effect("that is an AwsError has AWS's code as errorType, as the SDK's exception would", () =>
    Effect.gen(function*() {
      const send = Ssm.send(new DeleteParameterCommand({ Name: "/none" }))
      const handler = Lambda.handler({ ...quiet, layer: InMemory.layer(), handler: () => send })
      const error = yield* failureOf(handler.invoke({}))
      const typed = yield* Effect.flip(Effect.provide(send, InMemory.layer()))
      assert.strictEqual(error.name, "ParameterNotFound")
      assert.strictEqual(error.message, typed.message)
      const exception = typed.cause as Error
      assert.strictEqual(error.name, exception.name)
      const sinks = [JSON.stringify(sentFor(error)), loggedFor(error), inspect(error, { depth: 9 })].join("\n")
      assert.notInclude(sinks, "$metadata")
    }))

  it.effect("sends neither its fields nor its cause, and the runtime logs neither", () =>
    Effect.gen(function*() {
      const secrets = ["secret-token", "secret-cause", "secret-defect-field"]
      const cause = Object.assign(new Error("secret-cause"), { input: "secret-cause" })
      const refused = new Refused({ token: Redacted.make("secret-token"), cause })
      const withField = Object.assign(new Error("it broke"), { field: "secret-defect-field", cause })
      for (const effect of [Effect.fail(refused), Effect.die(refused), Effect.die(withField), Effect.fail(withField)]) {
        const error = yield* failing(effect)
        const sinks = [
          JSON.stringify(sentFor(error)),
          loggedFor(error),
          inspect(error, { depth: 9 }),
          JSON.stringify(error)
        ]
        for (const secret of secrets) assert.notInclude(sinks.join("\n"), secret)
        assert.deepStrictEqual(Object.keys(error), [])
      }
    }))

  it.effect("that has no message says what it is", () =>
    Effect.gen(function*() {
      const refused = yield* failing(Effect.fail(new Refused({ token: Redacted.make("x"), cause: undefined })))
      assert.strictEqual(refused.name, "Refused")
      assert.strictEqual(refused.message, "The handler failed with a Refused, which has no message.")
    }))

  for (
    const [what, value, name, message] of [
      ["a string", "no order", "string", "no order"],
      ["a number", 7, "number", "7"],
      ["an error whose tag no header can have", { _tag: "Störung\n", message: "m" }, "St?rung?", "m"],
      ["null", null, "object", "null"],
      ["undefined", undefined, "undefined", "undefined"],
      [
        "a plain tagged object",
        { _tag: "Closed", secret: "x" },
        "Closed",
        "The handler failed with a Closed, which has no message."
      ],
      ["an object with a message", { message: "no order", secret: "x" }, "object", "no order"],
      ["an object", { secret: "x" }, "object", "The handler failed with an object, which has no message."],
      ["an array", ["x"], "object", "The handler failed with an object, which has no message."],
      ["a redacted value", Redacted.make("x"), "object", "The handler failed with an object, which has no message."],
      [
        "an Error without a message",
        new TypeError(),
        "TypeError",
        "The handler failed with a TypeError, which has no message."
      ]
    ] as const
  ) {
    it.effect(`that is ${what} becomes an Error with the name ${name}`, () =>
      Effect.gen(function*() {
        for (const effect of [Effect.fail(value), Effect.die(value)]) {
          const error = yield* failing(effect)
          assert.strictEqual(error.name, name)
          assert.strictEqual(error.message, message)
        }
      }))
  }

  it.effect("that is a defect has its name and its message, as Lambda sends what a function throws", () =>
    Effect.gen(function*() {
      const error = yield* failing(Effect.sync(() => (undefined as any).member))
      assert.strictEqual(error.name, "TypeError")
      assert.include(error.message, "Cannot read properties of undefined")
      const thrown = Lambda.handler({
        ...quiet,
        handler: () => {
          throw new RangeError("out of range")
        }
      })
      assert.strictEqual((yield* failureOf(thrown.invoke({}))).name, "RangeError")
    }))

  it.effect("that is one of several is sent before defects, and says how many more there are", () =>
    Effect.gen(function*() {
      const cause = Cause.fromReasons<unknown>([
        Cause.makeDieReason(new Error("a defect")),
        Cause.makeFailReason(new NoSuchOrder({ order: "7" })),
        Cause.makeInterruptReason(1)
      ])
      const error = yield* failing(Effect.failCause(cause))
      assert.strictEqual(error.name, "NoSuchOrder")
      assert.strictEqual(error.message, "There is no order 7. (The log has 1 failure more.)")
    }))

  it.effect("that is its own interruption says so", () =>
    Effect.gen(function*() {
      const error = yield* failing(Effect.interrupt)
      assert.strictEqual(error.name, "InvocationInterrupted")
      assert.include(error.message, "interrupted itself")
    }))

  it.effect("whose message is very long is shortened", () =>
    Effect.gen(function*() {
      const error = yield* failing(Effect.die(new Error("x".repeat(7_000_000))))
      assert.isBelow(JSON.stringify(sentFor(error)).length, 20_000)
      assert.include(error.message, "(7,000,000 characters)")
    }))

  it.effect("that can't be read still fails the invocation", () =>
    Effect.gen(function*() {
      const hostile = {
        get message() {
          throw new Error("no")
        }
      }
      assert.strictEqual((yield* failing(Effect.fail(hostile))).name, "object")
    }))
})

describe("a program without TypeScript", () => {
  it("is told at its definition that a handler isn't a function", () => {
    const make: any = Lambda.handler
    for (const handler of [undefined, Effect.void]) {
      assert.throws(
        () => make({ handler }),
        /`handler` option is .* a function that takes the event and returns an Effect/
      )
    }
  })

  it.effect("is told what to return in place of a Promise or a value", () =>
    Effect.gen(function*() {
      const other: any = [async () => 1, () => undefined, Lambda.on(Schema.Struct({}), (async () => 1) as any)]
      for (const handler of other) {
        const error = yield* failureOf(Lambda.handler({ ...quiet, handler }).invoke({}))
        assert.strictEqual(error.name, "TypeError")
        assert.match(error.message, /returned (a Promise|undefined) in place of an Effect\. Use `Effect\.fn`/)
      }
    }))
})

describe("an answer", () => {
  it.effect("may be undefined, and anything that JSON can have", () =>
    Effect.gen(function*() {
      for (
        const answer of [undefined, null, "text", 7, [], { a: [1, { b: new Date(0) }] }, new NotReady({ attempt: 1 })]
      ) {
        const handler = Lambda.handler({ ...quiet, handler: () => Effect.succeed(answer) })
        assert.strictEqual(yield* handler.invoke({}), answer)
      }
    }))

  const circular: Record<string, unknown> = { name: "c" }
  circular["self"] = { again: [circular] }
  for (
    const [what, answer, path, why] of [
      ["a BigInt", { items: [{ id: 1 }, { id: 2n }] }, "answer.items[1].id", "is a BigInt"],
      ["a cycle", circular, "answer.self.again[0]", "is an object that contains itself"],
      [
        "an unreadable member",
        { "a b": { toJSON: () => JSON.parse("{") } },
        "answer[\"a b\"]",
        "throws when it's read"
      ],
      ["a function", () => 1, "answer", "is a function"],
      ["a symbol", Symbol("s"), "answer", "is a symbol"],
      ["nothing from toJSON", { toJSON: () => undefined }, "answer", "has a toJSON that returns nothing"],
      ["an Effect in place of its value", Effect.sleep(1), "answer", "is an Effect that did not run"],
      ["a Promise in place of its value", Promise.resolve(1), "answer", "is a Promise"],
      // As the answer of a Promise, it would be waited for, for ever.
      ["a then that never ends", new Proxy({}, { get: () => () => {} }), "answer", "is a Promise"],
      ["a then that throws", new Proxy({}, { get: () => JSON.parse("{") }), "answer", "throws when"],
      [
        "an Effect that nobody ran",
        { price: Effect.succeed(1) },
        "answer.price",
        "is an Effect that did not run: `yield*` it"
      ],
      ["a Promise within", { all: [1, Promise.resolve(2)] }, "answer.all[1]", "is a Promise: wait for it"],
      ["a Map", { of: new Map([["a", 1]]) }, "answer.of", "is a Map: make an object of it"],
      [
        "a Set within what `toJSON` gives",
        { toJSON: () => ({ ids: new Set([1]) }) },
        "answer.ids",
        "is a Set: make an array"
      ]
    ] as const
  ) {
    it.effect(`with ${what} fails the invocation and says where it is`, () =>
      Effect.gen(function*() {
        const error = yield* failing(Effect.succeed(answer))
        assert.strictEqual(error.name, "AnswerNotSerializable")
        assert.include(error.message, `\`${path}\` ${why}`)
      }))
  }

  it.effect("of more than 6 MB fails the invocation", () =>
    Effect.gen(function*() {
      const error = yield* failing(Effect.succeed("ä".repeat(3_145_778)))
      assert.strictEqual(error.name, "AnswerTooLarge")
      assert.include(error.message, "The answer has 6,291,558 bytes as JSON, and Lambda accepts 6,291,556.")
      const handler = Lambda.handler({ ...quiet, handler: () => Effect.succeed("ä".repeat(3_145_777)) })
      assert.lengthOf(yield* handler.invoke({}), 3_145_777)
    }))
})

describe("Lambda.testContext", () => {
  it.effect("has a remaining time that follows the Clock, and the members that the test sets", () =>
    Effect.gen(function*() {
      const context = yield* Lambda.testContext({ functionName: "orders", timeout: "10 seconds", tenantId: "t" })
      assert.strictEqual(context.functionName, "orders")
      assert.strictEqual(context.tenantId, "t")
      assert.strictEqual(context.invokedFunctionArn, "arn:aws:lambda:us-east-1:123456789012:function:orders")
      assert.strictEqual(context.getRemainingTimeInMillis(), 10_000)
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(context.getRemainingTimeInMillis(), 6_000)
    }))
})

it("Lambda.handler brings no Schema into a bundle", async () => {
  const bytesOf = await bundle(`
    import * as Effect from "effect/Effect"
    import * as Lambda from "effect-aws-sdk/Lambda"
    export const handler = Lambda.handler({ handler: () => Effect.succeed(1) })
  `)
  assert.isAbove(bytesOf(/lambda\/internal\/handler/), 0)
  assert.strictEqual(bytesOf(/effect\/(dist|src)\/(Schema|SchemaAST|internal\/schema)/), 0)
})

// A function whose events say what it does, for tests/lambda/lifecycle.test.ts. It's bundled as any function of a user.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { setTimeout } from "node:timers/promises"

class Pool extends Context.Service<Pool, { readonly built: number }>()("lifecycle/Pool") {}

class OutOfStock extends Data.TaggedError("OutOfStock")<{
  readonly sku: string
  readonly password: Redacted.Redacted
  readonly token: string
}> {
  override get message(): string {
    return `${this.sku} is out of stock. Order something else.`
  }
}

let builds = 0

/** Opens when two invocations are running. */
const both = Latch.makeUnsafe()
let meeting = 0

const layer = Layer.effect(
  Pool,
  Effect.gen(function*() {
    builds++
    if (process.env["LAYER"] === "fails") {
      return yield* new OutOfStock({ sku: "pool", password: Redacted.make("planted-secret"), token: "planted-token" })
    }
    yield* Effect.log("the pool is open")
    yield* Effect.addFinalizer(() => Effect.log("the pool is closed"))
    return { built: builds }
  })
)

if (process.env["MODULE"] === "fails") throw new RangeError("The configuration has no PORT.")

const act = Effect.fnUntraced(function*(event: { readonly do: string }, context: Lambda.Context) {
  const { built } = yield* Pool
  switch (event.do) {
    case "fail":
      return yield* new OutOfStock({
        sku: "socks",
        password: Redacted.make("planted-secret"),
        token: "planted-token"
      })
    case "die":
      return yield* Effect.die(new TypeError("no such method"))
    case "hang":
      return yield* Effect.onInterrupt(Effect.never, () => Effect.log("the invocation is interrupted"))
    case "trace": {
      const span = yield* Effect.currentSpan
      const parent = yield* Effect.fromOption(span.parent)
      return { traceId: span.traceId, parent: parent.spanId, sampled: parent.sampled, name: span.name }
    }
    case "meet": {
      if (++meeting === 2) yield* both.open
      yield* both.await
      yield* Effect.log("met")
      const { traceId } = yield* Effect.currentSpan
      const invocation = yield* Lambda.invocation
      return { built, traceId, requestId: invocation?.awsRequestId }
    }
    case "odd": {
      // What goes into headers, lines of a log, and JSON.
      const name = "Fehlschläge\r\nX-Injected: 1"
      const message = "{\"level\":\"FATAL\"}\n\u2028\ud800\u0000".repeat(100_000)
      return yield* Effect.die(Object.assign(new Error(message, { cause: { token: "planted-token" } }), { name }))
    }
    case "unreadable":
      return yield* Effect.die(
        new Proxy({}, {
          get: () => JSON.parse("{"),
          has: () => JSON.parse("{"),
          getPrototypeOf: () => JSON.parse("{")
        })
      )
    case "promise":
      // As a program in JavaScript may do.
      return setTimeout(10, "planted-secret") as unknown
    case "bigint":
      return { items: [{ id: 1n }] }
    default:
      yield* Effect.logDebug("too much")
      yield* Effect.log("the work is done").pipe(
        Effect.annotateLogs({ order: "o-1", secret: Redacted.make("planted-secret") })
      )
      return { built, requestId: context.awsRequestId }
  }
})

export const handler = Lambda.handler({
  layer,
  handler: (event, context) => act(event as { readonly do: string }, context),
  // Ends after the work, and before the answer.
  flush: Effect.promise(() => setTimeout(20)).pipe(Effect.andThen(Effect.log("the telemetry is flushed")))
})

if (process.env["INIT"] === "eager") await handler.init()

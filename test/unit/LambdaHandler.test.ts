// `Lambda.handler`: what surrounds an invocation.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Logger } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"

const quiet = { logger: Logger.make(() => {}) }

/** The Error with which an effect failed. */
const errorOf = (exit: Exit.Exit<unknown, Error>): Error => {
  assert.isTrue(Exit.isFailure(exit))
  return Cause.squash((exit as Exit.Failure<unknown, Error>).cause) as Error
}

class Numbers extends Context.Service<Numbers, { readonly next: Effect.Effect<number> }>()("test/Numbers") {}

describe("the Layer of a handler", () => {
  it("is built at the first invocation, serves the later ones, and is released when the handler closes", async () => {
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
    const handler = Lambda.handler({ ...quiet, layer, handler: () => Numbers.use(({ next }) => next) })
    const context = Effect.runSync(Lambda.testContext())
    assert.deepStrictEqual(log, [])
    assert.strictEqual(await handler({}, context), 1)
    assert.strictEqual(await handler({}, context), 2)
    assert.deepStrictEqual(log, ["built"])
    await handler.close()
    assert.deepStrictEqual(log, ["built", "released"])
  })
})

describe("the deadline of an invocation", () => {
  it.effect("interrupts the effect 500 ms before Lambda would end it, and says so", () =>
    Effect.gen(function*() {
      let isReleased = false
      const handler = Lambda.handler({
        ...quiet,
        handler: () => Effect.ensuring(Effect.never, Effect.sync(() => isReleased = true))
      })
      const fiber = yield* Effect.forkChild(handler.invoke({}))
      yield* TestClock.adjust("2499 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = errorOf(yield* Fiber.await(fiber))
      assert.isTrue(isReleased)
      assert.strictEqual(error.name, "DeadlineExceeded")
      assert.include(
        error.message,
        "test-function was interrupted after 2.5 s, 0.5 s before Lambda would have ended it"
      )
    }))
})

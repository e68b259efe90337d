// What follows from a call or from a timer: events, and handlers for deliveries that cause one another.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber } from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import type { HandlerContext } from "../../emulator/engine/service.ts"
import { services } from "../../emulator/services.ts"
import * as Deliveries from "../../layers/internal/deliveries.ts"
import { clientsOf, makeWorld } from "../support/world.ts"
import { from, put, queue, received, rule } from "./support/delivering.ts"

/** An AWS in which each parameter that is put has a timer for the next minute. */
const timed = (wake: (key: string, context: HandlerContext) => Effect.Effect<void>) =>
  makeWorld({
    journal: 100,
    services: services.map((service) => {
      const handle = service.handlers["PutParameter"]
      return handle === undefined ? service : {
        ...service,
        handlers: {
          ...service.handlers,
          PutParameter: ((input, state, context) => {
            context.wakeAt(input.Name, 60_000)
            return handle(input, state, context)
          }) satisfies typeof handle
        },
        wake: (key: string, _: unknown, context: HandlerContext) => wake(key, context)
      }
    })
  })

const emit = (detailType: string, context: HandlerContext) =>
  context.emit({ source: "aws.test", detailType, detail: {} })

describe("what is due", () => {
  it.effect("is named if it dies. What it emitted before happens at its time, and so does what is due after it", () => {
    const world = timed((key, context) =>
      Effect.suspend(() => {
        emit(key, context)
        return key === "/a" ? Effect.die(new Error("broken")) : Effect.void
      })
    )
    return Effect.gen(function*() {
      yield* rule("all", from("aws.test"), { Arn: queue("all") })
      yield* Ssm.putParameter({ name: "/a", value: "1" })
      yield* Ssm.putParameter({ name: "/b", value: "1" })
      yield* TestClock.adjust("1 hour")
      const exit = yield* Effect.exit(Ssm.getParameter("/a"))
      assert.isTrue(Exit.isFailure(exit))
      assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        "What SSM does when \"/a\" is due died: broken"
      )
      yield* Ssm.getParameter("/a")
      assert.deepEqual(
        (yield* world.delivered).map(({ input, time }) => [(input as any)["detail-type"], time.getTime()]),
        [["/a", 60_000], ["/b", 60_000]]
      )
    }).pipe(Effect.provide(clientsOf(world)))
  })

  it.effect("happens as a whole, even if the call that came across it is interrupted", () => {
    const world = timed((key, context) => Effect.andThen(Effect.yieldNow, Effect.sync(() => emit(key, context))))
    return Effect.gen(function*() {
      yield* rule("all", from("aws.test"), { Arn: queue("all") })
      yield* Ssm.putParameter({ name: "/a", value: "1" })
      yield* TestClock.adjust("1 hour")
      const due = yield* Effect.forkChild(world.due, { startImmediately: true })
      yield* Fiber.interrupt(due)
      assert.lengthOf(yield* world.delivered, 1)
    }).pipe(Effect.provide(clientsOf(world)))
  })

  it.effect("while a call is delayed comes before the call", () =>
    Effect.gen(function*() {
      yield* rule("tick", { ScheduleExpression: "rate(1 minute)" }, { Arn: queue("all") })
      yield* rule("all", from("shop"), { Arn: queue("all") })
      yield* InMemory.inject({ operation: "PutEvents", fault: InMemory.delay("90 seconds", "before") })
      const call = yield* Effect.forkChild(put({ id: 1 }), { startImmediately: true })
      yield* TestClock.adjust("90 seconds")
      yield* Fiber.join(call)
      const all = yield* InMemory.delivered
      assert.deepEqual(all.map(({ input, time }) => [(input as any).source, time.getTime()]), [
        ["aws.events", 60_000],
        ["shop", 90_000]
      ])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("handlers", () => {
  it.effect("that cause their own events without end are told of by InMemory.settled", () => {
    const world = makeWorld({ services })
    return Effect.gen(function*() {
      const { onDelivery, settled } = Deliveries.make(world, yield* Clock.Clock, 20)
      yield* rule("orders", from("shop"), { Arn: queue("orders") })
      yield* onDelivery(queue("orders"), () => put({ id: 1 }))
      yield* put({ id: 0 })
      const exit = yield* Effect.exit(settled)
      assert.include(
        Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
        "20 handlers have run, because of one another"
      )
    }).pipe(Effect.scoped, Effect.provide(clientsOf(world)))
  })

  it.effect("run without a journal, too, which then has no deliveries", () =>
    Effect.gen(function*() {
      const inputs: Array<unknown> = []
      yield* rule("orders", from("shop"), { Arn: queue("orders") })
      yield* InMemory.onDelivery(queue("orders"), (input) => Effect.sync(() => inputs.push(input)))
      yield* put({ id: 1 })
      yield* InMemory.settled
      assert.lengthOf(inputs, 1)
      assert.isEmpty(yield* received())
    }).pipe(Effect.provide(InMemory.layer({ journal: 0 }))))

  it.effect("get a delivery whatever else breaks on it: a predicate that dies fails neither the call nor others", () =>
    Effect.gen(function*() {
      yield* rule("orders", from("shop"), { Arn: queue("orders") })
      const seen: Array<unknown> = []
      yield* InMemory.onDelivery(() => {
        throw new Error("a predicate that breaks")
      }, () => Effect.void)
      yield* InMemory.onDelivery(queue("orders"), (input) => Effect.sync(() => seen.push(input)))
      const exit = yield* Effect.exit(put({ id: 1 }))
      yield* InMemory.settled
      assert.isTrue(Exit.isSuccess(exit))
      assert.lengthOf(seen, 1)
    }).pipe(Effect.provide(InMemory.layer())))
})

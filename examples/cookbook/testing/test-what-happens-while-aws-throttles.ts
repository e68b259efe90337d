import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { InMemory, Retry, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const program = Ssm.putParameter({ name: "/app/state", value: "ready" }).pipe(
  Retry.withPolicy(Retry.standard({ attempts: 5 }))
)

it.effect("puts the state, although AWS throttles four attempts", () =>
  Effect.gen(function*() {
    yield* InMemory.inject({ operation: "PutParameter", times: 4, fault: InMemory.throttled })
    const fiber = yield* Effect.forkChild(program)
    yield* TestClock.adjust("1 minute") // the waits between the attempts
    yield* Fiber.join(fiber)
    assert.lengthOf(yield* InMemory.calls, 5)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("fails when AWS throttles for longer", () =>
  Effect.gen(function*() {
    yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.throttled })
    const fiber = yield* Effect.forkChild(Effect.flip(program))
    yield* TestClock.adjust("1 hour")
    const error = yield* Fiber.join(fiber)
    assert.strictEqual(error._tag === "AwsError" ? error.reason._tag : error._tag, "Throttled")
  }).pipe(Effect.provide(InMemory.layer())))

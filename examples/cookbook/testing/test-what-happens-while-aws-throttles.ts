import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory, Retry, Ssm } from "effect-aws-sdk"

const program = Ssm.putParameter({ name: "/app/state", value: "ready" }).pipe(
  Retry.withPolicy(Retry.standard({ attempts: 5 }))
)

it.effect("puts the state, although AWS throttles four attempts", () =>
  Effect.gen(function*() {
    yield* InMemory.inject({ operation: "PutParameter", times: 4, fault: InMemory.throttled })
    yield* program
    assert.lengthOf(yield* InMemory.calls, 5)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("fails when AWS throttles for longer", () =>
  Effect.gen(function*() {
    yield* InMemory.inject({ operation: "PutParameter", fault: InMemory.throttled })
    const error = yield* Effect.flip(program)
    assert.strictEqual(error._tag === "AwsError" ? error.reason._tag : error._tag, "Throttled")
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

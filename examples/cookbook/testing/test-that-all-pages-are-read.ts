import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"

const count = Stream.runCount(Ssm.listParametersByPath("/app"))

it.effect("counts the parameters of all pages", () =>
  Effect.gen(function*() {
    yield* Effect.forEach(["a", "b", "c"], (name) => Ssm.putParameter({ name: `/app/${name}`, value: "1" }))
    assert.strictEqual(yield* count, 3)
    const pages = (yield* InMemory.calls).filter(({ operation }) => operation === "GetParametersByPath")
    assert.lengthOf(pages, 2)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

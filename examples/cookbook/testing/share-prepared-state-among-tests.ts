import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"

const prepare = Effect.gen(function*() {
  yield* S3.createBucket("reports")
  yield* Effect.forEach([1, 2, 3], (n) => S3.putObject({ bucket: "reports", key: `${n}.csv`, body: "x".repeat(n) }))
})

const prepared = Layer.effectDiscard(prepare).pipe(Layer.provideMerge(InMemory.layer()))

// Built once, for all tests of the group: a test that changes something changes it for the next one.
layer(prepared)("a bucket with three reports", (it) => {
  it.effect("has six bytes", () =>
    Effect.gen(function*() {
      const bytes = yield* S3.listObjects("reports").pipe(Stream.runFold(() => 0, (sum, { size }) => sum + size))
      assert.strictEqual(bytes, 6)
    }))

  it.effect("has a second report of two bytes", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* S3.getText("reports", "2.csv"), "xx")
    }))
})

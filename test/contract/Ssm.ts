import { DescribeParametersCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect, Redacted, Schema, Stream } from "effect"
import { Ssm } from "effect-aws-sdk"
import { contract } from "./Contract.ts"

const names = Array.from({ length: 25 }, (_, i) => `/pages/p${String(i).padStart(2, "0")}`)

export const ssm = contract("Ssm", {
  "returns a stored parameter": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/state", value: "ready", description: "how it is" })
    const parameter = yield* Ssm.getParameter("/app/state")
    assert.instanceOf(parameter, Ssm.Parameter)
    assert.deepInclude({ ...parameter }, { name: "/app/state", type: "String", value: "ready", version: 1 })
  }),

  "fails with ParameterDoesNotExist when the parameter is missing": Effect.gen(function*() {
    const error = yield* Effect.flip(Ssm.getParameter("/app/none"))
    assert.deepEqual(error, new Ssm.ParameterDoesNotExist({ parameter: "/app/none" }))
    assert.include(error.message, "/app/none")
  }),

  "returns a given version of a parameter": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/v", value: "one" })
    yield* Ssm.putParameter({ name: "/app/v", value: "two", overwrite: true })
    assert.strictEqual((yield* Ssm.getParameter("/app/v:1")).value, "one")
    assert.strictEqual((yield* Ssm.getParameter("/app/v")).version, 2)
    assert.deepEqual(
      yield* Effect.flip(Ssm.getParameter("/app/v:9")),
      new Ssm.ParameterDoesNotExist({ parameter: "/app/v:9" })
    )
  }),

  "returns a SecureString as Redacted, or as ciphertext without decryption": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/password", value: Redacted.make("hunter2") })
    const secret = yield* Ssm.getParameter("/app/password")
    assert.strictEqual(secret.type, "SecureString")
    assert.isTrue(Redacted.isRedacted(secret.value))
    assert.strictEqual(Redacted.value(secret.value as Redacted.Redacted<string>), "hunter2")
    assert.notInclude(JSON.stringify(secret), "hunter2")
    const ciphertext = yield* Ssm.getParameter("/app/password", { decrypt: false })
    assert.isString(ciphertext.value)
    assert.notStrictEqual(ciphertext.value, "hunter2")
  }),

  "decodes a JSON parameter with a schema": Effect.gen(function*() {
    const Size = Schema.Struct({ width: Schema.Int, unit: Schema.Literals(["cm", "in"]) })
    yield* Ssm.putParameter({ name: "/app/size", value: `{"width":3,"unit":"cm"}` })
    assert.deepEqual(yield* Ssm.getParameterJson("/app/size", Size), { width: 3, unit: "cm" })
  }),

  "fails with ParameterNotDecodable without revealing the value": Effect.gen(function*() {
    const Size = Schema.Struct({ width: Schema.Int })
    yield* Ssm.putParameter({ name: "/app/json", value: `{"width":"hunter2"}` })
    yield* Ssm.putParameter({ name: "/app/text", value: "hunter2" })
    const json = yield* Effect.flip(Ssm.getParameterJson("/app/json", Size))
    assert.strictEqual(json._tag, "ParameterNotDecodable")
    assert.include(json.message, "width")
    assert.notInclude(json.message, "hunter2")
    const text = yield* Effect.flip(Ssm.getParameterJson("/app/text", Size))
    assert.strictEqual(text._tag, "ParameterNotDecodable")
    assert.notInclude(text.message, "hunter2")
    assert.strictEqual((yield* Effect.flip(Ssm.getParameterJson("/app/none", Size)))._tag, "ParameterDoesNotExist")
  }),

  "streams three pages of parameters, from one level or from all": Effect.gen(function*() {
    yield* Effect.forEach([...names, "/pages/deep/er"], (name) => Ssm.putParameter({ name, value: name }))
    const level = yield* Stream.runCollect(Ssm.listParametersByPath("/pages"))
    assert.deepEqual(level.map(({ name }) => name).sort(), names)
    const all = yield* Stream.runCollect(Ssm.listParametersByPath("/pages", { recursive: true }))
    assert.lengthOf(all, 26)
    assert.deepEqual(yield* Stream.runCollect(Ssm.listParametersByPath("/nothing/here")), [])
  }),

  "streams the last segments of parameter names": Effect.gen(function*() {
    yield* Effect.forEach(names, (name) => Ssm.putParameter({ name, value: "x" }))
    const found = yield* Stream.runCollect(Ssm.listParameterNamesByPath("/pages"))
    assert.deepEqual([...found].sort(), names.map((name) => name.slice("/pages/".length)))
  }),

  "rejects a path that doesn't begin with a slash": Effect.gen(function*() {
    const error = yield* Effect.flip(Stream.runDrain(Ssm.listParametersByPath("pages")))
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.strictEqual(error.code, "ValidationException")
  }),

  "stores a String in the Standard tier, and keeps the allowed pattern when overwriting": Effect.gen(
    function*() {
      const described = Effect.map(
        Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["/app/plain"] }] })),
        ({ Parameters = [] }) => ({ ...Parameters[0] })
      )
      yield* Ssm.putParameter({ name: "/app/plain", value: "x", description: "how it is" })
      assert.deepInclude(yield* described, {
        Name: "/app/plain",
        Type: "String",
        Tier: "Standard",
        Description: "how it is"
      })
      yield* Ssm.putParameter({ name: "/app/plain", value: "1", pattern: "^\\d+$", overwrite: true })
      yield* Ssm.putParameter({ name: "/app/plain", value: "2", overwrite: true })
      assert.strictEqual((yield* described).AllowedPattern, "^\\d+$")
      const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/plain", value: "x", overwrite: true }))
      assert.deepEqual(error, new Ssm.ParameterPatternMismatch({ parameter: "/app/plain", pattern: undefined }))
    }
  ),

  "keeps the tier of a parameter that it overwrites, unless another one is given": Effect.gen(function*() {
    const tier = Effect.map(
      Ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["/app/large"] }] })),
      ({ Parameters = [] }) => Parameters[0]?.Tier
    )
    const large = "x".repeat(5_000)
    const put = (value: string, tier?: Ssm.ParameterTier) =>
      Ssm.putParameter({ name: "/app/large", value, overwrite: true, tier })
    yield* put("x")
    assert.strictEqual(yield* tier, "Standard")
    yield* put(large, "Advanced")
    assert.strictEqual(yield* tier, "Advanced")
    yield* put(`${large}y`)
    assert.strictEqual(yield* tier, "Advanced")
    assert.strictEqual((yield* Ssm.getParameter("/app/large")).value, `${large}y`)
  }),

  "refuses to make an advanced parameter a standard one": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/large", value: "x", tier: "Advanced" })
    const error = yield* Effect.flip(
      Ssm.putParameter({ name: "/app/large", value: "x", overwrite: true, tier: "Standard" })
    )
    assert.strictEqual(error._tag === "AwsError" ? error.code : error._tag, "ValidationException")
  }),

  "fails with ParameterAlreadyExists unless it may overwrite": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/once", value: "1" })
    const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/once", value: "2" }))
    assert.deepEqual(error, new Ssm.ParameterAlreadyExists({ parameter: "/app/once" }))
    assert.strictEqual((yield* Ssm.getParameter("/app/once")).value, "1")
    yield* Ssm.putParameter({ name: "/app/once", value: "3", overwrite: true })
    assert.strictEqual((yield* Ssm.getParameter("/app/once")).value, "3")
  }),

  "fails with ParameterPatternMismatch when the value doesn't match the pattern": Effect.gen(function*() {
    const put = (value: string) => Ssm.putParameter({ name: "/app/number", value, pattern: "^\\d+$", overwrite: true })
    yield* put("42")
    assert.deepEqual(
      yield* Effect.flip(put("many")),
      new Ssm.ParameterPatternMismatch({ parameter: "/app/number", pattern: "^\\d+$" })
    )
    assert.strictEqual((yield* Ssm.getParameter("/app/number")).value, "42")
  }),

  "deletes a parameter once, then fails with ParameterDoesNotExist": Effect.gen(function*() {
    yield* Ssm.putParameter({ name: "/app/gone", value: "x" })
    yield* Ssm.deleteParameter("/app/gone")
    assert.deepEqual(
      yield* Effect.flip(Ssm.deleteParameter("/app/gone")),
      new Ssm.ParameterDoesNotExist({ parameter: "/app/gone" })
    )
  }),

  "rejects a malformed parameter name with AWS's error": Effect.gen(function*() {
    const error = yield* Effect.flip(Ssm.putParameter({ name: "/app/with space", value: "x" }))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") {
      assert.strictEqual(error.reason._tag, "Rejected")
      assert.strictEqual(error.code, "ValidationException")
      assert.isFalse(error.isRetryable)
    }
  })
})

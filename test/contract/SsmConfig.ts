// Parameters as Effect's configuration.
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Option, Redacted, Schema } from "effect"
import { Ssm } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const put = (parameters: Readonly<Record<string, string | Redacted.Redacted<string>>>) =>
  Effect.forEach(Object.entries(parameters), ([name, value]) => Ssm.putParameter({ name, value }), { discard: true })

const from = (path: string, options?: Ssm.ConfigProviderOptions) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(Ssm.configProvider(path, options)))

export const ssmConfig = contract("Ssm", {
  "configProvider reads nested keys, lists and secrets below its path": documented(
    "API_GetParametersByPath",
    Effect.gen(function*() {
      yield* put({
        "/app/db": "postgres",
        "/app/db/host": "db.internal",
        "/app/db/password": Redacted.make("hunter2"),
        "/app/servers/0/host": "a",
        "/app/servers/1/host": "b",
        "/apple": "other",
        "/app2/db": "other"
      })
      yield* Ssm.send(new PutParameterCommand({ Name: "/app/zones", Value: "a,b", Type: "StringList" }))
      const read = Config.all({
        db: Config.String("db"),
        host: Config.String("host").pipe(Config.nested("db")),
        servers: Config.schema(Schema.Array(Schema.Struct({ host: Schema.String })), "servers"),
        zones: Config.schema(Schema.Array(Schema.String), "zones")
      })
      assert.deepEqual(yield* read.pipe(from("/app")), {
        db: "postgres",
        host: "db.internal",
        servers: [{ host: "a" }, { host: "b" }],
        zones: ["a", "b"]
      })
      const password = yield* Config.Redacted("password").pipe(Config.nested("db"), from("/app/"))
      assert.strictEqual(Redacted.value(password), "hunter2")
    })
  ),

  "configProvider reads all pages": documented(
    "API_GetParametersByPath",
    Effect.gen(function*() {
      yield* put(Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`/pages/a/k${i}`, `${i}`])))
      const all = Config.schema(Schema.Record(Schema.String, Schema.Int), "a")
      assert.strictEqual(Object.values(yield* all.pipe(from("/pages"))).reduce((sum, value) => sum + value), 253)
    })
  ),

  "configProvider leaves a SecureString out without decryption": documented(
    "API_GetParametersByPath",
    Effect.gen(function*() {
      yield* put({ "/app/plain": "x", "/app/secret": Redacted.make("hunter2") })
      const read = Config.all([Config.String("plain"), Config.option(Config.Redacted("secret"))])
      assert.deepEqual(yield* read.pipe(from("/app", { decrypt: false })), ["x", Option.none()])
    })
  ),

  "configProvider under / has parameters whose names have no slash": believed(
    "AWS documents that the parameters at the root level have names with and without a slash",
    Effect.gen(function*() {
      yield* put({ "bare": "1", "/rooted": "2", "/a/b": "3" })
      const read = Config.all([Config.Int("bare"), Config.Int("rooted"), Config.Int("b").pipe(Config.nested("a"))])
      assert.deepEqual(yield* read.pipe(from("/")), [1, 2, 3])
    })
  )
})

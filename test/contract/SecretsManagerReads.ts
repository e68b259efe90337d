// Secrets as the library reads them.
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  PutSecretValueCommand
} from "@aws-sdk/client-secrets-manager"
import { assert } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Redacted, Schema } from "effect"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { believed, contract, documented } from "./Contract.ts"

const create = (Name: string, members: Partial<CreateSecretCommandInput> = {}) =>
  SecretsManager.send(new CreateSecretCommand({ Name, SecretString: `value of ${Name}`, ...members }))

const text = (secret: string, options?: SecretsManager.VersionOptions) =>
  Effect.map(SecretsManager.getSecretText(secret, options), Redacted.value)

export const secretsManagerReads = contract("SecretsManager", {
  "getSecret reads the current version, and another by its stage or its ID": documented(
    "API_GetSecretValue",
    Effect.gen(function*() {
      const { ARN = "", VersionId = "" } = yield* create("app/key", { SecretString: "old" })
      yield* SecretsManager.send(new PutSecretValueCommand({ SecretId: "app/key", SecretString: "new" }))
      const secret = yield* SecretsManager.getSecret("app/key")
      assert.strictEqual(Redacted.value(secret.text!), "new")
      assert.deepEqual([secret.name, secret.arn, secret.stages], ["app/key", ARN, ["AWSCURRENT"]])
      assert.strictEqual(yield* text(ARN, { versionStage: "AWSPREVIOUS" }), "old")
      assert.strictEqual(yield* text("app/key", { versionId: VersionId }), "old")
    })
  ),

  "getSecret reads the bytes of a binary secret": documented(
    "API_GetSecretValue",
    Effect.gen(function*() {
      yield* create("binary", { SecretString: undefined, SecretBinary: Uint8Array.of(0, 255, 128) })
      const { bytes, text } = yield* SecretsManager.getSecret("binary")
      assert.deepEqual([...Redacted.value(bytes!)], [0, 255, 128])
      assert.isUndefined(text)
    })
  ),

  "getSecret fails with SecretDoesNotExist for a missing secret or stage": documented(
    "API_GetSecretValue",
    Effect.gen(function*() {
      yield* create("app/key")
      for (
        const get of [SecretsManager.getSecret("none"), SecretsManager.getSecret("app/key", { versionStage: "mine" })]
      ) {
        assert.strictEqual((yield* Effect.flip(get))._tag, "SecretDoesNotExist")
      }
    })
  ),

  "getSecret fails with SecretMarkedForDeletion for a secret that is": believed(
    "the code is documented; AWS's message is in issues of Terraform's AWS provider",
    Effect.gen(function*() {
      yield* create("app/key")
      yield* SecretsManager.send(new DeleteSecretCommand({ SecretId: "app/key" }))
      assert.strictEqual((yield* Effect.flip(SecretsManager.getSecret("app/key")))._tag, "SecretMarkedForDeletion")
    })
  ),

  "getSecrets reads secrets by names and ARNs, and says why it couldn't read the others": documented(
    "API_BatchGetSecretValue",
    Effect.gen(function*() {
      const names = Array.from({ length: 23 }, (_, i) => `many/${i}`)
      const arns = yield* Effect.forEach(names, (name) => Effect.map(create(name), ({ ARN = "" }) => ARN))
      const asked = [...names, arns[3]!]
      const found = yield* SecretsManager.getSecrets(asked)
      assert.deepEqual([...found.keys()], asked)
      assert.strictEqual(Redacted.value(found.get("many/22")!.text!), "value of many/22")
      assert.strictEqual(found.get(arns[3]!)!.name, "many/3")
      const error = yield* Effect.flip(SecretsManager.getSecrets(["many/1", "many/none", "many/2"]))
      if (error._tag !== "SecretsNotRead") return assert.fail(error.message)
      assert.deepEqual([...error.found.keys()], ["many/1", "many/2"])
      assert.deepEqual(error.failures.map(({ cause, secret }) => [secret, cause._tag]), [[
        "many/none",
        "SecretDoesNotExist"
      ]])
    })
  ),

  "configProvider reads the keys of JSON and the text of other secrets": documented(
    "API_GetSecretValue",
    Effect.gen(function*() {
      yield* create("prod/db", { SecretString: `{"username":"app","password":"hunter2","port":5432}` })
      yield* create("prod/key", { SecretString: "k" })
      const schema = Schema.Struct({
        username: Schema.String,
        password: Schema.Redacted(Schema.String),
        port: Schema.Int
      })
      const one = yield* Config.schema(schema).pipe(
        Effect.provide(ConfigProvider.layer(SecretsManager.configProvider("prod/db")))
      )
      assert.deepEqual([one.username, Redacted.value(one.password), one.port], ["app", "hunter2", 5432])
      const provider = yield* SecretsManager.configProvider({ database: "prod/db", key: "prod/key" })
      assert.strictEqual(Redacted.value(yield* Config.Redacted("key").parse(provider)), "k")
      assert.strictEqual((yield* Config.schema(schema, "database").parse(provider)).port, 5432)
    })
  )
})

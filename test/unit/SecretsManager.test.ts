// Secrets: one, many, and as configuration. The in-memory AWS answers from a table of secrets.
import { BatchGetSecretValueCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Exit, Fiber, Layer, Option, Redacted, Schema } from "effect"
import { InMemory, Retry } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as Ssm from "effect-aws-sdk/Ssm"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"

type Stored = string | Uint8Array | InMemory.Fault

const missing = InMemory.fault({
  code: "ResourceNotFoundException",
  message: "Secrets Manager can't find the specified secret.",
  statusCode: 400
})
const marked = InMemory.fault({
  code: "InvalidRequestException",
  message: "You can't perform this operation on the secret because it was marked for deletion.",
  statusCode: 400
})
const denied = InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 400 })

const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`

const answer = (name: string, value: string | Uint8Array) => ({
  Name: name,
  ARN: arnOf(name),
  VersionId: "v1-v1-v1-v1-v1-v1-v1-v1-v1-v1-v1",
  VersionStages: ["AWSCURRENT"],
  CreatedDate: new Date(0),
  ...(typeof value === "string" ? { SecretString: value } : { SecretBinary: value })
})

/** Answers with the secrets of a table, which can be changed. */
const store = Effect.fnUntraced(function*(table: Record<string, Stored>) {
  const find = (id: string) => {
    const name = Object.keys(table).find((name) => [name, arnOf(name), arnOf(name).slice(0, -7)].includes(id))
    return [name ?? id, name === undefined ? missing : table[name]!] as const
  }
  const isValue = (stored: Stored): stored is string | Uint8Array =>
    typeof stored === "string" || stored instanceof Uint8Array
  yield* InMemory.handle(GetSecretValueCommand, ({ SecretId }) => {
    const [name, stored] = find(SecretId!)
    return isValue(stored) ? Effect.succeed(answer(name, stored)) : Effect.fail(stored)
  })
  yield* InMemory.handle(BatchGetSecretValueCommand, ({ SecretIdList = [] }) => {
    const all = SecretIdList.map((id) => [id, ...find(id)] as const)
    return Effect.succeed({
      // AWS promises no order.
      SecretValues: all.toReversed().flatMap(([, name, stored]) => isValue(stored) ? [answer(name, stored)] : []),
      Errors: all.flatMap(([SecretId, , stored]) =>
        isValue(stored) ? [] : [{ SecretId, ErrorCode: stored.code, Message: stored.message }]
      )
    })
  })
})

const callsOf = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

describe("SecretsManager.getSecret", () => {
  it.effect("returns a text, Redacted", () =>
    Effect.gen(function*() {
      yield* store({ "app/key": "hunter2" })
      for (const id of ["app/key", arnOf("app/key")]) {
        const secret = yield* SecretsManager.getSecret(id)
        assert.strictEqual(Redacted.value(secret.text!), "hunter2")
        assert.isUndefined(secret.bytes)
        assert.deepEqual([secret.name, secret.arn, secret.stages], ["app/key", arnOf("app/key"), ["AWSCURRENT"]])
        assert.notInclude(inspect(secret, { depth: 9 }) + JSON.stringify(secret) + String(secret), "hunter2")
        const json = yield* Effect.exit(Schema.encodeEffect(Schema.toCodecJson(SecretsManager.Secret))(secret))
        assert.isTrue(Exit.isFailure(json))
        assert.notInclude(inspect(json, { depth: 9 }), "hunter2")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("returns bytes, Redacted, of a binary secret, and an empty text", () =>
    Effect.gen(function*() {
      yield* store({ binary: Uint8Array.of(0, 255), empty: "" })
      const { bytes, text } = yield* SecretsManager.getSecret("binary")
      assert.deepEqual([...Redacted.value(bytes!)], [0, 255])
      assert.isUndefined(text)
      assert.strictEqual(Redacted.value((yield* SecretsManager.getSecret("empty")).text!), "")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks for the version and the stage that it's given", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      yield* InMemory.handle(GetSecretValueCommand, ({ SecretId, VersionId, VersionStage }) => {
        asked.push([SecretId, VersionId, VersionStage])
        return Effect.fail(missing)
      })
      const versionId = "v".repeat(32)
      const error = yield* Effect.flip(
        SecretsManager.getSecret("x", { versionId, versionStage: "AWSPREVIOUS" })
      )
      assert.deepEqual(asked, [["x", versionId, "AWSPREVIOUS"]])
      assert.deepEqual(
        error,
        new SecretsManager.SecretDoesNotExist({ secret: "x", versionId, versionStage: "AWSPREVIOUS" })
      )
      assert.include(
        error.message,
        `The secret x with the version ${versionId} and the stage AWSPREVIOUS does not exist`
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("tells a secret that doesn't exist from one that is marked for deletion, and from other refusals", () =>
    Effect.gen(function*() {
      yield* store({ marked, denied })
      const tags = yield* Effect.forEach(
        ["none", "marked", "denied"],
        (id) => Effect.map(Effect.flip(SecretsManager.getSecret(id)), (error) => [error._tag, error.message])
      )
      assert.deepEqual(tags.map(([tag]) => tag), ["SecretDoesNotExist", "SecretMarkedForDeletion", "AwsError"])
      assert.include(tags[0]![1], "The secret none does not exist in this account and region, or has no value yet.")
      assert.include(tags[1]![1], "Restore it")
      yield* InMemory.handle(
        GetSecretValueCommand,
        () =>
          Effect.fail(InMemory.fault({ code: "InvalidRequestException", message: "Another state", statusCode: 400 }))
      )
      assert.strictEqual((yield* Effect.flip(SecretsManager.getSecret("x")))._tag, "AwsError")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with Unreadable if the answer lacks what AWS always sends", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetSecretValueCommand, () => Effect.succeed({ Name: "x", ARN: arnOf("x") }))
      const error = yield* Effect.flip(SecretsManager.getSecret("x"))
      assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "Unreadable")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("SecretsManager.getSecretText and getSecretJson", () => {
  it.effect("decode a text and JSON", () =>
    Effect.gen(function*() {
      yield* store({ text: "hunter2", json: `{"user":"app","password":"hunter2"}` })
      assert.strictEqual(Redacted.value(yield* SecretsManager.getSecretText("text")), "hunter2")
      const schema = Schema.Struct({ user: Schema.String, password: Schema.RedactedFromValue(Schema.String) })
      const { password, user } = yield* SecretsManager.getSecretJson("json", schema)
      assert.deepEqual([user, Redacted.value(password)], ["app", "hunter2"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fail with SecretNotDecodable, and don't show the value", () =>
    Effect.gen(function*() {
      yield* store({ binary: Uint8Array.of(1), text: "{hunter2", json: `{"password":"hunter2"}` })
      const schema = Schema.Struct({ password: Schema.Int })
      const errors = yield* Effect.all([
        Effect.flip(SecretsManager.getSecretText("binary")),
        Effect.flip(SecretsManager.getSecretJson("binary", schema)),
        Effect.flip(SecretsManager.getSecretJson("text", schema)),
        Effect.flip(SecretsManager.getSecretJson("json", schema))
      ])
      for (const error of errors) {
        assert.strictEqual(error._tag, "SecretNotDecodable")
        assert.notInclude(inspect(error, { depth: 9 }) + JSON.stringify(error), "hunter2")
      }
      assert.include(errors[3].message, `["password"]`)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("SecretsManager.getSecrets", () => {
  it.effect("gets twenty in a call, each under what was asked for, once", () =>
    Effect.gen(function*() {
      const names = Array.from({ length: 45 }, (_, i) => `app/${i}`)
      yield* store(Object.fromEntries(names.map((name) => [name, `value of ${name}`])))
      const asked = [...names, ...names, arnOf("app/7"), arnOf("app/8").slice(0, -7)]
      const secrets = yield* SecretsManager.getSecrets(asked)
      assert.deepEqual([...secrets.keys()], [...new Set(asked)])
      for (const name of names) assert.strictEqual(Redacted.value(secrets.get(name)!.text!), `value of ${name}`)
      assert.strictEqual(secrets.get(arnOf("app/7"))!.name, "app/7")
      assert.strictEqual(secrets.get(arnOf("app/8").slice(0, -7))!.name, "app/8")
      assert.strictEqual(yield* callsOf("BatchGetSecretValue"), 3)
      assert.strictEqual((yield* SecretsManager.getSecrets([])).size, 0)
      assert.strictEqual(yield* callsOf("BatchGetSecretValue"), 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with SecretsNotRead, which says why for each, and has the others", () =>
    Effect.gen(function*() {
      yield* store({ a: "hunter2", marked, denied })
      const error = yield* Effect.flip(SecretsManager.getSecrets(["a", "none", "marked", "denied"]))
      if (error._tag !== "SecretsNotRead") return assert.fail(error._tag)
      assert.deepEqual([...error.found.keys()], ["a"])
      assert.strictEqual(Redacted.value(error.found.get("a")!.text!), "hunter2")
      assert.deepEqual(error.failures.map(({ cause, secret }) => [secret, cause._tag]), [
        ["none", "SecretDoesNotExist"],
        ["marked", "SecretMarkedForDeletion"],
        ["denied", "AwsError"]
      ])
      const [, , { cause } = assert.fail()] = error.failures
      assert.strictEqual(cause._tag === "AwsError" && cause.reason._tag, "AccessDenied")
      assert.include(error.message, "3 of 4 secrets could not be read. none: The secret none does not exist")
      assert.notInclude(inspect(error, { depth: 9 }) + JSON.stringify(error), "hunter2")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks again for secrets that AWS failed to read for a transient reason, and only for these", () =>
    Effect.gen(function*() {
      const asked: Array<ReadonlyArray<string>> = []
      yield* InMemory.handle(BatchGetSecretValueCommand, ({ SecretIdList = [] }) => {
        asked.push(SecretIdList)
        const isFirst = asked.length === 1
        return Effect.succeed({
          SecretValues: SecretIdList.filter((id) => !isFirst || id !== "b").map((id) => answer(id, id)),
          Errors: isFirst ? [{ SecretId: "b", ErrorCode: "InternalServiceError", Message: "oops" }] : []
        })
      })
      const fiber = yield* Effect.forkChild(SecretsManager.getSecrets(["a", "b", "c"]))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual([...(yield* Fiber.join(fiber)).keys()], ["a", "b", "c"])
      assert.deepEqual(asked, [["a", "b", "c"], ["b"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks again as often as the policy of the call site says", () =>
    Effect.gen(function*() {
      const error = { SecretId: "a", ErrorCode: "InternalServiceError", Message: "oops" }
      yield* InMemory.handle(BatchGetSecretValueCommand, () => Effect.succeed({ SecretValues: [], Errors: [error] }))
      for (const [policy, calls] of [[Retry.none, 1], [Retry.standard({ attempts: 5 }), 5]] as const) {
        const before = yield* InMemory.calls
        const fiber = yield* Effect.forkChild(Effect.flip(Retry.withPolicy(SecretsManager.getSecrets(["a"]), policy)))
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "SecretsNotRead")
        assert.lengthOf(yield* InMemory.calls, before.length + calls)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails only a name that AWS refuses, although it refuses the whole call", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(BatchGetSecretValueCommand, ({ SecretIdList = [] }) =>
        SecretIdList.includes("b ad")
          ? Effect.fail(InMemory.fault({ code: "ValidationException", message: "Invalid name.", statusCode: 400 }))
          : Effect.succeed({ SecretValues: SecretIdList.map((id) => answer(id, id)) }))
      const error = yield* Effect.flip(SecretsManager.getSecrets(["a", "b ad", "c", "d"]))
      if (error._tag !== "SecretsNotRead") return assert.fail(error._tag)
      assert.deepEqual([...error.found.keys()], ["a", "c", "d"])
      assert.deepEqual(error.failures.map(({ secret }) => secret), ["b ad"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with AwsError if the call is denied, and with Unreadable if the answer lacks a secret", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(BatchGetSecretValueCommand, () => Effect.fail(denied))
      const first = yield* Effect.flip(SecretsManager.getSecrets(["a", "b"]))
      assert.strictEqual(first._tag === "AwsError" && first.reason._tag, "AccessDenied")
      yield* InMemory.handle(BatchGetSecretValueCommand, () => Effect.succeed({ SecretValues: [answer("a", "x")] }))
      const second = yield* Effect.flip(SecretsManager.getSecrets(["a", "b"]))
      assert.strictEqual(second._tag === "AwsError" && second.reason._tag, "Unreadable")
      assert.include(second.message, "SecretValues of b")
    }).pipe(Effect.provide(InMemory.layer())))
})

const from = (secrets: SecretsManager.ConfigSecrets) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(SecretsManager.configProvider(secrets)))

describe("SecretsManager.configProvider", () => {
  it.effect("has the keys of a secret that is JSON, at any depth", () =>
    Effect.gen(function*() {
      yield* store({
        db: JSON.stringify({
          host: "h",
          port: 5432,
          password: "hunter2",
          replicas: [{ host: "a" }, { host: "b" }],
          tls: true,
          none: null,
          empty: "",
          list: []
        })
      })
      const read = Config.all({
        host: Config.String("host"),
        port: Config.Port("port"),
        replicas: Config.schema(Schema.Array(Schema.Struct({ host: Schema.String })), "replicas"),
        tls: Config.Boolean("tls"),
        none: Config.option(Config.String("none")),
        empty: Config.String("empty"),
        list: Config.schema(Schema.Array(Schema.String), "list")
      })
      assert.deepEqual(yield* read.pipe(from("db")), {
        host: "h",
        port: 5432,
        replicas: [{ host: "a" }, { host: "b" }],
        tls: true,
        none: Option.none(),
        empty: "",
        list: []
      })
      const schema = Schema.Struct({ host: Schema.String, password: Schema.Redacted(Schema.String) })
      assert.strictEqual(Redacted.value((yield* Config.schema(schema).pipe(from("db"))).password), "hunter2")
      assert.strictEqual(yield* callsOf("BatchGetSecretValue"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  const paths = (json: unknown, path: ConfigProvider.Path = []): ReadonlyArray<ConfigProvider.Path> =>
    typeof json !== "object" || json === null
      ? [path]
      : Object.entries(json).flatMap(([key, value]) => {
        const below = [...path, Array.isArray(json) ? Number(key) : key]
        return [below, ...paths(value, below)]
      })

  it.effect.prop(
    "has the nodes that Effect's provider of objects has of the JSON",
    [Schema.Record(Schema.String, Schema.Json)],
    ([json]) =>
      Effect.gen(function*() {
        yield* store({ json: JSON.stringify(json) })
        const ours = yield* SecretsManager.configProvider("json")
        const theirs = ConfigProvider.fromUnknown(JSON.parse(JSON.stringify(json)), { preserveEmptyStrings: true })
        for (const path of [...paths(json), ["none"]].filter((path) => path.length > 0)) {
          assert.deepEqual(yield* ours.load(path), yield* theirs.load(path))
        }
      }).pipe(Effect.provide(InMemory.layer()))
  )

  it.effect("has the keys of JSON after a byte order mark", () =>
    Effect.gen(function*() {
      yield* store({ db: `\uFEFF{"host":"h"}` })
      assert.strictEqual(yield* Config.String("host").pipe(from("db")), "h")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps all digits of a number", () =>
    Effect.gen(function*() {
      yield* store({ x: `{"account":12345678901234567890,"ratio":0.10,"list":[100000000000000000001]}` })
      const read = Config.all([
        Config.String("account"),
        Config.String("ratio"),
        Config.schema(Schema.Array(Schema.String), "list")
      ])
      assert.deepEqual(yield* read.pipe(from("x")), ["12345678901234567890", "0.10", ["100000000000000000001"]])
    }).pipe(Effect.provide(InMemory.layer())))

  for (const text of ["hunter2", "12345", "true", `"quoted"`, "{not json", "a,b", ""]) {
    it.effect(`has one value of a secret whose text is ${JSON.stringify(text)}`, () =>
      Effect.gen(function*() {
        yield* store({ key: text })
        assert.strictEqual(Redacted.value(yield* Config.Redacted().pipe(from("key"))), text)
        const named = Config.Redacted("apiKey").pipe(from({ apiKey: "key" }))
        assert.strictEqual(Redacted.value(yield* named), text)
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("has several secrets under their names, or under keys of the caller's", () =>
    Effect.gen(function*() {
      yield* store({ "app/db": `{"host":"h"}`, "app/db/tls": "on", "app": `{"db":{"port":1}}`, "key": "k" })
      const read = Config.all([
        Config.schema(Schema.String, ["app", "db", "host"]),
        Config.schema(Schema.String, ["app", "db", "port"]),
        Config.schema(Schema.String, ["app", "db", "tls"]),
        Config.String("key"),
        Config.schema(Schema.String, ["app/db", "host"])
      ])
      const ids = ["app/db", arnOf("app/db/tls"), "app", "key"]
      assert.deepEqual(yield* read.pipe(from(ids)), ["h", "1", "on", "k", "h"])
      assert.deepEqual(yield* read.pipe(from(ids.toReversed())), ["h", "1", "on", "k", "h"])
      assert.strictEqual(yield* callsOf("BatchGetSecretValue"), 2)
      const own = Config.all([
        Config.schema(Schema.String, ["database", "host"]),
        Config.String("a"),
        Config.String("b")
      ])
      assert.deepEqual(yield* own.pipe(from({ database: "app/db", a: "key", b: "key" })), ["h", "k", "k"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has the text of a secret that is JSON, too", () =>
    Effect.gen(function*() {
      yield* store({ db: `{"host":"h"}` })
      const schema = Schema.fromJsonString(Schema.Struct({ host: Schema.String }))
      assert.deepEqual(yield* Config.schema(schema).pipe(from("db")), { host: "h" })
      assert.strictEqual(Redacted.value(yield* Config.Redacted("x").pipe(from({ x: "db" }))), `{"host":"h"}`)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has the elements of a secret that is a JSON array, for every Config of arrays", () =>
    Effect.gen(function*() {
      yield* store({ zones: `["a,b","c"]`, app: `{"x":1}`, "app/zones": `["d","e"]` })
      for (const zones of [Config.Array(Schema.String, "zones"), Config.schema(Schema.Array(Schema.String), "zones")]) {
        assert.deepEqual(yield* zones.pipe(from({ zones: "zones" })), ["a,b", "c"])
        assert.deepEqual(yield* zones.pipe(Config.nested("app"), from(["app", "app/zones"])), ["d", "e"])
      }
      assert.deepEqual(yield* Config.Array(Schema.String).pipe(from("zones")), ["a,b", "c"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes a slash in the keys of secrets for a level, and names the secret of such a key", () =>
    Effect.gen(function*() {
      yield* store({ "prod/db": `{"host":"h"}` })
      for (const secrets of [{ "prod/db": "prod/db" }, ["prod/db"]] as ReadonlyArray<SecretsManager.ConfigSecrets>) {
        for (const path of [["prod", "db"], ["prod/db"]]) {
          assert.deepEqual(yield* Config.schema(Schema.String, [...path, "host"]).pipe(from(secrets)), "h")
          const missing = Config.schema(Schema.String, [...path, "port"])
          const error = yield* Effect.flip(missing.pipe(SecretsManager.explainConfigErrors, from(secrets)))
          assert.include(error.message, "in the key port of the secret prod/db, which does not exist")
        }
        assert.strictEqual(yield* Config.String("prod/db/host").pipe(from(secrets)), "h")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails at the start if a secret can't be read, is binary, or isn't named", () =>
    Effect.gen(function*() {
      yield* store({ marked, denied, binary: Uint8Array.of(1), a: "x" })
      const tagOf = (secrets: SecretsManager.ConfigSecrets) =>
        Effect.map(Effect.flip(SecretsManager.configProvider(secrets)), (error) => error._tag)
      assert.deepEqual(
        yield* Effect.forEach(["none", "marked", "denied", "binary", ["a", "none"], { x: "binary" }], tagOf),
        [
          "SecretDoesNotExist",
          "SecretMarkedForDeletion",
          "AwsError",
          "SecretNotDecodable",
          "SecretsNotRead",
          "SecretNotDecodable"
        ]
      )
      const before = yield* InMemory.calls
      const unset = undefined as any
      for (const secrets of [[], {}, "", ["a", ""], unset, null as any, [unset], { a: "a", b: unset }]) {
        const error = yield* Effect.flip(SecretsManager.configProvider(secrets))
        assert.deepEqual(error._tag === "AwsError" && [error.reason._tag, error.code], [
          "Misconfigured",
          "InvalidSecrets"
        ])
      }
      assert.lengthOf(yield* InMemory.calls, before.length)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reads the secrets anew after ttl, and keeps the values if one has gone", () =>
    Effect.gen(function*() {
      const table: Record<string, Stored> = { db: `{"password":"old"}` }
      yield* store(table)
      const provider = yield* SecretsManager.configProvider("db", { ttl: "5 minutes" })
      const password = Effect.map(Config.Redacted("password").parse(provider), Redacted.value)
      table["db"] = `{"password":"new"}`
      assert.strictEqual(yield* password, "old")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* password, "new")
      table["db"] = marked
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* password, "new")
      table["db"] = `{"password":"newest"}`
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* password, "newest")
      assert.strictEqual(yield* callsOf("GetSecretValue"), 4)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("shows no value, and names the secret of a key that is missing", () =>
    Effect.gen(function*() {
      yield* store({ "app/db": `{"password":"hunter2"}`, "key": "hunter2" })
      const explained = <A>(config: Config.Config<A>, secrets: SecretsManager.ConfigSecrets) =>
        Effect.flip(config.pipe(SecretsManager.explainConfigErrors, from(secrets))).pipe(
          Effect.tap((error) =>
            Effect.sync(() => assert.notInclude(inspect(error, { depth: 20 }) + JSON.stringify(error), "hunter2"))
          ),
          Effect.map((error) => error instanceof Config.ConfigError ? error.message : String(error))
        )
      assert.include(
        yield* explained(Config.String("host"), "app/db"),
        "in the key host of the secret app/db, which does not exist"
      )
      assert.include(yield* explained(Config.Int("password"), "app/db"), "in the key password of the secret app/db\n")
      assert.include(yield* explained(Config.Int(), "key"), "in the secret key")
      assert.include(
        yield* explained(Config.schema(Schema.String, ["app", "db", "host"]), ["key", "app/db"]),
        "in the key host of the secret app/db, which does not exist"
      )
      assert.include(yield* explained(Config.Int("x"), { x: "key" }), "in the secret key\n")
      assert.include(
        yield* explained(Config.Int("y"), { x: "key" }),
        "in a secret for y, which does not exist"
      )
      const provider = yield* SecretsManager.configProvider({ x: "key" })
      assert.notInclude(inspect(provider, { depth: 20, showHidden: true }) + JSON.stringify(provider), "hunter2")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("SecretsManager.layerConfigProvider", () => {
  it.effect("has a secret of one value at the root, although the environment is there, too", () =>
    Effect.gen(function*() {
      yield* store({ key: "hunter2" })
      const read = Config.all([Config.Redacted(), Config.String("host"), Config.option(Config.String("other"))])
      const env = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { host: "h" } }))
      for (const asPrimary of [false, true]) {
        const [secret, ...others] = yield* Effect.provide(
          read,
          SecretsManager.layerConfigProvider("key", { asPrimary }).pipe(Layer.provide(env))
        )
        assert.strictEqual(Redacted.value(secret), "hunter2")
        assert.deepEqual(others, ["h", Option.none()])
      }
      // A value of the program's own still comes first.
      const own = ConfigProvider.layer(ConfigProvider.fromUnknown("own"))
      const first = yield* Effect.provide(
        Config.String(),
        SecretsManager.layerConfigProvider("key").pipe(Layer.provide(own))
      )
      assert.strictEqual(first, "own")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stacks with the parameters and the environment", () =>
    Effect.gen(function*() {
      yield* store({ db: `{"host":"secret","password":"secret"}` })
      yield* Ssm.putParameter({ name: "/prod/host", value: "parameter" })
      yield* Ssm.putParameter({ name: "/prod/port", value: "parameter" })
      const read = Config.all([
        Config.String("host"),
        Config.String("port"),
        Config.String("password"),
        Config.String("env")
      ])
      const env = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { env: "environment" } }))
      const stacked = (asPrimary: boolean) =>
        SecretsManager.layerConfigProvider("db", { asPrimary }).pipe(
          Layer.provideMerge(Ssm.layerConfigProvider("/prod")),
          Layer.provide(env)
        )
      assert.deepEqual(
        yield* Effect.provide(read, stacked(false)),
        ["parameter", "parameter", "secret", "environment"]
      )
      assert.deepEqual(yield* Effect.provide(read, stacked(true)), ["secret", "parameter", "secret", "environment"])
      yield* store({})
      const error = yield* Effect.flip(Effect.provide(read, stacked(true)))
      assert.strictEqual(error._tag, "SecretDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))
})

// Parameters as configuration: what Config reads, when AWS is asked, and what happens while AWS is away.
import { GetParametersByPathCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import {
  Config,
  ConfigProvider,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  Redacted,
  References,
  Schema,
  Tracer
} from "effect"
import { type Aspect, AwsClients, InMemory, Retry, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"

const put = (parameters: Readonly<Record<string, string | Redacted.Redacted<string>>>) =>
  Effect.forEach(
    Object.entries(parameters),
    ([name, value]) => Ssm.putParameter({ name, value, overwrite: true }),
    { discard: true }
  )

const list = (Name: string, Value: string) => Ssm.send(new PutParameterCommand({ Name, Value, Type: "StringList" }))

const sweeps = Effect.map(
  InMemory.calls,
  (calls) => calls.filter(({ operation }) => operation === "GetParametersByPath").length
)

/** Runs an effect with the parameters under a path as its only configuration. */
const from = (path: string, options?: Ssm.ConfigProviderOptions) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(Ssm.configProvider(path, options)))

const messageOf = <A, R>(config: Effect.Effect<A, Config.ConfigError, R>) =>
  Effect.map(Effect.flip(config), ({ message }) => message)

/** Runs an effect and collects what it logs. */
const logged = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    lines.push(`${logLevel}: ${inspect(message, { depth: 20 })}`)
  })
  const exit = yield* effect.pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(References.MinimumLogLevel, "Debug"),
    Effect.exit
  )
  return [exit, lines] as const
})

describe("the keys of Ssm.configProvider", () => {
  it.effect("are the names of the parameters below the path", () =>
    Effect.gen(function*() {
      yield* put({
        "/app/port": "8080",
        "/app/database/host": "db.internal",
        "/app/database/timeout": "2 seconds",
        "/app/database/password": Redacted.make("hunter2"),
        "/app/pin": Redacted.make("1234"),
        "/app/feature.flags/dark-mode": "yes",
        "/app/a/b/c/d/e/f": "deep",
        "/apple/port": "1"
      })
      const program = Effect.gen(function*() {
        assert.strictEqual(yield* Config.Port("port"), 8080)
        const database = yield* Config.schema(
          Schema.Struct({
            host: Schema.String,
            timeout: Schema.DurationFromString,
            password: Schema.Redacted(Schema.String)
          }),
          "database"
        )
        assert.strictEqual(database.host, "db.internal")
        assert.isTrue(Duration.Equivalence(database.timeout, Duration.seconds(2)))
        assert.strictEqual(Redacted.value(database.password), "hunter2")
        assert.strictEqual(Redacted.value(yield* Config.schema(Schema.Redacted(Schema.Int), "pin")), 1234)
        assert.isTrue(yield* Config.Boolean("dark-mode").pipe(Config.nested("feature.flags")))
        assert.strictEqual(yield* Config.schema(Schema.String, ["a", "b", "c", "d", "e", "f"]), "deep")
        assert.strictEqual(yield* Config.String("database/host"), "db.internal")
      })
      yield* program.pipe(from("/app"))
      yield* program.pipe(from("/app/"))
      yield* program.pipe(Effect.provide(ConfigProvider.layer(
        Effect.map(Ssm.configProvider("/"), ConfigProvider.nested("app"))
      )))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("include parameters whose names have no slash, under /", () =>
    Effect.gen(function*() {
      yield* put({ "bare": "x", "/rooted": "y" })
      assert.deepEqual(
        yield* Config.all([Config.String("bare"), Config.String("rooted")]).pipe(from("/")),
        ["x", "y"]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can have a value and keys below them", () =>
    Effect.gen(function*() {
      yield* put({ "/app/db": "postgres", "/app/db/host": "h", "/app/db/host/alias": "a" })
      const read = Config.all({
        db: Config.String("db"),
        host: Config.schema(Schema.String, ["db", "host"]),
        alias: Config.schema(Schema.String, ["db", "host", "alias"]),
        struct: Config.schema(Schema.Struct({ host: Schema.String }), "db")
      })
      assert.deepEqual(yield* read.pipe(from("/app")), {
        db: "postgres",
        host: "h",
        alias: "a",
        struct: { host: "h" }
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("are an array if they are its indexes, and names if there is a gap", () =>
    Effect.gen(function*() {
      yield* put({
        ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`/app/servers/${i}/host`, `h${i}`])),
        "/app/owners/123456789012": "audit",
        "/app/owners/4294967294": "x"
      })
      const servers = Config.schema(Schema.Array(Schema.Struct({ host: Schema.String })), "servers")
      assert.deepEqual(
        yield* servers.pipe(from("/app")),
        Array.from({ length: 12 }, (_, i) => ({ host: `h${i}` }))
      )
      const owners = Config.schema(Schema.Record(Schema.String, Schema.String), "owners")
      assert.deepEqual(yield* owners.pipe(from("/app")), { "123456789012": "audit", "4294967294": "x" })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of a StringList are its elements, also empty ones, and its text", () =>
    Effect.gen(function*() {
      yield* list("/app/hosts", "a,,b, c")
      yield* list("/app/one", "x")
      yield* list("/app/mixed", "x,y")
      yield* put({ "/app/mixed/0": "own" })
      const read = Config.all({
        schema: Config.schema(Schema.Array(Schema.String), "hosts"),
        array: Config.Array(Schema.String, "hosts"),
        text: Config.String("hosts"),
        one: Config.schema(Schema.Array(Schema.String), "one"),
        mixed: Config.schema(Schema.Array(Schema.String), "mixed"),
        mixedText: Config.String("mixed")
      })
      assert.deepEqual(yield* read.pipe(from("/app")), {
        schema: ["a", "", "b", " c"],
        array: ["a", "", "b", " c"],
        text: "a,,b, c",
        one: ["x"],
        mixed: ["own"],
        mixedText: "x,y"
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can be translated: from constant case, and with a prefix", () =>
    Effect.gen(function*() {
      yield* put({ "/app/DATABASE_URL": "x", "/app/prod/host": "h" })
      const provider = yield* Ssm.configProvider("/app")
      assert.strictEqual(yield* Config.String("databaseUrl").parse(ConfigProvider.constantCase(provider)), "x")
      assert.strictEqual(yield* Config.String("host").parse(ConfigProvider.nested(provider, "prod")), "h")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of names that every object has are only what is stored", () =>
    Effect.gen(function*() {
      yield* put({ "/app/__proto__/x": "1", "/app/constructor": "2" })
      const read = Config.all({
        proto: Config.schema(Schema.String, ["__proto__", "x"]),
        constructor: Config.String("constructor"),
        missing: Config.option(Config.String("toString")),
        all: Config.schema(Schema.Record(Schema.String, Schema.String), "__proto__")
      })
      assert.deepEqual({ ...yield* read.pipe(from("/app")) }, {
        proto: "1",
        constructor: "2",
        missing: Option.none(),
        all: { x: "1" }
      } as any)
    }).pipe(Effect.provide(InMemory.layer())))

  // A tree of names, each with a value, keys below it, or both.
  type Node = { readonly value?: string; readonly below: Readonly<Record<string, Node>> }
  const Key = Schema.String.check(Schema.isPattern(/^[A-Za-z][A-Za-z0-9_.-]{0,6}$/))
  const Value = Schema.String.check(Schema.isPattern(/^[ -z|~]{1,12}$/))
  const leaf = Schema.Struct({ value: Value, below: Schema.Struct({}) })
  const level = <S extends Schema.Top>(inner: S) =>
    Schema.Struct({ value: Schema.optionalKey(Value), below: Schema.Record(Key, inner) })
  const Root = Schema.Record(Key, level(level(leaf)))

  const flat = (nodes: Readonly<Record<string, Node>>, path: ReadonlyArray<string>): ReadonlyArray<
    readonly [ReadonlyArray<string>, string]
  > =>
    Object.entries(nodes).flatMap(([key, { below, value }]) => [
      ...(value === undefined ? [] : [[[...path, key], value] as const]),
      ...flat(below, [...path, key])
    ])

  it.effect.prop("reads back any tree of parameters", [Root], ([root]) =>
    Effect.gen(function*() {
      const parameters = flat(root as any, [])
      // AWS answers in pages of ten, in an order of its own.
      yield* InMemory.handle(GetParametersByPathCommand, () =>
        Effect.succeed({
          Parameters: parameters.toReversed().map(([path, Value]) => ({
            Name: `/app/${path.join("/")}`,
            Value,
            Type: "String" as const,
            Version: 1
          }))
        }))
      const provider = yield* Ssm.configProvider("/app")
      for (const [path, value] of parameters) {
        assert.strictEqual(yield* Config.schema(Schema.String, path).parse(provider), value)
      }
      for (const [key, { below }] of Object.entries(root)) {
        const node = yield* provider.load([key])
        assert.deepEqual(
          node?._tag === "Record" ? [...node.keys].sort() : [],
          Object.entries(below).filter(([, node]) => flat({ node: node as any }, []).length > 0).map(([key]) => key)
            .sort()
        )
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

/** All paths of a JSON value, with numbers for the indexes of arrays. */
const pathsOf = (json: unknown, path: ConfigProvider.Path = []): ReadonlyArray<ConfigProvider.Path> =>
  typeof json !== "object" || json === null
    ? [path]
    : [
      path,
      ...(Array.isArray(json) ? json.map((value, i) => [i, value] as const) : Object.entries(json)).flatMap(
        ([key, value]) => pathsOf(value, [...path, key])
      )
    ]

describe("Ssm.configProvider and Effect's provider of objects", () => {
  const Key = Schema.String.check(Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_.-]{0,6}$/))
  const Value = Schema.String.check(Schema.isPattern(/^[ -z|~]{1,12}$/))
  const level = <S extends Schema.Top>(inner: S) =>
    Schema.Union([
      Value,
      Schema.Array(inner).check(Schema.isMinLength(1)),
      Schema.Record(Key, inner).check(Schema.isMinProperties(1))
    ])
  const Root = Schema.Record(Key, level(level(level(Value)))).check(Schema.isMinProperties(1))

  it.effect.prop("have the same nodes at all paths", [Root], ([root]) =>
    Effect.gen(function*() {
      const parameters = pathsOf(root).flatMap((path) => {
        const value = path.reduce<any>((json, key) => json[key], root)
        return typeof value === "string"
          ? [{ Name: `/app/${path.join("/")}`, Value: value, Type: "String" as const, Version: 1 }]
          : []
      })
      yield* InMemory.handle(GetParametersByPathCommand, () => Effect.succeed({ Parameters: parameters }))
      const ours = yield* Ssm.configProvider("/app")
      const theirs = ConfigProvider.fromUnknown(root)
      for (const path of [...pathsOf(root), ["none"], [...pathsOf(root).at(-1)!, "none"]]) {
        assert.deepEqual(yield* ours.load(path), yield* theirs.load(path))
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a missing or wrong value of Ssm.configProvider", () => {
  it.effect("is a default, an option or another key, as with any provider", () =>
    Effect.gen(function*() {
      yield* put({ "/app/other": "x" })
      const read = Config.all({
        default: Config.Int("port").pipe(Config.withDefault(1)),
        option: Config.option(Config.String("host")),
        orElse: Config.String("host").pipe(Config.orElse(() => Config.String("other"))),
        struct: Config.schema(Schema.Struct({ a: Schema.String }), "database").pipe(Config.withDefault(undefined))
      })
      assert.deepEqual(yield* read.pipe(from("/app")), {
        default: 1,
        option: Option.none(),
        orElse: "x",
        struct: undefined
      })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is named with its parameter by explainConfigErrors", () =>
    Effect.gen(function*() {
      yield* put({ "/app/port": "http", "/app/database/name": "x", "/app/secret": Redacted.make("s3cr3t") })
      const explained = <A>(config: Config.Config<A>, options?: Ssm.ConfigProviderOptions) =>
        messageOf(config.pipe(Ssm.explainConfigErrors, from("/app", options)) as Effect.Effect<A, Config.ConfigError>)
      assert.strictEqual(
        yield* explained(Config.String()),
        "SchemaError(Expected string, in the SSM parameters under /app)"
      )
      assert.strictEqual(
        yield* explained(Config.String("host").pipe(Config.nested("database"))),
        `SchemaError(Expected string, in the SSM parameter /app/database/host, which does not exist\n  at ["database"]["host"])`
      )
      assert.strictEqual(
        yield* explained(Config.Int("port")),
        `SchemaError(Expected a string representing a finite number, in the SSM parameter /app/port\n  at ["port"])`
      )
      assert.include(
        yield* explained(Config.schema(Schema.Struct({ name: Schema.Int, host: Schema.String }), "database")),
        "in the SSM parameter /app/database/name"
      )
      assert.include(
        yield* explained(Config.Redacted("secret"), { decrypt: false }),
        "in the SSM parameter /app/secret, which is a SecureString, and `decrypt` is false"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is named once, however often its error is explained", () =>
    Effect.gen(function*() {
      const host = Ssm.explainConfigErrors(Config.String("host")) as Effect.Effect<string, Config.ConfigError>
      const message = (effect: typeof host) =>
        messageOf(effect.pipe(from("/app")) as Effect.Effect<string, Config.ConfigError, AwsClients>)
      assert.strictEqual(yield* message(Ssm.explainConfigErrors(host)), yield* message(host))
      assert.include(yield* message(host), "in the SSM parameter /app/host, which does not exist")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is named as the provider translates its key, with each place that was asked", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1", "/base/x": "1" })
      const first = ConfigProvider.constantCase(yield* Ssm.configProvider("/app"))
      const provider = ConfigProvider.orElse(first, yield* Ssm.configProvider("/base"))
      const message = yield* messageOf(
        Config.String("databaseUrl").pipe(
          Ssm.explainConfigErrors,
          Effect.provideService(ConfigProvider.ConfigProvider, provider)
        )
      )
      assert.include(
        message,
        "in the SSM parameter /app/DATABASE_URL, which does not exist or the SSM parameter /base/databaseUrl, which does not exist"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("says where no provider of this library was asked, once", () =>
    Effect.gen(function*() {
      yield* put({ "/app/limit": "1" })
      const outside = Config.String("limit").pipe(
        Ssm.explainConfigErrors,
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({})))
      )
      // The Layer is there for the outer one, and wasn't for the lookup.
      const message = yield* messageOf(
        outside.pipe(Ssm.explainConfigErrors, Effect.provide(Ssm.layerConfigProvider("/app"))) as typeof outside
      )
      assert.strictEqual(
        message,
        "SchemaError(Expected string, which no ConfigProvider of effect-aws-sdk was asked for: provide one where the lookup " +
          "runs, and not only where a Layer is built\n  at [\"limit\"])"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of a value that another provider has, and other errors, are as they were", () =>
    Effect.gen(function*() {
      const config = Config.Int("host")
      const other = ConfigProvider.fromUnknown({ host: "x" })
      const unexplained = yield* Effect.flip(config.parse(other))
      const explained = yield* config.pipe(
        Ssm.explainConfigErrors,
        Effect.provideService(ConfigProvider.ConfigProvider, other),
        Effect.flip
      )
      assert.strictEqual(explained.message, unexplained.message)
      assert.strictEqual(yield* Effect.flip(Ssm.explainConfigErrors(Effect.fail("other"))), "other")
      assert.strictEqual(yield* Ssm.explainConfigErrors(Effect.succeed(1)), 1)
    }))

  it.effect("is named in the debug log with its parameter", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const [, lines] = yield* logged(Config.option(Config.String("host")).pipe(from("/app")))
      assert.include(lines.join("\n"), "Config asked for the SSM parameter /app/host, which does not exist")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a SecureString in Ssm.configProvider", () => {
  const secret = "hunter2-hunter2"

  it.effect("shows in no message of any Config, no log, no span and no provider", () =>
    Effect.gen(function*() {
      yield* put({ "/app/secret": Redacted.make(secret), "/app/nested/secret": Redacted.make(secret) })
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const configs: ReadonlyArray<Config.Config<unknown>> = [
        Config.Int("secret"),
        Config.Number("secret"),
        Config.Finite("secret"),
        Config.Boolean("secret"),
        Config.Duration("secret"),
        Config.Port("secret"),
        Config.LogLevel("secret"),
        Config.URL("secret"),
        Config.Date("secret"),
        Config.ByteSize("secret"),
        Config.Literal("a", "secret"),
        Config.Literals(["a", "b"], "secret"),
        Config.Array(Schema.Int, "secret"),
        Config.Record(Schema.String, Schema.Int, "nested"),
        Config.schema(Schema.String.check(Schema.isMaxLength(1)), "secret"),
        Config.schema(Schema.fromJsonString(Schema.Struct({ a: Schema.Int })), "secret"),
        Config.schema(Schema.Struct({ secret: Schema.Int }), "nested"),
        Config.schema(Schema.Redacted(Schema.Int), "secret")
      ]
      const [exit, lines] = yield* logged(
        Effect.gen(function*() {
          const provider = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
          assert.notInclude(
            inspect(provider, { depth: 20, showHidden: true }) + JSON.stringify(provider) + String(provider),
            secret
          )
          for (const config of configs) {
            const errors = yield* Effect.all([
              Effect.flip(config.parse(provider)),
              config.pipe(
                Ssm.explainConfigErrors,
                Effect.provideService(ConfigProvider.ConfigProvider, provider),
                Effect.flip
              )
            ])
            for (const error of errors) {
              const shown = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error)]
              assert.notInclude(shown.join("\n"), secret)
              yield* Effect.logError(error)
            }
          }
          yield* TestClock.adjust("2 minutes")
          return yield* Config.Redacted("secret").parse(provider)
        }).pipe(Effect.withTracer(tracer))
      )
      assert.isTrue(Exit.isSuccess(exit))
      if (Exit.isSuccess(exit)) {
        assert.strictEqual(Redacted.value(exit.value), secret)
        assert.notInclude(inspect(exit.value), secret)
      }
      assert.isAbove(lines.length, configs.length)
      assert.notInclude(lines.join("\n"), secret)
      assert.isAtLeast(spans.length, 2)
      // What an exporter sends. The exit of a span stays in the process.
      const exported = spans.map(({ attributes, events, name }) => ({ name, attributes, events }))
      assert.notInclude(inspect(exported, { depth: 20 }), secret)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is missing without decryption", () =>
    Effect.gen(function*() {
      yield* put({ "/app/secret": Redacted.make(secret), "/app/plain": "x" })
      const read = Config.all([Config.option(Config.Redacted("secret")), Config.String("plain")])
      assert.deepEqual(yield* read.pipe(from("/app", { decrypt: false })), [Option.none(), "x"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("building Ssm.configProvider", () => {
  it.effect("reads all pages in one sweep, and lookups make no call", () =>
    Effect.gen(function*() {
      yield* put(Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`/app/k${i}`, `${i}`])))
      const provider = yield* Ssm.configProvider("/app")
      assert.strictEqual(yield* sweeps, 3)
      for (let i = 0; i < 25; i++) assert.strictEqual(yield* Config.Int(`k${i}`).parse(provider), i)
      yield* TestClock.adjust("365 days")
      assert.strictEqual(yield* Config.Int("k7").parse(provider), 7)
      assert.strictEqual(yield* sweeps, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with AwsError if the permission is missing, also as a Layer", () =>
    Effect.gen(function*() {
      const fault = InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 400 })
      yield* InMemory.inject({ operation: "GetParametersByPath", fault })
      const error = yield* Effect.flip(Ssm.configProvider("/app"))
      assert.strictEqual(error.reason._tag, "AccessDenied")
      const layered = yield* Effect.flip(Effect.provide(Effect.void, Ssm.layerConfigProvider("/app")))
      assert.strictEqual(layered.reason._tag, "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))

  for (const path of ["app", "", "arn:aws:ssm:eu-central-1:123456789012:parameter/app"]) {
    it.effect(`refuses the path "${path}", and says what to pass`, () =>
      Effect.gen(function*() {
        const { code, message, reason } = yield* Effect.flip(Ssm.configProvider(path))
        assert.deepEqual([reason._tag, code], ["Misconfigured", "InvalidPath"])
        assert.include(message, `Pass "/${path}"`)
        assert.deepEqual(yield* InMemory.calls, [])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  const noTtls = [0, -1, NaN, -Infinity, 0n, -1n, "-1 seconds", "soon" as any, Duration.zero]
  for (const ttl of noTtls as ReadonlyArray<Duration.Input>) {
    it.effect(`refuses the ttl ${inspect(ttl)}`, () =>
      Effect.gen(function*() {
        const { code, message, reason } = yield* Effect.flip(Ssm.configProvider("/app", { ttl }))
        assert.deepEqual([reason._tag, code], ["Misconfigured", "InvalidTtl"])
        assert.include(message, `\`ttl\` is ${Duration.isDuration(ttl) ? "0" : String(ttl)}. `)
        assert.deepEqual(yield* InMemory.calls, [])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("refuses a path that isn't set", () =>
    Effect.gen(function*() {
      const { code, message } = yield* Effect.flip(Ssm.configProvider(undefined as any))
      assert.strictEqual(code, "InvalidPath")
      assert.include(message, "the path is undefined")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("warns of a path without parameters", () =>
    Effect.gen(function*() {
      const [exit, lines] = yield* logged(Config.option(Config.String("x")).pipe(from("/none")))
      assert.deepEqual(exit, Exit.succeed(Option.none()))
      assert.include(lines.join("\n"), "Warn: [ 'There are no SSM parameters under /none' ]")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("Ssm.layerConfigProvider", () => {
  class Limits
    extends Context.Service<Limits, { readonly allows: Effect.Effect<boolean, Config.ConfigError> }>()("Limits")
  {
    // The lookup runs in the fiber of the caller.
    static readonly bare = Layer.succeed(Limits, { allows: Effect.map(Config.Int("limit"), (limit) => limit > 10) })

    static readonly captured = Layer.effect(
      Limits,
      Effect.map(ConfigProvider.ConfigProvider, (provider) => ({
        allows: Effect.map(Config.Int("limit"), (limit) => limit > 10).pipe(
          Effect.provideService(ConfigProvider.ConfigProvider, provider)
        )
      }))
    )
  }

  it.effect("serves a service's methods if it's merged with the service, or captured when the service is built", () =>
    Effect.gen(function*() {
      yield* put({ "/app/limit": "11" })
      const configuration = Ssm.layerConfigProvider("/app", { ttl: "1 minute" })
      const allows = Effect.flatMap(Limits, ({ allows }) => allows)
      const message = yield* messageOf(
        Effect.provide(allows, Limits.bare.pipe(Layer.provide(configuration))) as Effect.Effect<
          boolean,
          Config.ConfigError
        >
      )
      assert.include(message, `Expected string`)
      for (
        const layer of [
          Limits.bare.pipe(Layer.provideMerge(configuration)),
          Limits.captured.pipe(Layer.provide(configuration))
        ]
      ) {
        yield* put({ "/app/limit": "11" })
        yield* Effect.gen(function*() {
          assert.isTrue(yield* allows)
          yield* put({ "/app/limit": "9" })
          yield* TestClock.adjust("1 minute")
          assert.isFalse(yield* allows)
        }).pipe(Effect.provide(layer))
      }
    }).pipe(Effect.provide(InMemory.layer())))

  const environment = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { host: "env", only: "env" } }))
  const read = Config.all([Config.String("host"), Config.String("only"), Config.String("port")])

  it.effect("adds the parameters to the present provider, which comes first by default", () =>
    Effect.gen(function*() {
      yield* put({ "/app/host": "ssm", "/app/port": "ssm" })
      const added = Effect.provide(read, Ssm.layerConfigProvider("/app").pipe(Layer.provide(environment)))
      assert.deepEqual(yield* added, ["env", "env", "ssm"])
      const primary = Ssm.layerConfigProvider("/app", { asPrimary: true }).pipe(Layer.provide(environment))
      assert.deepEqual(yield* Effect.provide(read, primary), ["ssm", "env", "ssm"])
      const constant = ConfigProvider.layer(
        ConfigProvider.constantCase(ConfigProvider.fromEnv({ env: { DATABASE_HOST: "env" } }))
      )
      yield* put({ "/app/database/host": "ssm", "/app/database/port": "1" })
      const database = Config.schema(Schema.Struct({ host: Schema.String, port: Schema.Int }), "database")
      assert.deepEqual(
        yield* Effect.provide(database, Ssm.layerConfigProvider("/app").pipe(Layer.provide(constant))),
        { host: "env", port: 1 }
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("refreshes as the provider does", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* Config.String("x"), "1")
        yield* put({ "/app/x": "2" })
        assert.strictEqual(yield* Config.String("x"), "1")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Config.String("x"), "2")
      }).pipe(Effect.provide(Ssm.layerConfigProvider("/app", { ttl: "1 minute" })))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the refresh of Ssm.configProvider", () => {
  const x = (provider: ConfigProvider.ConfigProvider) => Config.String("x").parse(provider)

  it.effect("is made by the first lookup after ttl, once for a thousand lookups at a time", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "5 minutes" })
      yield* put({ "/app/x": "2", "/app/y": "new" })
      yield* TestClock.adjust("299 seconds")
      assert.strictEqual(yield* x(provider), "1")
      assert.strictEqual(yield* sweeps, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* sweeps, 1)
      const values = yield* Effect.all(Array.from({ length: 1_000 }, () => x(provider)), { concurrency: "unbounded" })
      assert.deepEqual(new Set(values), new Set(["2"]))
      assert.strictEqual(yield* sweeps, 2)
      assert.strictEqual(yield* Config.String("y").parse(provider), "new")
      yield* TestClock.adjust("299 seconds")
      yield* x(provider)
      assert.strictEqual(yield* sweeps, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("forgets parameters that are deleted", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1", "/app/y": "1" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "5 minutes" })
      yield* Ssm.deleteParameter("/app/x")
      yield* TestClock.adjust("5 minutes")
      assert.isTrue(Option.isNone(yield* Config.option(Config.String("x")).parse(provider)))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the values while AWS is away, warns, and tries again after a pause", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const [exit, lines] = yield* logged(Effect.gen(function*() {
        const provider = yield* Ssm.configProvider("/app", { ttl: "5 minutes" })
        yield* put({ "/app/x": "2" })
        const fault = InMemory.fault({ code: "AccessDeniedException", message: "not now", statusCode: 400 })
        yield* InMemory.inject({ operation: "GetParametersByPath", times: 2, fault })
        yield* TestClock.adjust("6 minutes")
        for (let i = 0; i < 10; i++) assert.strictEqual(yield* x(provider), "1")
        assert.strictEqual(yield* sweeps, 2)
        yield* TestClock.adjust("30 seconds")
        for (let i = 0; i < 10; i++) assert.strictEqual(yield* x(provider), "1")
        assert.strictEqual(yield* sweeps, 3)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* x(provider), "2")
        assert.strictEqual(yield* sweeps, 4)
      }))
      assert.isTrue(Exit.isSuccess(exit), inspect(exit))
      const warnings = lines.filter((line) => line.startsWith("Warn"))
      assert.lengthOf(warnings, 2)
      assert.include(warnings[0], "Couldn't read the parameters under /app anew. The values of 6m ago stay in use.")
      assert.include(warnings[0], "A lookup tries again in 30s")
      assert.include(warnings[0], "not now")
      assert.include(warnings[1], "The values of 6m 30s ago")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("pauses for ttl after a failure if that is shorter", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "5 seconds" })
      yield* InMemory.inject({
        operation: "GetParametersByPath",
        times: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 400 })
      })
      yield* TestClock.adjust("5 seconds")
      yield* x(provider)
      yield* TestClock.adjust("5 seconds")
      yield* x(provider)
      assert.strictEqual(yield* sweeps, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives up on AWS after ten seconds, and has the last values then", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const [exit, lines] = yield* logged(Effect.gen(function*() {
        const provider = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
        yield* InMemory.handle(GetParametersByPathCommand, () => Effect.never)
        yield* TestClock.adjust("1 minute")
        const fiber = yield* Effect.forkChild(x(provider))
        yield* TestClock.adjust("9 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        return yield* Fiber.join(fiber)
      }))
      assert.deepEqual(exit, Exit.succeed("1"))
      assert.include(lines.join("\n"), "AWS didn't answer within 10s")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for as long as a large sweep takes", () =>
    Effect.gen(function*() {
      const answer = yield* Effect.succeed((Value: string) =>
        InMemory.handle(GetParametersByPathCommand, () =>
          Effect.delay(
            Effect.succeed({ Parameters: [{ Name: "/app/x", Value, Type: "String" as const, Version: 1 }] }),
            "20 seconds"
          ))
      )
      yield* answer("1")
      const building = yield* Effect.forkChild(Ssm.configProvider("/app", { ttl: "1 minute" }))
      yield* TestClock.adjust("20 seconds")
      const provider = yield* Fiber.join(building)
      yield* answer("2")
      yield* TestClock.adjust("1 minute")
      const fiber = yield* Effect.forkChild(x(provider))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "2")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("goes on while one lookup waits for it, and leaves the provider usable when all are interrupted", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
      const gate = yield* Deferred.make<void>()
      let interrupted = 0
      let begun = 0
      yield* InMemory.handle(GetParametersByPathCommand, () =>
        Effect.gen(function*() {
          begun++
          yield* Deferred.await(gate)
          return { Parameters: [{ Name: "/app/x", Value: "2", Type: "String" as const, Version: 1 }] }
        }).pipe(Effect.onInterrupt(() => Effect.sync(() => interrupted++))))
      yield* TestClock.adjust("1 minute")

      const all = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(x(provider)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(begun, 1)
      yield* Effect.forEach(all, Fiber.interrupt)
      yield* TestClock.adjust("1 second")

      const [first, second] = yield* Effect.all([Effect.forkChild(x(provider)), Effect.forkChild(x(provider))])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(begun, 2)
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(second), "2")
      assert.strictEqual(yield* x(provider), "2")
      assert.strictEqual(begun, 2)
      assert.isAtMost(interrupted, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is made once even if what makes its calls reads Config", () => {
    const limited: Aspect.Aspect = (send) => (call) =>
      Effect.andThen(Effect.orDie(Config.option(Config.Int("limit"))), send(call))
    return Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      yield* Effect.gen(function*() {
        yield* put({ "/app/x": "2" })
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Config.String("x"), "2")
        assert.strictEqual(yield* sweeps, 2)
      }).pipe(Effect.provide(Ssm.layerConfigProvider("/app", { ttl: "1 minute" })))
    }).pipe(Effect.provide(InMemory.layer({ aspects: [limited] })))
  })

  it.effect("is repeated by the policy of whoever built the provider, whatever the policy of a lookup", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const patient = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
      const hasty = yield* Ssm.configProvider("/app", { ttl: "1 minute" }).pipe(Retry.withPolicy(Retry.none))
      yield* put({ "/app/x": "2" })
      yield* TestClock.adjust("1 minute")
      const lookup = Effect.fnUntraced(function*(provider: ConfigProvider.ConfigProvider, policy: Retry.Policy) {
        yield* InMemory.inject({ operation: "GetParametersByPath", times: 2, fault: InMemory.throttled })
        const before = yield* sweeps
        const fiber = yield* Effect.forkChild(Retry.withPolicy(x(provider), policy))
        yield* TestClock.adjust("9 seconds")
        return [yield* Fiber.join(fiber), (yield* sweeps) - before]
      })
      assert.deepEqual(yield* lookup(patient, Retry.none), ["2", 3])
      assert.deepEqual(yield* lookup(hasty, Retry.standard({ attempts: 5 })), ["1", 1])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the values after a defect, too", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "1" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
      yield* InMemory.handle(GetParametersByPathCommand, () => Effect.die(new Error("bug")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* x(provider), "1")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks the account of the Layer that built the provider, and keeps its values when that Layer is released", () =>
    Effect.gen(function*() {
      yield* put({ "/app/x": "mine" })
      const provider = yield* Ssm.configProvider("/app", { ttl: "1 minute" })
      const read = Effect.gen(function*() {
        yield* put({ "/app/x": "theirs" })
        yield* TestClock.adjust("1 minute")
        return yield* x(provider)
      })
      assert.strictEqual(yield* Effect.provide(read, Layer.fresh(InMemory.layer())), "mine")

      const scoped = yield* Effect.scoped(Effect.gen(function*() {
        const context = yield* Layer.build(Layer.fresh(InMemory.layer()))
        const clients = Context.get(context, AwsClients)
        return yield* Effect.gen(function*() {
          yield* put({ "/app/x": "released" })
          return yield* Ssm.configProvider("/app", { ttl: "1 minute" })
        }).pipe(Effect.provideService(AwsClients, clients))
      }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* x(scoped), "released")
    }).pipe(Effect.provide(InMemory.layer())))
})

// Configurations of AppConfig: the session that AWS prescribes, changes, and keys. The in-memory AWS answers as a strict AppConfig:
// a token works once, for 24 hours, and not before the time that AppConfig asked for.
import { GetLatestConfigurationCommand, StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
import { assert, describe, it } from "@effect/vitest"
import { Uint8ArrayBlobAdapter } from "@smithy/core/serde"
import { Clock, Config, ConfigProvider, Effect, Exit, Fiber, Layer, Option, Schedule, Schema, Stream } from "effect"
import { InMemory, Retry } from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import { TestClock } from "effect/testing"
import { instant, prepare } from "../contract/support/appConfig.ts"

const id = { application: "shop", environment: "prod", profile: "limits" }

interface Deployed {
  content: string | Uint8Array
  contentType?: string | undefined
  versionLabel?: string | undefined
}

const badRequest = (problem: string) =>
  InMemory.fault({ code: "BadRequestException", message: `ConfigurationToken: ${problem}`, statusCode: 400 })

const bytesOf = (content: string | Uint8Array) =>
  Uint8ArrayBlobAdapter.mutate(typeof content === "string" ? new TextEncoder().encode(content) : content)

/** A strict AppConfig with one configuration. `deployed.current` can be changed; `undefined` is no deployment. */
const appConfig = Effect.fnUntraced(function*(first: Deployed | undefined, interval?: number) {
  const deployed: { current: Deployed | undefined; refusals: Array<string> } = { current: first, refusals: [] }
  const tokens = new Map<string, { seen: Deployed | undefined; from: number; until: number; interval: number }>()
  let issued = 0
  const issue = (seen: Deployed | undefined, from: number, now: number, interval: number) => {
    const token = `token-${++issued}`
    tokens.set(token, { seen, from, until: now + 86_400_000, interval })
    return token
  }
  yield* InMemory.handle(StartConfigurationSessionCommand, (input) =>
    Effect.gen(function*() {
      if (input.ApplicationIdentifier !== id.application) {
        return yield* InMemory.fault({ code: "ResourceNotFoundException", message: "No application", statusCode: 404 })
      }
      const now = yield* Clock.currentTimeMillis
      const every = interval ?? input.RequiredMinimumPollIntervalInSeconds ?? 60
      return { InitialConfigurationToken: issue(undefined, now, now, every) }
    }))
  yield* InMemory.handle(GetLatestConfigurationCommand, ({ ConfigurationToken }) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const token = tokens.get(ConfigurationToken!)
      tokens.delete(ConfigurationToken!)
      const problem = token === undefined
        ? "Corrupted"
        : now >= token.until
        ? "Expired"
        : now < token.from
        ? "PollIntervalNotSatisfied"
        : undefined
      if (problem !== undefined) deployed.refusals.push(problem)
      if (problem !== undefined) return yield* badRequest(problem)
      const { current } = deployed
      if (current === undefined) {
        return yield* InMemory.fault({ code: "ResourceNotFoundException", message: "No deployment", statusCode: 404 })
      }
      const { interval, seen } = token!
      const next = {
        NextPollConfigurationToken: issue(current, now + interval * 1_000, now, interval),
        NextPollIntervalInSeconds: interval
      }
      return seen === current ? { ...next, Configuration: bytesOf("") } : {
        ...next,
        Configuration: bytesOf(current.content),
        ContentType: current.contentType ?? "application/json",
        VersionLabel: current.versionLabel
      }
    }))
  return deployed
})

const callsOf = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

const text = ({ bytes }: AppConfig.Configuration) => new TextDecoder().decode(bytes)

describe("AppConfig.getConfiguration", () => {
  it.effect("returns the deployed bytes, their type and their label, each time that it runs", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: Uint8Array.of(0, 255), contentType: "x/y", versionLabel: "v1" })
      const get = AppConfig.getConfiguration(id)
      const configuration = yield* get
      assert.deepEqual([...configuration.bytes], [0, 255])
      assert.deepEqual([configuration.contentType, configuration.versionLabel], ["x/y", "v1"])
      assert.deepEqual([configuration.application, configuration.profile], ["shop", "limits"])
      deployed.current = { content: "" }
      assert.strictEqual((yield* get).bytes.length, 0)
      assert.isUndefined((yield* get).versionLabel)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with ConfigurationDoesNotExist if a name is unknown or nothing is deployed", () =>
    Effect.gen(function*() {
      yield* appConfig(undefined)
      for (const application of ["shop", "other"]) {
        const error = yield* Effect.flip(AppConfig.getConfiguration({ ...id, application }))
        assert.deepEqual(error, new AppConfig.ConfigurationDoesNotExist({ ...id, application }))
        assert.include(error.message, `the configuration profile limits of the application ${application} in the`)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with AwsError for anything else, and with Unreadable without a token", () =>
    Effect.gen(function*() {
      const fault = InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 403 })
      yield* InMemory.handle(StartConfigurationSessionCommand, () => Effect.fail(fault))
      const first = yield* Effect.flip(AppConfig.getConfiguration(id))
      assert.strictEqual(first._tag === "AwsError" && first.reason._tag, "AccessDenied")
      yield* InMemory.handle(StartConfigurationSessionCommand, () => Effect.succeed({}))
      const second = yield* Effect.flip(AppConfig.getConfiguration(id))
      assert.strictEqual(second._tag === "AwsError" && second.reason._tag, "Unreadable")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AppConfig.getConfigurationText and getConfigurationJson", () => {
  it.effect("decode text and JSON", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "héllo", contentType: "text/plain" })
      assert.strictEqual(yield* AppConfig.getConfigurationText(id), "héllo")
      deployed.current = { content: `{"checkout":{"enabled":true,"limit":3}}` }
      const schema = Schema.Struct({ checkout: Schema.Struct({ enabled: Schema.Boolean, limit: Schema.Int }) })
      assert.deepEqual(yield* AppConfig.getConfigurationJson(id, schema), { checkout: { enabled: true, limit: 3 } })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fail with ConfigurationNotDecodable, which says where and doesn't show the content", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: Uint8Array.of(0xff, 0xfe) })
      const schema = Schema.Struct({ limit: Schema.Int })
      const messageOf = Effect.map(Effect.flip(AppConfig.getConfigurationJson(id, schema)), (error) => {
        assert.strictEqual(error._tag, "ConfigurationNotDecodable")
        assert.notInclude(error.message, "content1")
        return error.message
      })
      assert.include(yield* Effect.map(Effect.flip(AppConfig.getConfigurationText(id)), String), "not text in UTF-8")
      assert.include(yield* messageOf, "not text in UTF-8")
      deployed.current = { content: "{content1" }
      assert.include(yield* messageOf, "JSON")
      deployed.current = { content: `{"limit":"content1"}` }
      assert.include(yield* messageOf, `["limit"]`)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AppConfig.watchConfiguration", () => {
  /** Collects what is emitted while the clock moves. */
  const watching = Effect.fnUntraced(function*(options?: AppConfig.WatchOptions) {
    const seen: Array<string> = []
    const fiber = yield* Effect.forkChild(
      AppConfig.watchConfiguration(id, options).pipe(
        Stream.runForEach((configuration) => Effect.sync(() => seen.push(text(configuration))))
      )
    )
    yield* TestClock.adjust("1 millis")
    return { seen, fiber }
  })

  it.effect("emits the current version, then each that differs, in one session", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "1" })
      const { fiber, seen } = yield* watching()
      assert.deepEqual(seen, ["1"])
      yield* TestClock.adjust("10 minutes")
      assert.deepEqual(seen, ["1"])
      deployed.current = { content: "2" }
      yield* TestClock.adjust("1 minute")
      deployed.current = { content: "3" }
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(seen, ["1", "2", "3"])
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 1)
      assert.strictEqual(yield* callsOf("GetLatestConfiguration"), 13)
      assert.deepEqual(deployed.refusals, [])
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* callsOf("GetLatestConfiguration"), 13)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives AppConfig the time that it asks for", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "1" }, 300)
      const { fiber } = yield* watching({ schedule: Schedule.spaced("1 minute") })
      yield* TestClock.adjust("21 minutes")
      assert.deepEqual(deployed.refusals, [])
      assert.strictEqual(yield* callsOf("GetLatestConfiguration"), 5)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("begins a new session when its token has expired, and doesn't emit the same version again", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "1", versionLabel: "v1" })
      const { fiber, seen } = yield* watching({ schedule: Schedule.spaced("25 hours") })
      yield* TestClock.adjust("60 hours")
      assert.deepEqual(deployed.refusals, ["Expired", "Expired"])
      assert.deepEqual(seen, ["1"])
      deployed.current = { content: "1", versionLabel: "v2" }
      yield* TestClock.adjust("25 hours")
      assert.deepEqual(seen, ["1", "1"])
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 4)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("goes on after a transient failure, with a new session, and ends with any other", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "1" })
      const { fiber, seen } = yield* watching()
      yield* InMemory.inject({
        operation: "GetLatestConfiguration",
        times: 100,
        fault: InMemory.fault({ code: "InternalServerException", message: "oops", statusCode: 500 })
      })
      deployed.current = { content: "2" }
      yield* TestClock.adjust("2 hours")
      assert.deepEqual(seen, ["1", "2"])
      assert.deepEqual(deployed.refusals, [])
      deployed.current = undefined
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.await(fiber)
      assert.deepEqual(exit, Exit.fail(new AppConfig.ConfigurationDoesNotExist(id)))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits after a failure even if its schedule doesn't", () =>
    Effect.gen(function*() {
      yield* appConfig({ content: "1" })
      const { fiber, seen } = yield* watching({ schedule: Schedule.forever })
      assert.deepEqual(seen, ["1"])
      yield* InMemory.inject({ operation: "GetLatestConfiguration", fault: InMemory.throttled })
      const before = yield* callsOf("GetLatestConfiguration")
      yield* TestClock.adjust("1 minute")
      assert.isAtMost((yield* callsOf("GetLatestConfiguration")) - before, 4)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("ends with its schedule", () =>
    Effect.gen(function*() {
      yield* appConfig({ content: "1" })
      const { fiber, seen } = yield* watching({ schedule: Schedule.recurs(0) })
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      assert.deepEqual(seen, ["1"])
    }).pipe(Effect.provide(InMemory.layer())))
})

const from = (options?: AppConfig.ConfigProviderOptions) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, ConfigProvider.layer(AppConfig.configProvider(id, options)))

describe("AppConfig.configProvider", () => {
  it.effect("has the keys of JSON and of feature flags", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({
        content:
          `{"checkout":{"enabled":true,"limit":3},"beta":{"enabled":false},"hosts":["a","b"],"id":12345678901234567890}`
      })
      const read = Config.all({
        checkout: Config.schema(Schema.Struct({ enabled: Schema.Boolean, limit: Schema.Int }), "checkout"),
        beta: Config.Boolean("enabled").pipe(Config.nested("beta")),
        missing: Config.Boolean("enabled").pipe(Config.nested("gamma"), Config.withDefault(false)),
        hosts: Config.schema(Schema.Array(Schema.String), "hosts"),
        id: Config.String("id")
      })
      const expected = {
        checkout: { enabled: true, limit: 3 },
        beta: false,
        missing: false,
        hosts: ["a", "b"],
        id: "12345678901234567890"
      }
      assert.deepEqual(yield* read.pipe(from()), expected)
      for (const contentType of ["application/json; charset=utf-8", "application/vnd.shop+json", "text/json"]) {
        deployed.current = { ...deployed.current!, contentType }
        assert.deepEqual(yield* read.pipe(from()), expected)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has one value of a text, and what `parse` makes of another type", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "Hello.", contentType: "text/plain" })
      assert.strictEqual(yield* Config.String().pipe(from()), "Hello.")
      deployed.current = { content: "a: 1\nb: x", contentType: "application/x-yaml" }
      const parse = (text: string) => Object.fromEntries(text.split("\n").map((line) => line.split(": ")))
      assert.deepEqual(yield* Config.all([Config.Int("a"), Config.String("b")]).pipe(from({ parse })), [1, "x"])
      assert.deepEqual(yield* Config.option(Config.String("a")).pipe(from({ parse: () => null })), Option.none())
      const dated = Config.Date("a").pipe(from({ parse: () => ({ a: new Date(0) }) }))
      assert.deepEqual(yield* dated, new Date(0))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has the keys of the maps that `parse` makes", () =>
    Effect.gen(function*() {
      yield* appConfig({ content: "-", contentType: "application/x-yaml" })
      const parse = () => new Map<unknown, unknown>([["db", new Map([["host", "h"]])], [1, "one"]])
      const read = Config.all([Config.String("host").pipe(Config.nested("db")), Config.String("1")])
      assert.deepEqual(yield* read.pipe(from({ parse })), ["h", "one"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails at the start if the configuration can't be read, and says why", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: "a: content1", contentType: "application/x-yaml" })
      const failure = (options?: AppConfig.ConfigProviderOptions) =>
        Effect.map(Effect.flip(AppConfig.configProvider(id, options)), (error) => {
          assert.notInclude(error.message, "content1")
          return [error._tag, error.message] as const
        })
      const [tag, message] = yield* failure()
      assert.strictEqual(tag, "ConfigurationNotDecodable")
      assert.include(message, "(application/x-yaml)")
      assert.include(message, "pass a `parse` function")
      const parse = (text: string) => {
        throw new SyntaxError(text)
      }
      assert.include((yield* failure({ parse }))[1], "the `parse` function threw SyntaxError")
      const rejecting = () => Promise.reject(new Error("content1"))
      for (const parse of [async (text: string) => text, rejecting]) {
        assert.include((yield* failure({ parse }))[1], "the `parse` function returned a Promise")
      }
      const cyclic: { self?: object } = {}
      cyclic.self = cyclic
      assert.include((yield* failure({ parse: () => cyclic }))[1], "refers to itself")
      deployed.current = { content: "{content1" }
      assert.include((yield* failure())[1], "it is not JSON")
      deployed.current = { content: "" }
      assert.include((yield* failure())[1], "it is not JSON")
      deployed.current = undefined
      assert.strictEqual((yield* failure())[0], "ConfigurationDoesNotExist")
      for (const ttl of [0, -1] as const) assert.include((yield* failure({ ttl }))[1], "`ttl`")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("refreshes in one session, keeps its values while a version can't be read, and keeps AppConfig's rules", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: `{"x":1}` })
      const provider = yield* AppConfig.configProvider(id, { ttl: "1 minute" })
      const x = Config.Int("x").parse(provider)
      for (let i = 0; i < 5; i++) {
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* x, 1)
      }
      deployed.current = { content: `{"x":2}` }
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* x, 2)
      deployed.current = { content: `{"x":` }
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* x, 2)
      deployed.current = { content: `{"x":3}` }
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* x, 3)
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 1)
      assert.strictEqual(yield* callsOf("GetLatestConfiguration"), 9)
      // A day without a lookup.
      yield* TestClock.adjust("2 days")
      assert.strictEqual(yield* x, 3)
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 2)
      assert.deepEqual(deployed.refusals, ["Expired"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no call before AppConfig allows it, whatever the ttl", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: `{"x":1}` })
      const provider = yield* AppConfig.configProvider(id, { ttl: "1 second" })
      deployed.current = { content: `{"x":2}` }
      for (let i = 0; i < 14; i++) {
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Config.Int("x").parse(provider), 1)
      }
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Config.Int("x").parse(provider), 2)
      assert.strictEqual(yield* callsOf("GetLatestConfiguration"), 2)
      assert.deepEqual(deployed.refusals, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("never uses a token again that an interrupted poll has used", () =>
    Effect.gen(function*() {
      const deployed = yield* appConfig({ content: `{"x":1}` })
      const provider = yield* AppConfig.configProvider(id, { ttl: "1 minute" })
      const x = Config.Int("x").parse(provider)
      yield* InMemory.inject({ operation: "GetLatestConfiguration", nth: 1, fault: InMemory.delay("5 seconds") })
      yield* TestClock.adjust("1 minute")
      const fiber = yield* Effect.forkChild(x)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      deployed.current = { content: `{"x":2}` }
      assert.strictEqual(yield* x, 2)
      assert.deepEqual(deployed.refusals, [])
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("names the configuration of a key that is missing", () =>
    Effect.gen(function*() {
      yield* appConfig({ content: `{"x":1}` })
      const error = yield* Effect.flip(
        Config.String("host").pipe(Config.nested("db"), AppConfig.explainConfigErrors, from())
      )
      assert.include(
        error.message,
        "in the key db.host of the AppConfig profile limits of shop in prod, which does not exist"
      )
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AppConfig.layerConfigProvider", () => {
  it.effect("adds the configuration to the present provider", () =>
    Effect.gen(function*() {
      yield* appConfig({ content: `{"host":"appconfig","port":1}` })
      const env = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { host: "environment" } }))
      const read = Config.all([Config.String("host"), Config.Int("port")])
      const added = (asPrimary: boolean) =>
        Effect.provide(read, AppConfig.layerConfigProvider(id, { asPrimary }).pipe(Layer.provide(env)))
      assert.deepEqual(yield* added(false), ["environment", 1])
      assert.deepEqual(yield* added(true), ["appconfig", 1])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AppConfig, in memory", () => {
  it.effect("watchConfiguration emits what is deployed, and configProvider reads it after ttl", () =>
    Effect.gen(function*() {
      const { deploy } = yield* prepare([`{"x":1}`, `{"x":2}`, `{"x":3}`], { ContentType: "application/json" })
      const DeploymentStrategyId = yield* instant
      const deployed = { application: "app", environment: "prod", profile: "settings" }
      yield* deploy("1", { DeploymentStrategyId })
      const provider = yield* AppConfig.configProvider(deployed, { ttl: "1 minute" })
      const seen: Array<string | undefined> = []
      const fiber = yield* Effect.forkChild(
        AppConfig.watchConfiguration(deployed, { schedule: Schedule.spaced("15 seconds") }).pipe(
          Stream.runForEach(({ versionLabel }) => Effect.sync(() => seen.push(versionLabel)))
        )
      )
      for (const version of ["2", "3"]) {
        yield* TestClock.adjust("10 minutes")
        yield* deploy(version, { DeploymentStrategyId })
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* Config.String("x").parse(provider), version)
      }
      assert.deepEqual(seen, ["v1", "v2", "v3"])
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* callsOf("StartConfigurationSession"), 2)
    }).pipe(Effect.provide(InMemory.layer())))
})

import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  StartDeploymentCommand
} from "@aws-sdk/client-appconfig"
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand
} from "@aws-sdk/client-secrets-manager"
import { GetParametersByPathCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AwsService, InMemory, Ssm } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { TestClock } from "effect/testing"
import { answer } from "../../examples/cookbook/parameters-and-secrets/cache-a-parameter.ts"
import { copy } from "../../examples/cookbook/parameters-and-secrets/copy-parameters-to-another-path.ts"
import {
  LoginRefused,
  makeWithLogin,
  program as login
} from "../../examples/cookbook/parameters-and-secrets/read-a-secret-again-when-it-is-refused.ts"
import { program as settings } from "../../examples/cookbook/parameters-and-secrets/read-all-parameters-of-a-path-as-config.ts"
import { rotate } from "../../examples/cookbook/parameters-and-secrets/rotate-a-secret.ts"
import {
  checkout,
  flags,
  program as features
} from "../../examples/cookbook/parameters-and-secrets/turn-a-feature-on-with-appconfig.ts"
import { recipe } from "../support/cookbook.ts"

const put = (Name: string, Value: string, Type: "String" | "StringList" | "SecureString" = "String") =>
  Ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }))

const count = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

it.effect("Read all parameters of a path as Config: reads each type, and names a parameter that is missing", () =>
  Effect.gen(function*() {
    yield* put("/app/port", "8080")
    yield* put("/app/zones", "a,b", "StringList")
    yield* put("/app/database/password", "hunter2", "SecureString")
    assert.include((yield* Effect.flip(settings)).message, "/app/database/host")
    yield* put("/app/database/host", "db.internal")
    const { database, port, workers, zones } = yield* recipe("Read all parameters of a path as Config", settings)
    assert.deepEqual([port, zones, database.host, workers], [8080, ["a", "b"], "db.internal", 4])
    assert.strictEqual(Redacted.value(database.password), "hunter2")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Read a secret again when it is refused: asks once an hour, and once more after a rotation", () =>
  Effect.gen(function*() {
    const SecretId = "prod/database"
    const secret = (password: string) => JSON.stringify({ username: "app", password })
    yield* SecretsManager.send(new CreateSecretCommand({ Name: SecretId, SecretString: secret("old") }))
    assert.strictEqual(yield* recipe("Read a secret again when it is refused", login), "app:old")

    const before = yield* count("GetSecretValue")
    const withLogin = yield* makeWithLogin
    let expected = "old"
    const query = withLogin(({ password }) =>
      Redacted.value(password) === expected ? Effect.succeed("rows") : Effect.fail(new LoginRefused())
    )
    yield* Effect.all([query, query, query], { concurrency: "unbounded" })
    assert.strictEqual(yield* count("GetSecretValue"), before + 1)
    expected = "new"
    yield* SecretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: secret("new") }))
    assert.strictEqual(yield* query, "rows")
    assert.strictEqual(yield* count("GetSecretValue"), before + 2)
    expected = "nobody knows"
    assert.instanceOf(yield* Effect.flip(query), LoginRefused)
    assert.strictEqual(yield* count("GetSecretValue"), before + 3)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Rotate a secret: readers get the new value once it works, and never before", () =>
  Effect.gen(function*() {
    const SecretId = "prod/api-key"
    yield* SecretsManager.send(new CreateSecretCommand({ Name: SecretId, SecretString: "old" }))
    const current = Effect.map(
      SecretsManager.send(new GetSecretValueCommand({ SecretId })),
      ({ SecretString }) => SecretString
    )
    assert.strictEqual(yield* Effect.flip(rotate(SecretId, () => Effect.fail("no"))), "no")
    assert.strictEqual(yield* current, "old")

    let given = ""
    const change = (password: Redacted.Redacted<string>) =>
      Effect.map(current, (value) => {
        assert.strictEqual(value, "old")
        given = Redacted.value(password)
      })
    yield* recipe("Rotate a secret", rotate(SecretId, change))
    assert.lengthOf(given, 40)
    assert.strictEqual(yield* current, given)
    const { Versions = [] } = yield* SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId }))
    assert.sameMembers(Versions.flatMap(({ VersionStages = [] }) => VersionStages), [
      "AWSCURRENT",
      "AWSPENDING",
      "AWSPREVIOUS"
    ])
  }).pipe(Effect.provide(InMemory.layer())))

const appConfig = AwsService.make(AppConfigClient)

const deployFlag = Effect.gen(function*() {
  const { Id: ApplicationId } = yield* appConfig.send(new CreateApplicationCommand({ Name: "shop" }))
  const { Id: EnvironmentId } = yield* appConfig.send(new CreateEnvironmentCommand({ ApplicationId, Name: "prod" }))
  const { Id: ConfigurationProfileId } = yield* appConfig.send(
    new CreateConfigurationProfileCommand({
      ApplicationId,
      Name: "flags",
      LocationUri: "hosted",
      Type: "AWS.AppConfig.FeatureFlags"
    })
  )
  const { Id: DeploymentStrategyId } = yield* appConfig.send(
    new CreateDeploymentStrategyCommand({
      Name: "instant",
      DeploymentDurationInMinutes: 0,
      FinalBakeTimeInMinutes: 0,
      GrowthFactor: 100
    })
  )
  return Effect.fnUntraced(function*(enabled: boolean) {
    const { VersionNumber } = yield* appConfig.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId,
        ConfigurationProfileId,
        ContentType: "application/json",
        Content: new TextEncoder().encode(
          JSON.stringify({ version: "1", flags: { checkout: { name: "checkout" } }, values: { checkout: { enabled } } })
        )
      })
    )
    yield* appConfig.send(
      new StartDeploymentCommand({
        ApplicationId,
        EnvironmentId,
        ConfigurationProfileId,
        DeploymentStrategyId,
        ConfigurationVersion: String(VersionNumber)
      })
    )
  })
})

it.effect("Turn a feature on with AppConfig: sees a deployment after a minute", () =>
  Effect.gen(function*() {
    const deploy = yield* deployFlag
    yield* deploy(false)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* recipe("Turn a feature on with AppConfig", features), "the old checkout")
    yield* Effect.gen(function*() {
      assert.strictEqual(yield* checkout, "the old checkout")
      yield* deploy(true)
      assert.strictEqual(yield* checkout, "the old checkout")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* checkout, "the new checkout")
    }).pipe(Effect.provide(flags))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Cache a parameter: makes one call in a minute", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* answer, "Hello.")
    yield* put("/app/maintenance", "on")
    assert.strictEqual(yield* recipe("Cache a parameter", answer), "We'll be back soon.")
    const before = yield* count("GetParameters")
    yield* put("/app/maintenance", "off")
    const answers = yield* Effect.all([answer, answer], { concurrency: "unbounded" })
    assert.deepEqual(answers, ["We'll be back soon.", "We'll be back soon."])
    assert.strictEqual(yield* count("GetParameters"), before)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* answer, "Hello.")
    assert.strictEqual(yield* count("GetParameters"), before + 1)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Copy parameters to another path: keeps types, on all pages and levels", () =>
  Effect.gen(function*() {
    yield* put("/prod/host", "db")
    yield* put("/prod/zones", "a,b", "StringList")
    yield* put("/prod/db/password", "hunter2", "SecureString")
    assert.strictEqual(yield* recipe("Copy parameters to another path", copy("/prod", "/stage/2")), 3)
    const { Parameters = [] } = yield* Ssm.send(
      new GetParametersByPathCommand({ Path: "/stage", Recursive: true, WithDecryption: true, MaxResults: 10 })
    )
    assert.sameDeepMembers(Parameters.map(({ Name, Type, Value }) => [Name, Type, Value]), [
      ["/stage/2/host", "String", "db"],
      ["/stage/2/zones", "StringList", "a,b"],
      ["/stage/2/db/password", "SecureString", "hunter2"]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

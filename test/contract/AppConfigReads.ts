// Configurations as the library reads them.
import { CreateEnvironmentCommand } from "@aws-sdk/client-appconfig"
import { assert } from "@effect/vitest"
import { Config, ConfigProvider, Effect, Schema } from "effect"
import * as AppConfigData from "effect-aws-sdk/AppConfig"
import { contract, documented } from "./Contract.ts"
import { AppConfig, instant, prepare } from "./support/appConfig.ts"

const id = { application: "app", environment: "prod", profile: "settings" }

const flags = JSON.stringify({
  version: "1",
  flags: {
    checkout: { name: "checkout", attributes: { limit: { constraints: { type: "number" } } } },
    beta: { name: "beta" }
  },
  values: { checkout: { enabled: true, limit: 3 }, beta: { enabled: false } }
})

export const appConfigReads = contract("AppConfigData", {
  "getConfiguration reads the deployed version, by names and by IDs": documented(
    "https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html",
    Effect.gen(function*() {
      const { ApplicationId, ConfigurationProfileId, EnvironmentId, deploy } = yield* prepare([`{"limit":1}`], {
        ContentType: "application/json"
      })
      yield* deploy("1", { DeploymentStrategyId: yield* instant })
      const configuration = yield* AppConfigData.getConfiguration(id)
      assert.deepEqual([configuration.contentType, configuration.versionLabel], ["application/json", "v1"])
      assert.strictEqual(yield* AppConfigData.getConfigurationText(id), `{"limit":1}`)
      const byId = { application: ApplicationId, environment: EnvironmentId, profile: ConfigurationProfileId }
      const { limit } = yield* AppConfigData.getConfigurationJson(byId, Schema.Struct({ limit: Schema.Int }))
      assert.strictEqual(limit, 1)
    })
  ),

  "getConfiguration fails with ConfigurationDoesNotExist for a name that doesn't exist": documented(
    "https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html",
    Effect.gen(function*() {
      const { deploy } = yield* prepare(["x"])
      yield* deploy("1", { DeploymentStrategyId: yield* instant })
      for (const wrong of [{ application: "none" }, { environment: "none" }, { profile: "none" }]) {
        const error = yield* Effect.flip(AppConfigData.getConfiguration({ ...id, ...wrong }))
        assert.strictEqual(error._tag, "ConfigurationDoesNotExist")
      }
    })
  ),

  "getConfiguration fails with ConfigurationDoesNotExist if nothing is deployed": documented(
    "https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html",
    Effect.gen(function*() {
      const { ApplicationId, deploy } = yield* prepare(["x"])
      yield* deploy("1", { DeploymentStrategyId: yield* instant })
      yield* AppConfig.send(new CreateEnvironmentCommand({ ApplicationId, Name: "test" }))
      const error = yield* Effect.flip(AppConfigData.getConfiguration({ ...id, environment: "test" }))
      assert.strictEqual(error._tag, "ConfigurationDoesNotExist")
    })
  ),

  "configProvider reads feature flags": documented(
    "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html",
    Effect.gen(function*() {
      const { deploy } = yield* prepare([flags], {
        ContentType: "application/json",
        Type: "AWS.AppConfig.FeatureFlags"
      })
      yield* deploy("1", { DeploymentStrategyId: yield* instant })
      const read = Config.all({
        checkout: Config.Boolean("enabled").pipe(Config.nested("checkout")),
        limit: Config.Int("limit").pipe(Config.nested("checkout")),
        beta: Config.Boolean("enabled").pipe(Config.nested("beta"))
      })
      assert.deepEqual(
        yield* Effect.provide(read, ConfigProvider.layer(AppConfigData.configProvider(id))),
        { checkout: true, limit: 3, beta: false }
      )
    })
  )
})

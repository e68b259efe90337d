import {
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
  type StartConfigurationSessionCommandInput
} from "@aws-sdk/client-appconfigdata"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import * as AppConfigData from "effect-aws-sdk/AppConfig"
import { believed, contract, documented } from "./Contract.ts"
import { instant, prepare } from "./support/appConfig.ts"
import { codeOf } from "./support/rejections.ts"

const start = (members: Partial<StartConfigurationSessionCommandInput> = {}) =>
  Effect.map(
    AppConfigData.send(
      new StartConfigurationSessionCommand({
        ApplicationIdentifier: "app",
        EnvironmentIdentifier: "prod",
        ConfigurationProfileIdentifier: "settings",
        ...members
      })
    ),
    ({ InitialConfigurationToken = "" }) => InitialConfigurationToken
  )

const latest = (ConfigurationToken: string) =>
  AppConfigData.send(new GetLatestConfigurationCommand({ ConfigurationToken }))

const textOf = ({ Configuration }: { readonly Configuration?: { transformToString(): string } | undefined }) =>
  Configuration?.transformToString() ?? ""

export const appConfigData = contract("AppConfigData", {
  "gets the configuration that is deployed, with its type and label": documented(
    "API_appconfigdata_GetLatestConfiguration",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { deploy } = yield* prepare(["one", "two"])
      yield* deploy("2", { DeploymentStrategyId })
      const answer = yield* latest(yield* start())
      assert.deepEqual([textOf(answer), answer.ContentType, answer.VersionLabel], ["two", "text/plain", "v2"])
      assert.match(answer.NextPollConfigurationToken ?? "", /^\S+$/)
    })
  ),

  "finds an application, an environment and a profile by name or id": documented(
    "API_appconfigdata_StartConfigurationSession",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { ApplicationId, ConfigurationProfileId, EnvironmentId, deploy } = yield* prepare(["one"])
      yield* deploy("1", { DeploymentStrategyId })
      const token = yield* start({
        ApplicationIdentifier: ApplicationId,
        EnvironmentIdentifier: EnvironmentId,
        ConfigurationProfileIdentifier: ConfigurationProfileId
      })
      assert.strictEqual(textOf(yield* latest(token)), "one")
      const wrong = ["ApplicationIdentifier", "EnvironmentIdentifier", "ConfigurationProfileIdentifier"] as const
      for (const member of wrong) {
        const error = yield* Effect.flip(start({ [member]: "none" }))
        assert.deepEqual([error.code, error.statusCode], ["ResourceNotFoundException", 404])
      }
    })
  ),

  "tells how long a client has to wait until its next call": documented(
    "API_appconfigdata_GetLatestConfiguration",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { deploy } = yield* prepare(["one"])
      yield* deploy("1", { DeploymentStrategyId })
      const { NextPollIntervalInSeconds } = yield* latest(yield* start({ RequiredMinimumPollIntervalInSeconds: 20 }))
      assert.strictEqual(NextPollIntervalInSeconds, 20)
      for (const RequiredMinimumPollIntervalInSeconds of [14, 86_401]) {
        assert.strictEqual(yield* codeOf(start({ RequiredMinimumPollIntervalInSeconds })), "BadRequestException")
      }
    })
  ),

  "refuses a call before the interval of the session has passed": believed(
    "AWS answers so in issues of AWS's own helper libraries",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { deploy } = yield* prepare(["one"])
      yield* deploy("1", { DeploymentStrategyId })
      const { NextPollConfigurationToken: next = "" } = yield* latest(yield* start())
      const error = yield* Effect.flip(latest(next))
      assert.deepEqual([error.code, error.statusCode], ["BadRequestException", 400])
      assert.include(error.message, "Request too early")
    })
  ),

  "refuses a token that was used, and one that never was": believed(
    "the documentation says that a token should be used once; AWS's message is in an issue of Spring Cloud AWS",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { deploy } = yield* prepare(["one"])
      yield* deploy("1", { DeploymentStrategyId })
      const token = yield* start()
      yield* latest(token)
      for (const wrong of [token, "never"]) {
        const error = yield* Effect.flip(latest(wrong))
        assert.strictEqual(error.code, "BadRequestException")
        assert.include(error.message, "Token not valid")
      }
    })
  ),

  "answers that nothing is deployed": believed(
    "Deployment is one of the resources that the error can name",
    Effect.gen(function*() {
      yield* prepare(["one"])
      const token = yield* start()
      assert.strictEqual(yield* codeOf(latest(token)), "ResourceNotFoundException")
    })
  ),

  "gives a client the values of feature flags, and the attributes of those that are enabled": documented(
    "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-feature-flags.html",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const attributes = { color: { constraints: { type: "string" } } }
      const document = {
        version: "1",
        flags: { banner: { name: "Banner", attributes }, search: { name: "Search", attributes } },
        values: { banner: { enabled: true, color: "red" }, search: { enabled: false, color: "blue" } }
      }
      const { deploy } = yield* prepare([JSON.stringify(document)], {
        ContentType: "application/json",
        Type: "AWS.AppConfig.FeatureFlags"
      })
      yield* deploy("1", { DeploymentStrategyId })
      assert.deepEqual(JSON.parse(textOf(yield* latest(yield* start()))), {
        banner: { enabled: true, color: "red" },
        search: { enabled: false }
      })
    })
  )
})

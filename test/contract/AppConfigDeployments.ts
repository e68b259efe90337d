import {
  DeleteEnvironmentCommand,
  GetEnvironmentCommand,
  ListDeploymentsCommand,
  StopDeploymentCommand
} from "@aws-sdk/client-appconfig"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { believed, contract, documented } from "./Contract.ts"
import { AppConfig, instant, prepare } from "./support/appConfig.ts"
import { codeOf } from "./support/rejections.ts"

export const appConfigDeployments = contract("AppConfig", {
  "starts a deployment of a version, which is named by its number or its label": documented(
    "API_StartDeployment",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { deploy } = yield* prepare(["1", "2"])
      const first = yield* deploy("1", { DeploymentStrategyId, Description: "first" })
      assert.deepInclude(first, {
        DeploymentNumber: 1,
        ConfigurationName: "settings",
        ConfigurationLocationUri: "hosted",
        ConfigurationVersion: "1",
        Description: "first",
        DeploymentStrategyId,
        GrowthFactor: 100
      })
      const second = yield* deploy("v2", { DeploymentStrategyId })
      assert.deepInclude(second, { DeploymentNumber: 2, ConfigurationVersion: "2", VersionLabel: "v2" })
      assert.strictEqual(yield* codeOf(deploy("3")), "ResourceNotFoundException")
    })
  ),

  "refuses a deployment while another one to the same environment is in progress": believed(
    "AWS answers ConflictException in issues of its CDK and of Terraform's AWS provider",
    Effect.gen(function*() {
      const { deploy } = yield* prepare(["1", "2"])
      const { State } = yield* deploy("1")
      assert.include(["DEPLOYING", "BAKING"], State)
      const error = yield* Effect.flip(deploy("2"))
      assert.deepEqual([error.code, error.statusCode], ["ConflictException", 409])
    })
  ),

  "logs what happened to a deployment, the newest first": documented(
    "API_GetDeployment",
    Effect.gen(function*() {
      const { deploy, deployment } = yield* prepare(["1"])
      yield* deploy("1")
      const { EventLog = [], StartedAt } = yield* deployment(1)
      const { Description, EventType, OccurredAt, TriggeredBy } = { ...EventLog.at(-1) }
      assert.deepEqual([EventType, TriggeredBy, Description], ["DEPLOYMENT_STARTED", "USER", "Deployment started"])
      assert.deepEqual(OccurredAt, StartedAt)
    })
  ),

  "stops a deployment, after which its environment is rolled back": documented(
    "API_StopDeployment",
    Effect.gen(function*() {
      const { ApplicationId, EnvironmentId, deploy, deployment } = yield* prepare(["1"])
      yield* deploy("1", { DeploymentStrategyId: "AppConfig.Canary10Percent20Minutes" })
      const environment = AppConfig.send(new GetEnvironmentCommand({ ApplicationId, EnvironmentId }))
      assert.strictEqual((yield* environment).State, "DEPLOYING")
      yield* AppConfig.send(new StopDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: 1 }))
      assert.include(["ROLLING_BACK", "ROLLED_BACK"], (yield* deployment(1)).State)
      assert.include(["ROLLING_BACK", "ROLLED_BACK"], (yield* environment).State)
    })
  ),

  "reverts a complete deployment only when asked to": documented(
    "API_StopDeployment",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { ApplicationId, EnvironmentId, deploy, deployment } = yield* prepare(["1"])
      yield* deploy("1", { DeploymentStrategyId })
      assert.strictEqual((yield* deployment(1)).State, "COMPLETE")
      const stop = (AllowRevert: boolean) =>
        AppConfig.send(
          new StopDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: 1, AllowRevert })
        )
      assert.strictEqual(yield* codeOf(stop(false)), "BadRequestException")
      yield* stop(true)
      assert.strictEqual((yield* deployment(1)).State, "REVERTED")
    })
  ),

  "lists the deployments to an environment, the newest first": believed(
    "the console lists them so",
    Effect.gen(function*() {
      const DeploymentStrategyId = yield* instant
      const { ApplicationId, EnvironmentId, deploy } = yield* prepare(["1"])
      for (let i = 0; i < 3; i++) yield* deploy("1", { DeploymentStrategyId })
      const list = (NextToken?: string) =>
        AppConfig.send(new ListDeploymentsCommand({ ApplicationId, EnvironmentId, MaxResults: 2, NextToken }))
      const first = yield* list()
      const second = yield* list(first.NextToken)
      assert.deepEqual(
        [first, second].map(({ Items = [] }) => Items.map(({ DeploymentNumber }) => DeploymentNumber)),
        [[3, 2], [1]]
      )
    })
  ),

  "refuses to delete an environment that a deployment is in progress to": believed(
    "the command has ConflictException among its errors",
    Effect.gen(function*() {
      const { ApplicationId, EnvironmentId, deploy } = yield* prepare(["1"])
      yield* deploy("1")
      assert.strictEqual(
        yield* codeOf(AppConfig.send(new DeleteEnvironmentCommand({ ApplicationId, EnvironmentId }))),
        "ConflictException"
      )
    })
  )
})

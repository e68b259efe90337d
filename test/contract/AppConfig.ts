import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  type CreateConfigurationProfileCommandInput,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  type CreateHostedConfigurationVersionCommandInput,
  DeleteApplicationCommand,
  DeleteConfigurationProfileCommand,
  DeleteDeploymentStrategyCommand,
  DeleteEnvironmentCommand,
  DeleteHostedConfigurationVersionCommand,
  GetApplicationCommand,
  GetConfigurationProfileCommand,
  GetDeploymentStrategyCommand,
  GetEnvironmentCommand,
  GetHostedConfigurationVersionCommand,
  ListApplicationsCommand,
  ListConfigurationProfilesCommand,
  ListDeploymentStrategiesCommand,
  ListEnvironmentsCommand,
  ListHostedConfigurationVersionsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApplicationCommand,
  UpdateConfigurationProfileCommand,
  UpdateDeploymentStrategyCommand,
  UpdateEnvironmentCommand,
  ValidateConfigurationCommand
} from "@aws-sdk/client-appconfig"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { AwsService } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const { send } = AwsService.make(AppConfigClient)

const bytes = (text: string) => new TextEncoder().encode(text)

const application = (Name = "app", Tags?: Record<string, string>) =>
  Effect.map(
    send(new CreateApplicationCommand({ Name, Description: "of a test", ...(Tags && { Tags }) })),
    ({ Id = "" }) => Id
  )

const profile = (
  ApplicationId: string,
  Name = "settings",
  members: Partial<CreateConfigurationProfileCommandInput> = {}
) =>
  Effect.map(
    send(new CreateConfigurationProfileCommand({ ApplicationId, Name, LocationUri: "hosted", ...members })),
    ({ Id = "" }) => Id
  )

const version = (
  ApplicationId: string,
  ConfigurationProfileId: string,
  text: string,
  members: Partial<CreateHostedConfigurationVersionCommandInput> = {}
) =>
  send(
    new CreateHostedConfigurationVersionCommand({
      ApplicationId,
      ConfigurationProfileId,
      Content: bytes(text),
      ContentType: "application/json",
      ...members
    })
  )

const flags = (values: object, version = "1") =>
  JSON.stringify({
    version,
    flags: { banner: { name: "Banner", attributes: { color: { constraints: { type: "string", enum: ["red"] } } } } },
    values
  })

export const appConfig = contract("AppConfig", {
  "creates, changes and deletes an application": documented(
    "API_CreateApplication",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      assert.match(ApplicationId, /^[a-z0-9]{4,7}$/)
      const read = send(new GetApplicationCommand({ ApplicationId }))
      assert.deepInclude(yield* read, { Id: ApplicationId, Name: "app", Description: "of a test" })
      yield* send(new UpdateApplicationCommand({ ApplicationId, Name: "other" }))
      assert.deepInclude(yield* read, { Name: "other", Description: "of a test" })
      yield* send(new DeleteApplicationCommand({ ApplicationId }))
      assert.strictEqual(yield* codeOf(read), "ResourceNotFoundException")
    })
  ),

  "answers that it doesn't have an application with the status 404": documented(
    "API_GetApplication",
    Effect.gen(function*() {
      const error = yield* Effect.flip(send(new GetApplicationCommand({ ApplicationId: "abcdefg" })))
      assert.deepEqual([error.code, error.statusCode], ["ResourceNotFoundException", 404])
    })
  ),

  "lists applications page by page": documented(
    "API_ListApplications",
    Effect.gen(function*() {
      for (const name of ["a", "b", "c"]) yield* application(name)
      const first = yield* send(new ListApplicationsCommand({ MaxResults: 2 }))
      const second = yield* send(new ListApplicationsCommand({ MaxResults: 2, NextToken: first.NextToken }))
      const names = [first, second].flatMap(({ Items = [] }) => Items.map(({ Name }) => Name))
      assert.deepEqual(names.sort(), ["a", "b", "c"])
      assert.strictEqual(first.Items?.length, 2)
      assert.isUndefined(second.NextToken)
      assert.strictEqual(
        yield* codeOf(send(new ListApplicationsCommand({ NextToken: "wrong" }))),
        "BadRequestException"
      )
    })
  ),

  "rejects an application without a name or with a long one": documented(
    "API_CreateApplication",
    Effect.gen(function*() {
      for (const name of ["", "x".repeat(65)]) {
        assert.strictEqual(yield* codeOf(application(name)), "BadRequestException")
      }
    })
  ),

  "refuses to delete an application that has an environment or a profile": believed(
    "the user guide deletes these first; the code is the only one for it among the command's errors",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      const remove = send(new DeleteApplicationCommand({ ApplicationId }))
      assert.strictEqual(yield* codeOf(remove), "BadRequestException")
      yield* send(new DeleteConfigurationProfileCommand({ ApplicationId, ConfigurationProfileId }))
      yield* remove
    })
  ),

  "creates, changes, lists and deletes the environments of an application": documented(
    "API_CreateEnvironment",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const Monitors = [{ AlarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:high" }]
      const { Id: EnvironmentId, State } = yield* send(
        new CreateEnvironmentCommand({ ApplicationId, Name: "prod", Monitors })
      )
      assert.strictEqual(State, "READY_FOR_DEPLOYMENT")
      yield* send(new UpdateEnvironmentCommand({ ApplicationId, EnvironmentId, Description: "for users" }))
      const read = send(new GetEnvironmentCommand({ ApplicationId, EnvironmentId }))
      assert.deepInclude(yield* read, { ApplicationId, Name: "prod", Description: "for users", Monitors })
      const { Items = [] } = yield* send(new ListEnvironmentsCommand({ ApplicationId }))
      assert.deepEqual(Items.map(({ Id }) => Id), [EnvironmentId])
      yield* send(new DeleteEnvironmentCommand({ ApplicationId, EnvironmentId }))
      assert.strictEqual(yield* codeOf(read), "ResourceNotFoundException")
    })
  ),

  "creates, changes and deletes a configuration profile": documented(
    "API_CreateConfigurationProfile",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      const read = send(new GetConfigurationProfileCommand({ ApplicationId, ConfigurationProfileId }))
      assert.deepInclude(yield* read, { ApplicationId, Name: "settings", LocationUri: "hosted" })
      yield* send(new UpdateConfigurationProfileCommand({ ApplicationId, ConfigurationProfileId, Name: "other" }))
      assert.strictEqual((yield* read).Name, "other")
      yield* send(new DeleteConfigurationProfileCommand({ ApplicationId, ConfigurationProfileId }))
      assert.strictEqual(yield* codeOf(read), "ResourceNotFoundException")
    })
  ),

  "lists the configuration profiles of a type, which is AWS.Freeform by default": documented(
    "API_ListConfigurationProfiles",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      yield* profile(ApplicationId)
      yield* profile(ApplicationId, "flags", { Type: "AWS.AppConfig.FeatureFlags" })
      const namesOf = (Type?: string) =>
        Effect.map(
          send(new ListConfigurationProfilesCommand({ ApplicationId, ...(Type && { Type }) })),
          ({ Items = [] }) => Items.map(({ Name }) => Name).sort()
        )
      assert.deepEqual(yield* namesOf(), ["flags", "settings"])
      assert.deepEqual(yield* namesOf("AWS.Freeform"), ["settings"])
      assert.deepEqual(yield* namesOf("AWS.AppConfig.FeatureFlags"), ["flags"])
    })
  ),

  "keeps versions of a hosted configuration, whose numbers grow": documented(
    "API_CreateHostedConfigurationVersion",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      const first = yield* version(ApplicationId, ConfigurationProfileId, "{\"é\":1}", { Description: "first" })
      assert.deepEqual([first.VersionNumber, first.Content?.transformToString()], [1, "{\"é\":1}"])
      assert.strictEqual((yield* version(ApplicationId, ConfigurationProfileId, "2")).VersionNumber, 2)
      const read = (VersionNumber: number) =>
        send(new GetHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber }))
      const { Content, ContentType, Description, VersionNumber } = yield* read(1)
      assert.deepEqual(
        [Content?.transformToString(), ContentType, Description, VersionNumber],
        ["{\"é\":1}", "application/json", "first", 1]
      )
      yield* send(
        new DeleteHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber: 2 })
      )
      assert.strictEqual(yield* codeOf(read(2)), "ResourceNotFoundException")
    })
  ),

  "gives no number of a deleted version a second time": believed(
    "AWS calls it a version number, and a client that has a version must notice another one",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      yield* version(ApplicationId, ConfigurationProfileId, "1")
      yield* send(
        new DeleteHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber: 1 })
      )
      assert.strictEqual((yield* version(ApplicationId, ConfigurationProfileId, "2")).VersionNumber, 2)
    })
  ),

  "lists the versions of a hosted configuration by their labels": documented(
    "API_ListHostedConfigurationVersions",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      for (const VersionLabel of ["v1.0", "v2.0", "v2.1"]) {
        yield* version(ApplicationId, ConfigurationProfileId, "{}", { VersionLabel })
      }
      const numbersOf = (VersionLabel?: string) =>
        Effect.map(
          send(
            new ListHostedConfigurationVersionsCommand({
              ApplicationId,
              ConfigurationProfileId,
              ...(VersionLabel && { VersionLabel })
            })
          ),
          ({ Items = [] }) => Items.map(({ VersionNumber }) => VersionNumber).sort()
        )
      assert.deepEqual(yield* numbersOf(), [1, 2, 3])
      assert.deepEqual(yield* numbersOf("v2*"), [2, 3])
      assert.deepEqual(yield* numbersOf("v1.0"), [1])
      assert.strictEqual(
        yield* codeOf(version(ApplicationId, ConfigurationProfileId, "{}", { VersionLabel: "12" })),
        "BadRequestException"
      )
    })
  ),

  "creates a version only after the one that a program names": documented(
    "API_CreateHostedConfigurationVersion",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      yield* version(ApplicationId, ConfigurationProfileId, "1")
      const stale = version(ApplicationId, ConfigurationProfileId, "2", { LatestVersionNumber: 2 })
      assert.strictEqual(yield* codeOf(stale), "ConflictException")
      yield* version(ApplicationId, ConfigurationProfileId, "2", { LatestVersionNumber: 1 })
    })
  ),

  "refuses to delete a configuration profile that has versions": believed(
    "a pull request of Terraform's AWS provider deletes the versions first, because AWS answers BadRequestException",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId)
      yield* version(ApplicationId, ConfigurationProfileId, "1")
      assert.strictEqual(
        yield* codeOf(send(new DeleteConfigurationProfileCommand({ ApplicationId, ConfigurationProfileId }))),
        "BadRequestException"
      )
    })
  ),

  "takes feature flags that fit their schema only": documented(
    "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html",
    Effect.gen(function*() {
      const ApplicationId = yield* application()
      const ConfigurationProfileId = yield* profile(ApplicationId, "flags", { Type: "AWS.AppConfig.FeatureFlags" })
      yield* version(ApplicationId, ConfigurationProfileId, flags({ banner: { enabled: true, color: "red" } }))
      const wrong = [
        "no json",
        flags({}, "2"),
        flags({ banner: { enabled: "yes" } }),
        flags({ banner: { enabled: true, color: "blue" } }),
        flags({ banner: { enabled: true, size: 1 } }),
        flags({ other: { enabled: true } })
      ]
      for (const text of wrong) {
        assert.strictEqual(yield* codeOf(version(ApplicationId, ConfigurationProfileId, text)), "BadRequestException")
      }
      yield* send(
        new ValidateConfigurationCommand({ ApplicationId, ConfigurationProfileId, ConfigurationVersion: "1" })
      )
    })
  ),

  "creates, changes and deletes a deployment strategy": documented(
    "API_CreateDeploymentStrategy",
    Effect.gen(function*() {
      const strategy = yield* send(
        new CreateDeploymentStrategyCommand({
          Name: "slow",
          DeploymentDurationInMinutes: 10,
          GrowthFactor: 25,
          FinalBakeTimeInMinutes: 5
        })
      )
      const { Id: DeploymentStrategyId } = strategy
      assert.deepInclude(strategy, { GrowthType: "LINEAR", GrowthFactor: 25, ReplicateTo: "NONE" })
      yield* send(new UpdateDeploymentStrategyCommand({ DeploymentStrategyId, GrowthType: "EXPONENTIAL" }))
      const read = send(new GetDeploymentStrategyCommand({ DeploymentStrategyId }))
      assert.deepInclude(yield* read, { GrowthType: "EXPONENTIAL", DeploymentDurationInMinutes: 10 })
      yield* send(new DeleteDeploymentStrategyCommand({ DeploymentStrategyId }))
      assert.strictEqual(yield* codeOf(read), "ResourceNotFoundException")
    })
  ),

  "has AWS's deployment strategies, which can't be deleted": documented(
    "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html",
    Effect.gen(function*() {
      const { Items = [] } = yield* send(new ListDeploymentStrategiesCommand({}))
      assert.deepEqual(
        Items.map(({ DeploymentDurationInMinutes, FinalBakeTimeInMinutes, GrowthFactor, GrowthType, Id }) =>
          [Id, DeploymentDurationInMinutes, FinalBakeTimeInMinutes, GrowthType, GrowthFactor].join(" ")
        ).sort(),
        [
          "AppConfig.AllAtOnce 0 10 LINEAR 100",
          "AppConfig.Canary10Percent20Minutes 20 10 EXPONENTIAL 10",
          "AppConfig.Linear20PercentEvery6Minutes 30 30 LINEAR 20",
          "AppConfig.Linear50PercentEvery30Seconds 1 1 LINEAR 50"
        ]
      )
      assert.strictEqual(
        yield* codeOf(send(new DeleteDeploymentStrategyCommand({ DeploymentStrategyId: "AppConfig.AllAtOnce" }))),
        "BadRequestException"
      )
    })
  ),

  "tags an application when it is created and later": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const id = yield* application("app", { team: "a" })
      const ResourceArn = `arn:aws:appconfig:us-east-1:123456789012:application/${id}`
      yield* send(new TagResourceCommand({ ResourceArn, Tags: { stage: "prod", "with space": "b" } }))
      yield* send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team", "with space"] }))
      const { Tags } = yield* send(new ListTagsForResourceCommand({ ResourceArn }))
      assert.deepEqual(Tags, { stage: "prod" })
    })
  ),

  "answers that it doesn't have a resource with an ARN": documented(
    "API_ListTagsForResource",
    Effect.gen(function*() {
      const ResourceArn = "arn:aws:appconfig:us-east-1:123456789012:application/abcdefg"
      assert.strictEqual(
        yield* codeOf(send(new ListTagsForResourceCommand({ ResourceArn }))),
        "ResourceNotFoundException"
      )
    })
  )
})

// What the contracts of AppConfig share: an application with a profile, versions and an environment.
import {
  AppConfigClient,
  CreateApplicationCommand,
  CreateConfigurationProfileCommand,
  CreateDeploymentStrategyCommand,
  CreateEnvironmentCommand,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  StartDeploymentCommand,
  type StartDeploymentCommandInput
} from "@aws-sdk/client-appconfig"
import { Effect } from "effect"
import { AwsService } from "effect-aws-sdk"

export const AppConfig = AwsService.make(AppConfigClient)

/** An application `app` with the environment `prod` and the profile `settings`, and a version for each text. */
export const prepare = Effect.fnUntraced(function*(
  texts: ReadonlyArray<string>,
  { ContentType = "text/plain", Type = "AWS.Freeform" } = {}
) {
  const { Id: ApplicationId = "" } = yield* AppConfig.send(new CreateApplicationCommand({ Name: "app" }))
  const { Id: EnvironmentId = "" } = yield* AppConfig.send(
    new CreateEnvironmentCommand({ ApplicationId, Name: "prod" })
  )
  const { Id: ConfigurationProfileId = "" } = yield* AppConfig.send(
    new CreateConfigurationProfileCommand({ ApplicationId, Name: "settings", LocationUri: "hosted", Type })
  )
  for (const [i, text] of texts.entries()) {
    yield* AppConfig.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId,
        ConfigurationProfileId,
        Content: new TextEncoder().encode(text),
        ContentType,
        VersionLabel: `v${i + 1}`
      })
    )
  }
  const deploy = (
    ConfigurationVersion: string,
    members: Partial<StartDeploymentCommandInput> = {}
  ) =>
    AppConfig.send(
      new StartDeploymentCommand({
        ApplicationId,
        EnvironmentId,
        ConfigurationProfileId,
        ConfigurationVersion,
        DeploymentStrategyId: "AppConfig.AllAtOnce",
        ...members
      })
    )
  const deployment = (DeploymentNumber: number) =>
    AppConfig.send(new GetDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber }))
  return { ApplicationId, EnvironmentId, ConfigurationProfileId, deploy, deployment }
})

/** A strategy that is complete at once. */
export const instant = Effect.map(
  AppConfig.send(
    new CreateDeploymentStrategyCommand({
      Name: "instant",
      DeploymentDurationInMinutes: 0,
      FinalBakeTimeInMinutes: 0,
      GrowthFactor: 100
    })
  ),
  ({ Id = "" }) => Id
)

/** Deployments. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { eventsOf, isInProgress, percentageOf, planOf, stateOf } from "./rollout.ts"
import * as AppConfig from "./state.ts"
import { findStrategy } from "./strategies.ts"
import { newestFirst, versionNamed } from "./versions.ts"

/** For how long a complete deployment can be reverted. */
const REVERTIBLE = 72 * 3_600_000

const where = { ApplicationId: AppConfig.ApplicationId, EnvironmentId: AppConfig.EnvironmentId } as const

const summaryOf = (deployment: AppConfig.Deployment, now: number) => {
  const { completes, number, profile, started, stopped, strategy, version } = deployment
  const completed = stopped !== undefined && !stopped.isRevert ? stopped.at : completes <= now ? completes : undefined
  return {
    DeploymentNumber: number,
    ConfigurationProfileId: profile.id,
    ConfigurationName: profile.name,
    ConfigurationVersion: String(version.number),
    DeploymentDurationInMinutes: strategy.duration,
    GrowthType: strategy.growthType,
    GrowthFactor: strategy.growthFactor,
    FinalBakeTimeInMinutes: strategy.bakeTime,
    State: stateOf(deployment, now),
    PercentageComplete: percentageOf(deployment, now),
    StartedAt: new Date(started),
    CompletedAt: completed === undefined ? undefined : new Date(completed),
    VersionLabel: version.label
  }
}

const toSdk = (
  { ApplicationId, EnvironmentId }: { readonly ApplicationId: string; readonly EnvironmentId: string },
  deployment: AppConfig.Deployment,
  now: number
) => ({
  ...summaryOf(deployment, now),
  ApplicationId,
  EnvironmentId,
  DeploymentStrategyId: deployment.strategy.id,
  ConfigurationLocationUri: AppConfig.LOCATION,
  Description: deployment.description,
  EventLog: eventsOf(deployment, now),
  KmsKeyArn: deployment.version.keyArn
})

const findDeployment = ({ deployments }: AppConfig.Environment, wanted: number) => {
  const deployment = deployments.find(({ number }) => number === wanted)
  return deployment === undefined
    ? Effect.fail(AppConfig.notFound("Deployment", String(wanted)))
    : Effect.succeed(deployment)
}

/** How a deployment ends that is stopped now. */
const stopOf = (
  deployment: AppConfig.Deployment,
  allowsRevert: boolean,
  now: number
): Effect.Effect<NonNullable<AppConfig.Deployment["stopped"]>, Fault> => {
  const { completes, number, stopped } = deployment
  if (isInProgress(deployment, now)) return Effect.succeed({ at: now, percentage: 0, isRevert: false })
  if (stopped !== undefined || !allowsRevert) {
    return Effect.fail(
      AppConfig.badRequest(`Cannot stop deployment ${number}, because its state is ${stateOf(deployment, now)}.`)
    )
  }
  return now - completes > REVERTIBLE
    ? Effect.fail(
      AppConfig.badRequest(`Cannot revert deployment ${number}, because it was complete more than 72 hours ago.`)
    )
    : Effect.succeed({ at: now, percentage: 0, isRevert: true })
}

export const deployments: AppConfig.AppConfigHandlers = {
  StartDeployment: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      ...where,
      DeploymentStrategyId: AppConfig.DeploymentStrategyId,
      ConfigurationProfileId: AppConfig.ConfigurationProfileId,
      ConfigurationVersion: { required: true, min: 1, max: 1024 },
      Tags: AppConfig.Tags,
      KmsKeyIdentifier: { min: 1, max: 2048 },
      DynamicExtensionParameters: { min: 1, max: 10 },
      Description: AppConfig.Description
    })
    const { ApplicationId, ConfigurationVersion, Description, EnvironmentId, Tags } = checked
    const environment = yield* AppConfig.findEnvironment(state, checked)
    const strategy = yield* findStrategy(state, checked.DeploymentStrategyId)
    const profile = yield* AppConfig.findProfile(state, checked)
    const version = yield* versionNamed(profile, ConfigurationVersion)
    const now = yield* Clock.currentTimeMillis
    const last = environment.deployments.at(-1)
    if (last !== undefined && isInProgress(last, now)) {
      return yield* AppConfig.conflict(`Deployment ${last.number} to environment ${EnvironmentId} is in progress.`)
    }
    const number = (last?.number ?? 0) + 1
    const deployment: AppConfig.Deployment = {
      number,
      profile: { id: profile.id, name: profile.name, type: profile.type },
      version,
      strategy: { ...strategy },
      description: Description,
      ...planOf(strategy, now, context),
      stopped: undefined
    }
    const path = ["application", ApplicationId, "environment", EnvironmentId, "deployment", String(number)]
    yield* AppConfig.addTags(state, AppConfig.arnOf(context, ...path), Tags)
    environment.deployments.push(deployment)
    return toSdk(checked, deployment, now)
  }),

  GetDeployment: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { ...where, DeploymentNumber: { required: true } })
    const environment = yield* AppConfig.findEnvironment(state, checked)
    const deployment = yield* findDeployment(environment, checked.DeploymentNumber)
    return toSdk(checked, deployment, yield* Clock.currentTimeMillis)
  }),

  ListDeployments: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, { ...where, ...AppConfig.pages })
    const { deployments } = yield* AppConfig.findEnvironment(state, checked)
    const [page, token] = yield* AppConfig.page(context, deployments, checked, 50, ({ number }) => newestFirst(number))
    const now = yield* Clock.currentTimeMillis
    return { Items: page.map((deployment) => summaryOf(deployment, now)), NextToken: token }
  }),

  StopDeployment: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { ...where, DeploymentNumber: { required: true } })
    const { AllowRevert = false, DeploymentNumber } = checked
    const environment = yield* AppConfig.findEnvironment(state, checked)
    const deployment = yield* findDeployment(environment, DeploymentNumber)
    const now = yield* Clock.currentTimeMillis
    deployment.stopped = yield* stopOf(deployment, AllowRevert, now)
    return toSdk(checked, deployment, now)
  })
}

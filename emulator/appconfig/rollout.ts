/** How deployments proceed, and which version a client gets meanwhile. */
import type * as sdk from "@aws-sdk/client-appconfig"
import type { HandlerContext } from "../engine/service.ts"
import type * as AppConfig from "./state.ts"

const MINUTE = 60_000

/** The percentages of a strategy, in order. The last one is 100. */
const percentagesOf = ({ growthFactor, growthType }: AppConfig.Strategy): ReadonlyArray<number> => {
  const percentages: Array<number> = []
  for (let i = 1; (percentages.at(-1) ?? 0) < 100; i++) {
    percentages.push(Math.min(100, growthType === "LINEAR" ? growthFactor * i : growthFactor * 2 ** (i - 1)))
  }
  return percentages
}

/** When the steps of a deployment happen. AWS takes the same time before each step and after the last one. */
export const planOf = (strategy: AppConfig.Strategy, started: number, { takes }: Pick<HandlerContext, "takes">) => {
  const percentages = percentagesOf(strategy)
  const interval = strategy.duration * MINUTE / (percentages.length + 1)
  return {
    started,
    steps: percentages.map((percentage, i) => ({ at: started + takes(interval * (i + 1)), percentage })),
    bakes: started + takes(strategy.duration * MINUTE),
    completes: started + takes((strategy.duration + strategy.bakeTime) * MINUTE)
  }
}

/** The share of clients that get the deployment's version. */
export const percentageOf = ({ steps, stopped }: AppConfig.Deployment, now: number): number =>
  stopped === undefined || now < stopped.at
    ? steps.findLast(({ at }) => at <= now)?.percentage ?? 0
    : stopped.percentage

export const stateOf = ({ bakes, completes, stopped }: AppConfig.Deployment, now: number): sdk.DeploymentState =>
  stopped !== undefined
    ? stopped.isRevert ? "REVERTED" : "ROLLED_BACK"
    : now >= completes
    ? "COMPLETE"
    : now >= bakes
    ? "BAKING"
    : "DEPLOYING"

export const isInProgress = (deployment: AppConfig.Deployment, now: number): boolean =>
  deployment.stopped === undefined && now < deployment.completes

export const environmentState = ({ deployments }: AppConfig.Environment, now: number): sdk.EnvironmentState => {
  const newest = deployments.at(-1)
  if (newest === undefined) return "READY_FOR_DEPLOYMENT"
  const state = stateOf(newest, now)
  return state === "DEPLOYING" || state === "BAKING"
    ? "DEPLOYING"
    : state === "ROLLED_BACK" || state === "REVERTED"
    ? state
    : "READY_FOR_DEPLOYMENT"
}

/** What happened to a deployment until now, the newest first. */
export const eventsOf = (deployment: AppConfig.Deployment, now: number): Array<sdk.DeploymentEvent> => {
  const { bakes, completes, started, steps, stopped } = deployment
  const event = (
    at: number,
    EventType: sdk.DeploymentEventType,
    Description: string,
    TriggeredBy: sdk.TriggeredBy = "APPCONFIG"
  ) => ({ at, event: { EventType, TriggeredBy, Description, OccurredAt: new Date(at) } })
  const planned = [
    event(started, "DEPLOYMENT_STARTED", "Deployment started", "USER"),
    ...steps.map(({ at, percentage }) =>
      event(at, "PERCENTAGE_UPDATED", `Configuration available to ${percentage.toFixed(2)}% of clients`)
    ),
    event(bakes, "BAKE_TIME_STARTED", "Deployment bake time started"),
    event(completes, "DEPLOYMENT_COMPLETED", "Deployment completed")
  ]
  const until = planned.filter(({ at }) => at <= now && (stopped === undefined || at <= stopped.at))
  const ends = stopped === undefined
    ? []
    : stopped.isRevert
    ? [event(stopped.at, "REVERT_COMPLETED", "Deployment reverted", "USER")]
    : [
      event(stopped.at, "ROLLBACK_STARTED", "Deployment rollback started", "USER"),
      event(stopped.at, "ROLLBACK_COMPLETED", "Deployment rollback completed")
    ]
  return [...until, ...ends].map(({ event }) => event).toReversed()
}

/**
 * The version that a client gets. `place` is the client's own number from 0 to less than 100: a deployment reaches the clients below its
 * percentage. A deployment that was stopped reaches none.
 */
export const versionFor = (
  { deployments }: AppConfig.Environment,
  profileId: string,
  place: number,
  now: number
): AppConfig.Deployment | undefined =>
  deployments.findLast((deployment) =>
    deployment.profile.id === profileId && deployment.stopped === undefined && percentageOf(deployment, now) > place
  )

/** Deployment strategies: those of AWS, and one's own. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import * as AppConfig from "./state.ts"

const predefined: ReadonlyMap<string, AppConfig.Strategy> = new Map(
  ([
    ["AppConfig.AllAtOnce", "Quick", 0, 10, "LINEAR", 100],
    ["AppConfig.Linear50PercentEvery30Seconds", "Test/Demo", 1, 1, "LINEAR", 50],
    ["AppConfig.Linear20PercentEvery6Minutes", "AWS Recommended", 30, 30, "LINEAR", 20],
    ["AppConfig.Canary10Percent20Minutes", "AWS Recommended", 20, 10, "EXPONENTIAL", 10]
  ] as const).map(([id, description, duration, bakeTime, growthType, growthFactor]) => [
    id,
    { id, name: id, description, duration, bakeTime, growthType, growthFactor }
  ])
)

const rules = {
  Description: AppConfig.Description,
  DeploymentDurationInMinutes: { min: 0, max: 1440 },
  FinalBakeTimeInMinutes: { min: 0, max: 1440 },
  GrowthFactor: { min: 1, max: 100 },
  GrowthType: { enum: ["LINEAR", "EXPONENTIAL"] }
} as const

const toSdk = ({ bakeTime, description, duration, growthFactor, growthType, id, name }: AppConfig.Strategy) => ({
  Id: id,
  Name: name,
  Description: description,
  DeploymentDurationInMinutes: duration,
  GrowthType: growthType,
  GrowthFactor: growthFactor,
  FinalBakeTimeInMinutes: bakeTime,
  ReplicateTo: "NONE" as const
})

export const findStrategy = (
  { strategies }: AppConfig.State,
  id: string
): Effect.Effect<AppConfig.Strategy, Fault> => {
  const strategy = predefined.get(id) ?? strategies.get(id)
  return strategy === undefined ? Effect.fail(AppConfig.notFound("DeploymentStrategy", id)) : Effect.succeed(strategy)
}

const checkOwn = (id: string, verb: string): Effect.Effect<void, Fault> =>
  predefined.has(id)
    ? Effect.fail(AppConfig.badRequest(`Cannot ${verb} predefined Deployment Strategy ${id}.`))
    : Effect.void

export const strategies: AppConfig.AppConfigHandlers = {
  CreateDeploymentStrategy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, {
      Name: { required: true, ...AppConfig.name },
      Tags: AppConfig.Tags,
      ...rules,
      DeploymentDurationInMinutes: { required: true, ...rules.DeploymentDurationInMinutes },
      GrowthFactor: { required: true, ...rules.GrowthFactor },
      ReplicateTo: { enum: ["NONE", "SSM_DOCUMENT"] }
    })
    if (checked.ReplicateTo === "SSM_DOCUMENT") {
      return yield* unsupported("The in-memory AppConfig doesn't save strategies as documents of Systems Manager.")
    }
    const id = AppConfig.newId(context)
    const strategy: AppConfig.Strategy = {
      id,
      name: checked.Name,
      description: checked.Description,
      duration: checked.DeploymentDurationInMinutes,
      bakeTime: checked.FinalBakeTimeInMinutes ?? 0,
      growthType: checked.GrowthType ?? "LINEAR",
      growthFactor: checked.GrowthFactor
    }
    yield* AppConfig.addTags(state, AppConfig.arnOf(context, "deploymentstrategy", id), checked.Tags)
    state.strategies.set(id, strategy)
    return toSdk(strategy)
  }),

  GetDeploymentStrategy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { DeploymentStrategyId: AppConfig.DeploymentStrategyId })
    return toSdk(yield* findStrategy(state, checked.DeploymentStrategyId))
  }),

  ListDeploymentStrategies: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, AppConfig.pages)
    const all = [...state.strategies.values(), ...predefined.values()]
    const [page, token] = yield* AppConfig.page(context, all, checked, 50, ({ id }) => id)
    return { Items: page.map(toSdk), NextToken: token }
  }),

  UpdateDeploymentStrategy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* AppConfig.check(input, { DeploymentStrategyId: AppConfig.DeploymentStrategyId, ...rules })
    yield* checkOwn(checked.DeploymentStrategyId, "update")
    const strategy = yield* findStrategy(state, checked.DeploymentStrategyId)
    strategy.description = checked.Description ?? strategy.description
    strategy.duration = checked.DeploymentDurationInMinutes ?? strategy.duration
    strategy.bakeTime = checked.FinalBakeTimeInMinutes ?? strategy.bakeTime
    strategy.growthType = checked.GrowthType ?? strategy.growthType
    strategy.growthFactor = checked.GrowthFactor ?? strategy.growthFactor
    return toSdk(strategy)
  }),

  DeleteDeploymentStrategy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* AppConfig.check(input, { DeploymentStrategyId: AppConfig.DeploymentStrategyId })
    yield* checkOwn(checked.DeploymentStrategyId, "delete")
    const { id } = yield* findStrategy(state, checked.DeploymentStrategyId)
    state.strategies.delete(id)
    state.tags.delete(AppConfig.arnOf(context, "deploymentstrategy", id))
    return {}
  })
}

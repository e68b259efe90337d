/** In-memory ECS: capacity provider strategies, which spread tasks over capacity providers. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import * as Ecs from "./state.ts"

export type Strategy = ReadonlyArray<sdk.CapacityProviderStrategyItem>

/** What tasks run on. */
export type Launch = Pick<sdk.Service, "capacityProviderStrategy" | "launchType">

/** A strategy as ECS shows it: each provider has a base and a weight. */
export const strategyOf = (given: Strategy = []): Array<sdk.CapacityProviderStrategyItem> =>
  copyData(given).map((item) => ({ base: 0, weight: 0, ...item }))

const isWithin = (value: number | undefined, most: number) =>
  value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)

/** Checks a strategy, which can have only these providers. */
export const checkStrategy = (strategy: Strategy, providers: ReadonlyArray<string>) => {
  const fargate = strategy.filter(({ capacityProvider }) => Ecs.isFargateProvider(capacityProvider))
  const checks = [
    [
      strategy.some(({ capacityProvider = "" }) => !providers.includes(capacityProvider)),
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again."
    ],
    [strategy.length > 20, "A capacity provider strategy cannot contain more than 20 capacity providers."],
    [strategy.some(({ weight }) => !isWithin(weight, 1000)), "The weight value must be between 0 and 1000."],
    [strategy.some(({ base }) => !isWithin(base, 100_000)), "The base value must be between 0 and 100000."],
    [
      fargate.length > 0 && fargate.length < strategy.length,
      "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again."
    ],
    [
      strategy.filter(({ base = 0 }) => base > 0).length > 1,
      "There are multiple capacity providers in the specified capacity provider strategy with a base value defined."
    ]
  ] as const
  const wrong = checks.find(([isWrong]) => isWrong)
  return wrong === undefined ? Effect.void : Effect.fail(Ecs.invalid(wrong[1]))
}

/** What tasks run on: a strategy, which is that of the cluster if the request has none, or a launch type. */
export const launchFor = Effect.fnUntraced(function*(
  { capacityProviderStrategy, launchType }: Launch,
  { settings }: Ecs.Cluster
): Effect.fn.Return<Launch, Fault> {
  const given = strategyOf(capacityProviderStrategy)
  if (launchType !== undefined && given.length > 0) {
    return yield* Ecs.invalid(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
    )
  }
  if (launchType === "EXTERNAL" || launchType === "MANAGED_INSTANCES") {
    return yield* unsupported(`The in-memory ECS doesn't run tasks with the launch type ${launchType}.`)
  }
  if (launchType !== undefined) return { launchType }
  const strategy = given.length > 0 ? given : settings.defaultCapacityProviderStrategy ?? []
  if (strategy.length === 0) return { launchType: "EC2" }
  yield* checkStrategy(strategy, settings.capacityProviders ?? [])
  if (strategy.every(({ weight = 0 }) => weight === 0)) {
    const [which, remedy] = given.length > 0
      ? ["specified", "Specify"]
      : ["default", "Update the cluster's default capacity provider strategy or specify"]
    return yield* Ecs.invalid(
      `There are no capacity providers with a weight value greater than zero defined in the ${which} capacity provider strategy. At least one capacity provider must have a weight value greater than zero specified. ${remedy} a valid capacity provider strategy and try again.`
    )
  }
  return { capacityProviderStrategy: [...strategy] }
})

export const isFargate = ({ capacityProviderStrategy = [], launchType }: Launch): boolean =>
  launchType === "FARGATE" || Ecs.isFargateProvider(capacityProviderStrategy[0]?.capacityProvider)

/** The provider of one more task: first those that lack tasks of their base, then by weight. `used` are the providers of the others. */
export const nextProvider = (
  strategy: Strategy = [],
  used: ReadonlyArray<string | undefined>
): string | undefined => {
  const count = ({ capacityProvider }: sdk.CapacityProviderStrategyItem) =>
    used.filter((name) => name === capacityProvider).length
  const lacking = strategy.find((item) => count(item) < (item.base ?? 0))
  const share = (item: sdk.CapacityProviderStrategyItem) => (count(item) - (item.base ?? 0) + 1) / (item.weight ?? 0)
  const next = lacking ?? strategy.reduce<sdk.CapacityProviderStrategyItem | undefined>(
    (best, item) => (item.weight ?? 0) > 0 && (best === undefined || share(item) < share(best)) ? item : best,
    undefined
  )
  return next?.capacityProvider
}

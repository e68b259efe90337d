/** In-memory ECS: clusters. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import { find } from "./deployments.ts"
import { statusOf } from "./serviceForm.ts"
import { settingOf } from "./settings.ts"
import * as Ecs from "./state.ts"
import { checkStrategy, isFargate, type Strategy, strategyOf } from "./strategies.ts"
import { countsOf, stateOf, tasksOf } from "./taskStates.ts"

const statisticsOf = (cluster: Ecs.Cluster, now: number): Array<sdk.KeyValuePair> => {
  const tasks = tasksOf(cluster, now)
  const services = [...cluster.services.values()]
  const kinds = [["EC2", false], ["Fargate", true]] as const
  return kinds.flatMap(([kind, onFargate]) => {
    const counts = countsOf(tasks.filter((task) => task.isFargate === onFargate), now)
    const count = (status: string) =>
      services.filter((service) => isFargate(service.settings) === onFargate && statusOf(service, now) === status)
        .length
    return Object.entries({
      [`running${kind}TasksCount`]: counts.runningTasksCount,
      [`pending${kind}TasksCount`]: counts.pendingTasksCount,
      [`active${kind}ServiceCount`]: count("ACTIVE"),
      [`draining${kind}ServiceCount`]: count("DRAINING")
    }).map(([name, value]) => ({ name, value: String(value) }))
  })
}

const toSdkCluster = Effect.fnUntraced(function*(
  cluster: Ecs.Cluster,
  now: number,
  context: HandlerContext,
  include: ReadonlyArray<string> = []
) {
  const { configuration, settings = [], ...rest } = cluster.settings
  for (const name of cluster.services.keys()) yield* find(cluster, name, now, context)
  return {
    ...rest,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.isActive ? "ACTIVE" : "INACTIVE",
    registeredContainerInstancesCount: cluster.instances.size,
    ...countsOf(tasksOf(cluster, now), now),
    activeServicesCount: [...cluster.services.values()].filter((service) => statusOf(service, now) === "ACTIVE").length,
    statistics: include.includes("STATISTICS") ? statisticsOf(cluster, now) : [],
    tags: include.includes("TAGS") ? [...cluster.tags] : [],
    settings: include.includes("SETTINGS") ? settings : [],
    ...(include.includes("CONFIGURATIONS") && configuration !== undefined && { configuration }),
    ...(include.includes("ATTACHMENTS") && { attachments: [] })
  } satisfies sdk.Cluster
})

const everything = ["CONFIGURATIONS", "SETTINGS", "TAGS"]

const insights = ["disabled", "enabled", "enhanced"]

const checkSettings = (settings: ReadonlyArray<sdk.ClusterSetting>) => {
  const wrong = settings.find(({ name, value = "" }) => name !== "containerInsights" || !insights.includes(value))
  return wrong === undefined
    ? Effect.void
    : Effect.fail(Ecs.invalid(`Invalid cluster setting: ${wrong.name ?? null} cannot be ${wrong.value ?? null}.`))
}

/** Checks that there are these capacity providers, and that a strategy has only those of its cluster. Returns the strategy. */
const checkProviders = Effect.fnUntraced(function*(
  state: Ecs.State,
  providers: ReadonlyArray<string>,
  strategy: Strategy
) {
  const known = (name: string) => Ecs.isFargateProvider(name) || state.providers.has(nameIn(name))
  const missing = providers.find((name) => !known(name))
  if (missing !== undefined) {
    return yield* Ecs.invalid(
      `The specified capacity provider does not exist. Specify a valid name or ARN and try again.`
    )
  }
  yield* checkStrategy(strategy, providers)
})

const update = Effect.fnUntraced(function*(
  state: Ecs.State,
  reference: string | undefined,
  changes: Partial<sdk.Cluster>,
  context: HandlerContext
) {
  const cluster = yield* Ecs.findCluster(state, reference)
  cluster.settings = { ...cluster.settings, ...changes }
  return { cluster: yield* toSdkCluster(cluster, yield* Clock.currentTimeMillis, context, everything) }
})

export const handlers: Ecs.EcsHandlers = {
  CreateCluster: Effect.fnUntraced(function*(input, state, context) {
    const { clusters } = state
    const { capacityProviders = [], clusterName = "default", settings = [] } = input
    const defaultCapacityProviderStrategy = strategyOf(input.defaultCapacityProviderStrategy)
    if (!Ecs.identifier.test(clusterName)) return yield* Ecs.invalid("Invalid identifier: not a valid cluster name.")
    yield* checkSettings(settings)
    yield* checkProviders(state, capacityProviders, defaultCapacityProviderStrategy)
    const created: Ecs.Cluster = {
      name: clusterName,
      arn: context.arn("ecs", `cluster/${clusterName}`),
      request: canonical(input),
      settings: {
        ...pick(input, ["configuration", "serviceConnectDefaults"]),
        capacityProviders,
        defaultCapacityProviderStrategy,
        settings: settings.length > 0
          ? settings
          : [{ name: "containerInsights", value: settingOf(state, "containerInsights", context) }]
      },
      tags: yield* Ecs.tags.add([], input.tags ?? []),
      services: new Map(),
      tasks: new Map(),
      instances: new Map(),
      isActive: true
    }
    const known = clusters.get(clusterName)
    if (known?.isActive && known.request !== created.request) {
      return yield* Ecs.invalid(
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
      )
    }
    const cluster = known?.isActive ? known : created
    clusters.set(clusterName, cluster)
    return { cluster: yield* toSdkCluster(cluster, yield* Clock.currentTimeMillis, context, everything) }
  }),

  DescribeClusters: Effect.fnUntraced(function*({ clusters: references = [], include }, state, context) {
    if (references.length > 100) return yield* Ecs.invalid("Clusters cannot have more than 100 elements.")
    const now = yield* Clock.currentTimeMillis
    const wanted = references.length === 0 ? ["default"] : references
    const found = wanted.map((reference) => [reference, Ecs.knownCluster(state, reference)] as const)
    return {
      clusters: yield* Effect.forEach(
        found.flatMap(([, cluster]) => cluster ?? []),
        (cluster) => toSdkCluster(cluster, now, context, include)
      ),
      failures: found.flatMap(([reference, cluster]) =>
        cluster ? [] : [{ arn: context.arn("ecs", `cluster/${nameIn(reference)}`), reason: "MISSING" }]
      )
    }
  }),

  ListClusters: Effect.fnUntraced(function*(input, { clusters }, context) {
    const { maxResults = 100, nextToken } = input
    yield* Ecs.checkSize(maxResults)
    const [page, token] = yield* context.page([...clusters.values()].filter(({ isActive }) => isActive), {
      token: nextToken,
      size: maxResults,
      key: ({ name }) => name,
      query: input,
      invalid: Ecs.invalidToken
    })
    return { clusterArns: page.map(({ arn }) => arn), nextToken: token }
  }),

  UpdateCluster: (input, state, context) =>
    Effect.andThen(
      checkSettings(input.settings ?? []),
      update(state, input.cluster, pick(input, ["configuration", "serviceConnectDefaults", "settings"]), context)
    ),

  UpdateClusterSettings: (input, state, context) =>
    Effect.andThen(
      checkSettings(input.settings ?? []),
      update(state, input.cluster, pick(input, ["settings"]), context)
    ),

  PutClusterCapacityProviders: Effect.fnUntraced(function*(input, state, context) {
    const { capacityProviders = [] } = input
    const defaultCapacityProviderStrategy = strategyOf(input.defaultCapacityProviderStrategy)
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    yield* checkProviders(state, capacityProviders, defaultCapacityProviderStrategy)
    const isUsed = (name: string) =>
      [...cluster.services.values()].some(({ isDeleted, settings }) =>
        !isDeleted && settings.capacityProviderStrategy?.some(({ capacityProvider }) => capacityProvider === name)
      )
    const used = cluster.settings.capacityProviders?.find((name) => !capacityProviders.includes(name) && isUsed(name))
    if (used !== undefined) {
      return yield* new Fault({
        code: "ResourceInUseException",
        message: "The specified capacity provider is in use and cannot be removed."
      })
    }
    return yield* update(state, input.cluster, { capacityProviders, defaultCapacityProviderStrategy }, context)
  }),

  DeleteCluster: Effect.fnUntraced(function*({ cluster: reference }, state, context) {
    const now = yield* Clock.currentTimeMillis
    const cluster = yield* Ecs.findCluster(state, reference)
    const contains = (what: string, message: string) =>
      new Fault({ code: `ClusterContains${what}Exception`, message: `The Cluster cannot be deleted while ${message}.` })
    if ([...cluster.services.values()].some((service) => statusOf(service, now) !== "INACTIVE")) {
      return yield* contains("Services", "Services are active")
    }
    if (cluster.instances.size > 0) {
      return yield* contains("ContainerInstances", "Container Instances are active or draining")
    }
    if (tasksOf(cluster, now).some((task) => !stateOf(task, now).isStopped)) {
      return yield* contains("Tasks", "Tasks are active")
    }
    cluster.isActive = false
    return { cluster: yield* toSdkCluster(cluster, now, context) }
  })
}

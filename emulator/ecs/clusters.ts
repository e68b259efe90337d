/** In-memory ECS: clusters. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { pick } from "../support/members.ts"
import { find, statusOf, toSdkService } from "./deployments.ts"
import * as Ecs from "./state.ts"

const toSdkCluster = (
  cluster: Ecs.Cluster,
  now: number,
  context: HandlerContext,
  include: ReadonlyArray<string> = []
): sdk.Cluster => {
  const { settings, ...rest } = cluster.settings
  const services = [...cluster.services.keys()].map((name) => find(cluster, name, now, context)!)
  const total = (count: "pendingCount" | "runningCount") =>
    services.reduce((n, service) => n + (toSdkService(service, now)[count] ?? 0), 0)
  return {
    ...rest,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.isActive ? "ACTIVE" : "INACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: total("runningCount"),
    pendingTasksCount: total("pendingCount"),
    activeServicesCount: services.filter((service) => statusOf(service, now) === "ACTIVE").length,
    statistics: [],
    tags: include.includes("TAGS") ? [...cluster.tags] : [],
    settings: include.includes("SETTINGS") && settings !== undefined ? settings : []
  }
}

export const handlers: Ecs.EcsHandlers = {
  CreateCluster: Effect.fnUntraced(function*(input, { clusters }, context) {
    const { capacityProviders = [], clusterName = "default", defaultCapacityProviderStrategy = [], settings = [] } =
      input
    if (!Ecs.identifier.test(clusterName)) return yield* Ecs.invalid("Invalid identifier: not a valid cluster name.")
    const created: Ecs.Cluster = {
      name: clusterName,
      arn: context.arn("ecs", `cluster/${clusterName}`),
      request: canonical(input),
      settings: {
        ...pick(input, ["configuration", "serviceConnectDefaults"]),
        capacityProviders,
        defaultCapacityProviderStrategy,
        settings: settings.length > 0 ? settings : [{ name: "containerInsights", value: "disabled" }]
      },
      tags: yield* Ecs.tags.add([], input.tags ?? []),
      services: new Map(),
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
    return { cluster: toSdkCluster(cluster, yield* Clock.currentTimeMillis, context, ["SETTINGS", "TAGS"]) }
  }),

  DescribeClusters: Effect.fnUntraced(
    function*({ clusters: references = ["default"], include }, state, context) {
      if (references.length > 100) return yield* Ecs.invalid("Clusters cannot have more than 100 elements.")
      const now = yield* Clock.currentTimeMillis
      const found = references.map((reference) => [reference, Ecs.knownCluster(state, reference)] as const)
      return {
        clusters: found.flatMap(([, cluster]) => cluster ? [toSdkCluster(cluster, now, context, include)] : []),
        failures: found.flatMap(([reference, cluster]) =>
          cluster ? [] : [{ arn: context.arn("ecs", `cluster/${nameIn(reference)}`), reason: "MISSING" }]
        )
      }
    }
  ),

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

  DeleteCluster: Effect.fnUntraced(function*({ cluster: reference }, state, context) {
    const now = yield* Clock.currentTimeMillis
    const cluster = yield* Ecs.findCluster(state, reference)
    if ([...cluster.services.values()].some((service) => statusOf(service, now) !== "INACTIVE")) {
      return yield* new Fault({
        code: "ClusterContainsServicesException",
        message: "The Cluster cannot be deleted while Services are active."
      })
    }
    cluster.isActive = false
    return { cluster: toSdkCluster(cluster, now, context) }
  })
}

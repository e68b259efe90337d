/** In-memory ECS: container instances. An agent registers them on AWS; here, a test does. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { find } from "./deployments.ts"
import { tellInstance } from "./events.ts"
import { toSdkInstance } from "./instanceForm.ts"
import * as Ecs from "./state.ts"
import { stopTask } from "./taskActions.ts"
import { countsOf, tasksOf } from "./taskStates.ts"

/** What an instance has if its agent doesn't say. The ports are those that the instance needs for itself. */
const defaultResources: ReadonlyArray<sdk.Resource> = [
  { name: "CPU", type: "INTEGER", integerValue: 4096 },
  { name: "MEMORY", type: "INTEGER", integerValue: 7482 },
  { name: "PORTS", type: "STRINGSET", stringSetValue: ["22", "2376", "2375", "51678", "51679"] },
  { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] }
]

/** The id of the EC2 instance in its identity document. */
const ec2IdIn = Effect.fnUntraced(function*(document: string | undefined) {
  if (document === undefined) return
  return yield* Effect.try({
    try: (): string | undefined => JSON.parse(document).instanceId,
    catch: () => Ecs.clientError("The instance identity document is malformed.")
  })
})

const findInstance = (cluster: Ecs.Cluster, reference: string) => {
  const instance = cluster.instances.get(nameIn(reference))
  return instance === undefined || (reference.startsWith("arn:") && reference !== instance.arn)
    ? Effect.fail(Ecs.invalid("The referenced container instance was not found."))
    : Effect.succeed(instance)
}

const updateServices = Effect.fnUntraced(function*(cluster: Ecs.Cluster, now: number, context: HandlerContext) {
  for (const name of cluster.services.keys()) yield* find(cluster, name, now, context)
})

const missing = (cluster: Ecs.Cluster, reference: string, context: HandlerContext): sdk.Failure => ({
  arn: reference.startsWith("arn:")
    ? reference
    : context.arn("ecs", `container-instance/${cluster.name}/${reference}`),
  reason: "MISSING"
})

const checkReferences = (references: ReadonlyArray<string>, most: number) => {
  if (references.length === 0) return Effect.fail(Ecs.clientError("Container Instances cannot be empty."))
  return references.length > most
    ? Effect.fail(Ecs.invalid(`Container Instances cannot have more than ${most} elements.`))
    : Effect.void
}

export const handlers: Ecs.EcsHandlers = {
  RegisterContainerInstance: Effect.fnUntraced(function*(input, state, context) {
    const { attributes = [], tags = [], totalResources = [], versionInfo = {} } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const now = yield* Clock.currentTimeMillis
    const id = context.id("", 32)
    const instance: Ecs.Instance = {
      id,
      arn: context.arn("ecs", `container-instance/${cluster.name}/${id}`),
      ec2InstanceId: yield* ec2IdIn(input.instanceIdentityDocument),
      resources: totalResources.length > 0 ? totalResources.map((resource) => ({ ...resource })) : defaultResources,
      versionInfo: { ...versionInfo },
      registeredAt: new Date(now),
      attributes: attributes.map((attribute) => ({ ...attribute })),
      tags: yield* Ecs.tags.add([], tags),
      status: "ACTIVE"
    }
    cluster.instances.set(id, instance)
    tellInstance(cluster, instance, now, context)
    yield* updateServices(cluster, now, context)
    return { containerInstance: toSdkInstance(cluster, instance, now, ["TAGS"]) }
  }),

  DeregisterContainerInstance: Effect.fnUntraced(function*(input, state, context) {
    const { containerInstance: reference = "", force = false } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const now = yield* Clock.currentTimeMillis
    const instance = yield* findInstance(cluster, reference)
    const tasks = tasksOf(cluster, now).filter((task) => task.instance === instance)
    if (!force && countsOf(tasks, now).runningTasksCount > 0) {
      return yield* Ecs.invalid("Found running tasks on the instance.")
    }
    const before = toSdkInstance(cluster, instance, now)
    cluster.instances.delete(instance.id)
    tellInstance(cluster, instance, now, context, { status: "INACTIVE", agentConnected: false })
    for (const task of tasks) {
      stopTask(
        cluster,
        task,
        { code: "TerminationNotice", reason: "Container instance was deregistered." },
        now,
        context
      )
    }
    yield* updateServices(cluster, now, context)
    return { containerInstance: { ...before, status: "INACTIVE", agentConnected: false } }
  }),

  DescribeContainerInstances: Effect.fnUntraced(function*(input, state, context) {
    const { containerInstances = [], include } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    yield* checkReferences(containerInstances, 100)
    const now = yield* Clock.currentTimeMillis
    const found = containerInstances.map((reference) => [reference, cluster.instances.get(nameIn(reference))] as const)
    return {
      containerInstances: found.flatMap(([, one]) => one ? [toSdkInstance(cluster, one, now, include)] : []),
      failures: found.flatMap(([reference, one]) => one ? [] : [missing(cluster, reference, context)])
    }
  }),

  ListContainerInstances: Effect.fnUntraced(function*(input, state, context) {
    const { maxResults = 100, nextToken, status } = input
    yield* Ecs.checkSize(maxResults)
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const [page, token] = yield* context.page(
      [...cluster.instances.values()].filter((instance) => status === undefined || instance.status === status),
      { token: nextToken, size: maxResults, key: ({ arn }) => arn, query: input, invalid: Ecs.invalidToken }
    )
    return { containerInstanceArns: page.map(({ arn }) => arn), nextToken: token }
  }),

  UpdateContainerInstancesState: Effect.fnUntraced(function*(input, state, context) {
    const { containerInstances = [], status } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    yield* checkReferences(containerInstances, 10)
    if (status !== "ACTIVE" && status !== "DRAINING") {
      return yield* Ecs.invalid("Container instances status should be one of [ACTIVE,DRAINING]")
    }
    const now = yield* Clock.currentTimeMillis
    const found = containerInstances.map((reference) => [reference, cluster.instances.get(nameIn(reference))] as const)
    for (const [, instance] of found) {
      if (instance === undefined) continue
      instance.status = status
      tellInstance(cluster, instance, now, context)
      // The tasks of services move to other instances. The others keep running.
      for (const task of tasksOf(cluster, now)) {
        if (status === "DRAINING" && task.instance === instance && task.group.startsWith("service:")) {
          stopTask(
            cluster,
            task,
            { code: "ServiceSchedulerInitiated", reason: "Container instance is draining." },
            now,
            context
          )
        }
      }
    }
    yield* updateServices(cluster, now, context)
    return {
      containerInstances: found.flatMap(([, one]) => one ? [toSdkInstance(cluster, one, now)] : []),
      failures: found.flatMap(([reference, one]) => one ? [] : [missing(cluster, reference, context)])
    }
  })
}

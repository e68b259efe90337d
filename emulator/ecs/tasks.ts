/** In-memory ECS: tasks that run by themselves, and those of services. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { idempotent } from "../support/idempotency.ts"
import { checkStorage } from "./containers.ts"
import { definitionFor } from "./definitions.ts"
import { find } from "./deployments.ts"
import { checkPlatform, platformOf } from "./fargate.ts"
import { checkNetwork } from "./network.ts"
import * as Ecs from "./state.ts"
import { isFargate as onFargate, launchFor, nextProvider } from "./strategies.ts"
import { startTask, stopTask } from "./taskActions.ts"
import { toSdkTask } from "./taskForm.ts"
import { knownTask, obstacleTo, stateOf, tasksOf } from "./taskStates.ts"

/** An account without roles lets tasks have any role, as it lets everyone assume one. */
const checkRoles = (definition: sdk.TaskDefinition, overrides: sdk.TaskOverride, context: HandlerContext) => {
  const roles = [
    overrides.executionRoleArn ?? definition.executionRoleArn,
    overrides.taskRoleArn ?? definition.taskRoleArn
  ].filter((role) => role !== undefined)
  const wrong = roles.find((role) => {
    const known = context.stateOf(iam, { account: parseArn(role)?.account ?? context.account }).roles
    return known.size > 0 && ![...known.values()].some(({ arn, name }) => arn === role || name === role)
  })
  return wrong === undefined ? Effect.void : Effect.fail(Ecs.clientError(
    `ECS was unable to assume the role '${wrong}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`
  ))
}

const checkOverrides = (definition: sdk.TaskDefinition, { containerOverrides = [] }: sdk.TaskOverride) => {
  const names = definition.containerDefinitions!.map(({ name }) => name)
  const unknown = containerOverrides.find(({ name }) => !names.includes(name))
  return unknown === undefined ? Effect.void : Effect.fail(Ecs.invalid(
    `Override for container named ${unknown.name} is not a container in the TaskDefinition.`
  ))
}

/** The tags of a new task: those of the request, of its definition if it propagates them, and those that ECS manages. */
const tagsOf = Effect.fnUntraced(function*(
  input: Pick<sdk.RunTaskRequest, "enableECSManagedTags" | "propagateTags" | "tags">,
  definition: sdk.TaskDefinition,
  cluster: Ecs.Cluster,
  state: Ecs.State
) {
  const { enableECSManagedTags = false, propagateTags, tags: given = [] } = input
  if (propagateTags === "SERVICE") return yield* Ecs.invalid("Propagating tags from a service is only for services.")
  const propagated = propagateTags === "TASK_DEFINITION" ? state.tags.get(definition.taskDefinitionArn!) ?? [] : []
  const tags = yield* Ecs.tags.add(propagated, given)
  return enableECSManagedTags ? [...tags, { key: "aws:ecs:clusterName", value: cluster.name }] : tags
})

type Common = Pick<
  sdk.RunTaskRequest & sdk.StartTaskRequest,
  | "enableECSManagedTags"
  | "enableExecuteCommand"
  | "group"
  | "networkConfiguration"
  | "overrides"
  | "propagateTags"
  | "startedBy"
  | "tags"
>

/** Checks what RunTask and StartTask share, and makes the request of their tasks. */
const requestOf = Effect.fnUntraced(function*(
  input: Common,
  definition: sdk.TaskDefinition,
  isFargate: boolean,
  cluster: Ecs.Cluster,
  state: Ecs.State,
  context: HandlerContext
) {
  const { enableExecuteCommand, group = Ecs.familyGroup(definition), overrides = {}, startedBy } = input
  yield* checkNetwork(input.networkConfiguration, definition, isFargate, context)
  yield* checkOverrides(definition, overrides)
  yield* checkRoles(definition, overrides, context)
  yield* checkStorage(overrides.ephemeralStorage && copyData(overrides.ephemeralStorage))
  if (startedBy !== undefined && startedBy.length > 128) {
    return yield* Ecs.invalid("startedBy cannot be longer than 128 characters.")
  }
  return {
    definition,
    isFargate,
    group,
    startedBy,
    enableExecuteCommand,
    // A copy, which counts as read as a whole.
    overrides: structuredClone({
      ...overrides,
      containerOverrides: overrides.containerOverrides?.map((one) => ({ ...one })) ?? []
    }),
    network: input.networkConfiguration?.awsvpcConfiguration,
    tags: yield* tagsOf(input, definition, cluster, state)
  }
})

export const handlers: Ecs.EcsHandlers = {
  RunTask: Effect.fnUntraced(function*(input, state, context) {
    const { count = 1, taskDefinition = "" } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    if (taskDefinition === "") return yield* Ecs.invalid("TaskDefinition can not be blank.")
    if (!(count >= 1 && count <= 10)) return yield* Ecs.invalid("count must be between 1 and 10.")
    const { capacityProviderStrategy, ...given } = yield* launchFor(input, cluster)
    const isFargate = onFargate({ capacityProviderStrategy, ...given })
    const launchType = isFargate ? "FARGATE" : "EC2"
    if (!isFargate && input.platformVersion !== undefined) {
      return yield* Ecs.noPlatform
    }
    const now = yield* Clock.currentTimeMillis
    const definition = yield* definitionFor(state, taskDefinition, { launchType })
    yield* checkPlatform(definition, input.platformVersion)
    const request = yield* requestOf(input, definition, isFargate, cluster, state, context)
    const instances = [...cluster.instances.values()].filter(({ status }) => status === "ACTIVE")
    if (!isFargate && instances.length === 0) {
      return yield* Ecs.invalid("No Container Instances were found in your cluster.")
    }
    const failures: Array<sdk.Failure> = []
    const ids = yield* idempotent(
      state.tokens,
      {
        token: input.clientToken,
        request: canonical(input, ["clientToken"]),
        lifetime: 86_400_000,
        mismatch: new Fault({
          code: "ConflictException",
          message: "The specified clientToken was used with other parameters."
        })
      },
      Effect.gen(function*() {
        const started: Array<Ecs.Task> = []
        for (let i = 0; i < count; i++) {
          const instance = isFargate
            ? undefined
            : instances.find((one) => obstacleTo(cluster, one, definition, now) === undefined)
          if (!isFargate && instance === undefined) {
            failures.push(
              ...instances.map((one) => ({ arn: one.arn, reason: obstacleTo(cluster, one, definition, now) }))
            )
            break
          }
          const capacityProviderName = nextProvider(
            capacityProviderStrategy,
            started.map(({ launch }) => launch.capacityProviderName)
          )
          const launch: Partial<sdk.Task> = {
            launchType,
            ...(capacityProviderName !== undefined && { capacityProviderName }),
            ...(isFargate && platformOf(definition, input.platformVersion))
          }
          started.push(yield* startTask(cluster, { ...request, launch, instance }, now, context))
        }
        return started.map(({ id }) => id)
      })
    )
    const tasks = ids.flatMap((id) => cluster.tasks.get(id) ?? [])
    return { tasks: tasks.map((task) => toSdkTask(cluster, task, now, ["TAGS"])), failures }
  }),

  StartTask: Effect.fnUntraced(function*(input, state, context) {
    const { containerInstances = [], taskDefinition = "" } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    if (containerInstances.length === 0) return yield* Ecs.clientError("Container Instances cannot be empty.")
    if (containerInstances.length > 10) {
      return yield* Ecs.invalid("Container Instances cannot have more than 10 elements.")
    }
    const now = yield* Clock.currentTimeMillis
    const launch = { launchType: "EC2" } as const
    const definition = yield* definitionFor(state, taskDefinition, launch)
    const request = { ...yield* requestOf(input, definition, false, cluster, state, context), launch }
    const failures: Array<sdk.Failure> = []
    const tasks: Array<Ecs.Task> = []
    for (const reference of containerInstances) {
      const instance = cluster.instances.get(nameIn(reference))
      const reason = instance === undefined ? "MISSING" : obstacleTo(cluster, instance, definition, now)
      if (reason !== undefined) {
        failures.push({
          arn: instance?.arn ?? context.arn("ecs", `container-instance/${cluster.name}/${nameIn(reference)}`),
          reason
        })
      } else tasks.push(yield* startTask(cluster, { ...request, instance }, now, context))
    }
    return { tasks: tasks.map((task) => toSdkTask(cluster, task, now, ["TAGS"])), failures }
  }),

  StopTask: Effect.fnUntraced(function*({ cluster: where, reason = "", task: reference = "" }, state, context) {
    const cluster = yield* Ecs.findCluster(state, where)
    const now = yield* Clock.currentTimeMillis
    const task = knownTask(cluster, reference, now)
    if (task === undefined) return yield* Ecs.invalid("The referenced task was not found.")
    if (stateOf(task, now).stop === undefined) stopTask(cluster, task, { code: "UserInitiated", reason }, now, context)
    return { task: toSdkTask(cluster, task, now, ["TAGS"]) }
  }),

  DescribeTasks: Effect.fnUntraced(function*({ cluster: where, include, tasks = [] }, state, context) {
    const cluster = yield* Ecs.findCluster(state, where)
    if (tasks.length === 0) return yield* Ecs.invalid("Tasks cannot be empty.")
    if (tasks.length > 100) return yield* Ecs.invalid("Tasks cannot have more than 100 elements.")
    const now = yield* Clock.currentTimeMillis
    for (const name of cluster.services.keys()) yield* find(cluster, name, now, context)
    const found = tasks.map((reference) => [reference, knownTask(cluster, reference, now)] as const)
    return {
      tasks: found.flatMap(([, task]) => task ? [toSdkTask(cluster, task, now, include)] : []),
      failures: found.flatMap(([reference, task]) =>
        task ? [] : [{
          arn: reference.startsWith("arn:") ? reference : context.arn("ecs", `task/${cluster.name}/${reference}`),
          reason: "MISSING"
        }]
      )
    }
  }),

  ListTasks: Effect.fnUntraced(function*(input, state, context) {
    const {
      containerInstance,
      desiredStatus = "RUNNING",
      family,
      launchType,
      maxResults = 100,
      nextToken,
      serviceName,
      startedBy
    } = input
    yield* Ecs.checkSize(maxResults)
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const now = yield* Clock.currentTimeMillis
    for (const name of cluster.services.keys()) yield* find(cluster, name, now, context)
    if (serviceName !== undefined && !cluster.services.has(nameIn(serviceName))) return yield* Ecs.serviceNotFound
    if (containerInstance !== undefined && !cluster.instances.has(nameIn(containerInstance))) {
      return yield* Ecs.invalid("The referenced container instance was not found.")
    }
    const [page, token] = yield* context.page(
      tasksOf(cluster, now).filter((task) =>
        (stateOf(task, now).stop === undefined ? "RUNNING" : "STOPPED") === desiredStatus &&
        (family === undefined || task.definition.family === family) &&
        (startedBy === undefined || task.startedBy === startedBy) &&
        (launchType === undefined || task.launch.launchType === launchType) &&
        (serviceName === undefined || task.group === `service:${nameIn(serviceName)}`) &&
        (containerInstance === undefined || task.instance?.id === nameIn(containerInstance))
      ),
      { token: nextToken, size: maxResults, key: ({ arn }) => arn, query: input, invalid: Ecs.invalidToken }
    )
    return { taskArns: page.map(({ arn }) => arn), nextToken: token }
  })
}

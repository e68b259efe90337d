/** In-memory ECS: task definitions. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import { nameIn } from "../support/arn.ts"
import { defined } from "../support/members.ts"
import { descending, numberKey } from "../support/order.ts"
import { checkDefinition, fitsFargate } from "./containers.ts"
import * as Ecs from "./state.ts"

/** Finds a task definition by `family` (its newest active revision), `family:revision` or ARN. */
export const findDefinition = ({ families }: Ecs.State, reference: string): sdk.TaskDefinition | undefined => {
  const [family = "", revision] = nameIn(reference).split(":")
  const found = families.get(family)?.findLast((definition) =>
    revision === undefined ? definition.status === "ACTIVE" : String(definition.revision) === revision
  )
  return reference.startsWith("arn:") && reference !== found?.taskDefinitionArn ? undefined : found
}

export const checkLaunchType = (
  { compatibilities = [] }: sdk.TaskDefinition,
  launchType: sdk.LaunchType | undefined
) =>
  launchType !== undefined && !compatibilities.includes(launchType)
    ? Effect.fail(Ecs.invalid(`Task definition does not support launch_type ${launchType}.`))
    : Effect.void

export const definitionFor = Effect.fnUntraced(
  function*(state: Ecs.State, reference: string, settings: Partial<sdk.Service>) {
    const definition = findDefinition(state, reference)
    if (definition === undefined) return yield* Ecs.clientError("TaskDefinition not found.")
    if (definition.status !== "ACTIVE") return yield* Ecs.clientError("TaskDefinition is inactive")
    yield* checkLaunchType(definition, settings.launchType)
    return definition
  }
)

/** What ECS fills in: the port of the host is that of the container, or 0 if Docker chooses one. */
const portOf = (mapping: sdk.PortMapping, networkMode: sdk.NetworkMode | undefined): sdk.PortMapping => ({
  ...(mapping.containerPortRange === undefined && {
    hostPort: networkMode === "awsvpc" || networkMode === "host" ? mapping.containerPort : 0
  }),
  protocol: "tcp",
  ...mapping
})

const containerOf = (
  container: sdk.ContainerDefinition,
  networkMode: sdk.NetworkMode | undefined
): sdk.ContainerDefinition => ({
  cpu: 0,
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  ...container,
  portMappings: (container.portMappings ?? []).map((mapping) => portOf(mapping, networkMode)),
  ...(container.healthCheck !== undefined && {
    healthCheck: { interval: 30, timeout: 5, retries: 3, ...container.healthCheck }
  })
})

/** A volume that names nothing else is a directory of the host. */
const volumeOf = (volume: sdk.Volume): sdk.Volume =>
  Object.keys(volume).every((name) => name === "name") ? { ...volume, host: {} } : volume

/** Changes a revision. */
const replace = (
  { families }: Ecs.State,
  definition: sdk.TaskDefinition,
  changes: Partial<sdk.TaskDefinition>
): sdk.TaskDefinition => {
  const changed = { ...definition, ...changes }
  const family = definition.family!
  families.set(family, families.get(family)!.map((known) => known === definition ? changed : known))
  return changed
}

export const handlers: Ecs.EcsHandlers = {
  RegisterTaskDefinition: Effect.fnUntraced(function*(input, { families, tags }, context) {
    // Most members of a definition are only stored. The copy counts all of them as read.
    const { tags: given = [], ...members } = copyData(input)
    yield* checkDefinition(members)
    const { family = "", networkMode } = members
    const added = yield* Ecs.tags.add([], given)
    const revisions = families.get(family) ?? []
    const revision = revisions.length + 1
    const arn = context.arn("ecs", `task-definition/${family}:${revision}`)
    const definition: sdk.TaskDefinition = {
      ...defined(members),
      taskDefinitionArn: arn,
      revision,
      containerDefinitions: members.containerDefinitions!.map((container) => containerOf(container, networkMode)),
      volumes: (members.volumes ?? []).map(volumeOf),
      placementConstraints: members.placementConstraints ?? [],
      status: "ACTIVE",
      compatibilities: networkMode === "awsvpc" && fitsFargate(members.cpu, members.memory)
        ? ["EC2", "FARGATE"]
        : ["EC2"],
      registeredAt: new Date(yield* Clock.currentTimeMillis),
      registeredBy: context.principal.arn
    }
    families.set(family, [...revisions, definition])
    tags.set(arn, added)
    return { taskDefinition: definition, tags: [...added] }
  }),

  DescribeTaskDefinition: Effect.fnUntraced(function*({ include, taskDefinition: reference = "" }, state) {
    const definition = findDefinition(state, reference)
    if (definition === undefined) return yield* Ecs.clientError("Unable to describe task definition.")
    const tags = state.tags.get(definition.taskDefinitionArn!)
    return { taskDefinition: definition, ...(include?.includes("TAGS") && { tags: [...tags ?? []] }) }
  }),

  ListTaskDefinitions: Effect.fnUntraced(function*(input, { families }, context) {
    const { familyPrefix, maxResults = 100, nextToken, sort = "ASC", status = "ACTIVE" } = input
    yield* Ecs.checkSize(maxResults)
    const order = (definition: sdk.TaskDefinition) => `${definition.family} ${numberKey(definition.revision ?? 0)}`
    const [page, token] = yield* context.page(
      [...families].flatMap(([family, revisions]) =>
        familyPrefix === undefined || family === familyPrefix
          ? revisions.filter((definition) => definition.status === status)
          : []
      ),
      {
        token: nextToken,
        size: maxResults,
        key: (definition) => sort === "DESC" ? descending(order(definition)) : order(definition),
        query: input,
        invalid: Ecs.invalidToken
      }
    )
    return { taskDefinitionArns: page.map(({ taskDefinitionArn = "" }) => taskDefinitionArn), nextToken: token }
  }),

  ListTaskDefinitionFamilies: Effect.fnUntraced(function*(input, { families }, context) {
    const { familyPrefix = "", maxResults = 100, nextToken, status = "ALL" } = input
    yield* Ecs.checkSize(maxResults)
    // A family is active as long as one of its revisions is.
    const statusOf = (revisions: ReadonlyArray<sdk.TaskDefinition>) =>
      revisions.some((definition) => definition.status === "ACTIVE") ? "ACTIVE" : "INACTIVE"
    const [page, token] = yield* context.page(
      [...families].filter(([family, revisions]) =>
        family.startsWith(familyPrefix) && (status === "ALL" || statusOf(revisions) === status)
      ),
      { token: nextToken, size: maxResults, key: ([family]) => family, query: input, invalid: Ecs.invalidToken }
    )
    return { families: page.map(([family]) => family), nextToken: token }
  }),

  DeleteTaskDefinitions: Effect.fnUntraced(function*({ taskDefinitions = [] }, state, context) {
    if (taskDefinitions.length === 0) {
      return yield* Ecs.invalid("size of TaskDefinition references list must be greater than 0")
    }
    if (taskDefinitions.length > 10) {
      return yield* Ecs.invalid("Size of TaskDefinition references list cannot exceed 10")
    }
    const deleted: Array<sdk.TaskDefinition> = []
    const failures: Array<sdk.Failure> = []
    for (const reference of taskDefinitions) {
      const found = /:\d+$/.test(reference) ? findDefinition(state, reference) : undefined
      const reason = !/:\d+$/.test(reference)
        ? "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."
        : found === undefined
        ? "The specified task definition does not exist. Specify a valid account, family, revision and try again."
        : found.status === "ACTIVE"
        ? "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
        : undefined
      if (found === undefined || reason !== undefined) {
        failures.push({
          arn: reference.startsWith("arn:") ? reference : context.arn("ecs", `task-definition/${reference}`),
          reason
        })
      } else {
        deleted.push(replace(state, found, { status: "DELETE_IN_PROGRESS" }))
      }
    }
    return { taskDefinitions: deleted, failures }
  }),

  DeregisterTaskDefinition: Effect.fnUntraced(function*({ taskDefinition: reference = "" }, state) {
    if (!/:\d+$/.test(reference)) return yield* Ecs.clientError("Invalid revision number. Number: null")
    const definition = findDefinition(state, reference)
    if (definition === undefined) return yield* Ecs.clientError("The specified task definition does not exist.")
    if (definition.status === "DELETE_IN_PROGRESS") {
      return yield* Ecs.clientError("The specified task definition is being deleted.")
    }
    const deregisteredAt = definition.deregisteredAt ?? new Date(yield* Clock.currentTimeMillis)
    const deregistered = replace(state, definition, { status: "INACTIVE", deregisteredAt })
    return { taskDefinition: deregistered }
  })
}

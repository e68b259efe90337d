/** In-memory ECS: task definitions. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { nameIn } from "../support/arn.ts"
import { descending, numberKey } from "../support/order.ts"
import * as Ecs from "./state.ts"

/** Finds a task definition by `family` (its newest active revision), `family:revision` or ARN. */
export const findDefinition = ({ families }: Ecs.State, reference: string): sdk.TaskDefinition | undefined => {
  const [family = "", revision] = nameIn(reference).split(":")
  const found = families.get(family)?.findLast((definition) =>
    revision === undefined ? definition.status === "ACTIVE" : String(definition.revision) === revision
  )
  return reference.startsWith("arn:") && reference !== found?.taskDefinitionArn ? undefined : found
}

export const definitionFor = Effect.fnUntraced(
  function*(state: Ecs.State, reference: string, settings: Partial<sdk.Service>) {
    const definition = findDefinition(state, reference)
    if (definition === undefined) return yield* Ecs.clientError("TaskDefinition not found.")
    if (definition.status !== "ACTIVE") return yield* Ecs.clientError("TaskDefinition is inactive")
    const { launchType } = settings
    if (launchType !== undefined && definition.compatibilities?.includes(launchType) !== true) {
      return yield* Ecs.invalid(`Task definition does not support launch_type ${launchType}.`)
    }
    if (definition.networkMode === "awsvpc" && settings.networkConfiguration === undefined) {
      return yield* Ecs.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    }
    return definition
  }
)

export const handlers: Ecs.EcsHandlers = {
  RegisterTaskDefinition: Effect.fnUntraced(function*(input, { families, tags }, context) {
    const { containerDefinitions = [], family = "", requiresCompatibilities, tags: given = [], ...rest } = input
    if (!Ecs.identifier.test(family)) return yield* Ecs.clientError("Invalid 'family' setting for task definition.")
    if (containerDefinitions.length === 0) return yield* Ecs.clientError("Container list cannot be empty.")
    for (const { image = "", memory, memoryReservation, name = "" } of containerDefinitions) {
      if (name === "") return yield* Ecs.clientError("Container.name should not be null or empty.")
      if (image === "") return yield* Ecs.clientError("Container.image should not be null or empty.")
      if (input.memory === undefined && memory === undefined && memoryReservation === undefined) {
        return yield* Ecs.clientError(
          `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`
        )
      }
    }
    if (requiresCompatibilities?.includes("FARGATE")) {
      if (input.networkMode !== "awsvpc") return yield* Ecs.clientError("Fargate only supports network mode ‘awsvpc’.")
      if (input.cpu === undefined || input.memory === undefined) {
        return yield* Ecs.clientError("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
      }
    }
    const added = yield* Ecs.tags.add([], given)
    const revisions = families.get(family) ?? []
    const revision = revisions.length + 1
    const arn = context.arn("ecs", `task-definition/${family}:${revision}`)
    const definition: sdk.TaskDefinition = {
      ...rest,
      taskDefinitionArn: arn,
      family,
      revision,
      containerDefinitions: containerDefinitions.map((container) => ({
        cpu: 0,
        essential: true,
        portMappings: [],
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        ...container
      })),
      volumes: input.volumes ?? [],
      placementConstraints: input.placementConstraints ?? [],
      status: "ACTIVE",
      compatibilities: input.networkMode === "awsvpc" && input.cpu !== undefined && input.memory !== undefined
        ? ["EC2", "FARGATE"]
        : ["EC2"],
      ...(requiresCompatibilities !== undefined && { requiresCompatibilities }),
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

  DeregisterTaskDefinition: Effect.fnUntraced(function*({ taskDefinition: reference = "" }, state) {
    if (!/:\d+$/.test(reference)) return yield* Ecs.clientError("Invalid revision number. Number: null")
    const definition = findDefinition(state, reference)
    if (definition === undefined) return yield* Ecs.clientError("The specified task definition does not exist.")
    const deregistered: sdk.TaskDefinition = {
      ...definition,
      status: "INACTIVE",
      deregisteredAt: definition.deregisteredAt ?? new Date(yield* Clock.currentTimeMillis)
    }
    const revisions = state.families.get(definition.family!)!
    state.families.set(definition.family!, revisions.map((known) => known === definition ? deregistered : known))
    return { taskDefinition: deregistered }
  })
}

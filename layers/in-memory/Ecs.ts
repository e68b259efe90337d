/**
 * In-memory ECS: clusters, task definitions, services and their rolling deployments.
 *
 * Every task has capacity to run on, whatever its launch type. A task can't start if the host of one of its images ends
 * in `.invalid`, a domain that never resolves: neither this ECS nor AWS can pull `registry.invalid/app:1`.
 */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, service } from "./Service.ts"

const minutes = (count: number) => count * 60_000

/** How long a task takes to start, and to stop. */
const START = minutes(1)
/** How long a deployment takes to complete. */
const ROLLOUT = minutes(3)
/** How long after a failed start ECS tries again. */
const RETRY = minutes(2)

interface Deployment {
  readonly id: string
  readonly taskDefinition: string
  readonly canStart: boolean
  readonly settings: Partial<sdk.Deployment>
  createdAt: number
  updatedAt: number
  /** When it stopped launching tasks, because it failed or was replaced. */
  endedAt: number | undefined
  isRollback: boolean
  state: sdk.DeploymentRolloutState
  reason: string
  desired: number
  /** How many tasks ran when the desired count last changed, and when that was. */
  before: { readonly running: number; readonly at: number }
}

interface Service {
  readonly name: string
  readonly arn: string
  readonly cluster: Cluster
  readonly token: string | undefined
  readonly input: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly tags: ReadonlyArray<sdk.Tag>
  settings: Partial<sdk.Service>
  isDeleted: boolean
  /** The primary deployment first. */
  deployments: ReadonlyArray<Deployment>
  events: ReadonlyArray<sdk.ServiceEvent>
}

interface Cluster {
  readonly name: string
  readonly arn: string
  readonly settings: Partial<sdk.Cluster>
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly services: Map<string, Service>
  isActive: boolean
}

interface State {
  readonly clusters: Map<string, Cluster>
  /** The revisions by family. */
  readonly families: Map<string, ReadonlyArray<sdk.TaskDefinition>>
  readonly tags: Map<string, ReadonlyArray<sdk.Tag>>
}

const invalid = (message: string) => new Fault({ code: "InvalidParameterException", message })
const clientError = (message: string) => new Fault({ code: "ClientException", message })
const serviceNotFound = new Fault({ code: "ServiceNotFoundException", message: "Service not found." })
const invalidToken = invalid("Invalid token.")

const identifier = /^[a-zA-Z0-9_-]{1,255}$/

const arnOf = (resource: string, { account, region }: HandlerContext) => `arn:aws:ecs:${region}:${account}:${resource}`
const nameOf = (reference: string) => reference.slice(reference.lastIndexOf("/") + 1)

const findCluster = Effect.fnUntraced(function*({ clusters }: State, reference = "default") {
  const cluster = clusters.get(nameOf(reference))
  if (cluster === undefined || (reference.startsWith("arn:") && reference !== cluster.arn)) {
    return yield* new Fault({ code: "ClusterNotFoundException", message: "Cluster not found." })
  }
  if (!cluster.isActive) {
    return yield* new Fault({ code: "ClusterNotFoundException", message: "The referenced cluster was inactive." })
  }
  return cluster
})

/** Finds a task definition by `family` (its newest active revision), `family:revision` or ARN. */
const findDefinition = ({ families }: State, reference: string): sdk.TaskDefinition | undefined => {
  const [family = "", revision] = nameOf(reference).split(":")
  const found = families.get(family)?.findLast((definition) =>
    revision === undefined ? definition.status === "ACTIVE" : String(definition.revision) === revision
  )
  return reference.startsWith("arn:") && reference !== found?.taskDefinitionArn ? undefined : found
}

const definitionFor = Effect.fnUntraced(function*(state: State, reference: string, settings: Partial<sdk.Service>) {
  const definition = findDefinition(state, reference)
  if (definition === undefined) return yield* clientError("TaskDefinition not found.")
  if (definition.status !== "ACTIVE") return yield* clientError("TaskDefinition is inactive")
  const { launchType } = settings
  if (launchType !== undefined && definition.compatibilities?.includes(launchType) !== true) {
    return yield* invalid(`Task definition does not support launch_type ${launchType}.`)
  }
  if (definition.networkMode === "awsvpc" && settings.networkConfiguration === undefined) {
    return yield* invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  }
  return definition
})

const canStart = ({ containerDefinitions = [] }: sdk.TaskDefinition) =>
  containerDefinitions.every(({ image = "" }) => !/\.invalid(:\d+)?$/.test(image.split("/")[0]!))

const running = ({ before, canStart, desired, endedAt = Infinity }: Deployment, now: number) =>
  Math.min(now, endedAt) - before.at < START ? before.running : canStart ? desired : 0

const failed = ({ canStart, createdAt, desired, endedAt }: Deployment, now: number) =>
  canStart ? 0 : desired * Math.floor(((endedAt ?? now) - createdAt) / RETRY)

const sum = (service: Service, count: (deployment: Deployment) => number) =>
  service.deployments.reduce((total, deployment) => total + count(deployment), 0)

const scale = (deployment: Deployment, desired: number, now: number) => {
  if (desired === deployment.desired) return
  deployment.before = { running: running(deployment, now), at: now }
  deployment.desired = desired
}

const addEvent = (service: Service, message: string, at: number, context: HandlerContext) => {
  const event = { id: context.uuid(), createdAt: new Date(at), message: `(service ${service.name}) ${message}` }
  service.events = [event, ...service.events].slice(0, 100)
}

/** How many failed tasks trip the circuit breaker. */
const threshold = (breaker: sdk.DeploymentCircuitBreaker, desired: number): number => {
  const { type = "BOUNDED_PERCENT", value = 50 } = breaker.thresholdConfiguration ?? {}
  if (type === "COUNT") return value
  const share = Math.ceil(desired * value / 100)
  return type === "BOUNDED_PERCENT" ? Math.min(Math.max(share, 3), 200) : Math.max(share, 1)
}

/** Brings a service's deployments up to date with the clock. */
const settle = (service: Service, now: number, context: HandlerContext): void => {
  const [primary, ...replaced] = service.deployments
  if (primary?.state !== "IN_PROGRESS") return
  if (primary.canStart || primary.desired === 0) {
    const at = Math.max(primary.createdAt + ROLLOUT, primary.before.at + START)
    if (at > now) return
    primary.state = "COMPLETED"
    primary.reason = `ECS deployment ${primary.id} completed.`
    primary.updatedAt = at
    service.deployments = [primary]
    addEvent(service, `(deployment ${primary.id}) deployment completed.`, at, context)
    addEvent(service, "has reached a steady state.", at, context)
    return
  }
  const breaker = service.settings.deploymentConfiguration?.deploymentCircuitBreaker
  if (breaker?.enable !== true) return
  const at = primary.createdAt + RETRY * Math.ceil(threshold(breaker, primary.desired) / primary.desired)
  if (at > now) return
  primary.state = "FAILED"
  primary.reason = "ECS deployment circuit breaker: tasks failed to start."
  primary.updatedAt = primary.endedAt = at
  addEvent(service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`, at, context)
  const good = replaced.find(({ state }) => state === "COMPLETED")
  if (breaker.rollback !== true || good === undefined || primary.isRollback) return
  Object.assign(good, {
    state: "IN_PROGRESS",
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${good.id}.`,
    isRollback: true,
    createdAt: at,
    updatedAt: at,
    endedAt: undefined
  })
  service.deployments = [good, ...service.deployments.filter((deployment) => deployment !== good)]
  addEvent(service, `rolling back to deployment ${good.id}.`, at, context)
  settle(service, now, context)
}

const statusOf = (service: Service, now: number) =>
  !service.isDeleted
    ? "ACTIVE"
    : sum(service, (deployment) => running(deployment, now)) > 0
    ? "DRAINING"
    : "INACTIVE"

/** Finds a service, and brings it up to date. */
const find = (cluster: Cluster, reference: string, now: number, context: HandlerContext): Service | undefined => {
  const found = cluster.services.get(nameOf(reference))
  if (found !== undefined && !found.isDeleted) settle(found, now, context)
  return reference.includes("/") && reference !== found?.arn ? undefined : found
}

const deploy = (
  service: Service,
  definition: sdk.TaskDefinition,
  desired: number,
  now: number,
  context: HandlerContext
): void => {
  const { capacityProviderStrategy, launchType, networkConfiguration } = service.settings
  // A number of 19 decimal digits.
  const id = `ecs-svc/${String(10n ** 18n + BigInt(context.id("0x", 15)) % (9n * 10n ** 18n))}`
  for (const deployment of service.deployments) deployment.endedAt ??= now
  service.deployments = [{
    id,
    taskDefinition: definition.taskDefinitionArn!,
    canStart: canStart(definition),
    settings: {
      ...(launchType !== undefined && { launchType }),
      ...(capacityProviderStrategy !== undefined && { capacityProviderStrategy }),
      ...(launchType === "FARGATE" && { platformVersion: "1.4.0", platformFamily: "Linux" }),
      ...(networkConfiguration !== undefined && { networkConfiguration })
    },
    createdAt: now,
    updatedAt: now,
    endedAt: undefined,
    isRollback: false,
    state: "IN_PROGRESS",
    reason: `ECS deployment ${id} in progress.`,
    desired,
    before: { running: 0, at: now }
  }, ...service.deployments]
  service.settings = { ...service.settings, taskDefinition: definition.taskDefinitionArn }
}

const toSdkService = (service: Service, now: number, include: ReadonlyArray<string> = []): sdk.Service => {
  const status = statusOf(service, now)
  const deployments = status === "INACTIVE" ? [] : service.deployments.map((deployment, index): sdk.Deployment => {
    const tasks = running(deployment, now)
    return {
      ...deployment.settings,
      id: deployment.id,
      status: index === 0 ? "PRIMARY" : "ACTIVE",
      taskDefinition: deployment.taskDefinition,
      desiredCount: deployment.desired,
      pendingCount: deployment.canStart ? Math.max(deployment.desired - tasks, 0) : 0,
      runningCount: tasks,
      failedTasks: failed(deployment, now),
      createdAt: new Date(deployment.createdAt),
      updatedAt: new Date(deployment.updatedAt),
      rolloutState: deployment.state,
      rolloutStateReason: deployment.reason
    }
  })
  const total = (count: "pendingCount" | "runningCount") => deployments.reduce((n, d) => n + (d[count] ?? 0), 0)
  return {
    ...service.settings,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status,
    desiredCount: deployments[0]?.desiredCount ?? 0,
    runningCount: total("runningCount"),
    pendingCount: total("pendingCount"),
    deployments,
    events: [...service.events],
    createdAt: service.createdAt,
    createdBy: service.createdBy,
    ...(include.includes("TAGS") && { tags: [...service.tags] })
  }
}

const toSdkCluster = (
  cluster: Cluster,
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

/** The settings that start a new deployment when an update changes them. */
const redeploySettings = [
  "capacityProviderStrategy",
  "loadBalancers",
  "networkConfiguration",
  "platformVersion",
  "serviceRegistries"
] as const
/** The settings that an update can change. */
const updatableSettings = [
  ...redeploySettings,
  "availabilityZoneRebalancing",
  "deploymentConfiguration",
  "enableECSManagedTags",
  "enableExecuteCommand",
  "healthCheckGracePeriodSeconds",
  "placementConstraints",
  "placementStrategy",
  "propagateTags"
] as const

const pickDefined = <I extends object, K extends keyof I>(input: I, keys: ReadonlyArray<K>): Partial<Pick<I, K>> =>
  Object.fromEntries(keys.filter((key) => input[key] !== undefined).map((key) => [key, input[key]])) as Partial<
    Pick<I, K>
  >

const deploymentConfiguration = (configuration: sdk.DeploymentConfiguration = {}): sdk.DeploymentConfiguration => ({
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: "ROLLING",
  bakeTimeInMinutes: 0,
  ...configuration
})

const checkRolling = (controller: sdk.DeploymentController | undefined, strategy: string | undefined) =>
  (controller?.type ?? "ECS") === "ECS" && (strategy ?? "ROLLING") === "ROLLING"
    ? Effect.void
    : Effect.die("The in-memory ECS supports rolling deployments only: deployment controller ECS, strategy ROLLING.")

const checkCount = (name: string, count: number | undefined) =>
  count !== undefined && count < 0 ? Effect.fail(invalid(`${name} cannot be negative.`)) : Effect.void

const checkSize = (size: number) =>
  size < 1 || size > 100 ? Effect.fail(invalid("maxResults must be between 1 and 100.")) : Effect.void

// Pages are in ascending order of their keys; this key reverses the order.
const reversedKey = (key: string) =>
  String.fromCharCode(...Array.from(key, (char) => 0xffff - char.charCodeAt(0))) + "\uffff"

export const ecs = service<typeof sdk>()({
  serviceId: "ECS",
  namespace: "com.amazonaws.ecs",
  protocol: "json",
  scope: "region",
  state: (): State => ({ clusters: new Map(), families: new Map(), tags: new Map() }),
  handlers: {
    CreateCluster: Effect.fnUntraced(function*(input, { clusters }, context) {
      const { clusterName = "default", settings = [], tags = [] } = input
      if (!identifier.test(clusterName)) return yield* invalid("Invalid identifier: not a valid cluster name.")
      const now = yield* Clock.currentTimeMillis
      const known = clusters.get(clusterName)
      const cluster = known?.isActive ? known : {
        name: clusterName,
        arn: arnOf(`cluster/${clusterName}`, context),
        settings: {
          ...pickDefined(input, ["configuration", "serviceConnectDefaults"]),
          capacityProviders: input.capacityProviders ?? [],
          defaultCapacityProviderStrategy: input.defaultCapacityProviderStrategy ?? [],
          settings: settings.length > 0 ? settings : [{ name: "containerInsights" as const, value: "disabled" }]
        },
        tags,
        services: new Map<string, Service>(),
        isActive: true
      }
      clusters.set(clusterName, cluster)
      return { cluster: toSdkCluster(cluster, now, context, ["SETTINGS", "TAGS"]) }
    }),

    DescribeClusters: Effect.fnUntraced(
      function*({ clusters: references = ["default"], include }, { clusters }, context) {
        if (references.length > 100) return yield* invalid("Clusters cannot have more than 100 elements.")
        const now = yield* Clock.currentTimeMillis
        const found = references.map((reference) => {
          const cluster = clusters.get(nameOf(reference))
          return [reference, reference.startsWith("arn:") && cluster?.arn !== reference ? undefined : cluster] as const
        })
        return {
          clusters: found.flatMap(([, cluster]) => cluster ? [toSdkCluster(cluster, now, context, include)] : []),
          failures: found.flatMap(([reference, cluster]) =>
            cluster ? [] : [{ arn: arnOf(`cluster/${nameOf(reference)}`, context), reason: "MISSING" }]
          )
        }
      }
    ),

    ListClusters: Effect.fnUntraced(function*(input, { clusters }, context) {
      const { maxResults = 100, nextToken } = input
      yield* checkSize(maxResults)
      const [page, token] = yield* context.page([...clusters.values()].filter(({ isActive }) => isActive), {
        token: nextToken,
        size: maxResults,
        key: ({ name }) => name,
        query: input,
        invalid: invalidToken
      })
      return { clusterArns: page.map(({ arn }) => arn), nextToken: token }
    }),

    DeleteCluster: Effect.fnUntraced(function*({ cluster: reference }, state, context) {
      const now = yield* Clock.currentTimeMillis
      const cluster = yield* findCluster(state, reference)
      if ([...cluster.services.values()].some((service) => statusOf(service, now) !== "INACTIVE")) {
        return yield* new Fault({
          code: "ClusterContainsServicesException",
          message: "The Cluster cannot be deleted while Services are active."
        })
      }
      cluster.isActive = false
      return { cluster: toSdkCluster(cluster, now, context) }
    }),

    RegisterTaskDefinition: Effect.fnUntraced(function*(input, { families, tags }, context) {
      const { containerDefinitions = [], family = "", requiresCompatibilities, tags: given = [], ...rest } = input
      if (!identifier.test(family)) return yield* clientError("Invalid 'family' setting for task definition.")
      if (containerDefinitions.length === 0) return yield* clientError("Container list cannot be empty.")
      for (const { image = "", memory, memoryReservation, name = "" } of containerDefinitions) {
        if (name === "") return yield* clientError("Container.name should not be null or empty.")
        if (image === "") return yield* clientError("Container.image should not be null or empty.")
        if (input.memory === undefined && memory === undefined && memoryReservation === undefined) {
          return yield* clientError(
            `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`
          )
        }
      }
      if (requiresCompatibilities?.includes("FARGATE")) {
        if (input.networkMode !== "awsvpc") return yield* clientError("Fargate only supports network mode ‘awsvpc’.")
        if (input.cpu === undefined || input.memory === undefined) {
          return yield* clientError("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
        }
      }
      const revisions = families.get(family) ?? []
      const revision = revisions.length + 1
      const arn = arnOf(`task-definition/${family}:${revision}`, context)
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
      tags.set(arn, given)
      return { taskDefinition: definition, tags: given }
    }),

    DescribeTaskDefinition: Effect.fnUntraced(function*({ include, taskDefinition: reference = "" }, state) {
      const definition = findDefinition(state, reference)
      if (definition === undefined) return yield* clientError("Unable to describe task definition.")
      const tags = state.tags.get(definition.taskDefinitionArn!)
      return { taskDefinition: definition, ...(include?.includes("TAGS") && { tags: [...tags ?? []] }) }
    }),

    ListTaskDefinitions: Effect.fnUntraced(function*(input, { families }, context) {
      const { familyPrefix, maxResults = 100, nextToken, sort = "ASC", status = "ACTIVE" } = input
      yield* checkSize(maxResults)
      const order = (definition: sdk.TaskDefinition) =>
        `${definition.family} ${String(definition.revision).padStart(9, "0")}`
      const [page, token] = yield* context.page(
        [...families].flatMap(([family, revisions]) =>
          familyPrefix === undefined || family === familyPrefix
            ? revisions.filter((definition) => definition.status === status)
            : []
        ),
        {
          token: nextToken,
          size: maxResults,
          key: (definition) => sort === "DESC" ? reversedKey(order(definition)) : order(definition),
          query: input,
          invalid: invalidToken
        }
      )
      return { taskDefinitionArns: page.map(({ taskDefinitionArn = "" }) => taskDefinitionArn), nextToken: token }
    }),

    DeregisterTaskDefinition: Effect.fnUntraced(function*({ taskDefinition: reference = "" }, state) {
      if (!/:\d+$/.test(reference)) return yield* clientError("Invalid revision number. Number: null")
      const definition = findDefinition(state, reference)
      if (definition === undefined) return yield* clientError("The specified task definition does not exist.")
      const deregistered: sdk.TaskDefinition = {
        ...definition,
        status: "INACTIVE",
        deregisteredAt: definition.deregisteredAt ?? new Date(yield* Clock.currentTimeMillis)
      }
      const revisions = state.families.get(definition.family!)!
      state.families.set(definition.family!, revisions.map((known) => known === definition ? deregistered : known))
      return { taskDefinition: deregistered }
    }),

    CreateService: Effect.fnUntraced(function*(input, state, context) {
      const { clientToken, desiredCount, launchType, serviceName = "", tags = [], taskDefinition } = input
      const cluster = yield* findCluster(state, input.cluster)
      if (!identifier.test(serviceName)) return yield* invalid("Invalid identifier: not a valid service name.")
      yield* checkRolling(input.deploymentController, input.deploymentConfiguration?.strategy)
      const now = yield* Clock.currentTimeMillis
      const fingerprint = JSON.stringify({ ...input, clientToken: undefined })
      const known = find(cluster, serviceName, now, context)
      if (known !== undefined && statusOf(known, now) === "ACTIVE") {
        if (clientToken !== undefined && known.token === clientToken && known.input === fingerprint) {
          return { service: toSdkService(known, now, ["TAGS"]) }
        }
        return yield* invalid("Creation of service was not idempotent.")
      }
      if (known !== undefined && statusOf(known, now) === "DRAINING") {
        return yield* invalid("Unable to Start a service that is still Draining.")
      }
      if (taskDefinition === undefined) return yield* invalid("TaskDefinition cannot be null or empty.")
      const { schedulingStrategy = "REPLICA" } = input
      if (schedulingStrategy === "REPLICA" && desiredCount === undefined) {
        return yield* invalid("The desired count is required with the scheduling strategy REPLICA.")
      }
      yield* checkCount("desiredCount", desiredCount)
      const type = launchType ?? (input.capacityProviderStrategy === undefined ? "EC2" : undefined)
      const settings: Partial<sdk.Service> = {
        loadBalancers: [],
        serviceRegistries: [],
        placementConstraints: [],
        placementStrategy: [],
        healthCheckGracePeriodSeconds: 0,
        enableECSManagedTags: false,
        enableExecuteCommand: false,
        propagateTags: "NONE",
        availabilityZoneRebalancing: "ENABLED",
        ...pickDefined(input, updatableSettings),
        ...pickDefined(input, ["deploymentController"]),
        ...(type !== undefined && { launchType: type }),
        ...(type === "FARGATE" && { platformVersion: input.platformVersion ?? "LATEST", platformFamily: "Linux" }),
        schedulingStrategy,
        deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration)
      }
      const definition = yield* definitionFor(state, taskDefinition, settings)
      const created: Service = {
        name: serviceName,
        arn: arnOf(`service/${cluster.name}/${serviceName}`, context),
        cluster,
        token: clientToken,
        input: fingerprint,
        createdAt: new Date(now),
        createdBy: context.principal.arn,
        tags,
        settings,
        isDeleted: false,
        deployments: [],
        events: []
      }
      // A daemon service runs one task per container instance, and there are no container instances here.
      deploy(created, definition, desiredCount ?? 0, now, context)
      cluster.services.set(serviceName, created)
      return { service: toSdkService(created, now, ["TAGS"]) }
    }),

    UpdateService: Effect.fnUntraced(function*(input, state, context) {
      const { desiredCount, forceNewDeployment = false, service: reference = "", taskDefinition } = input
      const cluster = yield* findCluster(state, input.cluster)
      const now = yield* Clock.currentTimeMillis
      const found = find(cluster, reference, now, context)
      if (found === undefined) return yield* serviceNotFound
      if (found.isDeleted) {
        return yield* new Fault({ code: "ServiceNotActiveException", message: "Service was not ACTIVE." })
      }
      yield* checkRolling(input.deploymentController, input.deploymentConfiguration?.strategy)
      yield* checkCount("desiredCount", desiredCount)
      const primary = found.deployments[0]!
      const settings: Partial<sdk.Service> = {
        ...found.settings,
        ...pickDefined(input, updatableSettings),
        ...(input.deploymentConfiguration !== undefined && {
          deploymentConfiguration: { ...found.settings.deploymentConfiguration, ...input.deploymentConfiguration }
        })
      }
      const differs = redeploySettings.some((key) =>
        JSON.stringify(settings[key]) !== JSON.stringify(found.settings[key])
      )
      const requested = taskDefinition === undefined ? undefined : yield* definitionFor(state, taskDefinition, settings)
      const isNew = requested !== undefined && requested.taskDefinitionArn !== primary.taskDefinition
      found.settings = settings
      if (forceNewDeployment || differs || isNew) {
        const definition = requested ?? findDefinition(state, primary.taskDefinition)!
        deploy(found, definition, desiredCount ?? primary.desired, now, context)
      } else if (desiredCount !== undefined) {
        scale(primary, desiredCount, now)
      }
      return { service: toSdkService(found, now) }
    }),

    DescribeServices: Effect.fnUntraced(function*({ cluster: where, include, services = [] }, state, context) {
      if (services.length === 0) return yield* invalid("Services cannot be empty.")
      if (services.length > 10) return yield* invalid("Services cannot have more than 10 elements.")
      const cluster = yield* findCluster(state, where)
      const now = yield* Clock.currentTimeMillis
      const found = services.map((reference) => [reference, find(cluster, reference, now, context)] as const)
      return {
        services: found.flatMap(([, known]) => known ? [toSdkService(known, now, include)] : []),
        failures: found.flatMap(([reference, known]) =>
          known ? [] : [{
            arn: reference.startsWith("arn:") ? reference : arnOf(`service/${cluster.name}/${reference}`, context),
            reason: "MISSING"
          }]
        )
      }
    }),

    ListServices: Effect.fnUntraced(function*(input, state, context) {
      const { launchType, maxResults = 10, nextToken, schedulingStrategy } = input
      yield* checkSize(maxResults)
      const cluster = yield* findCluster(state, input.cluster)
      const [page, token] = yield* context.page(
        [...cluster.services.values()].filter(({ isDeleted, settings }) =>
          !isDeleted && (launchType ?? settings.launchType) === settings.launchType &&
          (schedulingStrategy ?? settings.schedulingStrategy) === settings.schedulingStrategy
        ),
        { token: nextToken, size: maxResults, key: ({ arn }) => arn, query: input, invalid: invalidToken }
      )
      return { serviceArns: page.map(({ arn }) => arn), nextToken: token }
    }),

    DeleteService: Effect.fnUntraced(
      function*({ cluster: where, force = false, service: reference = "" }, state, context) {
        const cluster = yield* findCluster(state, where)
        const now = yield* Clock.currentTimeMillis
        const found = find(cluster, reference, now, context)
        if (found === undefined || statusOf(found, now) === "INACTIVE") return yield* serviceNotFound
        if (!found.isDeleted) {
          if (!force && found.deployments[0]!.desired > 0) {
            return yield* invalid("The service cannot be stopped while it is scaled above 0.")
          }
          for (const deployment of found.deployments) {
            scale(deployment, 0, now)
            deployment.endedAt = undefined
          }
          found.isDeleted = true
        }
        return { service: { ...toSdkService(found, now), status: "DRAINING" } }
      }
    )
  }
})

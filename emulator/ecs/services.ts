/** In-memory ECS: services. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { defined, pick } from "../support/members.ts"
import { checkLaunchType, definitionFor } from "./definitions.ts"
import { deploy, find, reconcile, scale } from "./deployments.ts"
import { checkPlatform, platformOf } from "./fargate.ts"
import { checkNetwork } from "./network.ts"
import { statusOf, toSdkService } from "./serviceForm.ts"
import * as Ecs from "./state.ts"
import { isFargate, type Launch, launchFor } from "./strategies.ts"

/** Who manages the resources of a service. ECS does so only for express services, which the in-memory ECS doesn't have. */
const managedBy = "CUSTOMER"

/** The settings that start a new deployment when an update changes them. */
const redeploySettings = [
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
/** The settings that only deployments show. Changing them starts a new deployment too. */
const deploymentSettings = ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"] as const

const deploymentConfiguration = (configuration: sdk.DeploymentConfiguration = {}): sdk.DeploymentConfiguration => ({
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  strategy: "ROLLING",
  bakeTimeInMinutes: 0,
  ...copyData(configuration)
})

/** Dies if a service needs more than rolling deployments. */
const checkDeployments = Effect.fnUntraced(
  function*(
    input: Pick<
      sdk.UpdateServiceRequest,
      "deploymentConfiguration" | "deploymentController" | "serviceConnectConfiguration"
    >
  ) {
    const { deploymentConfiguration: configuration = {}, deploymentController, serviceConnectConfiguration } = input
    if ((deploymentController?.type ?? "ECS") !== "ECS" || (configuration.strategy ?? "ROLLING") !== "ROLLING") {
      return yield* unsupported(
        "The in-memory ECS supports rolling deployments only: deployment controller ECS, strategy ROLLING."
      )
    }
    const needed = [
      [configuration.alarms?.enable === true, "watch alarms during a deployment"],
      [(configuration.bakeTimeInMinutes ?? 0) > 0, "have a bake time"],
      [(configuration.lifecycleHooks?.length ?? 0) > 0, "run lifecycle hooks"],
      [configuration.linearConfiguration !== undefined, "shift traffic"],
      [configuration.canaryConfiguration !== undefined, "shift traffic"],
      [configuration.earlySuccessCriteria !== undefined, "end a deployment early"],
      [serviceConnectConfiguration?.enabled === true, "have Service Connect"]
    ] as const
    const first = needed.find(([isNeeded]) => isNeeded)
    if (first !== undefined) return yield* unsupported(`The in-memory ECS doesn't ${first[1]}.`)
  }
)

/** AWS's quota of tasks of a service, which nobody can raise. */
const mostTasks = 5_000

const checkCount = Effect.fnUntraced(function*(name: string, count: number | undefined) {
  if (count === undefined) return
  if (!(count >= 0 && count < 2 ** 31)) return yield* Ecs.invalid(`${name} cannot be negative.`)
  if (count > mostTasks) return yield* unsupported(`The in-memory ECS runs at most ${mostTasks} tasks of a service.`)
})

/** A rolling deployment either stops an old task first, or starts a new one. */
const checkPercents = ({ deploymentConfiguration = {}, schedulingStrategy }: Partial<sdk.Service>) =>
  schedulingStrategy === "REPLICA" && deploymentConfiguration.maximumPercent === 100 &&
    deploymentConfiguration.minimumHealthyPercent === 100
    ? Effect.fail(
      Ecs.invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")
    )
    : Effect.void

/** Dies if tasks have to be placed by rules: here, a task runs on the first instance that has room for it. */
const checkPlacement = ({ placementConstraints = [], placementStrategy = [] }: Partial<sdk.Service>) =>
  placementConstraints.length + placementStrategy.length > 0
    ? unsupported(
      "The in-memory ECS doesn't place tasks by constraints or strategies. Leave placementConstraints and placementStrategy out."
    )
    : Effect.void

const checkCapacity = Effect.fnUntraced(function*(input: sdk.CreateServiceRequest, onFargate: boolean) {
  const { healthCheckGracePeriodSeconds = 0, loadBalancers = [], platformVersion, schedulingStrategy } = input
  if (schedulingStrategy === "DAEMON" && onFargate) {
    return yield* Ecs.invalid("The daemon scheduling strategy is not supported for the Fargate launch type.")
  }
  if (schedulingStrategy === "DAEMON" && (input.placementStrategy ?? []).length > 0) {
    return yield* Ecs.invalid("Placement strategies are not supported with the daemon scheduling strategy.")
  }
  if (!onFargate && platformVersion !== undefined) {
    return yield* Ecs.noPlatform
  }
  if (healthCheckGracePeriodSeconds > 0 && loadBalancers.length === 0) {
    return yield* Ecs.invalid(
      "Health check grace period is only valid for services configured to use load balancers"
    )
  }
})

/**
 * Checks that load balancers send to a port of a container. There is no Elastic Load Balancing here, so a target group exists if its
 * ARN is well formed.
 */
const checkLoadBalancers = Effect.fnUntraced(function*(
  loadBalancers: ReadonlyArray<sdk.LoadBalancer>,
  { containerDefinitions = [] }: sdk.TaskDefinition
) {
  for (const { containerName, containerPort, loadBalancerName, targetGroupArn } of loadBalancers) {
    if ((loadBalancerName === undefined) === (targetGroupArn === undefined)) {
      return yield* Ecs.invalid("Either a load balancer name or a target group ARN must be specified, but not both.")
    }
    if (targetGroupArn !== undefined && !/^targetgroup\/[^/]+\/[^/]+$/.test(parseArn(targetGroupArn)?.resource ?? "")) {
      return yield* Ecs.invalid(`The target group ARN ${targetGroupArn} is invalid.`)
    }
    const container = containerDefinitions.find(({ name }) => name === containerName)
    if (container === undefined) {
      return yield* Ecs.invalid(`The container ${containerName} does not exist in the task definition.`)
    }
    if (!container.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      return yield* Ecs.invalid(
        `The container ${containerName} did not have a container port ${containerPort} defined.`
      )
    }
  }
})

/** The settings of a new service, but not what its tasks run on. */
const settingsOf = (input: sdk.CreateServiceRequest, context: HandlerContext): Partial<sdk.Service> => {
  const { role, schedulingStrategy = "REPLICA" } = input
  return {
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    healthCheckGracePeriodSeconds: 0,
    enableECSManagedTags: false,
    enableExecuteCommand: false,
    propagateTags: "NONE",
    availabilityZoneRebalancing: "ENABLED",
    ...pick(input, updatableSettings),
    ...pick(input, ["deploymentController"]),
    ...(role !== undefined && {
      roleArn: role.startsWith("arn:") ? role : context.arn("iam", `role/${role}`, { region: "" })
    }),
    schedulingStrategy,
    deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration)
  }
}

/** What the tasks of a service run on: a launch type or a strategy, and the platform. */
const placed = (
  settings: Partial<sdk.Service>,
  launch: Launch,
  definition: sdk.TaskDefinition
): Partial<sdk.Service> => {
  const { platformVersion = "LATEST" } = settings
  const none = {
    capacityProviderStrategy: undefined,
    launchType: undefined,
    platformFamily: undefined,
    platformVersion: undefined
  }
  const platform = isFargate(launch) && { ...platformOf(definition, platformVersion), platformVersion }
  return defined<Partial<sdk.Service>>({ ...settings, ...none, ...launch, ...platform })
}

const launchTypeOf = (launch: Launch): sdk.LaunchType => isFargate(launch) ? "FARGATE" : "EC2"

const tagsOf = (state: Ecs.State, { taskDefinitionArn = "" }: sdk.TaskDefinition) =>
  state.tags.get(taskDefinitionArn) ?? []

export const handlers: Ecs.EcsHandlers = {
  CreateService: Effect.fnUntraced(function*(input, state, context) {
    const { clientToken, desiredCount, launchType, serviceName = "", taskDefinition } = input
    const capacityProviderStrategy = copyData(input.capacityProviderStrategy)
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    if (!Ecs.identifier.test(serviceName)) return yield* Ecs.invalid("Invalid identifier: not a valid service name.")
    yield* checkDeployments(input)
    const now = yield* Clock.currentTimeMillis
    const created: Ecs.Service = {
      name: serviceName,
      arn: context.arn("ecs", `service/${cluster.name}/${serviceName}`),
      cluster,
      token: clientToken,
      request: canonical(input, ["clientToken"]),
      createdAt: new Date(now),
      createdBy: context.principal.arn,
      tags: yield* Ecs.tags.add([], input.tags ?? []),
      settings: settingsOf(input, context),
      volumes: copyData(pick(input, deploymentSettings)),
      isDeleted: false,
      deployments: [],
      events: []
    }
    const known = yield* find(cluster, serviceName, now, context)
    if (known !== undefined && statusOf(known, now) === "ACTIVE") {
      if (clientToken !== undefined && known.token === clientToken && known.request === created.request) {
        return { service: toSdkService(known, now, ["TAGS"]) }
      }
      return yield* Ecs.invalid("Creation of service was not idempotent.")
    }
    if (known !== undefined && statusOf(known, now) === "DRAINING") {
      return yield* Ecs.invalid("Unable to Start a service that is still Draining.")
    }
    if (taskDefinition === undefined) return yield* Ecs.invalid("TaskDefinition cannot be null or empty.")
    if (created.settings.schedulingStrategy === "REPLICA" && desiredCount === undefined) {
      return yield* Ecs.invalid("The desired count is required with the scheduling strategy REPLICA.")
    }
    yield* checkCount("desiredCount", desiredCount)
    const launch = yield* launchFor({ capacityProviderStrategy, launchType }, cluster)
    yield* checkCapacity(input, isFargate(launch))
    yield* checkPlacement(created.settings)
    yield* checkPercents(created.settings)
    const definition = yield* definitionFor(state, taskDefinition, { launchType: launchTypeOf(launch) })
    yield* checkPlatform(definition, input.platformVersion)
    created.settings = placed(created.settings, launch, definition)
    yield* checkNetwork(input.networkConfiguration, definition, isFargate(launch), context)
    yield* checkLoadBalancers(input.loadBalancers ?? [], definition)
    yield* deploy(created, definition, tagsOf(state, definition), desiredCount ?? 0, now, context)
    cluster.services.set(serviceName, created)
    return { service: toSdkService(created, now, ["TAGS"]) }
  }),

  UpdateService: Effect.fnUntraced(function*(input, state, context) {
    const { desiredCount, forceNewDeployment = false, service: reference = "", taskDefinition } = input
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const now = yield* Clock.currentTimeMillis
    const found = yield* find(cluster, reference, now, context)
    if (found === undefined) return yield* Ecs.serviceNotFound
    if (found.isDeleted) {
      return yield* new Fault({ code: "ServiceNotActiveException", message: "Service was not ACTIVE." })
    }
    yield* checkDeployments(input)
    yield* checkCount("desiredCount", desiredCount)
    const primary = found.deployments[0]!
    const shown = pick(found.settings, ["capacityProviderStrategy", "launchType"])
    const launch = input.capacityProviderStrategy === undefined
      ? shown
      : yield* launchFor({ capacityProviderStrategy: copyData(input.capacityProviderStrategy) }, cluster)
    if (!forceNewDeployment && canonical(launch) !== canonical(shown)) {
      return yield* Ecs.invalid(
        "When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment."
      )
    }
    const changed: Partial<sdk.Service> = {
      ...found.settings,
      ...pick(input, updatableSettings),
      ...(input.deploymentConfiguration !== undefined && {
        deploymentConfiguration: {
          ...found.settings.deploymentConfiguration,
          ...copyData(input.deploymentConfiguration)
        }
      })
    }
    yield* checkPlacement(changed)
    yield* checkPercents(changed)
    const volumes = { ...found.volumes, ...copyData(pick(input, deploymentSettings)) }
    const deployed = (settings: Partial<sdk.Service>, volumes: Ecs.Service["volumes"]) =>
      canonical({ ...pick(settings, redeploySettings), ...volumes })
    const launchType = launchTypeOf(launch)
    if (input.platformVersion !== undefined && launchType === "EC2") return yield* Ecs.noPlatform
    const requested = taskDefinition === undefined
      ? undefined
      : yield* definitionFor(state, taskDefinition, { launchType })
    if (requested === undefined) yield* checkLaunchType(primary.definition, launchType)
    yield* checkPlatform(requested ?? primary.definition, input.platformVersion)
    const settings = placed(changed, launch, requested ?? primary.definition)
    const differs = deployed(settings, volumes) !== deployed(found.settings, found.volumes)
    yield* checkNetwork(settings.networkConfiguration, requested ?? primary.definition, isFargate(launch), context)
    const isNew = requested !== undefined && requested.taskDefinitionArn !== primary.taskDefinition
    Object.assign(found, { settings, volumes })
    if (forceNewDeployment || differs || isNew) {
      const definition = requested ?? primary.definition
      yield* deploy(found, definition, tagsOf(state, definition), desiredCount ?? primary.desired, now, context)
    } else if (desiredCount !== undefined) {
      scale(primary, desiredCount, now)
      yield* find(cluster, reference, now, context)
    }
    return { service: toSdkService(found, now) }
  }),

  DescribeServices: Effect.fnUntraced(function*({ cluster: where, include, services = [] }, state, context) {
    if (services.length === 0) return yield* Ecs.invalid("Services cannot be empty.")
    if (services.length > 10) return yield* Ecs.invalid("Services cannot have more than 10 elements.")
    const cluster = yield* Ecs.findCluster(state, where)
    const now = yield* Clock.currentTimeMillis
    const found = yield* Effect.forEach(
      services,
      (reference) => Effect.map(find(cluster, reference, now, context), (known) => [reference, known] as const)
    )
    return {
      services: found.flatMap(([, known]) => known ? [toSdkService(known, now, include)] : []),
      failures: found.flatMap(([reference, known]) =>
        known ? [] : [{
          arn: reference.startsWith("arn:") ? reference : context.arn("ecs", `service/${cluster.name}/${reference}`),
          reason: "MISSING"
        }]
      )
    }
  }),

  ListServices: Effect.fnUntraced(function*(input, state, context) {
    const { launchType, maxResults = 10, nextToken, resourceManagementType = managedBy, schedulingStrategy } = input
    yield* Ecs.checkSize(maxResults)
    const cluster = yield* Ecs.findCluster(state, input.cluster)
    const [page, token] = yield* context.page(
      [...cluster.services.values()].filter(({ isDeleted, settings }) =>
        !isDeleted && resourceManagementType === managedBy &&
        (launchType ?? settings.launchType) === settings.launchType &&
        (schedulingStrategy ?? settings.schedulingStrategy) === settings.schedulingStrategy
      ),
      { token: nextToken, size: maxResults, key: ({ arn }) => arn, query: input, invalid: Ecs.invalidToken }
    )
    return { serviceArns: page.map(({ arn }) => arn), nextToken: token }
  }),

  DeleteService: Effect.fnUntraced(
    function*({ cluster: where, force = false, service: reference = "" }, state, context) {
      const cluster = yield* Ecs.findCluster(state, where)
      const now = yield* Clock.currentTimeMillis
      const found = yield* find(cluster, reference, now, context)
      if (found === undefined || statusOf(found, now) === "INACTIVE") return yield* Ecs.serviceNotFound
      if (!found.isDeleted) {
        if (!force && found.deployments[0]!.desired > 0) {
          return yield* Ecs.invalid("The service cannot be stopped while it is scaled above 0.")
        }
        for (const deployment of found.deployments) {
          scale(deployment, 0, now)
          deployment.endedAt = undefined
        }
        found.isDeleted = true
        yield* reconcile(found, now, context)
      }
      return { service: { ...toSdkService(found, now), status: "DRAINING" } }
    }
  )
}

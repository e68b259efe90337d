/** The state of the in-memory ECS, and how its operations find things in it. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { Fault, type Handlers } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import type { Tokens } from "../support/idempotency.ts"
import { tagging } from "../support/tags.ts"

export interface Deployment {
  readonly id: string
  readonly taskDefinition: string
  readonly canStart: boolean
  readonly definition: sdk.TaskDefinition
  readonly definitionTags: ReadonlyArray<sdk.Tag>
  /** Its tasks. There are fewer than desired if there is no place for more. */
  tasks: ReadonlyArray<Task>
  /** Whether an event has told that there is no place for more tasks. */
  isStuck: boolean
  readonly settings: Partial<sdk.Deployment>
  /** How long things take for it, in milliseconds. */
  readonly takes: {
    /** A task to start, and to stop. */
    readonly start: number
    /** The deployment to complete. */
    readonly rollout: number
    /** ECS to try again after a failed start. */
    readonly retry: number
  }
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

export interface Service {
  readonly name: string
  readonly arn: string
  readonly cluster: Cluster
  readonly token: string | undefined
  /** The request that created it, without its token. */
  readonly request: string
  readonly createdAt: Date
  readonly createdBy: string
  tags: ReadonlyArray<sdk.Tag>
  settings: Partial<sdk.Service>
  /** The settings that only its deployments show. */
  volumes: Pick<sdk.Deployment, "serviceConnectConfiguration" | "volumeConfigurations" | "vpcLatticeConfigurations">
  isDeleted: boolean
  /** The primary deployment first. */
  deployments: ReadonlyArray<Deployment>
  events: ReadonlyArray<sdk.ServiceEvent>
}

/** The network interface of a task. */
export interface Interface {
  readonly id: string
  readonly attachmentId: string
  readonly subnet: string
  readonly zone: string
  readonly address: string
  readonly mac: string
  readonly dnsName: string | undefined
}

export interface Task {
  readonly id: string
  readonly arn: string
  readonly definition: sdk.TaskDefinition
  /** What it runs on: `launchType`, `capacityProviderName`, `platformVersion` … */
  readonly launch: Partial<sdk.Task>
  readonly isFargate: boolean
  readonly instance: Instance | undefined
  readonly canStart: boolean
  readonly group: string
  readonly startedBy: string | undefined
  readonly overrides: sdk.TaskOverride
  readonly enableExecuteCommand: boolean
  readonly containerIds: ReadonlyArray<string>
  readonly eni: Interface | undefined
  readonly createdAt: number
  /** How long things take for it, in milliseconds. */
  readonly takes: {
    readonly start: number
    readonly stop: number
    /** To give up to start. */
    readonly retry: number
    /** The first health check of each container, if it has one. */
    readonly checks: ReadonlyArray<number | undefined>
  }
  tags: ReadonlyArray<sdk.Tag>
  stop: { readonly at: number; readonly code: sdk.TaskStopCode; readonly reason: string } | undefined
}

/** A container instance. */
export interface Instance {
  readonly id: string
  readonly arn: string
  readonly ec2InstanceId: string | undefined
  readonly resources: ReadonlyArray<sdk.Resource>
  readonly versionInfo: sdk.VersionInfo
  readonly registeredAt: Date
  attributes: ReadonlyArray<sdk.Attribute>
  tags: ReadonlyArray<sdk.Tag>
  status: "ACTIVE" | "DRAINING"
}

export interface CapacityProvider {
  readonly name: string
  readonly arn: string
  autoScalingGroup: sdk.AutoScalingGroupProvider
  tags: ReadonlyArray<sdk.Tag>
}

export interface Cluster {
  readonly name: string
  readonly arn: string
  settings: Partial<sdk.Cluster>
  /** The request that created it. */
  readonly request: string
  tags: ReadonlyArray<sdk.Tag>
  readonly services: Map<string, Service>
  /** The tasks by their ids. */
  readonly tasks: Map<string, Task>
  /** The container instances by their ids. */
  readonly instances: Map<string, Instance>
  isActive: boolean
}

export interface State {
  readonly clusters: Map<string, Cluster>
  /** The revisions by family. */
  readonly families: Map<string, ReadonlyArray<sdk.TaskDefinition>>
  /** The tags of task definitions by ARN. */
  readonly tags: Map<string, ReadonlyArray<sdk.Tag>>
  readonly providers: Map<string, CapacityProvider>
  /** The account settings: the values by principal (or `default`), then by name. */
  readonly accountSettings: Map<string, Map<string, string>>
  /** The tasks that RunTask has started, by client token. */
  readonly tokens: Tokens<ReadonlyArray<string>>
}

export type EcsHandlers = Handlers<typeof sdk, State>

export const invalid = (message: string) => new Fault({ code: "InvalidParameterException", message })
export const clientError = (message: string) => new Fault({ code: "ClientException", message })
export const serviceNotFound = new Fault({ code: "ServiceNotFoundException", message: "Service not found." })
export const invalidToken = invalid("Invalid token.")
export const noPlatform = invalid("The platform version must be null when specifying an EC2 launch type.")

export const identifier = /^[a-zA-Z0-9_-]{1,255}$/

export const tags = tagging<sdk.Tag>({
  key: ({ key }) => key,
  limit: 50,
  tooMany: invalid("Tags can not have more than 50 elements."),
  reserved: () => invalid("Tag keys can not begin with aws:.")
})

export const knownCluster = ({ clusters }: State, reference: string): Cluster | undefined => {
  const cluster = clusters.get(nameIn(reference))
  return reference.startsWith("arn:") && cluster?.arn !== reference ? undefined : cluster
}

export const findCluster = Effect.fnUntraced(function*(state: State, reference = "default") {
  const cluster = knownCluster(state, reference)
  if (cluster === undefined) {
    return yield* new Fault({ code: "ClusterNotFoundException", message: "Cluster not found." })
  }
  if (!cluster.isActive) {
    return yield* new Fault({ code: "ClusterNotFoundException", message: "The referenced cluster was inactive." })
  }
  return cluster
})

/** The default of the task's group, which the tasks of a family share. */
export const familyGroup = ({ family }: sdk.TaskDefinition): string => `family:${family}`

export const isFargateProvider = (name: string | undefined): boolean => name === "FARGATE" || name === "FARGATE_SPOT"

export const checkSize = (size: number) =>
  !(size >= 1 && size <= 100) ? Effect.fail(invalid("maxResults must be between 1 and 100.")) : Effect.void

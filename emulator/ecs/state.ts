/** The state of the in-memory ECS, and how its operations find things in it. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { Fault, type Handlers } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { tagging } from "../support/tags.ts"

export interface Deployment {
  readonly id: string
  readonly taskDefinition: string
  readonly canStart: boolean
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
  volumes: Pick<sdk.Deployment, "volumeConfigurations" | "vpcLatticeConfigurations">
  isDeleted: boolean
  /** The primary deployment first. */
  deployments: ReadonlyArray<Deployment>
  events: ReadonlyArray<sdk.ServiceEvent>
}

export interface Cluster {
  readonly name: string
  readonly arn: string
  readonly settings: Partial<sdk.Cluster>
  /** The request that created it. */
  readonly request: string
  tags: ReadonlyArray<sdk.Tag>
  readonly services: Map<string, Service>
  isActive: boolean
}

export interface State {
  readonly clusters: Map<string, Cluster>
  /** The revisions by family. */
  readonly families: Map<string, ReadonlyArray<sdk.TaskDefinition>>
  /** The tags of task definitions by ARN. */
  readonly tags: Map<string, ReadonlyArray<sdk.Tag>>
}

export type EcsHandlers = Handlers<typeof sdk, State>

export const invalid = (message: string) => new Fault({ code: "InvalidParameterException", message })
export const clientError = (message: string) => new Fault({ code: "ClientException", message })
export const serviceNotFound = new Fault({ code: "ServiceNotFoundException", message: "Service not found." })
export const invalidToken = invalid("Invalid token.")

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

export const checkSize = (size: number) =>
  !(size >= 1 && size <= 100) ? Effect.fail(invalid("maxResults must be between 1 and 100.")) : Effect.void

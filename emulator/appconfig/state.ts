/** In-memory AppConfig: the state, and what its commands share (faults, constraints, tags, ids, pages). */
import type * as sdk from "@aws-sdk/client-appconfig"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"
import { textOf } from "../support/ids.ts"
import { pager } from "../support/pages.ts"
import { tagging } from "../support/tags.ts"

export type AppConfigHandlers = Handlers<typeof sdk, State>

export interface HostedVersion {
  readonly number: number
  readonly content: Uint8Array
  readonly contentType: string
  readonly description: string | undefined
  readonly label: string | undefined
  readonly keyArn: string | undefined
}

export interface Profile {
  readonly id: string
  readonly type: string
  name: string
  description: string | undefined
  key: { readonly id: string; readonly arn: string } | undefined
  /** By number. */
  readonly versions: Map<number, HostedVersion>
  /** The number of the newest version that there has been. */
  latest: number
}

export interface Strategy {
  readonly id: string
  readonly name: string
  description: string | undefined
  duration: number
  bakeTime: number
  growthType: sdk.GrowthType
  growthFactor: number
}

/** A deployment. What it was made of may have changed or gone since. */
export interface Deployment {
  readonly number: number
  readonly profile: { readonly id: string; readonly name: string; readonly type: string }
  readonly version: HostedVersion
  readonly strategy: Readonly<Strategy>
  readonly description: string | undefined
  readonly started: number
  /** When the share of clients grows, and to which percentage. In milliseconds. */
  readonly steps: ReadonlyArray<{ readonly at: number; readonly percentage: number }>
  /** When all clients have had it for the duration of the strategy, and when it is complete. */
  readonly bakes: number
  readonly completes: number
  /** When it was stopped: while it was going on, or after it was complete. */
  stopped: { readonly at: number; readonly percentage: number; readonly isRevert: boolean } | undefined
}

export interface Environment {
  readonly id: string
  name: string
  description: string | undefined
  monitors: ReadonlyArray<sdk.Monitor>
  /** The newest last. */
  readonly deployments: Array<Deployment>
}

export interface Application {
  readonly id: string
  name: string
  description: string | undefined
  readonly environments: Map<string, Environment>
  readonly profiles: Map<string, Profile>
}

interface Tag {
  readonly key: string
  readonly value: string
}

export interface State {
  readonly applications: Map<string, Application>
  readonly strategies: Map<string, Strategy>
  /** By ARN, of each resource that can have tags. */
  readonly tags: Map<string, ReadonlyArray<Tag>>
}

export const LOCATION = "hosted"

// Faults

export const badRequest = (message: string) => new Fault({ code: "BadRequestException", message })
export const conflict = (message: string) => new Fault({ code: "ConflictException", message })
export const notFound = (kind: string, id: string) =>
  new Fault({
    code: "ResourceNotFoundException",
    message: `Could not find ${kind} ${id}.`,
    members: { ResourceName: kind }
  })

// Constraints

export const check = checker({ code: "BadRequestException" })

export const Description = { max: 1024 } as const
export const name = { min: 1, max: 64 } as const
export const profileName = { min: 1, max: 128 } as const
export const ApplicationId = { required: true, min: 1, max: 64 } as const
export const EnvironmentId = { required: true, min: 1, max: 64 } as const
export const ConfigurationProfileId = { required: true, min: 1, max: 128 } as const
export const DeploymentStrategyId = {
  required: true,
  pattern: "(^[a-z0-9]{4,7}$|^AppConfig\\.[A-Za-z0-9]{9,40}$)"
} as const
export const Tags = { max: 50 } as const
export const roleArn = {
  min: 20,
  max: 2048,
  pattern: "^((arn):(aws|aws-cn|aws-iso|aws-iso-[a-z]{1}|aws-us-gov|aws-eusc):(iam)::\\d{12}:role[/].*)$"
} as const
export const VersionLabel = { min: 1, max: 64, pattern: ".*[^0-9].*" } as const
export const pages = { MaxResults: { min: 1, max: 50 }, NextToken: { min: 1, max: 2048 } } as const

/** A page of a list. */
export const page = pager(badRequest("The pagination token is invalid."))

// Ids

export const newId = (context: HandlerContext): string => textOf(context, "0123456789abcdefghijklmnopqrstuvwxyz", 7)

export const arnOf = (context: HandlerContext, ...path: ReadonlyArray<string>): string =>
  context.arn("appconfig", path.join("/"))

// Tags

const tags = tagging<Tag>({
  key: ({ key }) => key,
  limit: 50,
  tooMany: badRequest("A resource can't have more than 50 tags."),
  reserved: (key) => badRequest(`The tag key ${key} begins with aws:, which is reserved for AWS.`)
})

/** Adds tags to those of a resource. */
export const addTags = Effect.fnUntraced(function*(
  state: State,
  arn: string,
  added: Readonly<Record<string, string>> = {}
): Effect.fn.Return<void, Fault> {
  for (const [key, value] of Object.entries(added)) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      return yield* badRequest("A tag's key has 1 to 128 characters, and its value at most 256.")
    }
  }
  const list = Object.entries(added).map(([key, value]) => ({ key, value }))
  state.tags.set(arn, yield* tags.add(state.tags.get(arn) ?? [], list))
})

export const removeTags = (state: State, arn: string, keys: ReadonlyArray<string>): void =>
  void state.tags.set(arn, tags.remove(state.tags.get(arn) ?? [], keys))

// Parts

export const findApplication = ({ applications }: State, id: string): Effect.Effect<Application, Fault> => {
  const application = applications.get(id)
  return application === undefined ? Effect.fail(notFound("Application", id)) : Effect.succeed(application)
}

export const findEnvironment = Effect.fnUntraced(function*(
  state: State,
  { ApplicationId, EnvironmentId }: { readonly ApplicationId: string; readonly EnvironmentId: string }
) {
  const { environments } = yield* findApplication(state, ApplicationId)
  return environments.get(EnvironmentId) ?? (yield* notFound("Environment", EnvironmentId))
})

export const findProfile = Effect.fnUntraced(function*(
  state: State,
  { ApplicationId, ConfigurationProfileId: id }: {
    readonly ApplicationId: string
    readonly ConfigurationProfileId: string
  }
) {
  const { profiles } = yield* findApplication(state, ApplicationId)
  return profiles.get(id) ?? (yield* notFound("ConfigurationProfile", id))
})

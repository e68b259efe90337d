/**
 * In-memory ECS: clusters, task definitions, services and their rolling deployments, tasks, container instances and so on, each in
 * its own file, and the tags that they all have.
 *
 * Fargate has capacity for every task. Other tasks need container instances, which RegisterContainerInstance adds. A task can't start
 * if the host of one of its images ends in `.invalid`, a domain that never resolves: neither this ECS nor AWS can pull
 * `registry.invalid/app:1`. All other tasks run until they are stopped.
 */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { Fault, service } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { authorization } from "./authorization.ts"
import * as Clusters from "./clusters.ts"
import * as Definitions from "./definitions.ts"
import { heard } from "./events.ts"
import { execute } from "./execute.ts"
import * as Instances from "./instances.ts"
import * as Providers from "./providers.ts"
import * as Services from "./services.ts"
import * as Settings from "./settings.ts"
import * as Ecs from "./state.ts"
import { taggedBy } from "./tagged.ts"
import * as Tasks from "./tasks.ts"
import { wake } from "./wake.ts"

/** A resource: its tags, and how to set them. */
const taggable = Effect.fnUntraced(function*(state: Ecs.State, arn = "") {
  if (parseArn(arn) === undefined) return yield* Ecs.invalid("The specified resource ARN is invalid.")
  const found = taggedBy(arn, state)
  if (found !== undefined) {
    return {
      tags: found.tags,
      set: (tags: ReadonlyArray<sdk.Tag>) => {
        found.tags = tags
      }
    }
  }
  const tags = state.tags.get(arn)
  if (tags === undefined) {
    return yield* new Fault({
      code: "ResourceNotFoundException",
      message: "The specified resource couldn't be found."
    })
  }
  return { tags, set: (tags: ReadonlyArray<sdk.Tag>) => void state.tags.set(arn, tags) }
})

const tags: Ecs.EcsHandlers = {
  TagResource: Effect.fnUntraced(function*(input, state) {
    const { set, tags } = yield* taggable(state, input.resourceArn)
    set(yield* Ecs.tags.add(tags, input.tags ?? []))
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*({ resourceArn, tagKeys = [] }, state) {
    const { set, tags } = yield* taggable(state, resourceArn)
    set(Ecs.tags.remove(tags, tagKeys))
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*({ resourceArn }, state) {
    return { tags: [...(yield* taggable(state, resourceArn)).tags] }
  })
}

export const ecs = service<typeof sdk>()({
  serviceId: "ECS",
  namespace: "com.amazonaws.ecs",
  scope: "region",
  authorization,
  state: (): Ecs.State => ({
    clusters: new Map(),
    families: new Map(),
    tags: new Map(),
    providers: new Map(),
    accountSettings: new Map(),
    tokens: new Map()
  }),
  handlers: {
    ...Clusters.handlers,
    ...Definitions.handlers,
    ...Services.handlers,
    ...execute,
    ...Tasks.handlers,
    ...Instances.handlers,
    ...Providers.handlers,
    ...Settings.handlers,
    ...tags
  },
  withoutEffect: {
    // There is no agent here whose signature could be checked.
    RegisterContainerInstance: ["instanceIdentityDocumentSignature"],
    // AWS never answers with it.
    RunTask: ["referenceId"],
    StartTask: ["referenceId"]
  },
  heard,
  wake
})

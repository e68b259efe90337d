/** In-memory EC2: networks, instances and traffic mirroring, each in its own file, and the tags that they all have. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Instances from "./Ec2Instances.ts"
import * as Mirroring from "./Ec2Mirroring.ts"
import * as Network from "./Ec2Network.ts"
import * as Ec2 from "./Ec2State.ts"
import { Fault, type Handler, service } from "./Service.ts"

const kindOf = (id: string) => Ec2.kinds.find(({ prefix }) => id.startsWith(prefix))

/** The resources with these ids: their tags, and how to set them. */
const taggable = Effect.fnUntraced(function*(state: Ec2.State, ids: ReadonlyArray<string> | undefined) {
  if (ids === undefined || ids.length === 0) return yield* Ec2.missing("resourceIdSet")
  return yield* Effect.forEach(
    new Set(ids),
    Effect.fnUntraced(function*(id) {
      const kind = kindOf(id)
      if (kind === undefined) return yield* Ec2.fault("InvalidID", `The ID '${id}' is not valid`)
      const found = yield* Ec2.find(state, kind, id, "resourceIdSet")
      return {
        tags: found[kind.tags] as ReadonlyArray<sdk.Tag>,
        set: (tags: ReadonlyArray<sdk.Tag>) => {
          found[kind.tags] = tags
        }
      }
    })
  )
})

const tags: Ec2.Ec2Handlers = {
  CreateTags: Effect.fnUntraced(function*({ Resources, Tags = [] }, state) {
    const found = yield* taggable(state, Resources)
    if (Tags.length === 0) return yield* Ec2.missing("tagSet")
    const all = yield* Effect.forEach(
      found,
      ({ set, tags }) => Effect.map(Ec2.checkTags(Tags, tags), (tags) => () => set(tags))
    )
    for (const set of all) set()
    return {}
  }),

  DeleteTags: Effect.fnUntraced(function*({ Resources, Tags }, state) {
    for (const { set, tags } of yield* taggable(state, Resources)) {
      set(tags.filter((tag) =>
        Tags !== undefined &&
        !Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value))
      ))
    }
    return {}
  }),

  DescribeTags: Effect.fnUntraced(function*(input, state, context) {
    const all = Ec2.kinds.flatMap((kind) =>
      Array.from(
        kind.of(state),
        ([ResourceId, found]) =>
          (found[kind.tags] as ReadonlyArray<sdk.Tag>).map(({ Key, Value }): sdk.TagDescription => ({
            Key,
            Value,
            ResourceId,
            ResourceType: kind.type
          }))
      ).flat()
    )
    const found = yield* Ec2.matching(
      all,
      input.Filters,
      {
        key: (tag) => tag.Key,
        value: (tag) => tag.Value,
        "resource-id": (tag) => tag.ResourceId,
        "resource-type": (tag) => tag.ResourceType
      },
      (tag) => [tag]
    )
    const [Tags, NextToken] = yield* Ec2.page(context, found, input, ({ Key, ResourceId }) => `${ResourceId} ${Key}`)
    return { Tags, NextToken }
  })
}

const dryRun = new Fault({
  code: "DryRunOperation",
  message: "Request would have succeeded, but DryRun flag is set.",
  statusCode: 412
})

/** Prepares the state for every command: creates the default VPC once, and runs the state changes that are due. */
const prepared = (handler: Handler<any, object, Ec2.State>): Handler<any, object, Ec2.State> =>
  Effect.fnUntraced(function*(input: { readonly DryRun?: boolean }, state, context) {
    Network.prepare(state, context)
    Ec2.settle(state, yield* Clock.currentTimeMillis)
    return yield* input.DryRun === true ? dryRun : handler(input, state, context)
  })

const all = { ...tags, ...Network.handlers, ...Instances.handlers, ...Mirroring.handlers }

export const ec2 = service<typeof sdk>()({
  serviceId: "EC2",
  namespace: "com.amazonaws.ec2",
  protocol: "ec2",
  scope: "region",
  state: Ec2.empty,
  handlers: Object.fromEntries(
    Object.entries(all).map(([operation, handler]) => [operation, prepared(handler as Handler<any, object, Ec2.State>)])
  ) as Ec2.Ec2Handlers
})

/** In-memory EC2: the tags of resources. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { fault, missing } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { find, kinds } from "./kinds.ts"
import type { Ec2Handlers, State } from "./state.ts"

/** Whether a key is one of AWS's own tags. Requests can't add or delete them, and they don't count. */
export const isReserved = (key: string | undefined) => key?.toLowerCase().startsWith("aws:") === true

export const checkTags = Effect.fnUntraced(function*(tags: ReadonlyArray<sdk.Tag>, before: ReadonlyArray<sdk.Tag>) {
  const all = new Map(before.map(({ Key = "", Value = "" }) => [Key, Value]))
  const seen = new Set<string>()
  for (const { Key = "", Value = "" } of tags) {
    if (Key === "" || Key.length > 127) {
      return yield* fault("InvalidParameterValue", "Tag keys must be between 1 and 127 characters long.")
    }
    if (Value.length > 256) {
      return yield* fault("InvalidParameterValue", "Tag values can be at most 256 characters long.")
    }
    if (isReserved(Key)) {
      return yield* fault("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    }
    if (seen.has(Key)) return yield* fault("InvalidParameterValue", `Duplicate tag key '${Key}' specified.`)
    seen.add(Key)
    all.set(Key, Value)
  }
  if ([...all.keys()].filter((key) => !isReserved(key)).length > 50) {
    return yield* fault("TagLimitExceeded", "You have reached the maximum number of tags that you can add: 50.")
  }
  return Array.from(all, ([Key, Value]): sdk.Tag => ({ Key, Value }))
})

export const noResourceType = fault("InvalidParameterValue", "Tag specification resource type must have a value")

/** The tags in a request that creates a resource of this type. */
export const newTags = Effect.fnUntraced(function*(
  specifications: ReadonlyArray<sdk.TagSpecification> | undefined,
  type: sdk.ResourceType,
  others: ReadonlyArray<sdk.ResourceType> = []
) {
  const tags: Array<sdk.Tag> = []
  for (const { ResourceType, Tags = [] } of specifications ?? []) {
    if (ResourceType === undefined) return yield* noResourceType
    if (ResourceType === type) tags.push(...Tags)
    else if (!others.includes(ResourceType)) {
      return yield* fault(
        "InvalidParameterValue",
        `'${ResourceType}' is not a valid taggable resource type for this operation.`
      )
    }
    if (Tags.length === 0) {
      return yield* fault("InvalidParameterValue", "Tag specification must have at least one tag")
    }
  }
  return yield* checkTags(tags, [])
})

/** The tags in an answer. AWS leaves out an empty list for these kinds of resources; for others, it answers one. */
export const tagsIfAny = (Tags: ReadonlyArray<sdk.Tag>): { readonly Tags?: Array<sdk.Tag> } =>
  Tags.length > 0 ? { Tags: [...Tags] } : {}

const kindOf = (id: string) => kinds.find(({ prefix }) => id.startsWith(prefix))

/** The resources with these ids: their tags, and how to set them. */
const taggable = Effect.fnUntraced(function*(state: State, ids: ReadonlyArray<string> | undefined) {
  if (ids === undefined || ids.length === 0) return yield* missing("resourceIdSet")
  return yield* Effect.forEach(
    new Set(ids),
    Effect.fnUntraced(function*(id) {
      const kind = kindOf(id)
      if (kind === undefined) return yield* fault("InvalidID", `The ID '${id}' is not valid`)
      const found = yield* find(state, kind, id, "resourceIdSet")
      return {
        tags: found[kind.tags] as ReadonlyArray<sdk.Tag>,
        set: (tags: ReadonlyArray<sdk.Tag>) => {
          found[kind.tags] = tags
        }
      }
    })
  )
})

const tagFilters: Filters<sdk.TagDescription> = {
  key: (tag) => tag.Key,
  value: (tag) => tag.Value,
  "resource-id": (tag) => tag.ResourceId,
  "resource-type": (tag) => tag.ResourceType
}

export const handlers: Ec2Handlers = {
  CreateTags: Effect.fnUntraced(function*({ Resources, Tags = [] }, state) {
    const found = yield* taggable(state, Resources)
    if (Tags.length === 0) return yield* missing("tagSet")
    const all = yield* Effect.forEach(
      found,
      ({ set, tags }) => Effect.map(checkTags(Tags, tags), (tags) => () => set(tags))
    )
    for (const set of all) set()
    return {}
  }),

  DeleteTags: Effect.fnUntraced(function*({ Resources, Tags }, state) {
    for (const { set, tags } of yield* taggable(state, Resources)) {
      set(tags.filter((tag) =>
        isReserved(tag.Key) || Tags !== undefined &&
          !Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value))
      ))
    }
    return {}
  }),

  DescribeTags: Effect.fnUntraced(function*(input, state, context) {
    const all = kinds.flatMap((kind) =>
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
    const found = yield* matching(context, all, input.Filters, tagFilters, (tag) => [tag])
    const [Tags, NextToken] = yield* page(context, found, input, ({ Key, ResourceId }) => `${ResourceId} ${Key}`)
    return { Tags: [...Tags], NextToken }
  })
}

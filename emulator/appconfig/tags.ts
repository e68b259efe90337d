/** The tags of all resources. */
import * as Effect from "effect/Effect"
import * as AppConfig from "./state.ts"

const ResourceArn = {
  required: true,
  min: 20,
  max: 2048,
  pattern:
    "arn:(aws[a-zA-Z-]*)?:[a-z]+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:[a-zA-Z0-9-_/:.]+"
} as const

/** The tags of a resource, which has an entry even without tags. */
const find = Effect.fnUntraced(function*(state: AppConfig.State, arn: string) {
  return state.tags.get(arn) ?? (yield* AppConfig.notFound("Resource", arn))
})

export const tags: AppConfig.AppConfigHandlers = {
  TagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceArn: arn, Tags } = yield* AppConfig.check(input, { ResourceArn, Tags: { required: true, max: 50 } })
    yield* find(state, arn)
    yield* AppConfig.addTags(state, arn, Tags)
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceArn: arn, TagKeys } = yield* AppConfig.check(input, {
      ResourceArn,
      TagKeys: { required: true, max: 50, each: { min: 1, max: 128 } }
    })
    yield* find(state, arn)
    AppConfig.removeTags(state, arn, TagKeys)
    return {}
  }),

  ListTagsForResource: Effect.fnUntraced(function*(input, state) {
    const { ResourceArn: arn } = yield* AppConfig.check(input, { ResourceArn })
    return { Tags: Object.fromEntries((yield* find(state, arn)).map(({ key, value }) => [key, value])) }
  })
}

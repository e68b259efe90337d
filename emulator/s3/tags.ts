// Tags of buckets and of objects.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Fault, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { tell } from "./events.ts"
import { fault, invalidArgument, malformed, noSuchKey } from "./faults.ts"
import type { State } from "./state.ts"
import { replaceContent, taggedVersionOf } from "./versions.ts"

type Tags = ReadonlyArray<sdk.Tag>

const isText = (text: string, min: number, max: number): boolean =>
  text.length >= min && text.length <= max && /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text)

const invalidTag = (message: string, members?: Readonly<Record<string, string>>) =>
  fault("InvalidTag", message, 400, members)

/** Checks tags as S3 does. `ofAws` is the message for keys that are reserved for AWS. */
export const checkTags = Effect.fnUntraced(function*(
  tags: Tags,
  ofAws: string,
  ofAwsHasKey = true
): Effect.fn.Return<Tags, Fault> {
  const keys = new Set<string>()
  for (const { Key, Value } of tags) {
    if (Key === undefined || Value === undefined) return yield* malformed
    if (!isText(Key, 1, 128)) return yield* invalidTag("The TagKey you have provided is invalid", { TagKey: Key })
    if (!isText(Value, 0, 256)) {
      return yield* invalidTag("The TagValue you have provided is invalid", { TagKey: Key, TagValue: Value })
    }
    if (Key.toLowerCase().startsWith("aws:")) {
      return yield* invalidTag(ofAws, ofAwsHasKey ? { TagKey: Key } : undefined)
    }
    if (keys.has(Key)) return yield* invalidTag("Cannot provide multiple Tags with the same key", { TagKey: Key })
    keys.add(Key)
  }
  return tags.map(({ Key, Value }) => ({ Key, Value }))
})

const MAX_OBJECT_TAGS = 10

const checkObjectTags = Effect.fnUntraced(function*(tags: Tags): Effect.fn.Return<Tags, Fault> {
  if (tags.length > MAX_OBJECT_TAGS) {
    return yield* fault("BadRequest", `Object tags cannot be greater than ${MAX_OBJECT_TAGS}`)
  }
  return yield* checkTags(tags, "Your TagKey cannot be prefixed with aws:")
})

const noTags: Tags = []

/** The tags in the header of a write: `key=value&other=value`. */
export const tagsOfHeader = Effect.fnUntraced(function*(header: string | undefined): Effect.fn.Return<Tags, Fault> {
  if (header === undefined || header === "") return noTags
  const tags = [...new URLSearchParams(header)].filter(([Key]) => Key !== "").map(([Key, Value]) => ({ Key, Value }))
  return yield* Effect.mapError(
    checkObjectTags(tags),
    (error) =>
      error.code === "InvalidTag" && !error.message.includes("aws:")
        ? invalidArgument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
          "x-amz-tagging",
          header
        )
        : error
  )
})

const missingBody = fault("MissingRequestBodyError", "Request Body is empty")

export const tagHandlers: Handlers<typeof sdk, State> = {
  PutBucketTagging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    if (input.Tagging === undefined) return yield* missingBody
    const tags = input.Tagging.TagSet ?? []
    const checked = yield* checkTags(tags, "System tags cannot be added/updated by requester")
    if (tags.length > 50) return yield* fault("BadRequest", "Bucket tag count cannot be greater than 50")
    bucket.tags = checked
    return {}
  }),

  GetBucketTagging: Effect.fnUntraced(function*(input, state, context) {
    const { name, tags } = yield* findBucket(input, state, context)
    return tags.length === 0
      ? yield* fault("NoSuchTagSet", "The TagSet does not exist", 404, { BucketName: name })
      : { TagSet: [...tags] }
  }),

  DeleteBucketTagging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.tags = []
    return {}
  }),

  PutObjectTagging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* taggedVersionOf(bucket, input, "PUT")
    if (input.Tagging === undefined) return yield* missingBody
    const tags = yield* checkObjectTags(input.Tagging.TagSet ?? [])
    replaceContent(version, { ...content, tags })
    yield* tell(bucket, { kind: "ObjectTagging:Put", key: input.Key ?? "", id: version.id, content }, state, context)
    return bucket.versioning === undefined ? {} : { VersionId: version.id }
  }),

  GetObjectTagging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    // Only for this operation, S3's error has the bucket before the key.
    const { content, version } = yield* Effect.mapError(
      taggedVersionOf(bucket, input, "GET"),
      (error) => error.code === "NoSuchKey" ? noSuchKey(`${bucket.name}/${input.Key}`) : error
    )
    return { TagSet: [...content.tags], ...(bucket.versioning !== undefined && { VersionId: version.id }) }
  }),

  DeleteObjectTagging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* taggedVersionOf(bucket, input, "DELETE")
    replaceContent(version, { ...content, tags: noTags })
    yield* tell(bucket, { kind: "ObjectTagging:Delete", key: input.Key ?? "", id: version.id, content }, state, context)
    return bucket.versioning === undefined ? {} : { VersionId: version.id }
  })
}

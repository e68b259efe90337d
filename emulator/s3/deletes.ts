// Deleting objects and versions.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { hasDigest } from "../wire/checksums.ts"
import { findBucket, isAuthorized, locateBucket } from "./access.ts"
import { checkDelete } from "./conditions.ts"
import { tell } from "./events.ts"
import { accessDenied, fault, invalidRequest, malformed, notImplemented } from "./faults.ts"
import { deleteKey, setKey } from "./keys.ts"
import { type Bypass, canBypass, checkBypass, checkUnlocked } from "./locks.ts"
import { type Bucket, now, type State } from "./state.ts"
import { addVersion, checkVersionId } from "./versions.ts"

interface Removal extends Bypass {
  readonly Bucket: string | undefined
  readonly Key: string
  readonly VersionId: string | undefined
  readonly etag: string | undefined
}

/** Deletes a version permanently, unless it is locked. */
const removeVersion = Effect.fnUntraced(function*(
  bucket: Bucket,
  removal: Removal,
  id: string,
  context: HandlerContext
) {
  const { Key: key } = removal
  const versions = bucket.objects.get(key) ?? []
  const removed = versions.find((version) => version.id === id)
  if (removed?.content !== undefined) {
    yield* checkUnlocked(removed.content, canBypass(bucket, removal, removal, context))
  }
  const rest = versions.filter((version) => version !== removed)
  if (rest.length === 0) deleteKey(bucket.objects, key)
  else setKey(bucket.objects, key, rest)
  return removed
})

/** Deletes one key, or one version of it. */
const remove = Effect.fnUntraced(function*(
  bucket: Bucket,
  removal: Removal,
  state: State,
  context: HandlerContext
): Effect.fn.Return<{ readonly VersionId?: string | undefined; readonly DeleteMarker?: true | undefined }, Fault> {
  const { Key: key, VersionId: id } = removal
  if (id !== undefined) yield* checkVersionId(id)
  yield* checkDelete(bucket, key, removal.etag)
  if (id !== undefined) {
    const removed = yield* removeVersion(bucket, removal, id, context)
    yield* tell(bucket, { kind: "ObjectRemoved:Delete", key, id }, state, context)
    const isMarker = removed !== undefined && removed.content === undefined
    return { VersionId: id, ...(isMarker && { DeleteMarker: true as const }) }
  }
  if (bucket.versioning === undefined) {
    yield* removeVersion(bucket, removal, "null", context)
    // S3 tells of a deletion even if there was nothing to delete.
    yield* tell(bucket, { kind: "ObjectRemoved:Delete", key, id: undefined }, state, context)
    return {}
  }
  // In a suspended bucket, the marker replaces the null version, whose lock therefore applies.
  const lost = bucket.versioning === "Suspended"
    ? bucket.objects.get(key)?.find((version) => version.id === "null")?.content
    : undefined
  if (lost !== undefined) yield* checkUnlocked(lost, canBypass(bucket, removal, removal, context))
  const marker = addVersion(bucket, key, undefined, yield* now, state, context)
  const kind = "ObjectRemoved:DeleteMarkerCreated"
  yield* tell(bucket, { kind, key, id: marker, sequence: state.sequence }, state, context)
  return { VersionId: marker, DeleteMarker: true }
})

export const deleteHandlers: Handlers<typeof sdk, State> = {
  DeleteObject: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    yield* checkBypass(bucket, input)
    if (input.IfMatchLastModifiedTime !== undefined) return yield* notImplemented("x-amz-if-match-last-modified-time")
    if (input.IfMatchSize !== undefined) return yield* notImplemented("x-amz-if-match-size")
    const { BypassGovernanceRetention, Bucket, IfMatch: etag, Key = "", VersionId } = input
    return yield* remove(bucket, { Bucket, BypassGovernanceRetention, Key, VersionId, etag }, state, context)
  }),

  DeleteObjects: Effect.fnUntraced(function*(input, state, context) {
    if (!hasDigest(context.request.headers)) {
      return yield* invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    }
    // Each key is authorized separately.
    const bucket = yield* locateBucket(input, state, context)
    const { Objects = [], Quiet = false } = input.Delete ?? {}
    if (Objects.length === 0 || Objects.length > 1_000) return yield* malformed
    yield* checkBypass(bucket, input)
    if (Objects.some(({ Key }) => Key === "")) {
      return yield* fault(
        "UserKeyMustBeSpecified",
        "The bucket POST must contain the specified field name. If it is specified, check the order of the fields."
      )
    }
    const { BypassGovernanceRetention, Bucket } = input
    const Deleted: Array<sdk.DeletedObject> = []
    const Errors: Array<sdk._Error> = []
    for (const { ETag: etag, Key = "", LastModifiedTime, Size, VersionId } of Objects) {
      const removal = { Bucket, BypassGovernanceRetention, Key, VersionId, etag }
      const action = VersionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion"
      const result = yield* Effect.result(
        !isAuthorized(bucket, action, removal, context)
          ? Effect.fail(accessDenied())
          : LastModifiedTime !== undefined
          ? Effect.fail(notImplemented("x-amz-if-match-last-modified-time"))
          : Size !== undefined
          ? Effect.fail(notImplemented("x-amz-if-match-size"))
          : remove(bucket, removal, state, context)
      )
      if (result._tag === "Failure") {
        const { code, message } = result.failure.code === "InvalidArgument"
          ? { code: "NoSuchVersion", message: "The specified version does not exist." }
          : result.failure
        Errors.push({ Key, Code: code, Message: message, ...(VersionId !== undefined && { VersionId }) })
      } else if (!Quiet) {
        const { DeleteMarker, VersionId: id } = result.success
        Deleted.push({
          Key,
          ...(VersionId !== undefined && { VersionId }),
          ...(DeleteMarker === true && { DeleteMarker, DeleteMarkerVersionId: id })
        })
      }
    }
    return { ...(Deleted.length > 0 && { Deleted }), ...(Errors.length > 0 && { Errors }) }
  })
}

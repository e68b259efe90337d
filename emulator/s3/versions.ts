// The versions of objects.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { fault, invalidArgument, noSuchKey, notAllowed } from "./faults.ts"
import { setKey } from "./keys.ts"
import type { Bucket, Content, State, Version } from "./state.ts"

export const quote = (etag: string): string => `"${etag}"`

// The id contains the sequence number, so that a page can start after a version that has been deleted since.
const versionId = (sequence: number, context: HandlerContext) =>
  context.id("", 24) + sequence.toString(36).padStart(8, "0")

export const sequenceOf = (id: string): number => parseInt(id.slice(24), 36)

export const isVersionId = (id: string): boolean => id === "null" || /^[0-9a-f]{24}[0-9a-z]{8}$/.test(id)

/** Checks that a text has the form of a version's id. */
export const checkVersionId = (id: string): Effect.Effect<void, Fault> =>
  isVersionId(id)
    ? Effect.void
    : Effect.fail(
      id === "" ? invalidArgument("Version id cannot be the empty string", "versionId", id) : invalidVersionId(id)
    )

export const invalidVersionId = (id: string): Fault => invalidArgument("Invalid version id specified", "versionId", id)

export const storageClassOf = ({ headers }: Pick<Content, "headers">): sdk.StorageClass =>
  headers.StorageClass ?? "STANDARD"

export interface Found {
  readonly version: Version
  readonly content: Content
}

interface Named {
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
}

const markerMembers = (method: string) => ({ Method: method, ResourceType: "DeleteMarker" })

export const versionOf = Effect.fnUntraced(function*(
  bucket: Bucket,
  { Key: key = "", VersionId: id }: Named,
  method = "GET"
): Effect.fn.Return<Found, Fault> {
  const versions = bucket.objects.get(key) ?? []
  const [newest] = versions
  if (id === undefined) {
    if (newest === undefined) return yield* noSuchKey(key)
    if (newest.content === undefined) {
      return yield* noSuchKey(key, { "x-amz-delete-marker": "true", "x-amz-version-id": newest.id })
    }
    return { version: newest, content: newest.content }
  }
  yield* checkVersionId(id)
  const version = versions.find((version) => version.id === id)
  if (version === undefined) {
    return yield* fault("NoSuchVersion", "The specified version does not exist.", 404, { Key: key, VersionId: id })
  }
  if (version.content === undefined) {
    return yield* notAllowed(markerMembers(method), {
      "x-amz-delete-marker": "true",
      "x-amz-version-id": version.id,
      allow: "DELETE",
      "last-modified": version.modified.toUTCString()
    })
  }
  return { version, content: version.content }
})

/** The version whose tags a request is for. Refuses a delete marker, even if it is the newest version and not named. */
export const taggedVersionOf = Effect.fnUntraced(function*(
  bucket: Bucket,
  named: Named,
  method: "GET" | "PUT" | "DELETE"
): Effect.fn.Return<Found, Fault> {
  const [newest] = bucket.objects.get(named.Key ?? "") ?? []
  if (named.VersionId === undefined && newest !== undefined && newest.content === undefined) {
    return yield* notAllowed(markerMembers(method), {
      "x-amz-delete-marker": "true",
      "x-amz-version-id": newest.id,
      allow: "DELETE"
    })
  }
  return yield* versionOf(bucket, named, method)
})

/** Replaces a version's content. Only its tags, ACL, lock and restoration ever change. */
export const replaceContent = (version: Version, content: Content): void => {
  version.content = content
}

/** Adds a version, by the bucket's versioning state. Returns its id, unless the bucket never had versioning. */
export const addVersion = (
  bucket: Bucket,
  key: string,
  content: Content | undefined,
  modified: Date,
  state: State,
  context: HandlerContext
): string | undefined => {
  const sequence = ++state.sequence
  const id = bucket.versioning === "Enabled" ? versionId(sequence, context) : "null"
  const before = (bucket.objects.get(key) ?? []).filter((version) => version.id !== id)
  setKey(bucket.objects, key, [{ id, sequence, modified, content }, ...before])
  return bucket.versioning === undefined ? undefined : id
}

/** The id of a new version in an answer: S3 leaves out the `null` of a bucket with suspended versioning. */
export const newVersionId = (id: string | undefined): { readonly VersionId?: string } =>
  id === undefined || id === "null" ? {} : { VersionId: id }

/** Whether a legal hold or a retention protects a version from deletion. */
export const isLocked = ({ lock: { hold, retention } }: Content, time: number): boolean =>
  hold === "ON" || (retention !== undefined && retention.until.getTime() > time)

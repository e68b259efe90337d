// Conditional requests.
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { fault, noSuchKey, notImplemented, preconditionFailed } from "./faults.ts"
import { now } from "./state.ts"
import type { Bucket, Content } from "./state.ts"

const unquoted = (etag: string) => etag.trim().replace(/^"|"$/g, "")

const isEtag = (given: string, etag: string): boolean =>
  given.split(",").some((one) => one.trim() === "*" || unquoted(one) === etag)

interface WriteConditions {
  readonly Key?: string | undefined
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
}

const notAccepted = (header: string) =>
  notImplemented(header, `We don't accept the provided value of ${header} header for this API`)

/** Checks the preconditions of a write before its body is read: which headers there are, and their form. */
export const checkWriteHeaders = Effect.fnUntraced(function*(
  { IfMatch, IfNoneMatch }: WriteConditions
): Effect.fn.Return<void, Fault> {
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    return yield* notImplemented(
      "If-Match,If-None-Match",
      "Multiple conditional request headers present in the request"
    )
  }
  if (IfMatch?.trim() === "*") return yield* notAccepted("If-Match")
  if (IfNoneMatch !== undefined && IfNoneMatch.trim() !== "*") return yield* notAccepted("If-None-Match")
})

/** Checks the preconditions of a write. */
export const checkWrite = Effect.fnUntraced(function*(
  bucket: Bucket,
  { IfMatch, IfNoneMatch, Key = "" }: WriteConditions
): Effect.fn.Return<void, Fault> {
  const current = bucket.objects.get(Key)?.[0]?.content
  if (IfMatch !== undefined) {
    if (current === undefined) return yield* noSuchKey(Key)
    if (!isEtag(IfMatch, current.etag)) return yield* preconditionFailed("If-Match")
  }
  if (IfNoneMatch !== undefined && current !== undefined) return yield* preconditionFailed("If-None-Match")
})

/** Checks the preconditions of a multipart upload, which also fail if the object has changed since the upload began. */
export const checkCompletion = Effect.fnUntraced(function*(
  bucket: Bucket,
  conditions: WriteConditions,
  before: number | undefined
): Effect.fn.Return<void, Fault> {
  yield* checkWriteHeaders(conditions)
  yield* checkWrite(bucket, conditions)
  const { IfMatch, IfNoneMatch, Key = "" } = conditions
  const [current] = bucket.objects.get(Key) ?? []
  const sequence = current?.content === undefined ? undefined : current.sequence
  if ((IfMatch ?? IfNoneMatch) === undefined || sequence === before) return
  return yield* fault(
    "ConditionalRequestConflict",
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
    409,
    { Condition: IfMatch === undefined ? "If-None-Match" : "If-Match", Key }
  )
})

/** Checks the preconditions of a delete. */
export const checkDelete = Effect.fnUntraced(function*(
  bucket: Bucket,
  key: string,
  etag: string | undefined
): Effect.fn.Return<void, Fault> {
  if (etag === undefined) return
  const current = bucket.objects.get(key)?.[0]?.content
  if (current === undefined && unquoted(etag) !== "*") return yield* noSuchKey(key)
  if (current === undefined || !isEtag(etag, current.etag)) return yield* preconditionFailed("If-Match")
})

interface ReadConditions {
  readonly match?: string | undefined
  readonly noneMatch?: string | undefined
  readonly modifiedSince?: Date | undefined
  readonly unmodifiedSince?: Date | undefined
}

/** Checks the preconditions of a read. An ETag condition takes precedence over a time condition. */
export const checkRead = Effect.fnUntraced(function*(
  { match, modifiedSince, noneMatch, unmodifiedSince }: ReadConditions,
  { etag }: Content,
  modified: Date,
  { isCopy }: { readonly isCopy: boolean }
): Effect.fn.Return<void, Fault> {
  const failed = (condition: string) => preconditionFailed(isCopy ? `x-amz-copy-source-${condition}` : condition)
  const unchanged = (condition: string) =>
    isCopy ? failed(condition) : fault("NotModified", "Not Modified", 304, undefined, {
      etag: `"${etag}"`,
      "last-modified": modified.toUTCString()
    })
  if (match !== undefined) {
    if (!isEtag(match, etag)) return yield* failed("If-Match")
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) {
    return yield* failed("If-Unmodified-Since")
  }
  if (noneMatch !== undefined) {
    if (isEtag(noneMatch, etag)) return yield* unchanged("If-None-Match")
    // S3 ignores a date in the future.
  } else if (modifiedSince !== undefined && modified <= modifiedSince && modifiedSince <= (yield* now)) {
    return yield* unchanged("If-Modified-Since")
  }
})

// Writing and reading objects.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { findBucket, findTarget, isAnonymous } from "./access.ts"
import { type AclInput, grantsOf } from "./acl.ts"
import { isRestored, restoreHeader } from "./archive.ts"
import { answerBody, readBody } from "./body.ts"
import { type Checksums, computed, has, md5 } from "./checksums.ts"
import { checkRead, checkWrite, checkWriteHeaders } from "./conditions.ts"
import { checkCustomerKey, encryptionOf, etagOf } from "./encryption.ts"
import { tell } from "./events.ts"
import { expirationHeader } from "./expiry.ts"
import { fault, invalidArgument, invalidRequest } from "./faults.ts"
import { headersOf, isArchived } from "./headers.ts"
import { checkDigest, lockHeaders, lockOf } from "./locks.ts"
import { answeredMetadata } from "./metadata.ts"
import { type Attributes, type Bucket, type Content, now, type State } from "./state.ts"
import { tagsOfHeader } from "./tags.ts"
import { addVersion, newVersionId, quote, versionOf } from "./versions.ts"

type WriteInput = sdk.PutObjectCommandInput | sdk.CreateMultipartUploadCommandInput

/** The attributes that a write gives an object: headers, encryption, tags, ACL and lock. */
export const attributesOf = Effect.fnUntraced(function*(
  input: WriteInput & AclInput,
  bucket: Bucket,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Attributes, Fault> {
  const grants = yield* grantsOf(input, bucket, "object")
  const lock = yield* lockOf(input, bucket)
  const headers = yield* headersOf(input, context)
  const tags = yield* tagsOfHeader(input.Tagging)
  return { grants, lock, headers, tags, encryption: yield* encryptionOf(input, bucket, state, context) }
})

/** The checksums of an object that is written in one request. S3 computes one if the request has none. */
const fullChecksums = (told: Checksums, body: Uint8Array): Content["checksums"] => ({
  ...(has(told) ? told : computed("CRC64NVME", body)),
  ChecksumType: "FULL_OBJECT"
})

interface Range {
  readonly start: number
  readonly end: number
  readonly isPart: boolean
}

/** The range of bytes to answer: the whole object, a range or a part. */
const rangeOf = Effect.fnUntraced(function*(
  { PartNumber, Range }: sdk.HeadObjectCommandInput,
  { body, parts }: Content
): Effect.fn.Return<Range, Fault> {
  const size = body.length
  const unsatisfiable = (range: string) =>
    fault("InvalidRange", "The requested range is not satisfiable", 416, {
      ActualObjectSize: String(size),
      RangeRequested: range
    })
  if (PartNumber !== undefined) {
    if (Range !== undefined) {
      return yield* invalidRequest("Cannot specify both Range header and partNumber query parameter")
    }
    if (!(PartNumber >= 1 && PartNumber <= 10_000)) {
      return yield* invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber")
    }
    const part = parts[PartNumber - 1]?.size ?? (PartNumber === 1 ? size : undefined)
    if (part === undefined) {
      return yield* fault("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, {
        ActualPartCount: String(Math.max(parts.length, 1)),
        PartNumberRequested: String(PartNumber)
      })
    }
    const start = parts.slice(0, PartNumber - 1).reduce((sum, { size }) => sum + size, 0)
    return { start, end: start + part, isPart: part > 0 }
  }
  // S3 ignores a malformed range, and a list of several ranges.
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(Range ?? "") ?? []
  if (from === "" && to === "") return { start: 0, end: size, isPart: false }
  if (from === "") {
    if (Number(to) === 0 || size === 0) return yield* unsatisfiable(Range!)
    return { start: Math.max(0, size - Number(to)), end: size, isPart: true }
  }
  if (to !== "" && Number(to) < Number(from)) return { start: 0, end: size, isPart: false }
  if (Number(from) >= size) return yield* unsatisfiable(Range!)
  return { start: Number(from), end: to === "" ? size : Math.min(size, Number(to) + 1), isPart: true }
})

/** The checksums of what a read answers: of the object if that is all of it, or of a part whose upload had a composite checksum. */
const checksumsOf = (
  { body, checksums, parts }: Content,
  start: number,
  end: number,
  isPart: boolean
): Content["checksums"] => {
  if (start === 0 && end === body.length && !(isPart && checksums.ChecksumType === "COMPOSITE")) return checksums
  let from = 0
  for (const part of parts) {
    if (from === start && from + part.size === end && has(part.checksums)) {
      return { ...part.checksums, ChecksumType: checksums.ChecksumType }
    }
    from += part.size
  }
  return {}
}

const overrides = [
  ["ResponseCacheControl", "CacheControl"],
  ["ResponseContentDisposition", "ContentDisposition"],
  ["ResponseContentEncoding", "ContentEncoding"],
  ["ResponseContentLanguage", "ContentLanguage"],
  ["ResponseContentType", "ContentType"],
  ["ResponseExpires", "ExpiresString"]
] as const

/** The headers that the request overrides. */
const overridesOf = Effect.fnUntraced(function*(
  input: sdk.HeadObjectCommandInput,
  context: HandlerContext
): Effect.fn.Return<Partial<sdk.HeadObjectOutput>, Fault> {
  const given = overrides.filter(([member]) => input[member] !== undefined)
  if (given.length > 0 && isAnonymous(context)) {
    return yield* invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
  }
  return Object.fromEntries(
    given.map(([member, header]) => {
      const value = input[member]
      return [header, value instanceof Date ? value.toUTCString() : value]
    })
  )
})

/** The common part of GetObject and HeadObject. */
const readObject = Effect.fnUntraced(function*(
  input: sdk.HeadObjectCommandInput,
  state: State,
  context: HandlerContext
) {
  const bucket = yield* findBucket(input, state, context)
  const { content, version } = yield* versionOf(bucket, input, context.operation === "HeadObject" ? "HEAD" : "GET")
  const { encryption, etag, headers, parts, tags } = content
  yield* checkCustomerKey(encryption, input)
  yield* checkRead(
    {
      match: input.IfMatch,
      noneMatch: input.IfNoneMatch,
      modifiedSince: input.IfModifiedSince,
      unmodifiedSince: input.IfUnmodifiedSince
    },
    content,
    version.modified,
    { isCopy: false }
  )
  const { end, isPart, start } = yield* rangeOf(input, content)
  const replaced = yield* overridesOf(input, context)
  const time = yield* Clock.currentTimeMillis
  return {
    content,
    time,
    bytes: content.body.subarray(start, end),
    output: {
      ...headers,
      ...encryption,
      ...replaced,
      Metadata: answeredMetadata(headers.Metadata),
      AcceptRanges: "bytes",
      ContentLength: end - start,
      ETag: quote(etag),
      LastModified: version.modified,
      ...(bucket.versioning !== undefined && { VersionId: version.id }),
      ...(isPart && { ContentRange: `bytes ${start}-${end - 1}/${content.body.length}` }),
      ...(input.PartNumber !== undefined && parts.length > 0 && { PartsCount: parts.length }),
      ...(input.ChecksumMode === "ENABLED" && checksumsOf(content, start, end, input.PartNumber !== undefined)),
      ...(tags.length > 0 && { TagCount: tags.length }),
      ...restoreHeader(content, time),
      ...(bucket.objects.get(input.Key ?? "")?.[0] === version && expirationHeader(bucket, input.Key ?? "")),
      ...lockHeaders(content)
    }
  }
})

export const objectHandlers: Handlers<typeof sdk, State> = {
  PutObject: Effect.fnUntraced(function*(input, state, context) {
    yield* checkWriteHeaders(input)
    const { Key = "" } = input
    yield* findTarget(input, state, context)
    const { bytes: body, checksums } = yield* readBody(input, context)
    // The bucket may have changed while the body arrived.
    const bucket = yield* findTarget(input, state, context)
    const attributes = yield* attributesOf(input, bucket, state, context)
    yield* checkDigest(attributes.lock, "Put Object", context)
    yield* checkWrite(bucket, input)
    const etag = etagOf(md5(body), attributes.encryption, context)
    const stored = fullChecksums(checksums, body)
    const content: Content = { ...attributes, body, etag, checksums: stored, parts: [] }
    const id = addVersion(bucket, Key, content, yield* now, state, context)
    const kind = context.request.method === "POST" ? "ObjectCreated:Post" : "ObjectCreated:Put"
    yield* tell(bucket, { kind, key: Key, id, content, sequence: state.sequence }, state, context)
    return {
      ETag: quote(etag),
      ...stored,
      ...attributes.encryption,
      ...newVersionId(id),
      ...expirationHeader(bucket, Key)
    }
  }),

  GetObject: Effect.fnUntraced(function*(input, state, context) {
    const { bytes, content, output, time } = yield* readObject(input, state, context)
    if (isArchived(content.headers) && !isRestored(content, time)) {
      return yield* fault("InvalidObjectState", "The operation is not valid for the object's storage class", 403, {
        StorageClass: content.headers.StorageClass
      })
    }
    return { ...output, Body: answerBody(bytes) }
  }),

  HeadObject: Effect.fnUntraced(function*(input, state, context) {
    return (yield* readObject(input, state, context)).output
  })
}

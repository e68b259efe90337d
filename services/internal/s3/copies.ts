// Copying objects within S3: in one request, or in parts above what one request copies.
import {
  type CompletedPart,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { AwsError } from "../../../errors/internal/awsError.ts"
import {
  BucketAccessDenied,
  type BucketDoesNotExist,
  ObjectArchived,
  ObjectChanged,
  type ObjectDoesNotExist,
  PreconditionFailed
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { checksumOf } from "./checksums.ts"
import type { Known } from "./comparing.ts"
import { cutOf, MAX_PARTS } from "./cuts.ts"
import { mapReadErrors, mapWriteErrors, type ReadError } from "./failures.ts"
import { check, customerKeyProblem, expiresProblem } from "./invalid.ts"
import type { WrittenObject } from "./models.ts"
import { type UploadId, uploadInParts } from "./multipart.ts"
import type { CopyOptions, CopySource } from "./options.ts"
import {
  conditionParameters,
  customerKeyOf,
  customerKeyParameters,
  given,
  objectParameters,
  rangeHeader,
  readParameters,
  tagging,
  type WrittenParameters
} from "./parameters.ts"
import { type Report, reporting } from "./progress.ts"
import * as s3 from "./service.ts"
import { writing } from "./written.ts"

/** In bytes: the most that S3 copies in one request. */
const ONE_REQUEST_LIMIT = 5 * 2 ** 30
/** In bytes. No byte passes through this process, so parts can be large. */
const PART_SIZE = 128 * 2 ** 20
const PART_CONCURRENCY = 8

type CopyError =
  | ObjectDoesNotExist
  | ObjectArchived
  | PreconditionFailed
  | ObjectChanged
  | BucketDoesNotExist
  | BucketAccessDenied
  | AwsError

const place = ({ bucket, key }: { readonly bucket: string; readonly key: string }) => ({ bucket, key })

const encodedPath = (path: string) => path.split("/").map(encodeURIComponent).join("/")

/** The source of a copy as the header that names it. */
export const copySource = ({ bucket, key, versionId }: CopySource): string =>
  // An access point is named by its ARN.
  encodedPath(bucket.startsWith("arn:") ? `${bucket}/object/${key}` : `${bucket}/${key}`) +
  (versionId === undefined ? "" : `?versionId=${encodeURIComponent(versionId)}`)

/** What a copy sends of its source, with each request. The ETag pins one and the same object. */
const sourceParameters = (
  from: CopySource,
  etag: string
): Pick<
  CopyObjectCommandInput & UploadPartCopyCommandInput,
  | "CopySource"
  | "CopySourceIfMatch"
  | "CopySourceSSECustomerAlgorithm"
  | "CopySourceSSECustomerKey"
  | "ExpectedSourceBucketOwner"
> => {
  const { SSECustomerAlgorithm, SSECustomerKey } = customerKeyParameters(from.customerKey)
  return given({
    CopySource: copySource(from),
    CopySourceIfMatch: etag,
    CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
    CopySourceSSECustomerKey: SSECustomerKey,
    ExpectedSourceBucketOwner: from.expectedOwner
  })
}

interface Source extends CopySource {
  readonly head: HeadObjectCommandOutput
  readonly etag: string
  readonly size: number
}

const head = (from: CopySource): Effect.Effect<HeadObjectCommandOutput, ReadError, AwsClients> =>
  mapReadErrors(place(from))(
    s3.send(
      new HeadObjectCommand({ Bucket: from.bucket, Key: from.key, ChecksumMode: "ENABLED", ...readParameters(from) })
    )
  )

const findSource = Effect.fnUntraced(function*(
  from: CopySource
): Effect.fn.Return<Source, ReadError | BucketAccessDenied, AwsClients> {
  const output = yield* head(from).pipe(
    Effect.catchReason(
      "AwsError",
      "AccessDenied",
      (_, cause) => Effect.fail(new BucketAccessDenied({ bucket: from.bucket, cause }))
    )
  )
  const { etag, size } = yield* readMembers(
    { service: "S3", operation: "HeadObject" },
    output,
    ({ ContentLength, ETag }, need) => ({ etag: need(ETag, "ETag"), size: need(ContentLength, "ContentLength") })
  )
  return { ...from, head: output, etag, size }
})

/** The headers that a copy takes over from its source, as the source has them. */
const keptHeaders = [
  "ContentType",
  "CacheControl",
  "ContentEncoding",
  "ContentDisposition",
  "ContentLanguage",
  "Expires",
  "Metadata"
] as const

const headersOf = ({ head }: Source): Pick<WrittenParameters, (typeof keptHeaders)[number]> =>
  given(Object.fromEntries(keptHeaders.map((header) => [header, head[header]])))

/** S3 never takes the redirect of a website's object over. */
const redirectOf = ({ head }: Source) => given({ WebsiteRedirectLocation: head.WebsiteRedirectLocation })

/** Whether S3 answers that the source is no longer there, or no longer the one that `CopySourceIfMatch` names. */
const isSourceGone = ({ code, statusCode }: AwsError): boolean =>
  statusCode === 412 || code === "NoSuchKey" || code === "NoSuchVersion"

/** What S3 says of the source when it copies from it. Other failures are the target's. */
const mapSourceErrors = (from: CopySource) =>
<A, E, R>(effect: Effect.Effect<A, E | AwsError, R>): Effect.Effect<
  A,
  E | AwsError | ObjectArchived | ObjectChanged,
  R
> =>
  Effect.mapError(effect, (error) => {
    if (!AwsError.isAwsError(error)) return error
    if (error.code === "ObjectNotInActiveTierError" || error.code === "InvalidObjectState") {
      return new ObjectArchived(place(from))
    }
    return isSourceGone(error) ? new ObjectChanged(place(from)) : error
  })

/** Both the source and the target may have failed a condition, and S3 doesn't tell every client which of them did. */
const blame = Effect.fnUntraced(function*(
  { etag, ...from }: Source,
  to: CopyOptions["to"]
): Effect.fn.Return<never, ObjectChanged | PreconditionFailed | ReadError, AwsClients> {
  yield* head({ ...from, ifMatch: etag }).pipe(
    Effect.catchTag(["ObjectDoesNotExist", "PreconditionFailed"], () => Effect.fail(new ObjectChanged(place(from))))
  )
  return yield* new PreconditionFailed(place(to))
})

/** An ETag isn't always that of the source: it may be of parts, or of what KMS has encrypted. */
const haveSameChecksum = (a: Known, b: Known): boolean => {
  const checksum = checksumOf(a)
  return checksum !== undefined && Equal.equals(checksum, checksumOf(b))
}

const copyInOneRequest = Effect.fnUntraced(function*(
  source: Source,
  options: CopyOptions,
  report: Report
): Effect.fn.Return<WrittenObject, CopyError, AwsClients> {
  const { ifMatch, ifNoneMatch, tags, to } = options
  const replaced = objectParameters(options)
  // S3 keeps all headers or none of them. It doesn't take new tags for a change of an object that is copied to itself.
  const isSame = source.bucket === to.bucket && source.key === to.key
  const isReplacing = keptHeaders.some((header) => replaced[header] !== undefined) || (isSame && tags !== undefined)
  const target = { Bucket: to.bucket, Key: to.key, ...replaced, ...conditionParameters(options) }
  const copied = s3.send(
    new CopyObjectCommand({
      ...sourceParameters(source, source.etag),
      ...redirectOf(source),
      ...(isReplacing && { MetadataDirective: "REPLACE" as const, ...headersOf(source) }),
      ...(tags !== undefined && { TaggingDirective: "REPLACE" as const }),
      ...target
    })
  ).pipe(Effect.map(({ CopyObjectResult, VersionId }) => ({ ...CopyObjectResult, VersionId })))
  return yield* writing(
    { ...headersOf(source), ...target },
    "CopyObject",
    source.size,
    (found) => Effect.succeed(found.ETag === source.etag || haveSameChecksum(found, source.head)),
    copied
  ).pipe(
    Effect.catchIf(
      (error) => (ifMatch ?? ifNoneMatch) !== undefined && isSourceGone(error),
      () => blame(source, to)
    ),
    mapSourceErrors(source),
    mapWriteErrors(place(to)),
    Effect.tap(() => Effect.sync(() => report.add(source.size)))
  )
})

/** The tags of an object, as the header that carries them. */
const taggingOf = Effect.fnUntraced(function*(
  { expectedOwner, bucket, key, versionId }: Source
): Effect.fn.Return<string | undefined, AwsError, AwsClients> {
  const output = yield* s3.send(
    new GetObjectTaggingCommand(
      given({ Bucket: bucket, Key: key, VersionId: versionId, ExpectedBucketOwner: expectedOwner })
    )
  ).pipe(
    // A store that has no tags says so.
    AwsError.catchCode("NotImplemented", () => Effect.succeed({ TagSet: [] }))
  )
  const pairs = yield* readMembers(
    { service: "S3", operation: "GetObjectTagging" },
    output,
    ({ TagSet = [] }, need) => TagSet.map(({ Key, Value = "" }) => [need(Key, "Key"), Value])
  )
  return pairs.length === 0 ? undefined : tagging(Object.fromEntries(pairs))
})

/** A part that S3 has copied. */
const copyPart = Effect.fnUntraced(function*(
  upload: UploadId,
  source: Source,
  PartNumber: number,
  CopySourceRange: string
): Effect.fn.Return<CompletedPart, AwsError, AwsClients> {
  const output = yield* s3.send(
    new UploadPartCopyCommand({
      ...upload,
      PartNumber,
      CopySourceRange,
      ...sourceParameters(source, source.etag)
    })
  )
  return yield* readMembers(
    { service: "S3", operation: "UploadPartCopy" },
    output,
    ({ CopyPartResult: { LastModified: _time, ...copied } = {} }, need) => ({
      ...copied,
      PartNumber,
      ETag: need(copied.ETag, "ETag")
    })
  )
})

const copyInParts = Effect.fnUntraced(function*(
  source: Source,
  options: CopyOptions,
  report: Report
): Effect.fn.Return<WrittenObject, CopyError, AwsClients> {
  const { concurrency = PART_CONCURRENCY, partSize = PART_SIZE, tags, to } = options
  const { size } = source
  const length = Math.max(partSize, Math.ceil(size / MAX_PARTS))
  const sourceTagging = tags === undefined
    ? yield* taggingOf(source).pipe(
      mapReadErrors(place(source)),
      Effect.catchReason(
        "AwsError",
        "AccessDenied",
        (_, cause) => Effect.fail(new BucketAccessDenied({ bucket: source.bucket, cause }))
      )
    )
    : undefined
  return yield* uploadInParts(
    {
      Bucket: to.bucket,
      Key: to.key,
      ...headersOf(source),
      ...redirectOf(source),
      ...given({ Tagging: sourceTagging }),
      ...objectParameters(options),
      ...conditionParameters(options)
    },
    ({ id }) =>
      Effect.forEach(
        Array.from({ length: Math.ceil(size / length) }, (_, index) => index),
        (index) => {
          const [start, end] = [index * length, Math.min(size, (index + 1) * length)]
          return copyPart(id, source, index + 1, rangeHeader({ start, end: end - 1 })).pipe(
            mapSourceErrors(source),
            Effect.tap(() => Effect.sync(() => report.add(end - start)))
          )
        },
        { concurrency }
      ).pipe(Effect.map((parts) => ({ parts, size })))
  ).pipe(mapWriteErrors(place(to)))
})

export const copyObject = Effect.fn("S3.copyObject")(function*(
  options: CopyOptions
): Effect.fn.Return<WrittenObject, CopyError, AwsClients> {
  const { from, partSize = ONE_REQUEST_LIMIT, to } = options
  yield* cutOf("CopyObject", options)
  yield* check(
    "CopyObject",
    customerKeyProblem(from.customerKey),
    customerKeyProblem(customerKeyOf(options)),
    expiresProblem(options.expires)
  )
  yield* Effect.logDebug(`Copying s3://${from.bucket}/${from.key} to s3://${to.bucket}/${to.key}`)
  return yield* reporting(options, (report) =>
    Effect.flatMap(findSource(from), (source) => {
      report.setTotal(source.size)
      return source.size > partSize
        ? copyInParts(source, options, report)
        : copyInOneRequest(source, options, report)
    }))
})

/**
 * Buckets and objects of Amazon S3.
 *
 * @since 0.1.0
 */
import {
  type _Error,
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandInput
} from "@aws-sdk/client-s3"
import { HttpRequest } from "@smithy/core/protocols"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Readable } from "node:stream"
import type { S3Codes } from "../errors/codes/S3.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import * as Reason from "../errors/internal/reasons.ts"
import {
  BucketAccessDenied,
  BucketDoesNotExist,
  BucketNameNotAvailable,
  BucketNotEmptied,
  CannotReadFile,
  CannotWriteFile,
  CouldNotEnsureBucketExists,
  DirectoryDoesNotExist,
  FileAlreadyExists,
  ObjectDoesNotExist,
  type RefusedKey
} from "../errors/internal/s3Errors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import { type Part, sendParts } from "../src/internal/batches.ts"
import * as Retry from "../src/Retry.ts"

export * from "../errors/S3Errors.ts"

const service = AwsService.make<S3Client, S3Codes>(S3Client)

/**
 * Sends any command of S3.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of S3 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of S3 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * Whether there is a bucket, and whether these clients may use it.
 *
 * @category models
 * @since 0.1.0
 */
export const BucketStatus = Schema.Literals(["DoesNotExist", "ExistsHaveAccess", "ExistsNoAccess"])

/**
 * Whether there is a bucket, and whether these clients may use it.
 *
 * @category models
 * @since 0.1.0
 */
export type BucketStatus = typeof BucketStatus.Type

/**
 * An object as a list of objects shows it. `size` is in bytes; `etag` is as S3 writes it, with its quotation marks.
 *
 * @category models
 * @since 0.1.0
 */
export class S3Object extends Schema.Class<S3Object>("effect-aws-sdk/S3/S3Object")({
  key: Schema.String,
  size: Schema.Int,
  etag: Schema.String,
  lastModified: Schema.Date
}) {}

/**
 * A file that an object was written to. `size` is in bytes; `metadata` is the object's user metadata.
 *
 * @category models
 * @since 0.1.0
 */
export class S3File extends Schema.Class<S3File>("effect-aws-sdk/S3/S3File")({
  path: Schema.String,
  bucket: Schema.String,
  key: Schema.String,
  size: Schema.Int,
  etag: Schema.optionalKey(Schema.String),
  metadata: Schema.Record(Schema.String, Schema.String)
}) {}

/**
 * Whether there is a bucket of this name, and whether these clients may use it.
 *
 * A bucket in another region is `ExistsNoAccess`, whoever owns it: S3 redirects each call that is made in this region.
 *
 * **Errors**: `AwsError`.
 *
 * **Example** (What to do about it)
 *
 * ```ts
 * import { Effect, Match } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const advice = S3.getBucketStatus("bucket").pipe(Effect.map(
 *   Match.type<S3.BucketStatus>().pipe(
 *     Match.when("DoesNotExist", () => "create it"),
 *     Match.when("ExistsHaveAccess", () => "use it"),
 *     Match.when("ExistsNoAccess", () => "choose another name"),
 *     Match.exhaustive
 *   )
 * ))
 * ```
 *
 * AWS: [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const getBucketStatus = Effect.fn("S3.getBucketStatus")(function*(
  bucket: string
): Effect.fn.Return<BucketStatus, AwsError, AwsClients> {
  return yield* send(new HeadBucketCommand({ Bucket: bucket })).pipe(
    Effect.as("ExistsHaveAccess" as const),
    // The answers to HEAD have no body, so the status is all that tells.
    Effect.catchIf(({ statusCode }) => statusCode === 404, () => Effect.succeed("DoesNotExist" as const)),
    Effect.catchIf(
      ({ reason, statusCode }) => statusCode === 301 || (statusCode === 403 && reason._tag === "AccessDenied"),
      (error) =>
        Effect.as(
          Effect.logDebug(`The S3 bucket ${bucket} exists, but not for these clients: ${error.message}`),
          "ExistsNoAccess" as const
        )
    )
  )
})

/**
 * Creates a bucket in the region of the clients: private, its objects owned by its owner. It is a success where the
 * caller's account has the bucket already.
 *
 * **Errors**: `BucketNameNotAvailable` where another account has it; `AwsError` for the rest.
 *
 * **Example** (A bucket)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const created = S3.createBucket("logs-0a1b")
 * ```
 *
 * AWS: [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const createBucket = Effect.fn("S3.createBucket")(function*(
  bucket: string
): Effect.fn.Return<void, BucketNameNotAvailable | AwsError, AwsClients> {
  const { config: { region } } = yield* AwsClients
  yield* Effect.logDebug(`Creating S3 bucket ${bucket} in ${region}`)
  yield* send(
    new CreateBucketCommand({
      Bucket: bucket,
      ACL: "private",
      ObjectOwnership: "BucketOwnerPreferred",
      // us-east-1 is where a bucket comes to be without one, and is refused as one. The SDK's type lists not all regions.
      ...(region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } })
    })
  ).pipe(
    AwsError.catchCode(
      "BucketAlreadyOwnedByYou",
      () => Effect.logDebug(`The S3 bucket ${bucket} exists already, and is this account's`)
    ),
    AwsError.catchCode("BucketAlreadyExists", () => Effect.fail(new BucketNameNotAvailable({ bucket })))
  )
})

/**
 * Creates a bucket unless there is one that these clients may use.
 *
 * **Errors**: `CouldNotEnsureBucketExists` where there is one that they may not use: another account's, or one in
 * another region; `AwsError` for the rest.
 *
 * **Example** (Before it is written to)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const put = S3.ensureBucketExists("logs-0a1b").pipe(
 *   Effect.andThen(S3.uploadFile({ path: "today.log", bucket: "logs-0a1b", key: "today.log" }))
 * )
 * ```
 *
 * AWS: [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html),
 * [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const ensureBucketExists = Effect.fn("S3.ensureBucketExists")(function*(
  bucket: string
): Effect.fn.Return<void, CouldNotEnsureBucketExists | AwsError, AwsClients> {
  const fail = Effect.fnUntraced(function*(found: string) {
    const error = new CouldNotEnsureBucketExists({ bucket, found })
    yield* Effect.logError(error.message)
    return yield* error
  })
  yield* Effect.logInfo(`Ensuring that the S3 bucket ${bucket} exists`)
  const ensure = Match.type<BucketStatus>().pipe(
    Match.when("ExistsHaveAccess", () => Effect.logDebug(`The S3 bucket ${bucket} exists already`)),
    Match.when(
      "ExistsNoAccess",
      () => fail("it exists in another account or another region, or its policy denies access; choose another name")
    ),
    Match.when(
      "DoesNotExist",
      () =>
        Effect.catchTag(
          createBucket(bucket),
          "BucketNameNotAvailable",
          () => fail("another account created it in the meantime; choose another name")
        )
    ),
    Match.exhaustive
  )
  yield* ensure(yield* getBucketStatus(bucket))
})

const toBatch = ({ DeleteMarkers = [], Versions = [] }: ListObjectVersionsCommandOutput) =>
  [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))

/** What AWS's answer for a version means for the next attempt; `undefined` where another one is of no use. */
const retryReason = ({ Code: code = "", Message: description = "" }: _Error): Retry.Input | undefined => {
  const fields = { code, description, isRetryable: true }
  return Match.value(code).pipe(
    Match.when("SlowDown", () => new Reason.Throttled(fields)),
    Match.whenOr("InternalError", "ServiceUnavailable", () => new Reason.ServerFault(fields)),
    Match.when("RequestTimeout", () => new Reason.TimedOut(fields)),
    Match.when("OperationAborted", () => new Reason.Rejected(fields)),
    Match.orElse(() => undefined)
  )
}

const refusedKey = ({ Code = "", Key = "", Message = "", VersionId }: _Error): RefusedKey => ({
  key: Key,
  versionId: VersionId,
  code: Code,
  message: Message
})

/**
 * Deletes one page of object versions, and gives those that AWS refused to delete. What it does not delete for the moment
 * is sent again, as it was sent: a key without its version would be given a delete marker.
 */
const deleteBatch = Effect.fnUntraced(function*(bucket: string, page: ListObjectVersionsCommandOutput) {
  const objects: ReadonlyArray<ObjectIdentifier> = toBatch(page)
  if (objects.length === 0) return []
  const what = `object versions of the S3 bucket ${bucket}`
  return yield* sendParts(objects, { what, retry: Retry.standard() }, (pending) =>
    Effect.map(
      send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [...pending], Quiet: true } })),
      ({ Errors = [] }) =>
        Errors.flatMap((error): ReadonlyArray<Part<ObjectIdentifier, RefusedKey>> => {
          const meant = pending.filter(({ Key, VersionId }) =>
            error.Key === Key && (error.VersionId ?? VersionId) === VersionId
          )
          const again = retryReason(error)
          return meant.length === 0 || again === undefined
            ? [{ element: { Key: error.Key }, result: refusedKey(error) }]
            : meant.map((element) => ({
              element,
              result: refusedKey({ ...error, VersionId: element.VersionId }),
              again
            }))
        })
    ))
})

/** Ends uploads that were begun and not completed: their parts are in no list of objects, but are paid for. */
const abortUploads = (bucket: string, { Uploads = [] }: ListMultipartUploadsCommandOutput, concurrency: number) =>
  Effect.forEach(
    Uploads,
    ({ Key, UploadId }) =>
      send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).pipe(
        AwsError.catchCode("NoSuchUpload", () => Effect.void)
      ),
    { concurrency, discard: true }
  )

/**
 * Deletes a bucket and all that is in it: objects with all their versions, delete markers, and unfinished multipart
 * uploads. It is a success where there is no such bucket.
 *
 * Takes one list and one delete for each thousand of versions, in constant memory; `concurrency` says how many deletes
 * are under way at once (8 by default). Versions that AWS does not delete for the moment (throttled, internal failure) are
 * sent again, and only these, as {@link Retry.standard} says.
 *
 * **Errors**: `BucketNotEmptied` with what AWS refused to delete (locked objects), or where objects were added in the
 * meantime; `AwsError` for the rest. What was deleted by then stays deleted.
 *
 * **Example** (The end of a test environment)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const destroyed = S3.destroyBucket("test-0a1b", { concurrency: 16 })
 * ```
 *
 * AWS: [ListObjectVersions](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html),
 * [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html),
 * [AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html),
 * [DeleteBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const destroyBucket = Effect.fn("S3.destroyBucket")(function*(
  bucket: string,
  options?: { readonly concurrency?: number | undefined }
): Effect.fn.Return<void, BucketNotEmptied | AwsError, AwsClients> {
  const concurrency = options?.concurrency ?? 8
  const destroy = Effect.gen(function*() {
    const refused = yield* pages(new ListObjectVersionsCommand({ Bucket: bucket }), { readAhead: true }).pipe(
      // A page goes when the next one is there: a list starts after a version, which should not be gone by then.
      Stream.zipWithNext,
      Stream.mapEffect(([page]) => deleteBatch(bucket, page), { concurrency, unordered: true }),
      Stream.flattenIterable,
      Stream.runCollect
    )
    yield* Stream.runForEach(
      pages(new ListMultipartUploadsCommand({ Bucket: bucket })),
      (page) => abortUploads(bucket, page, concurrency)
    )
    if (refused.length > 0) return yield* new BucketNotEmptied({ bucket, refused })
    yield* send(new DeleteBucketCommand({ Bucket: bucket })).pipe(
      AwsError.catchCode("BucketNotEmpty", () => Effect.fail(new BucketNotEmptied({ bucket, refused })))
    )
    yield* Effect.logInfo(`Destroyed the S3 bucket ${bucket}`)
  })
  yield* Effect.logInfo(`Destroying the S3 bucket ${bucket}`)
  yield* destroy.pipe(
    Effect.tapErrorTag("BucketNotEmptied", (error) => Effect.logError(error.message)),
    AwsError.catchCode(
      "NoSuchBucket",
      () => Effect.logInfo(`The S3 bucket ${bucket} does not exist; nothing to destroy`)
    )
  )
})

/** A file that is larger is uploaded in parts. */
const AT_ONCE = 16 * 2 ** 20
/** The size of a part, or more, so that this number of parts is enough. */
const PART = 8 * 2 ** 20
const PARTS = 10_000
const PARTS_AT_ONCE = 4

interface OpenFile {
  readonly handle: fs.FileHandle
  readonly path: string
  readonly size: number
}

const openToRead = (path: string): Effect.Effect<OpenFile, CannotReadFile, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        // Before it is opened: to open a pipe would wait for who writes to it.
        const stats = await fs.stat(path)
        if (!stats.isFile()) throw new Error(stats.isDirectory() ? "it is a directory" : "it is no regular file")
        return { handle: await fs.open(path, "r"), path, size: stats.size }
      },
      catch: (cause) => new CannotReadFile({ path, cause })
    }),
    ({ handle }) => Effect.promise(() => handle.close().catch(() => {}))
  )

/** Fills the buffer with the file's bytes from `start` on. It had them when it was opened: S3 was told its size then. */
const fill = ({ handle, path }: OpenFile, buffer: Buffer, start: number): Effect.Effect<Buffer, CannotReadFile> =>
  Effect.tryPromise({
    try: async () => {
      let filled = 0
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled)
        if (bytesRead === 0) throw new Error("it was cut short while it was read")
        filled += bytesRead
      }
      return buffer
    },
    catch: (cause) => new CannotReadFile({ path, cause })
  })

type PutParameters = Omit<PutObjectCommandInput, "Body">

// In memory, so that it can be sent again: the SDK does not retry a stream.
const putAtOnce = Effect.fnUntraced(function*(file: OpenFile, parameters: PutParameters) {
  const Body = yield* fill(file, Buffer.allocUnsafeSlow(file.size), 0)
  yield* send(new PutObjectCommand({ ...parameters, Body }))
})

type UploadInput = Pick<UploadPartCommandInput, "Bucket" | "Key" | "UploadId">

/**
 * Sends the parts of a file. A part's buffer is used again when its only request was answered: one that was given up may
 * still be read from it, and what answers without a request, as the in-memory AWS does, may keep it.
 */
const sendFileParts = Effect.fnUntraced(function*(file: OpenFile, upload: UploadInput) {
  const size = Math.max(PART, Math.ceil(file.size / PARTS))
  const free: Array<Buffer> = []
  const sendPart = Effect.fnUntraced(function*(index: number) {
    const start = index * size
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(size)
    const Body = yield* fill(file, buffer.subarray(0, Math.min(size, file.size - start)), start)
    const command = new UploadPartCommand({ ...upload, PartNumber: index + 1, Body })
    let requests = 0
    command.middlewareStack.add(
      (next) => (args) => {
        requests++
        // S3 took the upload, and will take its parts. The SDK opens a connection for each request that asks first.
        if (HttpRequest.isInstance(args.request)) delete args.request.headers["Expect"]
        return next(args)
      },
      { step: "deserialize", priority: "low", name: "effectAwsSdkPart" }
    )
    const { ChecksumCRC32, ETag } = yield* send(command)
    if (requests === 1) free.push(buffer)
    return { PartNumber: index + 1, ETag, ChecksumCRC32 }
  })
  return yield* Effect.forEach(Array.from({ length: Math.ceil(file.size / size) }, (_, index) => index), sendPart, {
    concurrency: PARTS_AT_ONCE
  })
})

// Not by `Upload` of `lib-storage`: it joins every two parts in a new buffer, which no later part can use again.
const putInParts = Effect.fnUntraced(function*(file: OpenFile, parameters: PutParameters) {
  const { Bucket, Key } = parameters
  const { config, get } = yield* AwsClients
  const calculation = yield* Effect.tryPromise({
    try: async () => get(S3Client).config.requestChecksumCalculation(),
    catch: (cause) =>
      AwsError.fromUnknown({ service: "S3", operation: "CreateMultipartUpload", region: config.region }, cause)
  })
  let isComplete = false
  // What begins or ends the upload has to be known to have happened or not. A part may be given up at any time.
  yield* Effect.acquireUseRelease(
    send(
      new CreateMultipartUploadCommand({
        ...parameters,
        // The checksum that the SDK puts on each part: S3 takes none that it was not told of.
        ...(calculation === "WHEN_SUPPORTED" && { ChecksumAlgorithm: "CRC32" })
      })
    ),
    ({ UploadId }) =>
      Effect.flatMap(
        sendFileParts(file, { Bucket, Key, UploadId }),
        (Parts) =>
          send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })).pipe(
            Effect.tap(() => Effect.sync(() => isComplete = true)),
            Effect.uninterruptible
          )
      ),
    ({ UploadId }) =>
      isComplete
        ? Effect.void
        : send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).pipe(
          AwsError.catchCode("NoSuchUpload", () => Effect.void),
          Effect.catch((error) =>
            Effect.logError(
              `The multipart upload ${UploadId} of s3://${Bucket}/${Key} could not be aborted; its parts are paid for ` +
                `until it is, by AbortMultipartUpload or a lifecycle rule. ${error.message}`
            )
          )
        )
  )
})

/**
 * Puts a file into a bucket, as an object that the bucket's owner has full control of, encrypted by KMS
 * (`aws:kms`, with AWS's own key for S3), in the storage class `STANDARD`.
 *
 * - `path`: a regular file. Memory does not grow with its size: above 16 MiB it is uploaded in parts of 8 MiB, at most
 *   four at once, each sent again by itself where that may help. (S3 allows 10,000 parts: those of a file of more than
 *   78 GiB are larger.)
 * - `metadata`: user metadata, at most 2 KB; S3 keeps the names in lower case.
 *
 * An upload in parts that fails or is interrupted is aborted, and the Effect ends only then: no unfinished upload is left.
 * An object of this key is replaced.
 *
 * **Errors**: `CannotReadFile`, `BucketDoesNotExist`, `BucketAccessDenied`; `AwsError` for the rest.
 *
 * **Example** (With metadata)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const put = S3.uploadFile({
 *   path: "./capture.pcap",
 *   bucket: "captures-0a1b",
 *   key: "2026/capture.pcap",
 *   metadata: { host: "sensor-1" }
 * })
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [multipart uploads](https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const uploadFile = Effect.fn("S3.uploadFile")(function*(options: {
  readonly path: string
  readonly bucket: string
  readonly key: string
  readonly metadata?: Readonly<Record<string, string>> | undefined
}): Effect.fn.Return<void, CannotReadFile | BucketDoesNotExist | BucketAccessDenied | AwsError, AwsClients> {
  const { bucket, key, metadata, path } = options
  yield* Effect.logDebug(`Putting the file ${path} to s3://${bucket}/${key}`)
  yield* openToRead(path).pipe(
    Effect.flatMap((file) =>
      (file.size > AT_ONCE ? putInParts : putAtOnce)(file, {
        Bucket: bucket,
        Key: key,
        ACL: "bucket-owner-full-control",
        ServerSideEncryption: "aws:kms",
        StorageClass: "STANDARD",
        ...(metadata !== undefined && { Metadata: { ...metadata } })
      })
    ),
    Effect.scoped,
    AwsError.catchCode("NoSuchBucket", () => Effect.fail(new BucketDoesNotExist({ bucket }))),
    Effect.catchReason(
      "AwsError",
      "AccessDenied",
      (_, cause) => Effect.fail(new BucketAccessDenied({ bucket, cause }))
    )
  )
})

/**
 * The objects of a bucket, page by page and by key; with `prefix`, those whose key begins with it.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (How much there is)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const bytes = S3.listObjects("logs-0a1b", { prefix: "2026/" }).pipe(
 *   Stream.runFold(() => 0, (sum, { size }) => sum + size)
 * )
 * ```
 *
 * AWS: [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const listObjects = (
  bucket: string,
  options?: { readonly prefix?: string | undefined }
): Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients> =>
  items(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: options?.prefix }),
    ({ Contents }) =>
      Contents?.map(({ ETag = "", Key = "", LastModified = new Date(0), Size = 0 }) =>
        new S3Object({ key: Key, size: Size, etag: ETag, lastModified: LastModified })
      )
  ).pipe(
    Stream.catchIf(AwsError.hasCode("NoSuchBucket"), () => Stream.fail(new BucketDoesNotExist({ bucket })))
  )

/**
 * The user metadata of an object, by name in lower case.
 *
 * **Errors**: `ObjectDoesNotExist` where there is no such object or no such bucket (S3 does not tell which); `AwsError`
 * for the rest.
 *
 * **Example** (One of them)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const host = S3.getObjectMetadata("captures-0a1b", "2026/capture.pcap").pipe(Effect.map(({ host }) => host))
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getObjectMetadata = Effect.fn("S3.getObjectMetadata")(function*(
  bucket: string,
  key: string
): Effect.fn.Return<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> {
  const { Metadata = {} } = yield* send(new HeadObjectCommand({ Bucket: bucket, Key: key })).pipe(
    Effect.catchIf(({ statusCode }) => statusCode === 404, () => Effect.fail(new ObjectDoesNotExist({ bucket, key })))
  )
  return Metadata
})

/** A failure while the body comes: whatever it is, it is the connection's, unless the bytes themselves are wrong. */
const brokenOff = (region: string, cause: unknown): AwsError => {
  const error = AwsError.fromUnknown({ service: "S3", operation: "GetObject", region }, cause)
  if (error.reason._tag !== "Misconfigured") return error
  const { code, description } = error.reason
  return new AwsError({
    service: error.service,
    operation: error.operation,
    region,
    reason: new Reason.Unreachable({ code, description, isRetryable: true }),
    cause
  })
}

const endedEarly = (received: number, length: number) =>
  Object.assign(new Error(`the body ended after ${received} of ${length} bytes`), {
    code: "ERR_STREAM_PREMATURE_CLOSE"
  })

interface OpenObject {
  readonly answer: GetObjectCommandOutput
  /** Fails with `AwsError` only. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The bytes of a body: all that were told of, or a failure. */
const bytesOf = async function*(body: AsyncIterable<Uint8Array>, length: number | undefined, region: string) {
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.byteLength
      yield chunk
    }
    if (length !== undefined && received !== length) throw endedEarly(received, length)
  } catch (cause) {
    throw brokenOff(region, cause)
  }
}

/**
 * Gets an object whose body is released with the scope. The body is owned from when the SDK has it: what an aspect does
 * after that may be interrupted, and what it asks for again has a body each time.
 */
const getOwned = Effect.fnUntraced(function*(command: GetObjectCommand) {
  const bodies = new Set<unknown>()
  let isReleased = false
  // A web stream, of another HTTP handler than Node's, is cancelled by what reads it.
  const release = (body: unknown) => body instanceof Readable && body.destroy()
  const own = ({ Body }: GetObjectCommandOutput) => {
    // One that breaks off before it is read would otherwise end the process. Who reads it is told.
    if (Body instanceof Readable) Body.on("error", () => {})
    if (isReleased) release(Body)
    else bodies.add(Body)
  }
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      isReleased = true
      bodies.forEach(release)
    })
  )
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      own(result.output)
      return result
    },
    { step: "initialize", priority: "high", name: "effectAwsSdkBody" }
  )
  // An aspect may answer by itself.
  return yield* Effect.tap(send(command), (answer) => Effect.sync(() => own(answer)))
})

/** An object whose body is under way for the rest of the scope, and is released with it. */
const openObject = Effect.fnUntraced(function*(
  bucket: string,
  key: string
): Effect.fn.Return<OpenObject, ObjectDoesNotExist | AwsError, AwsClients | Scope.Scope> {
  const { config: { region } } = yield* AwsClients
  const answer = yield* getOwned(new GetObjectCommand({ Bucket: bucket, Key: key })).pipe(
    AwsError.catchCode(["NoSuchKey", "NoSuchBucket"], () => Effect.fail(new ObjectDoesNotExist({ bucket, key })))
  )
  const { Body, ContentLength } = answer
  if (Body === undefined) return { answer, bytes: Readable.from([]) }
  const body = Body instanceof Readable ? Body : yield* Effect.acquireRelease(
    Effect.sync(() => Readable.fromWeb(Body.transformToWebStream() as ReadableStream)),
    (body) => Effect.sync(() => body.destroy())
  )
  return { answer, bytes: bytesOf(body, ContentLength, region) }
})

/**
 * The bytes of an object, in the pieces that they arrive in. The connection is released as soon as the consumer stops,
 * fails, or is interrupted.
 *
 * **Errors**: `ObjectDoesNotExist` where there is no such object or no such bucket; `AwsError` for the rest: a body that
 * breaks off is `Unreachable`, one whose checksum is wrong `Unreadable`.
 *
 * **Example** (As text)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const text = S3.getObject("logs-0a1b", "today.log").pipe(Stream.decodeText(), Stream.mkString)
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getObject = (
  bucket: string,
  key: string
): Stream.Stream<Uint8Array, ObjectDoesNotExist | AwsError, AwsClients> =>
  Stream.unwrap(
    Effect.map(openObject(bucket, key), ({ bytes }) => Stream.fromAsyncIterable(bytes, (cause) => cause as AwsError))
  )

const codeOf = (cause: unknown): unknown => (cause as { readonly code?: unknown } | null)?.code

/** How many bytes are written at once. */
const WRITE = 256 * 2 ** 10

/** Writes what comes, while more of it comes. Gives the number of bytes. */
const writeAll = async (handle: fs.FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<number> => {
  let [size, waiting] = [0, 0]
  let chunks: Array<Uint8Array> = []
  let writing: Promise<void> | undefined
  const write = async () => {
    const [batch, length] = [chunks, waiting]
    chunks = []
    waiting = 0
    const { bytesWritten } = await handle.writev(batch)
    // The disk is full. It tells so when it is given the rest.
    if (bytesWritten < length) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten))
  }
  for await (const chunk of bytes) {
    chunks.push(chunk)
    size += chunk.byteLength
    waiting += chunk.byteLength
    if (waiting >= WRITE) {
      await writing
      writing = write()
      // It is thrown where it is waited for.
      writing.catch(() => {})
    }
  }
  await writing
  await write()
  return size
}

/** Lets a finished file appear under its name, at once and only if nothing has that name. */
const moveIntoPlace = async (from: string, to: string): Promise<void> => {
  try {
    await fs.link(from, to)
  } catch (cause) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(String(codeOf(cause)))) throw cause
    // A file system without hard links: the name is taken by an empty file first.
    await (await fs.open(to, "wx")).close()
    try {
      await fs.rename(from, to)
    } catch (cause) {
      await fs.rm(to, { force: true })
      throw cause
    }
  }
}

/**
 * Writes an object to a new file.
 *
 * It is streamed into a temporary file beside the target, which gets its name only when all bytes are there. A download
 * that fails, breaks off or is interrupted leaves neither; a file that is there already is never overwritten, also not
 * one that appears in the meantime.
 *
 * **Errors**: `ObjectDoesNotExist` where there is no such object or no such bucket; `FileAlreadyExists`,
 * `DirectoryDoesNotExist`, `CannotWriteFile`; `AwsError` for the rest.
 *
 * **Example** (To the working directory)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const size = S3.downloadFile({ bucket: "logs-0a1b", key: "2026/today.log", path: "./today.log" }).pipe(
 *   Effect.map((file) => file.size)
 * )
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const downloadFile = Effect.fn("S3.downloadFile")(
  function*(options: {
    readonly bucket: string
    readonly key: string
    readonly path: string
  }): Effect.fn.Return<
    S3File,
    ObjectDoesNotExist | FileAlreadyExists | DirectoryDoesNotExist | CannotWriteFile | AwsError,
    AwsClients | Scope.Scope
  > {
    const { bucket, key } = options
    if (options.path === "" || options.path.endsWith("/") || options.path.endsWith(path.sep)) {
      return yield* new CannotWriteFile({ path: options.path, cause: new Error("the path names no file") })
    }
    const directory = path.dirname(options.path)
    const temporary = path.join(directory, `.${randomUUID()}.part`)
    const writing = <A>(evaluate: () => Promise<A>) =>
      Effect.tryPromise({
        try: evaluate,
        catch: (cause) =>
          AwsError.isAwsError(cause)
            ? cause
            : codeOf(cause) === "EEXIST"
            ? new FileAlreadyExists({ path: options.path })
            : ["ENOENT", "ENOTDIR"].includes(String(codeOf(cause)))
            ? new DirectoryDoesNotExist({ directory })
            : new CannotWriteFile({ path: options.path, cause })
      })

    yield* Effect.logDebug(`Getting s3://${bucket}/${key} to the file ${options.path}`)
    const isThere = yield* writing(() =>
      fs.lstat(options.path).then(() => true, async (cause) => {
        if (codeOf(cause) !== "ENOENT") throw cause
        return false
      })
    )
    if (isThere) return yield* new FileAlreadyExists({ path: options.path })
    const handle = yield* Effect.acquireRelease(
      writing(() => fs.open(temporary, "wx")),
      (handle) => Effect.promise(() => handle.close().catch(() => {}).then(() => fs.rm(temporary, { force: true })))
    )
    const { answer, bytes } = yield* openObject(bucket, key)
    const size = yield* writing(() => writeAll(handle, bytes))
    // Some file systems tell only now that they are full.
    yield* writing(() => handle.close())
    yield* Effect.uninterruptible(writing(() => moveIntoPlace(temporary, options.path)))
    return new S3File({
      path: options.path,
      bucket,
      key,
      size,
      metadata: answer.Metadata ?? {},
      ...(answer.ETag !== undefined && { etag: answer.ETag })
    })
  },
  Effect.scoped
)

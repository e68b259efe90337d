// Uploading a file: in one request if it is small, in parts if it is not.
import { PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { BucketAccessDenied, BucketDoesNotExist, type CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { openToRead, type SourceFile } from "./files.ts"
import { type ObjectParameters, sendPart, type UploadId, uploadInParts } from "./multipart.ts"
import { s3 } from "./service.ts"

/** In bytes. A larger file is uploaded in parts. */
const ONE_REQUEST_LIMIT = 16 * 2 ** 20
/** In bytes. If a file would need more than `MAX_PARTS` parts, its parts are larger. */
const PART_SIZE = 8 * 2 ** 20
/** The most that S3 allows. */
const MAX_PARTS = 10_000
const PART_CONCURRENCY = 4

/** Reads the whole file into memory: the SDK doesn't retry a stream. */
const uploadInOneRequest = Effect.fnUntraced(function*(file: SourceFile, parameters: ObjectParameters) {
  const Body = yield* file.readToEnd(ONE_REQUEST_LIMIT)
  yield* s3.send(new PutObjectCommand({ ...parameters, Body }))
})

/**
 * Sends the parts of a file, and reuses their buffers. `Upload` of `lib-storage` would allocate a new buffer for every
 * part.
 */
const sendFileParts = Effect.fnUntraced(function*(file: SourceFile, upload: UploadId) {
  const size = Math.max(PART_SIZE, Math.ceil(file.size / MAX_PARTS))
  const freeBuffers: Array<Buffer> = []
  const sendOne = Effect.fnUntraced(function*(index: number) {
    const start = index * size
    const buffer = freeBuffers.pop() ?? Buffer.allocUnsafeSlow(size)
    const body = yield* file.fill(buffer.subarray(0, Math.min(size, file.size - start)), start)
    const { isBodyFree, part } = yield* sendPart(upload, index + 1, body)
    if (isBodyFree) freeBuffers.push(buffer)
    return part
  })
  const parts = yield* Effect.forEach(
    Array.from({ length: Math.ceil(file.size / size) }, (_, index) => index),
    sendOne,
    {
      concurrency: PART_CONCURRENCY
    }
  )
  // Otherwise the object could be made of two versions of the file.
  yield* file.checkUnchanged
  return parts
})

export const uploadFile = Effect.fn("S3.uploadFile")(
  function*(options: {
    readonly path: string
    readonly bucket: string
    readonly key: string
    readonly metadata?: Readonly<Record<string, string>> | undefined
  }): Effect.fn.Return<void, CannotReadFile | BucketDoesNotExist | BucketAccessDenied | AwsError, AwsClients> {
    const { bucket, key, metadata, path } = options
    const parameters: ObjectParameters = {
      Bucket: bucket,
      Key: key,
      ACL: "bucket-owner-full-control",
      ServerSideEncryption: "aws:kms",
      StorageClass: "STANDARD",
      ...(metadata !== undefined && { Metadata: { ...metadata } })
    }
    yield* Effect.logDebug(`Uploading the file ${path} to s3://${bucket}/${key}`)
    yield* openToRead(path).pipe(
      Effect.flatMap((file) =>
        file.size > ONE_REQUEST_LIMIT
          ? uploadInParts(parameters, (upload) => sendFileParts(file, upload))
          : uploadInOneRequest(file, parameters)
      ),
      Effect.scoped,
      AwsError.catchCode("NoSuchBucket", () => Effect.fail(new BucketDoesNotExist({ bucket }))),
      Effect.catchReason(
        "AwsError",
        "AccessDenied",
        (_, cause) => Effect.fail(new BucketAccessDenied({ bucket, cause }))
      )
    )
  }
)

// A multipart upload: begun, sent part by part, and completed; or aborted.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandInput
} from "@aws-sdk/client-s3"
import { HttpRequest } from "@smithy/core/protocols"
import * as Effect from "effect/Effect"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { s3 } from "./service.ts"

/** What is asked of S3 for an object, whether it is sent in one request or in parts. */
export type ObjectParameters = Omit<PutObjectCommandInput, "Body">

/** What names an upload. */
export type UploadId = Pick<UploadPartCommandInput, "Bucket" | "Key" | "UploadId">

/** The checksum that the SDK adds to each part. S3 accepts only one that the upload was created with. */
const checksumOfParts = Effect.gen(function*() {
  const { config: { region }, get } = yield* AwsClients
  const calculation = yield* Effect.tryPromise({
    try: async () => get(S3Client).config.requestChecksumCalculation(),
    catch: (cause) => AwsError.fromUnknown({ service: "S3", operation: "CreateMultipartUpload", region }, cause)
  })
  return calculation === "WHEN_SUPPORTED" ? { ChecksumAlgorithm: "CRC32" as const } : {}
})

/**
 * Uploads an object in parts. `sendParts` sends them, by {@link sendPart}, and succeeds with all of them in their order;
 * if it fails or is interrupted, the upload is aborted.
 */
export const uploadInParts = Effect.fnUntraced(function*<E, R>(
  parameters: ObjectParameters,
  sendParts: (upload: UploadId) => Effect.Effect<ReadonlyArray<CompletedPart>, E, R>
): Effect.fn.Return<void, E | AwsError, R | AwsClients> {
  const { Bucket, Key } = parameters
  const checksum = yield* checksumOfParts
  let isComplete = false
  const complete = (upload: UploadId) => (parts: ReadonlyArray<CompletedPart>) =>
    s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [...parts] } })).pipe(
      Effect.tap(() => Effect.sync(() => isComplete = true)),
      Effect.uninterruptible
    )
  const abort = ({ UploadId }: UploadId) =>
    s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).pipe(
      AwsError.catchCode("NoSuchUpload", () => Effect.void),
      Effect.catch((error) =>
        Effect.logError(
          `The multipart upload ${UploadId} of s3://${Bucket}/${Key} could not be aborted. AWS bills its parts until it ` +
            `is: send AbortMultipartUpload, or add a lifecycle rule. ${error.message}`
        )
      )
    )
  // Creating, completing and aborting are not interruptible: whether they happened has to be known. A part can be
  // abandoned at any time.
  yield* Effect.acquireUseRelease(
    Effect.flatMap(
      s3.send(new CreateMultipartUploadCommand({ ...parameters, ...checksum })),
      (output) =>
        // Without it, a part would be an object of its own.
        readMembers({ service: "S3", operation: "CreateMultipartUpload" }, output, ({ UploadId }, need): UploadId => ({
          Bucket,
          Key,
          UploadId: need(UploadId, "UploadId")
        }))
    ),
    (upload) => Effect.flatMap(sendParts(upload), complete(upload)),
    (upload) => isComplete ? Effect.void : abort(upload)
  )
})

/** What became of a part that S3 accepted. */
export interface SentPart {
  readonly part: CompletedPart
  /**
   * Whether nothing reads the body any more. An abandoned request may still be sending it, and whatever answers without
   * a request, as the in-memory AWS does, may keep it.
   */
  readonly isBodyFree: boolean
}

export const sendPart = Effect.fnUntraced(function*(
  upload: UploadId,
  PartNumber: number,
  Body: Buffer
): Effect.fn.Return<SentPart, AwsError, AwsClients> {
  const command = new UploadPartCommand({ ...upload, PartNumber, Body })
  let requests = 0
  command.middlewareStack.add(
    (next) => (args) => {
      requests++
      // S3 has accepted the upload, so there is nothing to ask before its parts are sent. Besides, the SDK opens a new
      // connection for each request that asks.
      if (HttpRequest.isInstance(args.request)) delete args.request.headers["Expect"]
      return next(args)
    },
    { step: "deserialize", priority: "low", name: "effectAwsSdkPart" }
  )
  const { ChecksumCRC32, ETag } = yield* s3.send(command)
  return { part: { PartNumber, ETag, ChecksumCRC32 }, isBodyFree: requests === 1 }
})

// A multipart upload: begun, sent part by part, and completed; or aborted.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandInput
} from "@aws-sdk/client-s3"
import { HttpRequest } from "@smithy/core/protocols"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { s3 } from "./service.ts"

/** The parameters of an object, whether it is sent in one request or in parts. */
export type ObjectParameters = Omit<PutObjectCommandInput, "Body">

/** What identifies an upload. */
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

/** How long an interrupted upload waits for the answer to a request that has to be known, or that cleans up. */
const PATIENCE = "5 seconds"

/** What restores the interruptibility of the caller. */
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Runs the effect in an uninterruptible region. An interruption doesn't end it at once: it has some time to end by itself,
 * and what it ended with still counts. After that it is interrupted, and this effect with it.
 */
const patiently = <A, E, R, R2>(
  restore: Restore,
  effect: Effect.Effect<A, E, R>,
  onGivenUp: Effect.Effect<void, never, R2>
): Effect.Effect<A, E, R | R2> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* Effect.exit(restore(Fiber.await(fiber)))
    if (Option.isSome(yield* Effect.timeoutOption(Fiber.await(fiber), PATIENCE))) return yield* Fiber.join(fiber)
    yield* Fiber.interrupt(fiber)
    yield* onGivenUp
    return yield* Effect.interrupt
  })

/**
 * Uploads an object in parts. `sendParts` sends them, by {@link sendPart}, and succeeds with all of them in their order;
 * if it fails or is interrupted, the upload is aborted.
 *
 * What an answer tells has to be known: which upload was begun, so that it can be aborted, and whether it is complete. So
 * an interruption leaves these answers some time to arrive. A part can be abandoned at any time.
 */
export const uploadInParts = <E, R>(
  parameters: ObjectParameters,
  sendParts: (upload: UploadId) => Effect.Effect<ReadonlyArray<CompletedPart>, E, R>,
  completion: Partial<CompleteMultipartUploadCommandInput> = {}
): Effect.Effect<CompleteMultipartUploadCommandOutput, E | AwsError, R | AwsClients> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const { Bucket, Key } = parameters
    const object = `s3://${Bucket}/${Key}`
    const checksum = yield* restore(checksumOfParts)

    // An upload whose ID is unknown isn't looked up: nothing in a list of uploads tells it from one that another program has
    // begun for the same key. It has no parts, so there is nothing that AWS bills.
    const UploadId = yield* patiently(
      restore,
      Effect.flatMap(
        s3.send(new CreateMultipartUploadCommand({ ...parameters, ...checksum })),
        (output) =>
          // Without it, a part would be an object of its own.
          readMembers({ service: "S3", operation: "CreateMultipartUpload" }, output, ({ UploadId }, need): string =>
            need(UploadId, "UploadId"))
      ),
      Effect.logWarning(
        `S3 did not say whether it has begun a multipart upload of ${object}. If it has, the upload has no parts, and ` +
          "stays until a lifecycle rule or AbortMultipartUpload ends it."
      )
    )
    const upload: UploadId = { Bucket, Key, UploadId }

    const complete = (parts: ReadonlyArray<CompletedPart>) =>
      patiently(
        restore,
        s3.send(
          new CompleteMultipartUploadCommand({ ...completion, ...upload, MultipartUpload: { Parts: [...parts] } })
        ),
        Effect.logError(
          `S3 did not say whether it has completed the multipart upload ${UploadId} of ${object}. Check whether the object ` +
            "is there before you rely on it, or upload it again."
        )
      )

    const notAborted = (why: string) =>
      Effect.logError(
        `The multipart upload ${UploadId} of ${object} could not be aborted. AWS bills its parts until it is: send ` +
          `AbortMultipartUpload, or add a lifecycle rule. ${why}`
      )
    const abort = s3.send(new AbortMultipartUploadCommand(upload)).pipe(
      AwsError.catchCode("NoSuchUpload", () => Effect.void),
      Effect.catch((error) => notAborted(error.message)),
      Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => notAborted(`S3 did not answer within ${PATIENCE}.`) })
    )

    return yield* restore(sendParts(upload)).pipe(
      Effect.flatMap(complete),
      Effect.onError(() => abort)
    )
  }))

/** A part that S3 has accepted. */
export interface SentPart {
  readonly part: CompletedPart
  /**
   * Whether the body's buffer can be reused. An abandoned request may still be sending it, and a handler that answers
   * without a request, such as the in-memory AWS, may keep it.
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

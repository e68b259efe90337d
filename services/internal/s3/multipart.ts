// A multipart upload: begun, sent part by part, and completed; or aborted.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type UploadPartCommandInput
} from "@aws-sdk/client-s3"
import { HttpRequest } from "@smithy/core/protocols"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { isChecksumUsual } from "./calculation.ts"
import { checksumsOf, isOfParts } from "./comparing.ts"
import { mapWriteErrors, type WriteFailure } from "./failures.ts"
import type { WrittenObject } from "./models.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"
import { type ObjectParameters, writing } from "./written.ts"

/** What every request of an upload says: which upload it is, whose bucket it has to be, and the customer's key. */
export type UploadId =
  & Pick<UploadPartCommandInput, "ExpectedBucketOwner" | "SSECustomerAlgorithm" | "SSECustomerKey">
  & { readonly Bucket: string; readonly Key: string; readonly UploadId: string }

/** An upload that has begun, and how its parts are checked. */
export interface Upload {
  readonly id: UploadId
  /** What a request of a part has besides. */
  readonly checksum: Pick<UploadPartCommandInput, "ChecksumAlgorithm">
}

/** The parts of an upload, in their order, and how many bytes they have together. */
export interface Sent {
  readonly parts: ReadonlyArray<CompletedPart>
  readonly size: number
}

/** The checksum of each part. The SDK adds one by default, and S3 accepts only one that the upload was created with. */
export const checksumOfParts = Effect.fnUntraced(function*({ ChecksumAlgorithm }: ObjectParameters) {
  if (ChecksumAlgorithm !== undefined) return { ChecksumAlgorithm }
  return (yield* isChecksumUsual("CreateMultipartUpload")) ? { ChecksumAlgorithm: "CRC32" as const } : {}
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

/** Aborts an upload, and logs that it stays if that fails. */
export const abortUpload = ({ Bucket, ExpectedBucketOwner, Key, UploadId }: UploadId) => {
  const notAborted = (why: string) =>
    Effect.logError(
      `The multipart upload ${UploadId} of s3://${Bucket}/${Key} could not be aborted. AWS bills its parts until it is: ` +
        `send AbortMultipartUpload, or add a lifecycle rule. ${why}`
    )
  return s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId, ...given({ ExpectedBucketOwner }) })).pipe(
    AwsError.catchCode("NoSuchUpload", () => Effect.void),
    Effect.catch((error) => notAborted(error.message)),
    Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => notAborted(`S3 did not answer within ${PATIENCE}.`) })
  )
}

/** An upload that outlives the call. */
export interface Lasting<E, R> {
  /** The ID of the upload, if an earlier call has begun it. */
  readonly begun: string | undefined
  /** Runs once the upload has begun, before a part is sent. */
  readonly onBegun: (uploadId: string) => Effect.Effect<void, AwsError, R>
  /** Whether a later call can go on with the upload after this failure or interruption. It isn't aborted then. */
  readonly isKept: (cause: Cause.Cause<E>) => boolean
  /** Runs when the upload is complete or aborted. */
  readonly onEnded: (uploadId: string) => Effect.Effect<void, never, R>
}

/**
 * Uploads an object in parts. `sendParts` sends them, by {@link sendPart} or in another way, and succeeds with all of them in
 * their order; if it fails or is interrupted, the upload is aborted.
 *
 * What an answer tells has to be known: which upload was begun, so that it can be aborted, and whether it is complete. So
 * an interruption leaves these answers some time to arrive. A part can be abandoned at any time.
 */
export const uploadInParts = <E, R, R2 = never>(
  parameters: ObjectParameters,
  sendParts: (upload: Upload) => Effect.Effect<Sent, E, R>,
  lasting?: Lasting<E | WriteFailure, R2>
): Effect.Effect<WrittenObject, E | WriteFailure, R | R2 | AwsClients> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const { IfMatch, IfNoneMatch, ...created } = parameters
    const { Bucket, ExpectedBucketOwner, Key, SSECustomerAlgorithm, SSECustomerKey } = created
    const object = `s3://${Bucket}/${Key}`
    const mapErrors = mapWriteErrors({ bucket: Bucket, key: Key })
    const checksum = yield* restore(checksumOfParts(parameters))

    // An upload whose ID is unknown isn't looked up: nothing in a list of uploads tells it from one that another program has
    // begun for the same key. It has no parts, so there is nothing that AWS bills.
    const begin = patiently(
      restore,
      Effect.flatMap(
        s3.send(
          new CreateMultipartUploadCommand({
            ...created,
            ...checksum,
            // S3 has no other checksum of this algorithm than that of the whole object.
            ...(checksum.ChecksumAlgorithm === "CRC64NVME" && { ChecksumType: "FULL_OBJECT" })
          })
        ),
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
    const UploadId = lasting?.begun ?? (yield* mapErrors(begin))
    const id: UploadId = {
      Bucket,
      Key,
      UploadId,
      ...given({ ExpectedBucketOwner, SSECustomerAlgorithm, SSECustomerKey })
    }

    const complete = ({ parts, size }: Sent) =>
      patiently(
        restore,
        mapErrors(writing(
          parameters,
          "CompleteMultipartUpload",
          size,
          (found) => isOfParts(parts, found),
          s3.send(
            new CompleteMultipartUploadCommand({
              ...id,
              ...given({ IfMatch, IfNoneMatch }),
              MultipartUpload: { Parts: [...parts] }
            })
          )
        )),
        Effect.logError(
          `S3 did not say whether it has completed the multipart upload ${UploadId} of ${object}. Check whether the object ` +
            "is there before you rely on it, or upload it again."
        )
      )

    if (lasting !== undefined && lasting.begun === undefined) {
      yield* Effect.onError(lasting.onBegun(UploadId), () => abortUpload(id))
    }
    const ended = lasting === undefined ? Effect.void : lasting.onEnded(UploadId)
    const written = yield* restore(sendParts({ id, checksum })).pipe(
      Effect.flatMap(complete),
      Effect.onError((cause) => lasting?.isKept(cause) === true ? Effect.void : Effect.andThen(abortUpload(id), ended))
    )
    yield* ended
    return written
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
  { checksum, id }: Upload,
  PartNumber: number,
  Body: Buffer
): Effect.fn.Return<SentPart, WriteFailure, AwsClients> {
  const command = new UploadPartCommand({ ...id, ...checksum, PartNumber, Body })
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
  const output = yield* mapWriteErrors({ bucket: id.Bucket, key: id.Key })(s3.send(command))
  return { part: { PartNumber, ETag: output.ETag, ...checksumsOf(output) }, isBodyFree: requests === 1 }
})

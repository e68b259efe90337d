// Deleting objects and versions, a thousand in a call.
import { type _Error, DeleteObjectCommand, DeleteObjectsCommand, type ObjectIdentifier } from "@aws-sdk/client-s3"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { BucketDoesNotExist, ObjectsNotDeleted, type RefusedKey } from "../../../errors/internal/s3Errors.ts"
import { shorten } from "../../../errors/internal/shorten.ts"
import { counted } from "../../../errors/internal/words.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readMembers } from "../../../src/internal/members.ts"
import { isXmlText } from "../../../src/internal/sdk/unsendable.ts"
import type * as Retry from "../../../src/Retry.ts"
import { isContentRefused, type Part, sendInPieces, sendParts } from "../batches.ts"
import { isReadAlready } from "../elements.ts"
import { withRequiredChecksum } from "./calculation.ts"
import { check, concurrencyProblem, refuse } from "./invalid.ts"
import type { DeleteOptions, ObjectToDelete } from "./options.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"

/** The most that S3 takes in a call. */
const BATCH_SIZE = 1_000
const CONCURRENCY = 8

/** What the calls of a deletion have in common. */
export type Target = Pick<DeleteObjectCommand["input"], "Bucket" | "BypassGovernanceRetention" | "ExpectedBucketOwner">

/** An object or a version, as the SDK names it. */
export interface Named {
  readonly Key: string
  readonly VersionId: string | undefined
}

/** Why a version that AWS didn't delete can be sent again; `undefined` if the refusal is permanent. */
const transientReason = ({ code, message: description }: RefusedKey): Retry.Input | undefined => {
  const fields = { code, description, isRetryable: true }
  switch (code) {
    case "SlowDown":
      return new Reason.Throttled(fields)
    case "InternalError":
    case "ServiceUnavailable":
      return new Reason.ServerFault(fields)
    case "RequestTimeout":
      return new Reason.TimedOut(fields)
    case "OperationAborted":
      return new Reason.Rejected(fields)
    default:
      return undefined
  }
}

const toRefusedKey = ({ Code, Key, Message, VersionId }: _Error, need: Need): RefusedKey => ({
  key: need(Key, "Key"),
  versionId: VersionId,
  code: need(Code, "Code"),
  message: shorten(Message ?? "")
})

const refusedBy = ({ Key, VersionId }: Named, { code, reason }: AwsError): RefusedKey => ({
  key: Key,
  versionId: VersionId,
  code,
  message: shorten(reason.description)
})

/** Whether a version is gone already, which is what its deletion is for. */
const isGone = (code: string | undefined): boolean => code === "NoSuchKey" || code === "NoSuchVersion"

/** Whether S3 refused a whole call because of one of its keys. */
const isKeyRefused = (error: AwsError): boolean =>
  isContentRefused(error) && ["KeyTooLongError", "MalformedXML", "UserKeyMustBeSpecified"].includes(error.code)

/** Whether the library itself refused a key, which no request can carry. */
const isUnsendable = ({ code, reason }: AwsError): boolean =>
  reason._tag === "Misconfigured" && ["EmptyKey", "RelativeKey", "UnsendableKey"].includes(code)

/**
 * Deletes versions in one call, and returns those that AWS refused to delete. A version is resent as it was first sent,
 * whatever the answer names: a key without its version ID would get a delete marker instead.
 */
const deleteInOneCall = (target: Target, objects: ReadonlyArray<Named>) => {
  const what = `object versions of the S3 bucket ${target.Bucket}`
  return sendParts(objects, { what }, (pending) =>
    withRequiredChecksum(
      "DeleteObjects",
      new DeleteObjectsCommand({ ...target, Delete: { Objects: [...pending], Quiet: true } })
    ).pipe(
      Effect.flatMap((command) => s3.send(command)),
      Effect.flatMap((output) =>
        readMembers({ service: "S3", operation: "DeleteObjects" }, output, ({ Errors = [] }, need) =>
          Errors.flatMap((error): ReadonlyArray<Part<ObjectIdentifier & Named, RefusedKey>> => {
            if (isGone(error.Code)) {
              return []
            }
            const refused = toRefusedKey(error, need)
            const failed = pending.filter(({ Key, VersionId }) =>
              error.Key === Key && (error.VersionId ?? VersionId) === VersionId
            )
            const again = transientReason(refused)
            return failed.length === 0 || again === undefined
              ? [{ element: { Key: refused.key, VersionId: refused.versionId }, result: refused }]
              : failed.map((element) => ({ element, result: { ...refused, versionId: element.VersionId }, again }))
          }))
      )
    ))
}

/** Deletes versions whose keys XML can carry. A call that S3 refuses because of one key is sent again without that key. */
const deleteTogether = Effect.fnUntraced(function*(target: Target, objects: ReadonlyArray<Named>) {
  if (objects.length === 0) return []
  const pieces = yield* sendInPieces(objects, (piece) => deleteInOneCall(target, piece), isKeyRefused)
  const refused: Array<RefusedKey> = []
  for (const { elements: [first, ...others], result } of pieces) {
    if (Result.isSuccess(result)) refused.push(...result.success)
    else if (others.length === 0 && isKeyRefused(result.failure)) refused.push(refusedBy(first!, result.failure))
    else return yield* result.failure
  }
  return refused
})

/** Deletes one version, and returns it if it was refused. */
const deleteAlone = (target: Target, object: Named) =>
  s3.send(new DeleteObjectCommand({ ...target, ...object })).pipe(
    Effect.as<ReadonlyArray<RefusedKey>>([]),
    Effect.catch((error) => {
      const { code, reason } = error
      if (isGone(code)) return Effect.succeed([])
      const isRefused = (code !== "NoSuchBucket" && (reason._tag === "Rejected" || reason._tag === "AccessDenied")) ||
        isUnsendable(error)
      return isRefused ? Effect.succeed([refusedBy(object, error)]) : Effect.fail(error)
    })
  )

/** Deletes at most a thousand objects or versions, and returns those that were refused. */
export const deleteBatch = Effect.fnUntraced(function*(
  target: Target,
  objects: ReadonlyArray<Named>
): Effect.fn.Return<ReadonlyArray<RefusedKey>, AwsError, AwsClients> {
  // The call for many versions is XML, which can't carry every key.
  // Nor does it refuse a version without an ID, and deletes nothing.
  const isTogether = ({ Key, VersionId }: Named) => Key !== "" && VersionId !== "" && isXmlText(Key)
  const refused = yield* deleteTogether(target, objects.filter(isTogether))
  const refusedAlone = yield* Effect.forEach(
    objects.filter((object) => !isTogether(object)),
    (object) => deleteAlone(target, object)
  )
  return [...refused, ...refusedAlone.flat()]
})

const toNamed = (object: string | ObjectToDelete): Named =>
  typeof object === "string"
    ? { Key: object, VersionId: undefined }
    : { Key: object.key, VersionId: object.versionId }

/** Without those that are named twice. */
const distinct = (objects: ReadonlyArray<Named>): ReadonlyArray<Named> => [
  ...new Map(objects.map((object) => [JSON.stringify([object.Key, object.VersionId]), object])).values()
]

export const deleteObjects = Effect.fn("S3.deleteObjects")(function*<E = never, R = never>(
  bucket: string,
  objects:
    | (Iterable<string | ObjectToDelete> & object)
    | Stream.Stream<string | ObjectToDelete, E, R>,
  options: DeleteOptions = {}
): Effect.fn.Return<number, E | ObjectsNotDeleted | BucketDoesNotExist | AwsError, AwsClients | R> {
  yield* check("DeleteObjects", concurrencyProblem(options.concurrency))
  if (!Stream.isStream(objects) && typeof objects === "object" && isReadAlready(objects)) {
    return yield* refuse("DeleteObjects", {
      code: "ObjectsAlreadyRead",
      description: "`objects` is an iterator that an earlier run has read",
      advice: "Pass a list or a Stream, which can be read again."
    })
  }
  const target: Target = given({
    Bucket: bucket,
    BypassGovernanceRetention: options.bypassGovernanceRetention,
    ExpectedBucketOwner: options.expectedOwner
  })
  let count = 0
  let failure: Cause.Cause<E> = Cause.empty
  const source: Stream.Stream<string | ObjectToDelete, E, R> = Stream.isStream(objects)
    ? objects
    : Stream.fromIterable(typeof objects === "string" ? [objects] : objects)
  yield* Effect.logDebug(`Deleting objects in the S3 bucket ${bucket}`)
  const refused = yield* source.pipe(
    // What came before a failure is deleted before this fails.
    Stream.catch((error: E) => {
      failure = Cause.fail(error)
      return Stream.empty
    }),
    Stream.map(toNamed),
    Stream.grouped(BATCH_SIZE),
    Stream.mapEffect((batch) => {
      count += batch.length
      return deleteBatch(target, distinct(batch))
    }, { concurrency: options.concurrency ?? CONCURRENCY, unordered: true }),
    Stream.flattenIterable,
    Stream.runCollect,
    AwsError.catchCode("NoSuchBucket", () => Effect.fail(new BucketDoesNotExist({ bucket })))
  )
  const notDeleted = refused.length === 0 ? Cause.empty : Cause.fail(new ObjectsNotDeleted({ bucket, refused }))
  const cause = Cause.combine<E, ObjectsNotDeleted>(failure, notDeleted)
  if (cause.reasons.length > 0) return yield* Effect.failCause(cause)
  yield* Effect.logDebug(`Deleted ${counted(count, "objects")} in the S3 bucket ${bucket}`)
  return count
})

// What S3 says of an object or a bucket, as the errors of this service.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import {
  BucketAccessDenied,
  BucketDoesNotExist,
  ObjectArchived,
  ObjectDoesNotExist,
  PreconditionFailed,
  RangeNotSatisfiable
} from "../../../errors/internal/s3Errors.ts"

interface Place {
  readonly bucket: string
  readonly key: string
}

export type ReadError = ObjectDoesNotExist | ObjectArchived | PreconditionFailed | AwsError

/** A delete marker answers 405 to whoever asks for it by its version. */
const missing = new Set(["NoSuchKey", "NoSuchBucket", "NoSuchVersion", "MethodNotAllowed", "NotFound"])

/** Not by the code alone: an answer to HEAD has no body, so its code is that of the status. */
const toReadError = (place: Place, error: AwsError): ReadError => {
  const { code, reason, statusCode } = error
  if (reason._tag !== "Rejected" && reason._tag !== "AccessDenied") return error
  if (missing.has(code) || statusCode === 404 || statusCode === 405) return new ObjectDoesNotExist(place)
  if (statusCode === 412) return new PreconditionFailed(place)
  return code === "InvalidObjectState" ? new ObjectArchived(place) : error
}

/** The failures of a call that reads an object. */
export const mapReadErrors =
  (place: Place) => <A, E, R>(effect: Effect.Effect<A, E | AwsError, R>): Effect.Effect<A, E | ReadError, R> =>
    Effect.mapError(effect, (error) => AwsError.isAwsError(error) ? toReadError(place, error) : error)

/** The failures of a call that reads what S3 tells of an object without its bytes. An archive has that, too. */
export const mapHeadErrors =
  (place: Place) =>
  <A, R>(effect: Effect.Effect<A, AwsError, R>): Effect.Effect<A, Exclude<ReadError, ObjectArchived>, R> =>
    Effect.mapError(effect, (error) => {
      const failure = toReadError(place, error)
      return failure._tag === "ObjectArchived" ? error : failure
    })

/** The failures of a call that reads a range of an object. */
export const mapRangeErrors = (place: Place, range: string) =>
<A, E, R>(
  effect: Effect.Effect<A, E | AwsError, R>
): Effect.Effect<A, E | ReadError | RangeNotSatisfiable, R> =>
  mapReadErrors(place)(
    Effect.mapError(effect, (error) =>
      AwsError.isAwsError(error) && (error.code === "InvalidRange" || error.statusCode === 416)
        ? new RangeNotSatisfiable({ ...place, range })
        : error)
  )

/** The failures of a list of what is in a bucket. */
export const mapListErrors = (bucket: string) =>
<A, E, R>(list: Stream.Stream<A, E | AwsError, R>): Stream.Stream<
  A,
  E | BucketDoesNotExist | AwsError,
  R
> => Stream.catchIf(list, AwsError.hasCode("NoSuchBucket"), () => Stream.fail(new BucketDoesNotExist({ bucket })))

export type WriteFailure = BucketDoesNotExist | BucketAccessDenied | PreconditionFailed | AwsError

/** The failures of a call that writes an object. */
export const mapWriteErrors =
  (place: Place) => <A, E, R>(effect: Effect.Effect<A, E | AwsError, R>): Effect.Effect<A, E | WriteFailure, R> =>
    Effect.mapError(effect, (error) => {
      if (!AwsError.isAwsError(error)) return error
      if (error.code === "NoSuchBucket") return new BucketDoesNotExist({ bucket: place.bucket })
      if (error.reason._tag === "AccessDenied") return new BucketAccessDenied({ bucket: place.bucket, cause: error })
      // To `If-Match`, S3 answers that there is no such key.
      return error.statusCode === 412 || error.code === "NoSuchKey" ? new PreconditionFailed(place) : error
    })

// Whether an object has been written, whatever happened to the answer.
import { HeadObjectCommand, type PutObjectCommandInput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import type { Known } from "./comparing.ts"
import type { WrittenObject } from "./models.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"
import { writtenObjects } from "./writtenResults.ts"

/** The parameters of an object, whether it is sent in one request or in parts. */
export type ObjectParameters = Omit<PutObjectCommandInput, "Body" | "Bucket" | "Key"> & {
  readonly Bucket: string
  readonly Key: string
}

/** What S3 tells of an object that it has written. */
interface Answer extends Known {
  readonly VersionId?: string | undefined
}

/** The object that an answer is about. */
export const readWritten = (
  operation: string,
  object: { readonly bucket: string; readonly key: string; readonly size: number },
  output: Pick<Answer, "ETag" | "VersionId">
): Effect.Effect<WrittenObject, AwsError, AwsClients> =>
  readMembers(
    { service: "S3", operation },
    output,
    ({ ETag, VersionId }, need) =>
      writtenObjects.make({
        ...object,
        etag: need(ETag, "ETag"),
        ...(VersionId !== undefined && { versionId: VersionId })
      })
  )

/** Whether a request that failed may have been refused for the very object that an earlier attempt has written. */
const maySeeItself = ({ code, mayHaveSucceeded, statusCode }: AwsError): boolean =>
  code === "NoSuchUpload" || (mayHaveSucceeded && (statusCode === 412 || statusCode === 409))

/** Whether an object has the metadata that it was to get. S3 stores the names in lower case. */
const hasMetadata = (found: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>> = {}) =>
  Object.keys(found).length === Object.keys(wanted).length &&
  Object.entries(wanted).every(([name, value]) => found[name.toLowerCase()] === value)

/**
 * Runs the request that writes an object. If its answer is lost, the next attempt may be refused for what the first one has
 * done: the upload is gone, or an object has the key. So a refused request looks whether the object that is there is the one
 * that was to be written. It can't be told from one that another program has written with the same bytes and metadata.
 *
 * - `hasBytes`: whether an object with this ETag and these checksums has the bytes.
 */
export const writing = <Output extends Answer>(
  { ContentType, Bucket, ExpectedBucketOwner, Key, Metadata, SSECustomerAlgorithm, SSECustomerKey }: ObjectParameters,
  operation: string,
  size: number,
  hasBytes: (found: Answer) => Effect.Effect<boolean>,
  request: Effect.Effect<Output, AwsError, AwsClients>
): Effect.Effect<WrittenObject, AwsError, AwsClients> => {
  const read = (operation: string, output: Answer) => readWritten(operation, { bucket: Bucket, key: Key, size }, output)
  const find = s3.send(
    new HeadObjectCommand({
      ...given({ ExpectedBucketOwner, SSECustomerAlgorithm, SSECustomerKey }),
      Bucket,
      Key,
      ChecksumMode: "ENABLED"
    })
  )
  return request.pipe(
    Effect.matchEffect({
      onSuccess: (output) => read(operation, output),
      onFailure: (error) =>
        maySeeItself(error)
          ? Effect.matchEffect(find, {
            onSuccess: Effect.fnUntraced(function*(found) {
              const isOurs = found.ContentLength === size && hasMetadata(found.Metadata, Metadata) &&
                (ContentType === undefined || found.ContentType === ContentType) && (yield* hasBytes(found))
              return yield* isOurs ? read("HeadObject", found) : Effect.fail(error)
            }),
            onFailure: () => Effect.fail(error)
          })
          : Effect.fail(error)
    })
  )
}

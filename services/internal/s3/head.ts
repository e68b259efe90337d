// What S3 tells of an object without its bytes.
import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { ObjectDoesNotExist, PreconditionFailed } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readMembers } from "../../../src/internal/members.ts"
import { checksumOf } from "./checksums.ts"
import { mapHeadErrors } from "./failures.ts"
import { encryptions, heads } from "./headResults.ts"
import { check, customerKeyProblem } from "./invalid.ts"
import type { ObjectEncryption, ObjectHead } from "./objectHead.ts"
import type { ReadOptions } from "./options.ts"
import { given, readParameters } from "./parameters.ts"
import * as s3 from "./service.ts"

/** Without the members that are `undefined`, which the model would refuse. */
type Given<A> =
  & { readonly [K in keyof A as undefined extends A[K] ? never : K]: A[K] }
  & {
    readonly [K in keyof A as undefined extends A[K] ? K : never]?: Exclude<A[K], undefined>
  }
const told = <A extends object>(members: A): Given<A> => given(members) as never

/** The values of a header such as `expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="old"`. */
const valuesOf = (header: string | undefined): ReadonlyMap<string, string> =>
  new Map([...(header ?? "").matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]))

const dateOf = (text: string | undefined): Date | undefined => {
  const date = new Date(text ?? "")
  return Number.isNaN(date.getTime()) ? undefined : date
}

const restoreOf = (header: string | undefined): ObjectHead["restore"] => {
  const values = valuesOf(header)
  const ongoing = values.get("ongoing-request")
  return ongoing === undefined
    ? undefined
    : told({ isOngoing: ongoing === "true", expires: dateOf(values.get("expiry-date")) })
}

/** S3 encodes the ID of the rule as in a URL. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const expirationOf = (header: string | undefined): ObjectHead["expiration"] => {
  const values = valuesOf(header)
  const [date, ruleId] = [dateOf(values.get("expiry-date")), values.get("rule-id")]
  return date === undefined || ruleId === undefined ? undefined : { date, ruleId: decoded(ruleId) }
}

const encryptionOf = (output: HeadObjectCommandOutput): ObjectEncryption | undefined => {
  const algorithm = output.ServerSideEncryption ?? output.SSECustomerAlgorithm
  if (algorithm === undefined) return undefined
  return encryptions.make(told({
    algorithm,
    kmsKey: output.SSEKMSKeyId,
    bucketKeyEnabled: output.BucketKeyEnabled,
    customerKeyMd5: output.SSECustomerKeyMD5
  }))
}

/** The ETag of an object that was uploaded in parts ends with their number. */
const partsOf = ({ ETag, PartsCount }: HeadObjectCommandOutput): number | undefined => {
  const count = PartsCount ?? /^"?[0-9a-f]+-(\d+)"?$/i.exec(ETag ?? "")?.[1]
  return count === undefined ? undefined : Number(count)
}

/** The model of an answer. `need` is for what S3 always tells. */
export const toObjectHead = (bucket: string, key: string, output: HeadObjectCommandOutput, need: Need): ObjectHead =>
  heads.make(told({
    bucket,
    key,
    size: need(output.ContentLength, "ContentLength"),
    etag: output.ETag,
    lastModified: output.LastModified,
    versionId: output.VersionId,
    contentType: output.ContentType,
    cacheControl: output.CacheControl,
    contentDisposition: output.ContentDisposition,
    contentEncoding: output.ContentEncoding,
    contentLanguage: output.ContentLanguage,
    expires: output.ExpiresString,
    metadata: output.Metadata ?? {},
    missingMetadata: output.MissingMeta,
    // S3 leaves it out for the class that most objects have.
    storageClass: output.StorageClass ?? "STANDARD",
    encryption: encryptionOf(output),
    checksum: checksumOf(output),
    partsCount: partsOf(output),
    restore: restoreOf(output.Restore),
    archiveStatus: output.ArchiveStatus,
    expiration: expirationOf(output.Expiration),
    replicationStatus: output.ReplicationStatus,
    lockMode: output.ObjectLockMode,
    lockRetainUntil: output.ObjectLockRetainUntilDate,
    hasLegalHold: output.ObjectLockLegalHoldStatus === undefined
      ? undefined
      : output.ObjectLockLegalHoldStatus === "ON",
    websiteRedirectLocation: output.WebsiteRedirectLocation,
    tagCount: output.TagCount
  }))

export type HeadError = ObjectDoesNotExist | PreconditionFailed | AwsError

/** Sends a HeadObject: for the object, or for one of the parts that it was uploaded in. */
export const sendHead = Effect.fnUntraced(function*(
  bucket: string,
  key: string,
  options: ReadOptions = {},
  PartNumber?: number
): Effect.fn.Return<HeadObjectCommandOutput, HeadError, AwsClients> {
  yield* check("HeadObject", customerKeyProblem(options.customerKey))
  const command = new HeadObjectCommand({
    Bucket: bucket,
    Key: key,
    ...readParameters(options),
    ChecksumMode: "ENABLED",
    ...(PartNumber !== undefined && { PartNumber })
  })
  return yield* mapHeadErrors({ bucket, key })(s3.send(command))
})

export const headObject = Effect.fn("S3.headObject")(function*(
  bucket: string,
  key: string,
  options?: ReadOptions
): Effect.fn.Return<ObjectHead, HeadError, AwsClients> {
  const output = yield* sendHead(bucket, key, options)
  return yield* readMembers(
    { service: "S3", operation: "HeadObject" },
    output,
    (output, need) => toObjectHead(bucket, key, output, need)
  )
})

export const exists = Effect.fn("S3.exists")(function*(
  bucket: string,
  key: string,
  options?: ReadOptions
): Effect.fn.Return<boolean, AwsError, AwsClients> {
  return yield* sendHead(bucket, key, options).pipe(
    Effect.as(true),
    Effect.catchTags({
      ObjectDoesNotExist: () => Effect.succeed(false),
      PreconditionFailed: () => Effect.succeed(false)
    })
  )
})

export const getObjectMetadata = Effect.fn("S3.getObjectMetadata")(function*(
  bucket: string,
  key: string
): Effect.fn.Return<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> {
  const { Metadata = {} } = yield* Effect.catchTag(sendHead(bucket, key), "PreconditionFailed", Effect.die)
  return Metadata
})

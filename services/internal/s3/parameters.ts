// Options of this library as parameters of the SDK's commands.
import type {
  CreateMultipartUploadCommandInput,
  HeadObjectCommandInput,
  PutObjectCommandInput
} from "@aws-sdk/client-s3"
import * as Redacted from "effect/Redacted"
import type { CustomerKey, Encryption, ObjectOptions, Range, ReadOptions, WriteConditions } from "./options.ts"

/** Without the members that are `undefined`, which the SDK would take for members that were given. */
export const given = <A extends object>(members: A): A =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as A

/** The members that every request to an object has whose key S3 doesn't keep. The SDK adds the key's MD5. */
export const customerKeyParameters = (
  key: CustomerKey | undefined
): Pick<PutObjectCommandInput, "SSECustomerAlgorithm" | "SSECustomerKey"> =>
  key === undefined
    ? {}
    : { SSECustomerAlgorithm: "AES256", SSECustomerKey: Buffer.from(Redacted.value(key)).toString("base64") }

/** The caller's own key, if an object is to be encrypted with it. */
export const customerKeyOf = ({ encryption }: Pick<ObjectOptions, "encryption">): CustomerKey | undefined =>
  typeof encryption === "object" && "customerKey" in encryption ? encryption.customerKey : undefined

type EncryptionParameters = Pick<
  PutObjectCommandInput,
  "ServerSideEncryption" | "SSEKMSKeyId" | "SSECustomerAlgorithm" | "SSECustomerKey"
>

export const encryptionParameters = (encryption: Encryption = "bucket-default"): EncryptionParameters => {
  if (encryption === "bucket-default") return {}
  if (typeof encryption === "string") return { ServerSideEncryption: encryption }
  return "kms" in encryption
    ? { ServerSideEncryption: "aws:kms", SSEKMSKeyId: encryption.kms }
    : customerKeyParameters(encryption.customerKey)
}

/** Tags as the header that carries them. */
export const tagging = (tags: Readonly<Record<string, string>>): string => new URLSearchParams(tags).toString()

/** The parameters that `PutObject`, `CreateMultipartUpload` and `CopyObject` have in common. */
export type WrittenParameters = Omit<
  Pick<PutObjectCommandInput, keyof PutObjectCommandInput & keyof CreateMultipartUploadCommandInput>,
  "Bucket" | "Key"
>

export const objectParameters = (options: ObjectOptions): WrittenParameters =>
  given({
    ...encryptionParameters(options.encryption),
    ContentType: options.contentType,
    CacheControl: options.cacheControl,
    ContentEncoding: options.contentEncoding,
    ContentDisposition: options.contentDisposition,
    ContentLanguage: options.contentLanguage,
    Expires: options.expires,
    Metadata: options.metadata === undefined ? undefined : { ...options.metadata },
    Tagging: options.tags === undefined ? undefined : tagging(options.tags),
    StorageClass: options.storageClass,
    ChecksumAlgorithm: options.checksum,
    ACL: options.acl
  })

export const conditionParameters = (
  { expectedOwner, ifMatch, ifNoneMatch }: WriteConditions
): Pick<PutObjectCommandInput, "ExpectedBucketOwner" | "IfMatch" | "IfNoneMatch"> =>
  given({ ExpectedBucketOwner: expectedOwner, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch })

/** The value of the header `Range`. */
export const rangeHeader = (range: Range): string =>
  "last" in range ? `bytes=-${range.last}` : `bytes=${range.start}-${range.end ?? ""}`

/** The parameters that `GetObject` and `HeadObject` have in common. */
export const readParameters = (
  options: ReadOptions = {}
): Pick<
  HeadObjectCommandInput,
  "VersionId" | "IfMatch" | "SSECustomerAlgorithm" | "SSECustomerKey" | "ExpectedBucketOwner"
> =>
  given({
    ...customerKeyParameters(options.customerKey),
    VersionId: options.versionId,
    IfMatch: options.ifMatch,
    ExpectedBucketOwner: options.expectedOwner
  })

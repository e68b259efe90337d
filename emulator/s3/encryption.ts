// Encryption at rest: S3's own keys, KMS, and keys that come with each request.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { kmsKeyArn } from "../support/kms.ts"
import { findBucket } from "./access.ts"
import { accessDenied, fault, invalidArgument, invalidRequest, malformed } from "./faults.ts"
import type { Bucket, Encryption, State } from "./state.ts"

interface CustomerKey {
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

interface EncryptionInput extends CustomerKey {
  readonly ServerSideEncryption?: string | undefined
  readonly SSEKMSKeyId?: string | undefined
  readonly BucketKeyEnabled?: boolean | undefined
}

export const hasCustomerKey = ({ SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }: CustomerKey): boolean =>
  [SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5].some((value) => value !== undefined)

const requests = "Requests specifying Server Side Encryption with Customer provided keys must provide"

/** The digest of a customer's key, once the key has been checked; `undefined` if the request has none. */
const customerKeyOf = Effect.fnUntraced(function*(
  given: CustomerKey
): Effect.fn.Return<string | undefined, Fault> {
  if (!hasCustomerKey(given)) return undefined
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = given
  const missing = (what: string, name: string) =>
    invalidArgument(`${requests} ${what}.`, `x-amz-server-side-encryption-customer-${name}`, "null")
  if (SSECustomerAlgorithm === undefined) return yield* missing("a valid encryption algorithm", "algorithm")
  if (SSECustomerKey === undefined) return yield* missing("an appropriate secret key", "key")
  if (SSECustomerKeyMD5 === undefined) return yield* missing("the client calculated MD5 of the secret key", "key-MD5")
  if (SSECustomerAlgorithm !== "AES256") {
    return yield* fault(
      "InvalidEncryptionAlgorithmError",
      "The Encryption request you specified is not valid. Supported value: AES256.",
      400,
      { ArgumentName: "x-amz-server-side-encryption", ArgumentValue: SSECustomerAlgorithm }
    )
  }
  const key = Buffer.from(SSECustomerKey, "base64")
  if (key.length !== 32) {
    return yield* invalidArgument(
      "The secret key was invalid for the specified algorithm.",
      "x-amz-server-side-encryption-customer-key"
    )
  }
  if (createHash("md5").update(key).digest("base64") !== SSECustomerKeyMD5) {
    return yield* invalidArgument(
      "The calculated MD5 hash of the key did not match the hash that was provided.",
      "x-amz-server-side-encryption-customer-key-MD5"
    )
  }
  return SSECustomerKeyMD5
})

/** Checks that a request has the key of the object that it reads, and none if the object has none. */
export const checkCustomerKey = Effect.fnUntraced(function*(
  { SSECustomerKeyMD5 }: Encryption,
  given: CustomerKey
): Effect.fn.Return<void, Fault> {
  const key = yield* customerKeyOf(given)
  if (key === SSECustomerKeyMD5) return
  if (SSECustomerKeyMD5 === undefined) {
    return yield* invalidRequest("The encryption parameters are not applicable to this object.")
  }
  return yield* key === undefined
    ? invalidRequest(
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    )
    : accessDenied(undefined, `${requests} the correct secret key.`)
})

/** Checks that a request for a part has the key that its upload began with, and none if it began without one. */
export const checkPartKey = Effect.fnUntraced(function*(
  { SSECustomerKeyMD5 }: Encryption,
  given: CustomerKey
): Effect.fn.Return<void, Fault> {
  const key = yield* customerKeyOf(given)
  if (key === SSECustomerKeyMD5) return
  return yield* invalidRequest(
    SSECustomerKeyMD5 === undefined
      ? "The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters."
      : key === undefined
      ? "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters."
      : "The provided encryption parameters did not match the ones used originally."
  )
})

/** The key of the source of a copy. */
export const sourceKeyOf = (input: {
  readonly CopySourceSSECustomerAlgorithm?: string | undefined
  readonly CopySourceSSECustomerKey?: string | undefined
  readonly CopySourceSSECustomerKeyMD5?: string | undefined
}): CustomerKey => ({
  SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
  SSECustomerKey: input.CopySourceSSECustomerKey,
  SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5
})

/** The ARN of a KMS key. By default, the AWS managed key for S3. */
const kmsKeyOf = Effect.fnUntraced(function*(
  id: string | undefined,
  { kmsKeys }: State,
  context: HandlerContext
): Effect.fn.Return<string, Fault> {
  const own = /^(?:arn:[\w-]+:kms:[\w-]+:\d{12}:)?alias\/aws\/s3$/
  if (id === undefined || own.test(id)) {
    const arn = context.arn("kms", "key/")
    const known = kmsKeys.get(arn)
    if (known !== undefined) return known
    const made = arn + context.uuid()
    kmsKeys.set(arn, made)
    return made
  }
  const invalid = fault("KMS.NotFoundException", `Invalid keyId '${id}'`)
  return yield* kmsKeyArn(id, { service: "S3", invalid }, context)
})

const byS3: Encryption = { ServerSideEncryption: "AES256" }

const isKms = (algorithm: string | undefined): boolean => algorithm === "aws:kms" || algorithm === "aws:kms:dsse"

/** How a new object is encrypted: as the request says, or else as the bucket does. */
export const encryptionOf = Effect.fnUntraced(function*(
  input: EncryptionInput,
  bucket: Bucket,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Encryption, Fault> {
  const { BucketKeyEnabled, SSEKMSKeyId, ServerSideEncryption } = input
  const customerKey = yield* customerKeyOf(input)
  if (customerKey !== undefined) {
    return ServerSideEncryption === undefined
      ? { SSECustomerAlgorithm: "AES256", SSECustomerKeyMD5: customerKey }
      : yield* invalidArgument(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        "x-amz-server-side-encryption",
        ServerSideEncryption
      )
  }
  const byDefault = bucket.encryption.ApplyServerSideEncryptionByDefault
  const algorithm = ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? "AES256"
  if (algorithm !== "AES256" && !isKms(algorithm)) {
    return yield* invalidArgument(
      "The encryption method specified is not supported",
      "x-amz-server-side-encryption",
      algorithm
    )
  }
  if (SSEKMSKeyId !== undefined && !isKms(ServerSideEncryption)) {
    return yield* invalidArgument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
      "x-amz-server-side-encryption"
    )
  }
  if (!isKms(algorithm)) return byS3
  const isDefault = byDefault?.SSEAlgorithm === algorithm
  const id = SSEKMSKeyId ?? (isDefault ? byDefault.KMSMasterKeyID : undefined)
  const hasBucketKey = BucketKeyEnabled ?? (isDefault && bucket.encryption.BucketKeyEnabled === true)
  return {
    ServerSideEncryption: algorithm as sdk.ServerSideEncryption,
    SSEKMSKeyId: yield* kmsKeyOf(id, state, context),
    ...(hasBucketKey && { BucketKeyEnabled: true })
  }
})

/** The ETag: a digest of the bytes only if S3 encrypts them with its own keys. */
export const etagOf = (md5: string, { ServerSideEncryption }: Encryption, context: HandlerContext): string =>
  ServerSideEncryption === "AES256" ? md5 : context.id("", 32)

export const defaultEncryption: sdk.ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
  BucketKeyEnabled: false
}

export const encryptionHandlers: Handlers<typeof sdk, State> = {
  PutBucketEncryption: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const [rule, ...more] = input.ServerSideEncryptionConfiguration?.Rules ?? []
    const { KMSMasterKeyID, SSEAlgorithm } = rule?.ApplyServerSideEncryptionByDefault ?? {}
    if (rule === undefined || more.length > 0 || SSEAlgorithm === undefined) return yield* malformed
    if (SSEAlgorithm !== "AES256" && !isKms(SSEAlgorithm)) return yield* malformed
    if (KMSMasterKeyID !== undefined && !isKms(SSEAlgorithm)) {
      return yield* invalidArgument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault"
      )
    }
    bucket.encryption = {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm, ...(KMSMasterKeyID !== undefined && { KMSMasterKeyID }) },
      BucketKeyEnabled: rule.BucketKeyEnabled ?? false
    }
    return {}
  }),

  GetBucketEncryption: Effect.fnUntraced(function*(input, state, context) {
    const { encryption } = yield* findBucket(input, state, context)
    return { ServerSideEncryptionConfiguration: { Rules: [encryption] } }
  }),

  DeleteBucketEncryption: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.encryption = defaultEncryption
    return {}
  })
}

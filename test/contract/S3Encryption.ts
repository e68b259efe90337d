// Encryption at rest, and what an upload and a copy keep of it.
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  PutBucketEncryptionCommand,
  UploadPartCommand,
  UploadPartCopyCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import { believed, contract, documented } from "./Contract.ts"
import { create, head, put, refused } from "./support/s3.ts"

const guide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"

const keyOf = (byte: number) => {
  const key = Buffer.alloc(32, byte)
  return {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: key.toString("base64"),
    SSECustomerKeyMD5: crypto.createHash("md5").update(key).digest("base64")
  }
}

const sourceKeyOf = (byte: number) =>
  Object.fromEntries(Object.entries(keyOf(byte)).map(([name, value]) => [`CopySource${name}`, value]))

const kms = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"

/** What an answer says about encryption. */
const encryptionOf = (
  { BucketKeyEnabled, SSEKMSKeyId, ServerSideEncryption }: {
    readonly BucketKeyEnabled?: boolean | undefined
    readonly SSEKMSKeyId?: string | undefined
    readonly ServerSideEncryption?: string | undefined
  }
) => [ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled]

export const s3Encryption = contract("S3", {
  "an object with a key of the client is read, described and copied with that key only": documented(
    `${guide}/ServerSideEncryptionCustomerKeys.html`,
    Effect.gen(function*() {
      const [Bucket, Key] = ["encryption-client", "key"]
      yield* create(Bucket)
      const written = yield* put(Bucket, Key, keyOf(1))
      assert.deepInclude(written, { SSECustomerAlgorithm: "AES256", SSECustomerKeyMD5: keyOf(1).SSECustomerKeyMD5 })
      assert.isUndefined(written.ServerSideEncryption)
      const attributes = (key: object) =>
        S3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["ObjectSize"], ...key }))
      const copy = (key: object) =>
        S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...key }))
      const without = "The object was stored using a form of Server Side Encryption."
      yield* refused(attributes({}), "InvalidRequest", without)
      yield* refused(copy({}), "InvalidRequest", without)
      yield* refused(attributes(keyOf(2)), "AccessDenied")
      yield* refused(copy(sourceKeyOf(2)), "AccessDenied")
      const statusOf = (key: object) =>
        Effect.map(Effect.flip(head(Bucket, Key, key)), (error) => (error as AwsError).statusCode)
      assert.deepEqual([yield* statusOf({}), yield* statusOf(keyOf(2))], [400, 403])
      assert.strictEqual((yield* attributes(keyOf(1))).ObjectSize, 3)
      // The copy is encrypted as the bucket does, unless its request says otherwise.
      assert.strictEqual((yield* copy(sourceKeyOf(1))).ServerSideEncryption, "AES256")
      yield* refused(
        S3.send(
          new GetObjectAttributesCommand({ Bucket, Key: "copy", ObjectAttributes: ["ObjectSize"], ...keyOf(1) })
        ),
        "InvalidRequest",
        "The encryption parameters are not applicable to this object."
      )
    })
  ),

  "the parts of an upload need the key that it began with": believed(
    "the answer of AWS in bug reports of SDKs",
    Effect.gen(function*() {
      const [Bucket, Key] = ["encryption-parts", "key"]
      yield* create(Bucket)
      yield* put(Bucket, "source")
      const begin = (key: object) => S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...key }))
      const { UploadId } = yield* begin(keyOf(1))
      const plain = yield* begin({})
      const calls = (UploadId: string | undefined, key: object) => [
        S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x", ...key })),
        S3.send(
          new UploadPartCopyCommand({
            Bucket,
            Key,
            UploadId,
            PartNumber: 2,
            CopySource: `${Bucket}/source`,
            ...key
          })
        )
      ]
      const wrong = [
        [UploadId, {}, "The multipart upload initiate requested encryption."],
        [UploadId, keyOf(2), "The provided encryption parameters did not match the ones used originally."],
        [plain.UploadId, keyOf(1), "The multipart upload initiate did not request encryption."]
      ] as const
      for (const [id, key, message] of wrong) {
        for (const call of calls(id, key)) yield* refused<unknown, AwsError, any>(call, "InvalidRequest", message)
      }
      for (const call of calls(UploadId, keyOf(1))) {
        assert.strictEqual((yield* call).SSECustomerKeyMD5, keyOf(1).SSECustomerKeyMD5)
      }
    })
  ),

  "each answer of an upload names its KMS key": documented(
    "API_CreateMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["encryption-kms", "key"]
      yield* create(Bucket)
      yield* put(Bucket, "source")
      const expected = ["aws:kms", kms, true]
      const begun = yield* S3.send(
        new CreateMultipartUploadCommand({
          Bucket,
          Key,
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId: kms,
          BucketKeyEnabled: true
        })
      )
      const { UploadId } = begun
      const part = yield* S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" }))
      const copied = yield* S3.send(
        new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 2, CopySource: `${Bucket}/source` })
      )
      const Parts = [{ PartNumber: 1, ETag: part.ETag }]
      const done = yield* S3.send(
        new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } })
      )
      for (const answer of [begun, part, copied, done, yield* head(Bucket, Key)]) {
        assert.deepEqual(encryptionOf(answer), expected)
      }
      // A digest of the bytes would give them away.
      assert.notInclude(part.ETag!, crypto.createHash("md5").update("x").digest("hex"))
    })
  ),

  "a copy is encrypted as its request or its bucket says, not as its source": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const Bucket = "encryption-copy"
      yield* create(Bucket)
      yield* put(Bucket, "source", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kms })
      const copy = (input: object) =>
        Effect.map(
          S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/source`, ...input })),
          encryptionOf
        )
      assert.deepEqual(yield* copy({}), ["AES256", undefined, undefined])
      yield* S3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: kms },
              BucketKeyEnabled: true
            }]
          }
        })
      )
      assert.deepEqual(yield* copy({}), ["aws:kms", kms, true])
      assert.deepEqual(yield* copy({ ServerSideEncryption: "AES256" }), ["AES256", undefined, undefined])
    })
  ),

  "rejects encryption that S3 doesn't have, and two kinds at once": documented(
    `${guide}/serv-side-encryption.html`,
    Effect.gen(function*() {
      const [Bucket, Key] = ["encryption-wrong", "key"]
      yield* create(Bucket)
      const wrong = [
        [{ ServerSideEncryption: "DES" }, "The encryption method specified is not supported"],
        [
          { ServerSideEncryption: "AES256", SSEKMSKeyId: kms },
          "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms"
        ],
        [
          { ServerSideEncryption: "AES256", ...keyOf(1) },
          "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
        ]
      ] as const
      for (const [input, message] of wrong) {
        yield* refused(put(Bucket, Key, input as object), "InvalidArgument", message)
        yield* refused(
          S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input as object })),
          "InvalidArgument",
          message
        )
      }
    })
  )
})

// The checksums of objects, of their copies and of their parts.
import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { crc32, create, head, put, refused, sha256 } from "./support/s3.ts"

const guide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html"

const PART = 5 * 2 ** 20
const bodies = [Buffer.alloc(PART, "a"), Buffer.from("the end")] as const

const begin = (Bucket: string, Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) =>
  Effect.map(S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input })), ({ UploadId }) => UploadId!)

/** An upload with two parts and their checksums in SHA-256. */
const uploaded = Effect.fnUntraced(function*(Bucket: string, Key: string) {
  const UploadId = yield* begin(Bucket, Key, { ChecksumAlgorithm: "SHA256" })
  const Parts = yield* Effect.forEach(bodies, (Body, i) =>
    Effect.map(
      S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body, ChecksumSHA256: sha256(Body) })),
      ({ ChecksumSHA256, ETag }) => ({ PartNumber: i + 1, ETag, ChecksumSHA256 })
    ))
  const complete = (input: Partial<CompleteMultipartUploadCommandInput> = {}) =>
    S3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...input }))
  return { Parts, UploadId, complete }
})

/** The composite checksum: that of the checksums of the parts. */
const composite = sha256(...bodies.map((body) => Buffer.from(sha256(body), "base64")))

export const s3Checksums = contract("S3", {
  "GetObject and HeadObject answer the checksum of an object when the request wants it, but not that of a range":
    documented(
      "API_GetObject",
      Effect.gen(function*() {
        const [Bucket, Key] = ["checksums-read", "key"]
        yield* create(Bucket)
        const written = yield* put(Bucket, Key, { ChecksumSHA256: sha256(Key) })
        assert.deepEqual([written.ChecksumSHA256, written.ChecksumType], [sha256(Key), "FULL_OBJECT"])
        const wanted = yield* head(Bucket, Key, { ChecksumMode: "ENABLED" })
        assert.deepEqual([wanted.ChecksumSHA256, wanted.ChecksumType], [sha256(Key), "FULL_OBJECT"])
        const range = yield* head(Bucket, Key, { ChecksumMode: "ENABLED", Range: "bytes=0-1" })
        assert.deepEqual([range.ChecksumSHA256, range.ChecksumType], [undefined, undefined])
        assert.isUndefined((yield* head(Bucket, Key)).ChecksumSHA256)
      })
    ),

  "PutObject rejects a checksum that isn't that of the body, or isn't one": documented(
    guide,
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-wrong", "key"]
      yield* create(Bucket)
      yield* refused(put(Bucket, Key, { ChecksumSHA256: sha256("other") }), "BadDigest")
      yield* refused(
        put(Bucket, Key, { ChecksumSHA256: "short" }),
        "InvalidRequest",
        "Value for x-amz-checksum-sha256 header is invalid."
      )
    })
  ),

  "PutObject and UploadPart reject two checksums of the same body": believed(
    "the answer of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-two", "key"]
      yield* create(Bucket)
      const two = { Bucket, Key, Body: Key, ChecksumSHA256: sha256(Key), ChecksumCRC32: crc32(Key) }
      const message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
      yield* refused(S3.send(new PutObjectCommand(two)), "InvalidRequest", message)
      const UploadId = yield* begin(Bucket, Key)
      yield* refused(
        S3.send(new UploadPartCommand({ ...two, UploadId, PartNumber: 1 })),
        "InvalidRequest",
        message
      )
    })
  ),

  "CopyObject keeps the checksum of its source, computes another on request, and rejects an unknown algorithm":
    documented(
      "API_CopyObject",
      Effect.gen(function*() {
        const Bucket = "checksums-copy"
        yield* create(Bucket)
        yield* put(Bucket, "source", { Body: "x", ChecksumSHA256: sha256("x") })
        const copy = (input: object = {}) =>
          S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/source`, ...input }))
        assert.strictEqual((yield* copy()).CopyObjectResult?.ChecksumSHA256, sha256("x"))
        const { CopyObjectResult } = yield* copy({ ChecksumAlgorithm: "CRC32" })
        assert.deepInclude(CopyObjectResult, { ChecksumCRC32: crc32("x"), ChecksumType: "FULL_OBJECT" })
        assert.isUndefined(CopyObjectResult?.ChecksumSHA256)
        yield* refused(
          copy({ ChecksumAlgorithm: "ADLER" }),
          "InvalidRequest",
          "Checksum algorithm provided is unsupported."
        )
      })
    ),

  "CreateMultipartUpload rejects an unknown checksum algorithm, and a type that the algorithm doesn't have": documented(
    guide,
    Effect.gen(function*() {
      const Bucket = "checksums-create"
      yield* create(Bucket)
      const wrong = [
        [{ ChecksumAlgorithm: "ADLER" }, "Checksum algorithm provided is unsupported."],
        [{ ChecksumType: "COMPOSITE" }, "can only be used with the x-amz-checksum-algorithm header"],
        [
          { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" },
          "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."
        ],
        [
          { ChecksumAlgorithm: "SHA1", ChecksumType: "FULL_OBJECT" },
          "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm."
        ]
      ] as const
      for (const [input, message] of wrong) {
        yield* refused(begin(Bucket, "key", input as object), "InvalidRequest", message)
      }
    })
  ),

  "UploadPart rejects a part without the checksum that its upload has, and ListParts shows those of the others":
    believed(
      "the answer of AWS in bug reports of SDKs",
      Effect.gen(function*() {
        const [Bucket, Key] = ["checksums-parts", "key"]
        yield* create(Bucket)
        const { Parts, UploadId } = yield* uploaded(Bucket, Key)
        yield* refused(
          S3.send(
            new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 3, Body: "x", ChecksumCRC32: crc32("x") })
          ),
          "InvalidRequest",
          "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32"
        )
        const listed = yield* S3.send(new ListPartsCommand({ Bucket, Key, UploadId }))
        assert.deepEqual([listed.ChecksumAlgorithm, listed.ChecksumType], ["SHA256", "COMPOSITE"])
        assert.deepEqual(
          listed.Parts?.map(({ ChecksumSHA256 }) => ChecksumSHA256),
          Parts.map(({ ChecksumSHA256 }) => ChecksumSHA256)
        )
      })
    ),

  "CompleteMultipartUpload rejects checksums, a checksum type or a size that aren't the upload's": documented(
    guide,
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-complete", "key"]
      yield* create(Bucket)
      const { Parts, complete } = yield* uploaded(Bucket, Key)
      const [first, second] = Parts as [(typeof Parts)[number], (typeof Parts)[number]]
      yield* refused(
        complete({ MultipartUpload: { Parts: [first, { ...second, ChecksumSHA256: undefined }] } }),
        "InvalidRequest",
        "The upload was created using a sha256 checksum. The complete request must include the checksum for each part. " +
          "It was missing for part 2 in the request."
      )
      yield* refused(
        complete({ MultipartUpload: { Parts: [first, { ...second, ChecksumSHA256: sha256("other") }] } }),
        "InvalidPart"
      )
      yield* refused(complete({ ChecksumSHA256: sha256("other") }), "BadDigest")
      yield* refused(
        complete({ ChecksumType: "FULL_OBJECT" }),
        "InvalidRequest",
        "The upload was created using the COMPOSITE checksum mode. The complete request must use the same checksum mode."
      )
      yield* refused(
        complete({ MpuObjectSize: 5 }),
        "InvalidRequest",
        `The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: ${PART + 7}`
      )
      const done = yield* complete({ ChecksumSHA256: `${composite}-2`, MpuObjectSize: PART + 7 })
      assert.deepEqual([done.ChecksumSHA256, done.ChecksumType], [`${composite}-2`, "COMPOSITE"])
    })
  ),

  "GetObjectAttributes answers a composite checksum without the number of parts, and the parts page by page": believed(
    "answers of AWS that were measured for another emulator",
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-attributes", "key"]
      yield* create(Bucket)
      yield* (yield* uploaded(Bucket, Key)).complete()
      const attributes = (input: object) =>
        S3.send(
          new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["Checksum", "ObjectParts"], ...input })
        )
      const first = yield* attributes({ MaxParts: 1 })
      assert.deepEqual(first.Checksum, { ChecksumSHA256: composite, ChecksumType: "COMPOSITE" })
      assert.deepInclude(first.ObjectParts, {
        TotalPartsCount: 2,
        IsTruncated: true,
        NextPartNumberMarker: "1",
        MaxParts: 1,
        Parts: [{ PartNumber: 1, Size: PART, ChecksumSHA256: sha256(bodies[0]) }]
      })
      const second = yield* attributes({ PartNumberMarker: "1" })
      assert.deepEqual(second.ObjectParts?.Parts, [{ PartNumber: 2, Size: 7, ChecksumSHA256: sha256(bodies[1]) }])
      assert.isFalse(second.ObjectParts?.IsTruncated)
    })
  ),

  "a read of one part of an object with a composite checksum answers the checksum of that part": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-part", "key"]
      yield* create(Bucket)
      yield* (yield* uploaded(Bucket, Key)).complete()
      const ChecksumMode = "ENABLED"
      assert.strictEqual((yield* head(Bucket, Key, { ChecksumMode })).ChecksumSHA256, `${composite}-2`)
      const part = yield* head(Bucket, Key, { ChecksumMode, PartNumber: 2 })
      assert.deepEqual([part.ChecksumSHA256, part.PartsCount, part.ContentLength], [sha256(bodies[1]), 2, 7])
      const range = yield* head(Bucket, Key, { ChecksumMode, Range: `bytes=${PART}-` })
      assert.strictEqual(range.ChecksumSHA256, sha256(bodies[1]))
      assert.isUndefined((yield* head(Bucket, Key, { ChecksumMode, Range: "bytes=0-9" })).ChecksumSHA256)
    })
  ),

  "GetObject reads one part of an upload, and rejects a part that isn't there or a range beside it": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["checksums-part-numbers", "key"]
      yield* create(Bucket)
      yield* (yield* uploaded(Bucket, Key)).complete()
      const get = (input: object) => S3.send(new GetObjectCommand({ Bucket, Key, ...input }))
      const { Body, ContentRange, PartsCount } = yield* get({ PartNumber: 2 })
      assert.strictEqual(yield* Effect.promise(() => Body!.transformToString()), "the end")
      assert.deepEqual([ContentRange, PartsCount], [`bytes ${PART}-${PART + 6}/${PART + 7}`, 2])
      yield* refused(get({ PartNumber: 3 }), "InvalidPartNumber")
      yield* refused(get({ PartNumber: 0 }), "InvalidArgument")
      yield* refused(
        get({ PartNumber: 1, Range: "bytes=0-1" }),
        "InvalidRequest",
        "Cannot specify both Range header and partNumber query parameter"
      )
    })
  )
})

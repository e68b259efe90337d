// Multipart uploads: their parts and their lists.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { create, put, refused } from "./support/s3.ts"

const begin = (Bucket: string, Key: string) =>
  Effect.map(S3.send(new CreateMultipartUploadCommand({ Bucket, Key })), ({ UploadId }) => UploadId!)

const upload = (Bucket: string, Key: string, UploadId: string, PartNumber: number, Body = "x") =>
  Effect.map(
    S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })),
    ({ ETag }) => ({ PartNumber, ETag })
  )

const complete = (Bucket: string, Key: string, UploadId: string, Parts: Array<object>) =>
  S3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))

export const s3Uploads = contract("S3", {
  "UploadPart rejects a number that isn't between 1 and 10,000": documented(
    "API_UploadPart",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-numbers", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      for (const number of [0, -1, 10_001]) {
        yield* refused(
          upload(Bucket, Key, id, number),
          "InvalidArgument",
          "Part number must be an integer between 1 and 10000, inclusive"
        )
      }
      yield* upload(Bucket, Key, id, 10_000)
    })
  ),

  "an upload belongs to its key: another key doesn't find it": documented(
    "API_CompleteMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-key", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const part = yield* upload(Bucket, Key, id, 1)
      const calls = [
        upload(Bucket, "other", id, 1),
        complete(Bucket, "other", id, [part]),
        S3.send(new ListPartsCommand({ Bucket, Key: "other", UploadId: id })),
        S3.send(new AbortMultipartUploadCommand({ Bucket, Key: "other", UploadId: id }))
      ]
      for (const call of calls) yield* refused<unknown, AwsError, any>(call, "NoSuchUpload")
      yield* complete(Bucket, Key, id, [part])
    })
  ),

  "AbortMultipartUpload aborts an upload once, and never a completed one": documented(
    "API_AbortMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-abort", "key"]
      yield* create(Bucket)
      const abort = (UploadId: string) => S3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      const aborted = yield* begin(Bucket, Key)
      yield* abort(aborted)
      yield* refused(abort(aborted), "NoSuchUpload")
      const completed = yield* begin(Bucket, Key)
      yield* complete(Bucket, Key, completed, [yield* upload(Bucket, Key, completed, 1)])
      yield* refused(abort(completed), "NoSuchUpload")
    })
  ),

  "CompleteMultipartUpload rejects no parts, a part without an ETag, and the same part twice": documented(
    "API_CompleteMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-parts", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const part = yield* upload(Bucket, Key, id, 1)
      yield* refused(complete(Bucket, Key, id, []), "MalformedXML")
      yield* refused(complete(Bucket, Key, id, [{ PartNumber: 1 }]), "InvalidPart")
      yield* refused(complete(Bucket, Key, id, [part, part]), "InvalidPartOrder")
      // The last upload of a part counts.
      const again = yield* upload(Bucket, Key, id, 1, "again")
      yield* refused(complete(Bucket, Key, id, [part]), "InvalidPart")
      yield* complete(Bucket, Key, id, [again])
      assert.strictEqual((yield* S3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, 5)
    })
  ),

  "ListParts goes on after a number, and rejects a marker that isn't one": believed(
    "the answer of AWS for other numbers in a query",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-list", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      for (const number of [10, 9, 1]) yield* upload(Bucket, Key, id, number)
      const list = (PartNumberMarker: string) =>
        S3.send(new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker }))
      const { NextPartNumberMarker, Parts } = yield* list("1")
      assert.deepEqual([Parts?.map(({ PartNumber }) => PartNumber), NextPartNumberMarker], [[9, 10], "10"])
      yield* refused(
        list("x"),
        "InvalidArgument",
        "Provided part-number-marker not an integer or within integer range"
      )
      yield* refused(
        list("-1"),
        "InvalidArgument",
        "Argument part-number-marker must be an integer between 0 and 2147483647"
      )
    })
  ),

  "ListMultipartUploads groups keys, and takes no marker of another key": recorded(
    "test_s3_list_operations TestS3ListMultipartUploads::test_list_multiparts_next_marker",
    Effect.gen(function*() {
      const Bucket = "uploads-lists"
      yield* create(Bucket)
      const ids = yield* Effect.forEach(["a/1", "a/2", "b"], (key) => begin(Bucket, key))
      const list = (input: object) => S3.send(new ListMultipartUploadsCommand({ Bucket, ...input }))
      const grouped = yield* list({ Delimiter: "/" })
      assert.deepEqual(grouped.CommonPrefixes, [{ Prefix: "a/" }])
      assert.deepEqual(grouped.Uploads?.map(({ Key }) => Key), ["b"])
      const first = yield* list({ MaxUploads: 1 })
      assert.deepEqual([first.IsTruncated, first.NextKeyMarker, first.NextUploadIdMarker], [true, "a/1", ids[0]])
      const rest = yield* list({ KeyMarker: "a/1", UploadIdMarker: ids[0] })
      assert.deepEqual(rest.Uploads?.map(({ UploadId }) => UploadId), ids.slice(1))
      yield* refused(
        list({ KeyMarker: "b", UploadIdMarker: ids[0] }),
        "InvalidArgument",
        "Invalid uploadId marker"
      )
    })
  ),

  "rejects an expected bucket owner that isn't an account ID": documented(
    "ErrorResponses",
    Effect.gen(function*() {
      const [Bucket, Key] = ["uploads-owner", "key"]
      yield* create(Bucket)
      for (const ExpectedBucketOwner of ["me", "1".repeat(13)]) {
        const calls = [
          put(Bucket, Key, { ExpectedBucketOwner }),
          S3.send(new ListObjectsV2Command({ Bucket, ExpectedBucketOwner })),
          S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ExpectedBucketOwner }))
        ]
        for (const call of calls) yield* refused<unknown, AwsError, any>(call, "InvalidBucketOwnerAWSAccountID")
        const error = yield* Effect.flip(S3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner })))
        assert.strictEqual(error.statusCode, 400)
      }
    })
  )
})

// Multipart uploads.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { manyChecksums } from "../wire/checksums.ts"
import { findBucket, findTarget } from "./access.ts"
import { ownBytes, readBody } from "./body.ts"
import {
  algorithmsOf,
  checkAlgorithm,
  type Checksums,
  composite,
  computed,
  givenChecksums,
  md5,
  memberOf
} from "./checksums.ts"
import { checkCompletion } from "./conditions.ts"
import { sourceOf } from "./copies.ts"
import { checkCustomerKey, checkPartKey, etagOf, hasCustomerKey } from "./encryption.ts"
import { tell } from "./events.ts"
import { abortHeaders, expirationHeader } from "./expiry.ts"
import { fault, invalidArgument, invalidRequest, malformed, noSuchUpload } from "./faults.ts"
import { checkDigest } from "./locks.ts"
import { attributesOf } from "./objects.ts"
import { type Bucket, type Content, now, type Part, type State, type Upload } from "./state.ts"
import { addVersion, newVersionId, quote } from "./versions.ts"

const MIN_PART_SIZE = 5 * 2 ** 20

export const uploadOf = (
  bucket: Bucket,
  { Key, UploadId = "" }: { readonly Key: string | undefined; readonly UploadId: string | undefined }
): Effect.Effect<Upload, Fault> => {
  const upload = bucket.uploads.get(UploadId)
  return upload === undefined || upload.key !== Key ? Effect.fail(noSuchUpload(UploadId)) : Effect.succeed(upload)
}

/** The checksum that an upload has, as its answers show it. */
export const uploadChecksum = ({ algorithm, type }: Upload) =>
  algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: type }

const location = (bucket: Bucket, key: string) =>
  `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${key.split("/").map(encodeURIComponent).join("/")}`

/** The type of an upload's checksum: CRC64NVME covers the whole object, SHA the parts, the other CRCs either. */
const typeOf = Effect.fnUntraced(function*({
  ChecksumAlgorithm: algorithm,
  ChecksumType: type
}: sdk.CreateMultipartUploadCommandInput): Effect.fn.Return<sdk.ChecksumType | undefined, Fault> {
  if (algorithm === undefined) {
    return type === undefined
      ? undefined
      : yield* invalidRequest(
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
      )
  }
  yield* checkAlgorithm(algorithm)
  if (type !== undefined && type !== "COMPOSITE" && type !== "FULL_OBJECT") {
    return yield* invalidRequest("Value for x-amz-checksum-type header is invalid.")
  }
  const only = algorithm === "CRC64NVME" ? "FULL_OBJECT" : algorithm.startsWith("CRC") ? undefined : "COMPOSITE"
  if (type !== undefined && only !== undefined && type !== only) {
    return yield* invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`
    )
  }
  return type ?? only ?? "COMPOSITE"
})

const checkPartNumber = (number: number | undefined): Effect.Effect<number, Fault> =>
  number !== undefined && number >= 1 && number <= 10_000
    ? Effect.succeed(number)
    : Effect.fail(invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber"))

const putPart = Effect.fnUntraced(function*(
  upload: Upload,
  number: number,
  body: Buffer,
  checksums: Checksums,
  context: HandlerContext
): Effect.fn.Return<Part> {
  const etag = etagOf(md5(body), upload.encryption, context)
  const part: Part = { body, etag, checksums, modified: yield* now }
  upload.parts.set(number, part)
  return part
})

/** The checksums of a part. Those of an upload whose checksum covers the whole object may be left to S3. */
const partChecksums = Effect.fnUntraced(function*(
  { algorithm, type }: Upload,
  given: Checksums,
  body: Buffer
): Effect.fn.Return<Checksums, Fault> {
  if (algorithm === undefined || given[memberOf(algorithm)] !== undefined) return given
  const [other] = algorithmsOf(given)
  if (other === undefined && type === "FULL_OBJECT") return computed(algorithm, body)
  return yield* invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${
      other?.toLowerCase() ?? "null"
    }`
  )
})

/** The bytes that a part copies. */
const copiedBytes = Effect.fnUntraced(function*(
  range: string | undefined,
  { body }: Content
): Effect.fn.Return<Buffer, Fault> {
  if (range === undefined) return body
  const name = "x-amz-copy-source-range"
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
  const [start, end] = [Number(first), Number(last)]
  if (first === undefined || end < start) {
    return yield* invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      name,
      range
    )
  }
  if (start >= body.length) {
    return yield* invalidRequest("The specified copy range is invalid for the source object size")
  }
  if (end >= body.length) {
    return yield* invalidArgument(`Range specified is not valid for source object of size: ${body.length}`, name, range)
  }
  return ownBytes([body.subarray(start, end + 1)])
})

/** The parts that CompleteMultipartUpload lists, checked against those that were uploaded. */
const checkedParts = Effect.fnUntraced(function*(
  upload: Upload,
  listed: ReadonlyArray<sdk.CompletedPart>
): Effect.fn.Return<ReadonlyArray<Part>, Fault> {
  if (listed.length === 0) return yield* malformed
  const { algorithm, type } = upload
  const parts: Array<Part> = []
  let before = 0
  for (const listedPart of listed) {
    const { ETag = "", PartNumber = 0 } = listedPart
    const given = givenChecksums(listedPart as Checksums)
    const part = upload.parts.get(PartNumber)
    if (PartNumber <= before) {
      return yield* fault(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        400,
        { UploadId: upload.id }
      )
    }
    before = PartNumber
    if (algorithm !== undefined && type === "COMPOSITE" && given[memberOf(algorithm)] === undefined) {
      return yield* invalidRequest(
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${PartNumber} in the request.`
      )
    }
    const differs = algorithmsOf(given).some((name) => part?.checksums[memberOf(name)] !== given[memberOf(name)])
    if (part === undefined || ETag.replaceAll("\"", "") !== part.etag || differs) {
      return yield* fault(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { UploadId: upload.id, PartNumber: String(PartNumber), ETag: ETag.replaceAll("\"", "") }
      )
    }
    parts.push(part)
  }
  const tooSmall = parts.slice(0, -1).findIndex(({ body }) => body.length < MIN_PART_SIZE)
  if (tooSmall !== -1) {
    return yield* fault("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400, {
      ETag: parts[tooSmall]!.etag,
      ProposedSize: String(parts[tooSmall]!.body.length),
      MinSizeAllowed: String(MIN_PART_SIZE),
      PartNumber: String(listed[tooSmall]!.PartNumber)
    })
  }
  return parts
})

/** The checksum of a completed object, checked against the one in the request. */
const completedChecksums = Effect.fnUntraced(function*(
  { algorithm = "CRC64NVME", type = "FULL_OBJECT" }: Upload,
  parts: ReadonlyArray<Part>,
  body: Buffer,
  told: Checksums,
  toldType: string | undefined
): Effect.fn.Return<Content["checksums"], Fault> {
  if (toldType !== undefined && toldType !== type) {
    return yield* invalidRequest(
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`
    )
  }
  const checksums = type === "COMPOSITE"
    ? composite(algorithm, parts.map((part) => part.checksums))
    : computed(algorithm, body)
  for (const name of algorithmsOf(told)) {
    const expected = told[memberOf(name)]
    // A request may leave the number of parts out of a composite checksum.
    const actual = checksums[memberOf(name)] ?? computed(name, body)[memberOf(name)]
    if (expected !== actual && expected !== actual?.replace(/-\d+$/, "")) {
      return yield* fault("BadDigest", `The ${name} you specified did not match the calculated checksum.`)
    }
  }
  return { ...checksums, ChecksumType: type }
})

export const multipartHandlers: Handlers<typeof sdk, State> = {
  CreateMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
    const { ChecksumAlgorithm, Key = "" } = input
    const bucket = yield* findTarget(input, state, context)
    const attributes = yield* attributesOf(input, bucket, state, context)
    const type = yield* typeOf(input)
    const [current] = bucket.objects.get(Key) ?? []
    // Starts with a sequence number, because the uploads of a key are listed by id, in the order of their start.
    const id = (++state.sequence).toString(36).padStart(8, "0") + context.id("", 56)
    const upload: Upload = {
      ...attributes,
      id,
      key: Key,
      initiated: yield* now,
      initiator: { ID: context.principal.arn, DisplayName: context.principal.arn.replace(/^.*[/:]/, "") },
      algorithm: ChecksumAlgorithm,
      type,
      before: current?.content === undefined ? undefined : current.sequence,
      parts: new Map()
    }
    bucket.uploads.set(id, upload)
    return {
      Bucket: bucket.name,
      Key,
      UploadId: id,
      ...attributes.encryption,
      ...uploadChecksum(upload),
      ...abortHeaders(bucket, Key, upload.initiated)
    }
  }),

  UploadPart: Effect.fnUntraced(function*(input, state, context) {
    const number = yield* checkPartNumber(input.PartNumber)
    yield* uploadOf(yield* findTarget(input, state, context), input)
    const { bytes, checksums: given } = yield* readBody(input, context)
    // The upload may have been aborted while the part arrived.
    const upload = yield* uploadOf(yield* findTarget(input, state, context), input)
    yield* checkPartKey(upload.encryption, input)
    yield* checkDigest(upload.lock, "Put Part", context)
    const checksums = yield* partChecksums(upload, given, bytes)
    const { etag } = yield* putPart(upload, number, bytes, checksums, context)
    return { ETag: quote(etag), ...checksums, ...upload.encryption }
  }),

  UploadPartCopy: Effect.fnUntraced(function*(input, state, context) {
    const number = yield* checkPartNumber(input.PartNumber)
    const bucket = yield* findTarget(input, state, context)
    const upload = yield* uploadOf(bucket, input)
    yield* checkPartKey(upload.encryption, input)
    const source = yield* sourceOf(input, state, context)
    const body = yield* copiedBytes(input.CopySourceRange, source.content)
    const checksums = upload.algorithm === undefined ? {} : computed(upload.algorithm, body)
    const { etag, modified } = yield* putPart(upload, number, body, checksums, context)
    return {
      CopyPartResult: { ETag: quote(etag), LastModified: modified, ...checksums },
      ...(source.bucket.versioning !== undefined && { CopySourceVersionId: source.version.id }),
      ...upload.encryption
    }
  }),

  CompleteMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
    const { ChecksumType, IfMatch, IfNoneMatch, Key = "", MpuObjectSize, MultipartUpload, UploadId = "" } = input
    const told = givenChecksums(input as Checksums)
    if (algorithmsOf(told).length > 1) return yield* manyChecksums
    const bucket = yield* findTarget(input, state, context)
    const done = bucket.completed.get(UploadId)
    if (done !== undefined && done.Key === Key) return done
    const upload = yield* uploadOf(bucket, input)
    const { encryption, grants, headers, lock, tags } = upload
    if (hasCustomerKey(input)) yield* checkCustomerKey(encryption, input)
    const parts = yield* checkedParts(upload, MultipartUpload?.Parts ?? [])
    yield* checkCompletion(bucket, { Key, IfMatch, IfNoneMatch }, upload.before)
    const body = ownBytes(parts.map((part) => part.body))
    if (MpuObjectSize !== undefined && Number(MpuObjectSize) !== body.length) {
      return yield* invalidRequest(
        `The provided 'x-amz-mp-object-size' header value ${MpuObjectSize} does not match what was computed: ${body.length}`
      )
    }
    const checksums = yield* completedChecksums(upload, parts, body, told, ChecksumType)
    const digest = md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, "hex"))))
    const content: Content = {
      headers,
      encryption,
      tags,
      grants,
      lock,
      body,
      etag: `${etagOf(digest, encryption, context)}-${parts.length}`,
      checksums,
      parts: parts.map((part) => ({
        size: part.body.length,
        checksums: upload.type === "COMPOSITE" ? part.checksums : {}
      }))
    }
    const id = addVersion(bucket, Key, content, yield* now, state, context)
    const kind = "ObjectCreated:CompleteMultipartUpload"
    yield* tell(bucket, { kind, key: Key, id, content, sequence: state.sequence }, state, context)
    const output = {
      Bucket: bucket.name,
      Key,
      Location: location(bucket, Key),
      ETag: quote(content.etag),
      ...checksums,
      ...encryption,
      ...newVersionId(id),
      ...expirationHeader(bucket, Key)
    }
    bucket.uploads.delete(UploadId)
    bucket.completed.set(UploadId, output)
    return output
  }),

  AbortMultipartUpload: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { id } = yield* uploadOf(bucket, input)
    bucket.uploads.delete(id)
    return {}
  })
}

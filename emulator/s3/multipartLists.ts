// Lists of multipart uploads and of their parts.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { ownerOf } from "./acl.ts"
import { checkCustomerKey, hasCustomerKey } from "./encryption.ts"
import { abortHeaders } from "./expiry.ts"
import { invalidArgument } from "./faults.ts"
import { compareKeys, pageOf } from "./keys.ts"
import { encodingOf, markerOf, numberMarkerOf, pageSizeOf } from "./listing.ts"
import { uploadChecksum, uploadOf } from "./multipart.ts"
import type { State } from "./state.ts"
import { quote, storageClassOf } from "./versions.ts"

interface Place {
  readonly key: string
  readonly id: string
}

const compare = (a: Place, b: Place): number => compareKeys(a.key, b.key) || compareKeys(a.id, b.id)

export const multipartListHandlers: Handlers<typeof sdk, State> = {
  ListMultipartUploads: Effect.fnUntraced(function*(input, state, context) {
    const { Delimiter, EncodingType, KeyMarker, Prefix, UploadIdMarker } = input
    const bucket = yield* findBucket(input, state, context)
    const encode = yield* encodingOf(EncodingType)
    const { answered, size } = yield* pageSizeOf(input.MaxUploads, "max-uploads", context)
    const after = markerOf(KeyMarker)
    // Without a key, the marker of an upload has no meaning.
    const idMarker = after === undefined ? undefined : markerOf(UploadIdMarker)
    const marked = idMarker === undefined ? undefined : bucket.uploads.get(idMarker)
    if (idMarker !== undefined && (!/^[0-9a-z]{64}$/.test(idMarker) || (marked && marked.key !== after))) {
      return yield* invalidArgument("Invalid uploadId marker", "upload-id-marker", idMarker)
    }
    // Without an upload's id, all uploads of the key are skipped: no id is later than this one.
    const first: Place = { key: after ?? "", id: idMarker ?? (after === undefined ? "" : "~") }
    const uploads = [...bucket.uploads.values()]
      .filter((upload) => upload.key.startsWith(Prefix ?? "") && compare(upload, first) > 0)
      .sort(compare)
    const Owner = ownerOf(bucket.account)
    const { elements, last, next, prefixes } = pageOf(uploads, {
      after,
      prefix: Prefix,
      delimiter: Delimiter,
      size,
      keyOf: ({ key }) => key
    })
    return {
      Bucket: bucket.name,
      KeyMarker: encode(KeyMarker ?? ""),
      UploadIdMarker: idMarker ?? "",
      MaxUploads: answered,
      EncodingType,
      ...(Prefix !== undefined && { Prefix: encode(Prefix) }),
      ...(markerOf(Delimiter) !== undefined && { Delimiter: encode(Delimiter!) }),
      IsTruncated: next !== undefined,
      // The last upload of the page, also of the last page. A common prefix is no place to go on from.
      NextKeyMarker: encode(last?.key ?? ""),
      NextUploadIdMarker: last?.id ?? "",
      ...(elements.length > 0 && {
        Uploads: elements.map((upload): sdk.MultipartUpload => ({
          UploadId: upload.id,
          Key: encode(upload.key),
          Initiated: upload.initiated,
          StorageClass: storageClassOf(upload),
          Owner,
          Initiator: upload.initiator,
          ...uploadChecksum(upload)
        }))
      }),
      ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })) })
    }
  }),

  ListParts: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { answered, size } = yield* pageSizeOf(input.MaxParts, "max-parts", context)
    const upload = yield* uploadOf(bucket, input)
    if (hasCustomerKey(input)) yield* checkCustomerKey(upload.encryption, input)
    const marker = yield* numberMarkerOf(input.PartNumberMarker, "part-number-marker")
    const rest = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b)
    const page = rest.slice(0, size)
    return {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: String(marker),
      NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
      MaxParts: answered,
      IsTruncated: size > 0 && rest.length > page.length,
      StorageClass: storageClassOf(upload),
      Owner: ownerOf(bucket.account),
      Initiator: upload.initiator,
      ...uploadChecksum(upload),
      ...abortHeaders(bucket, upload.key, upload.initiated),
      ...(page.length > 0 && {
        Parts: page.map(([number, { body, checksums, etag, modified }]): sdk.Part => ({
          PartNumber: number,
          ETag: quote(etag),
          Size: body.length,
          LastModified: modified,
          // Only an upload that was created with a checksum shows those of its parts.
          ...(upload.algorithm !== undefined && checksums)
        }))
      })
    }
  })
}

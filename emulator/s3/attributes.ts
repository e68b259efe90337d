// GetObjectAttributes.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { findBucket, readable } from "./access.ts"
import { algorithmsOf } from "./checksums.ts"
import { checkCustomerKey } from "./encryption.ts"
import { invalidArgument, invalidRequest } from "./faults.ts"
import { numberMarkerOf, pageSizeOf } from "./listing.ts"
import type { Content, State } from "./state.ts"
import { storageClassOf, versionOf } from "./versions.ts"

const known: ReadonlySet<string> = new Set<sdk.ObjectAttributes>([
  "ETag",
  "Checksum",
  "ObjectParts",
  "StorageClass",
  "ObjectSize"
])

const partsOf = ({ parts }: Content, marker: number, size: number, MaxParts: number): sdk.GetObjectAttributesParts => {
  const rest = parts.map((part, i) => ({ ...part, number: i + 1 })).filter(({ number }) => number > marker)
  const page = rest.slice(0, size)
  // Only a composite checksum goes with those of the parts.
  const hasChecksums = parts.some(({ checksums }) => algorithmsOf(checksums).length > 0)
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts,
    IsTruncated: rest.length > page.length,
    ...(hasChecksums && page.length > 0 && {
      Parts: page.map(({ checksums, number, size }) => ({ PartNumber: number, Size: size, ...checksums }))
    })
  }
}

/** The checksums of an object. A composite one is without the number of parts here. */
const checksumOf = (checksums: Content["checksums"]): sdk.Checksum =>
  Object.fromEntries(Object.entries(checksums).map(([name, value]) => [name, value?.replace(/-\d+$/, "")]))

export const attributeHandlers: Handlers<typeof sdk, State> = {
  GetObjectAttributes: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* readable(versionOf(bucket, input), bucket, context)
    yield* checkCustomerKey(content.encryption, input)
    const wanted: ReadonlyArray<string> = input.ObjectAttributes ?? []
    if (wanted.length === 0) {
      return yield* invalidRequest(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
      )
    }
    const other = wanted.find((name) => !known.has(name))
    if (other !== undefined) {
      return yield* invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", other)
    }
    // S3 ignores a number that can't be.
    const { MaxParts = 0 } = input
    const { answered, size } = yield* pageSizeOf(MaxParts > 0 ? MaxParts : undefined, "max-parts", context)
    const marker = yield* numberMarkerOf(input.PartNumberMarker, "part-number-marker")
    const { checksums, etag, parts } = content
    return {
      LastModified: version.modified,
      ...(bucket.versioning !== undefined && { VersionId: version.id }),
      ...(wanted.includes("ETag") && { ETag: etag }),
      ...(wanted.includes("Checksum") && algorithmsOf(checksums).length > 0 && {
        Checksum: checksumOf(checksums)
      }),
      ...(wanted.includes("ObjectParts") && parts.length > 0 && {
        ObjectParts: partsOf(content, marker, size, answered)
      }),
      ...(wanted.includes("StorageClass") && { StorageClass: storageClassOf(content) }),
      ...(wanted.includes("ObjectSize") && { ObjectSize: content.body.length })
    }
  })
}

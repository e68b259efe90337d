// Lists of objects and of their versions.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { ownerOf } from "./acl.ts"
import { restoreStatus } from "./archive.ts"
import { algorithmsOf } from "./checksums.ts"
import { invalidArgument } from "./faults.ts"
import { entriesFrom, laterKey, pageOf } from "./keys.ts"
import { encodingOf, markerOf, pageSizeOf } from "./listing.ts"
import type { Bucket, Content, State, Version } from "./state.ts"
import { type Found, invalidVersionId, isVersionId, quote, sequenceOf, storageClassOf } from "./versions.ts"

const continuationToken = {
  of: (after: string) => Buffer.from(`1${after}`).toString("base64"),
  read: (given: string) => {
    const text = Buffer.from(given, "base64").toString()
    return text.startsWith("1") && continuationToken.of(text.slice(1)) === given
      ? Effect.succeed(text.slice(1))
      : Effect.fail(invalidArgument("The continuation token provided is incorrect", "continuation-token"))
  }
}

/** An object's entry in a list. */
const summaryOf = (content: Content, time: number, withRestoreStatus: boolean) => ({
  ETag: quote(content.etag),
  ChecksumAlgorithm: algorithmsOf(content.checksums),
  ChecksumType: content.checksums.ChecksumType,
  Size: content.body.length,
  StorageClass: storageClassOf(content),
  ...(withRestoreStatus && restoreStatus(content, time))
})

interface Options {
  readonly after: string | undefined
  readonly prefix: string | undefined
  readonly delimiter: string | undefined
  readonly size: number
  readonly hasOwner: boolean
  readonly hasRestoreStatus: boolean
  readonly encode: (key: string) => string
}

const hasRestoreStatus = (attributes: ReadonlyArray<string> | undefined): boolean =>
  attributes?.includes("RestoreStatus") === true

const currentOf = function*(
  { objects }: Bucket,
  from: string,
  after: string | undefined
): Iterable<Found & { readonly key: string }> {
  for (const [key, [version]] of entriesFrom(objects, from)) {
    if (key !== after && version?.content !== undefined) yield { key, version, content: version.content }
  }
}

/** The common part of ListObjects and ListObjectsV2. */
const listCurrent = Effect.fnUntraced(function*(bucket: Bucket, options: Options) {
  const { after, delimiter, encode, hasOwner, prefix, size } = options
  const { elements, next, prefixes } = pageOf(currentOf(bucket, laterKey(after ?? "", prefix ?? ""), after), {
    after,
    prefix,
    delimiter,
    size,
    keyOf: ({ key }) => key
  })
  const time = yield* Clock.currentTimeMillis
  const Owner = ownerOf(bucket.account)
  return {
    next,
    output: {
      Name: bucket.name,
      Prefix: encode(prefix ?? ""),
      ...(delimiter !== undefined && delimiter !== "" && { Delimiter: encode(delimiter) }),
      IsTruncated: next !== undefined,
      ...(elements.length > 0 && {
        Contents: elements.map(({ content, key, version }): sdk._Object => ({
          Key: encode(key),
          LastModified: version.modified,
          ...summaryOf(content, time, options.hasRestoreStatus),
          ...(hasOwner && { Owner })
        }))
      }),
      ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })) })
    }
  }
})

const versionsOf = function*(
  { objects }: Bucket,
  from: string,
  keyMarker: string | undefined,
  idMarker: string | undefined
): Iterable<{ readonly key: string; readonly version: Version; readonly isLatest: boolean }> {
  for (const [key, versions] of entriesFrom(objects, from)) {
    if (key === keyMarker && idMarker === undefined) continue
    // If the marker's version has been deleted, its id still contains its position. `null` doesn't, so start the key again.
    const after = key !== keyMarker || idMarker === undefined
      ? Infinity
      : versions.find(({ id }) => id === idMarker)?.sequence ?? (idMarker === "null" ? Infinity : sequenceOf(idMarker))
    for (const version of versions) {
      if (version.sequence < after) yield { key, version, isLatest: version === versions[0] }
    }
  }
}

export const listHandlers: Handlers<typeof sdk, State> = {
  ListObjectsV2: Effect.fnUntraced(function*(input, state, context) {
    const { ContinuationToken, Delimiter, EncodingType, FetchOwner = false, Prefix, StartAfter } = input
    const bucket = yield* findBucket(input, state, context)
    const encode = yield* encodingOf(EncodingType)
    const { answered, size } = yield* pageSizeOf(input.MaxKeys, "max-keys", context)
    const { next, output } = yield* listCurrent(bucket, {
      after: ContinuationToken === undefined ? markerOf(StartAfter) : yield* continuationToken.read(ContinuationToken),
      prefix: Prefix,
      delimiter: Delimiter,
      size,
      hasOwner: FetchOwner,
      hasRestoreStatus: hasRestoreStatus(input.OptionalObjectAttributes),
      encode
    })
    return {
      ...output,
      MaxKeys: answered,
      EncodingType,
      KeyCount: (output.Contents?.length ?? 0) + (output.CommonPrefixes?.length ?? 0),
      ...(ContinuationToken !== undefined && { ContinuationToken }),
      ...(ContinuationToken === undefined && StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
      ...(next !== undefined && { NextContinuationToken: continuationToken.of(next) })
    }
  }),

  ListObjects: Effect.fnUntraced(function*(input, state, context) {
    const { Delimiter, EncodingType, Marker, Prefix } = input
    const bucket = yield* findBucket(input, state, context)
    const encode = yield* encodingOf(EncodingType)
    const { answered, size } = yield* pageSizeOf(input.MaxKeys, "max-keys", context)
    const { next, output } = yield* listCurrent(bucket, {
      after: markerOf(Marker),
      prefix: Prefix,
      delimiter: Delimiter,
      size,
      hasOwner: true,
      hasRestoreStatus: hasRestoreStatus(input.OptionalObjectAttributes),
      encode
    })
    return {
      ...output,
      Marker: encode(Marker ?? ""),
      MaxKeys: answered,
      EncodingType,
      // Without a delimiter, the last key is the next marker, so AWS sends none.
      ...(next !== undefined && markerOf(Delimiter) !== undefined && { NextMarker: encode(next) })
    }
  }),

  ListObjectVersions: Effect.fnUntraced(function*(input, state, context) {
    const { Delimiter, EncodingType, KeyMarker, Prefix, VersionIdMarker } = input
    const bucket = yield* findBucket(input, state, context)
    const encode = yield* encodingOf(EncodingType)
    const { answered, size } = yield* pageSizeOf(input.MaxKeys, "max-keys", context)
    const after = markerOf(KeyMarker)
    const idMarker = markerOf(VersionIdMarker)
    if (idMarker !== undefined && after === undefined) {
      return yield* invalidArgument(
        "A version-id marker cannot be specified without a key marker.",
        "version-id-marker",
        idMarker
      )
    }
    if (idMarker !== undefined && !isVersionId(idMarker)) return yield* invalidVersionId(idMarker)
    const { elements, last, next, prefixes } = pageOf(
      versionsOf(bucket, laterKey(after ?? "", Prefix ?? ""), after, idMarker),
      { after, prefix: Prefix, delimiter: Delimiter, size, keyOf: ({ key }) => key }
    )
    const time = yield* Clock.currentTimeMillis
    const withRestoreStatus = hasRestoreStatus(input.OptionalObjectAttributes)
    const Owner = ownerOf(bucket.account)
    const entries = elements.map(({ isLatest, key, version }) => ({
      content: version.content,
      entry: {
        Key: encode(key),
        VersionId: version.id,
        IsLatest: isLatest,
        LastModified: version.modified,
        Owner
      }
    }))
    const Versions = entries.flatMap(({ content, entry }): Array<sdk.ObjectVersion> =>
      content === undefined
        ? []
        : [{ ...entry, ...summaryOf(content, time, withRestoreStatus) as sdk.ObjectVersion }]
    )
    const DeleteMarkers = entries.flatMap(({ content, entry }) => content === undefined ? [entry] : [])
    return {
      Name: bucket.name,
      Prefix: encode(Prefix ?? ""),
      KeyMarker: encode(KeyMarker ?? ""),
      VersionIdMarker: VersionIdMarker ?? "",
      MaxKeys: answered,
      EncodingType,
      ...(markerOf(Delimiter) !== undefined && { Delimiter: encode(Delimiter!) }),
      IsTruncated: next !== undefined,
      ...(next !== undefined && { NextKeyMarker: encode(next) }),
      ...(next !== undefined && last !== undefined && { NextVersionIdMarker: last.version.id }),
      ...(Versions.length > 0 && { Versions }),
      ...(DeleteMarkers.length > 0 && { DeleteMarkers }),
      ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })) })
    }
  })
}

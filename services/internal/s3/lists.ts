// Lists of objects and of their versions.
import {
  type _Object,
  type DeleteMarkerEntry,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ObjectVersion
} from "@aws-sdk/client-s3"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import type { BucketDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readMembers, readPages } from "../../../src/internal/members.ts"
import { mapListErrors } from "./failures.ts"
import { check, concurrencyProblem } from "./invalid.ts"
import { advance, cutLargest, finish, type KeyRange, wholeRange } from "./keyRanges.ts"
import { compareKeys, urlEncoded } from "./keys.ts"
import { S3DeleteMarker, S3Object, S3ObjectVersion, S3Prefix } from "./models.ts"
import type { ListOptions } from "./options.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"

const toObject = ({ ETag, Key, LastModified, Size, StorageClass }: _Object, need: Need): S3Object =>
  new S3Object({
    key: need(Key, "Key"),
    size: need(Size, "Size"),
    etag: need(ETag, "ETag"),
    lastModified: need(LastModified, "LastModified"),
    ...(StorageClass !== undefined && { storageClass: StorageClass })
  })

const operation = { service: "S3", operation: "ListObjectsV2" }

/** An answer that isn't what this library builds on. */
export const unreadable = (code: string, description: string, advice: string) =>
  AwsClients.use(({ config: { region } }) => {
    const reason = new Reason.Unreadable({ code, description, isRetryable: false, advice })
    return Effect.fail(new AwsError({ ...operation, region, reason }))
  })

const unsorted = unreadable(
  "KeysNotSorted",
  "the keys of the list aren't sorted by their UTF-8 bytes, so it can't be cut into ranges",
  "List this bucket without `concurrency`."
)

/** Somebody may delete what a list of a prefix names. */
const checkPrefix = (prefix: string) => ({ Contents = [] }: ListObjectsV2CommandOutput) =>
  Contents.every(({ Key = prefix }) => Key.startsWith(prefix)) ? Effect.void : unreadable(
    "PrefixIgnored",
    `the list has keys that don't start with the prefix ${JSON.stringify(prefix)}`,
    "Check that the endpoint is AWS's."
  )

const pagesOf = (bucket: string, { expectedOwner, prefix, startAfter }: ListOptions, delimiter?: string) =>
  s3.pages(
    urlEncoded(
      new ListObjectsV2Command(given({
        Bucket: bucket,
        Prefix: prefix,
        StartAfter: startAfter,
        Delimiter: delimiter,
        ExpectedBucketOwner: expectedOwner
      }))
    )
  ).pipe(Stream.tap(checkPrefix(prefix ?? "")))

/** The entries of two sorted lists, sorted. */
const merge = <A, B>(
  as: ReadonlyArray<A>,
  bs: ReadonlyArray<B>,
  isBefore: (a: A, b: B) => boolean
): ReadonlyArray<A | B> => {
  if (bs.length === 0) return as
  const merged: Array<A | B> = []
  let at = 0
  for (const a of as) {
    while (at < bs.length && !isBefore(a, bs[at]!)) merged.push(bs[at++]!)
    merged.push(a)
  }
  return [...merged, ...bs.slice(at)]
}

const isSorted = (before: string | undefined, objects: ReadonlyArray<S3Object>): boolean => {
  let last = before
  return objects.every(({ key }) => {
    const isRight = last === undefined || last < key || compareKeys(last, key) < 0
    last = key
    return isRight
  })
}

/** What a page has of a range, and whether nothing of the range comes after it. */
const inRange = Effect.fnUntraced(function*(range: KeyRange, page: ListObjectsV2CommandOutput) {
  const objects = yield* readMembers(
    operation,
    page,
    ({ Contents = [] }, need) => Contents.map((object) => toObject(object, need))
  )
  const first = objects[0]?.key
  if (!isSorted(range.last ?? range.after, objects)) return yield* unsorted
  const { end } = range
  const beyond = end === undefined || compareKeys(objects.at(-1)?.key ?? "", end) <= 0
    ? -1
    : objects.findIndex(({ key }) => compareKeys(key, end) > 0)
  const inside = beyond === -1 ? objects : objects.slice(0, beyond)
  const isLast = beyond !== -1 || page.NextContinuationToken === undefined
  if (first !== undefined && inside.length > 0) advance(range, first, inside.at(-1)!.key)
  if (isLast) finish(range)
  return { isLast, objects: inside }
})

/** Lists ranges of the keys side by side. Whenever fewer of them than `concurrency` are left, it cuts the largest one. */
const listRanges = (bucket: string, options: ListOptions, concurrency: number) =>
  Stream.unwrap(Effect.gen(function*() {
    const changed = yield* Queue.sliding<void>(1)
    const whole = wholeRange(options.prefix ?? "", options.startAfter)
    const ranges = new Set<KeyRange>()
    // A cut costs a call that may find nothing, so there are no more cuts than pages.
    let cutsLeft = 2 * concurrency
    const next = Effect.gen(function*() {
      while (ranges.size > 0) {
        const upper = cutsLeft > 0 ? cutLargest(ranges) : undefined
        if (upper !== undefined) {
          cutsLeft--
          ranges.add(upper)
          return [upper, undefined] as const
        }
        yield* Queue.take(changed)
      }
      return undefined
    })
    const list = (range: KeyRange) =>
      pagesOf(bucket, { ...options, startAfter: range.after }).pipe(
        Stream.mapEffect((page) => inRange(range, page)),
        Stream.tap(() =>
          Effect.sync(() => {
            cutsLeft++
            Queue.offerUnsafe(changed, undefined)
          })
        ),
        Stream.takeUntil(({ isLast }) => isLast),
        Stream.map(({ objects }) => objects),
        Stream.filter(Arr.isArrayNonEmpty),
        Stream.flattenArray,
        Stream.ensuring(Effect.sync(() => {
          ranges.delete(range)
          Queue.offerUnsafe(changed, undefined)
        }))
      )
    ranges.add(whole)
    return Stream.concat(Stream.make(whole), Stream.unfold(undefined, () => next)).pipe(
      Stream.flatMap(list, { concurrency, bufferSize: concurrency })
    )
  }))

/** The keys of a directory bucket aren't sorted, and it doesn't list from a key on. */
export const isDirectoryBucket = (bucket: string): boolean => bucket.endsWith("--x-s3")

export const listObjects: {
  (
    bucket: string,
    options: ListOptions & { readonly delimiter: string }
  ): Stream.Stream<S3Object | S3Prefix, BucketDoesNotExist | AwsError, AwsClients>
  (
    bucket: string,
    options?: ListOptions & { readonly concurrency?: number | undefined }
  ): Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients>
} = (
  bucket: string,
  options: ListOptions & { readonly concurrency?: number | undefined; readonly delimiter?: string | undefined } = {}
): Stream.Stream<any, BucketDoesNotExist | AwsError, AwsClients> => {
  const { concurrency = 1, delimiter } = options
  const isParallel = concurrency > 1 && delimiter === undefined && !isDirectoryBucket(bucket)
  const list: Stream.Stream<S3Object | S3Prefix, AwsError, AwsClients> = isParallel
    ? listRanges(bucket, options, concurrency)
    : readPages(
      operation,
      pagesOf(bucket, options, delimiter),
      // S3 leaves a list out if it's empty.
      ({ CommonPrefixes = [], Contents = [] }, need) =>
        merge(
          Contents.map((object) => toObject(object, need)),
          CommonPrefixes.map(({ Prefix }) => new S3Prefix({ prefix: need(Prefix, "Prefix") })),
          ({ key }, { prefix }) => compareKeys(key, prefix) < 0
        )
    )
  return Stream.unwrap(
    Effect.as(check(operation.operation, concurrencyProblem(options.concurrency)), mapListErrors(bucket)(list))
  )
}

const toVersion = ({ IsLatest, StorageClass, ...version }: ObjectVersion, need: Need): S3ObjectVersion =>
  new S3ObjectVersion({
    key: need(version.Key, "Key"),
    // A store without versioning may leave it out.
    versionId: version.VersionId ?? "null",
    isLatest: need(IsLatest, "IsLatest"),
    size: need(version.Size, "Size"),
    etag: need(version.ETag, "ETag"),
    lastModified: need(version.LastModified, "LastModified"),
    ...(StorageClass !== undefined && { storageClass: StorageClass })
  })

const toMarker = ({ IsLatest, Key, LastModified, VersionId }: DeleteMarkerEntry, need: Need): S3DeleteMarker =>
  new S3DeleteMarker({
    key: need(Key, "Key"),
    versionId: need(VersionId, "VersionId"),
    isLatest: need(IsLatest, "IsLatest"),
    lastModified: need(LastModified, "LastModified")
  })

export const listObjectVersions = (
  bucket: string,
  { expectedOwner, prefix }: Omit<ListOptions, "startAfter"> = {}
): Stream.Stream<S3ObjectVersion | S3DeleteMarker, BucketDoesNotExist | AwsError, AwsClients> =>
  mapListErrors(bucket)(readPages(
    { service: "S3", operation: "ListObjectVersions" },
    s3.pages(
      urlEncoded(
        new ListObjectVersionsCommand(given({ Bucket: bucket, Prefix: prefix, ExpectedBucketOwner: expectedOwner }))
      )
    ),
    ({ DeleteMarkers = [], Versions = [] }, need) =>
      merge(
        Versions.map((version) => toVersion(version, need)),
        DeleteMarkers.map((marker) => toMarker(marker, need)),
        (version, marker) => {
          const order = compareKeys(version.key, marker.key)
          if (order !== 0) return order < 0
          // S3 has two lists, and only the time says which of two versions is the newer one.
          return version.isLatest || (!marker.isLatest && version.lastModified >= marker.lastModified)
        }
      )
  ))

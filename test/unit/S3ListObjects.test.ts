// Lists of objects as the library gives them: sorted, by folders, and in ranges side by side.
import { DeleteObjectCommand, ListObjectsV2Command, PutBucketVersioningCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { advance, cutLargest, finish, wholeRange } from "../../services/internal/s3/keyRanges.ts"
import { bucket, codeOf, countCalls, create, put } from "../support/s3.ts"

// Among them characters that UTF-16 sorts otherwise than UTF-8, that XML can't carry, and the first and the last ones.
const Character = Schema.Literals([
  ..."ab/0189AZ~ %+ü",
  "\u0001",
  "\u007f",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{1F600}",
  "\u{10ffff}"
])
const Key = Schema.Array(Character).check(Schema.isMinLength(1), Schema.isMaxLength(6))
const Keys = Schema.Array(Key).check(Schema.isMaxLength(40))

const keysOf = <E, R>(list: Stream.Stream<S3.S3Object, E, R>) =>
  Effect.map(Stream.runCollect(list), (objects) => objects.map(({ key }) => key))

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** How many of the sorted keys come up to this one. */
const placeAfter = (keys: ReadonlyArray<string>, after: string) => {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! <= after) low = middle + 1
    else high = middle
  }
  return low
}

const PAGE = 1_000

/** A bucket that has these sorted keys, and answers as S3 does. Succeeds with the number of calls so far. */
const bucketOf = (keys: ReadonlyArray<string>) => {
  let calls = 0
  const handled = InMemory.handle(ListObjectsV2Command, ({ ContinuationToken, StartAfter }) => {
    calls++
    const from = ContinuationToken === undefined ? placeAfter(keys, StartAfter ?? "") : Number(ContinuationToken)
    const to = from + PAGE
    return Effect.succeed({
      Contents: keys.slice(from, to).map((Key) => ({ Key, Size: 1, ETag: "\"e\"", LastModified: new Date(0) })),
      IsTruncated: to < keys.length,
      ...(to < keys.length && { NextContinuationToken: String(to) })
    })
  })
  return Effect.as(handled, () => calls)
}

const digits = (n: number, length: number) => String(n).padStart(length, "0")
const hash = (n: number) => Math.imul(n + 1, 2_654_435_761) >>> 0

/** Keys as programs have them. They are ASCII, which JavaScript sorts as S3 does. */
const shapes: Readonly<Record<string, (i: number) => string>> = {
  "numbers": (i) => `logs/2026/11/05/part-${digits(i, 9)}.log.gz`,
  "hashes": (i) => `${hash(i).toString(16).padStart(8, "0")}-${i}`,
  "dates": (i) => `elb/${new Date(1.7e12 + i * 60_000).toISOString().replace("T", "/")}-${hash(i)}`,
  "folders": (i) => `app/year=${2000 + i % 20}/month=${digits(i % 12, 2)}/day=${digits(i % 28, 2)}/${hash(i)}`,
  "a folder for each object": (i) => `users/${hash(i)}/profile.json`,
  "one large folder": (i) => i % 1_000 === 0 ? `${hash(i).toString(36)}/x` : `data/${digits(i, 7)}`,
  "a long common start": (i) => `${"x".repeat(900)}${digits(i, 6)}`,
  "one letter more each": (i) => `${"a".repeat(i % 900 + 1)}${digits(i, 6)}`
}

const keysIn = (shape: string, count: number) =>
  [...new Set(Array.from({ length: count }, (_, i) => shapes[shape]!(i)))].sort()

describe("listObjects with concurrency", () => {
  it.effect.prop(
    "gives the same objects as without, whatever the keys, the prefix and the start are",
    {
      texts: Keys,
      prefix: Schema.Array(Character).check(Schema.isMaxLength(1)),
      startAfter: Schema.Array(Character).check(Schema.isMaxLength(2)),
      concurrency: Schema.Literals([2, 3, 16])
    },
    ({ concurrency, prefix, startAfter, texts }) =>
      Effect.gen(function*() {
        yield* create
        yield* Effect.forEach(texts, (text) => put(text.join(""), ""))
        const options = {
          ...(prefix.length > 0 && { prefix: prefix.join("") }),
          ...(startAfter.length > 0 && { startAfter: startAfter.join("") })
        }
        const expected = yield* keysOf(S3.listObjects(bucket, options))
        const actual = yield* keysOf(S3.listObjects(bucket, { ...options, concurrency }))
        assert.deepEqual(
          actual.toSorted(compare),
          expected
        )
      }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 })))
  )

  for (const shape of Object.keys(shapes)) {
    it.effect(`lists ${shape} with at most twice as many calls as there are pages`, () =>
      Effect.gen(function*() {
        const concurrency = 8
        const keys = keysIn(shape, 20_000)
        yield* create
        const calls = yield* bucketOf(keys)
        const found = yield* keysOf(S3.listObjects(bucket, { concurrency }))
        assert.deepEqual(found.toSorted(compare), keys)
        assert.isAtMost(calls(), 2 * (keys.length / PAGE + concurrency))
      }).pipe(Effect.provide(InMemory.layer())), 60_000)
  }

  it.effect("makes one call for a bucket of one page, and fetches no page that isn't consumed", () =>
    Effect.gen(function*() {
      yield* create
      const few = yield* bucketOf(keysIn("hashes", 1_000))
      yield* Stream.runDrain(S3.listObjects(bucket, { concurrency: 16 }))
      assert.strictEqual(few(), 1)
      const many = yield* bucketOf(keysIn("hashes", 20_000))
      yield* Stream.runDrain(Stream.take(S3.listObjects(bucket, { concurrency: 4 }), 1))
      assert.isAtMost(many(), 4)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with PrefixIgnored on a store that lists keys without the prefix, so that nobody deletes them", () =>
    Effect.gen(function*() {
      yield* create
      const object = { Size: 1, ETag: "\"e\"", LastModified: new Date(0) }
      yield* InMemory.handle(
        ListObjectsV2Command,
        () => Effect.succeed({ Contents: [{ ...object, Key: "in/a" }, { ...object, Key: "out/b" }] })
      )
      for (const options of [{ prefix: "in/" }, { prefix: "in/", concurrency: 2 }]) {
        assert.strictEqual(yield* codeOf(S3.deleteObjects(bucket, S3.listObjects(bucket, options))), "PrefixIgnored")
      }
      assert.strictEqual(yield* countCalls("DeleteObjects"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with KeysNotSorted on a store that sorts its keys in another way", () =>
    Effect.gen(function*() {
      yield* create
      yield* bucketOf(["b", "a"])
      assert.strictEqual(yield* codeOf(Stream.runDrain(S3.listObjects(bucket, { concurrency: 2 }))), "KeysNotSorted")
      assert.deepEqual(yield* keysOf(S3.listObjects(bucket)), ["b", "a"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with BucketDoesNotExist for a missing bucket", () =>
    Effect.gen(function*() {
      for (const options of [{}, { concurrency: 4 }]) {
        assert.strictEqual(yield* codeOf(Stream.runDrain(S3.listObjects(bucket, options))), "BucketDoesNotExist")
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a range", () => {
  /** How many rounds it takes to list keys, if every range gets a page per round. */
  const roundsFor = (keys: ReadonlyArray<string>, concurrency: number) => {
    const ranges = new Map([[wholeRange("", undefined), 0]])
    let [rounds, found] = [0, 0]
    for (; ranges.size > 0; rounds++) {
      for (const [range, from] of Array.from(ranges)) {
        const page = keys.slice(from, from + PAGE)
        const inside = page.filter((key) => range.end === undefined || key <= range.end)
        found += inside.length
        if (inside.length > 0) advance(range, inside[0]!, inside.at(-1)!)
        if (inside.length === page.length && from + PAGE < keys.length) ranges.set(range, from + PAGE)
        else {
          finish(range)
          ranges.delete(range)
        }
      }
      while (ranges.size < concurrency) {
        const upper = cutLargest(ranges.keys())
        if (upper === undefined) break
        ranges.set(upper, placeAfter(keys, upper.after!))
      }
    }
    assert.strictEqual(found, keys.length)
    return rounds
  }

  for (const shape of Object.keys(shapes).filter((shape) => shape !== "one letter more each")) {
    it(`is cut so that 16 at once list ${shape} at least four times as fast`, () => {
      const keys = keysIn(shape, 200_000)
      assert.isAtMost(roundsFor(keys, 16), keys.length / PAGE / 4)
    })
  }
})

describe("listObjects with a delimiter", () => {
  it.effect.prop(
    "gives the objects of a folder and its subfolders, sorted together",
    { texts: Keys, prefix: Schema.Literals(["", "a", "a/"]), delimiter: Schema.Literals(["/", "a", "b/"]) },
    ({ delimiter, prefix, texts }) =>
      Effect.gen(function*() {
        yield* create
        const keys = [...new Set(texts.map((text) => text.join("")))]
        yield* Effect.forEach(keys, (key) => put(key, ""))
        const entries = yield* Stream.runCollect(S3.listObjects(bucket, { prefix, delimiter }))
        const expected = keys.filter((key) => key.startsWith(prefix)).map((key) => {
          const end = key.indexOf(delimiter, prefix.length)
          return end === -1 ? `object ${key}` : `prefix ${key.slice(0, end + delimiter.length)}`
        })
        assert.deepEqual(
          entries.map((entry) => entry._tag === "S3Object" ? `object ${entry.key}` : `prefix ${entry.prefix}`),
          [...new Set(expected)].toSorted((a, b) => compare(a.slice(7), b.slice(7)))
        )
      }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 })))
  )
})

describe("listObjectVersions", () => {
  it.effect.prop(
    "gives all versions and delete markers, sorted by key, and deleteObjects deletes them",
    { texts: Keys, deleted: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 39 }))) },
    ({ deleted, texts }) =>
      Effect.gen(function*() {
        yield* create
        const keys = texts.map((text) => text.join(""))
        yield* Effect.forEach(keys.slice(0, 3), (key) => put(key, ""))
        yield* S3.send(
          new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
        )
        const latest = new Map<string, string | undefined>(keys.slice(0, 3).map((key) => [key, "null"]))
        for (const key of keys) latest.set(key, (yield* put(key, "")).VersionId)
        const markers = new Set<string>()
        for (const key of deleted.flatMap((i) => keys[i] ?? [])) {
          const { VersionId } = yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
          latest.set(key, VersionId)
          markers.add(VersionId!)
        }
        const entries = yield* Stream.runCollect(S3.listObjectVersions(bucket))
        assert.lengthOf(entries, new Set(keys.slice(0, 3)).size + keys.length + markers.size)
        assert.deepEqual(entries.map(({ key }) => key), entries.map(({ key }) => key).toSorted(compare))
        for (const { _tag, isLatest, key, versionId } of entries) {
          assert.strictEqual(isLatest, latest.get(key) === versionId)
          assert.strictEqual(_tag, markers.has(versionId) ? "S3DeleteMarker" : "S3ObjectVersion")
        }
        for (const [i, { isLatest, key }] of entries.entries()) {
          assert.strictEqual(isLatest, entries[i - 1]?.key !== key, "the latest version of a key comes first")
        }
        assert.strictEqual(yield* S3.deleteObjects(bucket, S3.listObjectVersions(bucket)), entries.length)
        assert.isEmpty(yield* Stream.runCollect(S3.listObjectVersions(bucket)))
      }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 })))
  )

  it.effect("lists only the versions of a prefix, and fails with BucketDoesNotExist for a missing bucket", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(Stream.runDrain(S3.listObjectVersions(bucket))), "BucketDoesNotExist")
      yield* create
      yield* Effect.forEach(["a", "b/1", "b/2"], (key) => put(key))
      const entries = yield* Stream.runCollect(S3.listObjectVersions(bucket, { prefix: "b/" }))
      assert.deepEqual(entries.map(({ key, versionId }) => `${key} ${versionId}`), ["b/1 null", "b/2 null"])
    }).pipe(Effect.provide(InMemory.layer())))
})

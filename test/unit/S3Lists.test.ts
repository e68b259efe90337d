// Lists of the in-memory S3 against a simple model: sort, filter, group by common prefix, cut into pages.
import {
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { bucket, create, put } from "../support/s3.ts"

// Among them a character beyond the BMP, which UTF-16 sorts elsewhere than UTF-8, and what percent-encoding changes.
const Text = Schema.Array(Schema.Literals(["a", "b", "/", "/", "%", "+", " ", "=", "ü", "\uFF5E", "\u{1F600}"]))
const Query = Schema.Struct({
  prefix: Text.check(Schema.isMaxLength(2)),
  after: Text.check(Schema.isMaxLength(3)),
  delimiter: Schema.Literals(["", "/", "a", "/b"]),
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  isEncoded: Schema.Boolean
})
const Keys = Schema.Array(Text.check(Schema.isMinLength(1), Schema.isMaxLength(5))).check(Schema.isMaxLength(14))

interface Page {
  readonly keys: ReadonlyArray<string>
  readonly prefixes: ReadonlyArray<string>
}

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The pages of these keys, which may be there several times, once for each version. */
const model = (
  keys: ReadonlyArray<string>,
  { after, delimiter, prefix, size }: Readonly<Record<"after" | "delimiter" | "prefix", string>> & {
    readonly size: number
  }
): ReadonlyArray<Page> => {
  const found = keys.filter((key) => key.startsWith(prefix) && compare(key, after) > 0).toSorted(compare)
  const entries: Array<Page> = []
  for (const key of found) {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
    const group = key.slice(0, end + delimiter.length)
    if (end === -1) entries.push({ keys: [key], prefixes: [] })
    else if (!after.startsWith(group) && entries.at(-1)?.prefixes[0] !== group) {
      entries.push({ keys: [], prefixes: [group] })
    }
  }
  const pages: Array<Page> = []
  for (let at = 0; at === 0 || at < entries.length; at += size) {
    const page = entries.slice(at, at + size)
    pages.push({ keys: page.flatMap(({ keys }) => keys), prefixes: page.flatMap(({ prefixes }) => prefixes) })
  }
  return pages
}

const decoded = (text: string | undefined, isEncoded: boolean): string =>
  isEncoded ? decodeURIComponent((text ?? "").replaceAll("+", " ")) : text ?? ""

interface Answer {
  readonly keys: ReadonlyArray<string | undefined>
  readonly prefixes: ReadonlyArray<string | undefined>
  /** What to send with the next request; nothing on the last page. */
  readonly next: object | undefined
}

const walk = Effect.fnUntraced(function*<E, R>(
  isEncoded: boolean,
  first: object,
  page: (markers: object) => Effect.Effect<Answer, E, R>
) {
  const pages: Array<Page> = []
  for (let markers: object | undefined = first; markers !== undefined;) {
    const { keys, next, prefixes }: Answer = yield* page(markers)
    pages.push({
      keys: keys.map((key) => decoded(key, isEncoded)),
      prefixes: prefixes.map((prefix) => decoded(prefix, isEncoded))
    })
    markers = next
  }
  return pages
})

const inputOf = ({ delimiter, isEncoded, prefix, size }: typeof Query.Type) => ({
  Bucket: bucket,
  Prefix: prefix.join(""),
  Delimiter: delimiter,
  MaxKeys: size,
  ...(isEncoded && { EncodingType: "url" as const })
})

const keysOf = (list: ReadonlyArray<{ readonly Key?: string | undefined }> = []) => list.map(({ Key }) => Key)
const prefixesOf = (list: ReadonlyArray<{ readonly Prefix?: string | undefined }> = []) =>
  list.map(({ Prefix }) => Prefix)

describe("a list of objects", () => {
  it.effect.prop(
    "has the pages of the model, whatever its prefix, delimiter, marker, encoding and page size",
    { texts: Keys, query: Query },
    ({ query, texts }) =>
      Effect.gen(function*() {
        yield* create
        const keys = [...new Set(texts.map((text) => text.join("")))]
        yield* Effect.forEach(keys, (key) => put(key, ""))
        const input = inputOf(query)
        const { isEncoded } = query
        const after = query.after.join("")
        const expected = model(keys, { ...query, prefix: input.Prefix, after })
        const second = yield* walk(isEncoded, { StartAfter: after }, (markers) =>
          Effect.map(S3.send(new ListObjectsV2Command({ ...input, ...markers })), (page) => ({
            keys: keysOf(page.Contents),
            prefixes: prefixesOf(page.CommonPrefixes),
            next: page.NextContinuationToken === undefined
              ? undefined
              : { ContinuationToken: page.NextContinuationToken }
          })))
        assert.deepEqual(second, expected)
        const first = yield* walk(isEncoded, { Marker: after }, (markers) =>
          Effect.map(S3.send(new ListObjectsCommand({ ...input, ...markers })), (page) => ({
            keys: keysOf(page.Contents),
            prefixes: prefixesOf(page.CommonPrefixes),
            next: page.IsTruncated === true
              ? { Marker: decoded(page.NextMarker ?? page.Contents?.at(-1)?.Key, isEncoded) }
              : undefined
          })))
        assert.deepEqual(first, expected)
      }).pipe(Effect.provide(InMemory.layer()))
  )
})

describe("a list of versions", () => {
  it.effect.prop(
    "has the pages of the model, the newest version of a key first",
    {
      texts: Keys,
      deleted: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 13 }))),
      query: Query
    },
    ({ deleted, query, texts }) =>
      Effect.gen(function*() {
        yield* create
        yield* S3.send(
          new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
        )
        const keys = texts.map((text) => text.join(""))
        const ids = new Map<string, Array<string | undefined>>()
        const remember = (key: string, id: string | undefined) => ids.set(key, [id, ...ids.get(key) ?? []])
        for (const key of keys) remember(key, (yield* put(key, "")).VersionId)
        for (const key of deleted.flatMap((i) => keys[i] ?? [])) {
          remember(key, (yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))).VersionId)
        }
        const input = inputOf(query)
        const { isEncoded } = query
        const versions: Array<{ readonly key: string; readonly id: string | undefined; readonly isLatest: boolean }> =
          []
        const pages = yield* walk(isEncoded, {}, (markers) =>
          Effect.map(S3.send(new ListObjectVersionsCommand({ ...input, ...markers })), (page) => {
            const entries = [...page.Versions ?? [], ...page.DeleteMarkers ?? []]
              .map(({ IsLatest, Key, VersionId }) => ({
                key: decoded(Key, isEncoded),
                id: VersionId,
                isLatest: IsLatest === true
              }))
            versions.push(...entries)
            return {
              keys: entries.map(({ key }) =>
                isEncoded ? encodeURIComponent(key) : key
              ).toSorted((a, b) => compare(decoded(a, isEncoded), decoded(b, isEncoded))),
              prefixes: prefixesOf(page.CommonPrefixes),
              next: page.IsTruncated === true
                ? { KeyMarker: decoded(page.NextKeyMarker, isEncoded), VersionIdMarker: page.NextVersionIdMarker }
                : undefined
            }
          }))
        const all = [...ids].flatMap(([key, list]) =>
          list.map(() =>
            key
          )
        )
        assert.deepEqual(pages, model(all, { ...query, prefix: input.Prefix, after: "" }))
        for (const key of new Set(versions.map(({ key }) => key))) {
          const listed = versions.filter((version) => version.key === key)
          assert.sameMembers(listed.map(({ id }) => id), ids.get(key)!)
          assert.deepEqual(listed.filter(({ isLatest }) => isLatest).map(({ id }) => id), [ids.get(key)![0]])
        }
      }).pipe(Effect.provide(InMemory.layer()))
  )
})

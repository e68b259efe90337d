// Whether a file has the content of an object, by the checksum that S3 has of the object.
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { AwsError } from "../../../errors/internal/awsError.ts"
import type { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { partsOfChecksum } from "./checksums.ts"
import { loadDigest, type MakeDigest } from "./digests.ts"
import { openToRead } from "./files.ts"
import { type HeadError, sendHead } from "./head.ts"
import { checksums } from "./headResults.ts"
import type { ObjectChecksum, ObjectHead } from "./objectHead.ts"
import type { ReadOptions } from "./options.ts"

/** The object that a file is compared with. */
export interface Subject {
  readonly bucket: string
  readonly key: string
  /** What pins the object, so that a change of it doesn't count as a difference of the file. */
  readonly options: ReadOptions
  readonly size: number
  readonly checksum: ObjectChecksum
}

/** What a file is read by: it fills the buffer with the bytes from `start` on. */
export interface Readable<E> {
  readonly fill: (buffer: Buffer, start: number) => Effect.Effect<unknown, E>
}

/**
 * - `same`: the checksum of the file is that of the object.
 * - `different`: it is another one, `actual`.
 * - `unknown`: S3 doesn't tell enough to compare the two.
 */
export type Verdict =
  | { readonly _tag: "same" }
  | { readonly _tag: "different"; readonly actual: string }
  | { readonly _tag: "unknown" }

const unknown: Verdict = { _tag: "unknown" }

/** The sizes of the parts that a checksum is made of. */
interface Layout {
  readonly sizes: ReadonlyArray<number>
  /** Whether S3 told all of them. Otherwise only the first is known, and the others are as they almost always are. */
  readonly isExact: boolean
}

type PartHead = Pick<HeadObjectCommandOutput, "ContentLength" | "PartsCount">

/**
 * What S3 tells of one part: nothing if the store doesn't know parts. Such a store may say that the object isn't there, so it
 * is asked for the object then.
 */
const headOfPart = ({ bucket, key, options }: Subject, number: number) => {
  const none = Effect.succeed<PartHead>({})
  const askedAgain = () => Effect.andThen(sendHead(bucket, key, options), none)
  return sendHead(bucket, key, options, number).pipe(
    Effect.catchTags({ ObjectDoesNotExist: askedAgain, PreconditionFailed: askedAgain }),
    Effect.catchIf(
      (error) => AwsError.isAwsError(error) && ["AccessDenied", "Rejected"].includes(error.reason._tag),
      () => none
    )
  )
}

const HEAD_CONCURRENCY = 10

/** The most that S3 allows. An answer that tells of more isn't S3's. */
const MAX_PARTS = 10_000

const sum = (sizes: ReadonlyArray<number>): number => sizes.reduce((sum, size) => sum + size, 0)

const exactLayout = Effect.fnUntraced(function*(
  subject: Subject,
  count: number
): Effect.fn.Return<Layout | undefined, HeadError, AwsClients> {
  if (count > Math.min(subject.size, MAX_PARTS)) return undefined
  const sizes = yield* Effect.forEach(
    Array.from({ length: count }, (_, i) => i + 1),
    (number) => Effect.map(headOfPart(subject, number), ({ ContentLength = 0 }) => ContentLength),
    { concurrency: HEAD_CONCURRENCY }
  )
  return sum(sizes) === subject.size ? { sizes, isExact: true } : undefined
})

/** Parts of this size, and a last one that has the rest. */
const evenSizes = (size: number, partSize: number, count: number): ReadonlyArray<number> | undefined =>
  partSize > 0 && Math.ceil(size / partSize) === count
    ? Array.from({ length: count }, (_, i) => Math.min(partSize, size - i * partSize))
    : undefined

/** One request finds out: most programs cut all parts alike. Only if that doesn't explain the checksum is each part asked for. */
const layoutOf = Effect.fnUntraced(function*(
  subject: Subject
): Effect.fn.Return<Layout | undefined, HeadError, AwsClients> {
  const { checksum: { type, value }, size } = subject
  if (type === "FULL_OBJECT" || partsOfChecksum(value) === 1) return { sizes: [size], isExact: true }
  const first = yield* headOfPart(subject, 1)
  const count = partsOfChecksum(value) ?? first.PartsCount
  if (first.ContentLength === undefined || count === undefined) return undefined
  const sizes = evenSizes(size, first.ContentLength, count)
  return sizes === undefined ? yield* exactLayout(subject, count) : { sizes, isExact: false }
})

/** In bytes. Large enough to be cheap, and small enough to let other work run in between. */
const READ_SIZE = 512 * 2 ** 10

/** The checksum of a file, as S3 would write it. `until` waits until the file has its bytes up to a position. */
const digestFile = Effect.fnUntraced(function*<E, E2>(
  file: Readable<E>,
  make: MakeDigest,
  { checksum: { type, value } }: Subject,
  sizes: ReadonlyArray<number>,
  until: (end: number) => Effect.Effect<void, E2>
): Effect.fn.Return<string, E | E2> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(READ_SIZE, Math.max(...sizes.slice(0, 2), 1)))
  const digests: Array<Buffer> = []
  let at = 0
  for (const size of sizes) {
    const digest = make()
    const end = at + size
    while (at < end) {
      const next = buffer.subarray(0, Math.min(buffer.length, end - at))
      yield* until(at + next.length)
      yield* file.fill(next, at)
      digest.update(next)
      at += next.length
    }
    digests.push(digest.finish())
  }
  if (type === "FULL_OBJECT") return digests[0]!.toString("base64")
  const composite = make()
  composite.update(Buffer.concat(digests))
  const text = composite.finish().toString("base64")
  return partsOfChecksum(value) === undefined ? text : `${text}-${sizes.length}`
})

/** Compares a file with an object. `until` waits until the file has its bytes up to a position, while it is being written. */
export const verify = Effect.fnUntraced(function*<E, E2 = never>(
  file: Readable<E>,
  subject: Subject,
  until: (end: number) => Effect.Effect<void, E2> = () => Effect.void
): Effect.fn.Return<Verdict, E | E2 | HeadError, AwsClients> {
  const loading = loadDigest(subject.checksum.algorithm)
  if (loading === undefined) return unknown
  const make = yield* Effect.promise(() => loading)
  const likely = yield* layoutOf(subject)
  if (likely === undefined) return unknown
  const compare = (sizes: ReadonlyArray<number>) =>
    Effect.map(
      digestFile(file, make, subject, sizes, until),
      (actual): Verdict => actual === subject.checksum.value ? { _tag: "same" } : { _tag: "different", actual }
    )
  const verdict = yield* compare(likely.sizes)
  if (verdict._tag === "same" || likely.isExact) return verdict
  const exact = yield* exactLayout(subject, likely.sizes.length)
  if (exact === undefined) return unknown
  return exact.sizes.every((size, i) => size === likely.sizes[i]) ? verdict : yield* compare(exact.sizes)
})

/**
 * The ETag of an object as a checksum: it is the MD5 of the bytes, or of the MD5s of the parts, unless the object is encrypted
 * by KMS or by the caller's key. Other stores than S3 may have other ETags, so only a match means anything there.
 */
const checksumOfEtag = ({ encryption, etag, partsCount }: ObjectHead): ObjectChecksum | undefined => {
  const [, hex, parts] = /^"?([0-9a-f]{32})(?:-(\d+))?"?$/.exec(etag ?? "") ?? []
  if (hex === undefined || (encryption !== undefined && encryption.algorithm !== "AES256")) return undefined
  if (encryption?.customerKeyMd5 !== undefined) return undefined
  const md5 = Buffer.from(hex, "hex").toString("base64")
  const isWhole = parts === undefined && partsCount === undefined
  return checksums.make({
    algorithm: "MD5",
    type: isWhole ? "FULL_OBJECT" : "COMPOSITE",
    value: isWhole ? md5 : `${md5}-${parts ?? partsCount}`
  })
}

/**
 * Whether a local file has the content of an object, which `head` is about. Reads the file at most twice. `unknown` if S3 has
 * neither a checksum of the object that can be computed nor an ETag that is one.
 */
export const isSameContent = Effect.fnUntraced(function*(
  path: string,
  head: ObjectHead,
  options: ReadOptions = {}
): Effect.fn.Return<Verdict["_tag"], CannotReadFile | HeadError, AwsClients | Scope.Scope> {
  const { bucket, etag, key, size } = head
  const file = yield* openToRead(path)
  if (file.size !== size) return "different"
  const pinned: ReadOptions = { ...options, ifMatch: options.ifMatch ?? etag }
  for (const checksum of [head.checksum, checksumOfEtag(head)]) {
    if (checksum === undefined) continue
    const { _tag } = yield* verify(file, { bucket, key, options: pinned, size, checksum })
    if (_tag === "unknown") continue
    yield* file.checkUnchanged
    return _tag
  }
  return "unknown"
}, Effect.scoped)

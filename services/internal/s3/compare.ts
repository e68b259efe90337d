// Whether a file and an object, or two objects, are the same.
import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { mapReadErrors, type ReadError } from "./failures.ts"
import { openToRead } from "./files.ts"
import type { Comparison, Sides } from "./plan.ts"
import { s3 } from "./service.ts"
import type { FileEntry } from "./walk.ts"

/**
 * How a file and an object of the same path are compared, besides by their size.
 *
 * - `"size-and-time"`: by the time of modification. A file is uploaded if it is newer than the object, and an object is
 *   copied if it is newer than the other; an object is downloaded if its time isn't that of the file, as a download gives the
 *   file the object's time. S3 knows only seconds: what was modified in the same second is compared by its content.
 * - `"size"`: by nothing else.
 * - `"checksum"`: by the checksum of the content, whatever the time. Reads every file, and asks S3 for each object.
 *
 * @category models
 * @since 0.1.0
 */
export type CompareBy = "size-and-time" | "size" | "checksum"

/** How much of a file is read at once. */
const PIECE = 2 ** 20

/** Whether an object's ETag is the MD5 of the file. */
export const isFileOfEtag = (path: string, etag: string): Effect.Effect<boolean, CannotReadFile> =>
  /^"?[0-9a-f]{32}"?$/.test(etag)
    ? Effect.scoped(Effect.gen(function*() {
      const file = yield* openToRead(path)
      const hash = createHash("md5")
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, file.size))
      for (let at = 0; at < file.size; at += buffer.length) {
        hash.update(yield* file.fill(buffer.subarray(0, Math.min(buffer.length, file.size - at)), at))
      }
      yield* file.checkUnchanged
      return hash.digest("hex") === etag.replaceAll("\"", "")
    }))
    : Effect.succeed(false)

const checksums = ["ChecksumCRC64NVME", "ChecksumCRC32C", "ChecksumCRC32", "ChecksumSHA256", "ChecksumSHA1"] as const

const haveSameChecksum = (a: HeadObjectCommandOutput, b: HeadObjectCommandOutput): boolean =>
  a.ChecksumType === b.ChecksumType && checksums.some((name) => a[name] !== undefined && a[name] === b[name])

const head = (bucket: string, key: string) =>
  mapReadErrors({ bucket, key })(s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" })))

interface Location {
  readonly bucket: string
  readonly prefix: string
}

/** Whether two objects have the same content, as far as their checksums tell. */
const areSameObjects =
  (from: Location, to: Location) =>
  (source: FileEntry, target: FileEntry): Effect.Effect<boolean, ReadError | AwsError, AwsClients> =>
    source.etag === target.etag
      ? Effect.succeed(true)
      : Effect.zipWith(
        head(from.bucket, from.prefix + source.path),
        head(to.bucket, to.prefix + target.path),
        haveSameChecksum,
        { concurrent: true }
      )

const secondOf = (time: number): number => Math.floor(time / 1000)

/** By the time alone; `undefined` if it doesn't tell. */
const isSameTime = (action: Sides["action"], source: FileEntry, target: FileEntry): boolean | undefined => {
  const difference = secondOf(source.time) - secondOf(target.time)
  if (difference !== 0) return action !== "download" && difference < 0
  return source.time === target.time ? true : undefined
}

const by = (
  action: Sides["action"],
  compare: CompareBy,
  haveSameContent: (source: FileEntry, target: FileEntry) => Comparison
) =>
(source: FileEntry, target: FileEntry): Comparison => {
  if (source.size !== target.size) return false
  if (compare === "size") return true
  const known = compare === "checksum" ? undefined : isSameTime(action, source, target)
  return known ?? haveSameContent(source, target)
}

export const compareUpload = (compare: CompareBy, fileOf: (path: string) => string) =>
  by("upload", compare, (source, target) => isFileOfEtag(fileOf(source.path), target.etag ?? ""))

export const compareDownload = (compare: CompareBy, fileOf: (path: string) => string) =>
  by("download", compare, (source, target) => isFileOfEtag(fileOf(target.path), source.etag ?? ""))

export const compareCopy = (compare: CompareBy, from: Location, to: Location) =>
  by("copy", compare, areSameObjects(from, to))

// Whether a file and an object, or two objects, are the same.
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type HeadError, headObject } from "./head.ts"
import type { BucketFolder } from "./paths.ts"
import type { Comparison, Sides } from "./plan.ts"
import { isSameContent } from "./verify.ts"
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

/** Whether a file has the content of an object. If S3 doesn't tell enough to say so, it hasn't. */
const isFileOf = (
  path: string,
  { bucket, prefix, read }: BucketFolder,
  { etag, path: relative }: FileEntry
): Effect.Effect<boolean, HeadError | CannotReadFile, AwsClients> =>
  headObject(bucket, prefix + relative, { ...read, ifMatch: etag }).pipe(
    Effect.flatMap((head) => isSameContent(path, head, read)),
    Effect.map((verdict) => verdict === "same"),
    // It has changed since it was listed.
    Effect.catchTag(["ObjectDoesNotExist", "PreconditionFailed"], () => Effect.succeed(false))
  )

/** Whether two objects have the same content, as far as their ETags and checksums tell. */
const areSameObjects =
  (from: BucketFolder, to: BucketFolder) =>
  (source: FileEntry, target: FileEntry): Effect.Effect<boolean, HeadError, AwsClients> =>
    source.etag === target.etag
      ? Effect.succeed(true)
      : Effect.zipWith(
        headObject(from.bucket, from.prefix + source.path, from.read),
        headObject(to.bucket, to.prefix + target.path, to.read),
        (a, b) => a.checksum !== undefined && Equal.equals(a.checksum, b.checksum),
        { concurrent: true }
      )

const secondOf = (time: number): number => Math.floor(time / 1000)

/** By the time alone; `undefined` if it doesn't tell. */
const isSameTime = (action: Sides["action"], source: FileEntry, target: FileEntry): boolean | undefined => {
  const difference = secondOf(source.time) - secondOf(target.time)
  if (difference !== 0) return action !== "download" && difference < 0
  // A copy has a time of its own, which says nothing about its source.
  return action !== "copy" && source.time === target.time ? true : undefined
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

export const compareUpload = (compare: CompareBy, fileOf: (path: string) => string, to: BucketFolder) =>
  by("upload", compare, (source, target) => isFileOf(fileOf(source.path), to, target))

export const compareDownload = (compare: CompareBy, from: BucketFolder, fileOf: (path: string) => string) =>
  by("download", compare, (source, target) => isFileOf(fileOf(target.path), from, source))

export const compareCopy = (compare: CompareBy, from: BucketFolder, to: BucketFolder) =>
  by("copy", compare, areSameObjects(from, to))

// Directories and prefixes as a whole: uploaded, downloaded, and kept in sync.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import {
  type BucketDoesNotExist,
  type CannotReadFile,
  CannotSync,
  type CannotWriteFile,
  type DirectoryDoesNotExist,
  KeyNotAFileName
} from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type CompareBy, compareCopy, compareDownload, compareUpload } from "./compare.ts"
import { execute, type Route } from "./engine.ts"
import { openFolder } from "./folder.ts"
import { localListing, type Pair, remoteListing, sideBySide } from "./listings.ts"
import type { ObjectOptions } from "./options.ts"
import { folderOf, pathIn, whyNotAFile } from "./paths.ts"
import { copy, download, removeFiles, removeObjects, upload } from "./single.ts"
import type { TransferEvent } from "./transfers.ts"
import type { SymlinkPolicy } from "./walk.ts"

/**
 * A directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface LocalLocation {
  readonly directory: string
}

/**
 * The objects of a bucket below a prefix, or all of them. A prefix is a folder here: without a slash at its end, it gets one.
 *
 * @category models
 * @since 0.1.0
 */
export interface BucketLocation {
  readonly bucket: string
  readonly prefix?: string | undefined
}

/**
 * A file or an object that is about to be written.
 *
 * @category models
 * @since 0.1.0
 */
export interface SourceFileInfo {
  /** Below the directory or the prefix, with `/` between its parts. */
  readonly path: string
  /** In bytes. */
  readonly size: number
}

/**
 * What uploading, downloading and syncing have in common.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransferOptions {
  /**
   * Whether a file or an object takes part. Its path is below the directory or the prefix, with `/` between its parts. What
   * takes no part is neither written nor deleted.
   */
  readonly filter?: ((path: string) => boolean) | undefined
  /** How many files are under way at once; 32 by default. */
  readonly concurrency?: number | undefined
  /** Only tells what there is to do: `Planned`, `Skipped` and `Failed`. */
  readonly dryRun?: boolean | undefined
}

/**
 * What objects get that are written.
 *
 * @category models
 * @since 0.1.0
 */
export interface WriteObjectsOptions {
  /**
   * What each object gets. Without a `contentType`, an uploaded object gets that of the file's extension; a copied one keeps
   * what it has.
   */
  readonly object?: ObjectOptions | ((file: SourceFileInfo) => ObjectOptions) | undefined
}

/**
 * What happens to symbolic links in the directory: `"follow"` by default.
 *
 * @category models
 * @since 0.1.0
 */
export interface SymlinkOptions {
  readonly symlinks?: SymlinkPolicy | undefined
}

/**
 * How two locations are kept in sync.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncOptions extends TransferOptions, WriteObjectsOptions, SymlinkOptions {
  /** Whether what only the target has is deleted, at the end. */
  readonly delete?: boolean | undefined
  /** `"size-and-time"` by default. */
  readonly compare?: CompareBy | undefined
}

/**
 * A directory, or the objects of a bucket below a prefix.
 *
 * @category models
 * @since 0.1.0
 */
export type Location = LocalLocation | BucketLocation

/**
 * A source and a target. At least one has to be a bucket.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncLocations {
  readonly from: Location
  readonly to: Location
}

/**
 * Small files at a latency of 10 ms take the same time with 16, 32 and 64: the work on one core is the limit, about 2 ms for each
 * of them. A longer latency needs more at once, and the SDK has 50 connections at most.
 */
const CONCURRENCY = 32

type Events<E> = Stream.Stream<TransferEvent, E, AwsClients>

const uriOf = (bucket: string, prefix: string) => (path: string): string => `s3://${bucket}/${prefix}${path}`

const engineOptions = (
  { concurrency = CONCURRENCY, delete: deletes = false, dryRun = false, filter = () => true }: TransferOptions & {
    readonly delete?: boolean | undefined
  }
) => ({ concurrency, deletes, dryRun, filter })

const objectOptionsOf = ({ object }: WriteObjectsOptions) => (file: SourceFileInfo): ObjectOptions | undefined =>
  typeof object === "function" ? object({ path: file.path, size: file.size }) : object

const uploadRoute = (
  directory: string,
  { bucket, prefix: given }: BucketLocation,
  options: WriteObjectsOptions,
  { compare, overwrite }: {
    readonly compare: CompareBy
    /** Whether an object is replaced that has a file's key. */
    readonly overwrite: boolean
  }
): Route<never> => {
  const prefix = folderOf(given)
  const fileOf = (path: string) => pathIn(directory, path)
  const objectOptions = objectOptionsOf(options)
  return {
    action: "upload",
    from: fileOf,
    to: uriOf(bucket, prefix),
    isSame: compareUpload(compare, fileOf, { bucket, prefix }),
    transfer: ({ entry }, progress) =>
      upload({
        ...objectOptions(entry),
        ...progress,
        ...(!overwrite && { ifNoneMatch: "*" }),
        path: fileOf(entry.path),
        bucket,
        key: prefix + entry.path
      }),
    whySkipped: ({ _tag }) => !overwrite && _tag === "PreconditionFailed" ? "exists" : undefined,
    remove: removeObjects(bucket, prefix)
  }
}

const downloadRoute = Effect.fnUntraced(function*(
  { bucket, prefix: given }: BucketLocation,
  directory: string,
  { compare, overwrite }: {
    readonly compare: CompareBy
    /** Whether a file is overwritten that isn't in the plan. */
    readonly overwrite: boolean
  }
) {
  const prefix = folderOf(given)
  const fileOf = (path: string) => pathIn(directory, path)
  const from = uriOf(bucket, prefix)
  // Not before something is to be written: the bucket may not exist.
  const folder = yield* Effect.cached(openFolder(directory))
  const route: Route<DirectoryDoesNotExist | CannotWriteFile> = {
    prepare: folder,
    action: "download",
    from,
    to: fileOf,
    isSame: compareDownload(compare, { bucket, prefix }, fileOf),
    refuse: (path, why = whyNotAFile(path)) =>
      why === undefined ? undefined : new KeyNotAFileName({ key: prefix + path, directory, why }),
    transfer: ({ entry, isReplacement }, progress) =>
      Effect.gen(function*() {
        const into = yield* folder
        const path = yield* into.placeFor(prefix + entry.path, entry.path)
        return yield* download({
          ...progress,
          bucket,
          key: prefix + entry.path,
          path,
          overwrite: overwrite || isReplacement
        })
      }),
    remove: (items) => Effect.flatMap(Effect.orDie(folder), (into) => removeFiles(into, items)),
    clear: (path) => Effect.flatMap(folder, (into) => into.clear(path))
  }
  return route
})

const copyRoute = (
  { bucket, prefix: given }: BucketLocation,
  to: BucketLocation,
  options: WriteObjectsOptions,
  compare: CompareBy
): Route<never> => {
  const [source, target] = [folderOf(given), folderOf(to.prefix)]
  const objectOptions = objectOptionsOf(options)
  return {
    action: "copy",
    from: uriOf(bucket, source),
    to: uriOf(to.bucket, target),
    isSame: compareCopy(compare, { bucket, prefix: source }, { bucket: to.bucket, prefix: target }),
    transfer: ({ entry }, progress) =>
      copy({
        ...objectOptions(entry),
        ...progress,
        from: { bucket, key: source + entry.path },
        to: { bucket: to.bucket, key: target + entry.path }
      }),
    remove: removeObjects(to.bucket, target)
  }
}

const alone = <E>(
  listing: Stream.Stream<NonNullable<Pair["source"]>, E, AwsClients>
): Stream.Stream<Pair, E, AwsClients> => Stream.map(listing, (source) => ({ source }))

export const uploadDirectory = (
  options: LocalLocation & BucketLocation & TransferOptions & WriteObjectsOptions & SymlinkOptions & {
    readonly overwrite?: boolean | undefined
  }
): Events<DirectoryDoesNotExist | CannotReadFile | BucketDoesNotExist | AwsError> =>
  execute(
    alone(localListing(options.directory, options.symlinks ?? "follow")),
    uploadRoute(options.directory, options, options, { compare: "size", overwrite: options.overwrite ?? true }),
    engineOptions(options)
  )

export const downloadDirectory = (
  options: LocalLocation & BucketLocation & TransferOptions & { readonly overwrite?: boolean | undefined }
): Events<DirectoryDoesNotExist | CannotWriteFile | BucketDoesNotExist | AwsError> =>
  Stream.unwrap(Effect.map(
    downloadRoute(options, options.directory, {
      compare: "size",
      overwrite: options.overwrite ?? false
    }),
    (route) => execute(alone(remoteListing(options.bucket, folderOf(options.prefix))), route, engineOptions(options))
  ))

const nameOf = (location: Location): string =>
  "directory" in location ? location.directory : uriOf(location.bucket, folderOf(location.prefix))("")

const overlap = (from: BucketLocation, to: BucketLocation): boolean => {
  const [source, target] = [folderOf(from.prefix), folderOf(to.prefix)]
  return from.bucket === to.bucket && (source.startsWith(target) || target.startsWith(source))
}

export const sync = (
  options: SyncLocations & SyncOptions
): Events<DirectoryDoesNotExist | CannotReadFile | CannotWriteFile | BucketDoesNotExist | CannotSync | AwsError> => {
  const { compare = "size-and-time", from, symlinks = "follow", to } = options
  const refuse = (why: string) => Stream.fail(new CannotSync({ from: nameOf(from), to: nameOf(to), why }))
  const engine = engineOptions(options)
  if ("directory" in from) {
    if ("directory" in to) return refuse("neither of them is a bucket")
    return execute(
      sideBySide(localListing(from.directory, symlinks), remoteListing(to.bucket, folderOf(to.prefix))),
      uploadRoute(from.directory, to, options, { compare, overwrite: true }),
      engine
    )
  }
  const source = remoteListing(from.bucket, folderOf(from.prefix))
  if ("directory" in to) {
    const target = localListing(to.directory, symlinks).pipe(
      Stream.catchTag("DirectoryDoesNotExist", () => Stream.empty)
    )
    return Stream.unwrap(Effect.map(
      downloadRoute(from, to.directory, { compare, overwrite: false }),
      (route) => execute(sideBySide(source, target), route, engine)
    ))
  }
  if (overlap(from, to)) return refuse("one of them is a part of the other")
  return execute(
    sideBySide(source, remoteListing(to.bucket, folderOf(to.prefix))),
    copyRoute(from, to, options, compare),
    engine
  )
}

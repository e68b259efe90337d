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
import type { CustomerKey, ObjectOptions } from "./options.ts"
import { given } from "./parameters.ts"
import { type BucketFolder, folderOf, pathIn, whyNotAFile } from "./paths.ts"
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
  /** The path of the directory. */
  readonly directory: string
}

/**
 * The objects of a bucket below a prefix, or all of them. A prefix is a folder here: without a slash at its end, it gets one.
 *
 * @category models
 * @since 0.1.0
 */
export interface BucketLocation {
  /** The name of the bucket. */
  readonly bucket: string
  /** The folder in the bucket; by default the whole bucket. */
  readonly prefix?: string | undefined
  /** The ID of the account that must own the bucket. Otherwise nothing is read, written or deleted. */
  readonly expectedOwner?: string | undefined
  /** The key that the objects there were encrypted with, if it was one of yours (SSE-C). */
  readonly customerKey?: CustomerKey | undefined
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
   * Whether a file or an object takes part; it must not throw. Its path is below the directory or the prefix, with `/` between
   * its parts. What takes no part is neither written nor deleted. By default all take part.
   */
  readonly filter?: ((path: string) => boolean) | undefined
  /** How many files are under way at once; 32 by default. */
  readonly concurrency?: number | undefined
  /** Whether to only tell what there is to do, as `Planned`, `Skipped` and `Failed`; `false` by default. */
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
   * What each object gets: the same for all of them, or what a function says for each, which must not throw. Without a
   * `contentType`, an uploaded object gets that of the file's extension; a copied one keeps what it has.
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
  /** `"follow"` by default: a link counts as what it leads to. */
  readonly symlinks?: SymlinkPolicy | undefined
}

/**
 * How two locations are kept in sync.
 *
 * @category models
 * @since 0.1.0
 */
export interface SyncOptions extends TransferOptions, WriteObjectsOptions, SymlinkOptions {
  /** Whether what only the target has is deleted, at the end; `false` by default. */
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
  /** The source, which isn't changed. */
  readonly from: Location
  /** The target. */
  readonly to: Location
}

/**
 * Small files at a latency of 10 ms take the same time with 16, 32 and 64: the work on one core is the limit, about 2 ms for each
 * of them. A longer latency needs more at once, and the SDK has 50 connections at most.
 */
const CONCURRENCY = 32

type Events<E> = Stream.Stream<TransferEvent, E, AwsClients>

/** A bucket's folder as the functions for one object take it. */
const folderIn = ({ bucket, customerKey, expectedOwner, prefix }: BucketLocation): BucketFolder => ({
  bucket,
  prefix: folderOf(prefix),
  read: given({ customerKey, expectedOwner })
})

const uriOf = ({ bucket, prefix }: BucketFolder) => (path: string): string => `s3://${bucket}/${prefix}${path}`

const engineOptions = (
  { concurrency = CONCURRENCY, delete: deletes = false, dryRun = false, filter = () => true }: TransferOptions & {
    readonly delete?: boolean | undefined
  }
) => ({ concurrency, deletes, dryRun, filter })

const objectOptionsOf = ({ object }: WriteObjectsOptions) => (file: SourceFileInfo): ObjectOptions | undefined =>
  typeof object === "function" ? object({ path: file.path, size: file.size }) : object

const uploadRoute = (
  directory: string,
  target: BucketFolder,
  options: WriteObjectsOptions,
  { compare, overwrite }: {
    readonly compare: CompareBy
    /** Whether an object is replaced that has a file's key. */
    readonly overwrite: boolean
  }
): Route<never> => {
  const { bucket, prefix, read: { expectedOwner } } = target
  const fileOf = (path: string) => pathIn(directory, path)
  const objectOptions = objectOptionsOf(options)
  return {
    action: "upload",
    from: fileOf,
    to: uriOf(target),
    isSame: compareUpload(compare, fileOf, target),
    transfer: ({ entry }, progress) =>
      upload({
        ...objectOptions(entry),
        ...progress,
        ...(!overwrite && { ifNoneMatch: "*" }),
        expectedOwner,
        path: fileOf(entry.path),
        bucket,
        key: prefix + entry.path
      }),
    whySkipped: ({ _tag }) => !overwrite && _tag === "PreconditionFailed" ? "exists" : undefined,
    remove: removeObjects(target)
  }
}

const downloadRoute = Effect.fnUntraced(function*(
  source: BucketFolder,
  directory: string,
  { compare, overwrite }: {
    readonly compare: CompareBy
    /** Whether a file is overwritten that isn't in the plan. */
    readonly overwrite: boolean
  }
) {
  const { bucket, prefix, read } = source
  const fileOf = (path: string) => pathIn(directory, path)
  const from = uriOf(source)
  // Not before something is to be written: the bucket may not exist.
  const folder = yield* Effect.cached(openFolder(directory))
  const route: Route<DirectoryDoesNotExist | CannotWriteFile> = {
    prepare: folder,
    action: "download",
    from,
    to: fileOf,
    isSame: compareDownload(compare, source, fileOf),
    refuse: (path, why = whyNotAFile(path)) =>
      why === undefined ? undefined : new KeyNotAFileName({ key: prefix + path, directory, why }),
    transfer: ({ entry, isReplacement }, progress) =>
      Effect.gen(function*() {
        const into = yield* folder
        const path = yield* into.placeFor(prefix + entry.path, entry.path)
        return yield* download({
          ...progress,
          ...read,
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
  source: BucketFolder,
  target: BucketFolder,
  options: WriteObjectsOptions,
  compare: CompareBy
): Route<never> => {
  const objectOptions = objectOptionsOf(options)
  return {
    action: "copy",
    from: uriOf(source),
    to: uriOf(target),
    isSame: compareCopy(compare, source, target),
    transfer: ({ entry }, progress) =>
      copy({
        ...objectOptions(entry),
        ...progress,
        expectedOwner: target.read.expectedOwner,
        from: { ...source.read, bucket: source.bucket, key: source.prefix + entry.path },
        to: { bucket: target.bucket, key: target.prefix + entry.path }
      }),
    remove: removeObjects(target)
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
    uploadRoute(options.directory, folderIn(options), options, {
      compare: "size",
      overwrite: options.overwrite ?? true
    }),
    engineOptions(options)
  )

export const downloadDirectory = (
  options: LocalLocation & BucketLocation & TransferOptions & { readonly overwrite?: boolean | undefined }
): Events<DirectoryDoesNotExist | CannotWriteFile | BucketDoesNotExist | AwsError> =>
  Stream.unwrap(Effect.map(
    downloadRoute(folderIn(options), options.directory, {
      compare: "size",
      overwrite: options.overwrite ?? false
    }),
    (route) => execute(alone(remoteListing(folderIn(options))), route, engineOptions(options))
  ))

const nameOf = (location: Location): string =>
  "directory" in location ? location.directory : uriOf(folderIn(location))("")

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
      sideBySide(localListing(from.directory, symlinks), remoteListing(folderIn(to))),
      uploadRoute(from.directory, folderIn(to), options, { compare, overwrite: true }),
      engine
    )
  }
  const source = remoteListing(folderIn(from))
  if ("directory" in to) {
    const target = localListing(to.directory, symlinks).pipe(
      Stream.catchTag("DirectoryDoesNotExist", () => Stream.empty)
    )
    return Stream.unwrap(Effect.map(
      downloadRoute(folderIn(from), to.directory, { compare, overwrite: false }),
      (route) => execute(sideBySide(source, target), route, engine)
    ))
  }
  if (overlap(from, to)) return refuse("one of them is a part of the other")
  return execute(
    sideBySide(source, remoteListing(folderIn(to))),
    copyRoute(folderIn(from), folderIn(to), options, compare),
    engine
  )
}

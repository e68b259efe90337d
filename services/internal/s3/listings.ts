// What a directory or a prefix holds, as one kind of list; and two of these lists side by side.
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { type BucketDoesNotExist, CannotReadFile, DirectoryDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { codeOf, NodeFs } from "./files.ts"
import { compareKeys } from "./keys.ts"
import { isDirectoryBucket, listObjects, unreadable } from "./lists.ts"
import type { S3Object } from "./models.ts"
import type { BucketFolder } from "./paths.ts"
import { type Entry, type FileEntry, type SymlinkPolicy, walk } from "./walk.ts"

export type Listing<E> = Stream.Stream<Entry, E, AwsClients>

/** What is in a directory. */
export const localListing = (
  directory: string,
  symlinks: SymlinkPolicy
): Listing<DirectoryDoesNotExist | CannotReadFile> =>
  Stream.unwrap(Effect.map(NodeFs, (fs) =>
    Stream.fromAsyncIterable(
      walk(directory, { fs, symlinks }),
      (cause) =>
        ["ENOENT", "ENOTDIR"].includes(String(codeOf(cause)))
          ? new DirectoryDoesNotExist({ directory })
          : new CannotReadFile({ path: directory, cause })
    ))).pipe(Stream.flattenIterable)

const outOfOrder = (bucket: string, key: string) =>
  unreadable(
    "KeysNotSorted",
    `the list of the bucket ${bucket} has the key ${key} where it doesn't belong`,
    "Check that the endpoint is S3's."
  )

/** The objects below a prefix. Fails if they aren't sorted, as a wrong order would delete what both sides have. */
export const remoteListing = (
  { bucket, prefix, read: { expectedOwner } }: BucketFolder
): Listing<BucketDoesNotExist | AwsError> => {
  const toEntry = ({ etag, key, lastModified, size }: S3Object): FileEntry => ({
    kind: "file",
    path: key.slice(prefix.length),
    size,
    time: lastModified.getTime(),
    etag
  })
  const objects = listObjects(bucket, { prefix, expectedOwner })
  if (isDirectoryBucket(bucket)) {
    return Stream.runCollect(objects).pipe(
      Effect.map((all) => Stream.fromIterable(all.map(toEntry).sort((a, b) => compareKeys(a.path, b.path)))),
      Stream.unwrap
    )
  }
  return Stream.suspend(() => {
    let last: string | undefined
    return Stream.mapArrayEffect(objects, (page) => {
      const wrong = page.find(({ key }) => {
        const isRight = last === undefined || compareKeys(last, key) < 0
        last = key
        return !isRight
      })
      return wrong === undefined ? Effect.succeed(Arr.map(page, toEntry)) : outOfOrder(bucket, wrong.key)
    })
  })
}

/** What the source has, and what the target has of the same path. */
export interface Pair {
  readonly source?: Entry | undefined
  readonly target?: Entry | undefined
}

/** A list that is read one entry at a time, and more of it as it is needed. */
const cursorOf = Effect.fnUntraced(function*<E>(listing: Listing<E>) {
  const pull = yield* Stream.toPull(listing)
  let entries: ReadonlyArray<Entry> = []
  let at = 0
  let isDone = false
  return {
    head: () => entries[at],
    advance: () => entries[at++],
    needsMore: () => !isDone && at >= entries.length,
    fill: pull.pipe(
      Effect.map((more) => {
        entries = more
        at = 0
      }),
      Pull.catchDone(() => Effect.sync(() => void (isDone = true)))
    )
  }
})

/** Two sorted lists side by side. Holds a page of each. */
export const sideBySide = <E, E2>(source: Listing<E>, target: Listing<E2>): Stream.Stream<Pair, E | E2, AwsClients> =>
  Stream.scoped(Stream.fromPull(Effect.gen(function*() {
    const [sources, targets] = [yield* cursorOf(source), yield* cursorOf(target)]
    const next = Effect.gen(function*() {
      if (sources.needsMore()) yield* sources.fill
      if (targets.needsMore()) yield* targets.fill
      const pairs: Array<Pair> = []
      while (!sources.needsMore() && !targets.needsMore()) {
        const [a, b] = [sources.head(), targets.head()]
        if (a === undefined && b === undefined) break
        const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(a.path, b.path)
        pairs.push({
          source: order <= 0 ? sources.advance() : undefined,
          target: order >= 0 ? targets.advance() : undefined
        })
      }
      return Arr.isArrayNonEmpty(pairs) ? pairs : yield* Cause.done()
    })
    // The Pull of the Stream, which is what this generator makes.
    // @effect-diagnostics-next-line returnEffectInGen:off
    return next
  })))

// What the tests of directories share: trees on disk and in a bucket, and what a transfer told.
import { Effect, Stream } from "effect"
import { type AwsClients, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { bucket, put } from "./s3.ts"

/** Contents by path. */
export type Tree = Readonly<Record<string, string>>

/** When files are written, unless they say otherwise: a minute before the clock's time. */
export const written = Date.parse("2026-11-05T08:14:42Z")

/** Sets the clock, as files can't be from 1970. */
export const startClock = TestClock.setTime(written + 60_000)

export const setTime = (file: string, time: number) =>
  Effect.promise(() => fs.utimes(file, new Date(time), new Date(time)))

export const writeTree = (directory: string, tree: Tree, time = written) =>
  Effect.forEach(Object.entries(tree), ([name, content]) =>
    Effect.gen(function*() {
      const file = path.join(directory, name)
      yield* Effect.promise(async () => {
        await fs.mkdir(path.dirname(file), { recursive: true })
        await fs.writeFile(file, content)
      })
      yield* setTime(file, time)
    }), { discard: true })

/** The regular files of a directory. */
export const readTree = (directory: string): Effect.Effect<Tree> =>
  Effect.promise(async () => {
    const found = await fs.readdir(directory, { recursive: true, withFileTypes: true })
    const tree: Record<string, string> = {}
    for (const one of found.filter((one) => one.isFile())) {
      const file = path.join(one.parentPath, one.name)
      tree[path.relative(directory, file)] = await fs.readFile(file, "utf8")
    }
    return tree
  })

export const putTree = (tree: Tree, prefix = "") =>
  Effect.forEach(Object.entries(tree), ([name, content]) => put(prefix + name, content), { discard: true })

/** The objects of the bucket. */
export const readBucket = (prefix = ""): Effect.Effect<Tree, unknown, AwsClients> =>
  S3.listObjects(bucket, { prefix }).pipe(
    Stream.mapEffect(({ key }) =>
      S3.getObject(bucket, key).pipe(
        Stream.decodeText(),
        Stream.mkString,
        Effect.map((text) => [key.slice(prefix.length), text] as const)
      )
    ),
    Stream.runCollect,
    Effect.map(Object.fromEntries)
  )

/** Events as text: `Done upload a/b`. */
export const told = (event: S3.TransferEvent): string => {
  const { action, path } = event.item
  const more = S3.TransferEvent.$is("Skipped")(event)
    ? ` ${event.why}`
    : S3.TransferEvent.$is("Failed")(event)
    ? ` ${event.error._tag}`
    : ""
  return `${event._tag} ${action} ${path}${more}`
}

/** How each item ended, in the order of paths. */
export const ends = <E, R>(events: Stream.Stream<S3.TransferEvent, E, R>) =>
  events.pipe(
    Stream.filter(({ _tag }) => _tag === "Done" || _tag === "Skipped" || _tag === "Failed"),
    Stream.map(told),
    Stream.runCollect,
    Effect.map((all) => all.sort())
  )

// Steps that upload, download and sync directories.
import * as path from "node:path"
import { bucket, type ObjectHeaders } from "./aws.ts"
import { circumstances, MiB, nothing, type Scenario } from "./common.ts"
import { contentOf, sha256 } from "./random.ts"
import type { Expected, Place, Step } from "./steps.ts"

const names = [
  "a",
  "b.txt",
  "ü ñ.html",
  "with space.json",
  "deep/er/x.css",
  "deep/er/y",
  "deep/z",
  "+%&=?.txt",
  "a.d/e/f"
]

type Tree = Readonly<Record<string, Buffer>>

/** Files with random contents, by their paths. */
const treeOf = ({ labels, random }: Place, side: string): Tree =>
  Object.fromEntries(
    Array.from({ length: random.whole(0, 14) }, (_, index): [string, Buffer] => {
      const name = `${random.pick(names)}-${index}`
      const size = random.chance(0.05)
        ? random.whole(16 * MiB, 18 * MiB)
        : random.pick([0, 1, random.whole(1, 100_000)])
      return [name, contentOf(size, side, name, ...labels)]
    })
  )

/** Another tree, which has some of the files, some others, and some with another content. */
const relativeOf = (place: Place, tree: Tree): Tree => {
  const { labels, random } = place
  const kept = Object.entries(tree).filter(() => random.chance(0.7)).map(([name, bytes]): [string, Buffer] => [
    name,
    random.chance(0.5) ? bytes : contentOf(bytes.length + random.whole(1, 3), "relative", name, ...labels)
  ])
  return { ...Object.fromEntries(kept), ...random.chance(0.5) && { "only/here": contentOf(9, "only", ...labels) } }
}

const mapTree = <A>(
  tree: Tree,
  to: (name: string, bytes: Buffer) => readonly [string, A]
): Readonly<Record<string, A>> => Object.fromEntries(Object.entries(tree).map(([name, bytes]) => to(name, bytes)))

const objectsOf = (tree: Tree, prefix: string, headers: ObjectHeaders = {}): Step["objects"] =>
  mapTree(tree, (name, body) => [prefix + name, { body, ...headers }])

const filesOf = (tree: Tree, directory: string): Step["files"] =>
  mapTree(tree, (name, bytes) => [path.join(directory, name), bytes])

const writtenOf = (tree: Tree, prefix: string): Readonly<Record<string, ReadonlyArray<Expected>>> =>
  mapTree(tree, (name, bytes) => [prefix + name, [{ sha256: sha256(bytes), size: bytes.length }]])

const savedOf = (tree: Tree, directory: string): Step["saved"] =>
  mapTree(tree, (name, bytes) => [path.join(directory, name), [sha256(bytes)]])

const sizeOf = (tree: Tree) => Object.values(tree).reduce((sum, { length }) => sum + length, 0)

const concurrencyOf = ({ random }: Place) => ({ ...random.chance(0.5) && { concurrency: random.pick([1, 2, 8, 64]) } })

/** What is wrong with how the events were counted. */
const checkCount = (member: "uploaded" | "downloaded", tree: Tree) => (value: any): ReadonlyArray<string> => {
  const [count, bytes] = [Object.keys(tree).length, sizeOf(tree)]
  return value[member] === count && value.bytes === bytes
    ? []
    : [`it says ${JSON.stringify(value)} of ${count} files with ${bytes} bytes`]
}

export const uploadDirectory: Scenario = (place) => {
  const { directory, prefix, random } = place
  const tree = treeOf(place, "local")
  const files = filesOf(tree, directory)
  return {
    ...nothing,
    ...circumstances(random, sizeOf(tree)),
    files,
    objects: random.chance(0.3) ? objectsOf(relativeOf(place, tree), prefix) : {},
    operation: { _tag: "uploadDirectory", options: { directory, bucket, prefix, ...concurrencyOf(place) } },
    written: writtenOf(tree, prefix),
    check: checkCount("uploaded", tree)
  }
}

export const downloadDirectory: Scenario = (place) => {
  const { directory: root, prefix, random } = place
  const directory = path.join(root, "target")
  const tree = treeOf(place, "remote")
  const local = random.chance(0.3) ? relativeOf(place, tree) : {}
  const overwrite = random.chance(0.5)
  const inTheWay = Object.keys(local).filter((name) => tree[name] !== undefined)
  const isRefused = !overwrite && inTheWay.length > 0
  return {
    ...nothing,
    ...circumstances(random, sizeOf(tree)),
    objects: objectsOf(tree, prefix),
    files: filesOf(local, directory),
    operation: {
      _tag: "downloadDirectory",
      options: { directory, bucket, prefix, overwrite, ...concurrencyOf(place) }
    },
    saved: savedOf(isRefused ? { ...tree, ...local } : { ...local, ...tree }, directory),
    explained: isRefused ? ["TransferIncomplete"] : [],
    mustFail: isRefused,
    check: checkCount("downloaded", tree)
  }
}

/** A source and a target that differ. Their files have other sizes, so that every comparison finds what differs. */
export const sync: Scenario = (place) => {
  const { directory: root, prefix, random } = place
  const from = treeOf(place, "from")
  const to = relativeOf(place, from)
  const deletes = random.chance(0.5)
  const directory = path.join(root, "side")
  const [source, target] = [`${prefix}from/`, `${prefix}to/`]
  const gone = deletes ? Object.keys(to).filter((name) => from[name] === undefined) : []
  const options = {
    delete: deletes,
    compare: random.pick(["size-and-time", "size", "checksum"]),
    ...concurrencyOf(place)
  }
  const base = { ...nothing, ...circumstances(random, sizeOf(from)) }
  const written = {
    ...writtenOf(from, target),
    ...Object.fromEntries(gone.map((name) => [target + name, [undefined]]))
  }
  switch (random.pick(["up", "down", "across"])) {
    case "up":
      return {
        ...base,
        folders: [directory],
        files: filesOf(from, directory),
        objects: objectsOf(to, target),
        operation: { _tag: "sync", options: { from: { directory }, to: { bucket, prefix: target }, ...options } },
        written
      }
    case "across":
      return {
        ...base,
        objects: { ...objectsOf(from, source), ...objectsOf(to, target) },
        operation: {
          _tag: "sync",
          options: { from: { bucket, prefix: source }, to: { bucket, prefix: target }, ...options }
        },
        written
      }
    default: {
      const saved = savedOf({ ...to, ...from }, directory)
      return {
        ...base,
        files: filesOf(to, directory),
        objects: objectsOf(from, source),
        operation: { _tag: "sync", options: { from: { bucket, prefix: source }, to: { directory }, ...options } },
        saved: { ...saved, ...Object.fromEntries(gone.map((name) => [path.join(directory, name), [undefined]])) }
      }
    }
  }
}

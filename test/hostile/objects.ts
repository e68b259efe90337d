// Steps that upload, read and download one object.
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { bucket } from "./aws.ts"
import {
  checkWritten,
  circumstances,
  diskOf,
  expectedOf,
  headersOf,
  keyOf,
  names,
  nothing,
  replaced,
  type Scenario,
  sizeOf
} from "./common.ts"
import type { Disk } from "./operations.ts"
import { contentOf, type Random, sha256 } from "./random.ts"
import type { Event, Place, Step } from "./steps.ts"

/** Changes of a file while it is being uploaded, and the contents that an upload of it may still have. */
const changesOf = (
  random: Random,
  name: string,
  bytes: Buffer,
  other: Buffer
): readonly [Event, ReadonlyArray<Buffer>] => {
  const change = (what: string, run: () => Promise<void>, after?: Buffer): readonly [Event, ReadonlyArray<Buffer>] => [
    { _tag: "Change", what, run },
    after === undefined ? [bytes] : [bytes, after]
  ]
  return random.pick([
    () =>
      change(
        "append",
        () => fs.appendFile(name, other.subarray(0, 100)),
        Buffer.concat([bytes, other.subarray(0, 100)])
      ),
    () => {
      const left = Math.floor(bytes.length / 2)
      return change("shrink", () => fs.truncate(name, left), bytes.subarray(0, left))
    },
    () => change("rewrite", () => fs.writeFile(name, other), other),
    () =>
      change("rename", async () => {
        await fs.writeFile(`${name}.new`, other)
        await fs.rename(`${name}.new`, name)
      }, other),
    () => change("remove", () => fs.rm(name))
  ])()
}

export const uploadFile: Scenario = (place) => {
  const { directory, labels, random } = place
  const size = sizeOf(random)
  const key = keyOf(place)
  const name = path.join(directory, "source.bin")
  const bytes = contentOf(size, "body", ...labels)
  const headers = headersOf(random)
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects: replaced(place, key),
    files: { [name]: bytes },
    operation: { _tag: "uploadFile", options: { path: name, bucket, key, ...headers }, disk: diskOf(random) },
    written: { [key]: [expectedOf(bytes, headers)] },
    check: checkWritten(key)
  }
  if (base.event !== undefined || !random.chance(0.3)) return base
  const [event, contents] = changesOf(random, name, bytes, contentOf(size, "changed", ...labels))
  return {
    ...base,
    event: { event, bytes: Math.floor(random.next() * size) },
    written: { [key]: contents.map((content) => expectedOf(content, headers)) },
    explained: ["CannotReadFile"]
  }
}

/** An object to read, and what may happen to it meanwhile. */
const source = ({ labels, random }: Place, key: string, size: number) => {
  const body = contentOf(size, "body", ...labels)
  const headers = headersOf(random)
  const isMissing = random.chance(0.05)
  return { body, headers, isMissing, objects: isMissing ? {} : { [key]: { body, ...headers } } }
}

export const getObject: Scenario = (place) => {
  const { random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, isMissing, objects } = source(place, key, size)
  const take = random.chance(0.15) ? random.whole(0, size + 1) : undefined
  return {
    ...nothing,
    ...circumstances(random, size),
    objects,
    operation: {
      _tag: "getObject",
      bucket,
      key,
      take,
      slow: random.chance(0.1) ? random.whole(0, 20) : undefined
    },
    explained: isMissing ? ["ObjectDoesNotExist"] : [],
    mustFail: isMissing,
    check: (value) =>
      take !== undefined || (value.size === size && value.sha256 === sha256(body))
        ? []
        : [`it read ${value.size} bytes, ${value.sha256.slice(0, 8)}, of ${size}, ${sha256(body).slice(0, 8)}`]
  }
}

export const downloadFile: Scenario = (place, tools) => {
  const { directory, labels, random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, headers, isMissing, objects } = source(place, key, size)
  const name = path.join(directory, "target.bin")
  const exists = random.chance(0.1)
  const disk: Disk | undefined = random.chance(0.1)
    ? { _tag: "Full", bytes: Math.floor(random.next() * size) }
    : diskOf(random)
  const isFull = disk?._tag === "Full"
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects,
    files: exists ? { [name]: Buffer.from("mine") } : {},
    operation: { _tag: "downloadFile", options: { bucket, key, path: name }, disk },
    saved: { [name]: [sha256(body)] },
    explained: [
      ...isMissing ? ["ObjectDoesNotExist"] : [],
      ...exists ? ["FileAlreadyExists"] : [],
      ...isFull ? ["CannotWriteFile"] : []
    ],
    mustFail: isMissing || exists,
    check: (value) =>
      value.size === size && JSON.stringify(value.metadata) === JSON.stringify(headers.metadata)
        ? []
        : [`it says that it saved ${JSON.stringify(value)}`]
  }
  if (base.event !== undefined || isMissing || exists || isFull || !random.chance(0.3)) return base
  const other = contentOf(random.pick([size, Math.floor(size / 2), size + 10]), "replaced", ...labels)
  const isDeleted = random.chance(0.3)
  const event: Event = {
    _tag: "Change",
    what: isDeleted ? "delete the object" : "replace the object",
    run: () => isDeleted ? tools.delete(key) : tools.put(key, other)
  }
  return {
    ...base,
    event: { event, bytes: Math.floor(random.next() * size) },
    saved: { [name]: isDeleted ? [sha256(body)] : [sha256(body), sha256(other)] },
    explained: ["ObjectChanged", ...isDeleted ? ["ObjectDoesNotExist"] : []],
    check: () => []
  }
}

export const listObjects: Scenario = (place) => {
  const { prefix, random } = place
  const count = random.whole(0, 30)
  const keys = Array.from({ length: count }, (_, index) => `${prefix}${index}/${random.pick(names)}`).sort()
  return {
    ...nothing,
    ...circumstances(random, 100 * count),
    objects: Object.fromEntries(keys.map((key) => [key, { body: Buffer.from(key) }])),
    operation: { _tag: "listObjects", bucket, prefix },
    check: (value: ReadonlyArray<{ key: string }>) =>
      value.length === count && keys.every((key) => value.some((object) => object.key === key))
        ? []
        : [`it listed ${value.length} of ${count} keys`]
  }
}

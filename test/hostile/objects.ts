// Steps that upload, read and download one object.
import type { Range } from "effect-aws-sdk/S3"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { bucket } from "./aws.ts"
import { bytesOf } from "./bodies.ts"
import {
  checkWritten,
  circumstances,
  diskOf,
  expectedOf,
  fullHeadersOf,
  headersOf,
  keyOf,
  MiB,
  names,
  nothing,
  replaced,
  type Scenario,
  sizeOf
} from "./common.ts"
import type { BodySpec, Disk } from "./operations.ts"
import { contentOf, etagOf, type Random, sha256 } from "./random.ts"
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

/** How an upload is cut, checked and conditioned; and what its conditions make of it. */
const uploadOptions = (place: Place, key: string, objects: Step["objects"]) => {
  const { random } = place
  const old = objects[key]?.body
  const condition = random.chance(0.75) ? undefined : random.pick(["new", "same", "other"])
  const options = {
    ...random.chance(0.5) && { partSize: 5 * MiB },
    ...random.chance(0.4) && { concurrency: random.pick([1, 2, 8]) },
    ...random.chance(0.4) && { checksum: random.pick(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) },
    ...condition === "new" && { ifNoneMatch: "*" },
    ...condition === "same" && old !== undefined && { ifMatch: etagOf(old) },
    ...condition === "other" && { ifMatch: etagOf(Buffer.from("other")) }
  }
  const isRefused = (condition === "new" && old !== undefined) || condition === "other"
  return { options, isRefused }
}

/** S3 says that there is no object when a condition names one that isn't there. */
const refusal = (isRefused: boolean) => isRefused ? ["PreconditionFailed", "ObjectDoesNotExist"] : []

export const uploadFile: Scenario = (place) => {
  const { directory, labels, random } = place
  const size = sizeOf(random)
  const key = keyOf(place)
  const name = path.join(directory, "source.bin")
  const bytes = contentOf(size, "body", ...labels)
  const headers = fullHeadersOf(random)
  const objects = replaced(place, key)
  const { isRefused, options } = uploadOptions(place, key, objects)
  const mayKeep = random.chance(0.3)
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects,
    files: { [name]: bytes },
    operation: {
      _tag: "uploadFile",
      options: {
        path: name,
        bucket,
        key,
        ...headers,
        ...options,
        ...mayKeep && { resume: { stateDirectory: path.join(directory, "state") } }
      },
      disk: diskOf(random)
    },
    written: { [key]: [expectedOf(bytes, headers)] },
    explained: refusal(isRefused),
    mustFail: isRefused,
    mayKeep,
    check: checkWritten(key)
  }
  if (base.event !== undefined || !random.chance(0.3)) return base
  const [event, contents] = changesOf(random, name, bytes, contentOf(size, "changed", ...labels))
  return {
    ...base,
    event: { event, bytes: Math.floor(random.next() * size) },
    written: { [key]: contents.map((content) => expectedOf(content, headers)) },
    explained: [...base.explained, "CannotReadFile"]
  }
}

export const putObject: Scenario = (place) => {
  const { labels, random } = place
  const size = sizeOf(random)
  const key = keyOf(place)
  const kind = random.pick(["string", "bytes", "stream", "readable", "web"] as const)
  const failsAfter = ["string", "bytes"].includes(kind) || random.chance(0.8)
    ? undefined
    : Math.floor(random.next() * size)
  const body: BodySpec = { kind, size, labels, failsAfter, chunk: random.pick([1_000, 65_536, 3 * MiB]) }
  const headers = fullHeadersOf(random)
  const objects = replaced(place, key)
  const { isRefused, options } = uploadOptions(place, key, objects)
  return {
    ...nothing,
    ...circumstances(random, size),
    objects,
    operation: { _tag: "putObject", options: { bucket, key, ...headers, ...options }, body },
    written: { [key]: [expectedOf(bytesOf(body), headers)] },
    explained: [...refusal(isRefused), ...failsAfter === undefined ? [] : ["BodyFailed", "CannotReadBody"]],
    mustFail: isRefused || failsAfter !== undefined,
    check: checkWritten(key)
  }
}

/** An object to read. */
const source = ({ labels, random }: Place, key: string, size: number) => {
  const body = contentOf(size, "body", ...labels)
  const headers = headersOf(random)
  const isMissing = random.chance(0.05)
  const partSize = random.chance(0.4) ? 5 * MiB : undefined
  const isPinned = random.chance(0.2)
  return {
    body,
    headers,
    isMissing,
    objects: isMissing ? {} : { [key]: { body, partSize, ...headers } },
    isInParts: partSize !== undefined && size > partSize,
    options: isPinned && partSize === undefined ? { ifMatch: etagOf(body) } : {}
  }
}

/** A range, and what it is of these bytes; `undefined` if it isn't there. */
const rangeOf = (random: Random, body: Buffer): readonly [Range, Buffer | undefined] => {
  const { length } = body
  switch (random.pick(["last", "open", "closed", "beyond"])) {
    case "last": {
      const last = random.whole(1, length + 10)
      return [{ last }, length === 0 ? undefined : body.subarray(Math.max(0, length - last))]
    }
    case "open": {
      const start = random.whole(0, length + 1)
      return [{ start }, start >= length ? undefined : body.subarray(start)]
    }
    case "closed": {
      const start = random.whole(0, length + 1)
      const end = start + random.whole(0, length + 5)
      return [{ start, end }, start >= length ? undefined : body.subarray(start, end + 1)]
    }
    default:
      return [{ start: length + 5 }, undefined]
  }
}

export const getObject: Scenario = (place) => {
  const { random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, isMissing, objects, options } = source(place, key, size)
  const isWhole = random.chance(0.7)
  const [range, some] = isWhole ? [undefined, body] : rangeOf(random, body)
  const _tag = random.pick(["getObject", "getBytes"] as const)
  const take = _tag === "getObject" && random.chance(0.15) ? random.whole(0, size + 1) : undefined
  const atMost = _tag === "getBytes" && random.chance(0.3) ? random.whole(0, 2 * size + 2) : undefined
  const isTooLarge = atMost !== undefined && some !== undefined && some.length > atMost
  const slow = random.chance(0.1) ? random.whole(0, 20) : undefined
  return {
    ...nothing,
    ...circumstances(random, size),
    objects,
    operation: {
      _tag,
      bucket,
      key,
      options: { ...options, ...range && { range }, ...atMost !== undefined && { atMost } },
      take,
      slow
    },
    explained: [
      ...isMissing ? ["ObjectDoesNotExist"] : [],
      ...some === undefined ? ["RangeNotSatisfiable"] : [],
      ...isTooLarge ? ["ObjectTooLarge"] : []
    ],
    mustFail: isMissing || some === undefined || isTooLarge,
    check: (value) =>
      take !== undefined || some === undefined || (value.size === some.length && value.sha256 === sha256(some))
        ? []
        : [`it read ${value.size} bytes, ${value.sha256.slice(0, 8)}, of ${some.length}, ${sha256(some).slice(0, 8)}`]
  }
}

export const downloadFile: Scenario = (place, tools) => {
  const { directory, labels, random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, headers, isMissing, objects, options } = source(place, key, size)
  const name = path.join(directory, "target.bin")
  const exists = random.chance(0.2)
  const overwrite = random.chance(0.3)
  const mayKeep = random.chance(0.4)
  const disk: Disk | undefined = random.chance(0.1)
    ? { _tag: "Full", bytes: Math.floor(random.next() * size) }
    : diskOf(random)
  const isFull = disk?._tag === "Full"
  const [range, some] = random.chance(0.8) ? [undefined, body] : rangeOf(random, body)
  const isRefused = isMissing || (exists && !overwrite) || some === undefined
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects,
    files: exists ? { [name]: Buffer.from("mine") } : {},
    operation: {
      _tag: "downloadFile",
      options: {
        bucket,
        key,
        path: name,
        ...options,
        ...range && { range },
        ...overwrite && { overwrite },
        ...mayKeep && { resume: true },
        ...random.chance(0.6) && { partSize: random.pick([100_000, MiB, 5 * MiB]) },
        ...random.chance(0.4) && { concurrency: random.pick([1, 2, 20]) }
      },
      disk
    },
    saved: { [name]: some === undefined ? [] : [sha256(some)] },
    explained: [
      ...isMissing ? ["ObjectDoesNotExist"] : [],
      ...exists && !overwrite ? ["FileAlreadyExists"] : [],
      ...some === undefined ? ["RangeNotSatisfiable"] : [],
      ...isFull ? ["CannotWriteFile"] : []
    ],
    mustFail: isRefused,
    mayKeep,
    check: (value) =>
      value.size === some?.length && JSON.stringify(value.metadata) === JSON.stringify(headers.metadata)
        ? []
        : [`it says that it saved ${JSON.stringify(value)}`]
  }
  if (base.event !== undefined || isRefused || isFull || range !== undefined || !random.chance(0.4)) return base
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
    explained: ["ObjectChanged", "PreconditionFailed", ...isDeleted ? ["ObjectDoesNotExist"] : []],
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

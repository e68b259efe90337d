// The judge of `kill -9`: a transfer whose process is killed at any moment, and that the same call then goes on with.
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { type Aws, bucket, startAws, type Unfinished } from "./aws.ts"
import { calm } from "./faults.ts"
import { filesOf, type Verdict } from "./judge.ts"
import type { Operation, Outcome } from "./operations.ts"
import { startOnce } from "./processes.ts"
import { type Proxy, type Seen, startProxy } from "./proxy.ts"
import { contentOf, type Random, randomOf, sha256 } from "./random.ts"
import { makeReport, type Report } from "./report.ts"

const MiB = 2 ** 20
/** The smallest that S3 accepts. */
const UPLOADED = 5 * MiB
const DOWNLOADED = MiB
const CONCURRENCY = 3

export type Direction = "upload" | "download"

/** What happens between the kill and the call that goes on. */
export type Between =
  | "nothing"
  | "killed again"
  | "source changed"
  | "object changed"
  | "object deleted"
  | "upload aborted"
  | "part corrupted"
  | "state corrupted"
  | "target created"

export const betweens: Readonly<Record<Direction, ReadonlyArray<Between>>> = {
  upload: ["nothing", "killed again", "source changed", "upload aborted", "part corrupted", "state corrupted"],
  download: [
    "nothing",
    "killed again",
    "object changed",
    "object deleted",
    "part corrupted",
    "state corrupted",
    "target created"
  ]
}

interface Round {
  readonly aws: Aws
  readonly proxy: Proxy
  readonly random: Random
  readonly labels: ReadonlyArray<string | number>
  readonly key: string
  readonly directory: string
  readonly size: number
  readonly between: Between
}

interface Call {
  readonly outcome: Outcome
  readonly seen: ReadonlyArray<Seen>
}

/** Runs the operation in a process of its own, and kills it when this many bytes have passed. */
const call = async ({ labels, proxy }: Round, operation: Operation, killedAfter?: number): Promise<Call> => {
  let kill = () => {}
  proxy.begin({
    weather: calm,
    labels,
    trigger: killedAfter === undefined ? undefined : { bytes: killedAfter, run: () => kill() }
  })
  const client = startOnce(proxy.url, operation)
  kill = () => client.kill("SIGKILL")
  const outcome = await client.run(operation)
  while (proxy.underWay() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  return { outcome, seen: proxy.seen() }
}

const total = (seen: ReadonlyArray<Seen>, of: "sent" | "received") => seen.reduce((sum, entry) => sum + entry[of], 0)

const failure = (outcome: Outcome) => outcome._tag === "Failure" ? `${outcome.tag}: ${outcome.message}` : outcome._tag

/** Overwrites some bytes of a file after this position, or cuts it short. */
const corrupt = async (random: Random, name: string, after = 0) => {
  const { size } = await fs.stat(name)
  const at = after + Math.floor(random.next() * Math.max(0, size - after))
  const handle = await fs.open(name, "r+")
  try {
    if (random.chance(0.25)) await handle.truncate(at)
    else await handle.write(Buffer.alloc(24, 0x7e), 0, 24, at)
  } finally {
    await handle.close()
  }
}

const uploadRound = async (round: Round): Promise<Verdict> => {
  const { aws, between, directory, key, labels, random, size } = round
  const wrong: Array<string> = []
  const name = path.join(directory, "source.bin")
  const state = path.join(directory, "state")
  let bytes = contentOf(size, "body", ...labels)
  await fs.writeFile(name, bytes)
  const metadata = { round: labels.join("-") }
  const operation: Operation = {
    _tag: "uploadFile",
    options: {
      path: name,
      bucket,
      key,
      metadata,
      contentType: "application/x-hostile",
      partSize: UPLOADED,
      concurrency: CONCURRENCY,
      resume: { stateDirectory: state }
    }
  }
  let first = await call(round, operation, Math.floor(random.next() * size))
  if (between === "killed again") {
    const left = size - (await aws.unfinished()).reduce((sum, { parts }) => sum + parts * UPLOADED, 0)
    first = await call(round, operation, Math.floor(random.next() * left))
  }
  if (await aws.find(key) !== undefined && first.outcome._tag === "Gone") {
    wrong.push("an object is there after the kill")
  }
  const begun: ReadonlyArray<Unfinished> = await aws.unfinished()
  let had = await Promise.all(begun.map((upload) => aws.partNumbers(upload))).then((numbers) => numbers.flat())
  switch (between) {
    case "source changed":
      bytes = contentOf(size - random.whole(0, 2), "changed", ...labels)
      await fs.writeFile(name, bytes)
      had = []
      break
    case "upload aborted":
      for (const upload of begun) await aws.abort(upload)
      had = []
      break
    case "part corrupted":
      for (const upload of begun) {
        const number = had.length === 0 ? 1 : random.pick(had)
        await aws.putPart(upload, number, contentOf(UPLOADED, "corrupted", ...labels))
        had = had.filter((part) => part !== number)
      }
      break
    case "state corrupted":
      for (const file of await filesOf(state)) await corrupt(random, file)
      had = []
  }
  const last = await call(round, operation)
  const object = await aws.find(key)
  if (last.outcome._tag !== "Success") wrong.push(`it can't go on: ${failure(last.outcome)}`)
  if (object?.sha256 !== sha256(bytes)) wrong.push(`the object is ${object?.size} bytes, ${object?.sha256}`)
  if (
    object !== undefined &&
    (object.contentType !== "application/x-hostile" || object.metadata["round"] !== metadata.round)
  ) {
    wrong.push(`the object has ${object.contentType} and ${JSON.stringify(object.metadata)}`)
  }
  const numbers = last.seen.filter(({ operation }) => operation === "UploadPart").map(({ part }) => Number(part))
  const missing = Array.from({ length: Math.ceil(bytes.length / UPLOADED) }, (_, index) => index + 1)
    .filter((number) => !had.includes(number))
  // A record that was corrupted may still say enough.
  if (between !== "state corrupted" && numbers.sort((a, b) => a - b).join() !== missing.join()) {
    wrong.push(`it sent the parts ${numbers}, but ${missing} are missing`)
  }
  const left = await filesOf(directory)
  if (left.join() !== name) wrong.push(`files are left: ${left}`)
  for (const upload of await aws.unfinished()) {
    // Nobody knows an upload whose record is gone.
    if (between !== "state corrupted" && last.outcome._tag === "Success") {
      wrong.push(`an upload is left, with ${upload.parts} parts`)
    }
    await aws.abort(upload)
  }
  await aws.delete(key)
  return { outcome: last.outcome, wrong, seen: [...first.seen, ...last.seen], milliseconds: 0 }
}

/** How many parts of the object a file has. */
const partsIn = (file: Buffer, object: Buffer): number => {
  let count = 0
  for (let at = 0; at < object.length; at += DOWNLOADED) {
    const part = object.subarray(at, at + DOWNLOADED)
    if (file.subarray(at, at + part.length).equals(part)) count++
  }
  return count
}

const downloadRound = async (round: Round): Promise<Verdict> => {
  const { aws, between, directory, key, labels, random, size } = round
  const wrong: Array<string> = []
  const name = path.join(directory, "target.bin")
  let bytes = contentOf(size, "body", ...labels)
  await aws.put(key, bytes)
  const operation: Operation = {
    _tag: "downloadFile",
    options: { path: name, bucket, key, partSize: DOWNLOADED, concurrency: CONCURRENCY, resume: true }
  }
  let first = await call(round, operation, Math.floor(random.next() * size))
  let received = total(first.seen, "received")
  if (between === "killed again") {
    first = await call(round, operation, Math.floor(random.next() * (size - received)))
    received += total(first.seen, "received")
  }
  const isDone = first.outcome._tag === "Success"
  if (!isDone && await fs.stat(name).then(() => true, () => false)) wrong.push("the file is there after the kill")
  const kept = await filesOf(directory)
  const written = Math.max(0, ...await Promise.all(kept.map(async (file) => partsIn(await fs.readFile(file), bytes))))
  switch (between) {
    case "object changed":
      bytes = contentOf(size - random.whole(0, 2), "changed", ...labels)
      await aws.put(key, bytes)
      break
    case "object deleted":
      await aws.delete(key)
      break
    case "part corrupted":
    case "state corrupted":
      // What is known of the parts is at the end of the file.
      for (const file of kept) await corrupt(random, file, between === "state corrupted" ? size : 0)
      break
    case "target created":
      await fs.writeFile(name, "mine")
  }
  let last = await call(round, operation)
  if (last.outcome._tag === "Failure" && last.outcome.tag === "ObjectCorrupted" && between === "part corrupted") {
    // It noticed, and so it has to begin anew now.
    last = await call(round, operation)
  }
  const expectedFailure: Partial<Record<Between, string>> = isDone
    ? {}
    : { "object deleted": "ObjectDoesNotExist", "target created": "FileAlreadyExists" }
  const expected = expectedFailure[between] ?? (isDone ? "FileAlreadyExists" : undefined)
  if (expected === undefined ? last.outcome._tag !== "Success" : !failure(last.outcome).startsWith(expected)) {
    wrong.push(`it ended with ${failure(last.outcome)}, not ${expected ?? "Success"}`)
  }
  const saved = await fs.readFile(name).catch(() => undefined)
  const wanted = between === "target created" && !isDone ? Buffer.from("mine") : bytes
  if (expected === "ObjectDoesNotExist" ? saved !== undefined : saved === undefined || !saved.equals(wanted)) {
    wrong.push(`the file has ${saved?.length} bytes, and they are wrong`)
  }
  const asked = new Set(last.seen.filter(({ part }) => part !== "").map(({ part }) => part)).size
  // A part that was whole on the disk, and not yet noted when the process was killed, may be asked for again.
  const atMost = Math.ceil(size / DOWNLOADED) - written + CONCURRENCY
  if (["nothing", "killed again"].includes(between) && asked > atMost) {
    wrong.push(`${written} parts were on the disk after the kill, and it asked for ${asked}`)
  }
  const left = (await filesOf(directory)).filter((file) => file !== name)
  if (left.length > 0 && expected === undefined) wrong.push(`files are left: ${left}`)
  await aws.delete(key)
  return { outcome: last.outcome, wrong, seen: [...first.seen, ...last.seen], milliseconds: 0 }
}

export interface KillOptions {
  readonly seed: number
  readonly rounds: ReadonlyArray<{ readonly direction: Direction; readonly between: Between }>
  readonly only?: number | undefined
  readonly log?: ((line: string) => void) | undefined
}

/** Ten kills of each direction without anything between, and whatever can happen between. */
export const allRounds: KillOptions["rounds"] = (["upload", "download"] as const).flatMap((direction) => [
  ...Array.from({ length: 10 }, () => ({ direction, between: "nothing" as const })),
  ...betweens[direction].slice(1).flatMap((between) => [{ direction, between }, { direction, between }])
])

export const runKills = async ({ log, only, rounds, seed }: KillOptions): Promise<Report> => {
  const report = makeReport()
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "hostile-kill-"))
  const aws = await startAws()
  const proxy = await startProxy(aws.url)
  try {
    for (const [number, { between, direction }] of rounds.entries()) {
      if (only !== undefined && only !== number) continue
      const labels = ["kill", seed, number]
      const random = randomOf(...labels)
      const directory = path.join(root, String(number))
      await fs.mkdir(directory)
      const part = direction === "upload" ? UPLOADED : DOWNLOADED
      const size = 12 * part + random.whole(1, part)
      const round: Round = { aws, proxy, random, labels, key: `k${number}`, directory, size, between }
      const verdict = await (direction === "upload" ? uploadRound : downloadRound)(round)
      report.add(`${direction}, ${between}`, verdict, `npm run hostile -- kill --seed ${seed} --step ${number}`)
      log?.(
        `${number} ${direction}, ${between}: ${failure(verdict.outcome)}${
          verdict.wrong.map((what) => `\n  WRONG ${what}`).join("")
        }`
      )
      await fs.rm(directory, { recursive: true })
    }
    return report
  } finally {
    await proxy.close()
    await aws.close()
    await fs.rm(root, { recursive: true, force: true })
  }
}

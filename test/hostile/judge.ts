// Runs a step, and says what is wrong with what came of it.
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Aws, Found } from "./aws.ts"
import { declared, type Outcome } from "./operations.ts"
import type { Client } from "./processes.ts"
import type { Proxy, Seen } from "./proxy.ts"
import { sha256 } from "./random.ts"
import type { Expected, Step } from "./steps.ts"

/** In milliseconds. Longer than any retry takes, on a machine that is busy with other work. */
const HANG = 120_000
/** How long an interrupted operation may take to end: five seconds for an answer, five for the abort, and a busy machine. */
const PROMPT = 25_000
const SETTLE = 10_000

export interface Verdict {
  readonly outcome: Outcome
  readonly wrong: ReadonlyArray<string>
  readonly seen: ReadonlyArray<Seen>
  readonly milliseconds: number
}

export interface World {
  readonly aws: Aws
  readonly proxy: Proxy
  /** Of the process for the step. */
  readonly client: Client
  readonly directory: string
  readonly labels: ReadonlyArray<string | number>
  /** In milliseconds: how long the client may take to let go of what it held. */
  readonly settle?: number | undefined
}

/** Requests that change an object, if AWS gets them. */
const commits = new Set(["PutObject", "CompleteMultipartUpload", "CopyObject", "DeleteObject", "DeleteObjects"])

/** Waits until it holds, for a while. */
const eventually = async (settle: number, condition: () => Promise<boolean> | boolean): Promise<boolean> => {
  for (const end = Date.now() + settle; Date.now() < end; await sleep(20)) if (await condition()) return true
  return condition()
}

export const filesOf = async (directory: string): Promise<ReadonlyArray<string>> => {
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name)).sort()
}

const same = (one: object = {}, other: object = {}) => {
  const sorted = (members: object) => JSON.stringify(Object.entries(members).sort())
  return sorted(one) === sorted(other)
}

/** Whether the object is what a step may have made of it. */
const matches = (found: Found | undefined, expected: Expected): boolean =>
  found === undefined || expected === undefined
    ? found === expected
    : found.sha256 === expected.sha256 && found.size === expected.size &&
      (expected.contentType === undefined || found.contentType === expected.contentType) &&
      (expected.cacheControl === undefined || found.cacheControl === expected.cacheControl) &&
      (expected.metadata === undefined || same(found.metadata, expected.metadata)) &&
      (expected.tags === undefined || same(found.tags, expected.tags))

const describe = (object: Expected | Found) =>
  object === undefined ? "none" : `${object.size} bytes, ${object.sha256.slice(0, 8)}, ${object.contentType}`

/** `undefined` if it takes longer. */
const within = <A>(milliseconds: number, promise: Promise<A>): Promise<A | undefined> => {
  const giveUp = new AbortController()
  return Promise.race([
    promise.finally(() => giveUp.abort()),
    sleep(milliseconds, undefined, { signal: giveUp.signal }).catch(() => undefined)
  ])
}

/** Prepares the step, runs it, and cleans up. */
export const judge = async (
  { aws, client, directory, labels, proxy, settle = SETTLE }: World,
  step: Step
): Promise<Verdict> => {
  const wrong: Array<string> = []
  await Promise.all(Object.entries(step.objects).map(([key, { body, ...headers }]) => aws.put(key, body, headers)))
  for (const folder of step.folders ?? []) await fs.mkdir(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(step.files)) {
    await fs.mkdir(path.dirname(name), { recursive: true })
    await fs.writeFile(name, bytes)
  }
  const findAll = async (keys: ReadonlySet<string>) =>
    new Map(await Promise.all([...keys].map(async (key) => [key, await aws.find(key)] as const)))
  const before = await findAll(new Set([...Object.keys(step.objects), ...Object.keys(step.written)]))

  let struck: number | undefined
  let change = Promise.resolve()
  const strike = () => {
    struck = performance.now()
    const event = step.event!.event
    switch (event._tag) {
      case "Interrupt":
        return client.interrupt()
      case "Signal":
        return client.kill(event.signal)
      case "Change":
        change = event.run()
    }
  }
  proxy.begin({ weather: step.weather, labels, trigger: step.event && { bytes: step.event.bytes, run: strike } })
  const start = performance.now()
  const running = client.run(step.operation)
  const isEnded = step.event !== undefined && step.event.event._tag !== "Change"
  let outcome = await within(HANG, running)
  const end = performance.now()
  if (outcome === undefined) {
    wrong.push(`it hangs: no end within ${HANG} ms`)
    await client.close()
    outcome = await running
  }
  await change
  const took = struck === undefined ? 0 : end - struck
  if (isEnded && took > PROMPT) wrong.push(`it ended ${Math.round(took)} ms after its interruption`)

  const seen = proxy.seen()
  if (!await eventually(settle, () => proxy.underWay() === 0)) {
    wrong.push(`${proxy.underWay()} requests go on after its end`)
  }
  if (!await eventually(settle, async () => (await client.openFiles(directory)).length === 0)) {
    wrong.push(`open files: ${await client.openFiles(directory)}`)
  }

  wrong.push(...wrongWith(step, outcome, seen, struck !== undefined))

  // A process that is killed can't clean up. One that is told to end has to.
  const isKilled = outcome._tag === "Gone" && outcome.status === "SIGKILL"

  const mayKeep = step.mayKeep === true && outcome._tag !== "Success"

  // Objects.
  const found = await findAll(new Set([...await aws.keys(), ...before.keys()]))
  const isUncertain = outcome._tag === "Interrupted" || outcome._tag === "Gone" || outcome._tag === "Success" ||
    seen.some(({ isDelivered, operation, status }) => commits.has(operation) && status === 200 && !isDelivered) ||
    // One of many may have failed.
    (outcome._tag === "Failure" && ["TransferIncomplete", "ObjectsNotDeleted"].includes(outcome.tag)) ||
    Object.keys(step.written).length > 1
  // What an operation on many doesn't name as failed has to be done.
  const failed = outcome._tag === "Failure" && outcome.failed?.map((entry) => entry.path)
  const isDone = (name: string) =>
    outcome._tag === "Success" || (failed && !failed.some((ending) => name.endsWith(ending)))
  const changes = step.event?.event._tag === "Change" && struck !== undefined
  for (const [key, object] of found) {
    const allowed: Array<Expected> = []
    if (!isDone(key) || step.written[key] === undefined) allowed.push(before.get(key))
    if (isUncertain) allowed.push(...step.written[key] ?? [])
    if (!before.has(key)) wrong.push(`an object that nobody asked for: ${key}`)
    else if (!allowed.some((expected) => matches(object, expected)) && !(changes && step.written[key] === undefined)) {
      wrong.push(`the object ${key} is ${describe(object)}, not ${allowed.map(describe).join(" or ")}`)
    }
  }

  // Files.
  for (const name of new Set([...await filesOf(directory), ...Object.keys(step.files), ...Object.keys(step.saved)])) {
    const hash = await fs.readFile(name).then(sha256, () => undefined)
    const old = step.files[name]
    const isSource = old !== undefined && step.saved[name] === undefined
    const allowed = isDone(name) ? [...step.saved[name] ?? []] : [
      old && sha256(old),
      ...isUncertain ? step.saved[name] ?? [] : []
    ]
    const isLeft = old === undefined && step.saved[name] === undefined
    if (isLeft && !mayKeep && !isKilled) {
      wrong.push(`a file is left: ${path.relative(directory, name)}`)
    }
    if (!isLeft && !isSource && !allowed.includes(hash)) {
      wrong.push(
        `the file ${path.relative(directory, name)} is ${hash?.slice(0, 8)}, not ${
          allowed.map((hash) => hash?.slice(0, 8))
        }`
      )
    }
    if (isSource && !changes && hash !== sha256(old)) wrong.push(`the source ${name} was changed`)
  }

  // Uploads.
  for (const upload of await aws.unfinished()) {
    // An upload whose beginning or abort S3 never confirmed can't be helped.
    const isLost = seen.some(({ isDelivered, operation, status }) =>
      operation === "CreateMultipartUpload" && status === 200 && !isDelivered
    ) && upload.parts === 0
    const isStuck = seen.some(({ operation }) =>
      operation === "AbortMultipartUpload"
    ) &&
      !seen.some(({ operation, status }) => operation === "AbortMultipartUpload" && status === 204)
    if (!isLost && !isStuck && !isKilled && !mayKeep) {
      wrong.push(`an unfinished upload of ${upload.key} with ${upload.parts} parts is left`)
    }
    await aws.abort(upload)
  }
  if (outcome._tag === "Success" && step.check !== undefined) {
    wrong.push(...step.check(outcome.value, (key) => found.get(key)))
  }
  await Promise.all([...found.keys()].map(aws.delete))
  await fs.rm(directory, { recursive: true, force: true })
  return { outcome, wrong, seen, milliseconds: end - start }
}

/** What is wrong with how the operation ended, whatever it did. */
const wrongWith = (
  step: Step,
  outcome: Outcome,
  seen: ReadonlyArray<Seen>,
  isStruck: boolean
): ReadonlyArray<string> => {
  const { event, explained, mustFail = false, operation } = step
  const interrupts = isStruck && event !== undefined && event.event._tag !== "Change"
  const hasFaults = seen.some(({ fault }) => fault !== undefined)
  switch (outcome._tag) {
    case "Defect":
      return [`a defect: ${outcome.text}`]
    case "Interrupted":
      return interrupts ? [] : ["it says that it was interrupted"]
    case "Gone":
      return interrupts ? [] : [`its process ended with ${outcome.status}`]
    case "Success":
      return mustFail ? ["it succeeded"] : []
    case "Failure": {
      const { code, message, tag } = outcome
      const name = code === undefined ? tag : `${tag} ${code}`
      if (!declared[operation._tag].includes(tag)) return [`an error that it doesn't declare: ${name}: ${message}`]
      const isExplained = explained.includes(tag) || (["AwsError", "TransferIncomplete"].includes(tag) && hasFaults)
      return isExplained ? [] : [`an error that nothing explains: ${name}: ${message}`]
    }
  }
}

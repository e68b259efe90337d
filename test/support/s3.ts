// What the tests of S3 share: a bucket and its objects, files on disk, and waiting for what takes real time.
import { CreateBucketCommand, ListMultipartUploadsCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { Effect, Redacted } from "effect"
import { type Aspect, AwsClients, AwsError, InMemory, S3, Sts } from "effect-aws-sdk"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import type { Readable } from "node:stream"
import { NodeFs } from "../../services/internal/s3/files.ts"

export const bucket = "unit-bucket"
export const key = "folder/key"

export const create = S3.send(new CreateBucketCommand({ Bucket: bucket }))

export const put = (Key: string, Body: string | Uint8Array = Key) =>
  S3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

export const countUploads = Effect.map(
  S3.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
  ({ Uploads = [] }) => Uploads.length
)

export const countCalls = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

/** An in-memory AWS, and the bodies of the objects that its clients were answered with. */
export const keepingBodies = () => {
  const bodies: Array<Readable> = []
  const keep: Aspect.Aspect = (send) => (call) =>
    Effect.tap(send(call), (output) =>
      Effect.sync(() => {
        const { Body } = output as { readonly Body?: Readable }
        if (Body !== undefined) bodies.push(Body)
      }))
  return { bodies, layer: InMemory.layer({ aspects: [keep] }) }
}

/** The code of an `AwsError`, or the tag of another error. */
export const codeOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error instanceof AwsError ? error.code : error._tag)

/** A directory for the rest of the scope. */
export const directory = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "s3-unit-"))),
  (directory) => Effect.promise(() => fs.rm(directory, { recursive: true }))
)

export const entries = (directory: string) => Effect.promise(() => fs.readdir(directory))

export const write = (name: string, content: string | Uint8Array) => Effect.promise(() => fs.writeFile(name, content))

/** A file of this size, in bytes. */
export const fileOf = (size: number) =>
  Effect.gen(function*() {
    const name = path.join(yield* directory, "file")
    yield* write(name, Buffer.alloc(size, "x"))
    return name
  })

/** A file that is uploaded in one request. */
export const small = fileOf(10)
/** A file that is uploaded in three parts. */
export const large = fileOf(20 * 2 ** 20)

/** A file of this size, in MiB, and three bytes more, in which no two parts are equal. */
export const variedFile = (size: number) =>
  Effect.gen(function*() {
    const name = path.join(yield* directory, "file")
    const content = Buffer.alloc(size * 2 ** 20 + 3)
    for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(at, Math.min(at, content.length - 4))
    yield* write(name, content)
    return { name, content }
  })

/** A function of Node's that fails with this code. */
export const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

/** Runs on a disk where these functions of Node's do something else. */
export const onDisk = (changes: Partial<NodeFs>) => Effect.provideService(NodeFs, { ...fs, ...changes })

/** Runs on a disk where these methods of an open file do something else. */
export const onDiskWithFiles = (changes: (handle: fs.FileHandle) => Partial<fs.FileHandle>) =>
  onDisk({
    open: async (...args) => {
      const handle = await fs.open(...args)
      return Object.assign(handle, changes(handle))
    }
  })

/** Turns the event loop until the condition holds: files, sockets and imports take real time. */
export const until = <R>(what: string, condition: Effect.Effect<boolean, never, R>) =>
  Effect.gen(function*() {
    for (let turns = 0; !(yield* condition); turns++) {
      if (turns > 100_000) return yield* Effect.die(new Error(`Waited in vain for ${what}`))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })

/** The same effect with clients of another region. */
export const inRegion = <A, E, R>(region: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { config } = yield* AwsClients
    return yield* Effect.provideService(effect, AwsClients, yield* AwsClients.make({ ...config, region }))
  })

/** The same effect with clients of another account. */
export const inAccount = <A, E, R>(account: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { config } = yield* AwsClients
    const { Credentials } = yield* Sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/other`, RoleSessionName: "unit" })
    )
    const clients = yield* AwsClients.make({
      ...config,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Redacted.make(Credentials!.SecretAccessKey!),
        sessionToken: Redacted.make(Credentials!.SessionToken!)
      }
    })
    return yield* Effect.provideService(effect, AwsClients, clients)
  })

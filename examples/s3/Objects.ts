// The commands for one object.
import { type Duration, Effect, FileSystem, Path, Stdio, Stream } from "effect"
import * as S3 from "effect-aws-sdk/S3"
import * as Address from "./Address.ts"
import * as Directories from "./Directories.ts"
import * as Follow from "./Follow.ts"
import { Screen } from "./Screen.ts"
import * as Text from "./Text.ts"

const isDirectory = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map(({ type }) => type === "Directory"),
    // What is wrong with the path is said by whoever uses it.
    Effect.orElseSucceed(() => false)
  )
})

export interface UpOptions extends S3.ObjectOptions {
  readonly ifAbsent: boolean
  readonly from: string
  readonly to: Address.Address
  readonly resume: boolean
}

/** What can't be gone on with is refused, so that nobody counts on it. */
const refuseResume = (resume: boolean, what: string) =>
  resume ? Effect.fail(new Address.Usage({ problem: `--resume is for one file, not for ${what}.` })) : Effect.void

/** A file, a directory, or `-` for the standard input. */
export const up = Effect.fn("up")(function*({ from, ifAbsent, resume, to, ...object }: UpOptions) {
  if (from !== "-" && (yield* isDirectory(from))) {
    yield* refuseResume(resume, "a directory")
    return yield* Directories.up(from, to, { object, overwrite: !ifAbsent })
  }
  const path = yield* Path.Path
  const place = Address.named(to, from === "-" ? "" : path.basename(from))
  if (place.key === "" || place.key.endsWith("/")) {
    return yield* new Address.Usage({ problem: `Add the key of the object: ${Address.write(place)}KEY.` })
  }
  const options = { ...object, ifNoneMatch: ifAbsent ? "*" : undefined } as const
  const done = `upload: ${from} to ${Address.write(place)}`
  if (from === "-") {
    yield* refuseResume(resume, "the standard input")
    const { stdin } = yield* Stdio.Stdio
    return yield* Follow.one(
      place.key,
      done,
      (progress) => S3.putObject({ ...place, ...options, ...progress, body: stdin })
    )
  }
  return yield* Follow.one(
    from,
    done,
    (progress) => S3.uploadFile({ ...place, ...options, ...progress, path: from, resume })
  )
})

export interface DownOptions {
  readonly from: Address.Address
  readonly to: string
  readonly overwrite: boolean
  readonly resume: boolean
}

/** To a file, into a directory, or with `-` to the standard output. An address that ends with `/` is a directory. */
export const down = Effect.fn("down")(function*({ from, overwrite, resume, to }: DownOptions) {
  const { bucket, key } = from
  if (key === "" || key.endsWith("/")) {
    yield* refuseResume(resume, "a directory")
    return yield* Directories.down(from, to, { overwrite })
  }
  const { print } = yield* Screen
  if (to === "-") {
    yield* refuseResume(resume, "the standard output")
    return yield* S3.getObject(bucket, key).pipe(Stream.runForEach(print))
  }
  const path = yield* Path.Path
  const target = (yield* isDirectory(to)) ? path.join(to, Address.nameOf(from)) : to
  return yield* Follow.one(
    key,
    `download: ${Address.write(from)} to ${target}`,
    (progress) => S3.downloadFile({ bucket, key, path: target, overwrite, resume, ...progress })
  )
})

/** From one address to another. S3 copies; no bytes come here. */
export const cp = Effect.fn("cp")(function*(from: Address.Address, to: Address.Address) {
  const target = Address.named(to, Address.nameOf(from))
  const done = `copy: ${Address.write(from)} to ${Address.write(target)}`
  return yield* Follow.one(from.key, done, (progress) => S3.copyObject({ from, to: target, ...progress }))
})

/** One object, or with `recursive` all whose key starts like this. */
export const rm = Effect.fn("rm")(function*(address: Address.Address, recursive: boolean) {
  const { print } = yield* Screen
  const { bucket, key } = address
  if (key === "" && !recursive) {
    return yield* new Address.Usage({ problem: `${Address.write(address)} is a bucket. Add a key, or --recursive.` })
  }
  const deleted = yield* S3.deleteObjects(bucket, recursive ? S3.listObjects(bucket, { prefix: key }) : [key])
  yield* print(`delete: ${Text.printable(Address.write(address))} (${Text.count(deleted, "object")})`)
})

export const mb = Effect.fn("mb")(function*({ bucket }: Address.Address) {
  const { print } = yield* Screen
  yield* S3.createBucket(bucket)
  yield* print(`create: s3://${bucket}`)
})

/** Writes the URL to the standard output, and what else the sender has to know beside it. */
export const presign = Effect.fn("presign")(function*({ bucket, key }: Address.Address, { expiresIn, put }: {
  readonly put: boolean
  readonly expiresIn: Duration.Input
}) {
  const { print, warn } = yield* Screen
  const request = yield* (put ? S3.presignPut : S3.presignGet)(bucket, key, { expiresIn })
  yield* print(request.url)
  yield* warn(`${request.method} until ${request.expiresAt.toISOString()}`)
  for (const [name, value] of Object.entries(request.headers)) yield* warn(`${name}: ${value}`)
})

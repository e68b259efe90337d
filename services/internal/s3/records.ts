// What is remembered of an upload between two runs of a program: one small file for each.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash, randomUUID } from "node:crypto"
import * as os from "node:os"
import * as path from "node:path"
import { NodeFs } from "./files.ts"

/** An upload that has begun. */
export const UploadRecord = Schema.Struct({
  uploadId: Schema.NonEmptyString,
  bucket: Schema.String,
  key: Schema.String,
  /** In which region and at which endpoint. */
  at: Schema.String,
  path: Schema.String,
  /** In bytes. */
  size: Schema.Int,
  /** In nanoseconds. */
  modified: Schema.String,
  partSize: Schema.Int,
  /** What the object was to get, as a digest. */
  options: Schema.String
})
export type UploadRecord = typeof UploadRecord.Type

/** What an upload is of and for. Two uploads that agree in it are one. */
export type Subject = Pick<UploadRecord, "bucket" | "key" | "at" | "path">

export const digestOf = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex")

/** As the XDG Base Directory Specification says: a relative path is ignored. */
const defaultDirectory = (): string => {
  const given = process.env["XDG_STATE_HOME"] ?? ""
  const home = path.isAbsolute(given) ? given : path.join(os.homedir(), ".local", "state")
  return path.join(home, "effect-aws-sdk", "uploads")
}

/** The records in a directory. Each has a file of its own. */
export interface Records {
  readonly directory: string
  /** Makes the directory. */
  readonly prepare: Effect.Effect<void, unknown>
  /** `undefined` if there is no record, or none that can be read. */
  readonly find: (subject: Subject) => Effect.Effect<UploadRecord | undefined>
  /** Replaces the record of the same subject, at once. */
  readonly write: (record: UploadRecord) => Effect.Effect<void, unknown>
  /** Removes the record of the subject, if it is still of this upload. */
  readonly remove: (subject: Subject, uploadId: string) => Effect.Effect<void>
}

export const openRecords = Effect.fnUntraced(function*(
  given: string | undefined
): Effect.fn.Return<Records> {
  const fs = yield* NodeFs
  const directory = path.resolve(given ?? defaultDirectory())
  const nameOf = ({ at, bucket, key, path: file }: Subject) =>
    path.join(directory, `${digestOf([at, bucket, key, file])}.json`)
  const trying = <A>(evaluate: () => Promise<A>) => Effect.tryPromise({ try: evaluate, catch: (cause) => cause })

  const read = async (name: string): Promise<unknown> => {
    const handle = await fs.open(name, "r")
    try {
      return JSON.parse(await handle.readFile("utf8"))
    } finally {
      await handle.close()
    }
  }
  const find = (subject: Subject) =>
    trying(() => read(nameOf(subject))).pipe(
      Effect.flatMap(Schema.decodeUnknownEffect(UploadRecord)),
      Effect.catch(() => Effect.undefined)
    )
  const write = async (record: UploadRecord): Promise<void> => {
    const name = nameOf(record)
    const temporary = `${name}.${randomUUID()}`
    try {
      const handle = await fs.open(temporary, "wx", 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`)
        // Or a crash of the machine could leave a name without content.
        await handle.sync()
      } finally {
        await handle.close()
      }
      await fs.rename(temporary, name)
    } catch (cause) {
      await fs.rm(temporary, { force: true }).catch(() => {})
      throw cause
    }
  }
  return {
    directory,
    prepare: trying(() => fs.mkdir(directory, { recursive: true, mode: 0o700 })),
    find,
    write: (record) => trying(() => write(record)),
    remove: Effect.fnUntraced(function*(subject, uploadId) {
      const found = yield* find(subject)
      if (found?.uploadId !== uploadId) return
      yield* trying(() => fs.rm(nameOf(subject), { force: true })).pipe(
        Effect.catch((cause) =>
          Effect.logWarning(`The file ${nameOf(subject)} is left, as it cannot be removed: ${cause}`)
        )
      )
    })
  }
})

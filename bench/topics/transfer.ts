import * as fs from "node:fs"
import * as path from "node:path"
import { measure, type Measured, type Server, temporary, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Options, type Row } from "../table.ts"

const GIB = 2 ** 30

const variant = (program: string, workload: string): Variant => ({ program, workload, task: { count: GIB } })

const everyone = (workload: string) => ({
  raw: variant("raw/s3", workload),
  ours: variant("ours/s3", workload),
  "effect-aws": variant("effect-aws/s3", workload),
  distilled: variant("distilled/s3", workload),
  floor: variant("floor/http", workload)
})

type Rounds<Name extends string> = ReadonlyArray<Readonly<Record<Name, Measured>>>

const rowsOf = <Name extends string>(
  measured: Rounds<Name>,
  work: string,
  options?: Options<Name>
): ReadonlyArray<Row> => {
  const subject = { topic: "transfer", work }
  const requests = numbers(measured, (one) => Object.values(one.requests).reduce((sum, count) => sum + count, 0))
  const connections = numbers(measured, (one) => one.connections)
  return [
    ...compare(measured, ["wall", "cpu", "peak"], subject, options),
    counts(requests, { ...subject, measure: "requests", unit: "" }, options),
    counts(connections, { ...subject, measure: "connections", unit: "" }, options)
  ]
}

const download = async (server: Server, rounds: number) => {
  const file = path.join(temporary, "to")
  const remove = () => fs.rmSync(file, { force: true })
  const before = () => {
    remove()
    return { file }
  }
  const variants = everyone("getToFile")
  return rowsOf(
    await measure(server, { processes: rounds, variants, around: { before, after: remove } }),
    "1 GiB to disk"
  )
}

/** Writes real bytes, because the system wouldn't read a sparse file from the disk. */
export const makeFile = (): string => {
  const file = path.join(temporary, "from")
  const piece = Buffer.alloc(2 ** 24, "The quick brown fox jumps over the lazy dog. ")
  const descriptor = fs.openSync(file, "w")
  for (let at = 0; at < GIB; at += piece.length) fs.writeSync(descriptor, piece)
  fs.closeSync(descriptor)
  return file
}

const upload = async (server: Server, rounds: number) => {
  const file = makeFile()
  const measured = await measure(server, {
    processes: rounds,
    variants: { ...everyone("putFile"), "lib-storage": variant("raw/lib-storage", "putFile") },
    around: { before: () => ({ file }), after: () => {} }
  })
  fs.rmSync(file)
  for (const [name, { bytes }] of measured.flatMap(Object.entries<Measured>)) {
    if (bytes < GIB || bytes > GIB * 1.01) throw new Error(`${name} sent ${bytes} bytes`)
  }
  return [
    ...rowsOf(measured, "1 GiB from disk, compared with one PutObject"),
    ...rowsOf(measured, "1 GiB from disk, compared with lib-storage", { base: "lib-storage" })
  ]
}

export const transfer = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => [
  ...await download(server, rounds),
  ...await upload(server, rounds)
]

import * as fs from "node:fs"
import { measure, type Measured, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Options, type Row } from "../table.ts"
import { makeFile } from "./transfer.ts"

const GIB = 2 ** 30

const variant = (program: string, workload: string, count: number): Variant => ({ program, workload, task: { count } })

const rowsOf = <Name extends string>(
  measured: ReadonlyArray<Readonly<Record<Name, Measured>>>,
  work: string,
  options: Options<Name>
): ReadonlyArray<Row> => {
  const subject = { topic: "upload-stream", work }
  const requests = numbers(measured, (one) => Object.values(one.requests).reduce((sum, count) => sum + count, 0))
  return [
    ...compare(measured, ["wall", "cpu", "peak"], subject, options),
    counts(requests, { ...subject, measure: "requests", unit: "" }, options)
  ]
}

/** The same GiB as a file, as a Stream and as a Readable, whose lengths nobody knows. */
const fromDisk = async (server: Server, rounds: number): Promise<ReadonlyArray<Row>> => {
  const file = makeFile()
  const measured = await measure(server, {
    processes: rounds,
    variants: {
      uploadFile: variant("ours/s3", "putFile", GIB),
      stream: variant("ours/s3", "putStream", GIB),
      readable: variant("ours/s3", "putReadable", GIB)
    },
    around: { before: () => ({ file }), after: () => {} }
  })
  fs.rmSync(file)
  const base = "uploadFile"
  return [
    ...rowsOf(measured, "1 GiB from a Stream, compared with `uploadFile`", { base, names: { ours: "stream" } }),
    ...rowsOf(measured, "1 GiB from a Readable, compared with `uploadFile`", { base, names: { ours: "readable" } })
  ]
}

/** A source that waits between its chunks. */
const fromSlow = async (server: Server, rounds: number): Promise<ReadonlyArray<Row>> => {
  const measured = await measure(server, {
    processes: rounds,
    variants: {
      raw: variant("raw/s3", "putSlow", GIB / 4),
      ours: variant("ours/s3", "putSlow", GIB / 4)
    }
  })
  return rowsOf(measured, "256 MiB from a Readable that waits 2 ms for each MiB", {})
}

export const uploadStream = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => [
  ...await fromDisk(server, rounds),
  ...await fromSlow(server, rounds)
]

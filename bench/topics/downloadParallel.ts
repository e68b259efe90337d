// Downloads from a server that gives each connection 40 MB/s, compared with one GetObject; and to a disk that is slower than that.
import * as fs from "node:fs"
import * as path from "node:path"
import { measure, type Server, temporary, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"
import type { Task } from "../worker.ts"

const GIB = 2 ** 30

const download = async (server: Server, rounds: number, work: string, task: Task): Promise<ReadonlyArray<Row>> => {
  const file = path.join(temporary, "to")
  const remove = () => fs.rmSync(file, { force: true })
  const variant = (program: string): Variant => ({ program, workload: "getToFile", task })
  const measured = await measure(server, {
    latency: "paced",
    processes: rounds,
    variants: { raw: variant("raw/s3"), ours: variant("ours/s3") },
    around: {
      before: () => {
        remove()
        return { file }
      },
      after: remove
    }
  })
  const subject = { topic: "download-parallel", work }
  return [
    ...compare(measured, ["wall", "cpu", "peak"], subject),
    counts(numbers(measured, ({ connections }) => connections), { ...subject, measure: "connections", unit: "" })
  ]
}

export const downloadParallel = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => [
  ...await download(server, rounds, "1 GiB to disk, 40 MB/s for each connection", { count: GIB }),
  ...await download(server, rounds, "256 MiB to a disk that takes 30 MB/s", { count: GIB / 4, disk: 30e6 })
]

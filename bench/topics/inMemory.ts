import { measure, type Server, type Variant } from "../lab.ts"
import { compareCalls, type Row } from "../table.ts"

const CALLS = 10_000

const commands = [
  { workload: "getParameter", command: "SSM GetParameter" },
  { workload: "headObject", command: "S3 HeadObject" },
  { workload: "getObject", command: "S3 GetObject of 1 KB" },
  { workload: "describeInstances", command: "EC2 DescribeInstances" }
]

/** All calls of a process go to the same in-memory AWS, which records each one in its journal. */
export const inMemory = async (server: Server, rounds = 5): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const { command, workload } of commands) {
    const variant = (owner: string): Variant => ({ program: `${owner}/in-memory`, workload, task: { count: CALLS } })
    const measured = await measure(server, {
      processes: 1,
      rounds,
      warmUp: { count: 5_000 },
      variants: { raw: variant("raw"), ours: variant("ours") }
    })
    const work = `${command}, in the same process, compared with a stub`
    rows.push(...compareCalls(measured, CALLS, ["cpu", "wall"], { topic: "emulator", work }))
  }
  return rows
}

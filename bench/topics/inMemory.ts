import { measure, type Server, type Variant } from "../lab.ts"
import { compareCalls, type Row } from "../table.ts"

const CALLS = 100_000

const commands = [
  { workload: "getParameter", command: "SSM GetParameter" },
  { workload: "headObject", command: "S3 HeadObject" }
]

/** All calls of a process go to the same in-memory AWS, which records each one in its journal. */
export const inMemory = async (server: Server, rounds = 5): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  const calls = CALLS / rounds
  for (const { command, workload } of commands) {
    const variant = (owner: string): Variant => ({ program: `${owner}/in-memory`, workload, task: { count: calls } })
    const measured = await measure(server, {
      processes: 1,
      rounds,
      warmUp: { count: 5_000 },
      variants: { raw: variant("raw"), ours: variant("ours") }
    })
    const work = `100,000 in-memory calls of ${command}, compared with a stub`
    rows.push(...compareCalls(measured, calls, ["cpu"], { topic: "in-memory", work }))
  }
  return rows
}

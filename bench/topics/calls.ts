import { measure, type Server, type Variant } from "../lab.ts"
import { compareCalls, type Row } from "../table.ts"

const CALLS = 1_500

const commands = [
  { program: "s3", workload: "headObject", command: "S3 HeadObject" },
  { program: "ssm", workload: "getParameter", command: "SSM GetParameter" }
]

export const calls = async (server: Server, rounds = 6): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const { command, program, workload } of commands) {
    for (const atOnce of [1, 32]) {
      const variant = (owner: string, name = program): Variant => ({
        program: `${owner}/${name}`,
        workload,
        task: { count: CALLS, atOnce }
      })
      const measured = await measure(server, {
        processes: 2,
        rounds,
        // The JIT compiler has optimized a call after about 4,000 calls.
        warmUp: { count: 4 * CALLS },
        variants: {
          raw: variant("raw"),
          ours: variant("ours"),
          untraced: { ...variant("ours"), untraced: true },
          "effect-aws": variant("effect-aws"),
          distilled: variant("distilled"),
          floor: variant("floor", "http")
        }
      })
      const work = `${command}, ${atOnce === 1 ? "one at a time" : `${atOnce} at once`}`
      rows.push(...compareCalls(measured, CALLS, ["cpu", "wall"], { topic: "calls", work }))
    }
  }
  return rows
}

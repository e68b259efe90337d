import { measure, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"

export const assumeRole = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const variant = (owner: string): Variant => ({
    program: `${owner}/role`,
    workload: "firstCalls",
    task: { count: 100 }
  })
  const measured = await measure(server, {
    latency: 10,
    processes: rounds,
    variants: { raw: variant("raw"), ours: variant("ours") }
  })
  const subject = { topic: "assume-role", work: "the first 100 calls, all at once, through ten clients, 10 ms latency" }
  const asked = numbers(measured, ({ requests }) => requests["AssumeRole"] ?? 0)
  return [counts(asked, { ...subject, measure: "AssumeRole", unit: "" }), ...compare(measured, ["wall"], subject)]
}

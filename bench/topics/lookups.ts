import { measure, type Measured, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"

const COUNT = 1_000

/** A thousand parameters that a program needs at the same time. */
export const lookups = async (server: Server, rounds = 6): Promise<ReadonlyArray<Row>> => {
  const task = { count: COUNT, atOnce: 50 }
  const variants = {
    raw: { program: "raw/ssm", workload: "getParameter", task },
    ours: { program: "ours/ssm", workload: "lookupParameters", task }
  } satisfies Record<string, Variant>
  const measured = await measure(server, {
    latency: 10,
    processes: 2,
    rounds,
    warmUp: { count: 4 * COUNT },
    variants
  })
  const subject = { topic: "lookups", work: "1,000 parameters at once, 10 ms latency" }
  const calls = ({ requests }: Measured) => (requests["GetParameter"] ?? 0) + (requests["GetParameters"] ?? 0)
  return [
    ...compare(measured, ["wall", "cpu"], subject),
    counts(numbers(measured, calls), { ...subject, measure: "requests", unit: "" })
  ]
}

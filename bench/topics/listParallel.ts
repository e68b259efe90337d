import { measure, type Measured, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"

const KEYS = 1_000_000

/** A million keys that share most of their characters and say nothing of how they are distributed. */
export const listParallel = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const variant = (program: string, workload: string, atOnce: number): Variant => ({
    program,
    workload,
    task: { count: KEYS, bucket: `keys-${KEYS}`, atOnce }
  })
  const measured = await measure(server, {
    latency: 50,
    processes: rounds,
    variants: {
      raw: variant("raw/s3", "listKeys", 1),
      sorted: variant("ours/s3", "listObjects", 1),
      ranges: variant("ours/s3", "listObjects", 16)
    }
  })
  const lists = (one: Measured) => one.requests["ListObjectsV2"] ?? 0
  return [
    { base: "raw", names: { ours: "sorted" }, how: "page after page" },
    { base: "sorted", names: { ours: "ranges" }, how: "concurrency 16" }
  ].flatMap(({ base, how, names }) => {
    const subject = { topic: "list-parallel", work: `1,000,000 keys, 50 ms latency, ${how}` }
    const options = { base, names } as { readonly base: "raw" | "sorted"; readonly names: { readonly ours: "ranges" } }
    return [
      ...compare(measured, ["wall", "cpu", "peak"], subject, options),
      counts(numbers(measured, lists), { ...subject, measure: "requests", unit: "" }, options)
    ]
  })
}

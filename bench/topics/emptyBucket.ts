import { measure, type Measured, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"

const OBJECTS = 100_000

/** Leaves out the requests for unfinished uploads and for the bucket itself, which only this library makes. */
const requestsToEmpty = ({ requests }: Measured) =>
  ["ListObjectsV2", "ListObjectVersions", "DeleteObjects"].reduce((sum, name) => sum + (requests[name] ?? 0), 0)

export const emptyBucket = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  let bucket = 0
  const variant = (owner: string): Variant => ({
    program: `${owner}/s3`,
    workload: "emptyBucket",
    task: { count: OBJECTS }
  })
  const measured = await measure(server, {
    latency: 10,
    processes: rounds,
    around: { before: () => ({ bucket: `full-${OBJECTS}-${bucket++}` }), after: () => {} },
    variants: {
      raw: variant("raw"),
      ours: variant("ours"),
      "effect-aws": variant("effect-aws"),
      distilled: variant("distilled")
    }
  })
  const subject = { topic: "empty-bucket", work: "100,000 objects, 10 ms latency" }
  return [
    ...compare(measured, ["wall"], subject),
    counts(numbers(measured, requestsToEmpty), { ...subject, measure: "requests", unit: "" })
  ]
}

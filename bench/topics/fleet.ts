// A call in each account and region of a fleet.
import { measure, type Server, type Variant } from "../lab.ts"
import { compare, counts, numbers, type Row } from "../table.ts"

const REGIONS = 4

export const fleet = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const accounts of [500, 2_000]) {
    const variant = (owner: string): Variant => ({
      program: `${owner}/fleet`,
      workload: "getParameter",
      task: { count: accounts * REGIONS, atOnce: 16 }
    })
    const measured = await measure(server, {
      latency: 10,
      processes: rounds,
      variants: { raw: variant("raw"), ours: variant("ours") }
    })
    const subject = {
      topic: "fleet",
      work: `GetParameter in ${accounts.toLocaleString("en")} accounts × ${REGIONS} regions, 16 at once, 10 ms latency`
    }
    const gauge = (name: string, measure: string, unit: string) =>
      counts(numbers(measured, ({ gauges }) => gauges[name] ?? 0), { ...subject, measure, unit })
    const asked = numbers(measured, ({ requests }) => requests["AssumeRole"] ?? 0)
    rows.push(
      counts(asked, { ...subject, measure: "AssumeRole", unit: "" }),
      ...compare(measured, ["wall", "cpu", "peak"], subject),
      gauge("heap", "peak heap, garbage included", "MB"),
      gauge("places", "places held at once", "")
    )
  }
  return rows
}

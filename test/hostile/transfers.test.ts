// A short run of the judge of transfers, the same in each run. `npm run hostile` runs it for longer.
import { assert, it } from "vitest"
import { runTransfers } from "./transfers.ts"

it("transfers over a hostile network end right or with a declared error, and leave nothing over", async () => {
  const end = Date.now() + 12_000
  const report = await runTransfers({ seed: 7, first: 0, goesOn: () => Date.now() < end })
  assert.strictEqual(report.wrong.length, 0, report.table())
  assert.isAbove(report.steps(), 0)
}, 300_000)

// Short runs of the judges, the same in each run. `npm run hostile` runs them for longer.
import { assert, it } from "vitest"
import { runKills } from "./kill.ts"
import { runTransfers } from "./transfers.ts"

it("transfers over a hostile network end right or with a declared error, and leave nothing over", async () => {
  const end = Date.now() + 8_000
  const report = await runTransfers({ seed: 7, first: 0, goesOn: (step) => step < 40 && Date.now() < end })
  assert.strictEqual(report.wrong.length, 0, report.table())
  assert.isAbove(report.steps(), 0)
}, 300_000)

it("a transfer whose process is killed goes on where it was, and nothing of it is left", async () => {
  const report = await runKills({
    seed: 7,
    rounds: [
      { direction: "download", between: "nothing" },
      { direction: "download", between: "object changed" },
      { direction: "upload", between: "nothing" }
    ]
  })
  assert.strictEqual(report.wrong.length, 0, report.table())
}, 300_000)

// `npm run hostile`: attacks the transfers of S3 from outside, and judges them by the bytes.
import { parseArgs } from "node:util"
import { allRounds, runKills } from "./kill.ts"
import { runTransfers } from "./transfers.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: "7" },
    step: { type: "string" },
    verbose: { type: "boolean", default: false }
  }
})

const numberOf = (name: string, value: string): number => {
  const number = Number(value)
  if (Number.isFinite(number) && number >= 0) return number
  console.error(`--${name} has to be a number from 0, and ${value} isn't.`)
  process.exit(2)
}

const seed = numberOf("seed", values.seed)
const end = Date.now() + numberOf("minutes", values.minutes) * 60_000
const step = values.step === undefined ? undefined : numberOf("step", values.step)
const log = values.verbose || step !== undefined ? console.log : undefined
const [what = "transfers", ...others] = positionals
if (!["kill", "transfers"].includes(what) || others.length > 0) {
  console.error("npm run hostile -- [transfers | kill] [--minutes 1] [--seed 7] [--step NUMBER] [--verbose]")
  process.exit(2)
}

const report = what === "kill" ? await runKills({ seed, rounds: allRounds, only: step, log }) : await runTransfers({
  seed,
  first: step ?? 0,
  goesOn: (number) => step === undefined ? Date.now() < end : number === step,
  log
})
console.log(report.table())
process.exit(report.wrong.length === 0 ? 0 : 1)

// Runs steps one after another, with one long-lived client process, and watches what that process holds.
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { startAws } from "./aws.ts"
import { judge } from "./judge.ts"
import type { Holdings } from "./operations.ts"
import { startClient, startOnce } from "./processes.ts"
import { startProxy } from "./proxy.ts"
import { randomOf } from "./random.ts"
import { makeReport, type Report } from "./report.ts"
import { stepOf } from "./scenarios.ts"

export interface TransferOptions {
  readonly seed: number
  /** The steps to run, from `first` on, as long as this says so. */
  readonly first: number
  readonly goesOn: (step: number) => boolean
  /** Hears of each step. */
  readonly log?: ((line: string) => void) | undefined
}

/** How many steps there are between two looks at what the client holds. */
const LOOK_EVERY = 50
/** In bytes: what the heap, or the buffers, may grow by over a run. */
const GROWTH = 24 * 2 ** 20

/** What grew between the first look and the last. */
const leaks = (looks: ReadonlyArray<Holdings>): ReadonlyArray<string> => {
  const [first, ...others] = looks
  const last = others.at(-1)
  if (first === undefined || last === undefined) return []
  const grown = (["heap", "buffers"] as const).filter((what) => last[what] - first[what] > GROWTH)
  return [
    ...grown.map((what) => `the client's ${what} grew from ${first[what]} to ${last[what]} bytes`),
    ...last.listeners > first.listeners
      ? [`the process's listeners grew from ${first.listeners} to ${last.listeners}`]
      : [],
    ...last.complaints.map((complaint) => `the client process complains: ${complaint}`)
  ]
}

export const runTransfers = async ({ first, goesOn, log, seed }: TransferOptions): Promise<Report> => {
  const report = makeReport()
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "hostile-"))
  const aws = await startAws()
  const proxy = await startProxy(aws.url)
  let shared = await startClient(proxy.url)
  let looks: Array<Holdings> = []
  const look = async (again: string) => {
    const holdings = await shared.holdings()
    if (holdings !== undefined) looks.push(holdings)
    for (const leak of leaks(looks)) report.complain(again, leak)
  }
  try {
    for (let number = first; goesOn(number); number++) {
      const labels = [seed, number]
      const directory = path.join(root, `step-${number}`)
      await fs.mkdir(directory)
      const step = stepOf({ labels, random: randomOf("step", ...labels), directory, prefix: `s${number}/` }, aws)
      const client = step.isAlone ? startOnce(proxy.url, step.operation) : shared
      const verdict = await judge({ aws, proxy, client, directory, labels }, step)
      const again = `npm run hostile -- --seed ${seed} --step ${number}`
      report.add(step.operation._tag, verdict, again)
      const { event, weather } = step
      log?.(
        `${number} ${JSON.stringify(step.operation)} ${JSON.stringify({ weather, event })}\n  ${
          JSON.stringify(verdict.outcome)
        } in ${Math.round(verdict.milliseconds)} ms, ${verdict.seen.length} requests${
          verdict.wrong.map((what) => `\n  WRONG ${what}`).join("")
        }`
      )
      if (step.isAlone) await client.close()
      else if (verdict.outcome._tag === "Defect") {
        // It may have ended.
        await shared.close()
        shared = await startClient(proxy.url)
        looks = []
      }
      if (number % LOOK_EVERY === LOOK_EVERY - 1) await look(again)
    }
    await look(`npm run hostile -- --seed ${seed}`)
    return report
  } finally {
    await shared.close()
    await proxy.close()
    await aws.close()
    await fs.rm(root, { recursive: true, force: true })
  }
}

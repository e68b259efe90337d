// What a run found, as a table.
import type { Verdict } from "./judge.ts"
import type { Name, Outcome } from "./operations.ts"

interface Row {
  runs: number
  right: number
  interrupted: number
  wrong: number
  readonly failures: Map<string, number>
}

export interface Wrong {
  /** What to pass to run it again. */
  readonly again: string
  readonly what: string
}

export interface Report {
  readonly add: (name: Name | string, verdict: Verdict, again: string) => void
  readonly complain: (again: string, what: string) => void
  readonly wrong: ReadonlyArray<Wrong>
  readonly table: () => string
  readonly steps: () => number
}

const nameOf = (outcome: Extract<Outcome, { _tag: "Failure" }>) =>
  outcome.code === undefined ? outcome.tag : `${outcome.tag} ${outcome.code}`

export const makeReport = (): Report => {
  const rows = new Map<string, Row>()
  const faults = new Map<string, number>()
  const wrong: Array<Wrong> = []
  let steps = 0
  let requests = 0
  const table = () => {
    const header = ["operation", "runs", "right", "failed", "ended", "wrong"]
    const body = [...rows].sort().map(([name, { failures, interrupted, right, runs, wrong }]) =>
      [name, runs, right, [...failures.values()].reduce((sum, count) => sum + count, 0), interrupted, wrong].map(String)
    )
    const widths = header.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]!.length)))
    const line = (cells: ReadonlyArray<string>) =>
      cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
    const failures = [...rows].flatMap(([name, row]) =>
      [...row.failures].sort(([, one], [, other]) => other - one).map(([failure, count]) =>
        `  ${name}: ${count} × ${failure}`
      )
    )
    return [
      line(header),
      ...body.map(line),
      "",
      `${steps} operations sent ${requests} requests. What the proxy did to them: ${
        [...faults].sort(([, one], [, other]) => other - one).map(([fault, count]) => `${fault} ${count}`).join(", ")
      }.`,
      "Failures by their tags:",
      ...failures,
      wrong.length === 0 ? "Nothing is wrong, and nothing is left over." : `${wrong.length} wrong:`,
      ...wrong.map(({ again, what }) => `  ${what}\n    again: ${again}`)
    ].join("\n")
  }
  return {
    wrong,
    steps: () => steps,
    table,
    complain: (again, what) => void wrong.push({ again, what }),
    add: (name, verdict, again) => {
      const row = rows.get(name) ?? { runs: 0, right: 0, interrupted: 0, wrong: 0, failures: new Map() }
      rows.set(name, row)
      steps++
      row.runs++
      const { outcome } = verdict
      if (outcome._tag === "Failure") row.failures.set(nameOf(outcome), (row.failures.get(nameOf(outcome)) ?? 0) + 1)
      else if (outcome._tag === "Success") row.right++
      else if (outcome._tag !== "Defect") row.interrupted++
      if (verdict.wrong.length > 0) row.wrong++
      requests += verdict.seen.length
      for (const { fault } of verdict.seen) {
        if (fault !== undefined) faults.set(fault._tag, (faults.get(fault._tag) ?? 0) + 1)
      }
      for (const what of verdict.wrong) wrong.push({ again, what: `${name}: ${what}` })
    }
  }
}

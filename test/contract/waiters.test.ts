import { describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Python from "../../scripts/internal/python.ts"
import { describedBy } from "../../scripts/internal/waiters.ts"
import { answersOf, botocores, ours, sdks } from "../support/waiters.ts"
const available = await Effect.runPromise(Effect.result(Python.install("moto")))
const python = Result.getOrElse(available, () => "")
const all = describedBy(python)
describe("x", { timeout: 200_000 }, () => {
  it("y", async () => {
    const cases = all.flatMap((described, i) =>
      Object.entries(described.waiters).flatMap(([waiter, definition], j) =>
        answersOf(described, definition, 1000 * i + j).map((answer) => ({ ...described, service: described.name, waiter, definition, answer }))
      )
    )
    console.log(cases.length)
    console.time("py"); const theirs = botocores(python, cases); console.timeEnd("py")
    console.time("ours"); const own = cases.map((c) => ours(c.module, c.waiter, c.answer)); console.timeEnd("ours")
    console.time("sdk"); const sdk = await Promise.all(cases.map((c) => sdks(c.client, c.waiter, c.answer))); console.timeEnd("sdk")
    const d = new Map<string, string[]>()
    cases.forEach((c, i) => {
      const add = (k: string) => d.set(k, [...d.get(k) ?? [], c.waiter + JSON.stringify(c.answer)])
      if (own[i] !== theirs[i]![0]) add(`bot ${c.module} own ${own[i]} theirs ${theirs[i]![0]}`)
      if (own[i] !== sdk[i]) add(`sdk ${c.module} own ${own[i]} sdk ${sdk[i]} ${c.answer.error ? "error" : "output"}`)
    })
    for (const [k, v] of d) console.log(k, v.length, v.slice(0, 4).concat(v.slice(-2)).join("\n     "))
  })
})

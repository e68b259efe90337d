import { afterAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { contracts } from "./contracts.ts"

let passed = 0

for (const { cases, service } of contracts) {
  describe(`${service} in memory`, () => {
    for (const [name, { run }] of Object.entries(cases)) {
      it.effect(name, () =>
        run.pipe(
          Effect.tap(() => Effect.sync(() => passed++)),
          Effect.provide(InMemory.layer())
        ))
    }
  })
}

afterAll(() => {
  const all = contracts.reduce((sum, { cases }) => sum + Object.keys(cases).length, 0)
  console.log(`${passed} of the ${all} contract cases passed in memory.`)
})

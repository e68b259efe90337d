import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { contracts } from "./contracts.ts"

for (const { cases, service } of contracts) {
  describe(`${service} in memory`, () => {
    for (const [name, effect] of Object.entries(cases)) {
      it.effect(name, () => effect.pipe(Effect.provide(InMemory.layer())))
    }
  })
}

// The contract suite on the in-memory AWS once more, by HTTP: clients know nothing of it but its endpoint.
import { afterAll, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { InMemory } from "effect-aws-sdk"
import { contracts } from "./contracts.ts"
import { clientsOf } from "./moto.ts"

/** Clients of an empty AWS on a port of its own. */
const served = Layer.unwrap(Effect.map(InMemory.serve(), ({ url }) => clientsOf(url)))

let passed = 0

for (const { cases, service } of contracts) {
  describe(`${service} by HTTP`, () => {
    for (const [name, { run }] of Object.entries(cases)) {
      it.effect(name, () =>
        run.pipe(
          Effect.tap(() => Effect.sync(() => passed++)),
          Effect.provide(Layer.provide(served, InMemory.layer()))
        ))
    }
  })
}

afterAll(() => {
  const all = contracts.reduce((sum, { cases }) => sum + Object.keys(cases).length, 0)
  console.log(`${passed} of the ${all} contract cases passed by HTTP.`)
})

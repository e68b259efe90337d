// The state of every service is plain data, which can be saved and restored. Saves the world after each case of the contract suite.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Saved from "../../emulator/engine/saved.ts"
import { services } from "../../emulator/services.ts"
import { contracts } from "../contract/contracts.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

for (const { cases, service } of contracts) {
  describe(`the state of ${service}`, () => {
    for (const [name, { run }] of Object.entries(cases)) {
      it.effect(`survives being saved when it ${name}`, () =>
        Effect.gen(function*() {
          const world = makeWorld({ services })
          yield* Effect.provide(run, clientsOf(world))
          const saved = world.save()
          const other = makeWorld({ services })
          other.restore(saved)
          assert.deepEqual(Saved.read(other.save(), services), Saved.read(saved, services))
        }))
    }
  })
}

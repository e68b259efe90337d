// Runners that are killed with -9 at random calls to AWS, on PostgreSQL: another one takes over, and each place is done once.
import { assert, layer } from "@effect/vitest"
import { Effect, Random } from "effect"
import type { Point } from "./support/aws.ts"
import { assertDoneOnce, Fixture, fresh, run, runner } from "./support/fleet.ts"

// Set KILL_SEED to repeat a run of this test.
const seed = process.env["KILL_SEED"] ?? String(Date.now())
const rounds = 20

interface Round extends Point {
  /** Whether the runner that made the call is killed, or both. */
  readonly both: boolean
}

const randomRounds = Effect.gen(function*() {
  const { calls } = yield* Fixture
  // How often a run polls and assumes roles differs from run to run, but each makes every different call at least once.
  const fewest = new Set(calls.map(({ entry: { account, input, operation, region } }) =>
    JSON.stringify([operation, account, region, input])
  )).size
  const all: Array<Round> = []
  for (let round = 0; round < rounds; round++) {
    all.push({
      call: yield* Random.nextIntBetween(1, fewest),
      when: round % 2 === 0 ? "before" : "after",
      both: round % 4 === 3
    })
  }
  return all
}).pipe(Random.withSeed(seed))

/** Kills the runners, and returns how long it took until another one worked where the call was, and what was repeated. */
const killed = Effect.fnUntraced(function*(name: string, { both, ...point }: Round) {
  const { aws, environment, runners } = yield* fresh
  const ended = yield* run(
    environment,
    Effect.gen(function*() {
      const held = yield* aws.holdAt(point)
      const at = performance.now()
      const victims = runners.filter((one) => both || one.name === held.by)
      const exits = yield* Effect.forEach(victims, (one) => one.kill, { concurrency: "unbounded" })
      for (const { signal } of exits) assert.strictEqual(signal, "SIGKILL", name)
      if (both) yield* runner("runner-3", environment)
      return { at, held, victims: victims.map((one) => one.name) }
    })
  )
  const { at, held, victims } = ended.value
  const repeated = yield* assertDoneOnce(name, aws, ended.results)
  const next = aws.calls().find(({ by, entry: { account, region }, at: time }) =>
    time > at && !victims.includes(by!) && account === held.account && region === held.region
  )
  // Accounts in which more than one execution works don't show who took over which.
  const isOwn = /^[34]/.test(held.account ?? "")
  return { takeover: isOwn && next !== undefined ? Math.round(next.at - at) : undefined, repeated }
}, Effect.scoped)

layer(Fixture.layer, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
  it.effect(
    `another runner takes over from one that is killed with -9, at ${rounds} random calls, and each place is done once`,
    () =>
      Effect.gen(function*() {
        const start = performance.now()
        const all = yield* Effect.forEach(
          yield* randomRounds,
          (round, index) => killed(`KILL_SEED=${seed}, round ${index}, ${JSON.stringify(round)}`, round),
          { concurrency: 2 }
        )
        const takeovers = all.flatMap(({ takeover }) => takeover ?? []).sort((a, b) => a - b)
        const counts: Record<string, number> = {}
        for (const operation of all.flatMap(({ repeated }) => repeated)) {
          counts[operation] = (counts[operation] ?? 0) + 1
        }
        console.log(
          `KILL_SEED=${seed}: ${rounds} rounds in ${
            Math.round((performance.now() - start) / 1000)
          } s. Takeover: median ` +
            `${takeovers[takeovers.length >> 1]} ms, worst ${
              takeovers.at(-1)
            } ms, of ${takeovers.length}. Changes that were repeated:`,
          counts
        )
        assert.isAbove(takeovers.length, 0)
      }),
    600_000
  )
})

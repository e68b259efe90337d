// The tear-down on the in-memory AWS, in virtual time.
import { Console, Effect, Fiber, Layer } from "effect"
import { InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { table } from "../table.ts"
import { type Report, tearDown } from "./Program.ts"
import { setUp } from "./World.ts"

const rows = (reports: ReadonlyArray<Report>) =>
  table(["what", "outcome", "reason"], reports.map(({ outcome, reason = "", what }) => [what, outcome, reason]))

/** Runs the effect and advances the clock by two hours. */
const inVirtualTime = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  yield* TestClock.adjust("2 hours")
  return yield* Fiber.join(fiber)
})

export const demo = Effect.gen(function*() {
  const leftovers = yield* setUp
  // Gives the domain and the service time to start.
  yield* TestClock.adjust("1 hour")

  yield* Console.log("\nDeleting what a cluster left behind")
  const started = performance.now()
  const reports = yield* inVirtualTime(tearDown(leftovers))
  const milliseconds = Math.round(performance.now() - started)
  yield* Console.log(rows(reports))
  const polls = (yield* InMemory.calls).filter(({ operation }) => operation === "DescribeDomain").length
  yield* Console.log(`\n${polls} polls of the domain during twenty virtual minutes, in ${milliseconds} ms`)

  yield* Console.log("\nThe same again")
  const again = yield* inVirtualTime(tearDown(leftovers))
  yield* Console.log(rows(again))
  return { reports, again }
}).pipe(Effect.provide(InMemory.layer().pipe(Layer.provideMerge(TestClock.layer()))))

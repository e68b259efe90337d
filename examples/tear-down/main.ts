// The tear-down on the in-memory AWS, in virtual time.
import { Console, Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { table } from "../table.ts"
import { type Report, tearDown } from "./Program.ts"
import { setUp } from "./World.ts"

const rows = (reports: ReadonlyArray<Report>) =>
  table(["what", "outcome", "reason"], reports.map(({ outcome, reason = "", what }) => [what, outcome, reason]))

export const demo = Effect.gen(function*() {
  const leftovers = yield* setUp
  // Gives the domain and the service time to start.
  yield* Effect.sleep("1 hour")

  yield* Console.log("\nDeleting what a cluster left behind")
  const started = performance.now()
  const reports = yield* tearDown(leftovers)
  const milliseconds = Math.round(performance.now() - started)
  yield* Console.log(rows(reports))
  const polls = (yield* InMemory.calls).filter(({ operation }) => operation === "DescribeDomain").length
  yield* Console.log(`\n${polls} polls of the domain during twenty virtual minutes, in ${milliseconds} ms`)

  yield* Console.log("\nThe same again")
  const again = yield* tearDown(leftovers)
  yield* Console.log(rows(again))
  return { reports, again }
}).pipe(Effect.provide(InMemory.layer({ virtualTime: true })))

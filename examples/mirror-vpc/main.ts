// The main job, on the in-memory AWS or on a real account.
import { Console, Data, Effect, Layer, Metric } from "effect"
import { InMemory, Profile } from "effect-aws-sdk"
import { parseArgs } from "node:util"
import { table } from "../table.ts"
import * as Accounts from "./Accounts.ts"
import * as Functions from "./Functions.ts"
import { mirror, type Options, unmirror } from "./Program.ts"
import * as World from "./World.ts"

const summary = (results: ReadonlyArray<Functions.Interface>) =>
  table(
    ["interface", "type", "subnet", "result"],
    results.map((result) => [result.eniId, result.eniType, result.subnetId, Functions.describe(result)])
  )

/** How often the program called each operation since `before`, from the metrics of the calls. */
const calls = Effect.fnUntraced(function*(before: ReadonlyMap<string, number>) {
  const now = yield* counted
  return [...now].map(([operation, count]) => [operation, count - (before.get(operation) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => a < b ? -1 : 1)
})

const counted = Effect.map(
  Metric.snapshot,
  (metrics) =>
    new Map(metrics.flatMap((metric) =>
      metric.id === "aws_calls" && metric.type === "Counter"
        ? [
          [`${metric.attributes?.["service"]}.${metric.attributes?.["operation"]}`, Number(metric.state.count)] as const
        ]
        : []
    ))
)

const printCalls = Effect.fnUntraced(function*(before: ReadonlyMap<string, number>) {
  const rows = (yield* calls(before)).map(([name, count]) => [name, String(count)])
  yield* Console.log(`${table(["operation", "calls"], rows)}\n`)
})

/** Runs the job, and waits for the functions on the in-memory AWS. */
const run = Effect.fnUntraced(
  function*<R>(options: Options, outcomes: Effect.Effect<ReadonlyArray<Functions.Interface>, never, R>) {
    const before = yield* counted
    yield* mirror(options)
    const results = yield* outcomes
    yield* Console.log(`\n${summary(results)}`)
    const created = results.filter(({ outcome }) => outcome === "Success").length
    const failed = results.filter(({ outcome }) => outcome === "Failure").length
    const skipped = results.length - created - failed
    yield* Console.log(`\n  ${created} created, ${skipped} skipped, ${failed} failed\n`)
    yield* printCalls(before)
    return results
  }
)

/** Runs the job twice and undoes it, on two accounts in memory. */
export const demo = Effect.gen(function*() {
  const options = yield* World.setUp
  const { outcomes } = yield* Functions.run(options)
  const first = yield* run(options, outcomes)
  yield* Console.log("The same job again: nothing changes")
  const second = yield* run(options, outcomes)
  const destroyed = yield* unmirror(options)
  yield* outcomes
  return { options, first, second, destroyed }
}).pipe(
  Effect.scoped,
  Effect.provide(
    Accounts.layer({ clusterRole: World.clusterRole }).pipe(
      Layer.provideMerge(InMemory.layer({ account: "111111111111", region: "us-east-2" }))
    )
  )
)

class Usage extends Data.TaggedError("Usage")<{ readonly problem: string }> {
  override get message(): string {
    return `${this.problem}\nUsage: npm run demo -- --profile NAME --vpc ID --cluster NAME [--region REGION] ` +
      "[--cluster-role ARN] [--undo]"
  }
}

/** Runs the same program on a real account, where the functions are deployed, or undoes it with `--undo`. */
export const onAws = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const { values } = yield* Effect.try({
    try: () =>
      parseArgs({
        args: [...args],
        options: {
          profile: { type: "string" },
          vpc: { type: "string" },
          cluster: { type: "string" },
          region: { type: "string" },
          "cluster-role": { type: "string" },
          undo: { type: "boolean", default: false }
        }
      }),
    catch: (error) => new Usage({ problem: error instanceof Error ? error.message : String(error) })
  })
  const { cluster, profile, region, undo, vpc } = values
  if (cluster === undefined || profile === undefined || vpc === undefined) {
    return yield* new Usage({ problem: "--profile, --vpc and --cluster are required." })
  }
  const options = { cluster, vpcId: vpc }
  yield* Effect.gen(function*() {
    if (undo) return yield* unmirror(options)
    const before = yield* counted
    yield* mirror(options)
    yield* Console.log("  The functions behind the bus count their outcomes as metrics in Arkime/Events.\n")
    yield* printCalls(before)
  }).pipe(
    Effect.provide(
      Accounts.layer({ clusterRole: values["cluster-role"] }).pipe(
        Layer.provideMerge(Profile.layer({ profile, region }))
      )
    )
  )
})

// The fleet's programs, on an estate in memory or on AWS, with the embedded engine.
import { Console, Context, Effect, FileSystem, Layer, Path, type PlatformError, Stream } from "effect"
import { type AwsClients, Default, Fleet, InMemory, Profile } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import * as Mirror from "../fleet-mirror/Workflow.ts"
import * as MirrorWorld from "../fleet-mirror/World.ts"
import * as TearDown from "../fleet-teardown/Workflow.ts"
import * as TearDownWorld from "../fleet-teardown/World.ts"
import { CannotWrite, type OnAws, parse } from "./Arguments.ts"
import * as Durable from "./Durable.ts"
import * as Estate from "./Estate.ts"
import * as Jobs from "./Jobs.ts"
import * as Run from "./Run.ts"
import { fleetRole } from "./World.ts"

/** Both workflows, on an engine. */
export const workflows = Layer.mergeAll(TearDown.layer, Mirror.layer)

/** Where the line of progress goes. */
export const Screen = Context.Reference<Fleet.DisplayOutput>("fleet/Screen", { defaultValue: () => process.stderr })

/** Writes the report as a page and as JSON, and says where. */
export const write = Effect.fnUntraced(function*(report: FleetReport.Report, directory: string, name: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const [extension, text] of [["html", FleetReport.html(report)], ["json", FleetReport.json(report)]] as const) {
    const file = path.join(directory, `${name}.${extension}`)
    yield* fs.writeFileString(file, text).pipe(
      Effect.mapError((error) => new CannotWrite({ path: file, reason: reasonOf(error) }))
    )
    yield* Console.log(file)
  }
})

/** Why a file can't be written: what the system says, if it says anything. */
const reasonOf = ({ message, reason: { cause } }: PlatformError.PlatformError) =>
  cause instanceof Error ? cause.message : message

// A run takes hours, and its report is written at the end: what can be known of the folder is known before.
const folder = Effect.fnUntraced(function*(out: string | undefined) {
  const fs = yield* FileSystem.FileSystem
  return yield* (out === undefined
    ? fs.makeTempDirectory({ prefix: "fleet-" })
    : fs.makeDirectory(out, { recursive: true }).pipe(
      Effect.andThen(fs.access(out, { writable: true })),
      Effect.as(out)
    )).pipe(
      Effect.mapError((error) => new CannotWrite({ path: out ?? "a temporary folder", reason: reasonOf(error) }))
    )
})

/**
 * Runs the events to their end with a line of progress on stderr, prints its report as a table, and writes it to files. If the run is stopped, the report
 * has what was finished until then.
 */
const reported = <E, E2, R>(
  events: Stream.Stream<Fleet.Event<FleetReport.Entry, E, Run.Target>, E2, R>,
  options: { readonly title: string; readonly directory: string; readonly name: string }
) =>
  Effect.gen(function*() {
    const { directory, name, title } = options
    const { report, run } = yield* FleetReport.collector({ title, items: Run.items })
    const show = Effect.gen(function*() {
      const now = yield* report
      yield* Console.log(`\n${FleetReport.table(now, { columns: process.stdout.columns || 120 })}\n`)
      yield* write(now, directory, name)
      return now
    })
    return yield* Fleet.display(events, { label: title, stream: yield* Screen }).pipe(
      run,
      Effect.onInterrupt(() => Effect.ignore(show)),
      Effect.andThen(show)
    )
  })

/** How many calls reached AWS during the effect, besides its result. */
const counted = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const count = Effect.map(InMemory.calls, (calls) => calls.length)
  const before = yield* count
  const started = performance.now()
  const result = yield* effect
  return { result, calls: (yield* count) - before, seconds: ((performance.now() - started) / 1000).toFixed(1) }
})

const estate = workflows.pipe(
  Layer.provideMerge(Durable.embedded),
  Layer.provideMerge(Fleet.layer({ role: fleetRole, sessionName: "fleet", regions: Estate.regions })),
  Layer.provideMerge(InMemory.layer({ account: "123456789012", journal: 100_000 })),
  Layer.provideMerge(InMemory.virtualTime)
)

const common = { targets: Estate.targets, regions: Estate.regions }

/** The tear-down on an estate in memory, in virtual time, and the same run again. */
const tearDownInMemory = Effect.fnUntraced(
  function*(directory: string) {
    yield* Console.log("An estate in memory: 6 accounts in 3 regions, where a cluster left something behind.")
    yield* Estate.tearDown
    const job = Jobs.tearDown({ ...common, run: "demo-1", tag: TearDownWorld.tag, dryRun: false })
    const options = { title: "Tear-down", directory, name: "teardown" }
    const { calls, result, seconds } = yield* counted(reported(Run.events(job), options))
    yield* Console.log(`\n${calls} calls, and over twenty virtual minutes in ${seconds} s`)
    const again = yield* counted(Stream.runCount(Run.outcomes(Run.events(job))))
    yield* Console.log(`The same run again: ${again.result} places have their results already, ${again.calls} calls`)
    return { report: result, again }
  },
  Effect.provide(estate)
)

/** Mirroring on an estate in memory, a run under another name, and the undo. */
const mirrorInMemory = Effect.fnUntraced(
  function*(directory: string) {
    yield* Console.log(
      "\nAn estate in memory: 6 accounts in 3 regions, with a VPC each, and a cluster that wants their traffic."
    )
    yield* Estate.mirror
    const { cluster, clusterAccount } = MirrorWorld
    const jobOf = (run: string, undo: boolean) => Jobs.mirror({ ...common, run, cluster, clusterAccount, undo })
    const options = { title: "Mirroring", directory, name: "mirror" }
    const { calls, result, seconds } = yield* counted(reported(Run.events(jobOf("demo-1", false)), options))
    yield* Console.log(`\n${calls} calls in ${seconds} s`)
    const sums = (job: ReturnType<typeof jobOf>) =>
      FleetReport.collect(Run.outcomes(Run.events(job)), { title: "", items: Run.items }).pipe(
        Effect.map(FleetReport.summary)
      )
    const second = yield* sums(jobOf("demo-2", false))
    yield* Console.log(
      `A run under another name: ${second.done} done, ${second.unchanged} unchanged, ${second.refused} refused`
    )
    const undone = yield* sums(jobOf("demo-1", true))
    yield* Console.log(`The undo: ${undone.done} done`)
    return { report: result, second, undone }
  },
  Effect.provide(estate)
)

const targetsOf = ({ where }: OnAws): Stream.Stream<Run.Target, FleetOrganizations.TargetsError, AwsClients> =>
  where._tag === "Accounts"
    ? Stream.fromIterable(where.accounts.map((account) => ({ account })))
    : FleetOrganizations.targets({ parents: where.units })

/** A program on AWS. The exit code is 2 if anything was refused or failed, as that of submit.ts. */
const onAws = Effect.fnUntraced(function*(options: OnAws, directory: string) {
  const { concurrency, profile, program, regions, role, run } = options
  const base = profile === undefined
    ? Default.layer({ region: regions[0] })
    : Profile.layer({ profile, region: regions[0] })
  const events = Jobs.events({ program, run, targets: targetsOf(options), regions, concurrency })
  const title = `${program._tag === "TearDown" ? "Tear-down" : "Mirroring"}: ${run}`
  const report = yield* reported(events, { title, directory, name: "report" }).pipe(
    Effect.provide(
      workflows.pipe(
        Layer.provideMerge(Durable.embedded),
        Layer.provideMerge(Fleet.layer({ role, sessionName: "fleet", regions })),
        Layer.provideMerge(base)
      )
    )
  )
  const { failed, refused } = FleetReport.summary(report)
  if (program._tag === "TearDown" && program.dryRun) yield* Console.log("\nNothing was deleted. --delete deletes it.")
  if (failed + refused > 0) process.exitCode = 2
  return { report }
})

/** Runs what the arguments say. */
export const main = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const { onAws: real, out, programs } = yield* parse(args)
  const directory = yield* folder(out)
  if (real !== undefined) return { real: yield* onAws(real, directory) }
  return {
    teardown: programs.includes("teardown") ? yield* tearDownInMemory(directory) : undefined,
    mirror: programs.includes("mirror") ? yield* mirrorInMemory(directory) : undefined
  }
})

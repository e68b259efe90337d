// Starts a run on the runners of the cluster, or joins one, shows how far it is, and reports what it did.
import { Console, DateTime, Effect, Stream } from "effect"
import { Default, Fleet } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import * as fs from "node:fs/promises"
import * as Description from "./Description.ts"
import { cluster, database } from "./Durable.ts"
import * as Jobs from "./Jobs.ts"
import { main } from "./Process.ts"
import * as Run from "./Run.ts"

/** The accounts, as they are now: a run that is joined later has those that it began with. */
const targetsOf = Effect.fnUntraced(function*({ accounts, role }: Description.Request) {
  const found = "parents" in accounts
    ? yield* FleetOrganizations.targets(accounts.parents === undefined ? {} : { parents: accounts.parents }).pipe(
      Stream.runCollect,
      Effect.provide(Default.layer())
    )
    : accounts.map((account) => ({ account, name: undefined }))
  return found.map(({ account, name }) => ({
    ...(role === undefined ? { account } : {
      roleArn: (role.startsWith("arn:") ? role : `arn:aws:iam::{account}:role/${role}`).replaceAll("{account}", account)
    }),
    ...(name !== undefined && { name })
  }))
})

const descriptionOf = Effect.fnUntraced(function*(request: Description.Request) {
  const kept = yield* Description.find(request.run)
  if (request.description === undefined) {
    return kept ?? (yield* new Description.Usage({ message: `There is no run ${request.run} in this database.` }))
  }
  const description = { ...request.description, targets: yield* targetsOf(request) }
  yield* Description.keep(description)
  return description
})

const eventsOf = ({ program, ...rest }: Description.Description) =>
  program._tag === "TearDown"
    ? Run.events(Jobs.tearDown({ ...rest, ...program }))
    : Run.events(Jobs.mirror({ ...rest, ...program }))

const program = Effect.gen(function*() {
  const request = Description.requestOf(process.argv.slice(2))
  if (request === undefined) return yield* Console.log(Description.help)
  if (request instanceof Description.Usage) return yield* request
  yield* Effect.gen(function*() {
    const startedAt = yield* DateTime.now
    const description = yield* descriptionOf(request)
    const title = `${description.program._tag === "TearDown" ? "Tear-down" : "Mirroring"}: ${description.run}`
    const entries = yield* eventsOf(description).pipe(
      Fleet.display({ label: description.run }),
      Run.entries,
      Stream.runCollect
    )
    const report = FleetReport.make({ title, startedAt, endedAt: yield* DateTime.now, entries })
    yield* Console.log(FleetReport.table(report))
    if (description.program._tag === "TearDown" && description.program.dryRun) {
      yield* Console.log("\nNothing was deleted. A run with --delete and another name deletes it.")
    }
    for (
      const [file, text] of [[request.json, FleetReport.json(report)], [
        request.html,
        FleetReport.html(report)
      ]] as const
    ) {
      if (file === undefined) continue
      yield* Effect.tryPromise({
        try: () => fs.writeFile(file, text),
        catch: (cause) => new Description.Usage({ message: `The report can't be written: ${(cause as Error).message}` })
      })
    }
    // So that a script notices that something is left to do.
    if (
      entries.some(({ failure, items }) => failure !== undefined || items.some(({ outcome }) => outcome === "Refused"))
    ) {
      process.exitCode = 2
    }
  }).pipe(Effect.provide([cluster({ clientOnly: true }), database]))
})

main(program)

// Starts a run on the runners of the cluster, or joins one, shows how far it is, and reports what it did.
import { Console, Effect, Stream } from "effect"
import { Default, Fleet } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import * as fs from "node:fs/promises"
import { CannotWrite, parseRequest, type Submission, submitHelp } from "./Arguments.ts"
import * as Description from "./Description.ts"
import { cluster, database } from "./Durable.ts"
import * as Jobs from "./Jobs.ts"
import { main } from "./Process.ts"
import * as Run from "./Run.ts"

/** The role of an account. A name is one of the partition `aws`: the arguments have been checked. */
const roleIn = (role: string, account: string) =>
  role.startsWith("arn:")
    ? role.replaceAll("{account}", account)
    : `arn:aws:iam::${account}:role/${role.replace(/^\//, "")}`

/** Describes a run with the accounts as they are now: a run that is joined later has those that it began with. */
const described = Effect.fnUntraced(function*({ program, regions, role, run, speed, where }: Submission) {
  const found = where._tag === "Accounts"
    ? where.accounts.map((account) => ({ account, name: undefined }))
    : yield* Stream.runCollect(FleetOrganizations.targets({ parents: where.units })).pipe(
      Effect.provide(Default.layer())
    )
  const targets = found.map(({ account, name }) => ({
    ...(role === undefined ? { account } : { roleArn: roleIn(role, account) }),
    ...(name !== undefined && { name })
  }))
  const description = { run, program, targets, regions, ...(speed !== undefined && { speed }) }
  yield* Description.keep(description)
  return description
})

const write = (path: string, text: string) =>
  Effect.tryPromise({
    try: () => fs.writeFile(path, text),
    catch: (cause) => new CannotWrite({ path, reason: (cause as Error).message })
  })

const program = Effect.gen(function*() {
  const request = yield* parseRequest(process.argv.slice(2))
  if (request._tag === "Help") return yield* Console.log(submitHelp)
  const { html, json, of } = request
  yield* Effect.gen(function*() {
    const description = yield* of._tag === "Attach" ? Description.find(of.run) : described(of)
    const title = `${description.program._tag === "TearDown" ? "Tear-down" : "Mirroring"}: ${description.run}`
    const report = yield* Jobs.events(description).pipe(
      Fleet.display({ label: description.run }),
      Run.outcomes,
      FleetReport.collect({ title, items: Run.items })
    )
    yield* Console.log(FleetReport.table(report))
    if (description.program._tag === "TearDown" && description.program.dryRun) {
      yield* Console.log("\nNothing was deleted. A run with --delete and another name deletes it.")
    }
    if (json !== undefined) yield* write(json, FleetReport.json(report))
    if (html !== undefined) yield* write(html, FleetReport.html(report))
    // So that a script notices that something is left to do.
    const { failed, refused } = FleetReport.summary(report)
    if (failed + refused > 0) process.exitCode = 2
  }).pipe(Effect.provide([cluster({ clientOnly: true }), database]))
})

main(program)

// The arguments of the fleet's programs: of the demo, and of the submitter of a cluster.
import { Data, Effect } from "effect"
import { parseArgs } from "node:util"
import type { Program } from "./Description.ts"

/** What is wrong with the arguments, and how to give them. */
export class Usage extends Data.TaggedError("Usage")<{ readonly problem: string; readonly help: string }> {
  override get message(): string {
    return this.problem + this.help
  }
}

/** A file or folder of the arguments can't be written. */
export class CannotWrite extends Data.TaggedError("CannotWrite")<{ readonly path: string; readonly reason: string }> {
  override get message(): string {
    return `Can't write ${this.path}: ${this.reason}. Give another path.`
  }
}

const demoHelp = `

Usage: npm run demo:fleet                        both programs on an estate in memory
       npm run demo:fleet -- [teardown | mirror] [--out DIR]
       npm run demo:fleet -- teardown --role ROLE --regions REGION,… TARGETS --run ID [--tag KEY=VALUE] [--delete]
       npm run demo:fleet -- mirror   --role ROLE --regions REGION,… TARGETS --run ID --cluster NAME
                                      [--cluster-account ID] [--undo]

TARGETS: --accounts ID,…    these accounts
         --organization     the active accounts of the organization, except its management account
         --unit ID,…        those below these organizational units

--role ROLE         the name of the role to assume in each account, or its ARN with {account} in it
--run ID            the name of the run: the report's title, and what keeps a place from being done twice
--tag KEY=VALUE     what the tear-down finds. By default cluster=capture
--delete            deletes it. Without this, the tear-down only says what it found
--cluster-account   the account that has the cluster's records. By default each account has its own
--profile NAME      whose credentials assume the roles. By default those of the environment
--concurrency N     how many places to work in at the same time. By default 16
--out DIR           where to write report.html and report.json. By default a new temporary folder`

export const submitHelp = `Starts a run over a fleet, or joins one, and reports what it did.

  submit.ts --run NAME --program teardown --tag KEY=VALUE [--delete] TARGETS
  submit.ts --run NAME --program mirror --cluster NAME [--cluster-account ID] [--undo] TARGETS
  submit.ts --attach NAME

TARGETS:
  --accounts ID,…        or --organization, for all accounts of the organization, or --unit ID,…, for those below these units
  --regions REGION,…
  --role ROLE            the name of the role in each account, if it's not the runners' own FLEET_ROLE, or an ARN with {account} in it

The report:
  --json FILE, --html FILE`

/** Which accounts. */
export type Where =
  | { readonly _tag: "Accounts"; readonly accounts: ReadonlyArray<string> }
  | { readonly _tag: "Organization"; readonly units: ReadonlyArray<string> | undefined }

/** What to do on AWS. */
export interface OnAws {
  readonly program: Program
  readonly run: string
  readonly role: string
  readonly regions: ReadonlyArray<string>
  readonly where: Where
  readonly profile: string | undefined
  readonly concurrency: number | undefined
}

/** What to do: on AWS if there is a role, else in memory. */
export interface Arguments {
  readonly out: string | undefined
  readonly programs: ReadonlyArray<"teardown" | "mirror">
  readonly onAws: OnAws | undefined
}

/** What a submitter starts. */
export interface Submission {
  readonly _tag: "Start"
  readonly run: string
  readonly program: Program
  readonly where: Where
  readonly regions: ReadonlyArray<string>
  readonly role: string | undefined
  readonly speed: number | undefined
}

/** What a submitter does. */
export type Request =
  | { readonly _tag: "Help" }
  | {
    readonly _tag: "Report"
    readonly of: Submission | { readonly _tag: "Attach"; readonly run: string }
    readonly json: string | undefined
    readonly html: string | undefined
  }

const list = (text: string | undefined) => text?.split(",").map((part) => part.trim()).filter((part) => part !== "")

const fail = (problem: string) => Effect.fail(new Usage({ problem, help: "" }))

const withHelp = (help: string) => Effect.mapError(({ problem }: Usage) => new Usage({ problem, help }))

/** The options that both programs have. */
const shared = {
  accounts: { type: "string" },
  organization: { type: "boolean" },
  unit: { type: "string" },
  regions: { type: "string" },
  role: { type: "string" },
  run: { type: "string" },
  tag: { type: "string" },
  delete: { type: "boolean" },
  cluster: { type: "string" },
  "cluster-account": { type: "string" },
  undo: { type: "boolean" }
} as const

const demo = {
  ...shared,
  out: { type: "string" },
  profile: { type: "string" },
  concurrency: { type: "string" }
} as const

const submit = {
  ...shared,
  program: { type: "string" },
  attach: { type: "string" },
  // For an in-memory AWS whose resources change faster.
  speed: { type: "string" },
  json: { type: "string" },
  html: { type: "string" },
  help: { type: "boolean" }
} as const

type Values = {
  readonly [K in keyof typeof shared]?: ((typeof shared)[K]["type"] extends "string" ? string : boolean) | undefined
}

const read = <A>(parse: () => A): Effect.Effect<A, Usage> =>
  Effect.try({
    try: parse,
    catch: (error) => new Usage({ problem: error instanceof Error ? error.message : String(error), help: "" })
  })

/** The options that only one of the programs has. */
const only = { teardown: ["tag", "delete"], mirror: ["cluster", "cluster-account", "undo"] } as const

const accountId = (text: string) =>
  /^\d{12}$/.test(text) ? Effect.succeed(text) : fail(`The id of an account has 12 digits, and ${text} hasn't.`)

const whereOf = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Where, Usage> {
  const accounts = list(values.accounts)
  const units = list(values.unit)
  const given = [accounts, values.organization, units].filter((value) => value !== undefined)
  if (given.length !== 1) return yield* fail("Give one of --accounts, --organization and --unit.")
  if (units?.length === 0) return yield* fail("--unit has no organizational units.")
  if (accounts === undefined) return { _tag: "Organization", units }
  if (accounts.length === 0) return yield* fail("--accounts has no accounts.")
  yield* Effect.forEach(accounts, accountId, { discard: true })
  return { _tag: "Accounts", accounts }
})

const tearDownOf = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Program, Usage> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(values.tag ?? "cluster=capture") ?? []
  if (key === undefined || value === undefined) {
    return yield* fail(`--tag has to be KEY=VALUE, and ${values.tag} isn't.`)
  }
  return { _tag: "TearDown", tag: { key, value }, dryRun: values.delete !== true }
})

const mirrorOf = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Program, Usage> {
  const { cluster, "cluster-account": clusterAccount } = values
  if (cluster === undefined || cluster === "") return yield* fail("--cluster is required.")
  if (clusterAccount !== undefined) yield* accountId(clusterAccount)
  return {
    _tag: "Mirror",
    cluster,
    ...(clusterAccount !== undefined && { clusterAccount }),
    undo: values.undo === true
  }
})

/** What to do, and where. */
const commonOf = Effect.fnUntraced(function*(name: "teardown" | "mirror", values: Values) {
  const foreign = only[name === "teardown" ? "mirror" : "teardown"].find((option) => option in values)
  if (foreign !== undefined) return yield* fail(`--${foreign} isn't an option of ${name}.`)
  const { run } = values
  if (run === undefined || !/^[\w.:-]{1,64}$/.test(run)) {
    return yield* fail("--run ID is required: up to 64 letters, digits, and the characters _ . : -")
  }
  const regions = list(values.regions)
  if (regions === undefined || regions.length === 0) return yield* fail("--regions is required.")
  return {
    program: yield* (name === "teardown" ? tearDownOf(values) : mirrorOf(values)),
    run,
    regions,
    where: yield* whereOf(values)
  }
})

/** Reads the arguments of the demo. */
export const parse = Effect.fnUntraced(function*(args: ReadonlyArray<string>): Effect.fn.Return<Arguments, Usage> {
  const { positionals, values } = yield* read(() =>
    parseArgs({ args: [...args], options: demo, allowPositionals: true })
  )
  const [name, ...rest] = positionals
  if (values.out === "") return yield* fail("--out needs a folder.")
  if (rest.length > 0) return yield* fail(`There is one program at most, and ${positionals.join(", ")} are several.`)
  if (name !== undefined && name !== "teardown" && name !== "mirror") {
    return yield* fail(`There is no program ${name}.`)
  }
  const { out, role, ...others } = values
  if (role === undefined) {
    const [given] = Object.keys(others)
    if (given !== undefined) return yield* fail(`--${given} is for a run on AWS, which needs --role.`)
    return { out, programs: name === undefined ? ["teardown", "mirror"] : [name], onAws: undefined }
  }
  if (name === undefined) return yield* fail("Say which program to run on AWS: teardown or mirror.")
  const common = yield* commonOf(name, values)
  const concurrency = values.concurrency === undefined ? undefined : Number(values.concurrency)
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    return yield* fail(`--concurrency has to be a whole number from 1, and ${values.concurrency} isn't.`)
  }
  yield* roleOf(role)
  return { out, programs: [name], onAws: { ...common, role, profile: values.profile, concurrency } }
}, withHelp(demoHelp))

/** A role that is another one in each account. The ARN of one account's role would lead all places there. */
const isRole = (text: string) =>
  /^arn:[\w-]+:iam::\{account\}:role\/[\w+=,.@/{}-]+$/.test(text) || /^[\w+=,.@{}-][\w+=,.@/{}-]*$/.test(text)

const roleOf = (text: string) =>
  isRole(text) ? Effect.succeed(text) : fail(
    `--role is "${text}", and has to be the name of a role, a path and a name, or its ARN with {account} in it: each account has its own.`
  )

/** Regions whose ARNs don't begin with `arn:aws:`. */
const otherPartition = /^(cn|us-gov|us-iso\w*|eu-isoe|eusc)-/

/** Reads the arguments of a submitter. */
export const parseRequest = Effect.fnUntraced(function*(args: ReadonlyArray<string>): Effect.fn.Return<Request, Usage> {
  const { values } = yield* read(() => parseArgs({ args: [...args], options: submit }))
  if (values.help === true) return { _tag: "Help" }
  const { attach, html, json, program, role, ...others } = values
  if (attach !== undefined) {
    const [useless] = Object.keys({
      ...others,
      ...(program !== undefined && { program }),
      ...(role !== undefined && { role })
    })
    if (useless !== undefined) {
      return yield* fail(
        `--attach joins a run as it was started, so it takes only --json and --html, and no --${useless}. For a run that does ` +
          "something else, use another name."
      )
    }
    return { _tag: "Report", of: { _tag: "Attach", run: attach }, json, html }
  }
  if (program !== "teardown" && program !== "mirror") return yield* fail("--program has to be teardown or mirror.")
  if (program === "teardown" && values.tag === undefined) {
    return yield* fail("--program teardown needs --tag KEY=VALUE.")
  }
  const common = yield* commonOf(program, values)
  if (role !== undefined) yield* roleOf(role)
  const elsewhere = common.regions.find((region) => otherPartition.test(region))
  if (role !== undefined && !role.startsWith("arn:") && elsewhere !== undefined) {
    return yield* fail(
      `For ${elsewhere}, --role has to be an ARN with {account} in it: a name is one of arn:aws: only.`
    )
  }
  const speed = values.speed === undefined ? undefined : Number(values.speed)
  if (speed !== undefined && !(speed > 0 && Number.isFinite(speed))) {
    return yield* fail("--speed has to be a number above 0.")
  }
  return { _tag: "Report", of: { _tag: "Start", ...common, role, speed }, json, html }
}, withHelp(" See submit.ts --help."))

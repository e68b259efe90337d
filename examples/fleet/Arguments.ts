// The arguments of the fleet's programs.
import { Data, Effect } from "effect"
import { parseArgs } from "node:util"
import type { Tag } from "../fleet-teardown/Leftovers.ts"

/** What is wrong with the arguments, and how to give them. */
export class Usage extends Data.TaggedError("Usage")<{ readonly problem: string }> {
  override get message(): string {
    return `${this.problem}

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
  }
}

export type Program =
  | { readonly _tag: "teardown"; readonly tag: Tag; readonly dryRun: boolean }
  | {
    readonly _tag: "mirror"
    readonly cluster: string
    readonly clusterAccount: string | undefined
    readonly undo: boolean
  }

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

const list = (text: string | undefined) => text?.split(",").map((part) => part.trim()).filter((part) => part !== "")

const fail = (problem: string) => Effect.fail(new Usage({ problem }))

const options = {
  out: { type: "string" },
  role: { type: "string" },
  regions: { type: "string" },
  accounts: { type: "string" },
  organization: { type: "boolean" },
  unit: { type: "string" },
  run: { type: "string" },
  tag: { type: "string" },
  delete: { type: "boolean" },
  cluster: { type: "string" },
  "cluster-account": { type: "string" },
  undo: { type: "boolean" },
  profile: { type: "string" },
  concurrency: { type: "string" }
} as const

/** The options that only one of the programs has. */
const only = { teardown: ["tag", "delete"], mirror: ["cluster", "cluster-account", "undo"] } as const

const accountId = (text: string) =>
  /^\d{12}$/.test(text) ? Effect.succeed(text) : fail(`The id of an account has 12 digits, and ${text} hasn't.`)

/** Reads the arguments. */
export const parse = Effect.fnUntraced(function*(args: ReadonlyArray<string>): Effect.fn.Return<Arguments, Usage> {
  const { positionals, values } = yield* Effect.try({
    try: () => parseArgs({ args: [...args], options, allowPositionals: true }),
    catch: (error) => new Usage({ problem: error instanceof Error ? error.message : String(error) })
  })
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
  const foreign = only[name === "teardown" ? "mirror" : "teardown"].find((option) => option in values)
  if (foreign !== undefined) return yield* fail(`--${foreign} isn't an option of ${name}.`)
  const { run } = values
  if (run === undefined || !/^[\w.:-]{1,64}$/.test(run)) {
    return yield* fail("--run ID is required: up to 64 letters, digits, and the characters _ . : -")
  }
  const regions = list(values.regions)
  if (regions === undefined || regions.length === 0) return yield* fail("--regions is required.")
  const concurrency = values.concurrency === undefined ? undefined : Number(values.concurrency)
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    return yield* fail(`--concurrency has to be a whole number from 1, and ${values.concurrency} isn't.`)
  }
  const onAws = {
    program: name === "teardown" ? yield* tearDown(values) : yield* mirror(values),
    run,
    role,
    regions,
    where: yield* where(values),
    profile: values.profile,
    concurrency
  }
  return { out, programs: [name], onAws }
})

type Values = {
  readonly [K in keyof typeof options]?: ((typeof options)[K]["type"] extends "string" ? string : boolean) | undefined
}

const where = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Where, Usage> {
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

const tearDown = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Program, Usage> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(values.tag ?? "cluster=capture") ?? []
  if (key === undefined || value === undefined) {
    return yield* fail(`--tag has to be KEY=VALUE, and ${values.tag} isn't.`)
  }
  return { _tag: "teardown", tag: { key, value }, dryRun: values.delete !== true }
})

const mirror = Effect.fnUntraced(function*(values: Values): Effect.fn.Return<Program, Usage> {
  const { cluster, "cluster-account": clusterAccount } = values
  if (cluster === undefined || cluster === "") return yield* fail("--cluster is required.")
  if (clusterAccount !== undefined) yield* accountId(clusterAccount)
  return { _tag: "mirror", cluster, clusterAccount, undo: values.undo === true }
})

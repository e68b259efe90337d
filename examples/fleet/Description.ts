// What a run does and where. It's kept in the database, so that another process can join the run by its name.
import { Data, Effect, Option, Schema } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { parseArgs } from "node:util"

const Target = Schema.Union([
  Schema.Struct({ account: Schema.String, name: Schema.optionalKey(Schema.String) }),
  Schema.Struct({ roleArn: Schema.String, name: Schema.optionalKey(Schema.String) })
])

/** All that the payloads of a run are made of: the same description makes the same payloads. */
export const Description = Schema.Struct({
  run: Schema.String,
  program: Schema.Union([
    Schema.Struct({
      _tag: Schema.tag("TearDown"),
      tag: Schema.Struct({ key: Schema.String, value: Schema.String }),
      dryRun: Schema.Boolean
    }),
    Schema.Struct({
      _tag: Schema.tag("Mirror"),
      cluster: Schema.String,
      clusterAccount: Schema.optionalKey(Schema.String),
      undo: Schema.Boolean
    })
  ]),
  targets: Schema.Array(Target),
  regions: Schema.Array(Schema.String),
  speed: Schema.optionalKey(Schema.Finite)
})
export type Description = typeof Description.Type

/** The command line is wrong, or contradicts what is known of the run. */
export class Usage extends Data.TaggedError("Usage")<{ readonly message: string }> {}

const usage = (message: string) => new Usage({ message })

export const help = `Starts a run over a fleet, or joins one, and reports what it did.

  submit.ts --run NAME --program teardown --tag KEY=VALUE [--delete] WHERE
  submit.ts --run NAME --program mirror --cluster NAME [--cluster-account ID] [--undo] WHERE
  submit.ts --attach NAME

WHERE:
  --accounts ID,ID,…     or --organization, for all accounts of the organization, or --parents OU,OU,…, for those in them
  --regions NAME,NAME,…
  --role NAME            the role in each account, if it's not the runners' own FLEET_ROLE, or an ARN with {account} in it, which
                         regions of China and GovCloud need

The report:
  --json FILE, --html FILE`

/** What the command line asks for. */
export interface Request {
  readonly run: string
  /** Without one, the run has to be there. The targets of an organization are still to be found. */
  readonly description: Omit<Description, "targets"> | undefined
  readonly accounts: ReadonlyArray<string> | { readonly parents: ReadonlyArray<string> | undefined }
  readonly role: string | undefined
  readonly json: string | undefined
  readonly html: string | undefined
}

const isAccount = (text: string) => /^\d{12}$/.test(text)

/** A role that is another one in each account. The ARN of one account's role would lead all places there. */
const isRole = (text: string) =>
  /^arn:[\w-]+:iam::\{account\}:role\/[\w+=,.@/{}-]+$/.test(text) || /^[\w+=,.@{}-][\w+=,.@/{}-]*$/.test(text)

const listOf = (text: string | undefined) =>
  (text ?? "").split(",").map((one) => one.trim()).filter((one) => one !== "")

const read = (args: ReadonlyArray<string>) =>
  parseArgs({
    args: [...args],
    options: {
      run: { type: "string" },
      attach: { type: "string" },
      program: { type: "string" },
      tag: { type: "string" },
      delete: { type: "boolean", default: false },
      cluster: { type: "string" },
      "cluster-account": { type: "string" },
      undo: { type: "boolean", default: false },
      accounts: { type: "string" },
      organization: { type: "boolean", default: false },
      parents: { type: "string" },
      regions: { type: "string" },
      role: { type: "string" },
      // For an in-memory AWS whose resources change faster.
      speed: { type: "string" },
      json: { type: "string" },
      html: { type: "string" },
      help: { type: "boolean", default: false }
    }
  }).values

type Given = ReturnType<typeof read>

/** The options that only one of the programs has, and those that only join a run. */
const only = { teardown: ["tag", "delete"], mirror: ["cluster", "cluster-account", "undo"] } as const
const whileAttached = ["attach", "json", "html"]

/** The first option that was given, and that the command has no use for: somebody believes that it does something. */
const useless = (given: Given): string | undefined => {
  const names = Object.entries(given).flatMap(([name, value]) => value === undefined || value === false ? [] : [name])
  if (given.attach !== undefined) {
    const name = names.find((name) => !whileAttached.includes(name))
    return name &&
      `--attach joins a run as it was started, so it takes only --json and --html, and no --${name}. For a run that does ` +
        "something else, use another name."
  }
  const { program } = given
  if (program !== "teardown" && program !== "mirror") return undefined
  const name = only[program === "teardown" ? "mirror" : "teardown"].find((name) => names.includes(name))
  return name && `--${name} isn't an option of --program ${program}.`
}

const programOf = (given: Given): Description["program"] | Usage => {
  switch (given.program) {
    case "teardown": {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(given.tag ?? "") ?? []
      return key === undefined || value === undefined
        ? usage("--program teardown needs --tag KEY=VALUE. With --delete, what has this tag is deleted.")
        : { _tag: "TearDown", tag: { key, value }, dryRun: !given.delete }
    }
    case "mirror": {
      const clusterAccount = given["cluster-account"]
      if (clusterAccount !== undefined && !isAccount(clusterAccount)) {
        return usage(`--cluster-account is ${clusterAccount}, and the ID of an account has 12 digits.`)
      }
      return given.cluster === undefined || given.cluster === ""
        ? usage("--program mirror needs --cluster NAME: the cluster that gets the traffic.")
        : {
          _tag: "Mirror",
          cluster: given.cluster,
          ...(clusterAccount !== undefined && { clusterAccount }),
          undo: given.undo
        }
    }
    default:
      return usage("--program has to be teardown or mirror.")
  }
}

/** Reads the command line. `undefined` if it asks for help. */
export const requestOf = (args: ReadonlyArray<string>): Request | undefined | Usage => {
  let given: Given
  try {
    given = read(args)
  } catch (error) {
    return usage(`${(error as Error).message} See submit.ts --help.`)
  }
  if (given.help) return undefined
  const { html, json, role } = given
  const problem = useless(given)
  if (problem !== undefined) return usage(problem)
  if (given.attach !== undefined) {
    return { run: given.attach, description: undefined, accounts: [], role: undefined, html, json }
  }
  const { run } = given
  if (run === undefined || !/^[\w.-]{1,100}$/.test(run)) {
    return usage(
      "--run NAME is missing or wrong: give the run a name of letters, digits, -, _ and . that no other run has."
    )
  }
  const program = programOf(given)
  if (program instanceof Usage) return program
  const regions = listOf(given.regions)
  if (regions.length === 0) return usage("--regions NAME,NAME,… is missing: where in each account the run works.")
  const accounts = listOf(given.accounts)
  const isOrganization = given.organization || given.parents !== undefined
  if ((accounts.length > 0) === isOrganization) {
    return usage("Give either --accounts ID,ID,…, or --organization, or --parents OU,OU,….")
  }
  const wrong = accounts.find((account) => !isAccount(account))
  if (wrong !== undefined) return usage(`--accounts has ${wrong}, and the ID of an account has 12 digits.`)
  if (role !== undefined && !isRole(role)) {
    return usage(
      `--role is "${role}", and has to be the name of a role, a path and a name, or its ARN with {account} in it: each account has its own.`
    )
  }
  const speed = given.speed === undefined ? undefined : Number(given.speed)
  if (speed !== undefined && !(speed > 0 && Number.isFinite(speed))) return usage("--speed has to be a number above 0.")
  const parents = given.parents === undefined ? undefined : listOf(given.parents)
  if (parents?.length === 0) return usage("--parents OU,OU,… is empty.")
  if (given.organization && parents !== undefined) {
    return usage("--organization is all accounts, and --parents those of some organizational units. Give one of them.")
  }
  return {
    run,
    description: { run, program, regions, ...(speed !== undefined && { speed }) },
    accounts: isOrganization ? { parents } : accounts,
    role,
    html,
    json
  }
}

const Json = Schema.fromJsonString(Description)

/** Where the descriptions of runs are. */
export const table = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS cluster_runs (run VARCHAR(100) PRIMARY KEY, description TEXT NOT NULL)`
})

/** The description of a run that has begun. */
export const find = Effect.fnUntraced(function*(run: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ description: string }>`SELECT description FROM cluster_runs WHERE run = ${run}`
  return row === undefined ? undefined : yield* Effect.orDie(Schema.decodeEffect(Json)(row.description))
})

/** What differs from the run that is there, in the words of the command line. */
const differences = (description: Description, kept: string | undefined) => {
  const before = kept === undefined ? undefined : Option.getOrUndefined(Schema.decodeOption(Json)(kept))
  const of = ({ program, regions, speed, targets }: Description) => ({
    "another program": program._tag,
    "another tag": "tag" in program ? program.tag : undefined,
    "another --delete": "dryRun" in program ? program.dryRun : undefined,
    "another cluster": "cluster" in program ? [program.cluster, program.clusterAccount] : undefined,
    "another --undo": "undo" in program ? program.undo : undefined,
    "other accounts or another role": targets,
    "other regions": regions,
    "another speed": speed
  })
  const now: Readonly<Record<string, unknown>> = of(description)
  const then: Readonly<Record<string, unknown>> = before === undefined ? {} : of(before)
  return Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(then[name])).join(", ")
}

/** Keeps the description of a run. If the run is there, it has to be the same run. */
export const keep = Effect.fnUntraced(function*(description: Description) {
  const sql = yield* SqlClient.SqlClient
  const { run } = description
  const text = yield* Effect.orDie(Schema.encodeEffect(Json)(description))
  yield* sql`INSERT INTO cluster_runs ${sql.insert({ run, description: text })} ON CONFLICT DO NOTHING`
  const [row] = yield* sql<{ description: string }>`SELECT description FROM cluster_runs WHERE run = ${run}`
  if (row?.description !== text) {
    return yield* usage(
      `The run ${run} is there already, with other options: ${differences(description, row?.description)}. ` +
        `Join it with --attach ${run}, or give the new one another name.`
    )
  }
})

// What a run does and where. It's kept in the database, so that another process can join the run by its name.
import { Data, Effect, Schema } from "effect"
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
  --role NAME            the role in each account, if it's not the runners' own FLEET_ROLE, or an ARN with {account} in it

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
      return given.cluster === undefined
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
  if (given.attach !== undefined) {
    return given.run !== undefined || given.program !== undefined
      ? usage("--attach joins a run that is there, so it takes neither --run nor --program.")
      : { run: given.attach, description: undefined, accounts: [], role: undefined, html, json }
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
  const wrong = accounts.find((account) => !/^\d{12}$/.test(account))
  if (wrong !== undefined) return usage(`--accounts has ${wrong}, and the ID of an account has 12 digits.`)
  const speed = given.speed === undefined ? undefined : Number(given.speed)
  if (speed !== undefined && !(speed > 0 && Number.isFinite(speed))) return usage("--speed has to be a number above 0.")
  const parents = given.parents === undefined ? undefined : listOf(given.parents)
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

/** Keeps the description of a run. If the run is there, it has to be the same run. */
export const keep = Effect.fnUntraced(function*(description: Description) {
  const sql = yield* SqlClient.SqlClient
  const { run } = description
  const text = yield* Effect.orDie(Schema.encodeEffect(Json)(description))
  yield* sql`INSERT INTO cluster_runs ${sql.insert({ run, description: text })} ON CONFLICT DO NOTHING`
  const [row] = yield* sql<{ description: string }>`SELECT description FROM cluster_runs WHERE run = ${run}`
  if (row?.description !== text) {
    return yield* usage(
      `The run ${run} is there already, with another program, other accounts or other regions. Join it with --attach ${run}, ` +
        "or give the new one another name."
    )
  }
})

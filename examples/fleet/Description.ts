// What a run does and where. It's kept in the database, so that another process can join the run by its name.
import { Data, Effect, Option, Schema } from "effect"
import * as SqlClient from "effect/sql/SqlClient"

const Target = Schema.Union([
  Schema.Struct({ account: Schema.String, name: Schema.optionalKey(Schema.String) }),
  Schema.Struct({ roleArn: Schema.String, name: Schema.optionalKey(Schema.String) })
])

/** What to do in each place. */
export const Program = Schema.Union([
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
])
export type Program = typeof Program.Type

/** All that the payloads of a run are made of: the same description makes the same payloads. */
export const Description = Schema.Struct({
  run: Schema.String,
  program: Program,
  targets: Schema.Array(Target),
  regions: Schema.Array(Schema.String),
  speed: Schema.optionalKey(Schema.Finite)
})
export type Description = typeof Description.Type

/** The database has no run of this name, or another one. */
export class NotThisRun extends Data.TaggedError("NotThisRun")<{ readonly message: string }> {}

const Json = Schema.fromJsonString(Description)

/** Where the descriptions of runs are. */
export const table = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS cluster_runs (run VARCHAR(100) PRIMARY KEY, description TEXT NOT NULL)`
})

const textOf = Effect.fnUntraced(function*(run: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ description: string }>`SELECT description FROM cluster_runs WHERE run = ${run}`
  return row?.description
})

/** The description of a run that has begun. */
export const find = Effect.fnUntraced(function*(run: string) {
  const text = yield* textOf(run)
  if (text === undefined) return yield* new NotThisRun({ message: `There is no run ${run} in this database.` })
  return yield* Effect.orDie(Schema.decodeEffect(Json)(text))
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
  const kept = yield* textOf(run)
  if (kept !== text) {
    return yield* new NotThisRun({
      message: `The run ${run} is there already, with other options: ${differences(description, kept)}. ` +
        `Join it with --attach ${run}, or give the new one another name.`
    })
  }
})

// The two engines that run the workflows of a fleet: one in the memory of this process, and one of many machines.
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { type Cause, Data, Effect, Fiber, Layer, Option, Predicate, Schedule } from "effect"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Description from "./Description.ts"
import * as Settings from "./Settings.ts"

/** Workflows run in this process, and their records are lost with it. It needs no set-up. */
export const embedded: Layer.Layer<WorkflowEngine.WorkflowEngine> = WorkflowEngine.layerMemory

/** The database doesn't answer, or isn't usable. */
export class DatabaseUnusable extends Data.TaggedError("DatabaseUnusable")<{ readonly message: string }> {}

/** The message and those of its causes, each once. */
const wordsOf = (error: unknown, said: ReadonlyArray<string> = []): string =>
  error instanceof Error
    ? wordsOf(error.cause, said.includes(error.message) ? said : [...said, error.message])
    : said.join(": ")

/** The pool of connections. It makes one at once, so that a wrong setting shows when the process starts. */
export const database = PgClient.layerFrom(Effect.gen(function*() {
  const options = yield* Settings.database
  const usable = Effect.gen(function*() {
    const sql = yield* PgClient.make(options)
    const [row] = yield* sql<{ version: number }>`SELECT current_setting('server_version_num')::int AS version`
    if (row !== undefined && row.version < 140_000) {
      yield* Effect.logWarning(
        "PostgreSQL before version 14 doesn't end the session of a runner that is frozen, so that its shards stay with it."
      )
    }
    return sql
  })
  return yield* Effect.mapError(
    usable,
    (error) => new DatabaseUnusable({ message: `The database of DATABASE_URL isn't usable. ${wordsOf(error)}` })
  )
}))

/**
 * Creates the tables, or brings them up to date. It has to be done once for each version of effect, with a user that may create tables.
 * Processes that start at the same time do it one after the other: for PostgreSQL, `IF NOT EXISTS` isn't enough.
 */
export const migrations = Layer.effectDiscard(Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const migrate = Migrator.make({})
  const all = Effect.gen(function*() {
    yield* sql`SELECT pg_advisory_xact_lock(hashtext('effect-aws-sdk fleet'))`
    yield* migrate({ loader: SqlMessageStorage.migrations(), table: "cluster_migrations" })
    yield* migrate({ loader: SqlRunnerStorage.migrations({}), table: "cluster_runner_migrations" })
    // How many shards the cluster has. effect/cluster doesn't keep it: a process with another number would start workflows in shards
    // that no runner reads, and they would never run.
    yield* sql`CREATE TABLE IF NOT EXISTS cluster_shards (shard_group VARCHAR(255) PRIMARY KEY, shards INTEGER NOT NULL)`
    yield* Description.table
  })
  yield* sql.withTransaction(all).pipe(
    Effect.mapError((error) =>
      new DatabaseUnusable({ message: `The tables of the cluster can't be created. ${wordsOf(error)}` })
    )
  )
}))

/** Fails if the tables are missing, or if the processes of the cluster don't agree on the number of shards. */
const sameShards = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ missing: boolean }>`SELECT to_regclass('cluster_shards') IS NULL AS missing`
  if (found?.missing === true) {
    return yield* new Settings.WrongSetting({
      message: "The tables of the cluster are missing: run examples/fleet/migrate.ts, or set DATABASE_MIGRATE=true."
    })
  }
  const { availableShardGroups, shardsPerGroup } = yield* ShardingConfig.ShardingConfig
  for (const group of availableShardGroups) {
    yield* sql`INSERT INTO cluster_shards ${
      sql.insert({ shard_group: group, shards: shardsPerGroup })
    } ON CONFLICT DO NOTHING`
    const [row] = yield* sql<{ shards: number }>`SELECT shards FROM cluster_shards WHERE shard_group = ${group}`
    if (row !== undefined && row.shards !== shardsPerGroup) {
      return yield* new Settings.WrongSetting({
        message:
          `SHARDS_PER_GROUP is ${shardsPerGroup}, and the cluster in this database has ${row.shards}: it has to be the same ` +
          "for all processes. docs/durable-cluster.md says how to change it."
      })
    }
  }
})

/**
 * A runner that takes shards over also gets the messages that the one before has read and not answered.
 *
 * Sharding of effect/cluster 4.1 asks for them once (`resetShards`), for `SHARD_LOCK_REFRESH_INTERVAL` at most, and ignores that it failed:
 * then nobody reads these messages for ten minutes. Here it goes on until it's done. A runner that reads a message again while it works
 * on it leaves it alone. Remove this when "another runner gets all messages of a shard, however long the database takes" in
 * test/durable/cluster.test.ts passes without it.
 */
const messages = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.gen(function*() {
    const storage = yield* MessageStorage.MessageStorage
    const scope = yield* Effect.scope
    return {
      ...storage,
      resetShards: (shards) =>
        storage.resetShards(Array.from(shards)).pipe(
          Effect.retry(Schedule.spaced("1 second")),
          Effect.forkIn(scope),
          Effect.flatMap(Fiber.join)
        )
    }
  })
).pipe(Layer.provide(SqlMessageStorage.layerStorage({})))

/** The records of workflows, and who has which shard. */
const storage = Layer.unwrap(
  Effect.map(Settings.migrates, (migrates) =>
    Layer.mergeAll(
      messages,
      SqlRunnerStorage.layerStorage({}),
      Layer.effectDiscard(sameShards)
    ).pipe(
      Layer.provide(migrates ? migrations : Layer.empty)
    ))
).pipe(
  Layer.provide(NodeCrypto.layerDigest),
  Layer.provide(database)
)

const isAway = ({ reasons }: Cause.Cause<unknown>): boolean =>
  reasons.some((reason) => reason._tag === "Die" && Predicate.isTagged(reason.defect, "PersistenceError"))

const patient = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  effect.pipe(
    Effect.sandbox,
    Effect.retry({ while: isAway, schedule: Schedule.spaced("1 second") }),
    Effect.catch(Effect.failCause)
  )

/**
 * While the database is away, the engine waits for it.
 *
 * The engine of effect/cluster 4.1 makes defects of the failures of its storage (`Effect.orDie` in `execute`, `activityExecute`,
 * `scheduleClock` and `deferredResult`): a database that restarts would end workflows with a defect, for good, and tell a submitter
 * that they had. All of these calls can be repeated. Remove this when a workflow outlasts a restart of the database without it:
 * "a run goes on after the database was restarted" in test/durable/cluster.test.ts.
 */
const engine = Layer.effect(
  WorkflowEngine.WorkflowEngine,
  Effect.map(WorkflowEngine.WorkflowEngine, (engine) => ({
    ...engine,
    execute: (workflow, options) => patient(engine.execute(workflow, options)),
    activityExecute: (activity, attempt) => patient(engine.activityExecute(activity, attempt)),
    deferredResult: (deferred) => patient(engine.deferredResult(deferred)),
    deferredDone: (deferred, options) => patient(engine.deferredDone(deferred, options)),
    scheduleClock: (workflow, options) => patient(engine.scheduleClock(workflow, options)),
    poll: (workflow, executionId) => patient(engine.poll(workflow, executionId))
  }))
).pipe(Layer.provide(ClusterWorkflowEngine.layer))

/**
 * Workflows run on all processes that have this Layer, and their records are in PostgreSQL. With `clientOnly`, the process starts and
 * watches workflows, and runs none.
 */
export const cluster = ({ clientOnly = false }: { readonly clientOnly?: boolean } = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const settings = yield* Settings.sharding
    const address = clientOnly
      ? { runnerAddress: Option.none(), runnerListenAddress: Option.none() }
      : yield* Settings.address
    const shardingConfig = { ...settings, ...address }
    return engine.pipe(
      Layer.provideMerge(NodeClusterSocket.layer({
        clientOnly,
        storage: "byo",
        runnerHealth: yield* Settings.health,
        shardingConfig
      })),
      Layer.provideMerge(Layer.provide(storage, ShardingConfig.layer(shardingConfig)))
    )
  }))

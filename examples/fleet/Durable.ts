// The two engines that run the workflows of a fleet: one in the memory of this process, and one of many machines.
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { type Cause, Clock, Data, Duration, Effect, Layer, Option, Predicate, Schedule } from "effect"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import type * as ShardId from "effect/cluster/ShardId"
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
 * A message that a runner has read and not answered is read again once it's older than `SHARD_LOCK_EXPIRATION`.
 *
 * In effect/cluster 4.1 that takes ten minutes (`last_read`). A runner that takes a shard over does it at once (`resetShards`), but tries
 * only once, for `SHARD_LOCK_REFRESH_INTERVAL` at most. And a message can get lost later: a runner that goes on after it was frozen reads
 * those of shards that another one has by now, and drops them when it finds out. So does one whose connection breaks before it has what it read.
 *
 * It's done for shards whose locks the runner has, so that nobody takes what another works on. A runner that reads a message again
 * while it works on it leaves it alone. If this fails, because effect/cluster has other tables, it's ten minutes again. Remove this when "another
 * runner gets all messages of a shard, however long the database takes" and "a message that was read and lost is read again"
 * in test/durable/cluster.test.ts pass without it.
 */
const messages = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.gen(function*() {
    const storage = yield* MessageStorage.MessageStorage
    const runners = yield* RunnerStorage.RunnerStorage
    const sql = yield* SqlClient.SqlClient
    const { runnerAddress, shardLockExpiration, shardLockRefreshInterval } = yield* ShardingConfig.ShardingConfig
    if (Option.isNone(runnerAddress)) return storage
    const seconds = Duration.toSeconds(shardLockExpiration)
    const reset = Effect.fnUntraced(
      function*(shards: Iterable<ShardId.ShardId>) {
        // If this fails, effect/cluster finds out by itself.
        const locked = yield* Effect.orElseSucceed(runners.refresh(runnerAddress.value, shards), () => [])
        if (locked.length === 0) return
        // Nobody waits for rows that another one has locked: they are read again the next time.
        yield* sql`
        UPDATE cluster_messages SET last_read = NULL WHERE id IN (
          SELECT id FROM cluster_messages
          WHERE ${sql.in("shard_id", locked.map(String))} AND NOT processed
          AND last_read < NOW() - make_interval(secs => ${seconds})
          FOR UPDATE SKIP LOCKED
        )`
      },
      Effect.catchCause((cause) =>
        Effect.logWarning("Messages that were lost aren't read again for ten minutes", cause)
      )
    )
    let next = 0
    return {
      ...storage,
      unprocessedMessages: (shards, options) =>
        Effect.andThen(
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            if (now < next || Array.from(shards).length === 0) return Effect.void
            next = now + Duration.toMillis(shardLockRefreshInterval)
            return reset(shards)
          }),
          storage.unprocessedMessages(shards, options)
        )
    }
  })
).pipe(Layer.provide(SqlMessageStorage.layerStorage({})))

/** The records of workflows, and who has which shard. */
const storage = Layer.unwrap(
  Effect.map(Settings.migrates, (migrates) =>
    Layer.mergeAll(
      Layer.provideMerge(messages, SqlRunnerStorage.layerStorage({})),
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

// What PostgreSQL does with the sessions of a process of a cluster that doesn't go on, but whose connections stay open.
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { ConfigProvider, Context, Deferred, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import * as net from "node:net"
import * as Settings from "../../examples/fleet/Settings.ts"
import { postgres } from "../support/postgres.ts"

class Database extends Context.Service<Database, string>()("Database") {
  static readonly layer = Layer.effect(
    Database,
    Effect.gen(function*() {
      const url = yield* (yield* postgres).createDatabase("sessions")
      yield* PgClient.PgClient.use((sql) =>
        Effect.andThen(
          sql`CREATE TABLE rows (id INTEGER PRIMARY KEY)`,
          sql`INSERT INTO rows SELECT generate_series(1, 2)`
        )
      ).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) })))
      return url
    })
  )
}

/** The options of a runner's pool. */
const options = (url: string) =>
  Settings.database.pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({
      env: {
        DATABASE_URL: url,
        SHARD_LOCK_EXPIRATION: "300 millis",
        SHARD_LOCK_REFRESH_INTERVAL: "100 millis"
      }
    })))
  )

/** What another runner does: it waits for the row, for as long as it takes. */
const lockRow = (url: string, id: number) =>
  PgClient.PgClient.use((sql) => sql<{ id: number }>`SELECT id FROM rows WHERE id = ${id} FOR UPDATE`).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(url) }))
  )

layer(Database.layer, { excludeTestServices: true, timeout: "1 minute" })("a process that is frozen", (it) => {
  it.effect("in a transaction loses its session, and with it the locks on rows", () =>
    Effect.gen(function*() {
      const url = yield* Database
      const locked = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const sql = yield* PgClient.PgClient
        const transaction = yield* sql`SELECT id FROM rows WHERE id = 1 FOR UPDATE`.pipe(
          Effect.andThen(Deferred.succeed(locked, undefined)),
          Effect.andThen(Deferred.await(goOn)),
          Effect.andThen(sql`DELETE FROM rows WHERE id = 1`),
          sql.withTransaction,
          Effect.exit,
          Effect.forkChild
        )
        yield* Deferred.await(locked)
        assert.deepStrictEqual(yield* lockRow(url, 1), [{ id: 1 }])
        yield* Deferred.succeed(goOn, undefined)
        assert.isTrue(Exit.isFailure(yield* Fiber.join(transaction)), "it can't end what it began")
        assert.deepStrictEqual(yield* sql`SELECT id FROM rows WHERE id = 1`, [{ id: 1 }], "it has another connection")
      }).pipe(Effect.provide(PgClient.layer(yield* options(url))))
    }))

  // Other systems than Linux have no such limit.
  it.effect.skipIf(process.platform !== "linux")(
    "while it reads a result loses its session, and with it the locks on rows",
    () =>
      Effect.gen(function*() {
        const url = yield* Database
        const { hostname, port } = new URL(url)
        const frozen = yield* Deferred.make<net.Socket>()
        const stream = () => {
          const socket = net.connect(Number(port), hostname)
          let length = 0
          return socket.on("data", (chunk) => {
            length += chunk.length
            // The rows have begun to come, so that the row is locked.
            if (length > 1_000_000 && Deferred.doneUnsafe(frozen, Effect.succeed(socket))) socket.pause()
          })
        }
        yield* Effect.gen(function*() {
          const sql = yield* PgClient.PgClient
          // More than fits in what is on the way.
          const reading = yield* Effect.forkChild(Effect.flip(sql`
            SELECT id, repeat('x', 10000000) FROM rows, generate_series(1, 20) WHERE id = 2 FOR UPDATE OF rows`))
          const socket = yield* Deferred.await(frozen)
          assert.deepStrictEqual(yield* lockRow(url, 2), [{ id: 2 }])
          socket.resume()
          assert.strictEqual((yield* Fiber.join(reading))._tag, "SqlError")
        }).pipe(Effect.provide(PgClient.layer({ ...(yield* options(url)), stream })))
      })
  )
})

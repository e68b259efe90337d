// What else happens to a cluster: its database restarts, runners freeze or are stopped, and submitters die.
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Queue, Redacted, Schema } from "effect"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { freePort } from "../support/freePort.ts"
import type { Call, Held } from "./support/aws.ts"
import {
  assertDoneOnce,
  type Aws,
  environmentOf,
  executions,
  Fixture,
  fresh,
  freshWith,
  longLocks,
  regions,
  type Results,
  run,
  runner,
  shortLocks,
  submissions
} from "./support/fleet.ts"
import { type Process, start } from "./support/processes.ts"
import { waitingFor } from "./support/waiting.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "effect-aws-sdk-reports-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const readReport = Schema.decodeSync(Schema.fromJsonString(FleetReport.Report))

/** The results in the reports that submitters wrote. */
const resultsIn = (files: ReadonlyArray<string>): Results =>
  Object.fromEntries(
    files.flatMap((file) => readReport(fs.readFileSync(file, "utf8")).entries).map((entry) => [
      `${entry.account} ${entry.region}`,
      entry
    ])
  )

const ended = Effect.fnUntraced(function*(process: Process) {
  const { code } = yield* process.exit
  assert.strictEqual(code, 0, `${process.name}:\n${process.output()}`)
})

/** The middle of the run. */
const middle = Effect.map(Fixture, ({ calls }) => Math.floor(calls.length / 2))

/**
 * The accounts in which a call shows whose it is. In another one, many executions work, and those of tear-downs ask IAM in one region for
 * all of them.
 */
const mirrored = /^4/

/** Waits for a call of another process than this one in the account and region, after so many calls. */
const takenOver = (aws: Aws, { account, by, region }: Held, begin: number) =>
  waitingFor(
    () =>
      `a call of another process than ${by} in ${account} ${region}. Since then, ${
        aws.calls().length - begin
      } calls have come`,
    Effect.gen(function*() {
      const isNext = (call: Call) => call.by !== by && call.entry.account === account && call.entry.region === region
      while (!aws.calls().slice(begin).some(isNext)) yield* aws.next
    })
  )

/** Signs of life of the runners, each with the seconds of the database's clock. */
const signsOfLife = Effect.gen(function*() {
  const sql = yield* PgClient.PgClient
  yield* sql`
    CREATE FUNCTION alive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_notify('alive', extract(epoch FROM clock_timestamp())::text);
      RETURN NEW;
    END $$`
  yield* sql`CREATE TRIGGER alive AFTER UPDATE ON cluster_runners FOR EACH ROW EXECUTE FUNCTION alive()`
  return yield* sql.listen("alive")
})

/**
 * Holds a call in the middle of the mirrors, in an account and region in which only one execution works, and waits until all tear-downs
 * have ended. A tear-down waits for an hour of its own time, which is over long before a lock expires. So one that still ran would give up
 * while its neighbour's runner stands still.
 */
const holdOne = Effect.fnUntraced(function*(aws: Aws, signs: Effect.Success<typeof signsOfLife>) {
  const sql = yield* PgClient.PgClient
  const { calls } = yield* Fixture
  const all = calls.filter(({ entry }) => mirrored.test(entry.account))
  const held = yield* aws.holdAt({ call: Math.floor(all.length / 2), when: "after", account: mirrored })
  const tearDowns = sql`
    SELECT FROM cluster_messages WHERE tag = 'run' AND entity_type LIKE 'Workflow/TearDown%' AND NOT EXISTS (
      SELECT FROM cluster_replies WHERE request_id = cluster_messages.id AND payload LIKE '%"Complete"%'
    )`
  yield* waitingFor(
    () => "the end of the tear-downs",
    Effect.gen(function*() {
      while ((yield* tearDowns).length > 0) yield* Queue.take(signs)
    })
  )
  return held
})

/** The id of the execution that made the call. */
const executionOf = ({ account, region }: Held) =>
  Effect.map(executions, (all) => all.find((one) => one.account === account && one.region === region)!.id)

layer(Fixture.layer, { excludeTestServices: true, timeout: "2 minutes" })("a cluster on PostgreSQL", (it) => {
  it.effect(
    "a run is joined after its submitter was killed, and none of its work is lost or repeated",
    () =>
      Effect.gen(function*() {
        const { aws, environment } = yield* freshWith(longLocks)
        const dir = yield* folder
        const files = submissions.map((_, index) => path.join(dir, `${index}.json`))
        const first = yield* Effect.forEach(submissions, (args) => start("submitter", "submit", environment, args))
        const held = yield* aws.holdAt({ call: yield* middle, when: "after" })
        for (const one of first) yield* one.kill
        yield* held.release
        const names = submissions.map((args) => args[1]!)
        const again = yield* Effect.forEach(
          names,
          (name, index) => start("submitter", "submit", environment, ["--attach", name, "--json", files[index]!])
        )
        for (const one of again) yield* ended(one)
        assert.match(again[0]!.output(), /6 of 6/, "it shows the progress")
        const repeated = yield* assertDoneOnce("attached", aws, resultsIn(files))
        assert.deepStrictEqual(repeated, [])

        yield* Effect.gen(function*() {
          const sql = yield* PgClient.PgClient
          const guide = fs.readFileSync(path.join(import.meta.dirname, "../../docs/durable-cluster.md"), "utf8")
          const deletion = /^```sql\n(.*?)^```/ms.exec(guide)![1]!
          const left = sql<{ messages: number; replies: number }>`
          SELECT (SELECT count(*)::int FROM cluster_messages) AS messages, (SELECT count(*)::int FROM cluster_replies) AS replies`
          const kept = yield* left
          yield* sql.unsafe(deletion)
          assert.deepStrictEqual(yield* left, kept, "the SQL of the guide keeps what is younger than 30 days")

          const stopping = /^ {3}```sql\n(.*?)^ {3}```/ms.exec(guide)![1]!
          const runs = sql<{ run: string }>`
          SELECT DISTINCT payload::json ->> 'run' AS run FROM cluster_messages WHERE tag = 'run' AND payload::json ->> 'run' IS NOT NULL
          UNION ALL SELECT run FROM cluster_runs ORDER BY run`
          const [teardown, mirror] = names
          assert.deepStrictEqual((yield* runs).map(({ run }) => run), [mirror, mirror, teardown, teardown])
          yield* sql.unsafe(stopping.replaceAll("NAME", mirror!))
          assert.deepStrictEqual((yield* runs).map(({ run }) => run), [teardown, teardown], "the SQL forgets one run")
          const [without] = yield* sql<{ replies: number }>`
          SELECT count(*)::int AS replies FROM cluster_replies WHERE request_id NOT IN (SELECT id FROM cluster_messages)`
          assert.deepStrictEqual(without, { replies: 0 })
          assert.isAbove((yield* left)[0]!.messages, 0)
          yield* sql.unsafe(deletion.replace("30 days", "0 seconds"))
          assert.deepStrictEqual(
            yield* left,
            [{ messages: 0, replies: 0 }],
            "the SQL of the guide deletes what has ended"
          )
        }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(environment.DATABASE_URL) })))

        const other = [...submissions[0]!].map((arg) => arg === regions.join(",") ? "eu-west-1" : arg)
        const refused = yield* start("submitter", "submit", environment, other)
        assert.deepStrictEqual(yield* refused.exit, { code: 1, signal: null })
        assert.match(refused.output(), /^The run teardown is there already, with other options: other regions\. .*\n$/)
      }),
    240_000
  )

  it.effect("a run goes on after the database was restarted", () =>
    Effect.gen(function*() {
      const { server } = yield* Fixture
      const { aws, environment, runners } = yield* fresh
      const dir = yield* folder
      const files = submissions.map((_, index) => path.join(dir, `${index}.json`))
      const submitters = yield* Effect.forEach(submissions, (args, index) =>
        start("submitter", "submit", environment, [...args, "--json", files[index]!]))
      const held = yield* aws.holdAt({ call: yield* middle, when: "after" })
      // Long enough that each runner has tried again.
      const noticed = Effect.forEach(runners, (one) =>
        one.line(/Shard lock storage is still unhealthy/), {
        concurrency: "unbounded"
      })
      yield* server.whileStopped(Effect.andThen(held.release, noticed))
      for (const one of submitters) {
        yield* ended(one)
      }
      yield* assertDoneOnce("restarted", aws, resultsIn(files))
    }), 240_000)

  it.effect(
    "a runner that was frozen for longer than its locks last does nothing twice when it goes on",
    () =>
      Effect.gen(function*() {
        const { aws, environment, runners } = yield* freshWith(shortLocks)
        const { results } = yield* run(
          environment,
          Effect.gen(function*() {
            const signs = yield* signsOfLife
            const held = yield* holdOne(aws, signs)
            const frozen = runners.find(({ name }) => name === held.by)!
            yield* frozen.signal("SIGSTOP")
            yield* takenOver(aws, held, aws.calls().length)
            // It gets the answer that it waited for, and would now write its result.
            yield* held.release
            yield* frozen.signal("SIGCONT")
          })
        )
        yield* assertDoneOnce("frozen", aws, results)
      }),
    240_000
  )

  it.effect(
    "a runner that was frozen in the middle of a transaction holds nobody up, and does nothing twice when it goes on",
    () =>
      Effect.gen(function*() {
        const { aws, environment, runners } = yield* freshWith(shortLocks)
        const { results } = yield* run(
          environment,
          Effect.gen(function*() {
            const sql = yield* PgClient.PgClient
            const signs = yield* signsOfLife
            const held = yield* holdOne(aws, signs)
            const id = yield* executionOf(held)
            yield* Effect.gen(function*() {
              const own = yield* sql.reserve
              yield* own.executeRaw("SELECT pg_advisory_lock(1)", [])
              // When a result of the execution is written, this waits in the transaction that does it.
              yield* sql.unsafe(`
                CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  IF EXISTS (SELECT FROM cluster_messages WHERE id = NEW.request_id AND entity_id = '${id}') THEN
                    PERFORM pg_advisory_xact_lock_shared(1);
                  END IF;
                  RETURN NEW;
                END $$`)
              yield* sql`CREATE TRIGGER waits AFTER INSERT ON cluster_replies FOR EACH ROW EXECUTE FUNCTION waits()`
              yield* held.release
              const waiting = sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND NOT granted`
              while ((yield* waiting).length === 0) yield* Queue.take(signs)
              const frozen = runners.find(({ name }) => name === held.by)!
              yield* frozen.signal("SIGSTOP")
              const begin = aws.calls().length
              yield* own.executeRaw("SELECT pg_advisory_unlock(1)", [])
              // Now it would go on with its transaction. As long as that is open, others can't have the lock.
              yield* waitingFor(
                () => "the end of the transaction of a process that is frozen",
                own.executeRaw("SELECT pg_advisory_lock(1)", [])
              )
              yield* own.executeRaw("SELECT pg_advisory_unlock(1)", [])
              yield* takenOver(aws, held, begin)
              yield* frozen.signal("SIGCONT")
            }).pipe(Effect.scoped)
          })
        )
        yield* assertDoneOnce("frozen in a transaction", aws, results)
      }),
    240_000
  )

  it.effect(
    "another runner gets all messages of a shard, however long the database takes",
    () =>
      Effect.gen(function*() {
        const { aws, environment, runners } = yield* freshWith(shortLocks)
        const { results } = yield* run(
          environment,
          Effect.gen(function*() {
            const sql = yield* PgClient.PgClient
            const signs = yield* signsOfLife
            const held = yield* holdOne(aws, signs)
            const id = yield* executionOf(held)
            const begin = yield* sql.withTransaction(Effect.gen(function*() {
              yield* sql`SELECT FROM cluster_messages WHERE entity_id = ${id} FOR UPDATE`
              const pid = (yield* sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`)[0]!.pid
              const waiting = sql`SELECT FROM pg_locks WHERE NOT granted AND ${pid} = ANY (pg_blocking_pids(pid))`
              yield* runners.find(({ name }) => name === held.by)!.kill
              const begin = aws.calls().length
              while ((yield* waiting).length === 0) yield* Queue.take(signs)
              // More than SHARD_LOCK_REFRESH_INTERVAL, after which effect/cluster gives up.
              const [since] = yield* sql<
                { second: number }
              >`SELECT extract(epoch FROM clock_timestamp())::float AS second`
              while (Number((yield* Queue.take(signs)).payload) < since!.second + 6) continue
              return begin
            }))
            yield* takenOver(aws, held, begin)
          })
        )
        yield* assertDoneOnce("slow", aws, results)
      }),
    240_000
  )

  it.effect(
    "a message that was read and lost is read again",
    () =>
      Effect.gen(function*() {
        const { aws, environment } = yield* freshWith(shortLocks)
        const { results } = yield* run(
          environment,
          Effect.gen(function*() {
            const sql = yield* PgClient.PgClient
            const lost = yield* sql.listen("lost")
            // As if a runner that was frozen had read the next step, and then found out that the shard isn't its own. A step of a mirror:
            // a tear-down waits for others, and gives up if one of them takes days of its time.
            yield* sql`CREATE SEQUENCE steps`
            yield* sql`
              CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('steps') = 1 THEN
                  NEW.last_read := now();
                  PERFORM pg_notify('lost', NEW.id::text);
                END IF;
                RETURN NEW;
              END $$`
            yield* sql`
              CREATE TRIGGER lose BEFORE INSERT ON cluster_messages FOR EACH ROW WHEN (NEW.tag = 'activity' AND NEW.entity_type LIKE 'Workflow/Mirror%') EXECUTE FUNCTION lose()`
            yield* Queue.take(lost)
          })
        )
        yield* assertDoneOnce("lost", aws, results)
      }),
    240_000
  )

  it.effect(
    "a runner that gets SIGTERM hands its work over at once, and ends with code 0",
    () =>
      Effect.gen(function*() {
        const { aws, environment, runners } = yield* fresh
        const { results, value } = yield* run(
          // Longer than the test waits: nobody finds out by a lock that expires.
          environment,
          Effect.gen(function*() {
            const held = yield* aws.holdAt({ call: yield* middle, when: "after" })
            const stopped = runners.find(({ name }) => name === held.by)!
            const begin = performance.now()
            yield* stopped.signal("SIGTERM")
            yield* held.release
            const exit = yield* stopped.exit
            return { exit, millis: performance.now() - begin }
          })
        )
        console.log(`SIGTERM: ended after ${Math.round(value.millis)} ms`)
        assert.deepStrictEqual(value.exit, { code: 0, signal: null })
        yield* assertDoneOnce("stopped", aws, results)
      }),
    240_000
  )

  it.effect(
    "a user who may not create tables runs the cluster, after another has created them",
    () =>
      Effect.gen(function*() {
        const { before, server } = yield* Fixture
        const { aws } = yield* fresh
        aws.restore(before)
        const url = new URL(yield* server.createDatabase("least"))
        const admin = { ...environmentOf(aws, url.href) }
        yield* ended(yield* start("migrate", "migrate", admin))
        yield* Effect.gen(function*() {
          const sql = yield* PgClient.PgClient
          yield* sql`CREATE USER worker PASSWORD 'secret'`
          yield* sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO worker`
          yield* sql`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO worker`
        }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url.href) })))
        url.username = "worker"
        url.password = ""
        const environment = { ...admin, DATABASE_URL: url.href, DATABASE_PASSWORD: "secret", DATABASE_MIGRATE: "false" }
        yield* runner("runner-1", environment)
        const submitter = yield* start("submitter", "submit", environment, submissions[0])
        yield* ended(submitter)
      }),
    240_000
  )

  it.effect("a wrong setting is one line, and exit code 1", () =>
    Effect.gen(function*() {
      const { server } = yield* Fixture
      const { aws, environment } = yield* fresh
      const other = yield* server.createDatabase("other")
      const port = String(yield* freePort)
      const cases: ReadonlyArray<readonly [Readonly<Record<string, string>>, RegExp]> = [
        [{ DATABASE_URL: "fleet" }, /^DATABASE_URL is wrong: it isn't a URL\./],
        [
          { DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/x` },
          /^The database of DATABASE_URL isn't usable\. .*ECONNREFUSED/
        ],
        [{ DATABASE_PASSWORD: "wrong" }, /^The database of DATABASE_URL isn't usable\. .*password/],
        [{ DATABASE_CONNECTIONS: "1" }, /^DATABASE_CONNECTIONS is missing or wrong: give a whole number from 2/],
        [{ SHARDS_PER_GROUP: "31" }, /^SHARDS_PER_GROUP is 31, and the cluster in this database has 30/],
        [{ SHARDS_PER_GROUP: "0" }, /^SHARDS_PER_GROUP is 0: give a whole number from 1\./],
        [{ SHARD_LOCK_EXPIRATION: "2 seconds" }, /^SHARD_LOCK_REFRESH_INTERVAL is 1s, and SHARD_LOCK_EXPIRATION 2s: /],
        [{ RUNNER_LISTEN_HOST: "192.0.2.1" }, /^The runner can't listen on 192\.0\.2\.1:\d+: .*EADDRNOTAVAIL/],
        [{ SHARDS_PER_GROUP: "many" }, /^A setting of effect\/cluster is wrong: .*shardsPerGroup/],
        [{ DATABASE_URL: other, DATABASE_MIGRATE: "false" }, /^The tables of the cluster are missing/],
        [{ AWS_ACCESS_KEY_ID: "" }, /AWS_ACCESS_KEY_ID/]
      ]
      assert.isDefined(aws)
      yield* Effect.forEach(cases, ([changed, expected]) =>
        Effect.gen(function*() {
          const process = yield* start("runner", "runner", { ...environment, RUNNER_PORT: port, ...changed })
          const exit = yield* process.exit
          assert.match(process.output(), expected)
          assert.strictEqual(process.output().trim().split("\n").length, 1, process.output())
          assert.deepStrictEqual(exit, { code: 1, signal: null })
        }))
    }), 240_000)
})

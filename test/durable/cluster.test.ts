// What else happens to a cluster: its database restarts, runners freeze or are stopped, and submitters die.
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { freePort } from "../support/freePort.ts"
import {
  assertDoneOnce,
  type Aws,
  environmentOf,
  Fixture,
  fresh,
  freshWith,
  regions,
  type Results,
  run,
  runner,
  submissions
} from "./support/fleet.ts"
import { type Process, start } from "./support/processes.ts"

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

/** The first call of another process than this one, in this account and region. */
const takenOver = Effect.fnUntraced(
  function*(
    aws: Aws,
    from: string,
    held: { readonly account: string | undefined; readonly region: string | undefined }
  ) {
    const begin = aws.calls().length
    // Each call of the others is an event.
    while (true) {
      const found = aws.calls().slice(begin).find(({ by, entry }) =>
        by !== from && entry.account === held.account && entry.region === held.region
      )
      if (found !== undefined) return found
      yield* aws.next
    }
  }
)

layer(Fixture.layer, { excludeTestServices: true, timeout: "2 minutes" })("a cluster on PostgreSQL", (it) => {
  it.effect(
    "a run is joined after its submitter was killed, and none of its work is lost or repeated",
    () =>
      Effect.gen(function*() {
        // No runner dies here. On a busy machine, one would lose its locks after a second without an answer of the database, and
        // another would repeat its step.
        const { aws, environment } = yield* freshWith({
          SHARD_LOCK_EXPIRATION: "1 minute",
          SHARD_LOCK_REFRESH_INTERVAL: "20 seconds"
        })
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
        const { aws, environment, runners } = yield* fresh
        const { results } = yield* run(
          environment,
          Effect.gen(function*() {
            const held = yield* aws.holdAt({ call: yield* middle, when: "after" })
            const frozen = runners.find(({ name }) => name === held.by)!
            yield* frozen.signal("SIGSTOP")
            yield* takenOver(aws, held.by, held)
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

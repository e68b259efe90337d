// The PostgreSQL server that the tests of the cluster run on.
import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { postgres } from "../support/postgres.ts"

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const query = (url: string) =>
  PgClient.PgClient.use((sql) =>
    sql<{ directory: string; version: number }>`
      SELECT current_setting('data_directory') AS directory, current_setting('server_version_num')::int AS version`
  ).pipe(
    Effect.map(([row]) => row!),
    Effect.provide(PgClient.layer({ url: Redacted.make(url) }))
  )

const pidIn = (directory: string) => Number(fs.readFileSync(`${directory}/postmaster.pid`, "utf8").split("\n")[0])

it.live("a server for tests starts, is restarted with its data, and leaves nothing behind", () =>
  Effect.gen(function*() {
    const { directory, pids } = yield* Effect.scoped(Effect.gen(function*() {
      const server = yield* postgres
      const url = yield* server.createDatabase("one")
      const before = yield* query(url)
      // The first version that ends the session of a runner that is frozen, which the runners rely on.
      assert.isAtLeast(before.version, 140000)
      const first = pidIn(before.directory)
      // With a connection that the server has to end.
      yield* PgClient.PgClient.use((sql) => sql.reserve).pipe(
        Effect.provide(yield* Layer.build(PgClient.layer({ url: Redacted.make(url) })))
      )
      const stopped = yield* server.whileStopped(Effect.sync(() => isAlive(first)))
      assert.isFalse(stopped, "it is stopped meanwhile")
      const after = yield* query(url)
      assert.strictEqual(after.directory, before.directory)
      return { directory: after.directory, pids: [first, pidIn(after.directory)] }
    }))
    assert.deepStrictEqual(pids.map(isAlive), [false, false])
    assert.isFalse(fs.existsSync(`${directory}/..`), "its folder is gone")
  }))

it.live("a server whose test is killed ends by itself, and removes its folder", () =>
  Effect.gen(function*() {
    const program = `
      import { Effect } from "effect"
      import { postgres } from "./test/support/postgres.ts"
      Effect.runPromise(Effect.scoped(Effect.gen(function*() {
        const server = yield* postgres
        console.log(yield* server.createDatabase("one"))
        return yield* Effect.never
      })))`
    const child = spawn(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", "--input-type=module-typescript", "--eval", program],
      { cwd: `${import.meta.dirname}/../..`, stdio: ["ignore", "pipe", "inherit"] }
    )
    const [chunk] = yield* Effect.promise(() => once(child.stdout, "data"))
    const { directory } = yield* query(String(chunk).trim())
    const pid = pidIn(directory)
    child.kill("SIGKILL")
    // Waits for the end of the server: its supervisor removes the folder after it.
    const folder = directory.slice(0, directory.lastIndexOf("/"))
    const parent = folder.slice(0, folder.lastIndexOf("/"))
    yield* Effect.callback<void>((resume) => {
      const watcher = fs.watch(parent, () => check())
      const check = () => {
        if (fs.existsSync(folder)) return
        watcher.close()
        resume(Effect.void)
      }
      check()
    })
    assert.isFalse(isAlive(pid))
  }))

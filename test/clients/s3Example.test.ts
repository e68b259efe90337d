// examples/s3 as a process, on the served in-memory AWS.
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { execFile, spawn } from "node:child_process"
import * as path from "node:path"
import { bucket, create, directory, fileOf, put } from "../support/s3.ts"
import { type Ran, run, Served } from "./served.ts"

const main = path.resolve(import.meta.dirname, "../../examples/s3/main.ts")
const node = ["--conditions=@effect-aws-sdk/source", main]
const { AWS_ACCESS_KEY_ID: _, AWS_PROFILE: __, ...env } = process.env

/** Runs the program on the AWS of the test. */
const s3 = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const { url } = yield* Served
  return yield* run(process.execPath, [...node, ...args, "--endpoint", url], env)
})

/** The same, with this input. */
const withInput = Effect.fnUntraced(function*(input: string, ...args: ReadonlyArray<string>) {
  const { url } = yield* Served
  return yield* Effect.callback<Ran>((resume) => {
    const child = execFile(
      process.execPath,
      [...node, ...args, "--endpoint", url],
      { env },
      (error, stdout, stderr) => resume(Effect.succeed({ status: Number(error?.code ?? 0), stdout, stderr }))
    )
    child.stdin?.end(input)
  })
})

const uploads = Effect.map(
  S3.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
  ({ Uploads = [] }) => Uploads.length
)

describe("examples/s3 as a process", () => {
  it.live("writes plain lines to pipes", () =>
    Effect.gen(function*() {
      yield* create
      const file = yield* fileOf(1024)
      const up = yield* s3("up", file, `s3://${bucket}/a`)
      assert.deepEqual([up.stderr, up.status], ["", 0])
      assert.match(up.stdout, /^upload: .*file to s3:\/\/unit-bucket\/a \(1\.0 KiB.*\)\n$/)
      const ls = yield* s3("ls", `s3://${bucket}`)
      assert.match(ls.stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d +1\.0 KiB  a\n$/)
    }).pipe(Effect.provide(Served.layer())))

  it.live("reads the standard input and writes the standard output", () =>
    Effect.gen(function*() {
      yield* create
      const text = "ä line\n".repeat(20_000)
      const { status, stderr } = yield* withInput(text, "up", "-", `s3://${bucket}/a`, "--content-type", "text/plain")
      assert.deepEqual([stderr, status], ["", 0])
      const { stdout } = yield* s3("down", `s3://${bucket}/a`, "-")
      assert.strictEqual(stdout, text)
    }).pipe(Effect.provide(Served.layer())))

  it.live("makes a URL that works without credentials", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("a b/c")
      const { stdout } = yield* s3("presign", `s3://${bucket}/a b/c`)
      const text = yield* Effect.promise(() => fetch(stdout.trim()).then((response) => response.text()))
      assert.strictEqual(text, "a b/c")
    }).pipe(Effect.provide(Served.layer())))

  it.live("exits with 1 for a failure, and with 2 for arguments that make no sense", () =>
    Effect.gen(function*() {
      const failed = yield* s3("ls", "s3://missing-bucket")
      assert.deepEqual([failed.stdout, failed.status], ["", 1])
      assert.match(failed.stderr, /^Error: The S3 bucket missing-bucket does not exist\..*\n$/)
      const wrong = yield* s3("ls", "missing")
      assert.deepEqual([wrong.stderr, wrong.status], [
        `Error: Invalid value for argument <address>: "missing". Expected: s3://BUCKET/KEY. Try s3 ls --help.\n`,
        2
      ])
      assert.strictEqual((yield* s3("ls", "--wrong")).status, 2)
      const nowhere = yield* run(process.execPath, [...node, "ls", "--profile", "no-such-profile-0a1b"], env)
      assert.deepEqual([nowhere.status, nowhere.stderr.split("\n").length], [1, 2])
    }).pipe(Effect.provide(Served.layer())))

  it.live("has an AWS of its own with --demo", () =>
    Effect.gen(function*() {
      const ls = yield* run(process.execPath, [...node, "ls", "--demo", "--recursive", "s3://demo"], env)
      assert.deepEqual([ls.stderr, ls.status], ["", 0])
      assert.include(ls.stdout, "40.0 MiB  videos/launch.mp4\n")
      const target = yield* directory
      const down = yield* run(process.execPath, [...node, "down", "--demo", "s3://demo/reports/", target], env)
      assert.match(down.stdout, /\n3 downloaded/)
    }).pipe(Effect.scoped))

  it.live("leaves nothing behind after Ctrl-C", () =>
    Effect.gen(function*() {
      const { url } = yield* Served
      yield* create
      yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.delay("1 minute", "before") })
      const file = yield* fileOf(20 * 1024 * 1024)
      const child = spawn(process.execPath, [...node, "up", file, `s3://${bucket}/a`, "--endpoint", url], { env })
      const ended = Effect.callback<number | null>((resume) => {
        child.on("exit", (code) => resume(Effect.succeed(code)))
      })
      // The upload has begun.
      yield* uploads.pipe(Effect.repeat({ until: (count) => count === 1, schedule: Schedule.spaced("20 millis") }))
      child.kill("SIGINT")
      assert.strictEqual(yield* ended, 130)
      assert.strictEqual(yield* uploads, 0)
    }).pipe(Effect.provide(Served.layer())))
})

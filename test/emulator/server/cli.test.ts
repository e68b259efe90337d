// The emulator as a process, as it is started from a shell.
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { get } from "./stub.ts"

const root = path.resolve(import.meta.dirname, "../../..")

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Starts the command. `line` waits for a line of its output, and `ended` for its end. */
const start = (...args: ReadonlyArray<string>) => run(process.execPath, [...program, ...args])

const program = ["--conditions=@effect-aws-sdk/source", path.join(root, "emulator/cli.ts")]

const run = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child: ChildProcess = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
      let out = ""
      let err = ""
      let wake = () => {}
      child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
        out += chunk
        wake()
      })
      child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
        err += chunk
      })
      const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })))
      const line = (pattern: RegExp) =>
        Effect.callback<RegExpExecArray>((resume) => {
          wake = () => {
            const found = pattern.exec(out)
            if (found !== null) resume(Effect.succeed(found))
          }
          wake()
          void ended.then((end) => resume(Effect.die(new Error(`It ended: ${JSON.stringify(end)}`))))
        })
      return { child, line, ended: Effect.promise(() => ended) }
    }),
    ({ child, ended }) => {
      if (child.exitCode === null) child.kill("SIGKILL")
      return ended
    }
  )

const emulator = (...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const started = yield* start("emulator", "--port", "0", ...args)
    const [, endpoint = ""] = yield* started.line(/AWS_ENDPOINT_URL=(http:\S+)\n/)
    return { ...started, endpoint }
  })

const credentials = { accessKeyId: "test", secretAccessKey: "test" }
const send = <A>(call: () => Promise<A>) => Effect.promise(call)

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "emulator-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

describe("effect-aws-sdk", () => {
  it.live("prints its help, its version, and the errors in its arguments", () =>
    Effect.gen(function*() {
      const help = yield* Effect.flatMap(start(), ({ ended }) => ended)
      assert.deepInclude(help, { code: 0, err: "" })
      assert.match(help.out, /^Usage: effect-aws-sdk emulator \[options\]\n/)
      const version = yield* Effect.flatMap(start("--version"), ({ ended }) => ended)
      assert.match(version.out, /^\d+\.\d+\.\d+\n$/)
      const wrong = yield* Effect.flatMap(start("emulator", "--port", "x"), ({ ended }) => ended)
      assert.deepEqual(wrong, {
        code: 2,
        out: "",
        err:
          `--port has to be a port from 0 to 65535, such as --port 4566; "x" isn't.\nThe options: effect-aws-sdk --help\n`
      })
    }))
})

describe("effect-aws-sdk emulator", () => {
  it.live("serves the SDK's clients at the endpoint that it prints, and logs their calls", () =>
    Effect.gen(function*() {
      const { child, ended, endpoint, line } = yield* emulator("--account", "111111111111", "--region", "eu-west-1")
      const sts = new STSClient({ endpoint, credentials, region: "eu-west-1" })
      assert.strictEqual((yield* send(() => sts.send(new GetCallerIdentityCommand({})))).Account, "111111111111")
      const ssm = new SSMClient({
        endpoint,
        credentials: { ...credentials, accessKeyId: "222222222222" },
        region: "eu-west-1"
      })
      const error = yield* send(() =>
        ssm.send(new GetParameterCommand({ Name: "/none" })).catch((error: Error) => error)
      )
      assert.strictEqual((error as Error).name, "ParameterNotFound")
      yield* line(/^STS GetCallerIdentity 200 \d+ ms 111111111111 eu-west-1$/m)
      yield* line(/^SSM GetParameter 40[04] ParameterNotFound \d+ ms 222222222222 eu-west-1$/m)
      yield* get(`${endpoint}/_emulator/health`)
      child.kill("SIGINT")
      const { code, err, out } = yield* ended
      assert.strictEqual(code, 0)
      assert.strictEqual(err, "")
      assert.lengthOf(out.trim().split("\n"), 3)
      sts.destroy()
      ssm.destroy()
    }))

  it.live("logs no calls with --quiet", () =>
    Effect.gen(function*() {
      const { child, ended, endpoint } = yield* emulator("--quiet")
      yield* get(`${endpoint}/bucket`)
      child.kill("SIGTERM")
      assert.match((yield* ended).out, /^AWS in memory on http:\S+ To use it: export AWS_ENDPOINT_URL=\S+\n$/)
    }))

  it.live("takes only the key that it prints with --strict", () =>
    Effect.gen(function*() {
      const { endpoint, line } = yield* emulator("--strict")
      const [, accessKeyId = "", secretAccessKey = ""] = yield* line(
        /AWS_ACCESS_KEY_ID=(\S+) AWS_SECRET_ACCESS_KEY=(\S+)/
      )
      const call = (keys: typeof credentials) =>
        send(() => {
          const sts = new STSClient({ endpoint, credentials: keys, region: "us-east-1" })
          return sts.send(new GetCallerIdentityCommand({})).then(({ Account }) => Account, (error: Error) => error.name)
        })
      assert.strictEqual(yield* call({ accessKeyId, secretAccessKey }), "123456789012")
      assert.strictEqual(yield* call(credentials), "InvalidClientTokenId")
      assert.strictEqual(yield* call({ accessKeyId, secretAccessKey: "wrong" }), "SignatureDoesNotMatch")
    }))

  it.live("starts from the file of --state, and saves to it when any signal stops it", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      let expected = 0
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        const { child, ended, endpoint } = yield* emulator("--state", file)
        const ssm = new SSMClient({ endpoint, credentials, region: "us-east-1" })
        if (expected > 0) {
          const { Parameter } = yield* send(() => ssm.send(new GetParameterCommand({ Name: "/p" })))
          assert.strictEqual(Parameter?.Version, expected)
        }
        expected++
        yield* send(() =>
          ssm.send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String", Overwrite: true }))
        )
        child.kill(signal)
        const { code, out } = yield* ended
        assert.strictEqual(code, 0)
        assert.include(out, `Saved the state to ${file}.`)
        assert.deepEqual(fs.readdirSync(path.dirname(file)), ["aws.state"])
        ssm.destroy()
      }
    }))

  it.live("refuses a file of --state that it can't read, and leaves it as it is", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const file = path.join(folder, "aws.state")
      const first = yield* emulator("--state", file)
      first.child.kill("SIGTERM")
      yield* first.ended
      const whole = fs.readFileSync(file)
      const flipped = Buffer.from(whole)
      flipped[flipped.length - 1]! ^= 1
      const files: ReadonlyArray<readonly [bytes: Buffer, message: RegExp]> = [
        [Buffer.from("{}"), /isn't a state that this version can start from.*The emulator didn't write it\.\n$/],
        [Buffer.alloc(0), /The emulator didn't write it\.\n$/],
        [whole.subarray(0, -1), /It is damaged\.\n$/],
        [flipped, /It is damaged\.\n$/]
      ]
      for (const [bytes, message] of files) {
        fs.writeFileSync(file, bytes)
        const { code, err, out } = yield* Effect.flatMap(start("emulator", "--port", "0", "--state", file), (_) =>
          _.ended)
        assert.deepEqual([code, out], [1, ""])
        assert.match(err, message)
        assert.deepEqual(fs.readFileSync(file), bytes)
      }
      const missing = path.join(folder, "none/aws.state")
      const { code, err } = yield* Effect.flatMap(start("emulator", "--port", "0", "--state", missing), (_) =>
        _.ended)
      assert.strictEqual(code, 1)
      assert.include(err, `Can't save the state to ${missing} later`)
    }))

  it.live("ends with 1, and says where the state is, if it can't be saved to the file of --state", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const file = path.join(folder, "gone/aws.state")
      fs.mkdirSync(path.dirname(file))
      const { child, ended, line } = yield* run(
        process.execPath,
        [...program, "emulator", "--port", "0", "--state", file],
        { ...process.env, TMPDIR: folder }
      )
      yield* line(/AWS_ENDPOINT_URL=/)
      fs.rmdirSync(path.dirname(file))
      child.kill("SIGTERM")
      const { code, err } = yield* ended
      assert.strictEqual(code, 1)
      const [, name = ""] = /The state is in (\S+) instead/.exec(err) ?? []
      assert.isTrue(fs.existsSync(name), err)
    }))

  it.live("ends at once at another signal, and says that the state isn't saved", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const file = path.join(folder, "aws.state")
      const { child, ended, endpoint } = yield* emulator("--state", file)
      // The running request keeps the emulator from ending for a second.
      yield* get(`${endpoint}/_emulator/inject`, { method: "POST", body: `{ "fault": { "delay": "1 hour" } }` })
      const call = fetch(`${endpoint}/bucket`).catch(() => {})
      const injections = Effect.flatMap(
        get(`${endpoint}/_emulator/inject`),
        (response) => Effect.promise(() => response.json() as Promise<any>)
      )
      yield* Effect.repeat(injections, { until: ({ injections }) => injections[0].seen > 0 })
      yield* Effect.raceFirst(
        ended,
        Effect.forever(Effect.andThen(Effect.sync(() => child.kill("SIGINT")), Effect.sleep("50 millis")))
      )
      const { code, err } = yield* ended
      assert.strictEqual(code, 130)
      assert.strictEqual(err, `Stopped at once. The state isn't saved, and ${file} is as it was before.\n`)
      assert.deepEqual(fs.readdirSync(folder), [])
      yield* Effect.promise(() => call)
    }))

  it.live("fails with an error that names the port when the port is in use", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* emulator()
      const { port } = new URL(endpoint)
      const { code, err } = yield* Effect.flatMap(start("emulator", "--port", port), ({ ended }) => ended)
      assert.strictEqual(code, 1)
      assert.match(err, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use\\. `))
    }))

  it.live("saves its state also when npx passes a signal on that the terminal has sent already", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      const { child, ended } = yield* emulator("--state", file)
      child.kill("SIGINT")
      child.kill("SIGINT")
      assert.strictEqual((yield* ended).code, 0)
      assert.isTrue(fs.existsSync(file))
    }))

  it.live("stops, and saves its state, when the shell in which npx has started it ends", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      // The last command keeps the shell from becoming the program itself.
      const { child, ended, line } = yield* run(
        "sh",
        ["-c", `"$0" "$@"; true`, process.execPath, ...program, "emulator", "--port", "0", "--state", file],
        { ...process.env, npm_command: "exec" }
      )
      yield* line(/AWS_ENDPOINT_URL=/)
      child.kill("SIGTERM")
      assert.include((yield* ended).out, `Saved the state to ${file}.`)
      assert.isTrue(fs.existsSync(file))
    }))
})

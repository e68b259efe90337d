// `npm run demo:fleet`: on the estate in memory, against a served AWS, and with bad arguments.
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, FileSystem, Layer, PlatformError, References } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as MirrorWorld from "../../examples/fleet-mirror/World.ts"
import * as TearDownWorld from "../../examples/fleet-teardown/World.ts"
import { parse, parseRequest } from "../../examples/fleet/Arguments.ts"
import { main, Screen } from "../../examples/fleet/Program.ts"
import { estate } from "../support/durable.ts"

const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(Console.Console, { ...globalThis.console, log: () => {} }),
    Effect.provideService(Screen, { write: () => {}, listenerCount: () => 1, once: () => {} }),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "fleet-demo-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true }))
)

const read = (directory: string, name: string) => fs.readFileSync(path.join(directory, name), "utf8")

/** Runs the demo as a process. */
const demo = (args: ReadonlyArray<string>, env: Record<string, string> = {}, isRead = true) =>
  Effect.callback<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resume) => {
    const child = execFile(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", "examples/fleet/demo.ts", ...args],
      { env: { PATH: process.env["PATH"], NO_COLOR: "1", ...env } },
      (error, stdout, stderr) =>
        resume(
          Effect.succeed({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
            stdout,
            stderr
          })
        )
    )
    if (!isRead) child.stdout!.destroy()
    return Effect.sync(() => void child.kill())
  })

const problem = (...args: ReadonlyArray<string>) => Effect.map(Effect.flip(parse(args)), ({ problem }) => problem)

const target = ["--role", "fleet", "--regions", "us-east-1", "--accounts", "111111111111", "--run", "r"]

describe("npm run demo:fleet", () => {
  it.effect("tears down and mirrors an estate in memory, and writes the reports", () =>
    quiet(Effect.gen(function*() {
      const out = path.join(yield* temporary, "reports")
      const { mirror, teardown } = yield* main(["--out", out])
      if (mirror === undefined || teardown === undefined) return assert.fail("Both programs run.")
      assert.deepInclude(FleetReport.summary(teardown.report), { accounts: 6, regions: 3, places: 18, failed: 3 })
      assert.deepInclude(FleetReport.summary(teardown.report), { done: 63, unchanged: 0, refused: 2 })
      assert.deepInclude(teardown.again, { result: 18, calls: 0 })
      assert.deepInclude(FleetReport.summary(mirror.report), { done: 59, unchanged: 30, refused: 1, failed: 3 })
      assert.deepInclude(mirror.second, { done: 1, unchanged: 89, refused: 0 })
      assert.deepInclude(mirror.undone, { done: 75, refused: 0 })
      assert.deepEqual(fs.readdirSync(out).sort(), ["mirror.html", "mirror.json", "teardown.html", "teardown.json"])
      assert.deepEqual(yield* FleetReport.fromJson(read(out, "teardown.json")), teardown.report)
      assert.include(read(out, "teardown.html"), "capture-archive-333333333333-us-west-2")
      const minutes = (Number(teardown.report.endedAt.epochMilliseconds) -
        Number(teardown.report.startedAt.epochMilliseconds)) / 60_000
      assert.isAtLeast(minutes, 20)
    })).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("runs one program if it's named", () =>
    quiet(Effect.gen(function*() {
      const out = yield* temporary
      const { mirror, teardown } = yield* main(["mirror", "--out", out])
      assert.isUndefined(teardown)
      assert.isDefined(mirror)
      assert.deepEqual(fs.readdirSync(out).sort(), ["mirror.html", "mirror.json"])
    })).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("runs on an AWS that answers over HTTP, deletes nothing without --delete, and exits with 2 if something is refused", () =>
    Effect.gen(function*() {
      const directory = yield* temporary
      const targets = [{ account: "111111111111" }, { account: "222222222222" }]
      yield* TearDownWorld.setUp(targets)
      const { accessKeyId, secretAccessKey, url } = yield* InMemory.serve()
      const env = {
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_CONFIG_FILE: "none",
        AWS_SHARED_CREDENTIALS_FILE: "none"
      }
      const args = ["--role", "fleet", "--regions", "us-east-1", "--run", "r", "--out", directory]
      const dry = yield* demo(["teardown", ...args, "--accounts", "111111111111,222222222222"], env)
      assert.deepInclude(dry, { code: 0 }, dry.stderr)
      assert.include(dry.stdout, "Nothing was deleted. --delete deletes it.")
      const report = yield* FleetReport.fromJson(read(directory, "report.json"))
      assert.deepInclude(FleetReport.summary(report), { accounts: 2, done: 0, unchanged: 10, refused: 0, failed: 0 })
      const refused = yield* demo(["teardown", ...args, "--accounts", "111111111111", "--role", "other"], env)
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stdout, "Could not assume")
      // No set-up for mirroring here.
      const mirrored = yield* demo(
        ["mirror", ...args, "--accounts", "111111111111", "--cluster", MirrorWorld.cluster],
        env
      )
      assert.deepInclude(mirrored, { code: 0 }, mirrored.stderr)
      const names = (yield* InMemory.calls).map(({ operation }) => operation)
      assert.deepEqual(names.filter((name) => /^(Delete|UpdateService|CreateTraffic)/.test(name)), [])
    }).pipe(Effect.scoped, Effect.provide(estate(["us-east-1"]).pipe(Layer.fresh))))

  it.live("writes its reports although nobody reads its output any more", () =>
    Effect.gen(function*() {
      const out = yield* temporary
      const { code, stderr } = yield* demo(["mirror", "--out", out], {}, false)
      assert.strictEqual(code, 0, stderr)
      assert.notInclude(stderr, "EPIPE")
      assert.deepEqual(fs.readdirSync(out).sort(), ["mirror.html", "mirror.json"])
    }).pipe(Effect.scoped))

  it.effect("says that the reports' folder can't be written before it does anything", () =>
    quiet(Effect.gen(function*() {
      const out = yield* temporary
      const system = yield* FileSystem.FileSystem
      // A folder that only others may write, which doesn't exist for root.
      const access = (path: string) =>
        Effect.fail(PlatformError.systemError({
          _tag: "PermissionDenied",
          module: "FileSystem",
          method: "access",
          pathOrDescriptor: path,
          cause: new Error(`EACCES: permission denied, access '${path}'`)
        }))
      const error = yield* Effect.flip(main(["teardown", "--out", out])).pipe(
        Effect.provideService(FileSystem.FileSystem, { ...system, access })
      )
      assert.strictEqual(
        error.message,
        `Can't write ${out}: EACCES: permission denied, access '${out}'. Give another path.`
      )
    })).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("says what is wrong with its arguments, how to give them, and exits with 1", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* demo(["teardown", "--rol", "fleet"])
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.include(stderr, "--rol")
      assert.include(stderr, "Usage: npm run demo:fleet")
      assert.notInclude(stderr, "    at ")
    }))

  it.effect("refuses arguments that don't fit", () =>
    Effect.gen(function*() {
      assert.include(yield* problem("destroy"), "no program destroy")
      assert.include(yield* problem("teardown", "mirror"), "several")
      assert.include(yield* problem("--delete"), "--delete is for a run on AWS, which needs --role")
      assert.include(yield* problem(...target), "which program")
      assert.include(yield* problem("teardown", ...target, "--cluster", "x"), "--cluster isn't an option of teardown")
      assert.include(yield* problem("mirror", ...target, "--tag", "a=b"), "--tag isn't an option of mirror")
      assert.include(yield* problem("mirror", ...target), "--cluster is required")
      assert.include(yield* problem("mirror", ...target, "--cluster", "x", "--cluster-account", "12"), "12 digits")
      assert.include(yield* problem("teardown", ...target, "--tag", "capture"), "KEY=VALUE")
      assert.include(yield* problem("teardown", ...target, "--concurrency", "none"), "whole number")
      assert.include(yield* problem("teardown", ...target, "--organization"), "one of --accounts")
      assert.include(yield* problem("teardown", ...target, "--accounts", "1"), "12 digits")
      assert.include(yield* problem("teardown", ...target, "--accounts", ","), "no accounts")
      const empty = ["--role", "r", "--regions", "a", "--run", "r", "--unit", ","]
      assert.include(yield* problem("teardown", ...empty), "--unit has no organizational units")
      assert.include(yield* problem("--out", ""), "--out needs a folder")
      assert.include(yield* problem("teardown", ...target, "--run", "a/b"), "--run ID")
      assert.include(yield* problem("teardown", "--role", "fleet", "--run", "r"), "--regions")
      const { onAws, out } = yield* parse(["teardown", ...target, "--delete", "--tag", "team=net=1", "--out", "x"])
      assert.strictEqual(out, "x")
      assert.deepEqual(onAws, {
        program: { _tag: "TearDown", tag: { key: "team", value: "net=1" }, dryRun: false },
        run: "r",
        role: "fleet",
        regions: ["us-east-1"],
        where: { _tag: "Accounts", accounts: ["111111111111"] },
        profile: undefined,
        concurrency: undefined
      })
      const unit = ["--role", "r", "--regions", "a,b", "--unit", "ou-1, ou-2", "--run", "r", "--cluster", "c", "--undo"]
      const mirror = (yield* parse(["mirror", ...unit])).onAws
      assert.deepEqual(mirror?.where, { _tag: "Organization", units: ["ou-1", "ou-2"] })
      assert.deepEqual(mirror?.program, { _tag: "Mirror", cluster: "c", undo: true })
    }))
})

describe("submit.ts", () => {
  const refusal = (...args: ReadonlyArray<string>) =>
    Effect.map(Effect.flip(parseRequest(args)), ({ message }) => message)
  const where = ["--regions", "us-east-1", "--accounts", "111111111111", "--run", "r"]
  const tearDown = ["--program", "teardown", "--tag", "team=net", ...where]

  it.effect("takes the same options as the demo, and says what to start", () =>
    Effect.gen(function*() {
      const common = { _tag: "Start" as const, run: "r", regions: ["us-east-1"], role: undefined, speed: undefined }
      assert.deepEqual(yield* parseRequest([...tearDown, "--delete", "--json", "a", "--html", "b"]), {
        _tag: "Report",
        of: {
          ...common,
          program: { _tag: "TearDown", tag: { key: "team", value: "net" }, dryRun: false },
          where: { _tag: "Accounts", accounts: ["111111111111"] }
        },
        json: "a",
        html: "b"
      })
      const mirror = ["--program", "mirror", "--cluster", "c", "--regions", "us-east-1", "--run", "r"]
      assert.deepNestedInclude(yield* parseRequest([...mirror, "--organization"]), {
        "of.program": { _tag: "Mirror", cluster: "c", undo: false },
        "of.where": { _tag: "Organization", units: undefined }
      })
      assert.deepNestedInclude(yield* parseRequest([...mirror, "--unit", "ou-1,ou-2"]), {
        "of.where": { _tag: "Organization", units: ["ou-1", "ou-2"] }
      })
      assert.deepEqual(yield* parseRequest(["--attach", "r", "--json", "a"]), {
        _tag: "Report",
        of: { _tag: "Attach", run: "r" },
        json: "a",
        html: undefined
      })
      assert.deepEqual(yield* parseRequest(["--help"]), { _tag: "Help" })
    }))

  it.effect("refuses what doesn't fit, in one line that names the option", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [RegExp, ReadonlyArray<string>]> = [
        [/--program has to be/, where],
        [/--program has to be/, ["--program", "destroy", ...where]],
        [/needs --tag/, ["--program", "teardown", ...where]],
        [/--cluster isn't an option of teardown/, [...tearDown, "--cluster", "c"]],
        [/--speed/, [...tearDown, "--speed", "0"]],
        [/--attach joins/, ["--attach", "r", "--program", "mirror"]],
        [/'--colour'/, ["--colour"]],
        // A name would be a role of arn:aws:, which a region in China doesn't have.
        [/cn-north-1, --role has to be an ARN/, [...tearDown, "--role", "fleet", "--regions", "cn-north-1"]]
      ]
      for (const [expected, args] of cases) {
        const message = yield* refusal(...args)
        assert.match(message, expected)
        assert.match(message, /^[^\n]+ See submit\.ts --help\.$/)
      }
      yield* parseRequest([...tearDown, "--regions", "cn-north-1", "--role", "arn:aws-cn:iam::{account}:role/fleet"])
    }))
})

// `effect-aws-sdk create`, as it is started from a shell.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const program = ["--conditions=@effect-aws-sdk/source", path.join(root, "emulator/cli.ts"), "create"]
const own = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "create ")))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const create = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status: code, stderr: err, stdout: out } = spawnSync(process.execPath, [...program, ...args], {
    cwd,
    encoding: "utf8"
  })
  return { code, err, out }
}

/** Runs it in a shell that lets no file get longer than some hundred bytes, so that it fails in the middle as on a full disk. */
const createOnFullDisk = (cwd: string, target: string) => {
  const command = [process.execPath, ...program, target].map((part) => `'${part}'`).join(" ")
  const { stderr: err, status: code } = spawnSync("sh", ["-c", `trap '' XFSZ; ulimit -f 1; exec ${command}`], {
    cwd,
    encoding: "utf8"
  })
  return { code, err }
}

const filesIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

const template = path.join(root, "examples/template")
const expected = filesIn(template).map((file) =>
  ({ gitignore: ".gitignore", "manifest.json": "package.json" })[file] ?? file
).sort()

describe("effect-aws-sdk create", () => {
  it.live("makes a project with the name of its folder, and says what to do next", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const { code, err, out } = create(cwd, "services/price-list")
      assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
      assert.include(out, `price-list is in ${path.join(cwd, "services/price-list")}. Next:`)
      assert.include(out, "cd services/price-list\n  npm install\n")
      const project = path.join(cwd, "services/price-list")
      assert.deepStrictEqual(fs.readdirSync(path.join(cwd, "services")), ["price-list"])
      assert.deepStrictEqual(filesIn(project), expected)
      for (const file of filesIn(project)) {
        assert.notInclude(fs.readFileSync(path.join(project, file), "utf8"), "my-service", file)
      }
      const { name } = JSON.parse(fs.readFileSync(path.join(project, "package.json"), "utf8"))
      assert.strictEqual(name, "price-list")
    }))

  it.live("says so if the project needs a newer Node than the one that runs it", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.15.0' } })"
      const { status, stdout } = spawnSync(
        process.execPath,
        ["--import", `data:text/javascript,${encodeURIComponent(older)}`, ...program, "app"],
        { cwd, encoding: "utf8" }
      )
      assert.strictEqual(status, 0)
      assert.include(stdout, "The project needs Node 24 or later, and this is Node 22.15.0: switch first.")
      assert.notInclude(create(cwd, "other").out, "The project needs")
    }))

  it.live("takes the versions that this package accepts or was tested with", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      assert.strictEqual(create(cwd, "app").code, 0)
      const { dependencies, devDependencies } = JSON.parse(
        fs.readFileSync(path.join(cwd, "app/package.json"), "utf8")
      )
      assert.strictEqual(dependencies["effect-aws-sdk"], `^${own.version}`)
      assert.strictEqual(dependencies["effect"], own.peerDependencies["effect"])
      assert.strictEqual(devDependencies["vitest"], `^${own.devDependencies["vitest"]}`)
      const clients = Object.keys(dependencies).filter((name) => name.startsWith("@aws-sdk/"))
      assert.isAtLeast(clients.length, 3)
      for (const client of clients) assert.strictEqual(dependencies[client], own.peerDependencies[client], client)
      for (const range of Object.values({ ...dependencies, ...devDependencies })) assert.match(`${range}`, /^\^\d/)
    }))

  it.live("fills an empty folder, and stays in it", () =>
    Effect.gen(function*() {
      const cwd = path.join(yield* folder, "price-list")
      fs.mkdirSync(cwd)
      const { ino } = fs.statSync(cwd)
      const { code, out } = create(cwd, ".")
      assert.strictEqual(code, 0)
      assert.notInclude(out, "cd ")
      assert.strictEqual(fs.statSync(cwd).ino, ino)
      assert.deepStrictEqual(filesIn(cwd), expected)
    }))

  it.live("puts the path into quotes where a shell needs them", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      assert.include(create(cwd, "my projects/app").out, `cd "my projects/app"\n`)
      for (const folder of ["it's $HOME", "a\"b", "a\\b", "!x", "`id`", "-x"]) {
        const [, command = ""] = /^ {2}(cd .*)$/m.exec(create(cwd, `./${folder}/app`).out) ?? []
        const { stdout } = spawnSync("bash", ["-c", `${command} && pwd`], { cwd, encoding: "utf8" })
        assert.strictEqual(stdout, `${path.join(cwd, folder, "app")}\n`, command)
      }
    }))

  it.live("prints its help", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const { code, out } = create(cwd, "--help")
      assert.strictEqual(code, 0)
      assert.match(out, /^Usage: effect-aws-sdk create FOLDER\n/)
      assert.deepStrictEqual(fs.readdirSync(cwd), [])
    }))

  const wrong: Readonly<Record<string, readonly [args: ReadonlyArray<string>, message: RegExp]>> = {
    "no folder": [[], /^Say which folder to create: effect-aws-sdk create my-service\.\n$/],
    "two folders": [["a", "b"], /^Name one folder only\. Unexpected: b\.\n$/],
    "an unknown option": [["a", "--force"], /^Unknown option '--force'\.\nThe usage: effect-aws-sdk create --help\n$/],
    "an uppercase letter": [
      ["Prices"],
      /^"Prices" can't be the project's name, .* lowercase letters, digits and dashes, at most 50 characters\.\n$/
    ],
    "a name that Windows reserves": [
      ["lpt1"],
      /^"lpt1" can't be the project's name, .*\. Windows reserves this name\.\n$/
    ],
    "a prefix that AWS reserves for buckets": [
      ["xn--prices"],
      /^"xn--prices" can't be the project's name, .* buckets /
    ],
    "a name that no bucket's may have at its beginning, with the dash that follows": [["sthree"], /sthree-.* buckets /],
    "a name that no image of a container may have": [["scratch"], /Docker reserves this name/],
    "a space": [["price list"], /^"price list" can't be the project's name/],
    "a dash at the end, which no image of a container may have": [["price-"], /end with a letter or a digit/],
    "more than 50 characters": [["a".repeat(51)], /at most 50 characters/],
    "a name that AWS keeps for itself": [["aws-prices"], /AWS reserves parameters whose names begin with aws or ssm/],
    "the name of a dependency": [["effect"], /The project installs a package of this name/]
  }
  for (const [what, [args, message]] of Object.entries(wrong)) {
    it.live(`refuses ${what} with exit code 2, and makes nothing`, () =>
      Effect.gen(function*() {
        const cwd = yield* folder
        const { code, err, out } = create(cwd, ...args)
        assert.deepStrictEqual({ code, out }, { code: 2, out: "" })
        assert.match(err, message)
        assert.deepStrictEqual(fs.readdirSync(cwd), [])
      }))
  }

  it.live("refuses a folder that isn't empty, and leaves it as it is", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      fs.mkdirSync(path.join(cwd, "app"))
      fs.writeFileSync(path.join(cwd, "app/notes.txt"), "mine")
      const { code, err } = create(cwd, "app")
      assert.strictEqual(code, 1)
      assert.include(err, "isn't empty: it has notes.txt. Name a new folder, or empty this one.\n")
      assert.deepStrictEqual(filesIn(cwd), ["app/notes.txt"])
    }))

  it.live("refuses a path that goes through a file", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      fs.writeFileSync(path.join(cwd, "file"), "")
      for (const target of ["file/app", "file"]) {
        const { code, err } = create(cwd, target)
        assert.strictEqual(code, 1)
        assert.include(err, "isn't a folder, or is inside of something that isn't one.\n")
      }
      assert.deepStrictEqual(filesIn(cwd), ["file"])
    }))

  // Root may write everywhere, except where there is no place to write to.
  it.live("says so where it may not write, and makes nothing", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const asRoot = process.getuid?.() === 0
      fs.chmodSync(cwd, 0o555)
      const { code, err } = create(cwd, asRoot ? "/proc/self/app" : "app")
      fs.chmodSync(cwd, 0o755)
      assert.strictEqual(code, 1)
      assert.include(err, "can't be created, and nothing is left of it.")
      if (!asRoot) assert.include(err, "You may not write there.")
      assert.deepStrictEqual(fs.readdirSync(cwd), [])
    }))

  it.live("leaves nothing if the disk is full: neither files nor the folders above", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const { code, err } = createOnFullDisk(cwd, "new/services/app")
      assert.strictEqual(code, 1)
      assert.include(err, "can't be created, and nothing is left of it.")
      assert.deepStrictEqual(fs.readdirSync(cwd), [])
    }))

  it.live("leaves an empty folder empty if the disk is full", () =>
    Effect.gen(function*() {
      const cwd = path.join(yield* folder, "app")
      fs.mkdirSync(cwd)
      assert.strictEqual(createOnFullDisk(cwd, ".").code, 1)
      assert.deepStrictEqual(fs.readdirSync(cwd), [])
    }))

  it.live("makes one whole project if it runs several times at once", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      fs.mkdirSync(path.join(cwd, "empty"))
      for (const [at, target] of [["empty", "."], ["", "new/services/app"]] as const) {
        const start = () =>
          new Promise<number | null>((resolve) => {
            const child = spawn(process.execPath, [...program, target], { cwd: path.join(cwd, at), stdio: "ignore" })
            child.on("close", resolve)
          })
        const codes = yield* Effect.promise(() => Promise.all(Array.from({ length: 6 }, start)))
        assert.deepStrictEqual(codes.toSorted(), [0, 1, 1, 1, 1, 1])
        assert.deepStrictEqual(filesIn(path.join(cwd, at, target)), expected)
      }
      assert.deepStrictEqual(fs.readdirSync(path.join(cwd, "new/services")), ["app"])
    }))

  it.live("makes the project even if nobody reads what it prints", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const [node, ...others] = [process.execPath, ...program, "app"].map((part) => `'${part}'`)
      const command = `${node} ${others.join(" ")} | true; exit \${PIPESTATUS[0]}`
      const { status, stderr } = spawnSync("bash", ["-c", command], { cwd, encoding: "utf8" })
      assert.deepStrictEqual({ status, stderr }, { status: 0, stderr: "" })
      assert.deepStrictEqual(filesIn(path.join(cwd, "app")), expected)
    }))

  it.live("says so if the current folder has been removed", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const command = [process.execPath, ...program, "app"].map((part) => `'${part}'`).join(" ")
      const { status, stderr } = spawnSync("sh", ["-c", `mkdir gone && cd gone && rmdir ../gone && ${command}`], {
        cwd,
        encoding: "utf8"
      })
      assert.strictEqual(status, 1)
      assert.strictEqual(stderr, "The folder in which you are doesn't exist any more. Go to one that does.\n")
    }))

  it.live("makes the whole project if a Ctrl-C comes while it writes", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const ended = yield* Effect.promise(() =>
        new Promise<string | number | null>((resolve) => {
          const child = spawn(process.execPath, [...program, "app"], { cwd, stdio: "ignore" })
          // The first thing that appears is the folder in which it writes.
          const watcher = fs.watch(cwd, () => child.kill("SIGINT"))
          child.on("close", (code, signal) => {
            watcher.close()
            resolve(signal ?? code)
          })
        })
      )
      // A late signal ends a process that has done its work.
      assert.include([0, "SIGINT"], ended)
      assert.deepStrictEqual(fs.readdirSync(cwd), ["app"])
      assert.deepStrictEqual(filesIn(path.join(cwd, "app")), expected)
    }))
})

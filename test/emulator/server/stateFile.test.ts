// The file of --state: what is in it, and what happens if it can't be written.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { load, save } from "../../../emulator/server/stateFile.ts"
import { readParts, writeParts } from "../../../emulator/server/stateFormat.ts"
import { stub } from "./stub.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "emulator-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/** Runs with another folder for temporary files. */
const withTemporaryFolder = <A, E, R>(folder: string, effect: Effect.Effect<A, E, R>) => {
  const before = process.env["TMPDIR"]
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      process.env["TMPDIR"] = folder
    }),
    () => effect,
    () =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["TMPDIR"]
        else process.env["TMPDIR"] = before
      })
  )
}

const loads = (file: string) => Effect.flatMap(stub(), (world) => load(world, file))

const withHandle = <A>(file: string, flags: string, use: (handle: fs.promises.FileHandle) => Promise<A>) =>
  Effect.promise(async () => {
    const handle = await fs.promises.open(file, flags)
    try {
      return await use(handle)
    } finally {
      await handle.close()
    }
  })

describe("a state file", () => {
  it.live("keeps parts of any length, and is written and read in pieces", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      const lengths = [5, 0, 1_048_576, 1_048_577, 3_000_000, 1_000, 1]
      const parts = lengths.map((length) => randomBytes(length))
      yield* withHandle(file, "w", (handle) => writeParts(handle, parts))
      const read = yield* withHandle(file, "r", readParts)
      assert.deepEqual(read.map((part) => part.byteLength), lengths)
      assert.isTrue(read.every((part, index) => parts[index]!.equals(part)))
    }))

  it.live("is refused with a reason wherever a byte of it has changed", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      yield* withHandle(file, "w", (handle) => writeParts(handle, [Buffer.from("graph"), randomBytes(20)]))
      const whole = fs.readFileSync(file)
      for (let at = 0; at < whole.length; at++) {
        const changed = Buffer.from(whole)
        changed[at]! ^= 0x80
        fs.writeFileSync(file, changed)
        const { message } = yield* Effect.flip(loads(file))
        assert.match(message, /(It is damaged|The emulator didn't write it|Version .* saved it, .*)\.$/)
      }
      fs.writeFileSync(file, Buffer.concat([whole, Buffer.from("x")]))
      assert.match((yield* Effect.flip(loads(file))).message, /It is damaged\.$/)
    }))

  it.live("is refused if another version of the package wrote it", () =>
    Effect.gen(function*() {
      const file = path.join(yield* temporary, "aws.state")
      yield* save(yield* stub(), file)
      const other = fs.readFileSync(file, "latin1").replace(/\n\d[\w.+-]*\n/, "\n99.0.0\n")
      fs.writeFileSync(file, other, "latin1")
      assert.match(
        (yield* Effect.flip(loads(file))).message,
        /Version 99\.0\.0 saved it, and this is version \d[\w.+-]*\.$/
      )
    }))

  it.live("stays where a symbolic link leads to, also if it isn't there yet", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const [link, again, target] = ["link", "again", "data/aws.state"].map((name) => path.join(folder, name))
      fs.mkdirSync(path.join(folder, "data"))
      fs.symlinkSync("data/aws.state", link!)
      fs.symlinkSync("link", again!)
      for (const file of [link!, again!]) {
        yield* save(yield* stub(), file)
        assert.isTrue(fs.lstatSync(file).isSymbolicLink())
        assert.isTrue(fs.lstatSync(target!).isFile())
        assert.strictEqual(yield* loads(file), "loaded")
        fs.rmSync(target!)
      }
      assert.deepEqual(fs.readdirSync(folder).sort(), ["again", "data", "link"])
      fs.symlinkSync("loop", path.join(folder, "loop"))
      assert.include((yield* Effect.flip(loads(path.join(folder, "loop")))).message, "symbolic link")
    }))

  it.live("is saved beside its place, or in the folder for temporary files, if it can't be written", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const file = path.join(folder, "aws.state")
      fs.mkdirSync(file)
      const beside = yield* Effect.flip(save(yield* stub(), file))
      assert.include(beside.message, `Couldn't save the state to ${file}: E`)
      assert.include(beside.message, `The state is in ${file}.NEW instead: start from it with --state ${file}.NEW.`)
      assert.strictEqual(yield* loads(`${file}.NEW`), "loaded")
      assert.deepEqual(fs.readdirSync(folder).sort(), ["aws.state", "aws.state.NEW"])

      const missing = path.join(folder, "gone/aws.state")
      const elsewhere = yield* withTemporaryFolder(folder, Effect.flip(save(yield* stub(), missing)))
      const [, name = ""] = /The state is in (\S+) instead/.exec(elsewhere.message) ?? []
      assert.isTrue(name.startsWith(path.join(folder, "effect-aws-sdk-")), elsewhere.message)
      assert.strictEqual(yield* loads(name), "loaded")

      const nowhere = yield* withTemporaryFolder(path.join(folder, "none"), Effect.flip(save(yield* stub(), missing)))
      assert.match(
        nowhere.message,
        /The folder for temporary files can't take it either, so all changes since the start are lost\.$/
      )
    }))

  it.live("leaves no half-written file: not when the process ends, and not after it was killed", () =>
    Effect.gen(function*() {
      const folder = yield* temporary
      const file = path.join(folder, "aws.state")
      // A world whose state never ends; the process ends while it is being written.
      const program = `
        import * as fs from "node:fs"
        import { Effect } from "effect"
        import { save } from ${
        JSON.stringify(path.resolve(import.meta.dirname, "../../../emulator/server/stateFile.ts"))
      }
        const part = new Uint8Array(1024 * 1024)
        void Effect.runPromise(save({ save: () => Array.from({ length: 100_000 }, () => part) }, process.argv[1]))
        setInterval(() => {
          if (fs.existsSync(process.argv[1] + "." + process.pid + ".tmp")) process.exit(7)
        }, 1)`
      const args = ["--conditions=@effect-aws-sdk/source", "--input-type=module", "--eval", program, file]
      const { pid, status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
      assert.strictEqual(status, 7, stderr)
      assert.deepEqual(fs.readdirSync(folder), [])

      const names = [`aws.state.${pid}.tmp`, `aws.state.${process.pid}.tmp`, "aws.state.x.tmp", "other.1.tmp"]
      for (const name of names) fs.writeFileSync(path.join(folder, name), "")
      assert.strictEqual(yield* loads(file), "new")
      assert.deepEqual(fs.readdirSync(folder).sort(), names.slice(1).sort())
    }))
})

// A project without the optional packages that presign: what its bundler says, and what a call fails with.
import { assert, describe, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const packages = ["@aws-sdk/s3-request-presigner", "@aws-sdk/s3-presigned-post"]

const program = `
  import * as AwsClients from "effect-aws-sdk/AwsClients"
  import * as S3 from "effect-aws-sdk/S3"
  import * as Effect from "effect/Effect"
  import * as Redacted from "effect/Redacted"

  const clients = AwsClients.AwsClients.layer({
    region: "us-east-1",
    credentials: { accessKeyId: "id", secretAccessKey: Redacted.make("secret") }
  })
  const calls = [S3.presignGet("bucket-1", "key"), S3.presignPut("bucket-1", "key"), S3.presignPost("bucket-1", "key")]
  Effect.runPromise(Effect.forEach(calls, Effect.flip).pipe(Effect.provide(clients))).then((errors) => {
    for (const { message, reason } of errors) console.log(reason._tag, reason.code, message)
  })
`

const linkAll = (from: string, to: string, except: ReadonlyArray<string> = []): void => {
  fs.mkdirSync(to, { recursive: true })
  for (const name of fs.readdirSync(from)) {
    if (!except.includes(name)) fs.symlinkSync(path.join(from, name), path.join(to, name))
  }
}

/** A project with everything installed but these packages. */
const makeProject = (folder: string): void => {
  const modules = path.join(folder, "node_modules")
  linkAll(path.join(root, "node_modules"), modules, ["@aws-sdk", ".bin", ".package-lock.json"])
  const missing = packages.map((name) => path.basename(name))
  linkAll(path.join(root, "node_modules/@aws-sdk"), path.join(modules, "@aws-sdk"), missing)
  linkAll(root, path.join(modules, "effect-aws-sdk"), ["node_modules", ".git", ".python", "test"])
  fs.writeFileSync(path.join(folder, "app.ts"), program)
}

describe("without the packages that presign", () => {
  it("esbuild warns, and each call says which package to install", (test) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "presign-"))
    test.onTestFinished(() => fs.rmSync(folder, { recursive: true }))
    makeProject(folder)
    const args = ["app.ts", "--bundle", "--platform=node", "--format=esm", "--outfile=app.mjs", "--preserve-symlinks"]
    const banner =
      "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
    const bundled = spawnSync(
      path.join(root, "node_modules/.bin/esbuild"),
      [...args, banner, "--conditions=@effect-aws-sdk/source,module"],
      { cwd: folder, encoding: "utf8" }
    )
    assert.strictEqual(bundled.status, 0, bundled.stderr)
    assert.notInclude(bundled.stderr, "[ERROR]")
    const output = execFileSync(process.execPath, ["app.mjs"], { cwd: folder, encoding: "utf8" })
    const [signer, form] = packages
    const lines = [["GetObject", signer], ["PutObject", signer], ["PostObject", form]].map(([operation, name]) =>
      `Misconfigured PackageNotInstalled S3.${operation} in us-east-1: PackageNotInstalled: ` +
      `the package ${name} isn't installed. Run: npm install ${name}`
    )
    assert.deepEqual(output.trim().split("\n"), lines)
  })

  it("a program that imports S3 loads neither of them", () => {
    const imported = `
      import { registerHooks } from "node:module"
      const loaded = []
      registerHooks({ load: (url, context, next) => {
        if (/s3-(request-presigner|presigned-post)/.test(url)) loaded.push(url)
        return next(url, context)
      } })
      await import("effect-aws-sdk/S3")
      console.log(JSON.stringify(loaded))`
    const args = ["--conditions=@effect-aws-sdk/source", "--input-type=module", "--eval", imported]
    assert.strictEqual(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }), "[]\n")
  })
})

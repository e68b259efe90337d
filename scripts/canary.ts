// Tests the ends of the version ranges: installs the newest packages that the ranges of package.json allow, or the lowest,
// and runs the types, the tests and the consumers on them.
//
//   npm run canary -- newest
//   npm run canary -- lowest
//   npm run canary             both
//
// It works in a copy of the checkout, in a temporary folder that it removes at the end. The exit status is 1 when a step
// fails, and that step's output is printed.
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Versions from "./internal/versions.ts"

type Packages = Record<string, string>

const root = path.resolve(import.meta.dirname, "..")
const shell = process.platform === "win32"

// Packages that only the tests need, and whose versions go with those of a package in the ranges.
const companions: Readonly<Record<string, string>> = {
  "@aws-sdk/client-appconfig": "@aws-sdk/client-s3",
  "@aws-sdk/client-cloudfront": "@aws-sdk/client-s3",
  "@aws-sdk/client-lambda": "@aws-sdk/client-s3",
  "@aws-sdk/client-sns": "@aws-sdk/client-s3",
  "@aws-sdk/client-sqs": "@aws-sdk/client-s3",
  "@aws-sdk/lib-dynamodb": "@aws-sdk/client-s3",
  "@aws-sdk/lib-storage": "@aws-sdk/client-s3",
  "@aws-sdk/s3-presigned-post": "@aws-sdk/client-s3",
  "@effect/platform-node": "effect",
  "@effect/vitest": "effect"
}

const platformNode = "@effect/platform-node"

const manifestOf = (end: Versions.End): Record<string, unknown> => {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
  const { dependencies, devDependencies, peerDependencies } = manifest as Readonly<Record<string, Packages>>
  const chosen: Packages = {}
  for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
    chosen[name] = Versions.at(end, name, range)
  }
  for (const [name, leader] of Object.entries(companions)) {
    chosen[name] = Versions.at(end, name, end === "newest" ? `^${devDependencies![name]}` : `^${chosen[leader]}`)
  }
  for (const [name, version] of Object.entries(chosen)) {
    console.log(`  ${name} ${version}`)
    ;(name in dependencies! ? dependencies : devDependencies)![name] = version
  }
  if (end === "newest") return manifest
  const aws = Object.entries(chosen).filter(([name]) => /^@(aws-sdk|smithy)\//.test(name))
  return {
    ...manifest,
    overrides: {
      ...Versions.resolvedThen(Object.fromEntries(aws)),
      [`${platformNode}-shared`]: chosen[platformNode]
    }
  }
}

const copy = (folder: string): void => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8"
  })
  for (const file of files.split("\0").filter((file) => file !== "" && fs.existsSync(path.join(root, file)))) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.copyFileSync(path.join(root, file), path.join(folder, file))
  }
  // The Python environments of the tests, when they are installed already.
  const environments = path.join(root, ".python")
  if (fs.existsSync(environments)) fs.symlinkSync(environments, path.join(folder, ".python"), "junction")
}

/** Runs a step. Its output is printed when it fails. */
const step = (name: string, folder: string, command: string, args: ReadonlyArray<string>): Promise<boolean> =>
  new Promise((resolve) => {
    const start = performance.now()
    const child = spawn(command, args, { cwd: folder, shell, env: { ...process.env, CI: "true" } })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text
      })
    }
    child.on("error", (error) => {
      output += String(error)
    })
    child.on("close", (code) => {
      const seconds = Math.round((performance.now() - start) / 1_000)
      if (code !== 0) console.log(output)
      console.log(`${code === 0 ? "passed" : "FAILED"}: ${name} (${seconds} s)`)
      resolve(code === 0)
    })
  })

const run = async (end: Versions.End): Promise<boolean> => {
  console.log(`\n== the ${end} versions that the ranges allow`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `canary-${end}-`))
  try {
    copy(folder)
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifestOf(end), null, 2))
    fs.rmSync(path.join(folder, "package-lock.json"), { force: true })
    if (!await step("install", folder, "npm", ["install", "--no-audit", "--no-fund"])) return false
    const results = [
      await step("types", folder, "npm", ["run", "check"]),
      await step("build", folder, "npm", ["run", "build"]),
      await step("consumers", folder, "npm", ["run", "consumers"]),
      // Looks for changes of behaviour: a slow machine is none.
      await step("tests", folder, "npx", ["vitest", "run", "--testTimeout=60000"])
    ]
    return results.every((passed) => passed)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const asked = process.argv.slice(2)
const unknown = asked.filter((end) => end !== "newest" && end !== "lowest")
if (unknown.length > 0) {
  console.error(`The canary runs on "newest" or "lowest", and not on "${unknown.join(" ")}".`)
  process.exit(2)
}
const results: Array<readonly [Versions.End, boolean]> = []
for (const end of (asked.length === 0 ? ["newest", "lowest"] : asked) as ReadonlyArray<Versions.End>) {
  results.push([end, await run(end)])
}
console.log()
for (const [end, passed] of results) console.log(`${end}: ${passed ? "passed" : "FAILED"}`)
process.exitCode = results.every(([, passed]) => passed) ? 0 : 1

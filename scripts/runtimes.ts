// Runs the packed library on the runtimes that docs/runtimes.md names, and compares what its programs find with what they find on
// Node. Run `npm run build` first.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "./internal/manifest.ts"
import { pack, run, tsconfigOf, withFolder } from "./internal/packed.ts"

const { devDependencies, overrides } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** As docs/runtimes.md says; a test compares them. No others depend on these packages, which have hundreds of megabytes. */
const runtimes = { bun: "1.4.5", deno: "2.9.6", miniflare: "4.20260426.0" }

const ours = [
  "@aws-sdk/client-s3",
  "@aws-sdk/client-ssm",
  "@aws-sdk/client-sts",
  "@aws-sdk/s3-request-presigner",
  "@types/node",
  "effect",
  "esbuild",
  "node",
  "typescript"
]

const programs = ["program", "worker", "workerd"]

await withFolder("runtimes-", (folder) => {
  const packed = pack(folder)
  const project = path.join(folder, "project")
  const file = (name: string) => path.join(project, name)
  fs.mkdirSync(project)
  for (const name of programs) fs.copyFileSync(path.join(root, `test/runtimes/${name}.mts`), file(`${name}.mts`))
  fs.writeFileSync(
    file("package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      // What these scripts do is to choose the binary of the platform.
      allowScripts: { bun: true, deno: true, node: true, esbuild: true, workerd: true, sharp: false },
      dependencies: {
        ...runtimes,
        ...Object.fromEntries(ours.map((name) => [name, devDependencies[name]])),
        "effect-aws-sdk": `file:${packed}`
      },
      overrides
    })
  )
  fs.writeFileSync(
    file("tsconfig.json"),
    tsconfigOf(programs.map((name) => `${name}.mts`), { skipLibCheck: true })
  )
  const bin = (name: string) => file(`node_modules/.bin/${name}`)
  const inProject = (command: string, args: ReadonlyArray<string>) => run(command, args, { cwd: project })
  const answerOf = (command: string, args: ReadonlyArray<string>): string =>
    execFileSync(command, args, {
      cwd: project,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 120_000
    })

  inProject("npm", ["install", "--silent", "--no-audit", "--no-fund"])
  inProject(bin("tsc"), ["-p", project])

  const onNode = answerOf(bin("node"), ["program.mjs"])
  console.log(`Node: ${onNode}`)
  const others = {
    Bun: answerOf(bin("bun"), ["program.mjs"]),
    Deno: answerOf(bin("deno"), ["run", "-A", "program.mjs"])
  }
  for (const [name, answer] of Object.entries(others)) {
    if (answer !== onNode) throw new Error(`${name} finds something else:\n${answer}`)
    console.log(`${name}: the same`)
  }

  inProject(bin("esbuild"), [
    "worker.mjs",
    "--bundle",
    "--minify",
    "--format=esm",
    "--platform=node",
    "--main-fields=module,main",
    "--outfile=worker.bundle.mjs",
    "--log-level=error"
  ])
  const onWorkers: unknown = JSON.parse(answerOf(bin("node"), ["workerd.mjs"]))
  const expected = {
    text: "from a Worker",
    keys: ["note.txt"],
    missing:
      "The SSM parameter /missing does not exist in this account and region. Check its name, and the Layer's account and region."
  }
  if (JSON.stringify(onWorkers) !== JSON.stringify(expected)) {
    throw new Error(`A Worker finds something else: ${JSON.stringify(onWorkers)}`)
  }
  console.log("Cloudflare Workers: as expected")
})

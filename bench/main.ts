// `npm run bench` runs the topics that its arguments name, or all of them. README.md describes what they measure.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { buildPrograms, folder, type Server, startServer } from "./lab.ts"
import { markdown, type Row } from "./table.ts"
import { assumeRole } from "./topics/assumeRole.ts"
import { bundles } from "./topics/bundle.ts"
import { calls } from "./topics/calls.ts"
import { downloadParallel } from "./topics/downloadParallel.ts"
import { emptyBucket } from "./topics/emptyBucket.ts"
import { emulator } from "./topics/emulator.ts"
import { fleet } from "./topics/fleet.ts"
import { imports } from "./topics/import.ts"
import { listParallel } from "./topics/listParallel.ts"
import { lookups } from "./topics/lookups.ts"
import { parameters, readAhead, s3Keys, subnets } from "./topics/pages.ts"
import { start } from "./topics/start.ts"
import { sync } from "./topics/sync.ts"
import { transfer } from "./topics/transfer.ts"
import { uploadStream } from "./topics/uploadStream.ts"

const topics: Record<string, (server: Server, rounds?: number) => Promise<ReadonlyArray<Row>>> = {
  calls,
  "s3-keys": s3Keys,
  parameters,
  lookups,
  subnets,
  "read-ahead": readAhead,
  import: imports,
  bundle: bundles,
  start,
  "empty-bucket": emptyBucket,
  "list-parallel": listParallel,
  "assume-role": assumeRole,
  fleet,
  transfer,
  "download-parallel": downloadParallel,
  sync,
  "upload-stream": uploadStream,
  emulator
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    write: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false }
  }
})

const npm = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status } = spawnSync("npm", args, { cwd, stdio: ["ignore", "ignore", "inherit"] })
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed in ${cwd}`)
}

const unknown = positionals.filter((name) => topics[name] === undefined)
if (unknown.length > 0) {
  throw new Error(`Unknown topic: ${unknown.join(", ")}. The topics are: ${Object.keys(topics).join(", ")}`)
}

if (!values["no-build"]) npm(path.dirname(folder), "run", "build")
for (const peer of ["effect-aws", "distilled", "s3-sync-client"]) {
  const directory = path.join(folder, peer)
  if (!fs.existsSync(path.join(directory, "node_modules"))) npm(directory, "ci")
}
await buildPrograms()

const machine = `Node ${process.versions.node}, ${os.availableParallelism()} × ${
  os.cpus()[0]?.model ?? "CPU"
}, ${process.platform}`
const readme = path.join(folder, "README.md")
console.log(`${machine}.`)
{
  await using server = await startServer()
  for (const name of positionals.length > 0 ? positionals : Object.keys(topics)) {
    const begin = performance.now()
    const measured = await topics[name]!(server, values.rounds === undefined ? undefined : Number(values.rounds))
    console.log(`\n${markdown(measured)}`)
    if (values.write) {
      const text = fs.readFileSync(readme, "utf8")
      const results = new RegExp(`(<!-- ${name} -->\n).*(<!-- /${name} -->)`, "s")
      fs.writeFileSync(readme, text.replace(results, `$1\n${markdown(measured)}\n\n${machine}.\n\n$2`))
    }
    console.error(`${name}: ${Math.round((performance.now() - begin) / 1000)} s`)
  }
}

// Syncing a directory of many small files to an empty bucket.
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Python from "../../scripts/internal/python.ts"
import { env, measure, type Measured, type Server, temporary, type Variant } from "../lab.ts"
import { compare, counts, numbers, ratios, type Row } from "../table.ts"

const FILES = Number(process.env["BENCH_FILES"] ?? 10_000)
const SIZE = 16 * 2 ** 10

/** Files in directories of a hundred. */
const makeFiles = (): string => {
  const directory = path.join(temporary, "tree")
  for (let i = 0; i < FILES; i++) {
    const folder = path.join(directory, `folder-${Math.floor(i / 100)}`)
    if (i % 100 === 0) fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, `file-${i}.txt`), Buffer.alloc(SIZE, `${i} `))
  }
  return directory
}

/** Runs `aws s3 sync`, and measures how long it takes. */
const runCli = (python: string, endpoint: string, directory: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const cli = "from awscli.clidriver import main; import sys; sys.exit(main())"
    const args = ["--endpoint-url", endpoint, "s3", "sync", "--only-show-errors", directory, "s3://empty/prefix"]
    const child = spawn(python, ["-c", cli, ...args], {
      env: { ...env, AWS_ACCESS_KEY_ID: "AKIABENCH", AWS_SECRET_ACCESS_KEY: "secret", AWS_DEFAULT_REGION: "us-east-1" },
      stdio: ["ignore", "ignore", "inherit"]
    })
    child.once("error", reject)
    child.once(
      "exit",
      (code) => code === 0 ? resolve(performance.now() - start) : reject(new Error(`aws s3 sync ended with ${code}`))
    )
  })

const latency = 10

export const sync = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const directory = makeFiles()
  const variant = (program: string): Variant => ({ program, workload: "syncUp", task: { count: FILES, directory } })
  const measured = await measure(server, {
    latency,
    processes: rounds,
    variants: { ours: variant("ours/s3"), "s3-sync-client": variant("s3-sync-client/s3") }
  })
  for (const [name, { requests }] of measured.flatMap(Object.entries<Measured>)) {
    if (requests["PutObject"] !== FILES) throw new Error(`${name} sent ${requests["PutObject"]} of ${FILES} files`)
  }
  const subject = { topic: "sync", work: `${FILES} files of 16 KB to an empty bucket, 10 ms latency` }
  const peer = { base: "s3-sync-client" } as const
  const rows = [
    ...compare(
      measured,
      ["wall", "cpu", "peak"],
      { ...subject, work: `${subject.work}, compared with s3-sync-client` },
      peer
    ),
    counts(numbers(measured, ({ connections }) => connections), { ...subject, measure: "connections", unit: "" }, peer)
  ]
  const python = await Effect.runPromise(Python.install("clients"))
  const cli: Array<{ readonly cli: number; readonly ours: number }> = []
  for (const { ours } of measured) {
    cli.push({ cli: await runCli(python, server.endpoints[latency], directory), ours: ours.wall })
  }
  const work = `${subject.work}, compared with aws s3 sync`
  return [...rows, ratios(cli, { ...subject, work, measure: "wall", unit: "ms" }, { base: "cli" })]
}

import * as esbuild from "esbuild"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { env, folder, type Server, temporary } from "../lab.ts"
import { ratios, type Row } from "../table.ts"

// Lambda's runtime client, too, imports the function's module and then calls its handler. All times are those since the start of
// the process, so they include the start of Node itself.
const runner = `
const at = () => {
  const { system, user } = process.cpuUsage()
  return { wall: performance.now(), cpu: (system + user) / 1000 }
}
const { handler } = await import(process.argv[2])
const imported = at()
const answer = await handler({}, {
  functionName: "bench",
  functionVersion: "$LATEST",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:bench",
  memoryLimitInMB: "1024",
  awsRequestId: "6bc28136-4c5d-4365-b021-0ce6b2e64ab0",
  logGroupName: "/aws/lambda/bench",
  logStreamName: "2026/11/05/[$LATEST]b1946ac92492d2347c6235b4d2611184",
  getRemainingTimeInMillis: () => 3_000
})
console.log(JSON.stringify({ answer, imported, answered: at() }))
process.exit()
`

interface Moment {
  /** Milliseconds. */
  readonly wall: number
  /** Milliseconds, for all threads of the process. */
  readonly cpu: number
}

interface Started {
  readonly imported: Moment
  readonly answered: Moment
}

const owners = ["raw", "ours", "effect-aws"]

const bundled = async (owner: string): Promise<string> => {
  const outfile = path.join(temporary, `${owner}-handler.mjs`)
  await esbuild.build({
    entryPoints: [path.join(folder, owner, "handler.ts")],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"]
  })
  return outfile
}

/** What Lambda gives to a function. Nobody has a home there, so there are no files of AWS's settings. */
const lambda = (endpoint: string): NodeJS.ProcessEnv => ({
  ...env,
  HOME: temporary,
  AWS_ACCESS_KEY_ID: "AKIABENCH",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
  AWS_REGION: "us-east-1",
  AWS_LAMBDA_FUNCTION_NAME: "bench",
  AWS_ENDPOINT_URL: endpoint
})

/** Starts a process that imports the program's handler and calls it once. */
const started = (program: string, environment: NodeJS.ProcessEnv): Started => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [path.join(temporary, "start.mjs"), program], {
    env: environment,
    encoding: "utf8"
  })
  const { answer = "", ...moments } = status === 0 ? JSON.parse(stdout) : {}
  if (!answer.startsWith("value 0")) throw new Error(`${program} did not answer: ${stdout}${stderr}`)
  return moments
}

export const start = async (server: Server, rounds = 15): Promise<ReadonlyArray<Row>> => {
  fs.writeFileSync(path.join(temporary, "start.mjs"), runner)
  const programs: Array<Record<string, string>> = [{}, {}]
  for (const owner of owners) {
    programs[0]![owner] = await bundled(owner)
    programs[1]![owner] = path.join(folder, owner, "dist/handler.js")
  }
  await esbuild.stop()

  const environment = lambda(server.endpoints[0])
  const cached = { ...environment, NODE_COMPILE_CACHE: path.join(temporary, "compile-cache") }
  const kinds = [
    { work: "bundled", files: programs[0]!, environment },
    { work: "bundled, with Node's compile cache", files: programs[0]!, environment: cached },
    { work: "not bundled", files: programs[1]!, environment },
    { work: "not bundled, with Node's compile cache", files: programs[1]!, environment: cached }
  ]
  const measured: ReadonlyArray<Array<Record<string, Started>>> = kinds.map(() => [])
  // Round -1 fills the caches of the file system and of Node, and doesn't count.
  for (let round = -1; round < rounds; round++) {
    for (const [i, { environment, files }] of kinds.entries()) {
      const all: Record<string, Started> = {}
      for (const owner of round % 2 === 0 ? owners : owners.toReversed()) {
        all[owner] = started(files[owner]!, environment)
      }
      if (round >= 0) measured[i]!.push(all)
    }
  }

  const row = (i: number, moment: keyof Started, kind: keyof Moment, measure: string): Row =>
    ratios(
      measured[i]!.map((all) =>
        Object.fromEntries(Object.entries(all).map(([owner, moments]) => [owner, moments[moment][kind]]))
      ),
      { topic: "start", work: kinds[i]!.work, measure, unit: "ms" }
    )
  return kinds.flatMap((_, i) => [
    row(i, "answered", "wall", "wall until the first answer"),
    row(i, "answered", "cpu", "CPU until the first answer"),
    row(i, "imported", "wall", "wall until it is imported")
  ])
}

import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { env, folder } from "../lab.ts"
import { type Numbers, ratios, type Row } from "../table.ts"

const root = path.dirname(folder)

/** The client that each entry point imports. */
const entries = {
  Acm: "client-acm",
  CloudWatch: "client-cloudwatch",
  Ec2: "client-ec2",
  Ecs: "client-ecs",
  EventBridge: "client-eventbridge",
  Iam: "client-iam",
  OpenSearch: "client-opensearch",
  S3: "client-s3",
  Ssm: "client-ssm",
  Sts: "client-sts"
} as const

const node = (cwd: string, source: string): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], {
    cwd,
    env,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** The modules of effect that this library's modules import when a program loads the entry point. */
const effectModulesOf = (entry: string): ReadonlyArray<string> =>
  JSON.parse(node(
    root,
    `import { registerHooks } from "node:module"
    const modules = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        const isOurs = context.parentURL?.startsWith("${pathToFileURL(path.join(root, "dist"))}/")
        if (isOurs && specifier.startsWith("effect/")) modules.add(specifier)
        return next(specifier, context)
      }
    })
    await import("${entry}")
    console.log(JSON.stringify([...modules]))`
  ))

/** Runs a process that only imports modules. Returns its duration in milliseconds and its final memory in megabytes. */
const load = (cwd: string, specifiers: ReadonlyArray<string>) => {
  const imports = specifiers.map((specifier) => `import "${specifier}"\n`).join("")
  const start = performance.now()
  const memory = node(cwd, `${imports}console.log(process.memoryUsage.rss())`)
  return { wall: performance.now() - start, memory: Number(memory) / 1e6 }
}

export const imports = async (_: unknown, rounds = 11): Promise<ReadonlyArray<Row>> => {
  const sdk = (name: string) => `@aws-sdk/${name}`
  const programs: Record<string, readonly [cwd: string, specifiers: ReadonlyArray<string>]> = {
    "effect-aws": [path.join(folder, "effect-aws"), ["@effect-aws/client-s3"]],
    distilled: [path.join(folder, "distilled"), ["@distilled.cloud/aws/s3"]],
    parts: [root, [sdk(entries.S3), ...effectModulesOf("effect-aws-sdk/S3")]],
    "all clients": [root, Object.values(entries).map(sdk)],
    barrel: [root, ["effect-aws-sdk"]]
  }
  for (const [entry, client] of Object.entries(entries)) {
    programs[client] = [root, [sdk(client)]]
    programs[entry] = [root, [`effect-aws-sdk/${entry}`]]
  }

  const wall: Array<Record<string, number>> = []
  const memory: Array<Record<string, number>> = []
  // Round -1 warms the file system's cache, and doesn't count.
  for (let round = -1; round < rounds; round++) {
    const bare = load(root, [])
    const walls: Record<string, number> = {}
    const memories: Record<string, number> = {}
    const names = Object.keys(programs)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const loaded = load(...programs[name]!)
      walls[name] = loaded.wall - bare.wall
      memories[name] = loaded.memory - bare.memory
    }
    if (round >= 0) {
      wall.push(walls)
      memory.push(memories)
    }
  }

  const both = (work: string, base: string, ours: string, others: Record<string, string> = {}): ReadonlyArray<Row> => {
    const row = (numbers: Numbers<string>, measure: string, unit: string) => ({
      ...ratios(numbers, { topic: "import", work, measure, unit }, { base, names: { ours, ...others } })
    })
    return [row(wall, "wall over bare node", "ms"), row(memory, "memory over bare node", "MB")]
  }
  const peers = { "effect-aws": "effect-aws", distilled: "distilled" }
  return [
    ...Object.entries(entries).flatMap(([entry, client]) => both(entry, client, entry, entry === "S3" ? peers : {})),
    ...both("S3, compared with client-s3 and the modules of effect that it imports", "parts", "S3", peers),
    ...both("S3, compared with @effect-aws/client-s3", "effect-aws", "S3", peers),
    ...both("everything, compared with the ten clients", "all clients", "barrel")
  ]
}

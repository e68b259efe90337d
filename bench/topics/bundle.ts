import * as esbuild from "esbuild"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { computeFlags, makeBundle, metadataFlag, packagesIn } from "../../test/support/bundling.ts"
import { env, folder, type Server, temporary } from "../lab.ts"
import { breakdown, type Sizes, sizesOf } from "../modules.ts"
import { counts, ratios, type Row } from "../table.ts"

interface Work {
  readonly title: string
  /** The file with the program, in the folder of each owner that has one. */
  readonly file: string
  /** Runs a program that doesn't run by itself, and prints what it read. */
  readonly run?: string
  /** What the environment says, if the program asks it. */
  readonly variables: (endpoint: string) => NodeJS.ProcessEnv
}

const works: ReadonlyArray<Work> = [
  {
    title: "one call to S3 and one to SSM",
    file: "bundle.ts",
    variables: () => ({})
  },
  {
    title: "a Lambda handler that reads a parameter and keeps it",
    file: "handler.ts",
    run: `import { handler } from "./handler.ts"
      const context = { awsRequestId: "1", functionName: "f", getRemainingTimeInMillis: () => 10_000 }
      console.log(await handler({}, context))
      process.exit(0)`,
    variables: (endpoint) => ({
      AWS_ACCESS_KEY_ID: "AKIABENCH",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: endpoint,
      // Effect-based libraries for Lambda read them.
      AWS_LAMBDA_FUNCTION_NAME: "f"
    })
  }
]

/** Bundles a program with flags of the guide, and runs it. Returns the bundle's size in kilobytes. */
const bundle = async (owner: string, work: Work, server: Server, flags = "") => {
  const { file, run, variables } = work
  const { outputFiles: [output] } = await esbuild.build({
    ...(run === undefined
      ? { entryPoints: [path.join(folder, owner, file)] }
      : { stdin: { contents: run, resolveDir: path.join(folder, owner), loader: "ts" } }),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    // The SDK's ESM builds, which a bundler can tree-shake.
    mainFields: ["module", "main"],
    external: packagesIn(flags),
    write: false
  })
  // Outside the repository, where no package is found.
  const program = path.join(temporary, `${owner}.mjs`)
  fs.writeFileSync(program, output!.contents)
  const endpoint = server.endpoints[0]
  const { stderr, stdout } = spawnSync(process.execPath, [program, endpoint], {
    env: { ...env, ...variables(endpoint) },
    encoding: "utf8"
  })
  if (!stdout.includes("value 0")) throw new Error(`The ${file} of ${owner} does not run: ${stdout}${stderr}`)
  return { minified: output!.contents.length / 1e3, gzipped: gzipSync(output!.contents).length / 1e3 }
}

/** The modules in a bundle of the sources: the built package joins some of them. */
const modulesOf = async (owner: string, file: string): Promise<Sizes> =>
  sizesOf((await makeBundle({ entryPoints: [path.join(folder, owner, file)] })).metafile)

const table = async ({ file, title }: Work): Promise<string> =>
  breakdown(title, await modulesOf("raw", file), await modulesOf("ours", file), await modulesOf("floor", "effect.ts"))

/** Prints what the bundles are made of, and writes it into README.md as `npm run bench` does with its results. */
const explain = async (): Promise<void> => {
  const text = (await Promise.all(works.map(table))).join("\n\n")
  console.log(text)
  if (!process.argv.includes("--write")) return
  const readme = path.join(folder, "README.md")
  const place = /(<!-- bundle-modules -->\n).*(<!-- \/bundle-modules -->)/s
  fs.writeFileSync(readme, fs.readFileSync(readme, "utf8").replace(place, `$1\n${text}\n\n$2`))
}

export const bundles = async (server: Server): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const work of works) {
    const sizes: Record<string, Awaited<ReturnType<typeof bundle>>> = {}
    for (const owner of ["raw", "ours", "effect-aws", "distilled"]) {
      if (fs.existsSync(path.join(folder, owner, work.file))) sizes[owner] = await bundle(owner, work, server)
    }
    const each = (of: (size: { readonly minified: number; readonly gzipped: number }, owner: string) => number) =>
      Object.fromEntries(Object.entries(sizes).map(([owner, size]) => [owner, of(size, owner)]))
    const subject = { topic: "bundle", work: work.title, unit: "KB" }
    const raw = sizes["raw"]!.minified
    const withFlags = async (flags: string) => ({
      raw: (await bundle("raw", work, server, flags)).minified - raw,
      ours: (await bundle("ours", work, server, flags)).minified - raw
    })
    rows.push(
      ratios([each(({ minified }) => minified)], { ...subject, measure: "minified" }),
      counts([each(({ minified }) => minified - raw)], { ...subject, measure: "KB over the raw SDK" }),
      counts([await withFlags(computeFlags)], { ...subject, measure: "the same, with the flags for compute" }),
      counts([await withFlags(`${computeFlags} ${metadataFlag}`)], {
        ...subject,
        measure: "the same, with those for Lambda"
      }),
      ratios([each(({ gzipped }) => gzipped)], { ...subject, measure: "gzipped" })
    )
  }
  await explain()
  await esbuild.stop()
  return rows
}

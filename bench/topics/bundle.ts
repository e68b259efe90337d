import * as esbuild from "esbuild"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { env, folder, type Server, temporary } from "../lab.ts"
import { counts, ratios, type Row } from "../table.ts"

/** The size in kilobytes of a program that makes a call of S3 and one of SSM. It is run, too. */
const bundle = async (owner: string, server: Server) => {
  const { outputFiles: [file] } = await esbuild.build({
    entryPoints: [path.join(folder, owner, "bundle.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    // The SDK's modules that a bundler can leave parts of out.
    mainFields: ["module", "main"],
    write: false
  })
  const program = path.join(temporary, `${owner}.mjs`)
  fs.writeFileSync(program, file!.contents)
  const { stderr, stdout } = spawnSync(process.execPath, [program, server.endpoints[0]], { env, encoding: "utf8" })
  if (!stdout.includes("value 0")) throw new Error(`The bundle of ${owner} does not run: ${stdout}${stderr}`)
  return { minified: file!.contents.length / 1e3, gzipped: gzipSync(file!.contents).length / 1e3 }
}

export const bundles = async (server: Server): Promise<ReadonlyArray<Row>> => {
  const minified: Record<string, number> = {}
  const gzipped: Record<string, number> = {}
  const more: Record<string, number> = {}
  for (const owner of ["raw", "ours", "effect-aws", "distilled"]) {
    const size = await bundle(owner, server)
    minified[owner] = size.minified
    gzipped[owner] = size.gzipped
    more[owner] = size.minified - minified["raw"]!
  }
  await esbuild.stop()
  const subject = { topic: "bundle", work: "one call of S3, one of SSM", unit: "KB" }
  return [
    ratios([minified], { ...subject, measure: "minified" }),
    counts([more], { ...subject, measure: "KB more than raw" }),
    ratios([gzipped], { ...subject, measure: "gzipped" })
  ]
}

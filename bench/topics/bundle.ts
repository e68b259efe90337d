import * as esbuild from "esbuild"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"
import { env, folder, type Server, temporary } from "../lab.ts"
import { counts, ratios, type Row } from "../table.ts"

/** Bundles and runs a program that makes one call to S3 and one to SSM. Returns the bundle's size in kilobytes. */
const bundle = async (owner: string, server: Server) => {
  const { outputFiles: [file] } = await esbuild.build({
    entryPoints: [path.join(folder, owner, "bundle.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    // The SDK's ESM builds, which a bundler can tree-shake.
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
  const subject = { topic: "bundle", work: "one call to S3 and one to SSM", unit: "KB" }
  return [
    ratios([minified], { ...subject, measure: "minified" }),
    counts([more], { ...subject, measure: "KB over the raw SDK" }),
    ratios([gzipped], { ...subject, measure: "gzipped" })
  ]
}

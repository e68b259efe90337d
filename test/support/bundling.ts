// Bundles of programs, made as the README says from what the build makes of the sources.
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

/** Bundles and minifies a program. The result says how many bytes some files have in the bundle. */
export const bundle = async (program: string): Promise<(...files: ReadonlyArray<RegExp>) => number> => {
  const { transformAsync } = createRequire(import.meta.url)("@babel/core")
  const { metafile } = await esbuild.build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    treeShaking: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    conditions: ["@effect-aws-sdk/source"],
    metafile: true,
    write: false,
    plugins: [{
      // As the build does it.
      name: "pure calls",
      setup: (build) =>
        build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
          const { code } = await esbuild.transform(fs.readFileSync(file, "utf8"), { loader: "ts", target: "esnext" })
          const annotated = await transformAsync(code, {
            plugins: ["annotate-pure-calls"],
            configFile: false,
            cwd: root
          })
          return { contents: annotated.code, loader: "js" }
        })
    }]
  })
  const [{ inputs }] = Object.values(metafile.outputs) as [esbuild.Metafile["outputs"][string]]
  return (...files) =>
    Object.entries(inputs).reduce(
      (sum, [file, { bytesInOutput }]) => sum + (files.some((pattern) => pattern.test(file)) ? bytesInOutput : 0),
      0
    )
}

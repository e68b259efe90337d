// Bundles of programs, made as the README says from what the build makes of the sources.
import * as esbuild from "esbuild"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

/** A line of flags in the guide to bundling. */
const flagsOf = (pattern: RegExp): string => {
  const [line] = pattern.exec(fs.readFileSync(path.join(root, "docs/bundling.md"), "utf8")) ?? []
  if (line === undefined) throw new Error(`docs/bundling.md has no line that matches ${pattern}`)
  return line
}

/** For programs that read no profile. */
export const computeFlags = flagsOf(/^--external:@aws-sdk\/.*$/m)

/** For programs that don't have their credentials from the instance metadata, either: on Lambda, ECS and EKS. */
export const metadataFlag = flagsOf(/^--external:@smithy\/.*$/m)

/** The packages that flags leave out of a bundle. */
export const packagesIn = (flags: string): Array<string> =>
  [...flags.matchAll(/--external:(\S+)/g)].map(([, name = ""]) => name)

/** The modules of this library as the build makes them, by their paths. */
const built = new Map<string, Promise<string>>()

const buildModule = async (file: string): Promise<string> => {
  const { transformAsync } = createRequire(import.meta.url)("@babel/core")
  const { code } = await esbuild.transform(fs.readFileSync(file, "utf8"), { loader: "ts", target: "esnext" })
  const annotated = await transformAsync(code, { plugins: ["annotate-pure-calls"], configFile: false, cwd: root })
  return annotated.code
}

/** How many bytes some of the files have in a bundle. */
export type Bytes = (...files: ReadonlyArray<RegExp>) => number

export interface Bundle {
  readonly code: Uint8Array
  readonly bytes: Bytes
  readonly metafile: esbuild.Metafile
}

/** Bundles and minifies a program, or the files that are the entry points in the options, with flags of the guide. */
export const makeBundle = async (
  program: string | Pick<esbuild.BuildOptions, "entryPoints">,
  flags = ""
): Promise<Bundle> => {
  const { metafile, outputFiles } = await esbuild.build({
    ...(typeof program === "string" ? { stdin: { contents: program, resolveDir: root } } : program),
    bundle: true,
    external: packagesIn(flags),
    minify: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    // esbuild drops its own condition "module" as soon as another one is given.
    conditions: ["@effect-aws-sdk/source", "module"],
    metafile: true,
    write: false,
    plugins: [{
      // As the build does it.
      name: "pure calls",
      setup: (build) =>
        build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
          if (!built.has(file)) built.set(file, buildModule(file))
          return { contents: await built.get(file)!, loader: "js" }
        })
    }]
  })
  const [{ inputs }] = Object.values(metafile.outputs) as [esbuild.Metafile["outputs"][string]]
  return {
    code: outputFiles[0]!.contents,
    metafile,
    bytes: (...files) =>
      Object.entries(inputs).reduce(
        (sum, [file, { bytesInOutput }]) => sum + (files.some((pattern) => pattern.test(file)) ? bytesInOutput : 0),
        0
      )
  }
}

/** Bundles and minifies a program. The result says how many bytes some files have in the bundle. */
export const bundle = async (program: string): Promise<Bytes> => (await makeBundle(program)).bytes

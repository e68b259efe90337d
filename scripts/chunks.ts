// Joins the modules of the build: one file for each subpath of the package, and one for each set of modules that several subpaths
// share. Node takes about half a millisecond for a module, whatever is in it, and S3 has more than a hundred. A bundler still
// finds each function by itself, as nothing that these files do at their top level has an effect.
import { build } from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const dist = path.join(root, "dist")
const { exports } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, string | { readonly default?: string }>>
}

const files = fs.readdirSync(dist, { recursive: true, encoding: "utf8" }).map((name) => path.join(dist, name))
  .filter((file) => file.endsWith(".js") && !file.startsWith(path.join(dist, "cli") + path.sep))

// The index stays a module of its own. It exports each service as a whole, and so would the file that has the service.
const index = path.join(dist, "index.js")
const domain = files.filter((file) => file.startsWith(path.join(dist, "domain") + path.sep))
const subpaths = Object.values(exports).flatMap((target) =>
  typeof target === "string" || target.default === undefined ? [] : [path.join(root, target.default)]
).filter((file) => file !== index)

// A module that makes its classes those of the results does something at its top level. A bundler drops it only if it is a file
// without the modules that it imports.
const registers = (text: string): boolean => /^\w+\.use\(\w+\);?$/m.test(text)
const registering = files.flatMap((file) => {
  const text = fs.readFileSync(file, "utf8")
  if (!registers(text)) return []
  const imported = [...text.matchAll(/^import .* from "(\.[^"]+)";$/gm)].map(([, name]) =>
    path.resolve(file, "..", name!)
  )
  return [file, ...imported]
})

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [...new Set([...subpaths, ...domain, ...registering])],
  outdir: dist,
  outbase: dist,
  chunkNames: "chunks/[hash]",
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "esnext",
  sourcemap: true,
  sourcesContent: false,
  legalComments: "none",
  metafile: true,
  logLevel: "error"
})

/** What a bundler keeps of a file that nothing is taken from. */
const restOf = async (file: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: `import ${JSON.stringify(file)}` },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    minify: true,
    write: false,
    plugins: [{
      name: "effects",
      setup: ({ onResolve }) =>
        onResolve({ filter: /.*/ }, ({ kind, path: name, resolveDir }) =>
          kind === "entry-point" ? undefined : {
            path: name.startsWith(".") ? path.resolve(resolveDir, name) : name,
            external: !name.startsWith(".") && name !== file,
            sideEffects: name === file
          })
    }]
  })
  return outputFiles[0]!.text.trim()
}

const written = Object.keys(metafile.outputs).map((file) => path.join(root, file))
for (const file of written.filter((file) => file.endsWith(".js"))) {
  const text = fs.readFileSync(file, "utf8")
  // A chunk that is imported for its effects would be one more file for nothing, and bundlers warn of it.
  fs.writeFileSync(file, text.replace(/^import "\.[^"]+";$/gm, ""))
  const { inputs } = metafile.outputs[path.relative(root, file)]!
  // The in-memory AWS is one whole, and a domain's events are classes that are made by a call.
  const isWhole = Object.keys(inputs).some((input) => /^dist\/(emulator|domain)\//.test(input))
  const rest = isWhole || registers(text) ? "" : await restOf(file)
  // A few numbers and tables are no matter.
  if (rest.length > 500) {
    throw new Error(`Every bundle that takes anything from ${file} has this, too:\n${rest.slice(0, 500)}`)
  }
}

/** The files that Node loads for an import of this one. */
const loadedBy = (file: string, loaded = new Set<string>()): ReadonlySet<string> => {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const { external, kind, path } of metafile.outputs[file]!.imports) {
    if (external !== true && kind === "import-statement") loadedBy(path, loaded)
  }
  return loaded
}
for (const file of subpaths.map((file) => path.relative(root, file))) {
  const { size } = loadedBy(file)
  if (size > 40) throw new Error(`${file} consists of ${size} files. Join those that are always loaded together.`)
}

// The modules that are in the chunks now.
const kept = new Set([...written, index])
for (const file of files.filter((file) => !kept.has(file))) {
  fs.rmSync(file)
  fs.rmSync(`${file}.map`)
}

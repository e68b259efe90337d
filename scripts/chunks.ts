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
const subpaths = Object.values(exports).flatMap((target) =>
  typeof target === "string" || target.default === undefined ? [] : [path.join(root, target.default)]
).filter((file) => file !== index)

// A module that makes its classes those of the results does something at its top level. A bundler drops it only if it is a file
// without the modules that it imports.
const registering = files.flatMap((file) => {
  const text = fs.readFileSync(file, "utf8")
  if (!/^\w+\.use\(\w+\);?$/m.test(text)) return []
  const imported = [...text.matchAll(/^import .* from "(\.[^"]+)";$/gm)].map(([, name]) =>
    path.resolve(file, "..", name!)
  )
  return [file, ...imported]
})

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [...new Set([...subpaths, ...registering])],
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

// A chunk that is imported for its effects would be one more file for nothing, and bundlers warn of it.
const written = Object.keys(metafile.outputs).map((file) => path.join(root, file))
for (const file of written.filter((file) => file.endsWith(".js"))) {
  const text = fs.readFileSync(file, "utf8")
  const namespace = /^__export\(/m.exec(text)
  if (namespace !== null) throw new Error(`${file} has an object of a whole module, which no bundler can divide.`)
  fs.writeFileSync(file, text.replace(/^import "\.[^"]+";$/gm, ""))
}

// The modules that are in the chunks now.
const kept = new Set([...written, index])
for (const file of files.filter((file) => !kept.has(file))) {
  fs.rmSync(file)
  fs.rmSync(`${file}.map`)
}

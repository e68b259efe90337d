// Joins the modules of the build: one file for each subpath of the package, and one for each set of modules that several subpaths
// share. Node takes about half a millisecond for a module, whatever is in it, and S3 has more than a hundred. A bundler still
// finds each function by itself, as nothing that these files do at their top level has an effect.
import { build } from "esbuild"
import * as fs from "node:fs"
import * as path from "node:path"
import { type File, groupsOf } from "./internal/groups.ts"

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

const entries = [...new Set([...subpaths, ...domain, ...registering])]

/** The modules outside of the build that Node loads for this one: of Effect, those that it imports, too. */
const externalsOf = (specifier: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(specifier)) return found
  found.add(specifier)
  if (!specifier.startsWith("effect/")) return found
  const name = path.join(root, "node_modules/effect/dist", `${specifier.slice("effect/".length)}.js`)
  for (const [, imported] of fs.readFileSync(name, "utf8").matchAll(/^(?:import|export) .*"(\.[^"]+)\.js";$/gm)) {
    externalsOf(path.posix.join(path.posix.dirname(specifier), imported!), found)
  }
  return found
}

/** A chunk that is imported for its effects would be one more file for nothing, and bundlers warn of it. */
const withoutBareImports = (text: string): string => text.replace(/^import "\.[^"]+";$/gm, "")

/** The modules of the build by the files in which they are. */
type Groups = ReadonlyArray<ReadonlySet<string>>

/**
 * Joins the modules.
 *
 * - `groups`: modules that are to be in one file. esbuild joins those that the same entries load, so each entry that loads one of a
 *   group loads the whole group.
 * - `loadedBy`: the modules that each entry loads without the groups.
 */
const joined = async (groups: Groups, loadedBy: ReadonlyMap<string, ReadonlySet<string>>) => {
  const contents = (file: string): string => {
    const loaded = loadedBy.get(file)
    const needed = groups.filter((group) => loaded !== undefined && [...group].some((module) => loaded.has(module)))
    return [
      `export * from ${JSON.stringify(file)}`,
      ...needed.flatMap((group) => [...group].map((module) => `import ${JSON.stringify(module)}`))
    ].join("\n")
  }
  const namespace = "entry"
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((file) => ({
      in: `entry:${file}`,
      out: path.relative(dist, file).slice(0, -".js".length)
    })),
    outdir: dist,
    chunkNames: "chunks/[hash]",
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
    write: false,
    logLevel: "error",
    plugins: [{
      name: "entries",
      setup: ({ onLoad, onResolve }) => {
        onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice("entry:".length), namespace }))
        // A module that nothing is taken from counts, too.
        onResolve({ filter: /.*/, namespace }, ({ path }) => ({ path, sideEffects: true }))
        // A module that is imported when it's needed is an entry for esbuild.
        onResolve(
          { filter: /^\./ },
          ({ kind, path: name, resolveDir }) =>
            kind === "dynamic-import" ? { path: path.resolve(resolveDir, name), namespace } : undefined
        )
        onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: contents(path), resolveDir: root }))
      }
    }]
  })
  const texts = new Map(
    outputFiles.map(({ path, text }) => [path, path.endsWith(".js") ? withoutBareImports(text) : text])
  )
  const written = new Map<
    string,
    File & { readonly modules: ReadonlyArray<string>; readonly entry: string | undefined }
  >()
  for (const [file, text] of texts) {
    if (!file.endsWith(".js")) continue
    const specifiers = [...text.matchAll(/^(?:import |export |\} )(?:.* )?from "([^"]+)";$/gm)].map(([, name]) => name!)
    const { entryPoint, inputs } = metafile.outputs[path.relative(root, file)]!
    written.set(file, {
      name: file,
      bytes: text.length,
      imports: specifiers.filter((name) => name.startsWith(".")).map((name) => path.resolve(file, "..", name)),
      externals: new Set(specifiers.filter((name) => !name.startsWith(".")).flatMap((name) => [...externalsOf(name)])),
      modules: Object.keys(inputs).filter((input) => !input.startsWith("entry:")).map((input) =>
        path.join(root, input)
      ),
      entry: entryPoint?.slice("entry:".length)
    })
  }
  return { texts, written }
}

type Written = Awaited<ReturnType<typeof joined>>["written"]

/** The files that Node loads for an import of this one. */
const filesOf = (written: Written, file: string, loaded = new Set<string>()): ReadonlySet<string> => {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const name of written.get(file)!.imports) filesOf(written, name, loaded)
  return loaded
}

const separate = await joined([], new Map())
/** The modules that an entry loads. */
const modulesBy = new Map(
  [...separate.written.values()].flatMap(({ entry, name }) =>
    entry === undefined
      ? []
      : [[entry, new Set([...filesOf(separate.written, name)].flatMap((file) => separate.written.get(file)!.modules))]]
  )
)
const isWhole = (modules: ReadonlyArray<string>): boolean =>
  modules.some((module) => /^(?:emulator|domain)\//.test(path.relative(dist, module)))
const groups = groupsOf(
  separate.written,
  [...subpaths, index].filter((file) => separate.written.has(file)),
  [...separate.written.values()].filter(({ entry, modules, name }) =>
    entry === undefined && modules.length > 0 && !isWhole(modules) && !registers(separate.texts.get(name)!)
  ).map(({ name }) => name)
).map((group) => new Set([...group].flatMap((file) => separate.written.get(file)!.modules)))

const { texts, written } = await joined(groups, modulesBy)
for (const [file, text] of texts) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

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

for (const [file, { modules }] of written) {
  // The in-memory AWS is one whole, and a domain's events are classes that are made by a call.
  const rest = isWhole(modules) || registers(texts.get(file)!) ? "" : await restOf(file)
  // A few numbers and tables are no matter.
  if (rest.length > 500) {
    throw new Error(`Every bundle that takes anything from ${file} has this, too:\n${rest.slice(0, 500)}`)
  }
}

for (const file of subpaths) {
  const { size } = filesOf(written, file)
  if (size > 20) throw new Error(`${file} consists of ${size} files. Join those that are always loaded together.`)
}

// The modules that are in the chunks now.
const kept = new Set([...texts.keys(), index])
for (const file of files.filter((file) => !kept.has(file))) {
  fs.rmSync(file)
  fs.rmSync(`${file}.map`)
}

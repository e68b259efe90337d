// The module structure: what each module may import, and what importing a module loads.
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../../scripts/internal/services.ts"

const root = path.resolve(import.meta.dirname, "../..")

const files = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.posix.join(folder, file))

/** What a file imports: modules of this package by their path from the root, others by name. */
const imports = (file: string): ReadonlyArray<string> =>
  [...fs.readFileSync(path.join(root, file), "utf8").matchAll(/^(?:import|export)\s[^"'`;]*?["']([^"']+)["']/gm)].map((
    [, specifier]
  ) => specifier!.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier!) : specifier!)

const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  errors: ["errors"],
  src: ["src", "errors"],
  services: ["services", "src", "errors"],
  layers: ["layers", "src", "errors", "emulator"],
  domain: ["domain", "services", "src", "errors"],
  lambda: ["lambda", "services", "src", "errors"],
  fleet: ["fleet", "layers", "services", "src", "errors"],
  emulator: ["emulator"]
}

const folders = Object.keys(allowed)

describe("imports", () => {
  for (const [folder, below] of Object.entries(allowed)) {
    it(`lets ${folder}/ import only from the folders below it`, () => {
      const all = files(folder)
      assert.isNotEmpty(all)
      for (const file of all) {
        for (const imported of imports(file)) {
          assert.notStrictEqual(imported, "effect", `${file} imports the barrel`)
          const [top = ""] = imported.split("/")
          if (imported.endsWith(".ts")) assert.include(below, top, `${file} imports ${imported}`)
          if (imported.startsWith("services/internal/")) assert.strictEqual(folder, "services", file)
        }
      }
    })
  }

  it("never imports one service from another", () => {
    const folderOf = (file: string) => /^services\/internal\/(\w+)\//.exec(file)?.[1]
    for (const file of files("services")) {
      const own = file.startsWith("services/internal/") ? folderOf(file) : path.basename(file, ".ts").toLowerCase()
      for (const imported of imports(file).filter((imported) => imported.startsWith("services/"))) {
        assert.match(imported, /^services\/internal\//, `${file} imports ${imported}`)
        const folder = folderOf(imported)
        if (folder !== undefined) assert.strictEqual(folder, own, `${file} imports ${imported}`)
      }
    }
  })
})

/** The first cycle of imports, type imports included, as the files on it. */
const cycle = (): ReadonlyArray<string> | undefined => {
  const done = new Set<string>()
  const visit = (file: string, trail: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const imported of imports(file).filter((name) => name.endsWith(".ts"))) {
      const found = visit(imported, [...trail, file])
      if (found !== undefined) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of folders.flatMap(files)) {
    const found = visit(file, [])
    if (found !== undefined) return found
  }
  return undefined
}

/** The lines of a file that count as code: neither blank, nor comment, import, or punctuation only. */
const codeOf = (file: string): ReadonlyArray<readonly [line: number, text: string]> => {
  let inComment = false
  return fs.readFileSync(path.join(root, file), "utf8").split("\n").flatMap((text, i) => {
    const line = text.trim()
    const isComment = inComment || line.startsWith("//") || line.startsWith("/*")
    if (line.startsWith("/*")) inComment = true
    if (inComment && line.endsWith("*/")) inComment = false
    return isComment || !/\w/.test(line) || /^(import|export) .* from |^\} from /.test(line)
      ? []
      : [[i + 1, line] as const]
  })
}

describe("the source", () => {
  it("has no cycle of imports, not even of types", () => {
    assert.isUndefined(cycle())
  })

  it("never repeats more than ten lines of code", () => {
    const seen = new Map<string, string>()
    const repeated: Array<string> = []
    for (const file of folders.flatMap(files).filter((name) => !name.startsWith("errors/codes/"))) {
      const code = codeOf(file)
      for (let i = 0; i + 11 <= code.length; i++) {
        const run = code.slice(i, i + 11).map(([, text]) => text).join("\n")
        const here = `${file}:${code[i]![0]}`
        const there = seen.get(run)
        if (there === undefined) seen.set(run, here)
        else repeated.push(`${here} repeats ${there}`)
      }
    }
    assert.deepEqual(repeated, [])
  })

  it("keeps each file of the core short enough to read in one go", () => {
    for (const file of files("src")) assert.isBelow(codeOf(file).length, 300, file)
  })
})

/** What a program prints, in a process of its own. */
const outputOf = (program: string): string =>
  execFileSync(
    process.execPath,
    ["--conditions=@effect-aws-sdk/source", "--input-type=module", "--eval", program],
    { cwd: root, encoding: "utf8" }
  )

/** What a program loads when it imports this: the first group of the pattern, in the URLs of modules that match. */
const loadedBy = (specifiers: string | ReadonlyArray<string>, pattern: RegExp): ReadonlyArray<string> =>
  JSON.parse(outputOf(`
    import { registerHooks } from "node:module"
    const loaded = new Set()
    registerHooks({ load: (url, context, next) => {
      const match = ${pattern}.exec(url)
      if (match) loaded.add(match[1])
      return next(url, context)
    } })
    for (const specifier of ${JSON.stringify([specifiers].flat())}) await import(specifier)
    console.log(JSON.stringify([...loaded].sort()))`))

const clientsLoadedBy = (specifier: string) => loadedBy(specifier, /@aws-sdk\/(client-[a-z0-9-]+)\//)

describe("a program that imports", () => {
  for (const [module, client] of Object.entries(services)) {
    it(`loads the client of ${module} and no other`, () => {
      assert.deepEqual(clientsLoadedBy(`effect-aws-sdk/${module}`), [`client-${client}`])
    })
  }
  it("loads no client for the core modules and the Layers without a role", () => {
    const modules = ["AwsClients", "AwsService", "AwsError", "Polling", "Retry"]
    for (const module of [...modules, "InMemory", "Profile", "Compute", "Default"]) {
      assert.deepEqual(clientsLoadedBy(`effect-aws-sdk/${module}`), [], module)
    }
  })
  it("loads no database of Effect's for a service", () => {
    for (const module of Object.keys(services)) {
      assert.deepEqual(loadedBy(`effect-aws-sdk/${module}`, /\/effect\/dist\/(sql|persistence)\//), [], module)
    }
  })
  it("loads neither Effect's Config nor its file system, unless it can read its configuration from AWS", () => {
    const configurable = ["AppConfig", "SecretsManager", "Ssm"]
    const modules = [...Object.keys(services), "AssumeRole", "AwsClients", "Compute", "Default", "Profile"]
    const others = modules.filter((module) => !configurable.includes(module)).map((module) =>
      `effect-aws-sdk/${module}`
    )
    assert.deepEqual(loadedBy(others, /\/effect\/dist\/(Config|ConfigProvider|FileSystem|Path)\.js/), [])
  })
  // Node takes about half a millisecond for each. Schema, which the errors are, comes with 140 of them, and Stream with 20 more.
  it("loads no more modules of Effect's than Schema and Stream need", () => {
    for (const module of ["S3", "Ssm", "Compute", "Lambda"]) {
      assert.isAtMost(loadedBy(`effect-aws-sdk/${module}`, /\/effect\/dist\/(.+)\.js/).length, 170, module)
    }
  })
  it("doesn't load Node's fetch, which comes with an import of node:http", () => {
    const loadsFetch = (...specifiers: ReadonlyArray<string>): boolean =>
      JSON.parse(outputOf(`
        for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier)
        console.log(process.moduleLoadList.some((name) => name.endsWith("undici/undici")))`))
    assert.isTrue(loadsFetch("node:http"))
    const modules = [...Object.keys(services), "AssumeRole", "Compute", "Default", "Lambda", "Profile"]
    assert.isFalse(loadsFetch(...modules.map((module) => `effect-aws-sdk/${module}`)))
  })
  it("loads the client of STS for AssumeRole", () => {
    assert.deepEqual(clientsLoadedBy("effect-aws-sdk/AssumeRole"), ["client-sts"])
  })
})

describe("an error", () => {
  it("declares no field that shadows a property of Error", () => {
    for (const file of files("errors").filter((name) => name.endsWith("Errors.ts"))) {
      const text = fs.readFileSync(path.join(root, file), "utf8")
      for (const [, name, fields] of text.matchAll(/TaggedError\("(\w+)"\)<\{([\s\S]*?)\n?\}>/g)) {
        assert.notMatch(fields!, /^\s*readonly (name|stack|toString)\b/m, `${name} of ${file}`)
        assert.notMatch(fields!, /^ ?readonly message\b/, `${name} of ${file}`)
      }
    }
  })
})

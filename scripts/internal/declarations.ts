// Which clients of the SDK the declarations of a subpath need. TypeScript fails on a package that isn't installed, so a subpath
// may name no client but its own.
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "./services.ts"

/** The clients of the subpaths that aren't services. */
const others: Readonly<Record<string, ReadonlyArray<string>>> = {
  AssumeRole: ["sts"],
  Default: ["sts"],
  Fleet: ["sts"],
  FleetOrganizations: ["sts", "organizations"],
  InMemory: [],
  LambdaDynamoDb: ["dynamodb"],
  Profile: ["sts"],
  arkime: ["cloudwatch", "eventbridge", "s3"]
}

/** What a declaration imports, by `import`, by `export … from`, and by `import("…")`, which TypeScript writes for inferred types. */
const importsOf = (file: string): ReadonlyArray<string> =>
  [
    ...fs.readFileSync(file, "utf8").replace(/\/\*[^]*?\*\//g, "").matchAll(
      /\b(?:from\s*|import\s*\(\s*|import\s+)["']([^"']+)["']/g
    )
  ].map(([, specifier]) => specifier!)

const graphOf = (entry: string): ReadonlyMap<string, ReadonlyArray<string>> => {
  const graph = new Map<string, ReadonlyArray<string>>()
  const visit = (file: string) => {
    if (graph.has(file)) return
    const specifiers = importsOf(file)
    graph.set(file, specifiers)
    for (const specifier of specifiers.filter((specifier) => specifier.startsWith("."))) {
      visit(path.join(path.dirname(file), specifier.replace(/(?:\.d)?\.[jt]s$/, ".d.ts")))
    }
  }
  visit(entry)
  return graph
}

/** What is wrong with the declarations that `folder` has for the subpaths. */
export const problemsOfDeclarations = (
  folder: string,
  subpaths: Readonly<Record<string, string>>
): ReadonlyArray<string> =>
  Object.entries(subpaths).flatMap(([subpath, file]) => {
    const service = services[subpath as keyof typeof services]
    const own: ReadonlyArray<string> = service === undefined ? others[subpath] ?? [] : [service]
    return [...graphOf(path.join(folder, file))].flatMap(([declaration, specifiers]) => {
      const at = `${subpath}: ${path.relative(folder, declaration)}`
      return declaration === path.join(folder, "index.d.ts")
        ? [`${at} is imported, and needs all clients`]
        : specifiers.flatMap((specifier) => {
          const client = /^@aws-sdk\/client-([\w-]+)/.exec(specifier)?.[1]
          return client === undefined || own.includes(client) ? [] : [`${at} needs ${specifier}`]
        })
    })
  })

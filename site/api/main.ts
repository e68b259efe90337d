// Writes the API reference from the doc comments, and fails if one is incomplete: `node api/main.ts`.
import * as path from "node:path"
import { content, root } from "../project.ts"
import { filesIn } from "./convert.ts"
import { convert, type Pages, render, write } from "./generate.ts"
import { subpaths } from "./subpaths.ts"

/** Where the declarations are that public modules re-export under names of their own. */
const hidden = (): ReadonlyArray<string> =>
  [
    ["errors/internal", /./],
    ["services/internal", /\/waiters\.ts$/],
    ["src/internal", /\/(waiterTables|commandTypes)\.ts$/],
    ["layers/internal", /\/deliveries\.ts$/],
    ["emulator/engine", /./],
    ["emulator/authorization", /./],
    ["emulator/server", /\/(serveError|server)\.ts$/],
    ["emulator/wire", /\/http\.ts$/]
  ].flatMap(([folder, files]) => filesIn(path.join(root, String(folder)), (file) => new RegExp(files!).test(file)))

/** Writes the pages to a folder. If a doc comment lacks something, it says what, and the process fails at its end. */
export const generate = async (outDir: string): Promise<Pages> => {
  const modules = subpaths()
  const converted = await convert({
    tsconfig: path.join(root, "tsconfig.build.json"),
    modules: modules.map(({ file }) => file),
    hidden: hidden()
  })
  const pages = render(converted, modules)
  write(outDir, pages)
  const { entries, files, problems } = pages
  console.log(`${files.size} pages with ${entries} entries`)
  if (problems.length > 0) {
    console.error(`${problems.join("\n")}\n${problems.length} problems in the doc comments`)
    process.exitCode = 1
  }
  return pages
}

if (import.meta.main) await generate(path.join(content, "api"))

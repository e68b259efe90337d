// Compiles every `ts` block of the README and its neighbours, of docs/ and of the doc comments, as a user's program would be. With the names of
// files, it compiles only their blocks. Blocks with a title, such as `title="app.ts"`, are the files of one folder for each page,
// so that they can import each other; a title that comes again begins another folder. A block with `project="NAME"` shows another
// library: it's compiled with what test/others/NAME or bench/NAME has installed.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { blocksOf } from "./internal/markdown.ts"
import { limit } from "./internal/packed.ts"
import { installProject, projectFolder } from "./internal/projects.ts"

const root = path.resolve(import.meta.dirname, "..")
const only = process.argv.slice(2).map((file) => path.relative(root, path.resolve(file)))

const files = [
  "README.md",
  "AGENTS.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "bench/README.md",
  ...["docs", "src", "services", "layers", "errors", "domain", "lambda", "fleet", "examples", ".changeset"].flatMap((
    folder
  ) =>
    fs.existsSync(path.join(root, folder))
      ? fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file)
      )
      : []
  )
].filter((file) => /\.(md|ts)$/.test(file) && fs.existsSync(path.join(root, file)))
  .filter((file) => only.length === 0 || only.includes(file))

const blocks = files.flatMap((file) => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  return blocksOf(file, file.endsWith(".ts") ? text.replace(/^[ \t]*\* ?/gm, "") : text)
    .filter(({ language }) => language === "ts")
})
if (blocks.length === 0) throw new Error("found no code block at all")

// In the folder of a project, so that imports find its node_modules first. The root's own comes last.
const groups = Map.groupBy(
  blocks,
  ({ file, line, project }) => project === undefined ? "" : projectFolder(project, `${file}:${line}`)
)

for (const [folder, blocks] of groups) {
  if (folder !== "") installProject(folder)
  const out = path.join(root, folder, ".snippets")
  fs.rmSync(out, { recursive: true, force: true })
  fs.mkdirSync(out)
  const folders = new Map<string, string>()
  for (const { code, file, line, title } of blocks) {
    const page = path.join(out, file.replace(/\W+/g, "_"))
    const folder = folders.get(file)
    if (title !== undefined && (folder === undefined || fs.existsSync(path.join(folder, title)))) {
      folders.set(file, `${page}_${line}`)
    }
    const name = title === undefined ? `${page}_${line}.ts` : path.join(folders.get(file)!, title)
    fs.mkdirSync(path.dirname(name), { recursive: true })
    fs.writeFileSync(name, `// ${file}:${line}\n${code}export {}\n`)
  }
  fs.writeFileSync(
    path.join(out, "tsconfig.json"),
    JSON.stringify({
      extends: path.relative(out, path.join(root, "tsconfig.base.json")),
      compilerOptions: {
        noEmit: true,
        allowImportingTsExtensions: true,
        noUnusedLocals: false,
        noUnusedParameters: false
      },
      include: ["**/*.ts"]
    })
  )
  const { error, status } = spawnSync(path.join(root, "node_modules/.bin/tsc"), ["-p", out], {
    stdio: "inherit",
    timeout: limit,
    shell: process.platform === "win32"
  })
  // After a failure, the compiler has said why. After the limit, nothing has.
  if (error !== undefined) throw error
  if (status !== 0) process.exit(1)
  fs.rmSync(out, { recursive: true })
}
console.log(`${blocks.length} code blocks compile`)

// Compiles every `ts` block of the README, of docs/ and of the doc comments, as a user's program would be. With the names of
// files, it compiles only their blocks. Blocks with a title, such as `title="app.ts"`, are the files of one folder for each page,
// so that they can import each other.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const out = path.join(root, ".snippets")
const only = process.argv.slice(2).map((file) => path.relative(root, path.resolve(file)))

const files = [
  "README.md",
  ...["docs", "src", "services", "layers", "errors", "domain", "lambda", "fleet", "examples"].flatMap((folder) =>
    fs.existsSync(path.join(root, folder))
      ? fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file)
      )
      : []
  )
].filter((file) => /\.(md|ts)$/.test(file) && fs.existsSync(path.join(root, file)))
  .filter((file) => only.length === 0 || only.includes(file))

fs.rmSync(out, { recursive: true, force: true })
fs.mkdirSync(out)

let count = 0
for (const file of files) {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const lines = (file.endsWith(".ts") ? text.replace(/^[ \t]*\* ?/gm, "") : text).split("\n")
  const page = file.replace(/\W+/g, "_")
  let block: Array<string> | undefined
  let title: string | undefined
  lines.forEach((line, index) => {
    if (block === undefined && /^```ts( |$)/.test(line.trim())) {
      block = [`// ${file}:${index + 1}`]
      title = /title="([^"]+)"/.exec(line)?.[1]
    } else if (block !== undefined && line.trim() === "```") {
      const name = path.join(out, title === undefined ? `${page}_${index}.ts` : path.join(page, title))
      if (fs.existsSync(name)) throw new Error(`${file}: two code blocks have the title ${title}`)
      fs.mkdirSync(path.dirname(name), { recursive: true })
      fs.writeFileSync(name, `${block.join("\n")}\nexport {}\n`)
      block = undefined
      count++
    } else {
      block?.push(line)
    }
  })
  if (block !== undefined) throw new Error(`${file}: a code block is not closed`)
}

fs.writeFileSync(
  path.join(out, "tsconfig.json"),
  JSON.stringify({
    extends: "../tsconfig.base.json",
    compilerOptions: {
      noEmit: true,
      allowImportingTsExtensions: true,
      noUnusedLocals: false,
      noUnusedParameters: false
    },
    include: ["**/*.ts"]
  })
)
// By its path, so that the script also runs without npm, which puts it on the PATH.
const tsc = path.join(root, "node_modules/.bin/tsc")
const { error, status } = spawnSync(tsc, ["-p", out], { stdio: "inherit", shell: process.platform === "win32" })
if (error !== undefined) throw error
if (status !== 0) process.exit(1)
if (count === 0) throw new Error("found no code block at all")
fs.rmSync(out, { recursive: true })
console.log(`${count} code blocks compile`)

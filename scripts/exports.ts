// Writes the `exports` of package.json: one subpath for each public module. Domain errors have none: they belong to their
// service's namespace. `--check` fails where the exports don't match the tree.
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")

const modules = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, folder)).filter((file) => file.endsWith(".ts")).sort().map((file) =>
    `${folder}/${file}`
  )

const entry = (file: string) => {
  const built = `./dist/${file.replace(/\.ts$/, "")}`
  return { "@effect-aws-sdk/source": `./${file}`, types: `${built}.d.ts`, default: `${built}.js` }
}

const subpaths = [
  ...["services", "layers", "lambda", "fleet", "src"].flatMap(modules),
  "errors/AwsError.ts",
  "errors/AwsErrorReason.ts"
]

const exports = {
  ".": entry("index.ts"),
  ...Object.fromEntries(subpaths.map((file) => [`./${path.basename(file, ".ts")}`, entry(file)])),
  "./arkime": entry("domain/arkime/index.ts"),
  // For TypeScript only, which names the classes of errors by their files in the declarations of a user's library.
  "./internal/*": { types: "./dist/errors/internal/*.d.ts" },
  "./internal/codes/*": { types: "./dist/errors/codes/*.d.ts" },
  "./package.json": "./package.json"
}

const file = path.join(root, "package.json")
const before = fs.readFileSync(file, "utf8")
const after = `${JSON.stringify({ ...JSON.parse(before), exports }, null, 2)}\n`
if (before !== after && process.argv.includes("--check")) {
  console.error("The exports of package.json do not match the tree. Run: npm run exports")
  process.exit(1)
}
fs.writeFileSync(file, after)

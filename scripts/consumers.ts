// Packs the built library, installs it in projects like those of its users, compiles them without `skipLibCheck`, and runs
// them on the oldest Node that the library promises. Run `npm run build` first.
import * as fs from "node:fs"
import * as path from "node:path"
import { problemsOfDeclarations } from "./internal/declarations.ts"
import { root } from "./internal/manifest.ts"
import { pack, run, tsconfigOf, withFolder } from "./internal/packed.ts"
import { blocksIn } from "./internal/pages.ts"
import { services } from "./internal/services.ts"

const { devDependencies, engines, exports, overrides, peerDependencies } = JSON.parse(
  fs.readFileSync(path.join(root, "package.json"), "utf8")
)

const clients: ReadonlyArray<string> = Object.values(services).map((client) => `@aws-sdk/client-${client}`)
const versionsOf = (names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, devDependencies[name]]))

const s3 = "@aws-sdk/client-s3"
const floor = peerDependencies[s3].slice(1)
const dynamoDb = "@aws-sdk/client-dynamodb"

/** Each program of test/consumer/, and what its project has installed beside the library and Effect. */
const consumers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  program: versionsOf(clients),
  // A library: TypeScript writes its declarations, and has to name every type in them.
  declarations: versionsOf(clients),
  "one-client": versionsOf([s3]),
  // The first function of the guide, with what the guide installs.
  "first-function": versionsOf(["@aws-sdk/client-ssm"]),
  "dynamodb": versionsOf([dynamoDb]),
  // The command line brings the schemas of its services with it.
  emulator: {},
  "two-versions": {
    ...versionsOf([...clients, dynamoDb]),
    // The lowest version of the range, or an even older one when the library is on the lowest.
    "other-client-s3": `npm:${s3}@${devDependencies[s3] === floor ? `<${floor}` : floor}`,
    "@aws-sdk/lib-dynamodb": `<=${devDependencies[dynamoDb]}`
  }
}

/** The first program of the guide to Lambda. */
const guide = blocksIn("docs/lambda.md").find(({ title }) => title === "app.ts")!.code

const problems = problemsOfDeclarations(
  path.join(root, "dist"),
  Object.fromEntries(
    Object.entries<{ readonly types?: string }>(exports).flatMap(([subpath, { types }]) =>
      types === undefined || subpath === "." || subpath.includes("*")
        ? []
        : [[subpath.slice(2), types.slice("./dist/".length)]]
    )
  )
)
if (problems.length > 0) {
  throw new Error(
    `Declarations need what their subpath doesn't. Name the types that TypeScript infers:\n${problems.join("\n")}`
  )
}

await withFolder("consumers-", (temporary) => {
  const packed = pack(temporary)
  for (const [name, dependencies] of Object.entries(consumers)) {
    console.log(`\n${name}`)
    const project = path.join(temporary, name)
    fs.mkdirSync(project)
    fs.copyFileSync(path.join(root, "test/consumer", `${name}.mts`), path.join(project, `${name}.mts`))
    if (name === "first-function") fs.writeFileSync(path.join(project, "app.ts"), guide)
    const manifest = {
      private: true,
      type: "module",
      allowScripts: { node: true },
      dependencies: {
        ...dependencies,
        "effect-aws-sdk": `file:${packed}`,
        effect: devDependencies["effect"],
        node: `${engines.node.replace(/^>=/, "")}.0`,
        typescript: devDependencies["typescript"],
        "@types/node": "22"
      },
      overrides
    }
    fs.writeFileSync(path.join(project, "package.json"), JSON.stringify(manifest, null, 2))
    fs.writeFileSync(
      path.join(project, "tsconfig.json"),
      tsconfigOf([`${name}.mts`], { declaration: true })
    )
    run("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: project })
    run(path.join(project, "node_modules/.bin/tsc"), ["-p", project], { cwd: project })
    run(path.join(project, "node_modules/node/bin/node"), [`${name}.mjs`], { cwd: project })
  }
})

// What the documentation says about files and versions is checked against these.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const within = (folder: string) =>
  fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.posix.join(folder, file))

const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md", ...within("docs")]

const withoutCode = (text: string) => text.replace(/^```.*?^```/gms, "")

/** The anchors that GitHub gives to the headings of a page. */
const anchors = (file: string) =>
  [...withoutCode(read(file)).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(
      " ",
      "-"
    )
  )

/** The links of a page to files of the repository, and what is wrong with each of them. */
const broken = (file: string, folder = path.posix.dirname(file)) =>
  [...withoutCode(read(file)).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    const [target = "", anchor] = link.split("#")
    const to = target === "" ? file : path.posix.join(folder, target)
    if (!fs.existsSync(path.join(root, to))) return [`${file}: there is no ${to}`]
    return anchor === undefined || !to.endsWith(".md") || anchors(to).includes(anchor)
      ? []
      : [`${file}: ${to} has no heading #${anchor}`]
  })

describe("the documentation", () => {
  it("has only links to files and headings that exist", () => {
    assert.deepEqual(pages.flatMap((file) => broken(file)), [])
  })

  it("has only links in changesets that work from CHANGELOG.md", () => {
    const changesets = within(".changeset").filter((file) => !file.endsWith("/README.md"))
    assert.deepEqual(changesets.flatMap((file) => broken(file, ".")), [])
  })

  it("is linked from the README, at the address that package.json has", () => {
    assert.include(read("README.md"), `[Documentation](${JSON.parse(read("package.json")).homepage})`)
  })

  it("has every guide in the README's table", () => {
    const table = /^## Guides$(.*?)^## /ms.exec(read("README.md"))![1]!
    const guides = fs.readdirSync(path.join(root, "docs")).filter((file) => file.endsWith(".md"))
    assert.isNotEmpty(guides)
    assert.deepEqual(guides.filter((file) => !table.includes(`(docs/${file})`)), [])
  })

  it("has every error of a Lambda function in the guide's troubleshooting", () => {
    const [, table = ""] = read("docs/lambda.md").split("## Troubleshooting")
    const errors = ["LambdaErrors", "LambdaHttpErrors", "IdempotencyErrors"].flatMap((name) =>
      [...read(`errors/${name}.ts`).matchAll(/^export const (\w+)/gm)].map(([, error = ""]) => error)
    )
    assert.isAtLeast(errors.length, 15)
    assert.deepEqual(errors.filter((error) => !table.includes(`\`${error}\``)), [])
  })

  it("says in the README how many waiters there are", () => {
    const waiters = read("docs/waiting.md").match(/^\| `\w+` \| `\w+` \| `\w+` \| \d+ s \| \d+ \|$/gm) ?? []
    assert.isNotEmpty(waiters)
    assert.include(read("README.md"), `knows the ${waiters.length} states`)
  })

  it("names the lowest versions that the package accepts, and each module's client", () => {
    const { dependencies, peerDependencies } = JSON.parse(read("package.json"))
    const accepted: Readonly<Record<string, string>> = { ...dependencies, ...peerDependencies }
    const text = read("docs/versions.md")
    const rows = [...text.matchAll(/^\| `([^`]+)` \| (\d+\.\d+\.\d+) \|/gm)]
    assert.isAtLeast(rows.length, 5)
    for (const [, name, lowest] of rows) assert.strictEqual(accepted[name!], `^${lowest}`, name)
    const clients = Object.keys(peerDependencies).filter((name) => name.startsWith("@aws-sdk/"))
    assert.deepEqual(clients.filter((name) => !text.includes(`\`${name}\``)), [])
  })

  it("shows the test of a crash as it runs", () => {
    const [, code = ""] = /^\/\/.*\n([^]*)$/.exec(read("test/unit/DurableCrash.test.ts")) ?? []
    assert.isNotEmpty(code)
    assert.include(read("docs/durable.md"), `\`\`\`ts\n${code}\`\`\`\n`)
  })
})

// What the documentation says about files and versions is checked against these.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { branch, manifest, repository, root } from "../../scripts/internal/manifest.ts"
import { anchorsOf, blocksOf, targetsOf } from "../../scripts/internal/markdown.ts"
import { projectFolder } from "../../scripts/internal/projects.ts"
import { addressesOf, navigated } from "../../site/pages/tree.ts"

const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const within = (folder: string, ending = ".md") =>
  fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.posix.join(folder, file))

const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "AGENTS.md",
  "bench/README.md",
  "examples/template/README.md",
  "test/hostile/README.md",
  ...within("docs")
]

/** How a page of the package links to a file that the package doesn't have. */
const { homepage } = manifest
const onGitHub = new RegExp(`^${repository}/(?:blob|tree)/${branch}/`)

/** The links of a page to files of the repository, and what is wrong with each of them. */
const broken = (file: string, folder = path.posix.dirname(file)) =>
  targetsOf(read(file)).flatMap((link) => {
    const isAbsolute = onGitHub.test(link)
    if (!isAbsolute && /^\w+:/.test(link)) return []
    const [target = "", anchor] = link.replace(onGitHub, "").split("#")
    const to = target === "" ? file : path.posix.join(isAbsolute ? "." : folder, target)
    if (!fs.existsSync(path.join(root, to))) return [`${file}: there is no ${to}`]
    return anchor === undefined || !to.endsWith(".md") || anchorsOf(read(to)).includes(anchor)
      ? []
      : [`${file}: ${to} has no heading #${anchor}`]
  })

/** The files of the repository to which a page has links. */
const linkedFrom = (file: string): ReadonlyArray<string> =>
  targetsOf(read(file)).filter((link) => !/^(\w+:|#)/.test(link)).map((link) =>
    path.posix.join(path.posix.dirname(file), link.replace(/#.*/, ""))
  )

/** The clients whose operations and structures a part of AWS's documentation describes. */
const references: Readonly<Record<string, ReadonlyArray<string>>> = {
  "AWSEC2/latest/APIReference": ["ec2"],
  "AmazonCloudWatch/latest/APIReference": ["cloudwatch"],
  "AmazonECS/latest/APIReference": ["ecs"],
  "AmazonS3/latest/API": ["s3"],
  "IAM/latest/APIReference": ["iam"],
  "STS/latest/APIReference": ["sts"],
  "acm/latest/APIReference": ["acm"],
  "amazondynamodb/latest/APIReference": ["dynamodb"],
  "appconfig/2019-10-09/APIReference": ["appconfig", "appconfigdata"],
  "eventbridge/latest/APIReference": ["eventbridge"],
  "opensearch-service/latest/APIReference": ["opensearch"],
  "organizations/latest/APIReference": ["organizations"],
  "secretsmanager/latest/apireference": ["secrets-manager"],
  "systems-manager/latest/APIReference": ["ssm"]
}

/** The operations and the types of a client, by its declarations. */
const namesOf = (client: string): ReadonlyArray<string> => {
  const types = `node_modules/@aws-sdk/client-${client}/dist-types`
  const list = (folder: string) =>
    fs.readdirSync(path.join(root, types, folder)).map((file) => `${types}/${folder}/${file}`)
  return [
    ...list("commands").map((file) => path.basename(file, ".d.ts").replace(/Command$/, "")),
    ...list("models").flatMap((file) =>
      [...read(file).matchAll(/^export (?:\w+ )+?(\w+)(?: |:)/gm)].map(([, name = ""]) => name)
    )
  ]
}

describe("the documentation", () => {
  it("has only links to files and headings that exist", () => {
    assert.deepEqual(pages.flatMap((file) => broken(file)), [])
  })

  it("has only links to operations and structures of AWS that the SDK has", () => {
    const sources = ["src", "services", "layers", "lambda", "fleet", "errors", "domain"].flatMap((folder) =>
      fs.readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts")).map((file) => path.posix.join(folder, file))
    )
    const links = new Set(
      [...pages, ...sources].flatMap((file) =>
        [
          ...read(file).matchAll(
            /https:\/\/docs\.aws\.amazon\.com\/([^\s)"`]+)\/API_(?:appconfigdata_)?(\w+)\.html/g
          )
        ]
          .map(([, reference = "", name = ""]) => `${reference} ${name}`)
      )
    )
    assert.isAtLeast(links.size, 500)
    const known = new Set(
      Object.entries(references).flatMap(([reference, clients]) =>
        clients.flatMap(namesOf).map((name) => `${reference} ${name}`)
      )
    )
    assert.deepEqual([...links].filter((link) => !known.has(link)), [])
  })

  it("names only files and pages of the project that exist, in the sources, too", () => {
    const sources = [
      "src",
      "services",
      "layers",
      "errors",
      "domain",
      "lambda",
      "fleet",
      "emulator",
      "examples"
    ]
      .flatMap((folder) => within(folder, ".ts"))
    const urls = new Set([...addressesOf(navigated(root)).values()].map((url) => new URL(url, homepage).href))
    const isRight = (address: string): boolean => {
      const [target = "", anchor] = address.split("#")
      if (onGitHub.test(target)) return fs.existsSync(path.join(root, target.replace(onGitHub, "")))
      if (target.startsWith(homepage)) return target === homepage || (urls.has(target) && anchor === undefined)
      return [repository, `${repository}/issues`, `${repository}/releases`].includes(target.replace(/\/$/, ""))
    }
    const ours = new RegExp(`(?:${repository}|${homepage.replace(/\/$/, "")})(?![\\w.-])[\\w/.#-]*`, "g")
    const wrong = [...pages, ...sources].flatMap((file) => {
      const text = read(file)
      const addresses = [...text.matchAll(ours)].map(([address]) => address.replace(/[.,:]+$/, ""))
      const guides = [...text.matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md/g)].map(([guide]) => guide)
      return [
        ...addresses.filter((address) => !isRight(address)),
        ...guides.filter((guide) => !fs.existsSync(path.join(root, guide)))
      ].map((name) => `${file}: ${name}`)
    })
    assert.deepEqual(wrong, [])
  })

  it("has only links in changesets that work from CHANGELOG.md", () => {
    const changesets = within(".changeset").filter((file) => !file.endsWith("/README.md"))
    assert.deepEqual(changesets.flatMap((file) => broken(file, ".")), [])
  })

  it("has a changelog of the version that the package has", () => {
    assert.match(read("CHANGELOG.md"), new RegExp(`^## ${manifest.version}$`, "m"))
  })

  it("is linked from the README, at the address that package.json has", () => {
    assert.include(read("README.md"), `[Documentation](${manifest.homepage})`)
  })

  it("has every guide in the README's table", () => {
    const table = /^## Guides$(.*?)^## /ms.exec(read("README.md"))![1]!
    const guides = fs.readdirSync(path.join(root, "docs")).filter((file) => file.endsWith(".md"))
    assert.isNotEmpty(guides)
    assert.deepEqual(guides.filter((file) => !table.includes(`(docs/${file})`)), [])
  })

  it("has every page of a subfolder in the README's table, or in the index of the folder", () => {
    const missing = fs.readdirSync(path.join(root, "docs"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const index = [`docs/${name}.md`, `docs/${name}/README.md`].find((file) => fs.existsSync(path.join(root, file)))
        const listed = ["README.md", ...index === undefined ? [] : [index]].flatMap(linkedFrom)
        return within(`docs/${name}`).filter((file) => file !== index && !listed.includes(file))
      })
    assert.deepEqual(missing, [])
  })

  it("shows other libraries only in projects that exist", () => {
    const projects = pages.flatMap((file) =>
      blocksOf(file, read(file)).flatMap(({ line, project }) =>
        project === undefined ? [] : [projectFolder(project, `${file}:${line}`)]
      )
    )
    assert.isNotEmpty(projects)
    assert.throws(() => projectFolder("nobody", "here:1"), "here:1: there is no project \"nobody\"")
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

  it("names the versions of the runtimes that the programs run on", () => {
    const { groups } = /const runtimes = \{(?<versions>[^}]+)\}/.exec(read("scripts/runtimes.ts"))!
    const versions = [...groups!["versions"]!.matchAll(/"([^"]+)"/g)].map(([, version = ""]) => version)
    assert.lengthOf(versions, 3)
    const table = /^\| Runtime .*?\n\n/ms.exec(read("docs/runtimes.md"))![0]
    assert.deepEqual(versions.filter((version) => !table.includes(version)), [])
  })

  it("quotes the messages of the Layers' failures as they are", () => {
    const [, section = ""] =
      /^### CredentialsNotFound$(.*?)^### AssumeRoleFailed$/ms.exec(read("docs/credentials.md")) ?? []
    const quoted = [...section.matchAll(/^\| (?!-|The |an error )([^|]+) \|/gm)].map(([, message = ""]) => message)
    assert.isAtLeast(quoted.length, 30)
    const sources = ["layers", "layers/internal", "src/internal", "errors/internal"].flatMap((folder) =>
      fs.readdirSync(path.join(root, folder)).filter((file) => file.endsWith(".ts")).map((file) =>
        read(`${folder}/${file}`)
      )
    ).join().replaceAll(/\\?[`"]|" \+\s*"/g, "")
    const missing = quoted.filter((message) =>
      message.replaceAll(/["`]/g, "").split("…").some((part) => !sources.includes(part.trim()))
    )
    assert.deepEqual(missing, [])
  })

  it("shows the test of a crash as it runs", () => {
    const [, code = ""] = /^\/\/.*\n([^]*)$/.exec(read("test/unit/DurableCrash.test.ts")) ?? []
    assert.isNotEmpty(code)
    assert.include(read("docs/durable.md"), `\`\`\`ts\n${code}\`\`\`\n`)
  })
})

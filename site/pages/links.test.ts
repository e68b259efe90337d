// What the content step does to links. The links of the whole site are judged by starlight-links-validator and by the browser.
import * as assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import { reporting, resolver, rewriteLinks } from "./links.ts"
import { addressesOf, urlOf } from "./tree.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "site-"))
after(() => fs.rmSync(root, { recursive: true }))
for (
  const file of [
    "docs/s3.md",
    "docs/commands/s3.md",
    "docs/images/a.png",
    "docs/decisions/README.md",
    "bench/a b.md",
    "src/own.ts",
    "services/S3.ts"
  ]
) {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), "")
}

const addresses = addressesOf(["docs/s3.md", "docs/commands/s3.md", "docs/decisions/README.md", "CONTRIBUTING.md"])
const repository = { root, url: "https://example.com/o/r", branch: "main" }
const rewrite = (text: string, file = "docs/s3.md") => rewriteLinks(text, resolver(file, repository, addresses))

describe("the links of a page", () => {
  it("lead to the pages of the site, with their anchors", () => {
    assert.equal(
      rewrite("[a](commands/s3.md#x-y) [b](../CONTRIBUTING.md)"),
      `[a](${urlOf("docs/commands/s3.md")}#x-y) [b](${urlOf("CONTRIBUTING.md")})`
    )
    assert.equal(rewrite("[a](../s3.md)", "docs/commands/s3.md"), `[a](${urlOf("docs/s3.md")})`)
  })

  it("lead to a folder's page if they name its README", () => {
    assert.match(rewrite("[a](decisions/README.md)"), /\/decisions\/\)$/)
  })

  it("lead to the reference for a module", () => {
    assert.match(rewrite("[a](../services/S3.ts#getText)"), /\/api\/s3\/#getText\)$/)
  })

  it("lead to the pages of the site, too, if they have the repository's address", () => {
    assert.equal(
      rewrite(
        "[a](https://example.com/o/r/blob/main/CONTRIBUTING.md#x) [b](https://example.com/o/r/blob/main/src/own.ts)"
      ),
      `[a](${urlOf("CONTRIBUTING.md")}#x) [b](https://example.com/o/r/blob/main/src/own.ts)`
    )
  })

  it("lead to the repository for files and folders that aren't pages", () => {
    assert.equal(
      rewrite("[a](../src/own.ts#L3) [b](../src) [c](../src/)"),
      "[a](https://example.com/o/r/blob/main/src/own.ts#L3) [b](https://example.com/o/r/tree/main/src) [c](https://example.com/o/r/tree/main/src)"
    )
    assert.equal(rewrite("[a](../bench/a%20b.md)"), "[a](https://example.com/o/r/blob/main/bench/a%20b.md)")
  })

  it("stay as they are on the same page and to other sites", () => {
    const text = "[a](#x) [b](https://example.com/s3.md) <https://example.com> [c](mailto:a@example.com)"
    assert.equal(rewrite(text), text)
  })

  it("are found in tables, definitions, links around images, and after letters of several bytes", () => {
    const url = urlOf("docs/s3.md")
    assert.equal(
      rewrite("| ü | [a `|` b](s3.md) |\n| - | - |\n| 😀 | [c](s3.md \"t\") |"),
      `| ü | [a \`|\` b](${url}) |\n| - | - |\n| 😀 | [c](${url} "t") |`
    )
    assert.equal(rewrite("[a][b]\n\n[b]: s3.md#c"), `[a][b]\n\n[b]: ${url}#c`)
    assert.equal(rewrite("[![i](images/a.png)](s3.md)"), `[![i](images/a.png)](${url})`)
  })

  it("are not looked for in code", () => {
    const text = "`[a](s3.md)`\n\n```md\n[a](s3.md)\n```\n"
    assert.equal(rewrite(text), text)
  })

  it("fail if they lead nowhere, or out of the repository", () => {
    assert.throws(() => rewrite("[a](no.md)"), /there is no docs\/no\.md/)
    assert.throws(() => rewrite("![a](images/no.png)"), /there is no docs\/images\/no\.png/)
    assert.throws(() => rewrite("[a](../../x.md)"), /leaves the repository/)
  })

  it("are reported and left if a draft's lead nowhere", () => {
    const faults: Array<string> = []
    const resolve = reporting(resolver("docs/s3.md", repository, addresses), (fault) => faults.push(fault))
    assert.equal(rewriteLinks("[a](no.md) [b](s3.md)", resolve), `[a](no.md) [b](${urlOf("docs/s3.md")})`)
    assert.equal(faults.length, 1)
  })
})

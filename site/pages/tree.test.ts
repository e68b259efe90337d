import * as assert from "node:assert/strict"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import { contentOf, faultsOf, navigated, sidebarOf, slugOf } from "./tree.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "site-"))
after(() => fs.rmSync(root, { recursive: true }))
for (const file of ["docs/a.md", "docs/extra.md", "docs/sub/README.md", "docs/sub/0001-b.md", "docs/images/c.png"]) {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), "")
}

const groups = [{
  label: "Group",
  items: [
    { label: "A", file: "docs/a.md" },
    { label: "Later", file: "docs/later.md" },
    { label: "Sub", folder: "docs/sub" },
    { label: "Empty", folder: "docs/empty" }
  ]
}]

describe("the navigation", () => {
  it("gives each file one address, and its content one file", () => {
    assert.equal(slugOf("docs/commands/s3.md"), "commands/s3")
    assert.equal(slugOf("CHANGELOG.md"), "changelog")
    assert.equal(slugOf("docs/decisions/README.md"), "decisions")
    assert.notEqual(slugOf("SECURITY.md"), slugOf("docs/security.md"))
    assert.equal(contentOf("docs/decisions/README.md"), "decisions/index.md")
    assert.equal(contentOf("docs/commands/s3.md"), "commands/s3.md")
  })

  it("has no two pages with the same address", () => {
    const slugs = navigated(path.resolve(import.meta.dirname, "../..")).map(slugOf)
    assert.ok(slugs.length > 50)
    assert.equal(new Set(slugs).size, slugs.length)
  })

  it("has the pages that it names, and those of its folders, the README first", () => {
    assert.deepEqual(navigated(root, groups), [
      "docs/a.md",
      "docs/later.md",
      "docs/sub/README.md",
      "docs/sub/0001-b.md"
    ])
  })

  it("differs from the tree if a page is missing, or isn't named", () => {
    assert.deepEqual(faultsOf(root, groups), { missing: ["docs/later.md"], unlisted: ["docs/extra.md"] })
  })

  it("becomes a sidebar of the pages that are there", () => {
    assert.deepEqual(sidebarOf(root, groups), [{
      label: "Group",
      items: [
        { label: "A", slug: "a" },
        { label: "Sub", collapsed: true, items: [{ slug: "sub" }, { slug: "sub/0001-b" }] }
      ]
    }])
  })
})

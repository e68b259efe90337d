// What the content step makes of a page. The frontmatter is judged by the parser that Astro uses.
import { parseFrontmatter } from "@astrojs/internal-helpers/frontmatter"
import * as assert from "node:assert/strict"
import { describe, it } from "node:test"
import { partsOf, withFrontmatter } from "./page.ts"

describe("a page", () => {
  it("has the title of its first line, and the description of its first paragraph, as plain text", () => {
    assert.deepEqual(partsOf("# The `S3` *module*\n\nWhat [it](s3.md) is\nfor: `a`.\n\n## Part\n\nText.\n"), {
      title: "The S3 module",
      description: "What it is for: a.",
      body: "What [it](s3.md) is\nfor: `a`.\n\n## Part\n\nText.\n"
    })
  })

  it("needs a title on its first line, only one, and a paragraph", () => {
    assert.throws(() => partsOf("Text.\n\n# Title\n"), /first line is not a title/)
    assert.throws(() => partsOf("## Part\n\nText.\n"), /first line is not a title/)
    assert.throws(() => partsOf("# One\n\nText.\n\n# Two\n"), /second title: # Two/)
    assert.throws(() => partsOf("# Title\n\n- a list\n"), /no paragraph/)
  })

  it("has frontmatter that reads as it was, whatever is in it", () => {
    for (
      const value of [
        "a: b # c",
        "\"quoted\" 'twice'",
        "- [x] {y}",
        "back\\slash",
        "---",
        "😀 ü \u2028 \t",
        "yes",
        "0123",
        "@effect",
        ""
      ]
    ) {
      const page = withFrontmatter({ title: value }, "Text.\n")
      assert.deepEqual(parseFrontmatter(page).frontmatter, { title: value })
      assert.ok(page.endsWith("\n---\n\nText.\n"))
    }
  })
})

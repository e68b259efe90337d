import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { pages, rendered, renderedIndex } from "../../scripts/cookbook.ts"

const root = path.resolve(import.meta.dirname, "../..")

const all = pages()
const recipes = all.flatMap((page) => page.recipes)

describe("the cookbook", () => {
  it("has the code of examples/cookbook on its pages: otherwise, run `npm run cookbook`", () => {
    for (const page of all) assert.strictEqual(page.text, rendered(page), page.name)
  })

  it("has all recipes in its index: otherwise, run `npm run cookbook`", () => {
    assert.isAtLeast(recipes.length, 35)
    assert.strictEqual(fs.readFileSync(path.join(root, "docs/cookbook.md"), "utf8"), renderedIndex(all))
  })

  it("has no page that the index leaves out, and no file that no page shows", () => {
    const markdown = fs.readdirSync(path.join(root, "docs/cookbook")).map((file) => path.basename(file, ".md"))
    assert.sameMembers(markdown, all.map(({ name }) => name))
    const files = fs.readdirSync(path.join(root, "examples/cookbook"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts")).map((file) => `examples/cookbook/${file.replaceAll(path.sep, "/")}`)
    assert.sameMembers(files, recipes.map(({ file }) => file))
  })

  it("has a test for each recipe", () => {
    for (const { name, recipes } of all) {
      const file = path.join(root, `test/cookbook/${name}.test.ts`)
      const test = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
      const untested = recipes.filter(({ file, title }) =>
        !(test.includes(`"../../${file}"`) &&
          (new RegExp(`recipe\\(\\s*"${title}",`).test(test) || test.includes(`"${title}": () =>`)))
      )
      assert.deepEqual(untested.map(({ file }) => file), [])
    }
  })

  it("says under each recipe what it needs and where there is more", () => {
    for (const { text } of all) {
      for (const section of text.split(/^## /m).slice(1)) {
        assert.match(section, /^- Permissions: .*^- More: .*Reference:\s+\[/ms)
      }
    }
  })
})

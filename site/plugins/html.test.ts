import * as assert from "node:assert/strict"
import { describe, it } from "node:test"
import { markdownToHtml } from "satteri"
import { parsedHtml } from "./html.ts"
import { scrollableTables } from "./tables.ts"

const render = async (text: string) =>
  (await markdownToHtml(text, { hastPlugins: [parsedHtml, scrollableTables] })).html

describe("HTML in Markdown", () => {
  it("has boxes for its tables, as Markdown's have", async () => {
    const table = "<table><tbody><tr><th scope=\"row\">A</th><td>a&lt;b <code>c</code></td></tr></tbody></table>"
    assert.equal((await render(`Text.\n\n${table}\n`)).trim(), `<p>Text.</p>\n<div class="table">${table}</div>`)
    assert.match(await render("| a |\n| - |\n| b |\n"), /^<div class="table"><table>[^]*<\/table><\/div>\s*$/)
  })

  it("is left as it is otherwise", async () => {
    assert.equal(
      (await render("a<br>b\n\n<h3>one</h3> and <h3>two\n")).trim(),
      "<p>a<br>b</p>\n<h3>one</h3> and <h3>two"
    )
  })
})

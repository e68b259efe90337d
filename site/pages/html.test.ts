import * as assert from "node:assert/strict"
import { describe, it } from "node:test"
import { htmlFaults } from "./html.ts"

describe("the HTML of a page", () => {
  it("has no tags but those of HTML: a type is code", () => {
    assert.deepEqual(htmlFaults("An Array<string>, or a\n\n<T>\n"), [
      "<string> isn't HTML, and readers don't see it. Write it as code.",
      "<T> isn't HTML, and readers don't see it. Write it as code."
    ])
    assert.deepEqual(
      htmlFaults("An `Array<string>`<br>, a < b > c &lt;T&gt; <!-- <T> -->\n\n```ts\nlet a: Array<T>\n```\n"),
      []
    )
  })

  it("has no links to files, which nothing would rewrite or check", () => {
    for (
      const [html, url] of [["<img src=\"images/a.png\">", "images/a.png"], [
        "Text <a href=b.md>a</a>",
        "b.md"
      ]] as const
    ) {
      assert.deepEqual(htmlFaults(html), [
        `The link to ${url} is HTML. Write it as [text](target) or ![text](target).`
      ])
    }
    assert.deepEqual(htmlFaults("<a href=\"https://example.com/a\">a</a> <a href=\"#b\">b</a>"), [])
  })
})

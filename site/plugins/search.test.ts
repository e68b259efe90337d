import * as assert from "node:assert/strict"
import { it } from "node:test"
import { weigh } from "./search.ts"

const page = `<main data-pagefind-body class="a"><h1 id="_top">A</h1><h2 id="b">B</h2><h3 id="c">C</h3></main>`

it("lists weigh less than guides, and the names of exports more", () => {
  assert.equal(weigh(page, "errors/index.html"), page)
  assert.equal(
    weigh(page, "commands/s3/index.html"),
    "<main data-pagefind-weight=\"0.3\" data-pagefind-body class=\"a\"><h1 data-pagefind-weight=\"1\" id=\"_top\">A</h1>" +
      "<h2 data-pagefind-weight=\"1\" id=\"b\">B</h2><h3 data-pagefind-weight=\"1\" id=\"c\">C</h3></main>"
  )
  assert.match(
    weigh(page, "decisions/0011-transfers/index.html"),
    /<h1 data-pagefind-weight="1" data-pagefind-meta="title:Decision 0011" id=/
  )
  assert.equal(weigh(page, "api/s3/index.html"), page.replace("<h3", "<h3 data-pagefind-weight=\"8\""))
})

// Gives pages the weights that they have in the search: what explains comes before lists, records and history. Starlight makes the index
// once the pages are written, and leaves no other way to weight the headings, whose own weights outdo that of the text around them.
import type { AstroIntegration } from "astro"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** Pages that many words of a search are in, and that seldom answer it. */
const lists = /^(commands|coverage|catalogues|parity|decisions|changelog|contributing)\//

/** A record's long title has so many words that it would be first for any of them: in the results it has its number. */
const recordNumber = /^decisions\/(\d+)/

/** Pagefind's own weights are 7 for a title, 6 and 5 for the headings below it, and 1 for text. */
export const weigh = (html: string, page: string): string => {
  if (lists.test(page)) {
    const [, number] = recordNumber.exec(page) ?? []
    const named = number === undefined
      ? html
      : html.replace(/<h1(?= id=)/, `$& data-pagefind-meta="title:Decision ${number}"`)
    return named.replace("<main data-pagefind-body", "<main data-pagefind-weight=\"0.3\" data-pagefind-body")
      .replace(/<h[1-6](?= (?:data-pagefind-meta="[^"]*" )?id=)/g, "$& data-pagefind-weight=\"1\"")
  }
  // The name of an export is what its reader types.
  if (page.startsWith("api/")) return html.replace(/<h3(?= id=)/g, "<h3 data-pagefind-weight=\"8\"")
  return html
}

export const searchWeights: AstroIntegration = {
  name: "search-weights",
  hooks: {
    "astro:build:done": ({ dir }) => {
      const dist = fileURLToPath(dir)
      for (const file of fs.readdirSync(dist, { recursive: true, encoding: "utf8" })) {
        if (!file.endsWith(".html")) continue
        const place = path.join(dist, file)
        const html = fs.readFileSync(place, "utf8")
        const weighed = weigh(html, file.split(path.sep).join("/"))
        if (weighed !== html) fs.writeFileSync(place, weighed)
      }
    }
  }
}

// Makes the home page: home.mdx, with the README's first program, and with links that work on the site.
import * as fs from "node:fs"
import * as path from "node:path"
import { base, root } from "../project.ts"
import type { Resolve } from "./links.ts"

/** The file that the home page is made of. */
export const file = "site/home.mdx"

const place = "{/* the README's first program */}"

/** The README's first block of TypeScript. */
const firstProgram = (readme: string): string => {
  const [block] = /^```ts\n.*?^```$/ms.exec(readme) ?? []
  if (block === undefined) throw new Error("README.md has no block of TypeScript.")
  return block
}

/** Addresses that no file of the repository has. */
const addresses: Readonly<Record<string, string>> = { "./": `${base}/`, "./api/": `${base}/api/` }

/** Rewrites the links of components and of the frontmatter, which a parser of Markdown doesn't read. */
export const rewriteAttributes = (text: string, resolve: Resolve): string =>
  text.replace(
    /(\blink: |\bhref=")(\.\.?\/[^\s"]*)/g,
    (_, before: string, url: string) => `${before}${addresses[url] ?? resolve(url, "link")}`
  )

export const home = (resolve: Resolve): string => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  if (!text.includes(place)) throw new Error(`${file} has no ${place}`)
  const program = firstProgram(fs.readFileSync(path.join(root, "README.md"), "utf8"))
  return rewriteAttributes(text, resolve).replace(place, () => program)
}

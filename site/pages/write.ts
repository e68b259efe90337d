// Writes the content of the site: its pages, made of those of the repository, with their images, the home page, and the page for an
// address that has none.
import * as fs from "node:fs"
import * as path from "node:path"
import { branch, content, origin, repository, root } from "../project.ts"
import { file as homeFile, home, rewriteAttributes } from "./home.ts"
import { htmlFaults } from "./html.ts"
import { reporting, type Resolve, resolver, rewriteLinks } from "./links.ts"
import { partsOf, withFrontmatter } from "./page.ts"
import { addressesOf, contentOf, faultsOf, navigated } from "./tree.ts"

/** The page for an address that has none. */
export const lostFile = "site/404.md"

/** Writes a file only if it changes, so that the server reloads only the pages that did. */
const write = (file: string, data: string | Buffer) => {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(Buffer.from(data))) return
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, data)
}

const pageOf = (file: string, resolve: Resolve, report: (fault: string) => void) => {
  try {
    const { body, description, title } = partsOf(fs.readFileSync(path.join(root, file), "utf8"))
    for (const fault of htmlFaults(body)) report(fault)
    const editUrl = `${repository}/edit/${branch}/${file}`
    // The tables of commands have many columns and one heading: they get the room that the list of headings would take.
    const isWide = file.startsWith("docs/commands/")
    return withFrontmatter(
      { title, description, editUrl, ...(isWide ? { tableOfContents: false } : {}) },
      rewriteLinks(body, resolve)
    )
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** The images of docs/, at the same places beside the pages. */
const images = () =>
  fs.readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(png|jpe?g|svg|webp|gif)$/.test(file))

/**
 * Writes the pages, and removes those that no longer exist. Returns how many there are. Fails if the navigation doesn't name the pages that
 * there are, if a link leads nowhere, or if a tag isn't HTML. A draft only says so.
 */
export const writePages = ({ draft }: { readonly draft: boolean }): number => {
  const { missing, unlisted } = faultsOf(root)
  const faults = [
    ...missing.map((file) => `${file} is in site/navigation.ts, but there is no such file.`),
    ...unlisted.map((file) => `${file} isn't in site/navigation.ts.`)
  ]
  const pages = new Set(navigated(root).filter((file) => !missing.includes(file)))
  const addresses = addressesOf(pages)
  const reportIn = (file: string) => (fault: string) => void faults.push(`${file}: ${fault}`)
  const resolveIn = (file: string) =>
    reporting(resolver(file, { root, url: repository, branch }, addresses), reportIn(file))

  const files = new Map<string, string | Buffer>([
    ...[...pages].map((file) => [contentOf(file), pageOf(file, resolveIn(file), reportIn(file))] as const),
    ...images().map((file) => [file, fs.readFileSync(path.join(root, "docs", file))] as const),
    ["index.mdx", home(resolveIn(homeFile))],
    ["404.md", rewriteAttributes(fs.readFileSync(path.join(root, lostFile), "utf8"), resolveIn(lostFile))]
  ])
  for (const fault of faults) console.error(fault)
  if (faults.length > 0 && !draft) throw new Error("Pages are missing, links lead nowhere, or a tag isn't HTML.")

  for (const [file, data] of files) write(path.join(content, file), data)
  for (const file of fs.readdirSync(content, { recursive: true, encoding: "utf8" })) {
    const place = path.join(content, file)
    const isOurs = files.has(file.split(path.sep).join("/")) || file.split(path.sep)[0] === "api"
    if (!isOurs && !fs.statSync(place).isDirectory()) fs.rmSync(place)
  }
  return pages.size
}

/** The list of all pages for coding assistants, with the addresses that they have on the site. */
export const llms = (): string => {
  const file = "llms.txt"
  const resolve = resolver(file, { root, url: repository, branch }, addressesOf(navigated(root)))
  return rewriteLinks(fs.readFileSync(path.join(root, file), "utf8"), (url, type) => {
    const target = resolve(url, type)
    return target.startsWith("/") ? `${origin}${target}` : target
  })
}

// Rewrites the links of a Markdown page, and leaves every other character of it as it is.
import * as fs from "node:fs"
import * as path from "node:path"
import { markdownToMdast, type MdastNode } from "satteri"

/** A link, an image or a definition, and its place in the text. */
interface Target {
  readonly type: "link" | "image" | "definition"
  readonly url: string
  readonly start: number
  readonly end: number
}

const isTarget = (type: string): type is Target["type"] => type === "link" || type === "image" || type === "definition"

const targetsOf = (node: MdastNode): ReadonlyArray<Target> => [
  ...("url" in node && isTarget(node.type)
    ? [{
      type: node.type,
      url: node.url,
      start: node.position?.start.offset ?? 0,
      end: node.position?.end.offset ?? 0
    }]
    : []),
  ...("children" in node ? node.children.flatMap(targetsOf) : [])
]

/** A link that leads away from the repository, or to a place on the same page. */
export const isOutside = (url: string) => /^(\w[\w+.-]*:|\/\/|#)/.test(url)

/** Gives the new target of a link. Throws if the link leads nowhere. */
export type Resolve = (url: string, type: Target["type"]) => string

/** A resolver that reports a link that leads nowhere, and leaves it as it is. */
export const reporting = (resolve: Resolve, report: (fault: string) => void): Resolve => (url, type) => {
  try {
    return resolve(url, type)
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    return url
  }
}

/** Replaces the targets of a text. */
export const rewriteLinks = (text: string, resolve: Resolve): string => {
  let rest = text
  // From the end to the start: a replacement moves only what follows it. An image in a link ends before the link's own target.
  for (const { end, start, type, url } of targetsOf(markdownToMdast(text)).toSorted((a, b) => b.end - a.end)) {
    const target = resolve(url, type)
    if (target === url) continue
    const before = type === "definition" ? "]: " : "]("
    const at = text.slice(start, end).lastIndexOf(`${before}${url}`)
    if (at < 0) throw new Error(`The link to ${url} has an unusual form. Write it as [text](target).`)
    const from = start + at + before.length
    rest = `${rest.slice(0, from)}${target}${rest.slice(from + url.length)}`
  }
  return rest
}

export interface Repository {
  /** The folder of its files. */
  readonly root: string
  /** Its page. */
  readonly url: string
  readonly branch: string
}

/** Gives the target on the site of a link in a file of the repository. The site has `addresses` for some of the files. */
export const resolver = (
  file: string,
  repository: Repository,
  addresses: ReadonlyMap<string, string>
): Resolve =>
(url, type) => {
  // How a page links to a file that the package doesn't have. The site may have it.
  const own = [`${repository.url}/blob/${repository.branch}/`, `${repository.url}/tree/${repository.branch}/`]
    .find((prefix) => url.startsWith(prefix))
  if (own === undefined && isOutside(url)) return url
  const [, target = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(own === undefined ? url : url.slice(own.length)) ?? []
  const folder = own === undefined ? path.posix.dirname(file) : "."
  const to = path.posix.join(folder, decodeURI(target)).replace(/\/$/, "")
  if (to === ".." || to.startsWith("../")) throw new Error(`The link to ${url} leaves the repository.`)
  const address = addresses.get(to)
  if (address !== undefined) return `${address}${anchor}`
  const place = path.join(repository.root, to)
  if (!fs.existsSync(place)) throw new Error(`The link to ${url} leads nowhere: there is no ${to}.`)
  // Astro reads an image where it is, beside the page.
  if (type === "image") return url
  const kind = fs.statSync(place).isDirectory() ? "tree" : "blob"
  return `${repository.url}/${kind}/${repository.branch}/${encodeURI(to)}${anchor}`
}

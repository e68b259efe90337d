// What is wrong with the HTML in a page's Markdown.
import { markdownToMdast, type MdastNode } from "satteri"
import { isOutside } from "./links.ts"

/** The tags that a page may have. Another one is a type that should be code: a browser shows nothing of `Array<string>`. */
const tags: ReadonlySet<string> = new Set(
  ("a b blockquote br code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p picture pre q s " +
    "samp small source span strong sub summary sup table tbody td tfoot th thead tr u ul var").split(" ")
)

const htmlOf = (node: MdastNode): ReadonlyArray<string> => [
  ...(node.type === "html" ? [node.value] : []),
  ...("children" in node ? node.children.flatMap(htmlOf) : [])
]

/** Tags that no page has, and links, which nothing rewrites or checks in HTML. */
export const htmlFaults = (text: string): ReadonlyArray<string> => {
  const html = htmlOf(markdownToMdast(text)).map((part) => part.replace(/<!--[^]*?-->/g, ""))
  return [
    ...new Set(html.flatMap((part) => [
      ...[...part.matchAll(/<\/?([a-z][\w-]*)/gi)].flatMap(([, tag = ""]) =>
        tags.has(tag.toLowerCase()) ? [] : [`<${tag}> isn't HTML, and readers don't see it. Write it as code.`]
      ),
      ...[...part.matchAll(/\s(?:href|src)\s*=\s*["']?([^"'\s>]+)/g)].flatMap(([, url = ""]) =>
        isOutside(url) || url.startsWith("/")
          ? []
          : [`The link to ${url} is HTML. Write it as [text](target) or ![text](target).`]
      )
    ]))
  ]
}

// Makes a page of the site of a page of the repository.
import { markdownToMdast, type MdastNode } from "satteri"

/** The text of a node, without its markup. */
const plain = (node: MdastNode): string => {
  if ("value" in node && typeof node.value === "string") return node.value
  if ("alt" in node && typeof node.alt === "string") return node.alt
  return "children" in node ? node.children.map(plain).join("") : ""
}

const oneLine = (node: MdastNode): string => plain(node).replace(/\s+/g, " ").trim()

export interface Parts {
  readonly title: string
  readonly description: string
  /** The page without its title. */
  readonly body: string
}

/** Takes the title from a page's first line, and the description from the first paragraph. */
export const partsOf = (text: string): Parts => {
  const root = markdownToMdast(text)
  const [first, ...others] = "children" in root ? root.children : []
  if (first?.type !== "heading" || first.depth !== 1) throw new Error("The first line is not a title: # Title")
  const second = others.find((node) => node.type === "heading" && node.depth === 1)
  if (second !== undefined) throw new Error(`There is a second title: # ${oneLine(second)}. Use ## and deeper.`)
  const paragraph = others.find((node) => node.type === "paragraph")
  if (paragraph === undefined) throw new Error("There is no paragraph that says what the page is for.")
  return {
    title: oneLine(first),
    description: oneLine(paragraph),
    body: text.slice(first.position?.end.offset).replace(/^\s+/, "")
  }
}

/** A page with its frontmatter. JSON's strings are strings of YAML. */
export const withFrontmatter = (fields: Readonly<Record<string, string | boolean>>, body: string): string =>
  `---\n${Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join("")}---\n\n${body}`

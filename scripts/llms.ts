// Writes llms.txt, the list of all pages and modules for coding assistants (llmstxt.org), from the pages themselves. `--check` fails
// where it doesn't match them.
import * as fs from "node:fs"
import * as path from "node:path"
import { guides, project } from "../site/navigation.ts"
import { navigated } from "../site/pages/tree.ts"
import { manifest, modules, root } from "./internal/manifest.ts"

const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

/** Markdown's text, on one line, without links and emphasis. */
const plain = (text: string) =>
  text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\*\*/g, "").replace(/\s+/g, " ").trim()

/** The first sentence of the paragraph that a page begins with. A dot inside of a name or of code ends none. */
const firstSentence = (text: string) => /^.*?[.:](?= |$)/.exec(plain(text))?.[0].replace(/:$/, ".") ?? plain(text)

const pageLine = (file: string) => {
  const [, title = file, rest = ""] = /^# (.*)\n+([^]*)$/.exec(read(file)) ?? []
  const paragraph = rest.split("\n\n", 1)[0] ?? ""
  const isText = /^[\p{L}\p{N}`*[]/u.test(paragraph)
  return `- [${plain(title)}](${file})${isText ? `: ${firstSentence(paragraph)}` : ""}`
}

const moduleLine = ([name, file]: readonly [string, string]) => {
  const [, comment = ""] = /\/\*\*([^]*?)\*\//.exec(read(file)) ?? []
  const paragraph = comment.replace(/^\s*\* ?/gm, "").trim().split(/\n\s*\n|\n@/, 1)[0] ?? ""
  return `- [${manifest.name}/${name}](${file})${paragraph === "" ? "" : `: ${firstSentence(paragraph)}`}`
}

// What no user of the package needs, or what the package doesn't have.
const isForUsers = (file: string) => file !== "CONTRIBUTING.md" && file !== "docs/decisions/README.md"

const sections = [
  ["Read this first", [pageLine("docs/coding-assistants.md"), pageLine("README.md")]] as const,
  ...[...guides, ...project].map((group) =>
    [
      group.label,
      navigated(root, [group]).filter((file) => isForUsers(file) && file !== "docs/coding-assistants.md").map(pageLine)
    ] as const
  ),
  ["Modules: signatures, failures and examples are in the doc comments", [...modules].map(moduleLine)] as const
]

const text = `# ${manifest.name}\n\n> ${manifest.description}\n\n${
  sections.map(([label, lines]) => `## ${label}\n\n${lines.join("\n")}\n`).join("\n")
}`

const file = path.join(root, "llms.txt")
if (process.argv.includes("--check")) {
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
    console.error("llms.txt does not match the pages. Run: npm run llms")
    process.exit(1)
  }
} else {
  fs.writeFileSync(file, text)
}

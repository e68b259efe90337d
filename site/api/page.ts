// The page of a subpath, and the page that leads to them.
import { title } from "../project.ts"
import { addressOf, guideAddress, pageAddress } from "./addresses.ts"
import { markdownOf, summaryOf } from "./comments.ts"
import { type Entry, type Page, tagOf } from "./entries.ts"
import { renderEntry, type Rendering } from "./entry.ts"

/** What every page ends with: types that serve the rest of the page, and errors. */
const last = ["models", "errors", "type-level"]

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The categories of a page, in the order of the source, and the entries of each by name. */
const categoriesOf = (page: Page): ReadonlyArray<readonly [string, ReadonlyArray<Entry>]> => {
  const byCategory = new Map<string, Array<Entry>>()
  const categoryOf = (entry: Entry): string =>
    tagOf(entry, "@category") ?? (entry.owner === undefined ? "other" : categoryOf(entry.owner))
  for (const entry of page.entries) {
    const category = categoryOf(entry)
    byCategory.set(category, [...byCategory.get(category) ?? [], entry])
  }
  const positionOf = ({ type, value }: Entry): number => {
    const source = (value ?? type)?.sources?.[0]
    return source === undefined || source.fullFileName !== page.subpath.file ? Infinity : source.line
  }
  const rank = ([category, entries]: readonly [string, ReadonlyArray<Entry>]): number =>
    entries.some(({ name }) => name === page.name)
      ? -1
      : last.includes(category)
      ? 1e9 + last.indexOf(category)
      : Math.min(1e8, ...entries.map(positionOf))
  return [...byCategory]
    .sort((a, b) => rank(a) - rank(b))
    .map(([category, entries]) => {
      // The source begins with what most programs need. Types are looked up, so they are in the order of the alphabet.
      const placeOf = (entry: Entry) => last.includes(category) ? 0 : Math.min(1e8, positionOf(entry))
      return [
        category,
        entries.sort((a, b) =>
          placeOf(a) - placeOf(b) ||
          a.name.localeCompare(b.name, "en", { sensitivity: "base" }) || a.name.localeCompare(b.name, "en")
        )
      ] as const
    })
}

const commentOf = (page: Page, { onBrokenLink, reference }: Rendering): string =>
  markdownOf(page.comment, undefined, page, reference, (target) => onBrokenLink(page, target))

const frontmatter = (fields: Readonly<Record<string, unknown>>): string =>
  ["---", ...Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}`), "---"].join("\n")

const plain = (markdown: string) => markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "")

const install = (page: Page): string => {
  const { needs } = page.subpath
  return needs === undefined || needs === "nothing" ? "It needs no client package." : `It needs ${needs}.`
}

export const renderPage = (page: Page, rendering: Rendering): string => {
  const text = commentOf(page, rendering)
  const { isInRoot, name, statement } = page.subpath
  const categories = categoriesOf(page)
  return [
    frontmatter({
      title: name,
      description: plain(summaryOf(text)),
      editUrl: false,
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 }
    }),
    text,
    `\`\`\`ts\n${statement}\n\`\`\``,
    [
      install(page),
      ...(isInRoot ? [`It's also in the root import: \`import { ${name} } from "${title}"\`.`] : [])
    ].join(" "),
    categories.map(([category, entries]) =>
      `- **${capitalized(category)}**: ${
        entries.map((entry) => `[\`${entry.name}\`](${addressOf(entry, page)})`).join(", ")
      }`
    ).join("\n"),
    ...categories.flatMap(([category, entries]) => [
      `## ${capitalized(category)} {#category-${category.replaceAll(" ", "-")}}`,
      ...entries.map((entry) => renderEntry(entry, rendering))
    ])
  ].join("\n\n") + "\n"
}

export const renderIndex = (rendering: Rendering): string => {
  const rows = rendering.reference.pages.map((page) => {
    const { needs } = page.subpath
    const summary = summaryOf(commentOf(page, rendering)).replaceAll("|", "\\|")
    return `| [\`${page.name}\`](${pageAddress(page)}) | ${summary} | ${needs === undefined ? "nothing" : needs} |`
  })
  return [
    frontmatter({ title: "API reference", description: "Every export of every subpath.", editUrl: false }),
    "Each page has the exports of one subpath. They are made from the doc comments of the sources, so your editor shows the same.",
    "## How to read it",
    [
      "- Examples import the modules from the root, where it has them. A subpath loads only its own client: [Versions](" +
      `${guideAddress("versions.md")}) says what to install.`,
      "- The table below a signature says what an Effect succeeds with, a Stream emits or a Layer provides, how it fails, and which " +
      "services it requires.",
      "- `AwsError` stands for `AwsError<string>`. `AwsError<CodesOf<…>>` also knows the codes that AWS documents for the command.",
      "- `E` and `R` in a table are the errors and the services of what you pass.",
      "- A member with a question mark is optional. You may also pass `undefined` for it.",
      `- An error is a class and the Schema of it: [Errors](${
        guideAddress("errors.md")
      }) shows how to catch it and how to send it to ` +
      "another process. “Fails with it” lists every function whose type has the error.",
      "- An error that several modules export is one class. Each page shows it, so that you find what you have imported.",
      "- A type without an example of its own shows that of a function that uses it.",
      "- The search finds each export by its name."
    ].join("\n"),
    "## Subpaths",
    ["| Import | What it is | Needs |", "| --- | --- | --- |", ...rows].join("\n")
  ].join("\n\n") + "\n"
}

// Writes the code of the recipes, which examples/cookbook has, into docs/cookbook/, and the list of recipes into docs/cookbook.md.
// The code of `## Find the largest objects` on the page s3.md is examples/cookbook/s3/find-the-largest-objects.ts.
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "./internal/manifest.ts"
import { anchorOf } from "./internal/markdown.ts"

const index = path.join(root, "docs/cookbook.md")
const folder = path.join(root, "docs/cookbook")

export interface Recipe {
  readonly title: string
  /** The anchor of the title, and the name of the file. */
  readonly slug: string
  /** From the root of the repository. */
  readonly file: string
}

export interface Page {
  readonly name: string
  readonly title: string
  readonly text: string
  readonly recipes: ReadonlyArray<Recipe>
}

const read = (name: string): Page => {
  const text = fs.readFileSync(path.join(folder, `${name}.md`), "utf8")
  const [, title = ""] = /^# (.*)$/m.exec(text) ?? []
  const recipes = [...text.matchAll(/^## (.*)$/gm)].map(([, title = ""]): Recipe => {
    const slug = anchorOf(title)
    return { title, slug, file: `examples/cookbook/${name}/${slug}.ts` }
  })
  return { name, title, text, recipes }
}

/** The pages, in the order of the index. */
export const pages = (): ReadonlyArray<Page> =>
  [...fs.readFileSync(index, "utf8").matchAll(/^## \[.*\]\(cookbook\/([\w-]+)\.md\)$/gm)].map(([, name = ""]) =>
    read(name)
  )

/** The page with the code of its recipes as the files have it. */
export const rendered = ({ recipes, text }: Page): string => {
  const [opening = "", ...sections] = text.split(/^(?=## )/m)
  const written = sections.map((section, at) => {
    const code = fs.readFileSync(path.join(root, recipes[at]?.file ?? ""), "utf8")
    const [, ...others] = section.matchAll(/^```ts$/gm)
    if (others.length > 0 || !section.includes("```ts\n")) throw new Error(`${recipes[at]?.title}: one block of code`)
    return section.replace(/```ts\n.*?```\n/s, () => `\`\`\`ts\n${code}\`\`\`\n`)
  })
  return [opening, ...written].join("")
}

/** The index with the titles of all recipes, below what it says first. */
export const renderedIndex = (all: ReadonlyArray<Page>): string => {
  const [opening = ""] = fs.readFileSync(index, "utf8").split(/^(?=## )/m)
  const sections = all.map(({ name, recipes, title }) => {
    const lines = recipes.map((recipe) => `- [${recipe.title}](cookbook/${name}.md#${recipe.slug})\n`)
    return `## [${title}](cookbook/${name}.md)\n\n${lines.join("")}`
  })
  return `${opening}${sections.join("\n")}`
}

if (import.meta.main) {
  const all = pages()
  for (const page of all) fs.writeFileSync(path.join(folder, `${page.name}.md`), rendered(page))
  fs.writeFileSync(index, renderedIndex(all))
  console.log(`${all.flatMap(({ recipes }) => recipes).length} recipes`)
}

// Makes the reference: a page for each subpath, and their index.
import * as fs from "node:fs"
import * as path from "node:path"
import { htmlFaults } from "../pages/html.ts"
import { slugOf } from "./addresses.ts"
import { check } from "./check.ts"
import { convert, type Converted } from "./convert.ts"
import { referenceOf } from "./entries.ts"
import { Blocks } from "./format.ts"
import { renderIndex, renderPage } from "./page.ts"
import type { Subpath } from "./subpaths.ts"
import { usageOf } from "./usage.ts"

export interface Pages {
  /** Markdown by the name of the file. */
  readonly files: ReadonlyMap<string, string>
  /** What is missing in the sources: links that lead nowhere, and what entries lack. */
  readonly problems: ReadonlyArray<string>
  readonly entries: number
}

export const render = (converted: Converted, subpaths: ReadonlyArray<Subpath>): Pages => {
  const reference = referenceOf(converted, subpaths)
  const usage = usageOf(reference)
  const broken = new Set<string>()
  const blocks = new Blocks()
  const rendering = {
    reference,
    usage,
    blocks,
    onBrokenLink: (from: { readonly name: string; readonly page?: { readonly name: string } }, target: string) => {
      broken.add(
        `${from.page === undefined ? "" : `${from.page.name}: `}${from.name} links to ${target}, which isn't there`
      )
    }
  }
  const names = ["index.md", ...reference.pages.map((page) => `${slugOf(page)}.md`)]
  const texts = blocks.replace([
    renderIndex(rendering),
    ...reference.pages.map((page) => renderPage(page, rendering))
  ])
  return {
    files: new Map(names.map((name, i) => [name, texts[i] ?? ""])),
    problems: [
      // TypeDoc doesn't know the names of modules that a comment may use.
      ...converted.warnings.filter((line) => !line.startsWith("Failed to resolve link")),
      ...broken,
      ...names.flatMap((name, i) => htmlFaults(texts[i] ?? "").map((fault) => `${name}: ${fault}`)),
      ...check(reference, usage)
    ],
    entries: reference.pages.reduce((sum, page) => sum + page.entries.length, 0)
  }
}

/** Replaces the Markdown of a folder. */
export const write = (outDir: string, { files }: Pages): void => {
  fs.rmSync(outDir, { recursive: true, force: true })
  fs.mkdirSync(outDir, { recursive: true })
  for (const [name, text] of files) fs.writeFileSync(path.join(outDir, name), text)
}

export { convert }

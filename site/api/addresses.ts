// Where things are on the site.
import { moduleUrlOf, urlOf } from "../pages/tree.ts"
import type { Entry, Page } from "./entries.ts"

/** The name of the file of a page. */
export const slugOf = (page: Page): string => page.name.toLowerCase()

export const pageAddress = (page: Page): string => moduleUrlOf(page.name)

export const addressOf = (entry: Entry, from: Page | undefined): string =>
  `${entry.page === from ? "" : pageAddress(entry.page)}#${encodeURIComponent(entry.name)}`

/** The page of the site that shows a file of docs/: `waiting.md#all-waiters`. */
export const guideAddress = (file: string): string => {
  const [, name = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(file) ?? []
  return `${urlOf(`docs/${name}`)}${anchor}`
}

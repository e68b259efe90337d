// Where things are on the site.
import type { Entry, Page } from "./entries.ts"
import { manifest } from "./subpaths.ts"

/** The path of the site: `/effect-aws-sdk/`. */
export const base = new URL(manifest.homepage).pathname.replace(/\/?$/, "/")

/** `/api/s3/` is the page of `effect-aws-sdk/S3`. */
export const slugOf = (page: Page): string => page.name.toLowerCase()

export const pageAddress = (page: Page): string => `${base}api/${slugOf(page)}/`

export const addressOf = (entry: Entry, from: Page | undefined): string =>
  `${entry.page === from ? "" : pageAddress(entry.page)}#${encodeURIComponent(entry.name)}`

/** The page of the site that shows a file of docs/: `waiting.md#all-waiters`. */
export const guideAddress = (file: string): string => {
  const [, name = "", anchor = ""] = /^(.*?)(?:\.md)?(#.*)?$/.exec(file) ?? []
  return `${base}${name.replace(/(^|\/)README$/, "$1")}/${anchor}`.replace(/\/\/$/, "/")
}

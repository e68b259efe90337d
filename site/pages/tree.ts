// Which files are pages, and where they are on the site.
import * as fs from "node:fs"
import * as path from "node:path"
import { type Folder, type Group, guides, type Page, project } from "../navigation.ts"
import { base, modules } from "../project.ts"

/** Pages whose address would be that of another page. */
const slugs: Readonly<Record<string, string>> = { "SECURITY.md": "security-policy" }

/** The address of a file's page below the base, without slashes at its ends: `docs/commands/s3.md` is at `commands/s3`. */
export const slugOf = (file: string): string =>
  slugs[file] ?? file.replace(/^docs\//, "").replace(/\.md$/, "").replace(/(^|\/)README$/, "").toLowerCase()

/** The path of the page that the reference has for a module: `/effect-aws-sdk/api/s3/`. */
export const moduleUrlOf = (name: string): string => `${base}/api/${name.toLowerCase()}/`

/** The path of a page's URL. */
export const urlOf = (file: string): string => `${base}/${slugOf(file)}/`

/** Where the content step writes a page, below the folder of the content. */
export const contentOf = (file: string): string =>
  file.endsWith("/README.md") ? `${slugOf(file)}/index.md` : `${slugOf(file)}.md`

const isPage = (item: Page | Folder): item is Page => "file" in item

/** The Markdown files of a folder, with its README first. */
export const filesIn = (root: string, folder: string): ReadonlyArray<string> => {
  const directory = path.join(root, folder)
  if (!fs.existsSync(directory)) return []
  const names = fs.readdirSync(directory).filter((name) => name.endsWith(".md")).sort()
  return [...names.filter((name) => name === "README.md"), ...names.filter((name) => name !== "README.md")]
    .map((name) => path.posix.join(folder, name))
}

/** The files that the navigation names, and those of its folders. */
export const navigated = (
  root: string,
  groups: ReadonlyArray<Group> = [...guides, ...project]
): ReadonlyArray<string> =>
  groups.flatMap(({ items }) => items.flatMap((item) => isPage(item) ? [item.file] : filesIn(root, item.folder)))

/** The URLs of all files that have one: the pages, and the modules, which the reference has. */
export const addressesOf = (pages: Iterable<string>): ReadonlyMap<string, string> =>
  new Map([
    ...[...pages].map((file) => [file, urlOf(file)] as const),
    ...[...modules].map(([name, file]) => [file, moduleUrlOf(name)] as const)
  ])

export interface Faults {
  /** Pages that the navigation names, and that aren't there. */
  readonly missing: ReadonlyArray<string>
  /** Pages that the navigation doesn't name. */
  readonly unlisted: ReadonlyArray<string>
}

/** What differs between the navigation and the pages that there are. */
export const faultsOf = (root: string, groups?: ReadonlyArray<Group>): Faults => {
  const files = navigated(root, groups)
  const pages = fs.readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((file) => path.posix.join("docs", file.split(path.sep).join("/")))
    .filter((file) => file.endsWith(".md"))
  return {
    missing: files.filter((file) => !fs.existsSync(path.join(root, file))),
    unlisted: pages.filter((file) => !files.includes(file)).sort()
  }
}

type SidebarItem = { label: string; slug: string } | { slug: string } | {
  label: string
  collapsed: boolean
  items: Array<{ slug: string }>
}

/** The groups as Starlight's sidebar has them, without pages that aren't there. */
export const sidebarOf = (root: string, groups: ReadonlyArray<Group>) =>
  groups.map(({ items, label }) => ({
    label,
    items: items.flatMap((item): Array<SidebarItem> => {
      if (isPage(item)) {
        return fs.existsSync(path.join(root, item.file)) ? [{ label: item.label, slug: slugOf(item.file) }] : []
      }
      const files = filesIn(root, item.folder)
      return files.length === 0
        ? []
        : [{ label: item.label, collapsed: true, items: files.map((file) => ({ slug: slugOf(file) })) }]
    })
  })).filter(({ items }) => items.length > 0)

// Looks at the main pages in both themes, on a desktop and on a phone: with axe, for readers who can't see or point, and with a camera.
import axe from "axe-core"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Browser, Page } from "playwright-core"
import { open } from "./browser.ts"
import { desktop, phone } from "./visit.ts"

/** A page of each kind. */
const main = [
  "",
  "getting-started/",
  "s3/",
  "commands/s3/",
  "fleet-report/",
  "decisions/",
  "api/",
  "api/sts/",
  "404.html"
]

const themes = ["light", "dark"] as const

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

/** Starlight's search button is called Search, and shows the key for it as well. */
const known = { "label-content-name-mismatch": { enabled: false } }

/** Whether each block of code that scrolls can be reached with the keyboard. The page sees to it when it has nothing else to do. */
const blocksAreReachable = () =>
  [...document.querySelectorAll<HTMLElement>("pre, .sl-markdown-content .table")].every((block) =>
    block.scrollWidth <= block.clientWidth || block.tabIndex === 0
  )

const accessibility = async (page: Page): Promise<ReadonlyArray<string>> => {
  // What axe then finds says more than that this took too long.
  await page.waitForFunction(blocksAreReachable).catch(() => undefined)
  const options = { runOnly: rules, rules: known, resultTypes: ["violations"] }
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
  return violations.map(({ help, id, nodes }) =>
    `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" and ")}`
  )
}

const nameOf = (slug: string) => slug.replace(/\W+$/, "").replaceAll("/", "-") || "home"

/** Saves pictures if there is a folder for them. */
export const lookAtThemes = async (
  browser: Browser,
  home: string,
  pictures: string | undefined
): Promise<ReadonlyArray<string>> => {
  if (pictures !== undefined) fs.mkdirSync(pictures, { recursive: true })
  const faults: Array<string> = []
  for (const colorScheme of themes) {
    const page = await open(browser, { viewport: desktop, colorScheme })
    const takePicture = async (slug: string, name: string) => {
      if (pictures === undefined) return
      await page.screenshot({ path: path.join(pictures, `${nameOf(slug)}-${name}-${colorScheme}.png`) })
    }
    for (const slug of main) {
      const response = await page.goto(`${home}${slug}`, { waitUntil: "load" })
      if (response?.ok() !== true) {
        faults.push(`/${slug} is a main page in site/look/themes.ts, but there is no such page`)
        continue
      }
      await page.evaluate(axe.source)
      // The colors don't depend on the width, and what is reachable doesn't depend on the theme.
      if (colorScheme === "light") {
        faults.push(...(await accessibility(page)).map((fault) => `/${slug} desktop: ${fault}`))
      }
      await takePicture(slug, "desktop")
      await page.setViewportSize(phone)
      if (colorScheme === "dark") faults.push(...(await accessibility(page)).map((fault) => `/${slug} phone: ${fault}`))
      await takePicture(slug, "phone")
      await page.setViewportSize(desktop)
    }
    await page.context().close()
  }
  return faults
}

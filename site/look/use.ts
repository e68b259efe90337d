// Uses the site as a reader does: searches, changes the theme, opens the menu on a phone, and follows a link that leads nowhere.
import type { Browser, Page } from "playwright-core"
import { open, patience } from "./browser.ts"
import { desktop, phone, watch } from "./visit.ts"

/** What a reader searches for, and the page that has to be one of the first three. */
const searches: ReadonlyArray<{ readonly words: string; readonly page: RegExp }> = [
  { words: "waitUntil", page: /\/(waiting|api\/polling)\// },
  { words: "AssumeRole", page: /\/(credentials|api\/assumerole)\// },
  { words: "listObjects", page: /\/api\/s3\// },
  { words: "putObject", page: /\/api\/s3\// },
  { words: "upload file", page: /\/s3\// },
  { words: "retry", page: /\/(calls|api\/retry)\// },
  { words: "credentials not found", page: /\/credentials\// },
  { words: "NoSuchKey", page: /\/errors\// },
  { words: "presigned url", page: /\/s3\// },
  { words: "mock", page: /\/migration\/aws-sdk-client-mock\// }
]

/** The pages of the first three results that are shown. */
const firstResults = (page: Page): Promise<ReadonlyArray<string>> =>
  page.locator(".pagefind-ui__result-link").evaluateAll((links) =>
    [...new Set(links.map((link) => (link.getAttribute("href") ?? "").replace(/#.*/, "")))].slice(0, 3)
  )

const search = async (page: Page, home: string): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  for (const { page: wanted, words } of searches) {
    await page.goto(home)
    await page.locator("button[data-open-modal]").click()
    await page.locator("#starlight__search input").fill(words)
    const isWanted = (results: ReadonlyArray<string>) => results.some((result) => wanted.test(result))
    // Each result is shown when its own file is there. So the first one that is shown may be the fourth.
    const end = performance.now() + patience
    let results = await firstResults(page)
    while (!isWanted(results) && performance.now() < end) {
      await page.waitForTimeout(100)
      results = await firstResults(page)
    }
    if (!isWanted(results)) {
      faults.push(`the search for ${words} finds no ${wanted.source} first, but ${results.join(", ")}`)
    }
  }
  return faults
}

/** How light the page is: from 0 for black to 255 for white. */
const lightness = (page: Page) =>
  page.evaluate(() => {
    const [red = 0, green = 0, blue = 0] =
      getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? []
    return (red + green + blue) / 3
  })

const theme = async (page: Page, home: string): Promise<ReadonlyArray<string>> => {
  const faults: Array<string> = []
  await page.goto(home)
  for (const name of ["dark", "light", "dark"] as const) {
    await page.locator("starlight-theme-select select").first().selectOption(name)
    for (const when of ["at once", "after a reload"]) {
      const light = await lightness(page)
      if (name === "dark" ? light > 60 : light < 200) faults.push(`the theme ${name} isn't ${name} ${when}`)
      await page.reload()
    }
  }
  return faults
}

const menu = async (page: Page, home: string): Promise<ReadonlyArray<string>> => {
  const at = `${home}s3/`
  await page.goto(at)
  const link = page.locator("#starlight__sidebar a", { hasText: "Batching" }).first()
  if (await link.isVisible()) return ["the menu is open on a phone before anyone opens it"]
  await page.locator("button.sl-menu-button").click()
  await link.click()
  await page.waitForURL(`${home}batching/`)
  return []
}

const code = async (page: Page, home: string): Promise<ReadonlyArray<string>> => {
  await page.goto(`${home}getting-started/`)
  const block = page.locator("figure", { has: page.locator("pre[data-language=\"ts\"]") }).first()
  const title = await block.locator(".title").textContent()
  const colors = await block.locator(".code span").evaluateAll((parts) =>
    new Set(parts.map((part) => getComputedStyle(part).color)).size
  )
  return [
    ...(title?.trim() ? [] : ["a block has no title"]),
    ...(colors > 1 ? [] : ["TypeScript has no colors"])
  ]
}

const lost = async (page: Page, home: string): Promise<ReadonlyArray<string>> => {
  const response = await page.goto(`${home}no/such/page/`)
  const title = await page.locator("h1").textContent()
  return response?.status() === 404 && title?.trim() === "There is no such page"
    ? []
    : [`an address without a page is answered with ${response?.status()}, and the title ${title}`]
}

/** Runs a check in a window of its own. */
const inWindow = async (
  browser: Browser,
  home: string,
  name: string,
  check: (page: Page, home: string) => Promise<ReadonlyArray<string>>,
  viewport = desktop
) => {
  const page = await open(browser, { viewport, colorScheme: "light" })
  const faults: Array<string> = []
  if (check !== lost) watch(page, faults, new URL(home).origin)
  try {
    faults.push(...await check(page, home))
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error))
  }
  await page.context().close()
  return faults.map((fault) => `${name}: ${fault}`)
}

export const use = async (browser: Browser, home: string): Promise<ReadonlyArray<string>> => [
  ...await inWindow(browser, home, "search", search),
  ...await inWindow(browser, home, "theme", theme),
  ...await inWindow(browser, home, "menu", menu, phone),
  ...await inWindow(browser, home, "code", code),
  ...await inWindow(browser, home, "no such page", lost)
]

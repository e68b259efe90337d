// Opens a page as a reader does, on a desktop and on a phone, and says what is wrong with it.
import type { Page } from "playwright-core"

export const desktop = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

/** Adds to `faults` what the page reports, and each request that fails or leaves the site. */
export const watch = (page: Page, faults: Array<string>, origin: string) => {
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`)
  })
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`))
  page.on("requestfailed", (request) => {
    // A page that is left aborts what it was loading.
    const reason = request.failure()?.errorText
    if (reason !== "net::ERR_ABORTED") faults.push(`${request.url()} failed: ${reason}`)
  })
  page.on("request", (request) => {
    const { origin: to, protocol } = new URL(request.url())
    if (to !== origin && protocol.startsWith("http")) faults.push(`a request to ${request.url()}`)
  })
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.url()} is answered with ${response.status()}`)
  })
}

/** What sticks out of the window, or of the column of text, without a box of its own that scrolls. */
const overflow = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const isInScroller = (element: Element): boolean => {
      for (let parent = element.parentElement; parent !== null; parent = parent.parentElement) {
        if (parent !== document.body && /auto|scroll|hidden/.test(getComputedStyle(parent).overflowX)) return true
      }
      return false
    }
    const wide = [...document.body.querySelectorAll("*")].filter((element) =>
      element.getBoundingClientRect().right > width + 1 && !isInScroller(element)
    )
    return wide.slice(0, 3).map((element) =>
      `<${element.tagName.toLowerCase()}> is too wide: ${element.textContent.trim().slice(0, 60)}`
    ).concat(wide.length === 0 ? ["the page is wider than the window"] : [])
  })

const content = (page: Page) =>
  page.evaluate(async () => {
    const faults: Array<string> = []
    for (const image of document.querySelectorAll("img")) {
      if (image.alt.trim() === "") faults.push(`the image ${image.src} has no alternative text`)
      image.loading = "eager"
      await image.decode().catch(() => faults.push(`the image ${image.src} can't be shown`))
    }
    const titles = document.querySelectorAll("h1").length
    if (titles !== 1) faults.push(`there are ${titles} titles`)
    for (const block of document.querySelectorAll("main .expressive-code pre")) {
      if (block.closest("figure")?.querySelector(".copy button") === null) {
        faults.push("a block has no button to copy it")
      }
    }
    return faults
  })

export interface Visit {
  readonly faults: ReadonlyArray<string>
  /** Where the page's links lead, without those to other hosts. */
  readonly links: ReadonlyArray<string>
  /** The places that a link can lead to. */
  readonly anchors: ReadonlySet<string>
}

export const visit = async (page: Page, url: string): Promise<Visit> => {
  const faults: Array<string> = []
  const { origin } = new URL(url)
  watch(page, faults, origin)
  await page.setViewportSize(desktop)
  await page.goto(url, { waitUntil: "load" })
  faults.push(...await content(page), ...(await overflow(page)).map((fault) => `desktop: ${fault}`))
  await page.setViewportSize(phone)
  faults.push(...(await overflow(page)).map((fault) => `phone: ${fault}`))
  const { anchors, links } = await page.evaluate(() => ({
    anchors: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    links: [...document.querySelectorAll("a")].map(({ href }) => href)
  }))
  page.removeAllListeners()
  return { faults, links: links.filter((link) => link.startsWith(`${origin}/`)), anchors: new Set(anchors) }
}

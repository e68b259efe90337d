// Starts a browser: the one that CHROMIUM names, or else the one of @sparticuz/chromium, or else one of the system.
import packaged from "@sparticuz/chromium"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"

const ofSystem = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** Chromium's sandbox needs rights that containers and CI seldom have. It opens only the pages of the site. */
const args = ["--no-sandbox", "--disable-gpu"]

export const start = async (): Promise<Browser> => {
  const { CHROMIUM } = process.env
  const candidates = CHROMIUM === undefined
    ? [() => packaged.executablePath(), ...ofSystem.map((file) => () => Promise.resolve(file))]
    : [() => Promise.resolve(CHROMIUM)]
  const failures: Array<string> = []
  for (const candidate of candidates) {
    try {
      const executablePath = await candidate()
      const browser = await chromium.launch({ executablePath, args })
      console.log(`browser: ${executablePath}, Chromium ${browser.version()}`)
      return browser
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No browser starts. Set CHROMIUM to the path of one.\n${failures.join("\n")}`)
}

/** In milliseconds: how long the site may take until it shows what is waited for. A busy machine needs some of it. */
export const patience = 60_000

/** Opens a window that shares nothing with others. Whoever opens it closes `page.context()`. */
export const open = async (browser: Browser, options: BrowserContextOptions): Promise<Page> => {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(patience)
  return context.newPage()
}

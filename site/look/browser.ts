// Starts a browser: the one that CHROMIUM names, or else the one of @sparticuz/chromium, or else one of the system.
import packaged from "@sparticuz/chromium"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"

/**
 * The browser of the package, unpacked in a place of its own: the package unpacks it in the folder for temporary files, and takes what it
 * finds there, be it half a file or that of another version. `npm ci` removes this place.
 */
const unpacked = async (): Promise<string> => {
  const place = path.join(import.meta.dirname, "../node_modules/.cache/chromium")
  if (!fs.existsSync(place)) {
    fs.mkdirSync(path.dirname(place), { recursive: true })
    const staging = fs.mkdtempSync(`${place}-`)
    const { TMPDIR } = process.env
    process.env.TMPDIR = staging
    try {
      await packaged.executablePath()
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    }
    try {
      fs.renameSync(staging, place)
    } catch {
      // Another command was first.
      fs.rmSync(staging, { recursive: true })
    }
  }
  return path.join(place, "chromium")
}

const ofSystem = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** Chromium's sandbox needs rights that containers and CI seldom have. It opens only the pages of the site. */
const args = ["--no-sandbox", "--disable-gpu"]

export const start = async (): Promise<Browser> => {
  const { CHROMIUM } = process.env
  const candidates = CHROMIUM === undefined
    ? [unpacked, ...ofSystem.map((file) => () => Promise.resolve(file))]
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

// Starts a browser: the one that CHROMIUM names, or else the one of @sparticuz/chromium, or else one of the system.
import packaged from "@sparticuz/chromium"
import { type Browser, chromium } from "playwright-core"

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

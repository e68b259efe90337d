// Opens every page of site/dist in a real browser, and fails if something is wrong. `--screenshots FOLDER` saves pictures of the main
// pages.
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { open, start } from "./browser.ts"
import { dist, fileOf, listen } from "./server.ts"
import { lookAtThemes } from "./themes.ts"
import { use } from "./use.ts"
import { type Visit, visit } from "./visit.ts"

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { screenshots: { type: "string" } }
})

if (!fs.existsSync(path.join(dist, "index.html"))) throw new Error("There is no site/dist. Run: npm run docs:build")

/** The addresses of all pages, below the base. */
const slugs = fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".html"))
  .map((file) => file.split(path.sep).join("/").replace(/(^|\/)index\.html$/, "$1"))
  .sort()

/** Links to pages and places that the browser didn't find. */
const dead = (visits: ReadonlyMap<string, Visit>): ReadonlyArray<string> =>
  [...visits].flatMap(([url, { links }]) =>
    [...new Set(links)].flatMap((link) => {
      const [target = "", anchor = ""] = link.split("#")
      const page = visits.get(target)
      if (page === undefined) {
        return fileOf(new URL(target).pathname)
          ? []
          : [`${url}: the link to ${link} leads nowhere`]
      }
      return anchor === "" || page.anchors.has(decodeURIComponent(anchor)) ? [] : [`${url}: ${link} has no such place`]
    })
  )

const started = performance.now()
const server = await listen()
const browser = await start()
const faults: Array<string> = []
const visits = new Map<string, Visit>()
try {
  const rest = [...slugs]
  const worker = async () => {
    const page = await open(browser, { colorScheme: "light" })
    for (let slug = rest.shift(); slug !== undefined; slug = rest.shift()) {
      const result = await visit(page, `${server.home}${slug}`)
      visits.set(`${server.home}${slug}`, result)
      faults.push(...result.faults.map((fault) => `/${slug} ${fault}`))
    }
    await page.context().close()
  }
  await Promise.all([worker(), worker(), worker()])
  console.log(`${visits.size} pages: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  faults.push(...dead(visits))
  const others = [use(browser, server.home), lookAtThemes(browser, server.home, values.screenshots)]
  faults.push(...(await Promise.all(others)).flat())
} finally {
  await browser.close()
  server.close()
}

for (const fault of faults) console.error(fault)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(`docs:look: ${visits.size} pages, ${faults.length} faults, ${seconds} s`)
if (faults.length > 0) process.exit(1)

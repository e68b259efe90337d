// What `npm run docs`, `docs:build` and `docs:look` do once the site's packages are installed.
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { file as homeFile } from "./pages/home.ts"
import { navigated } from "./pages/tree.ts"
import { watch } from "./pages/watch.ts"
import { llms, lostFile, writePages } from "./pages/write.ts"
import { base, content, root } from "./project.ts"

process.env.ASTRO_TELEMETRY_DISABLED = "1"

const here = import.meta.dirname

/** Times a step. */
const step = async <A>(name: string, run: () => A | Promise<A>): Promise<A> => {
  const start = performance.now()
  const result = await run()
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

/** Runs a program with this Node, and ends with it if it fails. */
const run = async (...command: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, command, { cwd: here, stdio: "inherit" })
  const [code] = await once(child, "exit")
  if (code !== 0) process.exit(1)
}

const serve = async () => {
  writePages({ draft: true })
  if (!fs.existsSync(path.join(content, "api")) || process.argv.includes("--reference")) {
    console.log("Writing the API reference from the doc comments. This takes up to a minute.")
    await run("api/main.ts")
  } else {
    console.log("The API reference is as it was. To write it again: npm run docs -- --reference")
  }
  const { dev } = await import("astro")
  const server = await dev({ root: here, server: { host: "127.0.0.1", port: 4321 }, logLevel: "warn" })
  console.log(
    `Serving http://127.0.0.1:${server.address.port}${base}/ and reloading a page when its file changes. Stop with Ctrl+C.`
  )

  const outside = navigated(root).filter((file) => !file.startsWith("docs/"))
  const watching = watch(root, ["docs"], ["README.md", homeFile, lostFile, ...outside], () => {
    try {
      writePages({ draft: true })
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
    }
  })
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      watching.close()
      await server.stop()
      process.exit(0)
    })
  }
}

const sizeOf = (folder: string): number =>
  fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0)

const build = async () => {
  const dist = path.join(here, "dist")
  // What a build that fails leaves is nothing to look at.
  for (const folder of [content, dist]) fs.rmSync(folder, { recursive: true, force: true })
  await step("tests", () => run("--test", "--test-reporter=dot", "{api,pages,plugins}/*.test.ts"))
  await step("pages", () => writePages({ draft: false }))
  await Promise.all([
    step("API reference", () => run("api/main.ts")),
    step("types", () => run("node_modules/typescript/bin/tsc", "-p", "tsconfig.check.json"))
  ])
  const astro = await import("astro")
  await step("static files", () => astro.build({ root: here, logLevel: "error" }))
  fs.writeFileSync(path.join(dist, "llms.txt"), llms())
  const files = fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
  const pages = files.filter((file) => file.endsWith(".html")).length
  const megabytes = (folder: string) => `${(sizeOf(folder) / 1e6).toFixed(1)} MB`
  const index = path.join(dist, "pagefind")
  console.log(`site/dist: ${pages} pages, ${megabytes(dist)}, of which the search index has ${megabytes(index)}`)
}

const [command = "serve"] = process.argv.slice(2)
if (command === "serve") await serve()
else if (command === "build") await build()
else if (command === "look") await import("./look/main.ts")
else throw new Error(`There is no command ${command}. Use serve, build or look.`)

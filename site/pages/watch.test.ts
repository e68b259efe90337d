import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { it } from "node:test"
import { watch } from "./watch.ts"

it("tells of a page that changes, also if an editor replaces its file", { timeout: 60_000 }, async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "watch-"))
  fs.mkdirSync(path.join(root, "docs/commands"), { recursive: true })
  const write = (name: string) => fs.writeFileSync(path.join(root, name), `${Math.random()}`)
  write("README.md")
  let told = () => {}
  const watching = watch(root, ["docs"], ["README.md"], () => told())
  const next = () => new Promise<void>((resolve) => told = resolve)
  try {
    for (const _ of [1, 2]) {
      const replaced = next()
      write("README.md.new")
      fs.renameSync(path.join(root, "README.md.new"), path.join(root, "README.md"))
      await replaced
    }
    const changed = next()
    write("docs/commands/s3.md")
    await changed
  } finally {
    watching.close()
    fs.rmSync(root, { recursive: true })
  }
})

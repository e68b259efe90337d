// Writes services/internal/<service>/waiters.ts, and the table in docs/waiting.md: what AWS models as waiters, from
// botocore's data in the Python environment of moto. test/contract/waiters.test.ts checks that they match it.
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Python from "./internal/python.ts"
import { describedBy, fileOf, guide, guideFile, source } from "./internal/waiters.ts"

const root = path.resolve(import.meta.dirname, "..")

const all = describedBy(await Effect.runPromise(Python.install("moto")))
const files: ReadonlyArray<readonly [file: string, text: string]> = [
  ...all.map((described) => [fileOf(described.module), source(described)] as const),
  [guideFile, guide(fs.readFileSync(path.join(root, guideFile), "utf8"), all)]
]
for (const [file, text] of files) {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), text)
}
const count = all.reduce((sum, { waiters }) => sum + Object.keys(waiters).length, 0)
console.log(`${count} waiters of ${all.length} services in ${files.length} files`)

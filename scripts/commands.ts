// Writes the list of the commands that the in-memory AWS knows into docs/testing.md. `--check` fails where it is not so.
import { InMemory } from "effect-aws-sdk/InMemory"
import * as fs from "node:fs"
import * as path from "node:path"

const file = path.resolve(import.meta.dirname, "../docs/testing.md")
const before = fs.readFileSync(file, "utf8")

const count = Object.values(InMemory.commands).flat().length
const list = Object.entries(InMemory.commands).map(([service, operations]) =>
  `- **${service}** (${operations.length}): ${operations.map((operation) => `\`${operation}\``).join(", ")}`
)
const after = before.replace(
  /<!-- commands -->[\s\S]*<!-- \/commands -->/,
  `<!-- commands -->\n${count} commands of ${list.length} services:\n\n${list.join("\n")}\n<!-- /commands -->`
)

if (before !== after && process.argv.includes("--check")) {
  console.error("The list of commands in docs/testing.md is not up to date. Run: npm run commands")
  process.exit(1)
}
fs.writeFileSync(file, after)
console.log(`${count} commands of ${list.length} services`)

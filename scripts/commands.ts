// Writes the list of the commands that the in-memory AWS supports, and of the members that have no effect in it, into
// docs/testing.md. With `--check`, it fails if the list isn't up to date.
import { InMemory } from "effect-aws-sdk/InMemory"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../emulator/services.ts"

const file = path.resolve(import.meta.dirname, "../docs/testing.md")
const before = fs.readFileSync(file, "utf8")

const count = Object.values(InMemory.commands).flat().length
const withoutEffect = new Map(
  services.map((service) => [
    service.serviceId,
    Object.entries(service.withoutEffect ?? {}).sort().map(([operation, members]) =>
      `${operation} (${[...members].sort().map((member) => `\`${member}\``).join(", ")})`
    )
  ])
)
const ignored = (service: string): string => {
  const members = withoutEffect.get(service) ?? []
  return members.length === 0 ? "" : `\n  Accepted without effect: ${members.join("; ")}.`
}

const list = Object.entries(InMemory.commands).map(([service, operations]) =>
  `- **${service}** (${operations.length}): ${operations.map((operation) => `\`${operation}\``).join(", ")}.${
    ignored(service)
  }`
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

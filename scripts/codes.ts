// Writes errors/codes/: which error codes AWS documents for which command, read from the `@throws` lines of the
// installed clients' declarations. `--check` fails when the files don't match the installed SDK.
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "./internal/services.ts"

const root = path.resolve(import.meta.dirname, "..")

const table = (module: string, client: string): string => {
  const commands = path.join(root, "node_modules/@aws-sdk", `client-${client}`, "dist-types/commands")
  const rows = fs.readdirSync(commands).filter((file) => file.endsWith("Command.d.ts")).sort().flatMap((file) => {
    const codes = [...fs.readFileSync(path.join(commands, file), "utf8").matchAll(/@throws \{@link (\w+)\}/g)]
      .map(([, code]) => code!)
      .filter((code) => !code.endsWith("ServiceException"))
    const names = [...new Set(codes)].sort().map((code) => JSON.stringify(code)).join(" | ")
    return names === "" ? [] : [`  ${file.slice(0, -".d.ts".length)}: ${names}`]
  })
  const declaration = rows.length === 0
    ? `export type ${module}Codes = never`
    : `export type ${module}Codes = CommandCodes<typeof sdk, {\n${rows.join("\n")}\n}>`
  return [
    "// Written by `npm run codes` from the installed SDK. Don't edit it.",
    ...(rows.length === 0 ? [] : [
      `import type * as sdk from "@aws-sdk/client-${client}"`,
      `import type { CommandCodes } from "../internal/commandCodes.ts"`
    ]),
    "",
    `/** The codes that AWS documents for the commands of ${module}. */`,
    declaration,
    ""
  ].join("\n")
}

const check = process.argv.includes("--check")
const stale = Object.entries(services).filter(([module, client]) => {
  const file = path.join(root, "errors/codes", `${module}.ts`)
  const text = table(module, client)
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) return false
  if (!check) fs.writeFileSync(file, text)
  return true
})

if (check && stale.length > 0) {
  console.error(`errors/codes doesn't match the installed SDK: ${stale.map(([m]) => m).join(", ")}. Run: npm run codes`)
  process.exit(1)
}
console.log(`errors/codes: ${stale.length} of ${Object.keys(services).length} files ${check ? "stale" : "written"}`)

// The emulator is a floor of its own: it knows neither the library above it nor any client of the SDK.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../../emulator")

const files = fs.readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))

const importsOf = (file: string): ReadonlyArray<string> =>
  Array.from(
    fs.readFileSync(path.join(root, file), "utf8").matchAll(
      /^(?:import|export)\b[^;]*?from "([^"]+)"|^import "([^"]+)"/gms
    ),
    ([, from, alone]) => from ?? alone!
  )

const graph = new Map(files.map((file) =>
  [
    file,
    importsOf(file).filter((name) => name.startsWith(".")).map((name) => path.join(path.dirname(file), name))
  ] as const
))

describe("the emulator", () => {
  it("imports only itself, Effect, and the parts of the SDK that are no clients", () => {
    const allowed = /^(\.|node:|effect\/|@smithy\/core\/|@aws-sdk\/core\/)/
    assert.isAtLeast(files.length, 25)
    for (const file of files) {
      for (const name of importsOf(file)) assert.match(name, allowed, file)
      for (const target of graph.get(file)!) assert.include(files, target, file)
    }
  })

  it("has no cycle of imports, not even of types", () => {
    const done = new Set<string>()
    const visit = (file: string, above: ReadonlyArray<string>): void => {
      assert.notInclude(above, file, [...above, file].join(" → "))
      if (done.has(file)) return
      for (const target of graph.get(file)!) visit(target, [...above, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
  })

  it("relies on the SDK's schemas and codecs in one file", () => {
    const users = files.filter((file) =>
      importsOf(file).some((name) => /^@(smithy|aws-sdk)\/core\/(schema|cbor|event-streams|protocols)$/.test(name))
    )
    assert.sameMembers(users, ["wire/sdk.ts", "wire/sdkMessages.ts"])
  })
})

// The emulator is a floor of its own: it imports neither the library above it nor any SDK client.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { schemaMethods } from "../../emulator/wire/sdk.ts"

const root = path.resolve(import.meta.dirname, "../../emulator")

const files = fs.readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))

const importsOf = (file: string): ReadonlyArray<string> =>
  Array.from(
    fs.readFileSync(path.join(root, file), "utf8").matchAll(
      /^(?:import|export)\b[^;]*?from "([^"]+)"|^import "([^"]+)"/gms
    ),
    ([, from, alone]) => from ?? alone!
  )

const valuesImportedBy = (file: string): ReadonlyArray<string> =>
  Array.from(
    fs.readFileSync(path.join(root, file), "utf8").matchAll(/^(?:import|export)(?! type)\b[^";`]*?from "([^"]+)"/gms),
    ([, from]) => from!
  )

const graph = new Map(files.map((file) =>
  [
    file,
    importsOf(file).filter((name) => name.startsWith(".")).map((name) => path.join(path.dirname(file), name))
  ] as const
))

describe("the emulator", () => {
  it("imports only itself, Effect, shared parts of the SDK, and types of clients", () => {
    const allowed = /^(\.|node:|effect\/|@smithy\/core\/|@aws-sdk\/core\/)/
    assert.isAtLeast(files.length, 25)
    for (const file of files) {
      for (const name of valuesImportedBy(file)) assert.match(name, allowed, file)
      for (const target of graph.get(file)!) assert.include(files, target, file)
    }
  })

  it("imports downwards: services use support, support the engine, and the engine the wire", () => {
    const floors = ["wire", "engine", "support"]
    const folderOf = (file: string): string => file.includes("/") ? file.slice(0, file.indexOf("/")) : ""
    // What is on top of the services, and the services that another one looks into.
    const tops = ["", "server"]
    const exceptions = [
      "appconfigdata → appconfig",
      "ec2 → iam",
      "ec2 → s3",
      "ecs → ec2",
      "ecs → iam",
      "opensearch → ec2",
      // A new account gets the role for its management account.
      "organizations → iam",
      "s3 → iam",
      "secretsmanager → iam",
      "ssm → ec2",
      "ssm → secretsmanager",
      "sts → iam"
    ]
    for (const [file, targets] of graph) {
      const folder = folderOf(file)
      if (tops.includes(folder)) continue
      // Authorization asks all services: it is between them and the tops.
      if (folder === "authorization") {
        for (const target of targets) assert.notInclude(tops, folderOf(target), `${file} imports ${target}`)
        continue
      }
      const below = floors.includes(folder) ? floors.slice(0, floors.indexOf(folder)) : floors
      for (const target of targets) {
        const other = folderOf(target)
        if (exceptions.includes(`${folder} → ${other}`)) continue
        assert.include([folder, ...below], other, `${file} imports ${target}`)
      }
    }
  })

  it("relies on the SDK's schemas and codecs in one file", () => {
    const users = files.filter((file) =>
      importsOf(file).some((name) => /^@(smithy|aws-sdk)\/core\/(schema|cbor|event-streams|protocols)$/.test(name))
    )
    assert.sameMembers(users, ["wire/sdk.ts", "wire/sdkMessages.ts"])
  })

  it("checks each method of the SDK's schemas that it calls", () => {
    const called = files.flatMap((file) =>
      Array.from(
        fs.readFileSync(path.join(root, file), "utf8").matchAll(
          /\.(get\w*(?:Schema|Traits|Name)|is\w+Schema|isStreaming|structIterator)\(/g
        ),
        ([, name]) => name!
      )
    )
    assert.sameMembers([...new Set(called)], [...schemaMethods])
  })
})

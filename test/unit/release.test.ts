// The parts of a release that can be tried without one: what the workflow decides, and the text of the release.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { parse } from "yaml"
import { notesOf } from "../../scripts/notes.ts"

const root = path.resolve(import.meta.dirname, "../..")
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

interface Step {
  readonly id?: string
  readonly run?: string
}
const { jobs }: { readonly jobs: Readonly<Record<string, { readonly steps: ReadonlyArray<Step> }>> } = parse(
  fs.readFileSync(path.join(root, ".github/workflows/release.yml"), "utf8")
)

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "release-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/** Runs a step of the workflow as GitHub does, with these programs. Gives its outputs, and the commands that it ran. */
const step = (id: string, programs: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const temporary = yield* folder
    const file = (name: string) => path.join(temporary, name)
    for (const [name, body] of Object.entries(programs)) {
      fs.writeFileSync(file(name), `#!/bin/sh\necho "${name} $1 $2" >> '${file("ran")}'\n${body}\n`, { mode: 0o755 })
    }
    for (const name of ["output", "ran"]) fs.writeFileSync(file(name), "")
    fs.copyFileSync(path.join(root, "package.json"), file("package.json"))
    const script = Object.values(jobs).flatMap(({ steps }) => steps).find((step) => step.id === id)!.run!
    const { status } = spawnSync("bash", ["-e", "-c", script], {
      cwd: temporary,
      env: {
        PATH: `${temporary}:${path.dirname(process.execPath)}:${process.env["PATH"]}`,
        GITHUB_OUTPUT: file("output"),
        GITHUB_SHA: "0a1b",
        RUNNER_TEMP: temporary,
        VERSION: version
      }
    })
    return { status, output: fs.readFileSync(file("output"), "utf8"), ran: fs.readFileSync(file("ran"), "utf8") }
  }).pipe(Effect.scoped)

describe("the release workflow", () => {
  const toPublish = { status: 0, output: `version=${version}\n` }
  const decisions: Readonly<
    Record<string, readonly [npm: string, { readonly status: number; readonly output: string }]>
  > = {
    "publishes a version that npm doesn't have": ["exit 0", toPublish],
    "publishes the first version of the package": ["echo 'npm error code E404' >&2; exit 1", toPublish],
    "publishes no version twice": [`echo ${version}`, { status: 0, output: "" }],
    "fails if npm can't be asked": ["echo 'npm error code ENOTFOUND' >&2; exit 1", { status: 1, output: "" }]
  }
  for (const [what, [npm, expected]] of Object.entries(decisions)) {
    it.live(what, () =>
      Effect.gen(function*() {
        assert.deepInclude(yield* step("compare", { npm }), expected)
      }))
  }

  it.live("goes on after the upload if it runs again", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        (yield* step("publish", { npm: "exit 0" })).ran,
        `npm view effect-aws-sdk@${version}\nnpm run release\n`
      )
      const missing = "test \"$1\" = run || { echo 'npm error code E404' >&2; exit 1; }"
      assert.include((yield* step("publish", { npm: missing })).ran, "npm run release\n")
      const again = yield* step("publish", { npm: `echo ${version}` })
      assert.deepInclude(again, { status: 0, ran: `npm view effect-aws-sdk@${version}\n` })
      assert.strictEqual((yield* step("publish", { npm: "exit 1" })).status, 1)
      assert.include((yield* step("tag", { gh: "test \"$2\" = create" })).ran, "gh release create\n")
      assert.notInclude((yield* step("tag", { gh: "exit 0" })).ran, "gh release create\n")
    }))
})

describe("the text of a release", () => {
  const changelog =
    "# Changelog\n\n## 0.2.0\n\nNew: [`a`](docs/a.md#b), [old](#010), [b](https://b.example), [c][c].\n\n" +
    "```ts\n## 0.0.9\nhandlers[0](event)\n```\n\nCall `x[0](y)`.\n\n[c]: docs/c.md\n\n## 0.1.0\n\nThe first.\n"
  const notes = (version: string) => notesOf(changelog, version, "https://files/")

  it("is the version's part, with links to its files", () => {
    assert.strictEqual(
      notes("0.2.0"),
      "New: [`a`](https://files/docs/a.md#b), [old](https://files/CHANGELOG.md#010), [b](https://b.example), [c][c].\n\n" +
        "```ts\n## 0.0.9\nhandlers[0](event)\n```\n\nCall `x[0](y)`.\n\n[c]: https://files/docs/c.md"
    )
    assert.strictEqual(notes("0.1.0"), "The first.")
  })

  it("fails for a version that the changelog doesn't have", () => {
    for (const version of ["0.0.9", "0.2", "", "Changelog"]) assert.throws(() => notes(version), /has no section for "/)
  })
})

// How `npm run walkthrough` judges a page.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { root } from "../../scripts/internal/manifest.ts"
import { blocksIn, follow, type Limits, Terminal } from "../../scripts/internal/pages.ts"
import { withRegistry } from "../../scripts/internal/registry.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "walk-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

const read = (folder: string, text: string, sections: ReadonlyArray<string> = []) => {
  const file = path.join(folder, "page.md")
  fs.writeFileSync(file, text)
  return blocksIn(path.relative(root, file), sections)
}

/** Follows a page with these blocks. Gives what is wrong with it. */
const walk = (text: string, limits?: Limits) =>
  Effect.gen(function*() {
    const temporary = yield* folder
    const project = path.join(temporary, "project")
    fs.mkdirSync(project)
    const terminal = new Terminal(project, path.join(temporary, "memory"), process.env, limits)
    const blocks = read(temporary, text)
    return yield* Effect.promise(() =>
      follow(blocks, terminal).then(() => undefined, (error: Error) => error.message).finally(() => terminal.close())
    )
  }).pipe(Effect.scoped)

const sh = (text: string, flags = "") => `\`\`\`sh${flags}\n${text}\n\`\`\`\n\n`
const shown = (text: string) => `\`\`\`text\n${text}\n\`\`\`\n\n`

describe("a page that is followed", () => {
  it.live("keeps its files, folder and variables, and shows what it prints", () =>
    Effect.gen(function*() {
      const page = sh("mkdir a && cd a && export X=1") + "```ts title=\"b.ts\"\n1\n```\n\n" +
        sh("cat b.ts; echo \"$X\"; pwd") + shown("1\n1\n…/project/a")
      assert.isUndefined(yield* walk(page))
    }))

  const wrong: Readonly<Record<string, readonly [page: string, problem: RegExp, limits?: Limits]>> = {
    "a command that fails": [sh("false"), /page\.md:1: a command ended with 1\.$/],
    "other output": [sh("echo a") + shown("b"), /page\.md:5: the page shows\n {2}b\nand the command printed\n {2}a$/],
    "a word that means nothing": [sh("false", " skipped") + sh("true"), /page\.md:1: it's unknown what skipped means/],
    "only commands that aren't run": [sh("true", " skip"), /There is no command to run/],
    "a command that never ends": [sh("sleep 60 & sleep 60"), /:1: it didn't end within 0\.5 seconds\.$/, {
      block: 500,
      end: 100
    }],
    "a server that prints nothing": [
      sh("sleep 60", " background") + sh("true"),
      /:1: it printed no line within 0\.5 seconds\.$/,
      { block: 500, end: 100 }
    ],
    "a server that ends at once": [sh("exit 3", " background") + sh("true"), /:1: it ended with 3, before its first/],
    "a server that ends before the page": [
      sh("echo $$ > pid; echo ready; until test -e stop; do sleep 0.01; done; exit 3", " background") +
      sh("touch stop; while kill -0 $(cat pid); do sleep 0.01; done"),
      /:1: it ended with 3, before the page did\.$/
    ]
  }
  for (const [what, [page, problem, limits]] of Object.entries(wrong)) {
    it.live(`fails for ${what}`, () =>
      Effect.gen(function*() {
        assert.match((yield* walk(page, limits)) ?? "", problem)
      }))
  }

  it.live("ends a server that ignores the signal", () =>
    Effect.gen(function*() {
      const page = sh("trap '' TERM; echo ready; while true; do sleep 0.1; done", " background") + sh("true")
      assert.isUndefined(yield* walk(page, { block: 60_000, end: 100 }))
    }))

  it.live("closes its blocks, and has the sections", () =>
    Effect.gen(function*() {
      const temporary = yield* folder
      assert.throws(() => read(temporary, `${sh("true")}\`\`\`sh\nfalse\n`), /:5: a code block is not closed$/)
      assert.throws(() => read(temporary, `## A\n\n${sh("true")}`, ["A", "B"]), /has no section B\.$/)
    }))
})

describe("the registry of a walkthrough", () => {
  it.live("has the packed library, and sends npm to its own registry for all others", () =>
    Effect.gen(function*() {
      const tarball = path.join(yield* folder, "effect-aws-sdk-0.1.0.tgz")
      fs.writeFileSync(tarball, "packed")
      const before = process.env["npm_config_registry"]
      process.env["npm_config_registry"] = "https://npm.example/api/npm"
      yield* Effect.promise(() =>
        withRegistry(tarball, {}, async ({ npm_config_registry: url }) => {
          const { versions } = await (await fetch(`${url}effect-aws-sdk`)).json() as {
            readonly versions: Readonly<Record<string, { readonly dist: { readonly tarball: string } }>>
          }
          const [version] = Object.values(versions)
          assert.strictEqual(await (await fetch(version!.dist.tarball)).text(), "packed")
          for (const name of ["effect", "@aws-sdk%2fclient-s3", "effect/-/effect-4.1.0.tgz"]) {
            const { headers, status } = await fetch(`${url}${name}`, { redirect: "manual" })
            assert.strictEqual(status, 307)
            assert.strictEqual(headers.get("location"), `https://npm.example/api/npm/${name}`)
          }
        })
      ).pipe(Effect.ensuring(Effect.sync(() => {
        if (before === undefined) delete process.env["npm_config_registry"]
        else process.env["npm_config_registry"] = before
      })))
    }))
})

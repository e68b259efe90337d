// Parts of the scripts that check the documentation and the package.
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as path from "node:path"
import { belongs } from "../../scripts/internal/kinds.ts"
import { anchorsOf, blocksOf, targetsOf } from "../../scripts/internal/markdown.ts"

const root = path.resolve(import.meta.dirname, "../..")

describe("the links of a page", () => {
  const cases: Readonly<Record<string, readonly [text: string, ...targets: ReadonlyArray<string>]>> = {
    "in brackets": ["[a](b.md) and [`c`](d.md#e)", "b.md", "d.md#e"],
    "with a title": ["[a](b.md \"A title\")", "b.md"],
    "in angle brackets": ["[a](<b c.md>)", "b c.md"],
    "of images, in links, too": ["[![a](b.png)](c.md)", "b.png", "c.md"],
    "in definitions": ["[a][b]\n\n[b]: c.md 'A title'\n", "c.md"],
    "but none in footnotes": ["a[^1]\n\n[^1]: Nothing\n"],
    "in HTML": ["<img alt=\"a\" src=\"b.png\"> <a href='c.md'>c</a>", "b.png", "c.md"],
    "but none in code": ["`[a](b.md)` ``[`](c)``\n\n```ts\nx[0](d)\n```\n\n- e\n\n  ```ts\n  x[0](f)\n  ```\n"],
    "after an empty block": ["```sh\n```\n\n[a](b.md)\n\n```sh\n```\n", "b.md"]
  }
  for (const [where, [text, ...targets]] of Object.entries(cases)) {
    it(`are found ${where}`, () => {
      assert.deepEqual(targetsOf(text), targets)
    })
  }

  it("lead to headings, of which each has an anchor of its own", () => {
    const text = "# A `b.c`\n\n## Cure\n\n```sh\n## Cure\n```\n\n### Cure\n\n## [Link](x.md)\n"
    assert.deepEqual(anchorsOf(text), ["a-bc", "cure", "cure-1", "link"])
  })
})

describe("the blocks that are compiled", () => {
  it("have a title, a project, and the line of their fence", () => {
    const text = "a\n\n```ts title=\"a.ts\" project=\"b\"\n1\n```\n\n```sh\n2\n```\n\n- c\n\n  ```ts\n  3\n  ```\n"
    assert.deepEqual(
      blocksOf("a.md", text).map(({ code, language, line, project, title }) => [line, language, code, title, project]),
      [
        [3, "ts", "1\n", "a.ts", "b"],
        [7, "sh", "2\n", undefined, undefined],
        [13, "ts", "  3\n", undefined, undefined]
      ]
    )
  })

  it("are closed", () => {
    assert.throws(() => blocksOf("a.md", "\n```ts\n1\n"), /^a\.md:2: a code block is not closed$/)
  })

  for (const fence of ["```typescript", "```ts{1}", "````ts", "~~~ts", "``` ts", "```TS", "```tsx"]) {
    it(`don't begin with ${fence}`, () => {
      assert.throws(() => blocksOf("a.md", `${fence}\n1\n`), /^a\.md:1: a block of TypeScript begins with ```ts\./)
    })
  }
})

describe("the files of the package", () => {
  it("are of known kinds, all of those that the repository has for it", () => {
    const folders = [
      "index.ts",
      "src",
      "services",
      "layers",
      "emulator",
      "errors",
      "domain",
      "lambda",
      "fleet",
      "docs",
      "examples"
    ]
    const files = execFileSync("git", ["ls-files", ...folders, "llms.txt", "AGENTS.md"], {
      cwd: root,
      encoding: "utf8"
    })
    assert.deepEqual(files.trim().split("\n").filter((file) => !belongs(file)), [])
  })

  for (
    const file of [
      ".env",
      "examples/.env",
      "examples/template/.env",
      "examples/template/dist/program/main.mjs",
      "examples/template/package-lock.json",
      "examples/s3/film.mp4",
      "src/Call.test.ts",
      "services/notes.txt",
      "docs/images/film.mp4",
      "dist/tsconfig.tsbuildinfo"
    ]
  ) {
    it(`don't include ${file}`, () => {
      assert.isFalse(belongs(file))
    })
  }
})

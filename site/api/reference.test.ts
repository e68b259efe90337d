// The reference of a small module that has one export of each kind.
import assert from "node:assert/strict"
import * as path from "node:path"
import { before, describe, it } from "node:test"
import { convert } from "./convert.ts"
import { type Pages, render } from "./generate.ts"
import type { Subpath } from "./subpaths.ts"

const fixture = path.join(import.meta.dirname, "fixture")

const subpath = (name: string, needs: string): Subpath => ({
  name,
  specifier: `effect-aws-sdk/${name}`,
  file: path.join(fixture, `${name}.ts`),
  statement: `import * as ${name} from "effect-aws-sdk/${name}"`,
  isNamespace: true,
  isInRoot: name === "Shapes",
  needs
})

let pages: Pages

/** The part of a page that is about one export. */
const entry = (name: string, file = "shapes.md"): string => {
  const text = pages.files.get(file) ?? ""
  const start = text.indexOf(`{#${name}}\n`)
  assert.notEqual(start, -1, `there is no entry ${name}`)
  const end = text.slice(start).search(/\n##+ /)
  return end === -1 ? text.slice(start) : text.slice(start, start + end)
}

const has = (text: string, part: string) => assert.ok(text.includes(part), `${JSON.stringify(part)} isn't in\n${text}`)

/** A row of the table below a signature, without its links. */
const row = (text: string, head: string): string | undefined =>
  new RegExp(`<th scope="row">${head.replace(" ", "&#160;")}</th><td>(.*?)</td>`).exec(text)?.[1]?.replace(
    /<[^>]*>/g,
    ""
  )

before(async () => {
  const subpaths = [subpath("Shapes", "`@aws-sdk/client-s3`"), subpath("Again", "nothing")]
  const converted = await convert({
    tsconfig: path.join(fixture, "tsconfig.json"),
    modules: subpaths.map(({ file }) => file),
    hidden: [path.join(fixture, "hidden.ts")]
  })
  pages = render(converted, subpaths)
})

describe("a page", () => {
  it("begins with the module's comment, its import and what it needs", () => {
    const text = pages.files.get("shapes.md") ?? ""
    has(text, "title: \"Shapes\"")
    has(text, "Shapes, for the tests of the reference. See [`area`](#area) and [Errors](/effect-aws-sdk/errors/).")
    has(text, "```ts\nimport * as Shapes from \"effect-aws-sdk/Shapes\"\n```")
    has(
      text,
      "It needs `@aws-sdk/client-s3`. It's also in the root import: `import { Shapes } from \"effect-aws-sdk\"`."
    )
  })

  it("has an index by category, models and errors last", () => {
    const text = pages.files.get("shapes.md") ?? ""
    const categories = [...text.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, name]) => name)
    assert.deepEqual(
      categories,
      ["Services", "Layers", "Drawing", "Waiting", "Models", "Errors"].filter((name) => categories.includes(name))
    )
    has(text, "- **Errors**: [`TooLarge`](#TooLarge)")
  })

  it("has functions in the order of the source", () => {
    const [, drawing = ""] = /^- \*\*Drawing\*\*: (.*)$/m.exec(pages.files.get("shapes.md") ?? "") ?? []
    const names = [...drawing.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    assert.deepEqual(names.slice(0, 3), ["draw", "area", "list"])
  })

  it("is in the index of the reference", () => {
    has(
      pages.files.get("index.md") ?? "",
      "| [`Shapes`](/effect-aws-sdk/api/shapes/) | Shapes, for the tests of the reference."
    )
  })
})

describe("a function", () => {
  it("has its signature, and a table of what it takes and gives and how it fails, with links", () => {
    const text = entry("draw")
    has(
      text,
      "declare const draw: <R = never>(\n  name: string,\n  shape: Shape,\n  options?: Options<R>\n) => Effect.Effect<Point, TooLarge, Canvas | R>"
    )
    assert.equal(row(text, "Takes"), "Shape, Options")
    assert.equal(row(text, "Succeeds with"), "Point")
    assert.equal(row(text, "Fails with"), "TooLarge")
    assert.equal(row(text, "Requires"), "Canvas, R")
    has(text, "<a href=\"#TooLarge\">TooLarge</a>")
  })

  it("links the names in its comment to entries and guides", () => {
    const text = entry("draw")
    has(text, "[Waiting](/effect-aws-sdk/waiting/) says more, and [`TooLarge`](#TooLarge) is an error.")
    has(text, "**Errors**: [`TooLarge`](#TooLarge).")
  })

  it("shows both signatures of a dual", () => {
    has(
      entry("area"),
      "declare const area: {\n  (unit: string): (self: Shape) => number\n  (self: Shape, unit: string): number\n}"
    )
  })

  it("shows all overloads, and each outcome", () => {
    const text = entry("list")
    has(text, "(name: string): Stream.Stream<Point, TooLarge>\n")
    has(text, "(name: string, all: true): Stream.Stream<Point>\n")
    assert.equal(text.match(/<th scope="row">Emits<\/th>/g)?.length, 2)
    has(text, "nothing: it doesn’t fail")
  })

  it("has plain parameters if it's made with Effect.fn", () => {
    has(entry("erase"), "declare const erase: (name: string, options?: Options) => Effect.Effect<void>")
    assert.equal(row(entry("erase"), "Succeeds with"), "nothing")
  })

  it("that returns an alias of a function has the outcome of that function's Effect", () => {
    assert.equal(row(entry("handle"), "Fails with"), "TooLarge, E")
    assert.equal(row(entry("handle"), "Requires"), "Canvas, R")
  })

  it("shows the call of a type that can be called", () => {
    has(entry("waitUntil"), "declare const waitUntil: <Name extends keyof ShapeWaiters & string>(\n")
    has(entry("waitUntil"), "input: ShapeWaiters[Name]")
  })

  it("has the name of what Effect's Config wraps, and no marks of an editor's completions", () => {
    has(
      entry("configured"),
      "declare const configured: <const Color extends string | \"red\">(\n  color: Color,\n  options: Config.Wrap<Pick<Options, \"width\">>\n"
    )
  })

  it("that has the name of a type says which is which", () => {
    const text = entry("Frame")
    has(text, "*Function and type · since 1.0.0*")
    has(text, "Makes a frame.\n\n**The type**\n\nWhat is around a shape.\n\n**Members of the type**")
  })

  it("names a type that the compiler has written out", () => {
    has(entry("write"), "declare const write: (report: Report) => ReadonlyArray<Report>")
  })
})

describe("a type", () => {
  it("lists the members of an interface, with nothing that Markdown or HTML takes for syntax", () => {
    const text = entry("Options")
    has(text, "interface Options<R = never> { … }")
    has(text, "- <code>width?&#58; number</code>  \n  Its width. By default `1 | 2`, never <b>.")
    has(text, "<code>pause&#58; Effect.Effect&#60;Duration.Input, never, R&#62;</code>")
  })

  it("without an example shows the one of a function that uses it", () => {
    const text = entry("Shape")
    has(text, "**Used by**: [`draw`](#draw), [`area`](#area)")
    has(text, "<summary>Example: draw, A circle &#124; a square</summary>")
    has(text, "draw(\"a\", { _tag: \"Square\" })")
  })

  it("of a Schema is one entry with the Schema, and written out", () => {
    has(entry("Report"), "*Value and type · since 1.0.0*")
    has(entry("Report"), "Schema.Struct<")
  })
})

describe("a class", () => {
  it("has its fields, and an entry for each static", () => {
    const text = entry("Point")
    has(text, "class Point extends Schema.Class<Point> { … }")
    has(text, "- <code>x&#58; number</code>  \n  From the left.")
    has(text, "**Members**: [`Point.origin`](#Point.origin)")
    has(entry("Point.origin"), "declare const origin: Point")
  })

  it("that is a service has the types of its namespace", () => {
    has(entry("Canvas"), "*Service · since 1.0.0*")
    has(entry("Canvas.layer"), "declare const layer: (options: Canvas.Options) => Layer.Layer<Canvas>")
    assert.equal(row(entry("Canvas.layer"), "Provides"), "Canvas")
    has(entry("Canvas.Options"), "Options of [`Canvas.layer`](#Canvas.layer).")
  })
})

describe("an error", () => {
  it("has its fields, and the functions that fail with it", () => {
    const text = entry("TooLarge")
    has(text, "class TooLarge extends Error {\n  readonly _tag: \"TooLarge\"\n}")
    has(text, "- <code>size&#58; number</code>  \n  In bytes.")
    has(text, "**Fails with it**: [`draw`](#draw), [`list`](#list)")
    assert.ok(!text.includes("The type of"))
  })

  it("that another module exports has a whole entry there, too", () => {
    const text = entry("TooLarge", "again.md")
    has(text, "class TooLarge extends Error")
    has(text, "**Also exported as** [`Shapes.TooLarge`](/effect-aws-sdk/api/shapes/#TooLarge)")
  })
})

describe("the check", () => {
  it("finds links that lead nowhere", () => {
    assert.deepEqual(pages.problems.filter((problem) => problem.includes("links to")), [
      "Shapes: draw links to Nowhere, which isn't there"
    ])
  })

  it("finds what entries lack, statics included", () => {
    const problems = new Map(
      pages.problems.filter((problem) => problem.includes(" lacks "))
        .map((problem) => problem.replace("Shapes: ", "").split(" lacks ") as [string, string])
    )
    assert.equal(problems.get("area (function)"), "example")
    assert.equal(problems.get("Point.origin (constant)"), "example, @category")
    assert.equal(problems.get("Canvas.none (constant)"), "text, example, @since, @category")
    assert.equal(problems.get("draw (function)"), undefined)
    assert.equal(problems.get("Shape (type)"), undefined)
    assert.equal(problems.get("Options (interface)"), undefined)
  })
})

// Formats code as the sources are, but narrower: pages have less room.
import { execFileSync } from "node:child_process"
import * as path from "node:path"
import { root } from "../project.ts"

const separator = (i: number) => `// @@ ${i}\n`

/** Formats all blocks at once: dprint takes seconds to start. */
export const formatAll = (blocks: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (blocks.length === 0) return []
  const output = execFileSync(
    path.join(root, "node_modules/.bin/dprint"),
    ["fmt", "--config", path.join(import.meta.dirname, "blocks.dprint.json"), "--stdin", "blocks.ts"],
    {
      cwd: import.meta.dirname,
      encoding: "utf8",
      input: blocks.map((block, i) => `${separator(i)}${block}\n`).join("")
    }
  )
  const formatted = output.split(/^\/\/ @@ \d+\n/m).slice(1).map((block) => block.trim())
  if (formatted.length !== blocks.length) throw new Error("dprint changed the number of blocks.")
  return formatted
}

/** A member without what is around it, and a declaration with a sign that its members are left out. */
const shown = (code: string): string => {
  const [, member] = /^interface Member \{\n([\s\S]*)\n\}$/.exec(code) ?? []
  if (member !== undefined) return member.replace(/^ {2}/gm, "")
  return /^(interface|class|type) /.test(code) ? code.replace(/\s*(?<!<)\{\}$/, " { … }") : code
}

/** Blocks are written before they are formatted: `later` gives a mark, and `replace` puts all the blocks in. */
export class Blocks {
  readonly #blocks: Array<string> = []

  later(code: string): string {
    this.#blocks.push(code)
    return `@@block ${this.#blocks.length - 1}`
  }

  /** The member of an object type. */
  memberLater(code: string): string {
    return this.later(`interface Member { ${code} }`)
  }

  replace(texts: ReadonlyArray<string>): ReadonlyArray<string> {
    const formatted = formatAll(this.#blocks).map(shown)
    return texts.map((text) =>
      // A block in a list item is indented as its mark is.
      text.replace(/^( *)@@block (\d+)$/gm, (_, indent: string, i: string) =>
        ["```ts", ...(formatted[Number(i)] ?? "").split("\n"), "```"].map((line) =>
          line === "" ? "" : indent + line
        )
          .join("\n"))
    )
  }
}

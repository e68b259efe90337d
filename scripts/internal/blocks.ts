/** A `ts` block of a page, or of a doc comment. */
export interface Block {
  readonly file: string
  /** The line of its fence, from 1. */
  readonly line: number
  readonly code: string
  readonly title: string | undefined
  /** The project in which it compiles, if it shows another library. */
  readonly project: string | undefined
}

const word = (fence: string, name: string): string | undefined => new RegExp(` ${name}="([^"]+)"`).exec(fence)?.[1]

/** The `ts` blocks of a text. Throws if one of them isn't closed, or has an unusual fence, with which it wouldn't be compiled. */
export const blocksOf = (file: string, text: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let open: { readonly fence: string; readonly line: number; readonly lines: Array<string> } | undefined
  text.split("\n").forEach((line, index) => {
    if (open === undefined) {
      if (/^```ts( |$)/.test(line.trim())) open = { fence: line.trim(), line: index + 1, lines: [] }
      else if (/^(`{3,}|~{3,}) *(ts|mts|cts|tsx|typescript)\b/i.test(line.trim())) {
        throw new Error(`${file}:${index + 1}: a block of TypeScript begins with \`\`\`ts. This one has ${line.trim()}`)
      }
    } else if (line.trim() === "```") {
      const { fence, lines } = open
      blocks.push({
        file,
        line: open.line,
        code: lines.join("\n"),
        title: word(fence, "title"),
        project: word(fence, "project")
      })
      open = undefined
    } else {
      open.lines.push(line)
    }
  })
  if (open !== undefined) throw new Error(`${file}:${open.line}: a code block is not closed`)
  return blocks
}

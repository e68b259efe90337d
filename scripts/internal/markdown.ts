/** A code block of a page, or of a doc comment. */
export interface Block {
  readonly file: string
  /** The line of its fence, from 1. */
  readonly line: number
  readonly language: string
  /** What follows the language: `title="app.ts"`, `skip`. */
  readonly flags: string
  readonly title: string | undefined
  /** The project in which it compiles, if it shows another library. */
  readonly project: string | undefined
  /** Its lines, each with its end. */
  readonly code: string
  /** The title of the section that it is in. */
  readonly section: string
}

const valueOf = (flags: string, name: string): string | undefined => new RegExp(`${name}="([^"]+)"`).exec(flags)?.[1]

/** The code blocks of a text. Throws if one of them isn't closed. */
export const blocksOf = (file: string, text: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let section = ""
  let open: { readonly language: string; readonly flags: string; readonly line: number; code: string } | undefined
  text.split("\n").forEach((line, index) => {
    if (open !== undefined) {
      if (line.trim() !== "```") {
        open.code += `${line}\n`
        return
      }
      const { flags } = open
      blocks.push({ file, section, ...open, title: valueOf(flags, "title"), project: valueOf(flags, "project") })
      open = undefined
      return
    }
    const [, language, flags = ""] = /^\s*```(\w*) ?(.*)$/.exec(line) ?? []
    if (language !== undefined) open = { language, flags: flags.trim(), line: index + 1, code: "" }
    else if (line.startsWith("## ")) section = line.slice(3)
  })
  if (open !== undefined) throw new Error(`${file}:${open.line}: a code block is not closed`)
  return blocks
}

export const withoutCode = (text: string): string => text.replace(/^```.*?^```/gms, "")

/** The anchor that GitHub gives to a heading. */
export const anchorOf = (heading: string): string =>
  heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-")

/** The targets of the links of a page, with their anchors. */
export const linksOf = (text: string): ReadonlyArray<string> =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, target = ""]) => target)

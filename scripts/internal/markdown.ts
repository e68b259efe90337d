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

/** The code blocks of a text. Throws if one of them isn't closed, or has an unusual fence, with which it wouldn't be compiled. */
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
    if (/^\s*(`{3,}|~{3,}) *(ts|mts|cts|tsx|typescript)\b/i.test(line) && !/^\s*```ts( |$)/.test(line)) {
      throw new Error(`${file}:${index + 1}: a block of TypeScript begins with \`\`\`ts. This one has ${line.trim()}`)
    }
    const [, language, flags = ""] = /^\s*```(\w*) ?(.*)$/.exec(line) ?? []
    if (language !== undefined) open = { language, flags: flags.trim(), line: index + 1, code: "" }
    else if (line.startsWith("## ")) section = line.slice(3)
  })
  if (open !== undefined) throw new Error(`${file}:${open.line}: a code block is not closed`)
  return blocks
}

const withoutBlocks = (text: string): string =>
  text.replace(/^[ \t]*(`{3,}|~{3,})[^\n]*\n(?:[^]*?\n)??[ \t]*\1[`~]*[ \t]*$/gm, "")

/** The text without its blocks and spans of code, in which nothing is a link. */
const withoutCode = (text: string): string =>
  withoutBlocks(text).replace(/(?<!`)(`+)(?!`)(?:(?!\n\s*\n)[^])*?(?<!`)\1(?!`)/g, "")

const inline = /\]\(\s*(?:<([^>\n]*)>|([^)\s]+))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g
const definition = /^ {0,3}\[(?!\^)[^\]\n]+\]:[ \t]*(?:<([^>\n]*)>|(\S+))/gm
const html = /<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)=["']([^"']+)["']/g

/** The targets of a page's links and images: in brackets, with or without a title, in definitions, and in HTML. */
export const targetsOf = (text: string): ReadonlyArray<string> => {
  const prose = withoutCode(text)
  return [inline, definition, html].flatMap((pattern) =>
    [...prose.matchAll(pattern)].map(([, first, second]) => first ?? second ?? "")
  )
}

/** The anchor that GitHub gives to a heading. */
export const anchorOf = (heading: string): string =>
  heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-")

/** The anchors that GitHub gives to the headings of a page. One that comes again gets a number. */
export const anchorsOf = (text: string): ReadonlyArray<string> => {
  const seen = new Map<string, number>()
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => {
    const anchor = anchorOf(heading)
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

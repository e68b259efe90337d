// The links of Markdown, as far as checks of the documentation need them.

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

/** The anchors that GitHub gives to the headings of a page. One that comes again gets a number. */
export const anchorsOf = (text: string): ReadonlyArray<string> => {
  const seen = new Map<string, number>()
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => {
    const anchor = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-")
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
}

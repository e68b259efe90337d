// Text that Markdown must not take for syntax.
import { addressOf } from "./addresses.ts"
import type { Page } from "./entries.ts"
import type { Tokens } from "./tokens.ts"

const special = /[&<>"'`*_{}[\]()#+!|~\\$:]/g

/** Text as itself: neither HTML nor Markdown sees anything in it, in tables neither. */
export const escape = (text: string): string => text.replace(special, (char) => `&#${char.charCodeAt(0)};`)

/** Code in a line, with links. */
export const codeOf = (tokens: Tokens, page: Page): string =>
  `<code>${
    tokens.map((token) =>
      typeof token === "string" ? escape(token) : `<a href="${addressOf(token.entry, page)}">${escape(token.text)}</a>`
    ).join("")
  }</code>`

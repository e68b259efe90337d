// Text in a page. Whatever it contains, it stays text.
import { printable } from "./text.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

/** Text between tags, or in the quotes of an attribute. Characters that a page can't have are escaped. */
export const escapeHtml = (text: string): string =>
  printable(text.replace(/[\t\n\r]+/g, " ")).replace(/[&<>"']/g, (character) => entities[character] ?? "")

/** Text that the script shows. Its lines stay lines. */
export const clean = (text: string): string => text.split(/\r\n|\n|\r/).map(printable).join("\n")

/** JSON in a script element. Neither the end of the element nor a comment can be in it. */
export const escapeJson = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c")

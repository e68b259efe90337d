// Doc comments as Markdown.
import * as fs from "node:fs"
import * as path from "node:path"
import * as td from "typedoc"
import { root } from "../project.ts"
import { addressOf, guideAddress } from "./addresses.ts"
import type { Entry, Page, Reference } from "./entries.ts"

/** Reports a link that leads nowhere. */
export type OnBrokenLink = (target: string) => void

/** `Retry.standard`, for `{@link Retry.standard:var the standard policy}`. */
const targetIn = (text: string) => (/^\S+/.exec(text)?.[0] ?? "").replace(/:[a-z]+$/, "")

const link = (part: td.InlineTagDisplayPart, page: Page, reference: Reference, onBrokenLink: OnBrokenLink): string => {
  const name = targetIn(part.text)
  const label = part.text.slice(name.length).replace(/^:[a-z]+/, "").replace(/^[\s|]+/, "")
  if (typeof part.target === "string") return `[${label || name}](${part.target})`
  const entry = (part.target instanceof td.Reflection ? reference.entryOfReflection(part.target, page) : undefined) ??
    reference.named(name || targetIn(part.tsLinkText ?? ""), page)
  if (entry === undefined) {
    onBrokenLink(part.text)
    return `\`${label || name}\``
  }
  return `[${label === "" || label === name || label === entry.name ? `\`${name || entry.name}\`` : label}](${
    addressOf(entry, page)
  })`
}

/** The title of a guide: its first line. */
const titleOf = (guide: string): string =>
  /^# (.+)/.exec(fs.readFileSync(path.join(root, "docs", guide), "utf8"))?.[1] ?? guide

/**
 * A name in code leads to its entry, and the name of a guide to the guide. A word may also be the name of a parameter, of a
 * member of an AWS command, or of something in Effect: one in lower case leads nowhere, and one word of a type neither.
 */
const code = (text: string, self: Entry | undefined, page: Page, reference: Reference): string => {
  const [, inner] = /^`([^`]+)`$/.exec(text) ?? []
  if (inner === undefined) return text
  const [, guide] = /^docs\/([\w/-]+\.md)$/.exec(inner) ?? []
  if (guide !== undefined) return `[${titleOf(guide)}](${guideAddress(guide)})`
  if (!/^[A-Z]\w*$|^[A-Z]\w*\.\w+$/.test(inner)) return text
  const entry = reference.named(inner, page) ?? reference.error(inner)
  if (entry === undefined || entry === self || entry === self?.owner) return text
  const isOneWord = /^[A-Z][a-z]+$/.test(inner) && (entry.kind === "interface" || entry.kind === "type")
  return isOneWord ? text : `[${text}](${addressOf(entry, page)})`
}

export const markdownOf = (
  parts: ReadonlyArray<td.CommentDisplayPart>,
  self: Entry | undefined,
  page: Page,
  reference: Reference,
  onBrokenLink: OnBrokenLink
): string =>
  parts.map((part) => {
    switch (part.kind) {
      case "inline-tag":
        return link(part, page, reference, onBrokenLink)
      case "code":
        return part.text.startsWith("```") ? part.text : code(part.text, self, page, reference)
      case "relative-link": {
        const [, guide] = /docs\/(.*)$/.exec(part.text) ?? []
        if (guide === undefined) onBrokenLink(part.text)
        return guide === undefined ? part.text : guideAddress(guide)
      }
      default:
        return part.text
    }
  }).join("").trim()

/** The text without its examples, to judge what it says. */
export const plainOf = (comments: ReadonlyArray<td.Comment>): string =>
  comments.map((comment) =>
    comment.summary.map((part) => part.text).join("") +
    comment.blockTags.filter((tag) => tag.tag !== "@since" && tag.tag !== "@category")
      .map((tag) => tag.content.map((part) => part.text).join("")).join("\n")
  ).join("\n\n").trim()

/** The examples of comments: a title, and the code. */
export const examplesOf = (
  comments: ReadonlyArray<td.Comment>
): ReadonlyArray<{ readonly title: string; readonly code: string }> =>
  [...plainOf(comments).matchAll(/(?:\*\*Example\*\*(?: \(([^\n]*)\))?:?\s*)?(```ts[\s\S]*?\n```)/g)]
    .map(([, title = "", code = ""]) => ({ title, code }))

/** What a comment says first: its first paragraph. */
export const summaryOf = (markdown: string): string => (markdown.split(/\n\s*\n/)[0] ?? "").replace(/\s*\n\s*/g, " ")

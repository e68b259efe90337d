// The doc comment of a module. TypeDoc takes it for one only if it has a tag that says so.
import * as fs from "node:fs"
import type * as td from "typedoc"

/** The parts of the comment that a file begins with, without its tags. */
export const moduleComment = (file: string): ReadonlyArray<td.CommentDisplayPart> => {
  const [, comment = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(fs.readFileSync(file, "utf8")) ?? []
  const text = comment.replace(/^\s*\* ?/gm, "").replace(/^@\w+.*$/gm, "").trim()
  return text.split(/(```[\s\S]*?```|`[^`]+`|\{@link [^}]+\}|(?<=\]\()\.[^)]+(?=\)))/).map(
    (part): td.CommentDisplayPart => {
      const [, target] = /^\{@link ([^}]+)\}$/.exec(part) ?? []
      if (target !== undefined) return { kind: "inline-tag", tag: "@link", text: target }
      if (part.startsWith("`")) return { kind: "code", text: part }
      return part.startsWith(".") && part.endsWith(".md")
        ? { kind: "relative-link", text: part, target: undefined, targetAnchor: undefined }
        : { kind: "text", text: part }
    }
  )
}

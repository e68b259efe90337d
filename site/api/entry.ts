// An entry of a page, in Markdown.
import type * as td from "typedoc"
import { addressOf } from "./addresses.ts"
import { examplesOf, markdownOf } from "./comments.ts"
import { declarationOf, membersOf } from "./declarations.ts"
import { type Entry, type Page, type Reference, tagOf, targetOf } from "./entries.ts"
import type { Blocks } from "./format.ts"
import { codeOf, escape } from "./html.ts"
import { callsOf, type Outcome, outcomesOf } from "./outcome.ts"
import { entriesOf, textOf, type Tokens } from "./tokens.ts"
import { parametersOf, printerFor } from "./types.ts"
import type { Usage } from "./usage.ts"

export interface Rendering {
  readonly reference: Reference
  readonly usage: Usage
  readonly blocks: Blocks
  readonly onBrokenLink: (entry: Entry | Page, target: string) => void
}

const labels: Readonly<Record<Entry["kind"], string>> = {
  function: "Function",
  constant: "Value",
  class: "Class",
  service: "Service",
  error: "Error",
  interface: "Interface",
  type: "Type"
}

/** A function that has the name of a type: the two have little in common but that. */
const isFunctionAndType = ({ kind, type }: Entry): boolean => kind === "function" && type !== undefined

const labelOf = (entry: Entry): string => {
  if (isFunctionAndType(entry)) return "Function and type"
  if (entry.kind === "constant" && entry.type !== undefined) return "Value and type"
  return entry.kind === "error" ? "Error, and the Schema of it" : labels[entry.kind]
}

/** As code names the entry anywhere: `S3.putObject`, `AwsError.catchCode`. */
export const nameOf = (entry: Entry, from: Page): string =>
  entry.page === from || !entry.page.subpath.isNamespace ? entry.name : `${entry.page.name}.${entry.name}`

const linkTo = (entry: Entry, from: Page): string => `[\`${nameOf(entry, from)}\`](${addressOf(entry, from)})`

const listOf = (entries: ReadonlyArray<Entry>, from: Page, atMost = 15): string => {
  const shown = entries.slice(0, atMost).map((entry) => linkTo(entry, from)).join(", ")
  return entries.length > atMost ? `${shown} and ${entries.length - atMost} more` : shown
}

const row = (head: string, cell: string) => `<tr><th scope="row">${head}</th><td>${cell}</td></tr>`

const unique = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => [...new Set(entries)]

/** What a call takes, gives and fails with, with a link for each type of the library. */
const tableOf = (entry: Entry, { reference }: Rendering): string => {
  const { page } = entry
  const alternatives = (list: ReadonlyArray<Tokens>, none: string) =>
    list.length === 0 ? none : list.map((tokens) => codeOf(tokens, page)).join(", ")
  const calls = callsOf(entry)
  const taken = unique(calls.flatMap(({ signature, substitution }) => {
    const printer = printerFor(page, reference, substitution)
    return parametersOf(signature).flatMap(({ type }) => type === undefined ? [] : entriesOf(printer.type(type)))
  })).filter((one) => one.type?.type?.type !== "conditional")
  const rows: Array<string> = []
  if (taken.length > 0) {
    rows.push(row("Takes", taken.map((one) => codeOf([{ text: nameOf(one, page), entry: one }], page)).join(", ")))
  }
  const outcomes = outcomesOf(entry, reference)
  const gives: Readonly<Record<Outcome["of"], string>> = {
    Effect: "Succeeds&#160;with",
    Stream: "Emits",
    Layer: "Provides"
  }
  for (const { failures, of, requirements, value } of outcomes) {
    const nothing = textOf(value) === "void" || textOf(value) === "never"
    rows.push(
      row(
        gives[of],
        nothing ? (of === "Effect" && textOf(value) === "never" ? "never ends" : "nothing") : codeOf(value, page)
      ),
      row("Fails&#160;with", alternatives(failures, "nothing: it doesn’t fail")),
      row("Requires", alternatives(requirements, "nothing"))
    )
  }
  if (outcomes.length === 0) {
    const returned = calls.map(({ signature, substitution }) =>
      signature.type === undefined ? [] : printerFor(page, reference, substitution).type(signature.type)
    )
    const [first = []] = returned
    // A function that is returned is in the signature, where it has lines.
    if (entriesOf(first).length > 0 && textOf(first).length <= 2 * lineWidth) {
      rows.push(row("Returns", codeOf(first, page)))
    }
  }
  return rows.length === 0 ? "" : `<table><tbody>${rows.join("")}</tbody></table>`
}

const indent = (text: string, by: string) => text.split("\n").map((line) => line === "" ? "" : by + line).join("\n")

/** How many characters of code fit into a line. Longer code gets a block. */
const lineWidth = 84

/** What a comment says, with the default that it names. */
const textOfComment = (comment: td.Comment, entry: Entry, { onBrokenLink, reference }: Rendering): string =>
  markdownOf(
    [
      ...comment.summary,
      ...comment.blockTags.filter(({ tag }) => tag === "@default").flatMap(({ content }) => content)
    ],
    entry,
    entry.page,
    reference,
    (target) => onBrokenLink(entry, target)
  )

const memberOf = (entry: Entry, member: td.DeclarationReflection, rendering: Rendering): string => {
  const { blocks, reference } = rendering
  const { page } = entry
  const printer = printerFor(page, reference)
  const tokens = printer.member(member)
  const text = textOf(tokens)
  const comment = member.comment ?? member.signatures?.find((one) => one.comment !== undefined)?.comment ??
    member.getSignature?.comment
  const description = comment === undefined ? "" : textOfComment(comment, entry, rendering)
  // The reader of a reference assumes that nothing is to be changed.
  const shown = text.startsWith("readonly ")
    ? [String(tokens[0]).slice("readonly ".length), ...tokens.slice(1)]
    : tokens
  const code = text.length <= lineWidth
    ? `- ${codeOf(shown, page)}`
    : `- <code>${escape(member.name)}${member.flags.isOptional ? "&#63;" : ""}</code>\n\n  ${blocks.memberLater(text)}`
  return description === "" ?
    code :
    text.length <= lineWidth && !description.includes("\n\n") && !description.includes("```")
    ? `${code}  \n${indent(description, "  ")}`
    : `${code}\n\n${indent(description, "  ")}`
}

/** The options that a function takes as an object without a name of its own. */
const optionsOf = (entry: Entry): ReadonlyArray<td.DeclarationReflection> => {
  const seen = new Map<string, td.DeclarationReflection>()
  const visit = (type: td.SomeType | undefined): void => {
    if (type?.type === "intersection" || type?.type === "union") type.types.forEach(visit)
    if (type?.type !== "reflection") return
    for (const child of type.declaration.children ?? []) {
      if (child.comment !== undefined && !seen.has(child.name)) seen.set(child.name, child)
    }
  }
  for (const { signature } of callsOf(entry)) parametersOf(signature).forEach(({ type }) => visit(type))
  return [...seen.values()]
}

/** The waiters of a service: what `waitUntil` takes the input of, and whether it returns an output. */
const waitersOf = (entry: Entry): string => {
  const [call] = callsOf(entry)
  const known = call?.substitution.get("Known")
  const table = known?.type === "reference" ? targetOf(known.reflection) : undefined
  const waiters = table?.type?.type === "reference" ? table.type.typeArguments?.[1] : undefined
  if (waiters?.type !== "reflection") return ""
  const results: Readonly<Record<string, string>> = {
    output: "the last output",
    nothing: "`undefined`",
    either: "the last output, or `undefined`"
  }
  const rows = (waiters.declaration.children ?? []).flatMap((child) => {
    const [command, result] = child.type?.type === "tuple" ? child.type.elements : []
    return command?.type === "literal" && result?.type === "literal"
      ? [`| \`${child.name}\` | \`${String(command.value)}\` | ${results[String(result.value)] ?? ""} |`]
      : []
  })
  return [
    `The waiters, which the type calls \`${known?.type === "reference" ? known.name : ""}\`:`,
    ["| Waiter | The input of | Succeeds with |", "| --- | --- | --- |", ...rows].join("\n")
  ].join("\n\n")
}

/** The entry whose example shows a type: the first of those that use it. */
export const exampleFor = (entry: Entry, usage: Usage): Entry | undefined =>
  [...usage.usedBy(entry), ...(entry.owner === undefined ? [] : [entry.owner])]
    .find((user) => examplesOf(user.comments).length > 0)

const borrowed = (entry: Entry, usage: Usage): string => {
  if ((entry.kind !== "interface" && entry.kind !== "type") || examplesOf(entry.comments).length > 0) return ""
  const user = exampleFor(entry, usage)
  const [example] = user === undefined ? [] : examplesOf(user.comments)
  if (user === undefined || example === undefined) return ""
  const title = `Example: ${escape(nameOf(user, entry.page))}${
    example.title === "" ? "" : `, ${escape(example.title)}`
  }`
  return `<details>\n<summary>${title}</summary>\n\n${example.code}\n\n</details>`
}

export const renderEntry = (entry: Entry, rendering: Rendering): string => {
  const { blocks, reference, usage } = rendering
  const { comments, kind, page } = entry
  const text = comments.map((comment) => textOfComment(comment, entry, rendering))
  const members = [...membersOf(entry), ...optionsOf(entry)]
  const since = tagOf(entry, "@since")
  const twins = reference.twins(entry).filter((twin) => twin.page !== page)
  const failing = kind === "error" ? usage.failing(entry) : []
  const users = kind === "interface" || kind === "type" || kind === "class" ? usage.usedBy(entry) : []
  const statics = page.entries.filter((other) => other.owner === entry)
  return [
    `### ${escape(entry.name)} {#${entry.name}}`,
    `*${labelOf(entry)}${since === undefined ? "" : ` · since ${since}`}*`,
    blocks.later(textOf(declarationOf(entry, reference))),
    tableOf(entry, rendering),
    ...text.flatMap((one, i) => i > 0 && isFunctionAndType(entry) ? ["**The type**", one] : [one]),
    ...(members.length === 0 ? [] : [
      `**${
        isFunctionAndType(entry)
          ? "Members of the type"
          : kind === "function"
          ? "Options"
          : kind === "class" || kind === "error"
          ? "Fields"
          : "Members"
      }**`,
      members.map((member) => memberOf(entry, member, rendering)).join("\n")
    ]),
    waitersOf(entry),
    statics.length === 0 ? "" : `**Members**: ${listOf(statics, page, 100)}`,
    failing.length === 0 ? "" : `**Fails with it**: ${listOf(failing, page)}`,
    users.length === 0 ? "" : `**Used by**: ${listOf(users, page)}`,
    twins.length === 0 ? "" : `**Also exported as** ${listOf(twins, page)}`,
    borrowed(entry, usage)
  ].filter((part) => part !== "").join("\n\n")
}

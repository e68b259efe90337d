// What an entry must have.
import { examplesOf, plainOf } from "./comments.ts"
import { membersOf } from "./declarations.ts"
import { type Entry, type Reference, tagOf } from "./entries.ts"
import { exampleFor } from "./entry.ts"
import { outcomesOf } from "./outcome.ts"
import { entriesOf, textOf } from "./tokens.ts"
import type { Usage } from "./usage.ts"

/** A function calls AWS if it requires `AwsClients` and can fail. `InvalidSetting` is found before anything is sent. */
const callsAws = (entry: Entry, reference: Reference): boolean =>
  entry.kind === "function" &&
  outcomesOf(entry, reference).some(({ failures, requirements }) =>
    failures.some((tokens) =>
      entriesOf(tokens).some((one) => (one.kind === "error" || one.kind === "type") && one.name !== "InvalidSetting")
    ) &&
    requirements.some((tokens) => textOf(tokens) === "AwsClients")
  )

/** What the entry lacks. */
export const lacks = (entry: Entry, reference: Reference, usage: Usage): ReadonlyArray<string> => {
  const text = plainOf(entry.comments)
  // An example of a member is an example of its interface.
  const members = membersOf(entry).flatMap((member) => member.comment ?? [])
  const own = examplesOf([...entry.comments, ...members]).length > 0
  const isType = entry.kind === "interface" || entry.kind === "type"
  return [
    text.replace(/\*\*Example\*\*[^\n]*|```[\s\S]*?```/g, "").trim() === "" ? "text" : undefined,
    own || (isType && exampleFor(entry, usage) !== undefined)
      ? undefined
      : isType
      ? "example (nothing that uses it has one either)"
      : "example",
    tagOf(entry, "@since") === undefined ? "@since" : undefined,
    tagOf(entry, "@category") === undefined ? "@category" : undefined,
    callsAws(entry, reference) && !/\]\(https:\/\/[\w.]*aws\.amazon\.com\//.test(text) ? "link to AWS" : undefined
  ].filter((lack) => lack !== undefined)
}

export const check = (reference: Reference, usage: Usage): ReadonlyArray<string> => {
  const seen = new Set<unknown>()
  return reference.pages.flatMap((page) =>
    page.entries.flatMap((entry) => {
      const key = entry.value ?? entry.type
      if (seen.has(key)) return []
      seen.add(key)
      const missing = lacks(entry, reference, usage)
      return missing.length === 0 ? [] : [`${page.name}: ${entry.name} (${entry.kind}) lacks ${missing.join(", ")}`]
    })
  )
}

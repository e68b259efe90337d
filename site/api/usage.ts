// Which functions use a type, and which fail with an error.
import { membersOf } from "./declarations.ts"
import type { Entry, Reference } from "./entries.ts"
import { callsOf, outcomesOf } from "./outcome.ts"
import { entriesOf } from "./tokens.ts"
import { printerFor } from "./types.ts"

export interface Usage {
  /** The functions and values whose signatures name the entry, or, if there are none, that reach it. */
  readonly usedBy: (entry: Entry) => ReadonlyArray<Entry>
  readonly failing: (entry: Entry) => ReadonlyArray<Entry>
}

/** The same export of another module is the same use: the module where it's declared first stands for all. */
const once = (entries: ReadonlyArray<Entry>, page: Entry["page"]): ReadonlyArray<Entry> => {
  const chosen = new Map<unknown, Entry>()
  for (const entry of entries) {
    const known = chosen.get(entry.value)
    if (known === undefined || entry.page === page) chosen.set(entry.value, entry)
  }
  const found = [...chosen.values()]
  return [...found.filter((entry) => entry.page === page), ...found.filter((entry) => entry.page !== page)]
}

export const usageOf = (reference: Reference): Usage => {
  const all = reference.pages.flatMap((page) => page.entries)
  /** The same export has the same uses, whichever module it comes from. */
  const keyOf = (entry: Entry) => entry.value ?? entry.type
  const named = (entry: Entry): ReadonlyArray<Entry> => {
    const printer = printerFor(entry.page, reference)
    return [
      ...callsOf(entry).flatMap(({ signature, substitution }) =>
        entriesOf(printerFor(entry.page, reference, substitution).signature(signature, " => "))
      ),
      ...(callsOf(entry).length === 0 && entry.kind === "constant" && entry.value?.type !== undefined
        ? entriesOf(printer.type(entry.value.type))
        : []),
      ...(entry.kind === "interface" || entry.kind === "type" || entry.kind === "class" || entry.kind === "error"
        ? membersOf(entry).flatMap((member) => entriesOf(printer.member(member)))
        : []),
      ...(entry.kind === "interface"
        ? [
          ...(entry.shape?.signatures ?? []).map((one) => printer.signature(one, ": ")),
          ...(entry.shape?.indexSignatures ?? []).map(printer.index)
        ].flatMap(entriesOf)
        : []),
      ...(entry.shape?.extendedTypes ?? []).flatMap((type) => entriesOf(printer.type(type))),
      ...(entry.type?.type === undefined ? [] : entriesOf(printer.type(entry.type.type)))
    ]
  }
  const namedBy = new Map<unknown, Set<Entry>>()
  for (const entry of all) {
    for (const other of named(entry)) {
      if (keyOf(other) === keyOf(entry)) continue
      const users = namedBy.get(keyOf(other)) ?? new Set()
      namedBy.set(keyOf(other), users.add(entry))
    }
  }
  const isCode = (entry: Entry) => entry.kind === "function" || entry.kind === "constant"

  const usedBy: Usage["usedBy"] = (entry) => {
    const seen = new Set<unknown>([keyOf(entry)])
    let users = [...namedBy.get(keyOf(entry)) ?? []]
    // What only other types of a class's namespace use belongs to the class.
    if (entry.owner !== undefined && !users.some(isCode)) return [entry.owner]
    while (users.length > 0) {
      const found = users.filter(isCode)
      if (found.length > 0) return once(found, entry.page)
      const next: Array<Entry> = []
      for (const user of users) {
        if (seen.has(keyOf(user))) continue
        seen.add(keyOf(user))
        next.push(...namedBy.get(keyOf(user)) ?? [])
      }
      users = next
    }
    return []
  }

  /** The errors in a failure: an alias stands for the members of its union. */
  const errorsIn = (entry: Entry, seen = new Set<Entry>()): ReadonlyArray<Entry> => {
    if (seen.has(entry)) return []
    seen.add(entry)
    if (entry.kind !== "type" || entry.type?.type === undefined) return [entry]
    return entriesOf(printerFor(entry.page, reference).type(entry.type.type)).flatMap((one) => errorsIn(one, seen))
  }
  const failsWith = new Map<unknown, Set<Entry>>()
  for (const entry of all) {
    for (const { failures } of outcomesOf(entry, reference)) {
      for (const error of failures.flatMap((tokens) => entriesOf(tokens.slice(0, 1))).flatMap((one) => errorsIn(one))) {
        failsWith.set(keyOf(error), (failsWith.get(keyOf(error)) ?? new Set()).add(entry))
      }
    }
  }

  return { usedBy, failing: (entry) => once([...failsWith.get(keyOf(entry)) ?? []], entry.page) }
}

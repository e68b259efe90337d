// A type or signature as text, in which names know the entries that they stand for.
import type { Entry } from "./entries.ts"

export interface Name {
  readonly text: string
  readonly entry: Entry
}

export type Tokens = ReadonlyArray<string | Name>

export const textOf = (tokens: Tokens): string =>
  tokens.map((token) => typeof token === "string" ? token : token.text).join("")

/** The entries that are named. */
export const entriesOf = (tokens: Tokens): ReadonlyArray<Entry> =>
  tokens.flatMap((token) => typeof token === "string" ? [] : [token.entry])

export const join = (parts: ReadonlyArray<Tokens>, separator: string): Tokens =>
  parts.flatMap((part, i) => i === 0 ? part : [separator, ...part])

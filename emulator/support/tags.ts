// The tags of a resource: adding and removing them, their limit and their reserved keys.
import * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"

/** The rules of a service. A service without one of the errors allows the tags that the error is for. */
export interface Tagging<T> {
  /** The key of a tag: `Key` in most services, `key` in some. */
  readonly key: (tag: T) => string | undefined
  /** How many tags a resource may have. */
  readonly limit: number
  readonly tooMany: Fault
  /** The error for a key that begins with `aws:`. */
  readonly reserved?: (key: string) => Fault
  /** The error for a key that occurs twice in a request. Without this error, the last tag wins. */
  readonly duplicate?: (key: string) => Fault
  /** Treats `Team` and `team` as the same key. */
  readonly ignoresCase?: boolean
}

/** How a service adds and removes tags. A new tag replaces one with the same key at its place. */
export const tagging = <T extends object>(rules: Tagging<T>) => {
  const normal = (key: string | undefined) => rules.ignoresCase === true ? key?.toLowerCase() : key
  const keyOf = (tag: T) => normal(rules.key(tag))
  return {
    /** Adds tags to those of a resource. A new resource has none before. Counts all members of a tag as read. */
    add: Effect.fnUntraced(function*(
      before: ReadonlyArray<T>,
      added: ReadonlyArray<T>
    ): Effect.fn.Return<ReadonlyArray<T>, Fault> {
      // Reads all members of a tag, because the resource keeps them all.
      const more = added.map((tag) => ({ ...tag }))
      const seen = new Set<string | undefined>()
      for (const tag of more) {
        const key = keyOf(tag)
        if (seen.has(key) && rules.duplicate !== undefined) return yield* rules.duplicate(rules.key(tag) ?? "")
        seen.add(key)
        if (rules.reserved !== undefined && key?.toLowerCase().startsWith("aws:") === true) {
          return yield* rules.reserved(rules.key(tag) ?? "")
        }
      }
      const all = [...new Map([...before, ...more].map((tag) => [keyOf(tag), tag])).values()]
      return all.length > rules.limit ? yield* rules.tooMany : all
    }),

    /** The tags that are left after those with these keys were removed. Keys that no tag has don't matter. */
    remove: (before: ReadonlyArray<T>, keys: ReadonlyArray<string | undefined>): ReadonlyArray<T> => {
      const gone = new Set(keys.map(normal))
      return before.filter((tag) => !gone.has(keyOf(tag)))
    }
  }
}

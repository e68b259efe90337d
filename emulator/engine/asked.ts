// What handlers ask about the permissions of their callers. Nothing is kept of a call whose answer depends on none.
import type { Need } from "./authorization.ts"

export interface Asked {
  readonly add: (requestId: string, need: Need) => void
  readonly by: (requestId: string) => ReadonlyArray<Need>
  readonly clear: () => void
}

/** Remembers the newest calls, as many as the size says. */
export const makeAsked = (size: number): Asked => {
  const needs = new Map<string, Array<Need>>()
  return {
    add: (requestId, need) => {
      const found = needs.get(requestId)
      if (found !== undefined) found.push(need)
      else needs.set(requestId, [need])
      if (needs.size > size) needs.delete(needs.keys().next().value!)
    },
    by: (requestId) => needs.get(requestId) ?? [],
    clear: () => needs.clear()
  }
}

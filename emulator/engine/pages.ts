// Pages of lists, and the tokens that lead from one to the next.
import * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"
import { canonical } from "./input.ts"
import type { Random } from "./random.ts"
import type { Paging } from "./service.ts"

/** Members that select a page. They don't affect which list a request selects. */
const pagingMembers = [
  "NextToken",
  "nextToken",
  "ContinuationToken",
  "Marker",
  "MaxResults",
  "maxResults",
  "MaxItems",
  "MaxKeys",
  "Limit",
  "limit"
]

const mostTokens = 10_000

/** By token: the list that it belongs to, and the key after which its page starts. */
export type Tokens = Map<string, { readonly list: string; readonly after: string }>

export const makePage = (tokens: () => Tokens, random: Random, pageSize: number | undefined) => (scope: string) =>
  Effect.fnUntraced(function*<A>(
    list: Iterable<A>,
    { invalid, key, query, size, token }: Paging<A>
  ): Effect.fn.Return<readonly [page: ReadonlyArray<A>, token: string | undefined], Fault> {
    const name = scope + canonical(query, pagingMembers)
    const start = token === undefined ? undefined : tokens().get(token)
    if (token !== undefined && start?.list !== name) return yield* invalid
    const rest = Array.from(list, (element) => [key(element), element] as const)
      .filter(([k]) => start === undefined || k > start.after)
      .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    const entries = rest.slice(0, Math.min(size, pageSize ?? size))
    const last = entries.at(-1)
    if (rest.length === entries.length || last === undefined) return [rest.map(([, a]) => a), undefined]
    const next = random.digits(64)
    tokens().set(next, { list: name, after: last[0] })
    // Tokens that nobody has come back for must not add up. On AWS, they expire.
    for (const oldest of tokens().keys()) {
      if (tokens().size <= mostTokens) break
      tokens().delete(oldest)
    }
    return [entries.map(([, a]) => a), next]
  })

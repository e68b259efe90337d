// Pages of lists whose requests have NextToken and MaxResults.
import type { HandlerContext } from "../engine/service.ts"
import type { Fault } from "../wire/fault.ts"

/** Makes a service's way to take a page of a list. `invalid` is the error for a wrong token. */
export const pager = (invalid: Fault) =>
<A>(
  context: HandlerContext,
  list: Iterable<A>,
  input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  /** The size of a page if the request doesn't say. */
  size: number,
  key: (element: A) => string
) => context.page(list, { token: input.NextToken, size: input.MaxResults ?? size, key, query: input, invalid })

/** In-memory EC2: filters and pages, which the Describe commands share. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { glob } from "../support/globs.ts"
import { combination, fault, invalidValue } from "./faults.ts"
import { documented } from "./filterNames.ts"
import { findAll, type Kind } from "./kinds.ts"
import { documentedOfNetworks } from "./networkFilterNames.ts"
import type { State } from "./state.ts"

type Value = string | number | boolean | Date | undefined
type Values = Value | ReadonlyArray<Value>

/** The filters that a command supports, and the values that each one is compared with. */
export type Filters<A> = Readonly<Record<string, (element: A) => Values>>

/** Filters of what no resource here has, so that nothing matches them. */
export const absent = (...names: ReadonlyArray<string>): Filters<unknown> =>
  Object.fromEntries(names.map((name) => [name, () => undefined]))

const tagFilter = <A>(name: string, tagsOf: (element: A) => ReadonlyArray<sdk.Tag>) =>
  name.startsWith("tag:")
    ? (element: A): Values => tagsOf(element).filter(({ Key }) => Key === name.slice(4)).map(({ Value }) => Value)
    : name === "tag-key"
    ? (element: A): Values => tagsOf(element).map(({ Key }) => Key)
    : name === "tag-value"
    ? (element: A): Values => tagsOf(element).map(({ Value }) => Value)
    : undefined

export const textOf = (value: Value) => value instanceof Date ? value.toISOString() : String(value)

/** The elements that match every filter with one of its values. */
export const matching = Effect.fnUntraced(function*<A>(
  { operation }: HandlerContext,
  elements: Iterable<A>,
  requested: ReadonlyArray<sdk.Filter> | undefined = [],
  supported: Filters<A>,
  tagsOf?: (element: A) => ReadonlyArray<sdk.Tag>
) {
  if (requested.reduce((count, { Values = [] }) => count + Values.length, 0) > 200) {
    return yield* fault(
      "FilterLimitExceeded",
      "The maximum number of filter values specified on a single call is 200"
    )
  }
  let remaining = Array.from(elements)
  for (const { Name = "null", Values = [] } of requested) {
    const valuesOf = Object.hasOwn(supported, Name) ? supported[Name] : tagsOf && tagFilter(Name, tagsOf)
    if (valuesOf === undefined) {
      return (documented[operation] ?? documentedOfNetworks[operation])?.has(Name) === true
        ? yield* unsupported(`The in-memory EC2 doesn't support the filter ${Name} in ${operation}. Filter its answer.`)
        : yield* fault("InvalidParameterValue", `The filter '${Name}' is invalid`)
    }
    const patterns = Values.map((value) => glob(value, { escapes: true }))
    remaining = remaining.filter((element) =>
      [valuesOf(element)].flat().some((value) =>
        value !== undefined && patterns.some((isMatch) => isMatch(textOf(value)))
      )
    )
  }
  return remaining
})

interface PageInput {
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/** The sizes that a page may have. The default is the largest one. */
const usualSizes = { least: 5, most: 1000 }

/** A page of a list, and the token of the next one. */
export const page = Effect.fnUntraced(function*<A>(
  context: HandlerContext,
  elements: Iterable<A>,
  input: PageInput,
  key: (element: A) => string,
  { least, most }: typeof usualSizes = usualSizes
) {
  const { MaxResults: size = most, NextToken: token } = input
  // Negated comparisons refuse NaN too.
  if (!(size >= least)) {
    return yield* invalidValue(` ${size} `, "maxResults", `Expecting a value greater than or equal to ${least}.`)
  }
  if (!(size <= most)) {
    return yield* invalidValue(` ${size} `, "maxResults", `Expecting a value smaller than or equal to ${most}.`)
  }
  return yield* context.page(elements, {
    token,
    size,
    key,
    query: input,
    invalid: fault("InvalidNextToken", `The token '${token}' is invalid`)
  })
})

interface Query<A> {
  readonly input: PageInput
  readonly ids: ReadonlyArray<string> | undefined
  /** The name of the ids in AWS's messages. */
  readonly idsName: string
  readonly filters: ReadonlyArray<sdk.Filter> | undefined
  readonly supported: Filters<A>
  /** Other conditions that the command has. */
  readonly where?: (element: A) => boolean
}

/** What the Describe commands without pages share: selection by ids or filters. */
export const describeAll = Effect.fnUntraced(function*<A>(
  state: State,
  context: HandlerContext,
  kind: Kind<A>,
  { filters, ids = [], idsName, supported, where = () => true }: Omit<Query<A>, "input">
) {
  const named = yield* findAll(state, kind, ids, idsName)
  const all = ids.length > 0 ? new Set(named) : kind.of(state).values()
  return yield* matching(
    context,
    Array.from(all).filter(where),
    filters,
    supported,
    (element) => element[kind.tags] as ReadonlyArray<sdk.Tag>
  )
})

/** What the Describe commands share: selection by ids or filters, and paging. */
export const describe = Effect.fnUntraced(function*<A>(
  state: State,
  context: HandlerContext,
  kind: Kind<A>,
  query: Query<A>
) {
  const { ids = [], idsName, input } = query
  if (ids.length > 0 && input.MaxResults !== undefined) {
    return yield* combination(`The parameter ${idsName} cannot be used with the parameter maxResults`)
  }
  const found = yield* describeAll(state, context, kind, query)
  return yield* page(context, found, input, (element) => String(element[kind.id]))
})

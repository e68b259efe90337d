import * as Equal from "effect/Equal"
import type { Members } from "./sdk/members.ts"

/** A member of the output, or of a structure in it: CloudFront's `DistributionList.NextMarker`. */
type Path = readonly [member: string] | readonly [structure: string, member: string]

/** How the pages of a command follow each other. */
interface Paginator {
  /** The members of the output that become members of the next input. */
  readonly tokens: ReadonlyArray<readonly [output: Path, input: string]>
  /** The members of the output that say whether there are more pages. */
  readonly more: ReadonlyArray<Path>
  /** Members that look like tokens, although no rule says which member of the input takes them. */
  readonly unknown: ReadonlyArray<Path>
}

export type Next =
  | { readonly _tag: "Last" }
  | { readonly _tag: "Next"; readonly members: Readonly<Record<string, unknown>> }
  | { readonly _tag: "Unknown"; readonly why: string }
  | { readonly _tag: "Missing"; readonly why: string }

/**
 * The commands that announce more pages without a token: the next page follows the last element of this one. `path` leads
 * to the list, `key` is the member of an element, and `input` takes its value.
 */
const lastElement: Readonly<
  Record<string, { readonly path: Path; readonly key?: string; readonly input: string } | undefined>
> = {
  "Firehose.DescribeDeliveryStream": {
    path: ["DeliveryStreamDescription", "Destinations"],
    key: "DestinationId",
    input: "ExclusiveStartDestinationId"
  },
  "Firehose.ListDeliveryStreams": { path: ["DeliveryStreamNames"], input: "ExclusiveStartDeliveryStreamName" },
  "Firehose.ListTagsForDeliveryStream": { path: ["Tags"], key: "Key", input: "ExclusiveStartTagKey" },
  "Kinesis.DescribeStream": {
    path: ["StreamDescription", "Shards"],
    key: "ShardId",
    input: "ExclusiveStartShardId"
  },
  "Kinesis.ListTagsForStream": { path: ["Tags"], key: "Key", input: "ExclusiveStartTagKey" },
  "KinesisAnalytics.ListApplications": {
    path: ["ApplicationSummaries"],
    key: "ApplicationName",
    input: "ExclusiveStartApplicationName"
  },
  "S3.ListObjects": { path: ["Contents"], key: "Key", input: "Marker" }
}

/**
 * The services that name the input for a token differently from most. It matters only for a client whose commands have
 * no schema, because a schema has the names of the input.
 */
const irregular: ReadonlySet<string> = new Set([
  "CostExplorer",
  "Glacier",
  "Omics",
  "Pinpoint",
  "SSMQuickSetup",
  "SWF",
  "WAF",
  "WAFRegional",
  "WAFV2"
])

const isMore = (name: string): boolean =>
  /^(is)?truncated$|^hasMore|^additional(DataPending|RoutesAvailable)$/i.test(name)

const names = "(token|marker|key|cursor|index|offset|iterator|name|id|identifier|arn|type|code)$"
const nextName = new RegExp(`^next(.*${names})`, "i")
const evaluatedName = new RegExp(`^lastEvaluated(.*${names})`, "i")
const otherName = /^(page|pagination|continuation)token$|marker$|^position$/i

/** Whether a member looks like the token of a next page, even if no member of the input has a matching name. */
const looksLikeToken = (path: Path): boolean => {
  const name = path.at(-1)!
  return !isForWrites(name) &&
    (nextName.test(name) || evaluatedName.test(name) || /^(page|pagination|continuation)token$|^cursor$/i.test(name) ||
      (path.length === 1 && /^marker$/i.test(name)))
}

/** A lock or sequence token belongs to the next write. */
const isForWrites = (name: string): boolean => /(lock|sequence)token$/i.test(name)

const isNext = (name: string): boolean => /^next/i.test(name)

/** The names that the input may have for a member of the output, the usual one first; empty if it's not a token. */
const inputNames = (output: string): ReadonlyArray<string> => {
  if (isForWrites(output)) return []
  const evaluated = evaluatedName.exec(output)?.[1]
  if (evaluated !== undefined) return [`ExclusiveStart${evaluated}`]
  const named = nextName.exec(output)?.[1]
  if (named === undefined) return otherName.test(output) ? [output] : []
  // `NextMarker` belongs to `Marker`, and so does `NextPageMarker`.
  const start = named.replace(/^page(?=marker$)/i, "")
  const name = output.startsWith("n") ? start[0]!.toLowerCase() + start.slice(1) : start
  const others = [`Start${named}`, `Starting${named}`]
  return /^token$/i.test(named) ? [output, name, ...others] : [name, output, ...others]
}

/** Finds the member of the input that takes a member of the output. */
type InputOf = (output: string) => string | undefined

const byNames = (names: ReadonlyArray<string>): InputOf => {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]))
  return (output) => inputNames(output).map((name) => known.get(name.toLowerCase())).find((name) => name !== undefined)
}

/** Without the names of the input, the convention of most services has to do. */
const byConvention = (service: string): InputOf => (output) =>
  irregular.has(service) || (isNext(output) && !/(token|marker)$/i.test(output)) ? undefined : inputNames(output)[0]

const paginatorOf = (output: Members["output"], inputOf: InputOf): Paginator => {
  const top = [...output.keys()].map((member): Path => [member])
  const structures = [...output].map(([structure, members]) => members.map((member): Path => [structure, member]))
  const all = [top, ...structures].map((paths) => ({
    paths,
    tokens: paths.flatMap((path): Paginator["tokens"] => {
      const input = inputOf(path.at(-1)!)
      return input === undefined ? [] : [[path, input]]
    })
  }))
  const having = all.filter(({ tokens }) => tokens.length > 0)
  // A token of the output itself is the page's. Those of several structures belong to lists of their own.
  const place = having[0]?.paths === top || having.length === 1 ? having[0] : undefined
  const tokens = place?.tokens ?? []
  // S3 and CloudFront repeat the `Marker` of the request next to `NextMarker`.
  const next = tokens.filter(([path]) => isNext(path.at(-1)!))
  return {
    tokens: next.length > 0 ? next : tokens,
    more: (place === undefined ? all : all.filter(({ paths }) => paths === top || paths === place.paths))
      .flatMap(({ paths }) => paths.filter((path) => isMore(path.at(-1)!))),
    unknown: place === undefined
      ? all.flatMap(({ paths, tokens }) => [
        ...paths.filter(looksLikeToken),
        ...tokens.map(([path]) => path)
      ])
      : []
  }
}

type Value = Readonly<Record<string, unknown>>

const isValue = (value: unknown): value is Value =>
  typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** The members of an output whose command has no schema: those that this page has. */
const membersOf = (page: object): Members["output"] =>
  new Map(
    Object.entries(page).map(([name, value]) => [
      name,
      name !== "$metadata" && isValue(value) ? Object.keys(value) : []
    ])
  )

const get = (page: object, path: Path): unknown =>
  path.reduce<unknown>((value, member) => (value as Value | null | undefined)?.[member], page)

// DynamoDB's token is an object, and some services count.
const isToken = (value: unknown): boolean =>
  typeof value === "string"
    ? value !== ""
    : typeof value === "number"
    ? value !== 0
    : isValue(value) && Object.keys(value).length > 0

/** A token of a page, as the next request needs it. S3 encodes a page's keys on request, but takes them decoded. */
const tokenOf = (service: string, page: object, member: string, value: unknown): unknown => {
  if (!isToken(value)) return undefined
  const isEncoded = service === "S3" && typeof value === "string" && get(page, ["EncodingType"]) === "url" &&
    /^(NextMarker|NextKeyMarker|Key)$/.test(member)
  if (!isEncoded) return value
  try {
    return decodeURIComponent(value.replaceAll("+", " "))
  } catch {
    return undefined
  }
}

/** The token of the last element of a page, for the commands that send no other. */
const elementToken = (service: string, operation: string, page: object): Value => {
  const known = lastElement[`${service}.${operation}`]
  if (known === undefined) return {}
  const elements = get(page, known.path)
  const element: unknown = Array.isArray(elements) ? elements.at(-1) : undefined
  const value = known.key === undefined || !isValue(element) ? element : element[known.key]
  return { [known.input]: tokenOf(service, page, known.key ?? "", value) }
}

const next = (members: Value): Next | undefined =>
  Object.values(members).some((value) => value !== undefined) ? { _tag: "Next", members } : undefined

/** Says what follows a page, given the input that requested it. */
export type Follow = (page: object, input: object) => Next

/**
 * Follows the tokens of a command by the rules.
 *
 * - `service`, `operation`: the command's, as in a `Call`.
 * - `members`: the command's, if its schema can be read.
 */
export const followKnown = (service: string, operation: string, members: Members | undefined): Follow => {
  const known = members === undefined ? undefined : paginatorOf(members.output, byNames(members.input))
  return (page, input) => {
    const { more, tokens, unknown } = known ?? paginatorOf(membersOf(page), byConvention(service))
    const says = more.map((path) => get(page, path))
    const hasMore = says.includes(true)
    if (!hasMore && says.includes(false)) return { _tag: "Last" }
    const values = tokens.map(([path, to]) => [to, tokenOf(service, page, path.at(-1)!, get(page, path))] as const)
      // A member of the last request that has no next value is dropped.
      .filter(([to, value]) => value !== undefined || to in input)
    const found = next(Object.fromEntries(values)) ?? next(hasMore ? elementToken(service, operation, page) : {})
    if (found !== undefined) return found
    const token = unknown.find((path) => isToken(get(page, path)))
    if (token !== undefined) {
      return {
        _tag: "Unknown",
        why: `no rule says which member of the input takes \`${
          token.join(".")
        }\` of the page, so the next page can't be requested`
      }
    }
    if (!hasMore) return { _tag: "Last" }
    return tokens.length > 0
      ? { _tag: "Missing", why: `the page says that there are more, but has no \`${tokens[0]![0].join(".")}\`` }
      : { _tag: "Unknown", why: "there are more pages, but no rule says how to request the next one" }
  }
}

/** Follows pages by the caller's own function. If it sets no member, there is no next page. */
export const followWith = (token: (page: any, input: any) => object | undefined): Follow => (page, input) =>
  next(Object.fromEntries(
    Object.entries(token(page, input) ?? {}).map(([to, value]) => [to, value === "" ? undefined : value])
  )) ?? { _tag: "Last" }

/** What {@link remember} keeps of the earlier pages. */
export interface Trail {
  readonly remembered: Value
  readonly pages: number
  readonly until: number
}

/**
 * Remembers the token of the next page; `undefined` if that page has been read already. It compares each token with
 * only one earlier token, which it replaces after 1, 2, 4, 8 … pages. So it detects a cycle of any length, in constant
 * memory.
 */
export const remember = (trail: Trail | undefined, members: Value, input: object): Trail | undefined => {
  const { pages, remembered, until } = trail ?? {
    remembered: Object.fromEntries(Object.keys(members).map((name) => [name, (input as Value)[name]])),
    pages: 0,
    until: 1
  }
  if (Equal.equals(members, remembered)) return undefined
  return pages + 1 === until
    ? { remembered: members, pages: 0, until: until * 2 }
    : { remembered, pages: pages + 1, until }
}

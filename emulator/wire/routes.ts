// Finds the operation of a request to a REST service by its method, path and query.
import { type Parameters, percentDecode } from "./http.ts"
import type { Operation } from "./operation.ts"
import { membersOf, requiredMembers, unsupported } from "./sdk.ts"
import { withoutSignature } from "./sigv4/scope.ts"

type Segment = { readonly label: string; readonly isGreedy: boolean } | string

interface Route {
  readonly operation: Operation
  readonly segments: ReadonlyArray<Segment>
  /** Parameters that every request for the operation has. */
  readonly literals: ReadonlyArray<readonly [name: string, value: string]>
  /** The operation's name in the query. Only SDK clients send it. */
  readonly xId: string | undefined
  /** The required parameters and headers, which distinguish operations with the same path. */
  readonly query: ReadonlyArray<string>
  readonly headers: ReadonlyArray<string>
  readonly hasBucket: boolean
}

export interface Match {
  readonly operation: Operation
  readonly labels: ReadonlyMap<string, string>
}

export type Query = ReadonlyMap<string, ReadonlyArray<string>>

/** The parameters of a query by name, without those of a signature. */
export const queryOf = (parameters: Parameters): Query => {
  const query = new Map<string, Array<string>>()
  for (const [name, value] of withoutSignature(parameters)) {
    const others = query.get(name)
    if (others === undefined) query.set(name, [value])
    else others.push(value)
  }
  return query
}

export interface Routes {
  /** The path is percent-encoded; for a service with buckets, it begins after the bucket. */
  readonly find: (
    method: string,
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>>,
    hasBucket: boolean
  ) => Match | undefined
}

const makeRoute = (operation: Operation, hasBuckets: boolean): Route => {
  const [path = "/", search = ""] = operation.http!.uri.split("?")
  const literals = [...new URLSearchParams(search)]
  const required = new Set(requiredMembers(operation.input))
  // A label is always required.
  if (path.includes("{") && required.size === 0) throw unsupported("its schemas don't say which members are required")
  const query: Array<string> = []
  const headers: Array<string> = []
  let hasBucket = false
  for (const [name, shape] of membersOf(operation.input)) {
    const { httpHeader, httpLabel, httpQuery } = shape.getMergedTraits()
    if (hasBuckets && name === "Bucket" && httpLabel) hasBucket = true
    if (!required.has(name)) continue
    if (httpQuery !== undefined) query.push(httpQuery)
    if (httpHeader !== undefined) headers.push(httpHeader.toLowerCase())
  }
  return {
    operation,
    segments: path.slice(1).split("/").map((segment) => {
      const label = /^\{(.+?)(\+?)\}$/.exec(segment)
      return label === null ? segment : { label: label[1]!, isGreedy: label[2] === "+" }
    }),
    literals: literals.filter(([name]) => name !== "x-id"),
    xId: literals.find(([name]) => name === "x-id")?.[1],
    query,
    headers,
    hasBucket
  }
}

const labelsOf = (route: Route, parts: ReadonlyArray<string>): Map<string, string> | undefined => {
  const labels = new Map<string, string>()
  const { segments } = route
  let at = 0
  for (const [index, segment] of segments.entries()) {
    if (typeof segment === "string") {
      if (parts[at++] !== segment) return undefined
      continue
    }
    const end = segment.isGreedy ? parts.length - (segments.length - index - 1) : at + 1
    if (end <= at || end > parts.length) return undefined
    const value = parts.slice(at, end).join("/")
    if (value === "") return undefined
    labels.set(segment.label, percentDecode(value))
    at = end
  }
  return at === parts.length ? labels : undefined
}

/** How well a route fits. The first number that differs decides: the greater one wins. */
type Fit = readonly [fixedSegments: number, literals: number, missing: number, required: number, isNamed: number]

const isBetter = (fit: Fit, other: Fit): boolean => {
  for (const [index, value] of fit.entries()) {
    if (value !== other[index]) return value > other[index]!
  }
  return false
}

export const makeRoutes = (operations: ReadonlyArray<Operation>, hasBuckets: boolean): Routes => {
  const byMethod = new Map<string, Array<Route>>()
  for (const operation of operations) {
    if (operation.http === undefined) continue
    const routes = byMethod.get(operation.http.method)
    const route = makeRoute(operation, hasBuckets)
    if (routes === undefined) byMethod.set(operation.http.method, [route])
    else routes.push(route)
  }

  const best = (
    method: string,
    parts: ReadonlyArray<string>,
    query: Query,
    headers: Readonly<Record<string, string>>,
    hasBucket: boolean
  ): Match | undefined => {
    const named = query.get("x-id")?.[0]
    let match: Match | undefined
    let matchFit: Fit | undefined
    for (const route of byMethod.get(method) ?? []) {
      if (route.hasBucket !== hasBucket) continue
      if (!route.literals.every(([name, value]) => value === "" ? query.has(name) : query.get(name)?.[0] === value)) {
        continue
      }
      const labels = labelsOf(route, parts)
      if (labels === undefined) continue
      const required = route.query.length + route.headers.length
      const missing = route.query.filter((name) => !query.has(name)).length +
        route.headers.filter((name) => headers[name] === undefined).length
      const fixed = route.segments.filter((segment) => typeof segment === "string").length
      const fit: Fit = [fixed, route.literals.length, -missing, required, Number(route.xId === named)]
      if (matchFit === undefined || isBetter(fit, matchFit)) {
        match = { operation: route.operation, labels }
        matchFit = fit
      }
    }
    return match
  }

  return {
    find: (method, path, query, headers, hasBucket) => {
      const parts = path.slice(1).split("/")
      const match = best(method, parts, query, headers, hasBucket)
      if (match !== undefined || parts.length === 1 || hasBuckets) return match
      // Clients differ in whether they send a slash at the end.
      return best(method, parts.at(-1) === "" ? parts.slice(0, -1) : [...parts, ""], query, headers, hasBucket)
    }
  }
}

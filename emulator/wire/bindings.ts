// Where the members of a shape go in an HTTP message, according to the traits of its schema.
import { type Members, membersOf, type Shape, structureOf } from "./sdk.ts"

export type Bound = readonly [member: string, shape: Shape, wireName: string]

interface Bindings {
  readonly labels: ReadonlyArray<Bound>
  readonly headers: ReadonlyArray<Bound>
  /** Maps whose keys are header names without the prefix. */
  readonly prefixHeaders: ReadonlyArray<Bound>
  readonly query: ReadonlyArray<Bound>
  readonly queryMap: Bound | undefined
  readonly status: Bound | undefined
  readonly payload: readonly [member: string, shape: Shape] | undefined
  readonly body: Members
  /** The members of the body as a structure, under the name of the shape. */
  readonly bodyShape: Shape
  readonly isStreaming: boolean
}

const cache = new WeakMap<object, Bindings>()

/** The name of a shape's root element in XML. */
export const rootName = (shape: Shape): string => shape.getMergedTraits().xmlName ?? shape.getName() ?? "Response"

export const bindingsOf = (shape: Shape): Bindings => {
  const schema: unknown = shape.getSchema()
  const known = typeof schema === "object" ? cache.get(schema as object) : undefined
  if (known !== undefined) return known
  const labels: Array<Bound> = []
  const headers: Array<Bound> = []
  const prefixHeaders: Array<Bound> = []
  const query: Array<Bound> = []
  const body: Array<readonly [string, Shape]> = []
  let queryMap: Bound | undefined
  let status: Bound | undefined
  let payload: readonly [string, Shape] | undefined
  for (const [name, member] of membersOf(shape)) {
    const traits = member.getMergedTraits()
    if (traits.httpPayload) payload = [name, member]
    else if (traits.httpLabel) labels.push([name, member, name])
    else if (traits.httpHeader !== undefined) headers.push([name, member, traits.httpHeader.toLowerCase()])
    else if (traits.httpPrefixHeaders !== undefined) {
      prefixHeaders.push([name, member, traits.httpPrefixHeaders.toLowerCase()])
    } else if (traits.httpQuery !== undefined) query.push([name, member, traits.httpQuery])
    else if (traits.httpQueryParams) queryMap = [name, member, ""]
    else if (traits.httpResponseCode) status = [name, member, ""]
    else body.push([name, member])
  }
  const bindings: Bindings = {
    labels,
    headers,
    prefixHeaders,
    query,
    queryMap,
    status,
    payload,
    body,
    bodyShape: structureOf(rootName(shape), body),
    isStreaming: payload !== undefined && payload[1].isStreaming() && !payload[1].isStructSchema()
  }
  if (typeof schema === "object") cache.set(schema as object, bindings)
  return bindings
}

/** A streamed structure is a stream of events. */
export const isEventStream = (shape: Shape): boolean => shape.isStreaming() && shape.isStructSchema()

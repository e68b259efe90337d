// Values of the SDK's schemas, generated so that after enough of them every member of every shape has been in one.
import { Arbitrary, Effect, Schema } from "effect"
import { membersOf, requiredMembers, type Shape } from "../../../emulator/wire/sdk.ts"

// Requests in XML can't have other texts: S3 answers MalformedXML.
const isXml = Schema.makeFilter((text: string) =>
  // oxlint-disable-next-line no-control-regex
  text.isWellFormed() && !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)
)

const sample = <A>(schema: Schema.Codec<A, unknown>, seed: string): ReadonlyArray<A> =>
  Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(schema), { count: 300, size: 24, seed }))

const texts = [
  "",
  " ",
  "a b+c%20/d?e=f&g#h",
  "grüße, 世界, 👩‍👩‍👧",
  "<a href=\"x\">'&amp;'</a>",
  "]]>\r\n\tend\u0085\u2028",
  " leading and trailing ",
  ...sample(Schema.String.check(isXml), "texts")
]

const visible = sample(Schema.String.check(Schema.isPattern(/^[!-~]+( [!-~]+)*$/)), "headers")

const numbers = [
  0,
  1,
  -1,
  2 ** 31,
  Number.MAX_SAFE_INTEGER,
  1e21,
  0.1,
  -1.5e-7,
  ...sample(Schema.Finite, "numbers")
].map((number) => number + 0)

/** All numbers in queries and headers are whole, and some have 32 bits. */
const wholeNumbers = [0, 1, -1, 1_000, 2 ** 31 - 1, -(2 ** 31)]

const isWhole = (shape: Shape): boolean => {
  const { httpHeader, httpQuery } = shape.getMergedTraits()
  return httpHeader !== undefined || httpQuery !== undefined
}

const times = [
  0,
  1,
  999,
  1_500,
  951_782_400_000,
  1_735_689_599_999,
  4_102_444_800_000,
  ...sample(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_102_444_800_000 })), "times")
]

const blobs = [new Uint8Array(0), new Uint8Array([0, 255, 10, 13, 128]), ...sample(Schema.Uint8Array, "blobs")]

/** Where a value is: it tells which characters can be in a text, and how exact a time is. */
export type Place = "body" | "header" | "label" | "query"

export interface Choice {
  /** A value in place of a generated one; `undefined` where the member is left out. */
  readonly of: (name: string, shape: Shape) => { readonly value: unknown } | undefined
}

const placeOf = (shape: Shape): Place => {
  const traits = shape.getMergedTraits()
  return traits.httpHeader !== undefined || traits.httpPrefixHeaders !== undefined
    ? "header"
    : traits.httpLabel
    ? "label"
    : traits.httpQuery !== undefined
    ? "query"
    : "body"
}

export class Generator {
  #state: number
  #budget = 0
  readonly #seen = new WeakMap<object, Set<string>>()
  readonly #choice: Choice
  members = 0

  constructor(seed: number, choice: Choice) {
    this.#state = seed
    this.#choice = choice
  }

  /** A value of the shape. */
  value(shape: Shape): Record<string, unknown> {
    this.#budget = 150
    return this.#struct(shape, 0)
  }

  /** Whether some member that the shape has, at any depth, hasn't been in a value yet. */
  hasMore(shape: Shape, visited: Set<object> = new Set()): boolean {
    if (shape.isListSchema() || shape.isMapSchema()) return this.hasMore(shape.getValueSchema(), visited)
    if (!shape.isStructSchema()) return false
    const schema = shape.getSchema() as object
    if (visited.has(schema)) return false
    visited.add(schema)
    return membersOf(shape).some(([name, member]) =>
      this.#choice.of(name, member) === undefined && (!this.#isSeen(shape, name) || this.hasMore(member, visited))
    )
  }

  #isSeen(shape: Shape, name: string): boolean {
    return this.#seen.get(shape.getSchema() as object)?.has(name) === true
  }

  #see(shape: Shape, name: string): void {
    const schema = shape.getSchema() as object
    const names = this.#seen.get(schema)
    if (names?.has(name)) return
    if (names === undefined) this.#seen.set(schema, new Set([name]))
    else names.add(name)
    this.members++
  }

  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  #pick<A>(values: ReadonlyArray<A>): A {
    return values[Math.floor(this.#random() * values.length)]!
  }

  #struct(shape: Shape, depth: number): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    const members = membersOf(shape)
    if (shape.isUnionSchema()) {
      const fresh = members.filter(([name, member]) => !this.#isSeen(shape, name) || this.hasMore(member))
      const [name, member] = this.#pick(fresh.length > 0 ? fresh : members)
      this.#see(shape, name)
      value[name] = this.#of(member, depth + 1)
      return value
    }
    const required = new Set(requiredMembers(shape))
    for (const [name, member] of members) {
      const choice = this.#choice.of(name, member)
      if (choice !== undefined) {
        if (choice.value !== undefined) value[name] = choice.value
        continue
      }
      const isNew = !this.#isSeen(shape, name) || this.hasMore(member)
      const probability = required.has(name)
        ? 1
        : depth > 12
        ? 0
        : this.#budget <= 0
        ? (isNew ? 0.3 : 0)
        : isNew
        ? 1
        : 0.3
      if (this.#random() >= probability) continue
      this.#see(shape, name)
      value[name] = this.#of(member, depth + 1)
    }
    return value
  }

  #of(shape: Shape, depth: number): unknown {
    this.#budget--
    if (shape.isStructSchema()) return this.#struct(shape, depth)
    const many = this.#budget > 0 && depth < 12 ? this.#pick([0, 1, 1, 2]) : this.hasMore(shape) ? 1 : 0
    if (shape.isListSchema()) {
      const item = shape.getValueSchema()
      const least = this.hasMore(item) ? 1 : 0
      return Array.from({ length: Math.max(least, many) }, () => this.#scalarOr(item, placeOf(shape), depth + 1))
    }
    if (shape.isMapSchema()) {
      const item = shape.getValueSchema()
      const place = placeOf(shape)
      const keys = Array.from(
        { length: Math.max(this.hasMore(item) ? 1 : 0, many) },
        (_, index) => place === "header" ? `key-${index}` : `${index}${this.#pick(texts)}`
      )
      return Object.fromEntries(keys.map((key) => [key, this.#scalarOr(item, place, depth + 1)]))
    }
    return this.#scalarOr(shape, placeOf(shape), depth)
  }

  #scalarOr(shape: Shape, place: Place, depth: number): unknown {
    if (shape.isStructSchema() || shape.isListSchema() || shape.isMapSchema()) return this.#of(shape, depth)
    if (shape.isNumericSchema()) return this.#pick(isWhole(shape) ? wholeNumbers : numbers)
    if (shape.isBooleanSchema()) return this.#random() < 0.5
    if (shape.isTimestampSchema()) return new Date(this.#pick(times))
    if (shape.isBlobSchema()) return this.#pick(blobs)
    if (shape.isDocumentSchema()) return this.#pick([{ a: [1, "b", { c: true }] }, ["x"], "text", 5, { d: {} }])
    if (place === "header") return this.#pick(visible)
    const text = this.#pick(texts)
    return place === "label" && text === "" ? "-" : text
  }
}

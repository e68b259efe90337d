import { TestEventPatternCommand } from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { EventBridge, InMemory } from "effect-aws-sdk"

const event = {
  id: "1",
  account: "123456789012",
  source: "shop",
  time: "2026-01-01T00:00:00Z",
  region: "us-east-1",
  resources: [],
  "detail-type": "Ordered"
}

const test = (EventPattern: string, detail: unknown = {}) =>
  Effect.map(
    EventBridge.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify({ ...event, detail }) })),
    ({ Result }) => Result
  )

/** Whether a value matches one of these patterns. */
const matches = (patterns: ReadonlyArray<unknown>, value: unknown) =>
  test(JSON.stringify({ detail: { value: patterns } }), { value })

const cases: Readonly<
  Record<string, ReadonlyArray<readonly [patterns: ReadonlyArray<unknown>, yes: unknown, no: unknown]>>
> = {
  "an exact value of its type": [
    [["a"], "a", "A"],
    [[1.5], 1.5, "1.5"],
    [[100], 1e2, 10],
    [[true], true, "true"],
    [[null], null, "null"],
    [[""], "", null],
    [["a", 1], 1, 2],
    [["2001:db8::1"], "2001:0db8:0:0::1", "2001:db8::2"]
  ],
  "a prefix or a suffix": [
    [[{ prefix: "ab" }], "abc", "aabc"],
    [[{ prefix: "" }], "", 1],
    [[{ suffix: ".png" }], "a.png", "a.png.bak"],
    [[{ prefix: { "equals-ignore-case": "aB" } }], "Abc", "ba"],
    [[{ suffix: { "equals-ignore-case": ".PNG" } }], "a.png", "a.pn"]
  ],
  "an exact text, or one without regard to case": [
    [[{ "equals-ignore-case": "Straße" }], "STRAßE", "Strasse"],
    [[{ exactly: "a" }], "a", "b"]
  ],
  "a wildcard": [
    [[{ wildcard: "a*c" }], "abbc", "abcb"],
    [[{ wildcard: "a*c" }], "ac", "a"],
    [[{ wildcard: "*b*" }], "abc", "ac"],
    [[{ wildcard: "a*a" }], "aa", "a"],
    [[{ wildcard: "*ab*ba*" }], "xabbay", "xabay"],
    [[{ wildcard: "a\\*b\\\\" }], "a*b\\", "axb\\"],
    [[{ wildcard: "" }], "", "a"],
    [[{ wildcard: "*" }], "", 1]
  ],
  "a number in a range": [
    [[{ numeric: ["=", 5] }], 5, "5"],
    [[{ numeric: ["<", 5] }], 4.9, 5],
    [[{ numeric: ["<=", 5] }], 5, 5.1],
    [[{ numeric: [">", -1, "<", 1] }], 0, 1],
    [[{ numeric: [">=", -1, "<=", 1] }], -1, -1.5]
  ],
  "an address of a network": [
    [[{ cidr: "10.1.0.0/16" }], "10.1.255.255", "10.2.0.0"],
    [[{ cidr: "2001:db8::/32" }], "2001:db8:1::", "10.1.0.1"]
  ],
  "anything but some values": [
    [[{ "anything-but": "a" }], "b", "a"],
    [[{ "anything-but": "a" }], null, "a"],
    [[{ "anything-but": ["a", "b"] }], 1, "b"],
    [[{ "anything-but": 1 }], "1", 1],
    [[{ "anything-but": [1, 2] }], 3, 2],
    [[{ "anything-but": { prefix: "a" } }], "ba", "ab"],
    [[{ "anything-but": { suffix: ["a", "b"] } }], "ac", "cb"],
    [[{ "anything-but": { "equals-ignore-case": ["a", "B"] } }], "c", "b"],
    [[{ "anything-but": { wildcard: "*/tmp/*" } }], "/var/a", "/tmp/a"]
  ],
  "one of the elements of an array": [
    [["a"], ["b", "a"], ["b"]],
    [["a"], [["b"], ["a"]], []],
    [[{ "anything-but": "a" }], ["a", "b"], ["a"]],
    [[{ exists: false }], [], ["a"]]
  ]
}

describe("an event pattern in memory", () => {
  for (const [what, list] of Object.entries(cases)) {
    it.effect(`matches ${what}`, () =>
      Effect.gen(function*() {
        for (const [patterns, yes, no] of list) {
          const shown = JSON.stringify(patterns)
          assert.isTrue(yield* matches(patterns, yes), `${shown} matches ${JSON.stringify(yes)}`)
          assert.isFalse(yield* matches(patterns, no), `${shown} doesn't match ${JSON.stringify(no)}`)
        }
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("matches the presence and the absence of a value", () =>
    Effect.gen(function*() {
      const pattern = (exists: boolean) => `{"detail":{"order":{"id":[{"exists":${exists}}]}}}`
      assert.isTrue(yield* test(pattern(true), { order: { id: null } }))
      assert.isTrue(yield* test(pattern(false), { order: { number: 1 } }))
      assert.isTrue(yield* test(pattern(false)))
      // It works for values only, not for objects.
      assert.isFalse(yield* test(`{"detail":{"order":[{"exists":true}]}}`, { order: { id: 1 } }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("joins the names of a path", () =>
    Effect.gen(function*() {
      const pattern = `{"detail":{"order":{"state":["paid"]}}}`
      assert.isTrue(yield* test(pattern, { "order.state": "paid" }))
      assert.isTrue(yield* test(`{"detail":{"order.state":["paid"]}}`, { order: { state: "paid" } }))
      assert.isFalse(yield* test(pattern, { "order.state": { state: "paid" } }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("combines $or with its other members, at any depth", () =>
    Effect.gen(function*() {
      const pattern = JSON.stringify({
        source: ["shop"],
        detail: { $or: [{ a: [1] }, { b: { $or: [{ c: [2] }, { d: [3] }] } }], e: [4] }
      })
      assert.isTrue(yield* test(pattern, { a: 1, e: 4 }))
      assert.isTrue(yield* test(pattern, { b: { d: 3 }, e: 4 }))
      assert.isFalse(yield* test(pattern, { b: { d: 3 } }))
      assert.isFalse(yield* test(pattern, { b: { c: 3, d: 2 }, e: 4 }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("finds values that match together in one element of an array", () =>
    Effect.gen(function*() {
      const pattern = `{"detail":{"items":{"sku":["a"],"sizes":{"name":["s"],"count":[1]}}}}`
      const sizes = (...counts: Array<[string, number]>) => counts.map(([name, count]) => ({ name, count }))
      assert.isTrue(yield* test(pattern, { items: [{ sku: "b" }, { sku: "a", sizes: sizes(["m", 2], ["s", 1]) }] }))
      assert.isFalse(yield* test(pattern, { items: [{ sku: "a", sizes: sizes(["m", 1], ["s", 2]) }] }))
      assert.isFalse(yield* test(pattern, { items: [{ sku: "a" }, { sku: "b", sizes: sizes(["s", 1]) }] }))
    }).pipe(Effect.provide(InMemory.layer())))

  const Leaf = Schema.Union([Schema.String, Schema.Int, Schema.Boolean, Schema.Null])
  const Detail = Schema.Record(
    Schema.String,
    Schema.Union([Leaf, Schema.Record(Schema.String, Schema.Union([Leaf, Schema.Array(Leaf)]))])
  )
  type Nested = { readonly [name: string]: unknown }

  /** The pattern that asks for all values of an object; `undefined` if there are none. */
  const patternOf = (value: Nested): Nested | undefined => {
    const members = Object.entries(value).flatMap(([name, member]) => {
      const inner = typeof member !== "object" || member === null
        ? [member]
        : Array.isArray(member)
        ? member.length > 0 ? member : undefined
        : patternOf(member as Nested)
      return inner === undefined ? [] : [[name, inner] as const]
    })
    return members.length > 0 ? Object.fromEntries(members) : undefined
  }

  it.effect.prop(
    "matches an event that has all of its values, and no event without them",
    { detail: Detail },
    ({ detail }) =>
      Effect.gen(function*() {
        const pattern = patternOf(detail)
        if (pattern === undefined) return
        assert.isTrue(yield* test(JSON.stringify({ detail: pattern }), detail))
        assert.isFalse(yield* test(JSON.stringify({ detail: pattern }), {}))
      }).pipe(Effect.provide(InMemory.layer())),
    { arbitrary: { runs: 60 } }
  )

  const faulty: ReadonlyArray<readonly [pattern: string, reason: string]> = [
    [`{"a": 1}`, `"a" must be an object or an array\n at [Source: (String)"{"a": 1}"; line: 1, column: 8]`],
    [`{\n"a": "b"}`, `"a" must be an object or an array\n at [Source: (String)"{\n"a": "b"}"; line: 2, column: 7]`],
    [`{}`, `Empty objects are not allowed\n at [Source: (String)"{}"; line: 1, column: 3]`],
    [`{"a": []}`, `Empty arrays are not allowed\n at [Source: (String)"{"a": []}"; line: 1, column: 9]`],
    [`["a"]`, `Filter is not an object\n at [Source: (String)"["a"]"; line: 1, column: 2]`],
    [`{"a": [["b"]]}`, "Match value must be String, number, true, false, or null"],
    [`{"a": [{}]}`, "Match expression name not found"],
    [`{"a": [{"Prefix": "b"}]}`, "Unrecognized match type Prefix"],
    [`{"a": [{"prefix": "b", "suffix": "c"}]}`, "Only one key allowed in match expression"],
    [`{"a": [{"prefix": 1}]}`, "prefix match pattern must be a string"],
    [`{"a": [{"prefix": {"wildcard": "b"}}]}`, "Unsupported prefix pattern: wildcard"],
    [`{"a": [{"exists": 1}]}`, "exists match pattern must be either true or false."],
    [`{"a": [{"exactly": 1}]}`, "exact match pattern must be a string"],
    [`{"a": [{"wildcard": "a**"}]}`, "Consecutive wildcard characters at pos 2"],
    [`{"a": [{"wildcard": "é\\\\a"}]}`, "Invalid escape character at pos 3"],
    [`{"a": [{"numeric": 1}]}`, "Value of numeric must be an array."],
    [`{"a": [{"numeric": [1]}]}`, "Invalid member in numeric match: 1"],
    [`{"a": [{"numeric": ["!", 1]}]}`, "Unrecognized numeric range operator: !"],
    [`{"a": [{"numeric": ["=", "1"]}]}`, "Value of equals must be numeric"],
    [`{"a": [{"numeric": ["<", 1, ">", 0]}]}`, "Too many elements in numeric expression"],
    [`{"a": [{"numeric": [">", 0, 1]}]}`, "Bad value in numeric range: 1"],
    [`{"a": [{"numeric": [">", 0, "=", 1]}]}`, "Bad numeric range operator: ="],
    [`{"a": [{"numeric": [">", 0, "<", 1, 2]}]}`, "Too many terms in numeric range expression"],
    [`{"a": [{"numeric": [">", 1, "<", 0]}]}`, "Bottom must be less than top"],
    [`{"a": [{"anything-but": []}]}`, "either all values are number or string, mixed type is not supported"],
    [`{"a": [{"anything-but": ["a", 1]}]}`, "either all values are number or string, mixed type is not supported"],
    [`{"a": [{"anything-but": [true]}]}`, "Inside anything but list, start|null|boolean is not supported."],
    [`{"a": [{"anything-but": true}]}`, "Value of anything-but must be an array or single string/number value."],
    [`{"a": [{"anything-but": {"numeric": 1}}]}`, "Unsupported anything-but pattern: numeric"],
    [`{"a": [{"anything-but": {"prefix": ""}}]}`, "Null prefix/suffix not allowed"],
    [`{"a": [{"cidr": "10.0.0.0"}]}`, "Malformed CIDR, one '/' required"],
    [`{"a": [{"cidr": "10.0.0.0/x"}]}`, "Malformed CIDR, mask bits must be an integer"],
    [`{"a": [{"cidr": "10.0.0.0/-1"}]}`, "Malformed CIDR, mask bits must not be negative"],
    [`{"a": [{"cidr": "10.0.0.0/32"}]}`, "IPv4 mask bits must be < 32"],
    [`{"a": [{"cidr": "10.0.0/8"}]}`, "Nonstandard IP address: 10.0.0"],
    [`{"$or": {"a": ["b"]}}`, "It must be an Array followed with $or."],
    [`{"$or": [{"a": ["b"]}]}`, "There must have at least 2 Objects in $or relationship."],
    [`{"$or": [{"a": ["b"]}, "c"]}`, "Only JSON object is allowed in array of $or relationship."],
    [
      `{"$or": [{"a": ["b"]}, {"prefix": ["c"]}]}`,
      "prefix is Ruler reserved fieldName which cannot be used inside $or."
    ],
    [`{"a": ["b"`, "Unexpected end-of-input"],
    [`{"a": ["b]}`, "Unexpected end-of-input"],
    [`{"a" ["b"]}`, "Unexpected character ('[' (code 91)): was expecting a colon to separate field name and value"],
    [`{"a": ["b" "c"]}`, "Unexpected character ('\"' (code 34)): was expecting comma to separate Array entries"],
    [`{"a": ["b"] "c": []}`, "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"],
    [`{a: ["b"]}`, "Unexpected character ('a' (code 97)): was expecting double-quote to start field name"],
    [`{"a": [?]}`, "Unexpected character ('?' (code 63)): expected a valid value"],
    [`{"a": [nul]}`, "Unrecognized token 'nul': was expecting"],
    [`{"a": ["\t"]}`, "Illegal unquoted character ((CTRL-CHAR, code 9))"]
  ]

  it.effect("that is faulty is rejected with EventBridge's reason", () =>
    Effect.gen(function*() {
      for (const [pattern, reason] of faulty) {
        const error = yield* Effect.flip(test(pattern))
        assert.strictEqual(error.code, "InvalidEventPatternException", pattern)
        assert.include(error.message, "Event pattern is not valid. Reason: ", pattern)
        assert.include(error.message, reason, pattern)
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

// Judges `waitUntil` by the waiters of the SDK and of botocore: for each waiter of each service, answers of every kind get
// the same verdict from all three, apart from the differences that are listed here. botocore comes with moto.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as library from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import * as fs from "node:fs"
import * as path from "node:path"
import { compile, parse } from "../../scripts/internal/jmespath.ts"
import * as Python from "../../scripts/internal/python.ts"
import { type Described, describedBy, fileOf, guide, guideFile, source } from "../../scripts/internal/waiters.ts"
import * as jmespath from "../../src/internal/jmespath.ts"
import { type Answer, answersOf, botocores, found, ours, sdks, type Verdict } from "../support/waiters.ts"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const available = await Effect.runPromise(Effect.result(Python.install("moto")))
if (Result.isFailure(available)) {
  const message = `Can't judge the waiters: ${available.failure.message}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}
const python = Result.getOrElse(available, () => "")
const all = Result.isSuccess(available) ? describedBy(python) : []

const clients: Readonly<Record<string, any>> = Object.fromEntries(
  await Promise.all(all.map(async ({ client }) => [client, await import(`@aws-sdk/client-${client}`)]))
)

const cases = all.flatMap((described, i) =>
  Object.entries(described.waiters).flatMap(([waiter, definition], j) =>
    // An older client, with which the canary runs, lacks the commands of newer waiters.
    clients[described.client][`${definition.operation}Command`] === undefined ?
      [] :
      answersOf(described, definition, 1_000 * i + j).map((answer) => ({
        module: described.module,
        client: described.client,
        service: described.name,
        waiter,
        definition,
        answer
      }))
  )
)
type Case = (typeof cases)[number]

const shown = ({ answer, module, waiter }: Case, ...verdicts: ReadonlyArray<Verdict | undefined>): string =>
  `${module} ${waiter}: ${verdicts.join(" ≠ ")} for ${JSON.stringify(answer)}`

const own = cases.map(({ answer, module, waiter }) => ours(module, waiter, answer))

/** Whether an element of a list lacks all members that the waiter reads. */
const hasGap = (value: unknown, inList = false): boolean =>
  Array.isArray(value)
    ? value.some((element) => hasGap(element, true))
    : typeof value === "object" && value !== null && (
      (inList && Object.keys(value).length === 0) || Object.values(value).some((inner) => hasGap(inner, inList))
    )

/** Where the SDK's verdict isn't botocore's, which this library's is. */
const differences: ReadonlyArray<
  {
    readonly why: string
    readonly verdicts: ReadonlyArray<readonly [own: Verdict, sdk: Verdict]>
    readonly applies: (waiter: string, answer: Answer) => boolean
  }
> = [
  {
    why: "the SDK calls again after an error that no acceptor names, until the time is up; botocore and Smithy's " +
      "specification end the wait",
    verdicts: [["error", "retry"]],
    applies: (_, { error }) => error !== undefined
  },
  {
    why:
      "botocore takes a bucket in another region or without access as one that exists; the SDK's model has no such acceptors",
    verdicts: [["success", "retry"]],
    applies: (waiter, { error }) => waiter === "BucketExists" && [301, 403].includes(error?.status ?? 0)
  },
  {
    why: "JMESPath leaves out the elements of a list in which it finds nothing; the SDK's code keeps them or throws",
    verdicts: [["success", "retry"], ["success", "failure"], ["failure", "retry"], ["retry", "success"]],
    applies: (_, { output }) => hasGap(output)
  }
]

describe.skipIf(Result.isFailure(available))("waitUntil, judged by others", { timeout: 120_000 }, () => {
  it("has the tables that `npm run waiters` makes from botocore", () => {
    for (const described of all) {
      assert.strictEqual(read(fileOf(described.module)), source(described), `${described.module}: npm run waiters`)
    }
    assert.strictEqual(read(guideFile), guide(read(guideFile), all), "npm run waiters")
    const withWaiters = Object.entries({ ...library, DynamoDb }).filter(([, module]) =>
      "waitUntil" in module && "send" in module
    )
    assert.deepEqual(withWaiters.map(([name]) => name).sort(), all.map(({ module }) => module))
  })

  it("judges every answer as botocore does, but calls again after a transient error", () => {
    const verdicts = botocores(python, cases)
    const decided = new Set<string>()
    let transient = 0
    const wrong = cases.flatMap((each, i) => {
      const [verdict, position] = verdicts[i]!
      if (position !== null) decided.add(`${each.module} ${each.waiter} ${position}`)
      if (own[i] === verdict) return []
      const { error } = each.answer
      const isTransient = error !== undefined && (error.status >= 500 || error.code === "ThrottlingException")
      if (isTransient && verdict === "error" && own[i] === "retry") {
        transient++
        return []
      }
      return [shown(each, own[i], verdict)]
    })
    assert.deepEqual(wrong, [])
    assert.isAbove(cases.length, 6_000)
    assert.isAbove(transient, 150)
    const judged = new Set(cases.map(({ module, waiter }) => `${module} ${waiter}`))
    // Each acceptor decides at least one of the answers.
    const acceptors = all.flatMap(({ module, waiters }) =>
      Object.entries(waiters).flatMap(([name, { acceptors }]) => acceptors.map((_, i) => `${module} ${name} ${i}`))
    ).filter((acceptor) => judged.has(acceptor.split(" ").slice(0, 2).join(" ")))
    assert.deepEqual(acceptors.filter((acceptor) => !decided.has(acceptor)), [])
    console.log(
      `${cases.length} answers, ${acceptors.length} acceptors of ${
        all.flatMap((d) => Object.keys(d.waiters)).length
      } waiters`
    )
  })

  it("judges every answer as the SDK does, apart from known differences", async () => {
    const compared = cases.flatMap((each, i) =>
      clients[each.client][`waitFor${each.waiter}`] === undefined ? [] : [{ ...each, mine: own[i]! }]
    )
    assert.isAbove(compared.length, 6_000)
    const verdicts = await Promise.all(compared.map(({ answer, client, waiter }) => sdks(client, waiter, answer)))
    const seen = new Map<string, number>()
    const wrong = compared.flatMap((each, i) => {
      const { mine } = each
      const sdk = verdicts[i]!
      if (mine === sdk) return []
      const known = differences.find(({ applies, verdicts }) =>
        applies(each.waiter, each.answer) && verdicts.some(([a, b]) => a === mine && b === sdk)
      )
      if (known === undefined) return [shown(each, mine, sdk)]
      seen.set(known.why, (seen.get(known.why) ?? 0) + 1)
      return []
    })
    assert.deepEqual(wrong, [])
    // Each known difference is still there.
    assert.deepEqual(differences.filter(({ why }) => !seen.has(why)), [])
    for (const [why, count] of seen) console.log(`${count} of ${compared.length} answers: ${why}`)
  })
})

const values: ReadonlyArray<unknown> = [
  null,
  {},
  { a: 1 },
  { a: "1", b: [] },
  { a: { b: { c: "x" } } },
  { a: [{ b: [{ c: "x" }, { c: "y" }] }, { b: [] }, {}, { b: [{}, { c: "z" }] }], n: 2 },
  { a: [{ b: { c: "x" } }, { b: { c: null } }, { b: null }], b: "text", n: 0 },
  { a: [[1, [2]], [], 3, null, [[4]]], b: ["x", "y", null], n: 3 },
  { a: [{ n: 1, m: 1, b: ["x"] }, { n: 1, m: 2, b: [] }, { n: 0 }], "a b": true, n: -1 },
  { a: "", b: false, c: {}, n: 1.5 },
  { a: [], b: ["x"], c: [{ b: "x" }, { b: "y" }] },
  { a: [{ b: [{ c: ["p", "q"] }, { c: [] }] }, { b: [{ c: ["r"] }] }], c: "ünïcode 𝒳" }
]

const expressions: ReadonlyArray<string> = [
  "a",
  "\"a b\"",
  "a.b.c",
  "@",
  "a[]",
  "a[].b",
  "a[].b[].c",
  "a[][]",
  "a[].b[][].c",
  "a[*].b",
  "a[*].b[*].c",
  "a[*].b[].c",
  "a[*].b[*].c[]",
  "a[0]",
  "a[-1].b",
  "a[*][0]",
  "a[].b[0].c",
  "a[?n == `1`]",
  "a[?n == `1`].b",
  "a[?n == `1`].b[]",
  "a[?n == `1`][].b",
  "a[?b].b[?c == 'x'].c",
  "a[?n == `1`][?m == `2`]",
  "a[?n == `1`] | [0]",
  "a[?n == `1`] | [0].m",
  "(a[].b)[0]",
  "(a[*].b)[].c",
  "c[?b == 'x' || b == 'y'].b",
  "c[?!(b == 'x')].b",
  "c[?b != 'x'].b",
  "a || b",
  "a && b",
  "a || b && c",
  "!a",
  "!a || b",
  "!a.b",
  "!(a && b)",
  "a == `null`",
  "a == `[]`",
  "a.b == `{\"c\": \"x\"}`",
  "a == b",
  "n > `0`",
  "n >= `2` && n < `3`",
  "n <= `0`",
  "`[1, \"two\", {\"a\": null}]`",
  "'it\\'s'",
  "'a\\\\b'",
  "[a, b]",
  "{x: a, \"y z\": b}",
  "a[].[b, n]",
  "a[].{x: b, y: n}",
  "a.{x: b}",
  "a[*].[n, m][]",
  "length(a)",
  "length(b)",
  "length(c)",
  "length(a[]) > `0`",
  "length(a[].b) > `0`",
  "length(a[?n == `1`]) == length(a)",
  "length(a[?!(length(b) == `1` && n == m)]) == `0`",
  "length(a) > `0`  && length(a[?n == `1` || n == `0`]) ==  length(a)",
  "a[].b.length(@)",
  "contains(b, 'x')",
  "contains(b, `null`)",
  "contains(a, b)",
  "a[?contains(b, 'x')].n",
  "a[?contains(b, 'x')] | length(@)",
  "a | b | c",
  "a.b | [c, @]"
]

describe.skipIf(Result.isFailure(available))("a compiled JMESPath expression", () => {
  it("finds what jmespath finds, in values of every kind", () => {
    const theirs = found(python, expressions, values)
    // In JSON, nothing is null.
    const json = (value: unknown) => JSON.parse(JSON.stringify(value ?? null, (_, inner) => inner ?? null))
    const wrong = expressions.flatMap((expression, i) => {
      const { code } = compile(parse(expression))
      // oxlint-disable-next-line no-new-func -- the code of a generated function, without the types of TypeScript
      const search = new Function(...Object.keys(jmespath), "o", `return ${code}`).bind(
        undefined,
        ...Object.values(jmespath)
      )
      return values.flatMap((value, j) => {
        const ours = Result.try(() => json(search(value)))
        const expected = theirs[i]![j]!
        if (expected.broken === true) return []
        const same = Result.isFailure(ours)
          ? expected.mismatch === true
          : expected.mismatch === undefined && jmespath.equal(ours.success, expected.found)
        return same
          ? []
          : [`${expression} in ${JSON.stringify(value)}: ${JSON.stringify(ours)} ≠ ${JSON.stringify(expected)}`]
      })
    })
    assert.deepEqual(wrong, [])
    assert.isAbove(expressions.length * values.length, 700)
  })
})

describe("the generation of waiters", () => {
  it("refuses expressions that it doesn't support, and says where", () => {
    const refused = [
      "a[1:2]",
      "a.*",
      "*",
      "&a",
      "sort(a)",
      "length(a, b)",
      "contains(a)",
      "a[",
      "a[?b",
      "a..b",
      "a b",
      "'open",
      "{a}",
      "a.`1`",
      ""
    ]
    for (const expression of refused) assert.throws(() => parse(expression), /supported/, expression)
  })

  const described = (acceptor: object): Described => ({
    module: "Acm",
    client: "acm",
    name: "acm",
    model: {
      shapes: {
        Input: { type: "structure", members: {} },
        Output: { type: "structure", members: { State: { shape: "State" } } },
        State: { type: "string" }
      },
      operations: { Get: { input: { shape: "Input" }, output: { shape: "Output" } } }
    },
    waiters: { Made: { operation: "Get", delay: 1, maxAttempts: 1, acceptors: [acceptor as any] } }
  })

  it("refuses what botocore doesn't describe yet", () => {
    const state = "success"
    assert.include(source(described({ state, matcher: "path", argument: "State", expected: "x" })), "Made")
    const refused: ReadonlyArray<readonly [object, RegExp]> = [
      [{ state, matcher: "inputOutput", argument: "State", expected: "x" }, /Acm Made: the matcher inputOutput isn't/],
      [{ state, matcher: "path", argument: "Status", expected: "x" }, /Acm Made: there is no member Status/],
      [{ state, matcher: "path", argument: "State[]", expected: "x" }, /Acm Made: a string isn't a list/],
      [{ state, matcher: "path", expected: "x" }, /Acm Made: path without an expression/],
      [{ state, matcher: "error", expected: true }, /Acm Made: the error true isn't supported/],
      [{ state, matcher: "status", expected: "404" }, /Acm Made: the status 404 isn't supported/],
      [{ state: "retry", matcher: "status", expected: 404 }, /Acm Made: a waiter without success isn't supported/]
    ]
    for (const [acceptor, message] of refused) assert.throws(() => source(described(acceptor)), message)
  })
})

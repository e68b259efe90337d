// The report of a fleet: merged entries, sums, the table, the JSON, and the page, which parse5 reads as a browser does.
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber, Layer, Result, Schema, Stream } from "effect"
import { AwsError, AwsErrorReason, Fleet, InMemory } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import * as vm from "node:vm"
import { width } from "../../fleet/internal/text.ts"
import { type Node, parse, runPage } from "../support/reportPage.ts"

const all = (node: Node): ReadonlyArray<Node> => [node, ...(node.childNodes ?? []).flatMap(all)]
const textOf = (node: Node): string => (node.value ?? "") + (node.childNodes ?? []).map(textOf).join("")
const attribute = (node: Node | undefined, name: string): string =>
  node?.attrs?.find((attribute) => attribute.name === name)?.value ?? ""

/** The page of a report, as a browser understands it. */
const pageOf = (report: FleetReport.Report) => {
  const html = FleetReport.html(report)
  const nodes = all(parse(html))
  const byName = (name: string) => nodes.filter(({ nodeName }) => nodeName === name)
  const byId = (id: string) => nodes.find((node) => attribute(node, "id") === id)
  const [data, script] = byName("script").map(textOf)
  return {
    html,
    nodes,
    byName,
    byId,
    script: script ?? "",
    style: textOf(byName("style")[0]!),
    data: JSON.parse(data ?? "")
  }
}

const startedAt = DateTime.makeUnsafe("2026-11-27T09:14:05Z")
const endedAt = DateTime.add(startedAt, { minutes: 34, seconds: 12 })
const reportOf = (entries: ReadonlyArray<FleetReport.Entry>, title = "Tear-down") =>
  FleetReport.make({ title, startedAt, endedAt, entries })

const done = (what: string): FleetReport.Item => ({ what, outcome: "Done" })
const unchanged = (what: string): FleetReport.Item => ({ what, outcome: "Unchanged" })
const refused = (what: string, why?: string): FleetReport.Item => ({
  what,
  outcome: "Refused",
  ...(why !== undefined && { why })
})

const place = { account: "111122223333", region: "eu-west-1" } as const
const few: ReadonlyArray<FleetReport.Entry> = [
  { ...place, name: "prod", items: [done("vpc-1"), unchanged("vpc-2"), refused("vpc-3", "It has an instance.")] },
  { ...place, region: "us-east-1", name: "prod", items: [] },
  { account: "444455556666", name: "東京 👍🏽", region: "eu-west-1", items: [unchanged("vpc-4")] },
  { account: "444455556666", name: "東京 👍🏽", region: "us-east-1", items: [], failure: "The role can't be assumed." }
]

// Whatever a name or a reason may contain, with a preference for what could end a text in a page, a script or a terminal.
const Hostile = Schema.Array(Schema.Union([
  Schema.String,
  Schema.Literals([
    "</script>",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "\"",
    "'",
    "&lt;",
    "&#60;",
    "</style>",
    "</title>",
    "</td></tr></table>",
    "</svg>",
    "\\u003c/script>",
    "\u001b[2J",
    "\u0000",
    "\u2028",
    "\u202e",
    "\ud800",
    "\r\n",
    "${x}",
    "$&",
    "`"
  ])
])).check(Schema.isMaxLength(4))

const HostileEntry = Schema.Struct({
  account: Hostile,
  name: Hostile,
  region: Hostile,
  what: Hostile,
  why: Hostile,
  failure: Schema.Union([Hostile, Schema.Undefined]),
  outcome: Schema.Literals(["Done", "Unchanged", "Refused"])
})

const hostileReport = (entries: ReadonlyArray<typeof HostileEntry.Type>, title: typeof Hostile.Type) =>
  reportOf(
    entries.map(({ account, failure, name, outcome, region, what, why }) => ({
      account: account.join(""),
      name: name.join(""),
      region: region.join(""),
      items: [{ what: what.join(""), outcome, why: why.join("") }],
      ...(failure !== undefined && { failure: failure.join("") })
    })),
    title.join("")
  )

describe("the entries of a report", () => {
  it("are merged if they are for the same place, and what was done stays done", () => {
    const first = {
      ...place,
      name: "prod",
      items: [done("a"), refused("b", "no"), unchanged("c"), refused("only here")],
      failure: "timed out"
    }
    const later = { ...place, items: [unchanged("a"), done("b"), refused("c", "in use"), done("d")], failure: "denied" }
    assert.deepEqual(FleetReport.merge(first, later), {
      ...place,
      name: "prod",
      items: [done("a"), refused("only here"), done("b"), refused("c", "in use"), done("d")],
      failure: "timed out And: denied"
    })
    assert.deepEqual(FleetReport.merge(later)(first), FleetReport.merge(first, later))
    assert.strictEqual(FleetReport.merge(first, first).failure, "timed out")
  })

  it("keep two things of one name in an entry that isn't merged, and are in the order of account and region", () => {
    const entry = { ...place, items: [done("a"), done("a")] }
    const report = reportOf([{ ...place, region: "us-east-1", items: [] }, entry, {
      ...entry,
      account: "000000000000"
    }])
    assert.deepEqual(report.entries.map(({ account, region }) => `${account} ${region}`), [
      "000000000000 eu-west-1",
      "111122223333 eu-west-1",
      "111122223333 us-east-1"
    ])
    assert.deepEqual(report.entries[1], entry)
  })

  it("come from the outcomes of a fleet: what was found, or why the place failed", () => {
    const options = { items: (ids: ReadonlyArray<string>) => ids.map(done) }
    const target = { account: place.account, name: "prod" }
    const error = new AwsError({
      service: "EC2",
      operation: "DescribeVpcs",
      region: place.region,
      reason: new AwsErrorReason.TimedOut({ code: "TimeoutError", description: "no answer", isRetryable: true })
    })
    assert.deepEqual(FleetReport.entryOf({ ...place, target, result: Result.succeed(["vpc-1"]) }, options), {
      ...place,
      name: "prod",
      items: [done("vpc-1")]
    })
    const failures: ReadonlyArray<readonly [unknown, string]> = [
      [error, error.message],
      [
        new Fleet.InvalidTarget({ target: "12", description: "The id has 12 digits." }),
        "The target \"12\" can't be used."
      ],
      ["a string", "a string"],
      [{ _tag: "Tagged", message: "" }, "Tagged"],
      [{ code: 5 }, "{\"code\":5}"],
      [undefined, "undefined"]
    ]
    for (const [failure, text] of failures) {
      const entry = FleetReport.entryOf(
        { ...place, target: { account: place.account }, result: Result.fail(failure as never) },
        options
      )
      assert.notProperty(entry, "name")
      assert.deepEqual(entry.items, [])
      assert.include(entry.failure, text)
    }
    const named = FleetReport.entryOf(
      { ...place, target, result: Result.succeed([]) },
      { ...options, name: ({ account }) => `the ${account}` }
    )
    assert.strictEqual(named.name, "the 111122223333")
  })
})

describe("collecting a report", () => {
  const outcome = (region: string, what: string): Fleet.Outcome<string> => ({
    ...place,
    region,
    target: { account: place.account },
    result: Result.succeed(what)
  })
  const options = { title: "Audit", items: (what: string) => [done(what)] }

  it.effect("takes the time of the run, and each outcome", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(startedAt))
      const fiber = yield* Stream.make(outcome("us-east-1", "b"), outcome("eu-west-1", "a")).pipe(
        Stream.tap(() => Effect.sleep("1 minute")),
        FleetReport.collect(options),
        Effect.forkChild
      )
      yield* TestClock.adjust("2 minutes")
      const report = yield* Fiber.join(fiber)
      assert.deepEqual(
        report,
        FleetReport.make({
          title: "Audit",
          startedAt,
          endedAt: DateTime.add(startedAt, { minutes: 2 }),
          entries: [{ ...place, items: [done("a")] }, { ...place, region: "us-east-1", items: [done("b")] }]
        })
      )
    }))

  it.effect("fails as the stream of outcomes does, and a collector has the report of what was done until then", () =>
    Effect.gen(function*() {
      const outcomes = Stream.concat(Stream.make(outcome("eu-west-1", "a")), Stream.fail("no more targets"))
      assert.deepEqual(yield* Effect.exit(FleetReport.collect(outcomes, options)), Exit.fail("no more targets"))
      const collector = yield* FleetReport.collector(options)
      yield* Effect.exit(Stream.runForEach(outcomes, collector.add))
      assert.deepEqual((yield* collector.report).entries, [{ ...place, items: [done("a")] }])
    }))
})

describe("the sums of a report", () => {
  it("count accounts, regions, places and items by what became of them", () => {
    assert.deepEqual(FleetReport.summary(reportOf(few)), {
      accounts: 2,
      regions: 2,
      places: 4,
      failed: 1,
      found: 4,
      done: 1,
      unchanged: 2,
      refused: 1
    })
  })
})

describe("the table of a report", () => {
  it("is aligned, also with wide characters, and says what it comes to", () => {
    assert.deepEqual(FleetReport.table(reportOf(few), { columns: 110 }).split("\n"), [
      "Tear-down",
      "2026-11-27T09:14:05.000Z, 34:12",
      "",
      "Account       Name     Region     Outcome    Done  Unchanged  Refused  Why",
      "------------  -------  ---------  ---------  ----  ---------  -------  ---",
      "111122223333  prod     eu-west-1  Refused       1          1        1  vpc-3: It has an instance.",
      "111122223333  prod     us-east-1  Nothing       0          0        0",
      "444455556666  東京 👍🏽  eu-west-1  Unchanged     0          1        0",
      "444455556666  東京 👍🏽  us-east-1  Failed        0          0        0  The role can't be assumed.",
      "",
      "4 places in 2 accounts and 2 regions, 1 of them failed",
      "4 found: 1 done, 2 unchanged, 1 refused"
    ])
  })

  it("cuts a long reason, says how many more there are, and the JSON has all of it", () => {
    const why = `It's in use.\n${"By others. ".repeat(500)}`
    const report = reportOf([{ ...place, items: [refused("sg-1", why), refused("sg-2")] }])
    const line = FleetReport.table(report, { columns: 100 }).split("\n").find((line) => line.startsWith("1111"))!
    assert.match(line, /sg-1: It's in use\. By oth.*…$/)
    assert.include(FleetReport.json(report), JSON.stringify(why))
    assert.include(
      FleetReport.table(reportOf([{ ...place, items: [refused("sg-2"), refused("sg-3")] }])),
      "sg-2: refused, without a reason (and 1 more)"
    )
  })

  it("of no place has no lines, and leaves out names that nobody has", () => {
    assert.strictEqual(
      FleetReport.table(reportOf([])),
      "Tear-down\n2026-11-27T09:14:05.000Z, 34:12\n\n0 places in 0 accounts and 0 regions, 0 of them failed\n" +
        "0 found: 0 done, 0 unchanged, 0 refused"
    )
    assert.notInclude(FleetReport.table(reportOf([{ ...place, items: [] }])), "Name")
    assert.include(FleetReport.table(reportOf([{ account: "", region: "", items: [] }])), "(no account)  (no region)")
  })

  it.effect.prop(
    "has a line for each place that fits the terminal and can do nothing to it, whatever the names contain",
    [Schema.Array(HostileEntry).check(Schema.isMaxLength(5)), Hostile],
    ([entries, title]) =>
      Effect.sync(() => {
        const report = hostileReport(entries, title)
        const lines = FleetReport.table(report, { columns: 140 }).split("\n")
        assert.lengthOf(lines, report.entries.length + (report.entries.length > 0 ? 8 : 5))
        for (const line of lines) assert.notMatch(line, /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        for (const line of lines.slice(1)) assert.isAtMost(width(line), 140)
      })
  )
})

/** JSON has no `undefined`. */
const withoutUndefined = (report: FleetReport.Report): FleetReport.Report => {
  const defined = <A extends object>(value: A) =>
    Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as A
  const entries = report.entries.map((entry) => defined({ ...entry, items: entry.items.map(defined) }))
  return { ...report, entries }
}

describe("the JSON of a report", () => {
  it.effect("has no member that is undefined, as in a program without `exactOptionalPropertyTypes`", () =>
    Effect.gen(function*() {
      const item = { what: "vpc-1", outcome: "Done", why: undefined } as const
      const report = reportOf([{ account: "1", region: "r", name: undefined, failure: undefined, items: [item] }])
      const { entries } = yield* FleetReport.fromJson(FleetReport.json(report))
      assert.deepEqual(entries, [{ account: "1", region: "r", items: [{ what: "vpc-1", outcome: "Done" }] }])
      assert.strictEqual(FleetReport.summary(report).failed, 0)
    }))

  it.effect.prop(
    "is read as what was written",
    [Schema.toType(FleetReport.Report)],
    ([report]) =>
      Effect.gen(function*() {
        assert.deepEqual(yield* FleetReport.fromJson(FleetReport.json(report)), withoutUndefined(report))
      })
  )

  it("says its version, and has times as text", () => {
    assert.deepEqual(JSON.parse(FleetReport.json(reportOf(few))), {
      version: 1,
      title: "Tear-down",
      startedAt: "2026-11-27T09:14:05.000Z",
      endedAt: "2026-11-27T09:48:17.000Z",
      entries: few
    })
  })

  it.effect("is refused if it's of another version, no report, or no JSON", () =>
    Effect.gen(function*() {
      const good = JSON.parse(FleetReport.json(reportOf(few)))
      const wrong: ReadonlyArray<readonly [string, string]> = [
        [JSON.stringify({ ...good, version: 2 }), "version"],
        [JSON.stringify({ ...good, startedAt: "yesterday" }), "startedAt"],
        [JSON.stringify({ ...good, entries: [{ ...place, items: [{ what: "a", outcome: "Lost" }] }] }), "outcome"],
        ["<html>", "JSON"]
      ]
      for (const [text, words] of wrong) {
        const error = yield* Effect.flip(FleetReport.fromJson(text))
        assert.strictEqual(error._tag, "SchemaError")
        assert.include(error.message, words)
      }
    }))
})

/** Cells as the paths of the picture draw them: lines that the dashes of their stroke divide. */
const cellsOf = (page: ReturnType<typeof pageOf>): ReadonlyArray<string> => {
  const { geometry: g, accounts, regions } = page.data
  const picture = page.byId("picture")!
  return all(picture).filter((node) => node.nodeName === "path" && attribute(node, "class").startsWith("cell")).flatMap(
    (path) => {
      const outcome = attribute(path, "class").replace("cell ", "")
      const [dash = 0, gap = 0] = attribute(path, "stroke-dasharray").split(" ").map(Number)
      return [...attribute(path, "d").matchAll(/M([\d.]+) ([\d.]+)h([\d.]+)/g)].flatMap(([, x, y, length]) => {
        const cells: Array<string> = []
        for (let at = 0; at < Number(length); at += dash + gap) {
          const block = Math.floor((Number(x) + at) / g.blockWidth)
          const region = (Number(x) + at - block * g.blockWidth - g.left) / g.pitch
          const row = (Number(y) - g.top - g.cell / 2) / g.pitch
          cells.push(`${accounts[block * g.rows + row]} ${regions[region]} ${outcome}`)
        }
        return cells
      })
    }
  )
}

const large = (accounts: number, regions: number) => {
  const outcomes = [done, unchanged, refused]
  return reportOf(Array.from({ length: accounts * regions }, (_, i) => ({
    account: String(100_000_000_000 + Math.floor(i / regions) * 7),
    name: `account-${Math.floor(i / regions)}`,
    region: `region-${String(i % regions).padStart(2, "0")}`,
    items: Array.from(
      { length: i % 4 },
      (_, n) => outcomes[(i * 7 + n) % 3]!(`vpc-${i.toString(16).padStart(12, "0")}${n}`)
    ),
    ...(i % 97 === 0 && { failure: "The role can't be assumed." })
  })))
}

describe("the page of a report", () => {
  const page = pageOf(reportOf(few))

  it("has a heading, the sums, a picture with a text for it, the reasons, and a row for each place", () => {
    assert.strictEqual(textOf(page.byName("h1")[0]!), "Tear-down")
    assert.strictEqual(textOf(page.byName("title")[0]!), "Tear-down")
    assert.deepEqual(page.byName("dd").map(textOf), ["2", "2", "4", "1", "4", "1", "2", "1"])
    assert.strictEqual(
      textOf(page.byId("picture-text")!),
      "A row for each account, a column for each region. Failed: 1 place, Refused: 1 place, Unchanged: 1 place, Nothing: 1 place."
    )
    const rows = all(page.byId("rows")!).filter(({ nodeName }) => nodeName === "tr")
    assert.deepEqual(rows.map((row) => (row.childNodes ?? []).map(textOf)), [
      ["444455556666", "東京 👍🏽", "us-east-1", "Failed", "0", "0", "0", "0", "The role can't be assumed."],
      ["111122223333", "prod", "eu-west-1", "Refused", "3", "1", "1", "1", "vpc-3: It has an instance."],
      ["444455556666", "東京 👍🏽", "eu-west-1", "Unchanged", "1", "0", "1", "0", ""],
      ["111122223333", "prod", "us-east-1", "Nothing", "0", "0", "0", "0", ""]
    ])
  })

  it("has the same reason of many places once, with the account and the region left open", () => {
    const failure = (account: string, region: string) =>
      `No access to arn:aws:iam::${account}:role/audit from ${region}.`
    const { byName } = pageOf(
      reportOf(
        ["111122223333", "444455556666"].flatMap((account) =>
          ["eu-west-1", "us-east-1"].map((region) => ({
            account,
            region,
            items: [],
            failure: failure(account, region)
          }))
        )
      )
    )
    const [reasons] = byName("tbody")
    assert.deepEqual((reasons?.childNodes ?? []).map((row) => (row.childNodes ?? []).map(textOf)), [
      ["Failed", "4", "", "No access to arn:aws:iam::{account}:role/audit from {region}.", "Show"]
    ])
    const button = byName("button").find((button) => textOf(button) === "Show")
    assert.strictEqual(attribute(button, "data-text"), "No access to from")
  })

  it("draws each place once, in its outcome, in one block or in many", () => {
    assert.deepEqual([...cellsOf(page)].sort(), [
      "111122223333 eu-west-1 Refused",
      "111122223333 us-east-1 Nothing",
      "444455556666 eu-west-1 Unchanged",
      "444455556666 us-east-1 Failed"
    ])
    for (const [accounts, regions] of [[1, 1], [7, 3], [100, 5], [301, 2], [500, 20]] as const) {
      const report = large(accounts, regions)
      // One place is missing.
      const page = pageOf({
        ...report,
        entries: report.entries.toSpliced(Math.floor(accounts / 2), accounts > 1 ? 1 : 0)
      })
      const cells = cellsOf(page)
      assert.lengthOf(cells, page.data.places.length)
      const places = page.data.places.map(([account, region, outcome]: ReadonlyArray<number>) =>
        `${page.data.accounts[account!]} ${page.data.regions[region!]} ${page.data.outcomes[outcome!]}`
      )
      assert.deepEqual([...cells].sort(), places.sort())
    }
  })

  it("loads nothing, and runs no script but its own: the policy has the hashes of what is there", () => {
    const policy = attribute(page.byName("meta").find((meta) => attribute(meta, "http-equiv") !== ""), "content")
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`
    assert.strictEqual(
      policy,
      `default-src 'none'; style-src ${hash(page.style)}; script-src ${
        hash(page.script)
      }; base-uri 'none'; form-action 'none'`
    )
    assert.lengthOf(page.byName("script"), 2)
    assert.strictEqual(attribute(page.byName("script")[0], "type"), "application/json")
    for (const node of page.nodes) {
      assert.notInclude(["link", "iframe", "img", "object", "base", "a"], node.nodeName)
      // A style in an attribute would need a policy of its own.
      for (const { name } of node.attrs ?? []) assert.notMatch(name, /^(on.*|src|href|style|srcset|action)$/)
    }
    assert.notMatch(page.style, /url\(|@import/)
    assert.notMatch(page.script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|fetch\(|eval\(/)
  })

  it("has a script that can be parsed, whose elements all exist", () => {
    assert.doesNotThrow(() => new vm.Script(page.script))
    const ids = [...page.script.matchAll(/\$\("([\w-]+)"\)/g)].map(([, id]) => id!)
    assert.isAtLeast(ids.length, 15)
    for (const id of ids) assert.isDefined(page.byId(id), id)
    const { outcomes } = page.data
    for (const outcome of outcomes) assert.isDefined(page.byId(`key-${outcome}`), outcome)
    const keys = page.byName("th").map((head) => attribute(head, "data-by")).filter((by) => by !== "")
    assert.lengthOf(keys, 9)
    for (const key of keys) assert.match(page.script, new RegExp(`\\b${key}:`))
  })

  it("has labels for its fields, headings in order, scopes of table headers, and references to elements that exist", () => {
    assert.deepEqual(page.nodes.flatMap(({ nodeName }) => /^h\d$/.test(nodeName) ? [nodeName] : []), [
      "h1",
      "h2",
      "h2",
      "h2",
      "h2"
    ])
    for (const head of page.byName("th")) assert.match(attribute(head, "scope"), /^(col|row)$/)
    const labelled = page.byName("label").flatMap(all)
    for (const field of [...page.byName("select"), ...page.byName("input")]) assert.include(labelled, field)
    for (const node of page.nodes) {
      for (const name of ["aria-labelledby", "aria-describedby"]) {
        const id = attribute(node, name)
        if (id !== "") assert.isDefined(page.byId(id), id)
      }
    }
    assert.strictEqual(attribute(page.byName("html")[0], "lang"), "en")
  })

  it("has text with a contrast of 4.5 and signs with one of 3, in light, dark and on paper", () => {
    const luminance = (color: string) => {
      const digits = color.length === 4 ? Array.from(color.slice(1), (digit) => digit + digit) : color.match(/\w\w/g)!
      const [red = 0, green = 0, blue = 0] = digits.map((digit) => {
        const value = Number.parseInt(digit, 16) / 255
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const contrast = (one: string, other: string) => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
      return (light + 0.05) / (dark + 0.05)
    }
    const schemes = [...page.style.matchAll(/:root\{([^}]*)\}/g)].map(([, text]) =>
      Object.fromEntries([...text!.matchAll(/--([\w-]+):(#\w+)/g)].map(([, name, color]) => [name, color!]))
    )
    assert.lengthOf(schemes, 3)
    for (const colors of schemes) {
      for (const ground of ["ground", "raised"]) {
        for (const text of ["text", "muted", "accent"]) {
          assert.isAtLeast(contrast(colors[text]!, colors[ground]!), 4.5, `${text} on ${ground}`)
        }
      }
      for (const outcome of page.data.outcomes) {
        assert.isAtLeast(contrast(colors[outcome]!, colors[`on-${outcome}`]!), 3, outcome)
      }
    }
  })

  it.effect.prop(
    "has no element and no script more, whatever the names and reasons contain, and shows them as text",
    [Schema.Array(HostileEntry).check(Schema.isMaxLength(4)), Hostile],
    ([entries, title]) =>
      Effect.sync(() => {
        const report = hostileReport(entries, title)
        const page = pageOf(report)
        // The page of a report of the same form, whose texts are harmless.
        const harmless = pageOf({
          ...report,
          title: "t",
          entries: report.entries.map((entry) => ({
            ...entry,
            account: entry.account === "" ? "" : "1",
            region: "r",
            name: "n",
            items: entry.items.map((item) => ({ ...item, what: "w" }))
          }))
        })
        const known = new Set(harmless.nodes.map(({ nodeName }) => nodeName))
        assert.deepEqual(
          [...new Set(page.nodes.map(({ nodeName }) => nodeName))].filter((name) =>
            !known.has(name) && !["#text", "p", "button", "text"].includes(name)
          ),
          []
        )
        assert.lengthOf(page.byName("script"), 2)
        assert.strictEqual(page.script, harmless.script)
        assert.strictEqual(page.style, harmless.style)
        assert.lengthOf(page.byName("h1"), 1)
        assert.lengthOf(
          page.byId("rows")?.childNodes?.filter(({ nodeName }) => nodeName === "tr") ?? [],
          report.entries.length
        )
        for (const node of page.nodes) for (const { name } of node.attrs ?? []) assert.notMatch(name, /^on/)
        // No character is lost: what isn't printable is written as an escape.
        const shown = (text: string) =>
          text.replace(/[\t\n\r]+/g, " ").replace(
            /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
            (character) => `\\u{${character.codePointAt(0)!.toString(16).padStart(2, "0")}}`
          )
        assert.strictEqual(textOf(page.byName("h1")[0]!), shown(report.title))
        const names = report.entries.map(({ name = "" }) => shown(name))
        const cells = all(page.byId("rows")!).filter((node) => attribute(node, "class") === "name").map(textOf)
        assert.deepEqual(cells.toSorted(), names.toSorted())
        assert.lengthOf(page.data.places, report.entries.length)
      })
  )

  it("of 2,000 accounts in 20 regions is small, made quickly, and has few elements", () => {
    const report = large(2_000, 20)
    const start = performance.now()
    const html = FleetReport.html(report)
    const took = performance.now() - start
    // Measured: 3.3 MB in 0.3 seconds, which Chromium opens in less than a second. docs/fleet-report.md quotes that.
    assert.isBelow(html.length, 4_500_000)
    assert.isBelow(took, 10_000)
    assert.isBelow(html.match(/<\w/g)!.length, 3_500)
    assert.include(html, "The first 100 of 40,000 places")
  })

  it("of no place is a page as well", () => {
    const page = pageOf(reportOf([]))
    assert.deepEqual(page.data.places, [])
    assert.deepEqual(cellsOf(page), [])
  })
})

describe("the script of the page of a report", () => {
  const open = (entries: ReadonlyArray<FleetReport.Entry> = few) => {
    const html = FleetReport.html(reportOf(entries))
    const { byId, page, root } = runPage(html)
    const form = byId("filters")
    const field = (name: string) =>
      form.querySelectorAll("select").concat(form.querySelectorAll("input")).find(
        (field) => field.getAttribute("name") === name
      )!
    return {
      html,
      byId,
      page,
      root,
      form,
      rows: () => byId("rows").elementChildren.map((row) => row.elementChildren.map(({ textContent }) => textContent)),
      places: () =>
        byId("rows").elementChildren.map((row) => {
          const [account, , region] = row.elementChildren.map(({ textContent }) => textContent)
          return `${account} ${region}`
        }),
      filter: (name: string, value: string) => {
        field(name).value = value
        form.fire("input")
      },
      /** How many cells of the picture are dimmed. */
      dimmed: () => byId("veil").getAttribute("d")!.split("M").length - 1,
      press: (...keys: ReadonlyArray<string>) => {
        for (const key of keys) byId("picture").fire("keydown", { key })
      }
    }
  }

  it("shows the rows that are in the page without it", () => {
    const twice = [{ ...place, items: [refused("a"), refused("b", "x".repeat(300)), done("c")] }]
    const long = [{ ...place, items: [], failure: "It's long. ".repeat(40) }]
    for (const entries of [few, large(20, 3).entries, twice, long, []]) {
      const { byId, html, rows } = open(entries)
      const there = all(parse(html)).find((node) => attribute(node, "id") === "rows")!
      const still = all(there).filter(({ nodeName }) => nodeName === "tr").map((row) =>
        (row.childNodes ?? []).map(textOf)
      )
      assert.deepEqual(rows(), still)
      assert.strictEqual(byId("count").textContent, `${entries.length} of ${entries.length} places`)
    }
  })

  it("makes the filters, which need it, visible, with a choice of each account and region", () => {
    const { form, root } = open()
    assert.isFalse(form.hidden)
    assert.deepEqual(root.querySelectorAll(".scripted").filter(({ hidden }) => hidden), [])
    assert.deepEqual(form.querySelectorAll("option").map(({ textContent }) => textContent), [
      "All",
      "Failed or refused",
      "Failed",
      "Refused",
      "Done",
      "Unchanged",
      "Nothing",
      "All",
      "111122223333 prod",
      "444455556666 東京 👍🏽",
      "All",
      "eu-west-1",
      "us-east-1"
    ])
  })

  it("filters the table and the picture by outcome, account, region and text, and shows all again", () => {
    const { byId, dimmed, filter, form, places } = open()
    filter("outcome", "Problems")
    assert.deepEqual(places(), ["444455556666 us-east-1", "111122223333 eu-west-1"])
    assert.strictEqual(dimmed(), 2)
    filter("account", "0")
    assert.deepEqual(places(), ["111122223333 eu-west-1"])
    filter("region", "1")
    assert.deepEqual(places(), [])
    assert.strictEqual(byId("count").textContent, "0 of 4 places")
    assert.strictEqual(dimmed(), 4)
    form.reset()
    assert.lengthOf(places(), 4)
    assert.strictEqual(dimmed(), 0)
    for (
      const [text, found] of [
        ["VPC-3", ["111122223333 eu-west-1"]],
        ["instance  it", ["111122223333 eu-west-1"]],
        ["東京 unchanged", ["444455556666 eu-west-1"]],
        ["can't be assumed", ["444455556666 us-east-1"]],
        ["vpc-9", []]
      ] as const
    ) {
      filter("text", text)
      assert.deepEqual(places(), [...found], text)
    }
  })

  it("looks for the places of a reason", () => {
    const { places, root } = open()
    const button = root.querySelectorAll("button[data-text]").find(({ dataset }) =>
      dataset["text"] === "It has an instance."
    )!
    button.fire("click")
    assert.deepEqual(places(), ["111122223333 eu-west-1"])
  })

  it("sorts by each column, both ways, and says so", () => {
    const { root, rows } = open(large(12, 3).entries)
    const heads = root.querySelectorAll("#table thead th")
    assert.lengthOf(heads, 9)
    heads.forEach((head, column) => {
      const click = () => head.firstElementChild!.fire("click")
      const values = () => rows().map((row) => row[column]!)
      const isNumber = head.className.includes("number")
      const rank = (value: string) => isNumber ? Number(value) : value
      const order = (values: ReadonlyArray<string>) => {
        const known = ["Failed", "Refused", "Done", "Unchanged", "Nothing"]
        return values.map((value) => column === 3 ? known.indexOf(value) : rank(value))
      }
      const ascending = (values: ReadonlyArray<number | string>) =>
        values.toSorted((a, b) => a < b ? -1 : a > b ? 1 : 0)
      click()
      const first = head.getAttribute("aria-sort")
      const once = order(values())
      click()
      assert.notStrictEqual(head.getAttribute("aria-sort"), first)
      const twice = order(values())
      const [up, down] = first === "ascending" ? [once, twice] : [twice, once]
      assert.deepEqual(up, ascending(up), head.textContent)
      assert.deepEqual(down, ascending(down).toReversed(), head.textContent)
      assert.lengthOf(heads.filter((head) => head.getAttribute("aria-sort") !== undefined), 1)
    })
  })

  it("shows 100 rows, more of them on demand, and 300 on paper", () => {
    const { byId, page, rows } = open(large(250, 3).entries)
    assert.lengthOf(rows(), 100)
    assert.strictEqual(byId("count").textContent, "750 of 750 places, the first 100 are shown")
    page.fire("beforeprint")
    assert.lengthOf(rows(), 300)
    page.fire("afterprint")
    assert.lengthOf(rows(), 100)
    byId("next").fire("click")
    assert.lengthOf(rows(), 300)
    byId("all").fire("click")
    assert.lengthOf(rows(), 750)
    assert.isTrue(byId("more").hidden)
  })

  it("goes from place to place by keyboard, says where it is, and opens the details", () => {
    const { byId, press } = open()
    const where = () => byId("where").textContent
    press("ArrowDown")
    assert.strictEqual(
      where(),
      "111122223333 (prod), eu-west-1: something was refused. 1 done, 1 unchanged, 1 refused"
    )
    press("ArrowRight")
    assert.strictEqual(where(), "111122223333 (prod), us-east-1: nothing was found")
    press("ArrowDown", "ArrowDown")
    assert.match(where(), /^444455556666 .*, us-east-1: the work ended early/)
    press("Home", "Enter")
    const dialog = byId("details")
    assert.isTrue(dialog.open)
    assert.strictEqual(byId("details-title").textContent, "111122223333 prod, eu-west-1")
    assert.deepEqual(
      byId("details-body").querySelectorAll("tr").map((row) =>
        row.elementChildren.map(({ textContent }) => textContent)
      ),
      [
        ["What", "Outcome", "Why"],
        ["vpc-3", "Refused", "It has an instance."],
        ["vpc-2", "Unchanged", ""],
        ["vpc-1", "Done", ""]
      ]
    )
    byId("close").fire("click")
    assert.isFalse(dialog.open)
    press("End", "Enter")
    assert.include(byId("details-body").textContent, "The role can't be assumed.")
  })

  it("finds each place at the point where the picture draws it", () => {
    for (const entries of [few, large(130, 5).entries, large(400, 20).entries]) {
      const { byId } = open(entries)
      const { accounts, geometry: g, regions } = JSON.parse(byId("data").textContent)
      for (let i = 0; i < entries.length; i += 1 + Math.floor(entries.length / 200)) {
        const { account, region } = entries[i]!
        const [a, r] = [accounts.indexOf(account), regions.indexOf(region)]
        byId("picture").fire("pointermove", {
          clientX: Math.floor(a / g.rows) * g.blockWidth + g.left + (r + 0.5) * g.pitch,
          clientY: g.top + ((a % g.rows) + 0.5) * g.pitch
        })
        assert.match(byId("tip").textContent, new RegExp(`^${account} .*, ${region}: `))
        assert.isFalse(byId("tip").hidden)
      }
      byId("picture").fire("pointermove", { clientX: 1, clientY: 1 })
      assert.isTrue(byId("tip").hidden)
    }
  })
})

describe("a run over a fleet, with a display and a report", () => {
  it.effect("says how far it is, and reports each place once: also malformed targets and defects", () =>
    Effect.gen(function*() {
      const written: Array<string> = []
      const stream: Fleet.DisplayOutput = {
        listenerCount: () => 0,
        once: () => {},
        write: (text, done) => {
          written.push(text)
          done(null)
        }
      }
      const targets = [
        { account: "111111111111", name: "prod", regions: ["eu-west-1", "us-east-1"] },
        { account: "222222222222", name: "dev", regions: ["eu-west-1"] },
        { account: "12", regions: ["eu-west-1"] }
      ]
      const report = yield* Fleet.events(
        targets,
        ({ account, region }) =>
          account === "222222222222" ? Effect.die(new Error("a bug")) : Effect.succeed(`vpc of ${region}`)
      ).pipe(
        Fleet.display({ label: "audit", stream, env: {} }),
        Stream.filter((event) => event._tag === "Finished"),
        FleetReport.collect({ title: "Audit", items: (what) => [done(what)] })
      )
      const { failed, places, ...sums } = FleetReport.summary(report)
      assert.deepEqual([places, failed, sums.done], [4, 2, 2])
      assert.deepEqual(report.entries.filter(({ account }) => account === "111111111111"), [
        { account: "111111111111", name: "prod", region: "eu-west-1", items: [done("vpc of eu-west-1")] },
        { account: "111111111111", name: "prod", region: "us-east-1", items: [done("vpc of us-east-1")] }
      ])
      const failures = report.entries.map(({ failure }) => failure ?? "").filter((failure) => failure !== "")
      assert.lengthOf(failures, 2)
      assert.include(failures.join(), "The target \"12\" can't be used.")
      assert.include(failures.join(), "a bug")
      assert.match(written.join(""), /^audit {2}4 of 4 {2}2 failed {2}.*\n$/)
      assert.include(FleetReport.table(report), "4 places in 3 accounts")
    }).pipe(
      Effect.provide(
        Fleet.layer({ role: "audit", sessionName: "audit" }).pipe(
          Layer.provideMerge(InMemory.layer())
        )
      )
    ))
})

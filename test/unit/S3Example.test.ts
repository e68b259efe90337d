// What examples/s3 shows of a transfer. `S3ExampleCommands.test.ts` runs its commands.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import * as Address from "../../examples/s3/Address.ts"
import * as Bar from "../../examples/s3/Bar.ts"
import * as Screen from "../../examples/s3/Screen.ts"
import * as Text from "../../examples/s3/Text.ts"
import { fakeProcess } from "../support/screen.ts"

const MiB = 1024 * 1024
const wide = { columns: 100, color: false }
const view: Bar.View = { label: "today.csv", bytes: 6 * MiB, total: 24 * MiB, rate: 9 * MiB }

describe("the texts of examples/s3", () => {
  it("writes sizes in units that a person reads", () => {
    const sizes = [0, 1, 1023, 1024, 1024 ** 2 - 1, 28_416_000, 5 * 1024 ** 4, 2 ** 70].map(Text.size)
    assert.deepEqual(sizes, [
      "0 bytes",
      "1 byte",
      "1023 bytes",
      "1.0 KiB",
      "1.0 MiB",
      "27.1 MiB",
      "5.0 TiB",
      "1048576.0 PiB"
    ])
  })

  it("writes times as minutes and seconds, and hours where there are any", () => {
    assert.deepEqual([0, 6.2, 59.9, 750, 3723].map(Text.time), ["0:00", "0:07", "1:00", "12:30", "1:02:03"])
  })

  it("escapes what would move the cursor or break the line, and nothing else", () => {
    assert.strictEqual(Text.printable("a\u001b[2Jb\nc\u202ed"), "a\\u{1b}[2Jb\\u{0a}c\\u{202e}d")
    assert.strictEqual(Text.printable("Größe 東京 🚀 a b"), "Größe 東京 🚀 a b")
  })

  it("shortens a name from the left, by the columns that it needs", () => {
    assert.strictEqual(Text.shorten("reports/2026/today.csv", 10), "…today.csv")
    assert.strictEqual(Text.shorten("東京タワー", 5), "…ワー")
    assert.strictEqual(Text.shorten("abc", 0), "")
  })
})

describe("the progress bar of examples/s3", () => {
  it("says what, how far, how fast and how long still", () => {
    assert.strictEqual(
      Bar.render(view, wide),
      "today.csv ████████░░░░░░░░░░░░░░░░░░░░░░  25 %  6.0 MiB of 24.0 MiB  9.0 MiB/s  0:02 left"
    )
  })

  it("leaves out what a narrow terminal has no room for", () => {
    assert.deepEqual([60, 45, 30, 16, 6].map((columns) => Bar.render(view, { ...wide, columns })), [
      "today.csv  25 %  6.0 MiB of 24.0 MiB  9.0 MiB/s  0:02 left",
      "today.csv ██░░░░░  25 %  6.0 MiB of 24.0 MiB",
      "today.csv ███░░░░░░░░░░  25 %",
      "today.csv  25 %",
      " 25 %"
    ])
  })

  const Amount = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 50 }))

  it.effect.prop(
    "always fits on one line of the terminal",
    {
      label: Schema.Array(
        Schema.Union([Schema.String, Schema.Literals(["東京", "🚀", "\n", "\u001b[2J", "e\u0301", "\ud800"])])
      ),
      bytes: Amount,
      total: Schema.UndefinedOr(Amount),
      rate: Schema.UndefinedOr(Amount),
      columns: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))
    },
    ({ columns, label, ...view }) =>
      Effect.sync(() => {
        const line = Bar.render({ ...view, label: label.join("") }, { columns, color: false })
        assert.isAtMost(Text.width(line), Math.max(0, columns - 1))
        assert.strictEqual(Text.printable(line), line)
      })
  )

  it("is 100 % only when all bytes are there", () => {
    const percent = (bytes: number, total: number | undefined) =>
      /(\d+) %/.exec(Bar.render({ ...view, bytes, total }, wide))?.[1]
    assert.deepEqual([percent(999_999, 1_000_000), percent(7, 7), percent(0, 0), percent(7, undefined)], [
      "99",
      "100",
      "100",
      undefined
    ])
  })

  it("has colors only where they are wanted", () => {
    assert.include(Bar.render(view, { columns: 100, color: true }), "\u001b[32m█")
    assert.notInclude(Bar.render(view, wide), "\u001b")
  })

  it("smooths the rate, and doesn't count what was there before", () => {
    const steady = [1, 2, 3, 4, 5].reduce(
      (meter, second) => Bar.advance(meter, second * 1000, 100 * MiB + second * 2 * MiB),
      Bar.start(0, 100 * MiB)
    )
    assert.strictEqual(steady.rate, 2 * MiB)
    assert.strictEqual(Bar.average(steady), 2 * MiB)
    const stalled = Bar.advance(steady, 6000, steady.bytes)
    assert.isBelow(stalled.rate!, 2 * MiB)
    assert.isAbove(stalled.rate!, MiB)
    // A retry takes back what it had counted. The rate isn't negative.
    assert.isAtLeast(Bar.advance(steady, 6000, 0).rate!, 0)
  })
})

describe("the addresses of examples/s3", () => {
  it("keep a key as it is", () => {
    assert.deepEqual(Address.parse("s3://b/a//../%20 b\n/"), Option.some({ bucket: "b", key: "a//../%20 b\n/" }))
    assert.deepEqual(Address.parse("s3://b"), Option.some({ bucket: "b", key: "" }))
    assert.deepEqual(Address.parsePlace("b/k"), Option.some({ path: "b/k" }))
    for (const wrong of ["b/k", "s3:/b", "s3://", "s3:///k", "S3://b"]) {
      assert.isTrue(Option.isNone(Address.parse(wrong)))
    }
    // Probably not a directory of this name.
    assert.isTrue(Option.isNone(Address.parsePlace("s3:/b")))
    assert.isTrue(Option.isNone(Address.parseObject("s3://b/")))
  })
})

const job = Effect.gen(function*() {
  const { look, print, show, warn } = yield* Screen.Screen
  yield* show("10 %")
  yield* show("20 %")
  yield* print("a is done")
  yield* show("30 %")
  yield* warn("b failed")
  yield* Effect.logWarning("an upload may be left")
  yield* show("40 %")
  return yield* look
})

describe("the screen of examples/s3", () => {
  it.effect("draws on a terminal, clears before it writes a line, and leaves nothing at the end", () =>
    Effect.gen(function*() {
      const { process, written } = fakeProcess({ tty: true })
      const look = yield* job.pipe(Effect.provide(Screen.layer(process)))
      assert.deepEqual(look, { color: true, columns: 40 })
      const clear = ">\r\u001b[K"
      assert.deepEqual(written, [
        ">\r10 %\u001b[K",
        ">\r20 %\u001b[K",
        clear,
        "a is done\n",
        ">\r30 %\u001b[K",
        clear,
        ">b failed\n",
        ">an upload may be left\n",
        ">\r40 %\u001b[K",
        clear
      ])
    }))

  it.effect("writes plain lines to a pipe, a file and a dumb terminal", () =>
    Effect.gen(function*() {
      for (
        const [env, tty] of [[{}, false], [{ TERM: "dumb" }, true]] as ReadonlyArray<[Record<string, string>, boolean]>
      ) {
        const { process, written } = fakeProcess({ env, tty })
        const look = yield* job.pipe(Effect.provide(Screen.layer(process)))
        assert.isUndefined(look)
        assert.deepEqual(written, ["a is done\n", ">b failed\n", ">an upload may be left\n"])
      }
    }))

  it.effect("has no colors with NO_COLOR", () =>
    Effect.gen(function*() {
      const { look } = yield* Screen.Screen
      assert.deepEqual(yield* look, { color: false, columns: 40 })
    }).pipe(
      Effect.provide(Layer.suspend(() => Screen.layer(fakeProcess({ env: { NO_COLOR: "1" }, tty: true }).process)))
    ))

  it.effect("says that nobody reads the output any more", () =>
    Effect.gen(function*() {
      const { print, warn } = yield* Screen.Screen
      yield* warn("lost")
      assert.strictEqual((yield* Effect.flip(print("lost")))._tag, "OutputClosed")
    }).pipe(Effect.provide(Layer.suspend(() => Screen.layer(fakeProcess({ broken: true }).process)))))
})

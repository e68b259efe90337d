// The line that says how far a run over a fleet is: what it writes, and what a terminal shows then.
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Exit, Fiber, Queue, Result, Schema, Stream } from "effect"
import { Fleet } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import * as path from "node:path"
import { render } from "../../fleet/internal/display.ts"
import { pad, printable, shorten, width } from "../../fleet/internal/text.ts"

const escape = "\u001b"

type Event = Fleet.Event<number>

/** What is written, by the time at which it was. */
const fakeOutput = ({ columns = 80, isTTY = true }: { readonly columns?: number; readonly isTTY?: boolean } = {}) => {
  const written: Array<string> = []
  const output: Fleet.DisplayOutput = {
    isTTY,
    columns,
    listenerCount: () => 0,
    once: () => {},
    write: (text, done) => {
      written.push(text)
      done(null)
    }
  }
  return { output, written }
}

/** The lines that a terminal shows after this. It knows carriage returns, line feeds, colors, and how to erase to the right. */
const screenOf = (written: ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines: Array<Array<string>> = [[]]
  let column = 0
  const tokens = written.join("").match(new RegExp(`${escape}\\[[\\d;]*[A-Za-z]|[^]`, "gu")) ?? []
  for (const token of tokens) {
    const line = lines.at(-1)!
    if (token === "\r") column = 0
    else if (token === "\n") {
      lines.push([])
      column = 0
    } else if (token === "\u001b[K") line.length = Math.min(line.length, column)
    else if (token.startsWith("\u001b")) assert.match(token, /m$/)
    else line[column++] = token
  }
  return lines.map((line) => Array.from(line, (character) => character ?? " ").join("").trimEnd())
}

const progress = (done: number, more: Partial<Fleet.Progress> = {}): Fleet.Progress => ({
  places: 20,
  isComplete: true,
  running: 2,
  succeeded: done,
  failed: 0,
  ...more
})

const place = { account: "111122223333", region: "eu-west-1", target: { account: "111122223333" } } as const
const started = (more: Fleet.Progress, region = "eu-west-1"): Event => ({
  ...place,
  region,
  _tag: "Started",
  progress: more
})
const finished = (more: Fleet.Progress): Event => ({
  ...place,
  _tag: "Finished",
  result: Result.succeed(1),
  progress: more
})

/** A run whose events a test sends, and whose display it reads. */
const start = (options: Fleet.DisplayOptions) =>
  Effect.gen(function*() {
    const queue = yield* Queue.unbounded<Event, string>()
    const seen: Array<Event> = []
    const fiber = yield* Stream.fromQueue(queue).pipe(
      Fleet.display({ env: {}, ...options }),
      Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
      Effect.forkChild
    )
    yield* TestClock.adjust(0)
    return { queue, seen, fiber }
  })

describe("Fleet.display in a terminal", () => {
  it.effect("passes all events through as they are, also those of a failed run, and the failure", () =>
    Effect.gen(function*() {
      const { output } = fakeOutput()
      const events = [started(progress(0)), finished(progress(1))]
      const seen: Array<Event> = []
      const exit = yield* Stream.fromIterable(events).pipe(
        Stream.concat(Stream.fail("no more targets")),
        Fleet.display({ stream: output, env: {} }),
        Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
        Effect.exit
      )
      assert.deepEqual(exit, Exit.fail("no more targets"))
      assert.lengthOf(seen, 2)
      assert.strictEqual(seen[0], events[0])
      assert.strictEqual(seen[1], events[1])
    }))

  it.effect("shows one line, which it writes over, with numbers, times and the last place", () =>
    Effect.gen(function*() {
      const { output, written } = fakeOutput({ columns: 120 })
      const { fiber, queue } = yield* start({ stream: output, label: "audit" })
      yield* Queue.offer(queue, started(progress(0, { places: 1_204, isComplete: false })))
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(screenOf(written), ["audit  0 of 1,204+  2 running  0:10  111122223333 eu-west-1"])
      yield* Queue.offer(queue, finished(progress(17, { places: 1_204, isComplete: true, failed: 3 })))
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(screenOf(written), [
        "audit  20 of 1,204  3 failed  2 running  1.0/s  0:20  19:44 left  111122223333 eu-west-1"
      ])
      yield* Queue.offer(queue, finished(progress(1_200, { places: 1_204, running: 0, failed: 4 })))
      yield* Queue.end(queue as never)
      yield* Fiber.join(fiber)
      assert.deepEqual(screenOf(written), ["audit  1,204 of 1,204  4 failed  60/s  after 0:20", ""])
    }))

  it.effect("draws at most ten times per second, and not at all while nothing changes within a second", () =>
    Effect.gen(function*() {
      const { output, written } = fakeOutput()
      const { fiber, queue } = yield* start({ stream: output })
      yield* Queue.offer(queue, started(progress(0)))
      yield* TestClock.adjust("500 millis")
      yield* TestClock.adjust("400 millis")
      const before = written.length
      for (let n = 0; n < 1_000; n++) {
        yield* Queue.offer(queue, finished(progress(n, { places: 5_000 })))
        yield* TestClock.adjust("1 millis")
      }
      assert.isAtMost(written.length - before, 11)
      assert.isAtLeast(written.length - before, 9)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("leaves its last line and a line break behind when the run fails, is interrupted, or ends early", () =>
    Effect.gen(function*() {
      for (const how of ["fail", "interrupt", "take"] as const) {
        const { output, written } = fakeOutput()
        const events = Stream.concat(
          Stream.make(started(progress(0)), finished(progress(1))),
          how === "fail" ? Stream.fail("no") : Stream.never
        ).pipe(Fleet.display({ stream: output, env: {} }), how === "take" ? Stream.take(2) : (events) => events)
        const fiber = yield* Effect.forkChild(Stream.runDrain(events))
        yield* TestClock.adjust("2 seconds")
        if (how === "interrupt") yield* Fiber.interrupt(fiber)
        yield* Fiber.await(fiber)
        assert.lengthOf(screenOf(written), 2, how)
        assert.match(screenOf(written)[0]!, /^1 of 20 {2}stopped .*after 0:0[02]$/, how)
        const { length } = written
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(written, length, `${how}: it writes after the end`)
      }
    }))

  it.effect("lets what the effects log have a line of its own", () =>
    Effect.gen(function*() {
      const { output, written } = fakeOutput()
      const log = (line: string) => void written.push(`${line}\n`)
      const events = Stream.make(started(progress(0))).pipe(
        Stream.concat(Stream.fromEffect(Effect.as(
          Effect.andThen(Effect.sleep("1 second"), Console.log("a warning")),
          finished(progress(20, { running: 0 }))
        ))),
        Fleet.display({ stream: output, env: {} }),
        Stream.provideService(Console.Console, { ...console, log })
      )
      const fiber = yield* Effect.forkChild(Stream.runDrain(events))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepEqual(screenOf(written), ["a warning", "20 of 20  20/s  after 0:01", ""])
    }))

  it.effect("colors the failures red, unless NO_COLOR says not to", () =>
    Effect.gen(function*() {
      for (const [env, red] of [[{}, true], [{ NO_COLOR: "1" }, false], [{ NO_COLOR: "" }, true]] as const) {
        const { output, written } = fakeOutput()
        yield* Stream.make(finished(progress(1, { failed: 3 }))).pipe(
          Fleet.display({ stream: output, env }),
          Stream.runDrain
        )
        assert.strictEqual(written.join("").includes("\u001b[31m3 failed\u001b[39m"), red)
      }
    }))

  it.effect("says that a run without a place is done", () =>
    Effect.gen(function*() {
      const { output, written } = fakeOutput()
      yield* Stream.runDrain(Fleet.display(Stream.empty, { stream: output, env: {} }))
      assert.deepEqual(screenOf(written), ["0 of 0  after 0:00", ""])
    }))
})

describe("Fleet.display in a file or a pipe", () => {
  for (const [where, isTTY, env] of [["a pipe", false, {}], ["a dumb terminal", true, { TERM: "dumb" }]] as const) {
    it.effect(`writes a line at most every ten seconds, without any command of a terminal: ${where}`, () =>
      Effect.gen(function*() {
        const { output, written } = fakeOutput({ isTTY })
        const { fiber, queue } = yield* start({ stream: output, env, label: "audit" })
        for (let n = 0; n < 30; n++) {
          yield* Queue.offer(queue, finished(progress(n, { places: 40 })))
          yield* TestClock.adjust("1 second")
        }
        assert.lengthOf(written, 3)
        // Nothing changes for two minutes: a sign of life each minute.
        yield* TestClock.adjust("2 minutes")
        assert.isAtLeast(written.length, 5)
        assert.isAtMost(written.length, 6)
        yield* Queue.offer(queue, finished(progress(40, { places: 40, running: 0 })))
        yield* Queue.end(queue as never)
        yield* Fiber.join(fiber)
        assert.strictEqual(written.at(-1), "audit  40 of 40  16.0/min  after 2:30\n")
        for (const line of written) assert.match(line, /^[ -~]+\n$/)
      }))
  }
})

describe("a display whose output is gone", () => {
  it.effect("doesn't end the run, whether the output reports that or throws", () =>
    Effect.gen(function*() {
      for (
        const write of [
          (_: string, done: (error?: Error | null) => void) => done(new Error("EPIPE")),
          () => {
            throw new Error("write after end")
          }
        ]
      ) {
        let listeners = 0
        let writes = 0
        const output: Fleet.DisplayOutput = {
          isTTY: true,
          listenerCount: () => listeners,
          once: () => listeners++,
          write: (text, done) => {
            writes++
            write(text, done)
          }
        }
        const { fiber, queue } = yield* start({ stream: output })
        yield* Queue.offer(queue, started(progress(0)))
        yield* TestClock.adjust("5 seconds")
        yield* Queue.offer(queue, finished(progress(20)))
        yield* Queue.end(queue as never)
        yield* Fiber.join(fiber)
        assert.strictEqual(writes, 1)
      }
    }))

  it.effect("doesn't end the run, whatever its label is, and however wide it says it is", () =>
    Effect.gen(function*() {
      const narrow = Object.defineProperty({}, "columns", {
        get: () => {
          throw new Error("EBADF")
        }
      })
      for (const [label, columns] of [[5, {}], [Symbol("audit"), {}], ["audit", narrow]] as const) {
        let text = ""
        const output = Object.assign(columns, {
          isTTY: true,
          listenerCount: () => 1,
          once: () => 0,
          write: (line: string, done: () => void) => {
            text += line
            done()
          }
        })
        const { fiber, queue } = yield* start({ stream: output, label: label as any })
        yield* Queue.offer(queue, finished(progress(20)))
        yield* Queue.end(queue as never)
        yield* Fiber.join(fiber)
        assert.include(text, `${String(label)}  20 of 20`)
      }
    }))

  it("doesn't end a real process whose stderr nobody reads", async () => {
    const program = `
      import { Effect, Stream } from "effect"
      import { Fleet } from "effect-aws-sdk"
      const progress = { places: 1, isComplete: true, running: 1, succeeded: 0, failed: 0 }
      const event = { _tag: "Started", account: "", region: "", target: {}, progress }
      process.stderr.isTTY = true
      await Effect.runPromise(Stream.make(event).pipe(
        Stream.concat(Stream.fromEffect(Effect.as(Effect.sleep(600), event))),
        Fleet.display({ env: {} }),
        Stream.runDrain
      ))
      console.log("ended well")`
    const root = path.resolve(import.meta.dirname, "../..")
    const child = spawn(
      process.execPath,
      ["--conditions=@effect-aws-sdk/source", "--input-type=module", "--eval", program],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"] }
    )
    child.stderr.destroy()
    let text = ""
    child.stdout.on("data", (data) => text += String(data))
    const code = await new Promise((resolve) => child.on("close", resolve))
    assert.deepEqual([text, code], ["ended well\n", 0])
  })
})

describe("the line of a display", () => {
  const Any = Schema.Struct({
    label: Schema.String,
    at: Schema.String,
    columns: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 })),
    places: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_000_000 })),
    failed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_000 })),
    seconds: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })),
    state: Schema.Literals(["running", "done", "stopped"])
  })

  it.effect.prop(
    "fits the terminal, and has no command of a terminal but its own color",
    [Any],
    ([any]) =>
      Effect.sync(() => {
        const { at, columns, failed, label, places, seconds, state } = any
        const line = render(
          {
            label: `\u001b[2J${label}\n`,
            at,
            progress: { places, isComplete: places % 2 === 0, running: 7, succeeded: 3, failed },
            elapsed: seconds,
            rate: seconds / 1_000,
            state
          },
          { color: true, columns }
        )
        const plain = line.replace(`${escape}[31m`, "").replace(`${escape}[39m`, "")
        assert.notMatch(plain, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        assert.isBelow(width(plain), Math.max(1, columns))
      })
  )

  it("leaves out what matters least in a narrow terminal, and keeps the numbers", () => {
    const view = {
      label: "teardown-of-all-accounts",
      at: "111122223333 eu-west-1",
      progress: { places: 1_204, isComplete: true, running: 16, succeeded: 308, failed: 4 },
      elapsed: 150,
      rate: 2.08,
      state: "running"
    } as const
    const lines = [130, 100, 80, 70, 60, 50, 40, 24, 12, 1].map((columns) => render(view, { color: false, columns }))
    assert.deepEqual(lines, [
      "teardown-of-all-accounts  312 of 1,204  4 failed  16 running  2.1/s  2:30  7:09 left  111122223333 eu-west-1",
      "teardown-of-al…  312 of 1,204  4 failed  16 running  2.1/s  2:30  7:09 left  111122223333 eu-west-1",
      "teardown-of-all-ac…  312 of 1,204  4 failed  16 running  2.1/s  2:30  7:09 left",
      "teardown-of-all…  312 of 1,204  4 failed  16 running  2:30  7:09 left",
      "teardown-of-all-a…  312 of 1,204  4 failed  2:30  7:09 left",
      "teardown-of-a…  312 of 1,204  4 failed  7:09 left",
      "teardown-of-al…  312 of 1,204  4 failed",
      "312 of 1,204  4 failed",
      "312 of 1,2…",
      ""
    ])
  })
})

describe("the text of a fleet's tables and lines", () => {
  it("counts the columns of wide, combined and drawn characters as terminals do", () => {
    const widths = {
      "abc": 3,
      "中文": 4,
      "e\u0301": 1,
      "한글": 4,
      "👍🏽": 2,
      "👩‍👩‍👧": 2,
      "é": 1,
      "": 0,
      "ｱ": 1,
      "Ａ": 2,
      "🇩🇪": 2
    }
    for (const [text, columns] of Object.entries(widths)) assert.strictEqual(width(text), columns, text)
  })

  it.effect.prop(
    "is never cut to more columns than it may have, and padded to exactly as many",
    [Schema.String, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))],
    ([text, columns]) =>
      Effect.sync(() => {
        const cut = shorten(printable(text), columns)
        assert.isAtMost(width(cut), columns)
        assert.strictEqual(width(pad(cut, columns)), columns)
        if (width(printable(text)) <= columns) assert.strictEqual(cut, printable(text))
      })
  )
})

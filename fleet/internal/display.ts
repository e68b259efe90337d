// One line that says how far a run over a fleet is.
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { shown } from "../../errors/internal/words.ts"
import { type TextOutput, writeText } from "../../src/internal/stdout.ts"
import { steadyMillis } from "../../src/internal/steady.ts"
import type { Event, Progress } from "./events.ts"
import type { Target } from "./targets.ts"
import { amount, printable, shorten, time, width } from "./text.ts"

/**
 * Where the line of a display goes: `process.stderr`, or what is like it.
 *
 * @category models
 * @since 0.1.0
 */
export interface DisplayOutput extends TextOutput {
  /** Whether it's a terminal, where a line can be written over. */
  readonly isTTY?: boolean | undefined
  /** How wide the terminal is. By default 80. */
  readonly columns?: number | undefined
}

/**
 * Options of {@link display}.
 *
 * @category models
 * @since 0.1.0
 */
export interface DisplayOptions {
  /** What the line begins with, such as the program's name. By default nothing. */
  readonly label?: string | undefined
  /** By default `process.stderr`. */
  readonly stream?: DisplayOutput | undefined
  /** By default `process.env`. `NO_COLOR` turns colors off, and `TERM=dumb` stands for a terminal that can't write over a line. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

export interface View {
  readonly label: string
  readonly progress: Progress
  /** In seconds. */
  readonly elapsed: number
  /** Places per second; `undefined` until it's known. */
  readonly rate: number | undefined
  /** Where the work started last. */
  readonly at: string
  /** Whether the run goes on, has come to its end, or was stopped before. */
  readonly state: "running" | "done" | "stopped"
}

const speed = (rate: number): string =>
  rate >= 1 ? `${rate < 10 ? rate.toFixed(1) : amount(Math.round(rate))}/s` : `${(rate * 60).toFixed(1)}/min`

/**
 * One line: `teardown  312 of 1,204  4 failed  16 running  2.1/s  2:30  7:05 left  111122223333 eu-west-1`. It's shorter than
 * `columns`. In a narrow terminal, it leaves out the place, the rate, the running ones, and the times, in this order, and then
 * shortens the label.
 */
export const render = (
  view: View,
  { color, columns }: { readonly color: boolean; readonly columns: number }
): string => {
  const { at, elapsed, progress, rate, state } = view
  const done = progress.succeeded + progress.failed
  const known = `${amount(done)} of ${amount(progress.places)}${progress.isComplete ? "" : "+"}`
  const failed = progress.failed === 0 ? "" : `${amount(progress.failed)} failed`
  const isRunning = state === "running"
  const running = isRunning ? `${amount(progress.running)} running` : state === "stopped" ? "stopped" : ""
  const pace = rate === undefined || rate === 0 ? "" : speed(rate)
  const past = isRunning ? time(elapsed) : `after ${time(elapsed)}`
  const left = isRunning && progress.isComplete && rate !== undefined && rate > 0 && done < progress.places
    ? `${time((progress.places - done) / rate)} left`
    : ""
  // The last column stays free: some terminals break the line there.
  const room = Math.max(0, columns - 1)
  const variants = [
    [known, failed, running, pace, past, left, isRunning ? printable(at) : ""],
    [known, failed, running, pace, past, left],
    [known, failed, running, past, left],
    [known, failed, past, left],
    [known, failed, left],
    [known, failed]
  ].map((parts) => parts.filter((part) => part !== ""))
  const name = printable(view.label)
  const lengthOf = (parts: ReadonlyArray<string>) => width(parts.join("  "))
  const needed = name === "" ? 0 : Math.min(width(name), 12) + 2
  const parts = variants.find((parts) => needed + lengthOf(parts) <= room) ?? variants.at(-1)!
  const labelRoom = room - lengthOf(parts) - 2
  if (labelRoom < 0) return shorten(parts.join("  "), room)
  const text = parts.map((part) => color && part === failed ? `\u001b[31m${part}\u001b[39m` : part).join("  ")
  const label = shorten(name, labelRoom)
  return label === "" ? text : `${label}  ${text}`
}

/** How long the past counts for the rate, in milliseconds. */
const MEMORY = 30_000
/** The least time between two drawings in a terminal, in milliseconds. */
const FRAME = 100
/** The least time between two lines in a file or a pipe, in milliseconds. */
const LINE = 10_000
/** A line is repeated at the latest after this, so that whoever waits for output sees that the run is alive. */
const SIGN_OF_LIFE = 60_000

const nothing: Progress = { places: 0, isComplete: false, running: 0, succeeded: 0, failed: 0 }

const clearLine = "\r\u001b[K"

/** What the display knows, and what it has written. */
class Display {
  private readonly output: DisplayOutput
  private readonly label: string
  private readonly isTerminal: boolean
  private readonly color: boolean
  private readonly start: number
  private progress = nothing
  private at = ""
  private samples: Array<{ readonly at: number; readonly done: number }>
  /** The line that the terminal shows, or the progress that a file has. */
  private shown: unknown = ""
  private writtenAt = 0
  private isWriting = false
  private isClosed = false

  constructor(options: DisplayOptions, now: number) {
    const env = options.env ?? process.env
    this.output = options.stream ?? process.stderr
    this.label = shown(options.label ?? "")
    this.isTerminal = this.output.isTTY === true && env["TERM"] !== "dumb"
    this.color = this.isTerminal && !env["NO_COLOR"]
    this.start = now
    this.writtenAt = now
    this.samples = [{ at: now, done: 0 }]
  }

  /** How long to wait between two drawings. */
  get pause(): number {
    return this.isTerminal ? FRAME : LINE
  }

  see({ _tag, account, progress, region }: Event<unknown, unknown>): void {
    this.progress = progress
    if (_tag === "Started") this.at = `${account} ${region}`
  }

  draw(now: number): void {
    const done = this.progress.succeeded + this.progress.failed
    this.samples.push({ at: now, done })
    while (this.samples.length > 2 && now - this.samples[1]!.at >= MEMORY) this.samples.shift()
    // A terminal that doesn't read would otherwise get all lines at once, later.
    if (this.isWriting) return
    if (this.isTerminal) {
      const line = this.line(now, "running")
      if (line === this.shown) return
      this.write(`\r${line}\u001b[K`)
      this.shown = line
    } else if (this.progress !== this.shown || now - this.writtenAt >= SIGN_OF_LIFE) {
      this.write(`${this.line(now, "running")}\n`)
      this.shown = this.progress
      this.writtenAt = now
    }
  }

  /** Takes the line away, before something else is written to the terminal. The next drawing brings it back. */
  clear(): void {
    if (!this.isTerminal || this.shown === "") return
    this.write(clearLine)
    this.shown = ""
  }

  end(now: number, isDone: boolean): void {
    const { failed, places, succeeded } = this.progress
    // The last event may be older than the end of the targets. Whoever takes only some of the events stops the run.
    const isAll = isDone && succeeded + failed === places
    if (isAll) this.progress = { ...this.progress, isComplete: true }
    const line = this.line(now, isAll ? "done" : "stopped")
    this.write(this.isTerminal ? `\r${line}\u001b[K\n` : `${line}\n`)
  }

  private line(now: number, state: View["state"]): string {
    const { at: since, done } = this.samples[0]!
    const { failed, succeeded } = this.progress
    const all = succeeded + failed
    const elapsed = (now - this.start) / 1_000
    // At the end, the rate is that of the whole run.
    const rate = state === "running" ? (all - done) * 1_000 / (now - since) : all / elapsed
    return render(
      {
        label: this.label,
        progress: this.progress,
        elapsed,
        rate: Number.isFinite(rate) ? rate : undefined,
        at: this.at,
        state
      },
      { color: this.color, columns: this.isTerminal ? this.columns : Number.POSITIVE_INFINITY }
    )
  }

  private get columns(): number {
    try {
      return this.output.columns || 80
    } catch {
      return 80
    }
  }

  private write(text: string): void {
    // Nobody reads it any more. The run is worth more than its display.
    if (this.isClosed) return
    this.isWriting = true
    try {
      writeText(this.output, text, (error) => {
        this.isWriting = false
        if (error) this.isClosed = true
      })
    } catch {
      this.isClosed = true
    }
  }
}

/** The same console, whose lines don't end up in the one of the display. */
const aside = (console: Console.Console, display: Display): Console.Console =>
  new Proxy(console, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      return typeof member !== "function" ? member : (...values: ReadonlyArray<unknown>) => {
        display.clear()
        return Reflect.apply(member, target, values)
      }
    }
  })

export const makeDisplay = <A, E, T extends Target, E2, R>(
  events: Stream.Stream<Event<A, E, T>, E2, R>,
  options: DisplayOptions
): Stream.Stream<Event<A, E, T>, E2, R> =>
  Stream.unwrap(Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const now = () => steadyMillis(clock)
    const display = yield* Effect.acquireRelease(
      Effect.sync(() => new Display(options, now())),
      (display, exit) => Effect.sync(() => display.end(now(), Exit.isSuccess(exit)))
    )
    const draw = Effect.sync(() => display.draw(now()))
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(display.pause), draw)))
    return events.pipe(
      Stream.tap((event) => Effect.sync(() => display.see(event))),
      Stream.updateService(Console.Console, (console) => aside(console, display))
    )
  }))

// Where the program writes: results to stdout, problems and the progress bar to stderr.
import { Context, Data, Effect, Layer, Logger, Runtime } from "effect"
import type { Look } from "./Bar.ts"

/** The reader of the output has gone, as in `… | head`. */
export class OutputClosed extends Data.TaggedError("OutputClosed")<{ readonly cause: unknown }> {
  // As shells report a program that SIGPIPE ended.
  override readonly [Runtime.errorExitCode] = 141
  override get message(): string {
    return "Nothing reads the output any more."
  }
}

export class Screen extends Context.Service<Screen, {
  /** How the progress bar looks; `undefined` if there is no terminal to draw one on. */
  readonly look: Effect.Effect<Look | undefined>
  /** Writes a line, or bytes as they are, to stdout. */
  readonly print: (text: string | Uint8Array) => Effect.Effect<void, OutputClosed>
  /** Writes a line to stderr. */
  readonly warn: (line: string) => Effect.Effect<void>
  /** Shows this line at the bottom of the terminal instead of the last one. `""` removes it. */
  readonly show: (line: string) => Effect.Effect<void>
}>()("s3/Screen") {}

interface Output {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string | Uint8Array, done: (error?: Error | null) => void) => unknown
  readonly on: (event: "error", listener: () => void) => unknown
}

interface Process {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

const write = (output: Output, text: string | Uint8Array) =>
  Effect.callback<void, OutputClosed>((resume) => {
    output.write(text, (cause) => resume(cause ? Effect.fail(new OutputClosed({ cause })) : Effect.void))
  })

const make = ({ env, stderr, stdout }: Process): Effect.Effect<Screen["Service"]> =>
  Effect.sync(() => {
    // `write` reports the failure. Without a listener, it would also end the process.
    for (const output of [stdout, stderr]) output.on("error", () => {})
    const canDraw = stderr.isTTY === true && env["TERM"] !== "dumb"
    const color = canDraw && !env["NO_COLOR"]
    let shown = ""
    const clear = Effect.suspend(() => {
      if (shown === "") return Effect.void
      shown = ""
      return Effect.ignore(write(stderr, "\r\u001b[K"))
    })
    return {
      look: Effect.sync(() => canDraw ? { color, columns: stderr.columns ?? 80 } : undefined),
      print: (text) => Effect.andThen(clear, write(stdout, typeof text === "string" ? `${text}\n` : text)),
      warn: (line) => Effect.andThen(clear, Effect.ignore(write(stderr, `${line}\n`))),
      show: (line) =>
        Effect.suspend(() => {
          if (!canDraw || line === shown) return Effect.void
          if (line === "") return clear
          shown = line
          return Effect.ignore(write(stderr, `\r${line}\u001b[K`))
        })
    }
  })

/** The terminal, or the files and pipes, of a process. When the Layer closes, the progress bar is gone. */
export const layer = (process: Process): Layer.Layer<Screen> => {
  const screen = Layer.effect(
    Screen,
    Effect.acquireRelease(make(process), ({ show }) => show(""))
  )
  // The library's warnings go where problems go, and don't break the progress bar.
  const logger = Logger.layer([
    Effect.map(Screen, ({ warn }) =>
      Logger.make(({ message }) => {
        const words = Array.isArray(message) ? message : [message]
        Effect.runFork(warn(words.map(String).join(" ")))
      }))
  ])
  return logger.pipe(Layer.provideMerge(screen))
}

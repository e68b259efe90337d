// Lines on standard output, for what reads a program's logs, and text on other outputs.

/** What text can be written to, such as `process.stderr`. */
export interface TextOutput {
  readonly write: (text: string, done: (error?: Error | null) => void) => unknown
  readonly listenerCount: (event: "error") => number
  readonly once: (event: "error", listener: () => void) => unknown
}

const noop = () => {}

/** Writes text, even if nobody reads it any more. */
export const writeText = (output: TextOutput, text: string, done: (error?: Error | null) => void = noop): void => {
  output.write(text, (error) => {
    // Whoever read it may be gone. The stream tells that to its listeners, too, after this; without one, the process would end.
    if (error && output.listenerCount("error") === 0) output.once("error", noop)
    done(error)
  })
}

/**
 * Writes a line to standard output. It isn't `console.log`, which Lambda's runtime replaces: in front of a line that it logs is a
 * time, or around it another object.
 */
export const writeLine = (line: string, done?: (error?: Error | null) => void): void =>
  writeText(process.stdout, `${line}\n`, done)

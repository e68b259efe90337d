// Lines on standard output, for what reads a program's logs.

const noop = () => {}

/**
 * Writes a line to standard output. It isn't `console.log`, which Lambda's runtime replaces: in front of a line that it logs is a
 * time, or around it another object.
 */
export const writeLine = (line: string, done: (error?: Error | null) => void = noop): void => {
  const { stdout } = process
  stdout.write(`${line}\n`, (error) => {
    // Whoever read it may be gone. The stream tells that to its listeners, too, after this; without one, the process would end.
    if (error && stdout.listenerCount("error") === 0) stdout.once("error", noop)
    done(error)
  })
}

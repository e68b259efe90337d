// A terminal, or a pipe, that keeps what examples/s3 writes to it.

/** A process whose output goes to a list, with `>` before what goes to stderr. */
export const fakeProcess = (
  { broken = false, env = {}, tty = false }: {
    readonly env?: Readonly<Record<string, string>>
    readonly tty?: boolean
    /** Nobody reads what is written. */
    readonly broken?: boolean
  } = {}
) => {
  const written: Array<string> = []
  const output = (mark: string) => ({
    isTTY: tty,
    columns: 40,
    on: () => {},
    write: (text: string | Uint8Array, done: (error?: Error | null) => void) => {
      if (!broken) written.push(`${mark}${typeof text === "string" ? text : Buffer.from(text).toString()}`)
      done(broken ? new Error("EPIPE") : null)
    }
  })
  return { written, process: { env, stdout: output(""), stderr: output(">") } }
}

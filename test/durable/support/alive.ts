// Runs before the program of a process that a test starts. It ends the process when the test's process is gone, however that ended, and
// sets its clock.
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL")).resume() // A pipe is a socket. The program doesn't wait for it.
;(process.stdin as unknown as { readonly unref: () => void }).unref()

const ahead = Number(process.env["TEST_CLOCK_AHEAD"] ?? 0)
if (ahead > 0) {
  const Real = Date
  globalThis.Date = class extends Real {
    constructor(...given: ReadonlyArray<any>) {
      if (given.length === 0) super(Real.now() + ahead)
      else super(...given as [number])
    }
    static override now() {
      return Real.now() + ahead
    }
  } as DateConstructor
}

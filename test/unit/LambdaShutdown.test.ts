// SIGTERM ends a process that has handlers, as Lambda sends it to a function with an extension.
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as path from "node:path"

const program = path.resolve(import.meta.dirname, "../support/shutdown.ts")

/** Runs the program until it waits, signals it, and returns what it wrote after that and how it ended. */
const shutdown = (...options: ReadonlyArray<string>) =>
  new Promise<{ readonly lines: ReadonlyArray<string>; readonly end: number | string | null }>((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@effect-aws-sdk/source", program, ...options], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    let isSignalled = false
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      if (isSignalled || !output.includes("waiting\n")) return
      isSignalled = true
      child.kill("SIGTERM")
    })
    child.on("error", reject)
    child.on(
      "close",
      (code, signal) =>
        resolve({ lines: output.split("waiting\n")[1]!.split("\n").filter((line) => line !== ""), end: code ?? signal })
    )
  })

describe("SIGTERM", () => {
  it("runs the finalizers of the Layer, and ends the process", async () => {
    assert.deepStrictEqual(await shutdown(), { lines: ["a released"], end: 0 })
  })

  it("interrupts an invocation that is running, which answers before the Layer is released", async () => {
    const { end, lines } = await shutdown("running")
    assert.deepStrictEqual(lines.filter((line) => !line.startsWith("{")), [
      "a interrupted",
      "a answered InvocationInterrupted",
      "a released"
    ])
    assert.strictEqual(end, 0)
  })

  it("closes all handlers of the process, at the same time", async () => {
    const { end, lines } = await shutdown("two")
    assert.sameMembers([...lines], ["a released", "b released"])
    assert.strictEqual(end, 0)
  })

  it("reaches other listeners too, which decide when the process ends", async () => {
    assert.deepStrictEqual(await shutdown("listener"), { lines: ["listener called", "a released"], end: 7 })
  })

  it("ends the process if a finalizer fails, and logs why", async () => {
    const { end, lines } = await shutdown("broken")
    assert.strictEqual(end, 0)
    assert.deepInclude(JSON.parse(lines[0]!), {
      level: "ERROR",
      message: "The finalizers of the handler's Layer failed at the shutdown",
      errorMessage: "a broken finalizer"
    })
  })

  it("ends the process after 2 seconds if a finalizer hangs", async () => {
    assert.deepStrictEqual(await shutdown("hanging"), { lines: [], end: 0 })
  }, 20_000)

  it("ends a process as always, before its handlers are used and after they are closed", async () => {
    assert.deepStrictEqual(await shutdown("unused"), { lines: [], end: "SIGTERM" })
    assert.deepStrictEqual(await shutdown("closed"), { lines: [], end: "SIGTERM" })
  })
})

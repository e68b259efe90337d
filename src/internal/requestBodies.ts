import * as fs from "node:fs"
import { Readable, Transform } from "node:stream"
import { Misconfigured } from "../../errors/internal/reasons.ts"
import { Refused } from "../../errors/internal/refused.ts"

const refused = (code: string, description: string, advice: string) =>
  new Refused(new Misconfigured({ code, description, isRetryable: false, advice }))

const wrongLength = (length: number, expected: number) =>
  refused(
    "BodyLengthMismatch",
    `the body has ${length} bytes, and \`ContentLength\` says ${expected}`,
    "Pass the length of the body, or none."
  )

/** The failure of a body that the program passed. The request wasn't whole, so AWS can't have acted on it. */
const bodyFailed = (cause: unknown) =>
  refused(
    "BodyFailed",
    `the body of the request failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    "Check what the body is read from."
  )

const lengthOf = (body: unknown): number | undefined =>
  typeof body === "string" ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : undefined

/**
 * A stream in place of the body, which the SDK can't watch: it ignores the errors of a body, waits for ever for one that ends
 * early, and sends what a body has in excess of its length as the next request.
 */
const watch = (body: Readable, expected: number | undefined, onFailure: (error: Error) => void): Readable => {
  let length = 0
  const fail = (error: Error) => {
    onFailure(error)
    body.destroy()
  }
  const watched = new Transform({
    transform(chunk: Uint8Array | string, _, done) {
      length += Buffer.byteLength(chunk)
      if (expected !== undefined && length > expected) return fail(wrongLength(length, expected))
      done(null, chunk)
    },
    flush(done) {
      if (expected !== undefined && length < expected) return fail(wrongLength(length, expected))
      done()
    }
  })
  body.once("error", (error) => fail(bodyFailed(error)))
  body.once("close", () => {
    if (!body.readableEnded && !body.errored) fail(bodyFailed(new Error("it was closed before its end")))
  })
  if (body.destroyed) fail(bodyFailed(body.errored ?? new Error("it was closed before its end")))
  return body.pipe(watched)
}

/**
 * Watches the body of an input for as long as a call lasts: puts a stream in its place, and calls `onFailure` if the body
 * fails, ends early, or isn't as long as the input says. Returns what ends the watch, with the body itself.
 */
export const watchBody = (input: Record<string, any>, onFailure: (error: Error) => void): () => void => {
  const { Body, ContentLength: expected } = input
  const length = lengthOf(Body)
  if (length !== undefined && typeof expected === "number" && length !== expected) throw wrongLength(length, expected)
  const member = Object.keys(input).find((name) => input[name] instanceof Readable)
  if (member === undefined) return () => {}
  const body: Readable = input[member]
  // Of a file the SDK finds out the length, unless it's given.
  if (body instanceof fs.ReadStream && expected === undefined) return () => {}
  let isOver = false
  input[member] = watch(body, expected, (error) => {
    if (!isOver) onFailure(error)
  })
  return () => {
    isOver = true
    body.unpipe()
    body.destroy()
  }
}

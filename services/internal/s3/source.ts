// The bytes of a body of unknown length, read into buffers.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { isUint8Array } from "node:util/types"
import type { CannotReadBody } from "../../../errors/internal/s3Errors.ts"
import { feedOf } from "./chunks.ts"

export interface Source<E, R> {
  /** Fills the buffer, and succeeds with the number of bytes; they are fewer than it holds only at the end. */
  readonly fill: (buffer: Buffer) => Effect.Effect<number, E, R>
  /** Whether there is nothing more to read. */
  readonly isAtEnd: Effect.Effect<boolean, E, R>
}

export const viewOf = ({ buffer, byteLength, byteOffset }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** Encodes text that comes in pieces: a character of two code units may be cut. */
const makeEncoder = () => {
  let half = ""
  const encode = (text: string): Buffer => {
    const all = half + text
    const isCut = /[\uD800-\uDBFF]$/.test(all)
    half = isCut ? all.slice(-1) : ""
    return Buffer.from(isCut ? all.slice(0, -1) : all)
  }
  /** What is left of a character whose other half didn't come. */
  const flush = (): Buffer => {
    const rest = Buffer.from(half)
    half = ""
    return rest
  }
  return { encode, flush }
}

const bytesOf = (encoder: ReturnType<typeof makeEncoder>) => (chunk: unknown): ReadonlyArray<Buffer> => {
  if (typeof chunk === "string") return [encoder.encode(chunk)]
  if (isUint8Array(chunk)) return [encoder.flush(), viewOf(chunk)]
  throw new TypeError(
    `it has a chunk that is neither text nor bytes, but ${chunk === null ? "null" : `a value of type ${typeof chunk}`}`
  )
}

export const openSource = Effect.fnUntraced(function*<E, R>(
  body: Stream.Stream<unknown, E, R> | AsyncIterable<unknown>
): Effect.fn.Return<Source<E | CannotReadBody, R>, CannotReadBody, R | Scope.Scope> {
  const feed = yield* feedOf(body)
  const encoder = makeEncoder()
  const toBytes = bytesOf(encoder)
  /** What has been read and didn't fit. */
  let waiting: Array<Buffer> = []
  let isDone = false

  /** Reads until `put`, which gets all bytes, wants no more, or to the end. */
  const read = (put: (bytes: Buffer) => void, wantsMore: () => boolean) =>
    Effect.map(
      feed((chunk) => {
        toBytes(chunk).forEach(put)
        return wantsMore()
      }),
      (hasEnded) => {
        isDone = hasEnded
        if (hasEnded) put(encoder.flush())
      }
    )
  const keep = (bytes: Buffer): void => {
    if (bytes.length > 0) waiting.push(bytes)
  }
  return {
    fill: (buffer) =>
      Effect.suspend(() => {
        let filled = 0
        const put = (bytes: Buffer) => {
          const moved = bytes.copy(buffer, filled)
          filled += moved
          keep(bytes.subarray(moved))
        }
        const before = waiting
        waiting = []
        before.forEach(put)
        const wantsMore = () => filled < buffer.length
        return wantsMore() && !isDone ? Effect.map(read(put, wantsMore), () => filled) : Effect.succeed(filled)
      }),
    isAtEnd: Effect.suspend(() => {
      const isEmpty = () => waiting.length === 0
      return isEmpty() && !isDone ? Effect.map(read(keep, isEmpty), isEmpty) : Effect.succeed(isEmpty())
    })
  }
})

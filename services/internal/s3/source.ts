// The bytes of a body of unknown length, read into buffers.
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { isUint8Array } from "node:util/types"
import { CannotReadBody } from "../../../errors/internal/s3Errors.ts"
import { chunksOf } from "./chunks.ts"

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
  const chunks = yield* chunksOf(body)
  const encoder = makeEncoder()
  const toBytes = bytesOf(encoder)
  const state = { waiting: [] as ReadonlyArray<Buffer>, isDone: false }

  /** Waits for more bytes. They may be none. */
  const more = chunks.pipe(
    Effect.flatMap((chunks) =>
      Effect.try({
        try: () => {
          state.waiting = chunks.flatMap(toBytes).filter(({ length }) => length > 0)
        },
        catch: (cause) => new CannotReadBody({ cause })
      })
    ),
    Pull.catchDone(() =>
      Effect.sync(() => {
        state.isDone = true
        state.waiting = [encoder.flush()].filter(({ length }) => length > 0)
      })
    )
  )
  /** Moves what waits into the buffer, and returns how much of it is filled. */
  const move = (buffer: Buffer, start: number): number => {
    let filled = start
    let at = 0
    let rest: ReadonlyArray<Buffer> = []
    for (; at < state.waiting.length && rest.length === 0; at++) {
      const chunk = state.waiting[at]!
      const moved = chunk.copy(buffer, filled)
      filled += moved
      if (moved < chunk.length) rest = [chunk.subarray(moved)]
    }
    state.waiting = [...rest, ...state.waiting.slice(at)]
    return filled
  }
  return {
    fill: Effect.fnUntraced(function*(buffer) {
      let filled = move(buffer, 0)
      while (filled < buffer.length && !state.isDone) {
        yield* more
        filled = move(buffer, filled)
      }
      return filled
    }),
    isAtEnd: Effect.gen(function*() {
      while (state.waiting.length === 0 && !state.isDone) yield* more
      return state.waiting.length === 0
    })
  }
})

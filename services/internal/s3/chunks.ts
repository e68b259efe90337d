// What a program passes as a body: read chunk by chunk, and released whatever happens.
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { finished, Readable } from "node:stream"
import { CannotReadBody } from "../../../errors/internal/s3Errors.ts"
import { guardBody } from "../../../src/internal/bodies.ts"

/**
 * Takes a chunk, and returns whether it wants more. It is given what has been read already even if it doesn't. What it throws
 * makes the body one that can't be read.
 */
export type Take = (chunk: unknown) => boolean

/**
 * Passes the next chunks of a body on, and succeeds with whether the body has ended. Chunks are passed on as they come, without
 * an Effect or a list of them in between: the longer a chunk lives, the more often V8 has to search all of its heap for those
 * that nobody needs any more. That made an upload take twice the CPU time.
 */
export type Feed<E, R> = (take: Take) => Effect.Effect<boolean, E, R>

/** How long the end of an upload waits for a source that says how it is released. */
const PATIENCE = "5 seconds"

const cannotRead = (cause: unknown) => new CannotReadBody({ cause })

const acquire = <A>(open: () => A, release: (opened: A) => unknown) =>
  Effect.acquireRelease(Effect.try({ try: open, catch: cannotRead }), (opened) =>
    // What a source says as it is released is of no use: whatever the upload came to, it has come to.
    Effect.ignore(Effect.timeoutOption(Effect.tryPromise(async () => release(opened)), PATIENCE)))

/** How many chunks are read before other work gets its turn: they may be small, and never end. */
const CHUNKS_PER_TURN = 256

/**
 * By events, because the iterator of a `Readable` joins the chunks that wait, and doesn't end while the `Readable` stalls.
 */
const fromReadable = Effect.fnUntraced(function*(
  body: Readable
): Effect.fn.Return<Feed<CannotReadBody, never>, CannotReadBody, Scope.Scope> {
  const waiting: Array<unknown> = []
  let end: { readonly error: unknown } | undefined
  /** Those who are fed. */
  let eater: { readonly onChunk: (chunk: unknown) => void; readonly onEnd: () => void } | undefined
  yield* acquire(() => {
    if (body.readableEnded) throw new Error("it has been read to its end already")
    guardBody(body)
    const onData = (chunk: unknown) => {
      if (eater !== undefined) return eater.onChunk(chunk)
      waiting.push(chunk)
      body.pause()
    }
    const stop = finished(body, { writable: false }, (error) => {
      end = { error }
      eater?.onEnd()
    })
    body.pause()
    body.on("data", onData)
    return () => {
      stop()
      body.off("data", onData)
      body.destroy()
    }
  }, (release) => release())
  return (take) =>
    Effect.callback<boolean, CannotReadBody>((resume) => {
      let count = 0
      const stop = () => {
        eater = undefined
        body.pause()
      }
      const settle = (result: Effect.Effect<boolean, CannotReadBody>) => {
        stop()
        resume(result)
      }
      const onEnd = () => settle(end?.error ? Effect.fail(cannotRead(end.error)) : Effect.succeed(true))
      const onChunk = (chunk: unknown) => {
        try {
          if (!take(chunk)) return settle(Effect.succeed(false))
        } catch (cause) {
          return settle(Effect.fail(cannotRead(cause)))
        }
        if (++count % CHUNKS_PER_TURN !== 0) return
        body.pause()
        setImmediate(() => {
          if (eater === own) body.resume()
        })
      }
      const own = { onChunk, onEnd }
      eater = own
      waiting.splice(0).forEach((chunk) => {
        if (eater === own) onChunk(chunk)
        else waiting.push(chunk)
      })
      if (eater !== own) return
      if (end !== undefined) return onEnd()
      body.resume()
      return Effect.sync(stop)
    })
})

/** What an iterator or a reader answers. */
type Next = Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>

const fromNext = (next: () => Next): Feed<CannotReadBody, never> => (take) =>
  Effect.tryPromise({
    try: async (signal) => {
      for (let count = 1; !signal.aborted; count++) {
        const { done, value } = await next()
        if (done === true) return true
        if (signal.aborted || !take(value)) return false
        if (count % CHUNKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      return false
    },
    catch: cannotRead
  })

const fromStream = <E, R>(
  body: Stream.Stream<unknown, E, R>
): Effect.Effect<Feed<E | CannotReadBody, never>, never, R | Scope.Scope> =>
  Effect.map(Stream.toPull(body), (pull): Feed<E | CannotReadBody, never> => (take) => {
    const takeAll = (chunks: ReadonlyArray<unknown>) =>
      Effect.try({ try: () => chunks.reduce<boolean>((_, chunk) => take(chunk), true), catch: cannotRead })
    return Pull.catchDone(
      Effect.gen(function*() {
        while (yield* takeAll(yield* pull));
        return false
      }),
      () => Effect.succeed(true)
    )
  })

const fromWebStream = (body: ReadableStream<unknown>) =>
  Effect.map(
    acquire(() => body.getReader(), (reader) => reader.cancel()),
    (reader) => fromNext(() => reader.read())
  )

const fromIterable = Effect.fnUntraced(function*(
  body: AsyncIterable<unknown>
): Effect.fn.Return<Feed<CannotReadBody, never>, CannotReadBody, Scope.Scope> {
  let isPending = false
  let isDone = false
  const iterator = yield* acquire(() => body[Symbol.asyncIterator](), (iterator) => {
    if (isDone) return
    // A generator that waits for something returns only after that.
    const returned = iterator.return?.()
    if (!isPending) return returned
    returned?.catch(() => {})
  })
  return fromNext(async () => {
    isPending = true
    try {
      const result = await iterator.next()
      isDone = result.done === true
      return result
    } catch (cause) {
      isDone = true
      throw cause
    } finally {
      isPending = false
    }
  })
})

const isObject = (body: unknown): body is object => typeof body === "object" && body !== null

/** What feeds on a body, which the scope releases. The errors of a Stream stay as they are. */
export const feedOf = <E, R>(
  body: Stream.Stream<unknown, E, R> | AsyncIterable<unknown>
): Effect.Effect<Feed<E | CannotReadBody, R>, CannotReadBody, R | Scope.Scope> => {
  if (Stream.isStream(body)) return fromStream(body as Stream.Stream<unknown, E, R>)
  if (body instanceof Readable) return fromReadable(body)
  if (isObject(body) && "getReader" in body) return fromWebStream(body as unknown as ReadableStream)
  if (isObject(body) && Symbol.asyncIterator in body) return fromIterable(body)
  return Effect.fail(cannotRead(
    new Error("it is neither text nor bytes, nor a Stream or an async iterable of them. Pass one of these.")
  ))
}

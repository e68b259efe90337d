// What a program passes as a body, pulled chunk by chunk and released whatever happens.
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { finished, Readable } from "node:stream"
import { CannotReadBody } from "../../../errors/internal/s3Errors.ts"
import { guardBody } from "../../../src/internal/bodies.ts"

/** Chunks that nobody has looked at yet. */
export type Chunks<E, R> = Pull.Pull<Arr.NonEmptyReadonlyArray<unknown>, E, void, R>

/** How long the end of an upload waits for a source that says how it is released. */
const PATIENCE = "5 seconds"

const cannotRead = (cause: unknown) => new CannotReadBody({ cause })

const acquire = <A>(open: () => A, release: (opened: A) => unknown) =>
  Effect.acquireRelease(Effect.try({ try: open, catch: cannotRead }), (opened) =>
    // What a source says as it is released is of no use: whatever the upload came to, it has come to.
    Effect.ignore(Effect.timeoutOption(Effect.tryPromise(async () => release(opened)), PATIENCE)))

/**
 * By events, because the iterator of a `Readable` joins the chunks that wait, and doesn't end while the `Readable` stalls.
 */
const fromReadable = Effect.fnUntraced(function*(
  body: Readable
): Effect.fn.Return<Chunks<CannotReadBody, never>, CannotReadBody, Scope.Scope> {
  const waiting: Array<unknown> = []
  let end: { readonly error: unknown } | undefined
  let wake = () => {}
  yield* acquire(() => {
    if (body.readableEnded) throw new Error("it has been read to its end already")
    guardBody(body)
    const onData = (chunk: unknown) => {
      waiting.push(chunk)
      body.pause()
      wake()
    }
    const stop = finished(body, { writable: false }, (error) => {
      end = { error }
      wake()
    })
    body.pause()
    body.on("data", onData)
    return () => {
      stop()
      body.off("data", onData)
      body.destroy()
    }
  }, (release) => release())
  return Effect.suspend(() => {
    const next = (): Effect.Effect<Arr.NonEmptyReadonlyArray<unknown>, CannotReadBody | Cause.Done> | undefined => {
      if (waiting.length > 0) return Effect.succeed(waiting.splice(0) as [unknown])
      if (end === undefined) return undefined
      return end.error ? Effect.fail(cannotRead(end.error)) : Cause.done()
    }
    return next() ?? Effect.callback<Arr.NonEmptyReadonlyArray<unknown>, CannotReadBody | Cause.Done>((resume) => {
      wake = () => {
        const result = next()
        if (result === undefined) return
        wake = () => {}
        resume(result)
      }
      body.resume()
      return Effect.sync(() => {
        wake = () => {}
      })
    })
  })
})

/** What an iterator or a reader answers. */
type Next = Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>

const fromNext = (next: () => Next): Chunks<CannotReadBody, never> =>
  Effect.flatMap(
    Effect.tryPromise({ try: async () => next(), catch: cannotRead }),
    ({ done, value }): Chunks<never, never> => done === true ? Cause.done() : Effect.succeed([value])
  )

const fromWebStream = (body: ReadableStream<unknown>) =>
  Effect.map(
    acquire(() => body.getReader(), (reader) => reader.cancel()),
    (reader) => fromNext(() => reader.read())
  )

const fromIterable = Effect.fnUntraced(function*(
  body: AsyncIterable<unknown>
): Effect.fn.Return<Chunks<CannotReadBody, never>, CannotReadBody, Scope.Scope> {
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

/** The chunks of a body, which the scope releases. The errors of a Stream stay as they are. */
export const chunksOf = <E, R>(
  body: Stream.Stream<unknown, E, R> | AsyncIterable<unknown>
): Effect.Effect<Chunks<E | CannotReadBody, R>, CannotReadBody, R | Scope.Scope> => {
  if (Stream.isStream(body)) return Stream.toPull(body as Stream.Stream<unknown, E, R>)
  if (body instanceof Readable) return fromReadable(body)
  if (isObject(body) && "getReader" in body) return fromWebStream(body as unknown as ReadableStream)
  if (isObject(body) && Symbol.asyncIterator in body) return fromIterable(body)
  return Effect.fail(cannotRead(
    new Error("it is neither text nor bytes, nor a Stream or an async iterable of them. Pass one of these")
  ))
}

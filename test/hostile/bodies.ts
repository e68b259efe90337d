// Bodies of uploads, in every form that `putObject` takes.
import { Data, Effect, Stream } from "effect"
import { Readable } from "node:stream"
import type { BodySpec } from "./operations.ts"
import { contentOf } from "./random.ts"

/** The error of a body that is made to fail. */
export class BodyFailed extends Data.TaggedError("BodyFailed")<{ readonly after: number }> {}

/** The bytes of a body that doesn't fail. */
export const bytesOf = ({ kind, labels, size }: BodySpec): Buffer => {
  const bytes = contentOf(size, "body", ...labels)
  return kind === "string" ? Buffer.from(bytes.toString("base64")) : bytes
}

/** A body, and what is wrong with how it was left behind. */
export interface MadeBody {
  readonly body: unknown
  readonly leftOpen: () => boolean
}

const none = { leftOpen: () => false }

export const bodyOf = (spec: BodySpec): MadeBody => {
  const { chunk, failsAfter, kind } = spec
  const bytes = bytesOf(spec)
  const chunks = function*(): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length || at === 0; at += chunk) {
      if (failsAfter !== undefined && at + chunk > failsAfter) throw new BodyFailed({ after: failsAfter })
      // A copy, as a source that reuses its memory would give.
      yield Buffer.from(bytes.subarray(at, at + chunk))
    }
  }
  switch (kind) {
    case "string":
      return { body: bytes.toString(), ...none }
    case "bytes":
      return { body: new Uint8Array(bytes), ...none }
    case "stream":
      return {
        body: Stream.fromAsyncIterable(
          Readable.from(chunks()) as AsyncIterable<Uint8Array>,
          (cause) => cause as BodyFailed
        ),
        ...none
      }
    case "web":
      return { body: Readable.toWeb(Readable.from(chunks())), ...none }
    case "readable": {
      const body = Readable.from(chunks())
      return { body, leftOpen: () => body.readableDidRead && !body.destroyed && !body.readableEnded }
    }
  }
}

/** Runs the effect with a body. Dies if it leaves the body open. */
export const withBody = <A, E, R>(spec: BodySpec, use: (body: any) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { body, leftOpen } = bodyOf(spec)
    return Effect.ensuring(
      use(body),
      Effect.suspend(() => {
        if (!leftOpen()) return Effect.void
        const check = Effect.suspend(() => leftOpen() ? Effect.die(new Error("the body is left open")) : Effect.void)
        // It may be closing.
        return Effect.delay(check, "100 millis")
      })
    )
  })

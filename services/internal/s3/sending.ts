// The parts of an upload, read and sent: several at once, and as few buffers as that takes.
import type { CompletedPart } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type Cut, growingPartSize } from "./cuts.ts"
import type { WriteFailure } from "./failures.ts"
import type { SourceFile } from "./files.ts"
import { refuse } from "./invalid.ts"
import { sendPart, type Sent, type Upload } from "./multipart.ts"
import type { Report } from "./progress.ts"
import type { Source } from "./source.ts"

/** A part that has been read. */
interface ReadPart {
  readonly number: number
  readonly body: Buffer
  /** What the body is in, if a later part may be read into it. */
  readonly buffer?: Buffer | undefined
  /** What S3 has of it, if it need not be sent. */
  readonly known?: CompletedPart | undefined
}

/** Reads the next part, into this buffer if it is large enough; `undefined` after the last one. */
export type NextPart<E, R> = (buffer: Buffer | undefined) => Effect.Effect<ReadPart | undefined, E, R>

const roomFor = (buffer: Buffer | undefined, size: number): Buffer =>
  buffer !== undefined && buffer.length >= size ? buffer : Buffer.allocUnsafeSlow(size)

/**
 * Reads and sends parts until there are no more, each by one of `concurrency` fibers, which has one buffer. `Upload` of
 * `lib-storage` would allocate a new buffer for every part.
 */
export const sendAll = Effect.fnUntraced(function*<E, R>(
  upload: Upload,
  concurrency: number,
  next: NextPart<E, R>,
  report: Report
): Effect.fn.Return<Sent, E | WriteFailure, R | AwsClients> {
  const parts: Array<CompletedPart> = []
  let size = 0
  const sendSome = Effect.gen(function*() {
    let buffer: Buffer | undefined
    while (true) {
      const read = yield* next(buffer)
      if (read === undefined) return
      const { body, known, number } = read
      const { isBodyFree, part } = known === undefined
        ? yield* sendPart(upload, number, body)
        : { isBodyFree: true, part: known }
      buffer = isBodyFree ? read.buffer : undefined
      parts[number - 1] = part
      size += body.length
      report.add(body.length)
    }
  })
  yield* Effect.forEach(Array.from({ length: concurrency }), () => sendSome, {
    concurrency: "unbounded",
    discard: true
  })
  return { parts, size }
})

/** How many fibers it takes for this many parts. */
export const fibersFor = ({ concurrency }: Cut, size: number, partSize: number): number =>
  Math.min(concurrency, Math.ceil(size / partSize))

/** The parts of bytes that are in memory. */
export const partsOfBytes = (bytes: Buffer, partSize: number): NextPart<never, never> => {
  let number = 0
  return () =>
    Effect.sync(() => {
      const start = number++ * partSize
      return start < bytes.length ? { number, body: bytes.subarray(start, start + partSize) } : undefined
    })
}

/** What S3 has of a part already. */
export type KnownPart = (number: number, body: Buffer) => Effect.Effect<CompletedPart | undefined>

/** The parts of a file. `known` says what S3 has of a part already. */
export const partsOfFile = (
  file: SourceFile,
  partSize: number,
  known: KnownPart = () => Effect.undefined
): NextPart<CannotReadFile, never> => {
  let count = 0
  return (free) =>
    Effect.suspend(() => {
      const start = count * partSize
      if (start >= file.size) return Effect.undefined
      const number = ++count
      const buffer = roomFor(free, partSize)
      return file.fill(buffer.subarray(0, Math.min(partSize, file.size - start)), start).pipe(
        Effect.flatMap((body) => Effect.map(known(number, body), (known) => ({ number, body, buffer, known })))
      )
    })
}

/** The parts of a body, in which `first` has been read already. The body is read part after part. */
export const partsOfSource = <E, R>(
  source: Source<E, R>,
  first: Buffer,
  sizeOf: (number: number) => Effect.Effect<number, E, R>
): NextPart<E, R> => {
  const reading = Semaphore.makeUnsafe(1)
  let number = 0
  return (free) =>
    reading.withPermit(Effect.gen(function*() {
      if (number === 0) return { number: ++number, body: first, buffer: first }
      if (yield* source.isAtEnd) return undefined
      const size = yield* sizeOf(number + 1)
      const buffer = roomFor(free, size)
      const filled = yield* source.fill(buffer.subarray(0, size))
      return { number: ++number, body: buffer.subarray(0, filled), buffer }
    }))
}

/** The sizes of the parts of a body whose length isn't known. */
export const growingSizes =
  (operation: string, cut: Cut) => (number: number): Effect.Effect<number, AwsError, AwsClients> => {
    const size = growingPartSize(cut, number)
    return size === undefined
      ? refuse(operation, {
        code: "InvalidPartSize",
        description: `the body is longer than the ${
          number - 1
        } parts that S3 accepts, with \`partSize\` ${cut.partSize}`,
        advice: "Pass the `size` of the body, or a larger `partSize`."
      })
      : Effect.succeed(size)
  }

// Reading an object: as a Stream, as bytes, as text, as JSON.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { ObjectNotDecodable, ObjectTooLarge } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type OpenError, openObject } from "./bodies.ts"
import { atMostProblem, check } from "./invalid.ts"
import type { GetBytesOptions, GetObjectOptions, GetTextOptions } from "./options.ts"
import { reporting, reportingStream } from "./progress.ts"

export type GetBytesError = OpenError | ObjectTooLarge

export const getObject = (
  bucket: string,
  key: string,
  options: GetObjectOptions = {}
): Stream.Stream<Uint8Array, OpenError, AwsClients> =>
  reportingStream(options, (report) =>
    Stream.unwrap(
      Effect.map(openObject(bucket, key, options), ({ bytes, span }) => {
        if (span !== undefined) report.setTotal(span.end - span.start)
        const chunks = Stream.fromAsyncIterable(bytes, (cause) => cause as AwsError)
        return options.onProgress === undefined
          ? chunks
          : Stream.map(chunks, (chunk) => {
            report.add(chunk.byteLength)
            return chunk
          })
      })
    ))

const AT_MOST = 64 * 2 ** 20

const readBytes = (bucket: string, key: string, options: GetBytesOptions) =>
  reporting(options, (report) =>
    Effect.gen(function*() {
      const { atMost = AT_MOST } = options
      yield* check("GetObject", atMostProblem(atMost))
      const tooLarge = (size: number) => new ObjectTooLarge({ bucket, key, size, atMost })
      const { bytes, span } = yield* openObject(bucket, key, options)
      const size = span === undefined ? undefined : span.end - span.start
      if (size !== undefined) {
        if (size > atMost) return yield* tooLarge(size)
        report.setTotal(size)
      }
      const chunks: Array<Uint8Array> = []
      let received = 0
      yield* Stream.runForEachWhile(Stream.fromAsyncIterable(bytes, (cause) => cause as AwsError), (chunk) =>
        Effect.sync(() => {
          chunks.push(chunk)
          report.add(chunk.byteLength)
          return (received += chunk.byteLength) <= atMost
        }))
      if (received > atMost) {
        return yield* tooLarge(received)
      }
      return Buffer.concat(chunks, received)
    }).pipe(Effect.scoped))

export const getBytes = Effect.fn("S3.getBytes")(function*(
  bucket: string,
  key: string,
  options: GetBytesOptions = {}
): Effect.fn.Return<Uint8Array, GetBytesError, AwsClients> {
  return yield* readBytes(bucket, key, options)
})

/** `undefined` for an encoding that Node doesn't know. */
const decoderOf = (encoding: string): TextDecoder | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    return undefined
  }
}

const readText = Effect.fnUntraced(function*(bucket: string, key: string, options: GetTextOptions) {
  const { encoding = "utf-8" } = options
  const decoder = decoderOf(encoding)
  yield* check(
    "GetObject",
    decoder === undefined
      ? {
        code: "InvalidEncoding",
        description: `\`encoding\` is ${JSON.stringify(encoding)}`,
        advice: "Pass an encoding of the WHATWG standard, such as utf-8, utf-16le or windows-1252."
      }
      : undefined
  )
  const bytes = yield* readBytes(bucket, key, options)
  return yield* Effect.try({
    try: () => decoder!.decode(bytes),
    catch: () => new ObjectNotDecodable({ bucket, key, issue: `The bytes aren't valid ${encoding}` })
  })
})

export const getText = Effect.fn("S3.getText")(function*(
  bucket: string,
  key: string,
  options: GetTextOptions = {}
): Effect.fn.Return<string, GetBytesError | ObjectNotDecodable, AwsClients> {
  return yield* readText(bucket, key, options)
})

export const getJson = Effect.fn("S3.getJson")(function*<S extends Schema.Constraint>(
  bucket: string,
  key: string,
  schema: S,
  options: GetTextOptions = {}
): Effect.fn.Return<S["Type"], GetBytesError | ObjectNotDecodable, AwsClients | S["DecodingServices"]> {
  const text = yield* readText(bucket, key, options)
  return yield* Schema.decodeEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError(({ message }) => new ObjectNotDecodable({ bucket, key, issue: message }))
  )
})

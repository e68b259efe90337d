// Uploading what a program has: in one request if it is small, in parts if it is not.
import { PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as path from "node:path"
import { isUint8Array } from "node:util/types"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { CannotReadBody, type CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { isOf } from "./comparing.ts"
import { type Cut, cutOf, equalPartSize } from "./cuts.ts"
import { mapWriteErrors, type WriteFailure } from "./failures.ts"
import { type OpenOptions, openToRead, type SourceFile } from "./files.ts"
import { check, customerKeyProblem, expiresProblem, refuse } from "./invalid.ts"
import type { WrittenObject } from "./models.ts"
import { uploadInParts } from "./multipart.ts"
import type { ObjectOptions, PutObjectOptions, UploadFileOptions, WriteConditions } from "./options.ts"
import { conditionParameters, customerKeyOf, objectParameters } from "./parameters.ts"
import { type Report, reporting } from "./progress.ts"
import { discardResumable, resumable } from "./resume.ts"
import { fibersFor, growingSizes, partsOfBytes, partsOfFile, partsOfSource, sendAll } from "./sending.ts"
import * as s3 from "./service.ts"
import { openSource, type Source, viewOf } from "./source.ts"
import { type ObjectParameters, writing } from "./written.ts"

const parametersOf = Effect.fnUntraced(function*(
  options: ObjectOptions & WriteConditions & { readonly bucket: string; readonly key: string }
): Effect.fn.Return<ObjectParameters, AwsError, AwsClients> {
  const { bucket, key } = options
  yield* check("PutObject", customerKeyProblem(customerKeyOf(options)), expiresProblem(options.expires))
  return { Bucket: bucket, Key: key, ...objectParameters(options), ...conditionParameters(options) }
})

/** Sends everything in one request. The SDK doesn't retry a stream, so the bytes are in memory. */
const putBytes = (parameters: ObjectParameters, Body: Buffer, report: Report) =>
  writing(
    parameters,
    "PutObject",
    Body.length,
    (found) => isOf(Body, found),
    s3.send(new PutObjectCommand({ ...parameters, Body }))
  ).pipe(
    mapWriteErrors({ bucket: parameters.Bucket, key: parameters.Key }),
    Effect.tap(() => Effect.sync(() => report.add(Body.length)))
  )

const wrongSize = (actual: string, size: number) =>
  new CannotReadBody({ cause: new Error(`it has ${actual} bytes, and \`size\` says ${size}. Pass its size, or none`) })

const putKnown = Effect.fnUntraced(function*(parameters: ObjectParameters, bytes: Buffer, cut: Cut, report: Report) {
  report.setTotal(bytes.length)
  if (bytes.length <= cut.oneRequest) return yield* putBytes(parameters, bytes, report)
  const partSize = yield* equalPartSize("PutObject", cut, bytes.length)
  return yield* uploadInParts(
    parameters,
    (upload) => sendAll(upload, fibersFor(cut, bytes.length, partSize), partsOfBytes(bytes, partSize), report)
  )
})

/** Uploads a body whose length isn't known: what fits into one part in one request. */
const putUnknown = Effect.fnUntraced(function*<E, R>(
  parameters: ObjectParameters,
  source: Source<E, R>,
  cut: Cut,
  report: Report
): Effect.fn.Return<WrittenObject, E | WriteFailure, R | AwsClients> {
  const buffer = Buffer.allocUnsafeSlow(cut.partSize)
  const first = buffer.subarray(0, yield* source.fill(buffer))
  if (yield* source.isAtEnd) {
    report.setTotal(first.length)
    return yield* putBytes(parameters, first, report)
  }
  return yield* uploadInParts(parameters, (upload) =>
    sendAll(
      upload,
      cut.concurrency,
      partsOfSource<E | AwsError, R | AwsClients>(source, first, growingSizes("PutObject", cut)),
      report
    ).pipe(Effect.tap(({ size }) => Effect.sync(() => report.setTotal(size)))))
})

/** Uploads a body that has as many bytes as `size` says, or fails, and leaves nothing. */
const putSized = Effect.fnUntraced(function*<E, R>(
  parameters: ObjectParameters,
  source: Source<E, R>,
  size: number,
  cut: Cut,
  report: Report
): Effect.fn.Return<WrittenObject, E | CannotReadBody | WriteFailure, R | AwsClients> {
  report.setTotal(size)
  const partSize = size <= cut.oneRequest ? size : yield* equalPartSize("PutObject", cut, size)
  const buffer = Buffer.allocUnsafeSlow(partSize)
  const filled = yield* source.fill(buffer)
  if (filled < partSize) return yield* wrongSize(`${filled}`, size)
  if (partSize === size) {
    if (!(yield* source.isAtEnd)) return yield* wrongSize("more", size)
    return yield* putBytes(parameters, buffer, report)
  }
  const sizes = (number: number) =>
    (number - 1) * partSize < size ? Effect.succeed(partSize) : Effect.fail(wrongSize("more", size))
  return yield* uploadInParts(parameters, (upload) =>
    sendAll(
      upload,
      fibersFor(cut, size, partSize),
      partsOfSource<E | CannotReadBody, R>(source, buffer, sizes),
      report
    ).pipe(
      Effect.tap((sent) => sent.size === size ? Effect.void : Effect.fail(wrongSize(`${sent.size}`, size)))
    ))
})

export const putObject = Effect.fn("S3.putObject")(
  function*<E = never, R = never>(
    options: PutObjectOptions<E, R>
  ): Effect.fn.Return<WrittenObject, E | CannotReadBody | WriteFailure, AwsClients | R | Scope.Scope> {
    const { body, bucket, key, size } = options
    const cut = yield* cutOf("PutObject", options)
    if (size !== undefined && (!Number.isSafeInteger(size) || size < 0)) {
      return yield* refuse("PutObject", {
        code: "InvalidSize",
        description: `\`size\` is ${size}, which isn't a number of bytes`,
        advice: "Pass the number of bytes of the body, or leave it out."
      })
    }
    const parameters = yield* parametersOf(options)
    yield* Effect.logDebug(`Uploading to s3://${bucket}/${key}`)
    return yield* reporting(
      options,
      Effect.fnUntraced(function*(report) {
        if (typeof body === "string" || isUint8Array(body)) {
          const bytes = yield* Effect.try({
            // Not bytes that have been transferred to another thread.
            try: () => typeof body === "string" ? Buffer.from(body) : viewOf(body),
            catch: (cause) => new CannotReadBody({ cause })
          })
          if (size !== undefined && bytes.length !== size) return yield* wrongSize(`${bytes.length}`, size)
          return yield* putKnown(parameters, bytes, cut, report)
        }
        const source = yield* openSource<E, R>(body)
        return yield* size === undefined
          ? putUnknown(parameters, source, cut, report)
          : putSized(parameters, source, size, cut, report)
      })
    )
  },
  Effect.scoped
)

/** The media type that the name of a file stands for. */
const contentTypeOf = Effect.fnUntraced(function*(file: string) {
  const extension = path.extname(file)
  if (extension === "") return undefined
  // Its tables are large, and most programs upload nothing.
  const { default: mime } = yield* Effect.promise(() => import("mime"))
  return mime.getType(extension) ?? undefined
})

const sendFile = (file: SourceFile, cut: Cut, partSize: number, report: Report) =>
(
  upload: Parameters<Parameters<typeof uploadInParts>[1]>[0],
  known?: Parameters<typeof partsOfFile>[2]
) =>
  sendAll(upload, fibersFor(cut, file.size, partSize), partsOfFile(file, partSize, known), report).pipe(
    // Otherwise the object could be made of two versions of the file.
    Effect.tap(() => file.checkUnchanged)
  )

export const uploadFile = Effect.fn("S3.uploadFile")(
  function*(
    options: UploadFileOptions,
    /** What is known of the file. */
    known: OpenOptions = {}
  ): Effect.fn.Return<WrittenObject, CannotReadFile | WriteFailure, AwsClients | Scope.Scope> {
    const { bucket, key, resume } = options
    const cut = yield* cutOf("PutObject", options)
    const contentType = options.contentType ?? (yield* contentTypeOf(options.path))
    const parameters = yield* parametersOf({ ...options, contentType })
    yield* Effect.logDebug(`Uploading the file ${options.path} to s3://${bucket}/${key}`)
    const file = yield* openToRead(options.path, known)
    return yield* reporting(
      options,
      Effect.fnUntraced(function*(report) {
        report.setTotal(file.size)
        const source = { path: options.path, file, resume }
        if (file.size <= cut.oneRequest) {
          const body = yield* file.readToEnd(cut.oneRequest)
          report.setTotal(body.length)
          const written = yield* putBytes(parameters, body, report)
          yield* discardResumable(parameters, source)
          return written
        }
        const partSize = yield* equalPartSize("PutObject", cut, file.size)
        const send = sendFile(file, cut, partSize, report)
        return yield* resume === undefined || resume === false
          ? uploadInParts(parameters, (upload) => send(upload))
          : resumable(parameters, { ...source, partSize }, send)
      })
    )
  },
  Effect.scoped
)

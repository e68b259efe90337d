// Bodies of objects: read as bytes, and released whatever happens.
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Readable, Transform, type Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import type { RangeNotSatisfiable } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { guardBody, releaseBody } from "../../../src/internal/bodies.ts"
import { withoutBodyCheck } from "../../../src/internal/sdk/bodyChecks.ts"
import { mapRangeErrors, type ReadError } from "./failures.ts"
import { check, customerKeyProblem, rangeProblem } from "./invalid.ts"
import type { Range, ReadOptions } from "./options.ts"
import { rangeHeader, readParameters } from "./parameters.ts"
import { isRange, parseContentRange, type Span } from "./ranges.ts"
import * as s3 from "./service.ts"
import { type Watch, watchStalls } from "./stalls.ts"

/**
 * The error of a body that failed. The request was fine, as its answer had begun: what would be `Misconfigured` for a
 * request is a broken connection here.
 */
const toBodyError = (region: string, cause: unknown): AwsError => {
  const error = AwsError.fromUnknown({ service: "S3", operation: "GetObject", region }, cause)
  if (error.reason._tag !== "Misconfigured") return error
  const { code, description } = error.reason
  return new AwsError({
    service: error.service,
    operation: error.operation,
    region,
    reason: new Reason.Unreachable({ code, description, isRetryable: true }),
    cause
  })
}

const prematureClose = (received: number, length: number) =>
  Object.assign(new Error(`the body ended after ${received} of ${length} bytes`), {
    code: "ERR_STREAM_PREMATURE_CLOSE"
  })

/** The bytes of a body. Throws an `AwsError` if the body fails, or if its length isn't the one that S3 announced. */
const readBody = async function*(
  body: AsyncIterable<Uint8Array>,
  length: number | undefined,
  region: string,
  { rest, wait }: Watch
) {
  let received = 0
  try {
    wait()
    for await (const chunk of body) {
      rest()
      received += chunk.byteLength
      yield chunk
      wait()
    }
    if (length !== undefined && received !== length) throw prematureClose(received, length)
  } catch (cause) {
    throw toBodyError(region, cause)
  } finally {
    rest()
  }
}

/** Passes the first `atMost` bytes of a body on, and ends then. */
const beginningOf = (body: Readable, atMost: number): Transform => {
  let left = atMost
  const beginning = new Transform({
    transform(chunk: Uint8Array, _, done) {
      if (left > 0) this.push(chunk.byteLength > left ? chunk.subarray(0, left) : chunk)
      const isLast = left > 0 && left <= chunk.byteLength
      left -= chunk.byteLength
      if (isLast) this.push(null)
      done()
    }
  })
  body.once("error", (error) => beginning.destroy(error))
  body.once("close", () => {
    if (!body.readableEnded && left > 0) beginning.destroy(prematureClose(atMost - left, atMost))
  })
  return body.pipe(beginning)
}

/**
 * What {@link readBody} does, without a promise for each chunk. Besides, Node's iterator joins the chunks that wait, and the
 * longer a chunk lives, the later V8 frees it: on a busy machine, both made a download peak at 1.4 times the raw SDK's memory.
 */
const pipeBody = async (
  body: Readable,
  target: Writable,
  length: number | undefined,
  region: string,
  { rest, wait }: Watch,
  atMost = Infinity
) => {
  let received = 0
  const source = length !== undefined && length > atMost ? beginningOf(body, atMost) : body
  source.on("data", (chunk: Uint8Array) => {
    received += chunk.byteLength
    wait()
  })
  // Before the pipe's own listeners: it pauses the source while the target is full.
  source.on("pause", rest)
  source.on("end", rest)
  target.on("drain", wait)
  const expected = length === undefined ? undefined : Math.min(length, atMost)
  try {
    wait()
    await pipeline(source, target)
    if (expected !== undefined && received !== expected) throw prematureClose(received, expected)
  } catch (cause) {
    throw toBodyError(region, cause)
  } finally {
    rest()
    if (source !== body) body.destroy()
  }
}

/**
 * Sends a GetObject, and releases its body with the scope. The scope owns the body from the moment the SDK has it: an
 * aspect may be interrupted after that, and an aspect that sends the call twice has two bodies.
 */
const sendOwningBodies = Effect.fnUntraced(function*(command: GetObjectCommand) {
  const bodies = new Set<unknown>()
  let isReleased = false
  const own = ({ Body }: GetObjectCommandOutput) => {
    if (Body instanceof Readable) guardBody(Body)
    if (isReleased) releaseBody(Body)
    else bodies.add(Body)
  }
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      isReleased = true
      bodies.forEach(releaseBody)
    })
  )
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      own(result.output)
      return result
    },
    { step: "initialize", priority: "high", name: "effectAwsSdkBody" }
  )
  // An aspect may answer without sending anything.
  return yield* Effect.tap(s3.send(command), (output) => Effect.sync(() => own(output)))
})

/** An object whose body is being received, until the scope releases it. */
export interface OpenObject {
  readonly output: GetObjectCommandOutput
  /** Which bytes of the object the body has; `undefined` if S3 doesn't tell how many. */
  readonly span: Span | undefined
  /** Throws `AwsError` only. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Pipes all bytes, or the first ones, into the target, and ends it. Rejects with an `AwsError` if the body fails. */
  readonly pipeInto: (target: Writable, atMost?: number) => Promise<void>
  /** Releases the body before the scope does. */
  readonly discard: () => void
}

export interface OpenOptions extends ReadOptions {
  readonly range?: Range | undefined
  /** The SDK doesn't compare the body with its checksum. */
  readonly isChecked?: boolean | undefined
}

export type OpenError = ReadError | RangeNotSatisfiable

/** Why an answer has other bytes than those that were asked for. */
const mismatch = (
  { $metadata: { httpStatusCode, requestId }, ContentLength, ContentRange }: GetObjectCommandOutput,
  range: Range | undefined
): Reason.Unreadable | undefined => {
  const fields = {
    statusCode: httpStatusCode,
    requestId,
    isRetryable: false,
    advice: "Check that the endpoint is AWS's."
  }
  if (range === undefined) {
    if (httpStatusCode === 204) {
      return new Reason.Unreadable({
        ...fields,
        code: "NoContent",
        description: "the response has no content, and S3 answers even an empty object with HTTP 200"
      })
    }
    return httpStatusCode !== 206 ? undefined : new Reason.Unreadable({
      ...fields,
      code: "PartialObject",
      description: "the response is a part of the object, although the request was for all of it"
    })
  }
  const answered = parseContentRange(ContentRange)
  if (answered !== undefined && isRange(answered, range) && answered.end - answered.start === ContentLength) {
    return undefined
  }
  return new Reason.Unreadable({
    ...fields,
    code: "AnotherRange",
    description: `the request was for the range ${rangeHeader(range)}, and the response has ${
      ContentRange === undefined ? "no Content-Range" : `the Content-Range ${ContentRange}`
    }`
  })
}

export const openObject = Effect.fnUntraced(function*(
  bucket: string,
  key: string,
  { isChecked, range, ...options }: OpenOptions = {}
): Effect.fn.Return<OpenObject, OpenError | AwsError, AwsClients | Scope.Scope> {
  const { config: { region } } = yield* AwsClients
  yield* check("GetObject", rangeProblem(range), customerKeyProblem(options.customerKey))
  const header = range === undefined ? undefined : rangeHeader(range)
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...readParameters(options),
    ...(header !== undefined && { Range: header })
  })
  const output = yield* mapRangeErrors({ bucket, key }, header ?? "")(
    sendOwningBodies(isChecked === true ? withoutBodyCheck(command) : command)
  )
  const reason = mismatch(output, range)
  if (reason !== undefined) {
    return yield* new AwsError({ service: "S3", operation: "GetObject", region, reason, cause: undefined })
  }
  const { Body, ContentLength, ContentRange } = output
  const body = Body === undefined ? Readable.from([]) : Body instanceof Readable ? Body : yield* Effect.acquireRelease(
    Effect.sync(() => {
      const body = Readable.fromWeb(Body.transformToWebStream() as ReadableStream)
      guardBody(body)
      return body
    }),
    (body) => Effect.sync(() => body.destroy())
  )
  const watch = yield* watchStalls(body)
  return {
    output,
    span: range !== undefined
      ? parseContentRange(ContentRange)
      : ContentLength === undefined
      ? undefined
      : { start: 0, end: ContentLength },
    bytes: readBody(body, ContentLength, region, watch),
    pipeInto: (target, atMost) => pipeBody(body, target, ContentLength, region, watch, atMost),
    discard: () => releaseBody(body)
  }
})

// Bodies of objects: read as bytes, and released whatever happens.
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Readable, type Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { ObjectDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import { guardBody, releaseBody } from "../../../src/internal/bodies.ts"
import { s3 } from "./service.ts"

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
const readBody = async function*(body: AsyncIterable<Uint8Array>, length: number | undefined, region: string) {
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.byteLength
      yield chunk
    }
    if (length !== undefined && received !== length) throw prematureClose(received, length)
  } catch (cause) {
    throw toBodyError(region, cause)
  }
}

/**
 * What {@link readBody} does, without a promise for each chunk. Besides, Node's iterator joins the chunks that wait, and the
 * longer a chunk lives, the later V8 frees it: on a busy machine, both made a download peak at 1.4 times the raw SDK's memory.
 */
const pipeBody = async (body: Readable, target: Writable, length: number | undefined, region: string) => {
  let received = 0
  body.on("data", (chunk: Uint8Array) => {
    received += chunk.byteLength
  })
  try {
    await pipeline(body, target)
    if (length !== undefined && received !== length) throw prematureClose(received, length)
  } catch (cause) {
    throw toBodyError(region, cause)
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
  /** Throws `AwsError` only. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Pipes all bytes into the target, and ends it. Rejects with an `AwsError` if the body fails. */
  readonly pipeInto: (target: Writable) => Promise<void>
}

export const openObject = Effect.fnUntraced(function*(
  bucket: string,
  key: string
): Effect.fn.Return<OpenObject, ObjectDoesNotExist | AwsError, AwsClients | Scope.Scope> {
  const { config: { region } } = yield* AwsClients
  const output = yield* sendOwningBodies(new GetObjectCommand({ Bucket: bucket, Key: key })).pipe(
    AwsError.catchCode(["NoSuchKey", "NoSuchBucket"], () => Effect.fail(new ObjectDoesNotExist({ bucket, key })))
  )
  const { $metadata: { httpStatusCode, requestId }, Body, ContentLength } = output
  if (httpStatusCode === 206) {
    const reason = new Reason.Unreadable({
      code: "PartialObject",
      description: "the response is a part of the object, although the request was for all of it",
      statusCode: httpStatusCode,
      requestId,
      isRetryable: false,
      advice: "Check that the endpoint is AWS's."
    })
    return yield* new AwsError({ service: "S3", operation: "GetObject", region, reason, cause: undefined })
  }
  const body = Body === undefined ? Readable.from([]) : Body instanceof Readable ? Body : yield* Effect.acquireRelease(
    Effect.sync(() => {
      const body = Readable.fromWeb(Body.transformToWebStream() as ReadableStream)
      guardBody(body)
      return body
    }),
    (body) => Effect.sync(() => body.destroy())
  )
  return {
    output,
    bytes: readBody(body, ContentLength, region),
    pipeInto: (target) => pipeBody(body, target, ContentLength, region)
  }
})

export const getObject = (
  bucket: string,
  key: string
): Stream.Stream<Uint8Array, ObjectDoesNotExist | AwsError, AwsClients> =>
  Stream.unwrap(
    Effect.map(openObject(bucket, key), ({ bytes }) => Stream.fromAsyncIterable(bytes, (cause) => cause as AwsError))
  )

// Responses that Lambda streams. How a handler streams is what aws-lambda-ric, Lambda's Node.js runtime client, does with
// `awslambda.streamifyResponse` and `awslambda.HttpResponseStream`.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import {
  type EventNotHttp,
  ResponseIncomplete,
  StreamingUnavailable
} from "../../../errors/internal/lambdaHttpErrors.ts"
import * as Handler from "../handler.ts"
import type { Context } from "../invocation.ts"
import type { InvocationOptions } from "../models.ts"
import { testContext } from "../testContext.ts"
import { respond } from "./buffered.ts"
import { type Incoming, read } from "./incoming.ts"
import { bodyFailed, lengthIssue, type Outgoing, partsOf } from "./outgoing.ts"
import { type App, appOf, type Provided, refused, serve, type WithTime } from "./serve.ts"
import { type ResponseStream, SEPARATOR } from "./testStream.ts"

/**
 * A handler that streams, as Lambda's Node.js runtime calls it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamHandler {
  /** What Lambda's runtime calls. */
  (event: unknown, responseStream: ResponseStream, context: Context): Promise<void>
  /**
   * The invocation as an Effect, for tests: on Effect's Clock, and by default with a context of its own. It needs no runtime. Pass
   * `LambdaHttp.testStream()`, which has the response then.
   */
  readonly invoke: (event: unknown, responseStream: ResponseStream, context?: Context) => Effect.Effect<void, Error>
  /** Builds the Layer, as in a handler of `Lambda.handler`. */
  readonly init: () => Promise<void>
  /** Interrupts the invocations that are running, and releases the Layer, as in a handler of `Lambda.handler`. */
  readonly close: () => Promise<void>
  /** The same as `close`, for `await using`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** The global of Lambda's Node.js runtime. */
interface AwsLambda {
  streamifyResponse<H>(handler: H): H
  readonly HttpResponseStream: {
    from(stream: ResponseStream, metadata: Readonly<Record<string, unknown>>): ResponseStream
  }
}

const runtime = (): AwsLambda | undefined => (globalThis as { readonly awslambda?: AwsLambda }).awslambda

type From = AwsLambda["HttpResponseStream"]["from"]

/** What Lambda's runtime does, for tests outside of it: it puts the status and the headers in front of the body. */
const fromOutside: From = (stream, metadata) => {
  if (!stream.destroyed) {
    stream.setContentType?.("application/vnd.awslambda.http-integration-response")
    stream.write(JSON.stringify(metadata))
    stream.write(SEPARATOR)
  }
  return stream
}

const fromRuntime = (): From | undefined => {
  const { HttpResponseStream } = runtime() ?? {}
  return HttpResponseStream && ((stream, metadata) => HttpResponseStream.from(stream, metadata))
}

const unavailable = Effect.suspend(() => Effect.fail(new StreamingUnavailable({ missing: "the global `awslambda`" })))

/** Waits until an event of a stream. */
const until = (stream: ResponseStream, names: ReadonlyArray<string>): Effect.Effect<unknown> =>
  Effect.callback((resume) => {
    const leave = () => {
      for (const name of names) stream.off(name, listener)
    }
    const listener = (value?: unknown) => {
      leave()
      resume(Effect.succeed(value))
    }
    for (const name of names) stream.on(name, listener)
    return Effect.sync(leave)
  })

const end = (stream: ResponseStream): Effect.Effect<void> =>
  Effect.callback((resume) => void stream.end(() => resume(Effect.void)))

/** How far a response is. */
interface Progress {
  written: number
}

const incomplete = ({ written }: Progress, issue: string, cause?: unknown) =>
  Effect.fail(new ResponseIncomplete({ written, issue, cause }))

/** Writes and ends, unless the stream closes before that: then neither would ever be done. */
const whileOpen = (
  stream: ResponseStream,
  progress: Progress,
  writing: Effect.Effect<void, ResponseIncomplete>
): Effect.Effect<void, ResponseIncomplete> =>
  Effect.suspend(() => {
    const gone = "the stream to Lambda closed, as it does when the client is gone"
    if (stream.destroyed) return incomplete(progress, gone)
    const closed = Effect.flatMap(until(stream, ["error", "close"]), (cause) => incomplete(progress, gone, cause))
    return Effect.raceFirst(Effect.andThen(writing, end(stream)), closed)
  })

const write = (stream: ResponseStream, progress: Progress, chunk: Uint8Array | string): Effect.Effect<void> =>
  Effect.suspend(() => {
    progress.written += Buffer.byteLength(chunk)
    return stream.write(chunk) ? Effect.void : Effect.asVoid(until(stream, ["drain"]))
  })

const writeBody = (
  stream: ResponseStream,
  progress: Progress,
  outgoing: Outgoing
): Effect.Effect<void, ResponseIncomplete> => {
  const { body } = outgoing
  if (!Stream.isStream(body)) return body.length === 0 ? Effect.void : write(stream, progress, body)
  return Stream.runForEach(body, (chunk) => chunk.length === 0 ? Effect.void : write(stream, progress, chunk)).pipe(
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.fail(bodyFailed(progress.written, Cause.squash(cause)))
    ),
    Effect.flatMap(() => {
      const issue = lengthIssue(outgoing, progress.written)
      return issue === undefined
        ? Effect.void
        : incomplete(progress, issue)
    })
  )
}

/**
 * Writes a response. If it fails, the stream isn't ended: the failure of the invocation tells Lambda that what it has is a part,
 * and the runtime client then ends the stream with the error in its trailers. To destroy the stream would end the runtime client.
 */
const writeAll = (
  from: From,
  responseStream: ResponseStream,
  outgoing: Outgoing,
  withTime: WithTime
): Effect.Effect<void, ResponseIncomplete> =>
  Effect.suspend(() => {
    const progress: Progress = { written: 0 }
    const stream = from(responseStream, {
      statusCode: outgoing.status,
      headers: outgoing.headers,
      ...(outgoing.cookies.length > 0 && { cookies: outgoing.cookies })
    })
    const all = whileOpen(
      stream,
      progress,
      Effect.suspend(() => {
        // The first write sends the status and the headers. So they don't wait for the body, and a response without a body has them.
        stream.write("")
        return writeBody(stream, progress, outgoing)
      })
    )
    // The app's time doesn't count for a body that is there. So the response that says that the time is over is sent.
    return Stream.isStream(outgoing.body)
      ? withTime(all, Effect.suspend(() => incomplete(progress, "the time of the invocation ended")))
      : Effect.interruptible(all)
  })

const send = (
  from: From,
  responseStream: ResponseStream,
  method: string,
  response: HttpServerResponse,
  withTime: WithTime
): Effect.Effect<void, ResponseIncomplete> =>
  partsOf(method, response).pipe(
    Effect.catch((error) => Effect.flatMap(refused(error), (response) => Effect.orDie(partsOf(method, response)))),
    Effect.flatMap((outgoing) => writeAll(from, responseStream, outgoing, withTime))
  )

/** HTTP APIs and load balancers don't stream. They get the answer that they get from a handler that doesn't. */
const whole = <E, R>(incoming: Incoming, event: unknown, context: Context, app: App<E, R>, stream: ResponseStream) =>
  Effect.flatMap(respond(incoming, event, context, app), (answer) => {
    const progress: Progress = { written: 0 }
    const all = Effect.suspend(() => {
      stream.setContentType?.("application/json")
      return write(stream, progress, JSON.stringify(answer))
    })
    return whileOpen(stream, progress, all)
  })

/** Where an invocation writes. */
interface Target {
  readonly responseStream: ResponseStream
  /** Begins a response; `undefined` where there is no runtime. */
  readonly from: From | undefined
}

/** In place of Node's own words for a stream that is no stream. */
const mistakeIn = (responseStream: unknown, context: unknown): TypeError | undefined => {
  const isStream = typeof (responseStream as Partial<ResponseStream> | null | undefined)?.write === "function"
  return isStream && typeof context === "object" && context !== null ? undefined : new TypeError(
    "A handler of LambdaHttp.streamHandler takes three arguments: the event, the stream of the response, and the context. " +
      `It was called without ${isStream ? "a context" : "a stream"}. ` +
      "In a test, call `handler.invoke(event, LambdaHttp.testStream())`. For answers as a whole, make the handler with " +
      "`Lambda.handler` and `LambdaHttp.toEventHandler`."
  )
}

/** Reads an event, and answers it into the stream. */
const respondTo = <E, R>(
  app: App<E, R>,
  basePath: string | undefined,
  event: unknown,
  { from: given, responseStream }: Target,
  context: Context
): Effect.Effect<void, EventNotHttp | ResponseIncomplete | StreamingUnavailable, Exclude<R, Provided>> =>
  Effect.gen(function*() {
    const incoming = yield* read(event, basePath)
    if (incoming.source === "HttpApi" || incoming.source === "LoadBalancer") {
      return yield* whole(incoming, event, context, app, responseStream)
    }
    const from = given ?? (yield* unavailable)
    return yield* serve(
      incoming,
      event,
      context,
      app,
      (response, withTime) => send(from, responseStream, incoming.request.method, response, withTime)
    )
  })

/** The handler: one of `Lambda.handler`, which finds the stream of an invocation by its context. */
export const make = <E, LayerServices, LayerError>(
  { app, ...options }: InvocationOptions<LayerServices> & { readonly app: App<E, LayerServices | Provided> },
  layer: Layer.Layer<LayerServices, LayerError> | undefined,
  basePath: string | undefined
): StreamHandler => {
  const checked = appOf(app)
  const targets = new WeakMap<Context, Target>()
  const handler = Handler.make(
    {
      ...options,
      handler: (event, context) => respondTo(checked, basePath, event, targets.get(context)!, context)
    },
    layer
  )
  const { close, init } = handler
  const invoke = (event: unknown, responseStream: ResponseStream, given?: Context) =>
    Effect.flatMap(given === undefined ? testContext() : Effect.succeed(given), (context) => {
      const mistake = mistakeIn(responseStream, context)
      if (mistake !== undefined) return Effect.fail(mistake)
      targets.set(context, { responseStream, from: fromOutside })
      return handler.invoke(event, context)
    })
  const streamed = async (event: unknown, responseStream: ResponseStream, context: Context): Promise<void> => {
    const mistake = mistakeIn(responseStream, context)
    if (mistake !== undefined) throw mistake
    targets.set(context, { responseStream, from: fromRuntime() })
    await handler(event, context)
  }
  // Where there is no runtime, a module with such a handler loads, and a call fails.
  return Object.assign(runtime()?.streamifyResponse(streamed) ?? streamed, {
    invoke,
    init,
    close,
    [Symbol.asyncDispose]: close
  })
}

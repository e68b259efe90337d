// Runs an app for one event: its deadline, its failures, and what the app can know of the event.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpEffect from "effect/http/HttpEffect"
import { MaxBodySize } from "effect/http/HttpIncomingMessage"
import { causeResponse } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import { type Context, timeLeft } from "../invocation.ts"
import { invalid } from "../settings.ts"
import type { Incoming, Source } from "./incoming.ts"

/**
 * What the app can know of the event that it answers, beside the request.
 *
 * **Example** (The id of the invocation in each response)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const withRequestId = <E, R>(app: LambdaHttp.App<E, R>) =>
 *   Effect.flatMap(LambdaHttp.Event, ({ context }) =>
 *     Effect.map(app, HttpServerResponse.setHeader("x-request-id", context.awsRequestId)))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Event extends EffectContext.Service<Event, {
  /** What sent the event. */
  readonly source: Source
  /** The event, as Lambda delivered it. */
  readonly event: unknown
  /** Lambda's context object. */
  readonly context: Context
  /** What the authorizer of API Gateway or of the function URL found, such as the claims of a token. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined
}>()("effect-aws-sdk/LambdaHttp/Event") {}

/**
 * An HTTP app: an Effect that makes the response to the request of its context.
 *
 * @category models
 * @since 0.1.0
 */
export type App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/**
 * What an app gets for each request, and doesn't require of the program.
 *
 * @category models
 * @since 0.1.0
 */
export type Provided = Event | HttpServerRequest | Scope.Scope

/** Runs an effect until the app's time is over, and then another one. */
export type WithTime = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  orElse: Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>

/** How many milliseconds before the handler interrupts it an app is interrupted, so that its answer is sent. */
const REPLY = 100

const withTime = Effect.fnUntraced(function*(context: Context): Effect.fn.Return<WithTime> {
  const left = Math.max(0, yield* timeLeft(context))
  const end = (yield* Clock.currentTimeMillis) + left - Math.min(REPLY, left / 5)
  return (effect, orElse) =>
    Effect.flatMap(
      Clock.currentTimeMillis,
      (now) => Effect.timeoutOrElse(effect, { duration: Math.max(0, end - now), orElse: () => orElse })
    ).pipe(
      Effect.interruptible
    )
})

const empty = (status: number) => HttpServerResponse.empty({ status })

const timedOut = Effect.as(
  Effect.logError(
    "The app had no response when the time of the invocation ended, so it was interrupted, and the answer is a 504. " +
      "Make the app faster, or raise the function's timeout."
  ),
  empty(504)
)

/** The app, if it's one. */
export const appOf = <E, R>(app: App<E, R>): App<E, R> => {
  if (Effect.isEffect(app)) return app
  throw invalid("app", app, "an Effect that makes an HttpServerResponse")
}

/** What isn't a response is a bug of the app, as a failure is. */
const responding = <E, R>(app: App<E, R>): App<E, R> =>
  Effect.filterOrElse(
    app,
    HttpServerResponse.isHttpServerResponse,
    () => Effect.die(new TypeError("The app succeeded with something other than an HttpServerResponse."))
  )

/** A failure that becomes a 500 is logged, as its response doesn't say what it is. */
const logged = <E, R>(app: App<E, R>): App<E, R> =>
  Effect.tapCause(
    app,
    (cause) =>
      Effect.flatMap(causeResponse(cause), ([{ status }]) =>
        status < 500
          ? Effect.void
          : Effect.logError(`The app failed, so the answer is a ${status}.`, cause))
  )

/** Answers with 413 before the app runs, where the program limits the bodies of requests. */
const withinLimit = <E, R>(incoming: Incoming, app: App<E, R>): App<E, R> =>
  Effect.flatMap(MaxBodySize, (max) => max !== undefined && incoming.size > max ? Effect.succeed(empty(413)) : app)

/** Gives a 500, and logs why the app's response isn't sent. */
export const refused = (error: Error): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.as(Effect.logError("The answer is a 500.", Cause.fail(error)), empty(500))

/**
 * Runs the app, and sends its response while the request's scope is open.
 *
 * `send` gets the response of the app, or the one that stands for its failure or for the end of its time.
 */
export const serve = <E, R, A, ES, RS>(
  incoming: Incoming,
  event: unknown,
  context: Context,
  app: App<E, R>,
  send: (response: HttpServerResponse.HttpServerResponse, withTime: WithTime) => Effect.Effect<A, ES, RS>
): Effect.Effect<A, ES, Exclude<R | RS, Provided>> =>
  Effect.flatMap(withTime(context), (withTime) => {
    let sent: Exit.Exit<A, ES> | undefined
    return HttpEffect.toHandled(
      // The end of the time interrupts the app, which is logged as what it is.
      logged(withTime(withinLimit(incoming, responding(app)), timedOut)),
      (_, response) => Effect.map(Effect.exit(send(response, withTime)), (exit) => (sent = exit))
    ).pipe(
      Effect.provideService(HttpServerRequest, incoming.request),
      Effect.provideService(Event, { source: incoming.source, event, context, authorizer: incoming.authorizer }),
      // What it ends with is the cause of the response, which is sent already.
      Effect.exit,
      Effect.flatMap((exit) =>
        sent ?? (Exit.isFailure(exit) ? Effect.failCause(exit.cause as Cause.Cause<never>) : Effect.die(exit))
      )
    )
  }) as Effect.Effect<A, ES, Exclude<R | RS, Provided>>

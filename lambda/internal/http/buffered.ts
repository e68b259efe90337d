import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import { type EventNotHttp, ResponseIncomplete } from "../../../errors/internal/lambdaHttpErrors.ts"
import type { Context } from "../invocation.ts"
import { type Incoming, read } from "./incoming.ts"
import { type Answer, partsOf, toAnswer } from "./outgoing.ts"
import { type App, type Provided, refused, serve, type WithTime } from "./serve.ts"

const answer = (incoming: Incoming, response: HttpServerResponse) =>
  Effect.flatMap(partsOf(incoming.request.method, response), (outgoing) => toAnswer(incoming, outgoing))

/** The answer that a response makes. One that can't be made is a 500. */
const send = (incoming: Incoming, response: HttpServerResponse, withTime: WithTime): Effect.Effect<Answer> =>
  withTime(
    answer(incoming, response),
    Effect.suspend(() =>
      Effect.fail(new ResponseIncomplete({ written: 0, issue: "the time of the invocation ended before its body did" }))
    )
  ).pipe(
    Effect.catch((error) => Effect.flatMap(refused(error), (response) => answer(incoming, response))),
    // The answer to an empty response is small, and has no header that could be wrong.
    Effect.orDie
  )

/** Answers an event whole. */
export const respond = <E, R>(
  incoming: Incoming,
  event: unknown,
  context: Context,
  app: App<E, R>
): Effect.Effect<Answer, never, Exclude<R, Provided>> =>
  serve(incoming, event, context, app, (response, withTime) => send(incoming, response, withTime))

/** Reads an event and answers it. */
export const handle = <E, R>(
  app: App<E, R>,
  basePath: string | undefined,
  event: unknown,
  context: Context
): Effect.Effect<Answer, EventNotHttp, Exclude<R, Provided>> =>
  Effect.flatMap(read(event, basePath), (incoming) => respond(incoming, event, context, app))

// Responses without sockets: bytes that a client reads as it would read them from the wire.
import { HttpResponse } from "@smithy/core/protocols"
import type { HttpRequest } from "@smithy/types"
import { type Aspect, AwsClients, Retry } from "effect-aws-sdk"
import { Readable } from "node:stream"
import { credentials } from "./Server.ts"

/** A response, whatever the request is. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A web stream is handed on as it is: handlers that are built on `fetch` answer with one. */
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
}

/** Clients whose requests are answered where they would go on the wire, without retries. */
export const clientsThatAnswer = (
  answer: (request: HttpRequest) => Answer,
  clientOptions: Record<string, unknown> = {},
  aspects: ReadonlyArray<Aspect.Aspect> = []
) =>
  AwsClients.layer({
    region: "eu-central-1",
    credentials,
    retry: Retry.none,
    aspects,
    clientOptions: { forcePathStyle: true, ...clientOptions },
    requestHandler: answering(answer)
  })

const answering = (answer: (request: HttpRequest) => Answer) => ({
  metadata: { handlerProtocol: "http/1.1" },
  handle: async (request: HttpRequest) => {
    const { body = "", headers = {}, status = 200 } = answer(request)
    return {
      response: new HttpResponse({
        statusCode: status,
        headers: { ...headers },
        body: body instanceof ReadableStream
          ? body
          : Readable.from(request.method === "HEAD" ? [] : [Buffer.from(body)])
      })
    }
  },
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({})
})

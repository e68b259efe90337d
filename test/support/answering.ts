// Responses without sockets: bytes that a client reads as it would read them from the wire.
import { HttpResponse } from "@smithy/core/protocols"
import type { HttpRequest } from "@smithy/types"
import { AwsClients, Retry } from "effect-aws-sdk"
import { Readable } from "node:stream"
import { credentials } from "./Server.ts"

/** A response, whatever the request is. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Clients whose requests are answered where they would go on the wire, without retries. */
export const clientsThatAnswer = (
  answer: (request: HttpRequest) => Answer,
  clientOptions: Record<string, unknown> = {}
) =>
  AwsClients.layer({
    region: "eu-central-1",
    credentials,
    retry: Retry.none,
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
        body: Readable.from(request.method === "HEAD" ? [] : [Buffer.from(body)])
      })
    }
  },
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({})
})

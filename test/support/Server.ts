// A real HTTP server on loopback, for behavior that shows only on the wire.
import { Effect, Layer, Redacted } from "effect"
import { AwsClients, Retry } from "effect-aws-sdk"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** AWS sends a header of its own with every response. Without one, a response without data isn't taken for AWS's. */
export const signOfAws = "x-amzn-trace-id"

/** A server for the rest of the scope, and its URL. */
export const serve = (listener: http.RequestListener) =>
  Effect.acquireRelease(
    Effect.callback<http.Server>((resume) => {
      const server = http.createServer((request, response) => {
        response.setHeader(signOfAws, "Root=1")
        listener(request, response)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map((server) => ({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })))

export const credentials = { accessKeyId: "AKIATEST", secretAccessKey: Redacted.make("wJalrXUtnFEMI-planted-secret") }

/** Clients that send to this endpoint, without retries. */
export const clientsOf = (endpoint: string, options?: AwsClients.ClientOptions) =>
  AwsClients.layer({
    region: "eu-central-1",
    credentials,
    endpoint,
    retry: Retry.none,
    clientOptions: { forcePathStyle: true },
    ...options
  }).pipe(Layer.orDie)

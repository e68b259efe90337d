import toFastProperties from "to-fast-properties"
import type { SdkClient } from "../../Call.ts"
import { checkResponses } from "./responses.ts"
import { retryEachCall, type Strategy } from "./retry.ts"
import { refuseUnsendable } from "./unsendable.ts"
import { readFaster } from "./xml.ts"

/** Adapts a client that the SDK has just built. Where the SDK has changed, the client stays as the SDK built it. */
export const prepareClient = (client: SdkClient, strategy: Strategy): void => {
  const { config, middlewareStack } = client
  // This middleware reads inputs and outputs to log them, even if the logger drops them.
  middlewareStack.remove("loggerMiddleware")
  retryEachCall(client, strategy)
  checkResponses(client)
  refuseUnsendable(client)
  readFaster((config as { readonly protocol?: unknown }).protocol)
  // The in-memory AWS answers a request by the schema of its command, which a request handler doesn't see.
  const { requestHandler } = config as { readonly requestHandler?: { readonly attach?: (client: SdkClient) => void } }
  requestHandler?.attach?.(client)
  // The SDK copies the whole configuration four times per call. As the constructor leaves it, that copy is slow.
  toFastProperties(config)
}

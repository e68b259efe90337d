import toFastProperties from "to-fast-properties"
import type { SdkClient, SdkClientClass } from "../../Call.ts"
import { checkResponses } from "./responses.ts"
import { retryEachCall, type Strategy } from "./retry.ts"
import { refuseUnsendable } from "./unsendable.ts"

type Reader = (protocol: unknown) => void

const readers = new WeakMap<SdkClientClass<any>, Reader>()

/**
 * Lets the clients of a class read their answers with a reader of this library. It isn't that of every client, because a program
 * without XML should not have to bundle the reader of XML.
 */
export const readWith = (Client: SdkClientClass<any>, reader: Reader): void => {
  readers.set(Client, reader)
}

export const hasReader = (Client: SdkClientClass<any>): boolean => readers.has(Client)

/** Adapts a client that the SDK has just built. Where the SDK has changed, the client stays as the SDK built it. */
export const prepareClient = (client: SdkClient, strategy: Strategy, Client: SdkClientClass<any>): void => {
  const { config, middlewareStack } = client
  // This middleware reads inputs and outputs to log them, even if the logger drops them.
  middlewareStack.remove("loggerMiddleware")
  retryEachCall(client, strategy)
  checkResponses(client)
  refuseUnsendable(client)
  readers.get(Client)?.((config as { readonly protocol?: unknown }).protocol)
  // The in-memory AWS answers a request by the schema of its command, which a request handler doesn't see.
  const { requestHandler } = config as { readonly requestHandler?: { readonly attach?: (client: SdkClient) => void } }
  requestHandler?.attach?.(client)
  // The SDK copies the whole configuration four times per call. As the constructor leaves it, that copy is slow.
  toFastProperties(config)
}

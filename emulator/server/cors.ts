// Lets pages of any origin use the emulator from a browser, as with a presigned URL.
import type { Answer, Request } from "../wire/http.ts"
import { noBytes } from "../wire/http.ts"

const oneDay = "86400"

/** The answer to a browser that asks whether a page may send a request, or `undefined` for any other request. */
export const preflight = ({ headers, method }: Request): Answer | undefined => {
  const origin = headers["origin"]
  const requested = headers["access-control-request-method"]
  if (method !== "OPTIONS" || origin === undefined || requested === undefined) return undefined
  const names = headers["access-control-request-headers"]
  return {
    status: 200,
    headers: {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": requested,
      ...names === undefined ? undefined : { "access-control-allow-headers": names },
      ...headers["access-control-request-private-network"] === undefined
        ? undefined
        : { "access-control-allow-private-network": "true" },
      "access-control-max-age": oneDay,
      "content-length": "0",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    },
    body: noBytes
  }
}

const none: Readonly<Record<string, string>> = {}

/** The headers that let a page read an answer. None if the request isn't from a page. */
export const corsHeaders = ({ headers }: Request, answer: Answer): Readonly<Record<string, string>> => {
  const origin = headers["origin"]
  if (origin === undefined || answer.headers["access-control-allow-origin"] !== undefined) return none
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": Object.keys(answer.headers).join(", "),
    vary: "Origin"
  }
}

// Lets pages of other origins use the emulator from a browser, as with a presigned URL: pages of any origin, but where a bucket has a
// CORS configuration, which decides for its objects as on AWS.
import type { CORSRule } from "@aws-sdk/client-s3"
import { randomUUID } from "node:crypto"
import { type CrossOrigin, ruleFor } from "../s3/cors.ts"
import { fault } from "../s3/faults.ts"
import { s3 } from "../s3/s3.ts"
import { writeFault } from "../wire/faultAnswers.ts"
import type { Answer, Request } from "../wire/http.ts"
import { noBytes } from "../wire/http.ts"
import { bucketOfHost, splitPath } from "../wire/s3Address.ts"
import type { World } from "./world.ts"

const oneDay = "86400"

type Headers = Readonly<Record<string, string>>

const none: Headers = {}

/** The CORS rules of the bucket that a request names. */
const rulesFor = ({ stateOf }: World, request: Request): ReadonlyArray<CORSRule> | undefined => {
  const name = bucketOfHost(request) ?? splitPath(request.path)?.[0]
  if (name === undefined) return undefined
  // S3 has one state for all accounts and regions.
  for (const bucket of stateOf(s3, "", "").buckets.values()) if (bucket.name === name) return bucket.cors
}

const vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

const headersOf = (
  { AllowedMethods = [], AllowedOrigins = [], ExposeHeaders = [], MaxAgeSeconds }: CORSRule,
  asked: CrossOrigin
): Headers => {
  const isForAll = AllowedOrigins.includes("*")
  return {
    "access-control-allow-origin": isForAll ? "*" : asked.origin,
    "access-control-allow-methods": AllowedMethods.join(", "),
    ...asked.headers.length === 0 ? undefined : { "access-control-allow-headers": asked.headers.join(", ") },
    ...ExposeHeaders.length === 0 ? undefined : { "access-control-expose-headers": ExposeHeaders.join(", ") },
    ...MaxAgeSeconds === undefined ? undefined : { "access-control-max-age": String(MaxAgeSeconds) },
    ...isForAll ? undefined : { "access-control-allow-credentials": "true" },
    vary
  }
}

const refused = (request: Request, method: string): Answer =>
  writeFault(
    { request, protocol: "restXml", service: undefined },
    fault(
      "AccessForbidden",
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      403,
      { Method: method, ResourceType: "OBJECT" }
    ),
    { requestId: randomUUID(), date: new Date() }
  )

/** The answer to a browser that asks whether a page may send a request, or `undefined` for any other request. */
export const preflight = (world: World, request: Request): Answer | undefined => {
  const { headers, method } = request
  const origin = headers["origin"]
  const requested = headers["access-control-request-method"]
  if (method !== "OPTIONS" || origin === undefined || requested === undefined) return undefined
  const names = headers["access-control-request-headers"]
  const rules = rulesFor(world, request)
  if (rules !== undefined) {
    const asked = {
      origin,
      method: requested,
      headers: (names ?? "").toLowerCase().split(",").map((name) => name.trim()).filter((name) => name !== "")
    }
    const rule = ruleFor(rules, asked)
    return rule === undefined
      ? refused(request, requested)
      : { status: 200, headers: { ...headersOf(rule, asked), "content-length": "0" }, body: noBytes }
  }
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
      vary
    },
    body: noBytes
  }
}

/** The headers that let a page read an answer. None if the request isn't from a page. */
export const corsHeaders = (world: World, request: Request, answer: Answer): Headers => {
  const origin = request.headers["origin"]
  if (origin === undefined || answer.headers["access-control-allow-origin"] !== undefined) return none
  const rules = rulesFor(world, request)
  if (rules !== undefined) {
    const asked = { origin, method: request.method, headers: [] }
    const rule = ruleFor(rules, asked)
    return rule === undefined ? none : headersOf(rule, asked)
  }
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": Object.keys(answer.headers).join(", "),
    vary: "Origin"
  }
}

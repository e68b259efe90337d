// The CORS configuration of buckets, and which requests of browsers it allows.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { fault, invalidRequest, malformed } from "./faults.ts"
import type { State } from "./state.ts"

const MAX_RULES = 100

const methods: ReadonlySet<string> = new Set(["GET", "PUT", "HEAD", "POST", "DELETE"])

const wildcards = (text: string): number => text.split("*").length - 1

const checkRule = Effect.fnUntraced(function*(rule: sdk.CORSRule): Effect.fn.Return<void, Fault> {
  const { AllowedHeaders = [], AllowedMethods = [], AllowedOrigins = [], ExposeHeaders = [], ID = "" } = rule
  if (AllowedMethods.length === 0 || AllowedOrigins.length === 0 || ID.length > 255) return yield* malformed
  const method = AllowedMethods.find((method) => !methods.has(method))
  if (method !== undefined) {
    return yield* invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
  }
  const origin = AllowedOrigins.find((origin) => wildcards(origin) > 1)
  if (origin !== undefined) {
    return yield* invalidRequest(`AllowedOrigin "${origin}" can not have more than one wildcard.`)
  }
  const header = AllowedHeaders.find((header) => wildcards(header) > 1)
  if (header !== undefined) {
    return yield* invalidRequest(`AllowedHeader "${header}" can not have more than one wildcard.`)
  }
  const exposed = ExposeHeaders.find((header) => wildcards(header) > 0)
  if (exposed !== undefined) {
    return yield* invalidRequest(
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`
    )
  }
})

/** Whether a text matches a pattern, in which one `*` stands for any text. */
const matches = (pattern: string, text: string): boolean => {
  const [start = "", end] = pattern.split("*")
  return end === undefined
    ? pattern === text
    : text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

/** What a page of another origin asks for. */
export interface CrossOrigin {
  readonly origin: string
  readonly method: string
  /** The headers that a preflight request asks for, in lower case. */
  readonly headers: ReadonlyArray<string>
}

/** The first rule that allows a request of a browser. */
export const ruleFor = (
  rules: ReadonlyArray<sdk.CORSRule>,
  { headers, method, origin }: CrossOrigin
): sdk.CORSRule | undefined =>
  rules.find(({ AllowedHeaders = [], AllowedMethods = [], AllowedOrigins = [] }) =>
    AllowedOrigins.some((pattern) => matches(pattern, origin)) && AllowedMethods.includes(method) &&
    headers.every((header) => AllowedHeaders.some((pattern) => matches(pattern.toLowerCase(), header)))
  )

export const corsHandlers: Handlers<typeof sdk, State> = {
  PutBucketCors: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const rules = input.CORSConfiguration?.CORSRules ?? []
    if (rules.length === 0 || rules.length > MAX_RULES) return yield* malformed
    yield* Effect.forEach(rules, checkRule, { discard: true })
    bucket.cors = copyData(rules)
    return {}
  }),

  GetBucketCors: Effect.fnUntraced(function*(input, state, context) {
    const { cors, name } = yield* findBucket(input, state, context)
    return cors === undefined
      ? yield* fault("NoSuchCORSConfiguration", "The CORS configuration does not exist", 404, { BucketName: name })
      : { CORSRules: [...cors] }
  }),

  DeleteBucketCors: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.cors = undefined
    return {}
  })
}

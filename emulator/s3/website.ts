// The website configuration of buckets. It is stored and returned; nothing serves the website here.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { fault, invalidArgument, invalidRequest, malformed } from "./faults.ts"
import type { State } from "./state.ts"

const MAX_ROUTING_RULES = 50

const isProtocol = (protocol: string | undefined): boolean =>
  protocol === undefined || protocol === "http" || protocol === "https"

const invalidProtocol = invalidRequest(
  "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
)

const checkRoutingRule = Effect.fnUntraced(function*(
  { Condition, Redirect }: sdk.RoutingRule
): Effect.fn.Return<void, Fault> {
  if (Redirect === undefined || Object.values(Redirect).every((value) => value === undefined)) return yield* malformed
  if (Condition !== undefined) {
    const { HttpErrorCodeReturnedEquals: code, KeyPrefixEquals: prefix } = Condition
    if (code === undefined && prefix === undefined) {
      return yield* invalidRequest(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present."
      )
    }
    if (code !== undefined && !/^[45]\d\d$/.test(code)) {
      return yield* invalidRequest(
        `The provided HTTP error code (${code}) is not valid. Valid codes are 4XX or 5XX.`
      )
    }
  }
  const { HttpRedirectCode, Protocol, ReplaceKeyPrefixWith, ReplaceKeyWith } = Redirect
  if (!isProtocol(Protocol)) return yield* invalidProtocol
  if (ReplaceKeyPrefixWith !== undefined && ReplaceKeyWith !== undefined) {
    return yield* invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
  }
  if (HttpRedirectCode !== undefined && !/^3(?!00|04)\d\d$/.test(HttpRedirectCode)) {
    return yield* invalidRequest(
      `The provided HTTP redirect code (${HttpRedirectCode}) is not valid. Valid codes are 3XX except 300.`
    )
  }
})

const checkWebsite = Effect.fnUntraced(function*(website: sdk.WebsiteConfiguration): Effect.fn.Return<void, Fault> {
  const { ErrorDocument, IndexDocument, RedirectAllRequestsTo, RoutingRules = [] } = website
  if (RedirectAllRequestsTo !== undefined) {
    if (ErrorDocument !== undefined || IndexDocument !== undefined || RoutingRules.length > 0) return yield* malformed
    if (!RedirectAllRequestsTo.HostName) return yield* malformed
    return isProtocol(RedirectAllRequestsTo.Protocol) ? undefined : yield* invalidProtocol
  }
  if (IndexDocument === undefined) {
    return yield* invalidArgument(
      "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
      "IndexDocument"
    )
  }
  const { Suffix = "" } = IndexDocument
  if (Suffix === "" || Suffix.includes("/")) {
    return yield* invalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", Suffix)
  }
  if (ErrorDocument !== undefined && !ErrorDocument.Key) {
    return yield* invalidArgument("The ErrorDocument Key is not well formed", "ErrorDocument", ErrorDocument.Key)
  }
  if (RoutingRules.length > MAX_ROUTING_RULES) {
    return yield* invalidRequest(
      `${RoutingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${MAX_ROUTING_RULES}.`
    )
  }
  yield* Effect.forEach(RoutingRules, checkRoutingRule, { discard: true })
})

export const websiteHandlers: Handlers<typeof sdk, State> = {
  PutBucketWebsite: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const website = input.WebsiteConfiguration ?? {}
    yield* checkWebsite(website)
    bucket.website = copyData(website)
    return {}
  }),

  GetBucketWebsite: Effect.fnUntraced(function*(input, state, context) {
    const { name, website } = yield* findBucket(input, state, context)
    return website ??
      (yield* fault(
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
        404,
        { BucketName: name }
      ))
  }),

  DeleteBucketWebsite: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.website = undefined
    return {}
  })
}

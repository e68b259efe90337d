// Metrics configurations of buckets. They are stored and returned, but have no effect: nothing here counts requests.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { fault, invalidArgument, malformed } from "./faults.ts"
import { markerOf } from "./listing.ts"
import type { State } from "./state.ts"

const PAGE_SIZE = 100
const MAX_CONFIGURATIONS = 1_000

const noSuchConfiguration = fault("NoSuchConfiguration", "The specified configuration does not exist.", 404)

export const metricsHandlers: Handlers<typeof sdk, State> = {
  PutBucketMetricsConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { metrics } = yield* findBucket(input, state, context)
    const { Filter, Id } = input.MetricsConfiguration ?? {}
    if (Id === undefined || Id !== input.Id || !/^[\w.-]{1,64}$/.test(Id)) return yield* malformed
    if (metrics.size >= MAX_CONFIGURATIONS && !metrics.has(Id)) {
      return yield* fault("TooManyConfigurations", "You have exceeded the limit of metrics configurations.")
    }
    metrics.set(Id, { Id, ...(Filter !== undefined && { Filter }) })
    return {}
  }),

  GetBucketMetricsConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { metrics } = yield* findBucket(input, state, context)
    const found = metrics.get(input.Id ?? "")
    return found === undefined ? yield* noSuchConfiguration : { MetricsConfiguration: found }
  }),

  ListBucketMetricsConfigurations: Effect.fnUntraced(function*(input, state, context) {
    const { metrics, name } = yield* findBucket(input, state, context)
    const { ContinuationToken } = input
    const [page, token] = yield* context.page(metrics.values(), {
      token: markerOf(ContinuationToken),
      size: PAGE_SIZE,
      key: ({ Id = "" }) => Id,
      query: { name },
      invalid: invalidArgument("The continuation token provided is incorrect", "continuation-token")
    })
    return {
      IsTruncated: token !== undefined,
      ContinuationToken,
      NextContinuationToken: token,
      ...(page.length > 0 && { MetricsConfigurationList: [...page] })
    }
  }),

  DeleteBucketMetricsConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { metrics } = yield* findBucket(input, state, context)
    return metrics.delete(input.Id ?? "") ? {} : yield* noSuchConfiguration
  })
}

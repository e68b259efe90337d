// Configurations of which a bucket can have many, each with an id: metrics, analytics, inventories and Intelligent-Tiering. They are stored and
// returned, but have no effect: nothing here counts requests, writes reports or moves objects between tiers.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { findBucket, type Target } from "./access.ts"
import { fault, invalidArgument, malformed } from "./faults.ts"
import { markerOf } from "./listing.ts"
import type { Bucket, NamedConfigurations, State } from "./state.ts"
import { checkTags } from "./tags.ts"

const PAGE_SIZE = 100
const MAX_CONFIGURATIONS = 1_000

const noSuchConfiguration = fault("NoSuchConfiguration", "The specified configuration does not exist.", 404)

interface Named extends Target {
  readonly Id: string | undefined
}

interface Listed extends Target {
  readonly ContinuationToken?: string | undefined
}

type Kind = keyof NamedConfigurations

/** The handlers' common parts for one kind of configuration. */
const store = <K extends Kind>(kind: K) => {
  type Configuration = NamedConfigurations[K] extends Map<string, infer C> ? C & { Id: string | undefined } : never
  const of = (bucket: Bucket) => bucket.configurations[kind] as Map<string, Configuration>
  return {
    put: Effect.fnUntraced(function*(
      input: Named,
      configuration: Configuration | undefined,
      state: State,
      context: HandlerContext
    ): Effect.fn.Return<{}, Fault> {
      const all = of(yield* findBucket(input, state, context))
      if (configuration?.Id === undefined || configuration.Id !== input.Id) return yield* malformed
      const { Id } = configuration
      if (!/^[\w.-]{1,64}$/.test(Id)) {
        return yield* fault("InvalidConfigurationId", "The specified configuration id is invalid.")
      }
      if (all.size >= MAX_CONFIGURATIONS && !all.has(Id)) {
        return yield* fault(
          "TooManyConfigurations",
          "You are attempting to create a new configuration but have already reached the 1,000-configuration limit."
        )
      }
      all.set(Id, copyData(configuration))
      return {}
    }),

    get: Effect.fnUntraced(function*(
      input: Named,
      state: State,
      context: HandlerContext
    ): Effect.fn.Return<Configuration, Fault> {
      return of(yield* findBucket(input, state, context)).get(input.Id ?? "") ?? (yield* noSuchConfiguration)
    }),

    list: Effect.fnUntraced(function*(input: Listed, state: State, context: HandlerContext) {
      const bucket = yield* findBucket(input, state, context)
      const { ContinuationToken } = input
      const [page, token] = yield* context.page(of(bucket).values(), {
        token: markerOf(ContinuationToken),
        size: PAGE_SIZE,
        key: ({ Id = "" }) => Id,
        query: { name: bucket.name },
        invalid: invalidArgument("The continuation token provided is incorrect", "continuation-token")
      })
      return {
        page: page.length > 0 ? [...page] : undefined,
        answer: { IsTruncated: token !== undefined, ContinuationToken, NextContinuationToken: token }
      }
    }),

    remove: Effect.fnUntraced(function*(
      input: Named,
      state: State,
      context: HandlerContext
    ): Effect.fn.Return<{}, Fault> {
      const all = of(yield* findBucket(input, state, context))
      return all.delete(input.Id ?? "") ? {} : yield* noSuchConfiguration
    })
  }
}

interface Filter {
  readonly Prefix?: string | undefined
  readonly Tag?: sdk.Tag | undefined
  readonly AccessPointArn?: string | undefined
  readonly And?:
    | { readonly Prefix?: string | undefined; readonly Tags?: ReadonlyArray<sdk.Tag> | undefined }
    | undefined
}

/** A filter has one criterion, or several in `And`. */
const checkFilter = Effect.fnUntraced(function*(filter: Filter | undefined): Effect.fn.Return<void, Fault> {
  if (filter === undefined) return
  const { And, Tag } = filter
  const criteria = Object.values(filter).filter((value) => value !== undefined)
  if (criteria.length !== 1) return yield* malformed
  yield* checkTags(Tag === undefined ? And?.Tags ?? [] : [Tag], "Your TagKey cannot be prefixed with aws:")
})

/** A bucket by its ARN, which reports are written to. */
const checkDestination = (arn: string | undefined): Effect.Effect<void, Fault> =>
  arn !== undefined && /^arn:aws[\w-]*:s3:::[a-z0-9.-]{3,63}$/.test(arn)
    ? Effect.void
    : Effect.fail(invalidArgument("Invalid bucket ARN.", "Bucket", arn))

const metrics = store("metrics")
const analytics = store("analytics")
const inventories = store("inventories")
const tierings = store("tierings")

const inventoryFormats: ReadonlySet<string> = new Set<sdk.InventoryFormat>(["CSV", "ORC", "Parquet"])

const checkInventory = Effect.fnUntraced(function*(
  { Destination, IncludedObjectVersions, IsEnabled, Schedule }: sdk.InventoryConfiguration
): Effect.fn.Return<void, Fault> {
  const { Bucket, Format } = Destination?.S3BucketDestination ?? {}
  if (
    IsEnabled === undefined || !inventoryFormats.has(Format as string) ||
    !(IncludedObjectVersions === "All" || IncludedObjectVersions === "Current") ||
    !(Schedule?.Frequency === "Daily" || Schedule?.Frequency === "Weekly")
  ) return yield* malformed
  yield* checkDestination(Bucket)
})

const shortest = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 } as const

const checkTiering = Effect.fnUntraced(function*(
  { Filter, Status, Tierings = [] }: sdk.IntelligentTieringConfiguration
): Effect.fn.Return<void, Fault> {
  const isValid = (Status === "Enabled" || Status === "Disabled") && Tierings.length > 0 &&
    new Set(Tierings.map(({ AccessTier }) => AccessTier)).size === Tierings.length &&
    Tierings.every(({ AccessTier, Days }) => Days !== undefined && AccessTier !== undefined && AccessTier in shortest)
  if (!isValid) return yield* malformed
  for (const { AccessTier, Days = 0 } of Tierings) {
    const least = shortest[AccessTier as keyof typeof shortest]
    if (Days < least || Days > 730) {
      return yield* invalidArgument(`'Days' for ${AccessTier} must be between ${least} and 730`)
    }
  }
  yield* checkFilter(Filter)
})

export const namedConfigurationHandlers: Handlers<typeof sdk, State> = {
  PutBucketMetricsConfiguration: Effect.fnUntraced(function*(input, state, context) {
    yield* checkFilter(input.MetricsConfiguration?.Filter)
    return yield* metrics.put(input, input.MetricsConfiguration, state, context)
  }),

  GetBucketMetricsConfiguration: (input, state, context) =>
    Effect.map(metrics.get(input, state, context), (MetricsConfiguration) => ({ MetricsConfiguration })),

  ListBucketMetricsConfigurations: (input, state, context) =>
    Effect.map(metrics.list(input, state, context), ({ answer, page }) => ({
      ...answer,
      MetricsConfigurationList: page
    })),

  DeleteBucketMetricsConfiguration: metrics.remove,

  PutBucketAnalyticsConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { Filter, StorageClassAnalysis } = input.AnalyticsConfiguration ?? {}
    if (StorageClassAnalysis === undefined) return yield* malformed
    yield* checkFilter(Filter)
    const { DataExport } = StorageClassAnalysis
    if (DataExport !== undefined) {
      const destination = DataExport.Destination?.S3BucketDestination
      if (DataExport.OutputSchemaVersion !== "V_1" || destination?.Format !== "CSV") return yield* malformed
      yield* checkDestination(destination.Bucket)
    }
    return yield* analytics.put(input, input.AnalyticsConfiguration, state, context)
  }),

  GetBucketAnalyticsConfiguration: (input, state, context) =>
    Effect.map(analytics.get(input, state, context), (AnalyticsConfiguration) => ({ AnalyticsConfiguration })),

  ListBucketAnalyticsConfigurations: (input, state, context) =>
    Effect.map(analytics.list(input, state, context), ({ answer, page }) => ({
      ...answer,
      AnalyticsConfigurationList: page
    })),

  DeleteBucketAnalyticsConfiguration: analytics.remove,

  PutBucketInventoryConfiguration: Effect.fnUntraced(function*(input, state, context) {
    if (input.InventoryConfiguration === undefined) return yield* malformed
    yield* checkInventory(input.InventoryConfiguration)
    return yield* inventories.put(input, input.InventoryConfiguration, state, context)
  }),

  GetBucketInventoryConfiguration: (input, state, context) =>
    Effect.map(inventories.get(input, state, context), (InventoryConfiguration) => ({ InventoryConfiguration })),

  ListBucketInventoryConfigurations: (input, state, context) =>
    Effect.map(inventories.list(input, state, context), ({ answer, page }) => ({
      ...answer,
      InventoryConfigurationList: page
    })),

  DeleteBucketInventoryConfiguration: inventories.remove,

  PutBucketIntelligentTieringConfiguration: Effect.fnUntraced(function*(input, state, context) {
    if (input.IntelligentTieringConfiguration === undefined) return yield* malformed
    yield* checkTiering(input.IntelligentTieringConfiguration)
    return yield* tierings.put(input, input.IntelligentTieringConfiguration, state, context)
  }),

  GetBucketIntelligentTieringConfiguration: (input, state, context) =>
    Effect.map(tierings.get(input, state, context), (IntelligentTieringConfiguration) => ({
      IntelligentTieringConfiguration
    })),

  ListBucketIntelligentTieringConfigurations: (input, state, context) =>
    Effect.map(tierings.list(input, state, context), ({ answer, page }) => ({
      ...answer,
      IntelligentTieringConfigurationList: page
    })),

  DeleteBucketIntelligentTieringConfiguration: tierings.remove
}

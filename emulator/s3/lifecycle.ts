// The lifecycle configuration of buckets. `expiry.ts` applies its rules.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { awaitLifecycle } from "./events.ts"
import { fault, invalidArgument, invalidRequest, malformed } from "./faults.ts"
import { DAY, type State } from "./state.ts"
import { checkTags } from "./tags.ts"

const MAX_RULES = 1_000
const MAX_ID = 255

const storageClasses: ReadonlySet<string> = new Set<sdk.TransitionStorageClass>([
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ONEZONE_IA",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE"
])

/** How many days an object has to be old before it can move to these classes. */
const youngest: Readonly<Record<string, number>> = { STANDARD_IA: 30, ONEZONE_IA: 30 }

const checkDate = (date: Date | undefined): Effect.Effect<void, Fault> =>
  date === undefined || date.getTime() % DAY === 0
    ? Effect.void
    : Effect.fail(invalidArgument("'Date' must be at midnight GMT"))

/** Checks a number of days. `least` is the smallest one. */
const checkDays = (days: number | undefined, least: 0 | 1, name: string, action: string): Effect.Effect<void, Fault> =>
  days === undefined || days >= least
    ? Effect.void
    : Effect.fail(
      invalidArgument(`'${name}' for ${action} action must be ${least === 0 ? "nonnegative" : "a positive integer"}`)
    )

const checkFilter = Effect.fnUntraced(function*({ Filter, Prefix }: sdk.LifecycleRule): Effect.fn.Return<void, Fault> {
  if ((Filter === undefined) === (Prefix === undefined)) return yield* malformed
  if (Filter === undefined) return
  const { And, ...criteria } = Filter
  const given = Object.values(criteria).filter((value) => value !== undefined).length
  if (And === undefined ? given > 1 : given > 0) return yield* malformed
  const tags = And?.Tags ?? (Filter.Tag === undefined ? [] : [Filter.Tag])
  if (And !== undefined) {
    const { ObjectSizeGreaterThan, ObjectSizeLessThan, Prefix } = And
    const others = [ObjectSizeGreaterThan, ObjectSizeLessThan, Prefix].filter((value) => value !== undefined)
    if (tags.length + others.length < 2) return yield* malformed
  }
  yield* checkTags(tags, "Your TagKey cannot be prefixed with aws:")
  const { ObjectSizeGreaterThan: above, ObjectSizeLessThan: below } = And ?? Filter
  if (above !== undefined && below !== undefined && above >= below) {
    return yield* invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
  }
})

const hasTags = ({ Filter }: sdk.LifecycleRule): boolean =>
  Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0

const checkExpiration = Effect.fnUntraced(function*(rule: sdk.LifecycleRule): Effect.fn.Return<void, Fault> {
  const { Date, Days, ExpiredObjectDeleteMarker } = rule.Expiration ?? {}
  const given = [Date, Days, ExpiredObjectDeleteMarker].filter((value) => value !== undefined)
  if (rule.Expiration !== undefined && given.length !== 1) return yield* malformed
  yield* checkDays(Days, 1, "Days", "Expiration")
  yield* checkDate(Date)
  if (ExpiredObjectDeleteMarker !== undefined && hasTags(rule)) {
    return yield* invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
  }
})

const describePrefix = ({ Filter, Prefix }: sdk.LifecycleRule): string =>
  `(prefix=${Prefix ?? Filter?.And?.Prefix ?? Filter?.Prefix ?? ""})`

const checkTransitions = Effect.fnUntraced(function*(rule: sdk.LifecycleRule): Effect.fn.Return<void, Fault> {
  const seen = new Set<string>()
  for (const { Date, Days, StorageClass } of rule.Transitions ?? []) {
    if ((Date === undefined) === (Days === undefined) || !storageClasses.has(StorageClass as string)) {
      return yield* malformed
    }
    if (seen.has(StorageClass!)) {
      return yield* invalidRequest(
        `'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix '${
          describePrefix(rule).slice(8, -1)
        }'`
      )
    }
    seen.add(StorageClass!)
    yield* checkDays(Days, 0, "Days", "Transition")
    yield* checkDate(Date)
    const least = youngest[StorageClass!]
    if (Days !== undefined && least !== undefined && Days < least) {
      return yield* invalidArgument(
        `'Days' in Transition action must be greater than or equal to ${least} for storageClass '${StorageClass}'`
      )
    }
    const until = rule.Expiration?.Days
    if (Days !== undefined && until !== undefined && until <= Days) {
      return yield* invalidArgument(
        `'Days' in the Expiration action for filter '${
          describePrefix(rule)
        }' must be greater than 'Days' in the Transition action`
      )
    }
  }
})

const checkNoncurrent = Effect.fnUntraced(function*(rule: sdk.LifecycleRule): Effect.fn.Return<void, Fault> {
  const { NoncurrentVersionExpiration: expiration, NoncurrentVersionTransitions = [] } = rule
  if (expiration !== undefined && expiration.NoncurrentDays === undefined) return yield* malformed
  yield* checkDays(expiration?.NoncurrentDays, 1, "NoncurrentDays", "NoncurrentVersionExpiration")
  for (const { NoncurrentDays, StorageClass } of NoncurrentVersionTransitions) {
    if (NoncurrentDays === undefined || !storageClasses.has(StorageClass as string)) return yield* malformed
    yield* checkDays(NoncurrentDays, 0, "NoncurrentDays", "NoncurrentVersionTransition")
    const least = youngest[StorageClass!]
    if (least !== undefined && NoncurrentDays < least) {
      return yield* invalidArgument(
        `'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to ${least} for storageClass '${StorageClass}'`
      )
    }
  }
  for (const { NewerNoncurrentVersions: newer } of [expiration ?? {}, ...NoncurrentVersionTransitions]) {
    if (newer === undefined) continue
    if (newer < 1 || newer > 100) {
      return yield* invalidArgument("'NewerNoncurrentVersions' must be an integer between 1 and 100")
    }
    if (rule.Filter === undefined) return yield* malformed
  }
})

const checkRule = Effect.fnUntraced(function*(rule: sdk.LifecycleRule): Effect.fn.Return<void, Fault> {
  const { AbortIncompleteMultipartUpload: abort, Expiration, ID = "", Status } = rule
  if (Status !== "Enabled" && Status !== "Disabled") return yield* malformed
  if (ID.length > MAX_ID) return yield* invalidArgument(`ID length should not exceed allowed limit of ${MAX_ID}`)
  yield* checkFilter(rule)
  const actions = [
    ...rule.Transitions ?? [],
    ...rule.NoncurrentVersionTransitions ?? [],
    rule.NoncurrentVersionExpiration,
    Expiration,
    abort
  ]
  if (actions.every((action) => action === undefined)) {
    return yield* invalidRequest("At least one action needs to be specified in a rule")
  }
  yield* checkExpiration(rule)
  yield* checkTransitions(rule)
  yield* checkNoncurrent(rule)
  if (abort === undefined) return
  if (abort.DaysAfterInitiation === undefined) return yield* malformed
  yield* checkDays(abort.DaysAfterInitiation, 1, "DaysAfterInitiation", "AbortIncompleteMultipartUpload")
  if (hasTags(rule)) return yield* invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
})

const sizes: ReadonlySet<string> = new Set<sdk.TransitionDefaultMinimumObjectSize>([
  "all_storage_classes_128K",
  "varies_by_storage_class"
])

export const lifecycleHandlers: Handlers<typeof sdk, State> = {
  PutBucketLifecycleConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { TransitionDefaultMinimumObjectSize: smallest = "all_storage_classes_128K" } = input
    if (!sizes.has(smallest)) {
      return yield* invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${smallest}`)
    }
    const rules = input.LifecycleConfiguration?.Rules ?? []
    if (rules.length === 0 || rules.length > MAX_RULES) return yield* malformed
    yield* Effect.forEach(rules, checkRule, { discard: true })
    const named = copyData(rules).map((rule) => ({
      ...rule,
      ID: rule.ID === undefined || rule.ID === "" ? context.uuid() : rule.ID
    }))
    if (new Set(named.map(({ ID }) => ID)).size < named.length) {
      return yield* invalidArgument("Rule ID must be unique. Found same ID for more than one rule")
    }
    // S3 applies new rules at the next midnight.
    const time = yield* Clock.currentTimeMillis
    bucket.lifecycle = { rules: named, smallest, applied: Math.floor(time / DAY) * DAY }
    awaitLifecycle(bucket, time, context)
    return { TransitionDefaultMinimumObjectSize: smallest }
  }),

  GetBucketLifecycleConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { lifecycle, name } = yield* findBucket(input, state, context)
    return lifecycle === undefined
      ? yield* fault("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404, {
        BucketName: name
      })
      : { Rules: [...lifecycle.rules], TransitionDefaultMinimumObjectSize: lifecycle.smallest }
  }),

  DeleteBucketLifecycle: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.lifecycle = undefined
    return {}
  })
}

// Object Lock: legal holds and retention, and what they protect.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { hasDigest } from "../wire/checksums.ts"
import { findBucket, may } from "./access.ts"
import { accessDenied, fault, invalidArgument, invalidRequest, malformed } from "./faults.ts"
import { bypassNeed } from "./needs.ts"
import { type Bucket, type Content, type Lock, now, type State } from "./state.ts"
import { replaceContent, versionOf } from "./versions.ts"

interface LockInput {
  readonly ObjectLockLegalHoldStatus?: string | undefined
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
}

const missing = invalidRequest("Bucket is missing Object Lock Configuration")

const isMode = (mode: unknown): mode is sdk.ObjectLockRetentionMode => mode === "GOVERNANCE" || mode === "COMPLIANCE"

const noLock: Lock = {}

const checkDate = Effect.fnUntraced(function*(until: Date): Effect.fn.Return<void, Fault> {
  if (until.getTime() <= (yield* Clock.currentTimeMillis)) {
    return yield* invalidArgument("The retain until date must be in the future!")
  }
})

/** The lock of a new object: from the request, or else the bucket's default retention. */
export const lockOf = Effect.fnUntraced(function*(input: LockInput, bucket: Bucket): Effect.fn.Return<Lock, Fault> {
  const { ObjectLockLegalHoldStatus: hold, ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input
  if (!bucket.hasLock) {
    return (hold ?? mode ?? until) === undefined
      ? noLock
      : yield* invalidRequest("Bucket is missing ObjectLockConfiguration")
  }
  if ((mode === undefined) !== (until === undefined)) {
    return yield* invalidArgument(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      mode === undefined ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode"
    )
  }
  if (mode !== undefined && !isMode(mode)) {
    return yield* invalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
  }
  if (hold !== undefined && hold !== "ON" && hold !== "OFF") {
    return yield* invalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold)
  }
  if (until !== undefined) yield* checkDate(until)
  const { Days, Mode, Years } = bucket.retention ?? {}
  let retention: Lock["retention"]
  if (mode !== undefined && until !== undefined) retention = { mode, until }
  else if (Mode !== undefined) {
    const date = yield* now
    if (Days === undefined) date.setUTCFullYear(date.getUTCFullYear() + (Years ?? 0))
    else date.setUTCDate(date.getUTCDate() + Days)
    retention = { mode: Mode, until: date }
  }
  return { ...(hold !== undefined && { hold }), ...(retention !== undefined && { retention }) }
})

/** Checks that a request that writes protected bytes has a digest of them. */
export const checkDigest = (
  { hold, retention }: Lock,
  kind: "Put Object" | "Put Part",
  { request: { headers, method } }: HandlerContext
): Effect.Effect<void, Fault> =>
  // A form that a browser posts has no digest of its file.
  (hold === undefined && retention === undefined) || method === "POST" || hasDigest(headers)
    ? Effect.void
    : Effect.fail(
      invalidRequest(
        `Content-MD5 OR x-amz-checksum- HTTP header is required for ${kind} requests with Object Lock parameters`
      )
    )

/** The lock of an object, as its headers show it. */
export const lockHeaders = ({ lock: { hold, retention } }: Pick<Content, "lock">) => ({
  ...(hold !== undefined && { ObjectLockLegalHoldStatus: hold }),
  ...(retention !== undefined && { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: retention.until })
})

const isProtected = accessDenied(undefined, "Access Denied because object protected by object lock.")

export interface Bypass {
  readonly BypassGovernanceRetention?: boolean | undefined
}

/** Bypassing governance is valid only in a bucket with Object Lock. */
export const checkBypass = (bucket: Bucket, { BypassGovernanceRetention }: Bypass): Effect.Effect<void, Fault> =>
  BypassGovernanceRetention === undefined || bucket.hasLock
    ? Effect.void
    : Effect.fail(
      invalidArgument(
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        "x-amz-bypass-governance-retention"
      )
    )

/** Checks that nothing protects a version from being deleted for good. */
export const checkUnlocked = Effect.fnUntraced(function*(
  { lock: { hold, retention } }: Content,
  canBypass: boolean
): Effect.fn.Return<void, Fault> {
  if (hold === "ON") return yield* isProtected
  if (retention === undefined || retention.until.getTime() <= (yield* Clock.currentTimeMillis)) return
  if (retention.mode === "COMPLIANCE" || !canBypass) return yield* isProtected
})

export const canBypass = (
  bucket: Bucket,
  { BypassGovernanceRetention }: Bypass,
  { Key }: { readonly Key?: string | undefined },
  context: HandlerContext
): boolean =>
  BypassGovernanceRetention === true && may(bucket, bypassNeed({ Bucket: bucket.name, Key }, bucket), context)

const noConfiguration = fault(
  "NoSuchObjectLockConfiguration",
  "The specified object does not have a ObjectLock configuration",
  404
)

/** What a new retention may do to the one that an object has: lengthen it in its mode, or anything once it is over or bypassed. */
const checkChange = Effect.fnUntraced(function*(
  { lock: { retention: before } }: Content,
  after: Lock["retention"],
  mayBypass: boolean
): Effect.fn.Return<void, Fault> {
  if (before === undefined || before.until.getTime() <= (yield* Clock.currentTimeMillis)) return
  const isLonger = after !== undefined && after.mode === before.mode && after.until >= before.until
  if (isLonger || (before.mode === "GOVERNANCE" && mayBypass)) return
  return yield* isProtected
})

const checkHasLock = (bucket: Bucket): Effect.Effect<void, Fault> => bucket.hasLock ? Effect.void : Effect.fail(missing)

export const lockHandlers: Handlers<typeof sdk, State> = {
  PutObjectLegalHold: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    yield* checkHasLock(bucket)
    const { content, version } = yield* versionOf(bucket, input, "PUT")
    const hold = input.LegalHold?.Status
    if (hold !== "ON" && hold !== "OFF") return yield* malformed
    replaceContent(version, { ...content, lock: { ...content.lock, hold } })
    return {}
  }),

  GetObjectLegalHold: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    yield* checkHasLock(bucket)
    const { hold } = (yield* versionOf(bucket, input)).content.lock
    return hold === undefined ? yield* noConfiguration : { LegalHold: { Status: hold } }
  }),

  PutObjectRetention: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    yield* checkHasLock(bucket)
    const { content, version } = yield* versionOf(bucket, input, "PUT")
    const { Mode, RetainUntilDate } = input.Retention ?? {}
    if ((Mode === undefined) !== (RetainUntilDate === undefined)) return yield* malformed
    if (Mode !== undefined && !isMode(Mode)) return yield* malformed
    if (RetainUntilDate !== undefined) yield* checkDate(RetainUntilDate)
    const retention = Mode !== undefined && RetainUntilDate !== undefined
      ? { mode: Mode, until: RetainUntilDate }
      : undefined
    yield* checkChange(content, retention, canBypass(bucket, input, input, context))
    const { retention: _, ...others } = content.lock
    replaceContent(version, { ...content, lock: { ...others, ...(retention !== undefined && { retention }) } })
    return {}
  }),

  GetObjectRetention: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    yield* checkHasLock(bucket)
    const { retention } = (yield* versionOf(bucket, input)).content.lock
    return retention === undefined
      ? yield* noConfiguration
      : { Retention: { Mode: retention.mode, RetainUntilDate: retention.until } }
  }),

  PutObjectLockConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { ObjectLockEnabled, Rule } = input.ObjectLockConfiguration ?? {}
    if (ObjectLockEnabled !== "Enabled") return yield* malformed
    const { Days, Mode, Years } = Rule?.DefaultRetention ?? {}
    if (Rule !== undefined) {
      if (!isMode(Mode) || (Days === undefined) === (Years === undefined)) return yield* malformed
      const unit = Days === undefined ? "Years" : "Days"
      if (!((Days ?? Years)! >= 1)) {
        return yield* invalidArgument("Default retention period must be a positive integer value.", unit)
      }
      if (!((Days ?? 0) <= 36_500 && (Years ?? 0) <= 100)) {
        return yield* invalidArgument(
          "Default retention period too large. Choose at most 36500 days or 100 years.",
          unit
        )
      }
    }
    if (bucket.versioning !== "Enabled") {
      return yield* fault(
        "InvalidBucketState",
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
        409
      )
    }
    bucket.hasLock = true
    bucket.retention = Mode === undefined
      ? undefined
      : { Mode, ...(Days !== undefined && { Days }), ...(Years !== undefined && { Years }) }
    return {}
  }),

  GetObjectLockConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { hasLock, name, retention } = yield* findBucket(input, state, context)
    if (!hasLock) {
      return yield* fault(
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
        404,
        { BucketName: name }
      )
    }
    return {
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled" as const,
        ...(retention !== undefined && { Rule: { DefaultRetention: retention } })
      }
    }
  })
}

// Archived objects, which have to be restored before they can be read.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { withStatus } from "../wire/answers.ts"
import { findBucket } from "./access.ts"
import { awaitRestore, tell } from "./events.ts"
import { fault, malformed } from "./faults.ts"
import { isArchived } from "./headers.ts"
import { type Content, midnightAfter, type State } from "./state.ts"
import { replaceContent, versionOf } from "./versions.ts"

const HOUR = 3_600_000

/** How long a restoration takes, at most, as AWS documents it. */
const durations = {
  GLACIER: { Expedited: HOUR / 12, Standard: 5 * HOUR, Bulk: 12 * HOUR },
  DEEP_ARCHIVE: { Expedited: undefined, Standard: 12 * HOUR, Bulk: 48 * HOUR }
} as const

export const isRestored = ({ restored }: Content, time: number): boolean =>
  restored !== undefined && restored.from <= time && time < restored.until

/** How the restoration of an object goes, as its headers show it. */
export const restoreHeader = (content: Content, time: number): { readonly Restore?: string } => {
  const { restored } = content
  if (restored === undefined || time >= restored.until) return {}
  return {
    Restore: isRestored(content, time)
      ? `ongoing-request="false", expiry-date="${new Date(restored.until).toUTCString()}"`
      : "ongoing-request=\"true\""
  }
}

/** How the restoration of an object goes, as lists show it. */
export const restoreStatus = (content: Content, time: number): { readonly RestoreStatus?: sdk.RestoreStatus } => {
  const { restored } = content
  if (restored === undefined || time >= restored.until) return {}
  return {
    RestoreStatus: isRestored(content, time)
      ? { IsRestoreInProgress: false, RestoreExpiryDate: new Date(restored.until) }
      : { IsRestoreInProgress: true }
  }
}

export const archiveHandlers: Handlers<typeof sdk, State> = {
  RestoreObject: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* versionOf(bucket, input, "POST")
    const { Days, GlacierJobParameters, Tier, Type } = input.RestoreRequest ?? {}
    if (Type !== undefined) return yield* unsupported("The in-memory S3 doesn't support selecting from an archive.")
    if (Days === undefined || !(Days >= 1 && Days < 2 ** 31)) return yield* malformed
    const storageClass = content.headers.StorageClass
    if (!isArchived(content.headers)) {
      return yield* fault("InvalidObjectState", "Restore is not allowed for the object's current storage class", 403, {
        StorageClass: storageClass ?? "STANDARD"
      })
    }
    const tier = GlacierJobParameters?.Tier ?? Tier ?? "Standard"
    const duration = durations[storageClass as "GLACIER" | "DEEP_ARCHIVE"][tier as "Standard" | "Expedited"]
    if (duration === undefined) return yield* malformed
    const time = yield* Clock.currentTimeMillis
    const { restored } = content
    if (restored !== undefined && time < restored.from) {
      return yield* fault("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    }
    // Restoring a restored object only changes its expiry.
    const wasRestored = isRestored(content, time)
    const from = wasRestored ? restored!.from : time + context.takes(duration)
    const renewed = { ...content, restored: { from, until: midnightAfter(Math.max(from, time), Days) } }
    replaceContent(version, renewed)
    const key = input.Key ?? ""
    awaitRestore(bucket, key, version, time, context)
    if (!wasRestored) {
      yield* tell(bucket, { kind: "ObjectRestore:Post", key, id: version.id, content: renewed }, state, context)
    }
    return wasRestored ? withStatus({}, 200) : {}
  })
}

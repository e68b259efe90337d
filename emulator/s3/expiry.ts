// What the lifecycle rules of a bucket do to its objects. S3 runs them once a day, at midnight in UTC; here, the first request after a
// midnight does.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { deleteKey, setKey } from "./keys.ts"
import { type Bucket, type Content, DAY, type Lifecycle, midnightAfter, type State, type Version } from "./state.ts"
import { addVersion, isLocked, replaceContent } from "./versions.ts"

type Rule = Lifecycle["rules"][number]

const SMALLEST = 128 * 1_024

/** Objects only move down this list. */
const classes: ReadonlyArray<string> = [
  "STANDARD",
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ONEZONE_IA",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE"
]

const prefixOf = ({ Filter, Prefix }: Rule): string => Prefix ?? Filter?.And?.Prefix ?? Filter?.Prefix ?? ""

const sizesOf = ({ Filter }: Rule) => Filter?.And ?? Filter ?? {}

/** Whether a rule is for this object. Delete markers have neither tags nor a size. */
const isFor = (rule: Rule, key: string, content: Content | undefined): boolean => {
  if (rule.Status !== "Enabled" || !key.startsWith(prefixOf(rule))) return false
  const { ObjectSizeGreaterThan: above, ObjectSizeLessThan: below } = sizesOf(rule)
  const { And, Tag } = rule.Filter ?? {}
  const tags = And?.Tags ?? (Tag === undefined ? [] : [Tag])
  if (content === undefined) return tags.length === 0 && above === undefined && below === undefined
  const size = content.body.length
  return (above === undefined || size > above) && (below === undefined || size < below) &&
    tags.every(({ Key, Value }) => content.tags.some((tag) => tag.Key === Key && tag.Value === Value))
}

/** The midnight at which an action is due that a rule sets a date or a number of days for. */
const dueAt = (
  { Date: date, Days }: { readonly Date?: Date | undefined; readonly Days?: number | undefined },
  since: Date
): number =>
  date !== undefined
    ? Math.max(date.getTime(), midnightAfter(since.getTime(), 0))
    : Days !== undefined
    ? midnightAfter(since.getTime(), Days)
    : Infinity

interface Expiry {
  readonly time: number
  readonly rule: string
}

/** When the current version of an object expires, and by which rule. */
const expiryOf = (lifecycle: Lifecycle | undefined, key: string, version: Version): Expiry | undefined => {
  let first: Expiry | undefined
  for (const rule of lifecycle?.rules ?? []) {
    if (rule.Expiration === undefined || !isFor(rule, key, version.content)) continue
    const time = dueAt(rule.Expiration, version.modified)
    if (time < (first?.time ?? Infinity)) first = { time, rule: rule.ID }
  }
  return first
}

/** When an object expires, as the answers about it show it. */
export const expirationHeader = (bucket: Bucket, key: string): { readonly Expiration?: string } => {
  const version = bucket.objects.get(key)?.[0]
  const expiry = version?.content && expiryOf(bucket.lifecycle, key, version)
  return expiry === undefined ? {} : {
    Expiration: `expiry-date="${new Date(expiry.time).toUTCString()}", rule-id="${encodeURIComponent(expiry.rule)}"`
  }
}

/** When an upload will be aborted, as the answers about it show it. */
export const abortHeaders = (
  { lifecycle }: Bucket,
  key: string,
  initiated: Date
): { readonly AbortDate?: Date; readonly AbortRuleId?: string } => {
  let first: Expiry | undefined
  for (const rule of lifecycle?.rules ?? []) {
    const Days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
    if (Days === undefined || rule.Status !== "Enabled" || !key.startsWith(prefixOf(rule))) continue
    const time = dueAt({ Days }, initiated)
    if (time < (first?.time ?? Infinity)) first = { time, rule: rule.ID }
  }
  return first === undefined ? {} : { AbortDate: new Date(first.time), AbortRuleId: first.rule }
}

const canMove = (content: Content, to: string, rule: Rule, { smallest }: Lifecycle): boolean => {
  const from = content.headers.StorageClass ?? "STANDARD"
  if (classes.indexOf(to) <= classes.indexOf(from)) return false
  const { ObjectSizeGreaterThan, ObjectSizeLessThan } = sizesOf(rule)
  if (ObjectSizeGreaterThan !== undefined || ObjectSizeLessThan !== undefined) return true
  const canBeSmall = smallest === "varies_by_storage_class" && (to === "GLACIER" || to === "DEEP_ARCHIVE")
  return canBeSmall || content.body.length >= SMALLEST
}

interface Move {
  readonly StorageClass?: sdk.TransitionStorageClass | undefined
  readonly due: number
}

/** Moves a version to the last storage class that is due. */
const moveVersion = (
  bucket: Bucket,
  key: string,
  version: Version,
  time: number,
  movesOf: (rule: Rule) => ReadonlyArray<Move>
): void => {
  const lifecycle = bucket.lifecycle!
  for (const rule of lifecycle.rules) {
    if (version.content === undefined || !isFor(rule, key, version.content)) continue
    const moves = movesOf(rule).filter(({ due }) => due <= time).sort((a, b) => a.due - b.due)
    for (const { StorageClass } of moves) {
      const content: Content = version.content
      if (StorageClass === undefined || !canMove(content, StorageClass, rule, lifecycle)) continue
      replaceContent(version, { ...content, headers: { ...content.headers, StorageClass } })
    }
  }
}

const setVersions = (bucket: Bucket, key: string, versions: ReadonlyArray<Version>): void =>
  versions.length === 0 ? deleteKey(bucket.objects, key) : setKey(bucket.objects, key, versions)

const expireCurrent = (bucket: Bucket, key: string, time: number, state: State, context: HandlerContext): void => {
  const versions = bucket.objects.get(key) ?? []
  const [current] = versions
  if (current?.content === undefined) return
  const expiry = expiryOf(bucket.lifecycle, key, current)
  if (expiry === undefined || expiry.time > time) return
  if (bucket.versioning === undefined) setVersions(bucket, key, versions.slice(1))
  else if (bucket.versioning === "Enabled" || !isLocked(current.content, time)) {
    addVersion(bucket, key, undefined, new Date(expiry.time), state, context)
  }
}

const expireNoncurrent = (bucket: Bucket, key: string, time: number): void => {
  const versions = bucket.objects.get(key) ?? []
  const rules = bucket.lifecycle!.rules
  const kept = versions.filter(({ content }, place) => {
    if (place === 0 || (content !== undefined && isLocked(content, time))) return true
    // A version became noncurrent when the next one was written.
    const since = versions[place - 1]!.modified
    return !rules.some((rule) => {
      const { NewerNoncurrentVersions = 0, NoncurrentDays } = rule.NoncurrentVersionExpiration ?? {}
      return NoncurrentDays !== undefined && place > NewerNoncurrentVersions && isFor(rule, key, content) &&
        dueAt({ Days: NoncurrentDays }, since) <= time
    })
  })
  if (kept.length < versions.length) setVersions(bucket, key, kept)
}

/** Removes a delete marker that has no versions left beneath it. */
const expireMarker = (bucket: Bucket, key: string, time: number): void => {
  const [marker, ...others] = bucket.objects.get(key) ?? []
  if (marker === undefined || marker.content !== undefined || others.length > 0) return
  const isDue = bucket.lifecycle!.rules.some((rule) =>
    isFor(rule, key, undefined) && rule.Expiration !== undefined &&
    (rule.Expiration.ExpiredObjectDeleteMarker === true || dueAt(rule.Expiration, marker.modified) <= time)
  )
  if (isDue) deleteKey(bucket.objects, key)
}

const move = (bucket: Bucket, key: string, time: number): void => {
  const versions = bucket.objects.get(key) ?? []
  versions.forEach((version, place) => {
    moveVersion(bucket, key, version, time, ({ NoncurrentVersionTransitions = [], Transitions = [] }) =>
      place === 0
        ? Transitions.map((transition) => ({ ...transition, due: dueAt(transition, version.modified) }))
        : NoncurrentVersionTransitions
          .filter(({ NewerNoncurrentVersions = 0 }) => place > NewerNoncurrentVersions)
          .map(({ NoncurrentDays, StorageClass }) => ({
            StorageClass,
            due: dueAt({ Days: NoncurrentDays }, versions[place - 1]!.modified)
          })))
  })
}

/** Applies the bucket's lifecycle rules, as S3 would have at each midnight since they were last applied. */
export const applyLifecycle = (bucket: Bucket, state: State, context: HandlerContext): Effect.Effect<void> => {
  const { lifecycle } = bucket
  if (lifecycle === undefined) return Effect.void
  return Effect.map(Clock.currentTimeMillis, (now) => {
    const midnight = Math.floor(now / DAY) * DAY
    if (midnight <= lifecycle.applied) return
    lifecycle.applied = midnight
    for (const key of bucket.objects.keys()) {
      move(bucket, key, midnight)
      expireCurrent(bucket, key, midnight, state, context)
      expireNoncurrent(bucket, key, midnight)
      expireMarker(bucket, key, midnight)
    }
    for (const [id, { initiated, key }] of bucket.uploads) {
      const { AbortDate } = abortHeaders(bucket, key, initiated)
      if (AbortDate !== undefined && AbortDate.getTime() <= midnight) bucket.uploads.delete(id)
    }
  })
}

// What the lifecycle rules of a bucket do to its objects. S3 runs them once a day, at midnight in UTC; here, the first request after a
// midnight does.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { tellAt } from "./events.ts"
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

/** A midnight at which rules are applied. */
interface Midnight {
  readonly time: number
  readonly state: State
  readonly context: HandlerContext
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
  { context, state, time }: Midnight,
  movesOf: (rule: Rule) => ReadonlyArray<Move>
): void => {
  const lifecycle = bucket.lifecycle!
  for (const rule of lifecycle.rules) {
    if (version.content === undefined || !isFor(rule, key, version.content)) continue
    const moves = movesOf(rule).filter(({ due }) => due <= time).sort((a, b) => a.due - b.due)
    for (const { StorageClass } of moves) {
      const content: Content = version.content
      if (StorageClass === undefined || !canMove(content, StorageClass, rule, lifecycle)) continue
      const moved = { ...content, headers: { ...content.headers, StorageClass } }
      replaceContent(version, moved)
      tellAt(time, bucket, { kind: "LifecycleTransition", key, id: version.id, content: moved }, state, context)
    }
  }
}

const setVersions = (bucket: Bucket, key: string, versions: ReadonlyArray<Version>): void =>
  versions.length === 0 ? deleteKey(bucket.objects, key) : setKey(bucket.objects, key, versions)

const deleted = (bucket: Bucket, key: string, id: string, { context, state, time }: Midnight): void =>
  tellAt(time, bucket, { kind: "LifecycleExpiration:Delete", key, id }, state, context)

const expireCurrent = (bucket: Bucket, key: string, midnight: Midnight): void => {
  const { context, state, time } = midnight
  const versions = bucket.objects.get(key) ?? []
  const [current] = versions
  if (current?.content === undefined) return
  const expiry = expiryOf(bucket.lifecycle, key, current)
  if (expiry === undefined || expiry.time > time) return
  if (bucket.versioning === undefined) {
    setVersions(bucket, key, versions.slice(1))
    deleted(bucket, key, current.id, midnight)
  } else if (bucket.versioning === "Enabled" || !isLocked(current.content, time)) {
    const id = addVersion(bucket, key, undefined, new Date(expiry.time), state, context)
    const kind = "LifecycleExpiration:DeleteMarkerCreated"
    tellAt(time, bucket, { kind, key, id, sequence: state.sequence }, state, context)
  }
}

const expireNoncurrent = (bucket: Bucket, key: string, midnight: Midnight): void => {
  const { time } = midnight
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
  if (kept.length === versions.length) return
  setVersions(bucket, key, kept)
  for (const version of versions) if (!kept.includes(version)) deleted(bucket, key, version.id, midnight)
}

/** Removes a delete marker that has no versions left beneath it. */
const expireMarker = (bucket: Bucket, key: string, midnight: Midnight): void => {
  const [marker, ...others] = bucket.objects.get(key) ?? []
  if (marker === undefined || marker.content !== undefined || others.length > 0) return
  const isDue = bucket.lifecycle!.rules.some((rule) =>
    isFor(rule, key, undefined) && rule.Expiration !== undefined &&
    (rule.Expiration.ExpiredObjectDeleteMarker === true || dueAt(rule.Expiration, marker.modified) <= midnight.time)
  )
  if (!isDue) return
  deleteKey(bucket.objects, key)
  deleted(bucket, key, marker.id, midnight)
}

const move = (bucket: Bucket, key: string, midnight: Midnight): void => {
  const versions = bucket.objects.get(key) ?? []
  versions.forEach((version, place) => {
    moveVersion(bucket, key, version, midnight, ({ NoncurrentVersionTransitions = [], Transitions = [] }) =>
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

/** When the rules change something next, if not earlier: the first midnight after this time at which one of their actions is due. */
export const nextAction = ({ lifecycle, objects }: Bucket, after: number): number | undefined => {
  let first = Infinity
  const consider = (time: number) => {
    if (time > after && time < first) first = time
  }
  for (const [key, versions] of objects) {
    versions.forEach((version, place) => {
      const { content, modified } = version
      // What is locked stays until the lock ends.
      const until = content?.lock.retention?.until
      if (until !== undefined) consider(midnightAfter(until.getTime(), 0))
      for (const rule of lifecycle?.rules ?? []) {
        if (!isFor(rule, key, content)) continue
        const { Expiration, NoncurrentVersionExpiration, NoncurrentVersionTransitions = [], Transitions = [] } = rule
        if (place > 0) {
          const since = versions[place - 1]!.modified
          for (const one of [NoncurrentVersionExpiration, ...NoncurrentVersionTransitions]) {
            consider(dueAt({ Days: one?.NoncurrentDays }, since))
          }
          continue
        }
        for (const one of [Expiration, ...Transitions]) if (one !== undefined) consider(dueAt(one, modified))
        if (content === undefined) consider(midnightAfter(modified.getTime(), 0))
      }
    })
  }
  return first === Infinity ? undefined : first
}

/** Applies the bucket's lifecycle rules, as S3 would have at each midnight since they were last applied. */
export const applyLifecycle = (bucket: Bucket, state: State, context: HandlerContext): Effect.Effect<void> => {
  const { lifecycle } = bucket
  if (lifecycle === undefined) return Effect.void
  return Effect.map(Clock.currentTimeMillis, (now) => {
    const time = Math.floor(now / DAY) * DAY
    if (time <= lifecycle.applied) return
    lifecycle.applied = time
    const midnight = { time, state, context }
    for (const key of bucket.objects.keys()) {
      move(bucket, key, midnight)
      expireCurrent(bucket, key, midnight)
      expireNoncurrent(bucket, key, midnight)
      expireMarker(bucket, key, midnight)
    }
    for (const [id, { initiated, key }] of bucket.uploads) {
      const { AbortDate } = abortHeaders(bucket, key, initiated)
      if (AbortDate !== undefined && AbortDate.getTime() <= time) bucket.uploads.delete(id)
    }
  })
}

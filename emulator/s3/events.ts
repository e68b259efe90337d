// What happens to objects, as S3 tells it: to EventBridge, and to the queues, topics and functions of a notification configuration.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { type Bucket, type Content, midnightAfter, type State, type Version } from "./state.ts"

/** What happens, as notification configurations name it, and how EventBridge does. */
const kinds = {
  "ObjectCreated:Put": { detailType: "Object Created", reason: "PutObject" },
  "ObjectCreated:Post": { detailType: "Object Created", reason: "POST Object" },
  "ObjectCreated:Copy": { detailType: "Object Created", reason: "CopyObject" },
  "ObjectCreated:CompleteMultipartUpload": { detailType: "Object Created", reason: "CompleteMultipartUpload" },
  "ObjectRemoved:Delete": { detailType: "Object Deleted", reason: "DeleteObject", deletion: "Permanently Deleted" },
  "ObjectRemoved:DeleteMarkerCreated": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    deletion: "Delete Marker Created"
  },
  "LifecycleExpiration:Delete": {
    detailType: "Object Deleted",
    reason: "Lifecycle Expiration",
    deletion: "Permanently Deleted"
  },
  "LifecycleExpiration:DeleteMarkerCreated": {
    detailType: "Object Deleted",
    reason: "Lifecycle Expiration",
    deletion: "Delete Marker Created"
  },
  LifecycleTransition: { detailType: "Object Storage Class Changed" },
  "ObjectRestore:Post": { detailType: "Object Restore Initiated" },
  "ObjectRestore:Completed": { detailType: "Object Restore Completed" },
  "ObjectRestore:Delete": { detailType: "Object Restore Expired" },
  "ObjectTagging:Put": { detailType: "Object Tags Added" },
  "ObjectTagging:Delete": { detailType: "Object Tags Deleted" },
  "ObjectAcl:Put": { detailType: "Object ACL Updated" }
} as const satisfies Readonly<
  Record<string, { readonly detailType: string; readonly reason?: string; readonly deletion?: string }>
>

type Kind = keyof typeof kinds

/** Something that happened to an object. */
export interface Occurrence {
  readonly kind: Kind
  readonly key: string
  /** The id of its version. */
  readonly id: string | undefined
  /** What it contains; `undefined` for what was deleted. */
  readonly content?: Content | undefined
  /** The place of a write in the order of all writes. Without one, it is the next. */
  readonly sequence?: number | undefined
}

const emptyTag = createHash("md5").digest("hex")

/** How S3 calls itself, where it acts by itself. */
const itself = "s3.amazonaws.com"

const isByItself = (kind: Kind): boolean =>
  kind.startsWith("Lifecycle") || kind === "ObjectRestore:Completed" || kind === "ObjectRestore:Delete"

const isOfMarker = (kind: Kind): boolean => kind.endsWith(":DeleteMarkerCreated")

const isDeletion = (kind: Kind): boolean => kind.endsWith("Removed:Delete") || kind === "LifecycleExpiration:Delete"

/** Whether events about it have the size of the object. Those about a change of what belongs to an object don't. */
const hasSize = (kind: Kind): boolean =>
  /^(ObjectCreated|ObjectRestore:(Post|Completed)|LifecycleTransition)/.test(kind)

/** Whether somebody wants to know what happens in a bucket. */
export const isWatched = ({ notification }: Bucket): boolean =>
  notification.EventBridgeConfiguration !== undefined || notification.QueueConfigurations !== undefined ||
  notification.TopicConfigurations !== undefined || notification.LambdaFunctionConfigurations !== undefined

const whereOf = ({ account, region }: Bucket) => ({ account, region })

export const arnOf = ({ name }: Bucket, context: HandlerContext): string =>
  context.arn("s3", name, { region: "", account: "" })

/** An id as S3 gives its users and requests. */
const idOf = (length: number, ...of: ReadonlyArray<string | number>): string =>
  createHash("sha256").update(of.join(" ")).digest("hex").slice(0, length).toUpperCase()

export const ownerPrincipal = ({ account }: Bucket): string => `A${idOf(13, account)}`

/** S3 encodes keys like the values of a form, but leaves slashes as they are. */
const encodedKey = (key: string): string =>
  encodeURIComponent(key).replace(/%20/g, "+").replace(/%2F/g, "/").replace(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )

export type Destination = {
  readonly arn: string
  readonly settings?: object
  readonly configuration: Pick<sdk.QueueConfiguration, "Events" | "Filter" | "Id">
}

/** A topic gets a subject with each message. */
const ofTopic = { Subject: "Amazon S3 Notification" }

/** The queues, topics and functions of a configuration. */
export const destinationsOf = (
  { LambdaFunctionConfigurations = [], QueueConfigurations = [], TopicConfigurations = [] }:
    sdk.NotificationConfiguration
): ReadonlyArray<Destination> => [
  ...TopicConfigurations.map((one) => ({ arn: one.TopicArn ?? "", settings: ofTopic, configuration: one })),
  ...QueueConfigurations.map((one) => ({ arn: one.QueueArn ?? "", configuration: one })),
  ...LambdaFunctionConfigurations.map((one) => ({ arn: one.LambdaFunctionArn ?? "", configuration: one }))
]

const wants = ({ Events = [], Filter }: Destination["configuration"], { key, kind }: Occurrence): boolean =>
  Events.some((event) => event.endsWith(":*") ? `s3:${kind}`.startsWith(event.slice(0, -1)) : event === `s3:${kind}`) &&
  (Filter?.Key?.FilterRules ?? []).every(({ Name, Value = "" }) =>
    Name?.toLowerCase() === "prefix" ? key.startsWith(Value) : key.endsWith(Value)
  )

/** What events say of an object, in the words of EventBridge. */
const objectOf = ({ content, id, key, kind }: Occurrence, sequencer: string | undefined) => {
  const isGone = isDeletion(kind)
  return {
    key,
    ...(content !== undefined && !isGone &&
      { etag: content.etag, ...(hasSize(kind) && { size: content.body.length }) }),
    ...(isOfMarker(kind) && { etag: emptyTag }),
    // Of a version that was written without versioning, there is no id.
    ...(id !== undefined && id !== "null" && { "version-id": id }),
    ...(sequencer !== undefined && { sequencer })
  }
}

interface Moment {
  readonly sequencer: string
  readonly time: number
  readonly requestId: string
}

const emit = (bucket: Bucket, occurrence: Occurrence, { requestId, sequencer }: Moment, context: HandlerContext) => {
  const { content, kind } = occurrence
  const { detailType, ...rest } = kinds[kind]
  const isWrite = detailType === "Object Created" || detailType === "Object Deleted"
  const storageClass = content?.headers.StorageClass ?? "STANDARD"
  context.emit({
    source: "aws.s3",
    detailType,
    resources: [arnOf(bucket, context)],
    detail: defined({
      version: "0",
      bucket: { name: bucket.name },
      object: objectOf(occurrence, isWrite ? sequencer : undefined),
      "request-id": requestId,
      requester: isByItself(kind) ? itself : context.account,
      "source-ip-address": isByItself(kind) ? undefined : sourceAddress,
      reason: "reason" in rest ? rest.reason : undefined,
      "deletion-type": "deletion" in rest ? rest.deletion : undefined,
      "source-storage-class": hasSize(kind) && kind.startsWith("ObjectRestore") ? storageClass : undefined,
      "restore-expiry-time": kind === "ObjectRestore:Completed" ? wholeTime(content!.restored!.until) : undefined,
      "destination-storage-class": kind === "LifecycleTransition" ? storageClass : undefined
    })
  }, whereOf(bucket))
}

/** Requests come from this machine. */
const sourceAddress = "127.0.0.1"

const wholeTime = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`

/** Whether a notification has a version of its form that came later. */
const isNewer = (kind: Kind): boolean => /^(Lifecycle|ObjectTagging|ObjectAcl)/.test(kind)

const deliver = (
  bucket: Bucket,
  occurrence: Occurrence,
  { requestId, sequencer, time }: Moment,
  { arn, configuration, settings }: Destination,
  context: HandlerContext
) => {
  const { content, kind } = occurrence
  const isSequenced = !isNewer(kind) || kind.startsWith("LifecycleExpiration")
  const { etag: eTag, key, "version-id": versionId, ...object } = objectOf(
    occurrence,
    isSequenced ? sequencer : undefined
  )
  const owner = ownerPrincipal(bucket)
  context.deliver({
    from: arnOf(bucket, context),
    target: arn,
    input: {
      Records: [{
        eventVersion: isNewer(kind) ? "2.3" : "2.1",
        eventSource: "aws:s3",
        awsRegion: bucket.region,
        eventTime: new Date(time).toISOString(),
        eventName: kind,
        userIdentity: {
          principalId: kind === "ObjectRestore:Completed"
            ? `AmazonCustomer:${owner}`
            : isByItself(kind)
            ? itself
            : `AWS:${context.principal.userId}`
        },
        requestParameters: { sourceIPAddress: isByItself(kind) ? itself : sourceAddress },
        responseElements: { "x-amz-request-id": requestId, "x-amz-id-2": requestId },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: configuration.Id,
          bucket: { name: bucket.name, ownerIdentity: { principalId: owner }, arn: arnOf(bucket, context) },
          object: defined({ key: encodedKey(key), eTag, versionId, ...object })
        },
        ...(kind === "ObjectRestore:Completed" && {
          glacierEventData: {
            restoreEventData: {
              lifecycleRestorationExpiryTime: new Date(content!.restored!.until).toISOString(),
              lifecycleRestoreStorageClass: content!.headers.StorageClass
            }
          }
        }),
        ...(kind === "LifecycleTransition" && {
          lifecycleEventData: {
            transitionEventData: { destinationStorageClass: content!.headers.StorageClass }
          }
        })
      }]
    },
    ...(settings !== undefined && { settings })
  }, whereOf(bucket))
}

/** The name of the timer of a bucket's lifecycle rules. */
export const lifecycleTimer = ({ name, partition }: Bucket): string => `lifecycle ${partition}:${name}`

/** The name of the timer of a version's restoration. */
const restoreTimer = ({ name, partition }: Bucket, key: string, id: string): string =>
  `restore ${JSON.stringify([`${partition}:${name}`, key, id])}`

/** Has S3 tell when an archived version can be read next, and until when. */
export const awaitRestore = (
  bucket: Bucket,
  key: string,
  { content, id }: Version,
  now: number,
  context: HandlerContext
): void => {
  const { from = 0, until = 0 } = content?.restored ?? {}
  const next = [Math.ceil(from), until].find((time) => time > now)
  context.wakeAt(restoreTimer(bucket, key, id), next, whereOf(bucket))
}

/** Has S3 look at the lifecycle rules at the next midnight, if somebody wants to know what they do. */
export const awaitLifecycle = (bucket: Bucket, now: number, context: HandlerContext): void => {
  if (bucket.lifecycle === undefined || !isWatched(bucket)) return
  context.wakeAt(lifecycleTimer(bucket), midnightAfter(now, 0), whereOf(bucket))
}

/** Tells those who want to know what has happened at this time. */
export const tellAt = (
  time: number,
  bucket: Bucket,
  occurrence: Occurrence,
  state: State,
  context: HandlerContext
): void => {
  if (!isWatched(bucket)) return
  const { key, kind, sequence = ++state.sequence } = occurrence
  const moment = {
    time,
    // Sequencers of a key rise, and compare as texts.
    sequencer: sequence.toString(16).toUpperCase().padStart(18, "0"),
    requestId: isByItself(kind) ? idOf(16, bucket.name, key, kind, sequence) : context.requestId
  }
  if (bucket.notification.EventBridgeConfiguration !== undefined && context.isHeard(whereOf(bucket))) {
    emit(bucket, occurrence, moment, context)
  }
  for (const destination of destinationsOf(bucket.notification)) {
    if (wants(destination.configuration, occurrence)) deliver(bucket, occurrence, moment, destination, context)
  }
}

/** Tells those who want to know what a call has done. */
export const tell = (
  bucket: Bucket,
  occurrence: Occurrence,
  state: State,
  context: HandlerContext
): Effect.Effect<void> =>
  !isWatched(bucket) ? Effect.void : Effect.map(Clock.currentTimeMillis, (now) => {
    tellAt(now, bucket, occurrence, state, context)
    awaitLifecycle(bucket, now, context)
  })

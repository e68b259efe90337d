// Notifications of S3, by itself and through EventBridge.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { type EventBridgeEnvelope, EventBridgeEvent, type EventBridgeEventEncoded } from "./eventBridge.ts"
import { absent, always, titled } from "./parts.ts"

/** S3 encodes keys as forms do. It leaves slashes as they are. */
const Key = /* @__PURE__ */ Schema.String.pipe(
  /* @__PURE__ */ Schema.decodeTo(Schema.String, {
    decode: /* @__PURE__ */ SchemaGetter.transformEffect((key: string) =>
      Effect.try({
        try: () => decodeURIComponent(key.replaceAll("+", " ")),
        catch: () => new SchemaIssue.InvalidValue({ message: "Expected a URL-encoded key" })
      })
    ),
    encode: /* @__PURE__ */ SchemaGetter.transform((key: string) =>
      encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")
    )
  })
)

const record = () =>
  Schema.Struct({
    eventVersion: Schema.String,
    eventSource: always("aws:s3"),
    awsRegion: Schema.String,
    eventTime: Schema.DateFromString,
    /** Such as `ObjectCreated:Put`. */
    eventName: Schema.String,
    userIdentity: absent(Schema.Struct({ principalId: Schema.String })),
    requestParameters: absent(Schema.Struct({ sourceIPAddress: Schema.String })),
    responseElements: absent(
      Schema.Struct({ "x-amz-request-id": Schema.String, "x-amz-id-2": Schema.String })
    ),
    s3: Schema.Struct({
      s3SchemaVersion: Schema.String,
      configurationId: absent(Schema.String),
      bucket: Schema.Struct({
        name: Schema.String,
        ownerIdentity: absent(Schema.Struct({ principalId: Schema.String })),
        arn: Schema.String
      }),
      object: Schema.Struct({
        /** The key of the object, decoded. */
        key: Key,
        /** In bytes. Absent for a deleted object. */
        size: absent(Schema.Finite),
        /** Absent for a deleted object. */
        eTag: absent(Schema.String),
        /** Absent in a bucket without versions. */
        versionId: absent(Schema.String),
        /** Orders the events of one key: pad the shorter of two with zeros on its right; the greater text is later. */
        sequencer: absent(Schema.String)
      })
    }),
    /** For `ObjectRestore:Completed`. */
    glacierEventData: absent(Schema.Struct({
      restoreEventData: Schema.Struct({
        lifecycleRestorationExpiryTime: Schema.DateFromString,
        lifecycleRestoreStorageClass: Schema.String
      })
    })),
    /** For the events of replication. */
    replicationEventData: absent(Schema.Struct({
      replicationRuleId: absent(Schema.String),
      destinationBucket: absent(Schema.String),
      s3Operation: absent(Schema.String),
      requestTime: absent(Schema.String),
      failureReason: absent(Schema.String),
      threshold: absent(Schema.String),
      replicationTime: absent(Schema.String)
    })),
    /** For `IntelligentTiering`. */
    intelligentTieringEventData: absent(Schema.Struct({ destinationAccessTier: Schema.String })),
    /** For `LifecycleTransition`. */
    lifecycleEventData: absent(Schema.Struct({
      transitionEventData: Schema.Struct({ destinationStorageClass: Schema.String })
    }))
  })

const testMembers = {
  Service: Schema.String,
  Event: /* @__PURE__ */ Schema.Literal("s3:TestEvent"),
  Bucket: Schema.String,
  RequestId: Schema.String,
  HostId: Schema.String
}

/** It's large, and most programs that import this module take another event: it's built when it's used. */
const s3Event = () => {
  const Records = Schema.Struct({ Records: Schema.Array(record()) })
  const Test = Schema.Struct({ ...testMembers, Time: Schema.DateFromString })
  const Event = Schema.Struct({
    Records: Schema.Array(Schema.toType(record())),
    test: Schema.optionalKey(Schema.Struct({ ...testMembers, Time: Schema.Date }))
  })
  type Event = typeof Event.Type
  return Schema.Union([Records, Test]).pipe(
    Schema.decodeTo(Event, {
      decode: SchemaGetter.transform((event: typeof Records.Type | typeof Test.Type): Event =>
        "Records" in event ? event : { Records: [], test: event }
      ),
      encode: SchemaGetter.transform(({ Records, test }: Event) => test ?? { Records })
    })
  )
}

/**
 * A notification of S3, with decoded keys.
 *
 * When a bucket's notifications are configured, S3 sends a test to each queue and topic. It has no records: `Records` is empty
 * then, and `test` is the test.
 *
 * **Example** (New objects)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onObjects = Lambda.on(Lambda.S3Event, ({ Records }) =>
 *   Effect.forEach(Records, ({ s3: { bucket, object } }) => Effect.logInfo(`${bucket.name} has ${object.key}`), {
 *     discard: true
 *   }))
 * ```
 *
 * **Example** (New objects, through a queue)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onMessages = Lambda.sqsBatch(Lambda.S3Event, ({ Records }) =>
 *   Effect.forEach(Records, ({ s3 }) => Effect.logInfo(s3.object.key), { discard: true }))
 * ```
 *
 * AWS: [Event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)
 *
 * @category events
 * @since 0.1.0
 */
export const S3Event = /* @__PURE__ */ Schema.suspend(s3Event).annotate(titled("an event of S3"))
/**
 * The type of {@link S3Event:var}.
 *
 * @category events
 * @since 0.1.0
 */
export type S3Event = typeof S3Event.Type

/**
 * The types of event that S3 sends to EventBridge.
 *
 * @category models
 * @since 0.1.0
 */
export type S3DetailType =
  | "Object Created"
  | "Object Deleted"
  | "Object Restore Initiated"
  | "Object Restore Completed"
  | "Object Restore Expired"
  | "Object Storage Class Changed"
  | "Object Access Tier Changed"
  | "Object ACL Updated"
  | "Object Tags Added"
  | "Object Tags Deleted"

const detail = () =>
  Schema.Struct({
    version: Schema.String,
    bucket: Schema.Struct({ name: Schema.String }),
    object: Schema.Struct({
      /** Not URL-encoded, other than in a notification. */
      key: Schema.String,
      size: absent(Schema.Finite),
      etag: absent(Schema.String),
      "version-id": absent(Schema.String),
      sequencer: absent(Schema.String)
    }),
    "request-id": Schema.String,
    /** An account's id, or the service of AWS that did it. */
    requester: Schema.String,
    "source-ip-address": absent(Schema.String),
    /** Of `Object Created` and `Object Deleted`, such as `PutObject` or `Lifecycle Expiration`. */
    reason: absent(Schema.String),
    /** Of `Object Deleted`: `Permanently Deleted` or `Delete Marker Created`. */
    "deletion-type": absent(Schema.String),
    /** Of `Object Restore Completed`. */
    "restore-expiry-time": absent(Schema.DateFromString),
    /** Of `Object Restore Initiated` and `Object Restore Completed`. */
    "source-storage-class": absent(Schema.String),
    /** Of `Object Storage Class Changed`. */
    "destination-storage-class": absent(Schema.String),
    /** Of `Object Access Tier Changed`. */
    "destination-access-tier": absent(Schema.String)
  })

/**
 * The detail of an event that S3 sends to EventBridge.
 *
 * @category models
 * @since 0.1.0
 */
export interface S3Detail extends Schema.Schema.Type<ReturnType<typeof detail>> {}

/**
 * Events that S3 sends to EventBridge, for a rule with these detail types. Without any, all of them.
 *
 * **Example** (New objects)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onCreated = Lambda.on(Lambda.S3EventBridgeEvent("Object Created"), ({ detail: { bucket, object } }) =>
 *   Effect.logInfo(`${bucket.name} has ${object.key}`))
 * ```
 *
 * AWS: [EventBridge event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html)
 *
 * @category events
 * @since 0.1.0
 */
export const S3EventBridgeEvent = <DetailType extends S3DetailType = S3DetailType>(
  ...detailTypes: ReadonlyArray<DetailType>
): Schema.Codec<EventBridgeEnvelope<"aws.s3", DetailType, S3Detail>, EventBridgeEventEncoded> => {
  const all = detailTypes.length === 0 ? [...S3_DETAIL_TYPES] : detailTypes
  return EventBridgeEvent(
    all.map((detailType) => ({ source: "aws.s3", detailType, detail: detail() }))
  ) as any
}

const S3_DETAIL_TYPES: ReadonlyArray<S3DetailType> = [
  "Object Created",
  "Object Deleted",
  "Object Restore Initiated",
  "Object Restore Completed",
  "Object Restore Expired",
  "Object Storage Class Changed",
  "Object Access Tier Changed",
  "Object ACL Updated",
  "Object Tags Added",
  "Object Tags Deleted"
]

// What S3 emits to EventBridge, and what it delivers to queues, topics and functions.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  DeletePublicAccessBlockCommand,
  type NotificationConfiguration,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { iam } from "../../emulator/iam/iam.ts"
import { s3 } from "../../emulator/s3/s3.ts"
import { clientsOf } from "../support/world.ts"
import { type Heard, listening } from "./support/events.ts"

const Bucket = "told"
const queue = "arn:aws:sqs:us-east-1:123456789012:q"

const watch = (NotificationConfiguration: NotificationConfiguration, SkipDestinationValidation = true) =>
  S3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, SkipDestinationValidation })
  )

const put = (Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  S3.send(new PutObjectCommand({ Bucket, Key, Body: "four", ...input }))

const remove = (Key: string, VersionId?: string) => S3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))

const setVersioning = (Status: "Enabled" | "Suspended") =>
  S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))

/** A bucket that is watched by EventBridge, unless this says otherwise. */
const scene = (notification: NotificationConfiguration = { EventBridgeConfiguration: {} }) => {
  const { heard, world } = listening([s3, iam])
  const begin = Effect.gen(function*() {
    yield* TestClock.setTime(Date.UTC(2030, 0, 1, 12))
    yield* S3.send(new CreateBucketCommand({ Bucket }))
    yield* watch(notification)
  })
  return { begin, heard, world, clients: clientsOf(world) }
}

type Detail = Readonly<Record<string, any>>

const detail = (event: Heard | undefined): Detail => (event?.detail ?? {}) as Detail

/** The detail without what differs from call to call. */
const plain = ({ detail }: Heard): Detail => {
  const { object, "request-id": id, ...rest } = detail as Detail
  const { sequencer, ...others } = object
  assert.match(id, /^[0-9a-f-]{16,36}$/i)
  if (sequencer !== undefined) assert.match(sequencer, /^[0-9A-F]{18}$/)
  return { ...rest, object: { ...others, ...(sequencer !== undefined && { sequencer: "" }) } }
}

const types = (events: ReadonlyArray<Heard>) => events.map(({ detailType }) => detailType)

const etag = "8cbad96aced40b3838dd9f07f6ef5772"
const request = { requester: "123456789012", "source-ip-address": "127.0.0.1" }

describe("S3 tells EventBridge", () => {
  it.effect("of an object that is put and deleted, as AWS does", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const { $metadata } = yield* put("a b@c")
      yield* remove("a b@c")
      const events = yield* heard
      assert.deepEqual(types(events), ["Object Created", "Object Deleted"])
      assert.deepEqual(events.map(plain), [
        {
          version: "0",
          bucket: { name: Bucket },
          object: { key: "a b@c", size: 4, etag, sequencer: "" },
          ...request,
          reason: "PutObject"
        },
        {
          version: "0",
          bucket: { name: Bucket },
          object: { key: "a b@c", sequencer: "" },
          ...request,
          reason: "DeleteObject",
          "deletion-type": "Permanently Deleted"
        }
      ])
      assert.deepEqual(events[0]!.resources, ["arn:aws:s3:::told"])
      assert.strictEqual(events[0]!.source, "aws.s3")
      assert.strictEqual(detail(events[0])["request-id"], $metadata.requestId)
      assert.isBelow(
        detail(events[0])["object"].sequencer.localeCompare(detail(events[1])["object"].sequencer),
        0
      )
    }).pipe(Effect.provide(clients))
  })

  it.effect("of versions and of delete markers, which have an entity tag of their own", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* setVersioning("Enabled")
      const { VersionId } = yield* put("key")
      const { VersionId: marker } = yield* remove("key")
      yield* remove("key", VersionId)
      yield* setVersioning("Suspended")
      yield* put("key")
      yield* remove("key", marker)
      assert.deepEqual((yield* heard).map((event) => [plain(event).object, detail(event)["deletion-type"]]), [
        [{ key: "key", size: 4, etag, "version-id": VersionId, sequencer: "" }, undefined],
        [
          { key: "key", etag: "d41d8cd98f00b204e9800998ecf8427e", "version-id": marker, sequencer: "" },
          "Delete Marker Created"
        ],
        [{ key: "key", "version-id": VersionId, sequencer: "" }, "Permanently Deleted"],
        [{ key: "key", size: 4, etag, sequencer: "" }, undefined],
        [{ key: "key", "version-id": marker, sequencer: "" }, "Permanently Deleted"]
      ])
    }).pipe(Effect.provide(clients))
  })

  it.effect("of copies and finished uploads, but not of aborted uploads and failed calls", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* put("key")
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/key` }))
      const begun = yield* S3.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts" }))
      const upload = { Bucket, Key: "parts", UploadId: begun.UploadId }
      const { ETag } = yield* S3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: "x" }))
      const complete = new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }
      })
      yield* S3.send(complete)
      yield* S3.send(complete)
      const other = yield* S3.send(new CreateMultipartUploadCommand({ Bucket, Key: "aborted" }))
      yield* S3.send(new AbortMultipartUploadCommand({ Bucket, Key: "aborted", UploadId: other.UploadId }))
      yield* Effect.flip(put("key", { IfNoneMatch: "*" }))
      yield* Effect.flip(S3.send(new CopyObjectCommand({ Bucket, Key: "c", CopySource: `${Bucket}/none` })))
      assert.deepEqual((yield* heard).map((event) => [detail(event)["object"].key, detail(event)["reason"]]), [
        ["key", "PutObject"],
        ["copy", "CopyObject"],
        ["parts", "CompleteMultipartUpload"]
      ])
    }).pipe(Effect.provide(clients))
  })

  it.effect("of each key of a batch that is deleted, also of keys that aren't there", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* put("a")
      yield* heard
      yield* S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a" }, { Key: "b" }] } }))
      const events = yield* heard
      assert.deepEqual(events.map((event) => detail(event)["object"].key), ["a", "b"])
    }).pipe(Effect.provide(clients))
  })

  it.effect("of tags, and of an ACL if it has changed", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* S3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }))
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket }))
      yield* put("key")
      yield* heard
      yield* S3.send(new PutObjectAclCommand({ Bucket, Key: "key", ACL: "private" }))
      yield* S3.send(new PutObjectAclCommand({ Bucket, Key: "key", ACL: "public-read" }))
      yield* S3.send(
        new PutObjectTaggingCommand({ Bucket, Key: "key", Tagging: { TagSet: [{ Key: "k", Value: "v" }] } })
      )
      yield* S3.send(new DeleteObjectTaggingCommand({ Bucket, Key: "key" }))
      const events = yield* heard
      assert.deepEqual(types(events), ["Object ACL Updated", "Object Tags Added", "Object Tags Deleted"])
      for (const event of events) {
        assert.deepEqual(plain(event), {
          version: "0",
          bucket: { name: Bucket },
          object: { key: "key", etag },
          ...request
        })
      }
    }).pipe(Effect.provide(clients))
  })

  it.effect("when a restoration begins, is done, and has expired", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* put("key", { StorageClass: "GLACIER" })
      yield* heard
      const restore = new RestoreObjectCommand({ Bucket, Key: "key", RestoreRequest: { Days: 2 } })
      yield* S3.send(restore)
      yield* TestClock.adjust("10 days")
      const events = yield* heard
      const object = { key: "key", size: 4, etag }
      assert.deepEqual(events.map((event) => [event.detailType, new Date(event.time).toISOString(), plain(event)]), [
        ["Object Restore Initiated", "2030-01-01T12:00:00.000Z", {
          version: "0",
          bucket: { name: Bucket },
          object,
          ...request,
          "source-storage-class": "GLACIER"
        }],
        ["Object Restore Completed", "2030-01-01T17:00:00.000Z", {
          version: "0",
          bucket: { name: Bucket },
          object,
          requester: "s3.amazonaws.com",
          "source-storage-class": "GLACIER",
          "restore-expiry-time": "2030-01-04T00:00:00Z"
        }],
        ["Object Restore Expired", "2030-01-04T00:00:00.000Z", {
          version: "0",
          bucket: { name: Bucket },
          object: { key: "key", etag },
          requester: "s3.amazonaws.com"
        }]
      ])
      yield* S3.send(restore)
      yield* remove("key")
      yield* heard
      yield* TestClock.adjust("10 days")
      assert.deepEqual(yield* heard, [])
    }).pipe(Effect.provide(clients))
  })

  it.effect("what lifecycle rules do, at the midnights at which they do it, even if years pass", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      yield* setVersioning("Enabled")
      yield* put("key", { Body: "x".repeat(200_000) })
      yield* S3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{
              Status: "Enabled",
              Filter: { Prefix: "" },
              Transitions: [{ Days: 30, StorageClass: "STANDARD_IA" }, { Days: 60, StorageClass: "GLACIER" }],
              Expiration: { Days: 90 },
              NoncurrentVersionExpiration: { NoncurrentDays: 10 }
            }]
          }
        })
      )
      yield* heard
      yield* TestClock.adjust("4000 days")
      const events = yield* heard
      assert.deepEqual(
        events.map((event) => [
          new Date(event.time).toISOString().slice(0, 10),
          event.detailType,
          detail(event)["destination-storage-class"] ?? detail(event)["deletion-type"]
        ]),
        [
          ["2030-02-01", "Object Storage Class Changed", "STANDARD_IA"],
          ["2030-03-03", "Object Storage Class Changed", "GLACIER"],
          ["2030-04-02", "Object Deleted", "Delete Marker Created"],
          ["2030-04-13", "Object Deleted", "Permanently Deleted"],
          // The marker that was left.
          ["2030-07-02", "Object Deleted", "Permanently Deleted"]
        ]
      )
      for (const event of events) {
        assert.strictEqual(detail(event)["requester"], "s3.amazonaws.com")
        assert.notProperty(event.detail, "source-ip-address")
      }
      assert.strictEqual(detail(events[2])["reason"], "Lifecycle Expiration")
    }).pipe(Effect.provide(clients))
  })

  it.effect("in the account and the region of the bucket, and nothing of a bucket that isn't configured to", () => {
    const { begin, clients, heard } = scene({})
    return Effect.gen(function*() {
      yield* begin
      yield* put("key")
      assert.deepEqual(yield* heard, [])
      yield* watch({ EventBridgeConfiguration: {} })
      yield* put("key")
      assert.deepEqual((yield* heard).map(({ account, region }) => [account, region]), [["123456789012", "us-east-1"]])
    }).pipe(Effect.provide(clients))
  })
})

describe("S3 notifies", () => {
  const all: NotificationConfiguration = {
    QueueConfigurations: [{
      Id: "images",
      QueueArn: queue,
      Events: ["s3:ObjectCreated:*", "s3:ObjectTagging:Put"],
      Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "im/" }, { Name: "suffix", Value: ".jpg" }] } }
    }],
    TopicConfigurations: [{ TopicArn: "arn:aws:sns:us-east-1:123456789012:t", Events: ["s3:ObjectRemoved:Delete"] }],
    LambdaFunctionConfigurations: [{
      LambdaFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
      Events: ["s3:LifecycleExpiration:*", "s3:ObjectRestore:Completed"]
    }]
  }

  it.effect("queues and topics of a new configuration with a test event, unless the request skips it", () => {
    const { begin, clients, world } = scene({})
    return Effect.gen(function*() {
      yield* begin
      yield* watch(all)
      assert.deepEqual(yield* world.delivered, [])
      const { $metadata: { requestId } } = yield* watch(all, false)
      const test = {
        Service: "Amazon S3",
        Event: "s3:TestEvent",
        Time: "2030-01-01T12:00:00.000Z",
        Bucket,
        RequestId: requestId,
        HostId: requestId
      }
      assert.deepEqual((yield* world.delivered).map(({ from, input, target }) => [from, target, input]), [
        ["arn:aws:s3:::told", "arn:aws:sns:us-east-1:123456789012:t", test],
        ["arn:aws:s3:::told", queue, test]
      ])
    }).pipe(Effect.provide(clients))
  })

  it.effect("those whose event types and filters fit, with keys that are encoded like forms", () => {
    const { begin, clients, world } = scene(all)
    return Effect.gen(function*() {
      yield* begin
      const { $metadata: { requestId } } = yield* put("im/a b@ü.jpg")
      yield* put("im/a.png")
      yield* put("a.jpg")
      yield* S3.send(new PutObjectTaggingCommand({ Bucket, Key: "im/a b@ü.jpg", Tagging: { TagSet: [] } }))
      yield* remove("a.jpg")
      const [created, tagged, removed, ...more] = yield* world.delivered
      assert.deepEqual(more, [])
      const record = (created!.input as { readonly Records: ReadonlyArray<Detail> }).Records[0]!
      const { sequencer } = record["s3"].object
      assert.match(sequencer, /^[0-9A-F]{18}$/)
      assert.deepEqual({ ...created!, input: undefined }, {
        time: new Date("2030-01-01T12:00:00Z"),
        account: "123456789012",
        region: "us-east-1",
        from: "arn:aws:s3:::told",
        target: queue,
        input: undefined
      })
      assert.match(record["userIdentity"].principalId, /^AWS:AIDA/)
      assert.deepEqual({ ...record, userIdentity: undefined }, {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: "us-east-1",
        eventTime: "2030-01-01T12:00:00.000Z",
        eventName: "ObjectCreated:Put",
        userIdentity: undefined,
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: { "x-amz-request-id": requestId, "x-amz-id-2": requestId },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: "images",
          bucket: {
            name: Bucket,
            ownerIdentity: record["s3"].bucket.ownerIdentity,
            arn: "arn:aws:s3:::told"
          },
          object: { key: "im/a+b%40%C3%BC.jpg", size: 4, eTag: etag, sequencer }
        }
      })
      const tags = (tagged!.input as { readonly Records: ReadonlyArray<Detail> }).Records[0]!
      assert.strictEqual(tags["eventVersion"], "2.3")
      assert.deepEqual(tags["s3"].object, { key: "im/a+b%40%C3%BC.jpg", eTag: etag })
      assert.deepInclude(removed, {
        target: "arn:aws:sns:us-east-1:123456789012:t",
        settings: { Subject: "Amazon S3 Notification" }
      })
    }).pipe(Effect.provide(clients))
  })

  it.effect("of what S3 does by itself", () => {
    const { begin, clients, world } = scene(all)
    return Effect.gen(function*() {
      yield* begin
      yield* put("key", { StorageClass: "GLACIER" })
      yield* S3.send(new RestoreObjectCommand({ Bucket, Key: "key", RestoreRequest: { Days: 1 } }))
      yield* S3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules: [{ Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }] }
        })
      )
      yield* TestClock.adjust("5 days")
      const records = (yield* world.delivered).map(({ input }) =>
        (input as { readonly Records: ReadonlyArray<Detail> }).Records[0]!
      )
      assert.deepEqual(records.map((record) => [record["eventName"], record["eventTime"], record["eventVersion"]]), [
        ["ObjectRestore:Completed", "2030-01-01T17:00:00.000Z", "2.1"],
        ["LifecycleExpiration:Delete", "2030-01-03T00:00:00.000Z", "2.3"]
      ])
      const owner = records[0]!["s3"].bucket.ownerIdentity.principalId
      assert.strictEqual(records[0]!["userIdentity"].principalId, `AmazonCustomer:${owner}`)
      assert.deepEqual(records[0]!["glacierEventData"], {
        restoreEventData: {
          lifecycleRestorationExpiryTime: "2030-01-03T00:00:00.000Z",
          lifecycleRestoreStorageClass: "GLACIER"
        }
      })
      assert.strictEqual(records[1]!["userIdentity"].principalId, "s3.amazonaws.com")
    }).pipe(Effect.provide(clients))
  })
})

// What services tell EventBridge. An archive counts the events of a pattern, and so shows that their form is that of the pattern.
import { RequestCertificateCommand } from "@aws-sdk/client-acm"
import { CreateClusterCommand, RegisterContainerInstanceCommand } from "@aws-sdk/client-ecs"
import { CreateArchiveCommand, DescribeArchiveCommand } from "@aws-sdk/client-eventbridge"
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand
} from "@aws-sdk/client-s3"
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Acm, Ecs, EventBridge, S3, Ssm } from "effect-aws-sdk"
import { contract, documented, recorded } from "./Contract.ts"
import { passes } from "./support/waits.ts"

/** Archives the events of a pattern. */
const archive = (ArchiveName: string, pattern: object) =>
  EventBridge.send(
    new CreateArchiveCommand({
      ArchiveName,
      EventSourceArn: "arn:aws:events:us-east-1:123456789012:event-bus/default",
      EventPattern: JSON.stringify(pattern)
    })
  )

/** How many events an archive has, once AWS has counted them. */
const count = (ArchiveName: string) =>
  Effect.map(
    Effect.andThen(passes("15 minutes"), EventBridge.send(new DescribeArchiveCommand({ ArchiveName }))),
    ({ EventCount }) => EventCount
  )

const absent = [{ exists: false }]
const present = [{ exists: true }]

const configure = (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
  S3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))

const watched = Effect.fnUntraced(function*(Bucket: string) {
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  yield* configure(Bucket, { EventBridgeConfiguration: {} })
})

const ofBucket = (name: string, detailType: string, detail: object) => ({
  source: ["aws.s3"],
  "detail-type": [detailType],
  resources: [`arn:aws:s3:::${name}`],
  detail: { version: ["0"], bucket: { name: [name] }, "request-id": present, "source-ip-address": present, ...detail }
})

export const s3Events = contract("S3", {
  "tells EventBridge of an object that is put and deleted": recorded(
    "test_s3_notifications_eventbridge TestS3NotificationsToEventBridge::test_object_created_put",
    Effect.gen(function*() {
      const Bucket = "events-put"
      yield* watched(Bucket)
      const object = { key: ["key"], size: [4], etag: ["8d777f385d3dfec8815d20f7496026dc"], sequencer: present }
      yield* archive("s3-created", ofBucket(Bucket, "Object Created", { reason: ["PutObject"], object }))
      yield* archive(
        "s3-deleted",
        ofBucket(Bucket, "Object Deleted", {
          reason: ["DeleteObject"],
          "deletion-type": ["Permanently Deleted"],
          object: { key: ["key"], size: absent, etag: absent, "version-id": absent, sequencer: present }
        })
      )
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "data" }))
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "key" }))
      assert.deepEqual([yield* count("s3-created"), yield* count("s3-deleted")], [1, 1])
    })
  ),

  "tells EventBridge of a delete marker, with the entity tag of nothing": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html",
    Effect.gen(function*() {
      const Bucket = "events-marker"
      yield* watched(Bucket)
      yield* S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
      yield* archive(
        "s3-marker",
        ofBucket(Bucket, "Object Deleted", {
          "deletion-type": ["Delete Marker Created"],
          object: { etag: ["d41d8cd98f00b204e9800998ecf8427e"], "version-id": present, size: absent }
        })
      )
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "data" }))
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "key" }))
      assert.strictEqual(yield* count("s3-marker"), 1)
    })
  ),

  "tells of each key that DeleteObjects names, even if it isn't there": recorded(
    "test_s3_notifications_sqs TestS3NotificationsToSQS::test_delete_objects",
    Effect.gen(function*() {
      const Bucket = "events-batch"
      yield* watched(Bucket)
      yield* archive("s3-batch", ofBucket(Bucket, "Object Deleted", {}))
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "data" }))
      const Objects = ["key", "dummy1", "dummy2"].map((Key) => ({ Key }))
      yield* S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))
      assert.strictEqual(yield* count("s3-batch"), 3)
    })
  ),

  "tells EventBridge of tags that are added": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html",
    Effect.gen(function*() {
      const Bucket = "events-tags"
      yield* watched(Bucket)
      yield* archive(
        "s3-tags",
        ofBucket(Bucket, "Object Tags Added", { reason: absent, object: { etag: present, sequencer: absent } })
      )
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "data" }))
      yield* S3.send(new PutObjectTaggingCommand({ Bucket, Key: "key", Tagging: { TagSet: [] } }))
      assert.strictEqual(yield* count("s3-tags"), 1)
    })
  ),

  "names the kind of a destination whose ARN isn't one": recorded(
    "test_s3_notifications_sqs TestS3NotificationsToSQS::test_invalid_sqs_arn",
    Effect.gen(function*() {
      const Bucket = "events-arns"
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const Events = ["s3:ObjectCreated:*" as const]
      const names = yield* Effect.forEach([
        { QueueConfigurations: [{ QueueArn: "invalid", Events }] },
        { TopicConfigurations: [{ TopicArn: "invalid", Events }] },
        { LambdaFunctionConfigurations: [{ LambdaFunctionArn: "invalid", Events }] }
      ], (configuration) =>
        Effect.map(
          Effect.flip(configure(Bucket, configuration)),
          ({ cause }) => (cause as { readonly ArgumentName?: string }).ArgumentName
        ))
      assert.deepEqual(names, ["Queue", "Topic", "CloudFunction"])
    })
  )
})

export const acmEvents = contract("Acm", {
  "tells EventBridge of a requested certificate once it is issued": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html",
    Effect.gen(function*() {
      yield* archive("acm-issued", {
        source: ["aws.acm"],
        "detail-type": ["ACM Certificate Available"],
        detail: {
          Action: ["ISSUANCE"],
          CertificateType: ["AMAZON_ISSUED"],
          CommonName: ["events.example.com"],
          DomainValidationMethod: ["DNS"]
        }
      })
      yield* Acm.send(new RequestCertificateCommand({ DomainName: "events.example.com", ValidationMethod: "DNS" }))
      yield* passes("2 minutes")
      assert.strictEqual(yield* count("acm-issued"), 1)
    })
  ),

  "tells EventBridge of an imported certificate": documented(
    "https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html",
    Effect.gen(function*() {
      yield* archive("acm-import", {
        source: ["aws.acm"],
        "detail-type": ["ACM Certificate Available"],
        detail: {
          Action: ["IMPORT"],
          CertificateType: ["IMPORTED"],
          CommonName: ["events.example.com"],
          CertificateExpirationDate: present,
          DaysToExpiry: [{ numeric: [">=", 1, "<=", 2] }],
          InUse: [false],
          Exported: [false]
        }
      })
      const certificate = yield* Acm.SelfSignedCertificate.generate({
        issuer: "Contract",
        subject: "events.example.com",
        subjectAlternativeNames: ["events.example.com"],
        validity: "2 days"
      })
      yield* Acm.importCertificate(certificate)
      assert.strictEqual(yield* count("acm-import"), 1)
    })
  )
})

export const ecsEvents = contract("Ecs", {
  "tells EventBridge of a container instance that is registered": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_container_instance_events.html",
    Effect.gen(function*() {
      const cluster = "events-instances"
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* archive("ecs-instance", {
        source: ["aws.ecs"],
        "detail-type": ["ECS Container Instance State Change"],
        detail: {
          clusterArn: [`arn:aws:ecs:us-east-1:123456789012:cluster/${cluster}`],
          agentConnected: [true],
          status: ["ACTIVE"],
          remainingResources: { name: ["CPU"], type: ["INTEGER"] },
          version: present,
          updatedAt: present
        }
      })
      yield* Ecs.send(new RegisterContainerInstanceCommand({ cluster }))
      assert.strictEqual(yield* count("ecs-instance"), 1)
    })
  )
})

export const ssmEvents = contract("Ssm", {
  "tells EventBridge of parameters that are created, overwritten and deleted": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html",
    Effect.gen(function*() {
      const Name = "/events/p"
      const change = (operation: string) =>
        archive(`ssm-${operation}`, {
          source: ["aws.ssm"],
          "detail-type": ["Parameter Store Change"],
          resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/events/p"],
          detail: { operation: [operation], name: [Name], type: ["String"] }
        })
      yield* Effect.forEach(["Create", "Update", "Delete"], change)
      yield* Ssm.send(new PutParameterCommand({ Name, Value: "a", Type: "String" }))
      yield* Ssm.send(new PutParameterCommand({ Name, Value: "b", Overwrite: true }))
      yield* Ssm.send(new DeleteParameterCommand({ Name }))
      const counts = yield* Effect.forEach(["Create", "Update", "Delete"], (operation) => count(`ssm-${operation}`))
      assert.deepEqual(counts, [1, 1, 1])
    })
  )
})

// The configurations of buckets: CORS, lifecycle, website, access logs, notifications, requester-pays, and reports.
import {
  type BucketLifecycleConfiguration,
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketWebsiteCommand,
  GetBucketCorsCommand,
  GetBucketInventoryConfigurationCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketWebsiteCommand,
  type LifecycleRule,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketInventoryConfigurationsCommand,
  type NotificationConfiguration,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketRequestPaymentCommand,
  PutBucketWebsiteCommand,
  type WebsiteConfiguration
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const create = (Bucket: string) => S3.send(new CreateBucketCommand({ Bucket }))

const code = <A, R>(effect: Effect.Effect<A, AwsError, R>) => Effect.map(Effect.flip(effect), ({ code }) => code)

const withoutMetadata = <A extends object>(output: A) => {
  const { $metadata: _metadata, ...rest } = output as A & { readonly $metadata?: unknown }
  return rest
}

/** The codes of several calls that fail. */
const codes = <A, R>(effects: ReadonlyArray<Effect.Effect<A, AwsError, R>>) => Effect.forEach(effects, code)

const cors = (Bucket: string, CORSRules: ConstructorParameters<typeof PutBucketCorsCommand>[0]["CORSConfiguration"]) =>
  S3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: CORSRules }))

const lifecycle = (Bucket: string, LifecycleConfiguration: BucketLifecycleConfiguration) =>
  S3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))

const rules = (Bucket: string, ...Rules: ReadonlyArray<Omit<LifecycleRule, "Status">>) =>
  lifecycle(Bucket, { Rules: Rules.map((rule) => ({ Status: "Enabled", ...rule })) })

const website = (Bucket: string, WebsiteConfiguration: WebsiteConfiguration) =>
  S3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))

const notify = (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
  S3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration,
      SkipDestinationValidation: true
    })
  )

const inventory = (Bucket: string, Id: string, configured = Id) =>
  S3.send(
    new PutBucketInventoryConfigurationCommand({
      Bucket,
      Id,
      InventoryConfiguration: {
        Id: configured,
        IsEnabled: true,
        IncludedObjectVersions: "All",
        Schedule: { Frequency: "Daily" },
        Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${Bucket}`, Format: "CSV" } }
      }
    })
  )

export const s3Configurations = contract("S3", {
  "PutBucketCors stores rules, which GetBucketCors returns and DeleteBucketCors deletes": documented(
    "API_PutBucketCors",
    Effect.gen(function*() {
      const Bucket = "configured-cors"
      yield* create(Bucket)
      const get = S3.send(new GetBucketCorsCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchCORSConfiguration")
      const CORSRules = [{
        ID: "pages",
        AllowedHeaders: ["*"],
        AllowedMethods: ["GET", "PUT"],
        AllowedOrigins: ["https://*.example.com"],
        ExposeHeaders: ["ETag"],
        MaxAgeSeconds: 300
      }]
      yield* cors(Bucket, { CORSRules })
      assert.deepEqual((yield* get).CORSRules, CORSRules)
      yield* S3.send(new DeleteBucketCorsCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchCORSConfiguration")
    })
  ),

  "PutBucketCors rejects unknown methods and misplaced wildcards, and keeps the rules that are there": believed(
    "the messages are those that S3's console and forums show",
    Effect.gen(function*() {
      const Bucket = "configured-bad-cors"
      yield* create(Bucket)
      yield* cors(Bucket, { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] })
      assert.deepEqual(
        yield* codes([
          cors(Bucket, { CORSRules: [{ AllowedMethods: ["PATCH"], AllowedOrigins: ["*"] }] }),
          cors(Bucket, { CORSRules: [{ AllowedMethods: ["PUT"], AllowedOrigins: ["*.a.*"] }] }),
          cors(Bucket, { CORSRules: [{ AllowedMethods: ["PUT"], AllowedOrigins: ["*"], ExposeHeaders: ["x-*"] }] }),
          cors(Bucket, { CORSRules: [] })
        ]),
        ["InvalidRequest", "InvalidRequest", "InvalidRequest", "MalformedXML"]
      )
      const { CORSRules = [] } = yield* S3.send(new GetBucketCorsCommand({ Bucket }))
      assert.deepEqual(CORSRules.map(({ AllowedMethods }) => AllowedMethods), [["GET"]])
    })
  ),

  "PutBucketLifecycleConfiguration stores rules, and names those without an ID": documented(
    "API_PutBucketLifecycleConfiguration",
    Effect.gen(function*() {
      const Bucket = "configured-lifecycle"
      yield* create(Bucket)
      const get = S3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchLifecycleConfiguration")
      const named = {
        ID: "logs",
        Filter: { And: { Prefix: "logs/", Tags: [{ Key: "keep", Value: "no" }] } },
        Transitions: [{ Days: 30, StorageClass: "STANDARD_IA" as const }, {
          Days: 60,
          StorageClass: "GLACIER" as const
        }],
        Expiration: { Days: 365 }
      }
      yield* rules(Bucket, named, {
        Filter: { Prefix: "" },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }
      })
      const { Rules = [] } = yield* get
      assert.deepEqual(Rules[0], { ...named, Status: "Enabled" })
      assert.match(Rules[1]?.ID ?? "", /^\S+$/)
      yield* S3.send(new DeleteBucketLifecycleCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchLifecycleConfiguration")
    })
  ),

  "PutBucketLifecycleConfiguration rejects rules that S3 can't apply": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
    Effect.gen(function*() {
      const Bucket = "configured-bad-lifecycle"
      yield* create(Bucket)
      const Filter = { Prefix: "" }
      const tagged = { Tag: { Key: "a", Value: "b" } }
      assert.deepEqual(
        yield* codes([
          rules(Bucket),
          rules(Bucket, { Filter }),
          rules(Bucket, { Expiration: { Days: 1 } }),
          rules(Bucket, { Filter, Expiration: { Days: 0 } }),
          rules(Bucket, { Filter, Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }),
          rules(Bucket, { Filter, Expiration: { Date: new Date("2030-01-01T01:00:00Z") } }),
          rules(Bucket, { Filter: { Prefix: "a", ...tagged }, Expiration: { Days: 1 } }),
          rules(Bucket, { Filter: tagged, Expiration: { ExpiredObjectDeleteMarker: true } }),
          rules(Bucket, { Filter: tagged, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          rules(Bucket, { Filter, Transitions: [{ Days: 29, StorageClass: "STANDARD_IA" }] }),
          rules(Bucket, { Filter, Transitions: [{ Days: 40, StorageClass: "GLACIER" }], Expiration: { Days: 40 } }),
          rules(Bucket, { ID: "a", Filter, Expiration: { Days: 1 } }, { ID: "a", Filter, Expiration: { Days: 2 } }),
          rules(Bucket, { ID: "a".repeat(256), Filter, Expiration: { Days: 1 } })
        ]),
        [
          "MalformedXML",
          "InvalidRequest",
          "MalformedXML",
          "InvalidArgument",
          "MalformedXML",
          "InvalidArgument",
          "MalformedXML",
          "InvalidRequest",
          "InvalidRequest",
          "InvalidArgument",
          "InvalidArgument",
          "InvalidArgument",
          "InvalidArgument"
        ]
      )
    })
  ),

  "PutBucketWebsite stores an index, an error page and routing rules, or one redirect of all requests": documented(
    "API_PutBucketWebsite",
    Effect.gen(function*() {
      const Bucket = "configured-website"
      yield* create(Bucket)
      const get = Effect.map(S3.send(new GetBucketWebsiteCommand({ Bucket })), withoutMetadata)
      assert.strictEqual(yield* code(get), "NoSuchWebsiteConfiguration")
      const pages = {
        IndexDocument: { Suffix: "index.html" },
        ErrorDocument: { Key: "error.html" },
        RoutingRules: [{
          Condition: { KeyPrefixEquals: "docs/" },
          Redirect: { ReplaceKeyPrefixWith: "documents/", HttpRedirectCode: "301" }
        }]
      }
      yield* website(Bucket, pages)
      assert.deepEqual(yield* get, pages)
      const redirect = { RedirectAllRequestsTo: { HostName: "example.com", Protocol: "https" as const } }
      yield* website(Bucket, redirect)
      assert.deepEqual(yield* get, redirect)
      yield* S3.send(new DeleteBucketWebsiteCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchWebsiteConfiguration")
    })
  ),

  "PutBucketWebsite rejects an index with a slash, and rules that contradict each other": believed(
    "the codes are those of other malformed configurations",
    Effect.gen(function*() {
      const Bucket = "configured-bad-website"
      yield* create(Bucket)
      const IndexDocument = { Suffix: "index.html" }
      assert.deepEqual(
        yield* codes([
          website(Bucket, { IndexDocument: { Suffix: "a/index.html" } }),
          website(Bucket, { RedirectAllRequestsTo: { HostName: "example.com", Protocol: "ftp" as "http" } }),
          website(Bucket, {
            IndexDocument,
            RoutingRules: [{ Redirect: { ReplaceKeyPrefixWith: "a", ReplaceKeyWith: "b" } }]
          }),
          website(Bucket, { IndexDocument, RoutingRules: [{ Condition: {}, Redirect: { HostName: "example.com" } }] })
        ]),
        ["InvalidArgument", "InvalidRequest", "InvalidRequest", "InvalidRequest"]
      )
    })
  ),

  "PutBucketLogging logs to a bucket of the same owner and region": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    Effect.gen(function*() {
      const Bucket = "configured-logging"
      yield* create(Bucket)
      const log = (TargetBucket?: string) =>
        S3.send(
          new PutBucketLoggingCommand({
            Bucket,
            BucketLoggingStatus: TargetBucket === undefined
              ? {}
              : { LoggingEnabled: { TargetBucket, TargetPrefix: "logs/" } }
          })
        )
      const get = Effect.map(S3.send(new GetBucketLoggingCommand({ Bucket })), ({ LoggingEnabled }) => LoggingEnabled)
      assert.isUndefined(yield* get)
      assert.strictEqual(yield* code(log("configured-logging-none")), "InvalidTargetBucketForLogging")
      yield* log(Bucket)
      assert.deepInclude(yield* get, { TargetBucket: Bucket, TargetPrefix: "logs/" })
      yield* log()
      assert.isUndefined(yield* get)
    })
  ),

  "PutBucketNotificationConfiguration names the destinations, and replaces the whole configuration": documented(
    "API_PutBucketNotificationConfiguration",
    Effect.gen(function*() {
      const Bucket = "configured-notifications"
      yield* create(Bucket)
      const get = Effect.map(
        S3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
        withoutMetadata
      )
      assert.deepEqual(yield* get, {})
      const QueueArn = "arn:aws:sqs:us-east-1:123456789012:uploads"
      yield* notify(Bucket, {
        QueueConfigurations: [{
          QueueArn,
          Events: ["s3:ObjectCreated:*"],
          Filter: { Key: { FilterRules: [{ Name: "suffix", Value: ".csv" }] } }
        }],
        EventBridgeConfiguration: {}
      })
      const { EventBridgeConfiguration, QueueConfigurations: [queue] = [] } = yield* get
      assert.deepEqual(EventBridgeConfiguration, {})
      assert.deepInclude(queue, { QueueArn, Events: ["s3:ObjectCreated:*"] })
      assert.match(queue?.Id ?? "", /^\S+$/)
      assert.strictEqual(queue?.Filter?.Key?.FilterRules?.[0]?.Value, ".csv")
      yield* notify(Bucket, {})
      assert.deepEqual(yield* get, {})
    })
  ),

  "PutBucketNotificationConfiguration rejects unknown events, malformed ARNs and unknown filters": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html",
    Effect.gen(function*() {
      const Bucket = "configured-bad-notifications"
      yield* create(Bucket)
      const queue = (QueueArn: string, event: string, filter = "prefix") =>
        notify(Bucket, {
          QueueConfigurations: [{
            QueueArn,
            Events: [event as "s3:ObjectCreated:*"],
            Filter: { Key: { FilterRules: [{ Name: filter as "prefix", Value: "a" }] } }
          }]
        })
      const arn = "arn:aws:sqs:us-east-1:123456789012:uploads"
      assert.deepEqual(
        yield* codes([
          queue(arn, "s3:ObjectLost:*"),
          queue("uploads", "s3:ObjectCreated:*"),
          queue("arn:aws:sns:us-east-1:123456789012:uploads", "s3:ObjectCreated:*"),
          queue(arn, "s3:ObjectCreated:*", "infix")
        ]),
        ["InvalidArgument", "InvalidArgument", "InvalidArgument", "InvalidArgument"]
      )
    })
  ),

  "PutBucketRequestPayment makes requesters pay": documented(
    "API_PutBucketRequestPayment",
    Effect.gen(function*() {
      const Bucket = "configured-payer"
      yield* create(Bucket)
      const payer = Effect.map(S3.send(new GetBucketRequestPaymentCommand({ Bucket })), ({ Payer }) => Payer)
      const put = (Payer: "Requester" | "BucketOwner") =>
        S3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer } }))
      assert.strictEqual(yield* payer, "BucketOwner")
      yield* put("Requester")
      assert.strictEqual(yield* payer, "Requester")
      assert.strictEqual(yield* code(put("Nobody" as "Requester")), "MalformedXML")
    })
  ),

  "a bucket has inventory configurations by id, listed in order": documented(
    "API_PutBucketInventoryConfiguration",
    Effect.gen(function*() {
      const Bucket = "configured-inventories"
      yield* create(Bucket)
      yield* inventory(Bucket, "b")
      yield* inventory(Bucket, "a")
      const { InventoryConfigurationList = [], IsTruncated } = yield* S3.send(
        new ListBucketInventoryConfigurationsCommand({ Bucket })
      )
      assert.deepEqual(InventoryConfigurationList.map(({ Id }) => Id), ["a", "b"])
      assert.isFalse(IsTruncated)
      yield* S3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: "a" }))
      assert.deepEqual(
        yield* codes([
          S3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id: "a" })),
          S3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: "a" })),
          Effect.map(inventory(Bucket, "c", "d"), () => ({ $metadata: {} }))
        ]),
        ["NoSuchConfiguration", "NoSuchConfiguration", "MalformedXML"]
      )
    })
  ),

  "a bucket has analytics and Intelligent-Tiering configurations, whose days have limits": documented(
    "API_PutBucketIntelligentTieringConfiguration",
    Effect.gen(function*() {
      const Bucket = "configured-tiers"
      yield* create(Bucket)
      const tier = (AccessTier: "ARCHIVE_ACCESS" | "DEEP_ARCHIVE_ACCESS", Days: number) =>
        S3.send(
          new PutBucketIntelligentTieringConfigurationCommand({
            Bucket,
            Id: "cold",
            IntelligentTieringConfiguration: { Id: "cold", Status: "Enabled", Tierings: [{ AccessTier, Days }] }
          })
        )
      assert.deepEqual(
        yield* codes([tier("ARCHIVE_ACCESS", 89), tier("DEEP_ARCHIVE_ACCESS", 179), tier("ARCHIVE_ACCESS", 731)]),
        ["InvalidArgument", "InvalidArgument", "InvalidArgument"]
      )
      yield* tier("ARCHIVE_ACCESS", 90)
      const { IntelligentTieringConfigurationList = [] } = yield* S3.send(
        new ListBucketIntelligentTieringConfigurationsCommand({ Bucket })
      )
      assert.deepEqual(IntelligentTieringConfigurationList.map(({ Id }) => Id), ["cold"])
      yield* S3.send(
        new PutBucketAnalyticsConfigurationCommand({
          Bucket,
          Id: "use",
          AnalyticsConfiguration: { Id: "use", Filter: { Prefix: "a/" }, StorageClassAnalysis: {} }
        })
      )
      const { AnalyticsConfigurationList = [] } = yield* S3.send(
        new ListBucketAnalyticsConfigurationsCommand({ Bucket })
      )
      assert.deepEqual(AnalyticsConfigurationList.map(({ Filter, Id }) => [Id, Filter]), [["use", { Prefix: "a/" }]])
    })
  )
})

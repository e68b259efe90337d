// Lifecycle rules of the in-memory S3, which follow the clock of the test.
import {
  type BucketLifecycleConfiguration,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { bucket, codeOf, create } from "../support/s3.ts"

type Rule = NonNullable<BucketLifecycleConfiguration["Rules"]>[number]

const rules = (...Rules: ReadonlyArray<Omit<Rule, "Status">>) =>
  S3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: Rules.map((rule) => ({ Status: "Enabled", ...rule })) }
    })
  )

const put = (Key: string, more: { readonly Body?: string; readonly Tagging?: string } = {}) =>
  S3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x", ...more }))

const head = (Key: string) => S3.send(new HeadObjectCommand({ Bucket: bucket, Key }))

const keys = Effect.map(
  S3.send(new ListObjectsV2Command({ Bucket: bucket })),
  ({ Contents = [] }) => Contents.map(({ Key }) => Key)
)

const versions = Effect.map(
  S3.send(new ListObjectVersionsCommand({ Bucket: bucket })),
  ({ DeleteMarkers = [], Versions = [] }) => ({ versions: Versions.length, markers: DeleteMarkers.length })
)

const enableVersions = S3.send(
  new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
)

const everything = { Prefix: "" }

const inMemory = <A, E>(effect: Effect.Effect<A, E, AwsClients | InMemory>) => Effect.provide(effect, InMemory.layer())

describe("a lifecycle rule", () => {
  it.effect("expires the objects it is for, at the first midnight after their days, which their headers announce", () =>
    inMemory(Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2030-01-01T12:00:00Z"))
      yield* create
      yield* rules({ ID: "old logs", Filter: { Prefix: "logs/" }, Expiration: { Days: 2 } })
      const { Expiration } = yield* put("logs/a")
      assert.strictEqual(Expiration, `expiry-date="Fri, 04 Jan 2030 00:00:00 GMT", rule-id="old%20logs"`)
      yield* put("data/a")
      assert.strictEqual((yield* head("logs/a")).Expiration, Expiration)
      assert.isUndefined((yield* head("data/a")).Expiration)
      yield* TestClock.setTime(Date.parse("2030-01-03T23:59:59Z"))
      assert.deepEqual(yield* keys, ["data/a", "logs/a"])
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* keys, ["data/a"])
      assert.strictEqual(yield* codeOf(head("logs/a")), "NotFound")
    })))

  it.effect("is for objects by their tags and sizes", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* rules({
        Filter: { And: { Tags: [{ Key: "keep", Value: "no" }], ObjectSizeGreaterThan: 3 } },
        Expiration: { Days: 1 }
      })
      yield* put("small", { Tagging: "keep=no" })
      yield* put("large", { Tagging: "keep=no", Body: "four" })
      yield* put("kept", { Body: "four" })
      yield* TestClock.adjust("3 days")
      assert.deepEqual(yield* keys, ["kept", "small"])
    })))

  it.effect("that is disabled does nothing", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* S3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: { Rules: [{ Status: "Disabled", Filter: everything, Expiration: { Days: 1 } }] }
        })
      )
      assert.isUndefined((yield* put("a")).Expiration)
      yield* TestClock.adjust("10 days")
      assert.deepEqual(yield* keys, ["a"])
    })))

  it.effect("hides an expired object with a delete marker, then deletes its old version, then the marker", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* enableVersions
      yield* rules(
        { Filter: everything, Expiration: { Days: 1 }, NoncurrentVersionExpiration: { NoncurrentDays: 3 } },
        { Filter: everything, Expiration: { ExpiredObjectDeleteMarker: true } }
      )
      yield* put("a")
      yield* TestClock.adjust("2 days")
      assert.deepEqual(yield* keys, [])
      assert.deepEqual(yield* versions, { versions: 1, markers: 1 })
      yield* TestClock.adjust("3 days")
      assert.deepEqual(yield* versions, { versions: 1, markers: 1 })
      yield* TestClock.adjust("1 day")
      assert.deepEqual(yield* versions, { versions: 0, markers: 0 })
    })))

  it.effect("keeps so many newer noncurrent versions", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* enableVersions
      yield* rules({
        Filter: everything,
        NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 }
      })
      yield* Effect.forEach(["1", "2", "3", "4", "5"], (Body) => put("a", { Body }))
      yield* TestClock.adjust("3 days")
      assert.deepEqual(yield* versions, { versions: 3, markers: 0 })
    })))

  it.effect("moves objects of 128 KB and more to another storage class", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* rules({
        Filter: everything,
        Transitions: [{ Days: 30, StorageClass: "STANDARD_IA" }, { Days: 60, StorageClass: "GLACIER" }]
      })
      yield* put("large", { Body: "x".repeat(128 * 1_024) })
      yield* put("small")
      const classes = Effect.forEach(
        ["large", "small"],
        (key) => Effect.map(head(key), ({ StorageClass = "STANDARD" }) => StorageClass)
      )
      yield* TestClock.adjust("29 days")
      assert.deepEqual(yield* classes, ["STANDARD", "STANDARD"])
      yield* TestClock.adjust("2 days")
      assert.deepEqual(yield* classes, ["STANDARD_IA", "STANDARD"])
      yield* TestClock.adjust("30 days")
      assert.deepEqual(yield* classes, ["GLACIER", "STANDARD"])
    })))

  it.effect("aborts unfinished uploads, as the answer that started them announced", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* rules({ ID: "parts", Filter: everything, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } })
      const started = yield* S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "a" }))
      assert.deepInclude(started, { AbortDate: new Date(3 * 86_400_000), AbortRuleId: "parts" })
      const uploads = Effect.map(
        S3.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
        ({ Uploads = [] }) => Uploads.length
      )
      yield* TestClock.adjust("2 days")
      assert.strictEqual(yield* uploads, 1)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* uploads, 0)
    })))

  it.effect("doesn't bring back a deleted object, nor expire a delete marker over other versions", () =>
    inMemory(Effect.gen(function*() {
      yield* create
      yield* enableVersions
      yield* rules({ Filter: everything, Expiration: { ExpiredObjectDeleteMarker: true } })
      yield* put("a")
      yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "a" }))
      yield* TestClock.adjust("30 days")
      assert.deepEqual(yield* versions, { versions: 1, markers: 1 })
      assert.deepEqual(yield* keys, [])
    })))
})

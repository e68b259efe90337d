// Object Lock: which requests it needs and refuses, and what it protects.
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { create, head, put, refused, versioning } from "./support/s3.ts"

const guide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"

/** So many days from now, on the clock of the test, and on that of the machine where AWS is not in this process. */
const inDays = (days: number) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => new Date(Math.floor(Math.max(now, Date.now()) / 1000) * 1000 + days * 86_400_000)
  )

const hold = (Bucket: string, Key: string, Status: "ON" | "OFF", VersionId?: string) =>
  S3.send(new PutObjectLegalHoldCommand({ Bucket, Key, LegalHold: { Status }, VersionId }))

export const s3Locks = contract("S3", {
  "a lock needs a bucket with Object Lock, in each command that sets or reads one": believed(
    "the answers of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["locks-none", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key)
      const lock = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: yield* inDays(1) } as const
      const writes = [
        put(Bucket, Key, lock),
        put(Bucket, Key, { ObjectLockLegalHoldStatus: "ON" }),
        S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...lock })),
        S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...lock }))
      ]
      for (const call of writes) {
        yield* refused<unknown, AwsError, any>(call, "InvalidRequest", "Bucket is missing ObjectLockConfiguration")
      }
      const others = [
        hold(Bucket, Key, "ON"),
        S3.send(new GetObjectLegalHoldCommand({ Bucket, Key })),
        S3.send(new GetObjectRetentionCommand({ Bucket, Key })),
        S3.send(
          new PutObjectRetentionCommand({
            Bucket,
            Key,
            Retention: { Mode: "GOVERNANCE", RetainUntilDate: lock.ObjectLockRetainUntilDate }
          })
        )
      ]
      for (const call of others) {
        yield* refused<unknown, AwsError, any>(call, "InvalidRequest", "Bucket is missing Object Lock Configuration")
      }
    })
  ),

  "a legal hold protects a version until it is lifted, whatever its retention": documented(
    guide,
    Effect.gen(function*() {
      const [Bucket, Key] = ["locks-hold", "key"]
      yield* create(Bucket, true)
      const { VersionId } = yield* put(Bucket, Key, { ObjectLockLegalHoldStatus: "ON" })
      assert.strictEqual((yield* head(Bucket, Key)).ObjectLockLegalHoldStatus, "ON")
      const remove = S3.send(
        new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true })
      )
      yield* refused(remove, "AccessDenied", "Access Denied because object protected by object lock.")
      // A new version hides the one under the hold, and doesn't inherit it.
      yield* put(Bucket, Key)
      assert.isUndefined((yield* head(Bucket, Key)).ObjectLockLegalHoldStatus)
      yield* hold(Bucket, Key, "OFF", VersionId)
      const { LegalHold } = yield* S3.send(new GetObjectLegalHoldCommand({ Bucket, Key, VersionId }))
      assert.deepEqual(LegalHold, { Status: "OFF" })
      yield* remove
    })
  ),

  "an object without a hold or a retention has no lock to read": believed(
    "the answer of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["locks-unset", "key"]
      yield* create(Bucket, true)
      yield* put(Bucket, Key)
      const message = "The specified object does not have a ObjectLock configuration"
      const calls = [
        S3.send(new GetObjectLegalHoldCommand({ Bucket, Key })),
        S3.send(new GetObjectRetentionCommand({ Bucket, Key }))
      ]
      for (const call of calls) {
        yield* refused<unknown, AwsError, any>(call, "NoSuchObjectLockConfiguration", message)
      }
      yield* refused(hold(Bucket, "none", "ON"), "NoSuchKey")
    })
  ),

  "a copy and an upload have the lock of their request, not of their source": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const Bucket = "locks-copy"
      yield* create(Bucket, true)
      const ObjectLockRetainUntilDate = yield* inDays(2)
      const lock = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate } as const
      yield* put(Bucket, "source", lock)
      const copy = (Key: string, input: object) =>
        S3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...input }))
      yield* copy("plain", {})
      assert.isUndefined((yield* head(Bucket, "plain")).ObjectLockMode)
      yield* copy("locked", lock)
      assert.deepInclude(yield* head(Bucket, "locked"), lock)
    })
  ),

  "an empty retention lifts governance only when it is bypassed": documented(
    guide,
    Effect.gen(function*() {
      const [Bucket, Key] = ["locks-lift", "key"]
      yield* create(Bucket, true)
      yield* put(Bucket, Key, { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: yield* inDays(1) })
      const lift = (input: object) => S3.send(new PutObjectRetentionCommand({ Bucket, Key, Retention: {}, ...input }))
      yield* refused(lift({}), "AccessDenied", "Access Denied because object protected by object lock.")
      yield* lift({ BypassGovernanceRetention: true })
      yield* refused(S3.send(new GetObjectRetentionCommand({ Bucket, Key })), "NoSuchObjectLockConfiguration")
    })
  ),

  "rejects an unknown mode or hold, and half a retention": believed(
    "the answers of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["locks-wrong", "key"]
      yield* create(Bucket, true)
      const ObjectLockRetainUntilDate = yield* inDays(1)
      const wrong = [
        [{ ObjectLockMode: "SOFT", ObjectLockRetainUntilDate }, "Unknown wormMode directive."],
        [{ ObjectLockLegalHoldStatus: "MAYBE" }, "Legal Hold must be either of 'ON' or 'OFF'"],
        [
          { ObjectLockMode: "GOVERNANCE" },
          "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        ],
        [
          { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date(0) },
          "The retain until date must be in the future!"
        ]
      ] as const
      for (const [input, message] of wrong) {
        yield* refused(put(Bucket, Key, input as object), "InvalidArgument", message)
        yield* refused(
          S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input as object })),
          "InvalidArgument",
          message
        )
      }
    })
  ),

  "a default retention is of days or of years, and not of both or of none": believed(
    "the answers of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const Bucket = "locks-default"
      yield* create(Bucket, true)
      const configure = (DefaultRetention: object) =>
        S3.send(
          new PutObjectLockConfigurationCommand({
            Bucket,
            ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention } }
          })
        )
      for (const wrong of [{}, { Days: 1 }, { Mode: "GOVERNANCE" }, { Mode: "GOVERNANCE", Days: 1, Years: 1 }]) {
        yield* refused(configure(wrong), "MalformedXML")
      }
      for (const wrong of [{ Days: 0 }, { Years: -1 }]) {
        yield* refused(
          configure({ Mode: "GOVERNANCE", ...wrong }),
          "InvalidArgument",
          "Default retention period must be a positive integer value."
        )
      }
      yield* refused(configure({ Mode: "GOVERNANCE", Days: 36_501 }), "InvalidArgument")
      yield* configure({ Mode: "COMPLIANCE", Years: 1 })
      yield* put(Bucket, "key")
      assert.strictEqual((yield* head(Bucket, "key")).ObjectLockMode, "COMPLIANCE")
    })
  ),

  "Object Lock needs versioning, and keeps it": recorded(
    "test_s3_api TestS3ObjectLock::test_put_object_lock_configuration_on_existing_bucket",
    Effect.gen(function*() {
      const Bucket = "locks-versioning"
      yield* create(Bucket)
      const enable = S3.send(
        new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } })
      )
      yield* refused(
        enable,
        "InvalidBucketState",
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
      )
      yield* versioning(Bucket, "Enabled")
      yield* enable
      yield* refused(versioning(Bucket, "Suspended"), "InvalidBucketState")
    })
  )
})

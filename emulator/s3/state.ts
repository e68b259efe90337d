// The state of the in-memory S3.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { wholeSeconds } from "../engine/clock.ts"
import type { Policy } from "../support/policyDocuments.ts"
import type { Checksums } from "./checksums.ts"

/** The headers of an object: stored when it is written, and answered when it is read. */
export interface Headers {
  readonly CacheControl?: string | undefined
  readonly ContentDisposition?: string | undefined
  readonly ContentEncoding?: string | undefined
  readonly ContentLanguage?: string | undefined
  readonly ContentType?: string | undefined
  /** When the object expires for caches: any text. */
  readonly ExpiresString?: string | undefined
  readonly WebsiteRedirectLocation?: string | undefined
  readonly Metadata?: Readonly<Record<string, string>> | undefined
  /** `undefined` for the standard class. */
  readonly StorageClass?: sdk.StorageClass | undefined
}

/** How an object is encrypted, as S3 answers it. */
export interface Encryption {
  readonly ServerSideEncryption?: sdk.ServerSideEncryption | undefined
  readonly SSEKMSKeyId?: string | undefined
  readonly BucketKeyEnabled?: boolean | undefined
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

export interface Grant {
  readonly grantee: { readonly ID: string } | { readonly URI: string }
  readonly permission: sdk.Permission
}

/** The protection of a version from deletion. */
export interface Lock {
  readonly hold?: "ON" | "OFF" | undefined
  readonly retention?: { readonly mode: sdk.ObjectLockRetentionMode; readonly until: Date } | undefined
}

interface StoredPart {
  readonly size: number
  readonly checksums: Checksums
}

/** The attributes that a write gives an object, besides its bytes. */
export interface Attributes {
  readonly headers: Headers
  readonly encryption: Encryption
  readonly tags: ReadonlyArray<sdk.Tag>
  /** `undefined` if the owner alone has access. */
  readonly grants: ReadonlyArray<Grant> | undefined
  readonly lock: Lock
}

export interface Content extends Attributes {
  readonly body: Buffer
  readonly etag: string
  readonly checksums: Checksums & { readonly ChecksumType?: sdk.ChecksumType | undefined }
  /** The parts of a multipart upload; none for an object that was written at once. */
  readonly parts: ReadonlyArray<StoredPart>
  /** Of an archived object: when it can be read, and until when. */
  readonly restored?: { readonly from: number; readonly until: number } | undefined
}

export interface Version {
  /** `null` for an object that is written without versioning. */
  readonly id: string
  readonly sequence: number
  readonly modified: Date
  /** `undefined` for a delete marker. */
  content: Content | undefined
}

export interface Part {
  readonly body: Buffer
  readonly etag: string
  readonly checksums: Checksums
  readonly modified: Date
}

export interface Upload extends Attributes {
  readonly id: string
  readonly key: string
  readonly initiated: Date
  readonly initiator: { readonly ID: string; readonly DisplayName: string }
  readonly algorithm: sdk.ChecksumAlgorithm | undefined
  readonly type: sdk.ChecksumType | undefined
  /** The sequence of the object that was there when the upload began. */
  readonly before: number | undefined
  readonly parts: Map<number, Part>
}

/** Configurations of which a bucket can have many, by their ids. */
export interface NamedConfigurations {
  readonly analytics: Map<string, sdk.AnalyticsConfiguration>
  readonly inventories: Map<string, sdk.InventoryConfiguration>
  readonly metrics: Map<string, sdk.MetricsConfiguration>
  readonly tierings: Map<string, sdk.IntelligentTieringConfiguration>
}

export interface Lifecycle {
  readonly rules: ReadonlyArray<sdk.LifecycleRule & { readonly ID: string }>
  readonly smallest: sdk.TransitionDefaultMinimumObjectSize
  /** The midnight, in UTC, at which the rules were last applied. */
  applied: number
}

export interface Bucket {
  readonly name: string
  readonly account: string
  readonly partition: string
  readonly region: string
  readonly created: Date
  hasLock: boolean
  retention: sdk.DefaultRetention | undefined
  versioning: sdk.BucketVersioningStatus | undefined
  ownership: sdk.ObjectOwnership | undefined
  publicAccessBlock: sdk.PublicAccessBlockConfiguration | undefined
  /** Whether a request has put the public access block, rather than it being that of a new bucket. */
  hasOwnBlock: boolean
  /** How S3 encrypts objects by default. Without a configuration, with its own keys. */
  encryption: sdk.ServerSideEncryptionRule
  acceleration: sdk.BucketAccelerateStatus | undefined
  readonly configurations: NamedConfigurations
  payer: sdk.Payer
  cors: ReadonlyArray<sdk.CORSRule> | undefined
  lifecycle: Lifecycle | undefined
  website: sdk.WebsiteConfiguration | undefined
  logging: sdk.LoggingEnabled | undefined
  notification: sdk.NotificationConfiguration
  grants: ReadonlyArray<Grant> | undefined
  policy: { readonly text: string; readonly document: Policy } | undefined
  tags: ReadonlyArray<sdk.Tag>
  /** The versions by key, the newest first; never an empty list. */
  readonly objects: Map<string, ReadonlyArray<Version>>
  readonly uploads: Map<string, Upload>
  /** The answers of completed uploads: completing one again repeats its answer. */
  readonly completed: Map<string, Omit<sdk.CompleteMultipartUploadCommandOutput, "$metadata">>
}

export interface State {
  /** By partition and name: each partition has its own namespace. */
  readonly buckets: Map<string, Bucket>
  /** The AWS managed KMS key for S3, by account and region. */
  readonly kmsKeys: Map<string, string>
  sequence: number
}

/** The place of a bucket in the state: each partition has a namespace of names. */
export const placeOf = (name: string, { partition }: { readonly partition: string }): string => `${partition}:${name}`

/** The time in whole seconds, which is how S3 keeps times. */
export const now = Effect.map(Clock.currentTimeMillis, wholeSeconds)

export const DAY = 86_400_000

// The latest time that a date can have.
const LAST_TIME = 8.64e15

/** The first midnight, in UTC, at least this many days later. S3 counts days like this. */
export const midnightAfter = (time: number, days: number): number =>
  Math.min((Math.floor(time / DAY) + days + 1) * DAY, LAST_TIME)

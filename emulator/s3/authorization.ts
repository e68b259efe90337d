/**
 * The permissions that calls to S3 need, for whoever decides about identities and for S3's own check of the policies and the ACLs of
 * buckets. There is no KMS, so encryption with a key needs none of its actions.
 */
import type * as sdk from "@aws-sdk/client-s3"
import type { Authorization, Need, Place } from "../engine/authorization.ts"
import { needs } from "../support/needs.ts"
import { grantKeys, listKeys, valuesIn } from "./conditionKeys.ts"
import {
  bucketArn,
  bucketIn,
  bypass,
  copiesTags,
  createsBucket,
  deletionNeed,
  none,
  objectNeed,
  onBucket,
  onObject,
  onVersion,
  putsTags,
  readsSource,
  retentionOf,
  writes
} from "./needs.ts"
import type { Bucket, State } from "./state.ts"

const table = needs<typeof sdk, State>()("s3", {
  AbortMultipartUpload: onObject("AbortMultipartUpload"),
  CompleteMultipartUpload: (input, place) => [
    objectNeed("PutObject", input, place, {
      ...valuesIn(input, ["s3:if-match", "s3:if-none-match"]),
      "s3:objectcreationoperation": ["true"]
    })
  ],
  CopyObject: (input, place, state) => [
    ...writes({ ...input, Tagging: input.TaggingDirective === "REPLACE" ? input.Tagging : undefined }, place, true),
    ...readsSource(input, place, state),
    ...copiesTags(input, place, state)
  ],
  CreateBucket: createsBucket,
  CreateMultipartUpload: (input, place) => writes(input, place, false),
  DeleteBucket: onBucket("DeleteBucket"),
  DeleteBucketAnalyticsConfiguration: onBucket("PutAnalyticsConfiguration"),
  DeleteBucketCors: onBucket("PutBucketCORS"),
  DeleteBucketEncryption: onBucket("PutEncryptionConfiguration"),
  DeleteBucketIntelligentTieringConfiguration: onBucket("PutIntelligentTieringConfiguration"),
  DeleteBucketInventoryConfiguration: onBucket("PutInventoryConfiguration"),
  DeleteBucketLifecycle: onBucket("PutLifecycleConfiguration"),
  DeleteBucketMetricsConfiguration: onBucket("PutMetricsConfiguration"),
  DeleteBucketOwnershipControls: onBucket("PutBucketOwnershipControls"),
  DeleteBucketPolicy: onBucket("DeleteBucketPolicy"),
  DeleteBucketTagging: onBucket("PutBucketTagging"),
  DeleteBucketWebsite: onBucket("DeleteBucketWebsite"),
  DeleteObject: (input, place) => [deletionNeed(input, place), ...bypass(input, place)],
  DeleteObjects: ({ Bucket, BypassGovernanceRetention, Delete }, place) =>
    (Delete?.Objects ?? []).flatMap(({ ETag: IfMatch, Key, VersionId }) => [
      { ...deletionNeed({ Bucket, IfMatch, Key, VersionId }, place), byHandler: true },
      ...bypass({ Bucket, BypassGovernanceRetention, Key }, place)
    ]),
  DeleteObjectTagging: onVersion(["DeleteObjectTagging"]),
  DeletePublicAccessBlock: onBucket("PutBucketPublicAccessBlock"),
  GetBucketAccelerateConfiguration: onBucket("GetAccelerateConfiguration"),
  GetBucketAcl: onBucket("GetBucketAcl"),
  GetBucketAnalyticsConfiguration: onBucket("GetAnalyticsConfiguration"),
  GetBucketCors: onBucket("GetBucketCORS"),
  GetBucketEncryption: onBucket("GetEncryptionConfiguration"),
  GetBucketIntelligentTieringConfiguration: onBucket("GetIntelligentTieringConfiguration"),
  GetBucketInventoryConfiguration: onBucket("GetInventoryConfiguration"),
  GetBucketLifecycleConfiguration: onBucket("GetLifecycleConfiguration"),
  GetBucketLocation: onBucket("GetBucketLocation"),
  GetBucketLogging: onBucket("GetBucketLogging"),
  GetBucketMetricsConfiguration: onBucket("GetMetricsConfiguration"),
  GetBucketNotificationConfiguration: onBucket("GetBucketNotification"),
  GetBucketOwnershipControls: onBucket("GetBucketOwnershipControls"),
  GetBucketPolicy: onBucket("GetBucketPolicy"),
  GetBucketPolicyStatus: onBucket("GetBucketPolicyStatus"),
  GetBucketRequestPayment: onBucket("GetBucketRequestPayment"),
  GetBucketTagging: onBucket("GetBucketTagging"),
  GetBucketVersioning: onBucket("GetBucketVersioning"),
  GetBucketWebsite: onBucket("GetBucketWebsite"),
  GetObject: onVersion(["GetObject"]),
  GetObjectAcl: onVersion(["GetObjectAcl"]),
  GetObjectAttributes: onVersion(["GetObject", "GetObjectAttributes"]),
  GetObjectLegalHold: onObject("GetObjectLegalHold"),
  GetObjectLockConfiguration: onBucket("GetBucketObjectLockConfiguration"),
  GetObjectRetention: onObject("GetObjectRetention"),
  GetObjectTagging: onVersion(["GetObjectTagging"]),
  GetPublicAccessBlock: onBucket("GetBucketPublicAccessBlock"),
  HeadBucket: onBucket("ListBucket"),
  HeadObject: onVersion(["GetObject"]),
  ListBucketAnalyticsConfigurations: onBucket("GetAnalyticsConfiguration"),
  ListBucketIntelligentTieringConfigurations: onBucket("GetIntelligentTieringConfiguration"),
  ListBucketInventoryConfigurations: onBucket("GetInventoryConfiguration"),
  ListBucketMetricsConfigurations: onBucket("GetMetricsConfiguration"),
  ListBuckets: { action: "ListAllMyBuckets" },
  ListMultipartUploads: onBucket("ListBucketMultipartUploads"),
  ListObjects: onBucket("ListBucket", listKeys),
  ListObjectsV2: onBucket("ListBucket", listKeys),
  ListObjectVersions: onBucket("ListBucketVersions", listKeys),
  ListParts: onObject("ListMultipartUploadParts"),
  PutBucketAccelerateConfiguration: onBucket("PutAccelerateConfiguration"),
  PutBucketAcl: onBucket("PutBucketAcl", grantKeys),
  PutBucketAnalyticsConfiguration: onBucket("PutAnalyticsConfiguration"),
  PutBucketCors: onBucket("PutBucketCORS"),
  PutBucketEncryption: onBucket("PutEncryptionConfiguration"),
  PutBucketIntelligentTieringConfiguration: onBucket("PutIntelligentTieringConfiguration"),
  PutBucketInventoryConfiguration: onBucket("PutInventoryConfiguration"),
  PutBucketLifecycleConfiguration: onBucket("PutLifecycleConfiguration"),
  PutBucketLogging: onBucket("PutBucketLogging"),
  PutBucketMetricsConfiguration: onBucket("PutMetricsConfiguration"),
  PutBucketNotificationConfiguration: onBucket("PutBucketNotification"),
  PutBucketOwnershipControls: onBucket("PutBucketOwnershipControls"),
  PutBucketPolicy: onBucket("PutBucketPolicy"),
  PutBucketRequestPayment: onBucket("PutBucketRequestPayment"),
  PutBucketTagging: onBucket("PutBucketTagging"),
  PutBucketVersioning: onBucket("PutBucketVersioning"),
  PutBucketWebsite: onBucket("PutBucketWebsite"),
  PutObject: (input, place) => writes(input, place, true),
  PutObjectAcl: onVersion(["PutObjectAcl"], (input: object) => valuesIn(input, grantKeys)),
  PutObjectLegalHold: onObject(
    "PutObjectLegalHold",
    ({ LegalHold }: sdk.PutObjectLegalHoldCommandInput) =>
      valuesIn({ ObjectLockLegalHoldStatus: LegalHold?.Status }, ["s3:object-lock-legal-hold"])
  ),
  PutObjectLockConfiguration: onBucket("PutBucketObjectLockConfiguration"),
  PutObjectRetention: (input, place) => [
    objectNeed("PutObjectRetention", input, place, retentionOf(input)),
    ...bypass(input, place)
  ],
  PutObjectTagging: onVersion(["PutObjectTagging"], putsTags),
  PutPublicAccessBlock: onBucket("PutBucketPublicAccessBlock"),
  RestoreObject: onObject("RestoreObject"),
  UploadPart: (input, place) => [
    objectNeed("PutObject", input, place, {
      ...valuesIn(input, ["s3:x-amz-server-side-encryption-customer-algorithm"]),
      "s3:objectcreationoperation": ["false"]
    })
  ],
  UploadPartCopy: (input, place, state) => [
    objectNeed("PutObject", input, place, {
      ...valuesIn(input, ["s3:x-amz-copy-source", "s3:x-amz-server-side-encryption-customer-algorithm"]),
      "s3:objectcreationoperation": ["false"]
    }),
    ...readsSource(input, place, state)
  ]
})

export const authorization: Authorization<State> = {
  ...table,
  policyOf: (arn, state, place) => bucketIn(arn, state, place)?.policy?.text,
  // ARNs of buckets and objects don't have the account.
  keysOf: (arn, state, place) => {
    const account = bucketIn(arn, state, place)?.account
    return account === undefined ? none : { "aws:resourceaccount": [account], "s3:resourceaccount": [account] }
  }
}

/** What a call needs, of a bucket or of what is in it. */
export const needsIn = (
  { name, partition }: Pick<Bucket, "name" | "partition">,
  operation: string,
  input: object,
  state: State,
  place: Place
): ReadonlyArray<Need> => {
  const arn = bucketArn({ Bucket: name }, { partition })
  return (table.needs[operation]?.(input, place, state) ?? [])
    .filter(({ byHandler, resource }) => byHandler !== true && (resource === arn || resource.startsWith(`${arn}/`)))
}

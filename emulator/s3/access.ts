// Who may do what with a bucket and its objects.
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import { anonymous } from "../engine/principals.ts"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { callerValueOf, isRoot } from "../support/callers.ts"
import { isPublic, matchesOf, verdictOf } from "../support/policyEvaluation.ts"
import { allUsers, authenticatedUsers, ownerId } from "./acl.ts"
import { applyLifecycle } from "./expiry.ts"
import { accessDenied, fault, noSuchBucket, notAllowed } from "./faults.ts"
import type { Bucket, Grant, State } from "./state.ts"

/** The members of an input that identify the bucket and the object. */
export interface Target {
  readonly Bucket: string | undefined
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
  readonly ExpectedBucketOwner?: string | undefined
  readonly RequestPayer?: string | undefined
}

const MAX_KEY_SIZE = 1_024

const regionHeader = ({ region }: Bucket) => ({ "x-amz-bucket-region": region })

export const isAnonymous = ({ account }: Pick<HandlerContext, "account">): boolean => account === anonymous.account

/** Whether a request says which region it is for. An anonymous one doesn't, nor do Signature Version 2 and a form. */
const namesRegion = ({ request: { headers, query } }: HandlerContext): boolean =>
  headers["authorization"]?.startsWith("AWS4") === true || /(^|&)X-Amz-Credential=/.test(query)

const isName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
  !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)

/** Checks the name of a bucket. Dies if it names something else that S3 takes in its place. */
export const checkName = (name: string): Effect.Effect<void, Fault> =>
  isName(name)
    ? Effect.void
    : name.startsWith("arn:")
    ? unsupported(`The in-memory S3 doesn't support access points. Name the bucket: not ${name}.`)
    : /--(x-s3|table-s3)$/.test(name)
    ? unsupported(
      `The in-memory S3 doesn't support directory buckets and table buckets, which have names like ${name}.`
    )
    : Effect.fail(fault("InvalidBucketName", "The specified bucket is not valid.", 400, { BucketName: name }))

/** The place of a bucket in the state: each partition has a namespace of names. */
export const placeOf = (name: string, { partition }: Pick<HandlerContext, "partition">): string =>
  `${partition}:${name}`

/** The IAM actions whose names differ from the operation's. */
const actions: Readonly<Record<string, string>> = {
  AbortMultipartUpload: "AbortMultipartUpload",
  CompleteMultipartUpload: "PutObject",
  CopyObject: "PutObject",
  CreateMultipartUpload: "PutObject",
  DeleteBucketAnalyticsConfiguration: "PutAnalyticsConfiguration",
  DeleteBucketCors: "PutBucketCORS",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketIntelligentTieringConfiguration: "PutIntelligentTieringConfiguration",
  DeleteBucketInventoryConfiguration: "PutInventoryConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  DeleteBucketMetricsConfiguration: "PutMetricsConfiguration",
  DeleteBucketOwnershipControls: "PutBucketOwnershipControls",
  DeleteBucketTagging: "PutBucketTagging",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketAnalyticsConfiguration: "GetAnalyticsConfiguration",
  GetBucketCors: "GetBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  GetBucketIntelligentTieringConfiguration: "GetIntelligentTieringConfiguration",
  GetBucketInventoryConfiguration: "GetInventoryConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketMetricsConfiguration: "GetMetricsConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  HeadBucket: "ListBucket",
  HeadObject: "GetObject",
  ListBucketAnalyticsConfigurations: "GetAnalyticsConfiguration",
  ListBucketIntelligentTieringConfigurations: "GetIntelligentTieringConfiguration",
  ListBucketInventoryConfigurations: "GetInventoryConfiguration",
  ListBucketMetricsConfigurations: "GetMetricsConfiguration",
  ListMultipartUploads: "ListBucketMultipartUploads",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListParts: "ListMultipartUploadParts",
  PutBucketAccelerateConfiguration: "PutAccelerateConfiguration",
  PutBucketAnalyticsConfiguration: "PutAnalyticsConfiguration",
  PutBucketCors: "PutBucketCORS",
  PutBucketEncryption: "PutEncryptionConfiguration",
  PutBucketIntelligentTieringConfiguration: "PutIntelligentTieringConfiguration",
  PutBucketInventoryConfiguration: "PutInventoryConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  PutBucketMetricsConfiguration: "PutMetricsConfiguration",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  UploadPart: "PutObject",
  UploadPartCopy: "PutObject"
}

/** The actions that have a variant for a given version, such as GetObjectVersion. */
const ofVersions = /^(?:Get|Put|Delete)Object(?:Acl|Attributes|Tagging)?$/

const actionOf = (operation: string, target: Target): string => {
  const action = actions[operation] ?? operation
  const isOfVersion = target.VersionId !== undefined && ofVersions.test(action) && action !== "PutObject"
  return `s3:${isOfVersion ? action.replace("Object", "ObjectVersion") : action}`
}

/** The actions that ACLs can permit, with the ACL and the permission. */
const permissions: Readonly<Record<string, readonly ["bucket" | "object", Grant["permission"]]>> = {
  "s3:AbortMultipartUpload": ["bucket", "WRITE"],
  "s3:DeleteObject": ["bucket", "WRITE"],
  "s3:GetBucketAcl": ["bucket", "READ_ACP"],
  "s3:GetObject": ["object", "READ"],
  "s3:GetObjectAcl": ["object", "READ_ACP"],
  "s3:GetObjectVersion": ["object", "READ"],
  "s3:ListBucket": ["bucket", "READ"],
  "s3:ListBucketMultipartUploads": ["bucket", "READ"],
  "s3:ListBucketVersions": ["bucket", "READ"],
  "s3:PutBucketAcl": ["bucket", "WRITE_ACP"],
  "s3:PutObject": ["bucket", "WRITE"],
  "s3:PutObjectAcl": ["object", "WRITE_ACP"]
}

const isGranted = (bucket: Bucket, action: string, target: Target, context: HandlerContext): boolean => {
  const [kind, permission] = permissions[action] ?? []
  if (permission === undefined || (bucket.ownership ?? "ObjectWriter") === "BucketOwnerEnforced") return false
  const versions = bucket.objects.get(target.Key ?? "") ?? []
  const object = target.VersionId === undefined ? versions[0] : versions.find(({ id }) => id === target.VersionId)
  const grants = (kind === "bucket" ? bucket.grants : object?.content?.grants) ?? []
  const ignoresPublic = bucket.publicAccessBlock?.IgnorePublicAcls === true
  return grants.some(({ grantee, permission: granted }) => {
    if (granted !== permission && granted !== "FULL_CONTROL") return false
    if ("ID" in grantee) return !isAnonymous(context) && grantee.ID === ownerId(context.account)
    return !ignoresPublic &&
      (grantee.URI === allUsers || (grantee.URI === authenticatedUsers && !isAnonymous(context)))
  })
}

const conditionMembers: Readonly<Record<string, string>> = {
  "s3:delimiter": "Delimiter",
  "s3:if-match": "IfMatch",
  "s3:if-none-match": "IfNoneMatch",
  "s3:max-keys": "MaxKeys",
  "s3:prefix": "Prefix",
  "s3:versionid": "VersionId",
  "s3:x-amz-acl": "ACL",
  "s3:x-amz-copy-source": "CopySource",
  "s3:x-amz-server-side-encryption": "ServerSideEncryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
  "s3:x-amz-storage-class": "StorageClass"
}

/** The value of a condition key. Every request counts as encrypted in transit, even one over plain HTTP. */
const valueOf = (target: Target, context: HandlerContext) => (key: string): string | undefined => {
  if (key === "aws:securetransport") return "true"
  if (key.startsWith("aws:")) return isAnonymous(context) ? undefined : callerValueOf(key, context.principal)
  const value = (unobserved(target) as unknown as Record<string, unknown>)[conditionMembers[key] ?? ""]
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined
}

/** Whether the caller may do this. Policies of identities aren't evaluated: within an account, only a `Deny` counts. */
export const isAuthorized = (bucket: Bucket, action: string, target: Target, context: HandlerContext): boolean => {
  const { account, partition, principal } = context
  const isOwner = account === bucket.account
  const document = bucket.policy?.document
  const valueOfKey = valueOf(target, context)
  const verdict = document && verdictOf(matchesOf([{ policy: document, source: undefined }], {
    principal: isAnonymous(context) ? undefined : { account, arn: principal.arn },
    action,
    resource: `arn:${partition}:s3:::${bucket.name}${target.Key === undefined ? "" : `/${target.Key}`}`,
    valuesOf: (key) => {
      const value = valueOfKey(key.toLowerCase())
      return value === undefined ? undefined : [value]
    }
  }))
  // The account's root user can always change the policy.
  if (isOwner && isRoot(principal) && /^s3:(Get|Put|Delete)BucketPolicy$/.test(action)) return true
  if (verdict === "explicitDeny") return false
  const isRestricted = bucket.publicAccessBlock?.RestrictPublicBuckets === true && document && isPublic(document)
  return isOwner || (verdict === "allowed" && !isRestricted) || isGranted(bucket, action, target, context)
}

/** Whether the caller pays for its requests to the bucket. */
export const isChargedTo = ({ account }: Pick<HandlerContext, "account">, bucket: Bucket): boolean =>
  bucket.payer === "Requester" && account !== bucket.account

interface Where {
  /** Whether the bucket may be in another region, like the source of a copy. */
  readonly anyRegion?: boolean
}

/** Finds a bucket, and checks its region, its owner, and that a given key isn't empty. */
export const locateBucket = Effect.fnUntraced(function*(
  target: Target,
  state: State,
  context: HandlerContext,
  { anyRegion = false }: Where = {}
): Effect.fn.Return<Bucket, Fault> {
  const { Bucket: name = "", ExpectedBucketOwner, Key } = target
  yield* checkName(name)
  if (ExpectedBucketOwner !== undefined && !/^\d{12}$/.test(ExpectedBucketOwner)) {
    return yield* fault(
      "InvalidBucketOwnerAWSAccountID",
      `The value of the expected bucket owner parameter must be an AWS Account ID... [${ExpectedBucketOwner}]`
    )
  }
  if (Key !== undefined && Buffer.byteLength(Key) > MAX_KEY_SIZE) {
    return yield* fault("KeyTooLongError", "Your key is too long", 400, {
      Size: String(Buffer.byteLength(Key)),
      MaxSizeAllowed: String(MAX_KEY_SIZE)
    })
  }
  const bucket = state.buckets.get(placeOf(name, context))
  if (bucket === undefined) return yield* noSuchBucket(name)
  if (bucket.region !== context.region && !anyRegion && namesRegion(context)) {
    return yield* fault(
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
      301,
      { Bucket: name, Endpoint: `${name}.s3.${bucket.region}.amazonaws.com` },
      regionHeader(bucket)
    )
  }
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== bucket.account) {
    return yield* accessDenied(regionHeader(bucket))
  }
  // With an empty key, the request goes to the bucket. AWS rejects the methods that buckets don't have (POST) with this
  // error, but runs the others as CreateBucket, ListObjects or DeleteBucket. Nobody who names an object means those.
  if (Key === "") return yield* notAllowed()
  const { RequestPayer } = target
  // A requester of another account has to agree to pay. Nobody can bill an anonymous one.
  if (isChargedTo(context, bucket) && (RequestPayer !== "requester" || isAnonymous(context))) {
    return yield* accessDenied(regionHeader(bucket))
  }
  yield* applyLifecycle(bucket, state, context)
  return bucket
})

/** Finds a bucket, like `locateBucket`, and checks that the caller may do this: by default, the operation. */
export const findBucket = Effect.fnUntraced(function*(
  target: Target,
  state: State,
  context: HandlerContext,
  { action = actionOf(context.operation, target), ...where }: Where & { readonly action?: string } = {}
): Effect.fn.Return<Bucket, Fault> {
  const bucket = yield* locateBucket(target, state, context, where)
  return isAuthorized(bucket, action, target, context) ? bucket : yield* accessDenied(regionHeader(bucket))
})

/** Finds the bucket that an object is written to, whose owner will own the object. */
export const findTarget = Effect.fnUntraced(function*(
  target: Target,
  state: State,
  context: HandlerContext
): Effect.fn.Return<Bucket, Fault> {
  const bucket = yield* findBucket(target, state, context)
  if (context.account !== bucket.account && bucket.ownership !== "BucketOwnerEnforced") {
    return yield* unsupported(
      "The in-memory S3 doesn't support objects of another account than the bucket's. Set the bucket's ownership to BucketOwnerEnforced."
    )
  }
  return bucket
})

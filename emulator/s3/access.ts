// Who may do what with a bucket and its objects.
import * as Effect from "effect/Effect"
import type { Need } from "../engine/authorization.ts"
import { unobserved } from "../engine/input.ts"
import { anonymous } from "../engine/principals.ts"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { callerValueOf, isRoot } from "../support/callers.ts"
import { isPublic, matchesOf, verdictOf } from "../support/policyEvaluation.ts"
import { allUsers, authenticatedUsers, ownerId } from "./acl.ts"
import { needsIn } from "./authorization.ts"
import { applyLifecycle } from "./expiry.ts"
import { accessDenied, fault, noSuchBucket, notAllowed } from "./faults.ts"
import { listNeed } from "./needs.ts"
import { type Bucket, type Grant, placeOf, type State } from "./state.ts"

export { placeOf }

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

/** The key that a need is about, of an object in the bucket. */
const keyIn = (bucket: Bucket, { resource }: Need): string | undefined =>
  /^[^/]*$/.test(resource) ? undefined : resource.slice(`arn:${bucket.partition}:s3:::${bucket.name}/`.length)

const isGranted = (bucket: Bucket, need: Need, context: HandlerContext): boolean => {
  const [kind, permission] = permissions[need.action] ?? []
  if (permission === undefined || (bucket.ownership ?? "ObjectWriter") === "BucketOwnerEnforced") return false
  const versions = bucket.objects.get(keyIn(bucket, need) ?? "") ?? []
  const [named] = need.keys?.["s3:versionid"] ?? []
  const object = named === undefined ? versions[0] : versions.find(({ id }) => id === named)
  const grants = (kind === "bucket" ? bucket.grants : object?.content?.grants) ?? []
  const ignoresPublic = bucket.publicAccessBlock?.IgnorePublicAcls === true
  return grants.some(({ grantee, permission: granted }) => {
    if (granted !== permission && granted !== "FULL_CONTROL") return false
    if ("ID" in grantee) return !isAnonymous(context) && grantee.ID === ownerId(context.account)
    return !ignoresPublic &&
      (grantee.URI === allUsers || (grantee.URI === authenticatedUsers && !isAnonymous(context)))
  })
}

/** The values of a condition key. Every request counts as encrypted in transit, even one over plain HTTP. */
const valuesOf =
  (need: Need, bucket: Bucket, context: HandlerContext) => (name: string): ReadonlyArray<string> | undefined => {
    const key = name.toLowerCase()
    if (key === "aws:securetransport") return ["true"]
    if (key === "aws:resourceaccount" || key === "s3:resourceaccount") return [bucket.account]
    const value = isAnonymous(context) ? undefined : callerValueOf(key, context.principal)
    return value === undefined ? need.keys?.[key] : [value]
  }

/** Whether the bucket lets the caller do this. The policies of callers are the guard's: within an account, only a `Deny` counts here. */
const isAuthorized = (bucket: Bucket, need: Need, context: HandlerContext): boolean => {
  const { account, principal } = context
  const isOwner = account === bucket.account
  const document = bucket.policy?.document
  if (document === undefined) return isOwner || isGranted(bucket, need, context)
  const { action, resource } = need
  const verdict = verdictOf(matchesOf([{ policy: document, source: undefined }], {
    principal: isAnonymous(context) ? undefined : { account, arn: principal.arn },
    action,
    resource,
    valuesOf: valuesOf(need, bucket, context)
  }))
  // The account's root user can always change the policy.
  if (isOwner && isRoot(principal) && /^s3:(Get|Put|Delete)BucketPolicy$/.test(action)) return true
  if (verdict === "explicitDeny") return false
  const isRestricted = bucket.publicAccessBlock?.RestrictPublicBuckets === true && isPublic(document)
  return isOwner || (verdict === "allowed" && !isRestricted) || isGranted(bucket, need, context)
}

/** Whether the caller may do something on which only a part of an answer depends. */
export const may = (bucket: Bucket, need: Need, context: HandlerContext): boolean =>
  // Asks the guard in any case: it records what it was asked for if the call fails.
  context.may(need) && isAuthorized(bucket, need, context)

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

interface Call extends Where {
  /** The input of the call, if it isn't what names the bucket. */
  readonly input?: object
}

/** Finds a bucket, like `locateBucket`, and checks that the bucket lets the caller do what the call does. */
export const findBucket = Effect.fnUntraced(function*(
  target: Target,
  state: State,
  context: HandlerContext,
  { input = target, ...where }: Call = {}
): Effect.fn.Return<Bucket, Fault> {
  const bucket = yield* locateBucket(target, state, context, where)
  if (context.account === bucket.account && bucket.policy === undefined) return bucket
  const needs = needsIn(bucket, context.operation, unobserved(input), state, context)
  return needs.every((need) => isAuthorized(bucket, need, context)) ? bucket : yield* accessDenied(regionHeader(bucket))
})

/** The object that a request reads. A caller that may not list the bucket isn't told that there is none. */
export const readable = Effect.fnUntraced(function*<A>(
  found: Effect.Effect<A, Fault>,
  bucket: Bucket,
  context: HandlerContext
): Effect.fn.Return<A, Fault> {
  return yield* Effect.mapError(
    found,
    (error) =>
      error.code !== "NoSuchKey" || may(bucket, listNeed({ Bucket: bucket.name }, bucket), context)
        ? error
        : accessDenied()
  )
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

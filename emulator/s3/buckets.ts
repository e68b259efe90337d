// Creating, finding, listing and deleting buckets.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "../engine/service.ts"
import { checkName, findBucket, isAnonymous, placeOf } from "./access.ts"
import { isPublicAcl, ownerId, ownerOf, readGrants } from "./acl.ts"
import { hostOf } from "./body.ts"
import { defaultEncryption } from "./encryption.ts"
import { accessDenied, fault, invalidArgument } from "./faults.ts"
import { markerOf } from "./listing.ts"
import { isRegion } from "./regions.ts"
import { type Bucket, now, type State } from "./state.ts"
import { checkTags } from "./tags.ts"

const ownerships: ReadonlySet<string> = new Set<sdk.ObjectOwnership>([
  "BucketOwnerEnforced",
  "BucketOwnerPreferred",
  "ObjectWriter"
])

export const isOwnership = (value: unknown): value is sdk.ObjectOwnership => ownerships.has(value as string)

/** The region that a new bucket is for. */
const regionOf = Effect.fnUntraced(function*(
  constraint: string | undefined,
  context: HandlerContext
): Effect.fn.Return<string, Fault> {
  const region = constraint === "EU" ? "eu-west-1" : constraint ?? "us-east-1"
  if (constraint === "us-east-1" || !isRegion(region)) {
    return yield* fault("InvalidLocationConstraint", "The specified location-constraint is not valid", 400, {
      LocationConstraint: constraint
    })
  }
  // The global endpoint creates buckets in any region.
  const isGlobal = /^([^/]+\.)?s3\.amazonaws\.com$/.test(hostOf(context))
  if (region !== context.region && !isGlobal) {
    return yield* fault(
      "IllegalLocationConstraintException",
      `The ${
        constraint ?? "unspecified"
      } location constraint is incompatible for the region specific endpoint this request was sent to.`
    )
  }
  return region
})

/** Fails if it is an error to create a bucket that already exists. */
const checkExisting = Effect.fnUntraced(function*(
  { account, name, region }: Bucket,
  where: string,
  hasTags: boolean,
  context: HandlerContext
): Effect.fn.Return<void, Fault> {
  if (account !== context.account) {
    return yield* fault(
      "BucketAlreadyExists",
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
      409,
      { BucketName: name }
    )
  }
  if (where !== "us-east-1" || region !== "us-east-1" || hasTags) {
    return yield* fault(
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      409,
      { BucketName: name }
    )
  }
})

const tagsOfAws =
  "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag keys and try again."

/** The tags of a new bucket. S3 answers a duplicate tag with an internal error. */
const newTags = (tags: ReadonlyArray<sdk.Tag>) =>
  Effect.mapError(checkTags(tags, tagsOfAws, false), (error) =>
    error.message.startsWith("Cannot provide multiple Tags")
      ? new Fault({
        code: "InternalError",
        message: "We encountered an internal error. Please try again.",
        statusCode: 500
      })
      : error)

const arnOf = (name: string, context: HandlerContext) => context.arn("s3", name, { region: "", account: "" })

export const bucketHandlers: Handlers<typeof sdk, State> = {
  CreateBucket: Effect.fnUntraced(function*(input, { buckets }, context) {
    const { Bucket: name = "", ObjectOwnership = "BucketOwnerEnforced", ObjectLockEnabledForBucket = false } = input
    if (isAnonymous(context)) return yield* accessDenied()
    yield* checkName(name)
    if (!isOwnership(ObjectOwnership)) {
      return yield* invalidArgument(
        `Invalid x-amz-object-ownership header: ${String(ObjectOwnership)}`,
        "x-amz-object-ownership"
      )
    }
    const { LocationConstraint, Tags = [] } = input.CreateBucketConfiguration ?? {}
    const region = yield* regionOf(LocationConstraint, context)
    const grants = yield* readGrants(input, ownerId(context.account), "bucket")
    if (grants !== undefined && input.ACL !== "private" && ObjectOwnership === "BucketOwnerEnforced") {
      return yield* fault(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
      )
    }
    if (isPublicAcl(grants)) {
      return yield* fault(
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
      )
    }
    const tags = yield* newTags(Tags)
    const place = placeOf(name, context)
    const existing = buckets.get(place)
    if (existing === undefined) {
      buckets.set(place, {
        name,
        account: context.account,
        partition: context.partition,
        region,
        created: yield* now,
        hasLock: ObjectLockEnabledForBucket,
        retention: undefined,
        versioning: ObjectLockEnabledForBucket ? "Enabled" : undefined,
        ownership: ObjectOwnership,
        publicAccessBlock: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true
        },
        hasOwnBlock: false,
        encryption: defaultEncryption,
        acceleration: undefined,
        configurations: { analytics: new Map(), inventories: new Map(), metrics: new Map(), tierings: new Map() },
        payer: "BucketOwner",
        cors: undefined,
        lifecycle: undefined,
        website: undefined,
        logging: undefined,
        notification: {},
        grants,
        policy: undefined,
        tags,
        objects: new Map(),
        uploads: new Map(),
        completed: new Map()
      })
    } else yield* checkExisting(existing, region, tags.length > 0, context)
    return {
      Location: region === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
      BucketArn: arnOf(name, context)
    }
  }),

  HeadBucket: Effect.fnUntraced(function*(input, state, context) {
    const { name, region } = yield* findBucket(input, state, context)
    return { BucketRegion: region, BucketArn: arnOf(name, context), AccessPointAlias: false }
  }),

  DeleteBucket: Effect.fnUntraced(function*(input, state, context) {
    const { name, objects, versioning } = yield* findBucket(input, state, context)
    if (objects.size > 0) {
      const hint = versioning === undefined ? "" : ". You must delete all versions in the bucket."
      return yield* fault("BucketNotEmpty", `The bucket you tried to delete is not empty${hint}`, 409, {
        BucketName: name
      })
    }
    state.buckets.delete(placeOf(name, context))
    return {}
  }),

  ListBuckets: Effect.fnUntraced(function*(input, { buckets }, context) {
    const { BucketRegion, ContinuationToken, MaxBuckets, Prefix } = input
    if (isAnonymous(context)) return yield* accessDenied()
    const size = MaxBuckets ?? 10_000
    if (!(size >= 1 && size <= 10_000)) {
      return yield* invalidArgument(
        "Argument max-buckets must be an integer between 1 and 10000",
        "max-buckets",
        String(size)
      )
    }
    if (BucketRegion !== undefined && !isRegion(BucketRegion)) {
      return yield* invalidArgument(`Argument value ${BucketRegion} is not a valid AWS Region`, "bucket-region")
    }
    const [page, token] = yield* context.page(
      [...buckets.values()].filter(({ account, name, partition, region }) =>
        account === context.account && partition === context.partition && name.startsWith(Prefix ?? "") &&
        (BucketRegion ?? region) === region
      ),
      {
        token: markerOf(ContinuationToken),
        size,
        key: ({ name }) => name,
        query: { Prefix, BucketRegion },
        invalid: invalidArgument("The continuation token provided is incorrect", "continuation-token")
      }
    )
    const isPaged = [BucketRegion, ContinuationToken, MaxBuckets, Prefix].some((value) => value !== undefined)
    return {
      Buckets: page.map(({ created, name, region }) => ({
        Name: name,
        CreationDate: created,
        BucketArn: arnOf(name, context),
        ...(isPaged && { BucketRegion: region })
      })),
      Owner: ownerOf(context.account),
      ContinuationToken: token,
      Prefix
    }
  }),

  GetBucketLocation: Effect.fnUntraced(function*(input, state, context) {
    const { region } = yield* findBucket(input, state, context, { anyRegion: true })
    return { LocationConstraint: region === "us-east-1" ? undefined : region as sdk.BucketLocationConstraint }
  })
}

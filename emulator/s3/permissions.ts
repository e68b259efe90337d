// Bucket policies and access control lists, as operations.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import type { Handlers } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { isPrincipal } from "../iam/principals.ts"
import { isPublic } from "../support/policyEvaluation.ts"
import { findBucket } from "./access.ts"
import { type AclInput, aclOf, grantsOf, missingAcl } from "./acl.ts"
import { tell } from "./events.ts"
import { accessDenied, fault } from "./faults.ts"
import { readPolicy } from "./policyDocument.ts"
import type { State } from "./state.ts"
import { replaceContent, versionOf } from "./versions.ts"

const noPolicy = (name: string) =>
  fault("NoSuchBucketPolicy", "The bucket policy does not exist", 404, { BucketName: name })

export const permissionHandlers: Handlers<typeof sdk, State> = {
  PutBucketPolicy: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const text = input.Policy ?? ""
    const document = yield* readPolicy(
      text,
      context.arn("s3", bucket.name, { region: "", account: "" }),
      (kind, name) => isPrincipal(kind, name, context.stateOf(iam), context)
    )
    if (bucket.hasOwnBlock && bucket.publicAccessBlock?.BlockPublicPolicy === true && isPublic(document)) {
      return yield* accessDenied()
    }
    bucket.policy = { text, document }
    return {}
  }),

  GetBucketPolicy: Effect.fnUntraced(function*(input, state, context) {
    const { name, policy } = yield* findBucket(input, state, context)
    return policy === undefined ? yield* noPolicy(name) : { Policy: policy.text }
  }),

  GetBucketPolicyStatus: Effect.fnUntraced(function*(input, state, context) {
    const { name, policy } = yield* findBucket(input, state, context)
    return policy === undefined ? yield* noPolicy(name) : { PolicyStatus: { IsPublic: isPublic(policy.document) } }
  }),

  DeleteBucketPolicy: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.policy = undefined
    return {}
  }),

  PutBucketAcl: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const grants = yield* grantsOf(input as AclInput, bucket, "bucket")
    if (grants === undefined) return yield* missingAcl
    bucket.grants = grants
    return {}
  }),

  GetBucketAcl: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    return aclOf(bucket, bucket.grants)
  }),

  PutObjectAcl: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { content, version } = yield* versionOf(bucket, input, "PUT")
    const grants = yield* grantsOf(input as AclInput, bucket, "object")
    if (grants === undefined) return yield* missingAcl
    const isChanged = !isDeepStrictEqual(aclOf(bucket, grants).Grants, aclOf(bucket, content.grants).Grants)
    replaceContent(version, { ...content, grants })
    if (isChanged) {
      yield* tell(bucket, { kind: "ObjectAcl:Put", key: input.Key ?? "", id: version.id, content }, state, context)
    }
    return {}
  }),

  GetObjectAcl: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    return aclOf(bucket, (yield* versionOf(bucket, input)).content.grants)
  })
}

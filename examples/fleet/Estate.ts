// The estate of the demo: six accounts in three regions, some of which refuse what the programs do.
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam"
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3"
import { Effect } from "effect"
import { Iam, InMemory, S3 } from "effect-aws-sdk"
import * as Mirror from "../fleet-mirror/World.ts"
import * as TearDown from "../fleet-teardown/World.ts"
import { inPlace } from "./Place.ts"
import type { Target } from "./Run.ts"
import { fleetRole, trustIn } from "./World.ts"

export const regions = ["us-east-1", "us-west-2", "eu-central-1"]

export const targets: ReadonlyArray<Target> = [
  { account: "111111111111", name: "production" },
  { account: Mirror.clusterAccount, name: "security" },
  { account: "333333333333", name: "staging" },
  { account: "444444444444", name: "analytics" },
  { account: "555555555555", name: "sandbox" },
  { account: "666666666666", name: "acquired" }
]

/** The role of this account doesn't trust the fleet. */
const wrongRole = Iam.send(
  new UpdateAssumeRolePolicyCommand({ RoleName: fleetRole, PolicyDocument: trustIn("999999999999") })
).pipe(inPlace({ account: "666666666666", region: "us-east-1" }))

/** The policy of this bucket lets nobody delete what is in it. */
const lockedBucket = Effect.suspend(() => {
  const place = { account: "333333333333", region: "us-west-2" }
  const Bucket = TearDown.bucketOf(place.account, place.region)
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Sid: "KeepForAudit",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
      Resource: `arn:aws:s3:::${Bucket}/*`
    }]
  })
  return S3.send(new PutBucketPolicyCommand({ Bucket, Policy })).pipe(inPlace(place))
})

/** The nth call of this operation isn't allowed. */
const missingPermission = (operation: string, nth: number, action: string) =>
  InMemory.inject({
    operation,
    nth,
    fault: InMemory.fault({
      code: "AccessDeniedException",
      message: `User is not authorized to perform: ${action} because no identity-based policy allows the action`,
      statusCode: 403
    })
  })

/** What a cluster left behind everywhere, up for an hour. */
export const tearDown = Effect.gen(function*() {
  yield* TearDown.setUp(targets.map((target) => ({ ...target, regions })))
  yield* lockedBucket
  yield* wrongRole
  yield* missingPermission("DeleteCertificate", 4, "acm:DeleteCertificate")
  yield* Effect.sleep("1 hour")
})

/** A VPC everywhere. */
export const mirror = Effect.gen(function*() {
  yield* Mirror.setUp(targets.map((target) => ({ ...target, regions })))
  yield* wrongRole
  yield* missingPermission("CreateTrafficMirrorSession", 30, "ec2:CreateTrafficMirrorSession")
  yield* Effect.sleep("1 hour")
})

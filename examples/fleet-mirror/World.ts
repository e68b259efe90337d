// An estate in memory: accounts and regions with a VPC each, and the cluster's records of them, set up with the same commands
// as on AWS.
import { Effect, Layer } from "effect"
import { AwsClients, Fleet } from "effect-aws-sdk"
import { inEachPlace } from "../fleet/World.ts"
import { ClusterAccount, VpcAccount } from "../mirror-vpc/Accounts.ts"
import * as World from "../mirror-vpc/World.ts"

export { cluster } from "../mirror-vpc/World.ts"

/** The account that keeps the cluster's records. */
export const clusterAccount = "222222222222"

/**
 * Creates a VPC of six interfaces in each place of the targets, as for the main job: one is mirrored already, and one can't be.
 */
export const setUp = inEachPlace(({ region }) =>
  World.setUp.pipe(
    Effect.provide(Layer.mergeAll(
      Layer.effect(VpcAccount, AwsClients),
      Layer.effect(ClusterAccount, AwsClients).pipe(
        Layer.provide(Fleet.clients({ account: clusterAccount, region }))
      )
    ))
  )
)

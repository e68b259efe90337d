import { Context, Effect, Layer } from "effect"
import { AssumeRole, AwsClients } from "effect-aws-sdk"

/** The account that owns the VPC whose traffic the program mirrors. */
export class VpcAccount extends Context.Service<VpcAccount, AwsClients["Service"]>()("mirror-vpc/VpcAccount") {}

/** The account of the cluster, which receives the traffic and keeps the records. */
export class ClusterAccount
  extends Context.Service<ClusterAccount, AwsClients["Service"]>()("mirror-vpc/ClusterAccount")
{}

export const inVpcAccount = Effect.provideServiceEffect(AwsClients, VpcAccount)
export const inClusterAccount = Effect.provideServiceEffect(AwsClients, ClusterAccount)

/**
 * The program's own credentials belong to the VPC's account. If the cluster is in another account, the program assumes
 * `clusterRole` to get there.
 */
export const layer = (options: { readonly clusterRole?: string | undefined }) =>
  Layer.merge(
    Layer.effect(VpcAccount, AwsClients),
    options.clusterRole === undefined
      ? Layer.effect(ClusterAccount, AwsClients)
      : Layer.effect(ClusterAccount, AwsClients).pipe(
        Layer.provide(AssumeRole.layer({ roleArn: options.clusterRole, sessionName: "mirror-vpc" }))
      )
  )

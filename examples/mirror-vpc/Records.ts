// What the cluster's account stores: a tree of parameters and a bucket.
import { Schema } from "effect"
import type { Sts } from "effect-aws-sdk"

/** Stored at `names.vpc` by whoever sets up a VPC for mirroring. */
export const VpcRecord = Schema.Struct({
  busArn: Schema.String,
  mirrorFilterId: Schema.String,
  mirrorVni: Schema.Int
})

/** Stored at `names.subnet` in the same setup: the target for the subnet's traffic. */
export const SubnetRecord = Schema.Struct({ mirrorTargetId: Schema.String })

/** Stored at `names.eni` by this program. */
export const EniRecord = Schema.Struct({ eniId: Schema.String, trafficSessionId: Schema.String })

/** What the cluster knows about its VPC. Stored in the bucket. */
export const Configuration = Schema.Struct({
  cluster: Schema.String,
  vpcId: Schema.String,
  ownerId: Schema.String,
  cidrBlocks: Schema.Array(Schema.String)
})

const cluster = (name: string) => `/arkime/clusters/${name}`

export const names = {
  vpcs: (clusterName: string) => `${cluster(clusterName)}/vpcs`,
  vpc: (clusterName: string, vpcId: string) => `${names.vpcs(clusterName)}/${vpcId}`,
  subnet: (clusterName: string, vpcId: string, subnetId: string) =>
    `${names.vpc(clusterName, vpcId)}/subnets/${subnetId}`,
  eni: (clusterName: string, vpcId: string, subnetId: string, eniId: string) =>
    `${names.subnet(clusterName, vpcId, subnetId)}/enis/${eniId}`,
  /** The interface that a parameter records, or `undefined` if the parameter records something else. */
  eniOf: (clusterName: string, vpcId: string, name: string) => {
    const [, subnetId, , eniId] = name.slice(names.vpc(clusterName, vpcId).length + 1).split("/")
    return subnetId === undefined || eniId === undefined ? undefined : { subnetId, eniId }
  },
  bucket: ({ account, region }: Sts.AwsEnvironment, clusterName: string) =>
    `arkimeconfig-${account}-${region}-${clusterName.toLowerCase()}`
}

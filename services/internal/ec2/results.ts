import * as Results from "../../../src/internal/results.ts"

/** The fields of `Ec2.NetworkInterface`. */
interface NetworkInterface {
  readonly vpcId: string
  readonly subnetId: string
  readonly eniId: string
  readonly eniType: string
}

export const networkInterfaces = Results.model<NetworkInterface>("effect-aws-sdk/Ec2/NetworkInterface", {
  vpcId: Results.isText,
  subnetId: Results.isText,
  eniId: Results.isText,
  eniType: Results.isText
})

/** The fields of `Ec2.VpcDetails`. */
interface VpcDetails {
  readonly vpcId: string
  readonly ownerId: string
  readonly cidrBlocks: ReadonlyArray<string>
  readonly tenancy: string
}

export const vpcs = Results.model<VpcDetails>("effect-aws-sdk/Ec2/VpcDetails", {
  vpcId: Results.isText,
  ownerId: Results.isText,
  cidrBlocks: Results.isListOf(Results.isText),
  tenancy: Results.isText
})

import * as Schema from "effect/Schema"
import { networkInterfaces, vpcs } from "./results.ts"

/**
 * A network interface, and its place in the network. `eniType` is AWS's name for its type, such as `interface`,
 * `nat_gateway` or `lambda`; AWS adds new types over time.
 *
 * **Example** (Which Lambda functions' interfaces are in a subnet)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const ids = Ec2.listEnisOfSubnet("subnet-0123456789abcdef0").pipe(
 *   Stream.filter(({ eniType }) => eniType === "lambda"),
 *   Stream.map(({ eniId }) => eniId)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class NetworkInterface extends Schema.Class<NetworkInterface>(networkInterfaces.identifier)({
  /** The id of its VPC: `vpc-…`. */
  vpcId: Schema.String,
  /** The id of its subnet: `subnet-…`. */
  subnetId: Schema.String,
  /** Its own id: `eni-…`. */
  eniId: Schema.String,
  /** AWS's name for its type: `interface`. */
  eniType: Schema.String
}) {}

/**
 * A VPC: its owner, tenancy and IPv4 address ranges.
 *
 * **Example** (Whether a VPC is another account's)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2, Sts } from "effect-aws-sdk"
 *
 * const isShared = Effect.zipWith(
 *   Ec2.getVpcDetails("vpc-0123456789abcdef0"),
 *   Sts.environment,
 *   ({ ownerId }, { account }) => ownerId !== account
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class VpcDetails extends Schema.Class<VpcDetails>(vpcs.identifier)({
  /** The id of the VPC: `vpc-…`. */
  vpcId: Schema.String,
  /** The ID of the account that owns it. */
  ownerId: Schema.String,
  /** Its IPv4 address ranges, such as `10.0.0.0/16`. */
  cidrBlocks: Schema.Array(Schema.String),
  /** The tenancy of its instances: `default` or `dedicated`. */
  tenancy: Schema.String
}) {}

networkInterfaces.use(NetworkInterface)
vpcs.use(VpcDetails)

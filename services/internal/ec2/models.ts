import * as Schema from "effect/Schema"
import { networkInterfaces, vpcs } from "./results.ts"

/**
 * A network interface, and its place in the network. `eniType` is AWS's name for its type, such as `interface`,
 * `nat_gateway` or `lambda`; AWS adds new types over time.
 *
 * @category models
 * @since 0.1.0
 */
export class NetworkInterface extends Schema.Class<NetworkInterface>(networkInterfaces.identifier)({
  vpcId: Schema.String,
  subnetId: Schema.String,
  eniId: Schema.String,
  eniType: Schema.String
}) {}

/**
 * A VPC: its owner, tenancy and IPv4 address ranges.
 *
 * @category models
 * @since 0.1.0
 */
export class VpcDetails extends Schema.Class<VpcDetails>(vpcs.identifier)({
  vpcId: Schema.String,
  ownerId: Schema.String,
  cidrBlocks: Schema.Array(Schema.String),
  tenancy: Schema.String
}) {}

networkInterfaces.use(NetworkInterface)
vpcs.use(VpcDetails)

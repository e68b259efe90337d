/** In-memory EC2: the default VPC and its subnets. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { type Cidr, cidrOf, overlaps } from "./cidr.ts"
import { combination, fault, invalidValue, missing } from "./faults.ts"
import { attachedTo } from "./gateways.ts"
import { mainTable } from "./routeTables.ts"
import type { Ec2Handlers, State, Vpc } from "./state.ts"
import { addSubnet } from "./subnets.ts"
import { addVpc, inVpc } from "./vpcs.ts"
import { type Zone, zonesOf } from "./zones.ts"

const defaultVpc = (state: State) => [...state.vpcs.values()].find(({ IsDefault }) => IsDefault)

const addDefaultSubnet = (state: State, context: HandlerContext, vpcId: string, zone: Zone, cidr: Cidr) =>
  addSubnet(state, context, { vpcId, cidr, zone, tags: [], isDefault: true })

/** Creates the default VPC: a subnet in each zone, and an internet gateway that they reach. */
export const addDefaultVpc = (state: State, context: HandlerContext): Vpc => {
  const vpc = addVpc(state, context, {
    cidr: "172.31.0.0/16",
    tenancy: "default",
    tags: [],
    isDefault: true,
    hasIpv6: false
  })
  for (const [index, zone] of zonesOf(context.region).entries()) {
    addDefaultSubnet(state, context, vpc.VpcId, zone, cidrOf(`172.31.${index * 16}.0/20`)!)
  }
  const InternetGatewayId = context.id("igw-", 17)
  state.internetGateways.set(InternetGatewayId, {
    InternetGatewayId,
    OwnerId: context.account,
    Attachments: [attachedTo(vpc.VpcId)],
    Tags: []
  })
  mainTable(state, vpc.VpcId).Routes.push({
    DestinationCidrBlock: "0.0.0.0/0",
    GatewayId: InternetGatewayId,
    Origin: "CreateRoute",
    State: "active"
  })
  return vpc
}

export const handlers: Ec2Handlers = {
  CreateDefaultVpc: Effect.fnUntraced(function*(_, state, context) {
    if (defaultVpc(state) !== undefined) {
      return yield* fault(
        "DefaultVpcAlreadyExists",
        "A Default VPC already exists for this account in this region."
      )
    }
    return { Vpc: { ...addDefaultVpc(state, context), State: "pending" } }
  }),

  CreateDefaultSubnet: Effect.fnUntraced(function*(input, state, context) {
    const { AvailabilityZone, AvailabilityZoneId } = input
    if (AvailabilityZone !== undefined && AvailabilityZoneId !== undefined) {
      return yield* combination("The parameter availabilityZone cannot be used with the parameter availabilityZoneId")
    }
    if (AvailabilityZone === undefined && AvailabilityZoneId === undefined) return yield* missing("availabilityZone")
    if (input.Ipv6Native === true) {
      return yield* unsupported("The in-memory EC2 has no IPv6-native default subnets: leave out Ipv6Native.")
    }
    const zone = zonesOf(context.region).find(({ id, name }) => name === AvailabilityZone || id === AvailabilityZoneId)
    if (zone === undefined) {
      return yield* invalidValue(
        AvailabilityZone ?? AvailabilityZoneId,
        "availabilityZone",
        "Invalid availability zone."
      )
    }
    const vpc = defaultVpc(state)
    if (vpc === undefined) {
      return yield* fault("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
    }
    const inside = inVpc(state.subnets, vpc.VpcId)
    const before = inside.find((subnet) => subnet.DefaultForAz === true && subnet.AvailabilityZone === zone.name)
    if (before !== undefined) {
      return yield* fault(
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        `'${before.SubnetId}' is already the default subnet in ${zone.name}.`
      )
    }
    const free = Array.from({ length: 16 }, (_, index) => cidrOf(`172.31.${index * 16}.0/20`)!)
      .find((cidr) => !inside.some(({ CidrBlock }) => CidrBlock !== "" && overlaps(cidr, cidrOf(CidrBlock)!)))
    return free === undefined
      ? yield* fault("InsufficientCidrBlocks", "There is no free /20 CIDR block in the default VPC.")
      : { Subnet: addDefaultSubnet(state, context, vpc.VpcId, zone, free) }
  })
}

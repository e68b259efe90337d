/** In-memory EC2: subnets. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { type Cidr, cidr6Of, cidrOf, contains, has6, overlaps, parseCidr } from "./cidr.ts"
import { arnOf, ipv6RangeOf } from "./enis.ts"
import { combination, dependency, fault, invalidValue, required } from "./faults.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { find, subnets, vpcs } from "./kinds.ts"
import type { Ec2Handlers, State, Subnet, Vpc } from "./state.ts"
import { newTags } from "./tags.ts"
import { cidrsOf, inVpc } from "./vpcs.ts"
import { type Zone, zonesOf } from "./zones.ts"

export const addSubnet = (state: State, context: HandlerContext, options: {
  readonly vpcId: string
  readonly cidr: Cidr
  readonly zone: Zone
  readonly ipv6?: string | undefined
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly isDefault: boolean
}): Subnet => {
  const SubnetId = context.id("subnet-", 17)
  const subnet: Subnet = {
    SubnetId,
    VpcId: options.vpcId,
    CidrBlock: options.cidr.text,
    AvailabilityZone: options.zone.name,
    AvailabilityZoneId: options.zone.id,
    // AWS reserves five addresses.
    AvailableIpAddressCount: options.cidr.size - 5,
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: options.isDefault,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: options.ipv6 === undefined ? [] : [{
      AssociationId: context.id("subnet-cidr-assoc-", 17),
      Ipv6CidrBlock: options.ipv6,
      Ipv6CidrBlockState: { State: "associated" },
      Ipv6AddressAttribute: "public",
      IpSource: "amazon"
    }],
    Ipv6Native: false,
    MapCustomerOwnedIpOnLaunch: false,
    MapPublicIpOnLaunch: options.isDefault,
    OwnerId: context.account,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false
    },
    State: "available",
    SubnetArn: arnOf(context, `subnet/${SubnetId}`),
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.subnets.set(SubnetId, subnet)
  state.usedAddresses.set(SubnetId, new Set())
  return subnet
}

const subnetFilters: Filters<Subnet> = {
  ...absent("customer-owned-ipv4-pool", "enable-lni-at-device-index", "outpost-arn"),
  "subnet-id": (subnet) => subnet.SubnetId,
  "subnet-arn": (subnet) => subnet.SubnetArn,
  "vpc-id": (subnet) => subnet.VpcId,
  cidr: (subnet) => subnet.CidrBlock,
  "cidr-block": (subnet) => subnet.CidrBlock,
  cidrBlock: (subnet) => subnet.CidrBlock,
  "availability-zone": (subnet) => subnet.AvailabilityZone,
  availabilityZone: (subnet) => subnet.AvailabilityZone,
  "availability-zone-id": (subnet) => subnet.AvailabilityZoneId,
  availabilityZoneId: (subnet) => subnet.AvailabilityZoneId,
  "available-ip-address-count": (subnet) => subnet.AvailableIpAddressCount,
  "default-for-az": (subnet) => subnet.DefaultForAz,
  defaultForAz: (subnet) => subnet.DefaultForAz,
  "enable-dns64": (subnet) => subnet.EnableDns64,
  "ipv6-cidr-block-association.association-id": (subnet) =>
    subnet.Ipv6CidrBlockAssociationSet.map(({ AssociationId }) => AssociationId),
  "ipv6-cidr-block-association.ipv6-cidr-block": (subnet) =>
    subnet.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  "ipv6-cidr-block-association.state": (subnet) =>
    subnet.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State),
  "ipv6-native": (subnet) => subnet.Ipv6Native,
  "map-customer-owned-ip-on-launch": (subnet) => subnet.MapCustomerOwnedIpOnLaunch,
  "map-public-ip-on-launch": (subnet) => subnet.MapPublicIpOnLaunch,
  "owner-id": (subnet) => subnet.OwnerId,
  "private-dns-name-options-on-launch.hostname-type": (subnet) => subnet.PrivateDnsNameOptionsOnLaunch.HostnameType,
  "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (subnet) =>
    subnet.PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord,
  "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (subnet) =>
    subnet.PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord,
  state: (subnet) => subnet.State
}

const zoneOf = Effect.fnUntraced(function*({ region }: HandlerContext, input: sdk.CreateSubnetRequest) {
  const { AvailabilityZone, AvailabilityZoneId } = input
  if (AvailabilityZone !== undefined && AvailabilityZoneId !== undefined) {
    return yield* combination("The parameter availabilityZone cannot be used with the parameter availabilityZoneId")
  }
  const zones = zonesOf(region)
  const zone = zones.find(({ id, name }) =>
    AvailabilityZone === undefined
      ? AvailabilityZoneId === undefined || id === AvailabilityZoneId
      : name === AvailabilityZone
  )
  return zone ?? (yield* invalidValue(
    AvailabilityZone ?? AvailabilityZoneId,
    "availabilityZone",
    `Subnets can currently only be created in the following availability zones: ${
      zones.map(({ name }) => name).join(", ")
    }.`
  ))
})

/** Checks the range of IPv6 addresses that a subnet is to have. */
const ipv6Of = Effect.fnUntraced(function*(state: State, vpc: Vpc, text: string | undefined) {
  if (text === undefined) return undefined
  const cidr = cidr6Of(text)
  if (cidr === undefined) return yield* invalidValue(text, "ipv6CidrBlock", "This is not a valid IPv6 CIDR block.")
  const isInVpc = vpc.Ipv6CidrBlockAssociationSet.some(({ Ipv6CidrBlock = "", Ipv6CidrBlockState }) =>
    Ipv6CidrBlockState?.State === "associated" && has6(cidr6Of(Ipv6CidrBlock)!, cidr.base)
  )
  if (!isInVpc || cidr.prefix < 56 || cidr.prefix > 64 || cidr.prefix % 4 !== 0) {
    return yield* fault("InvalidSubnet.Range", `The CIDR '${text}' is invalid.`)
  }
  const overlaps6 = inVpc(state.subnets, vpc.VpcId).some((subnet) => {
    const other = ipv6RangeOf(subnet)
    return other !== undefined && (has6(other, cidr.base) || has6(cidr, other.base))
  })
  return overlaps6
    ? yield* fault("InvalidSubnet.Conflict", `The CIDR '${text}' conflicts with another subnet`)
    : cidr.text
})

export const handlers: Ec2Handlers = {
  CreateSubnet: Effect.fnUntraced(function*(input, state, context) {
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    const cidr = yield* parseCidr(yield* required(input.CidrBlock, "cidrBlock"), "InvalidSubnet.Range")
    const zone = yield* zoneOf(context, input)
    if (!cidrsOf(vpc).some((range) => contains(range, cidr))) {
      return yield* fault("InvalidSubnet.Range", `The CIDR '${input.CidrBlock}' is invalid.`)
    }
    if (inVpc(state.subnets, vpc.VpcId).some(({ CidrBlock }) => overlaps(cidr, cidrOf(CidrBlock)!))) {
      return yield* fault("InvalidSubnet.Conflict", `The CIDR '${input.CidrBlock}' conflicts with another subnet`)
    }
    const ipv6 = yield* ipv6Of(state, vpc, input.Ipv6CidrBlock)
    const tags = yield* newTags(input.TagSpecifications, "subnet")
    return { Subnet: addSubnet(state, context, { vpcId: vpc.VpcId, cidr, zone, ipv6, tags, isDefault: false }) }
  }),

  DescribeSubnets: Effect.fnUntraced(function*(input, state, context) {
    const [Subnets, NextToken] = yield* describe(state, context, subnets, {
      input,
      ids: input.SubnetIds,
      idsName: "subnetIds",
      filters: input.Filters,
      supported: subnetFilters
    })
    return { Subnets: [...Subnets], NextToken }
  }),

  DeleteSubnet: Effect.fnUntraced(function*(input, state) {
    const { SubnetId } = yield* find(state, subnets, input.SubnetId, "subnetId")
    if (state.usedAddresses.get(SubnetId)!.size > 0) return yield* dependency("subnet", SubnetId)
    state.subnets.delete(SubnetId)
    state.usedAddresses.delete(SubnetId)
    return {}
  })
}

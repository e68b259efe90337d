/** In-memory EC2: subnets. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { type Cidr, cidr6Of, cidrOf, cidrsOf, contains, has6, overlaps, parseCidr } from "./cidr.ts"
import { arnOf, ipv6RangeOf } from "./enis.ts"
import { combination, dependency, fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { find, subnets, vpcs } from "./kinds.ts"
import { forgetInAcls, protect } from "./networkAcls.ts"
import { forgetInTables } from "./routeTables.ts"
import type { Ec2Handlers, State, Subnet, Vpc } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"
import { inVpc } from "./vpcs.ts"
import { type Zone, zonesOf } from "./zones.ts"

const ipv6Association = (context: HandlerContext, range: string): sdk.SubnetIpv6CidrBlockAssociation => ({
  AssociationId: context.id("subnet-cidr-assoc-", 17),
  Ipv6CidrBlock: range,
  Ipv6CidrBlockState: { State: "associated" },
  Ipv6AddressAttribute: "public",
  IpSource: "amazon"
})

/** A subnet as AWS answers it: without a range of IPv4 addresses if it has IPv6 addresses only. */
const described = ({ CidrBlock, Tags, ...subnet }: Subnet): sdk.Subnet => ({
  ...(CidrBlock !== "" && { CidrBlock }),
  ...subnet,
  ...tagsIfAny(Tags)
})

export const addSubnet = (state: State, context: HandlerContext, options: {
  readonly vpcId: string
  /** `undefined` for a subnet that has IPv6 addresses only. */
  readonly cidr: Cidr | undefined
  readonly zone: Zone
  readonly ipv6?: string | undefined
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly isDefault: boolean
}): Subnet => {
  const SubnetId = context.id("subnet-", 17)
  const subnet: Subnet = {
    SubnetId,
    VpcId: options.vpcId,
    CidrBlock: options.cidr?.text ?? "",
    AvailabilityZone: options.zone.name,
    AvailabilityZoneId: options.zone.id,
    // AWS reserves five addresses.
    AvailableIpAddressCount: options.cidr === undefined ? 0 : options.cidr.size - 5,
    AssignIpv6AddressOnCreation: options.cidr === undefined,
    DefaultForAz: options.isDefault,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: options.ipv6 === undefined ? [] : [ipv6Association(context, options.ipv6)],
    Ipv6Native: options.cidr === undefined,
    MapCustomerOwnedIpOnLaunch: false,
    MapPublicIpOnLaunch: options.isDefault,
    OwnerId: context.account,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: options.cidr === undefined ? "resource-name" : "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false
    },
    State: "available",
    SubnetArn: arnOf(context, `subnet/${SubnetId}`),
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.subnets.set(SubnetId, subnet)
  state.usedAddresses.set(SubnetId, new Set())
  protect(state, context, subnet)
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

/** Checks the range of IPv4 addresses that a subnet is to have. A subnet for IPv6 only has none. */
const ipv4Of = Effect.fnUntraced(function*(state: State, vpc: Vpc, input: sdk.CreateSubnetRequest) {
  const { CidrBlock, Ipv6CidrBlock, Ipv6Native = false } = input
  const either = (version: number) =>
    fault(
      "MissingParameter",
      `Either '${version === 4 ? "c" : "ipv6C"}idrBlock' or 'ipv${version}IpamPoolId' should be provided.`
    )
  if (Ipv6Native) {
    if (Ipv6CidrBlock === undefined) return yield* either(6)
    return CidrBlock === undefined ? undefined : yield* combination(
      "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true."
    )
  }
  if (CidrBlock === undefined || CidrBlock === "") return yield* either(4)
  const cidr = yield* parseCidr(CidrBlock, "InvalidSubnet.Range")
  if (!cidrsOf(vpc).some((range) => contains(range, cidr))) {
    return yield* fault("InvalidSubnet.Range", `The CIDR '${CidrBlock}' is invalid.`)
  }
  const isTaken = inVpc(state.subnets, vpc.VpcId).some((subnet) => {
    const other = cidrOf(subnet.CidrBlock)
    return other !== undefined && overlaps(cidr, other)
  })
  return isTaken
    ? yield* fault("InvalidSubnet.Conflict", `The CIDR '${CidrBlock}' conflicts with another subnet`)
    : cidr
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

/** The attribute that a request sets: how to set it, and how many attributes the request names. */
const attributeOf = Effect.fnUntraced(function*(subnet: Subnet, input: sdk.ModifySubnetAttributeRequest) {
  const changes: Array<() => void> = []
  const options = subnet.PrivateDnsNameOptionsOnLaunch
  const flags = [
    [input.AssignIpv6AddressOnCreation, (value: boolean) => subnet.AssignIpv6AddressOnCreation = value],
    [input.EnableDns64, (value: boolean) => subnet.EnableDns64 = value],
    [input.EnableResourceNameDnsARecordOnLaunch, (value: boolean) => options.EnableResourceNameDnsARecord = value],
    [
      input.EnableResourceNameDnsAAAARecordOnLaunch,
      (value: boolean) => options.EnableResourceNameDnsAAAARecord = value
    ],
    [input.MapPublicIpOnLaunch, (value: boolean) => subnet.MapPublicIpOnLaunch = value]
  ] as const
  for (const [attribute, set] of flags) {
    if (attribute === undefined) continue
    const value = yield* required(attribute.Value, "value")
    changes.push(() => set(value))
  }
  if (input.AssignIpv6AddressOnCreation?.Value === true && subnet.Ipv6CidrBlockAssociationSet.length === 0) {
    return yield* fault(
      "InvalidParameterValue",
      `Invalid value 'true' for assignIpv6AddressOnCreation. Subnet must have an IPv6 CIDR block.`
    )
  }
  if (input.PrivateDnsHostnameTypeOnLaunch !== undefined) {
    const type = yield* oneOf(input.PrivateDnsHostnameTypeOnLaunch, "privateDnsHostnameTypeOnLaunch", {
      here: ["ip-name"],
      onAws: ["resource-name"]
    })
    changes.push(() => options.HostnameType = type)
  }
  return { count: changes.length, change: () => changes.forEach((change) => change()) }
})

export const handlers: Ec2Handlers = {
  CreateSubnet: Effect.fnUntraced(function*(input, state, context) {
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    const cidr = yield* ipv4Of(state, vpc, input)
    const zone = yield* zoneOf(context, input)
    const ipv6 = yield* ipv6Of(state, vpc, input.Ipv6CidrBlock)
    const tags = yield* newTags(input.TagSpecifications, "subnet")
    return {
      Subnet: described(addSubnet(state, context, { vpcId: vpc.VpcId, cidr, zone, ipv6, tags, isDefault: false }))
    }
  }),

  DescribeSubnets: Effect.fnUntraced(function*(input, state, context) {
    const [Subnets, NextToken] = yield* describe(state, context, subnets, {
      input,
      ids: input.SubnetIds,
      idsName: "subnetIds",
      filters: input.Filters,
      supported: subnetFilters
    })
    return { Subnets: Subnets.map(described), NextToken }
  }),

  AssociateSubnetCidrBlock: Effect.fnUntraced(function*(input, state, context) {
    const subnet = yield* find(state, subnets, input.SubnetId, "subnetId")
    const wanted = yield* required(input.Ipv6CidrBlock, "ipv6CidrBlock")
    if (subnet.Ipv6CidrBlockAssociationSet.length > 0) {
      return yield* fault(
        "CidrLimitExceeded",
        `This subnet ${subnet.SubnetId} has met its maximum number of allowed IPv6 CIDRs: 1`
      )
    }
    const range = yield* ipv6Of(state, state.vpcs.get(subnet.VpcId)!, wanted)
    const association = ipv6Association(context, range!)
    subnet.Ipv6CidrBlockAssociationSet.push(association)
    return {
      SubnetId: subnet.SubnetId,
      Ipv6CidrBlockAssociation: { ...association, Ipv6CidrBlockState: { State: "associating" } }
    }
  }),

  DisassociateSubnetCidrBlock: Effect.fnUntraced(function*(input, state) {
    const id = yield* required(input.AssociationId, "associationId")
    const isIt = ({ AssociationId }: sdk.SubnetIpv6CidrBlockAssociation) => AssociationId === id
    const subnet = [...state.subnets.values()].find((one) => one.Ipv6CidrBlockAssociationSet.some(isIt))
    if (subnet === undefined) {
      return yield* fault(
        "InvalidSubnetCidrBlockAssociationID.NotFound",
        `The subnet CIDR block with association ID '${id}' does not exist`
      )
    }
    const association = subnet.Ipv6CidrBlockAssociationSet.find(isIt)!
    const isUsed = [...state.enis.values()].some(({ Ipv6Addresses, SubnetId }) =>
      SubnetId === subnet.SubnetId && Ipv6Addresses.length > 0
    )
    if (isUsed || subnet.Ipv6Native === true) {
      return yield* fault(
        "InvalidCidrBlock.InUse",
        `The subnet ${subnet.SubnetId} uses the CIDR block ${association.Ipv6CidrBlock}`
      )
    }
    subnet.Ipv6CidrBlockAssociationSet = []
    subnet.AssignIpv6AddressOnCreation = false
    return {
      SubnetId: subnet.SubnetId,
      Ipv6CidrBlockAssociation: { ...association, Ipv6CidrBlockState: { State: "disassociating" } }
    }
  }),

  ModifySubnetAttribute: Effect.fnUntraced(function*(input, state) {
    const subnet = yield* find(state, subnets, input.SubnetId, "subnetId")
    const { change, count } = yield* attributeOf(subnet, input)
    if (count !== 1) {
      return yield* count === 0
        ? missing("attribute")
        : combination("Fields for multiple attribute types specified")
    }
    change()
    return {}
  }),

  DeleteSubnet: Effect.fnUntraced(function*(input, state) {
    const { SubnetId } = yield* find(state, subnets, input.SubnetId, "subnetId")
    const isUsed = state.usedAddresses.get(SubnetId)!.size > 0 ||
      [...state.enis.values()].some((eni) => eni.SubnetId === SubnetId)
    if (isUsed) return yield* dependency("subnet", SubnetId)
    state.subnets.delete(SubnetId)
    forgetInTables(state, SubnetId)
    forgetInAcls(state, SubnetId)
    state.usedAddresses.delete(SubnetId)
    return {}
  })
}

/** In-memory EC2: VPCs, subnets, network interfaces, security groups, addresses, NAT gateways, endpoints and zones. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ec2 from "./Ec2State.ts"
import type { HandlerContext } from "./Service.ts"

/** How long a CIDR block takes from `associating` to `associated`, and from `disassociating` until it is gone. */
const ASSOCIATE = Ec2.seconds(5)
/** How long a gateway or an endpoint takes from `pending` to `available`, and from `deleting` to `deleted`. */
const GATEWAY = Ec2.seconds(60)
/** How long a deleted or failed NAT gateway stays listed. */
const LISTED = Ec2.seconds(3600)

const regions = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2"
]

// The short form of a region in the ids of its zones: use1 for us-east-1, apne1 for ap-northeast-1.
const shortRegion = (region: string) =>
  region.replace(/(north|south|east|west|central|gov)/g, ([initial]) => initial!).replaceAll("-", "")

const zonesOf = (region: string) =>
  Array.from(region === "us-east-1" ? "abcdef" : "abc", (letter, index) => ({
    name: region + letter,
    id: `${shortRegion(region)}-az${index + 1}`
  }))

const addVpc = (state: Ec2.State, context: HandlerContext, vpc: {
  readonly cidr: string
  readonly tenancy: sdk.Tenancy
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly isDefault: boolean
}): Ec2.Vpc => {
  const VpcId = context.id("vpc-", 17)
  const added: Ec2.Vpc = {
    VpcId,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [{
      AssociationId: context.id("vpc-cidr-assoc-", 17),
      CidrBlock: vpc.cidr,
      CidrBlockState: { State: "associated" }
    }],
    DhcpOptionsId: context.id("dopt-", 17),
    InstanceTenancy: vpc.tenancy,
    Ipv6CidrBlockAssociationSet: [],
    IsDefault: vpc.isDefault,
    OwnerId: context.account,
    State: "available",
    Tags: [...vpc.tags]
  }
  state.vpcs.set(VpcId, added)
  addGroup(state, context, { name: "default", description: "default VPC security group", vpcId: VpcId, tags: [] })
  return added
}

const addSubnet = (state: Ec2.State, context: HandlerContext, subnet: {
  readonly vpcId: string
  readonly cidr: Ec2.Cidr
  readonly zone: { readonly name: string; readonly id: string }
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly isDefault: boolean
}): Ec2.Subnet => {
  const SubnetId = context.id("subnet-", 17)
  const added: Ec2.Subnet = {
    SubnetId,
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidr.text,
    AvailabilityZone: subnet.zone.name,
    AvailabilityZoneId: subnet.zone.id,
    AvailableIpAddressCount: subnet.cidr.size - 5,
    AssignIpv6AddressOnCreation: false,
    DefaultForAz: subnet.isDefault,
    EnableDns64: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    MapCustomerOwnedIpOnLaunch: false,
    MapPublicIpOnLaunch: subnet.isDefault,
    OwnerId: context.account,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: "ip-name",
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false
    },
    State: "available",
    SubnetArn: Ec2.arnOf(`subnet/${SubnetId}`, context),
    Tags: [...subnet.tags]
  }
  state.subnets.set(SubnetId, added)
  state.usedAddresses.set(SubnetId, new Set())
  return added
}

const addGroup = (state: Ec2.State, context: HandlerContext, group: {
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly tags: ReadonlyArray<sdk.Tag>
}): Ec2.Group => {
  const GroupId = context.id("sg-", 17)
  const all = { IpProtocol: "-1", IpRanges: [], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] }
  const added: Ec2.Group = {
    GroupId,
    GroupName: group.name,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: context.account,
    IpPermissions: group.name === "default"
      ? [{ ...all, UserIdGroupPairs: [{ GroupId, UserId: context.account }] }]
      : [],
    IpPermissionsEgress: [{ ...all, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    SecurityGroupArn: Ec2.arnOf(`security-group/${GroupId}`, context),
    Tags: [...group.tags]
  }
  state.groups.set(GroupId, added)
  return added
}

/** Creates, once, the default VPC that every account has in every region, with a subnet in each zone. */
export const prepare = (state: Ec2.State, context: HandlerContext): void => {
  if (state.isPrepared) return
  state.isPrepared = true
  const { VpcId } = addVpc(state, context, { cidr: "172.31.0.0/16", tenancy: "default", tags: [], isDefault: true })
  zonesOf(context.region).forEach((zone, index) => {
    const cidr = Ec2.cidrOf(`172.31.${index * 16}.0/20`)!
    addSubnet(state, context, { vpcId: VpcId, cidr, zone, tags: [], isDefault: true })
  })
}

const inVpc = <A extends { readonly VpcId?: string | undefined }>(all: Map<string, A>, id: string) =>
  [...all.values()].filter(({ VpcId }) => VpcId === id)

const cidrsOf = ({ CidrBlockAssociationSet }: Ec2.Vpc): ReadonlyArray<Ec2.Cidr> =>
  CidrBlockAssociationSet.flatMap(({ CidrBlock = "", CidrBlockState }) =>
    CidrBlockState?.State === "disassociating" ? [] : Ec2.cidrOf(CidrBlock) ?? []
  )

const zoneOf = Effect.fnUntraced(
  function*({ region }: HandlerContext, { AvailabilityZone, AvailabilityZoneId }: sdk.CreateSubnetRequest) {
    const zone = zonesOf(region).find(({ id, name }) =>
      AvailabilityZone === undefined
        ? AvailabilityZoneId === undefined || id === AvailabilityZoneId
        : name === AvailabilityZone
    )
    return zone ?? (yield* Ec2.invalidValue(
      AvailabilityZone ?? AvailabilityZoneId,
      "availabilityZone",
      `Subnets can currently only be created in the following availability zones: ${
        zonesOf(region).map(({ name }) => name).join(", ")
      }.`
    ))
  }
)

// AWS answers values that the SDK's types lack: `nat_gateway`, the status `pending`, endpoint states in lower case.
const toSdkEni = (eni: Omit<Ec2.Eni, "Status"> & { readonly Status?: string | undefined }) =>
  eni as sdk.NetworkInterface
const toSdkEndpoint = (endpoint: Omit<Ec2.Endpoint, "State">): sdk.VpcEndpoint => endpoint

const freeAddresses = (state: Ec2.State, gateway: Ec2.NatGateway) => {
  for (const { AllocationId, NetworkInterfaceId } of gateway.NatGatewayAddresses) {
    const eni = state.enis.get(NetworkInterfaceId ?? "")
    if (eni !== undefined) Ec2.removeEni(state, eni)
    const address = state.addresses.get(AllocationId ?? "")
    if (address !== undefined) {
      Object.assign(address, {
        AssociationId: undefined,
        NetworkInterfaceId: undefined,
        NetworkInterfaceOwnerId: undefined,
        PrivateIpAddress: undefined
      })
    }
  }
}

const unlistLater = (state: Ec2.State, gateway: Ec2.NatGateway, at: number) =>
  Ec2.schedule(state, at + LISTED, () => state.natGateways.delete(gateway.NatGatewayId))

const vpcFilters: Ec2.Filters<Ec2.Vpc> = {
  "vpc-id": (vpc) => vpc.VpcId,
  cidr: (vpc) => vpc.CidrBlock,
  "cidr-block": (vpc) => vpc.CidrBlock,
  cidrBlock: (vpc) => vpc.CidrBlock,
  "cidr-block-association.cidr-block": (vpc) => vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => CidrBlock),
  "cidr-block-association.association-id": (vpc) =>
    vpc.CidrBlockAssociationSet.map(({ AssociationId }) => AssociationId),
  "cidr-block-association.state": (vpc) =>
    vpc.CidrBlockAssociationSet.map(({ CidrBlockState }) => CidrBlockState?.State),
  "dhcp-options-id": (vpc) => vpc.DhcpOptionsId,
  "is-default": (vpc) => vpc.IsDefault,
  isDefault: (vpc) => vpc.IsDefault,
  "owner-id": (vpc) => vpc.OwnerId,
  state: (vpc) => vpc.State
}

const subnetFilters: Ec2.Filters<Ec2.Subnet> = {
  "subnet-id": (subnet) => subnet.SubnetId,
  "subnet-arn": (subnet) => subnet.SubnetArn,
  "vpc-id": (subnet) => subnet.VpcId,
  cidr: (subnet) => subnet.CidrBlock,
  "cidr-block": (subnet) => subnet.CidrBlock,
  cidrBlock: (subnet) => subnet.CidrBlock,
  "availability-zone": (subnet) => subnet.AvailabilityZone,
  availabilityZone: (subnet) => subnet.AvailabilityZone,
  "availability-zone-id": (subnet) => subnet.AvailabilityZoneId,
  "available-ip-address-count": (subnet) => subnet.AvailableIpAddressCount,
  "default-for-az": (subnet) => subnet.DefaultForAz,
  defaultForAz: (subnet) => subnet.DefaultForAz,
  "map-public-ip-on-launch": (subnet) => subnet.MapPublicIpOnLaunch,
  "owner-id": (subnet) => subnet.OwnerId,
  state: (subnet) => subnet.State
}

const eniFilters: Ec2.Filters<Ec2.Eni> = {
  "network-interface-id": (eni) => eni.NetworkInterfaceId,
  "subnet-id": (eni) => eni.SubnetId,
  "vpc-id": (eni) => eni.VpcId,
  "availability-zone": (eni) => eni.AvailabilityZone,
  "availability-zone-id": (eni) => eni.AvailabilityZoneId,
  "addresses.private-ip-address": (eni) => eni.PrivateIpAddress,
  "addresses.primary": () => true,
  "association.allocation-id": (eni) => eni.Association?.AllocationId,
  "association.public-ip": (eni) => eni.Association?.PublicIp,
  "attachment.attachment-id": (eni) => eni.Attachment?.AttachmentId,
  "attachment.attach-time": (eni) => eni.Attachment?.AttachTime?.toISOString(),
  "attachment.delete-on-termination": (eni) => eni.Attachment?.DeleteOnTermination,
  "attachment.device-index": (eni) => eni.Attachment?.DeviceIndex,
  "attachment.instance-id": (eni) => eni.Attachment?.InstanceId,
  "attachment.instance-owner-id": (eni) => eni.Attachment?.InstanceOwnerId,
  "attachment.status": (eni) => eni.Attachment?.Status,
  description: (eni) => eni.Description,
  "group-id": (eni) => eni.Groups.map(({ GroupId }) => GroupId),
  "group-name": (eni) => eni.Groups.map(({ GroupName }) => GroupName),
  "interface-type": (eni) => eni.InterfaceType,
  "mac-address": (eni) => eni.MacAddress,
  "owner-id": (eni) => eni.OwnerId,
  "private-dns-name": (eni) => eni.PrivateDnsName,
  "private-ip-address": (eni) => eni.PrivateIpAddress,
  "requester-id": (eni) => eni.RequesterId,
  "requester-managed": (eni) => eni.RequesterManaged,
  "source-dest-check": (eni) => eni.SourceDestCheck,
  status: (eni) => eni.Status
}

const groupFilters: Ec2.Filters<Ec2.Group> = {
  "group-id": (group) => group.GroupId,
  "group-name": (group) => group.GroupName,
  description: (group) => group.Description,
  "owner-id": (group) => group.OwnerId,
  "vpc-id": (group) => group.VpcId
}

const natGatewayFilters: Ec2.Filters<Ec2.NatGateway> = {
  "nat-gateway-id": (gateway) => gateway.NatGatewayId,
  state: (gateway) => gateway.State,
  "subnet-id": (gateway) => gateway.SubnetId,
  "vpc-id": (gateway) => gateway.VpcId
}

const addressFilters: Ec2.Filters<Ec2.Address> = {
  "allocation-id": (address) => address.AllocationId,
  "association-id": (address) => address.AssociationId,
  domain: (address) => address.Domain,
  "network-border-group": (address) => address.NetworkBorderGroup,
  "network-interface-id": (address) => address.NetworkInterfaceId,
  "network-interface-owner-id": (address) => address.NetworkInterfaceOwnerId,
  "private-ip-address": (address) => address.PrivateIpAddress,
  "public-ip": (address) => address.PublicIp
}

const endpointFilters: Ec2.Filters<Ec2.Endpoint> = {
  "vpc-endpoint-id": (endpoint) => endpoint.VpcEndpointId,
  "vpc-endpoint-state": (endpoint) => endpoint.State,
  "vpc-endpoint-type": (endpoint) => endpoint.VpcEndpointType,
  "service-name": (endpoint) => endpoint.ServiceName,
  "vpc-id": (endpoint) => endpoint.VpcId
}

export const handlers: Ec2.Ec2Handlers = {
  CreateVpc: Effect.fnUntraced(function*(input, state, context) {
    if (input.CidrBlock === undefined || input.CidrBlock === "") {
      return yield* Ec2.fault("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    }
    const cidr = yield* Ec2.parseCidr(input.CidrBlock, "InvalidVpc.Range")
    const tenancy = input.InstanceTenancy ?? "default"
    if (tenancy !== "default" && tenancy !== "dedicated") {
      return yield* Ec2.invalidValue(tenancy, "instanceTenancy", "Use default or dedicated.")
    }
    const tags = yield* Ec2.newTags(input.TagSpecifications, "vpc")
    const vpc = addVpc(state, context, { cidr: cidr.text, tenancy, tags, isDefault: false })
    return { Vpc: { ...structuredClone(vpc), State: "pending" } }
  }),

  DescribeVpcs: Effect.fnUntraced(function*(input, state, context) {
    const [Vpcs, NextToken] = yield* Ec2.describe(state, context, Ec2.vpcs, {
      input,
      ids: input.VpcIds,
      idsName: "vpcIds",
      filters: input.Filters,
      supported: vpcFilters
    })
    return { Vpcs, NextToken }
  }),

  DeleteVpc: Effect.fnUntraced(function*(input, state) {
    const { VpcId } = yield* Ec2.find(state, Ec2.vpcs, input.VpcId, "vpcId")
    const groups = inVpc(state.groups, VpcId)
    if (
      inVpc(state.subnets, VpcId).length > 0 || inVpc(state.endpoints, VpcId).length > 0 ||
      groups.some(({ GroupName }) => GroupName !== "default")
    ) {
      return yield* Ec2.dependency("vpc", VpcId)
    }
    for (const { GroupId } of groups) state.groups.delete(GroupId)
    state.vpcs.delete(VpcId)
    return {}
  }),

  AssociateVpcCidrBlock: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const vpc = yield* Ec2.find(state, Ec2.vpcs, input.VpcId, "vpcId")
    const cidr = yield* Ec2.parseCidr(yield* Ec2.required(input.CidrBlock, "cidrBlock"), "InvalidVpc.Range")
    if (cidrsOf(vpc).some((other) => Ec2.overlaps(cidr, other))) {
      return yield* Ec2.fault("InvalidVpc.Range", `The CIDR '${cidr.text}' overlaps with another one of the VPC.`)
    }
    const association: sdk.VpcCidrBlockAssociation = {
      AssociationId: context.id("vpc-cidr-assoc-", 17),
      CidrBlock: cidr.text,
      CidrBlockState: { State: "associating" }
    }
    vpc.CidrBlockAssociationSet.push(association)
    Ec2.schedule(state, now + ASSOCIATE, () => {
      if (association.CidrBlockState?.State === "associating") association.CidrBlockState = { State: "associated" }
    })
    return { CidrBlockAssociation: structuredClone(association), VpcId: vpc.VpcId }
  }),

  DisassociateVpcCidrBlock: Effect.fnUntraced(function*(input, state) {
    const now = yield* Clock.currentTimeMillis
    const id = yield* Ec2.required(input.AssociationId, "associationId")
    const has = (vpc: Ec2.Vpc) => vpc.CidrBlockAssociationSet.find(({ AssociationId }) => AssociationId === id)
    const vpc = [...state.vpcs.values()].find(has)
    const association = vpc && has(vpc)
    if (vpc === undefined || association === undefined) {
      return yield* Ec2.fault(
        "InvalidVpcCidrBlockAssociationID.NotFound",
        `The vpc CIDR block association ID '${id}' does not exist`
      )
    }
    if (association.CidrBlock === vpc.CidrBlock) {
      return yield* Ec2.fault(
        "OperationNotPermitted",
        `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`
      )
    }
    const cidr = Ec2.cidrOf(association.CidrBlock ?? "")!
    if (inVpc(state.subnets, vpc.VpcId).some(({ CidrBlock }) => Ec2.contains(cidr, Ec2.cidrOf(CidrBlock)!))) {
      return yield* Ec2.fault(
        "InvalidCidrBlock.InUse",
        `The vpc currently has a subnet within CIDR block ${association.CidrBlock}`
      )
    }
    association.CidrBlockState = { State: "disassociating" }
    Ec2.schedule(state, now + ASSOCIATE, () => {
      vpc.CidrBlockAssociationSet = vpc.CidrBlockAssociationSet.filter((other) => other !== association)
    })
    return { CidrBlockAssociation: structuredClone(association), VpcId: vpc.VpcId }
  }),

  CreateSubnet: Effect.fnUntraced(function*(input, state, context) {
    const vpc = yield* Ec2.find(state, Ec2.vpcs, input.VpcId, "vpcId")
    const cidr = yield* Ec2.parseCidr(yield* Ec2.required(input.CidrBlock, "cidrBlock"), "InvalidSubnet.Range")
    const zone = yield* zoneOf(context, input)
    if (!cidrsOf(vpc).some((range) => Ec2.contains(range, cidr))) {
      return yield* Ec2.fault("InvalidSubnet.Range", `The CIDR '${input.CidrBlock}' is invalid.`)
    }
    if (inVpc(state.subnets, vpc.VpcId).some(({ CidrBlock }) => Ec2.overlaps(cidr, Ec2.cidrOf(CidrBlock)!))) {
      return yield* Ec2.fault("InvalidSubnet.Conflict", `The CIDR '${input.CidrBlock}' conflicts with another subnet`)
    }
    const tags = yield* Ec2.newTags(input.TagSpecifications, "subnet")
    const subnet = addSubnet(state, context, { vpcId: vpc.VpcId, cidr, zone, tags, isDefault: false })
    return { Subnet: structuredClone(subnet) }
  }),

  DescribeSubnets: Effect.fnUntraced(function*(input, state, context) {
    const [Subnets, NextToken] = yield* Ec2.describe(state, context, Ec2.subnets, {
      input,
      ids: input.SubnetIds,
      idsName: "subnetIds",
      filters: input.Filters,
      supported: subnetFilters
    })
    return { Subnets, NextToken }
  }),

  DeleteSubnet: Effect.fnUntraced(function*(input, state) {
    const { SubnetId } = yield* Ec2.find(state, Ec2.subnets, input.SubnetId, "subnetId")
    if (state.usedAddresses.get(SubnetId)!.size > 0) return yield* Ec2.dependency("subnet", SubnetId)
    state.subnets.delete(SubnetId)
    state.usedAddresses.delete(SubnetId)
    return {}
  }),

  CreateNetworkInterface: (input, state, context) =>
    Ec2.idempotent(
      state,
      context,
      input,
      Effect.gen(function*() {
        const subnet = yield* Ec2.find(state, Ec2.subnets, input.SubnetId, "subnetId")
        const type = input.InterfaceType ?? "interface"
        if (!["interface", "branch", "efa", "efa-only", "trunk"].includes(type)) {
          return yield* Ec2.invalidValue(type, "interfaceType", "Use branch, efa, efa-only or trunk.")
        }
        const eni = yield* Ec2.addEni(state, context, {
          subnet,
          type,
          description: input.Description ?? "",
          groups: input.Groups,
          address: input.PrivateIpAddress,
          tags: yield* Ec2.newTags(input.TagSpecifications, "network-interface")
        })
        return () => ({
          NetworkInterface: toSdkEni({ ...structuredClone(eni), Status: "pending" }),
          ClientToken: Ec2.tokenOf(context)
        })
      })
    ),

  DescribeNetworkInterfaces: Effect.fnUntraced(function*(input, state, context) {
    const [NetworkInterfaces, NextToken] = yield* Ec2.describe(state, context, Ec2.enis, {
      input,
      ids: input.NetworkInterfaceIds,
      idsName: "networkInterfaceIds",
      filters: input.Filters,
      supported: eniFilters
    })
    return { NetworkInterfaces: NetworkInterfaces.map(toSdkEni), NextToken }
  }),

  DeleteNetworkInterface: Effect.fnUntraced(function*(input, state) {
    const eni = yield* Ec2.find(state, Ec2.enis, input.NetworkInterfaceId, "networkInterfaceId")
    if (eni.Status === "in-use") {
      return yield* Ec2.fault(
        "InvalidParameterValue",
        `Network interface '${eni.NetworkInterfaceId}' is currently in use.`
      )
    }
    Ec2.removeEni(state, eni)
    return {}
  }),

  CreateSecurityGroup: Effect.fnUntraced(function*(input, state, context) {
    const name = yield* Ec2.required(input.GroupName, "groupName")
    const description = yield* Ec2.required(input.Description, "groupDescription")
    const vpcId = input.VpcId ?? [...state.vpcs.values()].find(({ IsDefault }) => IsDefault)?.VpcId
    if (vpcId === undefined) return yield* Ec2.fault("VPCIdNotSpecified", "No default VPC for this user.")
    yield* Ec2.find(state, Ec2.vpcs, vpcId, "vpcId")
    if (name === "default") {
      return yield* Ec2.fault("InvalidGroup.Reserved", "Cannot use reserved security group name: default")
    }
    if (name.length > 255 || name.startsWith("sg-")) return yield* Ec2.invalidValue(name, "groupName")
    if (inVpc(state.groups, vpcId).some(({ GroupName }) => GroupName === name)) {
      return yield* Ec2.fault(
        "InvalidGroup.Duplicate",
        `The security group '${name}' already exists for VPC '${vpcId}'`
      )
    }
    const tags = yield* Ec2.newTags(input.TagSpecifications, "security-group")
    const group = addGroup(state, context, { name, description, vpcId, tags })
    return { GroupId: group.GroupId, SecurityGroupArn: group.SecurityGroupArn, Tags: structuredClone(group.Tags) }
  }),

  DescribeSecurityGroups: Effect.fnUntraced(function*(input, state, context) {
    const [SecurityGroups, NextToken] = yield* Ec2.describe(state, context, Ec2.groups, {
      input,
      ids: input.GroupIds,
      idsName: "groupIds",
      filters: input.Filters,
      supported: groupFilters
    })
    return { SecurityGroups, NextToken }
  }),

  DeleteSecurityGroup: Effect.fnUntraced(function*(input, state) {
    const { GroupId, GroupName } = yield* Ec2.find(state, Ec2.groups, input.GroupId, "groupId")
    if (GroupName === "default") {
      return yield* Ec2.fault(
        "CannotDelete",
        `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`
      )
    }
    if ([...state.enis.values()].some(({ Groups }) => Groups.some((group) => group.GroupId === GroupId))) {
      return yield* Ec2.fault("DependencyViolation", `resource ${GroupId} has a dependent object`)
    }
    state.groups.delete(GroupId)
    return { Return: true, GroupId }
  }),

  AllocateAddress: Effect.fnUntraced(function*(input, state, context) {
    const tags = yield* Ec2.newTags(input.TagSpecifications, "elastic-ip")
    const host = context.id("", 4).match(/../g)!.map((digits) => parseInt(digits, 16))
    const address: Ec2.Address = {
      AllocationId: context.id("eipalloc-", 17),
      Domain: "vpc",
      NetworkBorderGroup: context.region,
      PublicIp: Ec2.ip((52 * 2 ** 24) + (state.addresses.size % 256) * 2 ** 16 + host[0]! * 256 + host[1]!),
      PublicIpv4Pool: "amazon",
      Tags: tags
    }
    state.addresses.set(address.AllocationId, address)
    const { Tags: _, ...rest } = address
    return rest
  }),

  DescribeAddresses: Effect.fnUntraced(function*(input, state) {
    const { AllocationIds = [], Filters, PublicIps = [] } = input
    yield* Effect.forEach(AllocationIds, (id) => Ec2.find(state, Ec2.addresses, id, "allocationId"))
    const all = [...state.addresses.values()]
    for (const publicIp of PublicIps) {
      if (!all.some(({ PublicIp }) => PublicIp === publicIp)) {
        return yield* Ec2.fault("InvalidAddress.NotFound", `Address '${publicIp}' not found.`)
      }
    }
    const named = all.filter(({ AllocationId, PublicIp }) =>
      AllocationIds.length + PublicIps.length === 0 || AllocationIds.includes(AllocationId) ||
      PublicIps.includes(PublicIp)
    )
    return { Addresses: structuredClone(yield* Ec2.matching(named, Filters, addressFilters, ({ Tags }) => Tags)) }
  }),

  ReleaseAddress: Effect.fnUntraced(function*(input, state) {
    const address = yield* Ec2.find(state, Ec2.addresses, input.AllocationId, "allocationId")
    if (address.AssociationId !== undefined) {
      return yield* Ec2.fault("InvalidIPAddress.InUse", `Address ${address.PublicIp} is in use.`)
    }
    state.addresses.delete(address.AllocationId)
    return {}
  }),

  CreateNatGateway: (input, state, context) =>
    Ec2.idempotent(
      state,
      context,
      input,
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const subnet = yield* Ec2.find(state, Ec2.subnets, input.SubnetId, "subnetId")
        const ConnectivityType = input.ConnectivityType ?? "public"
        if (ConnectivityType === "private" && input.AllocationId !== undefined) {
          return yield* Ec2.fault(
            "InvalidParameterCombination",
            "The parameter AllocationId cannot be used with a private NAT gateway"
          )
        }
        const address = ConnectivityType === "private"
          ? undefined
          : yield* Ec2.find(state, Ec2.addresses, input.AllocationId, "AllocationId")
        const tags = yield* Ec2.newTags(input.TagSpecifications, "natgateway")
        const NatGatewayId = context.id("nat-", 17)
        const gateway: Ec2.NatGateway = {
          NatGatewayId,
          ConnectivityType,
          CreateTime: new Date(now),
          NatGatewayAddresses: [],
          State: "pending",
          SubnetId: subnet.SubnetId,
          VpcId: subnet.VpcId,
          Tags: tags
        }
        // AWS accepts an address that is in use, and the gateway fails later.
        if (address?.AssociationId !== undefined) {
          gateway.NatGatewayAddresses = [{ AllocationId: address.AllocationId, IsPrimary: true, Status: "failed" }]
          Ec2.schedule(state, now + GATEWAY, (at) => {
            gateway.State = "failed"
            gateway.FailureCode = "Resource.AlreadyAssociated"
            gateway.FailureMessage = `Elastic IP address [${address.AllocationId}] is already associated`
            // Otherwise deleting the gateway would free an address that belongs to another resource.
            gateway.NatGatewayAddresses = []
            unlistLater(state, gateway, at)
          })
        } else {
          const eni = yield* Ec2.addEni(state, context, {
            subnet,
            type: "nat_gateway",
            description: `Interface for NAT Gateway ${NatGatewayId}`,
            address: input.PrivateIpAddress,
            tags: [],
            managedBy: "amazon-nat-gateway"
          })
          const association = address === undefined ? {} : {
            AllocationId: address.AllocationId,
            AssociationId: context.id("eipassoc-", 17),
            PublicIp: address.PublicIp
          }
          if (address !== undefined) {
            Object.assign(address, association, {
              NetworkInterfaceId: eni.NetworkInterfaceId,
              NetworkInterfaceOwnerId: context.account,
              PrivateIpAddress: eni.PrivateIpAddress
            })
            eni.Association = { ...association, IpOwnerId: context.account }
          }
          gateway.NatGatewayAddresses = [{
            ...association,
            IsPrimary: true,
            NetworkInterfaceId: eni.NetworkInterfaceId,
            PrivateIp: eni.PrivateIpAddress,
            Status: "succeeded"
          }]
          Ec2.schedule(state, now + GATEWAY, () => {
            if (gateway.State === "pending") gateway.State = "available"
          })
        }
        state.natGateways.set(NatGatewayId, gateway)
        return () => ({ NatGateway: structuredClone(gateway), ClientToken: Ec2.tokenOf(context) })
      })
    ),

  DescribeNatGateways: Effect.fnUntraced(function*(input, state, context) {
    const [NatGateways, NextToken] = yield* Ec2.describe(state, context, Ec2.natGateways, {
      input,
      ids: input.NatGatewayIds,
      idsName: "natGatewayIds",
      filters: input.Filter,
      supported: natGatewayFilters
    })
    return { NatGateways, NextToken }
  }),

  DeleteNatGateway: Effect.fnUntraced(function*(input, state) {
    const now = yield* Clock.currentTimeMillis
    const gateway = yield* Ec2.find(state, Ec2.natGateways, input.NatGatewayId, "natGatewayId")
    if (gateway.State === "pending" || gateway.State === "available") {
      gateway.State = "deleting"
      gateway.DeleteTime = new Date(now)
      Ec2.schedule(state, now + GATEWAY, (at) => {
        gateway.State = "deleted"
        freeAddresses(state, gateway)
        unlistLater(state, gateway, at)
      })
    }
    return { NatGatewayId: gateway.NatGatewayId }
  }),

  CreateVpcEndpoint: (input, state, context) =>
    Ec2.idempotent(
      state,
      context,
      input,
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const vpc = yield* Ec2.find(state, Ec2.vpcs, input.VpcId, "vpcId")
        const ServiceName = yield* Ec2.required(input.ServiceName, "serviceName")
        const type = input.VpcEndpointType ?? "Gateway"
        if (type !== "Gateway" && type !== "Interface" && type !== "GatewayLoadBalancer") {
          return yield* Ec2.fault(
            "InvalidVpcEndpointType",
            `The in-memory EC2 does not support VPC endpoints of type ${type}.`
          )
        }
        if (!/^(aws|com|cn)\./.test(ServiceName)) {
          return yield* Ec2.fault("InvalidServiceName", `The Vpc Endpoint Service '${ServiceName}' does not exist`)
        }
        const SubnetIds = input.SubnetIds ?? []
        if (type === "GatewayLoadBalancer" && SubnetIds.length !== 1) {
          return yield* Ec2.fault("InvalidParameter", "A Gateway Load Balancer endpoint must be in exactly one subnet.")
        }
        const subnets = yield* Effect.forEach(
          SubnetIds,
          (id) => Ec2.find(state, Ec2.subnets, id, "subnetId")
        )
        if (subnets.some(({ VpcId }) => VpcId !== vpc.VpcId)) {
          return yield* Ec2.fault("InvalidParameter", `The subnets are not all in the VPC ${vpc.VpcId}.`)
        }
        const tags = yield* Ec2.newTags(input.TagSpecifications, "vpc-endpoint")
        const VpcEndpointId = context.id("vpce-", 17)
        const enis = yield* Effect.forEach(type === "Gateway" ? [] : subnets, (subnet) =>
          Ec2.addEni(state, context, {
            subnet,
            type: type === "Interface" ? "vpc_endpoint" : "gateway_load_balancer_endpoint",
            description: `VPC Endpoint Interface ${VpcEndpointId}`,
            groups: input.SecurityGroupIds,
            tags: [],
            managedBy: "amazon-vpce"
          }))
        const endpoint: Ec2.Endpoint = {
          VpcEndpointId,
          VpcEndpointType: type,
          VpcId: vpc.VpcId,
          ServiceName,
          State: type === "Gateway" ? "available" : "pending",
          RouteTableIds: input.RouteTableIds ?? [],
          SubnetIds: [...SubnetIds],
          Groups: (enis[0]?.Groups ?? []).map((group) => ({ ...group })),
          PrivateDnsEnabled: input.PrivateDnsEnabled ?? false,
          RequesterManaged: false,
          NetworkInterfaceIds: enis.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
          CreationTimestamp: new Date(now),
          OwnerId: context.account,
          Tags: tags
        }
        state.endpoints.set(VpcEndpointId, endpoint)
        Ec2.schedule(state, now + GATEWAY, () => {
          if (endpoint.State === "pending") endpoint.State = "available"
        })
        return () => ({ VpcEndpoint: toSdkEndpoint(structuredClone(endpoint)), ClientToken: Ec2.tokenOf(context) })
      })
    ),

  DescribeVpcEndpoints: Effect.fnUntraced(function*(input, state, context) {
    const [VpcEndpoints, NextToken] = yield* Ec2.describe(state, context, Ec2.endpoints, {
      input,
      ids: input.VpcEndpointIds,
      idsName: "vpcEndpointIds",
      filters: input.Filters,
      supported: endpointFilters
    })
    return { VpcEndpoints: VpcEndpoints.map(toSdkEndpoint), NextToken }
  }),

  DeleteVpcEndpoints: Effect.fnUntraced(function*(input, state) {
    const now = yield* Clock.currentTimeMillis
    const ids = yield* Ec2.required(input.VpcEndpointIds, "VpcEndpointId")
    const Unsuccessful: Array<sdk.UnsuccessfulItem> = []
    for (const id of ids) {
      const endpoint = state.endpoints.get(id)
      if (endpoint === undefined) {
        const Error = { Code: "InvalidVpcEndpoint.NotFound", Message: `The VpcEndpoint Id '${id}' does not exist` }
        Unsuccessful.push({ ResourceId: id, Error })
      } else if (endpoint.State !== "deleting") {
        endpoint.State = "deleting"
        Ec2.schedule(state, now + (endpoint.VpcEndpointType === "Gateway" ? 0 : GATEWAY), () => {
          for (const eni of endpoint.NetworkInterfaceIds) Ec2.removeEni(state, state.enis.get(eni)!)
          state.endpoints.delete(id)
        })
      }
    }
    return { Unsuccessful }
  }),

  DescribeAvailabilityZones: Effect.fnUntraced(function*(input, _, { region }) {
    const { Filters, ZoneIds = [], ZoneNames = [] } = input
    const all = zonesOf(region).map(({ id, name }): sdk.AvailabilityZone => ({
      ZoneName: name,
      ZoneId: id,
      RegionName: region,
      GroupName: `${region}-zg-1`,
      NetworkBorderGroup: region,
      ZoneType: "availability-zone",
      OptInStatus: "opt-in-not-required",
      State: "available",
      Messages: []
    }))
    const unknown = ZoneNames.find((name) => !all.some(({ ZoneName }) => ZoneName === name)) ??
      ZoneIds.find((id) => !all.some(({ ZoneId }) => ZoneId === id))
    if (unknown !== undefined) {
      return yield* Ec2.fault("InvalidParameterValue", `Invalid availability zone: [${unknown}]`)
    }
    const named = all.filter(({ ZoneId = "", ZoneName = "" }) =>
      ZoneNames.length + ZoneIds.length === 0 || ZoneNames.includes(ZoneName) || ZoneIds.includes(ZoneId)
    )
    const AvailabilityZones = yield* Ec2.matching(named, Filters, {
      "group-name": (zone) => zone.GroupName,
      message: () => undefined,
      "opt-in-status": (zone) => zone.OptInStatus,
      "parent-zone-id": () => undefined,
      "parent-zone-name": () => undefined,
      "region-name": (zone) => zone.RegionName,
      state: (zone) => zone.State,
      "zone-id": (zone) => zone.ZoneId,
      "zone-name": (zone) => zone.ZoneName,
      "zone-type": (zone) => zone.ZoneType
    })
    return { AvailabilityZones }
  }),

  DescribeRegions: Effect.fnUntraced(function*({ Filters, RegionNames = [] }) {
    const unknown = RegionNames.find((name) => !regions.includes(name))
    if (unknown !== undefined) return yield* Ec2.fault("InvalidParameterValue", `Invalid region name: [${unknown}]`)
    const named = regions.filter((name) => RegionNames.length === 0 || RegionNames.includes(name))
      .map((RegionName): sdk.Region => ({
        RegionName,
        Endpoint: `ec2.${RegionName}.amazonaws.com`,
        OptInStatus: "opt-in-not-required"
      }))
    const Regions = yield* Ec2.matching(named, Filters, {
      endpoint: (region) => region.Endpoint,
      "opt-in-status": (region) => region.OptInStatus,
      "region-name": (region) => region.RegionName
    })
    return { Regions }
  })
}

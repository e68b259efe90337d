/** In-memory EC2: VPCs. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { type Cidr, cidr6Of, cidrOf, cidrsOf, contains, has6, ip6, overlaps, parseCidr } from "./cidr.ts"
import { defaultOptions } from "./dhcpOptions.ts"
import { dependency, fault, invalidValue, missing, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { addGroup, removeGroup } from "./groups.ts"
import { find, vpcs } from "./kinds.ts"
import { addNetworkAcl } from "./networkAcls.ts"
import { isPeered } from "./peerings.ts"
import { addRouteTable } from "./routeTables.ts"
import { type Ec2Handlers, schedule, seconds, type State, type Vpc } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"
import { newAttributes } from "./vpcAttributes.ts"

/** How long a range takes from `associating` to `associated`, and from `disassociating` until it is gone. */
const ASSOCIATE = seconds(0.5)
const ASSOCIATE_IPV6 = seconds(5)

/** How many ranges of IPv4 addresses a VPC can have. */
const MAX_RANGES = 5

/** Ranges of which a VPC can have more only if its first range is one of them too. */
const exclusive = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16"].map((text) => cidrOf(text)!)
const DEFAULT = cidrOf("172.31.0.0/16")!
const FIRST = cidrOf("10.0.0.0/16")!
const FIRST_TWO = cidrOf("10.0.0.0/15")!

/** Whether AWS keeps a VPC from having a range besides those it has. */
const isRestricted = (vpc: Vpc, cidr: Cidr): boolean => {
  const primary = cidrOf(vpc.CidrBlock)!
  return exclusive.some((range) => contains(range, cidr) && !contains(range, primary)) ||
    (contains(DEFAULT, cidr) && !contains(DEFAULT, primary)) ||
    (contains(FIRST, cidr) && cidrsOf(vpc).some((range) => contains(FIRST_TWO, range)))
}

/** The first 32 bits of the ranges that Amazon gives to VPCs. */
const AMAZON = 0x2600_1f18n << 96n

/** A range of IPv6 addresses from Amazon's pool. */
const amazonRange = (context: HandlerContext, State: sdk.VpcCidrBlockStateCode): sdk.VpcIpv6CidrBlockAssociation => ({
  AssociationId: context.id("vpc-cidr-assoc-", 17),
  Ipv6CidrBlock: `${ip6(AMAZON | (BigInt(`0x${context.id("", 6)}`) << 72n))}/56`,
  Ipv6CidrBlockState: { State },
  NetworkBorderGroup: context.region,
  Ipv6Pool: "Amazon",
  Ipv6AddressAttribute: "public",
  IpSource: "amazon"
})

export const addVpc = (state: State, context: HandlerContext, options: {
  readonly cidr: string
  readonly tenancy: sdk.Tenancy
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly isDefault: boolean
  readonly hasIpv6: boolean
}): Vpc => {
  const VpcId = context.id("vpc-", 17)
  const vpc: Vpc = {
    VpcId,
    CidrBlock: options.cidr,
    CidrBlockAssociationSet: [{
      AssociationId: context.id("vpc-cidr-assoc-", 17),
      CidrBlock: options.cidr,
      CidrBlockState: { State: "associated" }
    }],
    DhcpOptionsId: defaultOptions(state, context),
    InstanceTenancy: options.tenancy,
    Ipv6CidrBlockAssociationSet: options.hasIpv6 ? [amazonRange(context, "associated")] : [],
    IsDefault: options.isDefault,
    OwnerId: context.account,
    State: "available",
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.vpcs.set(VpcId, vpc)
  state.vpcAttributes.set(VpcId, newAttributes(vpc))
  addRouteTable(state, context, vpc, { isMain: true, tags: [] })
  addNetworkAcl(state, context, vpc, { isDefault: true, tags: [] })
  addGroup(state, context, { name: "default", description: "default VPC security group", vpcId: VpcId, tags: [] })
  return vpc
}

export const inVpc = <A extends { readonly VpcId?: string | undefined }>(all: Map<string, A>, id: string) =>
  [...all.values()].filter(({ VpcId }) => VpcId === id)

const vpcFilters: Filters<Vpc> = {
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
  "ipv6-cidr-block-association.association-id": (vpc) =>
    vpc.Ipv6CidrBlockAssociationSet.map(({ AssociationId }) => AssociationId),
  "ipv6-cidr-block-association.ipv6-cidr-block": (vpc) =>
    vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  "ipv6-cidr-block-association.ipv6-pool": (vpc) => vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6Pool }) => Ipv6Pool),
  "ipv6-cidr-block-association.state": (vpc) =>
    vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State),
  "is-default": (vpc) => vpc.IsDefault,
  isDefault: (vpc) => vpc.IsDefault,
  "owner-id": (vpc) => vpc.OwnerId,
  state: (vpc) => vpc.State
}

/** Whether the request is for a range from Amazon's pool. */
const wantsIpv6 = Effect.fnUntraced(function*({ region }: HandlerContext, input: {
  readonly AmazonProvidedIpv6CidrBlock?: boolean | undefined
  readonly Ipv6CidrBlockNetworkBorderGroup?: string | undefined
}) {
  const group = input.Ipv6CidrBlockNetworkBorderGroup
  return group === undefined || group === region
    ? input.AmazonProvidedIpv6CidrBlock === true
    : yield* unsupported(
      `The in-memory EC2 has no network border group ${group}: leave out Ipv6CidrBlockNetworkBorderGroup.`
    )
})

/** Whether a gateway is attached to the VPC. */
const hasGateway = (state: State, vpcId: string): boolean => {
  const attachments: ReadonlyArray<{ readonly State?: string | undefined; readonly VpcId?: string | undefined }> = [
    ...[...state.internetGateways.values(), ...state.egressGateways.values()].flatMap((gateway) => gateway.Attachments),
    ...[...state.vpnGateways.values()].flatMap(({ VpcAttachments }) => VpcAttachments)
  ]
  return attachments.some(({ State, VpcId }) => VpcId === vpcId && State !== "detached")
}

/** A VPC as it is described. `CreateVpc` answers the empty lists too. */
const described = ({ Ipv6CidrBlockAssociationSet, Tags, ...vpc }: Vpc): sdk.Vpc => ({
  ...vpc,
  ...(Ipv6CidrBlockAssociationSet.length > 0 && { Ipv6CidrBlockAssociationSet }),
  ...tagsIfAny(Tags)
})

export const handlers: Ec2Handlers = {
  CreateVpc: Effect.fnUntraced(function*(input, state, context) {
    if (input.CidrBlock === undefined || input.CidrBlock === "") {
      return yield* fault("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    }
    const cidr = yield* parseCidr(input.CidrBlock, "InvalidVpc.Range")
    const tenancy = input.InstanceTenancy ?? "default"
    if (tenancy !== "default" && tenancy !== "dedicated") {
      return yield* invalidValue(tenancy, "instanceTenancy", "Use default or dedicated.")
    }
    const hasIpv6 = yield* wantsIpv6(context, input)
    const tags = yield* newTags(input.TagSpecifications, "vpc")
    const vpc = addVpc(state, context, { cidr: cidr.text, tenancy, tags, isDefault: false, hasIpv6 })
    return { Vpc: { ...vpc, State: "pending" } }
  }),

  DescribeVpcs: Effect.fnUntraced(function*(input, state, context) {
    const [Vpcs, NextToken] = yield* describe(state, context, vpcs, {
      input,
      ids: input.VpcIds,
      idsName: "vpcIds",
      filters: input.Filters,
      supported: vpcFilters
    })
    return { Vpcs: Vpcs.map(described), NextToken }
  }),

  DeleteVpc: Effect.fnUntraced(function*(input, state) {
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const groups = inVpc(state.groups, VpcId)
    const tables = inVpc(state.routeTables, VpcId)
    const acls = inVpc(state.networkAcls, VpcId)
    if (
      inVpc(state.subnets, VpcId).length > 0 || inVpc(state.endpoints, VpcId).length > 0 ||
      groups.some(({ GroupName }) => GroupName !== "default") || acls.some(({ IsDefault }) => IsDefault !== true) ||
      tables.some(({ Associations }) => !Associations.some(({ Main }) => Main)) || hasGateway(state, VpcId) ||
      isPeered(state, VpcId)
    ) {
      return yield* dependency("vpc", VpcId)
    }
    for (const group of groups) removeGroup(state, group)
    for (const { RouteTableId } of tables) state.routeTables.delete(RouteTableId)
    for (const { NetworkAclId } of acls) state.networkAcls.delete(NetworkAclId)
    state.vpcAttributes.delete(VpcId)
    state.vpcs.delete(VpcId)
    return {}
  }),

  AssociateVpcCidrBlock: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    const later = (id: string, after: number) =>
      schedule(state, now + context.takes(after), { kind: "cidr", vpc: vpc.VpcId, id, to: "associated" })
    if (yield* wantsIpv6(context, input)) {
      if (input.CidrBlock !== undefined) {
        return yield* fault(
          "InvalidParameterCombination",
          "The parameter amazonProvidedIpv6CidrBlock cannot be used with the parameter cidrBlock"
        )
      }
      const association = amazonRange(context, "associating")
      vpc.Ipv6CidrBlockAssociationSet.push(association)
      later(association.AssociationId!, ASSOCIATE_IPV6)
      return { Ipv6CidrBlockAssociation: { ...association }, VpcId: vpc.VpcId }
    }
    if (input.CidrBlock === undefined) {
      return yield* missing("cidrBlock or amazonProvidedIpv6CidrBlock")
    }
    const cidr = yield* parseCidr(input.CidrBlock, "InvalidVpc.Range")
    if (cidrsOf(vpc).some((other) => overlaps(cidr, other))) {
      return yield* fault("InvalidVpc.Range", `The CIDR '${cidr.text}' overlaps with another one of the VPC.`)
    }
    if (isRestricted(vpc, cidr)) {
      return yield* fault(
        "InvalidVpc.Range",
        `The CIDR '${cidr.text}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, ` +
          "or use a publicly-routable CIDR. For additional restrictions, see " +
          "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Subnets.html."
      )
    }
    if (vpc.CidrBlockAssociationSet.length >= MAX_RANGES) {
      return yield* fault(
        "CidrLimitExceeded",
        `This network ${vpc.VpcId} has met its maximum number of allowed CIDRs: ${MAX_RANGES}`
      )
    }
    const association: sdk.VpcCidrBlockAssociation = {
      AssociationId: context.id("vpc-cidr-assoc-", 17),
      CidrBlock: cidr.text,
      CidrBlockState: { State: "associating" }
    }
    vpc.CidrBlockAssociationSet.push(association)
    later(association.AssociationId!, ASSOCIATE)
    return { CidrBlockAssociation: { ...association }, VpcId: vpc.VpcId }
  }),

  DisassociateVpcCidrBlock: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const id = yield* required(input.AssociationId, "associationId")
    const inUse = (block: string) =>
      fault("InvalidCidrBlock.InUse", `The vpc currently has a subnet within CIDR block ${block}`)
    for (const vpc of state.vpcs.values()) {
      const gone = (after: number) =>
        schedule(state, now + context.takes(after), { kind: "cidr", vpc: vpc.VpcId, id, to: "disassociated" })
      const association = vpc.CidrBlockAssociationSet.find(({ AssociationId }) => AssociationId === id)
      if (association !== undefined) {
        const { CidrBlock = "" } = association
        if (CidrBlock === vpc.CidrBlock) {
          return yield* fault(
            "OperationNotPermitted",
            `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`
          )
        }
        const cidr = cidrOf(CidrBlock)!
        if (
          inVpc(state.subnets, vpc.VpcId).some((subnet) =>
            subnet.CidrBlock !== "" && contains(cidr, cidrOf(subnet.CidrBlock)!)
          )
        ) {
          return yield* inUse(CidrBlock)
        }
        association.CidrBlockState = { State: "disassociating" }
        gone(ASSOCIATE)
        return { CidrBlockAssociation: { ...association }, VpcId: vpc.VpcId }
      }
      const association6 = vpc.Ipv6CidrBlockAssociationSet.find(({ AssociationId }) => AssociationId === id)
      if (association6 !== undefined) {
        const { Ipv6CidrBlock = "" } = association6
        const range = cidr6Of(Ipv6CidrBlock)!
        const isUsed = inVpc(state.subnets, vpc.VpcId).some(({ Ipv6CidrBlockAssociationSet }) =>
          Ipv6CidrBlockAssociationSet.some((other) => has6(range, cidr6Of(other.Ipv6CidrBlock ?? "")!.base))
        )
        if (isUsed) return yield* inUse(Ipv6CidrBlock)
        association6.Ipv6CidrBlockState = { State: "disassociating" }
        gone(ASSOCIATE_IPV6)
        return { Ipv6CidrBlockAssociation: { ...association6 }, VpcId: vpc.VpcId }
      }
    }
    return yield* fault(
      "InvalidVpcCidrBlockAssociationID.NotFound",
      `The vpc CIDR block association ID '${id}' does not exist`
    )
  })
}

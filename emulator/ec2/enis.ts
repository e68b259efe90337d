/** In-memory EC2: how network interfaces are made, attached and removed. Instances, NAT gateways and endpoints have them too. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { address6Of, addressOf, type Cidr6, cidr6Of, cidrOf, has6, ip, ip6 } from "./cidr.ts"
import { combination, fault, invalidValue } from "./faults.ts"
import { findAll, groups } from "./kinds.ts"
import type { Address, Eni, EniType, State, Subnet } from "./state.ts"
import { hasPublicNames } from "./vpcAttributes.ts"

export const arnOf = (context: HandlerContext, resource: string) => context.arn("ec2", resource)

/** The part of private DNS names after the host's. */
export const privateDomain = ({ region }: HandlerContext) =>
  `${region === "us-east-1" ? "ec2" : `${region}.compute`}.internal`

export const privateName = (address: string, context: HandlerContext) =>
  `ip-${address.replaceAll(".", "-")}.${privateDomain(context)}`

const publicName = (address: string, { region }: HandlerContext) =>
  `ec2-${address.replaceAll(".", "-")}.${region === "us-east-1" ? "compute-1" : `${region}.compute`}.amazonaws.com`

/** A public IPv4 address that no interface and no Elastic IP address has. */
export const publicAddress = (state: State, context: HandlerContext): string => {
  for (;;) {
    const address = ip(52 * 2 ** 24 + parseInt(context.id("", 6), 16))
    const isTaken = [...state.addresses.values()].some(({ PublicIp }) => PublicIp === address) ||
      [...state.enis.values()].some(({ Association }) => Association?.PublicIp === address)
    if (!isTaken) return address
  }
}

/** What requests say about a new interface. */
export interface EniRequest {
  readonly Groups?: ReadonlyArray<string> | undefined
  readonly PrivateIpAddress?: string | undefined
  readonly PrivateIpAddresses?: ReadonlyArray<sdk.PrivateIpAddressSpecification> | undefined
  readonly SecondaryPrivateIpAddressCount?: number | undefined
  readonly Ipv6Addresses?: ReadonlyArray<sdk.InstanceIpv6Address> | undefined
  readonly Ipv6AddressCount?: number | undefined
  readonly ConnectionTrackingSpecification?: sdk.ConnectionTrackingSpecificationRequest | undefined
}

export const groupsIn = Effect.fnUntraced(
  function*(state: State, subnet: Subnet, ids: ReadonlyArray<string> | undefined) {
    if (ids === undefined || ids.length === 0) {
      return [...state.groups.values()].filter(({ GroupName, VpcId }) =>
        VpcId === subnet.VpcId && GroupName === "default"
      )
    }
    const found = yield* findAll(state, groups, ids, "groupId")
    const foreign = found.find(({ VpcId }) => VpcId !== subnet.VpcId)
    return foreign === undefined ? found : yield* fault(
      "InvalidParameter",
      `Security group ${foreign.GroupId} and subnet ${subnet.SubnetId} belong to different networks.`
    )
  }
)

const wantedAddress = Effect.fnUntraced(function*(subnet: Subnet, used: ReadonlySet<number>, wanted: string) {
  const { base, size } = cidrOf(subnet.CidrBlock)!
  const address = addressOf(wanted)
  // AWS reserves the first four addresses and the last one.
  if (address === undefined || address < base + 4 || address > base + size - 2) {
    return yield* invalidValue(
      wanted,
      "privateIpAddress",
      "Address does not fall within the subnet's address range or is reserved"
    )
  }
  return used.has(address)
    ? yield* fault("InvalidIPAddress.InUse", `The address '${wanted}' is in use.`)
    : address
})

/** The addresses that are wanted in a subnet, free ones in the places where none is named, and this many more free ones. */
export const chooseAddresses = Effect.fnUntraced(function*(
  state: State,
  subnet: Subnet,
  named: ReadonlyArray<string | undefined>,
  more = 0
) {
  if (!(more >= 0)) return yield* invalidValue(more, "secondaryPrivateIpAddressCount", "It must not be negative.")
  // First of all: a list of as many places as a request may ask for needs more memory than there is.
  if (named.length + more > subnet.AvailableIpAddressCount) {
    return yield* fault(
      "InsufficientFreeAddressesInSubnet",
      "The specified subnet does not have enough free addresses to satisfy the request."
    )
  }
  const used = new Set(state.usedAddresses.get(subnet.SubnetId))
  const wanted = [...named, ...Array.from({ length: more }, () => undefined)]
  const taken = new Map<number, number>()
  for (const [index, address] of wanted.entries()) {
    if (address !== undefined) {
      const number = yield* wantedAddress(subnet, used, address)
      used.add(number)
      taken.set(index, number)
    }
  }
  const { base, size } = cidrOf(subnet.CidrBlock)!
  return wanted.map((_, index) => {
    let address = taken.get(index)
    if (address === undefined) {
      // The addresses in use are mostly the first ones, so skipping that many usually finds a free one at once.
      address = base + 4 + used.size % (size - 5)
      while (used.has(address)) address = address === base + size - 2 ? base + 4 : address + 1
      used.add(address)
    }
    return address
  })
})

/** The interface's private addresses, the primary one first. */
const privateAddresses = Effect.fnUntraced(function*(state: State, subnet: Subnet, request: EniRequest) {
  const { PrivateIpAddress, PrivateIpAddresses = [], SecondaryPrivateIpAddressCount: count } = request
  const given = PrivateIpAddresses.map(({ Primary = false, PrivateIpAddress: address }) => ({ address, Primary }))
  const primaries = given.filter(({ Primary }) => Primary)
  if (primaries.length > 1 || (primaries.length === 1 && PrivateIpAddress !== undefined)) {
    return yield* fault("InvalidParameterValue", "Only one primary private IP address can be specified.")
  }
  if (count !== undefined && given.some(({ Primary }) => !Primary)) {
    return yield* combination(
      "The parameter secondaryPrivateIpAddressCount cannot be used with the parameter privateIpAddresses"
    )
  }
  const primary = PrivateIpAddress ?? primaries[0]?.address
  const secondary = given.filter(({ Primary }) => !Primary).map(({ address }) => address)
  return yield* chooseAddresses(state, subnet, [primary, ...secondary], count)
})

export const ipv6RangeOf = ({ Ipv6CidrBlockAssociationSet }: Subnet): Cidr6 | undefined =>
  cidr6Of(Ipv6CidrBlockAssociationSet[0]?.Ipv6CidrBlock ?? "")

/** No type of instance has as many on an interface. */
const mostIpv6Addresses = 1_000

export const ipv6Addresses = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  subnet: Subnet,
  { Ipv6AddressCount: count, Ipv6Addresses = [] }: EniRequest,
  hasPrimary: boolean,
  isAutomatic: boolean
) {
  const given = Ipv6Addresses.map(({ Ipv6Address = "", IsPrimaryIpv6 }) => ({ Ipv6Address, IsPrimaryIpv6 }))
  if (count !== undefined && given.length > 0) {
    return yield* combination("The parameter ipv6Addresses cannot be used with the parameter ipv6AddressCount")
  }
  const range = ipv6RangeOf(subnet)
  const total = count ?? (given.length === 0 && isAutomatic ? 1 : given.length)
  if (total === 0) return []
  if (!(total >= 0)) return yield* invalidValue(total, "ipv6AddressCount", "It must not be negative.")
  if (total > mostIpv6Addresses) {
    return yield* unsupported(`The in-memory EC2 assigns at most ${mostIpv6Addresses} IPv6 addresses at a time.`)
  }
  if (range === undefined) {
    return yield* fault(
      "InvalidParameterValue",
      `The subnet '${subnet.SubnetId}' does not have an associated IPv6 CIDR block`
    )
  }
  const used = new Set(
    [...state.enis.values()].filter(({ SubnetId }) => SubnetId === subnet.SubnetId)
      .flatMap((eni) => eni.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address))
  )
  const addresses: Array<sdk.NetworkInterfaceIpv6Address> = []
  for (let index = 0; index < total; index++) {
    const wanted = given[index]
    const number = wanted === undefined
      ? range.base + BigInt(`0x${context.id("", 16)}`)
      : address6Of(wanted.Ipv6Address)
    if (number === undefined || !has6(range, number)) {
      return yield* invalidValue(
        wanted?.Ipv6Address,
        "ipv6Addresses",
        "Address does not fall within the subnet's address range"
      )
    }
    const Ipv6Address = ip6(number)
    if (used.has(Ipv6Address)) {
      return yield* fault("InvalidIPAddress.InUse", `The address '${Ipv6Address}' is in use.`)
    }
    used.add(Ipv6Address)
    addresses.push({ Ipv6Address, IsPrimaryIpv6: wanted?.IsPrimaryIpv6 ?? (hasPrimary && index === 0) })
  }
  return addresses
})

const hasNoGroups = new Set<EniType>(["nat_gateway", "gateway_load_balancer_endpoint"])

export interface EniOptions {
  readonly subnet: Subnet
  readonly type: EniType
  readonly description: string
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly request?: EniRequest
  readonly hasPrimaryIpv6?: boolean | undefined
  /** The AWS service that creates the interface and keeps it attached, if one does. */
  readonly managedBy?: string | undefined
}

/** Checks that the interface can be made, and returns how. Changes nothing. */
export const planEni = Effect.fnUntraced(function*(state: State, context: HandlerContext, options: EniOptions) {
  const { request = {}, subnet } = options
  if (subnet.Ipv6Native === true) {
    return yield* unsupported(
      "The in-memory EC2 has no interfaces in IPv6-only subnets. Use a subnet with IPv4 addresses."
    )
  }
  const { ConnectionTrackingSpecification: tracking } = request
  return {
    groups: yield* groupsIn(state, subnet, request.Groups),
    addresses: yield* privateAddresses(state, subnet, request),
    ipv6: yield* ipv6Addresses(
      state,
      context,
      subnet,
      request,
      options.hasPrimaryIpv6 === true,
      options.managedBy === undefined && subnet.AssignIpv6AddressOnCreation === true
    ),
    tracking: tracking && {
      TcpEstablishedTimeout: tracking.TcpEstablishedTimeout,
      UdpStreamTimeout: tracking.UdpStreamTimeout,
      UdpTimeout: tracking.UdpTimeout
    }
  }
})

export const addEni = Effect.fnUntraced(function*(state: State, context: HandlerContext, options: EniOptions) {
  const { description, managedBy, subnet, tags, type } = options
  const plan = yield* planEni(state, context, options)
  const used = state.usedAddresses.get(subnet.SubnetId)!
  for (const address of plan.addresses) used.add(address)
  subnet.AvailableIpAddressCount -= plan.addresses.length
  const addresses = plan.addresses.map((address, index): sdk.NetworkInterfacePrivateIpAddress => ({
    Primary: index === 0,
    PrivateIpAddress: ip(address),
    PrivateDnsName: privateName(ip(address), context)
  }))
  const { PrivateDnsName, PrivateIpAddress = "" } = addresses[0]!
  const eni: Eni = {
    NetworkInterfaceId: context.id("eni-", 17),
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    AvailabilityZone: subnet.AvailabilityZone,
    AvailabilityZoneId: subnet.AvailabilityZoneId,
    ConnectionTrackingConfiguration: plan.tracking,
    Description: description,
    Groups: hasNoGroups.has(type) ? [] : plan.groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    InterfaceType: type,
    Ipv6Address: plan.ipv6[0]?.Ipv6Address,
    Ipv6Addresses: plan.ipv6,
    MacAddress: `02:${context.id("", 10).match(/../g)!.join(":")}`,
    Operator: { Managed: false },
    OwnerId: context.account,
    PrivateDnsName,
    PrivateIpAddress,
    PrivateIpAddresses: addresses,
    RequesterManaged: managedBy !== undefined,
    RequesterId: managedBy ?? context.principal.userId,
    SourceDestCheck: managedBy === undefined,
    Status: managedBy === undefined ? "available" : "in-use",
    TagSet: tags.map((tag) => ({ ...tag })),
    ...(managedBy !== undefined && {
      Attachment: {
        AttachmentId: context.id("ela-attach-", 17),
        DeleteOnTermination: false,
        DeviceIndex: 1,
        InstanceOwnerId: "amazon-aws",
        Status: "attached"
      }
    })
  }
  state.enis.set(eni.NetworkInterfaceId, eni)
  return eni
})

/** Deletes an interface and its mirror sessions, and frees its addresses. */
export const removeEni = (state: State, eni: Eni): void => {
  for (const address of state.addresses.values()) {
    if (address.NetworkInterfaceId === eni.NetworkInterfaceId) disassociate(state, address)
  }
  state.enis.delete(eni.NetworkInterfaceId)
  const subnet = state.subnets.get(eni.SubnetId)
  const used = state.usedAddresses.get(eni.SubnetId)
  for (const { PrivateIpAddress = "" } of eni.PrivateIpAddresses) {
    if (subnet !== undefined && used?.delete(addressOf(PrivateIpAddress)!) === true) subnet.AvailableIpAddressCount++
  }
  for (const { NetworkInterfaceId, TrafficMirrorSessionId } of state.sessions.values()) {
    if (NetworkInterfaceId === eni.NetworkInterfaceId) state.sessions.delete(TrafficMirrorSessionId)
  }
}

export const attach = (
  eni: Eni,
  context: HandlerContext,
  now: number,
  attachment: sdk.NetworkInterfaceAttachment
) => {
  eni.Status = "in-use"
  eni.Attachment = {
    AttachmentId: context.id("eni-attach-", 17),
    AttachTime: new Date(now),
    InstanceOwnerId: context.account,
    NetworkCardIndex: 0,
    Status: "attached",
    ...attachment
  }
}

/** Sets or clears the public address of one of an interface's private addresses, by default the primary one. */
export const associate = (
  eni: Eni,
  association: sdk.NetworkInterfaceAssociation | undefined,
  address: string = eni.PrivateIpAddress
) => {
  if (address === eni.PrivateIpAddress) eni.Association = association
  for (const one of eni.PrivateIpAddresses) {
    if (one.PrivateIpAddress === address) one.Association = association && { ...association }
  }
}

/** Frees an Elastic IP address from the interface that has it. */
export const disassociate = (state: State, address: Address): void => {
  const eni = state.enis.get(address.NetworkInterfaceId ?? "")
  if (eni !== undefined) associate(eni, undefined, address.PrivateIpAddress)
  Object.assign(address, {
    AssociationId: undefined,
    NetworkInterfaceId: undefined,
    NetworkInterfaceOwnerId: undefined,
    PrivateIpAddress: undefined
  })
}

/** The name of a public address, if the addresses of its VPC have names. */
export const publicNameIn = (state: State, context: HandlerContext, vpcId: string, address: string): string =>
  hasPublicNames(state, vpcId) ? publicName(address, context) : ""

/** Gives an interface one of Amazon's public addresses, which it has until its instance stops. */
export const associatePublic = (state: State, context: HandlerContext, eni: Eni) => {
  const PublicIp = publicAddress(state, context)
  associate(eni, {
    IpOwnerId: "amazon",
    PublicIp,
    PublicDnsName: publicNameIn(state, context, eni.VpcId, PublicIp)
  })
}

export const detach = (eni: Eni) => {
  eni.Status = "available"
  eni.Attachment = undefined
  if (eni.Association?.IpOwnerId === "amazon") associate(eni, undefined)
}

export const attachedTo = (state: State, { InstanceId }: { readonly InstanceId: string }) =>
  [...state.enis.values()].filter(({ Attachment }) => Attachment?.InstanceId === InstanceId)
    .sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0))

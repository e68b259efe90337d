/** In-memory EC2: the state, and what the handlers share (time, faults, ids, idempotency, tags, filters, addresses). */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Handlers } from "./Service.ts"

export type Ec2Handlers = Handlers<typeof sdk, State>

type With<A, K extends keyof A> = A & { [Member in K]-?: NonNullable<A[Member]> }

/** The types as AWS answers them: the SDK's type has `natGateway` instead of `nat_gateway`. */
export type EniType = sdk.NetworkInterfaceType | "nat_gateway"

// Resources are kept as AWS describes them. Members that AWS always sends aren't optional here.
export type Vpc = With<sdk.Vpc, "VpcId" | "CidrBlock" | "CidrBlockAssociationSet" | "Tags">
export type Subnet = With<
  sdk.Subnet,
  "SubnetId" | "VpcId" | "CidrBlock" | "AvailabilityZone" | "AvailableIpAddressCount" | "Tags"
>
export type Eni =
  & With<
    Omit<sdk.NetworkInterface, "InterfaceType">,
    "NetworkInterfaceId" | "SubnetId" | "VpcId" | "PrivateIpAddress" | "Groups" | "TagSet"
  >
  & { readonly InterfaceType: EniType }
export type Group = With<sdk.SecurityGroup, "GroupId" | "GroupName" | "VpcId" | "Tags">
export type Instance = With<sdk.Instance, "InstanceId" | "State" | "InstanceType" | "Tags"> & {
  readonly reservation: string
}
export type NatGateway = With<sdk.NatGateway, "NatGatewayId" | "NatGatewayAddresses" | "Tags">
export type Address = With<sdk.Address, "AllocationId" | "PublicIp" | "Tags">
export type Endpoint = With<Omit<sdk.VpcEndpoint, "State">, "VpcEndpointId" | "NetworkInterfaceIds" | "Tags"> & {
  /** The states as AWS answers them: the SDK's type has them capitalised. */
  State: "pending" | "available" | "deleting"
}
export type Target = With<sdk.TrafficMirrorTarget, "TrafficMirrorTargetId" | "Type" | "Tags">
export type Filter = With<sdk.TrafficMirrorFilter, "TrafficMirrorFilterId" | "Tags">
export type Session = With<
  sdk.TrafficMirrorSession,
  | "TrafficMirrorSessionId"
  | "TrafficMirrorTargetId"
  | "TrafficMirrorFilterId"
  | "NetworkInterfaceId"
  | "SessionNumber"
  | "Tags"
>

export interface State {
  isPrepared: boolean
  readonly vpcs: Map<string, Vpc>
  readonly subnets: Map<string, Subnet>
  /** The addresses in use by subnet, as numbers. */
  readonly usedAddresses: Map<string, Set<number>>
  readonly enis: Map<string, Eni>
  readonly groups: Map<string, Group>
  readonly instances: Map<string, Instance>
  readonly natGateways: Map<string, NatGateway>
  readonly addresses: Map<string, Address>
  readonly endpoints: Map<string, Endpoint>
  readonly targets: Map<string, Target>
  readonly filters: Map<string, Filter>
  readonly sessions: Map<string, Session>
  /** By operation and client token: the request, and how to answer it again. */
  readonly tokens: Map<string, { readonly request: string; readonly answer: () => unknown }>
  /** Scheduled state changes, the earliest first. */
  readonly due: Array<{ readonly at: number; readonly run: (at: number) => void }>
}

export const empty = (): State => ({
  isPrepared: false,
  vpcs: new Map(),
  subnets: new Map(),
  usedAddresses: new Map(),
  enis: new Map(),
  groups: new Map(),
  instances: new Map(),
  natGateways: new Map(),
  addresses: new Map(),
  endpoints: new Map(),
  targets: new Map(),
  filters: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  due: []
})

// Time

export const seconds = (count: number) => count * 1000

/** Schedules a state change, by Effect's Clock in milliseconds. */
export const schedule = ({ due }: State, at: number, run: (at: number) => void): void => {
  due.splice(due.findLastIndex((event) => event.at <= at) + 1, 0, { at, run })
}

/** Runs the state changes that are due. */
export const settle = ({ due }: State, now: number): void => {
  while (due[0] !== undefined && due[0].at <= now) {
    const { at, run } = due.shift()!
    run(at)
  }
}

// Faults

export const fault = (code: string, message: string) => new Fault({ code, message })
export const missing = (parameter: string) =>
  fault("MissingParameter", `The request must contain the parameter ${parameter}`)
export const invalidValue = (value: unknown, parameter: string, why = "") =>
  fault("InvalidParameterValue", `Value (${value}) for parameter ${parameter} is invalid. ${why}`.trim())
export const dependency = (what: string, id: string) =>
  fault("DependencyViolation", `The ${what} '${id}' has dependencies and cannot be deleted.`)

export const required = Effect.fnUntraced(function*<A>(value: A | undefined, parameter: string) {
  return value === undefined || value === "" ? yield* missing(parameter) : value
})

// Ids

export interface Kind<A> {
  readonly prefix: string
  readonly type: sdk.ResourceType
  readonly name: string
  readonly notFound: string
  readonly malformed: string
  /** The members that hold the id and the tags. */
  readonly id: keyof A & string
  readonly tags: keyof A & ("Tags" | "TagSet")
  readonly of: (state: State) => Map<string, A>
}

const kind = <A>(of: Kind<A>["of"], options: Omit<Kind<A>, "of" | "tags">): Kind<A> => ({
  tags: "Tags" as Kind<A>["tags"],
  of,
  ...options
})

export const vpcs = kind((state) => state.vpcs, {
  prefix: "vpc-",
  type: "vpc",
  name: "vpc ID",
  notFound: "InvalidVpcID.NotFound",
  malformed: "InvalidVpcID.Malformed",
  id: "VpcId"
})
export const subnets = kind((state) => state.subnets, {
  prefix: "subnet-",
  type: "subnet",
  name: "subnet ID",
  notFound: "InvalidSubnetID.NotFound",
  malformed: "InvalidSubnetID.Malformed",
  id: "SubnetId"
})
export const enis: Kind<Eni> = {
  of: (state) => state.enis,
  prefix: "eni-",
  type: "network-interface",
  name: "networkInterface ID",
  notFound: "InvalidNetworkInterfaceID.NotFound",
  malformed: "InvalidNetworkInterfaceId.Malformed",
  id: "NetworkInterfaceId",
  tags: "TagSet"
}
export const groups = kind((state) => state.groups, {
  prefix: "sg-",
  type: "security-group",
  name: "security group",
  notFound: "InvalidGroup.NotFound",
  malformed: "InvalidGroupId.Malformed",
  id: "GroupId"
})
export const instances = kind((state) => state.instances, {
  prefix: "i-",
  type: "instance",
  name: "instance ID",
  notFound: "InvalidInstanceID.NotFound",
  malformed: "InvalidInstanceID.Malformed",
  id: "InstanceId"
})
export const natGateways = kind((state) => state.natGateways, {
  prefix: "nat-",
  type: "natgateway",
  name: "NAT gateway",
  notFound: "NatGatewayNotFound",
  malformed: "NatGatewayMalformed",
  id: "NatGatewayId"
})
export const addresses = kind((state) => state.addresses, {
  prefix: "eipalloc-",
  type: "elastic-ip",
  name: "allocation ID",
  notFound: "InvalidAllocationID.NotFound",
  malformed: "InvalidAllocationID.NotFound",
  id: "AllocationId"
})
export const endpoints = kind((state) => state.endpoints, {
  prefix: "vpce-",
  type: "vpc-endpoint",
  name: "Vpc Endpoint Id",
  notFound: "InvalidVpcEndpointId.NotFound",
  malformed: "InvalidVpcEndpointId.Malformed",
  id: "VpcEndpointId"
})
export const targets = kind((state) => state.targets, {
  prefix: "tmt-",
  type: "traffic-mirror-target",
  name: "traffic mirror target ID",
  notFound: "InvalidTrafficMirrorTargetId.NotFound",
  malformed: "InvalidTrafficMirrorTargetId.Malformed",
  id: "TrafficMirrorTargetId"
})
export const filters = kind((state) => state.filters, {
  prefix: "tmf-",
  type: "traffic-mirror-filter",
  name: "traffic mirror filter ID",
  notFound: "InvalidTrafficMirrorFilterId.NotFound",
  malformed: "InvalidTrafficMirrorFilterId.Malformed",
  id: "TrafficMirrorFilterId"
})
export const sessions = kind((state) => state.sessions, {
  prefix: "tms-",
  type: "traffic-mirror-session",
  name: "traffic mirror session ID",
  notFound: "InvalidTrafficMirrorSessionId.NotFound",
  malformed: "InvalidTrafficMirrorSessionId.Malformed",
  id: "TrafficMirrorSessionId"
})

/** Every kind of resource that can have tags. */
export const kinds: ReadonlyArray<Kind<any>> = [
  vpcs,
  subnets,
  enis,
  groups,
  instances,
  natGateways,
  addresses,
  endpoints,
  targets,
  filters,
  sessions
]

/** Finds a resource by its id. */
export const find = Effect.fnUntraced(function*<A>(
  state: State,
  { malformed, name, notFound, of, prefix }: Kind<A>,
  given: string | undefined,
  parameter: string
): Effect.fn.Return<A, Fault> {
  const id = yield* required(given, parameter)
  const found = of(state).get(id)
  if (found !== undefined) return found
  return yield* new RegExp(`^${prefix}([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)
    ? fault(notFound, `The ${name} '${id}' does not exist`)
    : fault(malformed, `Invalid id: "${id}" (expecting "${prefix}...")`)
})

// Idempotency

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort())
      : member)

// Read from the request: the SDK adds a token there if the input has none.
export const tokenOf = ({ request }: HandlerContext) =>
  new URLSearchParams(String(request.body)).get("ClientToken") ?? undefined

/** Creates a resource once per client token: repeats the answer for the same request, and rejects a different one. */
export const idempotent = Effect.fnUntraced(function*<A>(
  state: State,
  context: HandlerContext,
  input: object,
  create: Effect.Effect<() => A, Fault>
): Effect.fn.Return<A, Fault> {
  const token = tokenOf(context)
  const { ClientToken: _, ...rest } = input as { readonly ClientToken?: unknown }
  const request = canonical(rest)
  const key = `${context.operation}/${token}`
  const before = state.tokens.get(key)
  if (token !== undefined && before !== undefined) {
    return before.request === request
      ? before.answer() as A
      : yield* fault(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
      )
  }
  const answer = yield* create
  if (token !== undefined) state.tokens.set(key, { request, answer })
  return answer()
})

// Tags

export const checkTags = Effect.fnUntraced(function*(tags: ReadonlyArray<sdk.Tag>, before: ReadonlyArray<sdk.Tag>) {
  const all = new Map(before.map(({ Key = "", Value = "" }) => [Key, Value]))
  const seen = new Set<string>()
  for (const { Key = "", Value = "" } of tags) {
    if (Key === "" || Key.length > 127) {
      return yield* fault("InvalidParameterValue", "Tag keys must be between 1 and 127 characters long.")
    }
    if (Value.length > 256) {
      return yield* fault("InvalidParameterValue", "Tag values can be at most 256 characters long.")
    }
    if (/^aws:/i.test(Key)) {
      return yield* fault("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    }
    if (seen.has(Key)) return yield* fault("InvalidParameterValue", `Duplicate tag key '${Key}' specified.`)
    seen.add(Key)
    all.set(Key, Value)
  }
  if (all.size > 50) {
    return yield* fault("TagLimitExceeded", "You have reached the maximum number of tags that you can add: 50.")
  }
  return Array.from(all, ([Key, Value]): sdk.Tag => ({ Key, Value }))
})

/** The tags in a request that creates a resource of this type. */
export const newTags = Effect.fnUntraced(function*(
  specifications: ReadonlyArray<sdk.TagSpecification> | undefined,
  type: sdk.ResourceType,
  others: ReadonlyArray<sdk.ResourceType> = []
) {
  const tags: Array<sdk.Tag> = []
  for (const { ResourceType, Tags = [] } of specifications ?? []) {
    if (ResourceType === type) tags.push(...Tags)
    else if (ResourceType === undefined || !others.includes(ResourceType)) {
      return yield* fault(
        "InvalidParameterValue",
        `'${ResourceType}' is not a valid taggable resource type for this operation.`
      )
    }
    if (Tags.length === 0) {
      return yield* fault("InvalidParameterValue", "Tag specification must have at least one tag")
    }
  }
  return yield* checkTags(tags, [])
})

// Filters and pages

type Values = string | number | boolean | undefined | ReadonlyArray<string | undefined>

/** The filters that a command supports, and the values that each one is compared with. */
export type Filters<A> = Readonly<Record<string, (element: A) => Values>>

// `*` matches any characters, `?` matches one, and a backslash escapes either of them.
const pattern = (value: string): RegExp =>
  new RegExp(
    `^${
      value.replace(
        /\\([\s\S])|([*?])|[.+^${}()|[\]\\]/g,
        (match, escaped?: string, wildcard?: string) =>
          wildcard === undefined ? (escaped ?? match).replace(/\W/, "\\$&") : wildcard === "*" ? ".*" : "."
      )
    }$`,
    "s"
  )

export const matching = Effect.fnUntraced(function*<A>(
  elements: Iterable<A>,
  requested: ReadonlyArray<sdk.Filter> | undefined = [],
  supported: Filters<A>,
  tagsOf: (element: A) => ReadonlyArray<sdk.Tag> = () => []
) {
  if (requested.reduce((count, { Values = [] }) => count + Values.length, 0) > 200) {
    return yield* fault(
      "FilterLimitExceeded",
      "The maximum number of filter values specified on a single call is 200"
    )
  }
  let remaining = Array.from(elements)
  for (const { Name = "null", Values = [] } of requested) {
    const valuesOf = Object.hasOwn(supported, Name)
      ? supported[Name]
      : Name.startsWith("tag:")
      ? (element: A): Values => tagsOf(element).filter(({ Key }) => Key === Name.slice(4)).map(({ Value }) => Value)
      : Name === "tag-key"
      ? (element: A): Values => tagsOf(element).map(({ Key }) => Key)
      : Name === "tag-value"
      ? (element: A): Values => tagsOf(element).map(({ Value }) => Value)
      : undefined
    if (valuesOf === undefined) return yield* fault("InvalidParameterValue", `The filter '${Name}' is invalid`)
    const patterns = Values.map(pattern)
    remaining = remaining.filter((element) => {
      const values = valuesOf(element)
      return (Array.isArray(values) ? values : [values]).some((value) =>
        value !== undefined && patterns.some((pattern) => pattern.test(String(value)))
      )
    })
  }
  return remaining
})

interface PageInput {
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/** A page of a list, and the token of the next one. EC2's default size is 1,000. */
export const page = Effect.fnUntraced(function*<A>(
  context: HandlerContext,
  elements: Iterable<A>,
  input: PageInput,
  key: (element: A) => string
) {
  const { MaxResults: size = 1000, NextToken: token } = input
  if (size < 5) {
    return yield* invalidValue(` ${size} `, "maxResults", "Expecting a value greater than or equal to 5.")
  }
  if (size > 1000) {
    return yield* invalidValue(` ${size} `, "maxResults", "Expecting a value smaller than or equal to 1000.")
  }
  const [elementsOfPage, next] = yield* context.page(elements, {
    token,
    size,
    key,
    query: input,
    invalid: fault("InvalidNextToken", `The token '${token}' is invalid`)
  })
  return [elementsOfPage.map((element) => structuredClone(element)), next] as const
})

/** What the Describe commands share: selection by ids or filters, and paging. */
export const describe = Effect.fnUntraced(function*<A>(
  state: State,
  context: HandlerContext,
  kind: Kind<A>,
  query: {
    readonly input: PageInput
    readonly ids: ReadonlyArray<string> | undefined
    /** The name of the ids in AWS's messages. */
    readonly idsName: string
    readonly filters: ReadonlyArray<sdk.Filter> | undefined
    readonly supported: Filters<A>
  }
) {
  const { filters, ids = [], idsName, input, supported } = query
  if (ids.length > 0 && input.MaxResults !== undefined) {
    return yield* fault(
      "InvalidParameterCombination",
      `The parameter ${idsName} cannot be used with the parameter maxResults`
    )
  }
  const named = yield* Effect.forEach(ids, (id) => find(state, kind, id, idsName))
  const all = ids.length > 0 ? new Set(named) : kind.of(state).values()
  const found = yield* matching(all, filters, supported, (element) => element[kind.tags] as ReadonlyArray<sdk.Tag>)
  return yield* page(context, found, input, (element) => String(element[kind.id]))
})

// Addresses

export interface Cidr {
  readonly base: number
  readonly prefix: number
  readonly size: number
  readonly text: string
}

export const ip = (address: number) => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join(".")

export const addressOf = (text: string): number | undefined => {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  return octets === undefined || octets.some((octet) => octet > 255)
    ? undefined
    : octets.reduce((address, octet) => address * 256 + octet, 0)
}

/** A range of addresses in canonical form: AWS reads 10.0.0.1/16 as 10.0.0.0/16. */
export const cidrOf = (text: string): Cidr | undefined => {
  const [, address = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const given = addressOf(address)
  const prefix = Number(bits)
  if (given === undefined || prefix > 32) return undefined
  const size = 2 ** (32 - prefix)
  const base = given - given % size
  return { base, prefix, size, text: `${ip(base)}/${prefix}` }
}

export const parseCidr = Effect.fnUntraced(function*(text: string, code: string) {
  const cidr = cidrOf(text)
  if (cidr === undefined) return yield* invalidValue(text, "cidrBlock", "This is not a valid CIDR block.")
  // The sizes that AWS allows for VPCs and subnets.
  if (cidr.prefix < 16 || cidr.prefix > 28) return yield* fault(code, `The CIDR '${text}' is invalid.`)
  return cidr
})

export const contains = (outer: Cidr, inner: Cidr) =>
  outer.base <= inner.base && inner.base + inner.size <= outer.base + outer.size

export const overlaps = (a: Cidr, b: Cidr) => a.base < b.base + b.size && b.base < a.base + a.size

// Network interfaces (instances, NAT gateways and endpoints also create them)

export const arnOf = (resource: string, { account, region }: HandlerContext) =>
  `arn:aws:ec2:${region}:${account}:${resource}`

export const privateName = (address: string, { region }: HandlerContext) =>
  `ip-${address.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2" : `${region}.compute`}.internal`

const groupsOf = Effect.fnUntraced(function*(state: State, subnet: Subnet, ids: ReadonlyArray<string> | undefined) {
  if (ids === undefined || ids.length === 0) {
    return [...state.groups.values()].filter(({ GroupName, VpcId }) =>
      VpcId === subnet.VpcId && GroupName === "default"
    )
  }
  const found = yield* Effect.forEach(ids, (id) => find(state, groups, id, "groupId"))
  const foreign = found.find(({ VpcId }) => VpcId !== subnet.VpcId)
  return foreign === undefined ? found : yield* fault(
    "InvalidParameter",
    `Security group ${foreign.GroupId} and subnet ${subnet.SubnetId} belong to different networks.`
  )
})

const freeAddress = Effect.fnUntraced(function*(state: State, subnet: Subnet, wanted: string | undefined) {
  const used = state.usedAddresses.get(subnet.SubnetId)!
  const { base, size } = cidrOf(subnet.CidrBlock)!
  if (wanted !== undefined) {
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
  }
  if (subnet.AvailableIpAddressCount === 0) {
    return yield* fault(
      "InsufficientFreeAddressesInSubnet",
      "The specified subnet does not have enough free addresses to satisfy the request."
    )
  }
  // The addresses in use are mostly the first ones, so skipping that many usually finds a free one at once.
  let address = base + 4 + used.size % (size - 5)
  while (used.has(address)) address = address === base + size - 2 ? base + 4 : address + 1
  return address
})

export const addEni = Effect.fnUntraced(function*(state: State, context: HandlerContext, options: {
  readonly subnet: Subnet
  readonly type: EniType
  readonly description: string
  readonly tags: ReadonlyArray<sdk.Tag>
  readonly groups?: ReadonlyArray<string> | undefined
  readonly address?: string | undefined
  /** The AWS service that creates the interface and keeps it attached, if one does. */
  readonly managedBy?: string | undefined
}) {
  const { address, description, managedBy, subnet, tags, type } = options
  const members = yield* groupsOf(state, subnet, options.groups)
  const free = yield* freeAddress(state, subnet, address)
  state.usedAddresses.get(subnet.SubnetId)?.add(free)
  subnet.AvailableIpAddressCount--
  const PrivateIpAddress = ip(free)
  const eni: Eni = {
    NetworkInterfaceId: context.id("eni-", 17),
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    AvailabilityZone: subnet.AvailabilityZone,
    AvailabilityZoneId: subnet.AvailabilityZoneId,
    Description: description,
    Groups: type === "nat_gateway" || type === "gateway_load_balancer_endpoint"
      ? []
      : members.map(({ GroupId, GroupName }) => ({ GroupId, GroupName })),
    InterfaceType: type,
    Ipv6Addresses: [],
    MacAddress: `02:${context.id("", 10).match(/../g)!.join(":")}`,
    OwnerId: context.account,
    PrivateDnsName: privateName(PrivateIpAddress, context),
    PrivateIpAddress,
    PrivateIpAddresses: [{
      Primary: true,
      PrivateIpAddress,
      PrivateDnsName: privateName(PrivateIpAddress, context)
    }],
    RequesterManaged: managedBy !== undefined,
    RequesterId: managedBy ?? context.principal.userId,
    SourceDestCheck: managedBy === undefined,
    Status: managedBy === undefined ? "available" : "in-use",
    TagSet: [...tags],
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

/** Deletes an interface and its mirror sessions. */
export const removeEni = (state: State, eni: Eni): void => {
  state.enis.delete(eni.NetworkInterfaceId)
  const subnet = state.subnets.get(eni.SubnetId)
  if (subnet !== undefined && state.usedAddresses.get(eni.SubnetId)?.delete(addressOf(eni.PrivateIpAddress)!)) {
    subnet.AvailableIpAddressCount++
  }
  for (const { NetworkInterfaceId, TrafficMirrorSessionId } of state.sessions.values()) {
    if (NetworkInterfaceId === eni.NetworkInterfaceId) state.sessions.delete(TrafficMirrorSessionId)
  }
}

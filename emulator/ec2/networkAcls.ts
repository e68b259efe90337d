/** In-memory EC2: network ACLs. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { lookup } from "../support/members.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { dependency, fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { find, networkAcls, vpcs } from "./kinds.ts"
import type { NetworkAcl } from "./networkState.ts"
import type { Ec2Handlers, State, Vpc } from "./state.ts"
import { newTags } from "./tags.ts"

/** The numbers of the entries that deny what no other entry matches. */
const LAST = 32767
const LAST_IPV6 = 32768

const both = (entry: Omit<sdk.NetworkAclEntry, "Egress" | "Protocol">): ReadonlyArray<sdk.NetworkAclEntry> =>
  [true, false].map((Egress) => ({ ...entry, Egress, Protocol: "-1" }))

const sorted = (entries: ReadonlyArray<sdk.NetworkAclEntry>) =>
  [...entries].sort((a, b) => Number(b.Egress) - Number(a.Egress) || (a.RuleNumber ?? 0) - (b.RuleNumber ?? 0))

export const addNetworkAcl = (state: State, context: HandlerContext, vpc: Vpc, options: {
  readonly isDefault: boolean
  readonly tags: ReadonlyArray<sdk.Tag>
}): NetworkAcl => {
  const acl: NetworkAcl = {
    NetworkAclId: context.id("acl-", 17),
    VpcId: vpc.VpcId,
    OwnerId: context.account,
    IsDefault: options.isDefault,
    Associations: [],
    Entries: sorted([
      ...(options.isDefault ? both({ CidrBlock: "0.0.0.0/0", RuleAction: "allow", RuleNumber: 100 }) : []),
      ...both({ CidrBlock: "0.0.0.0/0", RuleAction: "deny", RuleNumber: LAST })
    ]),
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.networkAcls.set(acl.NetworkAclId, acl)
  if (vpc.Ipv6CidrBlockAssociationSet.length > 0) addIpv6Entries(acl)
  return acl
}

const addIpv6Entries = (acl: NetworkAcl): void => {
  if (acl.Entries.some(({ RuleNumber }) => RuleNumber === LAST_IPV6)) return
  const hasAllow = acl.IsDefault === true && !acl.Entries.some(({ RuleNumber }) => RuleNumber === 101)
  acl.Entries = sorted([
    ...acl.Entries,
    ...(hasAllow ? both({ Ipv6CidrBlock: "::/0", RuleAction: "allow", RuleNumber: 101 }) : []),
    ...both({ Ipv6CidrBlock: "::/0", RuleAction: "deny", RuleNumber: LAST_IPV6 })
  ])
}

/** Adds the entries for IPv6 to the ACLs of a VPC that has got its first range of IPv6 addresses. */
export const openAclsToIpv6 = (state: State, { VpcId }: Vpc): void => {
  for (const acl of state.networkAcls.values()) if (acl.VpcId === VpcId) addIpv6Entries(acl)
}

const defaultAcl = (state: State, vpcId: string) =>
  [...state.networkAcls.values()].find(({ IsDefault, VpcId }) => VpcId === vpcId && IsDefault === true)!

const associate = (context: HandlerContext, acl: NetworkAcl, SubnetId: string | undefined): string => {
  const NetworkAclAssociationId = context.id("aclassoc-", 17)
  acl.Associations.push({ NetworkAclAssociationId, NetworkAclId: acl.NetworkAclId, SubnetId })
  return NetworkAclAssociationId
}

/** Associates a new subnet with the default ACL of its VPC. */
export const protect = (state: State, context: HandlerContext, subnet: { VpcId: string; SubnetId: string }): void => {
  associate(context, defaultAcl(state, subnet.VpcId), subnet.SubnetId)
}

/** Ends the association of a subnet that is gone. */
export const forgetInAcls = (state: State, subnetId: string): void => {
  for (const acl of state.networkAcls.values()) {
    acl.Associations = acl.Associations.filter(({ SubnetId }) => SubnetId !== subnetId)
  }
}

const ofEntries =
  (valueOf: (entry: sdk.NetworkAclEntry) => string | number | boolean | undefined) => ({ Entries }: NetworkAcl) =>
    Entries.map(valueOf)

const aclFilters: Filters<NetworkAcl> = {
  "association.association-id": ({ Associations }) =>
    Associations.map(({ NetworkAclAssociationId }) => NetworkAclAssociationId),
  "association.network-acl-id": ({ Associations }) => Associations.map(({ NetworkAclId }) => NetworkAclId),
  "association.subnet-id": ({ Associations }) => Associations.map(({ SubnetId }) => SubnetId),
  default: (acl) => acl.IsDefault,
  "entry.cidr": ofEntries(({ CidrBlock }) => CidrBlock),
  "entry.egress": ofEntries(({ Egress }) => Egress),
  "entry.icmp.code": ofEntries(({ IcmpTypeCode }) => IcmpTypeCode?.Code),
  "entry.icmp.type": ofEntries(({ IcmpTypeCode }) => IcmpTypeCode?.Type),
  "entry.ipv6-cidr": ofEntries(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  "entry.port-range.from": ofEntries(({ PortRange }) => PortRange?.From),
  "entry.port-range.to": ofEntries(({ PortRange }) => PortRange?.To),
  "entry.protocol": ofEntries(({ Protocol }) => Protocol),
  "entry.rule-action": ofEntries(({ RuleAction }) => RuleAction),
  "entry.rule-number": ofEntries(({ RuleNumber }) => RuleNumber),
  "network-acl-id": (acl) => acl.NetworkAclId,
  "owner-id": (acl) => acl.OwnerId,
  "vpc-id": (acl) => acl.VpcId
}

const protocols: Readonly<Record<string, string>> = { all: "-1", icmp: "1", tcp: "6", udp: "17", icmpv6: "58" }

/** An entry as a request gives it, checked. */
const entryOf = Effect.fnUntraced(function*(input: sdk.CreateNetworkAclEntryRequest) {
  const number = yield* required(input.RuleNumber, "ruleNumber")
  if (!(number >= 1 && number < LAST)) {
    return yield* invalidValue(number, "ruleNumber", `The rule number must be between 1 and ${LAST - 1}.`)
  }
  const given = (yield* required(input.Protocol, "protocol")).toLowerCase()
  const Protocol = lookup(protocols, given) ?? given
  if (!/^(-1|\d{1,2}|1\d\d|2[0-4]\d|25[0-5])$/.test(Protocol)) {
    return yield* invalidValue(input.Protocol, "protocol", "Unknown protocol.")
  }
  const RuleAction = yield* oneOf(yield* required<string>(input.RuleAction, "ruleAction"), "ruleAction", {
    here: ["allow", "deny"]
  })
  const Egress = yield* required(input.Egress, "egress")
  if ((input.CidrBlock === undefined) === (input.Ipv6CidrBlock === undefined)) {
    return yield* input.CidrBlock === undefined
      ? missing("cidrBlock or ipv6CidrBlock")
      : fault(
        "InvalidParameterCombination",
        "The parameter cidrBlock cannot be used with the parameter ipv6CidrBlock"
      )
  }
  const text = input.CidrBlock ?? input.Ipv6CidrBlock ?? ""
  const cidr = input.CidrBlock === undefined ? cidr6Of(text) : cidrOf(text)
  if (cidr === undefined) {
    const name = input.CidrBlock === undefined ? "ipv6CidrBlock" : "cidrBlock"
    return yield* invalidValue(text, name, "This is not a valid CIDR block.")
  }
  const hasPorts = Protocol === "6" || Protocol === "17"
  const { From, To } = input.PortRange ?? {}
  if (hasPorts && (From === undefined || To === undefined)) return yield* missing("portRange")
  if (hasPorts && !(From! >= 0 && From! <= To! && To! <= 65535)) {
    return yield* invalidValue(`${From}-${To}`, "portRange")
  }
  const isIcmp = Protocol === "1" || Protocol === "58"
  const { Code, Type } = input.IcmpTypeCode ?? {}
  if (isIcmp && (Code === undefined || Type === undefined)) return yield* missing("icmpTypeCode")
  const entry: sdk.NetworkAclEntry = {
    ...(input.CidrBlock === undefined ? { Ipv6CidrBlock: cidr.text } : { CidrBlock: cidr.text }),
    Egress,
    ...(isIcmp && { IcmpTypeCode: { Code, Type } }),
    ...(hasPorts && { PortRange: { From, To } }),
    Protocol,
    RuleAction,
    RuleNumber: number
  }
  return entry
})

const numbered = ({ Entries }: NetworkAcl, { Egress, RuleNumber }: sdk.NetworkAclEntry) =>
  Entries.findIndex((entry) => entry.Egress === Egress && entry.RuleNumber === RuleNumber)

const noEntry = (acl: NetworkAcl, { Egress, RuleNumber }: sdk.NetworkAclEntry) =>
  fault(
    "InvalidNetworkAclEntry.NotFound",
    `The ${
      Egress === true ? "egress" : "ingress"
    } entry with rule number ${RuleNumber} does not exist in network ACL ${acl.NetworkAclId}`
  )

export const handlers: Ec2Handlers = {
  CreateNetworkAcl: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
        const tags = yield* newTags(input.TagSpecifications, "network-acl")
        return addNetworkAcl(state, context, vpc, { isDefault: false, tags }).NetworkAclId
      }),
      answer: (id) => {
        const NetworkAcl = state.networkAcls.get(id)
        return NetworkAcl && { NetworkAcl, ClientToken: input.ClientToken ?? context.uuid() }
      }
    }),

  DescribeNetworkAcls: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, networkAcls, {
      input,
      ids: input.NetworkAclIds,
      idsName: "networkAclIds",
      filters: input.Filters,
      supported: aclFilters
    })
    return { NetworkAcls: [...found], NextToken }
  }),

  DeleteNetworkAcl: Effect.fnUntraced(function*(input, state) {
    const { Associations, IsDefault, NetworkAclId } = yield* find(
      state,
      networkAcls,
      input.NetworkAclId,
      "networkAclId"
    )
    if (IsDefault === true) {
      return yield* fault("InvalidParameterValue", `cannot delete default network ACL ${NetworkAclId}`)
    }
    if (Associations.length > 0) return yield* dependency("networkAcl", NetworkAclId)
    state.networkAcls.delete(NetworkAclId)
    return {}
  }),

  CreateNetworkAclEntry: Effect.fnUntraced(function*(input, state) {
    const acl = yield* find(state, networkAcls, input.NetworkAclId, "networkAclId")
    const entry = yield* entryOf(input)
    if (numbered(acl, entry) >= 0) {
      return yield* fault(
        "NetworkAclEntryAlreadyExists",
        `The network acl entry identified by ${entry.RuleNumber} already exists.`
      )
    }
    acl.Entries = sorted([...acl.Entries, entry])
    return {}
  }),

  ReplaceNetworkAclEntry: Effect.fnUntraced(function*(input, state) {
    const acl = yield* find(state, networkAcls, input.NetworkAclId, "networkAclId")
    const entry = yield* entryOf(input)
    const index = numbered(acl, entry)
    if (index < 0) return yield* noEntry(acl, entry)
    acl.Entries[index] = entry
    return {}
  }),

  DeleteNetworkAclEntry: Effect.fnUntraced(function*(input, state) {
    const acl = yield* find(state, networkAcls, input.NetworkAclId, "networkAclId")
    const entry = {
      Egress: yield* required(input.Egress, "egress"),
      RuleNumber: yield* required(input.RuleNumber, "ruleNumber")
    }
    if (entry.RuleNumber >= LAST) return yield* invalidValue(entry.RuleNumber, "ruleNumber")
    const index = numbered(acl, entry)
    if (index < 0) return yield* noEntry(acl, entry)
    acl.Entries.splice(index, 1)
    return {}
  }),

  ReplaceNetworkAclAssociation: Effect.fnUntraced(function*(input, state, context) {
    const id = yield* required(input.AssociationId, "associationId")
    const acl = yield* find(state, networkAcls, input.NetworkAclId, "networkAclId")
    const before = [...state.networkAcls.values()].find(({ Associations }) =>
      Associations.some(({ NetworkAclAssociationId }) => NetworkAclAssociationId === id)
    )
    if (before === undefined) {
      return yield* fault("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`)
    }
    const found = before.Associations.find(({ NetworkAclAssociationId }) => NetworkAclAssociationId === id)!
    if (before.VpcId !== acl.VpcId) {
      return yield* fault(
        "InvalidParameterValue",
        `Network ACL ${acl.NetworkAclId} and subnet ${found.SubnetId} belong to different networks`
      )
    }
    before.Associations = before.Associations.filter((one) => one !== found)
    return { NewAssociationId: associate(context, acl, found.SubnetId) }
  })
}

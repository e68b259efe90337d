/** In-memory EC2: the state, as plain data. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { Handlers } from "../engine/service.ts"
import type { Tokens } from "../support/idempotency.ts"
import { type AttachmentChange, emptyNetworks, type NetworkChange, type Networks, type With } from "./networkState.ts"

export type { With }

export type Ec2Handlers = Handlers<typeof sdk, State>

/** The types as AWS answers them: the SDK's type has `natGateway` instead of `nat_gateway`. */
export type EniType = sdk.NetworkInterfaceType | "nat_gateway"

// Resources are kept as AWS describes them. Members that AWS always sends aren't optional here.
export type Vpc = With<
  sdk.Vpc,
  "VpcId" | "CidrBlock" | "CidrBlockAssociationSet" | "Ipv6CidrBlockAssociationSet" | "InstanceTenancy" | "Tags"
>
export type Subnet = With<
  sdk.Subnet,
  | "SubnetId"
  | "VpcId"
  | "CidrBlock"
  | "AvailabilityZone"
  | "AvailabilityZoneId"
  | "AvailableIpAddressCount"
  | "Ipv6CidrBlockAssociationSet"
  | "PrivateDnsNameOptionsOnLaunch"
  | "Tags"
>
export type Eni =
  & With<
    Omit<sdk.NetworkInterface, "InterfaceType">,
    | "NetworkInterfaceId"
    | "SubnetId"
    | "VpcId"
    | "AvailabilityZone"
    | "PrivateIpAddress"
    | "PrivateIpAddresses"
    | "Ipv6Addresses"
    | "Groups"
    | "TagSet"
  >
  & { readonly InterfaceType: EniType }
/** Without its permissions, which are made of its rules. */
export type Group = With<
  Omit<sdk.SecurityGroup, "IpPermissions" | "IpPermissionsEgress">,
  "GroupId" | "GroupName" | "VpcId" | "OwnerId" | "Tags"
>
export type Rule = With<sdk.SecurityGroupRule, "SecurityGroupRuleId" | "GroupId" | "IsEgress" | "IpProtocol" | "Tags">
export type Instance =
  & With<
    Omit<sdk.Instance, "NetworkInterfaces">,
    "InstanceId" | "ImageId" | "State" | "InstanceType" | "Placement" | "BlockDeviceMappings" | "Tags"
  >
  & {
    readonly reservation: string
    /** What DescribeInstances doesn't answer. */
    readonly attributes: {
      readonly hasPublicAddress: boolean
      disableApiStop: boolean
      disableApiTermination: boolean
      instanceInitiatedShutdownBehavior: string
      userData: string | undefined
    }
  }
/** A volume of an instance, of which only the tags are visible. */
export interface Volume {
  readonly VolumeId: string
  Tags: Array<sdk.Tag>
}
export type NatGateway = With<sdk.NatGateway, "NatGatewayId" | "NatGatewayAddresses" | "Tags">
export type Address = With<sdk.Address, "AllocationId" | "PublicIp" | "Tags">
export type KeyPair = With<
  sdk.KeyPairInfo,
  "KeyPairId" | "KeyName" | "KeyFingerprint" | "KeyType" | "PublicKey" | "CreateTime" | "Tags"
>
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

/** Resources that stay listed for a while after their end. */
export type Listed = "instances" | "natGateways" | "peerings" | NetworkChange["of"]

/** A state change that happens later. */
export type Change =
  | { readonly kind: "cidr"; readonly vpc: string; readonly id: string; readonly to: "associated" | "disassociated" }
  | {
    readonly kind: "instance"
    readonly id: string
    readonly from: sdk.InstanceStateName
    readonly to: sdk.InstanceStateName
  }
  | { readonly kind: "natGateway"; readonly id: string; readonly to: "available" | "failed" | "deleted" }
  | { readonly kind: "endpoint"; readonly id: string; readonly to: "available" | "deleted" }
  /** An ended resource is no longer listed. */
  | { readonly kind: "unlist"; readonly of: Listed; readonly id: string }
  | NetworkChange
  | AttachmentChange

export interface State extends Networks {
  isPrepared: boolean
  readonly vpcs: Map<string, Vpc>
  readonly subnets: Map<string, Subnet>
  /** The addresses in use by subnet, as numbers. */
  readonly usedAddresses: Map<string, Set<number>>
  readonly enis: Map<string, Eni>
  readonly groups: Map<string, Group>
  readonly rules: Map<string, Rule>
  readonly instances: Map<string, Instance>
  readonly volumes: Map<string, Volume>
  readonly natGateways: Map<string, NatGateway>
  readonly addresses: Map<string, Address>
  readonly endpoints: Map<string, Endpoint>
  readonly keyPairs: Map<string, KeyPair>
  readonly targets: Map<string, Target>
  readonly filters: Map<string, Filter>
  readonly sessions: Map<string, Session>
  /** By operation and client token: the request, and the id of what it created. */
  readonly tokens: Tokens<string>
  /** Scheduled state changes, the earliest first. */
  readonly due: Array<Change & { readonly at: number }>
}

export const empty = (): State => ({
  isPrepared: false,
  vpcs: new Map(),
  subnets: new Map(),
  usedAddresses: new Map(),
  enis: new Map(),
  groups: new Map(),
  rules: new Map(),
  instances: new Map(),
  volumes: new Map(),
  natGateways: new Map(),
  addresses: new Map(),
  endpoints: new Map(),
  keyPairs: new Map(),
  targets: new Map(),
  filters: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  due: [],
  ...emptyNetworks()
})

export const seconds = (count: number) => count * 1000

/** Schedules a state change, by Effect's Clock in milliseconds. */
export const schedule = ({ due }: State, at: number, change: Change): void => {
  due.splice(due.findLastIndex((event) => event.at <= at) + 1, 0, { at, ...change })
}

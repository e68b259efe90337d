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
      hasRun?: boolean
      cpuCredits: "standard" | "unlimited"
      disableApiStop: boolean
      disableApiTermination: boolean
      instanceInitiatedShutdownBehavior: string
      userData: string | undefined
    }
  }
export type Volume = With<
  sdk.Volume,
  "VolumeId" | "AvailabilityZone" | "AvailabilityZoneId" | "Size" | "State" | "VolumeType" | "Attachments" | "Tags"
>
export type Snapshot = With<sdk.Snapshot, "SnapshotId" | "OwnerId" | "State" | "VolumeSize" | "Tags">
export type Image = With<
  sdk.Image,
  | "ImageId"
  | "Name"
  | "OwnerId"
  | "Architecture"
  | "RootDeviceName"
  | "BlockDeviceMappings"
  | "State"
  | "Public"
  | "Tags"
>
export type PlacementGroup = With<sdk.PlacementGroup, "GroupId" | "GroupName" | "Strategy" | "Tags">
export type ProfileAssociation = With<
  sdk.IamInstanceProfileAssociation,
  "AssociationId" | "InstanceId" | "IamInstanceProfile" | "State"
>
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
export type LaunchTemplate =
  & With<
    sdk.LaunchTemplate,
    "LaunchTemplateId" | "LaunchTemplateName" | "DefaultVersionNumber" | "LatestVersionNumber" | "Tags"
  >
  & {
    readonly versions: Map<number, LaunchTemplateVersion>
    /** The number of the next version. The numbers of deleted versions aren't given out again. */
    next: number
  }
export type LaunchTemplateVersion = With<
  Omit<sdk.LaunchTemplateVersion, "DefaultVersion">,
  "LaunchTemplateId" | "VersionNumber" | "LaunchTemplateData"
>
/** Instances that a fleet launched from one of its overrides. */
export interface FleetLaunch {
  readonly LaunchTemplateAndOverrides: sdk.LaunchTemplateAndOverridesResponse
  readonly Lifecycle: "spot" | "on-demand"
  readonly InstanceIds: Array<string>
  readonly InstanceType: sdk._InstanceType | undefined
  readonly Platform: sdk.PlatformValues | undefined
  /** How much of the capacity each of the instances is. */
  readonly weight: number
}
export type Fleet =
  & With<
    Omit<
      sdk.FleetData,
      "ActivityStatus" | "Errors" | "FulfilledCapacity" | "FulfilledOnDemandCapacity" | "Instances"
    >,
    "FleetId" | "FleetState" | "Type" | "LaunchTemplateConfigs" | "TargetCapacitySpecification" | "Tags"
  >
  & {
    readonly launches: Array<FleetLaunch>
    /** Why instances couldn't be launched, at the last time. */
    errors: ReadonlyArray<sdk.DescribeFleetError>
    /** The tags in the request for what the fleet launches. */
    readonly launchTags: ReadonlyArray<sdk.TagSpecification>
    /** Whether the fleet has tried to launch its capacity. Only a fleet that maintains it tries again. */
    isPlaced: boolean
    /** When a request, or the end of its validity, ended the fleet. */
    endedAt?: number
  }

/** Resources that stay listed for a while after their end. */
export type Listed = "fleets" | "instances" | "natGateways" | "peerings" | NetworkChange["of"]

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
  | { readonly kind: "snapshot"; readonly id: string }
  | { readonly kind: "image"; readonly id: string }
  | { readonly kind: "endpoint"; readonly id: string; readonly to: "available" | "deleted" }
  /** An ended resource is no longer listed. */
  | { readonly kind: "unlist"; readonly of: Listed; readonly id: string }
  | { readonly kind: "fleet"; readonly id: string }
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
  /** Whether new volumes are encrypted without being asked for. */
  encryptsVolumes: boolean
  /** The ARN of the key of new encrypted volumes, if the account has chosen one. */
  defaultKey: string | undefined
  /** Who may make volumes of a snapshot, by its id: accounts, or `all`. */
  readonly sharedSnapshots: Map<string, ReadonlyArray<string>>
  readonly volumes: Map<string, Volume>
  readonly volumeChanges: Map<string, sdk.VolumeModification>
  readonly snapshots: Map<string, Snapshot>
  /** The account's own images: the public ones are the same for everyone. */
  readonly images: Map<string, Image>
  /** The ids of images that are no longer there. */
  readonly deregistered: Set<string>
  readonly placementGroups: Map<string, PlacementGroup>
  readonly profileAssociations: Map<string, ProfileAssociation>
  readonly natGateways: Map<string, NatGateway>
  readonly addresses: Map<string, Address>
  readonly endpoints: Map<string, Endpoint>
  readonly fleets: Map<string, Fleet>
  readonly keyPairs: Map<string, KeyPair>
  readonly launchTemplates: Map<string, LaunchTemplate>
  readonly targets: Map<string, Target>
  readonly filters: Map<string, Filter>
  readonly sessions: Map<string, Session>
  /** By operation and client token: the request, and the id of what it created. */
  readonly tokens: Tokens<string>
  /** Scheduled state changes, the earliest first. */
  readonly due: Array<Change & { readonly at: number }>
  /** When the timer rings for the first of those that EventBridge hears of. */
  rings: number | undefined
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
  encryptsVolumes: false,
  defaultKey: undefined,
  sharedSnapshots: new Map(),
  volumes: new Map(),
  volumeChanges: new Map(),
  snapshots: new Map(),
  images: new Map(),
  deregistered: new Set(),
  placementGroups: new Map(),
  profileAssociations: new Map(),
  natGateways: new Map(),
  addresses: new Map(),
  endpoints: new Map(),
  fleets: new Map(),
  keyPairs: new Map(),
  launchTemplates: new Map(),
  targets: new Map(),
  filters: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  due: [],
  rings: undefined,
  ...emptyNetworks()
})

export const seconds = (count: number) => count * 1000

/** Schedules a state change, by Effect's Clock in milliseconds. */
export const schedule = ({ due }: State, at: number, change: Change): void => {
  due.splice(due.findLastIndex((event) => event.at <= at) + 1, 0, { at, ...change })
}

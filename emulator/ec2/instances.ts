/** In-memory EC2: what instances look like. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { attachedTo } from "./enis.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { associationOf } from "./instanceProfiles.ts"
import { eniFilters } from "./interfaces.ts"
import { instances } from "./kinds.ts"
import type { Ec2Handlers, Eni, Instance, State } from "./state.ts"
import { tagsIfAny } from "./tags.ts"

const instanceEni = (eni: Eni): sdk.InstanceNetworkInterface => {
  const {
    AvailabilityZone: _1,
    AvailabilityZoneId: _2,
    Attachment,
    Ipv6Address: _3,
    RequesterId: _4,
    RequesterManaged: _5,
    TagSet: _6,
    ...rest
  } = eni
  const { InstanceId: _7, InstanceOwnerId: _8, ...attachment } = Attachment ?? {}
  return { ...rest, Attachment: attachment } as sdk.InstanceNetworkInterface
}

/** The instances as AWS answers them, with their interfaces. */
export const described = (state: State, all: ReadonlyArray<Instance>): Array<sdk.Instance> => {
  const enis = Map.groupBy(state.enis.values(), ({ Attachment }) => Attachment?.InstanceId)
  return all.map(({ Tags, attributes: _1, reservation: _2, ...instance }) => {
    const own = (enis.get(instance.InstanceId) ?? []).sort((a, b) =>
      (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0)
    )
    const primary = own[0]
    const profile = associationOf(state, instance.InstanceId)?.IamInstanceProfile
    return {
      ...instance,
      ...tagsIfAny(Tags),
      ...(profile !== undefined && { IamInstanceProfile: { ...profile } }),
      Ipv6Address: primary?.Ipv6Address,
      NetworkInterfaces: own.map(instanceEni),
      PublicDnsName: primary?.Association?.PublicDnsName ?? "",
      PublicIpAddress: primary?.Association?.PublicIp,
      SourceDestCheck: primary?.SourceDestCheck
    }
  })
}

const own: Filters<Instance> = {
  ...absent(
    "affinity",
    "capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
    "host-id",
    "kernel-id",
    "operator.principal",
    "outpost-arn",
    "placement-partition-number",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "requester-id",
    "tpm-support"
  ),
  architecture: (instance) => instance.Architecture,
  "availability-zone": (instance) => instance.Placement.AvailabilityZone,
  "availability-zone-id": (instance) => instance.Placement.AvailabilityZoneId,
  "block-device-mapping.attach-time": (instance) => instance.BlockDeviceMappings.map(({ Ebs }) => Ebs?.AttachTime),
  "block-device-mapping.delete-on-termination": (instance) =>
    instance.BlockDeviceMappings.map(({ Ebs }) => Ebs?.DeleteOnTermination),
  "block-device-mapping.device-name": (instance) => instance.BlockDeviceMappings.map(({ DeviceName }) => DeviceName),
  "block-device-mapping.status": (instance) => instance.BlockDeviceMappings.map(({ Ebs }) => Ebs?.Status),
  "block-device-mapping.volume-id": (instance) => instance.BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeId),
  "boot-mode": (instance) => instance.BootMode,
  "capacity-reservation-specification.capacity-reservation-preference": (instance) =>
    instance.CapacityReservationSpecification?.CapacityReservationPreference,
  "client-token": (instance) => instance.ClientToken,
  "current-instance-boot-mode": (instance) => instance.CurrentInstanceBootMode,
  "ebs-optimized": (instance) => instance.EbsOptimized,
  "ena-support": (instance) => instance.EnaSupport,
  "enclave-options.enabled": (instance) => instance.EnclaveOptions?.Enabled,
  "hibernation-options.configured": (instance) => instance.HibernationOptions?.Configured,
  hypervisor: (instance) => instance.Hypervisor,
  "image-id": (instance) => instance.ImageId,
  "instance-id": (instance) => instance.InstanceId,
  "instance-lifecycle": (instance) => instance.InstanceLifecycle,
  "instance-state-code": (instance) => instance.State.Code,
  "instance-state-name": (instance) => instance.State.Name,
  "instance-type": (instance) => instance.InstanceType,
  "instance.group-id": (instance) => instance.SecurityGroups?.map(({ GroupId }) => GroupId),
  "instance.group-name": (instance) => instance.SecurityGroups?.map(({ GroupName }) => GroupName),
  "key-name": (instance) => instance.KeyName,
  "launch-index": (instance) => instance.AmiLaunchIndex,
  "launch-time": (instance) => instance.LaunchTime,
  "maintenance-options.auto-recovery": (instance) => instance.MaintenanceOptions?.AutoRecovery,
  "metadata-options.http-endpoint": (instance) => instance.MetadataOptions?.HttpEndpoint,
  "metadata-options.http-protocol-ipv4": () => "enabled",
  "metadata-options.http-protocol-ipv6": (instance) => instance.MetadataOptions?.HttpProtocolIpv6,
  "metadata-options.http-put-response-hop-limit": (instance) => instance.MetadataOptions?.HttpPutResponseHopLimit,
  "metadata-options.http-tokens": (instance) => instance.MetadataOptions?.HttpTokens,
  "metadata-options.instance-metadata-tags": (instance) => instance.MetadataOptions?.InstanceMetadataTags,
  "metadata-options.state": (instance) => instance.MetadataOptions?.State,
  "monitoring-state": (instance) => instance.Monitoring?.State,
  "network-performance-options.bandwidth-weighting": (instance) =>
    instance.NetworkPerformanceOptions?.BandwidthWeighting,
  "operator.managed": () => false,
  "placement-group-name": (instance) => instance.Placement.GroupName,
  platform: (instance) => instance.Platform,
  "platform-details": (instance) => instance.PlatformDetails,
  "private-dns-name": (instance) => instance.PrivateDnsName,
  "private-dns-name-options.enable-resource-name-dns-a-record": (instance) =>
    instance.PrivateDnsNameOptions?.EnableResourceNameDnsARecord,
  "private-dns-name-options.enable-resource-name-dns-aaaa-record": (instance) =>
    instance.PrivateDnsNameOptions?.EnableResourceNameDnsAAAARecord,
  "private-dns-name-options.hostname-type": (instance) => instance.PrivateDnsNameOptions?.HostnameType,
  "private-ip-address": (instance) => instance.PrivateIpAddress,
  reason: (instance) => instance.StateTransitionReason,
  "reservation-id": (instance) => instance.reservation,
  "root-device-name": (instance) => instance.RootDeviceName,
  "root-device-type": (instance) => instance.RootDeviceType,
  "spot-instance-request-id": (instance) => instance.SpotInstanceRequestId,
  "state-reason-code": (instance) => instance.StateReason?.Code,
  "state-reason-message": (instance) => instance.StateReason?.Message,
  "subnet-id": (instance) => instance.SubnetId,
  tenancy: (instance) => instance.Placement.Tenancy,
  "usage-operation": (instance) => instance.UsageOperation,
  "usage-operation-update-time": (instance) => instance.UsageOperationUpdateTime,
  "virtualization-type": (instance) => instance.VirtualizationType,
  "vpc-id": (instance) => instance.VpcId
}

// What DescribeNetworkInterfaces has no filter for.
const furtherEniFilters: Filters<Eni> = {
  ...absent(
    "addresses.association.carrier-ip",
    "addresses.association.customer-owned-ip",
    "association.carrier-ip",
    "association.customer-owned-ip",
    "ipv4-prefixes.ipv4-prefix",
    "ipv6-prefixes.ipv6-prefix",
    "outpost-arn"
  ),
  "addresses.association.allocation-id": (eni) =>
    eni.PrivateIpAddresses.map(({ Association }) => Association?.AllocationId),
  "addresses.association.association-id": (eni) =>
    eni.PrivateIpAddresses.map(({ Association }) => Association?.AssociationId),
  "addresses.association.ip-owner-id": (eni) => eni.PrivateIpAddresses.map(({ Association }) => Association?.IpOwnerId),
  "addresses.association.public-dns-name": (eni) =>
    eni.PrivateIpAddresses.map(({ Association }) => Association?.PublicDnsName),
  "addresses.private-dns-name": (eni) => eni.PrivateIpAddresses.map(({ PrivateDnsName }) => PrivateDnsName),
  "attachment.network-card-index": (eni) => eni.Attachment?.NetworkCardIndex,
  "deny-all-igw-traffic": () => false,
  "ipv6-address": (eni) => eni.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address),
  "ipv6-addresses.is-primary-ipv6": (eni) => eni.Ipv6Addresses.map(({ IsPrimaryIpv6 }) => IsPrimaryIpv6),
  "ipv6-native": () => false,
  "public-dns-name": (eni) => eni.Association?.PublicDnsName,
  "tag-key": (eni) => eni.TagSet.map(({ Key }) => Key),
  "tag-value": (eni) => eni.TagSet.map(({ Value }) => Value)
}

const instanceFilters = (state: State): Filters<Instance> => ({
  ...own,
  "iam-instance-profile.arn": ({ InstanceId }) => associationOf(state, InstanceId)?.IamInstanceProfile.Arn,
  "iam-instance-profile.id": ({ InstanceId }) => associationOf(state, InstanceId)?.IamInstanceProfile.Id,
  "dns-name": (instance) => attachedTo(state, instance)[0]?.Association?.PublicDnsName,
  "ip-address": (instance) => attachedTo(state, instance)[0]?.Association?.PublicIp,
  "ipv6-address": (instance) =>
    attachedTo(state, instance).flatMap(({ Ipv6Addresses }) => Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address)),
  "owner-id": (instance) => attachedTo(state, instance)[0]?.OwnerId,
  "source-dest-check": (instance) => attachedTo(state, instance)[0]?.SourceDestCheck,
  ...Object.fromEntries(
    Object.entries({ ...eniFilters, ...furtherEniFilters }).map(([name, valuesOf]) => [
      `network-interface.${name}`,
      (instance: Instance) => attachedTo(state, instance).flatMap(valuesOf)
    ])
  )
})

const status = (instance: Instance): sdk.InstanceStatus => {
  const isRunning = instance.State.Name === "running"
  const summary: sdk.InstanceStatusSummary = {
    Status: isRunning ? "ok" : "not-applicable",
    ...(isRunning && { Details: [{ Name: "reachability" as const, Status: "passed" as const }] })
  }
  return {
    AvailabilityZone: instance.Placement.AvailabilityZone,
    AvailabilityZoneId: instance.Placement.AvailabilityZoneId,
    InstanceId: instance.InstanceId,
    InstanceState: instance.State,
    InstanceStatus: summary,
    SystemStatus: { ...summary },
    AttachedEbsStatus: { ...summary } as sdk.EbsStatusSummary
  }
}

const statusFilters: Filters<Instance> = {
  ...absent(
    "event.code",
    "event.description",
    "event.instance-event-id",
    "event.not-after",
    "event.not-before",
    "event.not-before-deadline",
    "operator.principal"
  ),
  "attached-ebs-status.status": (instance) => status(instance).AttachedEbsStatus?.Status,
  "availability-zone": (instance) => instance.Placement.AvailabilityZone,
  "availability-zone-id": (instance) => instance.Placement.AvailabilityZoneId,
  "instance-state-code": (instance) => instance.State.Code,
  "instance-state-name": (instance) => instance.State.Name,
  "instance-status.reachability": (instance) => status(instance).InstanceStatus?.Details?.map(({ Status }) => Status),
  "instance-status.status": (instance) => status(instance).InstanceStatus?.Status,
  "operator.managed": () => false,
  "system-status.reachability": (instance) => status(instance).SystemStatus?.Details?.map(({ Status }) => Status),
  "system-status.status": (instance) => status(instance).SystemStatus?.Status
}

export const handlers: Ec2Handlers = {
  DescribeInstances: Effect.fnUntraced(function*(input, state, context) {
    const [page, NextToken] = yield* describe(state, context, instances, {
      input,
      ids: input.InstanceIds,
      idsName: "instancesSet",
      filters: input.Filters,
      supported: instanceFilters(state)
    })
    return {
      Reservations: Array.from(Map.groupBy(page, ({ reservation }) => reservation), ([ReservationId, instances]) => ({
        ReservationId,
        OwnerId: context.account,
        Groups: [],
        Instances: described(state, instances)
      })),
      NextToken
    }
  }),

  DescribeInstanceStatus: Effect.fnUntraced(function*(input, state, context) {
    const { IncludeAllInstances } = input
    const [page, NextToken] = yield* describe(state, context, instances, {
      input,
      ids: input.InstanceIds,
      idsName: "instancesSet",
      filters: input.Filters,
      supported: statusFilters,
      where: ({ State }) => IncludeAllInstances === true || State.Name === "running"
    })
    return { InstanceStatuses: page.map(status), NextToken }
  })
}

/** In-memory EC2: what is in a launch template, and how it becomes a request to launch instances. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { unobserved } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import type { Fault } from "../wire/fault.ts"
import { attachedTo } from "./enis.ts"
import { fault } from "./faults.ts"
import { findImage } from "./images.ts"
import { findKeyPair } from "./keyPairs.ts"
import { find, groups, instances, subnets } from "./kinds.ts"
import { checkUserData } from "./launchSettings.ts"
import { groupByName } from "./rules.ts"
import type { Ec2Handlers, Instance, State } from "./state.ts"
import { checkTags, isReserved, noResourceType } from "./tags.ts"

type Data = sdk.ResponseLaunchTemplateData

/** What a template can tag: the instances and what is made with them. */
const taggable: ReadonlyArray<sdk.ResourceType> = [
  "elastic-gpu",
  "instance",
  "network-interface",
  "spot-instances-request",
  "volume"
]

/** Checks the data of a request. Whether it can launch an instance shows when it does, because a launch can add to it. */
export const keptWhole = Effect.fnUntraced(function*(observed: sdk.RequestLaunchTemplateData) {
  const data = unobserved(observed)
  yield* checkUserData(data.UserData, fault("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data."))
  for (const { ResourceType, Tags = [] } of data.TagSpecifications ?? []) {
    if (ResourceType === undefined) return yield* noResourceType
    if (!taggable.includes(ResourceType)) {
      return yield* fault(
        "InvalidParameterValue",
        `'${ResourceType}' is not a valid taggable resource type for this operation.`
      )
    }
    yield* checkTags(Tags, [])
  }
  // The answers have the same members, with types of their own.
  return structuredClone(data) as Data
})

export const keptData = Effect.fnUntraced(function*(data: sdk.RequestLaunchTemplateData | undefined) {
  return data === undefined || Object.keys(unobserved(data)).length === 0
    ? yield* fault(
      "MissingParameter",
      "No launch template data was provided. Launch template data is required to create a launch template."
    )
    : yield* keptWhole(data)
})

/** What a new version has of its source: everything but the snapshots of block devices. */
export const inherited = (data: Data): Data =>
  data.BlockDeviceMappings === undefined ? data : {
    ...data,
    BlockDeviceMappings: data.BlockDeviceMappings.map((mapping) =>
      mapping.Ebs === undefined ? mapping : { ...mapping, Ebs: defined({ ...mapping.Ebs, SnapshotId: undefined }) }
    )
  }

/** Whether an image is named by a Systems Manager parameter. */
export const isAlias = (image: string | undefined) => image?.startsWith("resolve:ssm:") === true

/** What the data names that doesn't exist. AWS accepts it, with a warning. */
export const warningOf = Effect.fnUntraced(function*(state: State, context: HandlerContext, data: Data = {}) {
  const interfaces = data.NetworkInterfaces ?? []
  const named: ReadonlyArray<Effect.Effect<unknown, Fault>> = [
    ...(data.ImageId === undefined || isAlias(data.ImageId) ? [] : [findImage(state, context, data.ImageId)]),
    ...(data.KeyName === undefined ? [] : [findKeyPair(state, data.KeyName)]),
    ...[...data.SecurityGroupIds ?? [], ...interfaces.flatMap(({ Groups = [] }) => Groups)].map((id) =>
      find(state, groups, id, "groupId")
    ),
    ...(data.SecurityGroups ?? []).map((name) => groupByName(state, name)),
    ...interfaces.flatMap(({ SubnetId }) => SubnetId === undefined ? [] : [find(state, subnets, SubnetId, "subnetId")])
  ]
  const Errors: Array<sdk.ValidationError> = []
  for (const check of named) {
    const result = yield* Effect.result(check)
    if (Result.isFailure(result)) Errors.push({ Code: result.failure.code, Message: result.failure.message })
  }
  return Errors.length === 0 ? undefined : { Errors }
})

/** The data as members of a request to launch instances, without those that the request has itself. */
export const requestOf = (data: Data, request: Partial<sdk.RunInstancesRequest>): Record<string, unknown> => {
  const { ElasticGpuSpecifications: ElasticGpuSpecification, RamDiskId: RamdiskId, ...rest } = data
  const sent = new Set(
    Object.entries(unobserved(request)).flatMap(([name, value]) => value === undefined ? [] : name)
  )
  // The groups are one parameter, whether they are named by ids or by names.
  if (sent.has("SecurityGroupIds") || sent.has("SecurityGroups")) {
    sent.add("SecurityGroupIds").add("SecurityGroups")
  }
  // The tags of both count.
  sent.delete("TagSpecifications")
  return defined(
    Object.fromEntries(
      Object.entries({ ...rest, ElasticGpuSpecification, RamdiskId }).filter(([name]) => !sent.has(name))
    )
  )
}

/** The data that would launch an instance like this one. */
const dataOf = (state: State, instance: Instance): Data => {
  const { attributes, MetadataOptions: metadata, Placement } = instance
  // A template can't have the tags that AWS adds.
  const Tags = instance.Tags.filter(({ Key }) => !isReserved(Key))
  return {
    EbsOptimized: instance.EbsOptimized,
    IamInstanceProfile: instance.IamInstanceProfile && { Arn: instance.IamInstanceProfile.Arn },
    BlockDeviceMappings: instance.BlockDeviceMappings.map(({ DeviceName, Ebs }) => ({
      DeviceName,
      Ebs: { DeleteOnTermination: Ebs?.DeleteOnTermination }
    })),
    NetworkInterfaces: attachedTo(state, instance).map((eni) => ({
      AssociatePublicIpAddress: eni.Association?.IpOwnerId === "amazon",
      DeleteOnTermination: eni.Attachment?.DeleteOnTermination,
      Description: eni.Description,
      DeviceIndex: eni.Attachment?.DeviceIndex,
      Groups: eni.Groups.flatMap(({ GroupId }) => GroupId ?? []),
      InterfaceType: eni.InterfaceType,
      Ipv6Addresses: eni.Ipv6Addresses.map(({ Ipv6Address }) => ({ Ipv6Address })),
      NetworkCardIndex: eni.Attachment?.NetworkCardIndex,
      NetworkInterfaceId: eni.NetworkInterfaceId,
      PrivateIpAddress: eni.PrivateIpAddress,
      PrivateIpAddresses: eni.PrivateIpAddresses.map(({ Primary, PrivateIpAddress }) => ({
        Primary,
        PrivateIpAddress
      })),
      SubnetId: eni.SubnetId
    })),
    ImageId: instance.ImageId,
    InstanceType: instance.InstanceType,
    KeyName: instance.KeyName,
    Monitoring: { Enabled: instance.Monitoring?.State === "enabled" },
    Placement: {
      AvailabilityZone: Placement.AvailabilityZone,
      AvailabilityZoneId: Placement.AvailabilityZoneId,
      GroupName: Placement.GroupName,
      Tenancy: Placement.Tenancy
    },
    DisableApiTermination: attributes.disableApiTermination,
    InstanceInitiatedShutdownBehavior: attributes.instanceInitiatedShutdownBehavior as sdk.ShutdownBehavior,
    UserData: attributes.userData,
    TagSpecifications: Tags.length === 0 ? [] : [{ ResourceType: "instance", Tags }],
    CpuOptions: instance.CpuOptions,
    CapacityReservationSpecification: instance.CapacityReservationSpecification,
    HibernationOptions: { Configured: instance.HibernationOptions?.Configured },
    MetadataOptions: {
      HttpEndpoint: metadata?.HttpEndpoint,
      HttpProtocolIpv6: metadata?.HttpProtocolIpv6,
      HttpPutResponseHopLimit: metadata?.HttpPutResponseHopLimit,
      HttpTokens: metadata?.HttpTokens,
      InstanceMetadataTags: metadata?.InstanceMetadataTags
    },
    EnclaveOptions: { Enabled: instance.EnclaveOptions?.Enabled },
    PrivateDnsNameOptions: { ...instance.PrivateDnsNameOptions },
    MaintenanceOptions: { AutoRecovery: instance.MaintenanceOptions?.AutoRecovery },
    DisableApiStop: attributes.disableApiStop
  }
}

export const handlers: Ec2Handlers = {
  GetLaunchTemplateData: Effect.fnUntraced(function*({ InstanceId }, state) {
    return { LaunchTemplateData: dataOf(state, yield* find(state, instances, InstanceId, "InstanceId")) }
  })
}

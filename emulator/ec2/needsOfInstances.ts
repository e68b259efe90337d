/** In-memory EC2: the permissions that calls about instances, volumes, images, key pairs, launch templates and tags need. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { Place } from "../engine/authorization.ts"
import { type Tag, tagValues, values } from "../support/needsOfState.ts"
import { named } from "./launchTemplates.ts"
import { arnOf, arnOfId, ec2Needs, orAny, passProfile, profileArn } from "./needs.ts"
import type { State } from "./state.ts"

interface TemplateName {
  readonly LaunchTemplateId?: string | undefined
  readonly LaunchTemplateName?: string | undefined
}

const onTemplate = ({ LaunchTemplateId, LaunchTemplateName = "" }: TemplateName, place: Place, state: State) => [
  LaunchTemplateId ?? named(state, LaunchTemplateName)?.LaunchTemplateId ?? arnOf(place, "launch-template")
]

/** What gives a profile to an instance. */
const profiling = (
  operation: string,
  instance: string,
  profile: sdk.IamInstanceProfileSpecification | undefined,
  place: Place,
  state: State
) => [
  {
    action: `ec2:${operation}`,
    resource: instance.startsWith("arn:") ? instance : arnOfId(instance, place, state),
    keys: values({ "ec2:newinstanceprofile": profileArn(profile ?? {}, place) })
  },
  ...passProfile(profile, place)
]

const associated = (id: string | undefined, place: Place, { profileAssociations }: State): string =>
  profileAssociations.get(id ?? "")?.InstanceId ?? arnOf(place, "instance")

interface Tagging {
  readonly Resources?: ReadonlyArray<string> | undefined
  readonly Tags?: ReadonlyArray<Tag> | undefined
}

const onTags =
  (keys: (tags: ReadonlyArray<Tag>) => Readonly<Record<string, ReadonlyArray<string>>>, action: string) =>
  (
    { Resources = [], Tags = [] }: Tagging,
    place: Place,
    state: State
  ) => Resources.map((id) => ({ action: `ec2:${action}`, resource: arnOfId(id, place, state), keys: keys(Tags) }))

/** Snapshots in the block devices of a request. */
const snapshotsIn = (mappings: ReadonlyArray<sdk.BlockDeviceMapping> = []): ReadonlyArray<string> =>
  mappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? [])

export const snapshotArn = (id: string | undefined, place: Place) =>
  id === undefined ? undefined : arnOf(place, "snapshot", id)

/** Sharing a snapshot. There is no other attribute that a call changes. */
const shares = (input: sdk.ModifySnapshotAttributeCommandInput, place: Place) => {
  const { CreateVolumePermission: { Add = [], Remove = [] } = {}, GroupNames = [], OperationType, UserIds = [] } = input
  const isAdded = OperationType === "add"
  const isRemoved = OperationType === "remove"
  return [{
    action: "ec2:ModifySnapshotAttribute",
    resource: arnOf(place, "snapshot", input.SnapshotId),
    keys: values({
      "ec2:attribute": "CreateVolumePermission",
      "ec2:add/group": [...Add.map(({ Group }) => Group), ...(isAdded ? GroupNames : [])],
      "ec2:add/userid": [...Add.map(({ UserId }) => UserId), ...(isAdded ? UserIds : [])],
      "ec2:remove/group": [...Remove.map(({ Group }) => Group), ...(isRemoved ? GroupNames : [])],
      "ec2:remove/userid": [...Remove.map(({ UserId }) => UserId), ...(isRemoved ? UserIds : [])]
    })
  }]
}

export const instances = ec2Needs({
  MonitorInstances: ["InstanceIds"],
  RebootInstances: ["InstanceIds"],
  StartInstances: ["InstanceIds"],
  StopInstances: ["InstanceIds"],
  TerminateInstances: ["InstanceIds"],
  UnmonitorInstances: ["InstanceIds"],
  ModifyInstanceAttribute: ["InstanceId", "Groups"],
  ModifyInstanceCreditSpecification: ({ InstanceCreditSpecifications = [] }, place) =>
    orAny("instance", InstanceCreditSpecifications.flatMap(({ InstanceId }) => InstanceId ?? []), place),
  ModifyInstanceMaintenanceOptions: ["InstanceId"],
  ModifyInstanceMetadataOptions: ["InstanceId"],
  ModifyInstancePlacement: ({ GroupId, GroupName, InstanceId }, place) => [
    InstanceId ?? "*",
    // An empty name takes the instance out of its group.
    ...(GroupName ? [arnOf(place, "placement-group", GroupName)] : []),
    ...(GroupId === undefined ? [] : [GroupId])
  ],
  ModifyPrivateDnsNameOptions: ["InstanceId"],
  ResetInstanceAttribute: ["InstanceId"],
  AssociateIamInstanceProfile: ({ IamInstanceProfile, InstanceId = "" }, place, state) =>
    profiling("AssociateIamInstanceProfile", InstanceId, IamInstanceProfile, place, state),
  DisassociateIamInstanceProfile: ({ AssociationId }, place, state) => [associated(AssociationId, place, state)],
  ReplaceIamInstanceProfileAssociation: ({ AssociationId, IamInstanceProfile }, place, state) => {
    const instance = associated(AssociationId, place, state)
    return profiling("ReplaceIamInstanceProfileAssociation", instance, IamInstanceProfile, place, state)
  },

  CreateVolume: {
    creates: "volume",
    of: ["SnapshotId"],
    keys: (input, place) =>
      values({
        "ec2:availabilityzone": input.AvailabilityZone,
        "ec2:availabilityzoneid": input.AvailabilityZoneId,
        "ec2:encrypted": input.Encrypted ?? false,
        "ec2:kmskeyid": input.KmsKeyId,
        "ec2:parentsnapshot": snapshotArn(input.SnapshotId, place),
        "ec2:volumeinitializationrate": input.VolumeInitializationRate,
        "ec2:volumeiops": input.Iops,
        "ec2:volumesize": input.Size,
        "ec2:volumethroughput": input.Throughput,
        "ec2:volumetype": input.VolumeType ?? "gp2"
      })
  },
  DeleteVolume: ["VolumeId"],
  ModifyVolume: ["VolumeId"],
  AttachVolume: ["InstanceId", "VolumeId"],
  DetachVolume: ["VolumeId", "InstanceId"],
  EnableEbsEncryptionByDefault: [],
  DisableEbsEncryptionByDefault: [],
  CreateSnapshot: {
    creates: "snapshot",
    of: ["VolumeId"],
    keys: ({ VolumeId }, place, { volumes }) =>
      values({
        "ec2:parentvolume": VolumeId === undefined ? undefined : arnOf(place, "volume", VolumeId),
        "ec2:volumesize": volumes.get(VolumeId ?? "")?.Size
      })
  },
  DeleteSnapshot: ["SnapshotId"],
  ModifySnapshotAttribute: shares,
  ResetSnapshotAttribute: ["SnapshotId"],
  ModifyEbsDefaultKmsKeyId: [],
  ResetEbsDefaultKmsKeyId: [],

  CreateImage: {
    creates: "image",
    of: ["InstanceId"],
    and: (_input, place) => [arnOf(place, "snapshot")],
    keys: (_input, { account }) => ({ "ec2:owner": [account] })
  },
  RegisterImage: {
    creates: "image",
    and: ({ BlockDeviceMappings }) => snapshotsIn(BlockDeviceMappings),
    keys: (_input, { account }) => ({ "ec2:owner": [account] })
  },
  CopyImage: { creates: "image", and: (_input, place) => [arnOf(place, "snapshot")] },
  DeregisterImage: ["ImageId"],
  ModifyImageAttribute: ["ImageId"],

  CreateKeyPair: {
    creates: "key-pair",
    name: "KeyName",
    keys: ({ KeyName, KeyType = "rsa" }) => values({ "ec2:keypairname": KeyName, "ec2:keypairtype": KeyType })
  },
  ImportKeyPair: {
    creates: "key-pair",
    name: "KeyName",
    keys: ({ KeyName }) => values({ "ec2:keypairname": KeyName })
  },
  DeleteKeyPair: ({ KeyName, KeyPairId }, place) => [KeyPairId ?? arnOf(place, "key-pair", KeyName)],
  CreatePlacementGroup: {
    creates: "placement-group",
    name: "GroupName",
    keys: ({ GroupName, Strategy }) =>
      values({ "ec2:placementgroupname": GroupName, "ec2:placementgroupstrategy": Strategy })
  },
  DeletePlacementGroup: ({ GroupName }, place) => [arnOf(place, "placement-group", GroupName)],

  CreateLaunchTemplate: { creates: "launch-template" },
  CreateLaunchTemplateVersion: onTemplate,
  DeleteLaunchTemplate: onTemplate,
  DeleteLaunchTemplateVersions: onTemplate,
  ModifyLaunchTemplate: onTemplate,

  CreateTags: onTags(tagValues, "CreateTags"),
  DeleteTags: onTags((tags) => values({ "aws:tagkeys": tags.map(({ Key }) => Key) }), "DeleteTags")
})

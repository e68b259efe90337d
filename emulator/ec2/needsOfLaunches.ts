/** In-memory EC2: the permissions that launches need: one for each resource that a launch uses or creates. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { ConditionValues, Need, Place } from "../engine/authorization.ts"
import { tagValues, values } from "../support/needsOfState.ts"
import { imagesOf } from "./images.ts"
import { requestOf } from "./launchTemplateData.ts"
import { named, versionOf } from "./launchTemplates.ts"
import { arnOf, arnOfId, ec2Needs, groupsNamed, passProfile, profileArn, tagging, tagsFor } from "./needs.ts"
import { snapshotArn } from "./needsOfInstances.ts"
import { empty, type LaunchTemplateVersion, type State } from "./state.ts"

type Input = Partial<sdk.RunInstancesRequest>

/** A launch: the request with what the template adds to it. */
interface Launch {
  readonly request: Input
  readonly input: Input
  readonly template: LaunchTemplateVersion | undefined
  readonly image: sdk.Image | undefined
  readonly place: Place
  readonly state: State
}

const templateOf = (given: sdk.LaunchTemplateSpecification | undefined, state: State) => {
  const { LaunchTemplateId, LaunchTemplateName = "", Version } = given ?? {}
  const template = LaunchTemplateId === undefined
    ? named(state, LaunchTemplateName)
    : state.launchTemplates.get(LaunchTemplateId)
  return template === undefined ? undefined : versionOf(template, Version)
}

/** The keys of everything that is launched from a template. */
const templateKeys = (
  { place, request, template }: Launch,
  /** The members of the request in place of what the template has. */
  members: ReadonlyArray<keyof sdk.RunInstancesRequest>
): ConditionValues =>
  template === undefined ? {} : {
    "ec2:launchtemplate": [arnOf(place, "launch-template", template.LaunchTemplateId)],
    "ec2:islaunchtemplateresource": [String(members.every((member) => request[member] === undefined))]
  }

const interfacesOf = ({ input, state }: Launch): ReadonlyArray<sdk.InstanceNetworkInterfaceSpecification> =>
  input.NetworkInterfaces ?? [{
    SubnetId: input.SubnetId,
    Groups: [...input.SecurityGroupIds ?? [], ...groupsNamed(input.SecurityGroups ?? [], state)]
  }]

/** The subnet of a new interface. AWS takes the default one in the first zone. */
const subnetOf = ({ SubnetId }: sdk.InstanceNetworkInterfaceSpecification, { input, state }: Launch) => {
  if (SubnetId !== undefined) return { id: SubnetId, subnet: state.subnets.get(SubnetId) }
  const { AvailabilityZone, AvailabilityZoneId } = input.Placement ?? {}
  const [subnet] = [...state.subnets.values()].filter((one) =>
    one.DefaultForAz === true && (AvailabilityZone ?? one.AvailabilityZone) === one.AvailabilityZone &&
    (AvailabilityZoneId ?? one.AvailabilityZoneId) === one.AvailabilityZoneId
  ).sort((a, b) => a.AvailabilityZone < b.AvailabilityZone ? -1 : 1)
  return { id: subnet?.SubnetId, subnet }
}

const run = (resource: string, keys: ConditionValues): Need => ({ action: "ec2:RunInstances", resource, keys })

const networkNeeds = (launch: Launch): ReadonlyArray<Need> => {
  const { input, place, state } = launch
  const ofSubnet = templateKeys(launch, ["SubnetId", "NetworkInterfaces"])
  const ofGroup = templateKeys(launch, ["SecurityGroupIds", "SecurityGroups", "NetworkInterfaces"])
  return interfacesOf(launch).flatMap((one) => {
    const { AssociatePublicIpAddress, Groups = [], NetworkInterfaceId } = one
    if (NetworkInterfaceId !== undefined) return [run(arnOfId(NetworkInterfaceId, place, state), ofSubnet)]
    const { id, subnet } = subnetOf(one, launch)
    const own = [...state.groups.values()].find(({ GroupName, VpcId }) =>
      GroupName === "default" && VpcId === subnet?.VpcId
    )
    const groups = Groups.length > 0 ? Groups : [own?.GroupId]
    return [
      run(arnOf(place, "subnet", id), ofSubnet),
      run(arnOf(place, "network-interface"), {
        ...ofSubnet,
        ...values({
          "ec2:associatepublicipaddress": AssociatePublicIpAddress,
          "ec2:availabilityzone": subnet?.AvailabilityZone,
          "ec2:subnet": id === undefined ? undefined : arnOf(place, "subnet", id),
          "ec2:vpc": subnet === undefined ? undefined : arnOf(place, "vpc", subnet.VpcId)
        }),
        ...tagValues(tagsFor(input, "network-interface"))
      }),
      ...groups.map((group) => run(arnOf(place, "security-group", group), ofGroup))
    ]
  })
}

const volumeNeeds = (launch: Launch): ReadonlyArray<Need> => {
  const { image, input, place, state } = launch
  const ofVolume = templateKeys(launch, ["BlockDeviceMappings"])
  const tags = tagValues(tagsFor(input, "volume"))
  const { subnet } = subnetOf(interfacesOf(launch)[0] ?? {}, launch)
  const own = new Map(image?.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [DeviceName, Ebs]))
  const wanted = new Map<string | undefined, sdk.EbsBlockDevice | undefined>(own)
  for (const { DeviceName, Ebs, NoDevice, VirtualName } of input.BlockDeviceMappings ?? []) {
    if (NoDevice !== undefined || VirtualName !== undefined) wanted.delete(DeviceName)
    else wanted.set(DeviceName, { ...own.get(DeviceName), ...Ebs })
  }
  const volumes = [...wanted.values()].map((ebs = {}) =>
    run(arnOf(place, "volume"), {
      ...ofVolume,
      ...values({
        "ec2:availabilityzone": subnet?.AvailabilityZone,
        "ec2:encrypted": ebs.Encrypted ?? state.encryptsVolumes,
        "ec2:parentsnapshot": snapshotArn(ebs.SnapshotId, place),
        "ec2:volumeinitializationrate": ebs.VolumeInitializationRate,
        "ec2:volumeiops": ebs.Iops,
        "ec2:volumesize": ebs.VolumeSize,
        "ec2:volumethroughput": ebs.Throughput,
        "ec2:volumetype": ebs.VolumeType ?? "gp2"
      }),
      ...tags
    })
  )
  const snapshots = (input.BlockDeviceMappings ?? []).flatMap(({ Ebs }) =>
    Ebs?.SnapshotId === undefined ? [] : [run(arnOf(place, "snapshot", Ebs.SnapshotId), ofVolume)]
  )
  return [...volumes, ...snapshots]
}

const instanceNeed = (launch: Launch): Need => {
  const { image, input, place } = launch
  const { HttpEndpoint, HttpPutResponseHopLimit, HttpTokens, InstanceMetadataTags } = input.MetadataOptions ?? {}
  const { subnet } = subnetOf(interfacesOf(launch)[0] ?? {}, launch)
  const group = input.Placement?.GroupName
  return run(arnOf(place, "instance"), {
    ...templateKeys(launch, ["InstanceType", "MetadataOptions", "IamInstanceProfile", "EbsOptimized", "Placement"]),
    ...values({
      "ec2:availabilityzone": subnet?.AvailabilityZone ?? input.Placement?.AvailabilityZone,
      "ec2:ebsoptimized": input.EbsOptimized ?? false,
      "ec2:instancemarkettype": input.InstanceMarketOptions?.MarketType ?? "on-demand",
      "ec2:instancemetadatatags": InstanceMetadataTags,
      "ec2:instanceprofile": profileArn(input.IamInstanceProfile ?? {}, place),
      "ec2:instancetype": input.InstanceType ?? "m1.small",
      "ec2:metadatahttpendpoint": HttpEndpoint,
      "ec2:metadatahttpputresponsehoplimit": HttpPutResponseHopLimit,
      "ec2:metadatahttptokens": HttpTokens,
      "ec2:placementgroup": group ? arnOf(place, "placement-group", group) : undefined,
      "ec2:rootdevicetype": image?.RootDeviceType,
      "ec2:tenancy": input.Placement?.Tenancy ?? "default"
    }),
    ...tagValues(tagsFor(input, "instance"))
  })
}

const launchNeeds = (launch: Launch, operation: string): ReadonlyArray<Need> => {
  const { input, place, template } = launch
  const group = input.Placement?.GroupName
  return [
    instanceNeed(launch),
    run(arnOf(place, "image", input.ImageId), templateKeys(launch, ["ImageId"])),
    ...networkNeeds(launch),
    ...volumeNeeds(launch),
    ...(input.KeyName === undefined
      ? []
      : [run(arnOf(place, "key-pair", input.KeyName), templateKeys(launch, ["KeyName"]))]),
    ...(group ? [run(arnOf(place, "placement-group", group), templateKeys(launch, ["Placement"]))] : []),
    ...(template === undefined
      ? []
      : [run(arnOf(place, "launch-template", template.LaunchTemplateId), templateKeys(launch, []))]),
    ...passProfile(input.IamInstanceProfile, place),
    ...tagging(operation, input, place)
  ]
}

/** The launch of a request, as the state has its template and its image. */
const launchOf = (request: Input, place: Place, state: State): Launch => {
  const template = templateOf(request.LaunchTemplate, state)
  const below = requestOf(template?.LaunchTemplateData ?? {}, request) as Input
  const sent = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined))
  const tags = [below, request].flatMap(({ TagSpecifications = [] }) => [...TagSpecifications])
  const input: Input = { ...below, ...sent, ...(tags.length > 0 && { TagSpecifications: tags }) }
  const image = imagesOf(state, place).find(({ ImageId }) => ImageId === input.ImageId)
  return { request, input, template, image, place, state }
}

/** A fleet's launches, each with one of the overrides of a template. */
const candidatesOf = ({ LaunchTemplateConfigs = [], TagSpecifications = [] }: Partial<sdk.CreateFleetRequest>) =>
  LaunchTemplateConfigs.flatMap(({ LaunchTemplateSpecification, Overrides = [] }) =>
    (Overrides.length === 0 ? [{}] : Overrides).map((override): Input => {
      const { AvailabilityZone, ImageId, InstanceType, Placement, SubnetId } =
        override as sdk.FleetLaunchTemplateOverridesRequest
      return {
        LaunchTemplate: LaunchTemplateSpecification,
        ImageId,
        InstanceType,
        SubnetId,
        Placement: AvailabilityZone === undefined ? Placement : { ...Placement, AvailabilityZone },
        TagSpecifications: TagSpecifications.filter(({ ResourceType }) => ResourceType !== "fleet")
      }
    })
  )

/** What the candidates of a fleet use. */
const usedBy = (input: Partial<sdk.CreateFleetRequest>, place: Place, state: State): ReadonlyArray<string> => {
  const used = candidatesOf(input).flatMap((candidate) => [
    templateOf(candidate.LaunchTemplate, state)?.LaunchTemplateId ?? candidate.LaunchTemplate?.LaunchTemplateId,
    candidate.ImageId,
    candidate.SubnetId
  ])
  return [...new Set(used.filter((id) => id !== undefined))].map((id) => arnOfId(id, place, state))
}

const unique = (
  all: ReadonlyArray<Need>
): ReadonlyArray<Need> => [...new Map(all.map((need) => [JSON.stringify(need), need])).values()]

export const launches = ec2Needs({
  RunInstances: (input, place, state = empty()) => unique(launchNeeds(launchOf(input, place, state), "RunInstances")),

  CreateFleet: {
    creates: "fleet",
    and: (input, place, state) => [
      {
        action: "ec2:CreateFleet",
        resource: arnOf(place, "instance"),
        keys: tagValues(tagsFor(input, "instance"))
      },
      ...usedBy(input, place, state),
      // A fleet that is ready at once launches as its caller. Others do it as EC2's own role.
      ...(input.Type === "instant"
        ? unique(
          candidatesOf(input).flatMap((candidate) =>
            launchNeeds(launchOf(candidate, place, state), "RunInstances").filter(({ action }) =>
              action !== "ec2:CreateTags"
            )
          )
        )
        : [])
    ]
  },
  ModifyFleet: (input, place, state) => [
    input.FleetId ?? "*",
    ...usedBy({ LaunchTemplateConfigs: input.LaunchTemplateConfigs }, place, state)
  ],
  DeleteFleets: ["FleetIds"]
})

/** In-memory EC2: what policies can ask about a resource: its tags, and the condition keys of its type. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { ConditionValues, Place } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { tagRecord, values } from "../support/needsOfState.ts"
import { imagesOf } from "./images.ts"
import { kinds } from "./kinds.ts"
import { arnOf } from "./needs.ts"
import type { State } from "./state.ts"

type Keys = Parameters<typeof values>[0]

interface Asked {
  readonly id: string
  readonly state: State
  readonly place: Place
}

/** The id of a resource by the end of its ARN, which is a name for some types. */
const idOf = (type: string, name: string, { keyPairs, placementGroups }: State): string =>
  (type === "key-pair"
    ? [...keyPairs.values()].find(({ KeyName }) => KeyName === name)?.KeyPairId
    : type === "placement-group"
    ? [...placementGroups.values()].find(({ GroupName }) => GroupName === name)?.GroupId
    : name) ?? name

const vpcKey = (id: string | undefined, place: Place): Keys => ({
  "ec2:vpc": id === undefined ? undefined : arnOf(place, "vpc", id)
})

const ownerOf = ({ ImageOwnerAlias, OwnerId }: sdk.Image): ReadonlyArray<string | undefined> => [
  ImageOwnerAlias ?? OwnerId
]

const peeringKeys = ({ id, place, state }: Asked): Keys => {
  const { AccepterVpcInfo: accepter, RequesterVpcInfo: requester } = state.peerings.get(id) ?? {}
  const vpcOf = (end: sdk.VpcPeeringConnectionVpcInfo | undefined) =>
    end?.VpcId === undefined
      ? undefined
      : arnOf({ ...place, account: end.OwnerId ?? place.account, region: end.Region ?? place.region }, "vpc", end.VpcId)
  return {
    "ec2:acceptervpc": vpcOf(accepter),
    "ec2:requestervpc": vpcOf(requester),
    "ec2:vpcpeeringconnectionid": id
  }
}

const instanceKeys = ({ id, place, state }: Asked): Keys => {
  const instance = state.instances.get(id)
  if (instance === undefined) return {}
  const { MetadataOptions: metadata, Placement } = instance
  const profile = [...state.profileAssociations.values()].find(({ InstanceId }) => InstanceId === id)
  return {
    "ec2:availabilityzone": Placement.AvailabilityZone,
    "ec2:availabilityzoneid": Placement.AvailabilityZoneId,
    "ec2:ebsoptimized": instance.EbsOptimized ?? false,
    "ec2:instanceautorecovery": instance.MaintenanceOptions?.AutoRecovery,
    "ec2:instanceid": id,
    "ec2:instancemarkettype": instance.InstanceLifecycle === "spot" ? "spot" : "on-demand",
    "ec2:instancemetadatatags": metadata?.InstanceMetadataTags,
    "ec2:instanceprofile": profile?.IamInstanceProfile.Arn,
    "ec2:instancetype": instance.InstanceType,
    "ec2:metadatahttpendpoint": metadata?.HttpEndpoint,
    "ec2:metadatahttpputresponsehoplimit": metadata?.HttpPutResponseHopLimit,
    "ec2:metadatahttptokens": metadata?.HttpTokens,
    "ec2:placementgroup": Placement.GroupName ? arnOf(place, "placement-group", Placement.GroupName) : undefined,
    "ec2:rootdevicetype": instance.RootDeviceType,
    "ec2:tenancy": Placement.Tenancy
  }
}

/** The keys by the type in the ARN. */
const keysOfType: Readonly<Record<string, (asked: Asked) => Keys>> = {
  vpc: ({ id, state }) => ({ "ec2:vpcid": id, "ec2:tenancy": state.vpcs.get(id)?.InstanceTenancy }),
  subnet: ({ id, place, state }) => {
    const subnet = state.subnets.get(id)
    return {
      ...vpcKey(subnet?.VpcId, place),
      "ec2:availabilityzone": subnet?.AvailabilityZone,
      "ec2:availabilityzoneid": subnet?.AvailabilityZoneId,
      "ec2:subnetid": id
    }
  },
  "network-interface": ({ id, place, state }) => {
    const eni = state.enis.get(id)
    return {
      ...vpcKey(eni?.VpcId, place),
      "ec2:availabilityzone": eni?.AvailabilityZone,
      "ec2:networkinterfaceid": id,
      "ec2:subnet": eni === undefined ? undefined : arnOf(place, "subnet", eni.SubnetId)
    }
  },
  "security-group": ({ id, place, state }) => ({
    ...vpcKey(state.groups.get(id)?.VpcId, place),
    "ec2:securitygroupid": id
  }),
  "route-table": ({ id, place, state }) => ({
    ...vpcKey(state.routeTables.get(id)?.VpcId, place),
    "ec2:routetableid": id
  }),
  "network-acl": ({ id, place, state }) => ({
    ...vpcKey(state.networkAcls.get(id)?.VpcId, place),
    "ec2:networkaclid": id
  }),
  natgateway: ({ id, place, state }) => vpcKey(state.natGateways.get(id)?.VpcId, place),
  "internet-gateway": ({ id }) => ({ "ec2:internetgatewayid": id }),
  "dhcp-options": ({ id }) => ({ "ec2:dhcpoptionsid": id }),
  "vpc-endpoint": ({ id, state }) => {
    const service = state.endpoints.get(id)?.ServiceName
    return {
      "ec2:vpceservicename": service,
      "ec2:vpceserviceowner": service?.startsWith("com.amazonaws.") === true ? "amazon" : undefined
    }
  },
  "vpc-peering-connection": peeringKeys,
  "transit-gateway": ({ id }) => ({ "ec2:transitgatewayid": id }),
  "transit-gateway-attachment": ({ id }) => ({ "ec2:transitgatewayattachmentid": id }),
  "transit-gateway-route-table": ({ id }) => ({ "ec2:transitgatewayroutetableid": id }),
  "elastic-ip": ({ id, state }) => ({
    "ec2:allocationid": id,
    "ec2:domain": state.addresses.get(id)?.Domain,
    "ec2:publicipaddress": state.addresses.get(id)?.PublicIp
  }),
  instance: instanceKeys,
  volume: ({ id, place, state }) => {
    const volume = state.volumes.get(id)
    return {
      "ec2:availabilityzone": volume?.AvailabilityZone,
      "ec2:availabilityzoneid": volume?.AvailabilityZoneId,
      "ec2:encrypted": volume?.Encrypted,
      "ec2:kmskeyid": volume?.KmsKeyId,
      "ec2:parentsnapshot": volume?.SnapshotId ? arnOf(place, "snapshot", volume.SnapshotId) : undefined,
      "ec2:volumeid": id,
      "ec2:volumeiops": volume?.Iops,
      "ec2:volumesize": volume?.Size,
      "ec2:volumethroughput": volume?.Throughput,
      "ec2:volumetype": volume?.VolumeType
    }
  },
  snapshot: ({ id, place, state }) => {
    const snapshot = state.snapshots.get(id)
    return {
      "ec2:encrypted": snapshot?.Encrypted,
      "ec2:owner": snapshot?.OwnerId,
      "ec2:parentvolume": snapshot?.VolumeId ? arnOf(place, "volume", snapshot.VolumeId) : undefined,
      "ec2:snapshotid": id,
      "ec2:snapshottime": snapshot?.StartTime?.toISOString(),
      "ec2:volumesize": snapshot?.VolumeSize
    }
  },
  image: ({ id, place, state }) => {
    const image = imagesOf(state, place).find(({ ImageId }) => ImageId === id)
    return image === undefined ? { "ec2:imageid": id } : {
      "ec2:imageid": id,
      "ec2:imagetype": image.ImageType,
      "ec2:owner": ownerOf(image),
      "ec2:public": image.Public,
      "ec2:rootdevicetype": image.RootDeviceType
    }
  },
  "key-pair": ({ id, state }) => ({
    "ec2:keypairname": state.keyPairs.get(id)?.KeyName,
    "ec2:keypairtype": state.keyPairs.get(id)?.KeyType
  }),
  "placement-group": ({ id, state }) => ({
    "ec2:placementgroupname": state.placementGroups.get(id)?.GroupName,
    "ec2:placementgroupstrategy": state.placementGroups.get(id)?.Strategy
  })
}

/** The type and the id of what an ARN names, unless it is about to be created. */
const named = (arn: string, state: State) => {
  const [type = "", name = "*"] = (parseArn(arn)?.resource ?? "").split("/")
  return name === "*" ? undefined : { type, id: idOf(type, name, state) }
}

export const tagsOf = (arn: string, state: State): Readonly<Record<string, string>> | undefined => {
  const found = named(arn, state)
  const kind = kinds.find(({ type }) => type === found?.type)
  const resource = kind?.of(state).get(found?.id ?? "")
  return kind === undefined || resource === undefined
    ? undefined
    : tagRecord(resource[kind.tags] as ReadonlyArray<sdk.Tag>)
}

export const keysOf = (arn: string, state: State, place: Place): ConditionValues => {
  const found = named(arn, state)
  if (found === undefined) return {}
  return {
    ...values(keysOfType[found.type]?.({ id: found.id, state, place }) ?? {}),
    // EC2 has a key of its own for tags, which is older than that of all services.
    ...values(
      Object.fromEntries(
        Object.entries(tagsOf(arn, state) ?? {}).map(([key, value]) => [`ec2:resourcetag/${key.toLowerCase()}`, value])
      )
    )
  }
}

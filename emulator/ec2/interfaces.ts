/** In-memory EC2: network interfaces. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { addEni, attach, attachedTo, detach, removeEni } from "./enis.ts"
import { combination, fault, invalidValue, required } from "./faults.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { checkInterfaceCount } from "./instanceTypes.ts"
import { enis, find, instances, subnets } from "./kinds.ts"
import type { Ec2Handlers, Eni } from "./state.ts"
import { newTags } from "./tags.ts"

// AWS answers values that the SDK's types lack: the type `nat_gateway` and the status `pending`.
const toSdk = (eni: Omit<Eni, "Status"> & { readonly Status?: string | undefined }) => eni as sdk.NetworkInterface

export const eniFilters: Filters<Eni> = {
  ...absent("operator.principal"),
  "operator.managed": () => false,
  "network-interface-id": (eni) => eni.NetworkInterfaceId,
  "subnet-id": (eni) => eni.SubnetId,
  "vpc-id": (eni) => eni.VpcId,
  "availability-zone": (eni) => eni.AvailabilityZone,
  "availability-zone-id": (eni) => eni.AvailabilityZoneId,
  "addresses.association.owner-id": (eni) => eni.PrivateIpAddresses.map(({ Association }) => Association?.IpOwnerId),
  "addresses.association.public-ip": (eni) => eni.PrivateIpAddresses.map(({ Association }) => Association?.PublicIp),
  "addresses.primary": (eni) => eni.PrivateIpAddresses.map(({ Primary }) => Primary),
  "addresses.private-ip-address": (eni) => eni.PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress),
  "association.allocation-id": (eni) => eni.Association?.AllocationId,
  "association.association-id": (eni) => eni.Association?.AssociationId,
  "association.ip-owner-id": (eni) => eni.Association?.IpOwnerId,
  "association.public-dns-name": (eni) => eni.Association?.PublicDnsName,
  "association.public-ip": (eni) => eni.Association?.PublicIp,
  "attachment.attachment-id": (eni) => eni.Attachment?.AttachmentId,
  "attachment.attach-time": (eni) => eni.Attachment?.AttachTime,
  "attachment.delete-on-termination": (eni) => eni.Attachment?.DeleteOnTermination,
  "attachment.device-index": (eni) => eni.Attachment?.DeviceIndex,
  "attachment.instance-id": (eni) => eni.Attachment?.InstanceId,
  "attachment.instance-owner-id": (eni) => eni.Attachment?.InstanceOwnerId,
  "attachment.status": (eni) => eni.Attachment?.Status,
  description: (eni) => eni.Description,
  "group-id": (eni) => eni.Groups.map(({ GroupId }) => GroupId),
  "group-name": (eni) => eni.Groups.map(({ GroupName }) => GroupName),
  "interface-type": (eni) => eni.InterfaceType,
  "ipv6-addresses.ipv6-address": (eni) => eni.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address),
  "mac-address": (eni) => eni.MacAddress,
  "owner-id": (eni) => eni.OwnerId,
  "private-dns-name": (eni) => eni.PrivateDnsName,
  "private-ip-address": (eni) => eni.PrivateIpAddress,
  "requester-id": (eni) => eni.RequesterId,
  "requester-managed": (eni) => eni.RequesterManaged,
  "source-dest-check": (eni) => eni.SourceDestCheck,
  status: (eni) => eni.Status
}

export const eniTypes: ReadonlyArray<sdk.NetworkInterfaceType> = ["interface", "branch", "efa", "efa-only", "trunk"]

export const handlers: Ec2Handlers = {
  CreateNetworkInterface: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const subnet = yield* find(state, subnets, input.SubnetId, "subnetId")
        const type = input.InterfaceType ?? "interface"
        if (!eniTypes.includes(type)) {
          return yield* invalidValue(type, "interfaceType", "Use branch, efa, efa-only or trunk.")
        }
        const eni = yield* addEni(state, context, {
          subnet,
          type,
          description: input.Description ?? "",
          request: input,
          hasPrimaryIpv6: input.EnablePrimaryIpv6,
          tags: yield* newTags(input.TagSpecifications, "network-interface")
        })
        return eni.NetworkInterfaceId
      }),
      answer: (id) => {
        const eni = state.enis.get(id)
        return eni && {
          NetworkInterface: toSdk({ ...eni, ...(eni.Attachment === undefined && { Status: "pending" }) }),
          ClientToken: input.ClientToken
        }
      }
    }),

  DescribeNetworkInterfaces: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, enis, {
      input,
      ids: input.NetworkInterfaceIds,
      idsName: "networkInterfaceIds",
      filters: input.Filters,
      supported: eniFilters
    })
    return { NetworkInterfaces: found.map(toSdk), NextToken }
  }),

  DeleteNetworkInterface: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    if (eni.Status === "in-use") {
      return yield* fault(
        "InvalidParameterValue",
        `Network interface '${eni.NetworkInterfaceId}' is currently in use.`
      )
    }
    removeEni(state, eni)
    return {}
  }),

  AttachNetworkInterface: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const instance = yield* find(state, instances, input.InstanceId, "instanceId")
    const DeviceIndex = yield* required(input.DeviceIndex, "deviceIndex")
    const NetworkCardIndex = input.NetworkCardIndex ?? 0
    if (eni.Attachment !== undefined) {
      return yield* fault("InvalidNetworkInterface.InUse", `Interface: ${eni.NetworkInterfaceId} in use.`)
    }
    if (instance.State.Name !== "running" && instance.State.Name !== "stopped") {
      return yield* fault("IncorrectState", `The instance '${instance.InstanceId}' is not 'running' or 'stopped'.`)
    }
    if (eni.AvailabilityZone !== instance.Placement.AvailabilityZone) {
      return yield* combination(
        "You may not attach a network interface to an instance if they are not in the same availability zone"
      )
    }
    yield* checkInterfaceCount(instance.InstanceType, attachedTo(state, instance).length + 1)
    if (attachedTo(state, instance).some(({ Attachment }) => Attachment?.DeviceIndex === DeviceIndex)) {
      return yield* fault(
        "InvalidParameterValue",
        `Instance '${instance.InstanceId}' already has an interface attached at device index '${DeviceIndex}'.`
      )
    }
    attach(eni, context, now, {
      InstanceId: instance.InstanceId,
      DeviceIndex,
      NetworkCardIndex,
      DeleteOnTermination: false
    })
    return { AttachmentId: eni.Attachment!.AttachmentId, NetworkCardIndex }
  }),

  DetachNetworkInterface: Effect.fnUntraced(function*(input, state) {
    const id = yield* required(input.AttachmentId, "attachmentId")
    const eni = [...state.enis.values()].find(({ Attachment }) => Attachment?.AttachmentId === id)
    if (eni?.Attachment?.InstanceId === undefined) {
      return yield* fault(
        "InvalidAttachmentID.NotFound",
        `The networkInterface attachment ID '${id}' does not exist`
      )
    }
    if (eni.Attachment.DeviceIndex === 0) {
      return yield* fault(
        "OperationNotPermitted",
        "The network interface at device index 0 and networkCard index 0 cannot be detached."
      )
    }
    detach(eni)
    return {}
  })
}

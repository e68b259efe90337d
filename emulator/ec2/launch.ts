/** In-memory EC2: how instances are launched. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { addEni, attach, privateDomain } from "./enis.ts"
import { fault, invalidValue, required } from "./faults.ts"
import { idempotent } from "./idempotency.ts"
import { findLaunchable } from "./images.ts"
import { associateProfile } from "./instanceProfiles.ts"
import { described } from "./instances.ts"
import { start, stateOf } from "./instanceStates.ts"
import { checkInterfaceCount } from "./instanceTypes.ts"
import { findKeyPair } from "./keyPairs.ts"
import { addDevices } from "./launchDevices.ts"
import { type Wanted, wantedInterfaces } from "./launchInterfaces.ts"
import { checkArchitecture, type Settings, settingsOf } from "./launchSettings.ts"
import type { Ec2Handlers, Instance, State, Subnet } from "./state.ts"
import { newTags } from "./tags.ts"

const addInterfaces = (
  state: State,
  context: HandlerContext,
  now: number,
  InstanceId: string,
  wanted: ReadonlyArray<Wanted>
) =>
  Effect.forEach(
    wanted,
    ({ eni: existing, options, specification }, position) =>
      Effect.map(options === undefined ? Effect.succeed(existing!) : addEni(state, context, options), (eni) => {
        attach(eni, context, now, {
          InstanceId,
          DeviceIndex: specification.DeviceIndex ?? position,
          DeleteOnTermination: specification.DeleteOnTermination ?? options !== undefined,
          NetworkCardIndex: specification.NetworkCardIndex ?? 0
        })
        return eni
      })
  )

const launchOne = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  now: number,
  launch: {
    readonly settings: Settings
    readonly wanted: ReadonlyArray<Wanted>
    readonly tags: ReadonlyArray<sdk.Tag>
    readonly volumeTags: ReadonlyArray<sdk.Tag>
    readonly reservation: string
    readonly index: number
  }
) {
  const { settings, wanted } = launch
  const InstanceId = context.id("i-", 17)
  const attached = yield* addInterfaces(state, context, now, InstanceId, wanted)
  const first = Math.max(attached.findIndex(({ Attachment }) => Attachment?.DeviceIndex === 0), 0)
  const primary = attached[first]!
  const { options, specification, subnet } = wanted[first]!
  const dns = subnet.PrivateDnsNameOptionsOnLaunch
  const HostnameType = settings.dns?.HostnameType ?? dns.HostnameType ?? "ip-name"
  const PrivateDnsName = HostnameType === "ip-name"
    ? primary.PrivateDnsName
    : `${InstanceId}.${privateDomain(context)}`
  const instance: Instance = {
    ...settings.members,
    ProductCodes: [],
    reservation: launch.reservation,
    attributes: {
      ...settings.attributes,
      hasPublicAddress: options !== undefined && wanted.length === 1 &&
        (specification.AssociatePublicIpAddress ?? subnet.MapPublicIpOnLaunch === true)
    },
    InstanceId,
    State: stateOf("pending"),
    AmiLaunchIndex: launch.index,
    BlockDeviceMappings: [],
    Placement: {
      AvailabilityZone: subnet.AvailabilityZone,
      AvailabilityZoneId: subnet.AvailabilityZoneId,
      GroupName: settings.GroupName,
      Tenancy: settings.Tenancy ?? state.vpcs.get(subnet.VpcId)!.InstanceTenancy
    },
    PrivateDnsName,
    PrivateDnsNameOptions: {
      HostnameType,
      EnableResourceNameDnsARecord: settings.dns?.EnableResourceNameDnsARecord ?? dns.EnableResourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: settings.dns?.EnableResourceNameDnsAAAARecord ??
        dns.EnableResourceNameDnsAAAARecord
    },
    PrivateIpAddress: primary.PrivateIpAddress,
    SecurityGroups: primary.Groups.map((group) => ({ ...group })),
    SubnetId: primary.SubnetId,
    UsageOperationUpdateTime: new Date(now),
    VpcId: primary.VpcId,
    Tags: launch.tags.map((tag) => ({ ...tag }))
  }
  state.instances.set(InstanceId, instance)
  addDevices(state, context, now, instance, { devices: settings.devices, tags: launch.volumeTags })
  if (settings.profile !== undefined) {
    associateProfile(state, context, { instanceId: InstanceId, profile: settings.profile })
  }
  start(state, context, instance, now)
})

/** An instance as RunInstances answers it: its volumes and its public address come a little later. */
const starting = (instance: sdk.Instance): sdk.Instance => {
  if (instance.State?.Name !== "pending") return instance
  const {
    HibernationOptions: _1,
    PlatformDetails: _2,
    PublicIpAddress: _3,
    UsageOperation: _4,
    UsageOperationUpdateTime: _5,
    ...rest
  } = instance
  return {
    ...rest,
    BlockDeviceMappings: [],
    MetadataOptions: { ...instance.MetadataOptions, State: "pending" },
    NetworkInterfaces: instance.NetworkInterfaces!.map(({ Association: _6, ...eni }) => ({
      ...eni,
      Attachment: { ...eni.Attachment, Status: "attaching" },
      PrivateIpAddresses: eni.PrivateIpAddresses!.map(({ Association: _7, ...address }) => address)
    })),
    PublicDnsName: ""
  }
}

const launched = (state: State, reservation: string) =>
  [...state.instances.values()].filter((instance) => instance.reservation === reservation)

export const handlers: Ec2Handlers = {
  RunInstances: Effect.fnUntraced(function*(input, state, context) {
    const reservation = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const image = yield* findLaunchable(state, context, input.ImageId)
        const min = yield* required(input.MinCount, "MinCount")
        const max = yield* required(input.MaxCount, "MaxCount")
        if (!(min >= 1)) return yield* invalidValue(min, "minCount", "Minimum value is 1.")
        if (!(max >= min)) return yield* invalidValue(max, "maxCount", "It must not be less than minCount.")
        const settings = yield* settingsOf(state, context, input, image)
        if (input.KeyName !== undefined) yield* findKeyPair(state, input.KeyName)
        yield* checkArchitecture(image, settings.members.InstanceType)
        const tags = yield* newTags(input.TagSpecifications, "instance", ["network-interface", "volume"])
        const volumeTags = yield* newTags(input.TagSpecifications, "volume", ["instance", "network-interface"])
        const wanted = yield* wantedInterfaces(state, context, input, max)
        yield* checkInterfaceCount(settings.members.InstanceType, wanted.length)
        const sizes = new Map<Subnet, number>()
        for (const { size, subnet } of wanted) sizes.set(subnet, (sizes.get(subnet) ?? 0) + size)
        const room = Math.min(
          ...Array.from(sizes, ([subnet, size]) => Math.floor(subnet.AvailableIpAddressCount / size))
        )
        if (room < min) {
          return yield* fault(
            "InsufficientFreeAddressesInSubnet",
            `There are not enough free addresses in subnet '${
              wanted[0]?.subnet.SubnetId
            }' to satisfy the requested number of instances.`
          )
        }
        const reservation = context.id("r-", 17)
        for (let index = 0; index < Math.min(max, room); index++) {
          yield* launchOne(state, context, now, { settings, wanted, tags, volumeTags, reservation, index })
        }
        return reservation
      }),
      answer: (id) => launched(state, id).length > 0 ? id : undefined
    })
    const all = launched(state, reservation)
    if (all.every(({ State }) => State.Name === "terminated" || State.Name === "shutting-down")) {
      return yield* fault(
        "IdempotentInstanceTerminated",
        "The client token was used by a request whose instances have been terminated."
      )
    }
    return {
      ReservationId: reservation,
      OwnerId: context.account,
      Groups: [],
      Instances: described(state, all).map(starting)
    }
  })
}

/** In-memory EC2: how instances are launched. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { observe, overlaid } from "../engine/input.ts"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { addEni, attach, privateDomain } from "./enis.ts"
import { tellSpotRequest } from "./events.ts"
import { fault, invalidValue, required } from "./faults.ts"
import { idempotent } from "./idempotency.ts"
import { findLaunchable } from "./images.ts"
import { associateProfile } from "./instanceProfiles.ts"
import { described } from "./instances.ts"
import { isEnded, start, stateOf } from "./instanceStates.ts"
import { checkInterfaceCount } from "./instanceTypes.ts"
import { findKeyPair } from "./keyPairs.ts"
import { addDevices } from "./launchDevices.ts"
import { type Wanted, wantedInterfaces } from "./launchInterfaces.ts"
import { checkArchitecture, type Settings, settingsOf } from "./launchSettings.ts"
import { requestOf } from "./launchTemplateData.ts"
import { requestedVersion } from "./launchTemplates.ts"
import type { Ec2Handlers, Instance, LaunchTemplateVersion, State, Subnet } from "./state.ts"
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
    readonly isSpot: boolean
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
    ...(launch.isSpot && { InstanceLifecycle: "spot" as const, SpotInstanceRequestId: context.id("sir-", 8) }),
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
  if (launch.isSpot) tellSpotRequest(context, instance)
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

/** The instances of a reservation. */
export const launched = (state: State, reservation: string) =>
  [...state.instances.values()].filter((instance) => instance.reservation === reservation)

// Nothing here runs an operating system.
export const withoutEffect = ["AdditionalInfo"] as const

/** The tags that AWS gives to what is launched from a template. */
const templateTags = ({ LaunchTemplateId, VersionNumber }: LaunchTemplateVersion): ReadonlyArray<sdk.Tag> => [
  { Key: "aws:ec2launchtemplate:id", Value: LaunchTemplateId },
  { Key: "aws:ec2launchtemplate:version", Value: String(VersionNumber) }
]

/** The tags of a template and of a request for each type of resource. A request's tag replaces the one with the same key. */
const tagsOfLaunch = Effect.fnUntraced(function*(
  layers: ReadonlyArray<Pick<sdk.RunInstancesRequest, "TagSpecifications">>,
  isSpot: boolean
) {
  const all = layers.flatMap(({ TagSpecifications = [] }) => [...TagSpecifications])
  // The request for a spot instance isn't a resource here.
  const ofSpot = all.filter(({ ResourceType }) => ResourceType === "spot-instances-request")
  if (ofSpot.length > 0 && !isSpot) {
    return yield* fault(
      "InvalidParameterValue",
      "You cannot specify tags for Spot instances requests if there are no Spot instances requests being created by the request."
    )
  }
  if (layers.filter(({ TagSpecifications = [] }) => TagSpecifications.length > 0).length < 2) {
    return all.filter((specification) => !ofSpot.includes(specification))
  }
  const types = Map.groupBy(all.filter((one) => !ofSpot.includes(one)), ({ ResourceType }) => ResourceType)
  return Array.from(types, ([ResourceType, specifications]): sdk.TagSpecification => ({
    ResourceType,
    Tags: [
      ...new Map(specifications.flatMap(({ Tags = [] }) => Tags.map((tag) => [tag.Key, { ...tag }] as const))).values()
    ]
  }))
})

/** How a launch differs from a plain RunInstances. */
interface Launch {
  readonly template?: LaunchTemplateVersion | undefined
  /** Tags with reserved keys, which AWS adds by itself. */
  readonly systemTags?: ReadonlyArray<sdk.Tag>
  readonly isSpot?: boolean
}

/**
 * Launches instances, and returns the id of their reservation. What the request doesn't say is as in the template. Dies if the
 * template has members that the emulator doesn't support.
 */
export const launch = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  request: sdk.RunInstancesRequest,
  { isSpot = false, systemTags = [], template }: Launch = {}
): Effect.fn.Return<string, Fault> {
  const observed = observe(undefined, requestOf(template?.LaunchTemplateData ?? {}, request))
  const underneath = observed.input as Partial<sdk.RunInstancesRequest>
  const TagSpecifications = yield* tagsOfLaunch([underneath, request], isSpot)
  const input = overlaid({ TagSpecifications }, request, underneath) as sdk.RunInstancesRequest
  const now = yield* Clock.currentTimeMillis
  const image = yield* findLaunchable(state, context, input.ImageId)
  const min = yield* required(input.MinCount, "MinCount")
  const max = yield* required(input.MaxCount, "MaxCount")
  if (!(min >= 1)) return yield* invalidValue(min, "minCount", "Minimum value is 1.")
  if (!(max >= min)) return yield* invalidValue(max, "maxCount", "It must not be less than minCount.")
  const settings = yield* settingsOf(state, context, input, image)
  if (input.KeyName !== undefined) yield* findKeyPair(state, input.KeyName)
  yield* checkArchitecture(image, settings.members.InstanceType)
  const own = yield* newTags(input.TagSpecifications, "instance", ["network-interface", "volume"])
  const tags = [...own, ...systemTags, ...(template === undefined ? [] : templateTags(template))]
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
    yield* launchOne(state, context, now, { settings, wanted, tags, volumeTags, reservation, index, isSpot })
  }
  const known: ReadonlyArray<string> = withoutEffect
  const unread = observed.unread().filter((member) => !known.includes(member))
  if (unread.length > 0) {
    return yield* unsupported(
      `The in-memory EC2 doesn't support ${unread.join(", ")} of a launch template. Leave it out.`
    )
  }
  observed.end()
  return reservation
})

export const handlers: Ec2Handlers = {
  RunInstances: Effect.fnUntraced(function*(input, state, context) {
    const reservation = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        return yield* launch(state, context, input, { template: yield* requestedVersion(state, input.LaunchTemplate) })
      }),
      answer: (id) => launched(state, id).length > 0 ? id : undefined
    })
    const all = launched(state, reservation)
    if (all.every(isEnded)) {
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

/**
 * Amazon EC2 networks and traffic mirroring.
 *
 * @since 0.1.0
 */
import {
  CreateTrafficMirrorSessionCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type InstanceNetworkInterface,
  type NetworkInterface as SdkNetworkInterface
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Ec2Codes } from "../errors/codes/Ec2.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import {
  InstanceDoesNotExist,
  MirrorDoesNotExist,
  NonMirrorableEniType,
  type ResourceDoesNotExist,
  VpcDoesNotExist
} from "../errors/internal/ec2Errors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { type Need, readMembers, readPages } from "../src/internal/members.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import * as lookups from "./internal/ec2/lookups.ts"
import type { NetworkInterface, VpcDetails } from "./internal/ec2/models.ts"
import { networkInterfaces, vpcs } from "./internal/ec2/results.ts"
import * as ec2 from "./internal/ec2/service.ts"
import { type Ec2Waiters, waiters } from "./internal/ec2/waiters.ts"

export * from "../errors/Ec2Errors.ts"
export type { ResourceKind, Resources } from "./internal/ec2/lookups.ts"
export { NetworkInterface, VpcDetails } from "./internal/ec2/models.ts"

/**
 * Sends any command of EC2 with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-ec2`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `ec2:StartInstances`, for example.
 *
 * **Example** (Start an instance, and wait until it runs)
 *
 * ```ts
 * import { StartInstancesCommand } from "@aws-sdk/client-ec2"
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const started = (id: string) =>
 *   Ec2.send(new StartInstancesCommand({ InstanceIds: [id] })).pipe(
 *     Effect.andThen(Ec2.waitUntil("InstanceRunning", { InstanceIds: [id] }))
 *   )
 * ```
 *
 * AWS: [StartInstances](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = ec2.send

/**
 * The pages of any paginated command of EC2: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (Count the instances that run)
 *
 * ```ts
 * import { DescribeInstancesCommand } from "@aws-sdk/client-ec2"
 * import { Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const running = Ec2.pages(
 *   new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }], MaxResults: 1000 }),
 *   { readAhead: true }
 * ).pipe(
 *   Stream.map(({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances).length),
 *   Stream.runSum
 * )
 * ```
 *
 * AWS: [DescribeInstances](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = ec2.pages

/**
 * The elements on all pages of any paginated command of EC2, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The volumes that nothing uses)
 *
 * ```ts
 * import { DescribeVolumesCommand } from "@aws-sdk/client-ec2"
 * import { Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const unused = Ec2.items(
 *   new DescribeVolumesCommand({ Filters: [{ Name: "status", Values: ["available"] }] }),
 *   (page) => page.Volumes
 * ).pipe(Stream.map(({ Size, VolumeId }) => `${VolumeId}: ${Size} GiB`))
 * ```
 *
 * AWS: [DescribeVolumes](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = ec2.items

/**
 * Waits for a state of EC2 that AWS models as a waiter, such as `InstanceRunning`, and returns the last output.
 * `VolumeDeleted` and others end well with an error that says that the resource is gone; `waitUntil` returns `undefined`
 * then.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (An instance that starts)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const address = Ec2.waitUntil("InstanceRunning", { InstanceIds: ["i-0a1b2c3d4e5f60718"] }).pipe(
 *   Effect.map(({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.PrivateIpAddress),
 *   Effect.catchTag("WaitFailed", ({ reason }) => Effect.logError(`It doesn't start: ${reason}`))
 * )
 * ```
 *
 * AWS: [DescribeInstances](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<Ec2Waiters, Ec2Codes> = /* @__PURE__ */ waitUntilOf(
  "Ec2.waitUntil",
  "EC2",
  send,
  waiters
)

// EC2 recommends setting a page size: without one, requests with many results may be throttled or time out.
const MaxResults = 1000

const describeVpc = (vpcId: string) =>
  send(new DescribeVpcsCommand({ VpcIds: [vpcId] })).pipe(
    AwsError.catchCode("InvalidVpcID.NotFound", () => Effect.fail(new VpcDoesNotExist({ vpcId }))),
    Effect.flatMap((output) =>
      readMembers({ service: "EC2", operation: "DescribeVpcs" }, output, ({ Vpcs }, need) => need(Vpcs, "Vpcs"))
    ),
    Effect.flatMap(([vpc]) => vpc === undefined ? Effect.fail(new VpcDoesNotExist({ vpcId })) : Effect.succeed(vpc))
  )

const fromSdk = (eni: SdkNetworkInterface | InstanceNetworkInterface, need: Need): NetworkInterface =>
  networkInterfaces.make({
    vpcId: need(eni.VpcId, "VpcId"),
    subnetId: need(eni.SubnetId, "SubnetId"),
    eniId: need(eni.NetworkInterfaceId, "NetworkInterfaceId"),
    eniType: need(eni.InterfaceType, "InterfaceType")
  })

/**
 * The ids of the subnets in a VPC, page by page. The Stream is empty for a VPC without subnets. Only then does
 * it also call DescribeVpcs, to tell such a VPC from one that doesn't exist.
 *
 * **Errors**: `VpcDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `ec2:DescribeSubnets` and, for a VPC without subnets, `ec2:DescribeVpcs`.
 *
 * **Example** (Count the subnets)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const count = Ec2.listSubnetsOfVpc("vpc-0123456789abcdef0").pipe(Stream.runCount)
 * ```
 *
 * AWS: [DescribeSubnets](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html)
 *
 * @category networks
 * @since 0.1.0
 */
export const listSubnetsOfVpc = (vpcId: string): Stream.Stream<string, VpcDoesNotExist | AwsError, AwsClients> =>
  readPages(
    { service: "EC2", operation: "DescribeSubnets" },
    pages(new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }], MaxResults })),
    ({ Subnets }, need) => need(Subnets, "Subnets").map(({ SubnetId }) => need(SubnetId, "SubnetId"))
  ).pipe(
    Stream.orElseIfEmpty(() => Stream.fromEffectDrain(describeVpc(vpcId)))
  )

/**
 * The network interfaces of an instance. A terminated instance has none, as long as EC2 still lists it.
 *
 * **Errors**: `InstanceDoesNotExist`; `AwsError` for anything else: for a malformed id, the reason is `Rejected` and the
 * code is `InvalidInstanceID.Malformed`.
 *
 * **Requires** the permission `ec2:DescribeInstances`.
 *
 * **Example** (Get their ids)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const ids = Ec2.getEnisOfInstance("i-0123456789abcdef0").pipe(
 *   Effect.map((enis) => enis.map(({ eniId }) => eniId))
 * )
 * ```
 *
 * AWS: [DescribeInstances](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html)
 *
 * @category networks
 * @since 0.1.0
 */
export const getEnisOfInstance = Effect.fn("Ec2.getEnisOfInstance")(function*(
  instanceId: string
): Effect.fn.Return<ReadonlyArray<NetworkInterface>, InstanceDoesNotExist | AwsError, AwsClients> {
  const output = yield* send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })).pipe(
    AwsError.catchCode("InvalidInstanceID.NotFound", () => Effect.fail(new InstanceDoesNotExist({ instanceId })))
  )
  const enis = yield* readMembers(
    { service: "EC2", operation: "DescribeInstances" },
    output,
    ({ Reservations }, need) => {
      const instance = need(Reservations, "Reservations")[0]?.Instances?.[0]
      return instance && need(instance.NetworkInterfaces, "NetworkInterfaces").map((eni) => fromSdk(eni, need))
    }
  )
  return enis ?? (yield* new InstanceDoesNotExist({ instanceId }))
})

/**
 * The network interfaces in a subnet, page by page. The Stream is empty for a subnet that doesn't exist.
 *
 * **Errors**: `AwsError`.
 *
 * **Requires** the permission `ec2:DescribeNetworkInterfaces`.
 *
 * **Example** (All network interfaces in a VPC)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const enis = Ec2.listSubnetsOfVpc("vpc-0123456789abcdef0").pipe(
 *   Stream.flatMap(Ec2.listEnisOfSubnet),
 *   Stream.runCollect
 * )
 * ```
 *
 * AWS: [DescribeNetworkInterfaces](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html)
 *
 * @category networks
 * @since 0.1.0
 */
export const listEnisOfSubnet = (subnetId: string): Stream.Stream<NetworkInterface, AwsError, AwsClients> =>
  readPages(
    { service: "EC2", operation: "DescribeNetworkInterfaces" },
    pages(new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "subnet-id", Values: [subnetId] }], MaxResults })),
    ({ NetworkInterfaces }, need) => need(NetworkInterfaces, "NetworkInterfaces").map((eni) => fromSdk(eni, need))
  )

const nonMirrorable = new Set(["gateway_load_balancer_endpoint", "nat_gateway"])

/**
 * Mirrors the traffic of a network interface to a target, and returns the id of the new traffic mirror session.
 *
 * - `eni`: the network interface whose traffic is mirrored.
 * - `trafficTarget`, `trafficFilter`: the ids of a traffic mirror target (`tmt-…`) and filter (`tmf-…`).
 * - `vpcId`: the VPC in the session's name: its tag `Name` is `vpc-…-eni-…`.
 * - `virtualNetwork`: the VXLAN network id of the mirrored packets, 0 to 16,777,215; 123 by default.
 * - `clientToken`: an idempotency token of up to 64 ASCII characters. A call that repeats it, even from another process,
 *   returns the session that the first one created. By default each call has a token of its own.
 *
 * The session has the number 1. An interface can have only one session with a given number, so mirroring it again fails. A
 * retry after a lost response doesn't create a second session.
 *
 * **Errors**: `NonMirrorableEniType`, before any call, for the interface of a NAT gateway or a Gateway Load Balancer
 * endpoint; `AwsError` for anything else: its code is `NetworkInterfaceNotSupported` if the interface isn't attached to an
 * instance, or if AWS doesn't mirror traffic for the instance's type.
 *
 * **Requires** the permissions `ec2:CreateTrafficMirrorSession` and, for the name, `ec2:CreateTags`.
 *
 * **Example** (Skip interfaces that can't be mirrored)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const mirror = (eni: Ec2.NetworkInterface) =>
 *   Ec2.mirrorEni({
 *     eni,
 *     trafficTarget: "tmt-0123456789abcdef0",
 *     trafficFilter: "tmf-0123456789abcdef0",
 *     vpcId: eni.vpcId
 *   }).pipe(Effect.catchTag("NonMirrorableEniType", (error) => Effect.logInfo(error.message)))
 * ```
 *
 * AWS: [CreateTrafficMirrorSession](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTrafficMirrorSession.html)
 *
 * @category mirroring
 * @since 0.1.0
 */
export const mirrorEni = Effect.fn("Ec2.mirrorEni")(function*(options: {
  readonly eni: NetworkInterface
  readonly trafficTarget: string
  readonly trafficFilter: string
  readonly vpcId: string
  readonly virtualNetwork?: number | undefined
  readonly clientToken?: string | undefined
}): Effect.fn.Return<string, NonMirrorableEniType | AwsError, AwsClients> {
  const { clientToken, eni: { eniId, eniType }, trafficFilter, trafficTarget, virtualNetwork = 123, vpcId } = options
  if (nonMirrorable.has(eniType)) return yield* new NonMirrorableEniType({ eniId, eniType })
  yield* Effect.logDebug(`Mirroring ${eniId} to ${trafficTarget} with filter ${trafficFilter}`)
  const output = yield* send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: eniId,
      TrafficMirrorTargetId: trafficTarget,
      TrafficMirrorFilterId: trafficFilter,
      SessionNumber: 1,
      VirtualNetworkId: virtualNetwork,
      ClientToken: clientToken,
      TagSpecifications: [{
        ResourceType: "traffic-mirror-session",
        Tags: [{ Key: "Name", Value: `${vpcId}-${eniId}` }]
      }]
    })
  )
  const sessionId = yield* readMembers(
    { service: "EC2", operation: "CreateTrafficMirrorSession" },
    output,
    ({ TrafficMirrorSession }, need) => need(TrafficMirrorSession?.TrafficMirrorSessionId, "TrafficMirrorSessionId")
  )
  yield* Effect.logDebug(`Traffic mirror session ${sessionId} mirrors ${eniId} to ${trafficTarget}`)
  return sessionId
})

/**
 * Stops mirroring a network interface, by deleting the traffic mirror session.
 *
 * **Errors**: `MirrorDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `ec2:DeleteTrafficMirrorSession`.
 *
 * **Example** (Ignore a session that doesn't exist)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const ended = Ec2.deleteEniMirroring("tms-0123456789abcdef0").pipe(
 *   Effect.catchTag("MirrorDoesNotExist", () => Effect.void)
 * )
 * ```
 *
 * AWS: [DeleteTrafficMirrorSession](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTrafficMirrorSession.html)
 *
 * @category mirroring
 * @since 0.1.0
 */
export const deleteEniMirroring = Effect.fn("Ec2.deleteEniMirroring")(function*(
  sessionId: string
): Effect.fn.Return<void, MirrorDoesNotExist | AwsError, AwsClients> {
  yield* Effect.logDebug(`Deleting traffic mirror session ${sessionId}`)
  yield* send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: sessionId })).pipe(
    // AWS returns the first code, and documents the second. If an earlier attempt got no response, it may have been the one
    // that deleted the session.
    AwsError.catchCode(
      ["InvalidTrafficMirrorSessionId.NotFound", "InvalidTrafficMirrorSessionNotFound"],
      ({ mayHaveSucceeded }) => mayHaveSucceeded ? Effect.void : Effect.fail(new MirrorDoesNotExist({ sessionId }))
    )
  )
})

/**
 * A VPC's owner, tenancy and IPv4 address ranges. The ranges are those that are associated with it, or are about to be.
 *
 * **Errors**: `VpcDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `ec2:DescribeVpcs`.
 *
 * **Example** (Get its address ranges)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const ranges = Ec2.getVpcDetails("vpc-0123456789abcdef0").pipe(Effect.map(({ cidrBlocks }) => cidrBlocks))
 * ```
 *
 * AWS: [DescribeVpcs](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html)
 *
 * @category networks
 * @since 0.1.0
 */
export const getVpcDetails = Effect.fn("Ec2.getVpcDetails")(function*(
  vpcId: string
): Effect.fn.Return<VpcDetails, VpcDoesNotExist | AwsError, AwsClients> {
  const vpc = yield* describeVpc(vpcId)
  return yield* readMembers({ service: "EC2", operation: "DescribeVpcs" }, vpc, (vpc, need) =>
    vpcs.make({
      vpcId,
      ownerId: need(vpc.OwnerId, "OwnerId"),
      cidrBlocks: need(vpc.CidrBlockAssociationSet, "CidrBlockAssociationSet").flatMap(
        ({ CidrBlock, CidrBlockState }) =>
          CidrBlockState?.State === "associating" || CidrBlockState?.State === "associated"
            ? [need(CidrBlock, "CidrBlock")]
            : []
      ),
      tenancy: need(vpc.InstanceTenancy, "InstanceTenancy")
    }))
})

/**
 * The sorted names of the Availability Zones in the Layer's region, without Local Zones and Wavelength Zones.
 *
 * **Errors**: `AwsError`.
 *
 * **Requires** the permission `ec2:DescribeAvailabilityZones`.
 *
 * **Example** (Use the first two)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const two = Ec2.availabilityZones.pipe(Effect.map((zones) => zones.slice(0, 2)))
 * ```
 *
 * AWS: [DescribeAvailabilityZones](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html)
 *
 * @category networks
 * @since 0.1.0
 */
export const availabilityZones: Effect.Effect<ReadonlyArray<string>, AwsError, AwsClients> = Effect.suspend(() =>
  send(new DescribeAvailabilityZonesCommand({}))
).pipe(
  Effect.flatMap((output) =>
    readMembers(
      { service: "EC2", operation: "DescribeAvailabilityZones" },
      output,
      ({ AvailabilityZones }, need) =>
        need(AvailabilityZones, "AvailabilityZones").flatMap(({ ZoneName, ZoneType }) =>
          need(ZoneType, "ZoneType") === "availability-zone" ? [need(ZoneName, "ZoneName")] : []
        ).sort()
    )
  ),
  Effect.withSpan("Ec2.availabilityZones")
)

/**
 * Looks up a resource by its id, and shares calls with the lookups of the same kind that are made at the same time: a call has
 * up to 200 ids, and the same id once. So a thousand fibers that each look up an instance make five calls. The result has the
 * SDK's type of that kind.
 *
 * - `kind`: one of {@link ResourceKind}: `Instance`, `Vpc`, `Subnet`, `NetworkInterface`, `SecurityGroup`, `Volume`, `Image` and
 *   more. An `Address` is looked up by its allocation id, and a `KeyPair` by its id (`key-…`), not by its name. EC2 has no
 *   filter for the ids of launch templates, so they aren't among them.
 *
 * EC2 refuses a call by ids if one of them is unknown. A lookup filters by ids instead, so that each lookup has its own result.
 * A call that fails fails only the lookups whose ids were in it. A lookup that is interrupted doesn't end the call of the
 * others. The lookups of a Layer share calls, and never those of another Layer. There are at most ten calls of a kind at a time.
 * Nothing is kept. `AwsService.LookupWindow` says how long lookups are collected.
 *
 * An instance that was terminated is found for as long as EC2 lists it.
 *
 * **Errors**: `ResourceDoesNotExist`, also for an id that no resource can have; `AwsError` for anything else.
 *
 * **Requires** the permission of the kind's command: `ec2:DescribeInstances`, for example.
 *
 * **Example** (The types of the instances that a list names)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const types = (ids: ReadonlyArray<string>) =>
 *   Effect.forEach(ids, (id) =>
 *     Ec2.lookup("Instance", id).pipe(
 *       Effect.map(({ InstanceType }) => InstanceType),
 *       Effect.catchTag("ResourceDoesNotExist", () => Effect.succeed("gone"))
 *     ), { concurrency: "unbounded" })
 * ```
 *
 * AWS: [Filtering](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html)
 *
 * @category lookups
 * @since 0.1.0
 */
export const lookup: <K extends lookups.ResourceKind & string>(
  kind: K,
  id: string
) => Effect.Effect<lookups.Resources[K], ResourceDoesNotExist | AwsError, AwsClients> = lookups.lookup

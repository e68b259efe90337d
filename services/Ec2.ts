/**
 * Networks of Amazon EC2, and their mirroring.
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
  EC2Client,
  type InstanceNetworkInterface,
  type NetworkInterface as SdkNetworkInterface
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Ec2Codes } from "../errors/codes/Ec2.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import {
  InstanceDoesNotExist,
  MirrorDoesNotExist,
  NonMirrorableEniType,
  VpcDoesNotExist
} from "../errors/internal/ec2Errors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"

export * from "../errors/Ec2Errors.ts"

const service = AwsService.make<EC2Client, Ec2Codes>(EC2Client)

/**
 * Sends any command of EC2.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of EC2 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of EC2 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * A network interface, and where it is. `eniType` is AWS's name for its type: `interface`, `nat_gateway`, `lambda`; new
 * ones come up.
 *
 * @category models
 * @since 0.1.0
 */
export class NetworkInterface extends Schema.Class<NetworkInterface>("effect-aws-sdk/Ec2/NetworkInterface")({
  vpcId: Schema.String,
  subnetId: Schema.String,
  eniId: Schema.String,
  eniType: Schema.String
}) {}

/**
 * A VPC: whose it is, and its IPv4 address ranges.
 *
 * @category models
 * @since 0.1.0
 */
export class VpcDetails extends Schema.Class<VpcDetails>("effect-aws-sdk/Ec2/VpcDetails")({
  vpcId: Schema.String,
  ownerId: Schema.String,
  cidrBlocks: Schema.Array(Schema.String),
  tenancy: Schema.String
}) {}

// EC2 asks for it: a request that names no page size may be throttled, or time out, where there is much to list.
const MaxResults = 1000

const describeVpc = (vpcId: string) =>
  send(new DescribeVpcsCommand({ VpcIds: [vpcId] })).pipe(
    AwsError.catchCode("InvalidVpcID.NotFound", () => Effect.fail(new VpcDoesNotExist({ vpcId }))),
    Effect.flatMap(({ Vpcs }) =>
      Vpcs?.[0] === undefined ? Effect.fail(new VpcDoesNotExist({ vpcId })) : Effect.succeed(Vpcs[0])
    )
  )

const fromSdk = (eni: SdkNetworkInterface | InstanceNetworkInterface): NetworkInterface => {
  const { InterfaceType = "interface", NetworkInterfaceId = "", SubnetId = "", VpcId = "" } = eni
  return new NetworkInterface({ vpcId: VpcId, subnetId: SubnetId, eniId: NetworkInterfaceId, eniType: InterfaceType })
}

/**
 * The ids of the subnets of a VPC, page by page. A VPC that has no subnet is an empty Stream: only then is a second
 * command sent, to know it from a VPC that does not exist.
 *
 * **Errors**: `VpcDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (How many there are)
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
  items(
    new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }], MaxResults }),
    ({ Subnets }) => Subnets?.map(({ SubnetId = "" }) => SubnetId)
  ).pipe(
    Stream.orElseIfEmpty(() => Stream.fromEffectDrain(describeVpc(vpcId)))
  )

/**
 * The network interfaces of an instance. An instance that is terminated, and still listed, has none.
 *
 * **Errors**: `InstanceDoesNotExist`; `AwsError` for the rest: an id that no instance can have is `Rejected`, with the
 * code `InvalidInstanceID.Malformed`.
 *
 * **Example** (Their ids)
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
  const { Reservations = [] } = yield* send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })).pipe(
    AwsError.catchCode("InvalidInstanceID.NotFound", () => Effect.fail(new InstanceDoesNotExist({ instanceId })))
  )
  const instance = Reservations[0]?.Instances?.[0]
  if (instance === undefined) return yield* new InstanceDoesNotExist({ instanceId })
  return (instance.NetworkInterfaces ?? []).map(fromSdk)
})

/**
 * The network interfaces in a subnet, page by page. A subnet that does not exist has none.
 *
 * **Errors**: `AwsError`.
 *
 * **Example** (All of a VPC)
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
  items(
    new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "subnet-id", Values: [subnetId] }], MaxResults }),
    ({ NetworkInterfaces }) => NetworkInterfaces?.map(fromSdk)
  )

const nonMirrorable = new Set(["gateway_load_balancer_endpoint", "nat_gateway"])

/**
 * Mirrors the traffic of a network interface to a target, and gives the id of the traffic mirror session.
 *
 * - `trafficTarget`, `trafficFilter`: the ids of a traffic mirror target (`tmt-…`) and filter (`tmf-…`).
 * - `vpcId`: the VPC that the session is named after: its tag `Name` is `vpc-…-eni-…`.
 * - `virtualNetwork`: the VXLAN network id of the mirrored packets, 0 to 16,777,215; 123 by default.
 *
 * The session has the number 1, and an interface has one session of a number: mirroring it a second time is refused. An
 * attempt that is repeated because the answer was lost makes no second session.
 *
 * **Errors**: `NonMirrorableEniType` for a NAT gateway's or a Gateway Load Balancer endpoint's interface, before any
 * call; `AwsError` for the rest: `NetworkInterfaceNotSupported` where the interface is attached to no instance, or to
 * one of a type that AWS mirrors no traffic of.
 *
 * **Example** (One that cannot be mirrored is left out)
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
}): Effect.fn.Return<string, NonMirrorableEniType | AwsError, AwsClients> {
  const { eni: { eniId, eniType }, trafficFilter, trafficTarget, virtualNetwork = 123, vpcId } = options
  if (nonMirrorable.has(eniType)) return yield* new NonMirrorableEniType({ eniId, eniType })
  yield* Effect.logDebug(`Mirroring ${eniId} to ${trafficTarget} by ${trafficFilter}`)
  const { TrafficMirrorSession } = yield* send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: eniId,
      TrafficMirrorTargetId: trafficTarget,
      TrafficMirrorFilterId: trafficFilter,
      SessionNumber: 1,
      VirtualNetworkId: virtualNetwork,
      TagSpecifications: [{
        ResourceType: "traffic-mirror-session",
        Tags: [{ Key: "Name", Value: `${vpcId}-${eniId}` }]
      }]
    })
  )
  const sessionId = TrafficMirrorSession?.TrafficMirrorSessionId ?? ""
  yield* Effect.logInfo(`${eniId} is mirrored to ${trafficTarget} by the traffic mirror session ${sessionId}`)
  return sessionId
})

/**
 * Ends the mirroring of a network interface: deletes the traffic mirror session.
 *
 * **Errors**: `MirrorDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (Ended, whether it was there or not)
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
  yield* Effect.logDebug(`Deleting the traffic mirror session ${sessionId}`)
  yield* send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: sessionId })).pipe(
    // The second is the one that AWS documents, the first the one that it answers. Where an attempt before this one had no
    // answer, it is that one which has deleted it.
    AwsError.catchCode(
      ["InvalidTrafficMirrorSessionId.NotFound", "InvalidTrafficMirrorSessionNotFound"],
      ({ mayHaveSucceeded }) => mayHaveSucceeded ? Effect.void : Effect.fail(new MirrorDoesNotExist({ sessionId }))
    )
  )
})

/**
 * A VPC's owner, tenancy and IPv4 address ranges: those that are, or are about to be, associated with it.
 *
 * **Errors**: `VpcDoesNotExist`; `AwsError` for the rest.
 *
 * **Example** (Its address ranges)
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
  const { CidrBlockAssociationSet = [], InstanceTenancy = "default", OwnerId = "" } = yield* describeVpc(vpcId)
  return new VpcDetails({
    vpcId,
    ownerId: OwnerId,
    cidrBlocks: CidrBlockAssociationSet.flatMap(({ CidrBlock, CidrBlockState }) =>
      CidrBlock !== undefined && (CidrBlockState?.State === "associating" || CidrBlockState?.State === "associated")
        ? [CidrBlock]
        : []
    ),
    tenancy: InstanceTenancy
  })
})

/**
 * The names of the Availability Zones of the Layer's region, sorted. Local Zones and Wavelength Zones are left out.
 *
 * **Errors**: `AwsError`.
 *
 * **Example** (The first two)
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
  Effect.map(({ AvailabilityZones = [] }) =>
    AvailabilityZones.flatMap(({ ZoneName, ZoneType = "availability-zone" }) =>
      ZoneName !== undefined && ZoneType === "availability-zone" ? [ZoneName] : []
    ).sort()
  ),
  Effect.withSpan("Ec2.availabilityZones")
)

/** In-memory EC2: VPC peering connections, within a region, across regions and across accounts. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { cidrsOf, overlaps } from "./cidr.ts"
import { everywhere } from "./everywhere.ts"
import { fault, missing, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { find, peerings, vpcs } from "./kinds.ts"
import type { Peering } from "./networkState.ts"
import { type Ec2Handlers, schedule, seconds, type State, type Vpc } from "./state.ts"
import { newTags } from "./tags.ts"

/** How long a request can be accepted. */
const WEEK = seconds(7 * 24 * 3600)

/** How long a connection that ended stays listed. */
const LISTED = seconds(2 * 3600)

const noOptions: sdk.VpcPeeringConnectionOptionsDescription = {
  AllowDnsResolutionFromRemoteVpc: false,
  AllowEgressFromLocalClassicLinkToRemoteVpc: false,
  AllowEgressFromLocalVpcToRemoteClassicLink: false
}

/** An end of a connection as it is described once the connection is accepted. */
const described = (
  vpc: Vpc,
  OwnerId: string | undefined,
  Region: string | undefined
): sdk.VpcPeeringConnectionVpcInfo => {
  const ranges6 = vpc.Ipv6CidrBlockAssociationSet.map(({ Ipv6CidrBlock }) => ({ Ipv6CidrBlock }))
  return {
    CidrBlock: vpc.CidrBlock,
    CidrBlockSet: vpc.CidrBlockAssociationSet.map(({ CidrBlock }) => ({ CidrBlock })),
    ...(ranges6.length > 0 && { Ipv6CidrBlockSet: ranges6 }),
    OwnerId,
    PeeringOptions: { ...noOptions },
    Region,
    VpcId: vpc.VpcId
  }
}

const stateAt = (context: HandlerContext, { OwnerId, Region }: sdk.VpcPeeringConnectionVpcInfo) =>
  context.stateOf(everywhere, { account: OwnerId!, region: Region! })

/** The states of both ends, which are one if both VPCs are in the same account and region. */
const statesOf = (context: HandlerContext, { AccepterVpcInfo, RequesterVpcInfo }: Peering) =>
  new Set([stateAt(context, RequesterVpcInfo), stateAt(context, AccepterVpcInfo)])

/** Changes a connection, of which each end has a copy. */
const change = (context: HandlerContext, peering: Peering, members: Partial<Peering>): void => {
  for (const { peerings } of statesOf(context, peering)) {
    Object.assign(peerings.get(peering.VpcPeeringConnectionId) ?? {}, structuredClone(members))
  }
}

/** Ends a connection, which stays listed for a while. */
const end = (context: HandlerContext, peering: Peering, now: number, Status: sdk.VpcPeeringConnectionStateReason) => {
  change(context, peering, { Status, ExpirationTime: undefined })
  for (const state of statesOf(context, peering)) {
    schedule(state, now + context.takes(LISTED), {
      kind: "unlist",
      of: "peerings",
      id: peering.VpcPeeringConnectionId
    })
  }
}

const ended = new Set<string | undefined>(["deleted", "expired", "failed", "rejected"])

/** Whether a VPC is an end of a connection that hasn't ended. */
export const isPeered = (state: State, vpcId: string) =>
  [...state.peerings.values()].some(({ AccepterVpcInfo, RequesterVpcInfo, Status }) =>
    !ended.has(Status.Code) && (AccepterVpcInfo.VpcId === vpcId || RequesterVpcInfo.VpcId === vpcId)
  )

/** Lets requests expire that nobody has accepted. */
const expire = (state: State, context: HandlerContext, now: number): void => {
  for (const peering of state.peerings.values()) {
    const { ExpirationTime, Status } = peering
    if (Status.Code === "pending-acceptance" && ExpirationTime !== undefined && ExpirationTime.getTime() <= now) {
      end(context, peering, now, { Code: "expired", Message: "Expired" })
    }
  }
}

const findCurrent = Effect.fnUntraced(function*(state: State, context: HandlerContext, id: string | undefined) {
  const now = yield* Clock.currentTimeMillis
  expire(state, context, now)
  return { now, peering: yield* find(state, peerings, id, "vpcPeeringConnectionId") }
})

const wrongState = ({ VpcPeeringConnectionId }: Peering) =>
  fault(
    "InvalidStateTransition",
    `VpcPeeringConnectionID ${VpcPeeringConnectionId} is not in the correct state for the request.`
  )

/** Fails unless the caller is the accepter of a connection that can be accepted. */
const checkAccepter = Effect.fnUntraced(
  function*(context: HandlerContext, peering: Peering, verb: "accept" | "reject") {
    const { AccepterVpcInfo, Status, VpcPeeringConnectionId } = peering
    if (AccepterVpcInfo.OwnerId !== context.account) {
      return yield* fault(
        "OperationNotPermitted",
        `User (${context.account}) cannot ${verb} peering ${VpcPeeringConnectionId}`
      )
    }
    if (AccepterVpcInfo.Region !== context.region) {
      return yield* fault(
        "OperationNotPermitted",
        `Incorrect region (${context.region}) specified for this request. VPC peering connection ` +
          `${VpcPeeringConnectionId} must be ${
            verb === "accept" ? "accepted" : "accepted or rejected"
          } in region ${AccepterVpcInfo.Region}`
      )
    }
    if (Status.Code !== "pending-acceptance") return yield* wrongState(peering)
  }
)

const infoFilters = (
  prefix: string,
  infoOf: (peering: Peering) => sdk.VpcPeeringConnectionVpcInfo
): Filters<Peering> => ({
  [`${prefix}.cidr-block`]: (peering) => infoOf(peering).CidrBlock,
  [`${prefix}.owner-id`]: (peering) => infoOf(peering).OwnerId,
  [`${prefix}.vpc-id`]: (peering) => infoOf(peering).VpcId
})

const peeringFilters: Filters<Peering> = {
  ...infoFilters("accepter-vpc-info", ({ AccepterVpcInfo }) => AccepterVpcInfo),
  ...infoFilters("requester-vpc-info", ({ RequesterVpcInfo }) => RequesterVpcInfo),
  "expiration-time": (peering) => peering.ExpirationTime,
  "status-code": ({ Status }) => Status.Code,
  "status-message": ({ Status }) => Status.Message,
  "vpc-peering-connection-id": (peering) => peering.VpcPeeringConnectionId
}

/** The options of one end that a request sets, once it is clear that the caller may. */
const optionsOf = Effect.fnUntraced(function*(
  context: HandlerContext,
  peering: Peering,
  end: "AccepterVpcInfo" | "RequesterVpcInfo",
  given: sdk.PeeringConnectionOptionsRequest | undefined
) {
  if (given === undefined) return undefined
  const info = peering[end]
  if (info.OwnerId !== context.account || info.Region !== context.region) {
    const side = end === "AccepterVpcInfo" ? "accepter" : "requester"
    return yield* fault(
      "OperationNotPermitted",
      `User ${context.account} cannot modify ${side} peering options of ${peering.VpcPeeringConnectionId}`
    )
  }
  const options: sdk.PeeringConnectionOptionsRequest = {}
  const { AllowDnsResolutionFromRemoteVpc } = given
  if (AllowDnsResolutionFromRemoteVpc !== undefined) {
    options.AllowDnsResolutionFromRemoteVpc = AllowDnsResolutionFromRemoteVpc
  }
  return options
})

export const handlers: Ec2Handlers = {
  CreateVpcPeeringConnection: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    const VpcId = yield* required(input.PeerVpcId, "peerVpcId")
    const OwnerId = input.PeerOwnerId ?? context.account
    const Region = input.PeerRegion ?? context.region
    const there = context.stateOf(everywhere, { account: OwnerId, region: Region })
    if (there === state || (OwnerId === context.account && Region === context.region)) {
      yield* find(state, vpcs, VpcId, "peerVpcId")
    }
    const peer = there.vpcs.get(VpcId)
    const ends = [vpc.VpcId, VpcId]
    const before = [...state.peerings.values()].find(({ AccepterVpcInfo, RequesterVpcInfo, Status }) =>
      !ended.has(Status.Code) && ends.includes(AccepterVpcInfo.VpcId!) && ends.includes(RequesterVpcInfo.VpcId!)
    )
    if (before !== undefined) {
      return yield* fault(
        "VpcPeeringConnectionAlreadyExists",
        `A VPC peering connection between the VPCs already exists: ${before.VpcPeeringConnectionId}`
      )
    }
    const peering: Peering = {
      VpcPeeringConnectionId: context.id("pcx-", 17),
      AccepterVpcInfo: { OwnerId, Region, VpcId },
      RequesterVpcInfo: described(vpc, context.account, context.region),
      ExpirationTime: new Date(now + WEEK),
      Status: { Code: "pending-acceptance", Message: `Pending Acceptance by ${OwnerId}` },
      Tags: yield* newTags(input.TagSpecifications, "vpc-peering-connection")
    }
    state.peerings.set(peering.VpcPeeringConnectionId, peering)
    const created = structuredClone(peering)
    const isPossible = peer !== undefined &&
      !cidrsOf(vpc).some((range) => cidrsOf(peer).some((other) => overlaps(range, other)))
    if (!isPossible) {
      end(context, peering, now, {
        Code: "failed",
        Message: "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
      })
    } else if (OwnerId !== context.account || Region !== context.region) {
      there.peerings.set(peering.VpcPeeringConnectionId, { ...structuredClone(peering), Tags: [] })
    }
    return {
      VpcPeeringConnection: {
        ...created,
        Status: { Code: "initiating-request", Message: `Initiating Request to ${OwnerId}` }
      }
    }
  }),

  DescribeVpcPeeringConnections: Effect.fnUntraced(function*(input, state, context) {
    expire(state, context, yield* Clock.currentTimeMillis)
    const [found, NextToken] = yield* describe(state, context, peerings, {
      input,
      ids: input.VpcPeeringConnectionIds,
      idsName: "vpcPeeringConnectionIds",
      filters: input.Filters,
      supported: peeringFilters
    })
    return { VpcPeeringConnections: [...found], NextToken }
  }),

  AcceptVpcPeeringConnection: Effect.fnUntraced(function*(input, state, context) {
    const { peering } = yield* findCurrent(state, context, input.VpcPeeringConnectionId)
    yield* checkAccepter(context, peering, "accept")
    const vpc = state.vpcs.get(peering.AccepterVpcInfo.VpcId ?? "")
    if (vpc === undefined) return yield* wrongState(peering)
    change(context, peering, {
      AccepterVpcInfo: described(vpc, context.account, context.region),
      ExpirationTime: undefined,
      Status: { Code: "active", Message: "Active" }
    })
    return { VpcPeeringConnection: { ...peering, Status: { Code: "provisioning", Message: "Provisioning" } } }
  }),

  RejectVpcPeeringConnection: Effect.fnUntraced(function*(input, state, context) {
    const { now, peering } = yield* findCurrent(state, context, input.VpcPeeringConnectionId)
    yield* checkAccepter(context, peering, "reject")
    end(context, peering, now, { Code: "rejected", Message: "Inactive" })
    return { Return: true }
  }),

  DeleteVpcPeeringConnection: Effect.fnUntraced(function*(input, state, context) {
    const { now, peering } = yield* findCurrent(state, context, input.VpcPeeringConnectionId)
    if (ended.has(peering.Status.Code)) return yield* wrongState(peering)
    end(context, peering, now, { Code: "deleted", Message: `Deleted by ${context.account}` })
    return { Return: true }
  }),

  ModifyVpcPeeringConnectionOptions: Effect.fnUntraced(function*(input, state, context) {
    const { peering } = yield* findCurrent(state, context, input.VpcPeeringConnectionId)
    const { AccepterPeeringConnectionOptions, RequesterPeeringConnectionOptions } = input
    if (AccepterPeeringConnectionOptions === undefined && RequesterPeeringConnectionOptions === undefined) {
      return yield* missing("accepterPeeringConnectionOptions or requesterPeeringConnectionOptions")
    }
    if (peering.Status.Code !== "active") {
      return yield* fault(
        "OperationNotPermitted",
        `Peering ${peering.VpcPeeringConnectionId} is not active. Peering options can be added only to active peerings.`
      )
    }
    const accepter = yield* optionsOf(context, peering, "AccepterVpcInfo", AccepterPeeringConnectionOptions)
    const requester = yield* optionsOf(context, peering, "RequesterVpcInfo", RequesterPeeringConnectionOptions)
    const { AccepterVpcInfo, RequesterVpcInfo } = peering
    change(context, peering, {
      AccepterVpcInfo: { ...AccepterVpcInfo, PeeringOptions: { ...AccepterVpcInfo.PeeringOptions, ...accepter } },
      RequesterVpcInfo: { ...RequesterVpcInfo, PeeringOptions: { ...RequesterVpcInfo.PeeringOptions, ...requester } }
    })
    return { AccepterPeeringConnectionOptions: accepter, RequesterPeeringConnectionOptions: requester }
  })
}

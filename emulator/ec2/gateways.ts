/** In-memory EC2: internet gateways, and those for IPv6 that let connections out only. */
import * as Effect from "effect/Effect"
import { dependency, fault } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { egressGateways, find, internetGateways, vpcs } from "./kinds.ts"
import type { EgressGateway, InternetGateway } from "./networkState.ts"
import { forgetInTables } from "./routeTables.ts"
import type { Ec2Handlers, State } from "./state.ts"
import { newTags } from "./tags.ts"

const gatewayFilters: Filters<InternetGateway> = {
  "attachment.state": ({ Attachments }) => Attachments.map(({ State }) => State),
  "attachment.vpc-id": ({ Attachments }) => Attachments.map(({ VpcId }) => VpcId),
  "internet-gateway-id": (gateway) => gateway.InternetGatewayId,
  "owner-id": (gateway) => gateway.OwnerId
}

// Answers list the state `available`, which the SDK's type lacks.
export const attachedTo = (VpcId: string) => ({ State: "available" as "attached", VpcId })

export const gatewayOf = (state: State, vpcId: string) =>
  [...state.internetGateways.values()].find(({ Attachments }) => Attachments.some(({ VpcId }) => VpcId === vpcId))

const hasPublicAddress = (state: State, vpcId: string) =>
  [...state.enis.values()].some(({ PrivateIpAddresses, VpcId }) =>
    VpcId === vpcId && PrivateIpAddresses.some(({ Association }) => Association !== undefined)
  )

export const handlers: Ec2Handlers = {
  CreateInternetGateway: Effect.fnUntraced(function*(input, state, context) {
    const gateway: InternetGateway = {
      InternetGatewayId: context.id("igw-", 17),
      OwnerId: context.account,
      Attachments: [],
      Tags: yield* newTags(input.TagSpecifications, "internet-gateway")
    }
    state.internetGateways.set(gateway.InternetGatewayId, gateway)
    return { InternetGateway: gateway }
  }),

  DescribeInternetGateways: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, internetGateways, {
      input,
      ids: input.InternetGatewayIds,
      idsName: "internetGatewayIds",
      filters: input.Filters,
      supported: gatewayFilters
    })
    return { InternetGateways: [...found], NextToken }
  }),

  AttachInternetGateway: Effect.fnUntraced(function*(input, state) {
    const gateway = yield* find(state, internetGateways, input.InternetGatewayId, "internetGatewayId")
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const [attachment] = gateway.Attachments
    if (attachment !== undefined) {
      return yield* fault(
        "Resource.AlreadyAssociated",
        `resource ${gateway.InternetGatewayId} is already attached to network ${attachment.VpcId}`
      )
    }
    if (gatewayOf(state, VpcId) !== undefined) {
      return yield* fault("InvalidParameterValue", `Network ${VpcId} already has an internet gateway attached`)
    }
    gateway.Attachments = [attachedTo(VpcId)]
    return {}
  }),

  DetachInternetGateway: Effect.fnUntraced(function*(input, state) {
    const gateway = yield* find(state, internetGateways, input.InternetGatewayId, "internetGatewayId")
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    if (!gateway.Attachments.some((attachment) => attachment.VpcId === VpcId)) {
      return yield* fault(
        "Gateway.NotAttached",
        `resource ${gateway.InternetGatewayId} is not attached to network ${VpcId}`
      )
    }
    if (hasPublicAddress(state, VpcId)) {
      return yield* fault(
        "DependencyViolation",
        `Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`
      )
    }
    gateway.Attachments = []
    forgetInTables(state, gateway.InternetGatewayId)
    return {}
  }),

  DeleteInternetGateway: Effect.fnUntraced(function*(input, state) {
    const { Attachments, InternetGatewayId } = yield* find(
      state,
      internetGateways,
      input.InternetGatewayId,
      "internetGatewayId"
    )
    if (Attachments.length > 0) return yield* dependency("internetGateway", InternetGatewayId)
    state.internetGateways.delete(InternetGatewayId)
    return {}
  }),

  CreateEgressOnlyInternetGateway: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
        const gateway: EgressGateway = {
          EgressOnlyInternetGatewayId: context.id("eigw-", 17),
          Attachments: [{ State: "attached", VpcId }],
          Tags: yield* newTags(input.TagSpecifications, "egress-only-internet-gateway")
        }
        state.egressGateways.set(gateway.EgressOnlyInternetGatewayId, gateway)
        return gateway.EgressOnlyInternetGatewayId
      }),
      answer: (id) => {
        const EgressOnlyInternetGateway = state.egressGateways.get(id)
        return EgressOnlyInternetGateway && { EgressOnlyInternetGateway, ClientToken: input.ClientToken }
      }
    }),

  DescribeEgressOnlyInternetGateways: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, egressGateways, {
      input,
      ids: input.EgressOnlyInternetGatewayIds,
      idsName: "egressOnlyInternetGatewayIds",
      filters: input.Filters,
      supported: {}
    })
    return { EgressOnlyInternetGateways: [...found], NextToken }
  }),

  DeleteEgressOnlyInternetGateway: Effect.fnUntraced(function*(input, state) {
    const { EgressOnlyInternetGatewayId } = yield* find(
      state,
      egressGateways,
      input.EgressOnlyInternetGatewayId,
      "egressOnlyInternetGatewayId"
    )
    state.egressGateways.delete(EgressOnlyInternetGatewayId)
    return { ReturnCode: true }
  })
}

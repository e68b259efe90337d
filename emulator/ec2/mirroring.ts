/** In-memory EC2: traffic mirroring. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import * as Kinds from "./kinds.ts"
import { find } from "./kinds.ts"
import type { Ec2Handlers, Eni, Filter, Session, State, Target } from "./state.ts"
import { newTags } from "./tags.ts"

/** How many sessions can have the same interface as their source. */
const MAX_SESSIONS = 3

// Instance families whose traffic AWS can't mirror: nearly all of those before Nitro, and some later ones.
const unmirrored = new Set(
  `c1 c3 cc2 cg1 cr1 f1 g2 hs1 i2 m1 m2 m3 r3 t1 t2
   c6a c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c8g hpc6a hpc6id hpc7a hpc7g i4g i4i im4gn inf2 is4gen
   m6a m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex m8g p5 r6a r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz r8g
   trn1 trn1n x2idn x2iedn x2iezn x8g`.split(/\s+/)
)

const isSupported = (instanceType: string) => {
  const [family = "", size = ""] = instanceType.split(".")
  return !unmirrored.has(family) && !size.startsWith("metal")
}

/** How many interfaces can be mirrored to this one. The limit depends on the size of its instance. */
const maxSourcesOf = (state: State, eniId: string): number => {
  const instance = state.instances.get(state.enis.get(eniId)?.Attachment?.InstanceId ?? "")
  return /\.(24|32|48)xlarge$/.test(instance?.InstanceType ?? "") ? 100 : 10
}

const targetFilters: Filters<Target> = {
  "traffic-mirror-target-id": (target) => target.TrafficMirrorTargetId,
  description: (target) => target.Description,
  "network-interface-id": (target) => target.NetworkInterfaceId,
  "network-load-balancer-arn": (target) => target.NetworkLoadBalancerArn,
  "owner-id": (target) => target.OwnerId
}

const filterFilters: Filters<Filter> = {
  "traffic-mirror-filter-id": (filter) => filter.TrafficMirrorFilterId,
  description: (filter) => filter.Description
}

const sessionFilters: Filters<Session> = {
  "traffic-mirror-session-id": (session) => session.TrafficMirrorSessionId,
  "traffic-mirror-target-id": (session) => session.TrafficMirrorTargetId,
  "traffic-mirror-filter-id": (session) => session.TrafficMirrorFilterId,
  "network-interface-id": (session) => session.NetworkInterfaceId,
  description: (session) => session.Description,
  "owner-id": (session) => session.OwnerId,
  "packet-length": (session) => session.PacketLength,
  "session-number": (session) => session.SessionNumber,
  "virtual-network-id": (session) => session.VirtualNetworkId
}

const notSupported = (id: string) =>
  fault("NetworkInterfaceNotSupported", `${id} must be attached to a supported instance`)

/** Checks that the requested resource can be a target, and returns the members that identify it. */
const checkTarget = Effect.fnUntraced(function*(state: State, input: sdk.CreateTrafficMirrorTargetRequest) {
  const { GatewayLoadBalancerEndpointId, NetworkInterfaceId, NetworkLoadBalancerArn } = input
  const given = [GatewayLoadBalancerEndpointId, NetworkInterfaceId, NetworkLoadBalancerArn].filter((id) => id)
  if (given.length > 1) {
    return yield* combination("Exactly one target must be specified.")
  }
  if (GatewayLoadBalancerEndpointId) {
    yield* find(state, Kinds.endpoints, GatewayLoadBalancerEndpointId, "gatewayLoadBalancerEndpointId")
    return { Type: "gateway-load-balancer-endpoint" as const, GatewayLoadBalancerEndpointId }
  }
  const targets = [...state.targets.values()]
  if (NetworkLoadBalancerArn) {
    if (
      !/^arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer\/net\/[^/\s]+\/[^/\s]+$/.test(
        NetworkLoadBalancerArn
      )
    ) {
      return yield* fault("InvalidNetworkLoadBalancerArn.Malformed", `Invalid ARN: ${NetworkLoadBalancerArn}`)
    }
    if (targets.some((target) => target.NetworkLoadBalancerArn === NetworkLoadBalancerArn)) {
      return yield* fault(
        "NlbInUseByTrafficMirrorTargetException",
        `${NetworkLoadBalancerArn} is already a traffic mirror target`
      )
    }
    return { Type: "network-load-balancer" as const, NetworkLoadBalancerArn }
  }
  if (!NetworkInterfaceId) return yield* missing("networkInterfaceId")
  const eni = state.enis.get(NetworkInterfaceId)
  if (eni === undefined) {
    return yield* fault("InvalidTrafficMirrorTarget", `The interface ID '${NetworkInterfaceId}' does not exist`)
  }
  if (eni.InterfaceType !== "interface") return yield* notSupported(NetworkInterfaceId)
  const target = targets.find((target) => target.NetworkInterfaceId === NetworkInterfaceId)
  if (target !== undefined) {
    return yield* fault(
      "InterfaceInUseByTrafficMirrorTarget",
      `${NetworkInterfaceId} is already being used by ${target.TrafficMirrorTargetId}`
    )
  }
  const session = [...state.sessions.values()].find((session) => session.NetworkInterfaceId === NetworkInterfaceId)
  if (session !== undefined) {
    return yield* fault(
      "InterfaceInUseByTrafficMirrorSession",
      `${NetworkInterfaceId} is already being used by ${session.TrafficMirrorSessionId}`
    )
  }
  return { Type: "network-interface" as const, NetworkInterfaceId }
})

/** Checks that one more session can mirror the interface's traffic to the target. */
const checkSession = Effect.fnUntraced(
  function*(state: State, eni: Eni, target: Target, number: number) {
    const { Attachment, InterfaceType, NetworkInterfaceId: id } = eni
    const instance = state.instances.get(Attachment?.InstanceId ?? "")
    if (InterfaceType !== "interface" || instance === undefined || !isSupported(instance.InstanceType)) {
      return yield* notSupported(id)
    }
    const asTarget = [...state.targets.values()].find(({ NetworkInterfaceId }) => NetworkInterfaceId === id)
    if (asTarget !== undefined) {
      return yield* fault(
        "InterfaceInUseByTrafficMirrorTarget",
        `${id} is already being used by ${asTarget.TrafficMirrorTargetId}`
      )
    }
    const sessions = [...state.sessions.values()]
    const own = sessions.filter(({ NetworkInterfaceId }) => NetworkInterfaceId === id)
    if (own.some(({ SessionNumber }) => SessionNumber === number)) {
      return yield* fault("InvalidParameterValue", `SessionNumber ${number} already in use for ${id}`)
    }
    if (own.length >= MAX_SESSIONS) {
      return yield* fault(
        "TrafficMirrorSessionsPerInterfaceLimitExceeded",
        `Sessions per interface limit reached (${MAX_SESSIONS})`
      )
    }
    if (target.NetworkInterfaceId === undefined) return
    const sources = new Set(
      sessions.filter(({ TrafficMirrorTargetId }) => TrafficMirrorTargetId === target.TrafficMirrorTargetId)
        .map(({ NetworkInterfaceId }) => NetworkInterfaceId)
    ).add(id)
    if (sources.size > maxSourcesOf(state, target.NetworkInterfaceId)) {
      return yield* fault(
        "TrafficMirrorSourcesPerTargetLimitExceeded",
        `Sources per interface-target limit reached (${sources.size})`
      )
    }
  }
)

const checkRange = Effect.fnUntraced(
  function*(value: number | undefined, name: string, [min, max]: readonly [number, number]) {
    if (value !== undefined && !(value >= min && value <= max)) {
      return yield* invalidValue(value, name, `It must be between ${min} and ${max}.`)
    }
  }
)

export const handlers: Ec2Handlers = {
  CreateTrafficMirrorTarget: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const resource = yield* checkTarget(state, input)
        const target: Target = {
          TrafficMirrorTargetId: context.id("tmt-", 17),
          ...resource,
          Description: input.Description ?? "",
          OwnerId: context.account,
          Tags: yield* newTags(input.TagSpecifications, "traffic-mirror-target")
        }
        state.targets.set(target.TrafficMirrorTargetId, target)
        return target.TrafficMirrorTargetId
      }),
      answer: (id) => {
        const TrafficMirrorTarget = state.targets.get(id)
        return TrafficMirrorTarget && { TrafficMirrorTarget, ClientToken: input.ClientToken }
      }
    }),

  DescribeTrafficMirrorTargets: Effect.fnUntraced(function*(input, state, context) {
    const [TrafficMirrorTargets, NextToken] = yield* describe(state, context, Kinds.targets, {
      input,
      ids: input.TrafficMirrorTargetIds,
      idsName: "trafficMirrorTargetIds",
      filters: input.Filters,
      supported: targetFilters
    })
    return { TrafficMirrorTargets: [...TrafficMirrorTargets], NextToken }
  }),

  DeleteTrafficMirrorTarget: Effect.fnUntraced(function*(input, state) {
    const { TrafficMirrorTargetId: id } = yield* find(
      state,
      Kinds.targets,
      input.TrafficMirrorTargetId,
      "trafficMirrorTargetId"
    )
    const session = [...state.sessions.values()].find(({ TrafficMirrorTargetId }) => TrafficMirrorTargetId === id)
    if (session !== undefined) {
      return yield* fault(
        "TrafficMirrorTargetInUse",
        `Cannot delete ${id}. Target is in use by ${session.TrafficMirrorSessionId}`
      )
    }
    state.targets.delete(id)
    return { TrafficMirrorTargetId: id }
  }),

  CreateTrafficMirrorFilter: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const filter: Filter = {
          TrafficMirrorFilterId: context.id("tmf-", 17),
          Description: input.Description ?? "",
          IngressFilterRules: [],
          EgressFilterRules: [],
          NetworkServices: [],
          Tags: yield* newTags(input.TagSpecifications, "traffic-mirror-filter")
        }
        state.filters.set(filter.TrafficMirrorFilterId, filter)
        return filter.TrafficMirrorFilterId
      }),
      answer: (id) => {
        const TrafficMirrorFilter = state.filters.get(id)
        return TrafficMirrorFilter && { TrafficMirrorFilter, ClientToken: input.ClientToken }
      }
    }),

  DescribeTrafficMirrorFilters: Effect.fnUntraced(function*(input, state, context) {
    const [TrafficMirrorFilters, NextToken] = yield* describe(state, context, Kinds.filters, {
      input,
      ids: input.TrafficMirrorFilterIds,
      idsName: "trafficMirrorFilterIds",
      filters: input.Filters,
      supported: filterFilters
    })
    return { TrafficMirrorFilters: [...TrafficMirrorFilters], NextToken }
  }),

  DeleteTrafficMirrorFilter: Effect.fnUntraced(function*(input, state) {
    const { TrafficMirrorFilterId: id } = yield* find(
      state,
      Kinds.filters,
      input.TrafficMirrorFilterId,
      "trafficMirrorFilterId"
    )
    const session = [...state.sessions.values()].find(({ TrafficMirrorFilterId }) => TrafficMirrorFilterId === id)
    if (session !== undefined) {
      return yield* fault(
        "TrafficMirrorFilterInUse",
        `Cannot delete ${id}. Filter is in use by ${session.TrafficMirrorSessionId}`
      )
    }
    state.filters.delete(id)
    return { TrafficMirrorFilterId: id }
  }),

  CreateTrafficMirrorSession: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const { Description, PacketLength, TagSpecifications, VirtualNetworkId } = input
        const SessionNumber = yield* required(input.SessionNumber, "sessionNumber")
        yield* checkRange(SessionNumber, "sessionNumber", [1, 32766])
        yield* checkRange(VirtualNetworkId, "virtualNetworkId", [0, 16777215])
        yield* checkRange(PacketLength, "packetLength", [1, 65535])
        const eni = yield* find(state, Kinds.enis, input.NetworkInterfaceId, "networkInterfaceId")
        const target = yield* find(state, Kinds.targets, input.TrafficMirrorTargetId, "trafficMirrorTargetId")
        const filter = yield* find(state, Kinds.filters, input.TrafficMirrorFilterId, "trafficMirrorFilterId")
        yield* checkSession(state, eni, target, SessionNumber)
        const session: Session = {
          TrafficMirrorSessionId: context.id("tms-", 17),
          TrafficMirrorTargetId: target.TrafficMirrorTargetId,
          TrafficMirrorFilterId: filter.TrafficMirrorFilterId,
          NetworkInterfaceId: eni.NetworkInterfaceId,
          Description: Description ?? "",
          OwnerId: context.account,
          PacketLength,
          SessionNumber,
          // Without one in the request, AWS picks one at random.
          VirtualNetworkId: VirtualNetworkId ?? parseInt(context.id("", 6), 16),
          Tags: yield* newTags(TagSpecifications, "traffic-mirror-session")
        }
        state.sessions.set(session.TrafficMirrorSessionId, session)
        return session.TrafficMirrorSessionId
      }),
      answer: (id) => {
        const TrafficMirrorSession = state.sessions.get(id)
        return TrafficMirrorSession && { TrafficMirrorSession, ClientToken: input.ClientToken }
      }
    }),

  DescribeTrafficMirrorSessions: Effect.fnUntraced(function*(input, state, context) {
    const [TrafficMirrorSessions, NextToken] = yield* describe(state, context, Kinds.sessions, {
      input,
      ids: input.TrafficMirrorSessionIds,
      idsName: "trafficMirrorSessionIds",
      filters: input.Filters,
      supported: sessionFilters
    })
    return { TrafficMirrorSessions: [...TrafficMirrorSessions], NextToken }
  }),

  DeleteTrafficMirrorSession: Effect.fnUntraced(function*(input, state) {
    const { TrafficMirrorSessionId } = yield* find(
      state,
      Kinds.sessions,
      input.TrafficMirrorSessionId,
      "trafficMirrorSessionId"
    )
    state.sessions.delete(TrafficMirrorSessionId)
    return { TrafficMirrorSessionId }
  })
}

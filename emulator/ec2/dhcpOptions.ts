/** In-memory EC2: sets of DHCP options. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { privateDomain } from "./enis.ts"
import { dependency, fault, invalidValue, missing, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { dhcpOptions, find, vpcs } from "./kinds.ts"
import type { DhcpOptions } from "./networkState.ts"
import type { Ec2Handlers, State } from "./state.ts"
import { newTags } from "./tags.ts"

/** The options that a new VPC gets: AWS makes one set in each region. */
export const defaultOptions = (state: State, context: HandlerContext): string => {
  const before = state.dhcpOptions.get(state.defaultDhcpOptions ?? "")
  if (before !== undefined) return before.DhcpOptionsId
  const options: DhcpOptions = {
    DhcpOptionsId: context.id("dopt-", 17),
    OwnerId: context.account,
    DhcpConfigurations: [
      { Key: "domain-name", Values: [{ Value: privateDomain(context) }] },
      { Key: "domain-name-servers", Values: [{ Value: "AmazonProvidedDNS" }] }
    ],
    Tags: []
  }
  state.dhcpOptions.set(options.DhcpOptionsId, options)
  state.defaultDhcpOptions = options.DhcpOptionsId
  return options.DhcpOptionsId
}

const optionFilters: Filters<DhcpOptions> = {
  "dhcp-options-id": (options) => options.DhcpOptionsId,
  key: ({ DhcpConfigurations }) => DhcpConfigurations.map(({ Key }) => Key),
  "owner-id": (options) => options.OwnerId,
  value: ({ DhcpConfigurations }) => DhcpConfigurations.flatMap(({ Values = [] }) => Values.map(({ Value }) => Value))
}

/** The options that there are, and how many values each takes. */
const limits: Readonly<Record<string, number>> = {
  "domain-name": 1,
  "domain-name-servers": 4,
  "ipv6-address-preferred-lease-time": 1,
  "netbios-name-servers": 4,
  "netbios-node-type": 1,
  "ntp-servers": 4
}

export const handlers: Ec2Handlers = {
  CreateDhcpOptions: Effect.fnUntraced(function*(input, state, context) {
    const given = input.DhcpConfigurations ?? []
    if (given.length === 0) return yield* missing("dhcpConfiguration")
    for (const { Key, Values = [] } of given) {
      const limit = Object.hasOwn(limits, Key ?? "") ? limits[Key ?? ""]! : 0
      if (limit === 0) return yield* invalidValue(Key ?? "null", "dhcpConfiguration.key", "Unknown DHCP option")
      if (Values.length === 0) return yield* missing("dhcpConfiguration.value")
      if (Values.length > limit) {
        return yield* fault("InvalidParameterValue", `The maximum number of values for the option ${Key} is ${limit}.`)
      }
      if (Key === "netbios-node-type" && !/^[1248]$/.test(Values[0]!)) {
        return yield* invalidValue(Values[0], "netbios-node-type", "Use 1, 2, 4 or 8.")
      }
    }
    const options: DhcpOptions = {
      DhcpOptionsId: context.id("dopt-", 17),
      OwnerId: context.account,
      DhcpConfigurations: given.map(({ Key, Values = [] }) => ({ Key, Values: Values.map((Value) => ({ Value })) })),
      Tags: yield* newTags(input.TagSpecifications, "dhcp-options")
    }
    state.dhcpOptions.set(options.DhcpOptionsId, options)
    return { DhcpOptions: options }
  }),

  DescribeDhcpOptions: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, dhcpOptions, {
      input,
      ids: input.DhcpOptionsIds,
      idsName: "dhcpOptionsIds",
      filters: input.Filters,
      supported: optionFilters
    })
    return { DhcpOptions: [...found], NextToken }
  }),

  DeleteDhcpOptions: Effect.fnUntraced(function*(input, state) {
    const { DhcpOptionsId } = yield* find(state, dhcpOptions, input.DhcpOptionsId, "dhcpOptionsId")
    if ([...state.vpcs.values()].some((vpc) => vpc.DhcpOptionsId === DhcpOptionsId)) {
      return yield* dependency("dhcpOptions", DhcpOptionsId)
    }
    state.dhcpOptions.delete(DhcpOptionsId)
    return {}
  }),

  AssociateDhcpOptions: Effect.fnUntraced(function*(input, state) {
    const id = yield* required(input.DhcpOptionsId, "dhcpOptionsId")
    const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
    // The name `default` stands for no options.
    if (id !== "default") yield* find(state, dhcpOptions, id, "dhcpOptionsId")
    vpc.DhcpOptionsId = id
    return {}
  })
}

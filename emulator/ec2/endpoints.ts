/** In-memory EC2: VPC endpoints. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { addEni } from "./enis.ts"
import { fault, invalidValue, oneOf, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { endpoints, find, subnets, vpcs } from "./kinds.ts"
import { type Ec2Handlers, type Endpoint, schedule, seconds, type Subnet } from "./state.ts"
import { newTags } from "./tags.ts"

/** How long an endpoint takes from `pending` to `available`, and from `deleting` until it is gone. */
const ENDPOINT = seconds(60)

/** The policy of an endpoint that was created without one. */
const EVERYTHING = JSON.stringify({
  Statement: [{ Action: "*", Effect: "Allow", Principal: "*", Resource: "*" }]
})

// AWS answers states in lower case, which the SDK's type lacks.
const toSdk = (endpoint: Omit<Endpoint, "State">): sdk.VpcEndpoint => endpoint

const endpointFilters: Filters<Endpoint> = {
  "ip-address-type": (endpoint) => endpoint.IpAddressType,
  "service-name": (endpoint) => endpoint.ServiceName,
  "service-region": (endpoint) => endpoint.ServiceRegion,
  "vpc-endpoint-id": (endpoint) => endpoint.VpcEndpointId,
  "vpc-endpoint-state": (endpoint) => endpoint.State,
  "vpc-endpoint-type": (endpoint) => endpoint.VpcEndpointType,
  "vpc-id": (endpoint) => endpoint.VpcId
}

/** The names of an interface endpoint: one for all of its zones and, if there are several, one for each. */
const dnsEntries = (
  context: HandlerContext,
  id: string,
  serviceName: string,
  subnets: ReadonlyArray<Subnet>
): Array<sdk.DnsEntry> => {
  const service = serviceName.split(`${context.region}.`).at(-1)
  const prefix = `${id}-${context.id("", 8)}`
  const suffix = `${service}.${context.region}.vpce.amazonaws.com`
  const HostedZoneId = `Z${context.id("", 13).toUpperCase()}`
  const zones = [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))]
  return [prefix, ...(zones.length > 1 ? zones.map((zone) => `${prefix}-${zone}`) : [])].map((host) => ({
    DnsName: `${host}.${suffix}`,
    HostedZoneId
  }))
}

const checkPolicy = Effect.fnUntraced(function*(document: string) {
  return yield* Effect.try({
    try: () => {
      JSON.parse(document)
      return document
    },
    catch: () => fault("InvalidPolicyDocument", "The policy document is not valid JSON.")
  })
})

export const handlers: Ec2Handlers = {
  CreateVpcEndpoint: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
        const ServiceName = yield* required(input.ServiceName, "serviceName")
        const type = yield* oneOf(input.VpcEndpointType ?? "Gateway", "vpcEndpointType", {
          here: ["Gateway", "Interface", "GatewayLoadBalancer"],
          onAws: ["Resource", "ServiceNetwork"]
        })
        if (!/^(aws|com|cn)\./.test(ServiceName)) {
          return yield* fault("InvalidServiceName", `The Vpc Endpoint Service '${ServiceName}' does not exist`)
        }
        const ServiceRegion = input.ServiceRegion ?? context.region
        yield* oneOf(ServiceRegion, "serviceRegion", { here: [context.region], onAws: [ServiceRegion] })
        const IpAddressType = yield* oneOf(input.IpAddressType ?? "ipv4", "ipAddressType", {
          here: ["ipv4"],
          onAws: ["dualstack", "ipv6"]
        })
        const SubnetIds = input.SubnetIds ?? []
        if (type === "GatewayLoadBalancer" && SubnetIds.length !== 1) {
          return yield* fault("InvalidParameter", "A Gateway Load Balancer endpoint must be in exactly one subnet.")
        }
        if (type === "Gateway" && (SubnetIds.length > 0 || input.SecurityGroupIds !== undefined)) {
          return yield* fault("InvalidParameter", "A gateway endpoint has no subnets and no security groups.")
        }
        const inSubnets = yield* Effect.forEach(SubnetIds, (id) => find(state, subnets, id, "subnetId"))
        if (inSubnets.some(({ VpcId }) => VpcId !== vpc.VpcId)) {
          return yield* fault("InvalidParameter", `The subnets are not all in the VPC ${vpc.VpcId}.`)
        }
        const wanted = new Map<string, string | undefined>()
        for (const { Ipv4, SubnetId = "" } of input.SubnetConfigurations ?? []) {
          if (!SubnetIds.includes(SubnetId)) {
            return yield* invalidValue(SubnetId, "subnetConfigurations", "It must be one of the endpoint's subnets.")
          }
          wanted.set(SubnetId, Ipv4)
        }
        const PolicyDocument = yield* checkPolicy(input.PolicyDocument ?? EVERYTHING)
        const options = input.DnsOptions
        const tags = yield* newTags(input.TagSpecifications, "vpc-endpoint")
        const VpcEndpointId = context.id("vpce-", 17)
        const enis = yield* Effect.forEach(inSubnets, (subnet) =>
          addEni(state, context, {
            subnet,
            type: type === "Interface" ? "vpc_endpoint" : "gateway_load_balancer_endpoint",
            description: `VPC Endpoint Interface ${VpcEndpointId}`,
            request: { Groups: input.SecurityGroupIds, PrivateIpAddress: wanted.get(subnet.SubnetId) },
            tags: [],
            managedBy: "amazon-vpce"
          }))
        const endpoint: Endpoint = {
          VpcEndpointId,
          VpcEndpointType: type,
          VpcId: vpc.VpcId,
          ServiceName,
          ServiceRegion,
          State: type === "Gateway" ? "available" : "pending",
          IpAddressType,
          PolicyDocument,
          RouteTableIds: [],
          SubnetIds: [...SubnetIds],
          Groups: (enis[0]?.Groups ?? []).map((group) => ({ ...group })),
          DnsEntries: type === "Interface" ? dnsEntries(context, VpcEndpointId, ServiceName, inSubnets) : [],
          DnsOptions: {
            DnsRecordIpType: yield* oneOf(
              options?.DnsRecordIpType ?? (type === "Interface" ? "ipv4" : "service-defined"),
              "dnsRecordIpType",
              { here: ["ipv4", "service-defined"], onAws: ["dualstack", "ipv6"] }
            ),
            PrivateDnsOnlyForInboundResolverEndpoint: options?.PrivateDnsOnlyForInboundResolverEndpoint,
            PrivateDnsPreference: options?.PrivateDnsPreference,
            PrivateDnsSpecifiedDomains: options?.PrivateDnsSpecifiedDomains
          },
          PrivateDnsEnabled: input.PrivateDnsEnabled ?? (type === "Interface" && !ServiceName.includes(".vpce.")),
          RequesterManaged: false,
          NetworkInterfaceIds: enis.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
          CreationTimestamp: new Date(now),
          OwnerId: context.account,
          Tags: tags
        }
        state.endpoints.set(VpcEndpointId, endpoint)
        if (type !== "Gateway") {
          schedule(state, now + context.takes(ENDPOINT), { kind: "endpoint", id: VpcEndpointId, to: "available" })
        }
        return VpcEndpointId
      }),
      answer: (id) => {
        const endpoint = state.endpoints.get(id)
        return endpoint && { VpcEndpoint: toSdk(endpoint), ClientToken: input.ClientToken }
      }
    }),

  DescribeVpcEndpoints: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, endpoints, {
      input,
      ids: input.VpcEndpointIds,
      idsName: "vpcEndpointIds",
      filters: input.Filters,
      supported: endpointFilters
    })
    return { VpcEndpoints: found.map(toSdk), NextToken }
  }),

  DeleteVpcEndpoints: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const ids = yield* required(input.VpcEndpointIds, "VpcEndpointId")
    const Unsuccessful: Array<sdk.UnsuccessfulItem> = []
    for (const id of ids) {
      const endpoint = state.endpoints.get(id)
      if (endpoint === undefined) {
        const Error = { Code: "InvalidVpcEndpoint.NotFound", Message: `The VpcEndpoint Id '${id}' does not exist` }
        Unsuccessful.push({ ResourceId: id, Error })
      } else if (endpoint.State !== "deleting") {
        endpoint.State = "deleting"
        const after = endpoint.VpcEndpointType === "Gateway" ? 0 : context.takes(ENDPOINT)
        schedule(state, now + after, { kind: "endpoint", id, to: "deleted" })
      }
    }
    return { Unsuccessful }
  })
}

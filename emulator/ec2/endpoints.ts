/** In-memory EC2: VPC endpoints. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseJson } from "../support/json.ts"
import { addEni } from "./enis.ts"
import { fault, invalidValue, oneOf, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { endpoints, find, routeTables, subnets, vpcs } from "./kinds.ts"
import { listOfService } from "./prefixLists.ts"
import { setEndpointRoutes } from "./routes.ts"
import { type Ec2Handlers, type Endpoint, schedule, seconds, type State, type Subnet } from "./state.ts"
import { newTags } from "./tags.ts"
import { hasPublicNames } from "./vpcAttributes.ts"

/** How long an endpoint takes from `pending` to `available`, and from `deleting` until it is gone. */
const ENDPOINT = seconds(60)

const everything = [{ Action: "*", Effect: "Allow", Principal: "*", Resource: "*" }]

/** The policy of an endpoint that was created without one. */
export const defaultPolicy = (type: string | undefined): string =>
  JSON.stringify({ ...(type === "Gateway" && { Version: "2008-10-17" }), Statement: everything })

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

/** The service that a name stands for: `ec2` for `com.amazonaws.us-east-1.ec2`. */
const shortName = ({ region }: HandlerContext, serviceName: string) => serviceName.split(`${region}.`).at(-1)!

export const domain = ({ partition }: HandlerContext) => partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"

/** The name that a service has in every network. */
export const privateNameOf = (context: HandlerContext, serviceName: string) =>
  `${shortName(context, serviceName).split(".").toReversed().join(".")}.${context.region}.${domain(context)}`

/** The names of an interface endpoint: one for all of its zones, one for each, and the service's own if it leads here. */
const dnsEntries = (
  context: HandlerContext,
  id: string,
  serviceName: string,
  subnets: ReadonlyArray<Subnet>,
  hasPrivateName: boolean
): Array<sdk.DnsEntry> => {
  const prefix = `${id}-${context.id("", 8)}`
  const suffix = `${shortName(context, serviceName)}.${context.region}.vpce.${domain(context)}`
  const HostedZoneId = `Z${context.id("", 13).toUpperCase()}`
  const zones = [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))]
  return [
    ...[prefix, ...zones.map((zone) => `${prefix}-${zone}`)].map((host) => ({
      DnsName: `${host}.${suffix}`,
      HostedZoneId
    })),
    ...(hasPrivateName ? [privateEntry(context, serviceName)] : [])
  ]
}

const privateEntry = (context: HandlerContext, serviceName: string): sdk.DnsEntry => ({
  DnsName: privateNameOf(context, serviceName),
  HostedZoneId: `Z${context.id("", 20).toUpperCase()}`
})

/** Checks that the service's own name can lead to the endpoint. */
const checkPrivateName = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  { except, serviceName, vpcId }: { readonly vpcId: string; readonly serviceName: string; readonly except?: Endpoint }
) {
  if (!hasPublicNames(state, vpcId)) {
    return yield* fault(
      "InvalidParameter",
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`
    )
  }
  const other = [...state.endpoints.values()].find((endpoint) =>
    endpoint !== except && endpoint.VpcId === vpcId && endpoint.ServiceName === serviceName &&
    endpoint.PrivateDnsEnabled === true && endpoint.State !== "deleting"
  )
  if (other !== undefined) {
    return yield* fault(
      "InvalidParameter",
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${
        privateNameOf(context, serviceName)
      } in the VPC ${vpcId}`
    )
  }
})

/** Changes whether the service's own name leads to an endpoint. */
export const setPrivateName = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  endpoint: Endpoint,
  isEnabled: boolean
) {
  const { ServiceName = "", VpcId = "" } = endpoint
  if (isEnabled) yield* checkPrivateName(state, context, { vpcId: VpcId, serviceName: ServiceName, except: endpoint })
  const name = privateNameOf(context, ServiceName)
  endpoint.PrivateDnsEnabled = isEnabled
  endpoint.DnsEntries = [
    ...(endpoint.DnsEntries ?? []).filter(({ DnsName }) => DnsName !== name),
    ...(isEnabled ? [privateEntry(context, ServiceName)] : [])
  ]
})

/** Gives a gateway endpoint these tables, each of which has a route to the service's ranges. */
export const setTables = Effect.fnUntraced(function*(
  state: State,
  endpoint: Pick<Endpoint, "ServiceName" | "VpcEndpointId" | "VpcId">,
  ids: ReadonlyArray<string>
) {
  const list = listOfService(state, endpoint.ServiceName ?? "")?.PrefixListId
  for (const id of ids) {
    const table = yield* find(state, routeTables, id, "routeTableId")
    if (table.VpcId !== endpoint.VpcId) {
      return yield* fault("InvalidParameter", `The route table ${id} is not in the VPC ${endpoint.VpcId}.`)
    }
    const before = table.Routes.find(({ DestinationPrefixListId }) => DestinationPrefixListId === list)
    if (list !== undefined && before !== undefined && before.GatewayId !== endpoint.VpcEndpointId) {
      return yield* fault(
        "RouteAlreadyExists",
        `route table ${id} already has a route with destination-prefix-list-id ${list}`
      )
    }
  }
  if (list !== undefined) setEndpointRoutes(state, { ...endpoint, RouteTableIds: ids }, list)
})

export const checkPolicy = Effect.fnUntraced(function*(document: string) {
  return parseJson(document) === undefined
    ? yield* fault("InvalidPolicyDocument", "The policy document is not valid JSON.")
    : document
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
        const RouteTableIds = [...new Set(input.RouteTableIds)]
        if (type !== "Gateway" && RouteTableIds.length > 0) {
          return yield* fault("InvalidParameter", "Only a gateway endpoint has route tables.")
        }
        const isPrivate = type === "Interface" && !ServiceName.includes(".vpce.")
        if (input.PrivateDnsEnabled === true) {
          if (!isPrivate) {
            return yield* fault(
              "InvalidParameter",
              "Private DNS is only supported for interface endpoints of services with a private name."
            )
          }
          yield* checkPrivateName(state, context, { vpcId: vpc.VpcId, serviceName: ServiceName })
        }
        const PrivateDnsEnabled = input.PrivateDnsEnabled ?? isPrivate
        const PolicyDocument = yield* checkPolicy(input.PolicyDocument ?? defaultPolicy(type))
        const options = input.DnsOptions
        const tags = yield* newTags(input.TagSpecifications, "vpc-endpoint")
        const VpcEndpointId = context.id("vpce-", 17)
        yield* setTables(state, { ServiceName, VpcEndpointId, VpcId: vpc.VpcId }, RouteTableIds)
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
          RouteTableIds,
          SubnetIds: [...SubnetIds],
          Groups: (enis[0]?.Groups ?? []).map((group) => ({ ...group })),
          DnsEntries: type === "Interface"
            ? dnsEntries(context, VpcEndpointId, ServiceName, inSubnets, PrivateDnsEnabled)
            : [],
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
          PrivateDnsEnabled,
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
        yield* setTables(state, endpoint, [])
        const after = endpoint.VpcEndpointType === "Gateway" ? 0 : context.takes(ENDPOINT)
        schedule(state, now + after, { kind: "endpoint", id, to: "deleted" })
      }
    }
    return { Unsuccessful }
  })
}

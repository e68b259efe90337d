/** In-memory EC2: changes of VPC endpoints, and the services that have them. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { idOf } from "../support/publicImages.ts"
import { checkPolicy, defaultPolicy, domain, privateNameOf, setPrivateName, setTables } from "./endpoints.ts"
import { endpointServicesOf } from "./endpointServices.ts"
import { addEni, groupsIn, removeEni } from "./enis.ts"
import { combination, fault } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { endpoints, find, subnets } from "./kinds.ts"
import type { Ec2Handlers, Endpoint, State } from "./state.ts"
import { zonesOf } from "./zones.ts"

const serviceDetails = (context: HandlerContext): ReadonlyArray<sdk.ServiceDetail> => {
  const { partition, region } = context
  const root = domain(context)
  const zones = zonesOf(region)
  const detail = (service: string, ServiceType: sdk.ServiceType): sdk.ServiceDetail => {
    const ServiceName = `${partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws"}.${region}.${service}`
    const isInterface = ServiceType === "Interface"
    const PrivateDnsName = privateNameOf(context, ServiceName)
    return {
      ServiceName,
      ServiceId: idOf("vpce-svc-", region, ServiceName, ServiceType),
      ServiceType: [{ ServiceType }],
      ServiceRegion: region,
      AvailabilityZoneIds: zones.map(({ id }) => id),
      AvailabilityZones: zones.map(({ name }) => name),
      Owner: "amazon",
      BaseEndpointDnsNames: [isInterface ? `${service}.${region}.vpce.${root}` : PrivateDnsName],
      ...(isInterface && {
        PrivateDnsName,
        PrivateDnsNames: [{ PrivateDnsName }],
        PrivateDnsNameVerificationState: "verified"
      }),
      VpcEndpointPolicySupported: true,
      AcceptanceRequired: false,
      ManagesVpcEndpoints: false,
      Tags: [],
      SupportedIpAddressTypes: ["ipv4"]
    }
  }
  const { gateways, interfaces } = endpointServicesOf(region)
  return [
    ...gateways.map((service) => detail(service, "Gateway")),
    ...interfaces.map((service) => detail(service, "Interface"))
  ]
}

const serviceFilters: Filters<sdk.ServiceDetail> = {
  owner: (service) => service.Owner,
  "service-name": (service) => service.ServiceName,
  "service-region": (service) => service.ServiceRegion,
  "service-type": ({ ServiceType = [] }) => ServiceType.map((type) => type.ServiceType),
  "supported-ip-address-types": (service) => service.SupportedIpAddressTypes ?? []
}

const changed = (
  before: ReadonlyArray<string> = [],
  added: ReadonlyArray<string> = [],
  removed: ReadonlyArray<string> = []
) => [...new Set([...before.filter((id) => !removed.includes(id)), ...added])]

/** Gives an interface endpoint its interfaces in these subnets. */
const setSubnets = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  endpoint: Endpoint,
  ids: ReadonlyArray<string>
) {
  const added = yield* Effect.forEach(
    ids.filter((id) => endpoint.SubnetIds?.includes(id) !== true),
    (id) => find(state, subnets, id, "subnetId")
  )
  if (added.some(({ VpcId }) => VpcId !== endpoint.VpcId)) {
    return yield* fault("InvalidParameter", `The subnets are not all in the VPC ${endpoint.VpcId}.`)
  }
  const enis = yield* Effect.forEach(added, (subnet) =>
    addEni(state, context, {
      subnet,
      type: "vpc_endpoint",
      description: `VPC Endpoint Interface ${endpoint.VpcEndpointId}`,
      request: { Groups: endpoint.Groups?.map(({ GroupId = "" }) => GroupId) },
      tags: [],
      managedBy: "amazon-vpce"
    }))
  const kept = endpoint.NetworkInterfaceIds.filter((id) => {
    const eni = state.enis.get(id)!
    if (ids.includes(eni.SubnetId)) return true
    removeEni(state, eni)
    return false
  })
  endpoint.NetworkInterfaceIds = [...kept, ...enis.map(({ NetworkInterfaceId }) => NetworkInterfaceId)]
  endpoint.SubnetIds = [...ids]
})

export const handlers: Ec2Handlers = {
  ModifyVpcEndpoint: Effect.fnUntraced(function*(input, state, context) {
    const endpoint = yield* find(state, endpoints, input.VpcEndpointId, "vpcEndpointId")
    const { VpcEndpointType: type } = endpoint
    const { AddRouteTableIds, AddSecurityGroupIds, AddSubnetIds, PrivateDnsEnabled } = input
    const { RemoveRouteTableIds, RemoveSecurityGroupIds, RemoveSubnetIds } = input
    if (type !== "Gateway" && (AddRouteTableIds ?? RemoveRouteTableIds) !== undefined) {
      return yield* fault("InvalidParameter", "Only a gateway endpoint has route tables.")
    }
    const ofInterfaces = AddSubnetIds ?? RemoveSubnetIds ?? AddSecurityGroupIds ?? RemoveSecurityGroupIds ??
      PrivateDnsEnabled
    if (type !== "Interface" && ofInterfaces !== undefined) {
      return yield* fault(
        "InvalidParameter",
        "Only an interface endpoint has subnets, security groups and private DNS."
      )
    }
    if (input.ResetPolicy === true && input.PolicyDocument !== undefined) {
      return yield* combination("The parameter resetPolicy cannot be used with the parameter policyDocument")
    }
    const policy = input.PolicyDocument === undefined ? undefined : yield* checkPolicy(input.PolicyDocument)
    const groupIds = changed(
      endpoint.Groups?.map(({ GroupId = "" }) => GroupId),
      AddSecurityGroupIds,
      RemoveSecurityGroupIds
    )
    if (type === "Interface" && groupIds.length === 0) {
      return yield* fault("InvalidParameter", "An interface endpoint needs a security group.")
    }
    if (type === "Gateway") {
      const ids = changed(endpoint.RouteTableIds, AddRouteTableIds, RemoveRouteTableIds)
      yield* setTables(state, endpoint, ids)
      endpoint.RouteTableIds = ids
    } else if (type === "Interface") {
      if (AddSecurityGroupIds !== undefined || RemoveSecurityGroupIds !== undefined) {
        const eni = state.enis.get(endpoint.NetworkInterfaceIds[0] ?? "")
        const subnet = state.subnets.get(eni?.SubnetId ?? "")
        const found = subnet === undefined ? [] : yield* groupsIn(state, subnet, groupIds)
        const members = () => found.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))
        endpoint.Groups = members()
        for (const id of endpoint.NetworkInterfaceIds) state.enis.get(id)!.Groups = members()
      }
      if (PrivateDnsEnabled !== undefined) yield* setPrivateName(state, context, endpoint, PrivateDnsEnabled)
      yield* setSubnets(state, context, endpoint, changed(endpoint.SubnetIds, AddSubnetIds, RemoveSubnetIds))
    }
    if (input.ResetPolicy === true) endpoint.PolicyDocument = defaultPolicy(type)
    else if (policy !== undefined) endpoint.PolicyDocument = policy
    return { Return: true }
  }),

  DescribeVpcEndpointServices: Effect.fnUntraced(function*(input, _, context) {
    const { Filters, ServiceNames = [] } = input
    const all = serviceDetails(context)
    const unknown = ServiceNames.find((name) => !all.some(({ ServiceName }) => ServiceName === name))
    if (unknown !== undefined) {
      return yield* fault("InvalidServiceName", `The Vpc Endpoint Service '${unknown}' does not exist`)
    }
    const named = all.filter(({ ServiceName = "" }) => ServiceNames.length === 0 || ServiceNames.includes(ServiceName))
    const found = yield* matching(context, named, Filters, serviceFilters, ({ Tags = [] }) => Tags)
    const [ServiceDetails, NextToken] = yield* page(
      context,
      found,
      input,
      ({ ServiceId, ServiceName }) => `${ServiceName} ${ServiceId}`
    )
    return {
      ServiceNames: [...new Set(ServiceDetails.map(({ ServiceName = "" }) => ServiceName))],
      ServiceDetails: [...ServiceDetails],
      NextToken
    }
  })
}

// The filters that AWS documents for the commands of networks and gateways, from botocore's model of EC2, without those of tags.
const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

export const documentedOfNetworks: Readonly<Record<string, ReadonlySet<string>>> = {
  DescribeCustomerGateways: names(`
    bgp-asn customer-gateway-id ip-address state type
  `),
  DescribeDhcpOptions: names(`
    dhcp-options-id key owner-id value
  `),
  DescribeFlowLogs: names(`
    deliver-log-status flow-log-id log-destination-type log-group-name resource-id traffic-type
  `),
  DescribeInternetGateways: names(`
    attachment.state attachment.vpc-id internet-gateway-id owner-id
  `),
  DescribeManagedPrefixLists: names(`
    owner-id prefix-list-id prefix-list-name
  `),
  DescribeNetworkAcls: names(`
    association.association-id association.network-acl-id association.subnet-id default entry.cidr entry.egress
    entry.icmp.code entry.icmp.type entry.ipv6-cidr entry.port-range.from entry.port-range.to entry.protocol
    entry.rule-action entry.rule-number network-acl-id owner-id vpc-id
  `),
  DescribePrefixLists: names(`
    prefix-list-id prefix-list-name
  `),
  DescribeRouteTables: names(`
    association.gateway-id association.main association.route-table-association-id association.route-table-id
    association.subnet-id owner-id route-table-id route.destination-cidr-block route.destination-ipv6-cidr-block
    route.destination-prefix-list-id route.egress-only-internet-gateway-id route.gateway-id route.instance-id
    route.nat-gateway-id route.origin route.state route.transit-gateway-id route.vpc-peering-connection-id vpc-id
  `),
  DescribeTransitGatewayAttachments: names(`
    association.state association.transit-gateway-route-table-id resource-id resource-owner-id resource-type state
    transit-gateway-attachment-id transit-gateway-id transit-gateway-owner-id
  `),
  DescribeTransitGatewayRouteTables: names(`
    default-association-route-table default-propagation-route-table state transit-gateway-id
    transit-gateway-route-table-id
  `),
  DescribeTransitGatewayVpcAttachments: names(`
    state transit-gateway-attachment-id transit-gateway-id vpc-id
  `),
  DescribeTransitGateways: names(`
    options.amazon-side-asn options.association-default-route-table-id options.auto-accept-shared-attachments
    options.default-route-table-association options.default-route-table-propagation options.dns-support
    options.propagation-default-route-table-id options.vpn-ecmp-support owner-id state transit-gateway-id
  `),
  DescribeVpcEndpointServices: names(`
    owner service-name service-region service-type supported-ip-address-types
  `),
  DescribeVpcPeeringConnections: names(`
    accepter-vpc-info.cidr-block accepter-vpc-info.owner-id accepter-vpc-info.vpc-id expiration-time
    requester-vpc-info.cidr-block requester-vpc-info.owner-id requester-vpc-info.vpc-id status-code status-message
    vpc-peering-connection-id
  `),
  DescribeVpnConnections: names(`
    bgp-asn customer-gateway-configuration customer-gateway-id option.static-routes-only
    route.destination-cidr-block state transit-gateway-id type vpn-connection-id vpn-gateway-id
  `),
  DescribeVpnGateways: names(`
    amazon-side-asn attachment.state attachment.vpc-id availability-zone state type vpn-gateway-id
  `),
  GetTransitGatewayAttachmentPropagations: names(`
    transit-gateway-route-table-id
  `),
  GetTransitGatewayRouteTableAssociations: names(`
    resource-id resource-type transit-gateway-attachment-id
  `),
  GetTransitGatewayRouteTablePropagations: names(`
    resource-id resource-type transit-gateway-attachment-id
  `),
  SearchTransitGatewayRoutes: names(`
    attachment.resource-id attachment.resource-type attachment.transit-gateway-attachment-id prefix-list-id
    route-search.exact-match route-search.longest-prefix-match route-search.subnet-of-match
    route-search.supernet-of-match state type
  `)
}

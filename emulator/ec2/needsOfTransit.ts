/** In-memory EC2: the permissions that calls about transit gateways, VPNs and traffic mirrors need. */
import { ec2Needs } from "./needs.ts"

const attachmentAndTable = ["TransitGatewayAttachmentId", "TransitGatewayRouteTableId"] as const

export const transit = ec2Needs({
  CreateTransitGateway: { creates: "transit-gateway" },
  DeleteTransitGateway: ["TransitGatewayId"],
  ModifyTransitGateway: ["TransitGatewayId"],
  CreateTransitGatewayVpcAttachment: {
    creates: "transit-gateway-attachment",
    of: ["TransitGatewayId", "VpcId", "SubnetIds"]
  },
  DeleteTransitGatewayVpcAttachment: ["TransitGatewayAttachmentId"],
  ModifyTransitGatewayVpcAttachment: ["TransitGatewayAttachmentId", "AddSubnetIds", "RemoveSubnetIds"],
  CreateTransitGatewayRouteTable: { creates: "transit-gateway-route-table", of: ["TransitGatewayId"] },
  DeleteTransitGatewayRouteTable: ["TransitGatewayRouteTableId"],
  AssociateTransitGatewayRouteTable: attachmentAndTable,
  DisassociateTransitGatewayRouteTable: attachmentAndTable,
  EnableTransitGatewayRouteTablePropagation: attachmentAndTable,
  DisableTransitGatewayRouteTablePropagation: attachmentAndTable,
  CreateTransitGatewayRoute: attachmentAndTable,
  ReplaceTransitGatewayRoute: attachmentAndTable,
  DeleteTransitGatewayRoute: ["TransitGatewayRouteTableId"],

  CreateCustomerGateway: { creates: "customer-gateway" },
  DeleteCustomerGateway: ["CustomerGatewayId"],
  CreateVpnGateway: { creates: "vpn-gateway" },
  DeleteVpnGateway: ["VpnGatewayId"],
  AttachVpnGateway: ["VpcId", "VpnGatewayId"],
  DetachVpnGateway: ["VpcId", "VpnGatewayId"],
  CreateVpnConnection: { creates: "vpn-connection", of: ["CustomerGatewayId", "VpnGatewayId", "TransitGatewayId"] },
  DeleteVpnConnection: ["VpnConnectionId"],
  CreateVpnConnectionRoute: ["VpnConnectionId"],
  DeleteVpnConnectionRoute: ["VpnConnectionId"],
  EnableVgwRoutePropagation: ["RouteTableId", "GatewayId"],
  DisableVgwRoutePropagation: ["RouteTableId", "GatewayId"],

  CreateTrafficMirrorTarget: {
    creates: "traffic-mirror-target",
    of: ["NetworkInterfaceId", "GatewayLoadBalancerEndpointId"]
  },
  DeleteTrafficMirrorTarget: ["TrafficMirrorTargetId"],
  CreateTrafficMirrorFilter: { creates: "traffic-mirror-filter" },
  DeleteTrafficMirrorFilter: ["TrafficMirrorFilterId"],
  CreateTrafficMirrorSession: {
    creates: "traffic-mirror-session",
    of: ["NetworkInterfaceId", "TrafficMirrorTargetId", "TrafficMirrorFilterId"]
  },
  DeleteTrafficMirrorSession: ["TrafficMirrorSessionId"]
})

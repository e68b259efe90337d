import {
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  DescribeCustomerGatewaysCommand,
  DescribeDhcpOptionsCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribePrefixListsCommand,
  DescribeRouteTablesCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewayRouteTablesCommand,
  DescribeTransitGatewaysCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpnConnectionsCommand,
  DescribeVpnGatewaysCommand,
  type Filter,
  GetTransitGatewayAttachmentPropagationsCommand,
  GetTransitGatewayRouteTableAssociationsCommand,
  GetTransitGatewayRouteTablePropagationsCommand,
  SearchTransitGatewayRoutesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { documentedOfNetworks } from "../../emulator/ec2/networkFilterNames.ts"

/** A transit gateway's table, and an attachment. */
const transit = Effect.gen(function*() {
  const { TransitGateway } = yield* Ec2.send(new CreateTransitGatewayCommand({}))
  yield* TestClock.adjust("2 minutes")
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/24" }))
  const { TransitGatewayVpcAttachment } = yield* Ec2.send(
    new CreateTransitGatewayVpcAttachmentCommand({
      TransitGatewayId: TransitGateway?.TransitGatewayId,
      VpcId: Vpc?.VpcId,
      SubnetIds: [Subnet?.SubnetId ?? ""]
    })
  )
  return {
    TransitGatewayAttachmentId: TransitGatewayVpcAttachment?.TransitGatewayAttachmentId ?? "",
    TransitGatewayRouteTableId: TransitGateway?.Options?.AssociationDefaultRouteTableId ?? ""
  }
})

type DescribeBy = (
  Filters: Array<Filter>,
  ids: { readonly TransitGatewayAttachmentId: string; readonly TransitGatewayRouteTableId: string }
) => Effect.Effect<unknown, AwsError, AwsClients>

const describers: Readonly<Record<string, DescribeBy>> = {
  DescribeCustomerGateways: (Filters) => Ec2.send(new DescribeCustomerGatewaysCommand({ Filters })),
  DescribeDhcpOptions: (Filters) => Ec2.send(new DescribeDhcpOptionsCommand({ Filters })),
  DescribeFlowLogs: (Filter) => Ec2.send(new DescribeFlowLogsCommand({ Filter })),
  DescribeInternetGateways: (Filters) => Ec2.send(new DescribeInternetGatewaysCommand({ Filters })),
  DescribeManagedPrefixLists: (Filters) => Ec2.send(new DescribeManagedPrefixListsCommand({ Filters })),
  DescribeNetworkAcls: (Filters) => Ec2.send(new DescribeNetworkAclsCommand({ Filters })),
  DescribePrefixLists: (Filters) => Ec2.send(new DescribePrefixListsCommand({ Filters })),
  DescribeRouteTables: (Filters) => Ec2.send(new DescribeRouteTablesCommand({ Filters })),
  DescribeTransitGatewayAttachments: (Filters) => Ec2.send(new DescribeTransitGatewayAttachmentsCommand({ Filters })),
  DescribeTransitGatewayRouteTables: (Filters) => Ec2.send(new DescribeTransitGatewayRouteTablesCommand({ Filters })),
  DescribeTransitGatewayVpcAttachments: (Filters) =>
    Ec2.send(new DescribeTransitGatewayVpcAttachmentsCommand({ Filters })),
  DescribeTransitGateways: (Filters) => Ec2.send(new DescribeTransitGatewaysCommand({ Filters })),
  DescribeVpcEndpointServices: (Filters) => Ec2.send(new DescribeVpcEndpointServicesCommand({ Filters })),
  DescribeVpcPeeringConnections: (Filters) => Ec2.send(new DescribeVpcPeeringConnectionsCommand({ Filters })),
  DescribeVpnConnections: (Filters) => Ec2.send(new DescribeVpnConnectionsCommand({ Filters })),
  DescribeVpnGateways: (Filters) => Ec2.send(new DescribeVpnGatewaysCommand({ Filters })),
  GetTransitGatewayAttachmentPropagations: (Filters, { TransitGatewayAttachmentId }) =>
    Ec2.send(new GetTransitGatewayAttachmentPropagationsCommand({ TransitGatewayAttachmentId, Filters })),
  GetTransitGatewayRouteTableAssociations: (Filters, { TransitGatewayRouteTableId }) =>
    Ec2.send(new GetTransitGatewayRouteTableAssociationsCommand({ TransitGatewayRouteTableId, Filters })),
  GetTransitGatewayRouteTablePropagations: (Filters, { TransitGatewayRouteTableId }) =>
    Ec2.send(new GetTransitGatewayRouteTablePropagationsCommand({ TransitGatewayRouteTableId, Filters })),
  SearchTransitGatewayRoutes: (Filters, { TransitGatewayRouteTableId }) =>
    Ec2.send(new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId, Filters }))
}

describe("a filter of EC2's networks and gateways", () => {
  it.effect("works if AWS documents it, and is invalid otherwise", () =>
    Effect.gen(function*() {
      const ids = yield* transit
      yield* TestClock.adjust("2 minutes")
      assert.sameMembers(Object.keys(describers), Object.keys(documentedOfNetworks))
      for (const [operation, names] of Object.entries(documentedOfNetworks)) {
        for (const Name of names) yield* describers[operation]!([{ Name, Values: ["*"] }], ids)
        const error = yield* Effect.flip(describers[operation]!([{ Name: "colour", Values: ["red"] }], ids))
        assert.strictEqual(error.code, "InvalidParameterValue", operation)
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

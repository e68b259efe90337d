// What connects a VPC with other networks: gateways, peering, VPNs, and the logs of what flows.
import {
  AcceptVpcPeeringConnectionCommand,
  AttachInternetGatewayCommand,
  AttachVpnGatewayCommand,
  CreateCustomerGatewayCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcPeeringConnectionCommand,
  CreateVpnConnectionCommand,
  CreateVpnGatewayCommand,
  DeleteCustomerGatewayCommand,
  DeleteEgressOnlyInternetGatewayCommand,
  DeleteFlowLogsCommand,
  DeleteInternetGatewayCommand,
  DeleteVpcCommand,
  DeleteVpcPeeringConnectionCommand,
  DeleteVpnConnectionCommand,
  DescribeCustomerGatewaysCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpnConnectionsCommand,
  DescribeVpnGatewaysCommand,
  DetachInternetGatewayCommand,
  DetachVpnGatewayCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
  RejectVpcPeeringConnectionCommand
} from "@aws-sdk/client-ec2"
import { CreateBucketCommand } from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, S3 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createGateway, createSubnet, createTable, createVpc, tableOf } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const attach = (InternetGatewayId: string, VpcId: string) =>
  Ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }))

const gatewayOf = (id: string) =>
  Ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })).pipe(
    Effect.map(({ InternetGateways }) => InternetGateways?.[0])
  )

const errors = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"

const peer = (VpcId: string, PeerVpcId: string) =>
  Ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId, PeerVpcId })).pipe(
    Effect.map(({ VpcPeeringConnection }) => VpcPeeringConnection?.VpcPeeringConnectionId ?? "")
  )

const peeringOf = (id: string) =>
  Ec2.send(new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [id] })).pipe(
    Effect.map(({ VpcPeeringConnections }) => VpcPeeringConnections?.[0])
  )

const createVpnGateway = Ec2.send(new CreateVpnGatewayCommand({ Type: "ipsec.1" })).pipe(
  Effect.map(({ VpnGateway }) => VpnGateway?.VpnGatewayId ?? "")
)

const createCustomerGateway = Ec2.send(
  new CreateCustomerGatewayCommand({ Type: "ipsec.1", IpAddress: "205.251.242.54", BgpAsn: 65534 })
).pipe(Effect.map(({ CustomerGateway }) => CustomerGateway?.CustomerGatewayId ?? ""))

const flowLogs = (VpcId: string, input: Partial<CreateFlowLogsCommandInput>) =>
  Ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VpcId],
      ResourceType: "VPC",
      TrafficType: "ALL",
      LogDestinationType: "s3",
      ...input
    })
  )

const bucket = Effect.gen(function*() {
  const Bucket = "flow-logs-of-a-vpc"
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  return `arn:aws:s3:::${Bucket}`
})

export const ec2Gateways = contract("Ec2", {
  "attaches an internet gateway to a VPC, and detaches it": documented(
    "API_AttachInternetGateway",
    Effect.gen(function*() {
      const { InternetGateway: created } = yield* Ec2.send(
        new CreateInternetGatewayCommand({
          TagSpecifications: [{ ResourceType: "internet-gateway", Tags: [{ Key: "Name", Value: "out" }] }]
        })
      )
      assert.deepEqual([created?.Attachments, created?.Tags], [[], [{ Key: "Name", Value: "out" }]])
      const InternetGatewayId = created?.InternetGatewayId ?? ""
      const VpcId = yield* createVpc()
      yield* attach(InternetGatewayId, VpcId)
      assert.deepEqual((yield* gatewayOf(InternetGatewayId))?.Attachments, [{
        State: "available" as "attached",
        VpcId
      }])
      yield* Ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }))
      assert.deepEqual((yield* gatewayOf(InternetGatewayId))?.Attachments, [])
    })
  ),

  "attaches an internet gateway to one VPC, and one to each VPC": believed(
    "the messages are in bug reports about Terraform's aws_internet_gateway",
    Effect.gen(function*() {
      const [VpcId, first, second] = [yield* createVpc(), yield* createGateway, yield* createGateway]
      yield* attach(first, VpcId)
      yield* expectRejected(
        attach(first, yield* createVpc("10.1.0.0/16")),
        "Resource.AlreadyAssociated",
        `resource ${first} is already attached to network ${VpcId}`
      )
      yield* expectRejected(
        attach(second, VpcId),
        "InvalidParameterValue",
        `Network ${VpcId} already has an internet gateway attached`
      )
    })
  ),

  "rejects detaching an internet gateway that isn't attached, and deleting one that is": documented(
    errors,
    Effect.gen(function*() {
      const [VpcId, InternetGatewayId] = [yield* createVpc(), yield* createGateway]
      yield* expectRejected(
        Ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId })),
        "Gateway.NotAttached"
      )
      yield* attach(InternetGatewayId, VpcId)
      yield* expectRejected(
        Ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId })),
        "DependencyViolation",
        `The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`
      )
      yield* expectRejected(Ec2.send(new DeleteVpcCommand({ VpcId })), "DependencyViolation")
    })
  ),

  "turns a route into a blackhole when its internet gateway is detached": documented(
    "API_Route",
    Effect.gen(function*() {
      const [VpcId, GatewayId] = [yield* createVpc(), yield* createGateway]
      const RouteTableId = yield* createTable(VpcId)
      yield* attach(GatewayId, VpcId)
      yield* Ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId }))
      yield* Ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId }))
      const table = yield* tableOf(RouteTableId)
      assert.deepEqual(table?.Routes?.map(({ State }) => State), ["active", "blackhole"])
    })
  ),

  "creates and deletes an egress-only internet gateway": documented(
    "API_CreateEgressOnlyInternetGateway",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const { EgressOnlyInternetGateway: created } = yield* Ec2.send(
        new CreateEgressOnlyInternetGatewayCommand({ VpcId })
      )
      assert.deepEqual(created?.Attachments, [{ State: "attached", VpcId }])
      const id = created?.EgressOnlyInternetGatewayId ?? ""
      yield* Ec2.send(new DeleteEgressOnlyInternetGatewayCommand({ EgressOnlyInternetGatewayId: id }))
      yield* expectRejected(
        Ec2.send(new DescribeEgressOnlyInternetGatewaysCommand({ EgressOnlyInternetGatewayIds: [id] })),
        "InvalidGatewayID.NotFound"
      )
    })
  ),

  "describes a peering connection as its ends accept it": recorded(
    "test_ec2 TestEc2Integrations::test_vcp_peering_difference_regions",
    Effect.gen(function*() {
      const [VpcId, PeerVpcId] = [yield* createVpc("192.168.1.0/24"), yield* createVpc("192.168.2.0/24")]
      const id = yield* peer(VpcId, PeerVpcId)
      const pending = yield* peeringOf(id)
      const { OwnerId, Region } = pending?.RequesterVpcInfo ?? {}
      assert.deepEqual(pending?.Status, { Code: "pending-acceptance", Message: `Pending Acceptance by ${OwnerId}` })
      assert.deepEqual(pending?.AccepterVpcInfo, { OwnerId, Region, VpcId: PeerVpcId })
      const { VpcPeeringConnection: accepted } = yield* Ec2.send(
        new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id })
      )
      assert.strictEqual(accepted?.VpcPeeringConnectionId, id)
      const active = yield* peeringOf(id)
      assert.deepEqual(active?.Status, { Code: "active", Message: "Active" })
      assert.isUndefined(active?.ExpirationTime)
      assert.deepEqual(active?.AccepterVpcInfo, {
        CidrBlock: "192.168.2.0/24",
        CidrBlockSet: [{ CidrBlock: "192.168.2.0/24" }],
        OwnerId,
        PeeringOptions: {
          AllowDnsResolutionFromRemoteVpc: false,
          AllowEgressFromLocalClassicLinkToRemoteVpc: false,
          AllowEgressFromLocalVpcToRemoteClassicLink: false
        },
        Region,
        VpcId: PeerVpcId
      })
    })
  ),

  "fails a peering connection of VPCs with overlapping ranges": documented(
    "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
    Effect.gen(function*() {
      const id = yield* peer(yield* createVpc(), yield* createVpc())
      assert.strictEqual((yield* peeringOf(id))?.Status?.Code, "failed")
      yield* expectRejected(
        Ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id })),
        "InvalidStateTransition"
      )
    })
  ),

  "rejects and deletes peering connections": documented(
    "API_RejectVpcPeeringConnection",
    Effect.gen(function*() {
      const [VpcId, other] = [yield* createVpc("10.0.0.0/16"), yield* createVpc("10.1.0.0/16")]
      const rejected = yield* peer(VpcId, other)
      yield* Ec2.send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: rejected }))
      assert.strictEqual((yield* peeringOf(rejected))?.Status?.Code, "rejected")
      const deleted = yield* peer(VpcId, other)
      yield* Ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: deleted }))
      assert.strictEqual((yield* peeringOf(deleted))?.Status?.Code, "deleted")
      const unknown = "pcx-0123456789abcdef0"
      yield* expectRejected(
        Ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: unknown })),
        "InvalidVpcPeeringConnectionID.NotFound",
        `The vpcPeeringConnection ID '${unknown}' does not exist`
      )
    })
  ),

  "sets the options of an active peering connection only": believed(
    "the message is in bug reports about Terraform's aws_vpc_peering_connection_options",
    Effect.gen(function*() {
      const id = yield* peer(yield* createVpc("10.0.0.0/16"), yield* createVpc("10.1.0.0/16"))
      const modify = Ec2.send(
        new ModifyVpcPeeringConnectionOptionsCommand({
          VpcPeeringConnectionId: id,
          RequesterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true }
        })
      )
      yield* expectRejected(
        modify,
        "OperationNotPermitted",
        `Peering ${id} is not active. Peering options can be added only to active peerings.`
      )
      yield* Ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }))
      assert.isTrue((yield* modify).RequesterPeeringConnectionOptions?.AllowDnsResolutionFromRemoteVpc)
      const { AccepterVpcInfo, RequesterVpcInfo } = (yield* peeringOf(id))!
      assert.isTrue(RequesterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc)
      assert.isFalse(AccepterVpcInfo?.PeeringOptions?.AllowDnsResolutionFromRemoteVpc)
    })
  ),

  "leaves out the members that a new virtual private gateway doesn't have": recorded(
    "test_ec2 TestEc2Integrations::test_describe_vpn_gateways_filter_by_vpc",
    Effect.gen(function*() {
      const { VpnGateway } = yield* Ec2.send(
        new CreateVpnGatewayCommand({ AvailabilityZone: "us-east-1a", Type: "ipsec.1" })
      )
      const { VpnGatewayId, ...others } = VpnGateway ?? {}
      assert.deepEqual(others, { AmazonSideAsn: 64512, State: "available", Type: "ipsec.1", VpcAttachments: [] })
      const { VpnGateways } = yield* Ec2.send(new DescribeVpnGatewaysCommand({ VpnGatewayIds: [VpnGatewayId ?? ""] }))
      assert.deepEqual(VpnGateways?.[0]?.Tags, [])
    })
  ),

  "finds a virtual private gateway by the VPC that it is attached to": recorded(
    "test_ec2 TestEc2Integrations::test_describe_vpn_gateways_filter_by_vpc",
    Effect.gen(function*() {
      const [VpcId, VpnGatewayId] = [yield* createVpc(), yield* createVpnGateway]
      yield* Ec2.send(new AttachVpnGatewayCommand({ VpcId, VpnGatewayId }))
      const { VpnGateways } = yield* Ec2.send(
        new DescribeVpnGatewaysCommand({ Filters: [{ Name: "attachment.vpc-id", Values: [VpcId] }] })
      )
      assert.deepEqual(VpnGateways?.map((gateway) => gateway.VpnGatewayId), [VpnGatewayId])
    })
  ),

  "rejects detaching a virtual private gateway that isn't attached": documented(
    errors,
    Effect.gen(function*() {
      yield* expectRejected(
        Ec2.send(new DetachVpnGatewayCommand({ VpcId: yield* createVpc(), VpnGatewayId: yield* createVpnGateway })),
        "InvalidVpnGatewayAttachment.NotFound"
      )
    })
  ),

  "describes a customer gateway, and lists a deleted one as such": documented(
    "API_DeleteCustomerGateway",
    Effect.gen(function*() {
      const CustomerGatewayId = yield* createCustomerGateway
      const describe = Ec2.send(new DescribeCustomerGatewaysCommand({ CustomerGatewayIds: [CustomerGatewayId] })).pipe(
        Effect.map(({ CustomerGateways }) => CustomerGateways?.[0])
      )
      const { BgpAsn, IpAddress, State, Type } = (yield* describe)!
      assert.deepEqual([BgpAsn, IpAddress, State, Type], ["65534", "205.251.242.54", "available", "ipsec.1"])
      yield* Ec2.send(new DeleteCustomerGatewayCommand({ CustomerGatewayId }))
      assert.strictEqual((yield* describe)?.State, "deleted")
    })
  ),

  "rejects deleting a customer gateway that isn't there": recorded(
    "test_customer_gateways test_delete_customer_gateways_bad_id",
    expectRejected(
      Ec2.send(new DeleteCustomerGatewayCommand({ CustomerGatewayId: "cgw-0123abcd" })),
      "InvalidCustomerGatewayID.NotFound",
      "The customerGateway ID 'cgw-0123abcd' does not exist"
    )
  ),

  "rejects a VPN connection with two gateways on Amazon's side, or with one that isn't there": recorded(
    "test_vpn_connections test_create_vpn_connection_to_both_vpn_gateway_and_transit_gateway",
    Effect.gen(function*() {
      const create = (input: Partial<CreateVpnConnectionCommand["input"]>) =>
        Ec2.send(
          new CreateVpnConnectionCommand({ Type: "ipsec.1", CustomerGatewayId: "cgw-0123abcd", ...input })
        )
      yield* expectRejected(
        create({ VpnGatewayId: "vgw-0123abcd", TransitGatewayId: "gateway_id" }),
        "InvalidParameterValue",
        "The request must not contain both parameter vpnGatewayId and transitGatewayId"
      )
      yield* expectRejected(
        create({ TransitGatewayId: "gateway_id" }),
        "InvalidCustomerGatewayID.NotFound",
        "The customerGateway ID 'cgw-0123abcd' does not exist"
      )
      yield* expectRejected(
        create({ CustomerGatewayId: yield* createCustomerGateway, TransitGatewayId: "tgw-abcdefghij0123456" }),
        "InvalidTransitGatewayID.NotFound",
        "The transitGateway ID 'tgw-abcdefghij0123456' does not exist"
      )
    })
  ),

  "gives a VPN connection two tunnels, and its customer's device a configuration": documented(
    "API_CreateVpnConnection",
    Effect.gen(function*() {
      const [CustomerGatewayId, VpnGatewayId] = [yield* createCustomerGateway, yield* createVpnGateway]
      const { VpnConnection } = yield* Ec2.send(
        new CreateVpnConnectionCommand({ Type: "ipsec.1", CustomerGatewayId, VpnGatewayId })
      )
      const id = VpnConnection?.VpnConnectionId ?? ""
      assert.deepEqual([VpnConnection?.State, VpnConnection?.Category], ["pending", "VPN"])
      assert.include(VpnConnection?.CustomerGatewayConfiguration, id)
      const { VpnConnections } = yield* Ec2.send(new DescribeVpnConnectionsCommand({ VpnConnectionIds: [id] }))
      assert.lengthOf(VpnConnections?.[0]?.Options?.TunnelOptions ?? [], 2)
      yield* expectRejected(Ec2.send(new DeleteCustomerGatewayCommand({ CustomerGatewayId })), "IncorrectState")
      yield* Ec2.send(new DeleteVpnConnectionCommand({ VpnConnectionId: id }))
      yield* Ec2.send(new DeleteCustomerGatewayCommand({ CustomerGatewayId }))
    })
  ),

  "rejects attaching a VPC to a transit gateway that isn't there": recorded(
    "test_transit_gateway test_create_vpc_attachment_to_unknown_transit_gateway",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      yield* expectRejected(
        Ec2.send(
          new CreateTransitGatewayVpcAttachmentCommand({
            TransitGatewayId: "tgw-fb63e95d22999bf27",
            VpcId,
            SubnetIds: [yield* createSubnet(VpcId)]
          })
        ),
        "InvalidTransitGatewayID.NotFound",
        "Transit Gateway tgw-fb63e95d22999bf27 was deleted or does not exist."
      )
    })
  ),

  "delivers flow logs to a bucket": recorded(
    "test_ec2 TestEc2FlowLogs::test_ec2_flow_logs_s3",
    Effect.gen(function*() {
      const [VpcId, LogDestination] = [yield* createVpc(), yield* bucket]
      const { FlowLogIds = [], Unsuccessful } = yield* flowLogs(VpcId, { LogDestination })
      assert.deepEqual(Unsuccessful, [])
      const { FlowLogs } = yield* Ec2.send(new DescribeFlowLogsCommand({ FlowLogIds }))
      const { CreationTime, FlowLogId, LogFormat, ...others } = FlowLogs![0]!
      assert.deepEqual([FlowLogId], FlowLogIds)
      assert.instanceOf(CreationTime, Date)
      assert.match(LogFormat ?? "", /^\$\{version\} .* \$\{log-status\}$/)
      assert.deepEqual(others, {
        DeliverLogsStatus: "SUCCESS",
        DestinationOptions: { FileFormat: "plain-text", HiveCompatiblePartitions: false, PerHourPartition: false },
        FlowLogStatus: "ACTIVE",
        LogDestination,
        LogDestinationType: "s3",
        MaxAggregationInterval: 600,
        ResourceId: VpcId,
        Tags: [],
        TrafficType: "ALL"
      })
      yield* Ec2.send(new DeleteFlowLogsCommand({ FlowLogIds }))
      yield* expectRejected(
        Ec2.send(new DeleteFlowLogsCommand({ FlowLogIds })),
        "InvalidFlowLogId.NotFound",
        `These flow log ids in the input list are not found: [TotalCount: 1] ${FlowLogIds[0]}`
      )
    })
  ),

  "says for each resource why it can't have a flow log": recorded(
    "test_ec2 TestEc2FlowLogs::test_ec2_flow_logs_s3_validation",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const { FlowLogIds, Unsuccessful } = yield* flowLogs(VpcId, { LogDestination: "arn:aws:s3:::no-such-bucket" })
      assert.deepEqual(FlowLogIds, [])
      assert.deepEqual(Unsuccessful, [{
        ResourceId: VpcId,
        Error: { Code: "400", Message: "LogDestination: no-such-bucket does not exist" }
      }])
    })
  ),

  "rejects flow logs with two destinations, with none, or with one of another type": recorded(
    "test_ec2 TestEc2FlowLogs::test_ec2_flow_logs_s3_validation",
    Effect.gen(function*() {
      const [VpcId, LogDestination] = [yield* createVpc(), yield* bucket]
      yield* expectRejected(
        flowLogs(VpcId, { LogDestination, LogGroupName: "logs" }),
        "InvalidParameter",
        "Please only provide LogGroupName or only provide LogDestination."
      )
      yield* expectRejected(
        flowLogs(VpcId, {}),
        "InvalidParameter",
        "LogDestination can't be empty if LogGroupName is not provided."
      )
      yield* expectRejected(
        flowLogs(VpcId, { LogGroupName: "logs" }),
        "InvalidParameter",
        "LogDestination type must be cloud-watch-logs if LogGroupName is provided."
      )
      yield* expectRejected(
        flowLogs(VpcId, { LogDestinationType: "cloud-watch-logs", LogGroupName: "logs" }),
        "InvalidParameter",
        "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
      )
    })
  )
})

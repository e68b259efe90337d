// The route tables, network ACLs and DHCP options of VPCs.
import {
  AssociateDhcpOptionsCommand,
  AssociateRouteTableCommand,
  CreateDhcpOptionsCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateTagsCommand,
  DeleteDhcpOptionsCommand,
  DeleteNetworkAclCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteVpcCommand,
  DescribeDhcpOptionsCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  DisassociateRouteTableCommand,
  ReplaceNetworkAclAssociationCommand,
  ReplaceNetworkAclEntryCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createEni, createGateway, createSubnet, createTable, createVpc, tableOf } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const tablesOf = (vpcId: string) =>
  Ec2.send(new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] })).pipe(
    Effect.map(({ RouteTables = [] }) => RouteTables)
  )

const aclsOf = (vpcId: string) =>
  Ec2.send(new DescribeNetworkAclsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] })).pipe(
    Effect.map(({ NetworkAcls = [] }) => NetworkAcls)
  )

const createAcl = (VpcId: string) =>
  Ec2.send(new CreateNetworkAclCommand({ VpcId })).pipe(Effect.map(({ NetworkAcl }) => NetworkAcl?.NetworkAclId ?? ""))

const vpcOf = (id: string) =>
  Ec2.send(new DescribeVpcsCommand({ VpcIds: [id] })).pipe(Effect.map(({ Vpcs }) => Vpcs?.[0]))

const routeTo = (RouteTableId: string, NetworkInterfaceId: string, DestinationCidrBlock = "192.168.0.0/16") =>
  Ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, NetworkInterfaceId }))

/** A VPC with a subnet, an interface in it, and a route table. */
const network = Effect.gen(function*() {
  const vpcId = yield* createVpc()
  const subnetId = yield* createSubnet(vpcId)
  return { vpcId, subnetId, eniId: yield* createEni(subnetId), tableId: yield* createTable(vpcId) }
})

export const ec2Networks = contract("Ec2", {
  "gives a new VPC a main route table with a route to itself": documented(
    "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html",
    Effect.gen(function*() {
      const [table, ...others] = yield* tablesOf(yield* createVpc())
      assert.deepEqual(others, [])
      assert.deepEqual(table?.Associations?.map(({ Main, SubnetId }) => [Main, SubnetId]), [[true, undefined]])
      assert.deepEqual(table?.Routes, [
        { DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local", Origin: "CreateRouteTable", State: "active" }
      ])
    })
  ),

  "associates a route table with a subnet until the association is ended": recorded(
    "test_ec2 TestEc2Integrations::test_create_route_table_association",
    Effect.gen(function*() {
      const { subnetId, tableId, vpcId } = yield* network
      const { AssociationId } = yield* Ec2.send(
        new AssociateRouteTableCommand({ RouteTableId: tableId, SubnetId: subnetId })
      )
      const table = yield* tableOf(tableId)
      assert.deepEqual(table?.Associations, [{
        Main: false,
        RouteTableAssociationId: AssociationId,
        RouteTableId: tableId,
        SubnetId: subnetId,
        AssociationState: { State: "associated" }
      }])
      assert.deepEqual([table?.VpcId, table?.PropagatingVgws, table?.Tags], [vpcId, [], []])
      yield* Ec2.send(new DisassociateRouteTableCommand({ AssociationId }))
      assert.deepEqual((yield* tableOf(tableId))?.Associations, [])
    })
  ),

  "associates a subnet with one route table only": believed(
    "the message is in bug reports about Terraform's aws_route_table_association",
    Effect.gen(function*() {
      const { subnetId, tableId, vpcId } = yield* network
      const associate = (RouteTableId: string) =>
        Ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: subnetId }))
      const { AssociationId } = yield* associate(tableId)
      assert.strictEqual((yield* associate(tableId)).AssociationId, AssociationId)
      const other = yield* createTable(vpcId)
      yield* expectRejected(
        associate(other),
        "Resource.AlreadyAssociated",
        `the specified association for route table ${other} conflicts with an existing association`
      )
    })
  ),

  "moves the association of a subnet, or of the main table, to another table": documented(
    "API_ReplaceRouteTableAssociation",
    Effect.gen(function*() {
      const { tableId, vpcId } = yield* network
      const main = (yield* tablesOf(vpcId)).find(({ Associations }) => Associations?.[0]?.Main === true)
      const { NewAssociationId } = yield* Ec2.send(
        new ReplaceRouteTableAssociationCommand({
          AssociationId: main?.Associations?.[0]?.RouteTableAssociationId,
          RouteTableId: tableId
        })
      )
      assert.deepEqual((yield* tableOf(main?.RouteTableId ?? ""))?.Associations, [])
      const [association] = (yield* tableOf(tableId))?.Associations ?? []
      assert.deepEqual([association?.Main, association?.RouteTableAssociationId], [true, NewAssociationId])
      yield* expectRejected(
        Ec2.send(new DeleteRouteTableCommand({ RouteTableId: tableId })),
        "DependencyViolation",
        `The routeTable '${tableId}' has dependencies and cannot be deleted.`
      )
    })
  ),

  "refuses to end the association of the main route table": documented(
    "API_DisassociateRouteTable",
    Effect.gen(function*() {
      const [main] = yield* tablesOf(yield* createVpc())
      const AssociationId = main?.Associations?.[0]?.RouteTableAssociationId
      yield* expectRejected(Ec2.send(new DisassociateRouteTableCommand({ AssociationId })), "InvalidParameterValue")
    })
  ),

  "adds, replaces and deletes the routes of a table": documented(
    "API_ReplaceRoute",
    Effect.gen(function*() {
      const { eniId, subnetId, tableId } = yield* network
      yield* routeTo(tableId, eniId)
      const other = yield* createEni(subnetId)
      const destination = { RouteTableId: tableId, DestinationCidrBlock: "192.168.0.0/16" }
      yield* Ec2.send(new ReplaceRouteCommand({ ...destination, NetworkInterfaceId: other }))
      const targets = Effect.map(
        tableOf(tableId),
        (table) => table?.Routes?.map(({ GatewayId, NetworkInterfaceId }) => GatewayId ?? NetworkInterfaceId)
      )
      assert.deepEqual(yield* targets, ["local", other])
      yield* Ec2.send(new DeleteRouteCommand(destination))
      assert.deepEqual(yield* targets, ["local"])
    })
  ),

  "rejects a second route to a destination": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    Effect.gen(function*() {
      const { eniId, tableId } = yield* network
      yield* routeTo(tableId, eniId)
      yield* expectRejected(
        routeTo(tableId, eniId),
        "RouteAlreadyExists",
        "The route identified by 192.168.0.0/16 already exists"
      )
    })
  ),

  "rejects replacing or deleting a route that isn't there": believed(
    "the messages are in bug reports about Terraform's aws_route",
    Effect.gen(function*() {
      const { eniId, tableId } = yield* network
      const destination = { RouteTableId: tableId, DestinationCidrBlock: "192.168.0.0/16" }
      yield* expectRejected(
        Ec2.send(new ReplaceRouteCommand({ ...destination, NetworkInterfaceId: eniId })),
        "InvalidParameterValue",
        "There is no route defined for '192.168.0.0/16' in the route table. Use CreateRoute instead."
      )
      yield* expectRejected(
        Ec2.send(new DeleteRouteCommand(destination)),
        "InvalidRoute.NotFound",
        `no route with destination-cidr-block 192.168.0.0/16 in route table ${tableId}`
      )
    })
  ),

  "rejects deleting the route of a VPC to itself": believed(
    "the message is in bug reports about Terraform's aws_route",
    Effect.gen(function*() {
      const { tableId } = yield* network
      yield* expectRejected(
        Ec2.send(new DeleteRouteCommand({ RouteTableId: tableId, DestinationCidrBlock: "10.0.0.0/16" })),
        "InvalidParameterValue",
        `cannot remove local route 10.0.0.0/16 in route table ${tableId}`
      )
    })
  ),

  "rejects a route without a destination, with two, without a target or with two": documented(
    "API_CreateRoute",
    Effect.gen(function*() {
      const { eniId, tableId: RouteTableId } = yield* network
      const create = (input: Partial<CreateRouteCommand["input"]>) =>
        Ec2.send(new CreateRouteCommand({ RouteTableId, ...input }))
      yield* expectRejected(create({ NetworkInterfaceId: eniId }), "MissingParameter")
      yield* expectRejected(
        create({
          NetworkInterfaceId: eniId,
          DestinationCidrBlock: "192.168.0.0/16",
          DestinationIpv6CidrBlock: "::/0"
        }),
        "InvalidParameterCombination"
      )
      yield* expectRejected(create({ DestinationCidrBlock: "192.168.0.0/16" }), "MissingParameter")
      yield* expectRejected(
        create({
          DestinationCidrBlock: "192.168.0.0/16",
          NetworkInterfaceId: eniId,
          NatGatewayId: "nat-0123456789abcdef0"
        }),
        "InvalidParameterCombination"
      )
      yield* expectRejected(
        create({ DestinationCidrBlock: "192.168.0.0/99", NetworkInterfaceId: eniId }),
        "InvalidParameterValue",
        "Value (192.168.0.0/99) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
      )
    })
  ),

  "rejects a route to a gateway that is attached to no VPC or to another one": believed(
    "the message is in bug reports about Terraform's aws_route",
    Effect.gen(function*() {
      const { tableId } = yield* network
      const gatewayId = yield* createGateway
      yield* expectRejected(
        Ec2.send(
          new CreateRouteCommand({ RouteTableId: tableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gatewayId })
        ),
        "InvalidParameterValue",
        `route table ${tableId} and network gateway ${gatewayId} belong to different networks`
      )
    })
  ),

  "rejects unknown and malformed ids of route tables": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    Effect.gen(function*() {
      const id = "rtb-0123456789abcdef0"
      const describe = (id: string) => Ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))
      yield* expectRejected(describe(id), "InvalidRouteTableID.NotFound", `The routeTable ID '${id}' does not exist`)
      yield* expectRejected(describe("table"), "InvalidRouteTableId.Malformed")
      yield* expectRejected(
        Ec2.send(new DeleteRouteTableCommand({ RouteTableId: id })),
        "InvalidRouteTableID.NotFound"
      )
    })
  ),

  "creates one route table per client token": documented(
    "API_CreateRouteTable",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const create = Ec2.send(new CreateRouteTableCommand({ VpcId, ClientToken: "table" }))
      const first = yield* create
      assert.strictEqual((yield* create).RouteTable?.RouteTableId, first.RouteTable?.RouteTableId)
      assert.lengthOf(yield* tablesOf(VpcId), 2)
    })
  ),

  "finds route tables by their tags, routes and associations": documented(
    "API_DescribeRouteTables",
    Effect.gen(function*() {
      const { eniId, subnetId, tableId, vpcId } = yield* network
      yield* Ec2.send(new CreateTagsCommand({ Resources: [tableId], Tags: [{ Key: "Name", Value: "private" }] }))
      yield* Ec2.send(new AssociateRouteTableCommand({ RouteTableId: tableId, SubnetId: subnetId }))
      yield* routeTo(tableId, eniId)
      const found = (Name: string, ...Values: ReadonlyArray<string>) =>
        Ec2.send(
          new DescribeRouteTablesCommand({
            Filters: [{ Name, Values: [...Values] }, { Name: "vpc-id", Values: [vpcId] }]
          })
        ).pipe(Effect.map(({ RouteTables }) => RouteTables?.map(({ RouteTableId }) => RouteTableId)))
      assert.deepEqual(yield* found("tag:Name", "private"), [tableId])
      assert.deepEqual(yield* found("association.subnet-id", subnetId), [tableId])
      assert.deepEqual(yield* found("route.destination-cidr-block", "192.168.0.0/16"), [tableId])
      assert.notInclude((yield* found("association.main", "true")) ?? [], tableId)
    })
  ),

  "gives a new VPC a default network ACL that allows everything, and its subnets too": documented(
    "https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const [acl, ...others] = yield* aclsOf(vpcId)
      assert.deepEqual(others, [])
      assert.isTrue(acl?.IsDefault)
      assert.deepEqual(acl?.Associations?.map(({ SubnetId }) => SubnetId), [subnetId])
      assert.sameDeepMembers(
        acl?.Entries?.map((
          { CidrBlock, Egress, Protocol, RuleAction, RuleNumber }
        ) => [Egress, RuleNumber, RuleAction, Protocol, CidrBlock]) ?? [],
        [true, false].flatMap((egress) => [
          [egress, 100, "allow", "-1", "0.0.0.0/0"],
          [egress, 32767, "deny", "-1", "0.0.0.0/0"]
        ])
      )
    })
  ),

  "keeps one entry per number and direction in a network ACL": documented(
    "API_CreateNetworkAclEntry",
    Effect.gen(function*() {
      const NetworkAclId = yield* createAcl(yield* createVpc())
      const entry = {
        NetworkAclId,
        RuleNumber: 110,
        Protocol: "6",
        RuleAction: "allow",
        Egress: false,
        CidrBlock: "10.0.0.0/8",
        PortRange: { From: 22, To: 22 }
      } as const
      yield* Ec2.send(new CreateNetworkAclEntryCommand(entry))
      yield* expectRejected(
        Ec2.send(new CreateNetworkAclEntryCommand(entry)),
        "NetworkAclEntryAlreadyExists",
        "The network acl entry identified by 110 already exists."
      )
      yield* Ec2.send(new CreateNetworkAclEntryCommand({ ...entry, Egress: true }))
      yield* Ec2.send(new ReplaceNetworkAclEntryCommand({ ...entry, RuleAction: "deny" }))
      yield* Ec2.send(new DeleteNetworkAclEntryCommand({ NetworkAclId, RuleNumber: 110, Egress: true }))
      const { NetworkAcls } = yield* Ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [NetworkAclId] }))
      const own = NetworkAcls?.[0]?.Entries?.filter(({ RuleNumber }) => RuleNumber === 110)
      assert.deepEqual(own?.map(({ Egress, PortRange, RuleAction }) => [Egress, RuleAction, PortRange?.From]), [
        [false, "deny", 22]
      ])
    })
  ),

  "rejects an entry of a network ACL without ports or with a number that AWS keeps": documented(
    "API_CreateNetworkAclEntry",
    Effect.gen(function*() {
      const NetworkAclId = yield* createAcl(yield* createVpc())
      const entry = { NetworkAclId, RuleAction: "allow", Egress: false, CidrBlock: "0.0.0.0/0" } as const
      yield* expectRejected(
        Ec2.send(new CreateNetworkAclEntryCommand({ ...entry, RuleNumber: 1, Protocol: "6" })),
        "MissingParameter"
      )
      yield* expectRejected(
        Ec2.send(new CreateNetworkAclEntryCommand({ ...entry, RuleNumber: 32767, Protocol: "-1" })),
        "InvalidParameterValue"
      )
      yield* expectRejected(
        Ec2.send(new ReplaceNetworkAclEntryCommand({ ...entry, RuleNumber: 9, Protocol: "-1" })),
        "InvalidNetworkAclEntry.NotFound"
      )
    })
  ),

  "moves a subnet from one network ACL to another, and deletes only those without subnets": documented(
    "API_ReplaceNetworkAclAssociation",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const [before] = yield* aclsOf(vpcId)
      const NetworkAclId = yield* createAcl(vpcId)
      yield* Ec2.send(
        new ReplaceNetworkAclAssociationCommand({
          AssociationId: before?.Associations?.[0]?.NetworkAclAssociationId,
          NetworkAclId
        })
      )
      const acls = yield* aclsOf(vpcId)
      const after = acls.find((acl) => acl.NetworkAclId === NetworkAclId)
      assert.deepEqual(after?.Associations?.map(({ SubnetId }) => SubnetId), [subnetId])
      yield* expectRejected(Ec2.send(new DeleteNetworkAclCommand({ NetworkAclId })), "DependencyViolation")
      yield* expectRejected(
        Ec2.send(new DeleteNetworkAclCommand({ NetworkAclId: before?.NetworkAclId })),
        "InvalidParameterValue"
      )
    })
  ),

  "gives a new VPC the default DHCP options until it has others": documented(
    "API_AssociateDhcpOptions",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const before = (yield* vpcOf(VpcId))?.DhcpOptionsId ?? ""
      const { DhcpOptions } = yield* Ec2.send(
        new CreateDhcpOptionsCommand({
          DhcpConfigurations: [{ Key: "domain-name", Values: ["example.com"] }],
          TagSpecifications: [{ ResourceType: "dhcp-options", Tags: [{ Key: "Name", Value: "ours" }] }]
        })
      )
      assert.deepEqual(DhcpOptions?.DhcpConfigurations, [{ Key: "domain-name", Values: [{ Value: "example.com" }] }])
      const id = DhcpOptions?.DhcpOptionsId ?? ""
      yield* Ec2.send(new AssociateDhcpOptionsCommand({ VpcId, DhcpOptionsId: id }))
      assert.strictEqual((yield* vpcOf(VpcId))?.DhcpOptionsId, id)
      yield* expectRejected(
        Ec2.send(new DeleteDhcpOptionsCommand({ DhcpOptionsId: id })),
        "DependencyViolation",
        `The dhcpOptions '${id}' has dependencies and cannot be deleted.`
      )
      yield* Ec2.send(new AssociateDhcpOptionsCommand({ VpcId, DhcpOptionsId: "default" }))
      yield* Ec2.send(new DeleteDhcpOptionsCommand({ DhcpOptionsId: id }))
      const { DhcpOptions: [options] = [] } = yield* Ec2.send(
        new DescribeDhcpOptionsCommand({ DhcpOptionsIds: [before] })
      )
      assert.deepEqual(options?.DhcpConfigurations?.map(({ Key }) => Key), ["domain-name", "domain-name-servers"])
    })
  ),

  "rejects DHCP options that aren't there": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    Effect.gen(function*() {
      const DhcpOptionsId = "dopt-0123456789abcdef0"
      yield* expectRejected(
        Ec2.send(new AssociateDhcpOptionsCommand({ VpcId: yield* createVpc(), DhcpOptionsId })),
        "InvalidDhcpOptionID.NotFound"
      )
      yield* expectRejected(
        Ec2.send(
          new CreateDhcpOptionsCommand({ DhcpConfigurations: [{ Key: "colour", Values: ["red"] }] })
        ),
        "InvalidParameterValue"
      )
    })
  ),

  "deletes a VPC with its main route table and default network ACL, but not with another table": documented(
    "API_DeleteVpc",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const RouteTableId = yield* createTable(VpcId)
      yield* expectRejected(
        Ec2.send(new DeleteVpcCommand({ VpcId })),
        "DependencyViolation",
        `The vpc '${VpcId}' has dependencies and cannot be deleted.`
      )
      yield* Ec2.send(new DeleteRouteTableCommand({ RouteTableId }))
      yield* Ec2.send(new DeleteVpcCommand({ VpcId }))
      assert.deepEqual(yield* tablesOf(VpcId), [])
      assert.deepEqual(yield* aclsOf(VpcId), [])
    })
  )
})

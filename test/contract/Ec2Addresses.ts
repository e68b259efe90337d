// Who may reach an interface, and at which addresses: rules, prefix lists, Elastic IP addresses and endpoints.
import {
  AllocateAddressCommand,
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateVpcEndpointCommand,
  DescribeAddressesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkInterfaceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcEndpointServicesCommand,
  DisassociateAddressCommand,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ModifySecurityGroupRulesCommand,
  ModifyVpcEndpointCommand,
  type SecurityGroupRuleRequest,
  UnassignPrivateIpAddressesCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { createEni, createGateway, createGroup, createSubnet, createTable, createVpc, tableOf } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const ruleOf = (id: string) =>
  Ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] })).pipe(
    Effect.map(({ SecurityGroupRules }) => SecurityGroupRules?.[0])
  )

/** A group with a rule. */
const groupWithRule = Effect.gen(function*() {
  const groupId = yield* createGroup(yield* createVpc(), "web")
  const { SecurityGroupRules } = yield* Ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 30900, ToPort: 31000, IpRanges: [{ CidrIp: "1.2.3.4/32" }] }]
    })
  )
  return { groupId, ruleId: SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? "" }
})

const modify = (GroupId: string, SecurityGroupRuleId: string, SecurityGroupRule: SecurityGroupRuleRequest) =>
  Ec2.send(
    new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }] })
  )

const createList = (MaxEntries: number) =>
  Ec2.send(new CreateManagedPrefixListCommand({ PrefixListName: "offices", MaxEntries, AddressFamily: "IPv4" })).pipe(
    Effect.map(({ PrefixList }) => PrefixList?.PrefixListId ?? "")
  )

export const ec2Addresses = contract("Ec2", {
  "changes a security group rule as a whole": recorded(
    "test_security_groups test_modify_security_group_rules",
    Effect.gen(function*() {
      const { groupId, ruleId } = yield* groupWithRule
      yield* modify(groupId, ruleId, { IpProtocol: "udp", FromPort: 26000, ToPort: 26500, CidrIpv6: "2001:db8::/32" })
      const { CidrIpv4, CidrIpv6, FromPort, IpProtocol, ToPort } = (yield* ruleOf(ruleId))!
      assert.deepEqual([IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6], [
        "udp",
        26000,
        26500,
        undefined,
        "2001:db8::/32"
      ])
    })
  ),

  "rejects a changed security group rule without a protocol, ports or one peer": recorded(
    "test_security_groups test_modify_security_group_rules",
    Effect.gen(function*() {
      const { groupId, ruleId } = yield* groupWithRule
      const ports = { FromPort: 27010, ToPort: 27011 }
      yield* expectRejected(
        modify(groupId, ruleId, { ...ports, CidrIpv4: "2.3.4.5/32" }),
        "InvalidParameterValue",
        "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
      )
      yield* expectRejected(
        modify(groupId, ruleId, { IpProtocol: "udp", ToPort: 27011, CidrIpv4: "2.3.4.5/32" }),
        "InvalidParameterValue",
        "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
      )
      yield* expectRejected(
        modify(groupId, ruleId, { ...ports, IpProtocol: "udp" }),
        "MissingParameter",
        "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId"
      )
      yield* expectRejected(
        modify(groupId, ruleId, { ...ports, IpProtocol: "udp", CidrIpv4: "2.3.4.5/32", CidrIpv6: "2001:db8::/32" }),
        "InvalidParameterCombination",
        "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified"
      )
      yield* expectRejected(
        modify(groupId, "sgr-00000000", { ...ports, IpProtocol: "udp", CidrIpv4: "2.3.4.5/32" }),
        "InvalidSecurityGroupRuleId.NotFound",
        "The security group rule ID 'sgr-00000000' does not exist"
      )
    })
  ),

  "changes the description of a security group rule": documented(
    "API_UpdateSecurityGroupRuleDescriptionsIngress",
    Effect.gen(function*() {
      const { groupId, ruleId } = yield* groupWithRule
      const update = (Description: string) =>
        Ec2.send(
          new UpdateSecurityGroupRuleDescriptionsIngressCommand({
            GroupId: groupId,
            IpPermissions: [{
              IpProtocol: "tcp",
              FromPort: 30900,
              ToPort: 31000,
              IpRanges: [{ CidrIp: "1.2.3.4/32", Description }]
            }]
          })
        )
      yield* update("the office")
      assert.strictEqual((yield* ruleOf(ruleId))?.Description, "the office")
      yield* expectRejected(update("50 % of it"), "InvalidParameterValue", "Invalid rule description.")
    })
  ),

  "rejects a malformed group id in a search for rules": recorded(
    "test_security_groups test_invalid_security_group_id_in_rules_search",
    Effect.gen(function*() {
      const search = (id: string) =>
        Ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] }))
      yield* expectRejected(search("foobar"), "InvalidGroupId.Malformed", "The security group ID 'foobar' is malformed")
      assert.deepEqual((yield* search("sg-005216b55886f0fdc")).SecurityGroupRules, [])
    })
  ),

  "allows the ranges of a prefix list in a security group rule": recorded(
    "test_security_groups test_authorize_security_group_rules_with_different_ipranges_or_prefixes",
    Effect.gen(function*() {
      const { groupId } = yield* groupWithRule
      const PrefixListId = yield* createList(1)
      const { SecurityGroupRules } = yield* Ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: groupId,
          IpPermissions: [{ IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, PrefixListIds: [{ PrefixListId }] }]
        })
      )
      assert.strictEqual(
        (yield* ruleOf(SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? ""))?.PrefixListId,
        PrefixListId
      )
    })
  ),

  "lists AWS's own prefix lists besides the account's": recorded(
    "test_prefix_lists test_describe_managed_prefix_lists",
    Effect.gen(function*() {
      const id = yield* createList(2)
      const { PrefixLists = [] } = yield* Ec2.send(new DescribeManagedPrefixListsCommand({}))
      assert.include(PrefixLists.map(({ PrefixListId }) => PrefixListId), id)
      assert.include(PrefixLists.map(({ OwnerId }) => OwnerId), "AWS")
      assert.isTrue(PrefixLists.every(({ StateMessage }) => StateMessage === undefined))
    })
  ),

  "keeps each version of a prefix list's entries": documented(
    "API_ModifyManagedPrefixList",
    Effect.gen(function*() {
      const PrefixListId = yield* createList(1)
      const add = (CurrentVersion: number, ...cidrs: ReadonlyArray<string>) =>
        Ec2.send(
          new ModifyManagedPrefixListCommand({
            PrefixListId,
            CurrentVersion,
            AddEntries: cidrs.map((Cidr) => ({ Cidr }))
          })
        )
      assert.strictEqual((yield* add(1, "10.0.0.0/8")).PrefixList?.Version, 2)
      const entries = (TargetVersion: number) =>
        Ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, TargetVersion })).pipe(
          Effect.map(({ Entries }) => Entries?.map(({ Cidr }) => Cidr))
        )
      assert.deepEqual([yield* entries(1), yield* entries(2)], [[], ["10.0.0.0/8"]])
      yield* expectRejected(add(1, "10.0.0.0/9"), "PrefixListVersionMismatch")
      yield* expectRejected(add(2, "10.0.0.0/9"), "PrefixListMaxEntriesExceeded")
    })
  ),

  "associates an Elastic IP address with an interface that an internet gateway leads to": believed(
    "the message is in bug reports about Terraform's aws_eip_association",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const NetworkInterfaceId = yield* createEni(yield* createSubnet(VpcId))
      const { AllocationId, PublicIp } = yield* Ec2.send(new AllocateAddressCommand({}))
      const associate = Ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }))
      yield* expectRejected(
        associate,
        "Gateway.NotAttached",
        `Network ${VpcId} is not attached to any internet gateway`
      )
      yield* Ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: yield* createGateway }))
      const { AssociationId } = yield* associate
      const address = Effect.map(
        Ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId ?? ""] })),
        ({ Addresses }) => Addresses?.[0]
      )
      assert.strictEqual((yield* address)?.NetworkInterfaceId, NetworkInterfaceId)
      const { NetworkInterfaces } = yield* Ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [NetworkInterfaceId] })
      )
      assert.strictEqual(NetworkInterfaces?.[0]?.Association?.PublicIp, PublicIp)
      yield* Ec2.send(new DisassociateAddressCommand({ AssociationId }))
      assert.isUndefined((yield* address)?.AssociationId)
      yield* expectRejected(
        Ec2.send(new DisassociateAddressCommand({ AssociationId })),
        "InvalidAssociationID.NotFound"
      )
    })
  ),

  "assigns more private addresses to an interface, and takes them back": documented(
    "API_AssignPrivateIpAddresses",
    Effect.gen(function*() {
      const NetworkInterfaceId = yield* createEni(yield* createSubnet(yield* createVpc()))
      const { AssignedPrivateIpAddresses: [assigned] = [] } = yield* Ec2.send(
        new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 })
      )
      const unassign = Ec2.send(
        new UnassignPrivateIpAddressesCommand({
          NetworkInterfaceId,
          PrivateIpAddresses: [assigned?.PrivateIpAddress ?? ""]
        })
      )
      yield* unassign
      yield* expectRejected(
        unassign,
        "InvalidParameterValue",
        `Some of the specified addresses are not assigned to interface ${NetworkInterfaceId}`
      )
    })
  ),

  "sets an attribute of an interface": documented(
    "API_ModifyNetworkInterfaceAttribute",
    Effect.gen(function*() {
      const NetworkInterfaceId = yield* createEni(yield* createSubnet(yield* createVpc()))
      yield* Ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck: { Value: false } })
      )
      const { SourceDestCheck } = yield* Ec2.send(
        new DescribeNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Attribute: "sourceDestCheck" })
      )
      assert.isFalse(SourceDestCheck?.Value)
    })
  ),

  "routes to a service through its gateway endpoint": documented(
    "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const RouteTableId = yield* createTable(VpcId)
      const ServiceName = "com.amazonaws.us-east-1.s3"
      const { VpcEndpoint } = yield* Ec2.send(
        new CreateVpcEndpointCommand({ VpcId, ServiceName, RouteTableIds: [RouteTableId] })
      )
      const { PrefixLists } = yield* Ec2.send(
        new DescribePrefixListsCommand({ Filters: [{ Name: "prefix-list-name", Values: [ServiceName] }] })
      )
      const routes = Effect.map(tableOf(RouteTableId), (table) => table?.Routes?.slice(1))
      const [route, ...others] = (yield* routes) ?? []
      assert.deepEqual([route?.DestinationPrefixListId, route?.GatewayId, others.length], [
        PrefixLists?.[0]?.PrefixListId,
        VpcEndpoint?.VpcEndpointId,
        0
      ])
      yield* Ec2.send(
        new ModifyVpcEndpointCommand({
          VpcEndpointId: VpcEndpoint?.VpcEndpointId,
          RemoveRouteTableIds: [RouteTableId]
        })
      )
      assert.deepEqual(yield* routes, [])
    })
  ),

  "enables private DNS only in a VPC whose addresses have names": believed(
    "the message is in bug reports about Terraform's aws_vpc_endpoint",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      yield* expectRejected(
        Ec2.send(
          new CreateVpcEndpointCommand({
            VpcId,
            ServiceName: "com.amazonaws.us-east-1.execute-api",
            VpcEndpointType: "Interface",
            PrivateDnsEnabled: true,
            SubnetIds: [yield* createSubnet(VpcId)]
          })
        ),
        "InvalidParameter",
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for " +
          VpcId
      )
    })
  ),

  "lists the services that have endpoints by their kind, in pages": documented(
    "API_DescribeVpcEndpointServices; the names are those of AWS's page of services that integrate with PrivateLink",
    Effect.gen(function*() {
      const namesOf = (type: string) =>
        Ec2.pages(
          new DescribeVpcEndpointServicesCommand({
            Filters: [{ Name: "service-type", Values: [type] }, { Name: "owner", Values: ["amazon"] }],
            MaxResults: 50
          })
        ).pipe(
          Stream.flatMap(({ ServiceNames = [] }) => Stream.fromIterable(ServiceNames)),
          Stream.runCollect
        )
      const gateways = yield* namesOf("Gateway")
      assert.includeMembers([...gateways], ["com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"])
      const interfaces = yield* namesOf("Interface")
      assert.strictEqual(new Set(interfaces).size, interfaces.length)
      const common = ["ec2", "ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sqs", "ssm", "ssmmessages", "sts"]
      assert.includeMembers([...interfaces], common.map((name) => `com.amazonaws.us-east-1.${name}`))
    })
  ),

  "knows the services that have endpoints": documented(
    "API_DescribeVpcEndpointServices",
    Effect.gen(function*() {
      const describe = (...ServiceNames: Array<string>) =>
        Ec2.send(new DescribeVpcEndpointServicesCommand({ ServiceNames }))
      const { ServiceDetails } = yield* describe("com.amazonaws.us-east-1.s3")
      const types = ServiceDetails?.map(({ ServiceType }) => ServiceType?.[0]?.ServiceType)
      assert.deepEqual(types?.toSorted(), ["Gateway", "Interface"])
      yield* expectRejected(
        describe("com.amazonaws.us-east-1.nothing"),
        "InvalidServiceName",
        "The Vpc Endpoint Service 'com.amazonaws.us-east-1.nothing' does not exist"
      )
    })
  )
})

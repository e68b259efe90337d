import {
  AllocateAddressCommand,
  CreateCustomerGatewayCommand,
  CreateDhcpOptionsCommand,
  CreateFlowLogsCommand,
  CreateKeyPairCommand,
  CreateNatGatewayCommand,
  CreateNetworkAclCommand,
  CreateSnapshotCommand,
  CreateTransitGatewayCommand,
  CreateVolumeCommand,
  CreateVpcEndpointCommand,
  CreateVpcPeeringConnectionCommand,
  CreateVpnConnectionCommand,
  CreateVpnGatewayCommand,
  DescribeSecurityGroupRulesCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { GetParameterCommand, LabelParameterVersionCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect, Option, Redacted, Result } from "effect"
import { Ec2, S3, Ssm } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { createEni, createGateway, createGroup, createSubnet, createTable, createVpc, image } from "./ec2Resources.ts"

const together = { concurrency: "unbounded" } as const

const put = (name: string, value: string, overwrite = false) => Ssm.putParameter({ name, value, overwrite })

const valuesOf = (found: ReadonlyMap<string, Ssm.Parameter>) => [...found].map(([name, { value }]) => [name, value])

const arnOf = (name: string) =>
  Effect.map(Ssm.send(new GetParameterCommand({ Name: name })), ({ Parameter }) => Parameter?.ARN ?? "")

export const ssmLookups = contract("Ssm", {
  "gets many parameters by the names that were asked for, in their order": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      const names = Array.from({ length: 23 }, (_, i) => `/get/p${22 - i}`)
      yield* Effect.forEach(names, (name) => put(name, name))
      assert.deepEqual(valuesOf(yield* Ssm.getParameters([...names, names[0]!])), names.map((name) => [name, name]))
    })
  ),

  "gets parameters by version, label and ARN": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* put("/get/v", "one")
      yield* put("/get/v", "two", true)
      yield* Ssm.send(new LabelParameterVersionCommand({ Name: "/get/v", ParameterVersion: 1, Labels: ["old"] }))
      const arn = yield* arnOf("/get/v")
      const asked = [["/get/v:1", "one"], ["/get/v", "two"], ["/get/v:old", "one"], [arn, "two"]]
      assert.deepEqual(valuesOf(yield* Ssm.getParameters(asked.map(([name]) => name!))), asked)
    })
  ),

  "fails with ParametersDoNotExist, which has what is missing and what was found": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* put("/get/a", "x")
      const error = yield* Effect.flip(Ssm.getParameters(["/get/none", "/get/a", "/get/a:9"]))
      assert.strictEqual(error._tag, "ParametersDoNotExist")
      if (error._tag !== "ParametersDoNotExist") return
      assert.deepEqual(error.missing, ["/get/none", "/get/a:9"])
      assert.deepEqual(error.refused, [])
      assert.deepEqual(valuesOf(error.found), [["/get/a", "x"]])
    })
  ),

  "gets a SecureString among others as Redacted, or as ciphertext without decryption": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* put("/get/plain", "x")
      yield* Ssm.putParameter({ name: "/get/secret", value: Redacted.make("hunter2") })
      const decrypted = (yield* Ssm.getParameters(["/get/plain", "/get/secret"])).get("/get/secret")
      assert.strictEqual(Redacted.value(decrypted?.value as Redacted.Redacted<string>), "hunter2")
      const encrypted = (yield* Ssm.getParameters(["/get/secret"], { decrypt: false })).get("/get/secret")
      assert.isString(encrypted?.value)
      assert.notStrictEqual(encrypted?.value, "hunter2")
    })
  ),

  "refuses only the malformed ones of many names": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* put("/get/a", "x")
      const error = yield* Effect.flip(Ssm.getParameters(["/get/a", "/get/with space", "/get/none"]))
      assert.strictEqual(error._tag, "ParametersDoNotExist")
      if (error._tag !== "ParametersDoNotExist") return
      assert.deepEqual([...error.found.keys()], ["/get/a"])
      assert.deepEqual(error.missing, ["/get/none"])
      assert.deepEqual(error.refused.map(({ cause, name }) => [name, cause.code]), [
        ["/get/with space", "ValidationException"]
      ])
    })
  ),

  "looks up parameters at the same time, each with its own result": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      yield* Effect.forEach([0, 1, 2], (i) => put(`/lookup/p${i}`, String(i)))
      const asked = Array.from({ length: 30 }, (_, i) => `/lookup/p${i % 5}`)
      const results = yield* Effect.forEach(asked, (name) => Effect.result(Ssm.lookupParameter(name)), together)
      for (const [i, result] of results.entries()) {
        if (i % 5 < 3) assert.strictEqual(Result.getOrThrow(result).value, String(i % 5))
        else {
          assert.deepEqual(
            Option.getOrUndefined(Result.getFailure(result)),
            new Ssm.ParameterDoesNotExist({ parameter: asked[i]! })
          )
        }
      }
    })
  ),

  "keeps a parameter": documented(
    "API_GetParameters",
    Effect.gen(function*() {
      const kept = Effect.map(Ssm.cached("/lookup/kept", { ttl: "1 day" }), ({ value }) => value)
      yield* put("/lookup/kept", "old")
      assert.strictEqual(yield* kept, "old")
      yield* put("/lookup/kept", "new", true)
      assert.strictEqual(yield* kept, "old")
    })
  )
})

/** Looks up resources that exist, among ids that don't. */
const findsAll = Effect.fnUntraced(function*<K extends Ec2.ResourceKind>(
  kind: K,
  idOf: (resource: Ec2.Resources[K]) => string | undefined,
  ...ids: ReadonlyArray<string | undefined>
) {
  const prefix = /^[a-z]+(?:-[a-z]+)*-/.exec(ids[0] ?? "")?.[0] ?? ""
  const missing = `${prefix}0123456789abcdef0`
  const results = yield* Effect.forEach(
    [...ids, missing],
    (id) => Effect.result(Ec2.lookup(kind, id ?? "")),
    together
  )
  assert.deepEqual(
    results.map((result) => Option.getOrUndefined(Option.map(Result.getSuccess(result), idOf))),
    [...ids, undefined]
  )
  assert.deepEqual(
    Option.getOrUndefined(Result.getFailure(results.at(-1)!)),
    new Ec2.ResourceDoesNotExist({ kind, id: missing })
  )
})

const network = Effect.gen(function*() {
  const vpcId = yield* createVpc()
  return { vpcId, subnetId: yield* createSubnet(vpcId) }
})

const vpnGateways = Effect.gen(function*() {
  const { CustomerGateway } = yield* Ec2.send(
    new CreateCustomerGatewayCommand({ Type: "ipsec.1", BgpAsn: 65_000, PublicIp: "192.0.2.1" })
  )
  const { VpnGateway } = yield* Ec2.send(new CreateVpnGatewayCommand({ Type: "ipsec.1" }))
  return {
    CustomerGatewayId: CustomerGateway?.CustomerGatewayId ?? "",
    VpnGatewayId: VpnGateway?.VpnGatewayId ?? ""
  }
})

export const ec2Lookups = contract("Ec2", {
  "looks up networks and what is in them": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const [secondVpc, secondSubnet] = [yield* createVpc("10.1.0.0/16"), yield* createSubnet(vpcId, "10.0.2.0/24")]
      yield* findsAll("Vpc", ({ VpcId }) => VpcId, vpcId, secondVpc)
      yield* findsAll("Subnet", ({ SubnetId }) => SubnetId, subnetId, secondSubnet)
      yield* findsAll(
        "NetworkInterface",
        ({ NetworkInterfaceId }) => NetworkInterfaceId,
        yield* createEni(subnetId),
        yield* createEni(subnetId)
      )
      yield* findsAll("RouteTable", ({ RouteTableId }) => RouteTableId, yield* createTable(vpcId))
      const groupId = yield* createGroup(vpcId, "looked-up")
      yield* findsAll("SecurityGroup", ({ GroupId }) => GroupId, groupId)
      const { SecurityGroupRules = [] } = yield* Ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [groupId] }] })
      )
      yield* findsAll(
        "SecurityGroupRule",
        ({ SecurityGroupRuleId }) => SecurityGroupRuleId,
        SecurityGroupRules[0]?.SecurityGroupRuleId
      )
      const { DhcpOptions } = yield* Ec2.send(
        new CreateDhcpOptionsCommand({ DhcpConfigurations: [{ Key: "domain-name", Values: ["example.com"] }] })
      )
      yield* findsAll("DhcpOptions", ({ DhcpOptionsId }) => DhcpOptionsId, DhcpOptions?.DhcpOptionsId)
    })
  ),

  "looks up gateways and addresses": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      yield* findsAll("InternetGateway", ({ InternetGatewayId }) => InternetGatewayId, yield* createGateway)
      const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      yield* findsAll("Address", ({ AllocationId }) => AllocationId, AllocationId)
      const { NatGateway } = yield* Ec2.send(
        new CreateNatGatewayCommand({ SubnetId: subnetId, ConnectivityType: "private" })
      )
      yield* findsAll("NatGateway", ({ NatGatewayId }) => NatGatewayId, NatGateway?.NatGatewayId)
    })
  ),

  "looks up connections between networks": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const { vpcId } = yield* network
      const { VpcPeeringConnection } = yield* Ec2.send(
        new CreateVpcPeeringConnectionCommand({ VpcId: vpcId, PeerVpcId: yield* createVpc("10.1.0.0/16") })
      )
      yield* findsAll(
        "VpcPeeringConnection",
        ({ VpcPeeringConnectionId }) => VpcPeeringConnectionId,
        VpcPeeringConnection?.VpcPeeringConnectionId
      )
      const { CustomerGatewayId, VpnGatewayId } = yield* vpnGateways
      yield* findsAll("CustomerGateway", ({ CustomerGatewayId }) => CustomerGatewayId, CustomerGatewayId)
      yield* findsAll("VpnGateway", ({ VpnGatewayId }) => VpnGatewayId, VpnGatewayId)
      const { TransitGateway } = yield* Ec2.send(new CreateTransitGatewayCommand({}))
      const TransitGatewayId = TransitGateway?.TransitGatewayId
      yield* findsAll("TransitGateway", ({ TransitGatewayId }) => TransitGatewayId, TransitGatewayId)
    })
  ),

  "looks up instances, images, disks and key pairs": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const ImageId = yield* image
      yield* findsAll("Image", ({ ImageId }) => ImageId, ImageId)
      const { Instances = [] } = yield* Ec2.send(
        new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 3, MaxCount: 3, SubnetId: subnetId })
      )
      yield* findsAll("Instance", ({ InstanceId }) => InstanceId, ...Instances.map(({ InstanceId }) => InstanceId))
      const { VolumeId } = yield* Ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 }))
      yield* findsAll("Volume", ({ VolumeId }) => VolumeId, VolumeId)
      const { SnapshotId } = yield* Ec2.send(new CreateSnapshotCommand({ VolumeId }))
      yield* findsAll("Snapshot", ({ SnapshotId }) => SnapshotId, SnapshotId)
      const { KeyPairId } = yield* Ec2.send(new CreateKeyPairCommand({ KeyName: "looked-up" }))
      yield* findsAll("KeyPair", ({ KeyPairId }) => KeyPairId, KeyPairId)
    })
  ),

  "looks up network ACLs": documented(
    "API_DescribeNetworkAcls",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const { NetworkAcl } = yield* Ec2.send(new CreateNetworkAclCommand({ VpcId: vpcId }))
      yield* findsAll("NetworkAcl", ({ NetworkAclId }) => NetworkAclId, NetworkAcl?.NetworkAclId)
    })
  ),

  "looks up endpoints": documented(
    "API_DescribeVpcEndpoints",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const { VpcEndpoint } = yield* Ec2.send(
        new CreateVpcEndpointCommand({ VpcId: vpcId, ServiceName: "com.amazonaws.us-east-1.s3" })
      )
      yield* findsAll("VpcEndpoint", ({ VpcEndpointId }) => VpcEndpointId, VpcEndpoint?.VpcEndpointId)
    })
  ),

  "looks up VPN connections": documented(
    "API_DescribeVpnConnections",
    Effect.gen(function*() {
      const { CustomerGatewayId, VpnGatewayId } = yield* vpnGateways
      const { VpnConnection } = yield* Ec2.send(
        new CreateVpnConnectionCommand({ Type: "ipsec.1", CustomerGatewayId, VpnGatewayId })
      )
      yield* findsAll("VpnConnection", ({ VpnConnectionId }) => VpnConnectionId, VpnConnection?.VpnConnectionId)
    })
  ),

  "looks up flow logs": documented(
    "API_DescribeFlowLogs",
    Effect.gen(function*() {
      const { vpcId } = yield* network
      yield* S3.createBucket("looked-up-flow-logs")
      const { FlowLogIds = [] } = yield* Ec2.send(
        new CreateFlowLogsCommand({
          ResourceIds: [vpcId],
          ResourceType: "VPC",
          TrafficType: "ALL",
          LogDestinationType: "s3",
          LogDestination: "arn:aws:s3:::looked-up-flow-logs"
        })
      )
      yield* findsAll("FlowLog", ({ FlowLogId }) => FlowLogId, ...FlowLogIds)
    })
  ),

  "fails with ResourceDoesNotExist for an attachment of a transit gateway that doesn't exist": documented(
    "API_DescribeTransitGatewayAttachments",
    Effect.gen(function*() {
      const id = "tgw-attach-0123456789abcdef0"
      assert.deepEqual(
        yield* Effect.flip(Ec2.lookup("TransitGatewayAttachment", id)),
        new Ec2.ResourceDoesNotExist({ kind: "TransitGatewayAttachment", id })
      )
    })
  )
})

export const s3Lookups = contract("S3", {
  "looks up objects at the same time, each with its own result": documented(
    "API_HeadObject",
    Effect.gen(function*() {
      const bucket = "looked-up-objects"
      yield* S3.createBucket(bucket)
      yield* Effect.forEach(["1", "22"], (body) => S3.putObject({ bucket, key: body, body }))
      const found = yield* Effect.forEach(["1", "22", "1"], (key) => S3.lookupObject(bucket, key), together)
      assert.deepEqual(found.map(({ key, size }) => [key, size]), [["1", 1], ["22", 2], ["1", 1]])
      assert.deepEqual(
        yield* Effect.flip(S3.lookupObject(bucket, "none")),
        new S3.ObjectDoesNotExist({ bucket, key: "none" })
      )
      assert.strictEqual(
        (yield* Effect.flip(S3.lookupObject(bucket, "1", { ifMatch: "\"other\"" })))._tag,
        "PreconditionFailed"
      )
    })
  )
})

// Amounts that could take all of the emulator's memory, times that no date can have, and names that every object of JavaScript has.
import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import {
  AssignPrivateIpAddressesCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateVpcCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand
} from "@aws-sdk/client-ec2"
import { CreateClusterCommand, CreateServiceCommand, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs"
import { PutRuleCommand } from "@aws-sdk/client-eventbridge"
import { SimulateCustomPolicyCommand } from "@aws-sdk/client-iam"
import {
  CreateMaintenanceWindowCommand,
  DescribeMaintenanceWindowsCommand,
  GetServiceSettingCommand,
  UpdateServiceSettingCommand
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, CloudWatch, Ec2, Ecs, EventBridge, Iam, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const codeOfCall = <A>(call: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.match(call, { onFailure: ({ code }) => code, onSuccess: () => "success" })

/** The message of a gap of the emulator. */
const gapOf = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.matchCause(call, { onFailure: String, onSuccess: () => "success" })

const aSubnet = Effect.map(
  Ec2.send(new DescribeSubnetsCommand({})),
  ({ Subnets = [] }) => Subnets[0]!.SubnetId!
)

const hugeCounts = [1_000_000, 2_147_483_647]

describe("a huge amount", () => {
  it.effect("of private addresses finds no room in the subnet, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const SubnetId = yield* aSubnet
      const { NetworkInterface } = yield* Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId }))
      const NetworkInterfaceId = NetworkInterface!.NetworkInterfaceId!
      for (const SecondaryPrivateIpAddressCount of hugeCounts) {
        for (
          const call of [
            Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, SecondaryPrivateIpAddressCount })),
            Ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount }))
          ]
        ) assert.strictEqual(yield* codeOfCall<unknown>(call), "InsufficientFreeAddressesInSubnet")
      }
      const { NetworkInterfaces = [] } = yield* Ec2.send(new DescribeNetworkInterfacesCommand({}))
      assert.deepStrictEqual(NetworkInterfaces.map((eni) => eni.PrivateIpAddresses?.length), [1])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of tasks of a service isn't supported", () =>
    Effect.gen(function*() {
      yield* Ecs.send(new CreateClusterCommand({ clusterName: "c" }))
      yield* Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "f",
          containerDefinitions: [{ name: "a", image: "b", memory: 100 }]
        })
      )
      const gap = yield* gapOf(
        Ecs.send(
          new CreateServiceCommand({ cluster: "c", serviceName: "s", taskDefinition: "f", desiredCount: 1_000_000 })
        )
      )
      assert.include(gap, "at most 5000 tasks of a service")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of values of a time series isn't supported", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-01-01"))
      const gap = yield* gapOf(
        CloudWatch.send(
          new GetMetricDataCommand({
            StartTime: new Date("1970-01-01"),
            EndTime: new Date("2100-01-01"),
            MetricDataQueries: [{ Id: "e", Expression: "TIME_SERIES(5)" }]
          })
        )
      )
      assert.include(gap, "at most 100800 values of a time series")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of simulated requests is evaluated page by page", () =>
    Effect.gen(function*() {
      const policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" }
      })
      const page = yield* Iam.send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: Array.from({ length: 100 }, () => policy),
          ActionNames: Array.from({ length: 1_000 }, (_, i) => `s3:Action${i}`),
          ResourceArns: Array.from({ length: 100 }, (_, i) => `arn:aws:s3:::b/${i}`),
          MaxItems: 2
        })
      )
      assert.deepStrictEqual(page.EvaluationResults?.map((one) => [one.EvalActionName, one.EvalResourceName]), [
        ["s3:Action0", "arn:aws:s3:::b/0"],
        ["s3:Action0", "arn:aws:s3:::b/1"]
      ])
      assert.isTrue(page.IsTruncated)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of days between the runs of a maintenance window leaves it without a next run", () =>
    Effect.gen(function*() {
      yield* Ssm.send(
        new CreateMaintenanceWindowCommand({
          Name: "never",
          Schedule: "rate(999999999 days)",
          Duration: 2,
          Cutoff: 1,
          AllowUnassociatedTargets: true
        })
      )
      const { WindowIdentities = [] } = yield* Ssm.send(new DescribeMaintenanceWindowsCommand({}))
      assert.deepStrictEqual(WindowIdentities.map((one) => [one.Name, one.NextExecutionTime]), [["never", undefined]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a name that every object has", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    it.effect(`${name} is no service setting, protocol or operator`, () =>
      Effect.gen(function*() {
        for (
          const call of [
            Ssm.send(new GetServiceSettingCommand({ SettingId: name })),
            Ssm.send(new UpdateServiceSettingCommand({ SettingId: name, SettingValue: "x" }))
          ]
        ) assert.strictEqual(yield* codeOfCall<unknown>(call), "ServiceSettingNotFound")
        const { NetworkAcls = [] } = yield* Ec2.send(new DescribeNetworkAclsCommand({}))
        const entry = Ec2.send(
          new CreateNetworkAclEntryCommand({
            NetworkAclId: NetworkAcls[0]!.NetworkAclId,
            RuleNumber: 1,
            Protocol: name,
            RuleAction: "allow",
            Egress: true,
            CidrBlock: "0.0.0.0/0"
          })
        )
        assert.strictEqual(yield* codeOfCall<unknown>(entry), "InvalidParameterValue")
        const pattern = EventBridge.send(
          new PutRuleCommand({ Name: "r", EventPattern: `{"a":[{"numeric":["${name}",1]}]}` })
        )
        assert.strictEqual(yield* codeOfCall<unknown>(pattern), "InvalidEventPatternException")
      }).pipe(Effect.provide(InMemory.layer())))
  }
})

describe("a control character", () => {
  it.effect("in a message of XML doesn't keep a client from reading it", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      const answer = yield* Effect.promise(async () => {
        const response = await fetch(url, {
          method: "POST",
          headers: {
            "content-type": "application/x-www-form-urlencoded",
            authorization:
              "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0"
          },
          body: "Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-%00%1f"
        })
        return await response.text()
      })
      assert.include(answer, "InvalidVpcID")
      assert.include(answer, "vpc-\ufffd\ufffd")
      // oxlint-disable-next-line no-control-regex
      assert.notMatch(answer, /[\u0000\u001f]|&#x/)
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
})

describe("a tag specification", () => {
  it.effect("needs the type of the resource", () =>
    Effect.gen(function*() {
      const { code, message } = yield* Effect.flip(
        Ec2.send(
          new CreateVpcCommand({
            CidrBlock: "10.0.0.0/16",
            TagSpecifications: [{ Tags: [{ Key: "a", Value: "b" }] }]
          })
        )
      )
      assert.strictEqual(code, "InvalidParameterValue")
      assert.include(message, "Tag specification resource type must have a value")
    }).pipe(Effect.provide(InMemory.layer())))
})

// Commands with an idempotency token: the same request does nothing twice. botocore tells which commands have one.
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Result } from "effect"
import { type AwsError, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { service } from "../support/botocore.ts"
import { botocoreNames, call } from "./support/handled.ts"
import { createParents } from "./support/parents.ts"

const isAvailable = Result.isSuccess(await Effect.runPromise(Effect.result(service("sts"))))

interface Repeated {
  readonly input: object
  /** What differs in another request with the same token. Without it, AWS doesn't compare the requests. */
  readonly other?: object
  /** AWS's error for another request with the same token. */
  readonly code?: string
}

const mismatch = "IdempotentParameterMismatch"

/** Requests, by service and operation. */
const requests = Effect.gen(function*() {
  const { services } = yield* createParents
  const { LaunchTemplateId, SubnetId, VpcId } = services["EC2"] as Readonly<Record<string, string>>
  const { NetworkInterface: { NetworkInterfaceId } } = yield* call("EC2", "CreateNetworkInterface", { SubnetId })
  const target = yield* call("EC2", "CreateTrafficMirrorTarget", { NetworkInterfaceId })
  const filter = yield* call("EC2", "CreateTrafficMirrorFilter")
  const { Images: [{ ImageId }] } = yield* call("EC2", "DescribeImages", {
    Filters: [{ Name: "name", Values: ["al2023-ami-2023*x86_64"] }]
  })
  const run = { ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 }
  const { Instances: [{ InstanceId }] } = yield* call("EC2", "RunInstances", { ...run, SubnetId })
  yield* TestClock.adjust("10 minutes")
  const own = yield* call("EC2", "CreateImage", { InstanceId, Name: "own" })
  const { Instances: [{ NetworkInterfaces: [mirrored] }] } = yield* call("EC2", "RunInstances", { ...run, SubnetId })
  yield* TestClock.adjust("10 minutes")
  yield* call("ECS", "RegisterTaskDefinition", {
    family: "task",
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    requiresCompatibilities: ["FARGATE"],
    containerDefinitions: [{ name: "main", image: "nginx" }]
  })
  const task = {
    taskDefinition: "task",
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: [SubnetId] } }
  }
  const item = (id: string) => ({ TransactItems: [{ Put: { TableName: "table", Item: { id: { S: id } } } }] })
  const zone = "us-east-1a"
  const table: Readonly<Record<string, Repeated>> = {
    // ACM doesn't compare the requests: the token alone says that they are the same.
    "ACM PutAccountConfiguration": { input: { ExpiryEvents: { DaysBeforeExpiry: 30 } } },
    "ACM RequestCertificate": { input: { DomainName: "www.example.com" } },
    "DynamoDB TransactWriteItems": {
      input: item("a"),
      other: item("b"),
      code: "IdempotentParameterMismatchException"
    },
    "EC2 CopyImage": {
      input: { Name: "copy", SourceImageId: own.ImageId, SourceRegion: "us-east-1" },
      other: { Name: "another" },
      code: mismatch
    },
    "EC2 CreateEgressOnlyInternetGateway": { input: { VpcId } },
    "EC2 CreateFleet": {
      input: {
        Type: "maintain",
        LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateId, Version: "$Latest" } }],
        TargetCapacitySpecification: { TotalTargetCapacity: 0, DefaultTargetCapacityType: "on-demand" }
      },
      other: { Type: "request" },
      code: mismatch
    },
    "EC2 CreateFlowLogs": {
      input: {
        ResourceIds: [VpcId],
        ResourceType: "VPC",
        TrafficType: "ALL",
        LogDestinationType: "s3",
        LogDestination: "arn:aws:s3:::logs"
      },
      other: { TrafficType: "REJECT" },
      code: mismatch
    },
    "EC2 CreateLaunchTemplate": {
      input: { LaunchTemplateName: "again", LaunchTemplateData: { InstanceType: "t3.micro" } },
      other: { VersionDescription: "other" },
      code: mismatch
    },
    "EC2 CreateLaunchTemplateVersion": {
      input: { LaunchTemplateId, LaunchTemplateData: { InstanceType: "t3.micro" } },
      other: { VersionDescription: "other" },
      code: mismatch
    },
    "EC2 CreateManagedPrefixList": {
      input: { PrefixListName: "again", MaxEntries: 1, AddressFamily: "IPv4" },
      other: { MaxEntries: 2 },
      code: mismatch
    },
    "EC2 CreateNatGateway": {
      input: { SubnetId, ConnectivityType: "private" },
      other: { PrivateIpAddress: "10.0.0.99" },
      code: mismatch
    },
    "EC2 CreateNetworkAcl": { input: { VpcId } },
    "EC2 CreateNetworkInterface": { input: { SubnetId }, other: { Description: "other" }, code: mismatch },
    "EC2 CreateRouteTable": { input: { VpcId } },
    "EC2 CreateTrafficMirrorFilter": { input: {}, other: { Description: "other" }, code: mismatch },
    "EC2 CreateTrafficMirrorSession": {
      input: {
        NetworkInterfaceId: mirrored.NetworkInterfaceId,
        TrafficMirrorTargetId: target.TrafficMirrorTarget.TrafficMirrorTargetId,
        TrafficMirrorFilterId: filter.TrafficMirrorFilter.TrafficMirrorFilterId,
        SessionNumber: 1
      },
      other: { SessionNumber: 2 },
      code: mismatch
    },
    "EC2 CreateTrafficMirrorTarget": {
      input: {
        NetworkLoadBalancerArn:
          "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/50dc6c495c0c9188"
      },
      other: { Description: "other" },
      code: mismatch
    },
    "EC2 CreateVolume": { input: { AvailabilityZone: zone, Size: 1 }, other: { Size: 2 }, code: mismatch },
    "EC2 CreateVpcEndpoint": {
      input: { VpcId, ServiceName: "com.amazonaws.us-east-1.s3" },
      other: { ServiceName: "com.amazonaws.us-east-1.dynamodb" },
      code: mismatch
    },
    "EC2 ModifyInstanceCreditSpecification": {
      input: { InstanceCreditSpecifications: [{ InstanceId, CpuCredits: "standard" }] },
      other: { InstanceCreditSpecifications: [{ InstanceId, CpuCredits: "unlimited" }] },
      code: mismatch
    },
    "EC2 ModifyLaunchTemplate": { input: { LaunchTemplateId, DefaultVersion: "1" } },
    "EC2 RunInstances": { input: { ...run, SubnetId }, other: { InstanceType: "t3.small" }, code: mismatch },
    "ECS CreateService": {
      input: { ...task, serviceName: "service", desiredCount: 1 },
      other: { desiredCount: 2 },
      code: "InvalidParameterException"
    },
    "ECS RunTask": { input: task, other: { count: 2 }, code: "ConflictException" },
    "Secrets Manager CreateSecret": {
      input: { Name: "again", SecretString: "s" },
      other: { SecretString: "t" },
      code: "ResourceExistsException"
    },
    "Secrets Manager PutSecretValue": {
      input: { SecretId: "secret", SecretString: "put" },
      other: { SecretString: "t" },
      code: "ResourceExistsException"
    },
    "Secrets Manager UpdateSecret": {
      input: { SecretId: "secret", SecretString: "updated" },
      other: { SecretString: "t" },
      code: "ResourceExistsException"
    },
    "SSM CreateMaintenanceWindow": {
      input: { Name: "window", Schedule: "rate(1 day)", Duration: 2, Cutoff: 1, AllowUnassociatedTargets: false },
      other: { Duration: 3 },
      code: "IdempotentParameterMismatch"
    }
  }
  return table
})

const isToken = (name: string) => /^(idempotencyToken|client(Request)?Token)$/i.test(name)

it.effect.skipIf(!isAvailable)(
  "a command does nothing twice for the same idempotency token",
  () =>
    Effect.gen(function*() {
      const table = yield* requests
      const wrong: Array<string> = []
      const tested: Array<string> = []
      for (const [id, name] of Object.entries(botocoreNames)) {
        for (const { input, name: operation } of (yield* service(name)).operations) {
          const member = [...input.keys()].find(isToken)
          if (member === undefined || !InMemory.commands[id]!.includes(operation)) continue
          const title = `${id} ${operation}`
          tested.push(title)
          const request = table[title]
          if (request === undefined) {
            wrong.push(`${title} isn't in the table.`)
            continue
          }
          const token = `${operation.slice(0, 24)}${"0".repeat(32)}`.slice(0, 32)
          const send = (more: object = {}) =>
            Effect.exit(call(id, operation, { ...request.input, [member]: token, ...more }))
          const answers = [yield* send(), yield* send()].map((exit) => {
            if (Exit.isFailure(exit)) return `${title}: ${Cause.squash(exit.cause)}`
            const { $metadata: _, ...answer } = exit.value
            return JSON.stringify(answer)
          })
          if (answers[0]!.startsWith(title)) wrong.push(answers[0]!)
          else if (answers[1] !== answers[0]) {
            wrong.push(`${title} answers a repeat with ${answers[1]}, not ${answers[0]}`)
          }
          if (request.other === undefined) continue
          const other = yield* send(request.other)
          const code = Exit.isFailure(other) ? (Cause.squash(other.cause) as AwsError).code : "no error"
          if (code !== request.code) wrong.push(`${title} answers another request with ${code}, not ${request.code}`)
        }
      }
      assert.deepEqual(wrong, [])
      assert.deepEqual(tested.sort(), Object.keys(table).sort())
    }).pipe(Effect.provide(InMemory.layer()))
)

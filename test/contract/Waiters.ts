// What the waiters find, on resources that get into the awaited state and on others.
import { DeleteCertificateCommand, RequestCertificateCommand } from "@aws-sdk/client-acm"
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch"
import {
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  RegisterTaskDefinitionCommand
} from "@aws-sdk/client-ecs"
import { CreateUserCommand } from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { Acm, type AwsClients, CloudWatch, Ec2, Ecs, Iam, Polling, S3 } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { createGateway, createSubnet, createVpc, image } from "./ec2Resources.ts"
import { createPolicy, createProfile, createRole } from "./iamSetup.ts"
import { often, waited } from "./support/waits.ts"

const uniqueName = (name: string) => Effect.sync(() => `${name}-${crypto.randomUUID().slice(0, 8)}`)

const once = { schedule: Schedule.recurs(0) }

const launched = Effect.gen(function*() {
  const { Instances } = yield* Ec2.send(
    new RunInstancesCommand({ ImageId: yield* image, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 })
  )
  return [Instances?.[0]?.InstanceId ?? ""]
})

const stateIn = (output: { readonly Reservations?: ReadonlyArray<any> | undefined }): string =>
  output.Reservations?.[0]?.Instances?.[0]?.State?.Name

const states = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html"

export const ec2Waiters = contract("Ec2", {
  "waits until an instance runs, is stopped, runs again and is terminated": documented(
    states,
    Effect.gen(function*() {
      const InstanceIds = yield* launched
      const running = waited(Ec2.waitUntil("InstanceRunning", { InstanceIds }, often))
      assert.strictEqual(stateIn(yield* running), "running")
      yield* waited(Ec2.waitUntil("InstanceStatusOk", { InstanceIds }, often))
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds }))
      assert.strictEqual(
        stateIn(yield* waited(Ec2.waitUntil("InstanceStopped", { InstanceIds }, often))),
        "stopped"
      )
      yield* Ec2.send(new StartInstancesCommand({ InstanceIds }))
      assert.strictEqual(stateIn(yield* running), "running")
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds }))
      const gone = yield* waited(Ec2.waitUntil("InstanceTerminated", { InstanceIds }, often))
      assert.strictEqual(stateIn(gone), "terminated")
    })
  ),

  "stops waiting for a terminated instance to run": documented(
    states,
    Effect.gen(function*() {
      const InstanceIds = yield* launched
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds }))
      const error = yield* Effect.flip(waited(Ec2.waitUntil("InstanceRunning", { InstanceIds }, often)))
      assert.strictEqual(error._tag, "WaitFailed")
      if (error._tag !== "WaitFailed") return
      assert.match(error.reason, /^Reservations\[\]\.Instances\[\]\.State\.Name has "(shutting-down|terminated)"$/)
      assert.include(error.message, `InstanceRunning (InstanceIds: ${InstanceIds[0]})`)
      assert.include(["shutting-down", "terminated"], stateIn(error.last!))
    })
  ),

  "calls again for an instance that doesn't exist yet": documented(
    "https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html",
    Effect.gen(function*() {
      const InstanceIds = ["i-0123456789abcdef0"]
      const error = yield* Effect.flip(Ec2.waitUntil("InstanceExists", { InstanceIds }, once))
      assert.strictEqual(error._tag, "WaitTimedOut")
      // This waiter doesn't name the error, so it is the failure of the wait.
      const failed = yield* Effect.flip(Ec2.waitUntil("InstanceStopped", { InstanceIds }, once))
      assert.strictEqual(failed._tag === "AwsError" && failed.code, "InvalidInstanceID.NotFound")
    })
  ),

  "waits until a volume is available, and until it is gone": documented(
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-describing-volumes.html",
    Effect.gen(function*() {
      const { VolumeId = "" } = yield* Ec2.send(
        new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1, VolumeType: "gp3" })
      )
      const { Volumes } = yield* waited(Ec2.waitUntil("VolumeAvailable", { VolumeIds: [VolumeId] }, often))
      assert.strictEqual(Volumes?.[0]?.State, "available")
      yield* Ec2.send(new DeleteVolumeCommand({ VolumeId }))
      assert.isUndefined(yield* waited(Ec2.waitUntil("VolumeDeleted", { VolumeIds: [VolumeId] }, often)))
    })
  ),

  "finds the parts of a network that exist": documented(
    "API_DescribeVpcs",
    Effect.gen(function*() {
      const vpc = yield* createVpc()
      assert.strictEqual((yield* waited(Ec2.waitUntil("VpcExists", { VpcIds: [vpc] }, often))).Vpcs?.[0]?.VpcId, vpc)
      yield* waited(Ec2.waitUntil("VpcAvailable", { VpcIds: [vpc] }, often))
      yield* waited(Ec2.waitUntil("SubnetAvailable", { SubnetIds: [yield* createSubnet(vpc)] }, often))
      const gateway = yield* createGateway
      yield* waited(Ec2.waitUntil("InternetGatewayExists", { InternetGatewayIds: [gateway] }, often))
      const GroupName = yield* uniqueName("group")
      const { GroupId = "" } = yield* Ec2.send(
        new CreateSecurityGroupCommand({ GroupName, Description: "d", VpcId: vpc })
      )
      yield* waited(Ec2.waitUntil("SecurityGroupExists", { GroupIds: [GroupId] }, often))
      const KeyName = yield* uniqueName("key")
      yield* Ec2.send(new CreateKeyPairCommand({ KeyName }))
      yield* waited(Ec2.waitUntil("KeyPairExists", { KeyNames: [KeyName] }, often))
      const missing = yield* Effect.flip(Ec2.waitUntil("KeyPairExists", { KeyNames: ["missing"] }, once))
      assert.strictEqual(missing._tag, "WaitTimedOut")
    })
  )
})

export const s3Waiters = contract("S3", {
  "waits until a bucket and an object exist, and until they don't": documented(
    "API_HeadBucket",
    Effect.gen(function*() {
      const Bucket = yield* uniqueName("waited-for")
      assert.isUndefined(yield* S3.waitUntil("BucketNotExists", { Bucket }, once))
      const missing = yield* Effect.flip(S3.waitUntil("BucketExists", { Bucket }, once))
      assert.strictEqual(missing._tag, "WaitTimedOut")

      yield* S3.createBucket(Bucket)
      assert.isDefined(yield* S3.waitUntil("BucketExists", { Bucket }, once))
      const there = yield* Effect.flip(S3.waitUntil("BucketNotExists", { Bucket }, once))
      assert.strictEqual(there._tag, "WaitTimedOut")

      const object = { Bucket, Key: "a" }
      assert.isUndefined(yield* S3.waitUntil("ObjectNotExists", object, once))
      yield* S3.putObject({ bucket: Bucket, key: "a", body: "four" })
      assert.strictEqual((yield* S3.waitUntil("ObjectExists", object, once)).ContentLength, 4)
      const kept = yield* Effect.flip(S3.waitUntil("ObjectNotExists", object, once))
      assert.deepInclude(kept, { _tag: "WaitTimedOut", waitingFor: `ObjectNotExists (Bucket: ${Bucket}, Key: a)` })
    })
  )
})

export const iamWaiters = contract("Iam", {
  "finds the roles, users, policies and instance profiles that exist": documented(
    "API_GetRole",
    Effect.gen(function*() {
      const [role, user] = [yield* uniqueName("role"), yield* uniqueName("user")]
      const isMissing = (wait: Effect.Effect<unknown, { readonly _tag: string }, AwsClients>) =>
        Effect.map(Effect.flip(wait), ({ _tag }) => assert.strictEqual(_tag, "WaitTimedOut"))
      yield* isMissing(Iam.waitUntil("RoleExists", { RoleName: role }, once))
      yield* isMissing(Iam.waitUntil("UserExists", { UserName: user }, once))
      yield* isMissing(Iam.waitUntil("InstanceProfileExists", { InstanceProfileName: role }, once))
      yield* createRole(role)
      yield* Iam.send(new CreateUserCommand({ UserName: user }))
      yield* createProfile(role, role)
      assert.strictEqual((yield* Iam.waitUntil("RoleExists", { RoleName: role }, once)).Role?.RoleName, role)
      assert.strictEqual((yield* Iam.waitUntil("UserExists", { UserName: user }, once)).User?.UserName, user)
      yield* Iam.waitUntil("InstanceProfileExists", { InstanceProfileName: role }, once)
      const PolicyArn = yield* createPolicy(yield* uniqueName("policy"))
      assert.strictEqual((yield* Iam.waitUntil("PolicyExists", { PolicyArn }, once)).Policy?.Arn, PolicyArn)
    })
  )
})

const setUpService = Effect.gen(function*() {
  const cluster = yield* uniqueName("capture")
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  const { taskDefinition } = yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: cluster,
      containerDefinitions: [{ name: "main", image: "nginx:1", memory: 64 }]
    })
  )
  const definition = taskDefinition?.taskDefinitionArn
  yield* Ecs.send(
    new CreateServiceCommand({ cluster, serviceName: "web", desiredCount: 0, taskDefinition: definition })
  )
  return { cluster, services: ["web"] }
})

export const ecsWaiters = contract("Ecs", {
  "waits until a service is stable, and until it is inactive": documented(
    "API_DescribeServices",
    Effect.gen(function*() {
      const input = yield* setUpService
      const { services } = yield* waited(Ecs.waitUntil("ServicesStable", input, often))
      assert.strictEqual(services?.[0]?.status, "ACTIVE")
      yield* Ecs.send(new DeleteServiceCommand({ cluster: input.cluster, service: "web", force: true }))
      yield* waited(Ecs.waitUntil("ServicesInactive", input, often))
      const error = yield* Effect.flip(Ecs.waitUntil("ServicesStable", input, once))
      assert.strictEqual(error._tag === "WaitFailed" && error.reason, "services[].status has \"INACTIVE\"")
    })
  ),

  "stops waiting for a service that doesn't exist": documented(
    "API_DescribeServices",
    Effect.gen(function*() {
      const { cluster } = yield* setUpService
      const error = yield* Effect.flip(Ecs.waitUntil("ServicesStable", { cluster, services: ["missing"] }, once))
      assert.strictEqual(error._tag === "WaitFailed" && error.reason, "failures[].reason has \"MISSING\"")
    })
  )
})

export const acmWaiters = contract("Acm", {
  "calls again for a certificate whose validation is pending, and fails when there is none": documented(
    "API_DescribeCertificate",
    Effect.gen(function*() {
      const { CertificateArn = "" } = yield* Acm.send(
        new RequestCertificateCommand({ DomainName: "www.example.com", ValidationMethod: "DNS" })
      )
      const pending = yield* Effect.flip(Acm.waitUntil("CertificateValidated", { CertificateArn }, once))
      assert.strictEqual(pending._tag, "WaitTimedOut")
      if (pending._tag === "WaitTimedOut") assert.strictEqual(pending.last?.Certificate?.Status, "PENDING_VALIDATION")
      yield* Acm.send(new DeleteCertificateCommand({ CertificateArn }))
      const error = yield* Effect.flip(Acm.waitUntil("CertificateValidated", { CertificateArn }, once))
      assert.instanceOf(error, Polling.WaitFailed)
      if (error._tag !== "WaitFailed") return
      assert.strictEqual(error.reason, "DescribeCertificate failed with the code ResourceNotFoundException")
      assert.deepInclude(error.cause, { _tag: "AwsError", operation: "DescribeCertificate" })
    })
  )
})

export const cloudWatchWaiters = contract("CloudWatch", {
  "waits until an alarm exists": documented(
    "API_DescribeAlarms",
    Effect.gen(function*() {
      const AlarmName = yield* uniqueName("alarm")
      const input = { AlarmNames: [AlarmName] }
      const missing = yield* Effect.flip(CloudWatch.waitUntil("AlarmExists", input, once))
      assert.strictEqual(missing._tag === "WaitTimedOut" && missing.last?.MetricAlarms?.length, 0)
      yield* CloudWatch.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace: "test",
          MetricName: "errors",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold"
        })
      )
      const { MetricAlarms } = yield* CloudWatch.waitUntil("AlarmExists", input, once)
      assert.strictEqual(MetricAlarms?.[0]?.AlarmName, AlarmName)
    })
  )
})

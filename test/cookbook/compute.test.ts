import { DescribeCertificateCommand } from "@aws-sdk/client-acm"
import {
  CreateImageCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand
} from "@aws-sdk/client-ecs"
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand
} from "@aws-sdk/client-iam"
import { CreateDomainCommand, DescribeDomainCommand } from "@aws-sdk/client-opensearch"
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager"
import { GetCommandInvocationCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Option, Redacted, Stream } from "effect"
import { Acm, Ec2, Ecs, Iam, InMemory, OpenSearch } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { deploy } from "../../examples/cookbook/compute/deploy-an-ecs-service-and-roll-back-on-failure.ts"
import { amazonLinux, latest } from "../../examples/cookbook/compute/find-the-latest-image.ts"
import { gibibytes, unattached } from "../../examples/cookbook/compute/find-unattached-volumes.ts"
import { fromFile, selfSigned } from "../../examples/cookbook/compute/import-a-certificate.ts"
import { run } from "../../examples/cookbook/compute/run-a-command-on-instances.ts"
import { start } from "../../examples/cookbook/compute/start-an-instance-and-wait-until-it-is-healthy.ts"
import { aspects, program as tag } from "../../examples/cookbook/compute/tag-many-resources-within-a-rate-limit.ts"
import { endpoint } from "../../examples/cookbook/compute/wait-until-an-opensearch-domain-is-ready.ts"
import { recipe } from "../support/cookbook.ts"

const ImageId = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

const createVolume = (Size: number) =>
  Effect.map(
    Ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size })),
    ({ VolumeId = "" }) => VolumeId
  )

it.effect("Start an instance and wait until it is healthy: starts one, however often it runs", () =>
  Effect.gen(function*() {
    const ids = yield* recipe("Start an instance and wait until it is healthy", start("web"))
    assert.lengthOf(ids, 1)
    assert.deepEqual(yield* start("web"), ids)
    const { Reservations = [] } = yield* Ec2.send(new DescribeInstancesCommand({}))
    const [instance, ...others] = Reservations.flatMap(({ Instances = [] }) => Instances)
    assert.isEmpty(others)
    assert.strictEqual(instance?.State?.Name, "running")
    assert.deepEqual(instance?.Tags, [{ Key: "Name", Value: "web" }])
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

const createProfile = Effect.gen(function*() {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
  }
  yield* Iam.send(new CreateRoleCommand({ RoleName: "managed", AssumeRolePolicyDocument: JSON.stringify(trust) }))
  yield* Iam.send(
    new AttachRolePolicyCommand({
      RoleName: "managed",
      PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    })
  )
  yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "managed" }))
  yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "managed", RoleName: "managed" }))
})

it.effect("Run a command on instances: tells the outcome on each", () =>
  Effect.gen(function*() {
    yield* createProfile
    const { Instances = [] } = yield* Ec2.send(
      new RunInstancesCommand({ ImageId, MinCount: 2, MaxCount: 2, IamInstanceProfile: { Name: "managed" } })
    )
    const ids = Instances.map(({ InstanceId = "" }) => InstanceId)
    const [first = "", second = ""] = ids
    yield* Effect.sleep("1 minute")
    const outcomes = yield* recipe("Run a command on instances", run("uptime", ids))
    assert.deepEqual(outcomes.map(({ InstanceId, ok }) => [InstanceId, ok]), [[first, true], [second, true]])
    const sent = (yield* InMemory.calls).find(({ operation }) => operation === "SendCommand")
    assert.deepInclude(sent?.input, { Parameters: { commands: ["uptime"] }, InstanceIds: ids })

    yield* InMemory.handle(GetCommandInvocationCommand, ({ CommandId, InstanceId }) =>
      Effect.succeed(
        InstanceId === second
          ? { CommandId, InstanceId, Status: "Failed", StandardErrorContent: "disk full" }
          : { CommandId, InstanceId, Status: "Success", StandardOutputContent: "up 1 day" }
      ))
    assert.deepEqual(yield* run("uptime", ids), [
      { InstanceId: first, ok: true, output: "up 1 day" },
      { InstanceId: second, ok: false, output: "disk full" }
    ])
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Find unattached volumes: leaves out those that an instance uses, on all pages", () =>
  Effect.gen(function*() {
    yield* Ec2.send(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1 })) // has a root volume
    const ids = yield* Effect.forEach([1, 2, 4], createVolume)
    yield* TestClock.adjust("1 minute")
    const found = yield* recipe("Find unattached volumes", Stream.runCollect(unattached))
    assert.sameMembers(found.map(({ id }) => id), ids)
    assert.strictEqual(yield* gibibytes, 7)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

it.effect("Find the latest image: takes the newest of yours, and Amazon's from its parameter", () =>
  Effect.gen(function*() {
    const [amazons, none] = yield* recipe("Find the latest image", Effect.all([amazonLinux, latest("shop-*")]))
    assert.match(String(amazons), /^ami-[0-9a-f]+$/)
    assert.isUndefined(none)
    const { Instances = [] } = yield* Ec2.send(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1 }))
    const InstanceId = Instances[0]?.InstanceId
    yield* TestClock.adjust("1 minute")
    const create = (Name: string) =>
      Effect.tap(Ec2.send(new CreateImageCommand({ InstanceId, Name })), TestClock.adjust("5 minutes"))
    yield* create("shop-1")
    const { ImageId: second } = yield* create("shop-2")
    yield* create("other-1")
    assert.strictEqual(yield* latest("shop-*"), second)
    yield* Ec2.send(new CreateImageCommand({ InstanceId, Name: "shop-3" })) // isn't available yet
    assert.strictEqual(yield* latest("shop-*"), second)
    yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId ?? ""] }))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Tag many resources within a rate limit: tags what has no tag yet, five in a second", () =>
  Effect.gen(function*() {
    const ids = yield* Effect.forEach(Array.from({ length: 12 }), () => createVolume(1))
    const fiber = yield* Effect.forkChild(recipe("Tag many resources within a rate limit", tag))
    yield* TestClock.adjust("1 second")
    const sent = Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === "CreateTags"))
    assert.isAtMost((yield* sent).length, 6)
    yield* TestClock.adjust("2 seconds")
    assert.strictEqual(yield* Fiber.join(fiber), 12)
    const { Volumes = [] } = yield* Ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "tag:team", Values: ["platform"] }] })
    )
    assert.sameMembers(Volumes.map(({ VolumeId }) => VolumeId), ids)
    assert.strictEqual(yield* tag, 0)
  }).pipe(Effect.provide(InMemory.layer({ aspects }))))

it.effect("Deploy an ECS service, and roll back on failure: the former tasks run after a broken deployment", () =>
  Effect.gen(function*() {
    const register = (image: string) =>
      Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "shop",
          containerDefinitions: [{ name: "main", image, memory: 64 }]
        })
      )
    yield* Ecs.send(new CreateClusterCommand({ clusterName: "web" }))
    yield* Ecs.send(new RegisterContainerInstanceCommand({ cluster: "web" }))
    yield* register("nginx:1")
    yield* Ecs.send(
      new CreateServiceCommand({ cluster: "web", serviceName: "shop", taskDefinition: "shop:1", desiredCount: 2 })
    )
    yield* Effect.sleep("1 hour")
    const definition = Effect.map(
      Ecs.send(new DescribeServicesCommand({ cluster: "web", services: ["shop"] })),
      ({ services }) => services?.[0]?.taskDefinition?.split("/").at(-1)
    )

    yield* register("nginx:2")
    yield* recipe("Deploy an ECS service, and roll back on failure", deploy("shop:2"))
    assert.strictEqual(yield* definition, "shop:2")

    yield* register("registry.invalid/shop:3") // no host name ends in `.invalid`
    const failure = yield* Effect.flip(deploy("shop:3"))
    assert.strictEqual(failure._tag, "WaitTimedOut")
    assert.strictEqual(yield* definition, "shop:2")
    const { taskArns = [] } = yield* Ecs.send(new ListTasksCommand({ cluster: "web" }))
    const { tasks = [] } = yield* Ecs.send(new DescribeTasksCommand({ cluster: "web", tasks: taskArns }))
    assert.deepEqual(
      tasks.map(({ lastStatus, taskDefinitionArn }) => [lastStatus, taskDefinitionArn?.split("/").at(-1)]),
      [
        ["RUNNING", "shop:2"],
        ["RUNNING", "shop:2"]
      ]
    )
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Import a certificate: from a file and a secret, and one that signs itself", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(Date.parse("2026-11-05T08:00:00Z"))
    const subjectOf = (CertificateArn: string) =>
      Effect.map(
        Acm.send(new DescribeCertificateCommand({ CertificateArn })),
        ({ Certificate }) => [Certificate?.Type, Certificate?.Status, Certificate?.Subject]
      )
    assert.deepEqual(yield* Effect.flatMap(selfSigned, subjectOf), ["IMPORTED", "ISSUED", "CN=shop.example.com"])

    const { certificate, privateKey } = yield* Acm.SelfSignedCertificate.generate({
      issuer: "Example",
      subject: "www.example.com",
      subjectAlternativeNames: ["www.example.com"],
      validity: "90 days"
    })
    yield* SecretsManager.send(
      new CreateSecretCommand({ Name: "web/private-key", SecretString: Redacted.value(privateKey) })
    )
    const directory = yield* Effect.acquireRelease(
      Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "cookbook-"))),
      (directory) => Effect.promise(() => fs.rm(directory, { recursive: true }))
    )
    const file = path.join(directory, "www.crt")
    assert.strictEqual((yield* Effect.flip(fromFile(file)))._tag, "UnknownError")
    yield* Effect.promise(() => fs.writeFile(file, certificate))
    const imported = yield* recipe("Import a certificate", fromFile(file))
    assert.deepEqual(yield* subjectOf(imported), ["IMPORTED", "ISSUED", "CN=www.example.com"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Wait until an OpenSearch domain is ready: gives its endpoint, and nothing for a domain that isn't there", () =>
  Effect.gen(function*() {
    assert.deepEqual(yield* endpoint("logs"), Option.none())
    yield* OpenSearch.send(new CreateDomainCommand({ DomainName: "logs" }))
    const found = yield* recipe("Wait until an OpenSearch domain is ready", endpoint("logs"))
    const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
    assert.isFalse(DomainStatus?.Processing)
    assert.deepEqual(found, Option.fromNullishOr(DomainStatus?.Endpoint))
    assert.isTrue(Option.isSome(found))
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

// What ECS tells EventBridge.
import { CreateSubnetCommand, CreateVpcCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeregisterContainerInstanceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Ecs, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { ec2 } from "../../emulator/ec2/ec2.ts"
import { ecs } from "../../emulator/ecs/ecs.ts"
import { iam } from "../../emulator/iam/iam.ts"
import { clientsOf } from "../support/world.ts"
import { queue, received, rule } from "./support/delivering.ts"
import { type Heard, listening } from "./support/events.ts"

type Detail = Readonly<Record<string, any>>

const detail = ({ detail }: Heard): Detail => detail as Detail

const cluster = "web"

const start = Date.UTC(2030, 0, 1)

const define = (input: Partial<RegisterTaskDefinitionCommandInput> = {}) =>
  Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "app",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "main", image: "nginx:1" }],
      ...input
    })
  )

/** A cluster with a task definition and a network, whose events nobody has heard yet. */
const scene = ({ isHeard = true } = {}) => {
  const { heard, world } = listening([ecs, ec2, iam], { regions: isHeard ? ["us-east-1"] : [] })
  const begin = Effect.gen(function*() {
    yield* TestClock.setTime(start)
    yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    yield* define()
    const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
    const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
    yield* heard
    return { networkConfiguration: { awsvpcConfiguration: { subnets: [Subnet?.SubnetId ?? ""] } } }
  })
  return { begin, heard, world, clients: clientsOf(world) }
}

/** What tests compare of the events of tasks. */
const states = (events: ReadonlyArray<Heard>) =>
  events.filter(({ detailType }) => detailType === "ECS Task State Change").map((event) => [
    (event.time - start) / 1000,
    detail(event)["lastStatus"],
    detail(event)["desiredStatus"]
  ])

const failing = { containerDefinitions: [{ name: "main", image: "registry.invalid/app:1" }] }

describe("ECS tells EventBridge", () => {
  it.effect("of each state that a task goes through, at its time and as DescribeTasks shows it", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      const { tasks = [] } = yield* Ecs.send(
        new RunTaskCommand({ cluster, taskDefinition: "app", launchType: "FARGATE", networkConfiguration })
      )
      const task = tasks[0]?.taskArn ?? ""
      yield* TestClock.adjust("60 seconds")
      const { tasks: described = [] } = yield* Ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }))
      const events = yield* heard
      assert.deepEqual(states(events), [
        [0, "PROVISIONING", "RUNNING"],
        [12, "PENDING", "RUNNING"],
        [60, "RUNNING", "RUNNING"]
      ])
      const { attachments = [], overrides = {}, tags: _, ...shown } = JSON.parse(JSON.stringify(described[0]))
      assert.deepEqual(detail(events[2]!), {
        ...shown,
        attachments: [{ ...attachments[0], type: "eni" }],
        overrides: { containerOverrides: overrides.containerOverrides },
        updatedAt: "2030-01-01T00:01:00.000Z"
      })
      assert.deepInclude(events[2], { source: "aws.ecs", resources: [task] })
      yield* TestClock.adjust("60 seconds")
      yield* Ecs.send(new StopTaskCommand({ cluster, task, reason: "done" }))
      yield* TestClock.adjust("1 day")
      const stopped = yield* heard
      assert.deepEqual(states(stopped), [
        [120, "RUNNING", "STOPPED"],
        [120.001, "DEACTIVATING", "STOPPED"],
        [130, "STOPPING", "STOPPED"],
        [140, "DEPROVISIONING", "STOPPED"],
        [150, "STOPPED", "STOPPED"]
      ])
      assert.deepInclude(detail(stopped[4]!), {
        stopCode: "UserInitiated",
        stoppedReason: "done",
        stoppedAt: "2030-01-01T00:02:30.000Z"
      })
      const versions = [...events, ...stopped].map((event) => detail(event)["version"])
      assert.deepEqual(versions, [1, 2, 3, 4, 5, 6, 7, 8])
    }).pipe(Effect.provide(clients))
  })

  it.effect("of a task that can't start, and of the health of containers", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      yield* define({ ...failing, family: "bad" })
      const healthCheck = { command: ["CMD", "true"], interval: 20 }
      yield* define({ family: "checked", containerDefinitions: [{ name: "main", image: "nginx:1", healthCheck }] })
      const run = (taskDefinition: string) =>
        Ecs.send(new RunTaskCommand({ cluster, taskDefinition, launchType: "FARGATE", networkConfiguration }))
      yield* run("bad")
      yield* TestClock.adjust("1 hour")
      const events = yield* heard
      assert.deepEqual(states(events), [
        [0, "PROVISIONING", "RUNNING"],
        [12, "PENDING", "RUNNING"],
        [120, "STOPPED", "STOPPED"]
      ])
      assert.include(detail(events[2]!)["stoppedReason"], "CannotPullContainerError")
      yield* run("checked")
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(
        (yield* heard).map((event) => [detail(event)["lastStatus"], detail(event)["healthStatus"]]),
        [["PROVISIONING", "UNKNOWN"], ["PENDING", "UNKNOWN"], ["RUNNING", "UNKNOWN"], ["RUNNING", "HEALTHY"]]
      )
    }).pipe(Effect.provide(clients))
  })

  it.effect("of a deployment that begins and completes, and of the steady state that the service reaches", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      const { service } = yield* Ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: "api",
          taskDefinition: "app",
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration
        })
      )
      yield* TestClock.adjust("1 day")
      const events = yield* heard
      const others = events.filter(({ detailType }) => detailType !== "ECS Task State Change")
      const deploymentId = service?.deployments?.[0]?.id
      assert.deepEqual(others.map(({ detail, detailType, resources }) => ({ detail, detailType, resources })), [
        {
          detailType: "ECS Deployment State Change",
          resources: [service?.serviceArn ?? ""],
          detail: {
            eventType: "INFO",
            eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
            deploymentId,
            updatedAt: "2030-01-01T00:00:00.000Z",
            reason: `ECS deployment ${deploymentId} in progress.`
          }
        },
        {
          detailType: "ECS Deployment State Change",
          resources: [service?.serviceArn ?? ""],
          detail: {
            eventType: "INFO",
            eventName: "SERVICE_DEPLOYMENT_COMPLETED",
            deploymentId,
            updatedAt: "2030-01-01T00:03:00.000Z",
            reason: `ECS deployment ${deploymentId} completed.`
          }
        },
        {
          detailType: "ECS Service Action",
          resources: [service?.serviceArn ?? ""],
          detail: {
            eventType: "INFO",
            eventName: "SERVICE_STEADY_STATE",
            clusterArn: service?.clusterArn,
            createdAt: "2030-01-01T00:03:00.000Z"
          }
        }
      ])
      assert.lengthOf(states(events), 3)
      yield* Ecs.send(new UpdateServiceCommand({ cluster, service: "api", desiredCount: 0 }))
      yield* TestClock.adjust("1 day")
      assert.deepEqual(states(yield* heard).map(([, last, desired]) => [last, desired]), [
        ["RUNNING", "STOPPED"],
        ["DEACTIVATING", "STOPPED"],
        ["STOPPING", "STOPPED"],
        ["DEPROVISIONING", "STOPPED"],
        ["STOPPED", "STOPPED"]
      ])
    }).pipe(Effect.provide(clients))
  })

  it.effect("of a deployment that the circuit breaker fails, and of the one that it rolls back to", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      yield* Ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: "api",
          taskDefinition: "app",
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration,
          deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } }
        })
      )
      yield* TestClock.adjust("1 hour")
      yield* define({ ...failing, family: "bad" })
      yield* heard
      yield* Ecs.send(new UpdateServiceCommand({ cluster, service: "api", taskDefinition: "bad" }))
      yield* TestClock.adjust("1 day")
      const events = (yield* heard).filter(({ detailType }) => detailType === "ECS Deployment State Change")
      assert.deepEqual(events.map((event) => [detail(event)["eventType"], detail(event)["eventName"]]), [
        ["INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"],
        ["ERROR", "SERVICE_DEPLOYMENT_FAILED"],
        ["INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"],
        ["INFO", "SERVICE_DEPLOYMENT_COMPLETED"]
      ])
      assert.match(
        detail(events[2]!)["reason"],
        /^ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/
      )
    }).pipe(Effect.provide(clients))
  })

  it.effect("of a service that tries in vain, of the last attempts if years pass", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      yield* define({ ...failing, family: "bad" })
      yield* Ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: "api",
          taskDefinition: "bad",
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration
        })
      )
      yield* TestClock.adjust("5 minutes")
      assert.deepEqual(
        states(yield* heard).filter(([, last]) => last === "STOPPED").map(([time]) => time),
        [120, 240]
      )
      yield* TestClock.adjust("3650 days")
      const stopped = states(yield* heard).filter(([, last]) => last === "STOPPED")
      assert.isAtMost(stopped.length, 60)
      assert.isAtLeast(stopped.length, 40)
    }).pipe(Effect.provide(clients))
  })

  it.effect("of container instances, and of a task that no instance has room for", () => {
    const { begin, clients, heard } = scene()
    return Effect.gen(function*() {
      yield* begin
      const containerDefinitions = [{ name: "main", image: "nginx:1", cpu: 512, memory: 1024 }]
      yield* Ecs.send(new RegisterTaskDefinitionCommand({ family: "big", containerDefinitions }))
      const { containerInstance } = yield* Ecs.send(new RegisterContainerInstanceCommand({ cluster }))
      const arn = containerInstance?.containerInstanceArn ?? ""
      const { tasks = [] } = yield* Ecs.send(new RunTaskCommand({ cluster, taskDefinition: "big" }))
      yield* Ecs.send(new StopTaskCommand({ cluster, task: tasks[0]?.taskArn ?? "" }))
      yield* TestClock.adjust("5 minutes")
      yield* Ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance: arn }))
      const events = yield* heard
      const ofInstance = events.filter(({ detailType }) => detailType === "ECS Container Instance State Change")
      const cpu = (event: Heard) =>
        detail(event)["remainingResources"].find((one: Detail) => one["name"] === "CPU").integerValue
      assert.deepEqual(
        ofInstance.map((event) => [cpu(event), detail(event)["status"], detail(event)["agentConnected"]]),
        [
          [4096, "ACTIVE", true],
          [3584, "ACTIVE", true],
          [4096, "ACTIVE", true],
          [4096, "INACTIVE", false]
        ]
      )
      assert.deepEqual(ofInstance[0]!.resources, [arn])
      assert.deepInclude(detail(ofInstance[0]!), {
        containerInstanceArn: arn,
        clusterArn: `arn:aws:ecs:us-east-1:123456789012:cluster/${cluster}`
      })
      const { service } = yield* Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: "api", taskDefinition: "big", desiredCount: 1 })
      )
      const [action] = (yield* heard).filter(({ detailType }) => detailType === "ECS Service Action")
      assert.deepEqual(action?.detail, {
        eventType: "ERROR",
        eventName: "SERVICE_TASK_PLACEMENT_FAILURE",
        clusterArn: service?.clusterArn,
        reason: "No Container Instances were found in your cluster.",
        createdAt: new Date(start + 300_000).toISOString()
      })
    }).pipe(Effect.provide(clients))
  })

  it.effect("of what becomes of tasks that were started before EventBridge was used", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(start)
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* define()
      const { Subnets } = yield* Ec2.send(new DescribeSubnetsCommand({}))
      const subnets = [Subnets?.[0]?.SubnetId ?? ""]
      yield* Ecs.send(
        new RunTaskCommand({
          cluster,
          taskDefinition: "app",
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets } }
        })
      )
      yield* TestClock.adjust("1 second")
      yield* rule("all", { EventPattern: JSON.stringify({ source: ["aws.ecs"] }) }, { Arn: queue("all") })
      yield* TestClock.adjust("1 hour")
      const told = (yield* received()).map(({ detail }) => detail.lastStatus)
      assert.strictEqual(told.at(-1), "RUNNING")
      assert.strictEqual(new Set(told).size, told.length)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("nothing where EventBridge isn't used, and ids don't depend on it", () => {
    const { begin, clients, heard } = scene({ isHeard: false })
    return Effect.gen(function*() {
      const { networkConfiguration } = yield* begin
      yield* Ecs.send(
        new CreateServiceCommand({
          cluster,
          serviceName: "api",
          taskDefinition: "app",
          desiredCount: 2,
          launchType: "FARGATE",
          networkConfiguration
        })
      )
      yield* TestClock.adjust("1 day")
      assert.deepEqual(yield* heard, [])
      const { services = [] } = yield* Ecs.send(new DescribeServicesCommand({ cluster, services: ["api"] }))
      assert.strictEqual(services[0]?.deployments?.[0]?.rolloutState, "COMPLETED")
    }).pipe(Effect.provide(clients))
  })
})

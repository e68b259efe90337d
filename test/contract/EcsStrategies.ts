// What services run on: launch types and capacity providers.
import { CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Ec2, Ecs } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const uniqueName = Effect.sync(() => `capacity-${crypto.randomUUID().slice(0, 8)}`)

const expectInvalid = Effect.fnUntraced(function*<A, R>(effect: Effect.Effect<A, AwsError, R>, message: string) {
  const error = yield* Effect.flip(effect)
  assert.strictEqual(error.code, "InvalidParameterException")
  assert.include(error.message, message)
})

/** Registers a task definition that fits Fargate, and describes a service with it. */
const fargateService = Effect.gen(function*() {
  const family = yield* uniqueName
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "main", image: "nginx:1" }]
    })
  )
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
  const service: CreateServiceCommandInput = {
    serviceName: "web",
    taskDefinition: family,
    desiredCount: 0,
    networkConfiguration: { awsvpcConfiguration: { subnets: [Subnet!.SubnetId!] } }
  }
  return service
})

const create = (input: CreateServiceCommandInput) =>
  Effect.map(Ecs.send(new CreateServiceCommand(input)), ({ service }) => service!)

const spot = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }]
/** The same strategy as AWS answers it. */
const answered = spot.map((item) => ({ ...item, base: 0 }))

export const ecsStrategies = contract("Ecs", {
  "a service uses only capacity providers that are associated with its cluster": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
    Effect.gen(function*() {
      const [cluster, service] = [yield* uniqueName, yield* fargateService]
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      const message = "not associated with the cluster"
      yield* expectInvalid(create({ ...service, cluster, capacityProviderStrategy: spot }), message)
      yield* create({ ...service, cluster, launchType: "FARGATE" })
      yield* expectInvalid(
        Ecs.send(new UpdateServiceCommand({ cluster, service: "web", capacityProviderStrategy: spot })),
        message
      )
    })
  ),

  "a service without a launch type or a strategy takes the default strategy of its cluster": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const [cluster, service] = [yield* uniqueName, yield* fargateService]
      yield* Ecs.send(
        new CreateClusterCommand({
          clusterName: cluster,
          capacityProviders: ["FARGATE", "FARGATE_SPOT"],
          defaultCapacityProviderStrategy: spot
        })
      )
      const { capacityProviderStrategy, launchType, platformFamily } = yield* create({ ...service, cluster })
      assert.deepEqual([capacityProviderStrategy, launchType, platformFamily], [answered, undefined, "Linux"])
      const { services = [] } = yield* Ecs.send(new DescribeServicesCommand({ cluster, services: ["web"] }))
      assert.deepEqual(services.map((one) => [one.capacityProviderStrategy, one.launchType]), [[answered, undefined]])
      const own = yield* create({ ...service, cluster, serviceName: "own", launchType: "FARGATE" })
      assert.deepEqual([own.capacityProviderStrategy, own.launchType], [undefined, "FARGATE"])
    })
  ),

  "a rolling deployment needs room to stop a task or to start one": believed(
    "the message is in reports of users whose services have 100 as both percentages",
    Effect.gen(function*() {
      const [cluster, service] = [yield* uniqueName, yield* fargateService]
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      const message = "Both maximumPercent and minimumHealthyPercent cannot be 100"
      const fargate = { ...service, cluster, launchType: "FARGATE" } as const
      yield* expectInvalid(create({ ...fargate, deploymentConfiguration: { maximumPercent: 100 } }), message)
      yield* create({ ...fargate, deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 50 } })
      yield* expectInvalid(
        Ecs.send(
          new UpdateServiceCommand({
            cluster,
            service: "web",
            deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 100 }
          })
        ),
        message
      )
    })
  )
})

// Capacity providers and their strategies, what containers are stored with, and their health.
import { CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  type CapacityProviderStrategyItem,
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  type CreateClusterCommandInput,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Ec2, Ecs } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

/** A name that no other case uses. */
const uniqueName = Effect.sync(() => `capacity-${crypto.randomUUID().slice(0, 8)}`)

const expectRejected = Effect.fnUntraced(function*<A, R>(
  effect: Effect.Effect<A, AwsError, R>,
  code: string,
  message: string
) {
  const error = yield* Effect.flip(effect)
  assert.strictEqual(error.code, code)
  assert.include(error.message, message)
})

const register = (input: Partial<RegisterTaskDefinitionCommandInput>) =>
  Effect.flatMap(uniqueName, (family) =>
    Effect.map(
      Ecs.send(
        new RegisterTaskDefinitionCommand({
          family,
          containerDefinitions: [{ name: "main", image: "nginx:1", memory: 64 }],
          ...input
        })
      ),
      ({ taskDefinition }) => taskDefinition!
    ))

const fargate = {
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512"
} satisfies Partial<RegisterTaskDefinitionCommandInput>

const onDemandFirst = [
  { capacityProvider: "FARGATE", base: 1, weight: 1 },
  { capacityProvider: "FARGATE_SPOT", base: 0, weight: 3 }
]
const spot = [{ capacityProvider: "FARGATE_SPOT", base: 0, weight: 1 }]

/** A cluster with the capacity providers of Fargate, and a task definition of the same name. */
const setUp = Effect.fnUntraced(function*(
  input: Partial<CreateClusterCommandInput> = {},
  definition: Partial<RegisterTaskDefinitionCommandInput> = {}
) {
  const cluster = yield* uniqueName
  yield* Ecs.send(
    new CreateClusterCommand({ clusterName: cluster, capacityProviders: ["FARGATE", "FARGATE_SPOT"], ...input })
  )
  yield* register({ ...fargate, ...definition, family: cluster })
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
  const networkConfiguration = { awsvpcConfiguration: { subnets: [Subnet?.SubnetId ?? ""] } }
  return {
    cluster,
    run: (given: Partial<RunTaskCommandInput> = {}) =>
      Ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster, networkConfiguration, ...given })),
    create: (given: Partial<CreateServiceCommandInput> = {}) =>
      Effect.map(
        Ecs.send(
          new CreateServiceCommand({
            cluster,
            serviceName: "web",
            taskDefinition: cluster,
            desiredCount: 5,
            networkConfiguration,
            ...given
          })
        ),
        ({ service }) => service!
      )
  }
})

/** How many tasks of a cluster each provider runs. */
const providersOf = (cluster: string) =>
  Effect.gen(function*() {
    const { taskArns = [] } = yield* Ecs.send(new ListTasksCommand({ cluster }))
    const { tasks = [] } = yield* Ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))
    return tasks.map((task) => `${task.launchType} ${task.capacityProviderName}`).sort()
  })

const spreadTasks = [
  "FARGATE FARGATE",
  "FARGATE FARGATE",
  "FARGATE FARGATE_SPOT",
  "FARGATE FARGATE_SPOT",
  "FARGATE FARGATE_SPOT"
]

export const ecsCapacity = contract("Ecs", {
  "stores a container definition whole, and fills in the defaults of AWS": documented(
    "API_RegisterTaskDefinition",
    Effect.gen(function*() {
      const container = {
        name: "main",
        image: "nginx:1",
        memory: 64,
        command: ["serve"],
        secrets: [{ name: "TOKEN", valueFrom: "arn:aws:ssm:us-east-1:123456789012:parameter/token" }],
        dependsOn: [{ containerName: "setup", condition: "START" as const }],
        linuxParameters: { initProcessEnabled: true, capabilities: { add: ["SYS_PTRACE"] } },
        ulimits: [{ name: "nofile" as const, softLimit: 1, hardLimit: 2 }],
        logConfiguration: {
          logDriver: "awslogs" as const,
          options: { "awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p" },
          secretOptions: [{ name: "k", valueFrom: "v" }]
        },
        mountPoints: [{ sourceVolume: "data", containerPath: "/data", readOnly: true }]
      }
      const given = yield* register({
        containerDefinitions: [
          {
            ...container,
            portMappings: [{ containerPort: 80, hostPort: 8080, protocol: "tcp", name: "http", appProtocol: "http2" }]
          },
          { name: "setup", image: "nginx:1", memory: 64 }
        ],
        volumes: [{
          name: "data",
          efsVolumeConfiguration: {
            fileSystemId: "fs-1",
            transitEncryption: "ENABLED",
            authorizationConfig: { accessPointId: "fsap-1", iam: "ENABLED" }
          }
        }]
      })
      const { taskDefinition } = yield* Ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: given.taskDefinitionArn })
      )
      const [main, setup] = taskDefinition?.containerDefinitions ?? []
      assert.deepInclude({ ...main }, {
        ...container,
        portMappings: [{ containerPort: 80, hostPort: 8080, protocol: "tcp", name: "http", appProtocol: "http2" }]
      })
      assert.deepInclude({ ...setup }, {
        cpu: 0,
        essential: true,
        environment: [],
        mountPoints: [],
        portMappings: [],
        volumesFrom: []
      })
      assert.deepInclude({ ...taskDefinition?.volumes?.[0]?.efsVolumeConfiguration }, {
        fileSystemId: "fs-1",
        transitEncryption: "ENABLED",
        authorizationConfig: { accessPointId: "fsap-1", iam: "ENABLED" }
      })
    })
  ),

  "maps a port of a container to that of its host with awsvpc, and to one of Docker's choice without": documented(
    "API_PortMapping",
    Effect.gen(function*() {
      const ports = (input: Partial<RegisterTaskDefinitionCommandInput>) =>
        Effect.map(
          register({
            ...input,
            containerDefinitions: [{
              name: "main",
              image: "nginx:1",
              memory: 64,
              portMappings: [{ containerPort: 80 }, { containerPort: 53, protocol: "udp" }]
            }]
          }),
          ({ containerDefinitions }) => containerDefinitions?.[0]?.portMappings
        )
      assert.deepEqual(yield* ports({ networkMode: "awsvpc" }), [
        { containerPort: 80, hostPort: 80, protocol: "tcp" },
        { containerPort: 53, hostPort: 53, protocol: "udp" }
      ])
      assert.deepEqual(yield* ports({ networkMode: "bridge" }), [
        { containerPort: 80, hostPort: 0, protocol: "tcp" },
        { containerPort: 53, hostPort: 0, protocol: "udp" }
      ])
    })
  ),

  "fills in how often a health check runs": documented(
    "API_HealthCheck",
    Effect.gen(function*() {
      const command = ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]
      const { containerDefinitions } = yield* register({
        containerDefinitions: [{
          name: "main",
          image: "nginx:1",
          memory: 64,
          healthCheck: { command, startPeriod: 10 }
        }]
      })
      assert.deepEqual(containerDefinitions?.[0]?.healthCheck, {
        command,
        interval: 30,
        timeout: 5,
        retries: 3,
        startPeriod: 10
      })
    })
  ),

  "rejects a health check that is out of range": believed(
    "the API reference gives the ranges, not the messages",
    Effect.gen(function*() {
      for (
        const healthCheck of [
          { command: ["CMD", "true"], interval: 4 },
          { command: ["CMD", "true"], timeout: 61 },
          { command: ["CMD", "true"], retries: 11 },
          { command: ["CMD", "true"], startPeriod: 301 },
          { command: [] }
        ]
      ) {
        yield* expectRejected(
          register({ containerDefinitions: [{ name: "main", image: "nginx:1", memory: 64, healthCheck }] }),
          "ClientException",
          "health check"
        )
      }
    })
  ),

  "gives a task on Fargate 21 to 200 GiB of storage": believed(
    "the API reference gives the range, and users report the start of the message",
    Effect.gen(function*() {
      const storage = (sizeInGiB: number) => register({ ...fargate, ephemeralStorage: { sizeInGiB } })
      yield* expectRejected(storage(20), "ClientException", "size should be at least 21")
      yield* expectRejected(storage(201), "ClientException", "size should be at most 200")
      assert.deepEqual((yield* storage(21)).ephemeralStorage, { sizeInGiB: 21 })
      assert.deepEqual((yield* storage(200)).ephemeralStorage, { sizeInGiB: 200 })
    })
  ),

  "shows the base and the weight of a cluster's default strategy": documented(
    "API_PutClusterCapacityProviders",
    Effect.gen(function*() {
      const { cluster } = yield* setUp({ defaultCapacityProviderStrategy: onDemandFirst })
      const described = Effect.map(
        Ecs.send(new DescribeClustersCommand({ clusters: [cluster] })),
        ({ clusters }) => clusters?.[0]?.defaultCapacityProviderStrategy
      )
      assert.deepEqual(yield* described, onDemandFirst)
      yield* Ecs.send(
        new PutClusterCapacityProvidersCommand({
          cluster,
          capacityProviders: ["FARGATE", "FARGATE_SPOT"],
          defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }]
        })
      )
      assert.deepEqual(yield* described, spot)
    })
  ),

  "spreads tasks by base and weight": documented(
    "API_CapacityProviderStrategyItem",
    Effect.gen(function*() {
      const { cluster, run } = yield* setUp()
      yield* run({ count: 5, capacityProviderStrategy: onDemandFirst })
      assert.deepEqual(yield* providersOf(cluster), spreadTasks)
    })
  ),

  "spreads the tasks of a service by base and weight": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const { cluster, create } = yield* setUp()
      const service = yield* create({ capacityProviderStrategy: onDemandFirst })
      assert.deepEqual(service.capacityProviderStrategy, onDemandFirst)
      assert.isUndefined(service.launchType)
      assert.deepEqual(yield* providersOf(cluster), spreadTasks)
    })
  ),

  "runs tasks and services by the cluster's default strategy if they name no launch type": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html",
    Effect.gen(function*() {
      const { cluster, create, run } = yield* setUp({ defaultCapacityProviderStrategy: spot })
      const { tasks: [task] = [] } = yield* run()
      assert.deepInclude({ ...task }, { capacityProviderName: "FARGATE_SPOT", launchType: "FARGATE" })
      const { tasks: [named] = [] } = yield* run({ launchType: "FARGATE" })
      assert.isUndefined(named?.capacityProviderName)
      const service = yield* create({ desiredCount: 1 })
      assert.deepEqual(service.capacityProviderStrategy, spot)
      assert.isUndefined(service.launchType)
      assert.deepEqual(yield* providersOf(cluster), [
        "FARGATE FARGATE_SPOT",
        "FARGATE FARGATE_SPOT",
        "FARGATE undefined"
      ])
    })
  ),

  "rejects a strategy in which no provider has a weight": believed(
    "seen in reports of users, such as https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/27",
    Effect.gen(function*() {
      const weightless = [{ capacityProvider: "FARGATE_SPOT" }]
      const { create, run } = yield* setUp({ defaultCapacityProviderStrategy: weightless })
      const message = (which: string) =>
        `There are no capacity providers with a weight value greater than zero defined in the ${which} capacity provider strategy.`
      yield* expectRejected(run(), "InvalidParameterException", message("default"))
      yield* expectRejected(create(), "InvalidParameterException", message("default"))
      yield* expectRejected(
        create({ capacityProviderStrategy: weightless }),
        "InvalidParameterException",
        message("specified")
      )
    })
  ),

  "rejects a strategy that is out of range, has two bases or other providers than its cluster": believed(
    "the association is known from reports of users, the ranges from the API reference",
    Effect.gen(function*() {
      const { cluster, create, run } = yield* setUp()
      const bases = ["FARGATE", "FARGATE_SPOT"].map((capacityProvider) => ({ capacityProvider, base: 1, weight: 1 }))
      const wrong: ReadonlyArray<readonly [Array<CapacityProviderStrategyItem>, string]> = [
        [bases, "with a base value defined"],
        [[{ capacityProvider: "FARGATE", weight: 1001 }], "weight"],
        [[{ capacityProvider: "FARGATE", weight: 1, base: 100_001 }], "base"],
        [[{ capacityProvider: "other", weight: 1 }], "not associated with the cluster"]
      ]
      for (const [capacityProviderStrategy, message] of wrong) {
        yield* expectRejected(run({ capacityProviderStrategy }), "InvalidParameterException", message)
        yield* expectRejected(create({ capacityProviderStrategy }), "InvalidParameterException", message)
        yield* expectRejected(
          Ecs.send(
            new PutClusterCapacityProvidersCommand({
              cluster,
              capacityProviders: ["FARGATE", "FARGATE_SPOT"],
              defaultCapacityProviderStrategy: capacityProviderStrategy
            })
          ),
          "InvalidParameterException",
          message
        )
      }
    })
  ),

  "rejects a strategy with providers of both Fargate and Auto Scaling": believed(
    "seen in reports of users, such as https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/68",
    Effect.gen(function*() {
      const { cluster } = yield* setUp()
      const name = yield* uniqueName
      yield* Ecs.send(
        new CreateCapacityProviderCommand({
          name,
          autoScalingGroupProvider: {
            autoScalingGroupArn:
              "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:00000000-0000-4000-a000-000000000000:autoScalingGroupName/g"
          }
        })
      )
      const put = (strategy: Array<string>) =>
        Ecs.send(
          new PutClusterCapacityProvidersCommand({
            cluster,
            capacityProviders: ["FARGATE", name],
            defaultCapacityProviderStrategy: strategy.map((capacityProvider) => ({ capacityProvider, weight: 1 }))
          })
        )
      yield* expectRejected(
        put(["FARGATE", name]),
        "InvalidParameterException",
        "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers."
      )
      yield* put([name])
    })
  ),

  "rejects a strategy of Fargate for a task definition that only runs on EC2": believed(
    "a strategy implies the launch type, for which ECS checks the definition",
    Effect.gen(function*() {
      const { create, run } = yield* setUp(
        { defaultCapacityProviderStrategy: spot },
        { cpu: "300", memory: "2048", requiresCompatibilities: ["EC2"] }
      )
      const message = "Task definition does not support launch_type FARGATE."
      yield* expectRejected(run(), "InvalidParameterException", message)
      yield* expectRejected(create(), "InvalidParameterException", message)
    })
  ),

  "keeps the alarms of a deployment and a Service Connect that are switched off": documented(
    "API_DeploymentAlarms",
    Effect.gen(function*() {
      const { cluster, create } = yield* setUp()
      const alarms = { alarmNames: ["a"], enable: false, rollback: false }
      const service = yield* create({
        launchType: "FARGATE",
        deploymentConfiguration: { alarms },
        serviceConnectConfiguration: { enabled: false, namespace: "n" }
      })
      assert.deepEqual(service.deploymentConfiguration?.alarms, alarms)
      const { service: updated } = yield* Ecs.send(
        new UpdateServiceCommand({
          cluster,
          service: "web",
          deploymentConfiguration: { alarms: { ...alarms, alarmNames: ["b"] } }
        })
      )
      assert.deepEqual(updated?.deploymentConfiguration?.alarms?.alarmNames, ["b"])
    })
  ),

  "changes the strategy of a service only by a forced deployment": believed(
    "seen in reports of users, such as https://github.com/reproio/ecs_deploy/pull/74",
    Effect.gen(function*() {
      const { cluster, create } = yield* setUp()
      yield* create({ launchType: "FARGATE", desiredCount: 1 })
      const update = (forceNewDeployment: boolean) =>
        Ecs.send(
          new UpdateServiceCommand({ cluster, service: "web", capacityProviderStrategy: spot, forceNewDeployment })
        )
      yield* expectRejected(update(false), "InvalidParameterException", "you must force a new deployment.")
      const { service } = yield* update(true)
      assert.deepEqual(service?.capacityProviderStrategy, spot)
      assert.isUndefined(service?.launchType)
      assert.deepEqual(service?.deployments?.map(({ capacityProviderStrategy }) => capacityProviderStrategy), [
        spot,
        undefined
      ])
    })
  ),

  "reports the architecture, the platform and the storage of a task on Fargate": documented(
    "API_Task",
    Effect.gen(function*() {
      const { run } = yield* setUp({}, {
        runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" }
      })
      const { tasks: [task] = [] } = yield* run({
        launchType: "FARGATE",
        overrides: { ephemeralStorage: { sizeInGiB: 30 } }
      })
      assert.deepInclude({ ...task }, {
        attributes: [{ name: "ecs.cpu-architecture", value: "arm64" }],
        platformFamily: "Linux",
        ephemeralStorage: { sizeInGiB: 30 },
        healthStatus: "UNKNOWN"
      })
    })
  )
})

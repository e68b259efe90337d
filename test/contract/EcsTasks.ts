// Tasks, what they run on, and the settings of accounts.
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeNetworkInterfacesCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import {
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteCapacityProviderCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListAccountSettingsCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  PutAccountSettingCommand,
  PutClusterCapacityProvidersCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  UpdateClusterSettingsCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, Ecs } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"

/** A name that no other case uses. */
const uniqueName = Effect.sync(() => `tasks-${crypto.randomUUID().slice(0, 8)}`)

const resources = (cpu: number, memory: number) => [
  { name: "CPU", type: "INTEGER", integerValue: cpu },
  { name: "MEMORY", type: "INTEGER", integerValue: memory },
  { name: "PORTS", type: "STRINGSET", stringSetValue: ["22", "2376", "2375", "51678", "51679"] },
  { name: "PORTS_UDP", type: "STRINGSET", stringSetValue: [] }
]

/** Creates a VPC with a subnet. */
const createSubnet = Effect.gen(function*() {
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
  return Subnet?.SubnetId ?? ""
})

/** Starts an EC2 instance, and registers it in a cluster. */
const registerInstance = Effect.fnUntraced(function*(cluster: string, cpu = 4096, memory = 7482) {
  const { Images } = yield* Ec2.send(
    new DescribeImagesCommand({ Owners: ["amazon"], Filters: [{ Name: "architecture", Values: ["x86_64"] }] })
  )
  const { Instances } = yield* Ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: "t3.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: yield* createSubnet
    })
  )
  const { containerInstance } = yield* Ecs.send(
    new RegisterContainerInstanceCommand({
      cluster,
      totalResources: resources(cpu, memory),
      instanceIdentityDocument: JSON.stringify({ instanceId: Instances?.[0]?.InstanceId })
    })
  )
  assert.strictEqual(containerInstance?.ec2InstanceId, Instances?.[0]?.InstanceId)
  return containerInstance!
})

/** A cluster, and a task definition of the same name. */
const setUp = Effect.gen(function*() {
  const cluster = yield* uniqueName
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: cluster,
      containerDefinitions: [{ name: "main", image: "nginx:1", cpu: 512, memory: 1024 }]
    })
  )
  return cluster
})

const onFargate = Effect.gen(function*() {
  const cluster = yield* setUp
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: cluster,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions: [{ name: "main", image: "nginx:1" }]
    })
  )
  const subnet = yield* createSubnet
  return { cluster, subnet, networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } } }
})

const run = (cluster: string, input: Partial<RunTaskCommandInput> = {}) =>
  Ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster, ...input }))

const list = (cluster: string, input: object = {}) =>
  Effect.map(Ecs.send(new ListTasksCommand({ cluster, ...input })), ({ taskArns = [] }) => taskArns)

export const ecsTasks = contract("Ecs", {
  "runs tasks on the instances of a cluster, and leaves less for others": documented(
    "API_RunTask",
    Effect.gen(function*() {
      const cluster = yield* setUp
      const instance = yield* registerInstance(cluster)
      const { failures, tasks = [] } = yield* run(cluster, { count: 2, startedBy: "contract" })
      assert.deepEqual(failures, [])
      assert.lengthOf(tasks, 2)
      const [task] = tasks
      assert.match(task?.taskArn ?? "", new RegExp(`:task/${cluster}/[0-9a-f]{32}$`))
      assert.deepInclude({ ...task }, {
        containerInstanceArn: instance.containerInstanceArn,
        desiredStatus: "RUNNING",
        lastStatus: "PENDING",
        group: `family:${cluster}`,
        startedBy: "contract",
        launchType: "EC2"
      })
      assert.deepEqual(task?.containers?.map(({ image, name }) => [name, image]), [["main", "nginx:1"]])
      const { containerInstances } = yield* Ecs.send(
        new DescribeContainerInstancesCommand({ cluster, containerInstances: [instance.containerInstanceArn ?? ""] })
      )
      assert.deepEqual(
        containerInstances?.[0]?.remainingResources?.slice(0, 2).map(({ integerValue }) => integerValue),
        [4096 - 1024, 7482 - 2048]
      )
    })
  ),

  "refuses to run a task in a cluster without container instances": believed(
    "seen in reports of users: InvalidParameterException, No Container Instances were found in your cluster.",
    Effect.gen(function*() {
      yield* expectRejected(
        run(yield* setUp),
        "InvalidParameterException",
        "No Container Instances were found in your cluster."
      )
    })
  ),

  "reports which resource is missing when no instance has a place for a task": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html",
    Effect.gen(function*() {
      const cluster = yield* setUp
      const instance = yield* registerInstance(cluster, 4096, 1500)
      const { failures, tasks } = yield* run(cluster, { count: 2 })
      assert.lengthOf(tasks ?? [], 1)
      assert.deepEqual(failures, [{ arn: instance.containerInstanceArn, reason: "RESOURCE:MEMORY" }])
    })
  ),

  "runs a task on the platform version that a request names, and on no retired one": documented(
    "API_RunTask says PlatformUnknownException, and the developer guide which versions there are",
    Effect.gen(function*() {
      const { cluster, networkConfiguration } = yield* onFargate
      const on = (platformVersion: string) =>
        run(cluster, { launchType: "FARGATE", networkConfiguration, platformVersion })
      assert.strictEqual((yield* on("1.3.0")).tasks?.[0]?.platformVersion, "1.3.0")
      assert.strictEqual((yield* on("LATEST")).tasks?.[0]?.platformVersion, "1.4.0")
      for (const version of ["1.0.0", "2.0.0"]) {
        assert.strictEqual((yield* Effect.flip(on(version))).code, "PlatformUnknownException")
      }
    })
  ),

  "runs a task on Fargate with a network interface of its own": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
    Effect.gen(function*() {
      const { cluster, networkConfiguration, subnet } = yield* onFargate
      const { tasks: [task] = [] } = yield* run(cluster, { launchType: "FARGATE", networkConfiguration })
      assert.deepInclude({ ...task }, { launchType: "FARGATE", platformVersion: "1.4.0", cpu: "256", memory: "512" })
      const details = new Map(task?.attachments?.[0]?.details?.map(({ name, value }) => [name, value]))
      assert.strictEqual(details.get("subnetId"), subnet)
      const { NetworkInterfaces } = yield* Ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [details.get("networkInterfaceId") ?? ""] })
      )
      assert.strictEqual(NetworkInterfaces?.[0]?.PrivateIpAddress, details.get("privateIPv4Address"))
    })
  ),

  "rejects a task whose network is missing, not allowed or doesn't exist": believed(
    "seen in reports of users, such as https://github.com/eddmann/serverless-fargate/issues/20",
    Effect.gen(function*() {
      const { cluster, networkConfiguration } = yield* onFargate
      const launch = (input: Partial<RunTaskCommandInput>) => run(cluster, { launchType: "FARGATE", ...input })
      yield* expectRejected(
        launch({}),
        "InvalidParameterException",
        "Network Configuration must be provided when networkMode 'awsvpc' is specified."
      )
      yield* expectRejected(
        launch({ networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } } }),
        "InvalidParameterException",
        "Error retrieving subnet information for [subnet-1]: The subnet ID 'subnet-1' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
      )
      yield* expectRejected(
        run(yield* setUp, { networkConfiguration }),
        "InvalidParameterException",
        "Network Configuration is not valid for the given networkMode of this task definition."
      )
    })
  ),

  "stops a task once, with a reason, and stops listing it as running": documented(
    "API_StopTask",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      const { tasks: [task] = [] } = yield* run(cluster)
      const stop = (reference: string) =>
        Ecs.send(new StopTaskCommand({ cluster, task: reference, reason: "no longer needed" }))
      const { task: stopped } = yield* stop(task?.taskArn ?? "")
      assert.deepInclude({ ...stopped }, {
        desiredStatus: "STOPPED",
        stopCode: "UserInitiated",
        stoppedReason: "no longer needed"
      })
      assert.deepEqual(yield* list(cluster), [])
      assert.deepEqual(yield* list(cluster, { desiredStatus: "STOPPED" }), [task?.taskArn])
      yield* expectRejected(stop("0".repeat(32)), "InvalidParameterException", "The referenced task was not found.")
    })
  ),

  "reports tasks that don't exist, and refuses to describe none": documented(
    "API_DescribeTasks",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      const { tasks: [task] = [] } = yield* run(cluster)
      const describe = (tasks: Array<string>) => Ecs.send(new DescribeTasksCommand({ cluster, tasks }))
      const { failures, tasks } = yield* describe([task?.taskArn ?? "", "0".repeat(32)])
      assert.deepEqual(tasks?.map(({ taskArn }) => taskArn), [task?.taskArn])
      assert.deepEqual(failures?.map(({ reason }) => reason), ["MISSING"])
      yield* expectRejected(describe([]), "InvalidParameterException", "Tasks cannot be empty.")
    })
  ),

  "lists tasks by family, starter, service and launch type": documented(
    "API_ListTasks",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      const { tasks: [task] = [] } = yield* run(cluster, { startedBy: "me" })
      yield* Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: "web", taskDefinition: cluster, desiredCount: 2 })
      )
      assert.lengthOf(yield* list(cluster, { family: cluster }), 3)
      assert.lengthOf(yield* list(cluster, { family: "other" }), 0)
      assert.deepEqual(yield* list(cluster, { startedBy: "me" }), [task?.taskArn])
      assert.lengthOf(yield* list(cluster, { serviceName: "web" }), 2)
      assert.lengthOf(yield* list(cluster, { launchType: "FARGATE" }), 0)
      yield* expectRejected(list(cluster, { serviceName: "none" }), "ServiceNotFoundException")
    })
  ),

  "starts tasks once per client token": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      const clientToken = yield* uniqueName
      const first = yield* run(cluster, { clientToken })
      const again = yield* run(cluster, { clientToken })
      assert.deepEqual(again.tasks?.map(({ taskArn }) => taskArn), first.tasks?.map(({ taskArn }) => taskArn))
      yield* expectRejected(run(cluster, { clientToken, count: 2 }), "ConflictException")
    })
  ),

  "rejects an override of a container that the task doesn't have": believed(
    "seen in reports of users",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      yield* expectRejected(
        run(cluster, { overrides: { containerOverrides: [{ name: "other" }] } }),
        "InvalidParameterException",
        "Override for container named other is not a container in the TaskDefinition."
      )
    })
  ),

  "doesn't place the tasks of a service without container instances, and says so in an event": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: "web", taskDefinition: cluster, desiredCount: 1 })
      )
      const described = Effect.map(
        Ecs.send(new DescribeServicesCommand({ cluster, services: ["web"] })),
        ({ services }) => services?.[0]
      )
      const before = yield* described
      assert.deepInclude({ ...before }, { desiredCount: 1, pendingCount: 0, runningCount: 0 })
      assert.include(
        before?.events?.[0]?.message,
        "(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster."
      )
      yield* registerInstance(cluster)
      assert.strictEqual((yield* described)?.pendingCount, 1)
    })
  ),

  "refuses to delete a cluster that has container instances or tasks": documented(
    "API_DeleteCluster",
    Effect.gen(function*() {
      const cluster = yield* setUp
      const { containerInstanceArn: containerInstance = "" } = yield* registerInstance(cluster)
      const remove = Ecs.send(new DeleteClusterCommand({ cluster }))
      yield* expectRejected(remove, "ClusterContainsContainerInstancesException")
      yield* Ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance }))
      yield* remove
      const { cluster: busy, networkConfiguration } = yield* onFargate
      yield* run(busy, { launchType: "FARGATE", networkConfiguration })
      yield* expectRejected(Ecs.send(new DeleteClusterCommand({ cluster: busy })), "ClusterContainsTasksException")
    })
  ),

  "lists and deregisters container instances": documented(
    "API_DeregisterContainerInstance",
    Effect.gen(function*() {
      const cluster = yield* setUp
      const { containerInstanceArn: containerInstance = "" } = yield* registerInstance(cluster)
      const listed = Effect.map(
        Ecs.send(new ListContainerInstancesCommand({ cluster })),
        ({ containerInstanceArns }) => containerInstanceArns
      )
      assert.deepEqual(yield* listed, [containerInstance])
      yield* Ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance }))
      assert.deepEqual(yield* listed, [])
    })
  ),

  "describes a cluster's settings, configuration and statistics only when asked to": documented(
    "API_DescribeClusters",
    Effect.gen(function*() {
      const cluster = yield* setUp
      yield* registerInstance(cluster)
      yield* Ecs.send(
        new UpdateClusterSettingsCommand({ cluster, settings: [{ name: "containerInsights", value: "enabled" }] })
      )
      const describe = (include: Array<"SETTINGS" | "STATISTICS">) =>
        Effect.map(
          Ecs.send(new DescribeClustersCommand({ clusters: [cluster], include })),
          ({ clusters }) => clusters?.[0]
        )
      assert.deepInclude({ ...yield* describe([]) }, {
        settings: [],
        statistics: [],
        registeredContainerInstancesCount: 1
      })
      const { settings, statistics } = (yield* describe(["SETTINGS", "STATISTICS"])) ?? {}
      assert.deepEqual(settings, [{ name: "containerInsights", value: "enabled" }])
      assert.isTrue(statistics?.some(({ name, value }) => name === "runningFargateTasksCount" && value === "0"))
    })
  ),

  "keeps a capacity provider that a cluster uses": documented(
    "API_DeleteCapacityProvider",
    Effect.gen(function*() {
      const cluster = yield* setUp
      const name = yield* uniqueName
      const { capacityProvider } = yield* Ecs.send(
        new CreateCapacityProviderCommand({
          name,
          autoScalingGroupProvider: {
            autoScalingGroupArn:
              "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:00000000-0000-4000-a000-000000000000:autoScalingGroupName/g"
          }
        })
      )
      assert.strictEqual(capacityProvider?.status, "ACTIVE")
      const { capacityProviders } = yield* Ecs.send(
        new DescribeCapacityProvidersCommand({ capacityProviders: ["FARGATE", name] })
      )
      assert.sameMembers(capacityProviders?.map((provider) => provider.name) ?? [], ["FARGATE", name])
      const put = (providers: Array<string>) =>
        Ecs.send(
          new PutClusterCapacityProvidersCommand({
            cluster,
            capacityProviders: providers,
            defaultCapacityProviderStrategy: []
          })
        )
      yield* put([name])
      const remove = Ecs.send(new DeleteCapacityProviderCommand({ capacityProvider: name }))
      yield* expectRejected(remove, "ClientException", "associated with cluster")
      yield* put([])
      yield* remove
    })
  ),

  "sets account settings, and lists those that were set or all that count": documented(
    "API_ListAccountSettings",
    Effect.gen(function*() {
      yield* Ecs.send(new PutAccountSettingCommand({ name: "containerInsights", value: "enabled" }))
      const listed = (effectiveSettings: boolean) =>
        Effect.map(
          Ecs.send(new ListAccountSettingsCommand({ effectiveSettings })),
          ({ settings = [] }) => new Map(settings.map(({ name, value }) => [name, value]))
        )
      assert.strictEqual((yield* listed(false)).get("containerInsights"), "enabled")
      assert.strictEqual((yield* listed(true)).get("taskLongArnFormat"), "enabled")
      const { cluster } = yield* Ecs.send(new CreateClusterCommand({ clusterName: yield* uniqueName }))
      assert.deepEqual(cluster?.settings, [{ name: "containerInsights", value: "enabled" }])
      yield* Ecs.send(new PutAccountSettingCommand({ name: "containerInsights", value: "disabled" }))
      yield* expectRejected(
        Ecs.send(new PutAccountSettingCommand({ name: "unknown" as never, value: "enabled" })),
        "InvalidParameterException"
      )
    })
  )
})

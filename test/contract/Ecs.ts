import { CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  type ListTaskDefinitionsCommandInput,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, Ec2, Ecs } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const uuid = Effect.sync(() => crypto.randomUUID())

/** A name that no other case uses. */
const uniqueName = (name: string) => Effect.map(uuid, (id) => `${name}-${id.slice(0, 8)}`)

const register = (family: string, image = "nginx:1") =>
  Ecs.send(
    new RegisterTaskDefinitionCommand({ family, containerDefinitions: [{ name: "main", image, memory: 64 }] })
  ).pipe(Effect.map(({ taskDefinition }) => taskDefinition!))

const create = (cluster: string, serviceName: string, input: Partial<CreateServiceCommandInput> = {}) =>
  Ecs.send(new CreateServiceCommand({ cluster, serviceName, desiredCount: 2, ...input })).pipe(
    Effect.map(({ service }) => service!)
  )

/** Creates a cluster with a service in it. */
const setUp = Effect.gen(function*() {
  const cluster = yield* uniqueName("capture")
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  const definition = yield* register(cluster)
  const created = yield* create(cluster, "web", { taskDefinition: definition.taskDefinitionArn })
  return { cluster, service: "web", definition, created }
})

/** A deleted service that never ran a task. */
const deletedService = Effect.gen(function*() {
  const { cluster, definition } = yield* setUp
  yield* create(cluster, "gone", { taskDefinition: definition.taskDefinitionArn, desiredCount: 0 })
  yield* Ecs.send(new DeleteServiceCommand({ cluster, service: "gone" }))
  return { cluster, service: "gone" }
})

const expectRejected = <A, R>(code: string, effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.strictEqual(error.code, code)
    assert.strictEqual(error.statusCode, 400)
  })

const threeRevisions = Effect.gen(function*() {
  const family = yield* uniqueName("family")
  const definitions = yield* Effect.forEach([1, 2, 3], (i) => register(family, `nginx:${i}`))
  return { family, arns: definitions.map(({ taskDefinitionArn = "" }) => taskDefinitionArn) }
})

/** The ARNs of a family's task definitions, listed one per page. */
const listArns = (family: string, input: Partial<ListTaskDefinitionsCommandInput> = {}) =>
  Stream.runCollect(
    Ecs.items(
      new ListTaskDefinitionsCommand({ familyPrefix: family, maxResults: 1, ...input }),
      (page) => page.taskDefinitionArns
    )
  )

export const ecs = contract("Ecs", {
  "starts a new deployment of the same task definition": documented(
    "API_UpdateService",
    Effect.gen(function*() {
      const { cluster, created, definition, service } = yield* setUp
      const deployment = yield* Ecs.forceDeployment({ cluster, service })
      assert.instanceOf(deployment, Ecs.Deployment)
      assert.match(deployment.id, /^ecs-svc\/\d+$/)
      assert.notStrictEqual(deployment.id, created.deployments?.[0]?.id)
      assert.deepInclude({ ...deployment }, {
        status: "PRIMARY",
        taskDefinition: definition.taskDefinitionArn!,
        desiredCount: 2,
        failedTasks: 0,
        rolloutState: "IN_PROGRESS"
      })
    })
  ),

  "keeps the replaced deployment until the new one completes": documented(
    "API_Deployment",
    Effect.gen(function*() {
      const { cluster, created, service } = yield* setUp
      const deployment = yield* Ecs.forceDeployment({ cluster, service })
      const { services } = yield* Ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))
      assert.deepEqual(services?.[0]?.deployments?.map(({ id, status }) => [id, status]), [
        [deployment.id, "PRIMARY"],
        [created.deployments?.[0]?.id, "ACTIVE"]
      ])
    })
  ),

  "accepts ARNs in place of cluster and service names": documented(
    "API_DescribeServices",
    Effect.gen(function*() {
      const { created } = yield* setUp
      const byArn = { cluster: created.clusterArn!, service: created.serviceArn! }
      const deployment = yield* Ecs.forceDeployment(byArn)
      assert.strictEqual(deployment.status, "PRIMARY")
      assert.isTrue(yield* Ecs.isDeploymentInProgress(byArn))
    })
  ),

  "reports a deployment in progress right after the service is created": documented(
    "API_Deployment",
    Effect.gen(function*() {
      const reference = yield* setUp
      assert.isTrue(yield* Ecs.isDeploymentInProgress(reference))
      assert.strictEqual(yield* Ecs.getFailedTaskCount(reference), 0)
    })
  ),

  "fails with ClusterDoesNotExist when the cluster is missing": documented(
    "API_DescribeServices",
    Effect.gen(function*() {
      const reference = { cluster: yield* uniqueName("none"), service: "web" }
      const expected = new Ecs.ClusterDoesNotExist({ cluster: reference.cluster })
      assert.include(expected.message, reference.cluster)
      assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
    })
  ),

  "fails with ServiceDoesNotExist when the service is missing": documented(
    "API_UpdateService",
    Effect.gen(function*() {
      const reference = { cluster: (yield* setUp).cluster, service: "none" }
      const expected = new Ecs.ServiceDoesNotExist(reference)
      assert.include(expected.message, "none")
      assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
    })
  ),

  "fails with ServiceDoesNotExist when the service has been deleted": documented(
    "API_DeleteService",
    Effect.gen(function*() {
      const reference = yield* deletedService
      const expected = new Ecs.ServiceDoesNotExist(reference)
      assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
    })
  ),

  "fails with ServiceDoesNotExist when deploying a deleted service": documented(
    "API_UpdateService",
    Effect.gen(function*() {
      const reference = yield* deletedService
      const error = yield* Effect.flip(Ecs.forceDeployment(reference))
      assert.deepEqual(error, new Ecs.ServiceDoesNotExist(reference))
    })
  ),

  "starts a new deployment for a new task definition": documented(
    "API_UpdateService",
    Effect.gen(function*() {
      const { cluster, created, service } = yield* setUp
      const next = yield* register(cluster, "nginx:2")
      const input = { cluster, service, taskDefinition: `${cluster}:2` }
      const { service: updated } = yield* Ecs.send(new UpdateServiceCommand(input))
      const primary = updated?.deployments?.find(({ status }) => status === "PRIMARY")
      assert.notStrictEqual(primary?.id, created.deployments?.[0]?.id)
      assert.strictEqual(primary?.taskDefinition, next.taskDefinitionArn)
      assert.strictEqual(primary?.desiredCount, 2)
    })
  ),

  "changes the task count without a new deployment": documented(
    "API_UpdateService",
    Effect.gen(function*() {
      const { cluster, created, service } = yield* setUp
      const { service: scaled } = yield* Ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 3 }))
      assert.strictEqual(scaled?.desiredCount, 3)
      assert.deepEqual(scaled?.deployments?.map(({ desiredCount, id }) => [id, desiredCount]), [
        [created.deployments?.[0]?.id, 3]
      ])
    })
  ),

  "reports missing services in DescribeServices": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html",
    Effect.gen(function*() {
      const { cluster, service } = yield* setUp
      const { failures, services } = yield* Ecs.send(
        new DescribeServicesCommand({ cluster, services: [service, "none"] })
      )
      assert.deepEqual(services?.map(({ serviceName }) => serviceName), [service])
      assert.deepEqual(failures?.map(({ reason }) => reason), ["MISSING"])
      assert.match(failures?.[0]?.arn ?? "", /^arn:aws:ecs:.*none$/)
    })
  ),

  "rejects describing no services or more than ten": documented(
    "API_DescribeServices",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      const describe = (services: Array<string>) => Ecs.send(new DescribeServicesCommand({ cluster, services }))
      yield* expectRejected("InvalidParameterException", describe(Array.from({ length: 11 }, (_, i) => `s${i}`)))
      yield* expectRejected("InvalidParameterException", describe([]))
    })
  ),

  "streams services in pages of ten": documented(
    "API_ListServices",
    Effect.gen(function*() {
      const { cluster, definition } = yield* setUp
      const names = Array.from({ length: 22 }, (_, i) => `worker-${i}`)
      yield* Effect.forEach(names, (name) => create(cluster, name, { taskDefinition: definition.taskDefinitionArn }))
      const pages = yield* Stream.runCollect(
        Stream.map(Ecs.pages(new ListServicesCommand({ cluster })), ({ serviceArns = [] }) => serviceArns)
      )
      assert.deepEqual(pages.map((page) => page.length), [10, 10, 3])
      assert.deepEqual(
        pages.flat().map((arn) => arn.slice(arn.lastIndexOf("/") + 1)).sort(),
        [...names, "web"].sort()
      )
    })
  ),

  "creates a service once, and returns it again for the same client token": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html",
    Effect.gen(function*() {
      const { cluster, definition } = yield* setUp
      const input = { taskDefinition: definition.taskDefinitionArn, clientToken: yield* uuid }
      const first = yield* create(cluster, "once", input)
      assert.strictEqual((yield* create(cluster, "once", input)).deployments?.[0]?.id, first.deployments?.[0]?.id)
      yield* expectRejected("InvalidParameterException", create(cluster, "once", { ...input, clientToken: undefined }))
      yield* expectRejected("InvalidParameterException", create(cluster, "once", { ...input, desiredCount: 5 }))
    })
  ),

  "rejects a service in a missing cluster": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const missing = yield* uniqueName("none")
      yield* expectRejected("ClusterNotFoundException", create(missing, "web", { taskDefinition: missing }))
    })
  ),

  "rejects a service with a missing task definition": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      yield* expectRejected("ClientException", create(cluster, "other", { taskDefinition: yield* uniqueName("none") }))
    })
  ),

  "rejects a malformed service name": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      yield* expectRejected("InvalidParameterException", create(cluster, "with space", { taskDefinition: cluster }))
    })
  ),

  "deletes a service with running tasks only by force": documented(
    "API_DeleteService",
    Effect.gen(function*() {
      const { cluster, service } = yield* setUp
      yield* expectRejected("InvalidParameterException", Ecs.send(new DeleteServiceCommand({ cluster, service })))
      yield* expectRejected(
        "ServiceNotFoundException",
        Ecs.send(new DeleteServiceCommand({ cluster, service: "none" }))
      )
      yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
    })
  ),

  "stops listing a deleted service": documented(
    "API_DeleteService",
    Effect.gen(function*() {
      const { cluster, service } = yield* setUp
      yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
      assert.deepEqual((yield* Ecs.send(new ListServicesCommand({ cluster }))).serviceArns, [])
    })
  ),

  "refuses to delete a cluster that contains a service": documented(
    "API_DeleteCluster",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      yield* expectRejected("ClusterContainsServicesException", Ecs.send(new DeleteClusterCommand({ cluster })))
    })
  ),

  "marks a deleted cluster as inactive": documented(
    "API_DeleteCluster",
    Effect.gen(function*() {
      const cluster = yield* uniqueName("capture")
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      const { cluster: gone } = yield* Ecs.send(new DeleteClusterCommand({ cluster }))
      assert.strictEqual(gone?.status, "INACTIVE")
      const { clusters } = yield* Ecs.send(new DescribeClustersCommand({ clusters: [cluster] }))
      assert.deepEqual(clusters?.map(({ status }) => status), ["INACTIVE"])
    })
  ),

  "fails with ClusterDoesNotExist when the cluster has been deleted": believed(
    "ECS answers ClusterNotFoundException for an inactive cluster, as reports of users show",
    Effect.gen(function*() {
      const cluster = yield* uniqueName("capture")
      yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      yield* Ecs.send(new DeleteClusterCommand({ cluster }))
      const expected = new Ecs.ClusterDoesNotExist({ cluster })
      assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment({ cluster, service: "web" })), expected)
      assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress({ cluster, service: "web" })), expected)
    })
  ),

  "reports missing clusters in DescribeClusters": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      const missing = yield* uniqueName("none")
      const { clusters, failures } = yield* Ecs.send(new DescribeClustersCommand({ clusters: [cluster, missing] }))
      assert.deepEqual(clusters?.map(({ clusterName, status }) => [clusterName, status]), [[cluster, "ACTIVE"]])
      assert.deepEqual(failures?.map(({ reason }) => reason), ["MISSING"])
    })
  ),

  "keeps an existing cluster when it is created again": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      const again = yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
      assert.strictEqual(again.cluster?.activeServicesCount, 1)
      assert.lengthOf((yield* Ecs.send(new ListServicesCommand({ cluster }))).serviceArns ?? [], 1)
    })
  ),

  "rejects a malformed cluster name": documented(
    "API_CreateCluster",
    expectRejected(
      "InvalidParameterException",
      Ecs.send(new CreateClusterCommand({ clusterName: "with space" }))
    )
  ),

  "numbers, lists and deregisters task definition revisions": documented(
    "API_DeregisterTaskDefinition",
    Effect.gen(function*() {
      const { arns, family } = yield* threeRevisions
      assert.isTrue(arns[2]?.endsWith(`task-definition/${family}:3`))
      assert.deepEqual(yield* listArns(family), arns)
      yield* Ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: `${family}:3` }))
      assert.deepEqual(yield* listArns(family), arns.slice(0, 2))
      assert.deepEqual(yield* listArns(family, { status: "INACTIVE" }), arns.slice(2))
      const describe = (taskDefinition: string) => Ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))
      const { taskDefinition } = yield* describe(family)
      assert.strictEqual(taskDefinition?.revision, 2)
      assert.strictEqual(taskDefinition?.containerDefinitions?.[0]?.image, "nginx:2")
      yield* expectRejected("ClientException", describe(`${family}:9`))
    })
  ),

  "lists task definitions in descending order": documented(
    "API_ListTaskDefinitions",
    Effect.gen(function*() {
      const { arns, family } = yield* threeRevisions
      assert.deepEqual(yield* listArns(family, { sort: "DESC" }), arns.toReversed())
    })
  ),

  "rejects a task definition without containers": believed(
    "seen in a report of a user: https://github.com/awsdocs/aws-cloudformation-user-guide/pull/454",
    Effect.gen(function*() {
      const family = yield* uniqueName("family")
      const withoutContainers = new RegisterTaskDefinitionCommand({ family, containerDefinitions: [] })
      yield* expectRejected("ClientException", Ecs.send(withoutContainers))
    })
  ),

  "rejects a container without an image or memory": believed(
    "seen in reports of users, such as https://github.com/cuttlesoft/ecs-deploy.py/issues/17",
    Effect.gen(function*() {
      const family = yield* uniqueName("family")
      const wrong = [[{ name: "main", memory: 64 }], [{ name: "main", image: "nginx" }]]
      yield* Effect.forEach(
        wrong,
        (containerDefinitions) =>
          expectRejected(
            "ClientException",
            Ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }))
          )
      )
    })
  ),

  "tags clusters, services and task definitions": documented(
    "API_TagResource",
    Effect.gen(function*() {
      const { created, definition } = yield* setUp
      for (const resourceArn of [created.clusterArn, created.serviceArn, definition.taskDefinitionArn]) {
        const tags = [{ key: "team", value: "capture" }, { key: "stage", value: "test" }]
        yield* Ecs.send(new TagResourceCommand({ resourceArn, tags }))
        yield* Ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["team"] }))
        const listed = yield* Ecs.send(new ListTagsForResourceCommand({ resourceArn }))
        assert.deepEqual(listed.tags, tags.slice(1))
      }
    })
  ),

  "rejects creating a cluster again with other settings": documented(
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      const again = new CreateClusterCommand({ clusterName: cluster, capacityProviders: ["FARGATE"] })
      yield* expectRejected("InvalidParameterException", Ecs.send(again))
    })
  ),

  "rejects a launch type together with capacity providers": documented(
    "API_CreateService",
    Effect.gen(function*() {
      const { cluster, definition } = yield* setUp
      yield* expectRejected(
        "InvalidParameterException",
        create(cluster, "both", {
          taskDefinition: definition.taskDefinitionArn,
          launchType: "EC2",
          capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }]
        })
      )
    })
  ),

  "reports the platform version and the network of a service on Fargate": documented(
    "API_Deployment",
    Effect.gen(function*() {
      const { cluster } = yield* setUp
      yield* Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: `${cluster}-fargate`,
          networkMode: "awsvpc",
          requiresCompatibilities: ["FARGATE"],
          cpu: "256",
          memory: "512",
          containerDefinitions: [{ name: "main", image: "nginx:1" }]
        })
      )
      const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
      const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
      const { GroupId = "" } = yield* Ec2.send(
        new CreateSecurityGroupCommand({ VpcId: Vpc?.VpcId, GroupName: cluster, Description: "contract" })
      )
      const awsvpcConfiguration = { subnets: [Subnet?.SubnetId ?? ""], securityGroups: [GroupId] }
      const created = yield* create(cluster, "fargate", {
        taskDefinition: `${cluster}-fargate`,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration }
      })
      assert.deepInclude({ ...created }, { launchType: "FARGATE", platformVersion: "LATEST" })
      assert.strictEqual(created.deployments?.[0]?.platformVersion, "1.4.0")
      assert.deepInclude({ ...created.networkConfiguration?.awsvpcConfiguration }, awsvpcConfiguration)
    })
  )
})

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
  ListTaskDefinitionsCommand,
  type ListTaskDefinitionsCommandInput,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, Ecs } from "effect-aws-sdk"
import { contract } from "./Contract.ts"

const uuid = Effect.sync(() => crypto.randomUUID())

/** A name that no other case has. */
const unique = (name: string) => Effect.map(uuid, (id) => `${name}-${id.slice(0, 8)}`)

const register = (family: string, image = "nginx:1") =>
  Ecs.send(
    new RegisterTaskDefinitionCommand({ family, containerDefinitions: [{ name: "main", image, memory: 64 }] })
  ).pipe(Effect.map(({ taskDefinition }) => taskDefinition!))

const create = (cluster: string, serviceName: string, input: Partial<CreateServiceCommandInput> = {}) =>
  Ecs.send(new CreateServiceCommand({ cluster, serviceName, desiredCount: 2, ...input })).pipe(
    Effect.map(({ service }) => service!)
  )

/** A cluster, with a service in it. */
const setUp = Effect.gen(function*() {
  const cluster = yield* unique("capture")
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  const definition = yield* register(cluster)
  const created = yield* create(cluster, "web", { taskDefinition: definition.taskDefinitionArn })
  return { cluster, service: "web", definition, created }
})

/** A service that ran no task, and is no more. */
const deleted = Effect.gen(function*() {
  const { cluster, definition } = yield* setUp
  yield* create(cluster, "gone", { taskDefinition: definition.taskDefinitionArn, desiredCount: 0 })
  yield* Ecs.send(new DeleteServiceCommand({ cluster, service: "gone" }))
  return { cluster, service: "gone" }
})

const refused = <A, R>(code: string, effect: Effect.Effect<A, AwsError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.strictEqual(error.code, code)
    assert.strictEqual(error.statusCode, 400)
  })

const revisions = Effect.gen(function*() {
  const family = yield* unique("family")
  const definitions = yield* Effect.forEach([1, 2, 3], (i) => register(family, `nginx:${i}`))
  return { family, arns: definitions.map(({ taskDefinitionArn = "" }) => taskDefinitionArn) }
})

/** The ARNs of a family's task definitions, a page each. */
const listed = (family: string, input: Partial<ListTaskDefinitionsCommandInput> = {}) =>
  Stream.runCollect(
    Ecs.items(
      new ListTaskDefinitionsCommand({ familyPrefix: family, maxResults: 1, ...input }),
      (page) => page.taskDefinitionArns
    )
  )

export const ecs = contract("Ecs", {
  "forceDeployment starts another deployment of the same task definition": Effect.gen(function*() {
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
  }),

  "the deployment that is replaced stays until the new one has completed": Effect.gen(function*() {
    const { cluster, created, service } = yield* setUp
    const deployment = yield* Ecs.forceDeployment({ cluster, service })
    const { services } = yield* Ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))
    assert.deepEqual(services?.[0]?.deployments?.map(({ id, status }) => [id, status]), [
      [deployment.id, "PRIMARY"],
      [created.deployments?.[0]?.id, "ACTIVE"]
    ])
  }),

  "a cluster and a service go by name or by ARN": Effect.gen(function*() {
    const { created } = yield* setUp
    const byArn = { cluster: created.clusterArn!, service: created.serviceArn! }
    const deployment = yield* Ecs.forceDeployment(byArn)
    assert.strictEqual(deployment.status, "PRIMARY")
    assert.isTrue(yield* Ecs.isDeploymentInProgress(byArn))
  }),

  "a deployment is in progress right after the service was created": Effect.gen(function*() {
    const reference = yield* setUp
    assert.isTrue(yield* Ecs.isDeploymentInProgress(reference))
    assert.strictEqual(yield* Ecs.getFailedTaskCount(reference), 0)
  }),

  "everything fails with ClusterDoesNotExist": Effect.gen(function*() {
    const reference = { cluster: yield* unique("none"), service: "web" }
    const expected = new Ecs.ClusterDoesNotExist({ cluster: reference.cluster })
    assert.include(expected.message, reference.cluster)
    assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
  }),

  "everything fails with ServiceDoesNotExist": Effect.gen(function*() {
    const reference = { cluster: (yield* setUp).cluster, service: "none" }
    const expected = new Ecs.ServiceDoesNotExist(reference)
    assert.include(expected.message, "none")
    assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
  }),

  "a service that was deleted does not exist": Effect.gen(function*() {
    const reference = yield* deleted
    const expected = new Ecs.ServiceDoesNotExist(reference)
    assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.getFailedTaskCount(reference)), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.waitForDeployment(reference)), expected)
  }),

  "a service that was deleted is not deployed": Effect.gen(function*() {
    const reference = yield* deleted
    const error = yield* Effect.flip(Ecs.forceDeployment(reference))
    assert.deepEqual(error, new Ecs.ServiceDoesNotExist(reference))
  }),

  "another task definition is another deployment": Effect.gen(function*() {
    const { cluster, created, service } = yield* setUp
    const next = yield* register(cluster, "nginx:2")
    const input = { cluster, service, taskDefinition: `${cluster}:2` }
    const { service: updated } = yield* Ecs.send(new UpdateServiceCommand(input))
    const primary = updated?.deployments?.find(({ status }) => status === "PRIMARY")
    assert.notStrictEqual(primary?.id, created.deployments?.[0]?.id)
    assert.strictEqual(primary?.taskDefinition, next.taskDefinitionArn)
    assert.strictEqual(primary?.desiredCount, 2)
  }),

  "another count is no other deployment": Effect.gen(function*() {
    const { cluster, created, service } = yield* setUp
    const { service: scaled } = yield* Ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 3 }))
    assert.strictEqual(scaled?.desiredCount, 3)
    assert.deepEqual(scaled?.deployments?.map(({ desiredCount, id }) => [id, desiredCount]), [
      [created.deployments?.[0]?.id, 3]
    ])
  }),

  "DescribeServices tells which are missing": Effect.gen(function*() {
    const { cluster, service } = yield* setUp
    const { failures, services } = yield* Ecs.send(
      new DescribeServicesCommand({ cluster, services: [service, "none"] })
    )
    assert.deepEqual(services?.map(({ serviceName }) => serviceName), [service])
    assert.deepEqual(failures?.map(({ reason }) => reason), ["MISSING"])
    assert.match(failures?.[0]?.arn ?? "", /^arn:aws:ecs:.*none$/)
  }),

  "DescribeServices describes one to ten": Effect.gen(function*() {
    const { cluster } = yield* setUp
    const describe = (services: Array<string>) => Ecs.send(new DescribeServicesCommand({ cluster, services }))
    yield* refused("InvalidParameterException", describe(Array.from({ length: 11 }, (_, i) => `s${i}`)))
    yield* refused("InvalidParameterException", describe([]))
  }),

  "ListServices streams three pages of ten": Effect.gen(function*() {
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
  }),

  "a service is created once, unless by the same client token": Effect.gen(function*() {
    const { cluster, definition } = yield* setUp
    const input = { taskDefinition: definition.taskDefinitionArn, clientToken: yield* uuid }
    const first = yield* create(cluster, "once", input)
    assert.strictEqual((yield* create(cluster, "once", input)).deployments?.[0]?.id, first.deployments?.[0]?.id)
    yield* refused("InvalidParameterException", create(cluster, "once", { ...input, clientToken: undefined }))
    yield* refused("InvalidParameterException", create(cluster, "once", { ...input, desiredCount: 5 }))
  }),

  "a service is not created without a cluster": Effect.gen(function*() {
    const none = yield* unique("none")
    yield* refused("ClusterNotFoundException", create(none, "web", { taskDefinition: none }))
  }),

  "a service is not created without a task definition": Effect.gen(function*() {
    const { cluster } = yield* setUp
    yield* refused("ClientException", create(cluster, "other", { taskDefinition: yield* unique("none") }))
  }),

  "a service is not created by a malformed name": Effect.gen(function*() {
    const { cluster } = yield* setUp
    yield* refused("InvalidParameterException", create(cluster, "with space", { taskDefinition: cluster }))
  }),

  "a service is deleted when it is scaled to zero, or by force": Effect.gen(function*() {
    const { cluster, service } = yield* setUp
    yield* refused("InvalidParameterException", Ecs.send(new DeleteServiceCommand({ cluster, service })))
    yield* refused("ServiceNotFoundException", Ecs.send(new DeleteServiceCommand({ cluster, service: "none" })))
    yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
  }),

  "a service that is deleted is no longer listed": Effect.gen(function*() {
    const { cluster, service } = yield* setUp
    yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
    assert.deepEqual((yield* Ecs.send(new ListServicesCommand({ cluster }))).serviceArns, [])
  }),

  "a cluster is not deleted while there is a service in it": Effect.gen(function*() {
    const { cluster } = yield* setUp
    yield* refused("ClusterContainsServicesException", Ecs.send(new DeleteClusterCommand({ cluster })))
  }),

  "a cluster that is deleted is inactive": Effect.gen(function*() {
    const cluster = yield* unique("capture")
    yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    const { cluster: gone } = yield* Ecs.send(new DeleteClusterCommand({ cluster }))
    assert.strictEqual(gone?.status, "INACTIVE")
    const { clusters } = yield* Ecs.send(new DescribeClustersCommand({ clusters: [cluster] }))
    assert.deepEqual(clusters?.map(({ status }) => status), ["INACTIVE"])
  }),

  "a cluster that was deleted does not exist": Effect.gen(function*() {
    const cluster = yield* unique("capture")
    yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    yield* Ecs.send(new DeleteClusterCommand({ cluster }))
    const expected = new Ecs.ClusterDoesNotExist({ cluster })
    assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment({ cluster, service: "web" })), expected)
    assert.deepEqual(yield* Effect.flip(Ecs.isDeploymentInProgress({ cluster, service: "web" })), expected)
  }),

  "DescribeClusters tells which are missing": Effect.gen(function*() {
    const { cluster } = yield* setUp
    const none = yield* unique("none")
    const { clusters, failures } = yield* Ecs.send(new DescribeClustersCommand({ clusters: [cluster, none] }))
    assert.deepEqual(clusters?.map(({ clusterName, status }) => [clusterName, status]), [[cluster, "ACTIVE"]])
    assert.deepEqual(failures?.map(({ reason }) => reason), ["MISSING"])
  }),

  "a cluster that is created again stays as it is": Effect.gen(function*() {
    const { cluster } = yield* setUp
    const again = yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
    assert.strictEqual(again.cluster?.activeServicesCount, 1)
    assert.lengthOf((yield* Ecs.send(new ListServicesCommand({ cluster }))).serviceArns ?? [], 1)
  }),

  "a cluster is not created by a malformed name": refused(
    "InvalidParameterException",
    Ecs.send(new CreateClusterCommand({ clusterName: "with space" }))
  ),

  "task definitions have revisions": Effect.gen(function*() {
    const { arns, family } = yield* revisions
    assert.isTrue(arns[2]?.endsWith(`task-definition/${family}:3`))
    assert.deepEqual(yield* listed(family), arns)
    yield* Ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: `${family}:3` }))
    assert.deepEqual(yield* listed(family), arns.slice(0, 2))
    assert.deepEqual(yield* listed(family, { status: "INACTIVE" }), arns.slice(2))
    const describe = (taskDefinition: string) => Ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))
    const { taskDefinition } = yield* describe(family)
    assert.strictEqual(taskDefinition?.revision, 2)
    assert.strictEqual(taskDefinition?.containerDefinitions?.[0]?.image, "nginx:2")
    yield* refused("ClientException", describe(`${family}:9`))
  }),

  "task definitions are listed backwards too": Effect.gen(function*() {
    const { arns, family } = yield* revisions
    assert.deepEqual(yield* listed(family, { sort: "DESC" }), arns.toReversed())
  }),

  "a task definition needs a container": Effect.gen(function*() {
    const family = yield* unique("family")
    const none = new RegisterTaskDefinitionCommand({ family, containerDefinitions: [] })
    yield* refused("ClientException", Ecs.send(none))
  }),

  "a container needs an image and memory": Effect.gen(function*() {
    const family = yield* unique("family")
    const wrong = [[{ name: "main", memory: 64 }], [{ name: "main", image: "nginx" }]]
    yield* Effect.forEach(
      wrong,
      (containerDefinitions) =>
        refused("ClientException", Ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions })))
    )
  })
})

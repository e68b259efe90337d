import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  type Deployment as SdkDeployment,
  type DeploymentCircuitBreaker,
  DescribeServicesCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Logger, Result, Schedule } from "effect"
import { Ecs, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const cluster = "capture"
const service = "nodes"
const nodes = { cluster, service }

const register = (image: string) =>
  Ecs.send(
    new RegisterTaskDefinitionCommand({ family: "nodes", containerDefinitions: [{ name: "main", image, memory: 64 }] })
  )

/** Creates the cluster, with a container instance for its tasks. */
const createCluster = Effect.andThen(
  Ecs.send(new CreateClusterCommand({ clusterName: cluster })),
  Ecs.send(new RegisterContainerInstanceCommand({ cluster }))
)

/** Creates a service of two tasks and waits until its first deployment has completed. */
const createStable = (deploymentCircuitBreaker: DeploymentCircuitBreaker = { enable: false, rollback: false }) =>
  Effect.gen(function*() {
    yield* createCluster
    yield* register("nginx:1")
    yield* Ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName: service,
        taskDefinition: "nodes",
        desiredCount: 2,
        deploymentConfiguration: { deploymentCircuitBreaker }
      })
    )
    yield* TestClock.adjust("3 minutes")
  })

const onlyFail: DeploymentCircuitBreaker = { enable: true, rollback: false }
const rollBack: DeploymentCircuitBreaker = { enable: true, rollback: true }

/** Deploys an image that can't be pulled: no host name ends in `.invalid`. */
const deployBroken = Effect.gen(function*() {
  yield* register("registry.invalid/nodes:2")
  yield* Ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: "nodes" }))
})

const described = Ecs.send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
  Effect.map(({ services }) => services![0]!)
)

const pollCount = Effect.map(
  InMemory.calls,
  (calls) => calls.filter(({ operation }) => operation === "DescribeServices").length
)

/** The result of the wait after this much time. */
const resultAfter = (duration: Duration.Input, options?: Partial<Parameters<typeof Ecs.waitForDeployment>[0]>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.result(Ecs.waitForDeployment({ ...nodes, ...options })))
    yield* TestClock.adjust(duration)
    return yield* Fiber.join(fiber)
  })

const deploymentFailure = (result: Effect.Success<ReturnType<typeof resultAfter>>): Ecs.DeploymentFailed => {
  const error = Result.isFailure(result) ? result.failure : undefined
  if (error?._tag !== "DeploymentFailed") throw new Error(`expected DeploymentFailed, not ${error ?? "success"}`)
  return error
}

const denyAccess = InMemory.handle(
  DescribeServicesCommand,
  () => Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 403 }))
)

describe("waitForDeployment", () => {
  it.effect("returns the deployment once it has completed, polling every 15 seconds", () =>
    Effect.gen(function*() {
      yield* createStable()
      const deployment = yield* Ecs.forceDeployment(nodes)
      const completed = Result.getOrThrow(yield* resultAfter("3 minutes", { deployment }))
      assert.instanceOf(completed, Ecs.Deployment)
      assert.strictEqual(completed.id, deployment.id)
      assert.strictEqual(completed.rolloutState, "COMPLETED")
      assert.strictEqual(completed.runningCount, 2)
      assert.strictEqual(yield* pollCount, 1 + 12)
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for the primary deployment by default, and returns at once if it has completed", () =>
    Effect.gen(function*() {
      yield* createStable()
      assert.strictEqual((yield* Ecs.waitForDeployment(nodes)).rolloutState, "COMPLETED")
      const forced = yield* Ecs.forceDeployment(nodes)
      assert.strictEqual(Result.getOrThrow(yield* resultAfter("3 minutes")).id, forced.id)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the reason and the number of failed tasks, and logs what to do", () =>
    Effect.gen(function*() {
      yield* createStable(onlyFail)
      yield* deployBroken
      const errors: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") errors.push(String(message))
      })
      const error = deploymentFailure(yield* resultAfter("10 minutes").pipe(Effect.provide(Logger.layer([logger]))))
      assert.deepInclude({ ...error }, {
        cluster,
        service,
        reason: "ECS deployment circuit breaker: tasks failed to start.",
        failedTasks: 4
      })
      assert.isUndefined(error.replacedBy)
      assert.include(
        error.message,
        "(4 failed tasks): ECS deployment circuit breaker: tasks failed to start. For details, see the"
      )
      assert.deepEqual(errors, [error.message])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails when the service is rolled back, even if it is stable again", () =>
    Effect.gen(function*() {
      yield* createStable(rollBack)
      const good = (yield* described).deployments?.[0]?.id
      yield* deployBroken
      const error = deploymentFailure(yield* resultAfter("10 minutes"))
      assert.strictEqual(error.reason, "ECS deployment circuit breaker: tasks failed to start.")
      assert.strictEqual(error.replacedBy, good)
      assert.include(error.message, `The service now runs deployment ${good}`)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("detects from the service's events a rollback that completes between two polls", () =>
    Effect.gen(function*() {
      yield* createStable(rollBack)
      yield* deployBroken
      const error = deploymentFailure(yield* resultAfter("1 hour", { schedule: Schedule.spaced("20 minutes") }))
      assert.match(
        error.reason,
        /^\(service nodes\) \(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start/
      )
      assert.strictEqual(yield* pollCount, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails when ECS rolls back before it marks the deployment as failed", () =>
    Effect.gen(function*() {
      const reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."
      yield* answerWith([
        { id: "ecs-svc/1", status: "PRIMARY", rolloutState: "IN_PROGRESS", rolloutStateReason: reason },
        { id: "ecs-svc/2", status: "ACTIVE", rolloutState: "IN_PROGRESS", failedTasks: 3 }
      ])
      const error = deploymentFailure(yield* resultAfter(0, { deployment: awaited }))
      assert.deepInclude({ ...error }, { reason, failedTasks: 3, replacedBy: "ecs-svc/1" })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails when a newer deployment replaces the awaited one", () =>
    Effect.gen(function*() {
      yield* createStable()
      const deployment = yield* Ecs.forceDeployment(nodes)
      yield* TestClock.adjust("1 minute")
      const newer = yield* Ecs.forceDeployment(nodes)
      const error = deploymentFailure(yield* resultAfter(0, { deployment }))
      assert.strictEqual(error.deployment, deployment.id)
      assert.strictEqual(error.replacedBy, newer.id)
      assert.strictEqual(error.reason, `deployment ${newer.id} replaced it before it completed`)
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(deploymentFailure(yield* resultAfter(0, { deployment })).replacedBy, newer.id)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("succeeds when the deployment completes and is replaced between two polls", () =>
    Effect.gen(function*() {
      yield* createStable()
      const deployment = yield* Ecs.forceDeployment(nodes)
      const wait = Ecs.waitForDeployment({ ...nodes, deployment, schedule: Schedule.spaced("10 minutes") })
      const fiber = yield* Effect.forkChild(wait)
      yield* TestClock.adjust("4 minutes")
      yield* Ecs.forceDeployment(nodes)
      yield* TestClock.adjust("6 minutes")
      const completed = yield* Fiber.join(fiber)
      assert.strictEqual(completed.id, deployment.id)
      assert.strictEqual(completed.rolloutState, "COMPLETED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for a deployment that ECS doesn't list yet", () =>
    Effect.gen(function*() {
      const old: SdkDeployment = {
        id: "ecs-svc/1",
        status: "PRIMARY",
        rolloutState: "COMPLETED",
        createdAt: new Date(1_000)
      }
      yield* answerWith([old])
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment({ ...nodes, deployment: awaited }))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* answerWith([{ id: "ecs-svc/2", status: "PRIMARY", rolloutState: "COMPLETED" }, {
        ...old,
        status: "ACTIVE"
      }])
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).id, "ecs-svc/2")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("treats a lone deployment without a rollout state as completed once all its tasks run", () =>
    Effect.gen(function*() {
      const counts = { desiredCount: 2, runningCount: 2 }
      yield* answerWith([{ id: "ecs-svc/2", status: "PRIMARY", ...counts }, { id: "ecs-svc/1", status: "ACTIVE" }])
      assert.isTrue(yield* Ecs.isDeploymentInProgress(nodes))
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment(nodes))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* answerWith([{ id: "ecs-svc/2", status: "PRIMARY", ...counts }])
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).rolloutState, "COMPLETED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps waiting when the rollout state is unknown or there is no deployment", () =>
    Effect.gen(function*() {
      yield* answerWith([{ id: "ecs-svc/2", status: "PRIMARY", rolloutState: "PAUSED" as never }])
      const paused = yield* resultAfter("1 hour")
      assert.strictEqual(Result.isFailure(paused) && paused.failure._tag, "WaitTimedOut")
      yield* answerWith([])
      const none = yield* resultAfter("1 hour")
      assert.strictEqual(Result.isFailure(none) && none.failure._tag, "WaitTimedOut")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("times out with the last known deployment when no circuit breaker stops it", () =>
    Effect.gen(function*() {
      yield* createStable()
      yield* deployBroken
      const result = yield* resultAfter("30 minutes", { timeout: "30 minutes" })
      const error = Result.isFailure(result) ? result.failure : undefined
      assert.strictEqual(error?._tag, "WaitTimedOut")
      if (error?._tag === "WaitTimedOut") {
        assert.strictEqual(error.last?.rolloutState, "IN_PROGRESS")
        assert.isAbove(error.last?.failedTasks ?? 0, 20)
        assert.strictEqual(Duration.toMinutes(error.waited), 30)
        assert.include(error.message, "the deployment of ECS service nodes in cluster capture to complete")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with ServiceDoesNotExist when the service is deleted during the wait", () =>
    Effect.gen(function*() {
      yield* createStable()
      yield* Ecs.forceDeployment(nodes)
      const fiber = yield* Effect.forkChild(Effect.flip(Ecs.waitForDeployment(nodes)))
      yield* TestClock.adjust("1 minute")
      yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* Fiber.join(fiber), new Ecs.ServiceDoesNotExist(nodes))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("polls by the caller's schedule", () =>
    Effect.gen(function*() {
      yield* createStable()
      yield* Ecs.forceDeployment(nodes)
      yield* resultAfter("3 minutes", { schedule: Schedule.spaced("1 minute") })
      assert.strictEqual(yield* pollCount, 4)
      yield* deployBroken
      const ended = yield* resultAfter("1 hour", { schedule: Schedule.upTo(Schedule.spaced("1 minute"), { times: 4 }) })
      assert.strictEqual(Result.isFailure(ended) && ended.failure._tag, "WaitTimedOut")
      assert.strictEqual(yield* pollCount, 4 + 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps polling when polls are throttled", () =>
    Effect.gen(function*() {
      yield* createStable()
      yield* Ecs.forceDeployment(nodes)
      yield* InMemory.inject({ operation: "DescribeServices", times: 13, fault: InMemory.throttled })
      assert.isTrue(Result.isSuccess(yield* resultAfter("4 minutes")))
      assert.strictEqual(yield* pollCount, 14)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails at once when access is denied", () =>
    Effect.gen(function*() {
      yield* denyAccess
      const error = yield* Effect.flip(Ecs.waitForDeployment(nodes))
      assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "AccessDenied")
      assert.strictEqual(yield* pollCount, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no further call when interrupted", () =>
    Effect.gen(function*() {
      yield* createStable()
      yield* Ecs.forceDeployment(nodes)
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment(nodes))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      const before = yield* pollCount
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* pollCount, before)
    }).pipe(Effect.provide(InMemory.layer())))
})

/** A deployment that was created two seconds after the epoch. */
const awaited = new Ecs.Deployment({
  id: "ecs-svc/2",
  status: "PRIMARY",
  taskDefinition: "",
  desiredCount: 2,
  pendingCount: 2,
  runningCount: 0,
  failedTasks: 0,
  rolloutState: "IN_PROGRESS",
  createdAt: new Date(2_000)
})

const alwaysSent = { taskDefinition: "nodes:1", desiredCount: 2, pendingCount: 0, runningCount: 0, failedTasks: 0 }

const answerWith = (deployments: Array<SdkDeployment>) =>
  InMemory.handle(
    DescribeServicesCommand,
    () =>
      Effect.succeed({
        services: [{
          status: "ACTIVE",
          deployments: deployments.map((deployment) => ({ ...alwaysSent, ...deployment })),
          events: []
        }]
      })
  )

describe("a rollout in memory", () => {
  it.effect("fails two tasks every two minutes when the image can't be pulled", () =>
    Effect.gen(function*() {
      yield* createStable()
      assert.strictEqual(yield* Ecs.getFailedTaskCount(nodes), 0)
      yield* deployBroken
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* Ecs.getFailedTaskCount(nodes), 2)
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual(yield* Ecs.getFailedTaskCount(nodes), 22)
      assert.isTrue(yield* Ecs.isDeploymentInProgress(nodes))
      const { deployments, runningCount } = yield* described
      assert.deepEqual(deployments?.map(({ runningCount, status }) => [status, runningCount]), [
        ["PRIMARY", 0],
        ["ACTIVE", 2]
      ])
      assert.strictEqual(runningCount, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stops a rollout when its failed tasks exceed the circuit breaker's threshold", () =>
    Effect.gen(function*() {
      yield* createStable({ ...onlyFail, thresholdConfiguration: { type: "COUNT", value: 5 } })
      yield* deployBroken
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* described).deployments?.[0]?.rolloutState, "IN_PROGRESS")
      yield* TestClock.adjust("1 minute")
      const [primary, before] = (yield* described).deployments ?? []
      assert.strictEqual(primary?.rolloutState, "FAILED")
      assert.strictEqual(before?.runningCount, 2)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Ecs.getFailedTaskCount(nodes), 6)
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rolls back to the last deployment that completed", () =>
    Effect.gen(function*() {
      yield* createStable(rollBack)
      const good = (yield* described).deployments?.[0]
      yield* deployBroken
      yield* TestClock.adjust("4 minutes")
      const rolling = yield* described
      assert.deepEqual(
        rolling.deployments?.map(({ id, rolloutState, status }) => [id === good?.id, status, rolloutState]),
        [
          [true, "PRIMARY", "IN_PROGRESS"],
          [false, "ACTIVE", "FAILED"]
        ]
      )
      assert.isTrue(yield* Ecs.isDeploymentInProgress(nodes))
      yield* TestClock.adjust("3 minutes")
      const { deployments, events } = yield* described
      assert.deepEqual(deployments?.map(({ id, rolloutState }) => [id, rolloutState]), [[good?.id, "COMPLETED"]])
      assert.include(events?.[0]?.message, "has reached a steady state")
      assert.strictEqual(yield* Ecs.getFailedTaskCount(nodes), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("scales up and down within a minute", () =>
    Effect.gen(function*() {
      yield* createStable()
      const scale = (desiredCount: number) => Ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }))
      const counts = Effect.map(described, ({ desiredCount, pendingCount, runningCount }) => [
        desiredCount,
        runningCount,
        pendingCount
      ])
      yield* scale(5)
      assert.deepEqual(yield* counts, [5, 2, 3])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* counts, [5, 5, 0])
      yield* scale(0)
      assert.deepEqual(yield* counts, [0, 5, 0])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* counts, [0, 0, 0])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("drains a service deleted by force, then frees its name", () =>
    Effect.gen(function*() {
      yield* createStable()
      const create = Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: "nodes", desiredCount: 1 })
      )
      const remove = Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
      yield* remove
      assert.strictEqual((yield* described).status, "DRAINING")
      assert.strictEqual((yield* Effect.flip(create)).code, "InvalidParameterException")
      assert.deepEqual(yield* Effect.flip(Ecs.forceDeployment(nodes)), new Ecs.ServiceDoesNotExist(nodes))
      assert.strictEqual(
        (yield* Effect.flip(Ecs.send(new DeleteClusterCommand({ cluster })))).code,
        "ClusterContainsServicesException"
      )
      yield* TestClock.adjust("1 minute")
      const { deployments, status } = yield* described
      assert.strictEqual(status, "INACTIVE")
      assert.deepEqual(deployments, [])
      yield* create
      assert.strictEqual((yield* described).status, "ACTIVE")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a service in memory", () => {
  const create = (input: Partial<CreateServiceCommandInput>) =>
    Effect.map(
      Ecs.send(
        new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: "nodes", desiredCount: 1, ...input })
      ),
      ({ service }) => service!
    )

  const setUp = Effect.andThen(createCluster, register("nginx:1"))

  it.effect("dies if it needs more than rolling deployments of tasks", () =>
    Effect.gen(function*() {
      yield* setUp
      for (
        const [input, message] of [
          [{ deploymentController: { type: "CODE_DEPLOY" } }, "rolling deployments only"],
          [{ deploymentConfiguration: { strategy: "BLUE_GREEN" } }, "rolling deployments only"],
          [{ deploymentConfiguration: { bakeTimeInMinutes: 5 } }, "bake time"],
          [
            { deploymentConfiguration: { alarms: { alarmNames: ["a"], enable: true, rollback: true } } },
            "watch alarms during a deployment"
          ],
          [{ serviceConnectConfiguration: { enabled: true } }, "Service Connect"],
          [{ launchType: "EXTERNAL" }, "EXTERNAL"],
          [{ launchType: "EC2", placementConstraints: [{ type: "distinctInstance" }] }, "placementConstraints"],
          [{ launchType: "EC2", placementStrategy: [{ type: "random" }] }, "placementStrategy"],
          [{ monitoring: {} }, "monitoring in CreateService"]
        ] as const
      ) {
        const exit = yield* Effect.exit(create(input as Partial<CreateServiceCommandInput>))
        assert.isTrue(Exit.hasDies(exit), message)
        if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), message)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("shows its volumes in its deployments, and starts a new deployment when they change", () =>
    Effect.gen(function*() {
      yield* setUp
      const volumes = (sizeInGiB: number) => [
        { name: "data", managedEBSVolume: { roleArn: "arn:aws:iam::123456789012:role/volumes", sizeInGiB } }
      ]
      const { deployments: [first] = [] } = yield* create({ volumeConfigurations: volumes(10) })
      assert.deepEqual(first?.volumeConfigurations, volumes(10))
      const update = (sizeInGiB: number) =>
        Effect.map(
          Ecs.send(new UpdateServiceCommand({ cluster, service, volumeConfigurations: volumes(sizeInGiB) })),
          ({ service }) => service?.deployments?.map(({ id, volumeConfigurations }) => [id, volumeConfigurations])
        )
      assert.deepEqual(yield* update(10), [[first?.id, volumes(10)]])
      const updated = yield* update(20)
      assert.deepEqual(updated?.map(([, configurations]) => configurations), [volumes(20), volumes(10)])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is the same for a client token, in whatever order the members come", () =>
    Effect.gen(function*() {
      yield* setUp
      const deploymentConfiguration = { maximumPercent: 150, minimumHealthyPercent: 50 }
      const reordered = { minimumHealthyPercent: 50, maximumPercent: 150 }
      const first = yield* create({ clientToken: "once", deploymentConfiguration })
      const again = yield* create({ deploymentConfiguration: reordered, clientToken: "once" })
      assert.deepEqual(again, first)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has ARNs of its region's partition", () =>
    Effect.gen(function*() {
      yield* setUp
      const { clusterArn, roleArn, serviceArn, taskDefinition } = yield* create({ role: "balancer" })
      assert.deepEqual([clusterArn, roleArn, serviceArn, taskDefinition], [
        "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/capture",
        "arn:aws-cn:iam::123456789012:role/balancer",
        "arn:aws-cn:ecs:cn-north-1:123456789012:service/capture/nodes",
        "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/nodes:1"
      ])
    }).pipe(Effect.provide(InMemory.layer({ region: "cn-north-1" }))))

  it.effect("rolls out faster in a world of more speed", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* create({})
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(yield* Ecs.isDeploymentInProgress(nodes))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
    }).pipe(Effect.provide(InMemory.layer({ speed: 60 }))))
})

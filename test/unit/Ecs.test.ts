import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  type Deployment as SdkDeployment,
  type DeploymentCircuitBreaker,
  DescribeServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand
} from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Logger, Result, Schedule } from "effect"
import { Ecs, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const cluster = "capture"
const service = "nodes"
const nodes = { cluster, service }

const register = (image: string) =>
  Ecs.send(
    new RegisterTaskDefinitionCommand({ family: "nodes", containerDefinitions: [{ name: "main", image, memory: 64 }] })
  )

/** A service of two tasks, whose first deployment has completed. */
const stable = (deploymentCircuitBreaker: DeploymentCircuitBreaker = { enable: false, rollback: false }) =>
  Effect.gen(function*() {
    yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
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

/** Deploys what cannot start: no host's name ends in `.invalid`. */
const deployBroken = Effect.gen(function*() {
  yield* register("registry.invalid/nodes:2")
  yield* Ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: "nodes" }))
})

const described = Ecs.send(new DescribeServicesCommand({ cluster, services: [service] })).pipe(
  Effect.map(({ services }) => services![0]!)
)

const looks = Effect.map(
  InMemory.calls,
  (calls) => calls.filter(({ operation }) => operation === "DescribeServices").length
)

/** How the wait ends, after this much time. */
const after = (duration: Duration.Input, options?: Partial<Parameters<typeof Ecs.waitForDeployment>[0]>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.result(Ecs.waitForDeployment({ ...nodes, ...options })))
    yield* TestClock.adjust(duration)
    return yield* Fiber.join(fiber)
  })

const failure = (result: Effect.Success<ReturnType<typeof after>>): Ecs.DeploymentFailed => {
  const error = Result.isFailure(result) ? result.failure : undefined
  if (error?._tag !== "DeploymentFailed") throw new Error(`expected DeploymentFailed, not ${error ?? "success"}`)
  return error
}

const denied = InMemory.handle(
  DescribeServicesCommand,
  () => Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 403 }))
)

describe("waitForDeployment", () => {
  it.effect("gives the deployment when it has completed, looking each 15 seconds", () =>
    Effect.gen(function*() {
      yield* stable()
      const deployment = yield* Ecs.forceDeployment(nodes)
      const completed = Result.getOrThrow(yield* after("3 minutes", { deployment }))
      assert.instanceOf(completed, Ecs.Deployment)
      assert.strictEqual(completed.id, deployment.id)
      assert.strictEqual(completed.rolloutState, "COMPLETED")
      assert.strictEqual(completed.runningCount, 2)
      assert.strictEqual(yield* looks, 1 + 12)
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for the primary deployment where none is given, and is done at once where that has completed", () =>
    Effect.gen(function*() {
      yield* stable()
      assert.strictEqual((yield* Ecs.waitForDeployment(nodes)).rolloutState, "COMPLETED")
      const forced = yield* Ecs.forceDeployment(nodes)
      assert.strictEqual(Result.getOrThrow(yield* after("3 minutes")).id, forced.id)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the reason and the failed tasks, and logs what to do", () =>
    Effect.gen(function*() {
      yield* stable(onlyFail)
      yield* deployBroken
      const errors: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") errors.push(String(message))
      })
      const error = failure(yield* after("10 minutes").pipe(Effect.provide(Logger.layer([logger]))))
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

  it.effect("fails when the service is rolled back, though it is stable again", () =>
    Effect.gen(function*() {
      yield* stable(rollBack)
      const good = (yield* described).deployments?.[0]?.id
      yield* deployBroken
      const error = failure(yield* after("10 minutes"))
      assert.strictEqual(error.reason, "ECS deployment circuit breaker: tasks failed to start.")
      assert.strictEqual(error.replacedBy, good)
      assert.include(error.message, `The service now runs deployment ${good}`)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("knows from the events that it failed, where the roll-back was over between two looks", () =>
    Effect.gen(function*() {
      yield* stable(rollBack)
      yield* deployBroken
      const error = failure(yield* after("1 hour", { schedule: Schedule.spaced("20 minutes") }))
      assert.match(
        error.reason,
        /^\(service nodes\) \(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start/
      )
      assert.strictEqual(yield* looks, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails where ECS rolls back, and has not yet called the deployment failed", () =>
    Effect.gen(function*() {
      const reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."
      yield* answers([
        { id: "ecs-svc/1", status: "PRIMARY", rolloutState: "IN_PROGRESS", rolloutStateReason: reason },
        { id: "ecs-svc/2", status: "ACTIVE", rolloutState: "IN_PROGRESS", failedTasks: 3 }
      ])
      const error = failure(yield* after(0, { deployment: waited }))
      assert.deepInclude({ ...error }, { reason, failedTasks: 3, replacedBy: "ecs-svc/1" })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails when a newer deployment takes its place", () =>
    Effect.gen(function*() {
      yield* stable()
      const deployment = yield* Ecs.forceDeployment(nodes)
      yield* TestClock.adjust("1 minute")
      const newer = yield* Ecs.forceDeployment(nodes)
      const error = failure(yield* after(0, { deployment }))
      assert.strictEqual(error.deployment, deployment.id)
      assert.strictEqual(error.replacedBy, newer.id)
      assert.strictEqual(error.reason, `it was replaced by deployment ${newer.id} before it had completed`)
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual(failure(yield* after(0, { deployment })).replacedBy, newer.id)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is a success where the deployment completed, and was replaced, between two looks", () =>
    Effect.gen(function*() {
      yield* stable()
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

  it.effect("waits for a deployment that ECS does not list yet", () =>
    Effect.gen(function*() {
      const old: SdkDeployment = {
        id: "ecs-svc/1",
        status: "PRIMARY",
        rolloutState: "COMPLETED",
        createdAt: new Date(1_000)
      }
      yield* answers([old])
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment({ ...nodes, deployment: waited }))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* answers([{ id: "ecs-svc/2", status: "PRIMARY", rolloutState: "COMPLETED" }, { ...old, status: "ACTIVE" }])
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).id, "ecs-svc/2")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes a deployment without rollout state for completed when it is alone and all of its tasks run", () =>
    Effect.gen(function*() {
      const counts = { desiredCount: 2, runningCount: 2 }
      yield* answers([{ id: "ecs-svc/2", status: "PRIMARY", ...counts }, { id: "ecs-svc/1", status: "ACTIVE" }])
      assert.isTrue(yield* Ecs.isDeploymentInProgress(nodes))
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment(nodes))
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* answers([{ id: "ecs-svc/2", status: "PRIMARY", ...counts }])
      assert.isFalse(yield* Ecs.isDeploymentInProgress(nodes))
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).rolloutState, "COMPLETED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("goes on where ECS has a new word for the rollout's state, or no deployment", () =>
    Effect.gen(function*() {
      yield* answers([{ id: "ecs-svc/2", status: "PRIMARY", rolloutState: "PAUSED" as never }])
      const paused = yield* after("1 hour")
      assert.strictEqual(Result.isFailure(paused) && paused.failure._tag, "WaitTimedOut")
      yield* answers([])
      const none = yield* after("1 hour")
      assert.strictEqual(Result.isFailure(none) && none.failure._tag, "WaitTimedOut")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("times out with the deployment as it was last seen, where no circuit breaker ends it", () =>
    Effect.gen(function*() {
      yield* stable()
      yield* deployBroken
      const result = yield* after("30 minutes", { timeout: "30 minutes" })
      const error = Result.isFailure(result) ? result.failure : undefined
      assert.strictEqual(error?._tag, "WaitTimedOut")
      if (error?._tag === "WaitTimedOut") {
        assert.strictEqual(error.last?.rolloutState, "IN_PROGRESS")
        assert.isAbove(error.last?.failedTasks ?? 0, 20)
        assert.strictEqual(Duration.toMinutes(error.waited), 30)
        assert.include(error.message, "the deployment of ECS service nodes in cluster capture to complete")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with ServiceDoesNotExist when the service is deleted meanwhile", () =>
    Effect.gen(function*() {
      yield* stable()
      yield* Ecs.forceDeployment(nodes)
      const fiber = yield* Effect.forkChild(Effect.flip(Ecs.waitForDeployment(nodes)))
      yield* TestClock.adjust("1 minute")
      yield* Ecs.send(new DeleteServiceCommand({ cluster, service, force: true }))
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* Fiber.join(fiber), new Ecs.ServiceDoesNotExist(nodes))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("looks by the caller's schedule", () =>
    Effect.gen(function*() {
      yield* stable()
      yield* Ecs.forceDeployment(nodes)
      yield* after("3 minutes", { schedule: Schedule.spaced("1 minute") })
      assert.strictEqual(yield* looks, 4)
      yield* deployBroken
      const ended = yield* after("1 hour", { schedule: Schedule.upTo(Schedule.spaced("1 minute"), { times: 4 }) })
      assert.strictEqual(Result.isFailure(ended) && ended.failure._tag, "WaitTimedOut")
      assert.strictEqual(yield* looks, 4 + 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes throttled looks for further looks", () =>
    Effect.gen(function*() {
      yield* stable()
      yield* Ecs.forceDeployment(nodes)
      yield* InMemory.inject({ operation: "DescribeServices", times: 13, fault: InMemory.throttled })
      assert.isTrue(Result.isSuccess(yield* after("4 minutes")))
      assert.strictEqual(yield* looks, 14)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("ends at once where access is denied", () =>
    Effect.gen(function*() {
      yield* denied
      const error = yield* Effect.flip(Ecs.waitForDeployment(nodes))
      assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "AccessDenied")
      assert.strictEqual(yield* looks, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no further call when it is interrupted", () =>
    Effect.gen(function*() {
      yield* stable()
      yield* Ecs.forceDeployment(nodes)
      const fiber = yield* Effect.forkChild(Ecs.waitForDeployment(nodes))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      const before = yield* looks
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* looks, before)
    }).pipe(Effect.provide(InMemory.layer())))
})

/** A deployment that was started at two seconds past. */
const waited = new Ecs.Deployment({
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

const answers = (deployments: Array<SdkDeployment>) =>
  InMemory.handle(
    DescribeServicesCommand,
    () => Effect.succeed({ services: [{ status: "ACTIVE", deployments, events: [] }] })
  )

describe("a rollout in memory", () => {
  it.effect("fails two tasks each two minutes where the image cannot be pulled", () =>
    Effect.gen(function*() {
      yield* stable()
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

  it.effect("is stopped by the circuit breaker, after as many failed tasks as it allows", () =>
    Effect.gen(function*() {
      yield* stable({ ...onlyFail, thresholdConfiguration: { type: "COUNT", value: 5 } })
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

  it.effect("is rolled back to the last deployment that completed", () =>
    Effect.gen(function*() {
      yield* stable(rollBack)
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

  it.effect("scales in a minute, up and down", () =>
    Effect.gen(function*() {
      yield* stable()
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

  it.effect("drains a service that is deleted by force, and has its name free after that", () =>
    Effect.gen(function*() {
      yield* stable()
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

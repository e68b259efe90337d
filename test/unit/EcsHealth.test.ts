import {
  CreateClusterCommand,
  DescribeTasksCommand,
  type HealthCheck,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand
} from "@aws-sdk/client-ecs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ecs, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const cluster = "capture"

interface Container {
  readonly healthCheck?: HealthCheck
  readonly essential?: boolean
}

/** Runs a task of these containers, and gives its health and theirs. */
const runTask = Effect.fnUntraced(function*(containers: ReadonlyArray<Container>) {
  yield* Ecs.send(new CreateClusterCommand({ clusterName: cluster }))
  yield* Ecs.send(new RegisterContainerInstanceCommand({ cluster }))
  yield* Ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "nodes",
      containerDefinitions: containers.map((container, i) => ({
        name: `c${i}`,
        image: "nginx:1",
        memory: 64,
        ...container
      }))
    })
  )
  const { tasks: [task] = [] } = yield* Ecs.send(new RunTaskCommand({ cluster, taskDefinition: "nodes" }))
  const taskArn = task?.taskArn ?? ""
  const health = Effect.map(
    Ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] })),
    ({ tasks }) => [tasks?.[0]?.healthStatus, ...tasks?.[0]?.containers?.map(({ healthStatus }) => healthStatus) ?? []]
  )
  return { taskArn, health }
})

const checked = (interval?: number): Container => ({
  healthCheck: { command: ["CMD", "true"], ...(interval !== undefined && { interval }) }
})

describe("the health of a task", () => {
  it.effect("is unknown until an interval of its health check has passed since its start", () =>
    Effect.gen(function*() {
      const { health } = yield* runTask([checked(10)])
      assert.deepEqual(yield* health, ["UNKNOWN", "UNKNOWN"])
      yield* TestClock.adjust("69 seconds")
      assert.deepEqual(yield* health, ["UNKNOWN", "UNKNOWN"])
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* health, ["HEALTHY", "HEALTHY"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for all essential containers, whose checks run every 30 seconds by default", () =>
    Effect.gen(function*() {
      const { health } = yield* runTask([checked(10), checked(), { ...checked(300), essential: false }])
      yield* TestClock.adjust("80 seconds")
      assert.deepEqual(yield* health, ["UNKNOWN", "HEALTHY", "UNKNOWN", "UNKNOWN"])
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(yield* health, ["HEALTHY", "HEALTHY", "HEALTHY", "UNKNOWN"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stays unknown with an essential container that has no health check", () =>
    Effect.gen(function*() {
      const { health } = yield* runTask([checked(), {}])
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(yield* health, ["UNKNOWN", "HEALTHY", "UNKNOWN"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't change after the task has stopped", () =>
    Effect.gen(function*() {
      const { health, taskArn } = yield* runTask([checked()])
      yield* TestClock.adjust("1 minute")
      yield* Ecs.send(new StopTaskCommand({ cluster, task: taskArn }))
      yield* TestClock.adjust("5 minutes")
      assert.deepEqual(yield* health, ["UNKNOWN", "UNKNOWN"])
    }).pipe(Effect.provide(InMemory.layer())))
})

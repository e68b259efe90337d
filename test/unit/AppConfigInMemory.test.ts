// What the in-memory AppConfig does over time: deployments proceed, and sessions and their tokens expire.
import {
  GetDeploymentCommand,
  GetEnvironmentCommand,
  type StartDeploymentCommandInput,
  StopDeploymentCommand
} from "@aws-sdk/client-appconfig"
import { GetLatestConfigurationCommand, StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as AppConfigData from "effect-aws-sdk/AppConfig"
import { TestClock } from "effect/testing"
import { AppConfig, instant, prepare } from "../contract/support/appConfig.ts"
import { codeOf } from "../contract/support/rejections.ts"

const start = (RequiredMinimumPollIntervalInSeconds?: number) =>
  Effect.map(
    AppConfigData.send(
      new StartConfigurationSessionCommand({
        ApplicationIdentifier: "app",
        EnvironmentIdentifier: "prod",
        ConfigurationProfileIdentifier: "settings",
        RequiredMinimumPollIntervalInSeconds
      })
    ),
    ({ InitialConfigurationToken = "" }) => InitialConfigurationToken
  )

const latest = (ConfigurationToken: string) =>
  Effect.map(
    AppConfigData.send(new GetLatestConfigurationCommand({ ConfigurationToken })),
    ({ Configuration, NextPollConfigurationToken = "" }) =>
      [Configuration?.transformToString() ?? "", NextPollConfigurationToken] as const
  )

/** How many of 200 new clients get each configuration. */
const shares = Effect.map(
  Effect.forEach(Array.from({ length: 200 }), () => Effect.flatMap(start(), latest)),
  (answers) => {
    const counts: Record<string, number> = {}
    for (const [text] of answers) counts[text] = (counts[text] ?? 0) + 1
    return counts
  }
)

describe("a deployment of AppConfig", () => {
  /** The states and percentages of a deployment at these minutes. */
  const progress = (DeploymentStrategyId: string, minutes: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      const { deploy, deployment } = yield* prepare(["1"])
      yield* deploy("1", { DeploymentStrategyId })
      const seen: Array<string> = []
      let now = 0
      for (const minute of minutes) {
        yield* TestClock.adjust(`${(minute - now) * 60} seconds`)
        now = minute
        const { PercentageComplete, State } = yield* deployment(1)
        seen.push(`${State} ${PercentageComplete}`)
      }
      return seen
    })

  it.effect("of AppConfig.AllAtOnce reaches all clients at once, and bakes for 10 minutes", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* progress("AppConfig.AllAtOnce", [0, 9, 10]), ["BAKING 100", "BAKING 100", "COMPLETE 100"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("with linear growth adds the same share at each step", () =>
    Effect.gen(function*() {
      assert.deepEqual(
        yield* progress("AppConfig.Linear20PercentEvery6Minutes", [0, 4, 5, 10, 15, 20, 25, 29, 30, 59, 60]),
        [
          "DEPLOYING 0",
          "DEPLOYING 0",
          "DEPLOYING 20",
          "DEPLOYING 40",
          "DEPLOYING 60",
          "DEPLOYING 80",
          "DEPLOYING 100",
          "DEPLOYING 100",
          "BAKING 100",
          "BAKING 100",
          "COMPLETE 100"
        ]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("with exponential growth doubles the share at each step", () =>
    Effect.gen(function*() {
      const seen = yield* progress("AppConfig.Canary10Percent20Minutes", [4, 7, 10, 14, 17, 20, 30])
      assert.deepEqual(
        seen,
        ["DEPLOYING 10", "DEPLOYING 20", "DEPLOYING 40", "DEPLOYING 80", "DEPLOYING 100", "BAKING 100", "COMPLETE 100"]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has the events of AWS's own example of GetDeployment", () =>
    Effect.gen(function*() {
      const { deploy, deployment } = yield* prepare(["1"])
      yield* deploy("1", { DeploymentStrategyId: "AppConfig.Linear50PercentEvery30Seconds" })
      yield* TestClock.adjust("2 minutes")
      const { CompletedAt, EventLog = [] } = yield* deployment(1)
      assert.deepEqual(
        EventLog.map((
          { Description, EventType, OccurredAt }
        ) => [EventType, Description, OccurredAt!.getTime() / 1000]),
        [
          ["DEPLOYMENT_COMPLETED", "Deployment completed", 120],
          ["BAKE_TIME_STARTED", "Deployment bake time started", 60],
          ["PERCENTAGE_UPDATED", "Configuration available to 100.00% of clients", 40],
          ["PERCENTAGE_UPDATED", "Configuration available to 50.00% of clients", 20],
          ["DEPLOYMENT_STARTED", "Deployment started", 0]
        ]
      )
      assert.deepEqual(CompletedAt, new Date(120_000))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is faster in an in-memory AWS with a speed", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* progress("AppConfig.AllAtOnce", [0, 1 / 6]), ["BAKING 100", "COMPLETE 100"])
    }).pipe(Effect.provide(InMemory.layer({ speed: 60 }))))

  const withTwo = Effect.gen(function*() {
    const { deploy, ...rest } = yield* prepare(["old", "new"])
    yield* deploy("1", { DeploymentStrategyId: yield* instant })
    const canary = (members: Partial<StartDeploymentCommandInput> = {}) =>
      deploy("2", { DeploymentStrategyId: "AppConfig.Canary10Percent20Minutes", ...members })
    return { ...rest, canary }
  })

  it.effect("reaches its percentage of the clients, which then stay with it", () =>
    Effect.gen(function*() {
      const { canary } = yield* withTwo
      yield* canary()
      assert.deepEqual(yield* shares, { old: 200 })
      yield* TestClock.adjust("11 minutes")
      const { new: share = 0 } = yield* shares
      assert.isAbove(share, 55)
      assert.isBelow(share, 105)
      let token = yield* start()
      const seen: Array<string> = []
      for (let i = 0; i < 40; i++) {
        const [text, next] = yield* latest(token)
        if (text !== "") seen.push(text)
        token = next
        yield* TestClock.adjust("1 minute")
      }
      assert.strictEqual(seen.at(-1), "new")
      assert.isAtMost(seen.length, 2)
      assert.deepEqual(yield* shares, { new: 200 })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that is stopped gives its clients the configuration before it", () =>
    Effect.gen(function*() {
      const { ApplicationId, EnvironmentId, canary } = yield* withTwo
      yield* canary()
      yield* TestClock.adjust("19 minutes")
      const [text, next] = yield* latest(yield* start())
      assert.strictEqual(text, "new")
      yield* AppConfig.send(new StopDeploymentCommand({ ApplicationId, EnvironmentId, DeploymentNumber: 2 }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* latest(next))[0], "old")
      const { State } = yield* AppConfig.send(new GetEnvironmentCommand({ ApplicationId, EnvironmentId }))
      assert.strictEqual(State, "ROLLED_BACK")
      // The next deployment is not in its way.
      assert.strictEqual((yield* canary()).DeploymentNumber, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can be reverted for 72 hours after it is complete", () =>
    Effect.gen(function*() {
      const { ApplicationId, EnvironmentId } = yield* withTwo
      const place = { ApplicationId, EnvironmentId, DeploymentNumber: 1 }
      const revert = AppConfig.send(new StopDeploymentCommand({ ...place, AllowRevert: true }))
      yield* TestClock.adjust("72 hours")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* codeOf(revert), "BadRequestException")
      assert.strictEqual((yield* AppConfig.send(new GetDeploymentCommand(place))).State, "COMPLETE")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a session of AppConfig", () => {
  const deployed = Effect.gen(function*() {
    const { deploy } = yield* prepare(["one", "two"])
    const DeploymentStrategyId = yield* instant
    yield* deploy("1", { DeploymentStrategyId })
    return (version: string) => deploy(version, { DeploymentStrategyId })
  })

  it.effect("answers nothing new until there is another version", () =>
    Effect.gen(function*() {
      const deploy = yield* deployed
      const [first, second] = yield* latest(yield* start(15))
      yield* TestClock.adjust("15 seconds")
      const [unchanged, third] = yield* latest(second)
      yield* deploy("2")
      yield* TestClock.adjust("15 seconds")
      const [changed] = yield* latest(third)
      assert.deepEqual([first, unchanged, changed], ["one", "", "two"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has to wait for its interval, without losing its token", () =>
    Effect.gen(function*() {
      yield* deployed
      const [, next] = yield* latest(yield* start(15))
      yield* TestClock.adjust("14 seconds")
      assert.strictEqual(
        yield* codeOf(AppConfigData.send(new GetLatestConfigurationCommand({ ConfigurationToken: next }))),
        "BadRequestException"
      )
      yield* TestClock.adjust("1 second")
      yield* latest(next)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has a token that expires after 24 hours", () =>
    Effect.gen(function*() {
      yield* deployed
      const [first, second] = [yield* start(), yield* start()]
      yield* TestClock.adjust("24 hours")
      yield* latest(first)
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(latest(second))
      assert.strictEqual(error.code, "BadRequestException")
      assert.deepInclude(error.cause, {
        Reason: "InvalidParameters",
        Details: { InvalidParameters: { ConfigurationToken: { Problem: "Expired" } } }
      })
    }).pipe(Effect.provide(InMemory.layer())))
})

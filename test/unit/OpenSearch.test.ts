import { CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2"
import {
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeDomainChangeProgressCommand,
  DescribeDomainCommand,
  DescribeDomainConfigCommand,
  type DomainStatus as SdkDomainStatus,
  GetUpgradeHistoryCommand,
  GetUpgradeStatusCommand,
  UpdateDomainConfigCommand,
  type UpdateDomainConfigCommandInput,
  UpgradeDomainCommand
} from "@aws-sdk/client-opensearch"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Logger, References, Schedule, Stream } from "effect"
import { Ec2, InMemory, OpenSearch, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const create = OpenSearch.send(new CreateDomainCommand({ DomainName: "logs" }))
const remove = OpenSearch.send(new DeleteDomainCommand({ DomainName: "logs" }))
const update = OpenSearch.send(
  new UpdateDomainConfigCommand({ DomainName: "logs", ClusterConfig: { InstanceCount: 3 } })
)

const change = (input: Omit<UpdateDomainConfigCommandInput, "DomainName">) =>
  OpenSearch.send(new UpdateDomainConfigCommand({ DomainName: "logs", ...input }))

/** What fine-grained access control needs. */
const encrypted = {
  NodeToNodeEncryptionOptions: { Enabled: true },
  EncryptionAtRestOptions: { Enabled: true },
  DomainEndpointOptions: { EnforceHTTPS: true }
}

/** Creates a domain and waits until it is active. */
const createActive = Effect.andThen(create, TestClock.adjust("15 minutes"))

const count = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

describe("createDomain in memory", () => {
  it.effect("doesn't count deleted domains towards the limit of 100", () =>
    Effect.gen(function*() {
      const named = (i: number) => ({ DomainName: `logs-${i}` })
      for (let i = 0; i < 100; i++) yield* OpenSearch.send(new CreateDomainCommand(named(i)))
      assert.strictEqual((yield* Effect.flip(create)).code, "LimitExceededException")
      yield* OpenSearch.send(new DeleteDomainCommand(named(0)))
      yield* TestClock.adjust("20 minutes")
      yield* create
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("destroyDomain", () => {
  it.effect("waits the 20 minutes that a deletion takes, polling every 10 seconds", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(OpenSearch.destroyDomain("logs"))
      const start = performance.now()
      yield* TestClock.adjust("20 minutes")
      yield* Fiber.join(fiber)
      assert.isBelow(performance.now() - start, 5_000)
      assert.strictEqual(yield* count("DeleteDomain"), 1)
      // One call to find the domain, one right after its deletion, then one every ten seconds.
      assert.strictEqual(yield* count("DescribeDomain"), 2 + 120)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't return before the domain is gone", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(OpenSearch.destroyDomain("logs"))
      yield* TestClock.adjust("19 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      assert.isDefined(fiber.pollUnsafe())
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("logs what it does and how long it has waited", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.layer([Logger.make(({ logLevel, message }) => {
        if (/OpenSearch domain/.test(String(message))) lines.push(`${logLevel} ${String(message)}`)
      })])
      yield* OpenSearch.destroyDomain("logs").pipe(Effect.provide(logger))
      assert.deepEqual(lines.splice(0), ["Debug OpenSearch domain logs does not exist; nothing to delete"])
      yield* create
      const destroy = OpenSearch.destroyDomain("logs", { schedule: Schedule.spaced("8 minutes") })
      const fiber = yield* Effect.forkChild(Effect.provide(destroy, logger))
      yield* TestClock.adjust("24 minutes")
      yield* Fiber.join(fiber)
      assert.deepEqual(lines, [
        "Debug Deleting OpenSearch domain logs",
        "Info Waiting for OpenSearch domain logs to be deleted: 0s so far",
        "Info Waiting for OpenSearch domain logs to be deleted: 8m so far",
        "Info Waiting for OpenSearch domain logs to be deleted: 16m so far",
        "Debug Deleted OpenSearch domain logs"
      ])
    }).pipe(Effect.provide(InMemory.layer()), Effect.provideService(References.MinimumLogLevel, "Debug")))

  it.effect("only waits when the domain is already being deleted", () =>
    Effect.gen(function*() {
      yield* createActive
      yield* remove
      yield* TestClock.adjust("12 minutes")
      const fiber = yield* Effect.forkChild(OpenSearch.destroyDomain("logs"))
      yield* TestClock.adjust("8 minutes")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* count("DeleteDomain"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("succeeds when the domain vanishes before the deletion", () =>
    Effect.gen(function*() {
      yield* createActive
      yield* InMemory.inject({
        operation: "DeleteDomain",
        fault: InMemory.fault({ code: "ResourceNotFoundException", message: "Domain not found: logs", statusCode: 409 })
      })
      yield* InMemory.inject({
        operation: "DescribeDomain",
        nth: 2,
        fault: InMemory.fault({ code: "ResourceNotFoundException", message: "Domain not found: logs", statusCode: 409 })
      })
      yield* OpenSearch.destroyDomain("logs")
      assert.strictEqual(yield* count("DescribeDomain"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("times out with the last known state of the domain", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(
        Effect.flip(OpenSearch.destroyDomain("logs", { timeout: "5 minutes" }))
      )
      yield* TestClock.adjust("5 minutes")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WaitTimedOut")
      if (error._tag === "WaitTimedOut") {
        assert.strictEqual(error.last?.state, "Deleting")
        assert.include(error.message, "Gave up waiting for OpenSearch domain logs to be deleted after 5m")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("polls by the caller's schedule", () =>
    Effect.gen(function*() {
      yield* createActive
      const destroy = OpenSearch.destroyDomain("logs", { schedule: Schedule.spaced("5 minutes") })
      const fiber = yield* Effect.forkChild(destroy)
      yield* TestClock.adjust("20 minutes")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* count("DescribeDomain"), 2 + 4)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps polling when polls are throttled", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(OpenSearch.destroyDomain("logs"))
      yield* TestClock.adjust("1 minute")
      yield* InMemory.inject({ operation: "DescribeDomain", share: 0.5, fault: InMemory.throttled })
      yield* TestClock.adjust("30 minutes")
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails at once when access is denied", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(Effect.flip(OpenSearch.destroyDomain("logs")))
      yield* TestClock.adjust("1 minute")
      const before = yield* count("DescribeDomain")
      yield* InMemory.handle(DescribeDomainCommand, () =>
        Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 403 })))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "AccessDenied")
      assert.strictEqual(yield* count("DescribeDomain"), before + 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no further call when interrupted", () =>
    Effect.gen(function*() {
      yield* createActive
      const fiber = yield* Effect.forkChild(OpenSearch.destroyDomain("logs"))
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.interrupt(fiber)
      const before = (yield* InMemory.calls).length
      yield* TestClock.adjust("1 day")
      assert.lengthOf(yield* InMemory.calls, before)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("watchDomain", () => {
  it.effect("emits each state of a domain's life once, and ends when the domain is gone", () =>
    Effect.gen(function*() {
      yield* create
      const fiber = yield* Effect.forkChild(Stream.runCollect(OpenSearch.watchDomain("logs")))
      yield* TestClock.adjust("20 minutes")
      yield* update
      yield* TestClock.adjust("20 minutes")
      yield* remove
      yield* TestClock.adjust("21 minutes")
      const states = yield* Fiber.join(fiber)
      assert.deepEqual(states.map(({ state }) => state), ["Creating", "Active", "Modifying", "Active", "Deleting"])
      assert.isUndefined(states[0]?.endpoint)
      assert.match(states[1]?.endpoint ?? "", /^search-logs-\w{26}\.us-east-1\.es\.amazonaws\.com$/)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("polls by the caller's schedule and stops with its consumer", () =>
    Effect.gen(function*() {
      yield* create
      const fiber = yield* OpenSearch.watchDomain("logs", { schedule: Schedule.spaced("5 minutes") }).pipe(
        Stream.filter(({ state }) => state === "Active"),
        Stream.take(1),
        Stream.runCollect,
        Effect.forkChild
      )
      yield* TestClock.adjust("15 minutes")
      assert.lengthOf(yield* Fiber.join(fiber), 1)
      yield* TestClock.adjust("1 day")
      // Two polls at 0 minutes: for the current state and for the next change. Then at 5, 10 and 15 minutes.
      assert.strictEqual(yield* count("DescribeDomain"), 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("skips throttled polls, and fails when access is denied", () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "DescribeDomain", times: 2, fault: InMemory.throttled })
      const seen: Array<string> = []
      const fiber = yield* OpenSearch.watchDomain("logs").pipe(
        Stream.runForEach(({ state }) => Effect.sync(() => seen.push(state))),
        Effect.flip,
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(seen, ["Creating"])
      yield* InMemory.handle(DescribeDomainCommand, () =>
        Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 403 })))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "AwsError")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("fails with WaitTimedOut when the schedule ends before the next change", () =>
    Effect.gen(function*() {
      yield* create
      const schedule = Schedule.upTo(Schedule.spaced("1 minute"), { times: 3 })
      const fiber = yield* Effect.forkChild(Effect.flip(Stream.runDrain(OpenSearch.watchDomain("logs", { schedule }))))
      yield* TestClock.adjust("3 minutes")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "WaitTimedOut" && error.last?.state, "Creating")
    }).pipe(Effect.provide(InMemory.layer())))

  const answers: ReadonlyArray<readonly [Partial<SdkDomainStatus>, OpenSearch.DomainState]> = [
    [{ DomainProcessingStatus: "Isolated" }, "Isolated"],
    [{ DomainProcessingStatus: "UpdatingServiceSoftware", Processing: true }, "UpdatingServiceSoftware"],
    [{ DomainProcessingStatus: "Active", Deleted: true }, "Deleting"],
    [{ DomainProcessingStatus: "Unheard" as never, Endpoint: "x" }, "Active"],
    [{ Created: false }, "Creating"],
    [{ Created: true, Processing: true }, "Creating"],
    [{ Created: true, Processing: true, Endpoint: "x" }, "Modifying"],
    [{ Created: true, Processing: true, UpgradeProcessing: true, Endpoints: { vpc: "x" } }, "UpgradingEngineVersion"],
    [{ Created: true, Processing: false, Endpoints: { vpc: "x" } }, "Active"]
  ]
  for (const [answer, state] of answers) {
    it.effect(`maps ${JSON.stringify(answer)} to ${state}`, () =>
      Effect.gen(function*() {
        yield* InMemory.handle(DescribeDomainCommand, () =>
          Effect.succeed({
            DomainStatus: { DomainId: "1/logs", DomainName: "logs", ARN: "arn", ClusterConfig: {}, ...answer }
          }))
        const [status] = yield* Stream.runCollect(Stream.take(OpenSearch.watchDomain("logs"), 1))
        assert.strictEqual(status?.state, state)
        assert.strictEqual(status?.endpoint, answer.Endpoint ?? answer.Endpoints?.["vpc"])
      }).pipe(Effect.provide(InMemory.layer())))
  }
})

describe("OpenSearch in memory", () => {
  it.effect("changes a domain in ten minutes, one change at a time", () =>
    Effect.gen(function*() {
      const describe = OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
      yield* createActive
      yield* update
      assert.strictEqual((yield* describe).DomainStatus?.DomainProcessingStatus, "Modifying")
      assert.strictEqual((yield* Effect.flip(update)).code, "ValidationException")
      yield* TestClock.adjust("10 minutes")
      const { DomainStatus } = yield* describe
      assert.strictEqual(DomainStatus?.DomainProcessingStatus, "Active")
      assert.isFalse(DomainStatus?.Processing)
      assert.strictEqual(DomainStatus?.ClusterConfig?.InstanceCount, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives a domain in a VPC a VPC endpoint, and never reveals its master user", () =>
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
      const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }))
      yield* OpenSearch.send(
        new CreateDomainCommand({
          DomainName: "logs",
          ...encrypted,
          VPCOptions: { SubnetIds: [Subnet!.SubnetId!] },
          AdvancedSecurityOptions: { Enabled: true, MasterUserOptions: { MasterUserPassword: "hunter2" } }
        })
      )
      yield* TestClock.adjust("15 minutes")
      const answer = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
      assert.match(answer.DomainStatus?.Endpoints?.["vpc"] ?? "", /^vpc-logs-/)
      assert.deepInclude({ ...answer.DomainStatus?.VPCOptions }, {
        VPCId: Vpc?.VpcId,
        SubnetIds: [Subnet!.SubnetId!],
        AvailabilityZones: [Subnet!.AvailabilityZone!]
      })
      assert.isTrue(answer.DomainStatus?.AdvancedSecurityOptions?.Enabled)
      assert.notInclude(JSON.stringify(answer), "hunter2")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("frees a domain's name once the domain is gone", () =>
    Effect.gen(function*() {
      yield* create
      yield* remove
      yield* TestClock.adjust("19 minutes")
      assert.strictEqual((yield* Effect.flip(create)).code, "ResourceAlreadyExistsException")
      yield* TestClock.adjust("1 minute")
      yield* create
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the settings that a change leaves out", () =>
    Effect.gen(function*() {
      yield* OpenSearch.send(
        new CreateDomainCommand({
          DomainName: "logs",
          ...encrypted,
          AdvancedSecurityOptions: { Enabled: true, InternalUserDatabaseEnabled: true },
          AutoTuneOptions: { DesiredState: "ENABLED", UseOffPeakWindow: true },
          DeploymentStrategyOptions: { DeploymentStrategy: "CapacityOptimized" }
        })
      )
      yield* TestClock.adjust("15 minutes")
      yield* change({
        AdvancedSecurityOptions: {
          SAMLOptions: { Enabled: true, MasterUserName: "admin", SubjectKey: "name" },
          JWTOptions: { Enabled: false }
        },
        AutoTuneOptions: { DesiredState: "DISABLED", RollbackOnDisable: "NO_ROLLBACK" }
      })
      const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
      assert.deepEqual(DomainStatus?.AdvancedSecurityOptions, {
        Enabled: true,
        InternalUserDatabaseEnabled: true,
        AnonymousAuthEnabled: false,
        SAMLOptions: { Enabled: true, SubjectKey: "name" },
        JWTOptions: { Enabled: false }
      })
      assert.deepEqual(DomainStatus?.AutoTuneOptions, { State: "DISABLED", UseOffPeakWindow: true })
      assert.deepEqual(DomainStatus?.DeploymentStrategyOptions, { DeploymentStrategy: "CapacityOptimized" })
      const { DomainConfig } = yield* OpenSearch.send(new DescribeDomainConfigCommand({ DomainName: "logs" }))
      assert.deepEqual(DomainConfig?.AutoTuneOptions?.Options, {
        DesiredState: "DISABLED",
        RollbackOnDisable: "NO_ROLLBACK",
        UseOffPeakWindow: true
      })
      assert.strictEqual(DomainConfig?.AutoTuneOptions?.Status?.State, "DISABLED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports which settings are being changed, and in which version", () =>
    Effect.gen(function*() {
      yield* createActive
      yield* change({ EBSOptions: { EBSEnabled: true, VolumeType: "gp3", VolumeSize: 20 } })
      const states = Effect.map(
        OpenSearch.send(new DescribeDomainConfigCommand({ DomainName: "logs" })),
        ({ DomainConfig }) =>
          [DomainConfig?.EBSOptions, DomainConfig?.ClusterConfig].map((option) => [
            option?.Status?.State,
            option?.Status?.UpdateVersion
          ])
      )
      const progress = Effect.map(
        OpenSearch.send(new DescribeDomainChangeProgressCommand({ DomainName: "logs" })),
        ({ ChangeProgressStatus }) => [
          ChangeProgressStatus?.Status,
          ChangeProgressStatus?.PendingProperties,
          ChangeProgressStatus?.CompletedProperties
        ]
      )
      assert.deepEqual(yield* states, [["Processing", 2], ["Active", 1]])
      assert.deepEqual(yield* progress, ["PROCESSING", ["EBSOptions"], []])
      yield* TestClock.adjust("10 minutes")
      assert.deepEqual(yield* states, [["Active", 2], ["Active", 1]])
      assert.deepEqual(yield* progress, ["COMPLETED", [], ["EBSOptions"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("upgrades a domain step by step in half an hour", () =>
    Effect.gen(function*() {
      yield* OpenSearch.send(new CreateDomainCommand({ DomainName: "logs", EngineVersion: "OpenSearch_1.3" }))
      yield* TestClock.adjust("15 minutes")
      yield* OpenSearch.send(new UpgradeDomainCommand({ DomainName: "logs", TargetVersion: "OpenSearch_2.19" }))
      const domain = Effect.map(
        OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" })),
        ({ DomainStatus }) => [
          DomainStatus?.EngineVersion,
          DomainStatus?.UpgradeProcessing,
          DomainStatus?.DomainProcessingStatus
        ]
      )
      const status = Effect.map(
        OpenSearch.send(new GetUpgradeStatusCommand({ DomainName: "logs" })),
        ({ StepStatus, UpgradeStep }) => [UpgradeStep, StepStatus]
      )
      assert.deepEqual(yield* domain, ["OpenSearch_1.3", true, "UpgradingEngineVersion"])
      assert.deepEqual(yield* status, ["PRE_UPGRADE_CHECK", "IN_PROGRESS"])
      yield* TestClock.adjust("10 minutes")
      assert.deepEqual(yield* status, ["SNAPSHOT", "IN_PROGRESS"])
      assert.strictEqual((yield* Effect.flip(update)).code, "ValidationException")
      yield* TestClock.adjust("20 minutes")
      assert.deepEqual(yield* status, ["UPGRADE", "SUCCEEDED"])
      assert.deepEqual(yield* domain, ["OpenSearch_2.19", false, "Active"])
      const { UpgradeHistories } = yield* OpenSearch.send(new GetUpgradeHistoryCommand({ DomainName: "logs" }))
      assert.deepEqual(UpgradeHistories?.map(({ StepsList, UpgradeStatus }) => [UpgradeStatus, StepsList?.length]), [
        ["SUCCEEDED", 3]
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies if a change needs a dry run, or a setting that it doesn't have", () =>
    Effect.gen(function*() {
      yield* createActive
      for (
        const [input, message] of [
          [{ DryRun: true, DryRunMode: "Verbose" }, "dry runs"],
          [{ IdentityCenterOptions: { EnabledAPIAccess: true } }, "IdentityCenterOptions in UpdateDomainConfig"]
        ] as const
      ) {
        const exit = yield* Effect.exit(change(input))
        assert.isTrue(Exit.hasDies(exit), message)
        if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), message)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("names a domain in China as AWS does there", () =>
    Effect.gen(function*() {
      const { DomainStatus } = yield* create
      assert.strictEqual(DomainStatus?.ARN, "arn:aws-cn:es:cn-north-1:123456789012:domain/logs")
      yield* TestClock.adjust("15 minutes")
      const described = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
      assert.match(described.DomainStatus?.Endpoint ?? "", /\.cn-north-1\.es\.amazonaws\.com\.cn$/)
    }).pipe(Effect.provide(InMemory.layer({ region: "cn-north-1" }))))

  it.effect("changes a domain faster in a world of more speed", () =>
    Effect.gen(function*() {
      const state = Effect.map(
        OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" })),
        ({ DomainStatus }) => DomainStatus?.DomainProcessingStatus
      )
      yield* create
      yield* TestClock.adjust("14 seconds")
      assert.strictEqual(yield* state, "Creating")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* state, "Active")
      yield* remove
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* Effect.flip(state)).code, "ResourceNotFoundException")
    }).pipe(Effect.provide(InMemory.layer({ speed: 60 }))))
})

// What depends on time in the in-memory Systems Manager.
import { CopyImageCommand, DescribeImagesCommand } from "@aws-sdk/client-ec2"
import {
  CreateMaintenanceWindowCommand,
  type CreateMaintenanceWindowCommandInput,
  DescribeParametersCommand,
  GetMaintenanceWindowCommand,
  GetParameterCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  UpdateMaintenanceWindowCommand
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const put = (members: Partial<PutParameterCommandInput>) =>
  Ssm.send(new PutParameterCommand({ Name: "/timed", Value: "x", Type: "String", ...members }))

const valueOrCode = Effect.match(Ssm.send(new GetParameterCommand({ Name: "/timed" })), {
  onFailure: ({ code }) => code,
  onSuccess: ({ Parameter }) => Parameter?.Value
})

const statuses = Effect.map(
  Ssm.send(new DescribeParametersCommand({})),
  ({ Parameters = [] }) => Parameters.map(({ Policies = [] }) => Policies.map(({ PolicyStatus }) => PolicyStatus))
)

describe("a parameter with policies", () => {
  it.effect("is gone when it expires", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const Policies = JSON.stringify([
        { Type: "Expiration", Version: "1.0", Attributes: { Timestamp: "2026-01-11T02:00:00+02:00" } },
        { Type: "ExpirationNotification", Version: "1.0", Attributes: { Before: "5", Unit: "Days" } }
      ])
      yield* put({ Tier: "Advanced", Policies })
      assert.deepEqual(yield* statuses, [["Pending", "Pending"]])
      yield* TestClock.adjust("5 days")
      assert.deepEqual(yield* statuses, [["Pending", "Finished"]])
      yield* TestClock.adjust("119 hours")
      assert.strictEqual(yield* valueOrCode, "x")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* valueOrCode, "ParameterNotFound")
      assert.deepEqual(yield* statuses, [])
      // Its name is free.
      assert.strictEqual((yield* put({})).Version, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("begins to count anew when it changes", () =>
    Effect.gen(function*() {
      const Policies = JSON.stringify([
        { Type: "NoChangeNotification", Version: "1.0", Attributes: { After: "2", Unit: "Hours" } }
      ])
      yield* put({ Tier: "Advanced", Policies })
      yield* TestClock.adjust("1 hour")
      yield* put({ Overwrite: true, Value: "y" })
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(yield* statuses, [["Pending"]])
      yield* TestClock.adjust("1 hour")
      assert.deepEqual(yield* statuses, [["Finished"]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a parameter for an image", () => {
  it.effect("is there once AWS has found the image", () =>
    Effect.gen(function*() {
      const Name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
      const { Parameter } = yield* Ssm.send(new GetParameterCommand({ Name }))
      const image = { DataType: "aws:ec2:image", Value: Parameter?.Value }
      assert.strictEqual((yield* put(image)).Version, 1)
      assert.strictEqual(yield* valueOrCode, "ParameterNotFound")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* valueOrCode, Parameter?.Value)
      yield* put({ ...image, Value: "ami-00000000000000000", Overwrite: true })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* valueOrCode, Parameter?.Value)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes an image that the account has made", () =>
    Effect.gen(function*() {
      const { Images } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
      const { ImageId } = yield* Ec2.send(
        new CopyImageCommand({ Name: "own", SourceImageId: Images![0]!.ImageId, SourceRegion: "us-east-1" })
      )
      yield* put({ DataType: "aws:ec2:image", Value: ImageId })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* valueOrCode, ImageId)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a maintenance window", () => {
  const next = Effect.fnUntraced(function*(members: Partial<CreateMaintenanceWindowCommandInput>) {
    yield* TestClock.setTime(Date.UTC(2026, 0, 14, 9, 30))
    const { WindowId } = yield* Ssm.send(
      new CreateMaintenanceWindowCommand({
        Name: "window",
        Schedule: "rate(1 day)",
        Duration: 4,
        Cutoff: 1,
        AllowUnassociatedTargets: true,
        ...members
      })
    )
    yield* TestClock.adjust("36 hours")
    return (yield* Ssm.send(new GetMaintenanceWindowCommand({ WindowId }))).NextExecutionTime
  })

  it.effect("knows when it runs next", () =>
    Effect.gen(function*() {
      // It is Thursday, 15 January 2026, 21:30 in UTC.
      const times: ReadonlyArray<readonly [Partial<CreateMaintenanceWindowCommandInput>, string | undefined]> = [
        [{}, "2026-01-16T09:30Z"],
        [{ Schedule: "cron(0 2 ? * THU#3 *)" }, "2026-02-19T02:00Z"],
        [{ Schedule: "cron(0 2 ? * THU#3 *)", ScheduleOffset: 2 }, "2026-01-17T02:00Z"],
        [{ Schedule: "cron(24 30 9 ? * * *)" }, "2026-01-16T09:30:24Z"],
        [{ Schedule: "cron(0 16 ? * TUE *)", ScheduleTimezone: "America/Los_Angeles" }, "2026-01-20T16:00-08:00"],
        [{ Schedule: "cron(30 1 ? 7 FRI *)", ScheduleTimezone: "Asia/Kolkata" }, "2026-07-03T01:30+05:30"],
        [{ Schedule: "cron(0 2 L * ? *)" }, "2026-01-31T02:00Z"],
        [{ Schedule: "cron(15 10 ? * 6L *)" }, "2026-01-30T10:15Z"],
        [{ Schedule: "cron(0 8 1W 2-3 ? *)" }, "2026-02-02T08:00Z"],
        [{ Schedule: "cron(0/20 22 16/5 * ? 2026-2030)" }, "2026-01-16T22:00Z"],
        [{ Schedule: "at(2026-02-01T13:15:30)", ScheduleTimezone: "Europe/Berlin" }, "2026-02-01T13:15:30+01:00"],
        [{ Schedule: "at(2026-01-15T13:15:30)" }, undefined],
        [{ Schedule: "cron(0 9 ? * WED *)", StartDate: "2026-03-01T00:00:00-08:00" }, "2026-03-04T09:00Z"],
        [{ Schedule: "cron(0 9 ? * WED *)", EndDate: "2026-01-20T00:00:00Z" }, undefined]
      ]
      for (const [members, expected] of times) {
        const time = yield* Effect.provide(next(members), InMemory.layer())
        assert.strictEqual(time, expected, JSON.stringify(members))
      }
    }))

  it.effect("runs no more while it is disabled", () =>
    Effect.gen(function*() {
      assert.isDefined(yield* next({ ClientToken: "one" }))
      const { WindowId } = yield* Ssm.send(
        new CreateMaintenanceWindowCommand({
          Name: "other",
          Schedule: "rate(1 day)",
          Duration: 4,
          Cutoff: 1,
          AllowUnassociatedTargets: true
        })
      )
      yield* Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId, Enabled: false }))
      assert.isUndefined((yield* Ssm.send(new GetMaintenanceWindowCommand({ WindowId }))).NextExecutionTime)
    }).pipe(Effect.provide(InMemory.layer())))
})

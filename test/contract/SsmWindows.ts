import {
  AddTagsToResourceCommand,
  CreateMaintenanceWindowCommand,
  type CreateMaintenanceWindowCommandInput,
  DeleteMaintenanceWindowCommand,
  DescribeMaintenanceWindowsCommand,
  GetMaintenanceWindowCommand,
  ListTagsForResourceCommand,
  UpdateMaintenanceWindowCommand
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ssm } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const settings = {
  Name: "nightly",
  Schedule: "cron(0 2 ? * SUN *)",
  Duration: 4,
  Cutoff: 1,
  AllowUnassociatedTargets: true
}

const create = (members: Partial<CreateMaintenanceWindowCommandInput> = {}) =>
  Effect.map(
    Ssm.send(new CreateMaintenanceWindowCommand({ ...settings, ...members })),
    ({ WindowId = "" }) => WindowId
  )

const get = (WindowId: string) =>
  Effect.map(Ssm.send(new GetMaintenanceWindowCommand({ WindowId })), (window) => ({ ...window }))

export const ssmWindows = contract("Ssm", {
  "fails with DoesNotExistException when the window is missing": recorded(
    "test_ssm TestSSM::test_get_inexistent_maintenance_window",
    Effect.gen(function*() {
      const error = yield* Effect.flip(get("mw-00000000000000000"))
      assert.strictEqual(error.code, "DoesNotExistException")
      assert.include(error.message, "Maintenance window mw-00000000000000000 does not exist")
    })
  ),

  "creates, describes, updates and deletes a window": documented(
    "API_UpdateMaintenanceWindow",
    Effect.gen(function*() {
      const WindowId = yield* create({ Description: "backups" })
      assert.match(WindowId, /^mw-[0-9a-f]{17}$/)
      assert.deepInclude(yield* get(WindowId), { WindowId, ...settings, Description: "backups", Enabled: true })
      const updated = yield* Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId, Enabled: false, Duration: 3 }))
      assert.deepInclude({ ...updated }, { ...settings, Description: "backups", Duration: 3, Enabled: false })
      assert.deepInclude(yield* get(WindowId), { Duration: 3, Enabled: false })
      yield* Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId, ...settings, Replace: true }))
      assert.isUndefined((yield* get(WindowId)).Description)
      const remove = Ssm.send(new DeleteMaintenanceWindowCommand({ WindowId }))
      assert.strictEqual((yield* remove).WindowId, WindowId)
      assert.strictEqual(yield* codeOf(get(WindowId)), "DoesNotExistException")
    })
  ),

  "deletes a missing window without an error": documented(
    "API_DeleteMaintenanceWindow",
    Effect.gen(function*() {
      const WindowId = "mw-00000000000000000"
      assert.strictEqual((yield* Ssm.send(new DeleteMaintenanceWindowCommand({ WindowId }))).WindowId, WindowId)
    })
  ),

  "requires all settings to replace a window": documented(
    "API_UpdateMaintenanceWindow",
    Effect.gen(function*() {
      const WindowId = yield* create()
      const update = Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId, Name: "other", Replace: true }))
      assert.strictEqual(yield* codeOf(update), "ValidationException")
      const missing = Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId: "mw-00000000000000000", Duration: 3 }))
      assert.strictEqual(yield* codeOf(missing), "DoesNotExistException")
    })
  ),

  "creates one window per client token, and rejects the token with other settings": documented(
    "API_CreateMaintenanceWindow",
    Effect.gen(function*() {
      const first = yield* create({ ClientToken: "token" })
      assert.strictEqual(yield* create({ ClientToken: "token" }), first)
      assert.strictEqual(
        yield* codeOf(create({ ClientToken: "token", Name: "other" })),
        "IdempotentParameterMismatch"
      )
    })
  ),

  "rejects a cutoff that leaves no time": believed(
    "a linter for CDK has measured AWS's answer",
    Effect.gen(function*() {
      const error = yield* Effect.flip(create({ Duration: 6, Cutoff: 12 }))
      assert.strictEqual(error.code, "ValidationException")
      assert.include(error.message, "Cutoff was 12 but must be smaller than 5 (Duration - 1)")
      yield* create({ Duration: 1, Cutoff: 0 })
    })
  ),

  "rejects schedules, time zones, dates and sizes that aren't valid": documented(
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html",
    Effect.gen(function*() {
      for (
        const wrong of [
          { Schedule: "sometimes" },
          { Schedule: "rate(1 week)" },
          { Schedule: "rate(0 days)" },
          { Schedule: "cron(0 2 * * SUN *)" },
          { Schedule: "cron(0 25 ? * SUN *)" },
          { Schedule: "at(2199-13-01T00:00:00)" },
          { ScheduleTimezone: "Mars/Base" },
          { StartDate: "soon" },
          { StartDate: "2199-01-02T00:00:00Z", EndDate: "2199-01-01T00:00:00Z" },
          { Schedule: "rate(7 days)", ScheduleOffset: 2 },
          { ScheduleOffset: 2 },
          { Schedule: "cron(0 2 ? * TUE#3 *)", ScheduleOffset: 7 },
          { Duration: 25 },
          { Name: "no" }
        ]
      ) assert.strictEqual(yield* codeOf(create(wrong)), "ValidationException", JSON.stringify(wrong))
      yield* create({ Schedule: "cron(24 30 09 ? * * *)" })
      yield* create({ Schedule: "at(2199-07-07T13:15:30)", ScheduleTimezone: "America/Los_Angeles" })
    })
  ),

  "says what is wrong with a schedule": believed(
    "a linter for CDK has measured AWS's answers",
    Effect.gen(function*() {
      const problems: ReadonlyArray<readonly [string, string]> = [
        ["sometimes", "Schedule expressions must have the following syntax: rate(<number>"],
        ["rate(0 days)", "Invalid schedule frequency"],
        ["at(tomorrow)", "Invalid schedule at DateTime expression"],
        ["cron(0 25 ? * SUN *)", "Invalid CRON expression"],
        ["cron(0 2 1 * SUN *)", "Specifying both a day-of-week AND a day-of-month parameter is not supported."]
      ]
      for (const [Schedule, problem] of problems) {
        const error = yield* Effect.flip(create({ Schedule }))
        assert.strictEqual(error.code, "ValidationException")
        assert.include(error.message, problem)
      }
      const offset = yield* Effect.flip(create({ ScheduleOffset: 2 }))
      assert.include(offset.message, "An offset can't be added to the specified schedule.")
      yield* create({ Schedule: "Rate(1 days)" })
      yield* create({ Schedule: "cron(0 2 ? * 6L *)", ScheduleOffset: 2 })
    })
  ),

  "lists windows by name and state, page by page": documented(
    "API_DescribeMaintenanceWindows",
    Effect.gen(function*() {
      const ids = yield* Effect.forEach(Array.from({ length: 12 }), (_, i) => create({ Name: `window-${i}` }))
      yield* Ssm.send(new UpdateMaintenanceWindowCommand({ WindowId: ids[0], Enabled: false }))
      const list = (Key: string, ...Values: Array<string>) =>
        Effect.map(
          Ssm.send(new DescribeMaintenanceWindowsCommand({ Filters: [{ Key, Values }] })),
          ({ WindowIdentities = [] }) => WindowIdentities.map(({ Name }) => Name)
        )
      assert.deepEqual(yield* list("Name", "window-3"), ["window-3"])
      assert.deepEqual(yield* list("Enabled", "false"), ["window-0"])
      assert.strictEqual(yield* codeOf(list("State", "x")), "ValidationException")
      const first = yield* Ssm.send(new DescribeMaintenanceWindowsCommand({ MaxResults: 10 }))
      assert.lengthOf(first.WindowIdentities ?? [], 10)
      const rest = yield* Ssm.send(
        new DescribeMaintenanceWindowsCommand({ MaxResults: 10, NextToken: first.NextToken })
      )
      assert.lengthOf(rest.WindowIdentities ?? [], 2)
    })
  ),

  "tags windows": documented(
    "API_AddTagsToResource",
    Effect.gen(function*() {
      const ResourceId = yield* create({ Tags: [{ Key: "team", Value: "capture" }] })
      const resource = { ResourceType: "MaintenanceWindow", ResourceId } as const
      yield* Ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "stage", Value: "test" }] }))
      assert.deepEqual((yield* Ssm.send(new ListTagsForResourceCommand(resource))).TagList, [
        { Key: "team", Value: "capture" },
        { Key: "stage", Value: "test" }
      ])
    })
  )
})

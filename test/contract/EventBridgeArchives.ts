import {
  CancelReplayCommand,
  CreateArchiveCommand,
  type CreateArchiveCommandInput,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  ListTargetsByRuleCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
  UpdateArchiveCommand
} from "@aws-sdk/client-eventbridge"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsClients, type AwsError, EventBridge } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const defaultBus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
const archiveArn = (name: string) => `arn:aws:events:us-east-1:123456789012:archive/${name}`

const create = (ArchiveName: string, members: Partial<CreateArchiveCommandInput> = {}) =>
  EventBridge.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: defaultBus, ...members }))

const describe = (ArchiveName: string) => EventBridge.send(new DescribeArchiveCommand({ ArchiveName }))

const start = (ReplayName: string, members: Partial<StartReplayCommandInput> = {}) =>
  EventBridge.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: archiveArn("contract-archive"),
      EventStartTime: new Date(Date.UTC(2026, 0, 1)),
      EventEndTime: new Date(Date.UTC(2026, 0, 2)),
      Destination: { Arn: defaultBus },
      ...members
    })
  )

export const eventBridgeArchives = contract("EventBridge", {
  "creates, describes, updates and deletes an archive": documented(
    "API_DescribeArchive",
    Effect.gen(function*() {
      const EventPattern = JSON.stringify({ source: ["contract.shop"] })
      const created = yield* create("contract-archive", { Description: "orders", EventPattern, RetentionDays: 7 })
      assert.deepInclude({ ...created }, { ArchiveArn: archiveArn("contract-archive"), State: "ENABLED" })
      assert.deepInclude({ ...(yield* describe("contract-archive")) }, {
        ArchiveName: "contract-archive",
        ArchiveArn: archiveArn("contract-archive"),
        EventSourceArn: defaultBus,
        Description: "orders",
        EventPattern,
        RetentionDays: 7,
        State: "ENABLED",
        EventCount: 0,
        SizeBytes: 0
      })
      yield* EventBridge.send(new UpdateArchiveCommand({ ArchiveName: "contract-archive", RetentionDays: 1 }))
      assert.deepInclude({ ...(yield* describe("contract-archive")) }, { Description: "orders", RetentionDays: 1 })
      yield* EventBridge.send(new DeleteArchiveCommand({ ArchiveName: "contract-archive" }))
      assert.strictEqual(yield* codeOf(describe("contract-archive")), "ResourceNotFoundException")
    })
  ),

  "keeps events forever in an archive without a retention": documented(
    "API_CreateArchive",
    Effect.gen(function*() {
      yield* create("contract-forever")
      const archive = yield* describe("contract-forever")
      assert.strictEqual(archive.RetentionDays, 0)
      assert.isUndefined(archive.EventPattern)
    })
  ),

  "rejects an archive that exists, of a missing bus, or with a malformed pattern": documented(
    "API_CreateArchive",
    Effect.gen(function*() {
      yield* create("contract-once")
      const again = yield* Effect.flip(create("contract-once"))
      assert.strictEqual(again.code, "ResourceAlreadyExistsException")
      assert.include(again.message, "Archive contract-once already exists.")
      assert.strictEqual(
        yield* codeOf(create("contract-none", { EventSourceArn: defaultBus.replace("default", "none") })),
        "ResourceNotFoundException"
      )
      assert.strictEqual(
        yield* codeOf(create("contract-none", { EventPattern: "{" })),
        "InvalidEventPatternException"
      )
      assert.strictEqual(yield* codeOf(create("x".repeat(49))), "ValidationException")
    })
  ),

  "fails with ResourceNotFoundException when an archive is missing": documented(
    "API_DeleteArchive",
    Effect.gen(function*() {
      for (
        const command of [
          describe("contract-none"),
          EventBridge.send(new UpdateArchiveCommand({ ArchiveName: "contract-none" })),
          EventBridge.send(new DeleteArchiveCommand({ ArchiveName: "contract-none" }))
        ]
      ) {
        const error = yield* Effect.flip<unknown, AwsError, AwsClients>(command)
        assert.strictEqual(error.code, "ResourceNotFoundException")
        assert.include(error.message, "Archive contract-none does not exist.")
      }
    })
  ),

  "lists archives by prefix, bus or state, page by page": documented(
    "API_ListArchives",
    Effect.gen(function*() {
      const { EventBusArn = "" } = yield* EventBridge.send(new CreateEventBusCommand({ Name: "contract-archived" }))
      for (const name of ["contract-a1", "contract-a2", "contract-a3"]) yield* create(name)
      yield* create("contract-other", { EventSourceArn: EventBusArn })
      const names = (filter: object) =>
        Effect.map(
          EventBridge.send(new ListArchivesCommand(filter)),
          ({ Archives = [] }) => Archives.map(({ ArchiveName }) => ArchiveName).sort()
        )
      assert.deepEqual(yield* names({ NamePrefix: "contract-a" }), ["contract-a1", "contract-a2", "contract-a3"])
      assert.deepEqual(yield* names({ EventSourceArn: EventBusArn }), ["contract-other"])
      assert.deepEqual(yield* names({ State: "DISABLED" }), [])
      const pages = yield* Stream.runCollect(
        EventBridge.pages(new ListArchivesCommand({ NamePrefix: "contract-a", Limit: 2 }))
      )
      assert.deepEqual(pages.map(({ Archives = [] }) => Archives.length), [2, 1])
      const both = yield* Effect.flip(names({ NamePrefix: "contract", State: "ENABLED" }))
      assert.include(
        both.message,
        "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix."
      )
    })
  ),

  "has a rule for an archive, which AWS manages": believed(
    "moto and LocalStack have such a rule",
    Effect.gen(function*() {
      const EventPattern = JSON.stringify({ source: ["contract.shop"] })
      yield* create("contract-ruled", { EventPattern })
      const rule = { Name: "Events-Archive-contract-ruled" }
      const described = yield* EventBridge.send(new DescribeRuleCommand(rule))
      assert.strictEqual(described.ManagedBy, "prod.vhs.events.aws.internal")
      assert.deepEqual(JSON.parse(described.EventPattern ?? ""), {
        source: ["contract.shop"],
        "replay-name": [{ exists: false }]
      })
      const { Targets = [] } = yield* EventBridge.send(new ListTargetsByRuleCommand({ Rule: rule.Name }))
      assert.lengthOf(Targets, 1)
      assert.strictEqual(yield* codeOf(EventBridge.send(new DisableRuleCommand(rule))), "ManagedRuleException")
      assert.strictEqual(yield* codeOf(EventBridge.send(new DeleteRuleCommand(rule))), "ManagedRuleException")
      yield* EventBridge.send(new DeleteArchiveCommand({ ArchiveName: "contract-ruled" }))
      assert.strictEqual(
        yield* codeOf(EventBridge.send(new DescribeRuleCommand(rule))),
        "ResourceNotFoundException"
      )
    })
  ),

  "starts, describes, lists and cancels a replay": documented(
    "API_StartReplay",
    Effect.gen(function*() {
      yield* create("contract-archive")
      const started = yield* start("contract-replay")
      assert.deepInclude({ ...started }, {
        ReplayArn: "arn:aws:events:us-east-1:123456789012:replay/contract-replay",
        State: "STARTING"
      })
      const replay = yield* EventBridge.send(new DescribeReplayCommand({ ReplayName: "contract-replay" }))
      assert.deepInclude({ ...replay }, {
        ReplayName: "contract-replay",
        EventSourceArn: archiveArn("contract-archive"),
        Destination: { Arn: defaultBus }
      })
      const { Replays = [] } = yield* EventBridge.send(new ListReplaysCommand({ NamePrefix: "contract-replay" }))
      assert.deepEqual(Replays.map(({ ReplayName }) => ReplayName), ["contract-replay"])
      const cancel = EventBridge.send(new CancelReplayCommand({ ReplayName: "contract-replay" }))
      assert.strictEqual((yield* cancel).State, "CANCELLING")
      const again = yield* Effect.flip(cancel)
      assert.strictEqual(again.code, "IllegalStatusException")
      assert.include(again.message, "Replay contract-replay is not in a valid state for this operation.")
    })
  ),

  "rejects a replay whose name is taken, or whose archive or bus doesn't exist": believed(
    "moto has AWS's messages",
    Effect.gen(function*() {
      yield* create("contract-archive")
      yield* start("contract-replayed")
      assert.strictEqual(yield* codeOf(start("contract-replayed")), "ResourceAlreadyExistsException")
      const { EventBusArn = "" } = yield* EventBridge.send(new CreateEventBusCommand({ Name: "contract-foreign" }))
      const problems: ReadonlyArray<readonly [Partial<StartReplayCommandInput>, string]> = [
        [
          { Destination: { Arn: archiveArn("contract-archive") } },
          "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN."
        ],
        [
          { Destination: { Arn: EventBusArn } },
          "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."
        ],
        [
          { EventSourceArn: archiveArn("none") },
          "Parameter EventSourceArn is not valid. Reason: Archive none does not exist."
        ],
        [
          { EventEndTime: new Date(0) },
          "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
        ]
      ]
      for (const [members, message] of problems) {
        const error = yield* Effect.flip(start("contract-wrong", members))
        assert.strictEqual(error.code, "ValidationException")
        assert.include(error.message, message)
      }
      const missing = yield* Effect.flip(EventBridge.send(new DescribeReplayCommand({ ReplayName: "none" })))
      assert.strictEqual(missing.code, "ResourceNotFoundException")
      assert.include(missing.message, "Replay none does not exist.")
    })
  )
})

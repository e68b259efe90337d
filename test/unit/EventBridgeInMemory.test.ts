// What depends on time and on other accounts in the in-memory EventBridge.
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  PutEventsCommand,
  PutPermissionCommand,
  StartReplayCommand
} from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EventBridge, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { inAccount } from "../support/s3.ts"

const bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"

const put = (Source: string, EventBusName?: string) =>
  EventBridge.send(new PutEventsCommand({ Entries: [{ Source, DetailType: "Ordered", Detail: "{}", EventBusName }] }))

const archive = (ArchiveName: string, members: object = {}) =>
  EventBridge.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: bus, ...members }))

const countOf = (ArchiveName: string) =>
  Effect.map(EventBridge.send(new DescribeArchiveCommand({ ArchiveName })), ({ EventCount }) => EventCount)

describe("an archive", () => {
  it.effect("counts the events that it wants, a while after they came, until they are too old", () =>
    Effect.gen(function*() {
      yield* archive("all", { RetentionDays: 1 })
      yield* archive("shop", { EventPattern: JSON.stringify({ source: ["shop"] }) })
      yield* put("shop")
      yield* put("other", bus)
      yield* put("shop", "none")
      assert.strictEqual(yield* countOf("all"), 0)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* countOf("all"), 2)
      assert.strictEqual(yield* countOf("shop"), 1)
      const { SizeBytes = 0 } = yield* EventBridge.send(new DescribeArchiveCommand({ ArchiveName: "shop" }))
      assert.isAbove(SizeBytes, 100)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* countOf("all"), 0)
      assert.strictEqual(yield* countOf("shop"), 1)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a replay", () => {
  const start = (ReplayName: string) =>
    EventBridge.send(
      new StartReplayCommand({
        ReplayName,
        EventSourceArn: "arn:aws:events:us-east-1:123456789012:archive/all",
        EventStartTime: new Date(0),
        EventEndTime: new Date(1_000),
        Destination: { Arn: bus }
      })
    )

  const stateOf = (ReplayName: string) =>
    Effect.map(EventBridge.send(new DescribeReplayCommand({ ReplayName })), ({ State }) => State)

  it.effect("starts, runs and completes, or is cancelled", () =>
    Effect.gen(function*() {
      yield* archive("all")
      yield* start("one")
      yield* start("two")
      assert.strictEqual(yield* stateOf("one"), "STARTING")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* stateOf("one"), "RUNNING")
      yield* EventBridge.send(new CancelReplayCommand({ ReplayName: "two" }))
      assert.strictEqual(yield* stateOf("two"), "CANCELLING")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf("one"), "COMPLETED")
      assert.strictEqual(yield* stateOf("two"), "CANCELLED")
      const replay = yield* EventBridge.send(new DescribeReplayCommand({ ReplayName: "one" }))
      assert.deepEqual(replay.ReplayEndTime, new Date(60_000))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the policy of an event bus", () => {
  it.effect("lets another account put events on it", () =>
    Effect.gen(function*() {
      yield* archive("all")
      const other = inAccount("210987654321", put("shop", bus))
      assert.include((yield* Effect.flip(other)).message, "is not authorized")
      yield* EventBridge.send(
        new PutPermissionCommand({ Action: "events:PutEvents", Principal: "210987654321", StatementId: "other" })
      )
      yield* other
      assert.include(
        (yield* Effect.flip(inAccount("333333333333", put("shop", bus)))).message,
        "is not authorized"
      )
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* countOf("all"), 1)
    }).pipe(Effect.provide(InMemory.layer())))
})

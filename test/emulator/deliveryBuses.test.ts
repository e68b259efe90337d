// Events on their way through buses, rules, archives and replays.
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeReplayCommand,
  DisableRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  StartReplayCommand
} from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AssumeRole, EventBridge, InMemory, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { services } from "../../emulator/services.ts"
import { clientsOf, makeWorld } from "../support/world.ts"
import { deadLetters, from, put, queue, received, rule } from "./support/delivering.ts"

const RoleArn = "arn:aws:iam::123456789012:role/events"
const busArn = (name: string, account = "123456789012", region = "us-east-1") =>
  `arn:aws:events:${region}:${account}:event-bus/${name}`
const createBus = (Name: string) => EventBridge.send(new CreateEventBusCommand({ Name }))
const inAccount = (account: string, region = "us-east-1") =>
  Effect.provide(AssumeRole.layer({ roleArn: `arn:aws:iam::${account}:role/r`, sessionName: "test", region }))

const allow = (bus: string, account: string) =>
  EventBridge.send(
    new PutPermissionCommand({
      EventBusName: bus,
      Action: "events:PutEvents",
      Principal: account,
      StatementId: `from-${account}`
    })
  )

describe("a rule", () => {
  it.effect("sends only what it matches, and only while it is enabled", () =>
    Effect.gen(function*() {
      yield* rule("orders", from("shop"), { Arn: queue("orders") })
      yield* put({ id: 1 })
      yield* put({ id: 2 }, { Source: "other" })
      yield* EventBridge.send(new DisableRuleCommand({ Name: "orders" }))
      yield* put({ id: 3 })
      assert.deepEqual((yield* received()).map(({ detail }) => detail.id), [1])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends the event as EventBridge builds it", () =>
    Effect.gen(function*() {
      yield* createBus("custom")
      yield* rule("orders", { ...from("shop"), EventBusName: "custom" }, { Arn: queue("orders") })
      const Time = new Date("2024-05-13T12:27:07.900Z")
      const { Entries: [entry] = [] } = yield* put({ id: 1 }, { EventBusName: "custom", Time, Resources: ["arn:x"] })
      assert.deepEqual(yield* received(), [{
        version: "0",
        id: entry?.EventId,
        "detail-type": "Order",
        source: "shop",
        account: "123456789012",
        time: "2024-05-13T12:27:07Z",
        region: "us-east-1",
        resources: ["arn:x"],
        detail: { id: 1 }
      }])
      assert.strictEqual(
        (yield* InMemory.delivered)[0]?.from,
        "arn:aws:events:us-east-1:123456789012:rule/custom/orders"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gets read-only calls by way of CloudTrail only if its state says so", () =>
    Effect.gen(function*() {
      const entry = { DetailType: "AWS API Call via CloudTrail" }
      yield* rule("default", from("shop"), { Arn: queue("default") })
      yield* rule("all", { ...from("shop"), State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" }, {
        Arn: queue("all")
      })
      yield* put({ readOnly: true }, entry)
      yield* put({ readOnly: false }, entry)
      assert.lengthOf(yield* received(queue("default")), 1)
      assert.lengthOf(yield* received(queue("all")), 2)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("another bus as a target", () => {
  it.effect("gets the event, and doesn't pass it on to a third bus", () =>
    Effect.gen(function*() {
      yield* createBus("second")
      yield* createBus("third")
      yield* rule("pass", from("shop"), { Arn: busArn("second"), RoleArn })
      yield* rule("pass", { ...from("shop"), EventBusName: "second" }, { Arn: busArn("third"), RoleArn }, {
        Arn: queue("second")
      })
      yield* rule("get", { ...from("shop"), EventBusName: "third" }, { Arn: queue("third") })
      yield* put({ id: 1 })
      assert.lengthOf(yield* received(queue("second")), 1)
      assert.lengthOf(yield* received(queue("third")), 0)
      yield* put({ id: 2 }, { EventBusName: "second" })
      assert.deepEqual((yield* received(queue("third"))).map(({ detail }) => detail.id), [2])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gets the event of another account only if its policy allows it", () =>
    Effect.gen(function*() {
      const other = "222222222222"
      const Arn = busArn("default", other)
      yield* rule("pass", from("shop"), { Arn, RoleArn, DeadLetterConfig: { Arn: queue("dead") } })
      yield* inAccount(other)(rule("get", from("shop"), { Arn: queue("other", other) }))
      yield* put({ id: 1 })
      assert.lengthOf(yield* received(queue("other", other)), 0)
      assert.deepInclude({ ...(yield* deadLetters(queue("dead")))[0] }, {
        RULE_ARN: "arn:aws:events:us-east-1:123456789012:rule/pass",
        TARGET_ARN: Arn,
        ERROR_CODE: "NO_PERMISSIONS"
      })
      yield* inAccount(other)(allow("default", "123456789012"))
      const { Entries: [entry] = [] } = yield* put({ id: 2 })
      // As recorded: the event has its own account and its own id.
      assert.deepInclude((yield* received(queue("other", other)))[0], {
        id: entry?.EventId,
        account: "123456789012",
        region: "us-east-1",
        detail: { id: 2 }
      })
      const [delivery] = (yield* InMemory.delivered).slice(-1)
      assert.deepInclude({ ...delivery }, { account: other, from: `arn:aws:events:us-east-1:${other}:rule/get` })
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gets the event of another account if its policy allows the rule", () =>
    Effect.gen(function*() {
      const other = "222222222222"
      const Arn = busArn("default", other)
      const statement = {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "events:PutEvents",
        Resource: Arn,
        Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/allowed" } }
      }
      yield* rule("allowed", from("shop"), { Arn, RoleArn })
      yield* rule("other", from("bank"), { Arn, RoleArn })
      yield* inAccount(other)(Effect.andThen(
        EventBridge.send(
          new PutPermissionCommand({ Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) })
        ),
        rule("get", { EventPattern: JSON.stringify({ version: ["0"] }) }, { Arn: queue("other", other) })
      ))
      yield* put({ id: 1 })
      yield* put({ id: 2 }, { Source: "bank" })
      assert.deepEqual((yield* received(queue("other", other))).map(({ detail }) => detail.id), [1])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't get an event that has come from another account already", () =>
    Effect.gen(function*() {
      const [second, third] = ["222222222222", "333333333333"] as const
      yield* rule("pass", from("shop"), { Arn: busArn("default", second), RoleArn })
      yield* inAccount(second)(Effect.andThen(
        allow("default", "123456789012"),
        rule("pass", from("shop"), {
          Arn: busArn("default", third),
          RoleArn: `arn:aws:iam::${second}:role/events`,
          DeadLetterConfig: { Arn: queue("dead") }
        })
      ))
      yield* inAccount(third)(Effect.andThen(
        allow("default", second),
        rule("get", from("shop"), { Arn: queue("third", third) })
      ))
      yield* put({ id: 1 })
      assert.lengthOf(yield* received(queue("third", third)), 0)
      assert.strictEqual((yield* deadLetters(queue("dead")))[0]?.["ERROR_CODE"], "THIRD_ACCOUNT_HOP_DETECTED")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("in another region gets the event with a new id", () =>
    Effect.gen(function*() {
      yield* rule("pass", from("shop"), { Arn: busArn("default", "123456789012", "eu-west-1"), RoleArn })
      yield* inAccount("123456789012", "eu-west-1")(rule("get", from("shop"), { Arn: queue("there") }))
      const { Entries: [entry] = [] } = yield* put({ id: 1 })
      const [event] = yield* received(queue("there"))
      assert.deepInclude(event, { region: "us-east-1", detail: { id: 1 } })
      assert.notStrictEqual(event.id, entry?.EventId)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("that doesn't exist gets nothing, and the dead-letter queue does", () =>
    Effect.gen(function*() {
      yield* rule("pass", from("shop"), { Arn: busArn("none"), RoleArn, DeadLetterConfig: { Arn: queue("dead") } })
      yield* put({ id: 1 })
      assert.strictEqual((yield* deadLetters(queue("dead")))[0]?.["ERROR_CODE"], "NO_RESOURCE")
    }).pipe(Effect.provide(InMemory.layer())))
})

const minute = (n: number) => new Date(n * 60_000)

const replay = (ReplayName: string, FilterArns?: Array<string>) =>
  EventBridge.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: "arn:aws:events:us-east-1:123456789012:archive/kept",
      EventStartTime: minute(1),
      EventEndTime: minute(4),
      Destination: { Arn: busArn("default"), FilterArns }
    })
  )

/** An archive with the events 0 to 5, one of each minute, and a rule. */
const archived = Effect.gen(function*() {
  yield* EventBridge.send(
    new CreateArchiveCommand({
      ArchiveName: "kept",
      EventSourceArn: busArn("default"),
      EventPattern: from("shop").EventPattern,
      RetentionDays: 1
    })
  )
  for (let id = 0; id < 6; id++) {
    yield* put({ id })
    yield* put({ id }, { Source: "other" })
    yield* TestClock.adjust("1 minute")
  }
  yield* rule("all", { EventPattern: JSON.stringify({ version: ["0"] }) }, { Arn: queue("all") })
  yield* rule("orders", from("shop"), { Arn: queue("orders") })
})

const ids = (name: string) => Effect.map(received(queue(name)), (events) => events.map(({ detail }) => detail.id))

describe("a replay", () => {
  it.effect("sends the archive's events of its time again, in their order, marked with its name", () =>
    Effect.gen(function*() {
      yield* archived
      yield* replay("again")
      yield* TestClock.adjust("9 seconds")
      assert.deepEqual(yield* ids("orders"), [])
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* ids("orders"), [1])
      yield* TestClock.adjust("50 seconds")
      assert.deepEqual(yield* ids("orders"), [1, 2, 3, 4])
      const [event] = yield* received(queue("all"))
      assert.deepInclude(event, { "replay-name": "again", source: "shop", time: "1970-01-01T00:01:00Z" })
      const { State } = yield* EventBridge.send(new DescribeReplayCommand({ ReplayName: "again" }))
      assert.strictEqual(State, "COMPLETED")
      // The archive doesn't keep them a second time.
      yield* replay("once-more")
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* ids("all"), [1, 2, 3, 4, 1, 2, 3, 4])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends to the rules that it names only, and stops when it is cancelled", () =>
    Effect.gen(function*() {
      yield* archived
      yield* replay("again", ["arn:aws:events:us-east-1:123456789012:rule/orders"])
      yield* TestClock.adjust("25 seconds")
      assert.deepEqual(yield* ids("orders"), [1, 2])
      const running = yield* EventBridge.send(new DescribeReplayCommand({ ReplayName: "again" }))
      assert.deepEqual(running.EventLastReplayedTime, minute(2))
      yield* EventBridge.send(new CancelReplayCommand({ ReplayName: "again" }))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* ids("orders"), [1, 2])
      assert.deepEqual(yield* ids("all"), [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect(
    "of an archive with thousands of minutes takes no longer for each than one of a few",
    () =>
      Effect.gen(function*() {
        yield* rule("all", from("shop"), { Arn: queue("all") })
        yield* EventBridge.send(new CreateArchiveCommand({ ArchiveName: "kept", EventSourceArn: busArn("default") }))
        const count = 3_000
        for (let i = 0; i < count; i += 10) {
          // The newest first: a replay goes by the times of events.
          yield* EventBridge.send(
            new PutEventsCommand({
              Entries: Array.from({ length: 10 }, (_, n) => ({
                Source: "shop",
                DetailType: "Order",
                Detail: JSON.stringify({ id: count - i - n }),
                Time: minute(count - i - n)
              }))
            })
          )
        }
        yield* EventBridge.send(
          new StartReplayCommand({
            ReplayName: "long",
            EventSourceArn: "arn:aws:events:us-east-1:123456789012:archive/kept",
            EventStartTime: minute(0),
            EventEndTime: minute(count + 1),
            Destination: { Arn: busArn("default") }
          })
        )
        yield* TestClock.adjust("1 minute")
        const again = (yield* received(queue("all"))).filter((event) => event["replay-name"] === "long")
        assert.deepEqual(again.map(({ detail }) => detail.id), Array.from({ length: count }, (_, i) => i + 1))
      }).pipe(Effect.provide(InMemory.layer())),
    20_000
  )

  it.effect("doesn't send what the archive keeps no longer", () =>
    Effect.gen(function*() {
      yield* archived
      yield* TestClock.adjust("1437 minutes")
      yield* replay("again")
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* ids("orders"), [4])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("events of services", () => {
  /** An AWS in which PutParameter emits an event. */
  const emitting = services.map((service) => {
    const handle = service.handlers["PutParameter"]
    return handle === undefined ? service : {
      ...service,
      handlers: {
        ...service.handlers,
        PutParameter: ((input, state, context) => {
          context.emit({
            source: "aws.test",
            detailType: "Parameter",
            resources: ["arn:r"],
            detail: { name: input.Name }
          })
          return handle(input, state, context)
        }) satisfies typeof handle
      }
    }
  })

  it.effect("reach the rules of the default bus, and no other bus", () => {
    const world = makeWorld({ services: emitting })
    return Effect.gen(function*() {
      yield* createBus("custom")
      yield* rule("get", from("aws.test"), { Arn: queue("default") })
      yield* rule("get", { ...from("aws.test"), EventBusName: "custom" }, { Arn: queue("custom") })
      yield* Ssm.putParameter({ name: "/p", value: "1" })
      const [delivery, ...others] = yield* world.delivered
      assert.isEmpty(others)
      const { id, ...event } = delivery!.input as { readonly id: string }
      assert.match(id, /^[0-9a-f-]{36}$/)
      assert.deepEqual(event, {
        version: "0",
        "detail-type": "Parameter",
        source: "aws.test",
        account: "123456789012",
        time: "1970-01-01T00:00:00Z",
        region: "us-east-1",
        resources: ["arn:r"],
        detail: { name: "/p" }
      })
    }).pipe(Effect.provide(clientsOf(world)))
  })
})

describe("a saved world", () => {
  it.effect("keeps the timers of schedules and replays", () => {
    const [world, other] = [makeWorld({ services, journal: 100 }), makeWorld({ services, journal: 100 })]
    return Effect.gen(function*() {
      yield* archived
      yield* replay("again")
      yield* rule("tick", { ScheduleExpression: "rate(1 minute)" }, { Arn: queue("tick") })
      yield* TestClock.adjust("10 seconds")
      other.restore(world.save())
      assert.isEmpty(
        yield* other.delivered.pipe(Effect.map((all) => all.filter(({ target }) => target === queue("tick"))))
      )
      yield* TestClock.adjust("1 minute")
      const targets = (yield* other.delivered).map(({ target }) => target)
      assert.lengthOf(targets.filter((target) => target === queue("tick")), 1)
      assert.lengthOf(targets.filter((target) => target === queue("orders")), 4)
    }).pipe(Effect.provide(clientsOf(world)))
  })
})

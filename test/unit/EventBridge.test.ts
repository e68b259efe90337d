import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
  PutRuleCommand,
  PutTargetsCommand
} from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Equal, Exit, Fiber, Schedule, Schema } from "effect"
import { AwsError, EventBridge, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

class Everything extends EventBridge.Event<Everything>()({
  source: "test",
  detailType: "Everything",
  fields: {
    text: Schema.String,
    // Includes NaN and the infinities, which JSON can't represent.
    // @effect-diagnostics-next-line schemaNumber:off
    amount: Schema.Number,
    count: Schema.Int,
    day: Schema.Date,
    maybe: Schema.optionalKey(Schema.String),
    perhaps: Schema.optional(Schema.Boolean),
    nothing: Schema.NullOr(Schema.String),
    kind: Schema.Literals(["a", "b"]),
    list: Schema.Array(Schema.Struct({ name: Schema.String })),
    big: Schema.BigInt
  },
  keys: { text: "the_text", day: "the_day" }
}) {}

class Blob extends EventBridge.Event<Blob>()({
  source: "test",
  detailType: "Blob",
  fields: { id: Schema.Int, data: Schema.String }
}) {}

/** A Schema class that implements the event contract itself. */
class Invoice extends Schema.Class<Invoice>("Invoice")({ number: Schema.Int }) implements EventBridge.Event {
  get [EventBridge.eventType](): EventBridge.EventType<Invoice> {
    return InvoiceWritten
  }
}
const InvoiceWritten: EventBridge.EventType<Invoice> = {
  source: "billing",
  detailType: "InvoiceWritten",
  detail: Invoice
}

const delivered = ({ Detail, DetailType, Source }: EventBridge.Entry) => ({
  version: "0",
  id: "1",
  source: Source,
  "detail-type": DetailType,
  account: "123456789012",
  region: "us-east-1",
  time: "2026-01-01T00:00:00Z",
  resources: [],
  detail: JSON.parse(Detail)
})

const blob = (id: number, bytes = 0) => new Blob({ id, data: "x".repeat(bytes) })

/** The entries of each PutEvents call that AWS answered, in order. */
const answeredEntries = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.filter(({ operation, outcome }) => operation === "PutEvents" && outcome._tag === "Answered")
      .map(({ input }) => (input as { readonly Entries: ReadonlyArray<PutEventsRequestEntry> }).Entries)
)

const idsOf = (entries: ReadonlyArray<PutEventsRequestEntry>): ReadonlyArray<number> =>
  entries.map(({ Detail = "" }) => JSON.parse(Detail).id)

/** Answers each entry by the number of the PutEvents call (from 1) and the event's id. */
const answerEntries = (answer: (attempt: number, id: number) => PutEventsResultEntry) => {
  let attempt = 0
  return InMemory.handle(PutEventsCommand, ({ Entries = [] }) => {
    attempt++
    return Effect.succeed({ Entries: idsOf(Entries).map((id) => answer(attempt, id)) })
  })
}
const throttled = { ErrorCode: "ThrottlingException", ErrorMessage: "Rate exceeded" }
const accepted = (id: number) => ({ EventId: `id-${id}` })

describe("an event", () => {
  it.effect.prop(
    "round-trips an event through encoding and delivery",
    { event: Everything },
    ({ event }) =>
      Effect.gen(function*() {
        const entry = yield* EventBridge.encode(event)
        const decoded = yield* EventBridge.decode(Everything, delivered(entry))
        assert.instanceOf(decoded, Everything)
        assert.isTrue(Equal.equals(decoded, event))
      })
  )

  it.effect("encodes an event under its wire names", () =>
    Effect.gen(function*() {
      const event = new Everything({
        text: "t",
        amount: 1.5,
        count: 2,
        day: new Date(0),
        nothing: null,
        kind: "a",
        list: [{ name: "n" }],
        big: 3n
      })
      const { Detail, ...entry } = yield* EventBridge.encode(event)
      assert.deepEqual(entry as object, { Source: "test", DetailType: "Everything" })
      assert.deepEqual(JSON.parse(Detail), {
        the_text: "t",
        amount: 1.5,
        count: 2,
        the_day: "1970-01-01T00:00:00.000Z",
        nothing: null,
        kind: "a",
        list: [{ name: "n" }],
        big: "3"
      })
    }))

  it("compares events by their type and fields", () => {
    class Other extends EventBridge.Event<Other>()({
      source: "test",
      detailType: "Other",
      fields: { id: Schema.Int, data: Schema.String }
    }) {}
    assert.isTrue(Equal.equals(blob(1), blob(1)))
    assert.isFalse(Equal.equals(blob(1), blob(2)))
    assert.isFalse(Equal.equals(blob(1), new Other({ id: 1, data: "" })))
    assert.strictEqual(JSON.stringify(blob(1)), `{"id":1,"data":""}`)
  })

  it("distinguishes event types with the same fields at compile time", () => {
    class Other extends EventBridge.Event<Other>()({
      source: "test",
      detailType: "Other",
      fields: { id: Schema.Int, data: Schema.String }
    }) {}
    // If both were one type to TypeScript, the second branch would narrow to `never`.
    const which = (event: Blob | Other) => event instanceof Blob ? event.id : [event.id]
    assert.deepEqual([blob(1), new Other({ id: 2, data: "" })].map(which), [1, [2]])
  })

  it("validates an event on construction", () => {
    assert.throws(() => new Blob({ id: 1.5, data: "" }))
  })
})

describe("encode", () => {
  it.effect("fails with EventNotEncodable for an invalid event without revealing its values", () =>
    Effect.gen(function*() {
      const broken = Object.assign(Object.create(Blob.prototype), { id: "hunter2", data: "" }) as Blob
      const error = yield* Effect.flip(EventBridge.encode(broken))
      assert.instanceOf(error, EventBridge.EventNotEncodable)
      assert.deepEqual([error.source, error.detailType], ["test", "Blob"])
      assert.include(error.message, "id")
      assert.notInclude(error.message, "hunter2")
    }))
})

describe("decode", () => {
  const decode = EventBridge.decodeOneOf([Everything, Blob, InvoiceWritten])

  it.effect("picks the event type by source and detail type", () =>
    Effect.gen(function*() {
      for (const event of [blob(1), new Invoice({ number: 3 })]) {
        const decoded = yield* decode(delivered(yield* EventBridge.encode(event)))
        assert.isTrue(Equal.equals(decoded, event))
      }
      const [curried, direct] = [EventBridge.decode(Blob), EventBridge.decode(Blob, undefined)]
      assert.isFunction(curried)
      assert.strictEqual((yield* Effect.flip(direct)).reason, "NotAnEvent")
    }))

  it.effect("distinguishes non-events, other events and invalid details without revealing values", () =>
    Effect.gen(function*() {
      const named = { source: "test", "detail-type": "Blob" }
      const cases = [
        [undefined, "NotAnEvent", undefined],
        ["hunter2", "NotAnEvent", undefined],
        [{ ...named }, "NotAnEvent", "Blob"],
        [{ ...named, source: 1, detail: {} }, "NotAnEvent", "Blob"],
        [{ ...named, source: "shop", detail: {} }, "OtherEvent", "Blob"],
        [{ ...named, "detail-type": "Bob", detail: { id: 1, data: "hunter2" } }, "OtherEvent", "Bob"],
        [{ ...named, detail: "hunter2" }, "InvalidDetail", "Blob"],
        [{ ...named, detail: { id: "hunter2", data: "" } }, "InvalidDetail", "Blob"],
        [{ ...named, detail: { id: 1.5, data: "hunter2" } }, "InvalidDetail", "Blob"]
      ] as const
      for (const [input, reason, detailType] of cases) {
        const error = yield* Effect.flip(decode(input))
        assert.strictEqual(error._tag, "EventNotDecodable")
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.detailType, detailType)
        assert.notInclude(error.message, "hunter2")
        if (detailType !== undefined && reason !== "NotAnEvent") assert.include(error.message, detailType)
      }
      assert.include((yield* Effect.flip(decode({ ...named, detail: { id: "x", data: "" } }))).message, "id")
    }))
})

describe("putEvents in batches", () => {
  const sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_200_000 }))).check(
    Schema.isMaxLength(40)
  )

  it.effect.prop(
    "puts each event once and in order, in calls within both limits, and skips events that are too large",
    { sizes },
    ({ sizes }) =>
      Effect.gen(function*() {
        // Mostly small events, so that calls reach the limit on entries as well as the limit on bytes.
        const events = sizes.map((size, id) => blob(id, id % 3 === 0 ? size : size % 1_000))
        const entries = yield* Effect.forEach(events, EventBridge.encode)
        const tooLarge = events.filter((_, i) => EventBridge.entrySize(entries[i]!) > EventBridge.maxSize)
        const exit = yield* Effect.exit(EventBridge.putEvents(events, { eventBus: "default" }))
        const calls = yield* answeredEntries
        for (const [i, call] of calls.entries()) {
          const size = call.reduce((sum, entry) => sum + EventBridge.entrySize(entry), 0)
          assert.isAtMost(call.length, 10)
          assert.isBelow(size, 1_048_576)
          const next = calls[i + 1]?.[0]
          assert.isTrue(next === undefined || call.length === 10 || size + EventBridge.entrySize(next) >= 1_048_576)
        }
        const sent = events.filter((event) => !tooLarge.includes(event)).map(({ id }) => id)
        assert.deepEqual(calls.flatMap(idsOf), sent)
        if (tooLarge.length === 0) return assert.isTrue(Exit.isSuccess(exit))
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(error, EventBridge.EventsNotDelivered)
        assert.deepEqual(error.notDelivered, tooLarge)
        assert.deepEqual(error.delivered.map(({ event }) => (event as Blob).id), sent)
        assert.isTrue(error.failures.every(({ code }) => code === "EntryTooLarge"))
      }).pipe(Effect.provide(InMemory.layer())),
    { arbitrary: { runs: 30, size: 60 }, timeout: 60_000 }
  )

  it.effect("sends an event of the maximum size, but none that is a byte larger", () =>
    Effect.gen(function*() {
      const around = EventBridge.entrySize(yield* EventBridge.encode(blob(1)))
      const most = EventBridge.maxSize - around
      yield* EventBridge.putEvents([blob(1, most)], { eventBus: "default" })
      const error = yield* Effect.flip(EventBridge.putEvents([blob(1, most + 1)], { eventBus: "default" }))
      assert.strictEqual(error.failures[0]?.code, "EntryTooLarge")
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends an event with the longest detail type, but none that is a character longer", () =>
    Effect.gen(function*() {
      const event = (length: number): EventBridge.Event => ({
        [EventBridge.eventType]: {
          source: "shop",
          detailType: "x".repeat(length),
          detail: Schema.Unknown as unknown as Schema.Codec<unknown, object>
        }
      })
      const [longest, tooLong] = [event(128), event(129)]
      const error = yield* Effect.flip(EventBridge.putEvents([tooLong, longest, tooLong], { eventBus: "default" }))
      assert.deepEqual(error.failures.map(({ code, delivery, index }) => [index, code, delivery]), [
        [0, "DetailTypeTooLong", "NotDelivered"],
        [2, "DetailTypeTooLong", "NotDelivered"]
      ])
      assert.include(error.failures[0]?.message, "129 characters; EventBridge accepts at most 128")
      assert.lengthOf(error.delivered, 1)
      assert.lengthOf(yield* answeredEntries, 1)
      assert.lengthOf((yield* answeredEntries)[0]!, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it("counts the bytes of an entry as AWS does", () => {
    assert.strictEqual(
      EventBridge.entrySize({
        Time: new Date(0),
        Source: "é",
        DetailType: "€",
        Detail: "{}",
        Resources: ["a", "𝄞"],
        EventBusName: "default",
        TraceHeader: "x"
      }),
      14 + 2 + 3 + 2 + 1 + 4
    )
  })

  it.effect("makes no call without events", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* EventBridge.putEvents([], { eventBus: "default" }), [])
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("runs as many calls at a time as the concurrency option says", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 second") })
      const events = Array.from({ length: 45 }, (_, id) => blob(id))
      const fiber = yield* Effect.forkChild(
        EventBridge.putEvents(events, { eventBus: "default", concurrency: 3 })
      )
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* answeredEntries, 3)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* Fiber.join(fiber), 45)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("putEvents with a call that EventBridge refuses as a whole", () => {
  const refusing = (isBad: (id: number) => boolean) =>
    InMemory.handle(PutEventsCommand, ({ Entries = [] }) =>
      idsOf(Entries).some(isBad)
        ? Effect.fail(InMemory.fault({ code: "ValidationException", message: "1 validation error detected" }))
        : Effect.succeed({ FailedEntryCount: 0, Entries: idsOf(Entries).map(accepted) }))

  it.effect("fails only the events that are refused", () =>
    Effect.gen(function*() {
      yield* refusing((id) => id === 7)
      const events = Array.from({ length: 25 }, (_, id) => blob(id))
      const error = yield* Effect.flip(EventBridge.putEvents(events, { eventBus: "default" }))
      assert.deepEqual(error.notDelivered, [events[7]!])
      assert.strictEqual(error.failures[0]?.code, "ValidationException")
      assert.strictEqual(error.failures[0]?.cause?.code, "ValidationException")
      assert.deepEqual(
        error.delivered.map(({ event }) => event),
        events.filter((event) => event !== events[7])
      )
      // Three calls, and two more for each halving of the first.
      assert.isAtMost((yield* InMemory.calls).length, 3 + 2 * 4)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't repeat a call that fails for another reason", () =>
    Effect.gen(function*() {
      for (
        const fault of [
          InMemory.fault({ code: "AccessDeniedException", message: "no" }),
          InMemory.fault({ code: "ResourceNotFoundException", message: "no", statusCode: 404 }),
          InMemory.cut("after"),
          InMemory.serverFault
        ]
      ) {
        const before = (yield* InMemory.calls).length
        yield* InMemory.inject({ times: 1, fault })
        yield* Effect.flip(EventBridge.putEvents([blob(1), blob(2)], { eventBus: "default" }))
        assert.lengthOf(yield* InMemory.calls, before + 1)
      }
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
})

describe("putEvents with rejected entries", () => {
  const events = [1, 2, 3].map((id) => blob(id))

  it.effect("resends only the entries that failed with a retryable code", () =>
    Effect.gen(function*() {
      yield* answerEntries((attempt, id) =>
        id === 2 && attempt < 3 ? throttled : id === 3 && attempt < 2 ? { ErrorCode: "InternalFailure" } : accepted(id)
      )
      const fiber = yield* Effect.forkChild(EventBridge.putEvents(events, { eventBus: "b" }))
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(yield* Fiber.join(fiber), ["id-1", "id-2", "id-3"])
      assert.deepEqual((yield* answeredEntries).map(idsOf), [[1, 2, 3], [2, 3], [2]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives up after three attempts, and reports which events aren't delivered and why", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) =>
        id === 1
          ? throttled
          : id === 2
          ? { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
          : accepted(id)
      )
      const fiber = yield* Effect.forkChild(Effect.flip(EventBridge.putEvents(events, { eventBus: "b" })))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepEqual((yield* answeredEntries).map(idsOf), [[1, 2, 3], [1], [1]])
      assert.deepEqual(error.delivered, [{ event: events[2]!, id: "id-3" }])
      assert.deepEqual(
        error.failures,
        [
          {
            event: events[0]!,
            index: 0,
            delivery: "NotDelivered",
            code: "ThrottlingException",
            message: "Rate exceeded",
            cause: undefined
          },
          {
            event: events[1]!,
            index: 1,
            delivery: "NotDelivered",
            code: "MalformedDetail",
            message: "Detail is malformed.",
            cause: undefined
          }
        ]
      )
      assert.deepEqual(error.notDelivered, events.slice(0, 2))
      assert.isEmpty(error.unknown)
      assert.include(error.message, "2 were not delivered (ThrottlingException, MalformedDetail)")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("resends by the caller's schedule on the test clock", () =>
    Effect.gen(function*() {
      yield* answerEntries(() => throttled)
      const retry = Schedule.upTo(Schedule.spaced("1 hour"), { times: 4 })
      const put = EventBridge.putEvents(events, { eventBus: "b", retry })
      const fiber = yield* Effect.forkChild(Effect.flip(put))
      yield* TestClock.adjust("3 hours")
      assert.lengthOf(yield* answeredEntries, 4)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf((yield* Fiber.join(fiber)).failures, 3)
      assert.lengthOf(yield* answeredEntries, 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports an event as unknown if an attempt whose answer got lost may have delivered it", () =>
    Effect.gen(function*() {
      yield* answerEntries((attempt, id) =>
        attempt === 1 ? accepted(id) : id === 1 ? { ErrorCode: "MalformedDetail" } : throttled
      )
      yield* InMemory.inject({ nth: 1, fault: InMemory.cut("after") })
      const fiber = yield* Effect.forkChild(Effect.flip(EventBridge.putEvents(events.slice(0, 2), { eventBus: "b" })))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepEqual((yield* answeredEntries).map(idsOf), [[1, 2], [2], [2]])
      assert.deepEqual(error.failures.map(({ code, delivery }) => [code, delivery]), [
        ["MalformedDetail", "Unknown"],
        ["ThrottlingException", "Unknown"]
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports an event as unknown when the answer has no entry for it", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(PutEventsCommand, () => Effect.succeed({ Entries: [accepted(1)] }))
      const error = yield* Effect.flip(EventBridge.putEvents(events, { eventBus: "b" }))
      assert.deepEqual(error.delivered.map(({ id }) => id), ["id-1"])
      assert.deepEqual(error.unknown, events.slice(1))
      assert.isTrue(error.failures.every(({ code }) => code === "NoAnswer"))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't send an event that its own schema rejects", () =>
    Effect.gen(function*() {
      const broken = Object.assign(Object.create(Blob.prototype), { id: "hunter2", data: "" }) as Blob
      const error = yield* Effect.flip(EventBridge.putEvents([events[0]!, broken], { eventBus: "default" }))
      assert.lengthOf(error.delivered, 1)
      assert.strictEqual(error.failures[0]?.code, "EventNotEncodable")
      assert.notInclude(error.failures[0]!.message, "hunter2")
      assert.deepEqual((yield* answeredEntries).map(idsOf), [[1]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("putEvents with failed calls", () => {
  const events = Array.from({ length: 30 }, (_, id) => blob(id))
  const put = EventBridge.putEvents(events, { eventBus: "default", retry: Retry.none })

  it.effect("continues after a failed call and reports what happened to each event", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({
        nth: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "Not you", statusCode: 400 })
      })
      yield* InMemory.inject({ nth: 3, fault: InMemory.cut("after") })
      const error = yield* Effect.flip(put)
      assert.deepEqual(error.notDelivered, events.slice(0, 10))
      assert.deepEqual(error.delivered.map(({ event }) => event), events.slice(10, 20))
      assert.deepEqual(error.unknown, events.slice(20))
      assert.deepEqual([...new Set(error.failures.map(({ code }) => code))], ["AccessDeniedException", "ECONNRESET"])
      assert.instanceOf(error.cause, AwsError)
      assert.strictEqual(error.cause?.reason._tag, "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("reports events as possibly delivered when any attempt got no answer", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutEvents", nth: 1, fault: InMemory.cut("after") })
      yield* InMemory.inject({ operation: "PutEvents", nth: 2, fault: InMemory.throttled })
      const one = events.slice(0, 1)
      const error = yield* Effect.flip(EventBridge.putEvents(one, { eventBus: "default", retry: Retry.none }))
      assert.deepEqual([error.notDelivered, error.unknown], [[], one])
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1) }))))

  it.effect("keeps delivered events when resending the rest fails", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id === 1 ? throttled : accepted(id))
      yield* InMemory.inject({ nth: 2, fault: InMemory.serverFault })
      const error = yield* Effect.flip(
        EventBridge.putEvents(events.slice(0, 3), { eventBus: "default", retry: Schedule.recurs(5) })
      )
      assert.deepEqual(error.delivered.map(({ id }) => id), ["id-0", "id-2"])
      assert.deepEqual(error.unknown, [events[1]!])
      assert.strictEqual(error.cause?.reason._tag, "ServerFault")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("reveals no event detail in the error's message or JSON", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const secret = new Blob({ id: 1, data: "hunter2" })
      const error = yield* Effect.flip(EventBridge.putEvents([secret], { eventBus: "default" }))
      assert.notInclude(JSON.stringify(error) + error.message, "hunter2")
      assert.include(JSON.stringify(error), "InternalServerError")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("stops when interrupted between two attempts", () =>
    Effect.gen(function*() {
      yield* answerEntries(() => throttled)
      const fiber = yield* Effect.forkChild(
        EventBridge.putEvents(events, { eventBus: "default", retry: Schedule.spaced("1 minute") })
      )
      yield* TestClock.adjust("90 seconds")
      yield* Fiber.interrupt(fiber)
      const before = (yield* InMemory.calls).length
      yield* TestClock.adjust("1 day")
      assert.lengthOf(yield* InMemory.calls, before)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("EventBridge in memory", () => {
  it.effect("rejects a sixth target of a rule", () =>
    Effect.gen(function*() {
      yield* EventBridge.send(new PutRuleCommand({ Name: "rule", EventPattern: `{ "source": ["shop"] }` }))
      const Targets = Array.from(
        { length: 6 },
        (_, i) => ({ Id: `${i}`, Arn: `arn:aws:sqs:us-east-1:123456789012:queue-${i}` })
      )
      const put = (targets: typeof Targets) =>
        EventBridge.send(new PutTargetsCommand({ Rule: "rule", Targets: targets }))
      yield* put(Targets.slice(0, 5))
      yield* put(Targets.slice(0, 5))
      assert.strictEqual((yield* Effect.flip(put(Targets.slice(5)))).code, "LimitExceededException")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("denies access to an event bus of another account", () =>
    Effect.gen(function*() {
      const eventBus = "arn:aws:events:us-east-1:999999999999:event-bus/theirs"
      const error = yield* Effect.flip(EventBridge.putEvents([blob(1)], { eventBus }))
      assert.strictEqual(error.cause?.reason._tag, "AccessDenied")
      assert.include(error.failures[0]!.message, eventBus)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the settings of an event bus", () =>
    Effect.gen(function*() {
      const settings = {
        Description: "orders",
        KmsKeyIdentifier: "alias/orders",
        DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:123456789012:dead" },
        LogConfig: { IncludeDetail: "FULL", Level: "ERROR" }
      } as const
      const created = yield* EventBridge.send(new CreateEventBusCommand({ Name: "orders", ...settings }))
      assert.deepInclude({ ...created }, settings)
      const described = yield* EventBridge.send(new DescribeEventBusCommand({ Name: "orders" }))
      assert.deepInclude({ ...described }, settings)
      const { EventBuses = [] } = yield* EventBridge.send(new ListEventBusesCommand({ NamePrefix: "orders" }))
      assert.deepEqual(EventBuses.map((bus) => Object.keys(bus).sort()), [
        ["Arn", "CreationTime", "Description", "LastModifiedTime", "Name"]
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the tags of a rule that is put again", () =>
    Effect.gen(function*() {
      const put = (Value: string) =>
        EventBridge.send(
          new PutRuleCommand({ Name: "rule", ScheduleExpression: "rate(1 day)", Tags: [{ Key: "team", Value }] })
        )
      yield* put("shop")
      const { RuleArn: ResourceARN } = yield* put("billing")
      const { Tags } = yield* EventBridge.send(new ListTagsForResourceCommand({ ResourceARN }))
      assert.deepEqual(Tags, [{ Key: "team", Value: "shop" }])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("lists all that a request breaks in one message", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        EventBridge.send(new PutTargetsCommand({ Rule: "a rule", Targets: [{ Id: "", Arn: "" }] }))
      )
      assert.include(
        error.message,
        "4 validation errors detected: Value 'a rule' at 'rule' failed to satisfy constraint:"
      )
      assert.include(
        error.message,
        "Value '' at 'targets.1.member.arn' failed to satisfy constraint: Member must have length"
      )
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("accepts a trace and a forced deletion, which change nothing", () =>
    Effect.gen(function*() {
      yield* EventBridge.send(
        new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "t", Detail: "{}", TraceHeader: "Root=1" }] })
      )
      yield* EventBridge.send(new PutRuleCommand({ Name: "rule", ScheduleExpression: "rate(1 day)" }))
      yield* EventBridge.send(new DeleteRuleCommand({ Name: "rule", Force: true }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("accepts schedules as AWS does", () =>
    Effect.gen(function*() {
      const put = (ScheduleExpression: string) =>
        EventBridge.send(new PutRuleCommand({ Name: "rule", ScheduleExpression }))
      for (
        const good of [
          "rate(1 minute)",
          "rate(12 hours)",
          "cron(0 10 * * ? *)",
          "cron(15 12 * * ? *)",
          "cron(0 18 ? * MON-FRI *)",
          "cron(0 8 1 * ? *)",
          "cron(0/15 * * * ? *)",
          "cron(0/10 * ? * MON-FRI *)",
          "cron(0/5 8-17 ? * MON-FRI *)",
          "cron(0 9 ? * 2#1 *)",
          "cron(0 0 L * ? *)",
          "cron(0 0 3W jan,Jun ? 2026-2030)",
          "cron(0 0 29 2 ? *)",
          "cron(0 20 * * ? 2500)"
        ]
      ) yield* put(good)
      for (
        const bad of [
          "rate(1 minutes)",
          "rate(5 minute)",
          "rate(0 days)",
          "rate(5minutes)",
          "cron(0 12 * * * *)",
          "cron(0 12 ? * ? *)",
          "cron(0 12 * * ?)",
          "cron(60 12 * * ? *)",
          "cron(0 24 * * ? *)",
          "cron(0 12 32 * ? *)",
          "cron(0 12 * 13 ? *)",
          "cron(0 12 ? * 8 *)",
          "cron(0 12 1,L * ? *)",
          "cron(0/0 12 * * ? *)",
          "cron(0 12 * * ? 1969)",
          "cron(0 12 31 2 ? *)",
          "cron(0 12 29 2 ? 2027)",
          "cron(0 12 1,15W * ? *)",
          "cron(0 12 ? * MON#6 *)",
          "cron(0 12#1 * * ? *)",
          "Rate(5 minutes)",
          "rate(5 weeks)",
          "rate(-1 days)",
          "at(2026-01-31T12:00:00)",
          "every day"
        ]
      ) {
        const error = yield* Effect.flip(put(bad))
        assert.include(error.message, "Parameter ScheduleExpression is not valid.", bad)
      }
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
})

import { PutEventsCommand, type PutEventsRequestEntry, type PutEventsResultEntry } from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Random,
  References,
  Schedule,
  Schema,
  Scope,
  Stream,
  Tracer
} from "effect"
import { type AwsError, EventBridge, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { countingFibers } from "../support/fibers.ts"

class Placed extends EventBridge.Event<Placed>()({
  source: "shop",
  detailType: "Placed",
  fields: { id: Schema.Int, data: Schema.optionalKey(Schema.String) }
}) {}

const placed = (id: number, bytes?: number) =>
  new Placed({ id, ...(bytes !== undefined && { data: "x".repeat(bytes) }) })

const many = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => placed(from + i))

const idsOf = (entries: ReadonlyArray<PutEventsRequestEntry>): ReadonlyArray<number> =>
  entries.map(({ Detail = "" }) => JSON.parse(Detail).id)

/** The entries of each PutEvents call, in order. */
const entries = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.filter(({ operation }) => operation === "PutEvents")
      .map(({ input }) => (input as { readonly Entries: ReadonlyArray<PutEventsRequestEntry> }).Entries)
)
const sent = Effect.map(entries, (calls) => calls.map(idsOf))

/** Answers each entry by the number of the PutEvents call (from 1) and the event's id. */
const answerEntries = (answer: (call: number, id: number) => PutEventsResultEntry) => {
  let call = 0
  return InMemory.handle(PutEventsCommand, ({ Entries = [] }) => {
    call++
    return Effect.succeed({ Entries: idsOf(Entries).map((id) => answer(call, id)) })
  })
}
const throttled = { ErrorCode: "ThrottlingException", ErrorMessage: "Rate exceeded" }
const malformed = { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }
const accepted = (id: number) => ({ EventId: `id-${id}` })

type Options = Omit<EventBridge.PublisherOptions, "eventBus" | "onFailure">

/** A publisher in a scope of its own, and what it reported. */
const open = Effect.fnUntraced(function*(options: Options = {}) {
  const scope = yield* Scope.make()
  const failures: Array<EventBridge.EventFailure<EventBridge.Event>> = []
  const publisher = yield* EventBridge.publisher({
    eventBus: "default",
    ...options,
    onFailure: (error) => Effect.sync(() => failures.push(...error.failures))
  }).pipe(Scope.provide(scope))
  /** Each lost event's id, what is known of it, and why. */
  const lost = () => failures.map(({ code, delivery, event }) => [(event as Placed).id, delivery, code])
  return { publisher, close: Scope.close(scope, Exit.void), failures, lost }
})

/** Lets all fibers go on until they wait for time. */
const settle = Effect.repeat(TestClock.adjust(0), { times: 3 })

/** Runs the effect without retries of the Layer's own, so that each attempt is the publisher's. */
const once = { retry: Retry.none }

const spaced = (times: number) => Schedule.upTo(Schedule.spaced("10 seconds"), { times })

describe("a publisher of events sends", () => {
  it.effect("when the first event has waited for maxDelay, with the time at which it was published", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "5 seconds" })
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      yield* publisher.publish(placed(1))
      yield* TestClock.adjust("3 seconds")
      yield* publisher.publish(placed(2))
      yield* TestClock.adjust("1999 millis")
      assert.isEmpty(yield* sent)
      assert.strictEqual(yield* publisher.pending, 2)
      yield* TestClock.adjust("1 millis")
      const [call = [], ...more] = yield* entries
      assert.isEmpty(more)
      assert.deepEqual(idsOf(call), [1, 2])
      assert.deepEqual(call.map(({ EventBusName }) => EventBusName), ["default", "default"])
      assert.deepEqual(call.map(({ Time }) => Time?.toISOString()), [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:03.000Z"
      ])
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("after one second by default", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open()
      yield* publisher.publish(placed(1))
      yield* TestClock.adjust("999 millis")
      assert.isEmpty(yield* sent)
      yield* TestClock.adjust("1 millis")
      assert.deepEqual(yield* sent, [[1]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("when maxDelay has passed, although the time of day was set back meanwhile", () =>
    Effect.gen(function*() {
      const clock = yield* Clock.clockWith(Effect.succeed)
      let offset = 0
      const settable: Clock.Clock = {
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + offset,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (time) => time + offset)
      }
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const { publisher } = yield* Effect.provideService(open({ maxDelay: "5 seconds" }), Clock.Clock, settable)
      yield* publisher.publish(placed(1))
      yield* settle
      offset = -Duration.toMillis("1 hour")
      yield* TestClock.adjust("5 seconds")
      assert.deepEqual(yield* sent, [[1]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("as soon as there are ten events, in the order in which they were published", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour" })
      yield* publisher.publishAll(many(1, 9))
      yield* settle
      assert.isEmpty(yield* sent)
      yield* publisher.publishAll(many(10, 25))
      yield* settle
      assert.deepEqual((yield* sent).map((ids) => [ids[0], ids.length]), [[1, 10], [11, 10]])
      assert.strictEqual(yield* publisher.pending, 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("as soon as the next event makes the call too large", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour" })
      yield* publisher.publishAll([placed(1, 500_000), placed(2, 500_000)])
      yield* settle
      assert.isEmpty(yield* sent)
      yield* publisher.publish(placed(3, 100_000))
      yield* settle
      assert.deepEqual(yield* sent, [[1, 2]])
      yield* publisher.publish(placed(4, 1_000_000))
      yield* settle
      assert.deepEqual(yield* sent, [[1, 2], [3]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("at once if maxDelay is 0", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publish(placed(1))
      yield* settle
      assert.deepEqual(yield* sent, [[1]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("as soon as the queue is full, even if a call would take more", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour", capacity: 3 })
      yield* publisher.publishAll(many(1, 7))
      yield* settle
      assert.deepEqual(yield* sent, [[1, 2, 3], [4, 5, 6]])
      assert.strictEqual(yield* publisher.pending, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("one call at a time by default, and as many as concurrency says", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 second") })
      const [one, three] = [yield* open({ maxDelay: 0 }), yield* open({ maxDelay: 0, concurrency: 3 })]
      yield* one.publisher.publishAll(many(1, 50))
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* sent, 1)
      yield* TestClock.adjust("4 seconds")
      assert.deepEqual((yield* sent).flat(), many(1, 50).map(({ id }) => id))
      yield* three.publisher.publishAll(many(1, 50))
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* sent, 5 + 3)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* sent, 5 + 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("the events of a Stream", () =>
    Effect.gen(function*() {
      const { close, publisher } = yield* open()
      yield* Stream.fromIterable(many(1, 25)).pipe(Stream.runForEach(publisher.publish))
      yield* Stream.fromIterable(many(26, 30)).pipe(Stream.runForEachArray(publisher.publishAll))
      yield* close
      assert.deepEqual((yield* sent).flat(), many(1, 30).map(({ id }) => id))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("flush of a publisher", () => {
  it.effect("sends at once what was published before it, and waits until that is settled", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 2, fault: InMemory.delay("1 second") })
      const { publisher } = yield* open({ maxDelay: "1 hour" })
      yield* publisher.publishAll(many(1, 12))
      const fiber = yield* Effect.forkChild(publisher.flush)
      yield* settle
      yield* publisher.publish(placed(13))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(fiber)
      assert.deepEqual((yield* sent).flat(), many(1, 13).map(({ id }) => id))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits again for what is published right after it, as in the next invocation of a function", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: "1 hour" })
      for (const number of [1, 2, 3]) {
        yield* publisher.publish(placed(number))
        yield* publisher.flush
        assert.strictEqual(yield* publisher.pending, 0)
      }
      assert.deepEqual(yield* sent, [[1], [2], [3]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("returns at once if nothing is pending, also after the scope has ended", () =>
    Effect.gen(function*() {
      const { close, publisher } = yield* open()
      yield* publisher.flush
      yield* close
      yield* publisher.flush
      assert.isEmpty(yield* sent)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for retries, and for onFailure", () =>
    Effect.gen(function*() {
      yield* answerEntries((call, id) => id === 2 ? malformed : call < 3 ? throttled : accepted(id))
      const done = yield* Deferred.make<void>()
      const publisher = yield* EventBridge.publisher({
        eventBus: "b",
        retry: spaced(5),
        onFailure: () => Deferred.await(done)
      })
      yield* publisher.publishAll([placed(1), placed(2)])
      const fiber = yield* Effect.forkChild(publisher.flush)
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(done, undefined)
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(fiber)
      assert.deepEqual(yield* sent, [[1, 2], [1], [1]])
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

  it.effect("doesn't hold up what is published later when it's interrupted", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 second") })
      const { publisher } = yield* open()
      yield* publisher.publish(placed(1))
      const fiber = yield* Effect.forkChild(publisher.flush)
      yield* settle
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("deliver of a publisher", () => {
  it.effect("returns the id of the event when EventBridge has accepted it", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => accepted(id))
      const { publisher } = yield* open()
      const fibers = yield* Effect.forEach(many(1, 3), (event) => Effect.forkChild(publisher.deliver(event)))
      yield* TestClock.adjust("999 millis")
      assert.isTrue(fibers.every((fiber) => fiber.pollUnsafe() === undefined))
      yield* TestClock.adjust("1 millis")
      assert.deepEqual(yield* Fiber.joinAll(fibers), ["id-1", "id-2", "id-3"])
      assert.deepEqual(yield* sent, [[1, 2, 3]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with EventsNotDelivered for its own event only, which onFailure doesn't get", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id < 3 ? malformed : accepted(id))
      const { lost, publisher } = yield* open()
      const fiber = yield* Effect.forkChild(Effect.flip(publisher.deliver(placed(1))))
      const other = yield* Effect.forkChild(publisher.deliver(placed(3)))
      yield* settle
      yield* publisher.publish(placed(2))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "EventsNotDelivered")
      if (error._tag !== "EventsNotDelivered") return
      assert.deepEqual(error.failures, [{
        event: placed(1),
        index: 0,
        delivery: "NotDelivered",
        code: "MalformedDetail",
        message: "Detail is malformed.",
        cause: undefined
      }])
      assert.strictEqual(yield* Fiber.join(other), "id-3")
      assert.deepEqual(lost(), [[2, "NotDelivered", "MalformedDetail"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't wait for the events that are sent again", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id === 1 ? throttled : accepted(id))
      const { publisher } = yield* open()
      yield* publisher.publish(placed(1))
      const fiber = yield* Effect.forkChild(publisher.deliver(placed(2)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "id-2")
      assert.strictEqual(yield* publisher.pending, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("still sends the event of a caller that was interrupted, and reports its failure to onFailure", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id === 1 ? accepted(id) : malformed)
      const { lost, publisher } = yield* open()
      const fibers = yield* Effect.forEach(many(1, 2), (event) => Effect.forkChild(publisher.deliver(event)))
      yield* settle
      yield* Fiber.interruptAll(fibers)
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* sent, [[1, 2]])
      assert.deepEqual(lost(), [[2, "NotDelivered", "MalformedDetail"]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a full queue of a publisher", () => {
  it.effect("makes publishers wait, in their order, until there is room", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 minute") })
      const { publisher } = yield* open({ maxDelay: 0, capacity: 2 })
      yield* publisher.publishAll(many(1, 2))
      const done: Array<number> = []
      for (const event of many(3, 6)) {
        yield* Effect.forkChild(Effect.tap(publisher.publish(event), () => Effect.sync(() => done.push(event.id))))
      }
      yield* TestClock.adjust("59 seconds")
      assert.deepEqual([done, yield* publisher.pending], [[], 2])
      yield* TestClock.adjust("1 second")
      assert.deepEqual([done, yield* publisher.pending], [[3, 4], 2])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual([done, yield* publisher.pending], [[3, 4, 5, 6], 2])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* sent, [[1, 2], [3, 4], [5, 6]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("counts what is sent again, so that a long outage stops the publishers", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 3, fault: InMemory.cut("before") })
      const { publisher } = yield* open({ maxDelay: 0, capacity: 10, retry: spaced(10) })
      yield* publisher.publishAll(many(1, 10))
      const fiber = yield* Effect.forkChild(publisher.publish(placed(11)))
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      yield* settle
      assert.deepEqual((yield* sent).map(({ length }) => length), [10, 10, 10, 10, 1])
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("forgets a publisher that was interrupted while it waited", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 minute") })
      const { publisher } = yield* open({ maxDelay: 0, capacity: 1 })
      yield* publisher.publish(placed(1))
      const fiber = yield* Effect.forkChild(publisher.publish(placed(2)))
      const next = yield* Effect.forkChild(publisher.publish(placed(3)))
      yield* settle
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("3 minutes")
      yield* Fiber.join(next)
      assert.deepEqual(yield* sent, [[1], [3]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an event that no call can carry", () => {
  const broken = Object.assign(Object.create(Placed.prototype), { id: "hunter2" }) as Placed
  const untyped = (detailType: string): EventBridge.Event => ({
    [EventBridge.eventType]: {
      source: "shop",
      detailType,
      detail: Schema.Unknown as unknown as Schema.Codec<unknown, object>
    }
  })

  it.effect("fails when it's published", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open()
      const cases = [
        [broken, "EventNotEncodable"],
        [placed(1, 1_100_000), "EntryTooLarge"],
        [untyped("x".repeat(129)), "DetailTypeTooLong"]
      ] as const
      for (const [event, code] of cases) {
        for (const publish of [publisher.publish(event), publisher.deliver(event), publisher.publishAll([event])]) {
          const error = yield* Effect.flip(publish as Effect.Effect<unknown, EventBridge.EventsNotDelivered<object>>)
          assert.strictEqual(error._tag, "EventsNotDelivered")
          assert.deepEqual(error.failures.map(({ code, delivery, index }) => [index, delivery, code]), [
            [0, "NotDelivered", code]
          ])
          assert.strictEqual(error.notDelivered[0], event)
          assert.notInclude(error.message, "hunter2")
        }
      }
      assert.strictEqual(yield* publisher.pending, 0)
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps publishAll from publishing the others", () =>
    Effect.gen(function*() {
      const { publisher } = yield* open({ maxDelay: 0 })
      const events = [placed(1), placed(2, 1_100_000), placed(3), broken]
      const error = yield* Effect.flip(publisher.publishAll(events))
      assert.strictEqual(error._tag, "EventsNotDelivered")
      if (error._tag !== "EventsNotDelivered") return
      assert.deepEqual(error.failures.map(({ code, index }) => [index, code]), [
        [0, "NotPublished"],
        [1, "EntryTooLarge"],
        [2, "NotPublished"],
        [3, "EventNotEncodable"]
      ])
      assert.deepEqual(error.notDelivered, events)
      yield* settle
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an event that isn't accepted", () => {
  it.effect("is sent again as the schedule says if the cause is transient, before later events", () =>
    Effect.gen(function*() {
      yield* answerEntries((call, id) => id === 1 && call < 3 ? throttled : accepted(id))
      const { lost, publisher } = yield* open({ maxDelay: 0, retry: spaced(10) })
      yield* publisher.publishAll([placed(1), placed(2)])
      yield* settle
      yield* publisher.publish(placed(3))
      yield* TestClock.adjust("9 seconds")
      assert.deepEqual(yield* sent, [[1, 2]])
      yield* TestClock.adjust("11 seconds")
      assert.deepEqual(yield* sent, [[1, 2], [1], [1], [3]])
      assert.isEmpty(lost())
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is sent again for an hour by default, with waits of at most 30 seconds", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const { lost, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publish(placed(1))
      yield* TestClock.adjust("1 hour")
      const times = (yield* InMemory.calls).map(({ time }) => time.getTime())
      const waits = times.slice(1).map((time, i) => time - times[i]!)
      assert.isAtLeast(waits[0]!, 100)
      assert.isAtMost(waits[0]!, 200)
      assert.isAtMost(Math.max(...waits), 30_000)
      assert.isAtLeast(Math.min(...waits.slice(10)), 15_000)
      yield* TestClock.adjust("30 seconds")
      assert.deepEqual(lost(), [[1, "Unknown", "InternalServerError"]])
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Random.withSeed("waits"), Effect.provide(InMemory.layer(once))))

  it.effect("goes to onFailure at once if the cause isn't transient", () =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id === 2 ? malformed : accepted(id))
      const { failures, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publishAll(many(1, 3))
      yield* settle
      assert.deepEqual(failures.map(({ event, ...failure }) => [(event as Placed).id, failure]), [[2, {
        index: 0,
        delivery: "NotDelivered",
        code: "MalformedDetail",
        message: "Detail is malformed.",
        cause: undefined
      }]])
      yield* InMemory.inject({
        times: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 400 })
      })
      yield* publisher.publishAll(many(4, 5))
      yield* settle
      assert.deepEqual(failures.slice(1).map(({ cause, code, index }) => [index, code, cause?.code]), [
        [0, "AccessDeniedException", "AccessDeniedException"],
        [1, "AccessDeniedException", "AccessDeniedException"]
      ])
      yield* publisher.publish(placed(6))
      yield* settle
      assert.deepEqual((yield* sent).at(-1), [6])
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("goes to onFailure when the retries end", () =>
    Effect.gen(function*() {
      yield* answerEntries(() => throttled)
      const { lost, publisher } = yield* open({ maxDelay: 0, retry: spaced(2) })
      yield* publisher.publishAll(many(1, 2))
      yield* TestClock.adjust("19 seconds")
      assert.isEmpty(lost())
      yield* TestClock.adjust("1 second")
      assert.deepEqual(lost(), [1, 2].map((id) => [id, "NotDelivered", "ThrottlingException"]))
      assert.lengthOf(yield* sent, 3)
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("stays unknown if one attempt may have delivered it, whatever the later ones say", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.cut("after") })
      yield* answerEntries((call, id) => call === 1 ? accepted(id) : id === 1 ? malformed : throttled)
      const { lost, publisher } = yield* open({ maxDelay: 0, retry: spaced(1) })
      yield* publisher.publishAll(many(1, 2))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* sent, [[1, 2], [1, 2]])
      assert.deepEqual(lost(), [[1, "Unknown", "MalformedDetail"], [2, "Unknown", "ThrottlingException"]])
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("alone fails if EventBridge refuses the call because of it", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(PutEventsCommand, ({ Entries = [] }) =>
        idsOf(Entries).includes(3)
          ? Effect.fail(InMemory.fault({ code: "ValidationException", message: "1 validation error detected" }))
          : Effect.succeed({ Entries: idsOf(Entries).map(accepted) }))
      const { lost, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publishAll(many(1, 10))
      yield* settle
      assert.deepEqual(lost(), [[3, "NotDelivered", "ValidationException"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("goes to onFailure if the call dies, and the publisher goes on", () =>
    Effect.gen(function*() {
      const { lost, publisher } = yield* open()
      yield* publisher.publishAll(many(1, 2))
      const fiber = yield* Effect.forkChild(Effect.flip(publisher.deliver(placed(3))))
      yield* TestClock.adjust("1 second")
      assert.deepEqual(lost().map(([id, delivery]) => [id, delivery]), [[1, "Unknown"], [2, "Unknown"]])
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "EventsNotDelivered")
      yield* publisher.publish(placed(4))
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* sent, [[4]])
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer({
      aspects: [(send) => {
        let calls = 0
        return (call) => ++calls < 2 ? Effect.die(new Error("an aspect died")) : send(call)
      }]
    }))))
})

describe("onFailure of a publisher", () => {
  const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") lines.push(String(Array.isArray(message) ? message[0] : message))
      })
      yield* Effect.provide(effect, Logger.layer([logger]))
      return lines
    })

  const losing = <R = never>(options: Omit<EventBridge.PublisherOptions<R>, "eventBus">) =>
    Effect.gen(function*() {
      yield* answerEntries((_, id) => id < 3 ? malformed : accepted(id))
      const publisher = yield* EventBridge.publisher({ eventBus: "orders", maxDelay: 0, ...options })
      yield* publisher.publishAll(many(1, 4))
      yield* settle
      assert.strictEqual(yield* publisher.pending, 0)
      yield* publisher.publish(placed(5))
      yield* settle
      assert.deepEqual(yield* sent, [[1, 2, 3, 4], [5]])
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer()))

  it.effect("is an error in the log by default, with the types of the events", () =>
    Effect.gen(function*() {
      const [line = "", ...more] = yield* logged(losing({}))
      assert.isEmpty(more)
      assert.include(line, "Of 2 events for the event bus orders, 2 were not delivered (MalformedDetail)")
      assert.include(line, "They were: 2 Placed of shop.")
    }))

  it.effect("can send on an event that an answer of status 500 leaves in doubt, as the guide does", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutEvents", nth: 1, fault: InMemory.serverFault })
      const messages: Array<string> = []
      const lines = yield* logged(
        Effect.gen(function*() {
          const publisher = yield* EventBridge.publisher({
            eventBus: "orders",
            maxDelay: 0,
            retry: Retry.none,
            onFailure: (error) => {
              messages.push(error.message)
              return EventBridge.putEvents([...error.notDelivered, ...error.unknown], { eventBus: "default" })
            }
          })
          yield* publisher.publish(placed(1))
          yield* publisher.flush
        }).pipe(Effect.scoped)
      )
      assert.isEmpty(lines)
      assert.deepEqual((yield* entries).map(([entry]) => entry?.EventBusName), ["orders", "default"])
      assert.match(
        messages[0]!,
        /^Of 1 event for the event bus orders, 1 may or may not have been delivered \(\w+\)\. Put/
      )
      assert.include(messages[0], "Put the events in `unknown` again if twice is better than never.")
      assert.notInclude(messages[0], "notDelivered")
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("gets the events of a call in one error, which is that of putEvents", () =>
    Effect.gen(function*() {
      const errors: Array<EventBridge.EventsNotDelivered<EventBridge.Event>> = []
      const lines = yield* logged(losing({ onFailure: (error) => Effect.sync(() => errors.push(error)) }))
      assert.isEmpty(lines)
      assert.lengthOf(errors, 1)
      assert.strictEqual(errors[0]?.eventBus, "orders")
      assert.deepEqual(errors[0]?.notDelivered, many(1, 2))
      assert.deepEqual(errors[0]?.failures.map(({ index }) => index), [0, 1])
    }))

  for (
    const [title, onFailure] of [
      ["fails", () => Effect.fail("no")],
      ["dies", () => Effect.die(new Error("no"))],
      ["is interrupted", () => Effect.interrupt],
      ["throws", () => {
        throw new Error("no")
      }]
    ] as const
  ) {
    it.effect(`that ${title} leaves the publisher alone, and the log says what is lost`, () =>
      Effect.gen(function*() {
        const [line = "", ...more] = yield* logged(losing({ onFailure }))
        assert.isEmpty(more)
        assert.include(line, "2 Placed of shop")
        assert.include(line, "`onFailure` did not succeed")
      }))
  }

  it.effect("has the services that it had when the publisher was made", () =>
    Effect.gen(function*() {
      class Elsewhere extends Context.Service<Elsewhere, { readonly put: (ids: ReadonlyArray<number>) => void }>()(
        "test/Elsewhere"
      ) {}
      const put: Array<number> = []
      const lines = yield* logged(
        losing({
          onFailure: ({ notDelivered }) =>
            Elsewhere.useSync((_) => _.put(notDelivered.map((event) => (event as Placed).id)))
        }).pipe(Effect.provideService(Elsewhere, { put: (ids) => put.push(...ids) }))
      )
      assert.isEmpty(lines)
      assert.deepEqual(put, [1, 2])
    }))
})

describe("when its scope ends, a publisher", () => {
  it.effect("sends all that it has at once, and takes nothing more", () =>
    Effect.gen(function*() {
      const { close, lost, publisher } = yield* open({ maxDelay: "1 hour" })
      yield* publisher.publishAll(many(1, 25))
      yield* close
      assert.deepEqual((yield* sent).flat(), many(1, 25).map(({ id }) => id))
      for (const publish of [publisher.publish(placed(26)), publisher.deliver(placed(26))]) {
        const error = yield* Effect.flip(publish as Effect.Effect<unknown, EventBridge.PublisherClosed>)
        assert.instanceOf(error, EventBridge.PublisherClosed)
        assert.deepInclude({ ...error }, { what: "events for the event bus default", accepted: 0, given: 1 })
        assert.include(error.message, "took 0 of 1")
      }
      yield* publisher.publishAll([])
      assert.isEmpty(lost())
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for the calls that are under way", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 1, fault: InMemory.delay("9 seconds") })
      const { close, lost, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publish(placed(1))
      yield* settle
      yield* publisher.publish(placed(2))
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("8999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(closing)
      assert.deepEqual(yield* sent, [[1], [2]])
      assert.isEmpty(lost())
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails those that wait for room, and sends what it had accepted", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 second") })
      const { close, publisher } = yield* open({ maxDelay: 0, capacity: 3 })
      const all = yield* Effect.forkChild(Effect.flip(publisher.publishAll(many(1, 5))))
      const one = yield* Effect.forkChild(Effect.flip(publisher.publish(placed(6))))
      const caller = yield* Effect.forkChild(Effect.flip(publisher.deliver(placed(7))))
      yield* settle
      yield* Effect.forkChild(close)
      yield* TestClock.adjust("1 second")
      const errors = yield* Fiber.joinAll([all, one, caller])
      assert.deepEqual(errors.map((error) => error._tag), ["PublisherClosed", "PublisherClosed", "PublisherClosed"])
      assert.deepInclude({ ...errors[0] }, { accepted: 3, given: 5 })
      assert.deepEqual((yield* sent).flat(), [1, 2, 3])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports what isn't delivered after shutdownTimeout, and what isn't known", () =>
    Effect.gen(function*() {
      // The answer to the second call comes too late.
      yield* InMemory.inject({ nth: 2, fault: InMemory.delay("1 hour") })
      const { close, failures, lost, publisher } = yield* open({ maxDelay: 0, shutdownTimeout: "5 seconds" })
      yield* publisher.publishAll(many(1, 25))
      const caller = yield* Effect.forkChild(Effect.flip(publisher.deliver(placed(26))))
      yield* settle
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(closing)
      assert.deepEqual(lost(), [
        ...many(11, 20).map(({ id }) => [id, "Unknown", "ShutdownTimedOut"]),
        ...many(21, 25).map(({ id }) => [id, "NotDelivered", "ShutdownTimedOut"])
      ])
      assert.deepEqual(failures.map(({ index }) => index), failures.map((_, i) => i))
      const [first, last] = [failures[0]?.cause, failures.at(-1)?.cause]
      assert.deepEqual([first?.mayHaveSucceeded, last?.mayHaveSucceeded], [true, false])
      assert.strictEqual(first?.reason._tag, "TimedOut")
      assert.include(first?.message, "EventBridge.PutEvents in us-east-1: ShutdownTimedOut")
      const error = yield* Fiber.join(caller)
      assert.strictEqual(error._tag, "EventsNotDelivered")
      if (error._tag === "EventsNotDelivered") assert.deepEqual(error.notDelivered, [placed(26)])
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has ten seconds by default", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 hour") })
      const { close, lost, publisher } = yield* open({ maxDelay: 0 })
      yield* publisher.publish(placed(1))
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("9999 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(closing)
      assert.deepEqual(lost(), [[1, "Unknown", "ShutdownTimedOut"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("tries again at once what waits to be sent again, and then every second at least", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 3, fault: InMemory.throttled })
      const retry = Schedule.spaced("1 hour")
      const { close, lost, publisher } = yield* open({ maxDelay: 0, retry })
      yield* publisher.publish(placed(1))
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* sent, 1)
      const closing = yield* Effect.forkChild(close)
      yield* settle
      assert.lengthOf(yield* sent, 2)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(closing)
      assert.lengthOf(yield* sent, 4)
      assert.isEmpty(lost())
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("reports the last failure of what waited to be sent again", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const { close, lost, publisher } = yield* open({ maxDelay: 0, retry: spaced(100), shutdownTimeout: "900 millis" })
      yield* publisher.publish(placed(1))
      yield* settle
      const closing = yield* Effect.forkChild(close)
      yield* TestClock.adjust("900 millis")
      yield* Fiber.join(closing)
      assert.deepEqual(lost(), [[1, "NotDelivered", "ThrottlingException"]])
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("doesn't wait for onFailure longer than shutdownTimeout once more, and logs what that leaves", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") lines.push(String(Array.isArray(message) ? message[0] : message))
      })
      yield* InMemory.inject({ nth: 2, fault: InMemory.delay("1 hour") })
      yield* InMemory.inject({
        nth: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 400 })
      })
      const scope = yield* Scope.make()
      yield* Effect.gen(function*() {
        const publisher = yield* EventBridge.publisher({
          eventBus: "default",
          maxDelay: 0,
          concurrency: 2,
          onFailure: () => Effect.never
        }).pipe(Scope.provide(scope))
        yield* publisher.publishAll(many(1, 20))
        yield* settle
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* TestClock.adjust("19999 millis")
        assert.isUndefined(closing.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(closing)
        assert.strictEqual(yield* publisher.pending, 0)
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.lengthOf(lines, 2)
      for (const line of lines) assert.include(line, "10 Placed of shop")
    }).pipe(Effect.provide(InMemory.layer(once))))

  it.effect("does the same if the program is interrupted", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 second") })
      const program = Effect.gen(function*() {
        const publisher = yield* EventBridge.publisher({ eventBus: "default", maxDelay: "1 hour" })
        yield* publisher.publishAll(many(1, 12))
        return yield* Effect.never
      }).pipe(Effect.scoped)
      const fiber = yield* Effect.forkChild(program)
      yield* settle
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("1 second")
      assert.isUndefined(interrupting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interrupting)
      assert.deepEqual((yield* sent).map(({ length }) => length), [10, 2])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("ends before the AwsClients of the Layer below", () =>
    Effect.gen(function*() {
      class Events extends Context.Service<Events, EventBridge.Publisher>()("test/Events") {}
      const failures: Array<EventBridge.EventsNotDelivered> = []
      const events = Layer.effect(
        Events,
        EventBridge.publisher({
          eventBus: "default",
          maxDelay: "1 hour",
          onFailure: (error) => Effect.sync(() => failures.push(error))
        })
      )
      const calls: Array<number> = []
      const below = InMemory.layer({
        aspects: [(send) => (call) => {
          calls.push((call.command.input as { readonly Entries: ReadonlyArray<unknown> }).Entries.length)
          return send(call)
        }]
      })
      // Sent by a client that was built only when the Layer was released, and by one that existed.
      for (const first of [Effect.void, Events.use((_) => Effect.andThen(_.publish(placed(0)), _.flush))]) {
        for (const layer of [Layer.provide(events, below), Layer.provideMerge(events, below)]) {
          calls.length = 0
          yield* Effect.andThen(first, Events.use((_) => _.publishAll(many(1, 12)))).pipe(Effect.provide(layer))
          assert.deepEqual(calls.slice(-2), [10, 2])
          assert.isEmpty(failures)
        }
      }
    }))

  it.effect("leaves no fiber", () =>
    countingFibers((live) =>
      Effect.gen(function*() {
        yield* InMemory.inject({ share: 0.5, fault: InMemory.throttled })
        const { close, publisher } = yield* open({ concurrency: 4 })
        const before = yield* live
        assert.isAtLeast(before, 1)
        yield* publisher.publishAll(many(1, 60))
        const closing = yield* Effect.forkChild(close)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(closing)
        assert.strictEqual(yield* live, 0)
      }).pipe(Effect.provide(InMemory.layer()))
    ))
})

describe("two publishers", () => {
  it.effect("have queues and scopes of their own", () =>
    Effect.gen(function*() {
      const [a, b] = [yield* open({ maxDelay: "1 hour" }), yield* open({ maxDelay: "1 hour" })]
      yield* a.publisher.publish(placed(1))
      yield* b.publisher.publish(placed(2))
      yield* a.close
      assert.deepEqual(yield* sent, [[1]])
      yield* b.publisher.publish(placed(3))
      yield* b.publisher.flush
      assert.deepEqual(yield* sent, [[1], [2, 3]])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an option of a publisher", () => {
  it.effect("that isn't valid is refused", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [Options, string]> = [
        [{ maxDelay: -1 }, "InvalidMaxDelay"],
        [{ maxDelay: Number.NaN }, "InvalidMaxDelay"],
        [{ maxDelay: Infinity }, "InvalidMaxDelay"],
        [{ maxDelay: Duration.infinity }, "InvalidMaxDelay"],
        [{ maxDelay: "soon" as Duration.Input }, "InvalidMaxDelay"],
        [{ shutdownTimeout: -1 }, "InvalidShutdownTimeout"],
        [{ shutdownTimeout: "Infinity" }, "InvalidShutdownTimeout"],
        [{ capacity: 0 }, "InvalidCapacity"],
        [{ capacity: 1.5 }, "InvalidCapacity"],
        [{ capacity: Number.NaN }, "InvalidCapacity"],
        [{ capacity: Infinity }, "InvalidCapacity"],
        [{ concurrency: 0 }, "InvalidConcurrency"],
        [{ concurrency: -Infinity }, "InvalidConcurrency"]
      ]
      for (const [options, code] of wrong) {
        const error: AwsError = yield* Effect.flip(open(options))
        assert.deepEqual([error._tag, error.reason._tag, error.code], ["AwsError", "Misconfigured", code])
        assert.include(error.message, `\`${Object.keys(options)[0]}\` is ${Object.values(options)[0]}`.slice(0, 16))
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a call of a publisher", () => {
  it.effect("has a span of its own, which links to those of the events, and counts them", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* Effect.gen(function*() {
        const publisher = yield* EventBridge.publisher({ eventBus: "default" }).pipe(Effect.withSpan("startup"))
        yield* Effect.withSpan(publisher.publishAll(many(1, 3)), "first")
        yield* Effect.withSpan(publisher.publish(placed(4)), "second")
        yield* publisher.publish(placed(5))
        yield* publisher.flush
      }).pipe(Effect.scoped, Effect.withTracer(tracer), Effect.provideService(References.MinimumLogLevel, "Debug"))
      const span = spans.find(({ name }) => name === "EventBridge.publisher")
      assert.isTrue(span?.parent._tag === "None")
      assert.strictEqual(span?.attributes.get("messaging.batch.message_count"), 5)
      assert.deepEqual(span?.links.map((link) => (link.span as Tracer.Span).name), ["first", "second"])
      const call = spans.find(({ name }) => name === "EventBridge.PutEvents")
      assert.isTrue(call?.parent._tag === "Some" && call.parent.value === span)
    }).pipe(Effect.provide(InMemory.layer())))
})

// A fiber may be interrupted while it publishes, while the scope ends, or both.
it.effect("publish and the end of the scope, at the same time, leave each event either sent or refused", () =>
  Effect.gen(function*() {
    for (let yields = 0; yields < 12; yields++) {
      const before = (yield* sent).length
      const { close, lost, publisher } = yield* open({ capacity: 5, maxDelay: "1 hour" })
      const fibers = yield* Effect.forEach(
        many(1, 20),
        (event) => Effect.forkChild(Effect.exit(publisher.publish(event)))
      )
      for (let i = 0; i < yields; i++) yield* Effect.yieldNow
      yield* close
      const exits = yield* Fiber.joinAll(fibers)
      const arrived = (yield* sent).slice(before).flat().sort((a, b) => a - b)
      assert.deepEqual(arrived, many(1, 20).map(({ id }) => id).filter((_, i) => Exit.isSuccess(exits[i]!)))
      for (const exit of exits) {
        if (Exit.isFailure(exit)) assert.instanceOf(Cause.squash(exit.cause), EventBridge.PublisherClosed)
      }
      assert.isEmpty(lost())
    }
  }).pipe(Effect.provide(InMemory.layer())))

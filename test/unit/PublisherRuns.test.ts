// Publishers under faults, closed at any moment: nothing that they took is lost, and what they report is true. The judge is the
// state of the in-memory AWS: the archives of EventBridge, and the datapoints of CloudWatch.
import { GetMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import {
  CreateArchiveCommand,
  ListArchivesCommand,
  PutEventsCommand,
  type PutEventsResultEntry
} from "@aws-sdk/client-eventbridge"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Logger, Result, Schedule, Schema, Scope, Stream } from "effect"
import { CloudWatch, EventBridge, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { type Random, randomOf } from "../hostile/random.ts"
import { countingFibers } from "../support/fibers.ts"

const silent = Logger.layer([])

class Placed extends EventBridge.Event<Placed>()({
  source: "shop",
  detailType: "Placed",
  fields: { id: Schema.Int }
}) {}

/** EventBridge refuses each of these. */
class Reserved extends EventBridge.Event<Reserved>()({
  source: "aws.shop",
  detailType: "Reserved",
  fields: { id: Schema.Int }
}) {}

class Counted extends CloudWatch.OutcomeMetric<Counted>()({
  namespace: "Runs",
  outcomes: ["Yes", "No"],
  dimensions: { id: "Id" }
}) {}

class CountedToo extends CloudWatch.OutcomeMetric<CountedToo>()({
  namespace: "Runs/Too",
  outcomes: ["Yes", "No"],
  dimensions: { id: "Id" }
}) {}

/** CloudWatch refuses each of these. */
class Forbidden extends CloudWatch.OutcomeMetric<Forbidden>()({
  namespace: "AWS/Runs",
  outcomes: ["Yes", "No"],
  dimensions: { id: "Id" }
}) {}

/** What a run observes of each element, by id. */
interface Seen {
  /** The publisher took it. */
  readonly taken: Set<number>
  /** The publisher said that it was delivered. */
  readonly confirmed: Set<number>
  /** What was reported, and whether it may have arrived. */
  readonly reported: Map<number, "Not" | "Unknown">
}

interface AnyPublisher<A> {
  readonly publish: (element: A) => Effect.Effect<void, { readonly _tag: string }>
  readonly publishAll: (elements: ReadonlyArray<A>) => Effect.Effect<void, { readonly _tag: string }>
  readonly deliver: (element: A) => Effect.Effect<unknown, { readonly _tag: string }>
  readonly flush: Effect.Effect<void>
  readonly pending: Effect.Effect<number>
}

/** Faults of all kinds; `safe` ones never leave it open whether AWS has acted. */
const injectFaults = Effect.fnUntraced(function*(random: Random, operation: string, safe: boolean) {
  const faults = [
    InMemory.throttled,
    ...(safe ? [] : [
      InMemory.serverFault,
      InMemory.cut("before"),
      InMemory.cut("after"),
      InMemory.delay(random.whole(1, 20_000), "before"),
      InMemory.delay(random.whole(1, 20_000), "after")
    ])
  ]
  for (const fault of faults) yield* InMemory.inject({ operation, share: 0.02 + random.next() / 3, fault })
})

const optionsOf = (random: Random) => ({
  maxDelay: random.pick([0, 100, 1_000, 5_000]),
  capacity: random.whole(1, 40),
  concurrency: random.whole(1, 5),
  retry: Schedule.upTo(Schedule.spaced(random.whole(1, 5_000)), { times: random.whole(0, 8) }),
  shutdownTimeout: random.pick([0, 1_000, 5_000, 30_000])
})

/** Lets time pass in steps of any length until the fiber ends. */
const pass = Effect.fnUntraced(function*<A, E>(random: Random, fiber: Fiber.Fiber<A, E>) {
  for (let steps = 0; fiber.pollUnsafe() === undefined; steps++) {
    assert.isBelow(steps, 5_000, "it doesn't end")
    yield* TestClock.adjust(random.whole(0, 1_000))
  }
  return yield* Fiber.join(fiber)
})

/** Publishes the elements in every way, from several fibers, closes at any moment, and waits for all. */
const publishAndClose = Effect.fnUntraced(function*<A>(
  random: Random,
  publisher: AnyPublisher<A>,
  close: Effect.Effect<void>,
  elements: ReadonlyArray<A>,
  idOf: (element: A) => number,
  seen: Seen,
  stateOf: (failure: any) => "Not" | "Unknown"
) {
  const use = (given: ReadonlyArray<A>, way: number) =>
    Effect.gen(function*() {
      const [only] = given
      const result = yield* Effect.result(
        way === 0 && given.length === 1
          ? publisher.deliver(only!)
          : way === 1 && given.length === 1
          ? publisher.publish(only!)
          : publisher.publishAll(given)
      )
      const failure = Result.isFailure(result) ? result.failure : undefined
      const closed = failure?._tag === "PublisherClosed" ? failure as EventBridge.PublisherClosed : undefined
      for (const element of given.slice(0, closed?.accepted)) seen.taken.add(idOf(element))
      if (way !== 0 || given.length > 1 || closed !== undefined) return
      if (failure === undefined) seen.confirmed.add(idOf(only!))
      else seen.reported.set(idOf(only!), stateOf((failure as any).failures[0]))
    })
  const fibers: Array<Fiber.Fiber<void, unknown>> = []
  const rest = [...elements]
  const closeAt = random.whole(0, elements.length + 5)
  let closing: Fiber.Fiber<void> | undefined
  const startClosing = Effect.map(Effect.forkChild(close), (fiber) => {
    closing = fiber
  })
  while (rest.length > 0) {
    const given = rest.splice(0, random.pick([1, 1, 1, 2, 15]))
    fibers.push(yield* Effect.forkChild(use(given, random.whole(0, 3))))
    if (random.chance(0.1)) fibers.push(yield* Effect.forkChild(publisher.flush))
    if (random.chance(0.5)) yield* TestClock.adjust(random.whole(0, 3_000))
    if (closing === undefined && elements.length - rest.length >= closeAt) yield* startClosing
  }
  if (closing === undefined) yield* startClosing
  yield* pass(random, closing!)
  for (const fiber of fibers) yield* pass(random, fiber)
  assert.strictEqual(yield* publisher.pending, 0)
})

/** Compares what a run saw with what has arrived, by id. */
const judge = (
  ids: ReadonlyArray<number>,
  { confirmed, reported, taken }: Seen,
  arrived: (id: number) => number,
  safe: boolean
) => {
  for (const id of ids) {
    const [count, report] = [arrived(id), reported.get(id)]
    const what = `${id}: arrived ${count} times, ${report ?? "not"} reported`
    if (!taken.has(id)) assert.deepEqual([count, report], [0, undefined], `${what}, was not taken`)
    else if (report === undefined) assert.isAtLeast(count, 1, `${what}: it is lost`)
    else if (report === "Not") assert.strictEqual(count, 0, `${what}: the report is wrong`)
    if (confirmed.has(id)) assert.isAtLeast(count, 1, what)
    if (safe) assert.isAtMost(count, 1, what)
  }
}

/** Reports may not come twice. */
const note = (seen: Seen, id: number, state: "Not" | "Unknown") => {
  assert.isFalse(seen.reported.has(id), `${id} is reported twice`)
  seen.reported.set(id, state)
}

const newSeen = (): Seen => ({ taken: new Set(), confirmed: new Set(), reported: new Map() })

const runs = 200
const layerOf = (seed: number) =>
  InMemory.layer({ seed, retry: seed % 3 === 0 ? Retry.standard() : Retry.none, journal: 0 })

/** The counts of what all runs have met: a run without faults would prove little. */
const total = () => ({ delivered: 0, not: 0, unknown: 0, refused: 0, twice: 0 })
const sum = (
  totals: ReturnType<typeof total>,
  ids: ReadonlyArray<number>,
  { reported, taken }: Seen,
  arrived: (id: number) => number
) => {
  for (const id of ids) {
    const report = reported.get(id)
    if (!taken.has(id)) totals.refused++
    else if (report === undefined) totals.delivered++
    else if (report === "Not") totals.not++
    else totals.unknown++
    if (arrived(id) > 1) totals.twice++
  }
}

/** The seed of a run that fails is in its error, and no fiber is left after a run that ends. */
const withoutLeak = <E>(seed: number, run: Effect.Effect<void, E>) =>
  countingFibers((live) => Effect.andThen(run, live)).pipe(
    Effect.catchCause((cause) => Effect.die(new Error(`seed ${seed}: ${Cause.pretty(cause)}`))),
    Effect.map((live) => assert.strictEqual(live, 0, `seed ${seed} leaves fibers`))
  )

describe("publishers under faults", () => {
  const events = (seed: number, totals: ReturnType<typeof total>) =>
    Effect.gen(function*() {
      const random = randomOf("events", seed)
      const safe = random.chance(0.3)
      const count = random.whole(5, 40)
      const all = Array.from(
        { length: count },
        (_, id) => random.chance(0.1) ? new Reserved({ id }) : new Placed({ id })
      )
      const ids = all.map(({ id }) => id)
      const arrivals = new Map<number, number>()
      // In some runs, EventBridge refuses entries for a while. Only a handler can do so, and it has its own account of arrivals.
      const refuses = random.chance(0.5)
      if (refuses) {
        yield* InMemory.handle(PutEventsCommand, ({ Entries = [] }) =>
          Effect.succeed({
            Entries: Entries.map(({ Detail = "" }): PutEventsResultEntry => {
              const { id } = JSON.parse(Detail)
              if (random.chance(0.3)) return { ErrorCode: "ThrottlingException", ErrorMessage: "Rate exceeded" }
              if (random.chance(0.1)) return { ErrorCode: "InternalFailure", ErrorMessage: "failed" }
              if (id % 7 === 3) return { ErrorCode: "MalformedDetail", ErrorMessage: "malformed" }
              arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
              return { EventId: `id-${id}` }
            })
          }))
      } else {
        for (const id of ids) {
          yield* EventBridge.send(
            new CreateArchiveCommand({
              ArchiveName: `a${id}`,
              EventSourceArn: "arn:aws:events:us-east-1:123456789012:event-bus/default",
              EventPattern: JSON.stringify({ detail: { id: [id] } })
            })
          )
        }
      }
      yield* injectFaults(random, "PutEvents", safe)
      const seen = newSeen()
      const stateOf = ({ delivery }: EventBridge.EventFailure) => delivery === "Unknown" ? "Unknown" : "Not"
      const scope = yield* Scope.make()
      const dies = random.chance(0.2)
      const publisher = yield* EventBridge.publisher({
        eventBus: "default",
        ...optionsOf(random),
        onFailure: ({ failures }) =>
          Effect.sync(() => {
            for (const failure of failures) note(seen, (failure.event as Placed).id, stateOf(failure))
            if (dies) throw new Error("onFailure died")
          })
      }).pipe(Scope.provide(scope))
      yield* publishAndClose(random, publisher, Scope.close(scope, Exit.void), all, ({ id }) => id, seen, stateOf)
      if (!refuses) {
        // An archive counts its events after some minutes.
        yield* TestClock.adjust("1 hour")
        yield* EventBridge.items(new ListArchivesCommand({}), ({ Archives }) => Archives).pipe(
          Stream.runForEach(({ ArchiveName = "", EventCount = 0 }) =>
            Effect.sync(() => arrivals.set(Number(ArchiveName.slice(1)), EventCount))
          )
        )
      }
      const arrived = (id: number) => arrivals.get(id) ?? 0
      judge(ids, seen, arrived, safe)
      sum(totals, ids, seen, arrived)
    })

  it.effect(
    `${runs} runs lose no event, report truthfully, and leave no fiber`,
    () =>
      Effect.gen(function*() {
        const totals = total()
        for (let seed = 0; seed < runs; seed++) {
          yield* withoutLeak(seed, Effect.provide(events(seed, totals), layerOf(seed)))
        }
        for (const [what, count] of Object.entries(totals)) assert.isAbove(count, 50, what)
      }).pipe(Effect.provide(silent)),
    300_000
  )

  const metrics = (seed: number, totals: ReturnType<typeof total>) =>
    Effect.gen(function*() {
      const random = randomOf("metrics", seed)
      const safe = random.chance(0.3)
      const all = Array.from({ length: random.whole(5, 40) }, (_, i) => {
        const fields = { id: String(i), outcome: "Yes" as const }
        return random.chance(0.1)
          ? new Forbidden(fields)
          : random.chance(0.5)
          ? new Counted(fields)
          : new CountedToo(fields)
      })
      const ids = all.map(({ id }) => Number(id))
      yield* injectFaults(random, "PutMetricData", safe)
      const seen = newSeen()
      const stateOf = ({ outcome }: CloudWatch.MetricFailure) => outcome === "Unknown" ? "Unknown" : "Not"
      const scope = yield* Scope.make()
      const publisher = yield* CloudWatch.publisher({
        ...optionsOf(random),
        onFailure: ({ failures }) =>
          Effect.sync(() => {
            for (const failure of failures) note(seen, Number((failure.metric as Counted).id), stateOf(failure))
          })
      }).pipe(Scope.provide(scope))
      const close = Scope.close(scope, Exit.void)
      yield* publishAndClose(random, publisher, close, all, ({ id }) => Number(id), seen, stateOf)
      const { MetricDataResults = [] } = yield* CloudWatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(0),
          EndTime: new Date((yield* Clock.currentTimeMillis) + 86_400_000),
          MetricDataQueries: all.map(({ id, namespace }) => ({
            Id: `m${id}`,
            MetricStat: {
              Metric: { Namespace: namespace, MetricName: "Yes", Dimensions: [{ Name: "Id", Value: id }] },
              Period: 86_400 * 365,
              Stat: "Sum"
            }
          }))
        })
      )
      const sums = new Map(MetricDataResults.map(({ Id, Values = [] }) => [Id, Values.reduce((a, b) => a + b, 0)]))
      const arrived = (id: number) => sums.get(`m${id}`) ?? 0
      judge(ids, seen, arrived, safe)
      sum(totals, ids, seen, arrived)
    })

  it.effect(
    `${runs} runs lose no metric, report truthfully, and leave no fiber`,
    () =>
      Effect.gen(function*() {
        const totals = total()
        for (let seed = 0; seed < runs; seed++) {
          yield* withoutLeak(seed, Effect.provide(metrics(seed, totals), layerOf(seed)))
        }
        for (const [what, count] of Object.entries(totals)) assert.isAbove(count, 50, what)
      }).pipe(Effect.provide(silent)),
    300_000
  )
})

const Step = Schema.Union([
  Schema.Struct({
    do: Schema.Literal("publish"),
    count: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 }))
  }),
  Schema.Struct({
    do: Schema.Literal("advance"),
    millis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 }))
  }),
  Schema.Struct({ do: Schema.Literals(["flush", "close"]) })
])

it.effect.prop(
  "after any sequence of publish, advance, flush and close, what arrived is what was published, without what was reported",
  {
    steps: Schema.Array(Step).check(Schema.isMaxLength(20)),
    capacity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })),
    refused: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 9 }))
  },
  ({ capacity, refused, steps }) =>
    Effect.gen(function*() {
      const arrived: Array<number> = []
      const published: Array<number> = []
      const reported: Array<number> = []
      yield* InMemory.handle(PutEventsCommand, ({ Entries = [] }) =>
        Effect.succeed({
          Entries: Entries.map(({ Detail = "" }) => {
            const { id } = JSON.parse(Detail)
            if (id % refused === 0) return { ErrorCode: "MalformedDetail" }
            arrived.push(id)
            return { EventId: `${id}` }
          })
        }))
      const scope = yield* Scope.make()
      const publisher = yield* EventBridge.publisher({
        eventBus: "default",
        capacity,
        onFailure: ({ failures }) =>
          Effect.sync(() => reported.push(...failures.map(({ event }) => (event as Placed).id)))
      }).pipe(Scope.provide(scope))
      let next = 0
      const fibers: Array<Fiber.Fiber<void>> = []
      for (const step of [...steps, { do: "close" as const }]) {
        if (step.do === "publish") {
          const given = Array.from({ length: step.count }, () => new Placed({ id: next++ }))
          fibers.push(
            yield* Effect.forkChild(
              publisher.publishAll(given).pipe(
                Effect.as(given.length),
                Effect.catchTag("PublisherClosed", ({ accepted }) => Effect.succeed(accepted)),
                Effect.orDie,
                Effect.map((count) => void published.push(...given.slice(0, count).map(({ id }) => id)))
              )
            )
          )
        } else if (step.do === "advance") yield* TestClock.adjust(step.millis)
        else if (step.do === "flush") yield* publisher.flush
        else yield* Scope.close(scope, Exit.void)
      }
      yield* Fiber.joinAll(fibers)
      const byValue = (a: number, b: number) => a - b
      assert.deepEqual([...arrived, ...reported].sort(byValue), published.sort(byValue))
      assert.isTrue(arrived.every((id, i) => i === 0 || arrived[i - 1]! < id), "out of order")
      assert.strictEqual(yield* publisher.pending, 0)
    }).pipe(Effect.provide(InMemory.layer())),
  { arbitrary: { runs: 100 }, timeout: 120_000 }
)

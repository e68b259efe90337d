// Batches that report what failed. Their judge is @aws-lambda-powertools/batch, on the same events.
import {
  BatchProcessor,
  EventType,
  FullBatchFailureError,
  processPartialResponse,
  SqsFifoPartialProcessorAsync
} from "@aws-lambda-powertools/batch"
import { assert, describe, it } from "@effect/vitest"
import type { DynamoDBRecord, KinesisStreamRecord, SQSRecord } from "aws-lambda"
import {
  Cause,
  Clock,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Logger,
  Ref,
  References,
  Result,
  Schema,
  Tracer
} from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import { TestClock } from "effect/testing"
import { Cutoff } from "../../lambda/internal/invocation.ts"
import { dynamoDbRecord, fifoRecord, invocation, kinesisRecord, sqsRecord } from "../support/lambdaEvents.ts"

const SECRET = "planted-secret"

/** What processing a message does. */
const Job = Schema.Struct({
  does: Schema.Literals(["succeed", "fail", "throw"]),
  millis: Schema.optionalKey(Schema.Int),
  secret: Schema.optionalKey(Schema.String)
})
type Job = typeof Job.Type

class JobFailed extends Error {
  override readonly name = "JobFailed"
}

const jobText = (job: Job) => JSON.stringify({ ...job, secret: SECRET })

/** Does what the job says. */
const work = ({ does, millis = 0 }: Job): Effect.Effect<void, JobFailed> =>
  Effect.andThen(
    millis === 0 ? Effect.void : Effect.sleep(millis),
    Effect.suspend(() => {
      if (does === "throw") throw new TypeError("thrown")
      return does === "fail" ? Effect.fail(new JobFailed("refused")) : Effect.void
    })
  )

const ids = ({ batchItemFailures }: Lambda.BatchResponse) =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)

const messages = (...jobs: ReadonlyArray<Job | string>) => ({
  Records: jobs.map((job, i) => sqsRecord(typeof job === "string" ? job : jobText(job), { messageId: `m-${i}` }))
})

/** Runs a batch in an invocation of a minute. */
const run = <A, E, R>(handler: Lambda.EventHandler<A, E, R>, event: unknown) =>
  Effect.flatMap(invocation(), (context) => handler(event, context))

/** The messages of the log, with the causes. */
const logged = <A, E, R>(use: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ cause, logLevel, message }) => {
      lines.push([logLevel, ...[message].flat().map(String), Cause.pretty(cause)].join(" "))
    })
    return Effect.provide(use(lines), Logger.layer([logger]))
  })

const quiet = Effect.provideService(References.MinimumLogLevel, "None")

const ok: Job = { does: "succeed" }
const bad: Job = { does: "fail" }
const dies: Job = { does: "throw" }

describe("sqsBatch", () => {
  const batch = Lambda.sqsBatch(Job, work)

  it.effect("answers with an empty list if all messages succeed", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* run(batch, messages(ok, ok)), { batchItemFailures: [] })
      assert.deepEqual(yield* run(batch, { Records: [] }), { batchItemFailures: [] })
    }))

  it.effect("processes a message with its body, its record and the context", () =>
    Effect.gen(function*() {
      const seen = yield* Ref.make<ReadonlyArray<unknown>>([])
      const handler = Lambda.sqsBatch(
        Schema.Struct({ at: Schema.Date }),
        ({ at }, { attributes, messageId }, context) =>
          Ref.set(seen, [at, attributes.ApproximateReceiveCount, messageId, context.awsRequestId])
      )
      yield* run(handler, messages(JSON.stringify({ at: new Date(0) })))
      assert.deepEqual(yield* Ref.get(seen), [new Date(0), 2, "m-0", (yield* invocation()).awsRequestId])
    }))

  it.effect("reports a failure, a defect and a body that can't be decoded, and goes on with the others", () =>
    logged((lines) =>
      Effect.gen(function*() {
        const answer = yield* run(batch, messages(ok, bad, dies, `{"does":"${SECRET}"}`, `not JSON ${SECRET}`, ok))
        assert.deepEqual(ids(answer), ["m-1", "m-2", "m-3", "m-4"])
        const log = lines.join("\n")
        assert.match(log, /Error The SQS message m-1 failed: JobFailed: refused/)
        assert.match(log, /The SQS message m-2 failed: it died with TypeError: thrown/)
        // The stack of what went wrong.
        assert.match(log, /LambdaBatches\.test\.ts/)
        assert.match(log, /m-3 failed: it does not match its schema: [^]*at \["body"\]\["does"\]/)
        assert.match(log, /m-4 failed: it does not match its schema: Expected a valid JSON string/)
        assert.notInclude(log, SECRET)
        assert.lengthOf(lines, 4)
      })
    ))

  it.effect("reports a message with a record that can't be decoded, and a handler that throws or interrupts itself", () =>
    Effect.gen(function*() {
      const { Records } = messages(ok, ok, ok, ok)
      const broken = { ...Records[0]!, attributes: {} }
      const handler = Lambda.sqsBatch(Job, (_, { messageId }) => {
        if (messageId === "m-1") throw new Error("before there is an Effect")
        return messageId === "m-2" ? Effect.interrupt : Effect.void
      })
      assert.deepEqual(ids(yield* run(handler, { Records: [broken, ...Records.slice(1)] })), ["m-0", "m-1", "m-2"])
    }).pipe(quiet))

  it.effect("never logs what a message was failed with, if that isn't an Error", () =>
    logged((lines) =>
      Effect.gen(function*() {
        const handler = Lambda.sqsBatch(Schema.Unknown, (body, { messageId }): Effect.Effect<void, unknown> =>
          messageId === "m-0"
            ? Effect.void
            : messageId === "m-1"
            ? Effect.fail(body)
            : Effect.die({ _tag: "Broken", body }))
        yield* run(handler, messages(ok, ok, ok))
        assert.deepEqual(
          lines.map((line) =>
            line.trim()
          ),
          [
            "Error The SQS message m-1 failed: a value that is not an Error",
            "Error The SQS message m-2 failed: it died with Broken"
          ]
        )
      })
    ))

  it.effect("fails the invocation if the event is no batch of messages with ids", () =>
    Effect.gen(function*() {
      const { Records: [record] } = messages(ok)
      const { messageId: _, ...without } = record!
      const events = [
        undefined,
        null,
        "text",
        {},
        { Records: null },
        { Records: [record, null] },
        { Records: [record, without] },
        { Records: [record, { ...without, messageId: "" }] },
        { Records: [record, { ...without, messageId: 1 }] },
        { Records: [kinesisRecord("{}")] },
        { Records: [{ ...record, eventSource: "aws:sns" }] },
        { Records: [{ ...record, eventSourceARN: undefined }] }
      ]
      const begun = yield* Ref.make(0)
      const handler = Lambda.sqsBatch(Job, () => Ref.update(begun, (n) => n + 1))
      for (const event of events) {
        const error = yield* Effect.flip(run(handler, event))
        assert.strictEqual(error._tag, "LambdaEventNotDecodable")
        assert.include(error.message, "a batch of SQS messages, each with its id")
      }
      assert.strictEqual(yield* Ref.get(begun), 0)
    }))

  it.effect("goes on with the others if what a message fails with can't be looked at, or isn't a failure of an Effect", () =>
    logged((lines) =>
      Effect.gen(function*() {
        const trap = (): never => {
          throw new Error(SECRET)
        }
        const hostile: ReadonlyArray<() => Effect.Effect<unknown, unknown>> = [
          () => Effect.fail(new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap })),
          () => Effect.die(new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap })),
          () =>
            Effect.fail({
              get _tag() {
                return trap()
              }
            }),
          () =>
            Effect.die(
              new (class extends Error {
                override get message(): string {
                  return trap()
                }
              })()
            ),
          // Not an Effect, from a program without types.
          () => undefined as never,
          () => Promise.resolve() as never
        ]
        const handler = Lambda.sqsBatch(Schema.Int, (i) =>
          hostile[i]?.() ?? (i < hostile.length ? undefined as never : Effect.void), {
          concurrency: 1
        })
        const answer = yield* run(
          handler,
          messages(
            ...hostile.map((_, i) =>
              String(i)
            ),
            String(hostile.length)
          )
        )
        assert.deepEqual(ids(answer), hostile.map((_, i) => `m-${i}`))
        const errors = lines.filter((line) => line.startsWith("Error"))
        assert.lengthOf(errors, hostile.length)
        assert.include(errors[0], "The SQS message m-0 failed: a value that is not an Error")
        assert.include(errors[1], "The SQS message m-1 failed: it died with a value that is not an Error")
        assert.include(
          errors[5],
          "The SQS message m-5 failed: it died with TypeError: The function of the batch returned a Promise in place of an Effect"
        )
        assert.notInclude(lines.join(), SECRET)
      })
    ))

  it.effect("says why it ended if a logger ends it", () =>
    Effect.gen(function*() {
      const broken = Logger.make<unknown, void>(({ message }) => {
        if (String(message).includes("m-0 failed")) throw new Error("no space left")
      })
      const handler = Lambda.sqsBatch(Job, work, { concurrency: 1 })
      const { failures } = yield* Effect.flip(
        Effect.provide(run(handler, messages(bad, ok)), Logger.layer([broken])) as Effect.Effect<
          unknown,
          Lambda.BatchFailed
        >
      )
      assert.deepEqual(failures, [
        { id: "m-0", reason: "JobFailed: refused" },
        { id: "m-1", reason: "it died with Error: no space left" }
      ])
    }))

  it.effect("fails the invocation if no message is done, unless it should answer with the list", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run(batch, messages(bad, dies)))
      assert.instanceOf(error, Lambda.BatchFailed)
      assert.deepEqual([error.records, error.count, error.failures], ["SQS messages", 2, [
        { id: "m-0", reason: "JobFailed: refused" },
        { id: "m-1", reason: "it died with TypeError: thrown" }
      ]])
      assert.strictEqual(
        error.message,
        "Nothing of a batch of 2 SQS messages can be taken as done. The first, m-0: JobFailed: refused. " +
          "AWS delivers the whole batch again. Correct the causes, which the log has."
      )
      const reporting = Lambda.sqsBatch(Job, work, { whenNothingIsDone: "Report" })
      assert.deepEqual(ids(yield* run(reporting, messages(bad, dies))), ["m-0", "m-1"])
    }).pipe(quiet))

  it.effect("reports an id once that two records have, if one of them fails", () =>
    Effect.gen(function*() {
      const { Records } = messages(ok, bad, bad, ok)
      const twice = Records.map((record, i) => ({ ...record, messageId: i === 3 ? "other" : "same" }))
      assert.deepEqual(ids(yield* run(batch, { Records: twice })), ["same"])
    }).pipe(quiet))

  it.effect("processes at most 10 messages at the same time, or as many as it is told", () =>
    Effect.gen(function*() {
      for (const [concurrency, most] of [[undefined, 10], [1, 1], [3, 3], ["unbounded", 25]] as const) {
        let [now, peak] = [0, 0]
        const handler = Lambda.sqsBatch(Schema.String, () =>
          Effect.suspend(() => {
            peak = Math.max(peak, ++now)
            return Effect.andThen(Effect.sleep(10), Effect.sync(() => now--))
          }), { concurrency })
        const fiber = yield* Effect.forkChild(run(handler, messages(...Array.from({ length: 25 }, () => "text"))))
        yield* TestClock.adjust("1 second")
        assert.deepEqual([ids(yield* Fiber.join(fiber)), peak], [[], most])
      }
    }))

  it.effect("dies of a concurrency that means nothing, before it begins a message", () =>
    Effect.gen(function*() {
      for (const concurrency of [0, -1, 1.5, NaN]) {
        const handler = Lambda.sqsBatch(Job, () => Effect.die("begun"), { concurrency })
        const exit = yield* Effect.exit(run(handler, messages(ok)))
        assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", `\`concurrency\` is ${concurrency}. Pass`)
      }
    }))

  it.effect("has a span for each message, and annotates its logs with the message's id", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const annotations: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ fiber, message }) => {
        annotations.push(
          `${fiber.getRef(References.CurrentLogAnnotations)["messageId"]}: ${String(message).slice(0, 26)}`
        )
      })
      const handler = Lambda.sqsBatch(Job, (job) => Effect.andThen(Effect.log("working"), work(job)))
      yield* run(handler, messages(ok, bad)).pipe(Effect.withTracer(tracer), Effect.provide(Logger.layer([logger])))
      assert.includeMembers(annotations, ["m-0: working", "m-1: working", "m-1: The SQS message m-1 failed"])
      assert.deepEqual(
        spans.map(({ attributes, kind, name, status }) => [
          name,
          kind,
          attributes.get("messaging.message.id"),
          status._tag === "Ended" && status.exit._tag
        ]),
        [["Lambda.sqsBatch", "consumer", "m-0", "Success"], ["Lambda.sqsBatch", "consumer", "m-1", "Failure"]]
      )
    }))

  it.effect("requires what the effect requires, once for the batch", () =>
    Effect.gen(function*() {
      const Count = Context.Service<Ref.Ref<number>>("Count")
      const handler = Lambda.sqsBatch(Job, () => Effect.flatMap(Count, Ref.update((n) => n + 1)))
      const count = yield* Ref.make(0)
      yield* Effect.provideService(run(handler, messages(ok, ok)), Count, count)
      assert.strictEqual(yield* Ref.get(count), 2)
    }))
})

/** Runs a batch in an invocation that Lambda ends after these milliseconds, and lets this much time pass. */
const timed = <A, E>(handler: Lambda.EventHandler<A, E, never>, event: unknown, millis: number, passes = millis) =>
  Effect.gen(function*() {
    const context = yield* invocation(millis)
    const ended = yield* Ref.make(Infinity)
    const fiber = yield* Effect.forkChild(
      Effect.ensuring(handler(event, context), Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(ended, now)))
    )
    yield* TestClock.adjust(passes)
    return { fiber, ended: yield* Ref.get(ended) }
  })

describe("a batch of messages whose time is up", () => {
  const sleeps = (millis: number): Job => ({ does: "succeed", millis })

  it.effect("keeps what is done, interrupts what runs, and leaves the rest, before the handler would be interrupted", () =>
    logged((lines) =>
      Effect.gen(function*() {
        const interrupted = yield* Ref.make<ReadonlyArray<string>>([])
        const handler = Lambda.sqsBatch(Job, (job, { messageId }) =>
          Effect.onInterrupt(work(job), () =>
            Ref.update(interrupted, (all) => [...all, messageId])), { concurrency: 2 })
        const event = messages(sleeps(100), sleeps(100), sleeps(5_000), sleeps(200), sleeps(5_000), ok)
        const { ended, fiber } = yield* timed(handler, event, 3_000)
        assert.deepEqual(ids(yield* Fiber.join(fiber)), ["m-2", "m-4", "m-5"])
        assert.deepEqual(yield* Ref.get(interrupted), ["m-2", "m-4"])
        // Lambda would end it at 3,000, and the handler at 2,500.
        assert.strictEqual(ended, 2_250)
        assert.deepEqual(
          lines.map((line) =>
            line.trim()
          ),
          [
            "Warn Left for the next delivery: the SQS message m-2, m-4, m-5: it was not done when the time of the invocation " +
            "was almost up"
          ]
        )
      })
    ))

  it.effect("follows the cutoff of the handler that runs it", () =>
    Effect.gen(function*() {
      const handler = Lambda.sqsBatch(Job, work)
      const cut: typeof handler = (event, context) => Effect.provideService(handler(event, context), Cutoff, 1_000)
      const { ended, fiber } = yield* timed(cut, messages(ok, sleeps(5_000)), 60_000, 2_000)
      assert.deepEqual([ids(yield* Fiber.join(fiber)), ended], [["m-1"], 900])
    }).pipe(quiet))

  it.effect("reports a message that ends only after it was interrupted", () =>
    Effect.gen(function*() {
      const handler = Lambda.sqsBatch(Job, (job) => Effect.uninterruptible(work(job)))
      const { ended, fiber } = yield* timed(handler, messages(ok, sleeps(2_300)), 3_000)
      assert.deepEqual([ids(yield* Fiber.join(fiber)), ended], [["m-1"], 2_300])
    }).pipe(quiet))

  it.effect("answers in time if a message doesn't let itself be interrupted", () =>
    Effect.gen(function*() {
      const handler = Lambda.sqsBatch(Job, (job) => Effect.uninterruptible(work(job)))
      const { ended, fiber } = yield* timed(handler, messages(ok, sleeps(10_000)), 3_000)
      assert.deepEqual(ids(yield* Fiber.join(fiber)), ["m-1"])
      assert.strictEqual(ended, 2_375)
    }).pipe(quiet))

  it.effect("waits for the finalizers of what it interrupts, but not for ever", () =>
    Effect.gen(function*() {
      const finished = yield* Ref.make(0)
      const handler = (millis: number) =>
        Lambda.sqsBatch(Job, (job) =>
          Effect.onInterrupt(work(job), () =>
            Effect.andThen(Effect.sleep(millis), Ref.update(finished, (n) => n + 1))))
      for (const [millis, end, count] of [[50, 2_300, 1], [5_000, 2_375, 1]] as const) {
        const start = yield* Clock.currentTimeMillis
        const { ended, fiber } = yield* timed(handler(millis), messages(ok, sleeps(5_000)), 3_000)
        assert.deepEqual(ids(yield* Fiber.join(fiber)), ["m-1"])
        assert.deepEqual([ended - start, yield* Ref.get(finished)], [end, count])
      }
    }).pipe(quiet))

  it.effect("fails as a whole if there is no time at all", () =>
    Effect.gen(function*() {
      for (const millis of [500, 100, 0, -1]) {
        const { fiber } = yield* timed(Lambda.sqsBatch(Job, work), messages(sleeps(10), sleeps(10)), millis, 100)
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert.strictEqual(error._tag, "BatchFailed")
      }
    }).pipe(quiet))

  it.effect("has all of its time if that is endless", () =>
    Effect.gen(function*() {
      const handler = Lambda.sqsBatch(Job, work)
      const { fiber } = yield* timed(
        handler,
        messages(sleeps(Duration.toMillis("40 days"))),
        Infinity,
        Duration.toMillis("41 days")
      )
      assert.deepEqual(ids(yield* Fiber.join(fiber)), [])
    }))
})

describe("a batch that is interrupted from outside", () => {
  it.effect("interrupts what runs, waits for it, and has no answer", () =>
    Effect.gen(function*() {
      const begun = yield* Deferred.make<void>()
      const released = yield* Ref.make(0)
      const handler = Lambda.sqsBatch(Job, () =>
        Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
          Effect.onInterrupt(() => Effect.andThen(Effect.sleep(10), Ref.update(released, (n) => n + 1)))
        ))
      const fiber = yield* Effect.forkChild(run(handler, messages(ok, ok)))
      yield* Deferred.await(begun)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust(10)
      yield* Fiber.join(interrupting)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.strictEqual(yield* Ref.get(released), 2)
    }))
})

describe("sqsBatch of a FIFO queue", () => {
  const fifo = (...records: ReadonlyArray<readonly [group: string, job: Job | string]>) => ({
    Records: records.map(([group, job], i) => fifoRecord(`m-${i}`, group, typeof job === "string" ? job : jobText(job)))
  })

  it.effect("doesn't process what follows a failure in its group, and reports it", () =>
    logged((lines) =>
      Effect.gen(function*() {
        const begun = yield* Ref.make<ReadonlyArray<string>>([])
        const handler = Lambda.sqsBatch(Job, (job, { messageId }) =>
          Effect.andThen(Ref.update(begun, (all) => [...all, messageId]), work(job)))
        const event = fifo(["a", ok], ["b", ok], ["a", bad], ["b", ok], ["a", ok], ["c", "no JSON"], ["c", ok], [
          "b",
          ok
        ])
        assert.deepEqual(ids(yield* run(handler, event)), ["m-2", "m-4", "m-5", "m-6"])
        assert.deepEqual([...yield* Ref.get(begun)].sort(), ["m-0", "m-1", "m-2", "m-3", "m-7"])
        assert.include(
          lines.join("\n"),
          "Left for the next delivery: the SQS message m-4, m-6: a message before it in its group failed"
        )
      })
    ))

  it.effect("processes groups side by side, and each in order", () =>
    Effect.gen(function*() {
      const ended = yield* Ref.make<ReadonlyArray<string>>([])
      const handler = Lambda.sqsBatch(Job, (job, { messageId }) =>
        Effect.andThen(work(job), Ref.update(ended, (all) => [...all, messageId])))
      const event = fifo(["a", { does: "succeed", millis: 100 }], ["a", ok], ["b", ok], ["b", {
        does: "succeed",
        millis: 50
      }])
      const { fiber } = yield* timed(handler, event, 60_000, 200)
      assert.deepEqual(ids(yield* Fiber.join(fiber)), [])
      assert.deepEqual(yield* Ref.get(ended), ["m-2", "m-3", "m-0", "m-1"])
    }))

  it.effect("reports the rest of a group whose time is up", () =>
    Effect.gen(function*() {
      const handler = Lambda.sqsBatch(Job, work)
      const event = fifo(["a", ok], ["a", { does: "succeed", millis: 9_000 }], ["a", ok], ["b", ok])
      const { fiber } = yield* timed(handler, event, 3_000)
      assert.deepEqual(ids(yield* Fiber.join(fiber)), ["m-1", "m-2"])
    }).pipe(quiet))

  it.effect("keeps no order in the groups of a standard queue, which only make it fair", () =>
    Effect.gen(function*() {
      const records = fifo(["a", bad], ["a", ok]).Records
      const standard = records.map((record) => ({
        ...record,
        eventSourceARN: record.eventSourceARN.replace(".fifo", "")
      }))
      assert.deepEqual(ids(yield* run(Lambda.sqsBatch(Job, work), { Records: standard })), ["m-0"])
    }).pipe(quiet))
})

const first = 49590338271490256608559692538361571095921575989136588898n
/** Sequence numbers that are in another order as texts and as doubles. */
const numberOf = (index: number) => String(index === 0 ? 999n : first + BigInt(index))

const clicks = (...jobs: ReadonlyArray<readonly [key: string, job: Job | string]>) => ({
  Records: jobs.map(([key, job], i) => kinesisRecord(typeof job === "string" ? job : jobText(job), numberOf(i), key))
})

const changes = (...jobs: ReadonlyArray<readonly [key: string, job: Job | string]>) => ({
  Records: jobs.map(([key, job], i) => {
    const image = { does: { S: typeof job === "string" ? job : job.does } }
    const millis = typeof job === "string" ? 0 : job.millis ?? 0
    // The attributes of a key arrive in any order.
    const keys = [["id", { S: key }], ["kind", { S: "k" }]] as const
    return dynamoDbRecord(
      { ...image, ...(millis > 0 && { millis: { N: String(millis) } }) },
      numberOf(i),
      Object.fromEntries(i % 2 === 0 ? keys : keys.toReversed())
    )
  })
})

/** The same batch of both kinds of stream. */
const streams = {
  kinesisBatch: {
    events: clicks,
    make: <E>(f: (job: Job, sequenceNumber: string) => Effect.Effect<unknown, E>, options?: Lambda.BatchOptions) =>
      Lambda.kinesisBatch(Job, (job, { kinesis }) => f(job, kinesis.sequenceNumber), options),
    what: "Kinesis record",
    records: "Kinesis records",
    other: changes(["a", ok])
  },
  dynamoDbBatch: {
    events: changes,
    make: <E>(f: (job: Job, sequenceNumber: string) => Effect.Effect<unknown, E>, options?: Lambda.BatchOptions) =>
      Lambda.dynamoDbBatch({ image: Job }, ({ dynamodb }) => f(dynamodb.NewImage!, dynamodb.SequenceNumber), options),
    what: "record of the DynamoDB stream",
    records: "records of a DynamoDB stream",
    other: clicks(["a", ok])
  }
}

for (const [name, { events, make, other, records, what }] of Object.entries(streams)) {
  describe(name, () => {
    it.effect("processes all records in order", () =>
      Effect.gen(function*() {
        const seen = yield* Ref.make<ReadonlyArray<string>>([])
        const slow: Job = { does: "succeed", millis: 10 }
        const handler = make((job, number) => Effect.andThen(work(job), Ref.update(seen, (all) => [...all, number])))
        const { fiber } = yield* timed(handler, events(["a", slow], ["b", ok], ["a", ok]), 60_000, 100)
        assert.deepEqual(yield* Fiber.join(fiber), { batchItemFailures: [] })
        assert.deepEqual(yield* Ref.get(seen), [0, 1, 2].map(numberOf))
      }))

    it.effect("stops at the first failure, and reports its sequence number", () =>
      logged((lines) =>
        Effect.gen(function*() {
          for (
            const [job, why] of [[bad, "JobFailed: refused"], [dies, "it died with TypeError"], [
              "no job",
              "it does not match"
            ]] as const
          ) {
            const begun = yield* Ref.make(0)
            const handler = make((job) => Effect.andThen(Ref.update(begun, (n) => n + 1), work(job)))
            assert.deepEqual(ids(yield* run(handler, events(["a", ok], ["b", ok], ["a", job], ["b", ok]))), [
              numberOf(2)
            ])
            assert.strictEqual(yield* Ref.get(begun), job === "no job" ? 2 : 3)
            assert.include(lines.at(-2), `The ${what} ${numberOf(2)} failed: ${why}`)
            assert.include(lines.at(-1), `the ${what} ${numberOf(3)}: a record before it failed`)
          }
          assert.notInclude(lines.join("\n"), SECRET)
        })
      ))

    it.effect("fails the invocation if the first record isn't done, unless it should answer with its number", () =>
      Effect.gen(function*() {
        const event = events(["a", bad], ["b", ok])
        const error = yield* Effect.flip(run(make(work), event))
        assert.strictEqual(error._tag, "BatchFailed")
        assert.include(error.message, `Nothing of a batch of 2 ${records} can be taken`)
        const one = yield* Effect.flip(run(make(work), events(["a", bad])))
        assert.include(one.message, `Nothing of a batch of 1 ${records.replace("records", "record")} can be taken`)
        assert.deepEqual(ids(yield* run(make(work, { whenNothingIsDone: "Report" }), event)), [numberOf(0)])
      }).pipe(quiet))

    it.effect("processes keys side by side if it may, each in order, and reports the lowest number that isn't done", () =>
      Effect.gen(function*() {
        const ended = yield* Ref.make<ReadonlyArray<string>>([])
        const handler = make(
          (job, number) => Effect.andThen(work(job), Ref.update(ended, (all) => [...all, number])),
          { concurrency: 2 }
        )
        const slow = (does: Job["does"], millis: number): Job => ({ does, millis })
        const event = events(
          ["a", slow("succeed", 100)],
          ["b", slow("succeed", 10)],
          ["b", slow("succeed", 150)],
          ["a", slow("fail", 10)],
          ["a", ok],
          ["b", ok]
        )
        const { fiber } = yield* timed(handler, event, 60_000, 1_000)
        assert.deepEqual(ids(yield* Fiber.join(fiber)), [numberOf(3)])
        // The last of b isn't begun any more, because it's repeated anyway.
        assert.deepEqual(yield* Ref.get(ended), [1, 0, 2].map(numberOf))
      }).pipe(quiet))

    it.effect("reports the first record that isn't done when the time is up", () =>
      Effect.gen(function*() {
        const slow: Job = { does: "succeed", millis: 1_000 }
        const { ended, fiber } = yield* timed(
          make(work),
          events(["a", slow], ["a", slow], ["a", slow], ["a", slow]),
          3_000
        )
        assert.deepEqual([ids(yield* Fiber.join(fiber)), ended], [[numberOf(2)], 2_250])
      }).pipe(quiet))

    it.effect("compares sequence numbers as numbers", () =>
      Effect.gen(function*() {
        // As texts, 1000 would be lower than 999.
        const { Records } = events(["a", ok], ["a", bad]) as { readonly Records: ReadonlyArray<any> }
        const numbered = Records.map((record, i) =>
          record.kinesis === undefined
            ? { ...record, dynamodb: { ...record.dynamodb, SequenceNumber: String(999 + i) } }
            : { ...record, kinesis: { ...record.kinesis, sequenceNumber: String(999 + i) } }
        )
        assert.deepEqual(ids(yield* run(make(work), { Records: numbered })), ["1000"])
      }).pipe(quiet))

    it.effect("fails the invocation if the event is no batch of records with sequence numbers, or has a tumbling window", () =>
      Effect.gen(function*() {
        const { Records: [record] } = events(["a", ok]) as { readonly Records: ReadonlyArray<any> }
        const part = record.kinesis === undefined ? "dynamodb" : "kinesis"
        const member = part === "kinesis" ? "sequenceNumber" : "SequenceNumber"
        const without = (value: unknown) => ({ ...record, [part]: { ...record[part], [member]: value } })
        const wrong = [
          undefined,
          {},
          other,
          messages(ok),
          { Records: [record, without(undefined)] },
          { Records: [record, without("")] },
          { Records: [record, without("1e3")] },
          { Records: [record, { ...record, [part]: undefined }] }
        ]
        for (const event of wrong) {
          const error = yield* Effect.flip(run(make(() => Effect.die("begun")), event))
          assert.strictEqual(error._tag, "LambdaEventNotDecodable")
          assert.include(error.message, "each with its sequence number")
        }
        const windowed = {
          Records: [record],
          window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:02:00Z" },
          state: {}
        }
        const error = yield* Effect.flip(run(make(() => Effect.die("begun")), windowed))
        assert.include(error.message, "Expected no tumbling window")
      }))
  })
}

const Jobs = Schema.Array(Schema.Struct({
  group: Schema.Literals(["a", "b", "c"]),
  job: Schema.Union([
    Schema.Literal("not a job"),
    Schema.Struct({
      does: Schema.Literals(["succeed", "succeed", "fail", "throw"]),
      millis: Schema.Literals([0, 1, 20, 4_000])
    })
  ])
})).check(Schema.isMinLength(1), Schema.isMaxLength(12))

const Concurrency = Schema.Literals([1, 2, 10, "unbounded"])

/** What an observer sees of a batch: how often each record began, in order, and which succeeded. */
const observed = (
  handlerOf: (
    f: (job: Job, id: string) => Effect.Effect<void, JobFailed>
  ) => Lambda.EventHandler<Lambda.BatchResponse, unknown, never>,
  event: unknown
) =>
  Effect.gen(function*() {
    const began: Array<string> = []
    const succeeded: Array<string> = []
    const handler = handlerOf((job, id) =>
      Effect.andThen(Effect.sync(() => void began.push(id)), work(job)).pipe(
        Effect.andThen(Effect.sync(() => void succeeded.push(id)))
      )
    )
    const { fiber } = yield* timed(handler, event, 3_000)
    return { began, succeeded, reported: ids(yield* Effect.orDie(Fiber.join(fiber))) }
  }).pipe(quiet)

const report = { whenNothingIsDone: "Report" } as const

describe("the law of batches", () => {
  it.effect.prop(
    "each message either succeeds once or is reported, groups of a FIFO queue are in order, and none follows a failure in its group",
    [Jobs, Concurrency, Schema.Boolean],
    ([jobs, concurrency, isFifo]) =>
      Effect.gen(function*() {
        const Records = jobs.map(({ group, job }, i) => {
          const record = fifoRecord(`m-${i}`, group, typeof job === "string" ? job : jobText(job))
          return isFifo ? record : { ...record, eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:orders" }
        })
        const { began, reported, succeeded } = yield* observed(
          (f) => Lambda.sqsBatch(Job, (job, { messageId }) => f(job, messageId), { concurrency, ...report }),
          { Records }
        )
        const all = Records.map(({ messageId }) => messageId)
        assert.deepEqual([...succeeded, ...reported].sort(), [...all].sort())
        assert.strictEqual(new Set(began).size, began.length)
        if (!isFifo) return
        for (const group of ["a", "b", "c"]) {
          const own = Records.filter(({ attributes }) => attributes.MessageGroupId === group).map(({ messageId }) =>
            messageId
          )
          const done = succeeded.filter((id) => own.includes(id))
          // Those that are done are the first of the group, in its order.
          assert.deepEqual(done, own.slice(0, done.length))
          assert.isAtMost(began.filter((id) => own.includes(id)).length, done.length + 1)
        }
      })
  )

  for (const [name, { events, make }] of Object.entries(streams)) {
    it.effect.prop(
      `${name} reports the lowest number that isn't done: all below it succeeded, and keys are in order`,
      [Jobs, Concurrency],
      ([jobs, concurrency]) =>
        Effect.gen(function*() {
          const event = events(...jobs.map(({ group, job }) => [group, job] as const))
          const { began, reported, succeeded } = yield* observed((f) => make(f, { concurrency, ...report }), event)
          assert.strictEqual(new Set(began).size, began.length)
          const all = jobs.map((_, i) => numberOf(i))
          const end = reported[0] === undefined ? all.length : all.indexOf(reported[0])
          assert.isAtMost(reported.length, 1)
          for (const [i, number] of all.entries()) {
            if (i < end) assert.include(succeeded, number)
            if (i === end) assert.notInclude(succeeded, number)
          }
          for (const group of ["a", "b", "c"]) {
            const own = all.filter((_, i) => jobs[i]!.group === group)
            const done = succeeded.filter((number) => own.includes(number))
            assert.deepEqual(done, own.slice(0, done.length))
          }
        })
    )
  }
})

/** Does at once what the job says, as a handler of Powertools. */
const doJob = (text: string): void => {
  const { does } = Schema.decodeSync(Schema.fromJsonString(Job))(text)
  if (does !== "succeed") throw new JobFailed(does)
}

const Quick = Schema.Array(Schema.Struct({
  group: Schema.Literals(["a", "b", "c"]),
  job: Schema.Union([
    Schema.Literal("not a job"),
    Schema.Struct({ does: Schema.Literals(["succeed", "fail", "throw"]) })
  ])
})).check(Schema.isMinLength(1), Schema.isMaxLength(12))

const silent = { error: () => {}, warn: () => {}, debug: () => {} } as any

/** The failures that Powertools reports; none if it fails the invocation. */
const powertools = (
  evaluate: () => Promise<{ readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }> }>
) =>
  Effect.promise(() =>
    evaluate().then(Result.succeed, (error) => {
      if (error instanceof FullBatchFailureError) return Result.fail("FullBatchFailure" as const)
      throw error
    })
  ).pipe(Effect.map(Result.map(ids)))

const ours = (
  handler: Lambda.EventHandler<Lambda.BatchResponse, Lambda.BatchFailed | Lambda.LambdaEventNotDecodable, never>,
  event: unknown
) =>
  Effect.result(run(handler, event)).pipe(
    Effect.map(Result.mapBoth({ onSuccess: ids, onFailure: ({ _tag }) => _tag })),
    quiet
  )

describe("Powertools reports the same", () => {
  it.effect.prop(
    "for a standard queue, and fails the invocation for the same batches",
    [Quick],
    ([jobs]) =>
      Effect.gen(function*() {
        const event = messages(...jobs.map(({ job }) => job))
        const mine = yield* ours(Lambda.sqsBatch(Job, work), event)
        const theirs = yield* powertools(() =>
          processPartialResponse(
            event as any,
            async (record: SQSRecord) => doJob(record.body),
            new BatchProcessor(EventType.SQS, { logger: silent } as any)
          )
        )
        if (Result.isFailure(theirs)) return assert.deepEqual(mine, Result.fail("BatchFailed"))
        // Powertools lists failures in the order in which they happen.
        assert.deepEqual(
          Result.map(mine, (ids) => [...ids].sort()),
          Result.map(theirs, (ids) => [...ids].sort()) as any
        )
      })
  )

  it.effect.prop("for a FIFO queue, where it skips the rest of a group", [Quick], ([jobs]) =>
    Effect.gen(function*() {
      const event = {
        Records: jobs.map(({ group, job }, i) =>
          fifoRecord(`m-${i}`, group, typeof job === "string" ? job : jobText(job))
        )
      }
      // By default it fails all that follows in the batch, whatever its group.
      const mine = yield* ours(Lambda.sqsBatch(Job, work), event)
      const theirs = yield* powertools(() =>
        processPartialResponse(
          event as any,
          async (record: SQSRecord) => doJob(record.body),
          new SqsFifoPartialProcessorAsync(),
          { skipGroupOnError: true }
        )
      )
      if (Result.isFailure(theirs)) return assert.deepEqual(mine, Result.fail("BatchFailed"))
      assert.deepEqual(mine, theirs as any)
    }))

  // Powertools processes all records and reports all failures. AWS takes the lowest of them, which is the one that we report. It fails
  // the invocation only if all records fail; we do so if the first does.
  const lowest = (numbers: ReadonlyArray<string>) =>
    numbers.length === 0 ? [] : [numbers.reduce((a, b) => BigInt(b) < BigInt(a) ? b : a)]

  it.effect.prop(
    "for a Kinesis stream, as AWS reads it",
    [Quick, Concurrency],
    ([jobs, concurrency]) =>
      Effect.gen(function*() {
        const event = clicks(...jobs.map(({ group, job }) => [group, job] as const))
        const mine = yield* ours(Lambda.kinesisBatch(Job, work, { concurrency, ...report }), event)
        const theirs = yield* powertools(() =>
          processPartialResponse(
            event as any,
            async ({ kinesis }: KinesisStreamRecord) => doJob(Buffer.from(kinesis.data, "base64").toString()),
            new BatchProcessor(EventType.KinesisDataStreams, { logger: silent } as any),
            { throwOnFullBatchFailure: false }
          )
        )
        assert.deepEqual(mine, Result.map(theirs, lowest) as any)
      })
  )

  it.effect.prop(
    "for a DynamoDB stream, as AWS reads it",
    [Quick, Concurrency],
    ([jobs, concurrency]) =>
      Effect.gen(function*() {
        const event = changes(...jobs.map(({ group, job }) => [group, job] as const))
        const handler = Lambda.dynamoDbBatch({ image: Job }, ({ dynamodb }) => work(dynamodb.NewImage!), {
          concurrency,
          ...report
        })
        const theirs = yield* powertools(() =>
          processPartialResponse(
            event as any,
            async ({ dynamodb }: DynamoDBRecord) => doJob(JSON.stringify({ does: dynamodb!.NewImage!["does"]!.S })),
            new BatchProcessor(EventType.DynamoDBStreams, { logger: silent } as any),
            { throwOnFullBatchFailure: false }
          )
        )
        assert.deepEqual(yield* ours(handler, event), Result.map(theirs, lowest) as any)
      })
  )
})

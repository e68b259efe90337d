import { CreateInvalidationCommand, GetInvalidationCommand } from "@aws-sdk/client-cloudfront"
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { PublishCommand } from "@aws-sdk/client-sns"
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs"
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Clock, Console, Deferred, Effect, Fiber, Ref, Stream } from "effect"
import { InMemory, S3, Ssm } from "effect-aws-sdk"
import { Command } from "effect/cli"
import { createHash } from "node:crypto"
import { program as deadline } from "../../examples/cookbook/programs/give-a-call-and-a-program-a-deadline.ts"
import { notify } from "../../examples/cookbook/programs/retry-only-what-is-safe.ts"
import { worker } from "../../examples/cookbook/programs/shut-down-gracefully.ts"
import { aspects, banner } from "../../examples/cookbook/programs/stop-calling-a-service-that-is-down.ts"
import { sendAll } from "../../examples/cookbook/programs/use-a-service-that-has-no-module.ts"
import { invalidate } from "../../examples/cookbook/programs/wait-for-a-state-of-any-service.ts"
import { arrived } from "../../examples/cookbook/programs/wait-for-anything.ts"
import { command } from "../../examples/cookbook/programs/write-a-command-line-program.ts"
import { recipe } from "../support/cookbook.ts"

const QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"

const outcomes = (operation: string) =>
  Effect.map(
    InMemory.calls,
    (calls) => calls.filter((call) => call.operation === operation).map(({ outcome }) => outcome._tag)
  )

const create = (Bucket: string) => S3.send(new CreateBucketCommand({ Bucket }))

const put = (Bucket: string, Key: string, Body: string) => S3.send(new PutObjectCommand({ Bucket, Key, Body }))

const setBanner = Ssm.send(new PutParameterCommand({ Name: "/shop/banner", Value: "Sale", Type: "String" }))

it.effect("Give a call and a program a deadline: goes on without a slow call, and ends work that takes too long", () =>
  Effect.gen(function*() {
    yield* Ssm.send(new PutParameterCommand({ Name: "/app/greeting", Value: "Servus", Type: "String" }))
    assert.strictEqual(yield* recipe("Give a call and a program a deadline", deadline(Effect.succeed)), "Servus")
    yield* InMemory.inject({ operation: "GetParameter", fault: InMemory.delay("1 hour") })
    assert.strictEqual(yield* deadline(Effect.succeed), "Hello")
    assert.deepEqual(yield* outcomes("GetParameter"), ["Answered", "Interrupted"])
    assert.strictEqual((yield* Effect.flip(deadline(() => Effect.never)))._tag, "TimeoutError")
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Retry only what is safe: tries again after a throttle, and never after a lost answer", () =>
  Effect.gen(function*() {
    const topic = "arn:aws:sns:us-east-1:123456789012:on-call"
    const sent = yield* Ref.make(0)
    yield* InMemory.handle(PublishCommand, () => Effect.as(Ref.update(sent, (n) => n + 1), { MessageId: "m-1" }))
    yield* InMemory.inject({ operation: "Publish", times: 2, fault: InMemory.throttled })
    assert.strictEqual(
      (yield* recipe("Retry only what is safe", notify(topic, "disk full"))).MessageId,
      "m-1"
    )
    assert.lengthOf(yield* outcomes("Publish"), 3)
    assert.strictEqual(yield* Ref.get(sent), 1)
    yield* InMemory.inject({ operation: "Publish", nth: 1, fault: InMemory.cut("after") })
    const error = yield* Effect.flip(notify(topic, "disk full"))
    assert.isTrue(error.mayHaveSucceeded)
    assert.strictEqual(yield* Ref.get(sent), 2)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Stop calling a service that is down: sends nothing for half a minute, and then looks again", () =>
  Effect.gen(function*() {
    yield* setBanner
    assert.strictEqual(yield* recipe("Stop calling a service that is down", banner), "Sale")
    yield* InMemory.inject({ operation: "GetParameter", times: 15, fault: InMemory.serverFault })
    for (let n = 0; n < 5; n++) assert.strictEqual(yield* banner, "")
    const before = (yield* outcomes("GetParameter")).length
    assert.strictEqual(yield* banner, "")
    assert.lengthOf(yield* outcomes("GetParameter"), before)
    yield* Effect.sleep("31 seconds")
    assert.strictEqual(yield* banner, "Sale")
  }).pipe(Effect.provide(InMemory.layer({ aspects, virtualTime: true }))))

it.effect("Use a service that has no module: sends batches of ten, and says what SQS refused", () =>
  Effect.gen(function*() {
    const bodies = yield* Ref.make<ReadonlyArray<ReadonlyArray<string | undefined>>>([])
    yield* InMemory.handle(
      SendMessageBatchCommand,
      ({ Entries = [] }) =>
        Ref.update(bodies, (all) => [...all, Entries.map(({ MessageBody }) => MessageBody)]).pipe(
          Effect.as({
            Successful: [],
            Failed: Entries.flatMap(({ Id, MessageBody }) =>
              MessageBody === "bad" ? [{ Id, Code: "InvalidMessageContents", SenderFault: true, Message: "no" }] : []
            )
          })
        )
    )
    const numbers = Stream.range(1, 12).pipe(Stream.map(String))
    yield* recipe("Use a service that has no module", sendAll(QueueUrl, numbers))
    assert.deepEqual((yield* Ref.get(bodies)).map(({ length }) => length).sort(), [10, 2])
    assert.sameMembers((yield* Ref.get(bodies)).flat(), Array.from({ length: 12 }, (_, n) => String(n + 1)))
    const error = yield* Effect.flip(sendAll(QueueUrl, Stream.make("bad")))
    assert.deepInclude(error, { _tag: "MessagesRefused", reasons: ["InvalidMessageContents: no"] })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Wait for a state of any service: asks until the invalidation is complete", () =>
  Effect.gen(function*() {
    const batch = yield* Ref.make<object | undefined>(undefined)
    const invalidation = (Status: string) => ({
      Id: "I1",
      Status,
      CreateTime: new Date(0),
      InvalidationBatch: { CallerReference: "run-1", Paths: { Quantity: 1, Items: ["/*"] } }
    })
    yield* InMemory.handle(CreateInvalidationCommand, ({ InvalidationBatch }) =>
      Effect.as(Ref.set(batch, InvalidationBatch), { Invalidation: invalidation("InProgress") }))
    yield* InMemory.handle(GetInvalidationCommand, () =>
      Effect.map(Clock.currentTimeMillis, (now) => ({
        Invalidation: invalidation(now < 50_000 ? "InProgress" : "Completed")
      })))
    yield* recipe("Wait for a state of any service", invalidate("E1", ["/*"], "run-1"))
    assert.deepEqual(yield* Ref.get(batch), { CallerReference: "run-1", Paths: { Quantity: 1, Items: ["/*"] } })
    assert.lengthOf(yield* outcomes("GetInvalidation"), 4)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Wait for anything: ends with the last part, or tells how many there are", () =>
  Effect.gen(function*() {
    yield* create("exports-0a1b")
    yield* put("exports-0a1b", "2026/1", "a")
    const fiber = yield* Effect.forkChild(arrived("exports-0a1b", "2026/", 2))
    yield* Effect.sleep("10 minutes")
    assert.isUndefined(fiber.pollUnsafe())
    yield* put("exports-0a1b", "2026/2", "b")
    assert.strictEqual(yield* recipe("Wait for anything", Fiber.join(fiber)), 2)
    const error = yield* Effect.flip(arrived("exports-0a1b", "2026/", 3))
    assert.deepInclude(error, { _tag: "WaitTimedOut", last: 2 })
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

it.effect("Write a command-line program: adds up sizes, and says that there is no bucket", () =>
  Effect.gen(function*() {
    yield* create("logs-0a1b")
    yield* put("logs-0a1b", "2026/1", "aaa")
    yield* put("logs-0a1b", "2025/1", "a")
    const lines: Array<string> = []
    const run = (...args: ReadonlyArray<string>) =>
      Command.runWith(command, { version: "1.0.0" })(args).pipe(
        Effect.provideService(Console.Console, {
          ...globalThis.console,
          log: (line: string) => void lines.push(line)
        }),
        Effect.provide(NodeServices.layer)
      )
    yield* recipe("Write a command-line program", run("logs-0a1b"))
    yield* run("logs-0a1b", "--prefix", "2026/")
    assert.strictEqual((yield* Effect.flip(run("none-0a1b")))._tag, "BucketDoesNotExist")
    assert.deepEqual(lines, ["4 bytes", "3 bytes"])
    yield* run("--help")
    assert.include(lines.slice(2).join("\n"), "Adds up the sizes")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("Shut down gracefully: finishes the message that has begun, and begins no other", () =>
  Effect.gen(function*() {
    const message = (n: number) => ({
      MessageId: `m-${n}`,
      ReceiptHandle: `h-${n}`,
      Body: String(n),
      MD5OfBody: createHash("md5").update(String(n)).digest("hex") // which the SDK checks
    })
    yield* InMemory.handle(ReceiveMessageCommand, () => Effect.succeed({ Messages: [1, 2, 3].map(message) }))
    const deleted: Array<string | undefined> = []
    yield* InMemory.handle(DeleteMessageCommand, ({ ReceiptHandle }) =>
      Effect.sync(() => {
        deleted.push(ReceiptHandle)
        return {}
      }))
    const second = yield* Deferred.make<void>()
    const handled: Array<string> = []
    const handle = Effect.fnUntraced(function*(body: string) {
      if (body === "1") return yield* Effect.fail("no")
      if (body === "2") yield* Deferred.succeed(second, undefined)
      yield* Effect.sleep("10 seconds")
      handled.push(body)
    })
    const fiber = yield* Effect.forkChild(worker(QueueUrl, handle))
    yield* Deferred.await(second)
    const stop = yield* Effect.forkChild(Fiber.interrupt(fiber))
    assert.isUndefined(fiber.pollUnsafe())
    yield* recipe("Shut down gracefully", Fiber.join(stop))
    assert.deepEqual([handled, deleted], [["2"], ["h-2"]])
    assert.lengthOf(yield* outcomes("ReceiveMessage"), 1)
  }).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

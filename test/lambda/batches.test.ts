// A queue's batches, under AWS's own runtime client: what Lambda gets to know of them. Their events have the type of @types/aws-lambda.
import { assert, layer } from "@effect/vitest"
import type { SQSBatchResponse, SQSEvent } from "aws-lambda"
import { Context, Effect, Layer } from "effect"
import { bundled } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"

class Bundle extends Context.Service<Bundle, string>()("test/Bundle") {
  static readonly layer = Layer.effect(Bundle, bundled("test/support/lambda/orders.ts"))
}

const make = (timeout = 20_000) =>
  Effect.flatMap(Bundle, (folder) => Functions.make({ folder, handler: "index.handler", timeout }))

type Message = readonly [id: string, body: string, group?: string]

const batchOf = (queue: string, messages: ReadonlyArray<Message>): SQSEvent => ({
  Records: messages.map(([messageId, body, MessageGroupId], i) => ({
    messageId,
    receiptHandle: `handle-${i}`,
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1793866482000",
      SenderId: "AIDAI",
      ApproximateFirstReceiveTimestamp: "1793866482001",
      ...(MessageGroupId !== undefined && { MessageGroupId, SequenceNumber: String(i) })
    },
    messageAttributes: {},
    md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${queue}`,
    awsRegion: "us-east-1"
  }))
})

const order = (orderId: string, does = "succeed", group?: string): Message => [
  `id-${orderId}`,
  JSON.stringify({ orderId, does }),
  ...(group === undefined ? [] : [group]) as []
]

const failures = ({ functionError, payload }: Functions.Answer) => {
  assert.isUndefined(functionError, JSON.stringify(payload))
  return (payload as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

layer(Bundle.layer, { timeout: 60_000, excludeTestServices: true })(
  "a queue's batch under AWS's runtime client",
  (it) => {
    it.effect("is answered with the messages that failed, died or can't be read, and no other", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        const batch = [
          order("1"),
          order("2", "fail"),
          order("3"),
          order("4", "die"),
          ["id-5", "not JSON"] as const,
          order("6")
        ]
        assert.sameMembers(failures(yield* subject.invoke(batchOf("orders", batch))), ["id-2", "id-4", "id-5"])
        assert.deepEqual(failures(yield* subject.invoke(batchOf("orders", [order("7")]))), [])
        const log = (yield* subject.log).join("\n")
        for (const done of ["1", "3", "6", "7"]) assert.include(log, `processed ${done}`)
        assert.include(log, "id-5")
      }))

    it.effect("keeps the order of a FIFO queue: after a failure, the rest of its group fails too", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        const batch = [
          order("1", "succeed", "a"),
          order("2", "fail", "a"),
          order("3", "succeed", "b"),
          order("4", "succeed", "a")
        ]
        assert.sameMembers(failures(yield* subject.invoke(batchOf("orders.fifo", batch))), ["id-2", "id-4"])
        assert.notInclude((yield* subject.log).join("\n"), "processed 4")
      }))

    it.effect("keeps what is done by the deadline", () =>
      Effect.gen(function*() {
        const subject = yield* make(4000)
        const batch = [order("1"), order("2", "hang"), order("3")]
        assert.deepEqual(failures(yield* subject.invoke(batchOf("orders", batch))), ["id-2"])
        assert.strictEqual(yield* subject.environments, 1)
      }))

    it.effect("fails as a whole if it isn't a batch of a queue, or if nothing is done", () =>
      Effect.gen(function*() {
        const subject = yield* make()
        for (const event of [{}, batchOf("orders", [order("1", "fail")])]) {
          assert.strictEqual((yield* subject.invoke(event)).functionError, "Unhandled")
        }
      }))
  }
)

import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsService, InMemory } from "effect-aws-sdk"
import { createHash, randomUUID } from "node:crypto"

const sqs = AwsService.make(SQSClient)
const QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"

// The SDK compares this with what it sent, and with what it received.
const md5 = (text: string) => createHash("md5").update(text).digest("hex")

/** A queue that keeps a message until it's deleted. */
const queue = Effect.gen(function*() {
  const messages = new Map<string, string>()
  yield* InMemory.handle(SendMessageCommand, ({ MessageBody = "" }) =>
    Effect.sync(() => {
      const MessageId = randomUUID()
      messages.set(MessageId, MessageBody)
      return { MessageId, MD5OfMessageBody: md5(MessageBody) }
    }))
  yield* InMemory.handle(ReceiveMessageCommand, ({ MaxNumberOfMessages = 1 }) =>
    Effect.sync(() => ({
      Messages: Array.from(messages).slice(0, MaxNumberOfMessages).map(([id, Body]) => ({
        MessageId: id,
        ReceiptHandle: id,
        Body,
        MD5OfBody: md5(Body)
      }))
    })))
  yield* InMemory.handle(DeleteMessageCommand, ({ ReceiptHandle = "" }) =>
    Effect.sync(() => {
      messages.delete(ReceiptHandle)
      return {}
    }))
})

it.effect("a message that was handled doesn't come again", () =>
  Effect.gen(function*() {
    yield* queue
    yield* sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "resize cat.jpg" }))
    const receive = Effect.map(sqs.send(new ReceiveMessageCommand({ QueueUrl })), ({ Messages = [] }) => Messages)
    const [message, ...others] = yield* receive
    assert.strictEqual(message?.Body, "resize cat.jpg")
    assert.isEmpty(others)
    yield* sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }))
    assert.isEmpty(yield* receive)
  }).pipe(Effect.provide(InMemory.layer())))

import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs"
import { Data, Effect, Stream } from "effect"
import { AwsService } from "effect-aws-sdk"

const sqs = AwsService.make(SQSClient)

class MessagesRefused extends Data.TaggedError("MessagesRefused")<{ readonly reasons: ReadonlyArray<string> }> {}

export const sendAll = <E, R>(QueueUrl: string, bodies: Stream.Stream<string, E, R>) =>
  bodies.pipe(
    Stream.grouped(10),
    Stream.mapEffect((some) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: some.map((MessageBody, n) => ({ Id: String(n), MessageBody }))
        })
      ), { concurrency: 4 }),
    // The call succeeds although SQS refuses some of its messages.
    Stream.runForEach(({ Failed = [] }) =>
      Failed.length === 0
        ? Effect.void
        : Effect.fail(new MessagesRefused({ reasons: Failed.map(({ Code, Message }) => `${Code}: ${Message}`) }))
    )
  )

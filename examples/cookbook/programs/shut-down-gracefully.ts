import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { Effect } from "effect"
import { AwsService } from "effect-aws-sdk"

const sqs = AwsService.make(SQSClient)

/** Handles messages until it's interrupted. */
export const worker = <E, R>(QueueUrl: string, handle: (body: string) => Effect.Effect<void, E, R>) =>
  sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 })).pipe(
    Effect.flatMap(({ Messages = [] }) =>
      Effect.forEach(Messages, ({ Body = "", ReceiptHandle }) =>
        handle(Body).pipe(
          Effect.andThen(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))),
          Effect.uninterruptible, // a message that has begun is finished
          Effect.catch((error) => Effect.logError("The message comes again", error))
        ), { discard: true })
    ),
    Effect.forever
  )

// SIGTERM and Ctrl-C interrupt the program, and wait for its end:
// worker(url, handle).pipe(Effect.provide(Default.layer()), NodeRuntime.runMain)

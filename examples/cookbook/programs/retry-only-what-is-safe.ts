import { PublishCommand, SNSClient } from "@aws-sdk/client-sns"
import { Effect, Schedule } from "effect"
import { AwsService, Retry } from "effect-aws-sdk"

const sns = AwsService.make(SNSClient)

/** Tells the topic once: people are on call there. */
export const notify = (TopicArn: string, Message: string) =>
  sns.send(new PublishCommand({ TopicArn, Message })).pipe(
    Retry.withPolicy(Retry.none), // the Layer's policy also repeats what may have arrived
    Effect.retry({
      while: (error) => error.isRetryable && !error.mayHaveSucceeded,
      schedule: Schedule.exponential("1 second"),
      times: 5
    })
  )

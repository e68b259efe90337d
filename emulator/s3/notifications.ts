// Where a bucket's notifications go: its configuration. `events.ts` has what is sent there.
import type * as sdk from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { arnOf, awaitLifecycle, destinationsOf } from "./events.ts"
import { invalidArgument, malformed } from "./faults.ts"
import type { Bucket, State } from "./state.ts"

const eventNames =
  /^s3:(ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:(\*|OperationFailedReplication|OperationMissedThreshold|OperationReplicatedAfterThreshold|OperationNotTracked)|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|LifecycleTransition|IntelligentTiering|ObjectTagging:(\*|Put|Delete)|ObjectAcl:Put)$/

type Filtered = Pick<sdk.TopicConfiguration, "Id" | "Events" | "Filter">

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()

/** How errors name the ARN of a destination. */
const argumentNames = { lambda: "CloudFunction", sns: "Topic", sqs: "Queue" } as const

/** Checks one destination of notifications, and completes it as S3 shows it. */
const completed = Effect.fnUntraced(function*<C extends Filtered>(
  configuration: C,
  arn: string | undefined,
  service: keyof typeof argumentNames,
  context: HandlerContext
): Effect.fn.Return<C, Fault> {
  const { Events = [], Filter, Id = context.uuid() } = configuration
  if (arn === undefined || Events.length === 0) return yield* malformed
  if (!new RegExp(`^arn:aws[\\w-]*:${service}:[a-z0-9-]+:\\d{12}:.+$`).test(arn)) {
    return yield* invalidArgument("The ARN could not be parsed", argumentNames[service], arn)
  }
  const unknown = Events.find((event) => !eventNames.test(event))
  if (unknown !== undefined) {
    return yield* invalidArgument("A specified event is not supported for notifications", "Event", unknown)
  }
  const rules = Filter?.Key?.FilterRules ?? []
  const names = rules.map(({ Name = "" }) => Name.toLowerCase())
  const other = rules.find(({ Name }) => !/^(prefix|suffix)$/i.test(Name ?? ""))
  if (other !== undefined) {
    return yield* invalidArgument(
      "filter rule name must be either prefix or suffix",
      "FilterRule.Name",
      other.Name
    )
  }
  if (new Set(names).size < names.length) {
    return yield* invalidArgument(
      `Cannot specify more than one ${names[0]} rule in a filter.`,
      "FilterRule.Name",
      names[0]
    )
  }
  return {
    ...copyData(configuration),
    Id,
    ...(Filter !== undefined && {
      Filter: {
        Key: {
          FilterRules: rules.map(({ Name = "", Value = "" }) => ({
            Name: capitalized(Name) as sdk.FilterRuleName,
            Value
          }))
        }
      }
    })
  }
})

/** Sends the test event with which S3 checks that it may send to a queue or a topic. It only asks whether it may invoke a function. */
const test = (
  bucket: Bucket,
  configuration: sdk.NotificationConfiguration,
  now: number,
  context: HandlerContext
): void => {
  for (const { arn, settings } of destinationsOf(configuration)) {
    context.deliver({
      from: arnOf(bucket, context),
      target: arn,
      input: {
        Service: "Amazon S3",
        Event: "s3:TestEvent",
        Time: new Date(now).toISOString(),
        Bucket: bucket.name,
        RequestId: context.requestId,
        HostId: context.requestId
      },
      ...(settings !== undefined && { settings })
    }, { account: bucket.account, region: bucket.region })
  }
}

export const notificationHandlers: Handlers<typeof sdk, State> = {
  PutBucketNotificationConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const {
      EventBridgeConfiguration,
      LambdaFunctionConfigurations = [],
      QueueConfigurations = [],
      TopicConfigurations = []
    } = input.NotificationConfiguration ?? {}
    const topics = yield* Effect.forEach(TopicConfigurations, (one) => completed(one, one.TopicArn, "sns", context))
    const queues = yield* Effect.forEach(QueueConfigurations, (one) => completed(one, one.QueueArn, "sqs", context))
    const functions = yield* Effect.forEach(
      LambdaFunctionConfigurations,
      (one) => completed(one, one.LambdaFunctionArn, "lambda", context)
    )
    bucket.notification = {
      ...(topics.length > 0 && { TopicConfigurations: topics }),
      ...(queues.length > 0 && { QueueConfigurations: queues }),
      ...(functions.length > 0 && { LambdaFunctionConfigurations: functions }),
      ...(EventBridgeConfiguration !== undefined && { EventBridgeConfiguration: {} })
    }
    const now = yield* Clock.currentTimeMillis
    if (input.SkipDestinationValidation !== true) {
      test(bucket, { QueueConfigurations: queues, TopicConfigurations: topics }, now, context)
    }
    awaitLifecycle(bucket, now, context)
    return {}
  }),

  GetBucketNotificationConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { notification } = yield* findBucket(input, state, context)
    return { ...notification }
  })
}

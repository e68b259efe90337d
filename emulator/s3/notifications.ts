// Where a bucket's notifications go. The configuration is stored and returned; nothing delivers notifications here.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { invalidArgument, malformed } from "./faults.ts"
import type { State } from "./state.ts"

const eventNames =
  /^s3:(ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:(\*|OperationFailedReplication|OperationMissedThreshold|OperationReplicatedAfterThreshold|OperationNotTracked)|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|LifecycleTransition|IntelligentTiering|ObjectTagging:(\*|Put|Delete)|ObjectAcl:Put)$/

type Filtered = Pick<sdk.TopicConfiguration, "Id" | "Events" | "Filter">

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()

/** Checks one destination of notifications, and completes it as S3 shows it. */
const completed = Effect.fnUntraced(function*<C extends Filtered>(
  configuration: C,
  arn: string | undefined,
  service: string,
  context: HandlerContext
): Effect.fn.Return<C, Fault> {
  const { Events = [], Filter, Id = context.uuid() } = configuration
  if (arn === undefined || Events.length === 0) return yield* malformed
  if (!new RegExp(`^arn:aws[\\w-]*:${service}:[a-z0-9-]+:\\d{12}:.+$`).test(arn)) {
    return yield* invalidArgument("The ARN could not be parsed", capitalized(service), arn)
  }
  const unknown = Events.find((event) => !eventNames.test(event))
  if (unknown !== undefined) {
    return yield* invalidArgument("A specified event is not supported for notifications", "Event", unknown)
  }
  const rules = Filter?.Key?.FilterRules ?? []
  const names = rules.map(({ Name = "" }) => Name.toLowerCase())
  if (names.some((name) => name !== "prefix" && name !== "suffix")) {
    return yield* invalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name")
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
    return {}
  }),

  GetBucketNotificationConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { notification } = yield* findBucket(input, state, context)
    return { ...notification }
  })
}

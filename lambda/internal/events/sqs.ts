// Messages of SQS queues.
import * as Schema from "effect/Schema"
import { text } from "./content.ts"
import { absent, always, type CodecOf, Count, MillisInText, orEmpty, titled } from "./parts.ts"

const attributes = () =>
  Schema.Struct({
    /** How often the message was delivered, this time included. */
    ApproximateReceiveCount: Count,
    SentTimestamp: MillisInText,
    SenderId: absent(Schema.String),
    ApproximateFirstReceiveTimestamp: MillisInText,
    /** Of a FIFO queue. */
    SequenceNumber: absent(Schema.String),
    /** Of a FIFO queue, and of a standard queue with fair groups. */
    MessageGroupId: absent(Schema.String),
    /** Of a FIFO queue. */
    MessageDeduplicationId: absent(Schema.String),
    AWSTraceHeader: absent(Schema.String),
    /** Of a message that was redriven from a dead-letter queue. */
    DeadLetterQueueSourceArn: absent(Schema.String)
  })

const messageAttribute = () =>
  Schema.Struct({
    /** `String`, `Number` or `Binary`, with a label of the sender's own after a dot. */
    dataType: Schema.String,
    stringValue: absent(Schema.String),
    binaryValue: absent(Schema.Uint8ArrayFromBase64)
  })

export const recordOf = <Body extends Schema.Constraint>(body: CodecOf<Body, string>) =>
  Schema.Struct({
    messageId: Schema.String,
    receiptHandle: Schema.String,
    body,
    attributes: attributes(),
    messageAttributes: orEmpty(Schema.Record(Schema.String, messageAttribute()), {}),
    md5OfBody: absent(Schema.String),
    md5OfMessageAttributes: absent(Schema.String),
    eventSource: always("aws:sqs"),
    eventSourceARN: Schema.String,
    awsRegion: Schema.String
  })

/**
 * A message of a queue.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqsRecord<out Body = string>
  extends Omit<Schema.Schema.Type<ReturnType<typeof recordOf<Schema.String>>>, "body">
{
  /** The body, by its schema. */
  readonly body: Body
}

/**
 * A message of a queue as Lambda sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqsRecordEncoded extends Schema.Codec.Encoded<ReturnType<typeof recordOf<Schema.String>>> {}

/**
 * A batch of messages.
 *
 * - `body`: the schema of a message's body. A schema that decodes from a string gets the body itself; any other gets the
 *   JSON in it. By default, the body is a string.
 *
 * All messages fail with one that doesn't match. {@link sqsBatch} decodes each on its own, and reports which failed.
 *
 * What other services send to a queue is JSON: `SqsEvent(S3Event)`, `SqsEvent(EventBridgeEvent([OrderPlaced]))`, and
 * `SqsEvent(SnsNotification(Order))` for a subscription without raw delivery. With raw delivery, it's `SqsEvent(Order)`.
 *
 * **Example** (All or none)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String })
 *
 * const onOrders = Lambda.on(Lambda.SqsEvent(Order), ({ Records }) =>
 *   Effect.forEach(Records, ({ body }) => Effect.logInfo(body.id), { discard: true }))
 * ```
 *
 * AWS: [Using Lambda with SQS](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html)
 *
 * @category events
 * @since 0.1.0
 */
export const SqsEvent: {
  (): Schema.Codec<
    { readonly Records: ReadonlyArray<SqsRecord> },
    { readonly Records: ReadonlyArray<SqsRecordEncoded> }
  >
  <Body extends Schema.Constraint>(
    body: Body
  ): Schema.Codec<
    { readonly Records: ReadonlyArray<SqsRecord<Body["Type"]>> },
    { readonly Records: ReadonlyArray<SqsRecordEncoded> },
    Body["DecodingServices"],
    Body["EncodingServices"]
  >
} = (body: Schema.Constraint = Schema.String): any =>
  Schema.Struct({ Records: Schema.Array(recordOf(text(body))) }).annotate(titled("an event of SQS", SqsEvent))

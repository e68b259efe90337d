// Messages of SNS topics.
import * as Schema from "effect/Schema"
import { text } from "./content.ts"
import { absent, always, type CodecOf, orEmpty, titled } from "./parts.ts"

const messageOf = <Message extends Schema.Constraint>(message: CodecOf<Message, string>) => ({
  Type: always("Notification"),
  MessageId: Schema.String,
  TopicArn: Schema.String,
  Subject: absent(Schema.String),
  Message: message,
  Timestamp: Schema.DateFromString,
  SignatureVersion: absent(Schema.String),
  Signature: absent(Schema.String),
  /** Of a FIFO topic. */
  SequenceNumber: absent(Schema.String),
  MessageAttributes: orEmpty(
    Schema.Record(Schema.String, Schema.Struct({ Type: Schema.String, Value: Schema.String })),
    {}
  )
})

const notificationOf = <Message extends Schema.Constraint>(message: CodecOf<Message, string>) =>
  Schema.Struct({
    ...messageOf<Message>(message),
    SigningCertURL: absent(Schema.String),
    UnsubscribeURL: absent(Schema.String)
  })

const recordOf = <Message extends Schema.Constraint>(message: CodecOf<Message, string>) =>
  Schema.Struct({
    EventVersion: Schema.String,
    EventSubscriptionArn: Schema.String,
    EventSource: always("aws:sns"),
    Sns: Schema.Struct({
      ...messageOf<Message>(message),
      SigningCertUrl: absent(Schema.String),
      UnsubscribeUrl: absent(Schema.String)
    })
  })

type Plain = ReturnType<typeof recordOf<Schema.String>>

/**
 * A message of a topic, with its subscription.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnsRecord<out Message = string> extends Omit<Schema.Schema.Type<Plain>, "Sns"> {
  /** The message, by its schema, and what SNS says about it. */
  readonly Sns: Omit<Schema.Schema.Type<Plain>["Sns"], "Message"> & { readonly Message: Message }
}

/**
 * A message of a topic as Lambda sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnsRecordEncoded extends Schema.Codec.Encoded<Plain> {}

/**
 * A message of a topic that a function subscribes to.
 *
 * - `message`: the schema of the message. A schema that decodes from a string gets the message itself; any other gets the
 *   JSON in it. By default, the message is a string.
 *
 * **Example** (Orders of a topic)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String })
 *
 * const onOrders = Lambda.on(Lambda.SnsEvent(Order), ({ Records }) =>
 *   Effect.forEach(Records, ({ Sns }) => Effect.logInfo(Sns.Message.id), { discard: true }))
 * ```
 *
 * AWS: [Using Lambda with SNS](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html)
 *
 * @category events
 * @since 0.1.0
 */
export const SnsEvent: {
  (): Schema.Codec<
    { readonly Records: ReadonlyArray<SnsRecord> },
    { readonly Records: ReadonlyArray<SnsRecordEncoded> }
  >
  <Message extends Schema.Constraint>(
    message: Message
  ): Schema.Codec<
    { readonly Records: ReadonlyArray<SnsRecord<Message["Type"]>> },
    { readonly Records: ReadonlyArray<SnsRecordEncoded> },
    Message["DecodingServices"],
    Message["EncodingServices"]
  >
} = (message: Schema.Constraint = Schema.String): any =>
  Schema.Struct({ Records: Schema.Array(recordOf(text(message))) }).annotate(titled("an event of SNS", SnsEvent))

type PlainNotification = ReturnType<typeof notificationOf<Schema.String>>

/**
 * A message of a topic, in the body of a message of a queue.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnsNotification<out Message = string> extends Omit<Schema.Schema.Type<PlainNotification>, "Message"> {
  /** The message, by its schema. */
  readonly Message: Message
}

/**
 * A notification as SNS sends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnsNotificationEncoded extends Schema.Codec.Encoded<PlainNotification> {}

/**
 * A message of a topic that a queue subscribes to, as it is in the body of the queue's message, unless the subscription has
 * raw message delivery. With raw delivery, the body is the message itself, and needs nothing but its own schema.
 *
 * - `message`: the schema of the message, as for {@link SnsEvent}.
 *
 * **Example** (A topic's orders, through a queue)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String })
 *
 * const wrapped = Lambda.sqsBatch(Lambda.SnsNotification(Order), ({ Message }) => Effect.logInfo(Message.id))
 * const raw = Lambda.sqsBatch(Order, ({ id }) => Effect.logInfo(id))
 * ```
 *
 * AWS: [Fanout to SQS queues](https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html),
 * [raw message delivery](https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html)
 *
 * @category events
 * @since 0.1.0
 */
export const SnsNotification: {
  (): Schema.Codec<SnsNotification, SnsNotificationEncoded>
  <Message extends Schema.Constraint>(
    message: Message
  ): Schema.Codec<
    SnsNotification<Message["Type"]>,
    SnsNotificationEncoded,
    Message["DecodingServices"],
    Message["EncodingServices"]
  >
} = (message: Schema.Constraint = Schema.String): any =>
  notificationOf(text(message)).annotate(titled("a notification of SNS", SnsNotification))

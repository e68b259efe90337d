// Batches of messages of queues.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BatchFailed, LambdaEventNotDecodable } from "../../../errors/internal/lambdaErrors.ts"
import { text } from "../events/content.ts"
import { absent } from "../events/parts.ts"
import { recordOf, type SqsRecord } from "../events/sqs.ts"
import type { Context, EventHandler } from "../invocation.ts"
import { answer, type BatchOptions, type BatchResponse, processing, recordsOf } from "./batch.ts"
import { type Item, runItems } from "./run.ts"

/** AWS's default size of a batch. A batch may have up to 10,000 messages, which few programs could bear at the same time. */
const CONCURRENCY = 10

const envelope = () =>
  Schema.Struct({
    // An answer with an empty id would fail the batch.
    messageId: Schema.NonEmptyString,
    eventSource: Schema.Literal("aws:sqs"),
    eventSourceARN: Schema.NonEmptyString,
    attributes: absent(Schema.Struct({ MessageGroupId: absent(Schema.String) }))
  })

type Envelope = ReturnType<typeof envelope>["Type"]

/** A standard queue may have groups too, which promise no order. */
const laneOf = ({ attributes, eventSourceARN, messageId }: Envelope, index: number): string =>
  eventSourceARN.endsWith(".fifo")
    ? JSON.stringify([eventSourceARN, attributes?.MessageGroupId])
    : `${index} ${messageId}`

/**
 * Makes a handler of an Effect that processes one message of a queue. Messages that fail are delivered again; the others are
 * deleted.
 *
 * **The event source mapping must have `ReportBatchItemFailures` in its `FunctionResponseTypes`. Without it, AWS ignores the
 * answer, and deletes the failed messages with all others.**
 *
 * - `body`: the schema of a message's body, as for {@link SqsEvent}: of the JSON in it, or of the text if it decodes from a
 *   string.
 * - `f`: what runs for a message, with its decoded body, the whole record, and the invocation's context. Its result is
 *   ignored.
 * - `concurrency`: how many messages are processed at the same time: 10 by default, which is AWS's default size of a batch.
 * - `whenNothingIsDone`: see {@link BatchOptions}.
 *
 * What becomes of a message:
 *
 * - If `f` succeeds, the message is deleted. If `f` fails or dies, or the body doesn't match the schema, the message fails
 *   alone. The log has its id and why, and never its body.
 * - The logs of `f` are annotated with the message's id, and its span has it too.
 * - In a FIFO queue, the messages of a group are processed in order, one at a time. After a failure, the rest of the group
 *   isn't processed, and fails too. Groups don't wait for each other. Groups of a standard queue have no order.
 * - Shortly before the handler would be interrupted, what is still running is interrupted, and fails with what was not
 *   begun. What is done by then stays done, so a batch that is too much for one invocation is neither lost nor repeated as a
 *   whole.
 * - If the invocation is interrupted from outside, it fails, and AWS delivers all messages again.
 *
 * A message that fails is visible again after the queue's visibility timeout. After `maxReceiveCount` deliveries, it goes to
 * the dead-letter queue; give the queue one. Delivery is at least once: `f` may see a message again.
 *
 * **Errors**: `BatchFailed` if no message is done; `LambdaEventNotDecodable` if the event isn't a batch of messages with
 * ids. Both fail the invocation, so that AWS delivers the batch again.
 *
 * **Requires** what `f` and the schema require.
 *
 * **Example** (Orders)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Order = Schema.Struct({ id: Schema.String, at: Schema.Date })
 *
 * const processOrders = Lambda.sqsBatch(
 *   Order,
 *   (order, { attributes }) => Effect.logInfo(`order ${order.id}, delivery ${attributes.ApproximateReceiveCount}`),
 *   { concurrency: 4 }
 * )
 * ```
 *
 * AWS: [Partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting)
 *
 * @category batches
 * @since 0.1.0
 */
export const sqsBatch = <Body extends Schema.Constraint, E, R>(
  body: Body,
  f: (body: Body["Type"], record: SqsRecord<Body["Type"]>, context: Context) => Effect.Effect<unknown, E, R>,
  options: BatchOptions = {}
): EventHandler<BatchResponse, LambdaEventNotDecodable | BatchFailed, R | Body["DecodingServices"]> => {
  const records = recordsOf(envelope(), "a batch of SQS messages, each with its id")
  const record: Schema.ConstraintDecoder<SqsRecord<Body["Type"]>, Body["DecodingServices"]> = recordOf(
    text(body)
  ) as any
  const whole = recordOf<Schema.String>(Schema.String)
  return Effect.fnUntraced(function*(event, context) {
    const process = processing(record, whole, (record) => f(record.body, record, context))
    const items = (yield* records(event)).map(([envelope, delivered], index): Item<R | Body["DecodingServices"]> => ({
      id: envelope.messageId,
      lane: laneOf(envelope, index),
      run: process(delivered)
    }))
    const failed = yield* runItems(items, context, {
      concurrency: options.concurrency ?? CONCURRENCY,
      span: "Lambda.sqsBatch",
      id: "messageId",
      what: "SQS message",
      after: "a message before it in its group failed",
      stopsBatch: false
    })
    const ids = [...new Set(failed.map(({ id }) => id))]
    const isNothingDone = items.length > 0 && failed.length === items.length
    return yield* answer(failed, ids, { records: "SQS messages", count: items.length, isNothingDone }, options)
  })
}

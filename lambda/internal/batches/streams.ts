// Batches of records of streams, which AWS repeats from the lowest sequence number that is reported.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BatchFailed, LambdaEventNotDecodable } from "../../../errors/internal/lambdaErrors.ts"
import { base64 } from "../events/content.ts"
import {
  type DynamoDbRecord,
  type DynamoDbSchema,
  type DynamoDbSchemas,
  recordOf as changeOf
} from "../events/dynamoDb.ts"
import type { DynamoDbItem } from "../events/dynamoDbValues.ts"
import { type KinesisRecord, recordOf } from "../events/kinesis.ts"
import type { Context, EventHandler } from "../invocation.ts"
import { answer, type BatchOptions, type BatchResponse, processing, recordsOf } from "./batch.ts"
import { type Item, runItems } from "./run.ts"

const SequenceNumber = /* @__PURE__ */ Schema.String.check(/* @__PURE__ */ Schema.isPattern(/^\d+$/))

interface Stream<in Envelope> {
  readonly envelope: Schema.ConstraintDecoder<any>
  readonly expected: string
  readonly sequenceNumber: (envelope: Envelope) => string
  /** What is in order with others, however many records are processed at the same time. */
  readonly key: (envelope: Envelope) => string
  readonly span: string
  readonly what: string
  readonly records: string
}

const kinesis = (): Stream<any> => ({
  envelope: Schema.Struct({
    eventSource: Schema.Literal("aws:kinesis"),
    kinesis: Schema.Struct({ sequenceNumber: SequenceNumber, partitionKey: Schema.String })
  }),
  expected: "a batch of Kinesis records, each with its sequence number",
  sequenceNumber: ({ kinesis }) => kinesis.sequenceNumber,
  key: ({ kinesis }) => kinesis.partitionKey,
  span: "Lambda.kinesisBatch",
  what: "Kinesis record",
  records: "Kinesis records"
})

const dynamoDb = (): Stream<any> => ({
  envelope: Schema.Struct({
    eventSource: Schema.Literal("aws:dynamodb"),
    dynamodb: Schema.Struct({
      SequenceNumber,
      Keys: Schema.Record(Schema.String, Schema.Unknown)
    })
  }),
  expected: "a batch of records of a DynamoDB stream, each with its sequence number",
  sequenceNumber: ({ dynamodb }) => dynamodb.SequenceNumber,
  // The order in which the attributes of a key arrive says nothing.
  key: ({ dynamodb }) => JSON.stringify(Object.entries(dynamodb.Keys).sort(([a], [b]) => a < b ? -1 : 1)),
  span: "Lambda.dynamoDbBatch",
  what: "record of the DynamoDB stream",
  records: "records of a DynamoDB stream"
})

const streamBatch = <Envelope, Record, RD, E, R>(
  stream: Stream<Envelope>,
  schema: Schema.ConstraintDecoder<Record, RD>,
  /** Of a record with anything inside. */
  whole: Schema.ConstraintDecoder<unknown>,
  f: (record: Record, context: Context) => Effect.Effect<unknown, E, R>,
  options: BatchOptions
): EventHandler<BatchResponse, LambdaEventNotDecodable | BatchFailed, R | RD> => {
  const records = recordsOf<Envelope>(stream.envelope, stream.expected)
  const concurrency = options.concurrency ?? 1
  return Effect.fnUntraced(function*(event, context) {
    const process = processing(schema, whole, (record) => f(record, context))
    const items = (yield* records(event)).map(([envelope, delivered]): Item<R | RD> => ({
      id: stream.sequenceNumber(envelope),
      lane: concurrency === 1 ? "" : stream.key(envelope),
      run: process(delivered)
    }))
    const failed = yield* runItems(items, context, {
      concurrency,
      span: stream.span,
      id: "sequenceNumber",
      what: stream.what,
      after: "a record before it failed",
      stopsBatch: true
    })
    const lowest = (ids: ReadonlyArray<string>) => ids.reduce((a, b) => BigInt(b) < BigInt(a) ? b : a)
    const reported = failed.length === 0 ? [] : [lowest(failed.map(({ id }) => id))]
    const isNothingDone = reported.length > 0 && reported[0] === lowest(items.map(({ id }) => id))
    return yield* answer(
      failed,
      reported,
      { records: stream.records, count: items.length, isNothingDone },
      options
    )
  })
}

/**
 * Makes a handler of an Effect that processes one record of a Kinesis data stream.
 *
 * **The event source mapping must have `ReportBatchItemFailures` in its `FunctionResponseTypes`. Without it, AWS ignores the
 * answer, and goes on behind the failed records.**
 *
 * - `data`: the schema of a record's data, as for {@link KinesisEvent}: of the JSON in it, of the text if it decodes from a
 *   string, or of the bytes if it decodes from a `Uint8Array`.
 * - `f`: what runs for a record, with its decoded data, the whole record, and the invocation's context. Its result is ignored.
 * - `concurrency`: how many records are processed at the same time: 1 by default. With more, records of one partition key
 *   stay in order, and different keys don't wait for each other.
 * - `whenNothingIsDone`: see {@link BatchOptions}.
 *
 * Records are processed in order. After a failure, no record behind it is begun, and the answer names the lowest sequence
 * number that isn't done. From there on, AWS delivers all records again, also those that were done: with a `concurrency`
 * above 1, and when AWS repeats an invocation. Delivery is at least once.
 *
 * - If `f` fails or dies, or the record doesn't match the schema, the record fails. The log has its sequence number and why,
 *   and never its content.
 * - The logs of `f` are annotated with the record's sequence number, and its span has it too.
 * - Shortly before the handler would be interrupted, what is still running is interrupted, and fails with what was not begun.
 * - If the invocation is interrupted from outside, it fails, and AWS delivers all records again.
 *
 * AWS repeats a failed record until it succeeds or is too old, and meanwhile nothing else of its shard is processed. So set
 * `MaximumRetryAttempts`, `BisectBatchOnFunctionError` and a destination on failure. When the retries are used up, AWS gives
 * up on all that it would have repeated. If the first record of a batch fails, the invocation fails, so that AWS splits the
 * batch until the record is alone.
 *
 * A mapping with a tumbling window is refused, because its answer has to have a state.
 *
 * **Errors**: `BatchFailed` if the first record isn't done; `LambdaEventNotDecodable` if the event isn't a batch of records
 * with sequence numbers. Both fail the invocation, so that AWS delivers the batch again.
 *
 * **Requires** what `f` and the schema require.
 *
 * **Example** (Clicks)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Click = Schema.Struct({ page: Schema.String })
 *
 * const countClicks = Lambda.kinesisBatch(Click, ({ page }, { kinesis }) =>
 *   Effect.logInfo(`${page} by ${kinesis.partitionKey}`))
 * ```
 *
 * AWS: [Partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html)
 *
 * @category batches
 * @since 0.1.0
 */
export const kinesisBatch = <Data extends Schema.Constraint, E, R>(
  data: Data,
  f: (data: Data["Type"], record: KinesisRecord<Data["Type"]>, context: Context) => Effect.Effect<unknown, E, R>,
  options: BatchOptions = {}
): EventHandler<BatchResponse, LambdaEventNotDecodable | BatchFailed, R | Data["DecodingServices"]> => {
  const record: Schema.ConstraintDecoder<KinesisRecord<Data["Type"]>, Data["DecodingServices"]> = recordOf(
    base64(data)
  ) as any
  return streamBatch(
    kinesis(),
    record,
    recordOf<Schema.String>(Schema.String),
    (record, context) => f(record.kinesis.data, record, context),
    options
  )
}

/**
 * Makes a handler of an Effect that processes one record of a DynamoDB stream: one change of an item.
 *
 * **The event source mapping must have `ReportBatchItemFailures` in its `FunctionResponseTypes`. Without it, AWS ignores the
 * answer, and goes on behind the failed records.**
 *
 * - `schemas`: of an item and its key: {@link DynamoDbSchemas}.
 * - `f`: what runs for a record, with the invocation's context. Its result is ignored.
 * - `concurrency`: how many records are processed at the same time: 1 by default. With more, the changes of one item stay in
 *   order, and different items don't wait for each other.
 * - `whenNothingIsDone`: see {@link BatchOptions}.
 *
 * Records are processed in order. After a failure, no record behind it is begun, and the answer names the lowest sequence
 * number that isn't done. From there on, AWS delivers all records again, also those that were done: with a `concurrency`
 * above 1, and when AWS repeats an invocation. Delivery is at least once.
 *
 * - If `f` fails or dies, or the record doesn't match the schema, the record fails. The log has its sequence number and why,
 *   and never its content.
 * - The logs of `f` are annotated with the record's sequence number, and its span has it too.
 * - Shortly before the handler would be interrupted, what is still running is interrupted, and fails with what was not begun.
 * - If the invocation is interrupted from outside, it fails, and AWS delivers all records again.
 *
 * AWS repeats a failed record until it succeeds or is too old, and meanwhile nothing else of its shard is processed. So set
 * `MaximumRetryAttempts`, `BisectBatchOnFunctionError` and a destination on failure. When the retries are used up, AWS gives
 * up on all that it would have repeated. If the first record of a batch fails, the invocation fails, so that AWS splits the
 * batch until the record is alone.
 *
 * A mapping with a tumbling window is refused, because its answer has to have a state.
 *
 * **Errors**: `BatchFailed` if the first record isn't done; `LambdaEventNotDecodable` if the event isn't a batch of records
 * with sequence numbers. Both fail the invocation, so that AWS delivers the batch again.
 *
 * **Requires** what `f` and the schema require.
 *
 * **Example** (Balances)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Account = Schema.Struct({ id: Schema.String, balance: Schema.BigInt })
 *
 * const onChanges = Lambda.dynamoDbBatch(
 *   { image: Account },
 *   ({ dynamodb: { NewImage, OldImage }, eventName }) =>
 *     Effect.logInfo(`${eventName}: from ${OldImage?.balance} to ${NewImage?.balance}`)
 * )
 * ```
 *
 * AWS: [Partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html)
 *
 * @category batches
 * @since 0.1.0
 */
export const dynamoDbBatch = <
  E,
  R,
  Keys extends DynamoDbSchema = Schema.Codec<DynamoDbItem, object>,
  Image extends DynamoDbSchema = Schema.Codec<DynamoDbItem, object>
>(
  schemas: DynamoDbSchemas<Keys, Image>,
  f: (record: DynamoDbRecord<Keys["Type"], Image["Type"]>, context: Context) => Effect.Effect<unknown, E, R>,
  options: BatchOptions = {}
): EventHandler<
  BatchResponse,
  LambdaEventNotDecodable | BatchFailed,
  R | Keys["DecodingServices"] | Image["DecodingServices"]
> => {
  const record: Schema.ConstraintDecoder<
    DynamoDbRecord<Keys["Type"], Image["Type"]>,
    Keys["DecodingServices"] | Image["DecodingServices"]
  > = changeOf(schemas) as any
  return streamBatch(dynamoDb(), record, changeOf(), f, options)
}

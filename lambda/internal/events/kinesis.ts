// Records of Kinesis data streams.
import * as Schema from "effect/Schema"
import { base64 } from "./content.ts"
import { absent, always, type CodecOf, Seconds, titled } from "./parts.ts"

export const recordOf = <Data extends Schema.Constraint>(data: CodecOf<Data, string>) =>
  Schema.Struct({
    eventID: Schema.String,
    eventName: Schema.String,
    eventSource: always("aws:kinesis"),
    eventVersion: Schema.String,
    eventSourceARN: Schema.String,
    awsRegion: Schema.String,
    invokeIdentityArn: absent(Schema.String),
    kinesis: Schema.Struct({
      kinesisSchemaVersion: Schema.String,
      partitionKey: Schema.String,
      /** A number of up to 56 digits: compare it as a `BigInt`. */
      sequenceNumber: Schema.String,
      data,
      approximateArrivalTimestamp: Seconds
    })
  })

type Plain = ReturnType<typeof recordOf<Schema.String>>

/**
 * A record of a stream.
 *
 * @category models
 * @since 0.1.0
 */
export interface KinesisRecord<out Data = Uint8Array> extends Omit<Schema.Schema.Type<Plain>, "kinesis"> {
  /** What was put into the stream, with its sequence number and its partition key. */
  readonly kinesis: Omit<Schema.Schema.Type<Plain>["kinesis"], "data"> & { readonly data: Data }
}

/**
 * A record of a stream as Lambda sends it, with its data in Base64.
 *
 * @category models
 * @since 0.1.0
 */
export interface KinesisRecordEncoded extends Schema.Codec.Encoded<Plain> {}

/**
 * A batch of records of a shard.
 *
 * - `data`: the schema of a record's data. A schema that decodes from a `Uint8Array` gets the bytes, a schema that decodes
 *   from a string gets them as text, and any other gets the JSON in them. By default, the data is bytes.
 *
 * Records that the Kinesis Producer Library aggregated arrive as one record, whose data has the library's own format.
 *
 * All records fail with one that doesn't match. {@link kinesisBatch} decodes each on its own, and reports which failed.
 *
 * **Example** (All or none)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Click = Schema.Struct({ page: Schema.String })
 *
 * const onClicks = Lambda.on(Lambda.KinesisEvent(Click), ({ Records }) =>
 *   Effect.forEach(Records, ({ kinesis }) => Effect.logInfo(kinesis.data.page), { discard: true }))
 * ```
 *
 * AWS: [Using Lambda with Kinesis](https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html)
 *
 * @category events
 * @since 0.1.0
 */
export const KinesisEvent: {
  (): Schema.Codec<
    { readonly Records: ReadonlyArray<KinesisRecord> },
    { readonly Records: ReadonlyArray<KinesisRecordEncoded> }
  >
  <Data extends Schema.Constraint>(
    data: Data
  ): Schema.Codec<
    { readonly Records: ReadonlyArray<KinesisRecord<Data["Type"]>> },
    { readonly Records: ReadonlyArray<KinesisRecordEncoded> },
    Data["DecodingServices"],
    Data["EncodingServices"]
  >
} = (data: Schema.Constraint = Schema.Uint8Array): any =>
  Schema.Struct({ Records: Schema.Array(recordOf(base64(data))) }).annotate(titled("an event of Kinesis", KinesisEvent))

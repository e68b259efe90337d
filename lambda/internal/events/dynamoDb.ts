// Records of DynamoDB streams.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import { Attributes, type DynamoDbAttributeValue, type DynamoDbItem, itemOf } from "./dynamoDbValues.ts"
import { absent, always, Seconds, titled } from "./parts.ts"

/**
 * A schema of an item, or of its key, that decodes from the values of attributes.
 *
 * @category models
 * @since 0.1.0
 */
export type DynamoDbSchema = Schema.Constraint & { readonly Encoded: object }

/**
 * What a stream's records are made of.
 *
 * - `keys`: the schema of an item's primary key.
 * - `image`: the schema of an item, before and after the change. An item whose form changed over time needs a union.
 *
 * Both decode from the values of attributes: strings, numbers, booleans, `null`, `Uint8Array`, arrays and objects. A number
 * is a `number` only if no digit is lost; a field of `Schema.BigInt` or `Schema.BigDecimal` takes any. A set is a `Set`, or
 * an array where the schema has an array. By default, all attributes are taken as they are.
 *
 * @category models
 * @since 0.1.0
 */
export interface DynamoDbSchemas<out Keys extends Schema.Constraint, out Image extends Schema.Constraint> {
  /** The schema of an item's primary key. By default its attributes as they are. */
  readonly keys?: Keys | undefined
  /** The schema of an item. By default its attributes as they are. */
  readonly image?: Image | undefined
}

const item = (schema: Schema.Constraint | undefined): Schema.Codec<any, typeof Attributes.Encoded> => {
  if (schema === undefined) {
    return Attributes.pipe(
      Schema.decodeTo(Schema.declare((u): u is DynamoDbItem => typeof u === "object" && u !== null), {
        decode: SchemaGetter.transform((item: typeof Attributes.Type) => itemOf(item)),
        encode: SchemaGetter.forbidden(() => "An item can't be encoded")
      })
    ) as any
  }
  const wanted = SchemaAST.toEncoded(schema.ast)
  const decode = Schema.decodeUnknownEffect(schema)
  return Attributes.pipe(
    Schema.decodeTo(Schema.toType(schema), {
      decode: SchemaGetter.transformEffect((item: typeof Attributes.Type) =>
        Effect.mapError(decode(itemOf(item, wanted)), ({ issue }) => issue)
      ),
      encode: SchemaGetter.forbidden(() => "An item can't be encoded")
    })
  ) as any
}

export const recordOf = ({ image, keys }: DynamoDbSchemas<Schema.Constraint, Schema.Constraint> = {}) =>
  Schema.Struct({
    eventID: Schema.String,
    eventName: Schema.Literals(["INSERT", "MODIFY", "REMOVE"]),
    eventVersion: Schema.String,
    eventSource: always("aws:dynamodb"),
    eventSourceARN: Schema.String,
    awsRegion: Schema.String,
    /** Whom the change is of: `dynamodb.amazonaws.com` if the item's time to live is over. */
    userIdentity: absent(Schema.Struct({ type: absent(Schema.String), principalId: absent(Schema.String) })),
    dynamodb: Schema.Struct({
      ApproximateCreationDateTime: absent(Seconds),
      Keys: item(keys),
      /** The item after the change. Absent if the item was removed, or the stream has no new images. */
      NewImage: absent(item(image)),
      /** The item before the change. Absent if the item was inserted, or the stream has no old images. */
      OldImage: absent(item(image)),
      /** A number of up to 40 digits: compare it as a `BigInt`. */
      SequenceNumber: Schema.String,
      SizeBytes: absent(Schema.Finite),
      /** `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`. */
      StreamViewType: absent(Schema.String)
    })
  })

type Plain = ReturnType<typeof recordOf>

/**
 * A change of an item.
 *
 * @category models
 * @since 0.1.0
 */
export interface DynamoDbRecord<out Keys = DynamoDbItem, out Image = DynamoDbItem>
  extends Omit<Schema.Schema.Type<Plain>, "dynamodb">
{
  /** What changed: the key of the item, and its images before and after the change. */
  readonly dynamodb:
    & Omit<Schema.Schema.Type<Plain>["dynamodb"], "Keys" | "NewImage" | "OldImage">
    & {
      /** The primary key of the item. */
      readonly Keys: Keys
      /** The item after the change. Absent if the item was removed, or the stream has no new images. */
      readonly NewImage?: Image
      /** The item before the change. Absent if the item was inserted, or the stream has no old images. */
      readonly OldImage?: Image
    }
}

type Item = { readonly [name: string]: DynamoDbAttributeValue }

/**
 * A change of an item as Lambda sends it, in values of DynamoDB.
 *
 * @category models
 * @since 0.1.0
 */
export interface DynamoDbRecordEncoded extends Omit<Schema.Codec.Encoded<Plain>, "dynamodb"> {
  /** What changed, in values of DynamoDB. */
  readonly dynamodb:
    & Omit<Schema.Codec.Encoded<Plain>["dynamodb"], "Keys" | "NewImage" | "OldImage">
    & { readonly Keys: Item; readonly NewImage?: Item | null; readonly OldImage?: Item | null }
}

/**
 * A batch of changes of a table's items, from its stream.
 *
 * - `schemas`: {@link DynamoDbSchemas}
 *
 * All records fail with one that doesn't match. {@link dynamoDbBatch} decodes each on its own, and reports which failed.
 *
 * The schema only decodes.
 *
 * **Example** (All or none)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Account = Schema.Struct({ id: Schema.String, balance: Schema.BigInt })
 *
 * const onAccounts = Lambda.on(Lambda.DynamoDbStreamEvent({ image: Account }), ({ Records }) =>
 *   Effect.forEach(
 *     Records,
 *     ({ dynamodb: { NewImage, OldImage } }) => Effect.logInfo(`from ${OldImage?.balance} to ${NewImage?.balance}`),
 *     { discard: true }
 *   ))
 * ```
 *
 * AWS: [Using Lambda with DynamoDB streams](https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html)
 *
 * @category events
 * @since 0.1.0
 */
export const DynamoDbStreamEvent = <
  Keys extends DynamoDbSchema = Schema.Codec<DynamoDbItem, object>,
  Image extends DynamoDbSchema = Schema.Codec<DynamoDbItem, object>
>(
  schemas?: DynamoDbSchemas<Keys, Image>
): Schema.Codec<
  { readonly Records: ReadonlyArray<DynamoDbRecord<Keys["Type"], Image["Type"]>> },
  { readonly Records: ReadonlyArray<DynamoDbRecordEncoded> },
  Keys["DecodingServices"] | Image["DecodingServices"]
> =>
  Schema.Struct({ Records: Schema.Array(recordOf(schemas)) }).annotate(
    titled("an event of a DynamoDB stream", DynamoDbStreamEvent)
  ) as any

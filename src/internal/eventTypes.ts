// Which of several types of event one is that EventBridge delivers, and its detail by the schema of that type.
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A type of event: its names, and the schema of its detail, which encodes to an object.
 *
 * @category events
 * @since 0.1.0
 */
export interface EventType<
  out A = unknown,
  out Source extends string = string,
  out DetailType extends string = string
> {
  /** The sender: `shop`. Names that begin with `aws.` are reserved for AWS. */
  readonly source: Source
  /** What happened: `OrderPlaced`. */
  readonly detailType: DetailType
  /** The schema of the detail. Its encoded form is an object. */
  readonly detail: Schema.Codec<A, object>
}

export interface DetailCodec {
  readonly decode: (detail: unknown) => Effect.Effect<any, Schema.SchemaError>
  readonly encode: (detail: unknown) => Effect.Effect<Schema.Json, Schema.SchemaError>
}

export interface EventTypes {
  /** The codec of an event's detail; `undefined` if none of the types is that of the event. */
  readonly codecOf: (source: string, detailType: string) => DetailCodec | undefined
  /** What every other event is told. */
  readonly expected: string
}

export const eventTypes = (types: ReadonlyArray<EventType>): EventTypes => {
  const codecs = types.map(({ detail, detailType, source }) => {
    const json = Schema.toCodecJson(detail)
    return {
      source,
      detailType,
      codec: { decode: Schema.decodeUnknownEffect(json), encode: Schema.encodeUnknownEffect(json) }
    }
  })
  return {
    codecOf: (source, detailType) =>
      codecs.find((type) => type.source === source && type.detailType === detailType)?.codec,
    expected: `Expected ${types.map(({ detailType, source }) => `${detailType} of ${source}`).join(" or ")}`
  }
}

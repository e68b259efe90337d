// What events of several services have in common.
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

/** A codec, with the types of another schema in its place. */
export type CodecOf<S extends Schema.Constraint, Encoded> = Schema.Codec<
  S["Type"],
  Encoded,
  S["DecodingServices"],
  S["EncodingServices"]
>

/** Marks a schema that decodes an event as it's delivered. */
export const WIRE = "effect-aws-sdk/Lambda/wire"

/** Of a schema with a program's own inside: the schema of AWS's part, which takes anything inside. */
export const ENVELOPE = "effect-aws-sdk/Lambda/envelope"

/** Names an event for messages, and marks it. */
export const titled = (title: string, envelope?: () => Schema.Constraint) => ({
  title,
  [WIRE]: true,
  ...(envelope !== undefined && { [ENVELOPE]: envelope })
})

/** A member that AWS leaves out, or sends as `null`. It's absent from what is decoded. */
export const absent = <S extends Schema.Constraint>(schema: S) =>
  Schema.optional(Schema.NullOr(schema)).pipe(
    Schema.decodeTo(Schema.optionalKey(Schema.toType(schema)), {
      decode: SchemaGetter.transformOptional((value: Option.Option<any>) =>
        Option.filter(value, (value) => value !== null && value !== undefined)
      ),
      encode: SchemaGetter.passthrough<any>()
    })
  )

/** A member that AWS leaves out, or sends as `null`, if it's empty. */
export const orEmpty = <S extends Schema.Constraint>(schema: S, empty: S["Type"]) =>
  Schema.optional(Schema.NullOr(schema)).pipe(
    Schema.decodeTo(Schema.toType(schema), {
      decode: SchemaGetter.transformOptional((value: Option.Option<any>) =>
        Option.some(Option.getOrElse(value, () => null) ?? empty)
      ),
      encode: SchemaGetter.passthrough<any>()
    })
  )

/** A member that always has the same value, which says what event it is. */
export const always = <const Value extends string>(value: Value) =>
  Schema.String.pipe(
    Schema.decodeTo(Schema.Literal(value), {
      decode: SchemaGetter.passthrough<any>(),
      encode: SchemaGetter.passthrough()
    })
  )

/** A record without the members that are `undefined`, as they are in JSON. */
const definedOnly = <S extends Schema.Constraint>(value: S) =>
  Schema.Record(Schema.String, Schema.UndefinedOr(value)).pipe(
    Schema.decodeTo(Schema.Record(Schema.String, Schema.toType(value)), {
      decode: SchemaGetter.transform((record: { readonly [name: string]: unknown }): any =>
        Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
      ),
      encode: SchemaGetter.passthrough<any>()
    })
  )

export const Texts = /* @__PURE__ */ definedOnly(Schema.String)

export const TextLists = /* @__PURE__ */ definedOnly(/* @__PURE__ */ Schema.Array(Schema.String))

/** A count in digits. */
export const Count = /* @__PURE__ */ Schema.String.check(/* @__PURE__ */ Schema.isPattern(/^\d+$/)).pipe(
  /* @__PURE__ */ Schema.decodeTo(Schema.Finite, {
    decode: /* @__PURE__ */ SchemaGetter.transform(Number),
    encode: /* @__PURE__ */ SchemaGetter.transform(String)
  })
)

/** A time in milliseconds, in digits. */
export const MillisInText = /* @__PURE__ */ Count.pipe(/* @__PURE__ */ Schema.decodeTo(Schema.DateFromMillis))

/** A time in seconds, with a fraction. */
export const Seconds = /* @__PURE__ */ Schema.Finite.pipe(
  /* @__PURE__ */ Schema.decodeTo(Schema.Date, {
    decode: /* @__PURE__ */ SchemaGetter.transform((seconds: number) => new Date(Math.round(seconds * 1000))),
    encode: /* @__PURE__ */ SchemaGetter.transform((date: Date) => date.getTime() / 1000)
  })
)

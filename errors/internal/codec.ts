import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import { hasTypeId } from "./tagged.ts"

/**
 * An error class as a Schema: it decodes JSON to an instance, and encodes an instance to JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface Codec<Self, Encoded> extends
  Schema.BottomWithoutNew<
    Self,
    Encoded,
    never,
    never,
    SchemaAST.Declaration,
    Schema.Codec<Self, Encoded>
  >
{}

type TypeOf<F extends Schema.Struct.Fields> = Schema.Struct<F>["Type"]

type EncodedOf<Tag, F extends Schema.Struct.Fields> =
  & { readonly _tag: Tag; readonly message?: string }
  & Schema.Struct<F>["Encoded"]

type ErrorClass = new(args: any) => Error & { readonly _tag: string }

const schemaOf = <Self>(Class: ErrorClass, fields: Schema.Struct.Fields, httpApiStatus: number): Schema.Top => {
  const tag: string = Class.prototype.name
  const struct = Schema.Struct({
    _tag: Schema.tag(tag),
    // For readers that don't have this library. A decoded error builds its own.
    message: Schema.optionalKey(Schema.String),
    ...fields
  })
  const fieldsOf = (from: any) => Object.fromEntries(Object.keys(fields).map((name) => [name, from[name]]))
  const transformation = {
    decode: SchemaGetter.transform((json: any): any => new Class(fieldsOf(json))),
    encode: SchemaGetter.transform((error: any): any => ({ _tag: tag, message: error.message, ...fieldsOf(error) }))
  }
  return struct.pipe(
    Schema.decodeTo(
      Schema.declare((u): u is Self => hasTypeId(u, tag), {
        identifier: tag,
        httpApiStatus,
        toCodec: () => Schema.link<Self>()(struct, transformation)
      }),
      transformation
    )
  )
}

const membersOfSchema = (): ReadonlyArray<string> => [
  "ast",
  ...Object.getOwnPropertyNames(Object.getPrototypeOf(Schema.Unknown))
]

const attach = (Class: ErrorClass, fields: () => Schema.Struct.Fields, httpApiStatus: number): any => {
  let schema: any
  // The class may have its Schema already: attaching it twice changes nothing.
  if (Schema.isSchema(Class)) return Class
  for (const name of membersOfSchema()) {
    Object.defineProperty(Class, name, { get: () => (schema ??= schemaOf(Class, fields(), httpApiStatus))[name] })
  }
  return Class
}

/**
 * Makes an error class the Schema of itself. It stays the same class, to which Schema's members are added; they are built
 * when first used, as most programs encode no error.
 *
 * - `fields`: the Schemas of the fields that cross. A `cause` that isn't among them stays in the process.
 * - `httpApiStatus`: the status with which an HttpApi answers.
 */
export const codec = <C extends ErrorClass, const F extends Schema.Struct.Fields>(
  Class: C,
  fields: () =>
    & F
    & (TypeOf<F> extends ConstructorParameters<C>[0] ? unknown : "The fields are not those of the class"),
  httpApiStatus: number
): C & Codec<InstanceType<C>, EncodedOf<InstanceType<C>["_tag"], F>> => attach(Class, fields, httpApiStatus)

/**
 * The codec of an error that carries values of the caller's own type. They may be secret, so they stay in the process,
 * unless they are given a Schema: `schema(payload)` is a codec that includes them.
 *
 * The caller declares the types, because TypeScript can't apply a generic class to a type parameter.
 */
export const codecWithPayload = (
  Class: ErrorClass,
  fields: (payload?: AnyCodec) => Schema.Struct.Fields,
  httpApiStatus: number
): any =>
  Object.defineProperty(attach(Class, () => fields(), httpApiStatus), "schema", {
    value: (payload: AnyCodec) => schemaOf(Class, fields(payload), httpApiStatus),
    configurable: true
  })

export type AnyCodec = Schema.Codec<any, any, any, any>

/** A field that may be `undefined`; if it is, the JSON omits it. */
export const orUndefined = <S extends AnyCodec>(schema: S) =>
  Schema.optionalKey(schema).pipe(
    Schema.decodeTo(Schema.UndefinedOr(Schema.toType(schema)), {
      decode: SchemaGetter.transformOptional((value: Option.Option<any>) => Option.some(Option.getOrUndefined(value))),
      encode: SchemaGetter.transformOptional(Option.filter((value: any) => value !== undefined))
    })
  )

/** A value that stays in the process: `undefined` takes its place. */
export const Withheld: Schema.Codec<unknown, null> = /* @__PURE__ */ Schema.suspend(() =>
  Schema.Null.pipe(
    Schema.decodeTo(Schema.Unknown, {
      decode: SchemaGetter.transform(() => undefined),
      encode: SchemaGetter.transform(() => null)
    })
  )
)

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

/** The fields of a class, as its constructor takes them: those that may be `undefined` may be absent. */
type Given<Args> =
  & { readonly [K in keyof Args as undefined extends Args[K] ? never : K]: Args[K] }
  & { readonly [K in keyof Args as undefined extends Args[K] ? K : never]?: Args[K] }

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
  const fieldsOf = (from: any) =>
    Object.fromEntries(
      Object.keys(fields).filter((name) => from[name] !== undefined).map((name) => [name, from[name]])
    )
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

/**
 * Makes an error class the Schema of itself. It stays the same class, to which Schema's members are added; they are built
 * when first used, as most programs encode no error.
 */
export const codec = <C extends ErrorClass, const F extends Schema.Struct.Fields>(
  Class: C,
  fields: () =>
    & F
    & (TypeOf<F> extends Given<ConstructorParameters<C>[0]> ? unknown : "The fields are not those of the class"),
  httpApiStatus: number
): C & Codec<InstanceType<C>, EncodedOf<InstanceType<C>["_tag"], F>> => {
  let schema: any
  if (!Schema.isSchema(Class)) {
    for (const name of membersOfSchema()) {
      Object.defineProperty(Class, name, {
        get: () => (schema ??= schemaOf(Class, fields(), httpApiStatus))[name]
      })
    }
  }
  return Class as any
}

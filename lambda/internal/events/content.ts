// The content of a message, a record or a request: text, bytes or JSON, whichever its schema takes.
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import type { CodecOf } from "./parts.ts"

const isText = (ast: SchemaAST.AST): boolean =>
  ast._tag === "String" || ast._tag === "TemplateLiteral" ||
  (ast._tag === "Literal" && typeof ast.literal === "string") ||
  (ast._tag === "Union" && ast.types.length > 0 && ast.types.every(isText))

const isBytes = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Declaration" && ast.annotations?.["representation"] !== undefined &&
  (ast.annotations["representation"] as { readonly id?: unknown }).id === "effect/schema/Uint8Array"

/**
 * A text by the schema of its content: the text itself for a schema that decodes from a string, and the JSON in it for any
 * other.
 */
export const text = <S extends Schema.Constraint>(schema: S): CodecOf<S, string> =>
  (isText(SchemaAST.toEncoded(schema.ast)) ? schema : Schema.fromJsonString(Schema.toCodecJson(schema))) as any

/** The content of bytes, or of a text in their place, both ways. */
export interface Content {
  readonly decode: (content: Uint8Array | string) => Effect.Effect<any, SchemaIssue.Issue, any>
  readonly encode: (value: unknown) => Effect.Effect<Uint8Array | string, SchemaIssue.Issue, any>
}

const issueOf = ({ issue }: Schema.SchemaError): SchemaIssue.Issue => issue

const problem = (message: string): SchemaIssue.Issue => new SchemaIssue.InvalidValue({ message })

const textOf = (bytes: Uint8Array | string): Effect.Effect<Uint8Array | string, SchemaIssue.Issue> =>
  typeof bytes === "string"
    ? Effect.succeed(bytes)
    : Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => problem("Expected text in UTF-8")
    })

const bytesOf = (given: Uint8Array | string): Effect.Effect<Uint8Array | string> =>
  Effect.succeed(typeof given === "string" ? new TextEncoder().encode(given) : given)

/** Bytes by the schema of their content: as they are for a schema that decodes from a `Uint8Array`; else as {@link text}. */
export const content = (schema: Schema.Constraint): Content => {
  const takesBytes = isBytes(SchemaAST.toEncoded(schema.ast))
  const codec: Schema.Constraint = takesBytes ? schema : text(schema)
  const decode = Schema.decodeUnknownEffect(codec)
  const encode = Schema.encodeUnknownEffect(codec)
  return {
    decode: (given) =>
      (takesBytes ? bytesOf(given) : textOf(given)).pipe(
        Effect.flatMap((given) => Effect.mapError(decode(given), issueOf))
      ),
    encode: (value) =>
      Effect.mapError(encode(value), issueOf) as Effect.Effect<Uint8Array | string, SchemaIssue.Issue, any>
  }
}

export const fromBase64 = (base64: string): Effect.Effect<Uint8Array, SchemaIssue.Issue> =>
  Effect.mapError(Effect.fromResult(Base64.decode(base64)), () => problem("Expected a valid Base64 string"))

export const toBase64 = (given: Uint8Array | string): string => Base64.encode(given)

/** Base64 by the schema of its content: bytes, text or JSON. */
export const base64 = <S extends Schema.Constraint>(schema: S): CodecOf<S, string> => {
  const { decode, encode } = content(schema)
  return Schema.String.pipe(
    Schema.decodeTo(Schema.toType(schema), {
      decode: SchemaGetter.transformEffect((given: string) => Effect.flatMap(fromBase64(given), decode)),
      encode: SchemaGetter.transformEffect((value: unknown) => Effect.map(encode(value), toBase64))
    })
  ) as any
}

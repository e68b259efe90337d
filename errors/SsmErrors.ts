/**
 * The errors of parameters.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { AwsError } from "./AwsError.ts"
import { type AnyCodec, type Codec, codec, codecWithPayload, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/ssmErrors.ts"

export type { RefusedName } from "./internal/ssmErrors.ts"

/**
 * No parameter has this name in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterDoesNotExist = /* @__PURE__ */ codec(
  Internal.ParameterDoesNotExist,
  () => ({ parameter: Schema.String }),
  404
)
/**
 * The type of {@link ParameterDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterDoesNotExist = Internal.ParameterDoesNotExist

type Found = ReadonlyMap<string, unknown>

/** The parameters by name, as a list. Without their Schema, only the names cross. */
const found = (parameter?: AnyCodec) =>
  Schema.Array(Schema.Struct({ name: Schema.String, ...(parameter && { parameter }) })).pipe(
    Schema.decodeTo(Schema.ReadonlyMap(Schema.String, parameter ? Schema.toType(parameter) : Schema.Unknown), {
      decode: SchemaGetter.transform((
        list: ReadonlyArray<{ readonly name: string; readonly parameter?: unknown }>
      ): Found => new Map(list.map(({ name, parameter }) => [name, parameter]))),
      encode: SchemaGetter.transform((found: Found) => [...found].map(([name, parameter]) => ({ name, parameter })))
    } as any)
  ) as unknown as AnyCodec

const fieldsOfMissing = (parameter?: AnyCodec) => ({
  missing: Schema.Array(Schema.String),
  refused: Schema.Array(Schema.Struct({ name: Schema.String, cause: AwsError })),
  found: found(parameter)
})

/**
 * Some parameters don't exist in the Layer's account and region. Every name that was asked for is in `missing`, in
 * `refused` or in `found`, exactly once.
 *
 * As a Schema, it omits the parameters, whose values may be secret: of `found`, the names cross, each with `undefined` as
 * its parameter. To include the parameters, use the codec `ParametersDoNotExist.schema(parameter)`, where `parameter` is
 * their Schema. `Ssm.Parameter` encodes no decrypted `SecureString`.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParametersDoNotExist:
  & typeof Internal.ParametersDoNotExist
  & Codec<Internal.ParametersDoNotExist, {
    readonly _tag: "ParametersDoNotExist"
    readonly message?: string
    readonly missing: ReadonlyArray<string>
    readonly refused: ReadonlyArray<{ readonly name: string; readonly cause: (typeof AwsError)["Encoded"] }>
    readonly found: ReadonlyArray<{ readonly name: string }>
  }>
  & {
    /** A codec that includes the parameters, encoded by their Schema. */
    schema<P, I, RD, RE>(
      parameter: Schema.Codec<P, I, RD, RE>
    ): Schema.Codec<Internal.ParametersDoNotExist<P>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(Internal.ParametersDoNotExist, fieldsOfMissing, 404)
/**
 * The type of {@link ParametersDoNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParametersDoNotExist<P = unknown> = Internal.ParametersDoNotExist<P>

/**
 * A parameter of this name already exists, and overwriting was not allowed.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterAlreadyExists = /* @__PURE__ */ codec(
  Internal.ParameterAlreadyExists,
  () => ({ parameter: Schema.String }),
  409
)
/**
 * The type of {@link ParameterAlreadyExists:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterAlreadyExists = Internal.ParameterAlreadyExists

/**
 * The value doesn't match the pattern that the parameter allows.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterPatternMismatch = /* @__PURE__ */ codec(
  Internal.ParameterPatternMismatch,
  () => ({ parameter: Schema.String, pattern: orUndefined(Schema.String) }),
  422
)
/**
 * The type of {@link ParameterPatternMismatch:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterPatternMismatch = Internal.ParameterPatternMismatch

/**
 * The value of the parameter isn't the JSON that the schema describes. The message says where the mismatch is, and never
 * shows the value.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterNotDecodable = /* @__PURE__ */ codec(
  Internal.ParameterNotDecodable,
  () => ({ parameter: Schema.String, issue: Schema.String }),
  422
)
/**
 * The type of {@link ParameterNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterNotDecodable = Internal.ParameterNotDecodable

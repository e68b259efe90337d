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
 * No parameter has this name in the Layer's account and region, or the parameter has no such version or label. Check the name,
 * and the account and region; or catch the error, and use a default.
 *
 * - `parameter`: the name that was asked for, with its version or label.
 *
 * **Example** (A default)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const limit = Ssm.getParameterJson("/app/limit", Schema.Int).pipe(
 *   Effect.catchTag("ParameterDoesNotExist", ({ parameter }) =>
 *     Effect.as(Effect.logInfo(`There is no ${parameter}: the limit is 100`), 100))
 * )
 * ```
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
 * Some of the parameters that `getParameters` was asked for don't exist in the Layer's account and region, or AWS refuses their
 * names. Every name that was asked for is in `missing`, in `refused` or in `found`, exactly once.
 *
 * - `missing`: the names for which there is no parameter, or no such version or label, as they were asked for.
 * - `refused`: the names that no parameter can have, such as one with a space, each with AWS's error.
 * - `found`: all other parameters, by the names that were asked for.
 *
 * As a Schema, it omits the parameters, whose values may be secret: of `found`, the names cross, each with `undefined` as
 * its parameter. To include the parameters, use the codec `ParametersDoNotExist.schema(parameter)`, where `parameter` is
 * their Schema. `Ssm.Parameter` encodes no decrypted `SecureString`.
 *
 * **Example** (Go on without the missing ones, but not with a name that is wrong)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const settings = Ssm.getParameters(["/app/limit", "/app/banner"]).pipe(
 *   Effect.catchTag("ParametersDoNotExist", (error) =>
 *     error.refused.length > 0
 *       ? Effect.die(error)
 *       : Effect.as(Effect.logInfo(`Not set: ${error.missing.join(", ")}`), error.found))
 * )
 * ```
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
 * A parameter of this name already exists, and `putParameter` was called without `overwrite: true`. Its value is as it was.
 *
 * - `parameter`: the name that was given.
 *
 * **Example** (Find out which process comes first)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const isFirst = Ssm.putParameter({ name: "/app/leader", value: "node-1" }).pipe(
 *   Effect.as(true),
 *   Effect.catchTag("ParameterAlreadyExists", () => Effect.succeed(false))
 * )
 * ```
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
 * The value that `putParameter` was given doesn't match the pattern, so it was not written. Give a value that does. The message has
 * no value, which may be secret.
 *
 * - `parameter`: the name that was given.
 * - `pattern`: the pattern that was given with the value; `undefined` if the parameter's existing pattern refused it.
 *
 * **Example** (Explain it to whoever gave the value)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const setReplicas = (value: string) =>
 *   Ssm.putParameter({ name: "/app/replicas", value, pattern: "^\\d+$", overwrite: true }).pipe(
 *     Effect.as("saved"),
 *     Effect.catchTag("ParameterPatternMismatch", ({ pattern }) => Effect.succeed(`not saved: it has to match ${pattern}`))
 *   )
 * ```
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
 * The value of the parameter that `getParameterJson` was asked for isn't JSON, or isn't what the schema describes. Correct the
 * parameter or the schema.
 *
 * - `parameter`: the name that was asked for.
 * - `issue`: where the mismatch is. It never shows the value.
 *
 * **Example** (Keep the last good value)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const Size = Schema.Struct({ width: Schema.Int, height: Schema.Int })
 *
 * const sizeOr = (last: typeof Size.Type) =>
 *   Ssm.getParameterJson("/app/size", Size).pipe(
 *     Effect.catchTag("ParameterNotDecodable", (error) => Effect.as(Effect.logError(error.message), last))
 *   )
 * ```
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

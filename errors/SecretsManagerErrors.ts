/**
 * The errors of secrets.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { AwsError } from "./AwsError.ts"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/secretsManagerErrors.ts"

export type { SecretFailure } from "./internal/secretsManagerErrors.ts"

/**
 * No secret has this name or ARN in the Layer's account and region, or it has no such version, or no value yet.
 *
 * @category errors
 * @since 0.1.0
 */
export const SecretDoesNotExist = /* @__PURE__ */ codec(
  Internal.SecretDoesNotExist,
  () => ({ secret: Schema.String, versionId: orUndefined(Schema.String), versionStage: orUndefined(Schema.String) }),
  404
)
/**
 * The type of {@link SecretDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type SecretDoesNotExist = Internal.SecretDoesNotExist

/**
 * The secret is marked for deletion. AWS doesn't give out its value, unless it's restored.
 *
 * @category errors
 * @since 0.1.0
 */
export const SecretMarkedForDeletion = /* @__PURE__ */ codec(
  Internal.SecretMarkedForDeletion,
  () => ({ secret: Schema.String }),
  409
)
/**
 * The type of {@link SecretMarkedForDeletion:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type SecretMarkedForDeletion = Internal.SecretMarkedForDeletion

/**
 * The value of the secret isn't the text or the JSON that was asked for. The message says where the mismatch is, and never shows
 * the value.
 *
 * @category errors
 * @since 0.1.0
 */
export const SecretNotDecodable = /* @__PURE__ */ codec(
  Internal.SecretNotDecodable,
  () => ({ secret: Schema.String, issue: Schema.String }),
  422
)
/**
 * The type of {@link SecretNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type SecretNotDecodable = Internal.SecretNotDecodable

/** Only the names of the secrets cross, each with `undefined` as its secret. */
const found = () =>
  Schema.Array(Schema.String).pipe(
    Schema.decodeTo(Schema.ReadonlyMap(Schema.String, Schema.Undefined), {
      decode: SchemaGetter.transform((names: ReadonlyArray<string>) => new Map(names.map((name) => [name, undefined]))),
      encode: SchemaGetter.transform((found: ReadonlyMap<string, unknown>) => [...found.keys()])
    })
  )

/**
 * Some secrets couldn't be read. Every name or ARN that was asked for is in `failures` or in `found`, exactly once.
 *
 * As a Schema, it omits the secrets: of `found`, the names cross, each with `undefined` as its secret.
 *
 * @category errors
 * @since 0.1.0
 */
export const SecretsNotRead = /* @__PURE__ */ codec(
  Internal.SecretsNotRead,
  () => ({
    failures: Schema.Array(Schema.Struct({
      secret: Schema.String,
      cause: Schema.Union([SecretDoesNotExist, SecretMarkedForDeletion, AwsError])
    })),
    found: found()
  }),
  502
)
/**
 * The type of {@link SecretsNotRead:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type SecretsNotRead<S = unknown> = Internal.SecretsNotRead<S>

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
 * - `secret`: the name or ARN that was asked for.
 * - `versionId`, `versionStage`: the version and the staging label that were asked for; `undefined` if none was.
 *
 * **Example** (The current password until there is a previous one)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const previous = SecretsManager.getSecretText("app/password", { versionStage: "AWSPREVIOUS" }).pipe(
 *   Effect.catchTag("SecretDoesNotExist", ({ secret, versionStage }) =>
 *     Effect.logInfo(`${secret} has no ${versionStage}`).pipe(
 *       Effect.andThen(SecretsManager.getSecretText(secret))
 *     ))
 * )
 * ```
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
 * The secret is marked for deletion. AWS doesn't give out its value, unless it's restored before the recovery window ends.
 *
 * - `secret`: the name or ARN that was asked for.
 *
 * **Example** (Restore it, and read it)
 *
 * ```ts
 * import { RestoreSecretCommand } from "@aws-sdk/client-secrets-manager"
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const apiKey = SecretsManager.getSecretText("app/api-key").pipe(
 *   Effect.catchTag("SecretMarkedForDeletion", ({ secret }) =>
 *     SecretsManager.send(new RestoreSecretCommand({ SecretId: secret })).pipe(
 *       Effect.andThen(SecretsManager.getSecretText(secret))
 *     ))
 * )
 * ```
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
 * The value of the secret isn't the text or the JSON that was asked for, or it's binary and configuration is text. Correct the secret or
 * the schema.
 *
 * - `secret`: the name or ARN that was asked for.
 * - `issue`: where the mismatch is. It never shows the value.
 *
 * **Example** (A secret that is text, or else bytes)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const key = SecretsManager.getSecretText("app/signing-key").pipe(
 *   Effect.map((text) => Redacted.make(Buffer.from(Redacted.value(text), "base64"))),
 *   Effect.catchTag("SecretNotDecodable", ({ secret }) =>
 *     Effect.map(SecretsManager.getSecret(secret), ({ bytes }) => bytes))
 * )
 * ```
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
 * Some of the secrets that `getSecrets` was asked for couldn't be read. Every name or ARN that was asked for is in `failures` or in
 * `found`, exactly once.
 *
 * - `failures`: each name or ARN whose secret wasn't read, and its error as `cause`.
 * - `found`: all other secrets, by the names or ARNs that were asked for.
 *
 * As a Schema, it omits the secrets: of `found`, the names cross, each with `undefined` as its secret.
 *
 * **Example** (Go on without the secrets that don't exist)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const secrets = SecretsManager.getSecrets(["app/database", "app/mail"]).pipe(
 *   Effect.catchTag("SecretsNotRead", (error) =>
 *     error.failures.every(({ cause }) => cause._tag === "SecretDoesNotExist")
 *       ? Effect.succeed(error.found)
 *       : Effect.fail(error))
 * )
 * ```
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

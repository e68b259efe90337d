/**
 * `AwsClients` with the credentials of a role that other `AwsClients` assume: for another account, or fewer
 * permissions.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AssumeRoleFailed, InvalidSetting } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { unwrap } from "../src/internal/unwrap.ts"
import { assumeRole, type Options } from "./internal/assumeRole.ts"
import { fromConfig, type Others } from "./internal/fromConfig.ts"

export { AssumeRoleFailed, InvalidSetting } from "../errors/LayerErrors.ts"
export type { Options } from "./internal/assumeRole.ts"

const make = (
  options: Options
): Effect.Effect<AwsClients["Service"], AssumeRoleFailed | InvalidSetting, AwsClients | Scope.Scope> =>
  Effect.flatMap(assumeRole(options), AwsClients.make)

/**
 * `AwsClients` with the credentials of an assumed role, on top of any other `AwsClients`: `Default`, `Profile`, `Compute`,
 * `InMemory`, or another `AssumeRole` (a role chain).
 *
 * - The role is assumed when the Layer is built, and again five minutes before its credentials expire. One call to STS
 *   serves all clients, however many calls wait for the credentials. Until the new ones are there, calls use those that
 *   still hold. If a refresh fails, or takes longer than a minute (`credentialsTimeout`), after they have expired, the call
 *   that needed it fails with an `AwsError` whose reason is `CredentialsUnavailable`, and the next call tries again.
 * - Region, endpoint, retries, connections and middleware are those of the underlying `AwsClients`. The connections are
 *   shared with it, and close when it does.
 *
 * **Errors**, when the Layer is built: `AssumeRoleFailed`; its `cause` is the `AwsError` that says why. `InvalidSetting` if
 * the `endpoint` isn't a whole http or https URL, the `region` can't be the name of one, the `duration` isn't finite, or the
 * `policy` is an object that JSON doesn't have.
 *
 * **Requires** `AwsClients` that are allowed `sts:AssumeRole`, for as long as this Layer is open.
 *
 * **Example** (From one account into another)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AssumeRole, Profile, Sts } from "effect-aws-sdk"
 *
 * const audit = AssumeRole.layer({
 *   roleArn: "arn:aws:iam::123456789012:role/audit",
 *   sessionName: "nightly-report",
 *   duration: "30 minutes"
 * }).pipe(Layer.provide(Profile.layer({ profile: "central" })))
 *
 * const program = Sts.environment.pipe(Effect.provide(audit))
 * ```
 *
 * AWS: [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<AwsClients, AssumeRoleFailed | InvalidSetting, AwsClients> =>
  Layer.effect(AwsClients, make(options))

/**
 * Like {@link layer}, with options from Effect's `Config`. `others` are the options that no `Config` has: `aspects`, `retry` …
 *
 * **Errors**, when the Layer is built: those of {@link layer}; `ConfigError` if a value is missing or malformed.
 *
 * **Requires** `AwsClients` that are allowed `sts:AssumeRole`, for as long as this Layer is open.
 *
 * **Example** (The role from the program's configuration)
 *
 * ```ts
 * import { Config } from "effect"
 * import { AssumeRole } from "effect-aws-sdk"
 *
 * const layer = AssumeRole.layerConfig({ roleArn: Config.String("ROLE_ARN"), sessionName: Config.String("SESSION") })
 * ```
 *
 * AWS: [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<
    Pick<Options, "roleArn" | "sessionName" | "externalId" | "duration" | "serialNumber" | "region" | "endpoint">
  >,
  others?: Others
): Layer.Layer<AwsClients, AssumeRoleFailed | InvalidSetting | Config.ConfigError, AwsClients> =>
  fromConfig(unwrap(options), others, make)

/**
 * `AwsClients` with the credentials that a program finds wherever it runs: a laptop, CI, Lambda, ECS, EKS or EC2.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import {
  CredentialsNotFound,
  type InvalidSetting,
  type Looked,
  type ProfileDoesNotExist,
  type RegionNotFound
} from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { unwrap } from "../src/internal/unwrap.ts"
import * as Sources from "./internal/computeSources.ts"
import * as ConfigFiles from "./internal/configFiles.ts"
import { fromConfig, type Others } from "./internal/fromConfig.ts"
import * as InstanceMetadata from "./internal/instanceMetadata.ts"
import * as ProfileClients from "./internal/profileClients.ts"
import * as ProfileSource from "./internal/profileSource.ts"
import * as Region from "./internal/region.ts"
import * as Settings from "./internal/settings.ts"

export { CredentialsNotFound, InvalidSetting, ProfileDoesNotExist, RegionNotFound } from "../errors/LayerErrors.ts"

export type { Looked } from "../errors/LayerErrors.ts"

/**
 * The profile, the region, and options for the clients.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /**
   * The profile to take credentials from. Access keys in the environment are then put aside. By default AWS_PROFILE. If
   * that isn't set either, `default` is one of the places to look.
   */
  readonly profile?: string | undefined
  /** By default AWS_REGION, then AWS_DEFAULT_REGION, then the profile's `region`, then that of the instance metadata. */
  readonly region?: string | undefined
}

const load = Effect.fnUntraced(function*(
  name: string,
  putAside: ReadonlyArray<string>
): Effect.fn.Return<Settings.From, ProfileDoesNotExist | CredentialsNotFound> {
  const files = yield* ConfigFiles.load(putAside)
  return { name, settings: yield* files.profile(name), files }
})

/** The profile `default`, or why there is none. */
const loadDefault = Effect.catchTag(
  load("default", []),
  "ProfileDoesNotExist",
  ({ where }) => Effect.succeed(`there is no such profile in ${where}`)
)

/** The settings of the profile `default`, for credentials that come from elsewhere: without them, the calls still work. */
const loadSettings = Effect.catchTag(
  loadDefault,
  "CredentialsNotFound",
  ({ advice, description, source }) =>
    Effect.as(
      Effect.logWarning(`The settings of the profile default do not apply. ${source}: ${description}. ${advice}`),
      undefined
    )
)

type Chosen =
  | { readonly from: Settings.From; readonly profile: ProfileSource.Source }
  | { readonly from: Settings.From | undefined; readonly compute: Sources.Source }

const chooseNamed = Effect.fnUntraced(function*(
  name: string,
  isOption: boolean
): Effect.fn.Return<Chosen, ProfileDoesNotExist | CredentialsNotFound> {
  const from = yield* load(name, ConfigFiles.inEnvironment())
  const profile = yield* ProfileSource.sourceOf(from.files, name)
  if ((yield* Effect.catch(Sources.environment.whyNot, Effect.succeed)) === undefined) {
    yield* Effect.logWarning(
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, but not used: " +
        `${isOption ? "the `profile` option" : "AWS_PROFILE"} names the profile ${name}. Set only one of the two.`
    )
  }
  return { from, profile }
})

const profileOf = (found: Settings.From | string | undefined): Settings.From | undefined =>
  typeof found === "string" ? undefined : found

const choose: Effect.Effect<Chosen, ProfileDoesNotExist | CredentialsNotFound> = Effect.gen(function*() {
  const looked: Array<Looked> = []
  const isConfigured = Effect.fnUntraced(function*(
    { name: source, whyNot }: Pick<Sources.Source, "name" | "whyNot">
  ): Effect.fn.Return<boolean, CredentialsNotFound> {
    const why = yield* whyNot
    if (why !== undefined) looked.push({ source, why })
    return why === undefined
  })

  if (yield* isConfigured(Sources.environment)) {
    return { from: profileOf(yield* loadSettings), compute: Sources.environment }
  }
  const found = yield* loadDefault
  if (typeof found === "string") {
    looked.push({ source: "the profile default", why: found })
  } else if (ProfileSource.isSource(found.settings)) {
    return { from: found, profile: yield* ProfileSource.sourceOf(found.files, found.name) }
  } else {
    looked.push({ source: "the profile default", why: "it has settings, but no source of credentials" })
  }
  const from = profileOf(found)
  for (const compute of [Sources.webIdentity, Sources.container]) {
    if (yield* isConfigured(compute)) return { from, compute }
  }
  // Nothing says whether there is a metadata service, except the service itself.
  const { name, whyNot } = Sources.instanceMetadata
  const { settings } = from ?? {}
  const noToken = InstanceMetadata.token(settings).pipe(
    Effect.as(undefined),
    Effect.catch((why) =>
      Effect.succeed(`${InstanceMetadata.endpoint(settings)} did not return an IMDSv2 token: ${why}`)
    )
  )
  const probe = Effect.gen(function*() {
    return (yield* whyNot) ?? (yield* noToken)
  })
  if (yield* isConfigured({ name, whyNot: probe })) return { from, compute: Sources.instanceMetadata }
  return yield* new CredentialsNotFound({
    source: "any source",
    description: "none is configured",
    advice: "On a developer's machine, set AWS_PROFILE, or configure a profile: `aws configure sso`. In CI, set " +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. On AWS, give the function, task, pod or instance a role.",
    looked,
    // The metadata may come up after the program.
    isRetryable: !InstanceMetadata.isDisabled()
  })
})

const make = Effect.fnUntraced(function*(
  { profile, region: given, ...rest }: Options
): Effect.fn.Return<
  AwsClients["Service"],
  CredentialsNotFound | ProfileDoesNotExist | RegionNotFound | InvalidSetting,
  Scope.Scope
> {
  const name = profile ?? (process.env["AWS_PROFILE"] || undefined)
  const chosen = yield* name === undefined ? choose : chooseNamed(name, profile !== undefined)
  const { from } = chosen
  const options = yield* Settings.complete(rest, from)
  const region = yield* Region.resolve(
    given,
    [`the \`region\` of the profile ${name ?? "default"}`, Effect.succeed(from?.settings["region"])],
    ["the instance metadata", InstanceMetadata.region(from?.settings)]
  )
  return yield* "profile" in chosen
    ? ProfileClients.clientsOf(chosen.from, chosen.profile, region, options)
    : Sources.clientsOf(chosen.compute, region, options)
})

/**
 * `AwsClients` with the credentials that the program finds where it runs, as a plain client of the AWS SDK does
 * (`new S3Client({})`): the same program runs on a laptop, in CI, in Lambda, ECS and EKS, and on EC2.
 *
 * The credentials come from the first of these sources that is configured:
 *
 * 1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (CI, Lambda). If a profile is named, by the
 *    option or by AWS_PROFILE, these keys are put aside, and the log warns of it
 * 2. the profile that is named, or else `default`, in `~/.aws/config` and `~/.aws/credentials`: keys, SSO, `aws login`, a
 *    process, a web identity or a role, as in `Profile.layer` (a laptop)
 * 3. a web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (EKS with IRSA, CI with OIDC)
 * 4. the container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI (ECS, EKS Pod Identity)
 * 5. the instance metadata, through IMDSv2 (EC2), unless AWS_EC2_METADATA_DISABLED is set
 *
 * - A source that is configured and doesn't work is never skipped, as the next one would be another identity: one key without
 *   the other, a process that fails, an expired SSO session, a token file that can't be read. The failure names the source.
 *   (The SDK skips some of these, and goes on without a word.)
 * - A profile that is named has to exist and to have credentials. The profile `default` may be missing, or have settings only,
 *   such as a `region`: then the next source is looked at. A file that can't be read or has a malformed line fails the Layer,
 *   unless the credentials come from the environment: then the log warns.
 * - The region is the first of these: the option; AWS_REGION; AWS_DEFAULT_REGION; the `region` of the profile that is named, or
 *   else of `default`, wherever the credentials come from; the region in the instance metadata. The Layer asks the metadata only
 *   if all others are missing, and waits a second for them.
 * - Credentials of a profile are fetched at the first call, so that a program that makes none asks nobody to sign in. All others
 *   are fetched when the Layer is built, which shows at once whether the role is there. They are fetched once for all clients,
 *   and again five minutes before they expire. Until the new ones are there, calls use those that still hold. A fetch may take a
 *   minute (`credentialsTimeout`). If it fails and there are no credentials that hold, the call fails with an `AwsError` whose
 *   reason is `CredentialsUnavailable`, and the next call tries again.
 * - Settings for endpoints (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 …, `endpoint_url`, `services`) and retries (AWS_MAX_ATTEMPTS,
 *   `max_attempts`, AWS_RETRY_MODE, `retry_mode`) come from the environment, then from the profile that is named, or else from
 *   `default`. The options `endpoint` and `retry` come before both. Every retry mode means the standard mode.
 * - The debug log says which source it was. For one certain identity, use `Profile.layer`, or `Compute.layer`, which reads
 *   no files.
 *
 * **Errors**, when the Layer is built: `CredentialsNotFound` if nothing is configured, and then its `looked` lists all sources
 * with the reason why each wasn't taken, or if the first source that is configured has no credentials; `ProfileDoesNotExist`,
 * for a profile that is named, or that another one refers to; `RegionNotFound`; `InvalidSetting` if an option or one of the
 * settings above has a value that means nothing.
 *
 * **A build that waits.** Effect builds a Layer once. A `ManagedRuntime` whose Layer failed keeps the failure, and every later
 * run fails with it. If the metadata or the credentials agent may come up after the program, retry the build inside of the
 * Layer:
 *
 * ```ts
 * import { Effect, Layer, ManagedRuntime, Schedule } from "effect"
 * import { Default } from "effect-aws-sdk"
 *
 * const patient = Layer.effectContext(
 *   Layer.build(Default.layer()).pipe(
 *     Effect.retry({
 *       schedule: Schedule.spaced("2 seconds"),
 *       times: 30,
 *       while: (error) => error._tag === "CredentialsNotFound" && error.isRetryable
 *     })
 *   )
 * )
 *
 * const runtime = ManagedRuntime.make(patient)
 * ```
 *
 * **Example** (Wherever it runs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Default, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(Effect.provide(Default.layer()))
 * ```
 *
 * **Example** (Every place it looked at)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Default, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(
 *   Effect.provide(Default.layer()),
 *   Effect.catchTag("CredentialsNotFound", ({ looked, message }) =>
 *     Effect.andThen(
 *       Console.error(message),
 *       Effect.forEach(looked, ({ source, why }) => Console.error(`${source}: ${why}`), { discard: true })
 *     ))
 * )
 * ```
 *
 * AWS: [Credential provider chain](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<AwsClients, CredentialsNotFound | ProfileDoesNotExist | RegionNotFound | InvalidSetting> =>
  Layer.effect(AwsClients, make(options))

/**
 * Like {@link layer}, with options from Effect's `Config`. `others` are the options that no `Config` has: `aspects`, `retry` …
 *
 * **Errors**, when the Layer is built: those of {@link layer}; `ConfigError` if a value is missing or malformed.
 *
 * **Example** (An optional profile from the program's configuration)
 *
 * ```ts
 * import { Config } from "effect"
 * import { Aspect, Default } from "effect-aws-sdk"
 *
 * const layer = Default.layerConfig({
 *   profile: Config.String("PROFILE").pipe(Config.withDefault(undefined)),
 *   region: Config.String("REGION")
 * }, { aspects: [Aspect.adaptive()] })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<Pick<Options, "profile" | "region" | "endpoint">>,
  others?: Others
): Layer.Layer<
  AwsClients,
  Config.ConfigError | CredentialsNotFound | ProfileDoesNotExist | RegionNotFound | InvalidSetting
> => fromConfig(unwrap(options), others, make)

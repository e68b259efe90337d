import { fromIni } from "@aws-sdk/credential-providers"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import type { Source } from "./profileSource.ts"
import * as Providers from "./providers.ts"
import type * as Settings from "./settings.ts"

// With a `catch`, esbuild takes the package as optional, and bundles a program that doesn't have it.
const sts = () =>
  import("@aws-sdk/client-sts").catch((cause) => {
    throw cause
  })

const provider = (
  { name, settings }: Settings.From,
  source: Source,
  options: AwsClients.ClientOptions
): Providers.Provider =>
(caller) => {
  const init = Providers.init(options, caller, "STS")
  const stsConfig = (region: string | undefined) => ({
    ...init.clientConfig,
    parentClientConfig: { ...caller?.callerClientConfig, ...(region !== undefined && { region }) }
  })
  const get: Providers.Provider = fromIni({
    ...Providers.init(options, caller, source.kind === "login" ? "Signin" : "SSO"),
    profile: name,
    ignoreCache: true,
    // The SDK's defaults for these two would have the endpoint of SSO, or none.
    roleAssumer: async (credentials, params) => {
      const { getDefaultRoleAssumer } = await sts()
      return getDefaultRoleAssumer(stsConfig(settings["region"]), init.clientPlugins)(credentials, params)
    },
    roleAssumerWithWebIdentity: async (params) => {
      const { getDefaultRoleAssumerWithWebIdentity } = await sts()
      return getDefaultRoleAssumerWithWebIdentity(stsConfig(undefined), init.clientPlugins)(params)
    }
  })
  return Providers.ofSource({
    source: `the profile ${name}`,
    advice: (cause) =>
      source.role && (cause as { readonly $fault?: unknown }).$fault !== undefined
        ? "Check its `role_arn`, and that the credentials of its source are allowed to assume the role."
        : source.advice
  }, () => get(caller))
}

/** Clients with the credentials of a profile, which are fetched at the first call. */
export const clientsOf = Effect.fnUntraced(function*(
  profile: Settings.From,
  source: Source,
  region: string,
  options: AwsClients.ClientOptions
): Effect.fn.Return<AwsClients["Service"], InvalidSetting, Scope.Scope> {
  const of = source.profile === profile.name ? "" : ` of ${source.profile}`
  yield* Effect.logDebug(`AWS credentials come from the profile ${profile.name} (${source.kind}${of}), for ${region}`)
  return yield* AwsClients.make({ ...options, region, credentials: provider(profile, source, options) })
})

import * as Effect from "effect/Effect"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import type { AwsClients } from "../../src/AwsClients.ts"
import * as Endpoints from "../../src/internal/endpoints.ts"
import * as Retry from "../../src/Retry.ts"
import type { ConfigFiles, Profile } from "./configFiles.ts"

/** A profile, if the Layer has one: the environment's settings come before its settings. */
export interface From {
  readonly name: string
  readonly settings: Profile
  readonly files: ConfigFiles
}

/** A setting that isn't empty, and where it is. */
interface Setting {
  readonly where: string
  readonly value: string
}

const setting = (variable: string, key: string, from: From | undefined): Setting | undefined => {
  const [fromEnvironment, fromProfile] = [process.env[variable], from?.settings[key]]
  return fromEnvironment
    ? { where: variable, value: fromEnvironment }
    : fromProfile
    ? { where: `\`${key}\` of the profile ${from?.name}`, value: fromProfile }
    : undefined
}

const invalid = ({ value, where }: Setting, expected: string) => new InvalidSetting({ setting: where, value, expected })

const modes = ["standard", "adaptive", "legacy"]

/** The attempts of a call. */
const attemptsOf = Effect.fnUntraced(function*(
  from: From | undefined
): Effect.fn.Return<number | undefined, InvalidSetting> {
  const mode = setting("AWS_RETRY_MODE", "retry_mode", from)
  if (mode !== undefined && !modes.includes(mode.value.trim().toLowerCase())) {
    return yield* invalid(mode, "standard, adaptive or legacy, which all mean the standard mode here")
  }
  const attempts = setting("AWS_MAX_ATTEMPTS", "max_attempts", from)
  if (attempts === undefined) return undefined
  const count = /^\s*\d+\s*$/.test(attempts.value) ? Number(attempts.value) : 0
  return Number.isSafeInteger(count) && count > 0
    ? count
    : yield* invalid(attempts, "a whole number of at least 1: the first attempt counts")
})

const isTrue = (setting: Setting): Effect.Effect<boolean, InvalidSetting> => {
  const value = setting.value.trim().toLowerCase()
  return value === "true" || value === "false"
    ? Effect.succeed(value === "true")
    : Effect.fail(invalid(setting, "true or false"))
}

type Named = Record<string, string>

const checked = (url: string, where: string) => Effect.as(Endpoints.checkUrl(url, where), url)

/** The endpoints in the environment: `*` is AWS_ENDPOINT_URL. */
const inEnvironment = Effect.gen(function*() {
  const named: Named = {}
  for (const [variable, url = ""] of Object.entries(process.env)) {
    const service = /^AWS_ENDPOINT_URL(?:_(.+))?$/.exec(variable)
    if (service === null || url === "") continue
    named[service[1] === undefined ? "*" : Endpoints.keyOf(service[1])] = yield* checked(url, variable)
  }
  return named
})

/** The endpoints of a profile: those of its `services` section, and `*` is its `endpoint_url`. */
const inProfile = Effect.fnUntraced(function*({ files, name, settings }: From): Effect.fn.Return<
  Named,
  InvalidSetting
> {
  const named: Named = {}
  const section = settings["services"]
  if (section !== undefined) {
    const services = files.services(section)
    if (services === undefined) {
      return yield* invalid(
        { where: `\`services\` of the profile ${name}`, value: section },
        `the name of a section of the config file, which begins with [services ${section}] and isn't empty`
      )
    }
    for (const [key, url = ""] of Object.entries(services)) {
      const service = /^(.+)\.endpoint_url$/i.exec(key)?.[1]
      if (service === undefined) continue
      named[Endpoints.keyOf(service)] = yield* checked(
        url,
        `\`endpoint_url\` of ${service} in the section [services ${section}]`
      )
    }
  }
  const all = settings["endpoint_url"]
  if (all !== undefined) named["*"] = yield* checked(all, `\`endpoint_url\` of the profile ${name}`)
  return named
})

const endpoints = Effect.fnUntraced(function*(
  { clientOptions, endpoint }: AwsClients.ClientOptions,
  from: From | undefined
): Effect.fn.Return<Endpoints.Endpoints | undefined, InvalidSetting> {
  if (typeof endpoint === "string" || clientOptions?.["endpoint"] !== undefined) return endpoint
  const ignored = setting("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", from)
  if (clientOptions?.["ignoreConfiguredEndpointUrls"] === true) return endpoint
  if (ignored !== undefined && (yield* isTrue(ignored))) return endpoint
  const environment = yield* inEnvironment
  // AWS_ENDPOINT_URL comes before all that the profile says.
  const profile = environment["*"] !== undefined || from === undefined ? {} : yield* inProfile(from)
  const configured = { ...profile, ...environment }
  return Object.keys(configured).length === 0 ? endpoint : Endpoints.merge(endpoint, configured)
})

/**
 * A Layer's options, completed by what AWS's environment variables and the Layer's profile say about endpoints and retries.
 * An option of the program's comes before both.
 */
export const complete = Effect.fnUntraced(function*<Options extends AwsClients.ClientOptions>(
  options: Options,
  from?: From
): Effect.fn.Return<Options, InvalidSetting> {
  yield* Endpoints.check(options.endpoint)
  const attempts = options.retry === undefined ? yield* attemptsOf(from) : undefined
  return {
    ...options,
    retry: attempts === undefined ? options.retry : Retry.standard({ attempts }),
    endpoint: yield* endpoints(options, from),
    clientOptions: {
      ...(from !== undefined && { profile: from.name }),
      ...(attempts !== undefined && { maxAttempts: attempts }),
      ...options.clientOptions,
      // The SDK would read them from the profile that AWS_PROFILE names, or from `default`.
      ignoreConfiguredEndpointUrls: true
    }
  }
})
